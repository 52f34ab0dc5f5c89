/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML syntax errors explained.
 *
 * Addresses and wildcards trip over YAML's punctuation: a colon at the start or end of a word inside brackets, a
 * colon at the end of a word anywhere, an asterisk in front. The reader only says where it gave up; the word around
 * that place tells which trap it was.
 */
#include "base/yaml_trap.h"
#include "base/utf8.h"
#include "base/yaml_scalar.h"
#include "sekimori/text.h"

#include <stdio.h>
#include <string.h>

/* Bytes of the line break at i (0: none): LF, CR, CR LF, and the three of YAML 1.1 that the reader also counts. */
static size_t break_at(const char *s, size_t n, size_t i) {
    if (s[i] == '\r')
        return i + 1 < n && s[i + 1] == '\n' ? 2 : 1;
    if (s[i] == '\n')
        return 1;
    if (n - i >= 2 && memcmp(s + i, "\xc2\x85", 2) == 0)
        return 2;
    return n - i >= 3 && (memcmp(s + i, "\xe2\x80\xa8", 3) == 0 || memcmp(s + i, "\xe2\x80\xa9", 3) == 0) ? 3 : 0;
}

static size_t char_at(const char *s, size_t n, size_t i) {
    uint32_t code;
    unsigned len = sk_utf8_next((const uint8_t *)s + i, n - i, &code);
    return len ? len : 1;
}

/* Walk from the start until line and col, or until offset, whichever comes first. @return the byte reached */
static size_t walk(const char *s, size_t n, size_t offset, unsigned to_line, unsigned to_col, unsigned *line,
                   unsigned *col) {
    *line = 1;
    *col = 1;
    size_t i = 0;
    while (i < n && i < offset && (*line < to_line || (*line == to_line && *col < to_col))) {
        size_t newline = break_at(s, n, i);
        if (newline) {
            if (*line == to_line)
                break;
            (*line)++;
            *col = 1;
            i += newline;
            continue;
        }
        i += char_at(s, n, i);
        (*col)++;
    }
    return i;
}

void sk_yaml_position(const char *bytes, size_t n, size_t offset, unsigned *ret_line, unsigned *ret_col) {
    (void)walk(bytes, n, offset, ~0u, 1, ret_line, ret_col);
}

static bool in(char c, const char *set) { return c != '\0' && strchr(set, c); }

/* The word around byte `at`: between blanks, brackets, commas and quotes. */
static void word_around(const char *s, size_t n, size_t at, size_t *ret_from, size_t *ret_len) {
    static const char left[] = " \t\r\n[{,\"'";
    static const char right[] = " \t\r\n]},\"'";
    size_t from = at < n ? at : n;
    while (from > 0 && !in(s[from - 1], left))
        from--;
    size_t to = from;
    while (to < n && !in(s[to], right))
        to++;
    *ret_from = from;
    *ret_len = to - from;
}

static bool trap_of_word(const char *s, size_t n, size_t at, struct sk_yaml_trap *ret) {
    size_t from;
    size_t len;
    word_around(s, n, at, &from, &len);
    if (len == 0)
        return false;
    bool starts_line = from == 0 || s[from - 1] == '\n'; /* there % begins a directive, as it should */
    const char *why = NULL;
    if (s[from] == '*')
        why = "begins with an asterisk, which YAML takes for the use of an anchor";
    else if (s[from] == '@' || s[from] == '`' || (s[from] == '%' && !starts_line))
        why = "begins with a character that YAML keeps for itself";
    else if (sk_yaml_like_address(s + from, len))
        why = s[from] == ':' ? "begins with a colon, which YAML takes for the end of a key inside brackets"
                             : "ends with a colon, which YAML takes for the end of a key";
    if (!why)
        return false;
    char word[160];
    (void)sk_text_escape((const uint8_t *)s + from, len < 64 ? len : 64, word, sizeof word);
    (void)snprintf(ret->msg, sizeof ret->msg, "%s %s; put it in quotes: \"%s\"", word, why, word);
    ret->at = from;
    ret->n = len;
    sk_yaml_position(s, n, from, &ret->line, &ret->col);
    return true;
}

struct wording {
    const char *problem; /* the reader's words, their beginning */
    const char *ours;    /* %u and %u: line and column of where the construct began */
    bool at_begin;       /* and that is the place to point at */
};

static const struct wording wordings[] = {
    {"mapping values are not allowed",
     "a \": \" that cannot stand here: the indentation differs from the line above, or a "
     "text holds a colon and must be put in quotes",
     false},
    {"did not find expected key", "this does not fit the map that began at line %u, column %u: check the indentation",
     false},
    {"did not find expected '-' indicator",
     "this does not fit the list that began at line %u, column %u: check the indentation and the hyphens", false},
    {"did not find expected ',' or ']'",
     "the list opened with [ at line %u, column %u is not closed with ], or a comma is missing", false},
    {"did not find expected ',' or '}'",
     "the map opened with { at line %u, column %u is not closed with }, or a comma is missing", false},
    {"found unexpected end of stream", "the quote opened here is never closed", true},
    {"found unexpected document indicator", "the quote opened here is not closed before the document ends", true},
    {"could not find expected ':'", "this key has no \": \" behind it", true},
    {"found unknown escape character",
     "an unknown escape in double quotes: write a backslash as \\\\, or use single quotes", false},
    {"did not find expected <document start>", "this does not belong to what stands above it: check the indentation",
     false},
    {"did not find expected node content",
     "a value is missing here, or one begins with a character that YAML keeps for "
     "itself and must be put in quotes",
     false},
    {"block sequence entries are not allowed",
     "a list cannot begin here: put it on the next line, or write it as [a, b]", false},
    {"exceeded max nesting", "more than 100 levels of lists and maps", false},
    {"found duplicate %YAML directive", "the %%YAML line stands here a second time; remove it", false},
    {"found undefined tag handle", "tags (`!name`) are not read; remove it", false},
    {"found incompatible YAML document", "only %%YAML 1.1 and 1.2 are read; remove the line", false},
    {"control characters are not allowed", "a control character; remove it or write it as an escape in double quotes",
     false},
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void reword(const struct sk_yaml_syntax *syntax, struct sk_yaml_trap *ret) {
    unsigned line = syntax->context_line ? syntax->context_line : syntax->line;
    unsigned col = syntax->context_line ? syntax->context_col : syntax->col;
    for (size_t i = 0; i < sizeof wordings / sizeof wordings[0]; i++) {
        if (strncmp(syntax->problem, wordings[i].problem, strlen(wordings[i].problem)) != 0)
            continue;
        (void)snprintf(ret->msg, sizeof ret->msg, wordings[i].ours, line, col);
        if (wordings[i].at_begin) {
            ret->line = ret->section_line = line;
            ret->col = col;
        }
        return;
    }
    (void)snprintf(ret->msg, sizeof ret->msg, "no valid YAML: %s%s%s", syntax->problem, syntax->context ? " " : "",
                   syntax->context ? syntax->context : "");
}
#pragma GCC diagnostic pop

static size_t line_at(const char *s, size_t n, unsigned line) {
    unsigned got, col;
    return walk(s, n, n, line, 1, &got, &col);
}

static bool has_at(const char *s, size_t n, size_t i, const char *word) {
    size_t len = strlen(word);
    return i <= n && n - i >= len && memcmp(s + i, word, len) == 0;
}

/* What a keyboard for Japanese types and YAML takes for letters. Looked for where text without quotes may stand. */
static const struct {
    const char *sign, *why;
} wide_signs[] = {
    {"\xef\xbc\x9a", "a full-width colon is a letter to YAML; write `: `"},
    {"\xe3\x80\x80", "a full-width space is a letter to YAML; write plain spaces"},
    {"\xc2\xa0", "a no-break space is a letter to YAML; write plain spaces"},
};

static bool wide_sign(const char *s, size_t n, unsigned line, struct sk_yaml_trap *ret) {
    unsigned got, col;
    for (size_t i = line_at(s, n, line); i < n && !break_at(s, n, i) && !in(s[i], "#\"'"); i++) {
        if (has_at(s, n, i, ": "))
            break; /* behind it anything may stand */
        for (size_t k = 0; k < sizeof wide_signs / sizeof *wide_signs; k++) {
            if (!has_at(s, n, i, wide_signs[k].sign))
                continue;
            sk_yaml_position(s, n, i, &got, &col);
            ret->line = got;
            ret->col = col;
            (void)snprintf(ret->msg, sizeof ret->msg, "%s", wide_signs[k].why);
            return true;
        }
    }
    return false;
}

/* A key of which YAML saw no colon: it may be there, but not the way that YAML wants it. */
static bool no_space(const char *s, size_t n, unsigned line, struct sk_yaml_trap *ret) {
    size_t from = line_at(s, n, line);
    while (from < n && in(s[from], " -"))
        from++;
    size_t to = from;
    while (to < n && !in(s[to], ": \t\r\n"))
        to++;
    if (to == from || to + 1 >= n || s[to] != ':' || in(s[to + 1], " \t\r\n"))
        return false;
    char word[64];
    (void)sk_text_escape((const uint8_t *)s + from, to - from < 48 ? to - from : 48, word, sizeof word);
    (void)snprintf(ret->msg, sizeof ret->msg, "no space stands behind the colon of `%s`: write `%s: ...`", word, word);
    sk_yaml_position(s, n, from, &ret->line, &ret->col);
    ret->section_line = ret->line;
    return true;
}

/* Lines that git leaves where two people changed the same. */
static bool merge_conflict(const char *s, size_t n, unsigned line, struct sk_yaml_trap *ret) {
    static const char *const marks[] = {"<<<<<<<", "=======", ">>>>>>>"};
    size_t from = line_at(s, n, line);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (!has_at(s, n, from, marks[i]))
            continue;
        (void)snprintf(ret->msg, sizeof ret->msg, "a merge conflict stands here: keep one side, remove the `%s` line",
                       marks[i]);
        ret->line = line;
        ret->col = 1;
        return true;
    }
    return false;
}

/* The line that the reader gave up at, then the one where the construct began, which is above it. */
static bool trap_of_line(const char *s, size_t n, const struct sk_yaml_syntax *syntax, struct sk_yaml_trap *ret) {
    const unsigned lines[] = {syntax->context_line, syntax->line > 1 ? syntax->line - 1 : 0, syntax->line};
    bool key = strstr(syntax->problem, "expected ':'") != NULL;
    bool known = key || strstr(syntax->problem, "mapping values") || strstr(syntax->problem, "expected key") ||
                 strstr(syntax->problem, "comment or line break");
    for (size_t i = 0; known && i < sizeof lines / sizeof *lines; i++) {
        if (lines[i] && (merge_conflict(s, n, lines[i], ret) || wide_sign(s, n, lines[i], ret))) {
            ret->section_line = ret->line;
            return true;
        }
    }
    return key && syntax->context_line && no_space(s, n, syntax->context_line, ret);
}

/* Outside of [ ] and { }, whose end YAML looked for: one bracket too many. */
static bool lone_bracket(const char *s, size_t n, size_t at, const char *problem, struct sk_yaml_trap *ret) {
    if (at >= n || !in(s[at], "]}") || strstr(problem, "expected ','"))
        return false;
    (void)snprintf(ret->msg, sizeof ret->msg, "no %c is open here: remove this %c", s[at] == '}' ? '{' : '[', s[at]);
    return true;
}

void sk_yaml_explain(const char *bytes, size_t n, const struct sk_yaml_syntax *syntax, struct sk_yaml_trap *ret) {
    bool within = syntax->context && (strstr(syntax->context, "flow") || strstr(syntax->context, "quoted"));
    *ret = (struct sk_yaml_trap){.line = syntax->line,
                                 .col = syntax->col,
                                 .section_line = within && syntax->context_line ? syntax->context_line : syntax->line};
    unsigned line;
    unsigned col;
    size_t at = walk(bytes, n, n, syntax->line, syntax->col, &line, &col);
    bool inside_quotes = syntax->context && strstr(syntax->context, "quoted scalar");
    if (!inside_quotes && trap_of_word(bytes, n, at, ret))
        return;
    if (at < n && bytes[at] == '\t')
        (void)snprintf(ret->msg, sizeof ret->msg, "a tab cannot stand here; indent with spaces");
    else if (!trap_of_line(bytes, n, syntax, ret) && !lone_bracket(bytes, n, at, syntax->problem, ret))
        reword(syntax, ret);
}

void sk_yaml_defuse(char *bytes, const struct sk_yaml_trap *trap) {
    for (size_t i = trap->at; i < trap->at + trap->n; i++)
        if (in(bytes[i], ":*@`%"))
            bytes[i] = '_';
}

/* Does a section begin at byte i, the first of a line? Comments, blank lines, and the signs that part documents do not.
 */
static bool begins_section(const char *s, size_t n, size_t i) {
    return i < n && !in(s[i], " \t\r\n#-%.}]") && s[i] != '\0';
}

static size_t next_line(const char *s, size_t n, size_t i) {
    while (i < n && s[i] != '\n')
        i++;
    return i < n ? i + 1 : n;
}

bool sk_yaml_cut_section(char *bytes, size_t n, unsigned line, char name[SK_YAML_SECTION]) {
    size_t from = 0, at = 0;
    for (unsigned k = 1; k <= line && at < n; k++) {
        if (begins_section(bytes, n, at))
            from = at;
        at = next_line(bytes, n, at);
    }
    size_t to = next_line(bytes, n, from);
    while (to < n && !begins_section(bytes, n, to) && strncmp(bytes + to, "---", n - to < 3 ? n - to : 3) != 0)
        to = next_line(bytes, n, to);
    size_t len = 0;
    while (from + len < to && len + 1 < SK_YAML_SECTION && !in(bytes[from + len], ": \r\n"))
        len++;
    memcpy(name, bytes + from, len);
    name[len] = '\0';
    bool any = false;
    for (size_t i = from; i < to; i++) {
        any |= bytes[i] != ' ' && bytes[i] != '\n' && bytes[i] != '\r';
        if (bytes[i] != '\n' && bytes[i] != '\r')
            bytes[i] = ' ';
    }
    return any;
}
