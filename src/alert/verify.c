/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a log of alerts what was written? Each line has a number (event.sequence) and the SHA-256 of the line before
 * (sekimori.previous_line). So a line that was changed is betrayed by the next one, one that was removed by a gap, one
 * that was moved by its number. The last line has no next one: the manifest of the run, or a hash that somebody kept,
 * vouches for it; and a run over files closes every alert it opened, so an end that was cut off shows. The first line
 * of a run that was appended to a log bears the hash of the line it was appended to, so a run before it that was
 * removed shows, too.
 */
#include "base/mem.h"
#include "sekimori/alert.h"
#include "sekimori/digest.h"
#include "sekimori/hash.h"
#include "sekimori/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 1 << 26, OPEN_MAX = 1 << 20, FOUND_MAX = 1000, TEXT_BYTES = 200 };

struct entry {
    uint64_t sequence;
    uint8_t hash[16], previous[16]; /* their first halves: 2^64 tries to find another */
    uint32_t file, line;
    uint32_t chain;
    bool changed; /* the next line says so */
};
struct chain {
    char run[65];
    uint32_t last; /* entry read last */
    uint64_t highest, open;
    bool offline;
    bool whole_head;      /* begins with line 1 */
    uint8_t appended[16]; /* its first line says so: to the line with this hash; zero: to none */
    struct place {
        uint32_t file, line; /* line 0: none */
    } head, before;          /* before: the line right before its first */
    bool fits;               /* which is the one it was appended to */
    char end_hash[65];
    uint64_t end_sequence; /* 0: nobody vouches for its end */
};
struct finding {
    uint32_t file, line;
    char what[TEXT_BYTES];
};
struct open_key {
    uint64_t chain;
    char id[40];
};

struct sk_verify {
    char **file;
    struct entry *entry;
    struct chain *chain;
    struct finding *finding;
    size_t files, entries, chains, findings, more;
    uint32_t line;       /* of the present file */
    struct place before; /* the line read last, whatever it is */
    uint8_t before_hash[16];
    size_t nothing;   /* files of which it is known that their runs wrote no line */
    bool crlf, utf16; /* the present file; told once */
    struct sk_table *open;
    bool partial;
    bool full; /* more lines than are looked at */
};

static void find(struct sk_verify *v, uint32_t file, uint32_t line, const char *fmt, ...) SK_PRINTF(4, 5);
static void find(struct sk_verify *v, uint32_t file, uint32_t line, const char *fmt, ...) {
    if (v->findings == FOUND_MAX) {
        v->more++;
        return;
    }
    v->finding = sk_mem_resize(v->finding, v->findings + 1, sizeof *v->finding);
    struct finding *f = &v->finding[v->findings++];
    f->file = file;
    f->line = line;
    va_list args;
    va_start(args, fmt);
    vsnprintf(f->what, sizeof f->what, fmt, args);
    va_end(args);
}

struct sk_verify *sk_verify_new(bool partial) {
    struct sk_verify *v = calloc(1, sizeof *v);
    struct sk_table_config tc = {.key_size = sizeof(struct open_key), .cap = OPEN_MAX, .key = sk_hash_key_fixed};
    if (!v || !(v->open = sk_table_new(&tc))) {
        free(v);
        return NULL;
    }
    v->partial = partial;
    return v;
}

void sk_verify_file(struct sk_verify *v, const char *name) {
    v->file = sk_mem_resize(v->file, v->files + 1, sizeof *v->file);
    v->file[v->files++] = sk_mem_text(name, strlen(name));
    v->line = 0;
    v->crlf = v->utf16 = false;
}

/* ---- lines ---- */

static bool half_of_hash(const char *hex, uint8_t out[16]) {
    size_t n = hex ? strlen(hex) : 0;
    if ((n != 64 && n != 32) || strspn(hex, "0123456789abcdef") != n)
        return false;
    for (unsigned i = 0; i < 16; i++) {
        const char pair[3] = {hex[2 * i], hex[2 * i + 1], 0};
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

static bool is_zero(const uint8_t half[16]) {
    static const uint8_t zero[16];
    return memcmp(half, zero, 16) == 0;
}

static uint32_t new_chain(struct sk_verify *v, const char *run, bool whole_head, bool offline) {
    v->chain = sk_mem_resize(v->chain, v->chains + 1, sizeof *v->chain);
    v->chain[v->chains] = (struct chain){.whole_head = whole_head, .offline = offline};
    snprintf(v->chain[v->chains].run, sizeof v->chain->run, "%s", run);
    return (uint32_t)v->chains++;
}

/* A first line begins a chain, unless the latest one still lacks it; any other belongs to the latest of its run,
 * wherever it was moved to. */
static uint32_t chain_of(struct sk_verify *v, const struct entry *e, const char *run, bool offline) {
    struct chain *latest = v->chains ? &v->chain[v->chains - 1] : NULL;
    if (e->sequence == 1) {
        if (!latest || latest->whole_head || v->partial || strcmp(latest->run, run) != 0)
            return new_chain(v, run, true, offline);
        latest->whole_head = true;
        return (uint32_t)v->chains - 1;
    }
    for (size_t i = v->chains; i-- > 0;)
        if (strcmp(v->chain[i].run, run) == 0)
            return (uint32_t)i;
    return new_chain(v, run, false, offline);
}

/* What is opened and not closed. */
static void follow_life(struct sk_verify *v, const sk_json *alert, uint32_t chain) {
    struct open_key k;
    const char *id = sk_json_get_text(alert, "sekimori.alert.id"), *action = sk_json_get_text(alert, "event.action");
    memset(&k, 0, sizeof k);
    bool fresh = false;
    if (!id)
        return; /* the summary of a run */
    k.chain = chain;
    snprintf(k.id, sizeof k.id, "%s", id);
    if (action && strcmp(action, "close") == 0) {
        if (sk_table_del(v->open, &k))
            v->chain[chain].open--;
        return;
    }
    sk_table_put(v->open, &k, &fresh);
    v->chain[chain].open += fresh;
}

static void take_line(struct sk_verify *v, const sk_json *alert, const char *text, size_t n) {
    struct entry e = {.sequence = (uint64_t)sk_json_get_int(alert, "event.sequence", 0),
                      .file = (uint32_t)v->files - 1,
                      .line = v->line};
    uint8_t hash[32];
    const char *run = sk_json_get_text(alert, "sekimori.run");
    bool offline = sk_json_at(alert, "event.created") == NULL;
    if (!half_of_hash(sk_json_get_text(alert, "sekimori.previous_line"), e.previous) || e.sequence == 0 || !run) {
        find(v, e.file, v->line, "is no alert line: no number, run or hash of the line before");
        return;
    }
    sk_sha256(text, n, hash);
    memcpy(e.hash, hash, sizeof e.hash);
    e.chain = chain_of(v, &e, run, offline);
    struct chain *c = &v->chain[e.chain];
    if (e.sequence == 1) {
        memcpy(c->appended, e.previous, sizeof c->appended);
        c->head = (struct place){e.file, e.line};
        c->before = v->before;
        c->fits = v->before.line && memcmp(v->before_hash, e.previous, sizeof e.previous) == 0;
    }
    if (c->highest && e.sequence <= c->highest)
        find(v, e.file, v->line, "line out of place: its number is %llu, and %llu came before it (moved or repeated)",
             (unsigned long long)e.sequence, (unsigned long long)c->highest);
    c->highest = e.sequence > c->highest ? e.sequence : c->highest;
    follow_life(v, alert, e.chain);
    if (v->entries % 1024 == 0)
        v->entry = sk_mem_resize(v->entry, v->entries + 1024, sizeof *v->entry);
    c->last = (uint32_t)v->entries;
    v->entry[v->entries++] = e;
}

/* What programs of another system do to a text: told once, and seen through. @return false: nothing can be read */
static bool seen_through(struct sk_verify *v, const char **text, size_t *n, bool ended) {
    const uint32_t file = (uint32_t)v->files - 1;
    if (v->line == 1 && *n >= 2 && (memcmp(*text, "\xff\xfe", 2) == 0 || memcmp(*text, "\xfe\xff", 2) == 0)) {
        find(v, file, v->line,
             "the file was converted to UTF-16 after writing (saved by an editor or a shell): none of "
             "its lines can be judged");
        v->utf16 = true;
    }
    if (v->utf16)
        return false;
    if (v->line == 1 && *n >= 3 && memcmp(*text, "\xef\xbb\xbf", 3) == 0) {
        find(v, file, v->line, "a byte order mark was put in front after writing (saved by an editor?)");
        *text += 3;
        *n -= 3;
    }
    if (!ended || *n < 2 || (*text)[*n - 1] != '\r')
        return true;
    --*n;
    if (!v->crlf)
        find(v, file, v->line,
             "line ends were converted to CR LF after writing, from this line on (an editor, or a copy "
             "in text mode?); the lines are judged without CR");
    v->crlf = true;
    return true;
}

static void keep_place(struct sk_verify *v, const char *text, size_t n) {
    uint8_t hash[32];
    sk_sha256(text, n, hash);
    memcpy(v->before_hash, hash, sizeof v->before_hash);
    v->before = (struct place){(uint32_t)v->files - 1, v->line};
}

void sk_verify_line(struct sk_verify *v, const char *text, size_t n, bool ended) {
    struct sk_error err = {0};
    v->line++;
    if (v->entries == LINES_MAX) {
        v->full = true;
        return;
    }
    if (!seen_through(v, &text, &n, ended))
        return;
    if (!ended)
        find(v, (uint32_t)v->files - 1, v->line, "the file ends inside this line");
    sk_json *alert = sk_json_parse(text, n, &err);
    if (alert)
        take_line(v, alert, text, n);
    else if (ended)
        find(v, (uint32_t)v->files - 1, v->line, n ? "is no JSON: cut short or overwritten" : "empty line");
    sk_json_free(alert);
    keep_place(v, text, n);
}

void sk_verify_end_of(struct sk_verify *v, const char *run, uint64_t sequence, const char *hash) {
    struct chain *c = NULL;
    for (size_t i = v->chains; i-- > 0 && !c;)
        if (!run || strcmp(v->chain[i].run, run) == 0)
            c = &v->chain[i];
    if (c) {
        c->end_sequence = sequence ? sequence : UINT64_MAX;
        snprintf(c->end_hash, sizeof c->end_hash, "%s", hash ? hash : "");
        return;
    }
    if (!v->files || v->utf16)
        return;
    const uint32_t file = (uint32_t)v->files - 1;
    if (!sequence)
        find(v, file, 0, "empty, but a last line was noted");
    else if (v->entries == 0)
        find(v, file, 0, "empty, but the run wrote %llu lines", (unsigned long long)sequence);
    else
        find(v, file, v->line, "a run is missing: its manifest lies beside the file and says that it wrote %llu lines",
             (unsigned long long)sequence);
}

void sk_verify_nothing(struct sk_verify *v) { v->nothing++; }

/* ---- judgement ---- */

static int by_number(const void *x, const void *y) {
    const struct entry *a = x, *b = y;
    if (a->chain != b->chain)
        return a->chain < b->chain ? -1 : 1;
    if (a->sequence != b->sequence)
        return a->sequence < b->sequence ? -1 : 1;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

static void missing(struct sk_verify *v, const struct entry *at, const char *where, uint64_t from, uint64_t to) {
    if (from == to)
        find(v, at->file, at->line, "1 line missing %s this one (sequence %llu)", where, (unsigned long long)from);
    else
        find(v, at->file, at->line, "%llu lines missing %s this one (sequence %llu..%llu)",
             (unsigned long long)(to - from + 1), where, (unsigned long long)from, (unsigned long long)to);
}

/* The last line: nothing comes after it in the log. */
static void judge_end(struct sk_verify *v, struct entry *e, const struct chain *c) {
    uint8_t half[16];
    if (c->end_sequence && c->end_sequence != UINT64_MAX && c->end_sequence > e->sequence)
        missing(v, e, "after", e->sequence + 1, c->end_sequence);
    else if (c->end_sequence && half_of_hash(c->end_hash, half) && memcmp(half, e->hash, 16) != 0) {
        e->changed = true;
        find(v, e->file, e->line, "line changed after writing (it is not the last line that the run wrote)");
    } else if (!c->end_sequence && c->offline && c->open && sk_table_evicted(v->open) == 0)
        find(v, e->file, e->line, "lines missing after this one: alerts that were never closed: %llu",
             (unsigned long long)c->open);
}

/* From the end to the beginning: a line that was changed itself betrays nobody. */
static void judge_chain(struct sk_verify *v, struct entry *e, size_t n) {
    const struct chain *c = &v->chain[e->chain];
    judge_end(v, &e[n - 1], c);
    for (size_t i = n - 1; i-- > 0;) {
        const struct entry *next = &e[i + 1];
        if (next->sequence > e[i].sequence + 1)
            missing(v, next, "before", e[i].sequence + 1, next->sequence - 1);
        if (next->sequence != e[i].sequence + 1 || memcmp(next->previous, e[i].hash, 16) == 0)
            continue;
        e[i].changed = true;
        if (next->changed)
            find(v, e[i].file, e[i].line,
                 "nothing vouches for this line: the next one, which kept its hash, was changed");
        else
            find(v, e[i].file, e[i].line, "line changed after writing (hash of it, kept in line %u%s%s, differs)",
                 next->line, next->file != e[i].file ? " of " : "", next->file != e[i].file ? v->file[next->file] : "");
    }
    if (e->sequence > 1 && !(v->partial && e->chain == 0))
        missing(v, e, "before", 1, e->sequence - 1);
}

/* Does the line that a run was appended to stand somewhere before it? Two runs may have written at the same time. */
static bool stands_before(const struct sk_verify *v, const struct chain *c, size_t head) {
    enum { BACK = 1 << 20 };
    for (size_t i = head, far = 0; i-- > 0 && far < BACK; far++)
        if (memcmp(v->entry[i].hash, c->appended, sizeof c->appended) == 0)
            return true;
    return false;
}

/* In the order of the lines. */
static void judge_appended(struct sk_verify *v) {
    for (size_t i = 0; i < v->entries; i++) {
        const struct entry *e = &v->entry[i];
        const struct chain *c = &v->chain[e->chain];
        if (e->sequence != 1 || e->file != c->head.file || e->line != c->head.line || is_zero(c->appended) || c->fits)
            continue;
        if ((v->partial && e->chain == 0) || stands_before(v, c, i))
            continue;
        if (c->before.line)
            find(v, e->file, e->line,
                 "lines missing before this one, or line %u%s%s was changed: this run was appended "
                 "to another line",
                 c->before.line, c->before.file != e->file ? " of " : "",
                 c->before.file != e->file ? v->file[c->before.file] : "");
        else
            find(v, e->file, e->line, "lines missing before this one: this run was appended to a log that is not here");
    }
}

static int by_place(const void *x, const void *y) {
    const struct finding *a = x, *b = y;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

size_t sk_verify_judge(struct sk_verify *v, struct sk_verify_result *ret) {
    *ret = (struct sk_verify_result){.lines = v->entries, .runs = v->chains, .full = v->full};
    if (v->entries) {
        const struct entry *last = &v->entry[v->entries - 1];
        sk_hex(last->hash, 16, ret->last_line);
        ret->vouched = v->chain[last->chain].end_sequence != 0;
    }
    if (v->entries == 0 && v->findings == 0 && v->files > v->nothing)
        find(v, (uint32_t)v->files - 1, 0,
             "empty: nothing shows whether lines were removed (no manifest says that none were written)");
    judge_appended(v);
    if (v->entries)
        qsort(v->entry, v->entries, sizeof *v->entry, by_number);
    for (size_t i = 0, next; i < v->entries; i = next) {
        for (next = i; next < v->entries && v->entry[next].chain == v->entry[i].chain;)
            next++;
        judge_chain(v, &v->entry[i], next - i);
    }
    if (v->findings)
        qsort(v->finding, v->findings, sizeof *v->finding, by_place);
    return v->findings + v->more;
}

void sk_verify_each(const struct sk_verify *v,
                    void (*found)(void *arg, const char *file, uint32_t line, const char *what), void *arg) {
    for (size_t i = 0; i < v->findings; i++)
        found(arg, v->file[v->finding[i].file], v->finding[i].line, v->finding[i].what);
}

void sk_verify_free(struct sk_verify *v) {
    if (!v)
        return;
    for (size_t i = 0; i < v->files; i++)
        free(v->file[i]);
    free(v->file);
    free(v->entry);
    free(v->chain);
    free(v->finding);
    sk_table_free(v->open);
    free(v);
}
