/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two forms of the registry, told line by line:
 *
 *   MA-M,741AE09,Organization Name,Address              6, 7 or 9 hexadecimal digits: 24, 28 or 36 bits
 *   00-22-72   (hex)		Organization Name           oui.txt: 24 bits
 */
#include "sekimori/oui.h"

#include "base/mem.h"

#include "sekimori/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 4096, NAME_MAX_BYTES = 96, BLOCKS_MAX = 1 << 20 };
static const char *const debian[] = {"/usr/share/ieee-data/oui.csv", "/usr/share/ieee-data/mam.csv",
                                     "/usr/share/ieee-data/oui36.csv", NULL};

struct block {
    uint64_t first; /* of its addresses */
    uint8_t bits;
    const char *name;
};
struct sk_oui {
    char *path;
    bool read;
    struct block *at;
    size_t n, room;
    struct sk_arena names;
};

struct sk_oui *sk_oui_new(const char *path) {
    struct sk_oui *o = sk_mem_new(1, sizeof *o);
    o->path = path ? sk_mem_text(path, strlen(path)) : NULL;
    return o;
}
void sk_oui_free(struct sk_oui *o) {
    if (!o)
        return;
    sk_arena_free(&o->names);
    free(o->at);
    free(o->path);
    free(o);
}

/* ---- reading ---- */

/* Not of anybody who would be named: the registry's own blocks, and holders that keep their name back. */
static bool nobody(const char *name) {
    return strcasecmp(name, "Private") == 0 || strcmp(name, "IEEE Registration Authority") == 0;
}

static void add(struct sk_oui *o, const char *digits, size_t n, const char *name, size_t len) {
    char text[NAME_MAX_BYTES];
    struct block b = {.bits = (uint8_t)(4 * n)};
    while (len && isspace((unsigned char)name[len - 1]))
        len--;
    if ((n != 6 && n != 7 && n != 9) || len == 0 || o->n == BLOCKS_MAX)
        return;
    for (size_t i = 0; i < n; i++) {
        if (!isxdigit((unsigned char)digits[i]))
            return;
        b.first = b.first << 4 | (uint64_t)strtoul((char[2]){digits[i], 0}, NULL, 16);
    }
    b.first <<= 48 - b.bits;
    size_t end = sk_text_escape((const uint8_t *)name, len, text, sizeof text);
    b.name = nobody(text) ? NULL : sk_arena_text(&o->names, text, end);
    if (o->n == o->room)
        o->at = sk_mem_resize(o->at, o->room = o->room ? 2 * o->room : 1024, sizeof *o->at);
    o->at[o->n++] = b;
}

/* RFC 4180: a field in quotes may hold commas; a doubled quote is one. @return behind the field */
static char *csv_field(char *p, char *ret) {
    bool quoted = *p == '"';
    size_t n = 0;
    p += quoted;
    for (; *p && *p != '\r' && *p != '\n'; p++) {
        if (quoted && p[0] == '"' && p[1] == '"')
            p++;
        else if (quoted ? *p == '"' : *p == ',')
            break;
        ret[n++] = *p;
    }
    ret[n] = '\0';
    while (*p && *p != ',')
        p++;
    return *p ? p + 1 : p;
}

static void one_line(struct sk_oui *o, char *line) {
    char registry[LINE_MAX_BYTES], digits[LINE_MAX_BYTES], name[LINE_MAX_BYTES];
    char *hex = strstr(line, "(hex)");
    if (hex && hex - line < 20 && line[2] == '-' && line[5] == '-') {
        const char six[] = {line[0], line[1], line[3], line[4], line[6], line[7]};
        hex += 5 + strspn(hex + 5, " \t");
        add(o, six, sizeof six, hex, strlen(hex));
        return;
    }
    (void)csv_field(csv_field(csv_field(line, registry), digits), name);
    add(o, digits, strlen(digits), name, strlen(name));
}

static void read_file(struct sk_oui *o, const char *path) {
    char line[LINE_MAX_BYTES];
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        one_line(o, line);
    if (f)
        fclose(f);
}

/* By block, and of one block that which was read first. */
static int by_block(const void *a, const void *b) {
    const struct block *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->bits < y->bits ? -1 : x->bits > y->bits;
}

static void read_all(struct sk_oui *o) {
    o->read = true;
    if (o->path && strcmp(o->path, "none") != 0)
        read_file(o, o->path);
    for (size_t i = 0; !o->path && debian[i]; i++)
        read_file(o, debian[i]);
    if (o->n)
        qsort(o->at, o->n, sizeof *o->at, by_block);
}

size_t sk_oui_size(struct sk_oui *o) {
    if (!o->read)
        read_all(o);
    return o->n;
}

/* ---- asking ---- */

const char *sk_oui_vendor(struct sk_oui *o, const struct sk_mac *mac) {
    static const uint8_t lengths[] = {36, 28, 24};
    uint64_t whole = 0;
    if ((mac->b[0] & 3) || sk_mac_zero(mac) || sk_oui_size(o) == 0)
        return NULL;
    for (unsigned i = 0; i < sizeof mac->b; i++)
        whole = whole << 8 | mac->b[i];
    for (unsigned i = 0; i < sizeof lengths; i++) {
        struct block key = {.first = whole >> (48 - lengths[i]) << (48 - lengths[i]), .bits = lengths[i]};
        const struct block *b = bsearch(&key, o->at, o->n, sizeof *o->at, by_block);
        if (b)
            return b->name;
    }
    return NULL;
}
