/* SPDX-License-Identifier: Apache-2.0 */
/* Syntax errors of a YAML reader in the words of the person who wrote the file. Knows nothing of libyaml. */
#ifndef BASE_YAML_TRAP_H
#define BASE_YAML_TRAP_H

#include <stdbool.h>
#include <stddef.h>

/** What the reader said and where; lines and columns 1-based, columns in characters; 0 = unknown. */
struct sk_yaml_syntax {
    const char *problem; /**< its words */
    const char *context; /**< its words, may be NULL */
    unsigned line, col;
    unsigned context_line, context_col;
};

/** The same for people. */
struct sk_yaml_trap {
    char msg[512];
    unsigned line, col;
    unsigned section_line; /**< a line of the section that cannot be read */
    size_t at, n;          /**< the bytes that were misread; n 0: not known, the rest of the file cannot be judged */
};

/** Look at the text around the error and say what is wrong and what would be right. */
void sk_yaml_explain(const char *bytes, size_t n, const struct sk_yaml_syntax *syntax, struct sk_yaml_trap *ret);
/** Overwrite the misread bytes with harmless ones of the same length, so that what follows can be read and judged. */
void sk_yaml_defuse(char *bytes, const struct sk_yaml_trap *trap);
/** Blank the section that holds this line, from its key at the left margin to the next one's. name: its key.
 * @return false: there is nothing left to blank */
enum { SK_YAML_SECTION = 64 };
bool sk_yaml_cut_section(char *bytes, size_t n, unsigned line, char name[SK_YAML_SECTION]);
/** Line and column (1-based, in characters) of a byte offset. */
void sk_yaml_position(const char *bytes, size_t n, size_t offset, unsigned *ret_line, unsigned *ret_col);

#endif
