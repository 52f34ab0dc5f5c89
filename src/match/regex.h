/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Regular expressions of the `re` modifier: a subset of PCRE without back-references, so that time is linear in the
 * text. Characters are Unicode code points.
 *
 *   . ^ $ * + ? {n} {n,} {n,m} [a-z] [^a-z] | ( ) (?: )  \d \w \s \D \W \S \t \n \r \f \v \xHH \x{H..} \<punctuation>
 */
#ifndef SK_MATCH_REGEX_H
#define SK_MATCH_REGEX_H

#include "match/arena.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SK_REGEX_INSTS = 1024, /**< instructions of one program */
    SK_REGEX_DEPTH = 32,   /**< groups in groups */
    SK_REGEX_REPEAT = 255, /**< n and m of {n,m} */
};
enum { SK_REGEX_I = 1, SK_REGEX_M = 2, SK_REGEX_S = 4 };

struct sk_regex_inst {
    uint8_t op;
    int16_t x, y; /**< jumps, relative to this instruction, so that blocks can be moved and copied */
    uint32_t c;   /**< character, or index of a class */
};
struct sk_regex_class {
    bool negated;
    uint16_t n;
    uint32_t (*range)[2]; /**< first and last, inclusive */
};
struct sk_regex {
    const struct sk_regex_inst *at;
    const struct sk_regex_class *class;
    uint16_t n;
    uint8_t flags;
};
struct sk_regex_error {
    size_t at; /**< offset in the expression */
    char what[160];
};

/** Compile n bytes of valid UTF-8. @return false: *err says why and where */
bool sk_regex_compile(const char *s, size_t n, unsigned flags, struct sk_arena *a, struct sk_regex *ret,
                      struct sk_regex_error *err);
/**
 * Is there a match anywhere in the text? Allocates nothing (about 10 KiB of stack). Every character costs at most one
 * step per instruction. @param steps added to, for the tests; may be NULL
 */
bool sk_regex_match(const struct sk_regex *rx, const char *s, size_t n, uint64_t *steps);

/** Shared by the two halves. */
enum { RX_CHAR, RX_ANY, RX_ALL, RX_CLASS, RX_SPLIT, RX_JUMP, RX_BOL, RX_EOL, RX_BOT, RX_EOT, RX_MATCH };
/** Decode one character; a byte that is no UTF-8 stands for itself above U+10FFFF. *i moves past it. */
uint32_t sk_regex_next(const char *s, size_t n, size_t *i);

#endif
