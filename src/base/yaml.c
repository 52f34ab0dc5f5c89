/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML to a tree, through libyaml's events.
 *
 *   events --> nodes of one document, linked by number --> struct sk_yaml arrays
 *              (here scalars are judged)                    (here aliases are expanded, under a budget)
 *
 * Both passes are loops with a stack of their own. Where a known trap stopped libyaml, the word is reported,
 * overwritten in a copy of the text, and the text is read again: so one run names all of them.
 */
#include "sekimori/yaml.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "base/yaml_scalar.h"
#include "base/yaml_trap.h"
#include "sekimori/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum {
    SIZE_MAX_BYTES = 16 * 1024 * 1024,
    DEPTH_MAX = 100,
    NODES_MAX = 1000 * 1000,
    EXPANDED_MAX = 10 * 1000, /* nodes that aliases add */
    ANCHORS_MAX = 1000,
    REREADS_MAX = 50,                     /* traps named in one run */
    REREAD_BYTES_MAX = 4 * SIZE_MAX_BYTES /* and what reading again may cost */
};

#define NOBODY UINT32_MAX /* no node */

struct node {
    struct sk_yaml v;
    uint32_t first, last, next; /* children; next sibling */
    uint32_t target;            /* an alias stands for this node; NOBODY: no alias */
    bool open;                  /* its end was not seen yet */
};

struct anchor {
    char *name;
    uint32_t id;
};

struct reader {
    const char *file;
    struct sk_diags *diags;
    struct sk_yaml_docs *docs;
    struct sk_arena *arena;
    struct node *node;
    uint32_t n, cap;
    size_t total, aliases, expanded; /* over all documents */
    uint32_t stack[DEPTH_MAX];
    unsigned depth;
    struct anchor *anchor;
    size_t anchors;
    const struct sk_diags *traps; /* told already: nodes at these places are broken */
    bool salvage;                 /* errors do not keep the tree from being made */
    bool stop;                    /* a limit was passed: the rest is not read */
};

#define REFUSE(r, at, ...)                                                                                             \
    ((at)->broken = true, sk_diag_add((r)->diags, SK_DIAG_ERROR, (r)->file, (at)->line, (at)->col, __VA_ARGS__))

struct shown {
    char text[132];
};
/* Text for a message: at most 32 characters' worth, safe on a terminal. */
static struct shown show(const char *s, size_t n) {
    struct shown out = {{0}};
    size_t fit = sk_text_fit(s, n, 40);
    (void)sk_text_escape((const uint8_t *)s, fit, out.text, sizeof out.text - 4);
    if (fit < n)
        memcpy(out.text + strlen(out.text), "...", 4);
    return out;
}

/* --- limits ------------------------------------------------------------------------------------------------------ */

static void stop_at(struct reader *r, unsigned line, unsigned col, const char *what) {
    if (!r->stop)
        sk_diag_add(r->diags, SK_DIAG_ERROR, r->file, line, col, "%s; the rest is not read", what);
    r->stop = true;
}

/* --- from events to nodes ------------------------------------------------------------------------------------------
 */

static uint32_t add_node(struct reader *r, const yaml_event_t *e, enum sk_yaml_kind kind) {
    if (r->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 256;
        r->node = sk_mem_resize(r->node, r->cap, sizeof *r->node);
    }
    uint32_t id = r->n++;
    r->node[id] = (struct node){
        .v = {.kind = kind, .line = (unsigned)e->start_mark.line + 1, .col = (unsigned)e->start_mark.column + 1},
        .first = NOBODY,
        .last = NOBODY,
        .next = NOBODY,
        .target = NOBODY};
    for (size_t i = 0; i < r->traps->n; i++)
        r->node[id].v.broken |= r->traps->at[i].line == r->node[id].v.line && r->traps->at[i].col == r->node[id].v.col;
    if (++r->total > NODES_MAX)
        stop_at(r, r->node[id].v.line, r->node[id].v.col, "more than 1,000,000 entries");
    return id;
}

/* Hang id under the innermost open collection. @return is it a key there? */
static bool adopt(struct reader *r, uint32_t id) {
    if (r->depth == 0)
        return false;
    struct node *parent = &r->node[r->stack[r->depth - 1]];
    bool key = parent->v.kind == SK_YAML_MAP && parent->v.n % 2 == 0; /* keys and values alternate */
    if (parent->first == NOBODY)
        parent->first = id;
    else
        r->node[parent->last].next = id;
    parent->last = id;
    parent->v.n++;
    return key;
}

static void remember_anchor(struct reader *r, const yaml_char_t *name, uint32_t id) {
    if (!name)
        return;
    if (r->anchors == ANCHORS_MAX) {
        stop_at(r, r->node[id].v.line, r->node[id].v.col, "more than 1,000 anchors");
        return;
    }
    const char *text = (const char *)name;
    r->anchor[r->anchors++] = (struct anchor){.name = sk_arena_text(r->arena, text, strlen(text)), .id = id};
}

static void refuse_tag(struct reader *r, const yaml_char_t *tag, uint32_t id) {
    if (!tag)
        return;
    struct shown t = show((const char *)tag, strlen((const char *)tag));
    REFUSE(r, &r->node[id].v, "tags are not read (%s); remove it, and put the value in quotes if it is text", t.text);
}

static void judge_key(struct reader *r, struct sk_yaml *v, bool plain) {
    struct shown s = show(v->text, v->len);
    v->kind = SK_YAML_TEXT;
    if (strlen(v->text) != v->len) /* keys are looked up as C strings */
        REFUSE(r, v, "a key with a NUL character (\\0) in it; remove it");
    if (!plain)
        return;
    struct sk_yaml as_value = *v;
    const char *why = sk_yaml_plain(&as_value);
    if (v->len == 0)
        REFUSE(r, v, "a key is missing before the colon");
    else if (strcmp(v->text, "<<") == 0)
        REFUSE(r, v, "merge keys (<<) are not read; write the keys out");
    else if (v->text[v->len - 1] == ':')
        REFUSE(r, v, "%s: ends with a colon, which YAML takes for the end of a key; put it in quotes: \"%s:\"", s.text,
               s.text);
    else if (why)
        REFUSE(r, v, "%s %s", s.text, why);
}

static void on_scalar(struct reader *r, const yaml_event_t *e) {
    uint32_t id = add_node(r, e, SK_YAML_TEXT);
    struct sk_yaml *v = &r->node[id].v;
    bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    v->quoted = !plain;
    v->len = e->data.scalar.length;
    v->text = sk_arena_text(r->arena, (const char *)e->data.scalar.value, v->len);
    refuse_tag(r, e->data.scalar.tag, id);
    remember_anchor(r, e->data.scalar.anchor, id);
    if (adopt(r, id)) {
        judge_key(r, v, plain);
        return;
    }
    const char *why = plain ? sk_yaml_plain(v) : NULL;
    if (why)
        REFUSE(r, v, "%s %s", show(v->text, v->len).text, why);
}

static void on_alias(struct reader *r, const yaml_event_t *e) {
    uint32_t id = add_node(r, e, SK_YAML_NULL);
    const char *name = (const char *)e->data.alias.anchor;
    struct shown s = show(name, strlen(name));
    struct sk_yaml *v = &r->node[id].v;
    v->text = sk_arena_text(r->arena, "", 0);
    if (adopt(r, id)) {
        REFUSE(r, v, "a key must be text, not the alias *%s; if text is meant, put it in quotes: \"*%s\"", s.text,
               s.text);
        return;
    }
    if (++r->aliases > EXPANDED_MAX) { /* each adds one at least */
        stop_at(r, v->line, v->col, "aliases expand to more than 10,000 entries");
        return;
    }
    for (size_t i = r->anchors; i-- > 0;) {
        if (strcmp(r->anchor[i].name, name) != 0)
            continue;
        if (r->node[r->anchor[i].id].open)
            REFUSE(r, v, "the alias *%s stands inside the very thing it names", s.text);
        else
            r->node[id].target = r->anchor[i].id;
        return;
    }
    REFUSE(r, v, "*%s: no anchor &%s stands above; if text is meant, put it in quotes: \"*%s\"", s.text, s.text,
           s.text);
}

static void on_open(struct reader *r, const yaml_event_t *e, enum sk_yaml_kind kind) {
    uint32_t id = add_node(r, e, kind);
    r->node[id].open = true;
    bool list = kind == SK_YAML_LIST;
    refuse_tag(r, list ? e->data.sequence_start.tag : e->data.mapping_start.tag, id);
    remember_anchor(r, list ? e->data.sequence_start.anchor : e->data.mapping_start.anchor, id);
    if (adopt(r, id))
        REFUSE(r, &r->node[id].v, "a key must be text, not %s", sk_yaml_kind_name(kind));
    if (r->depth == DEPTH_MAX)
        stop_at(r, r->node[id].v.line, r->node[id].v.col, "more than 100 levels of lists and maps");
    else
        r->stack[r->depth++] = id;
}

struct key_ref {
    struct sk_yaml *key;
    uint32_t id;
};

static int key_order(const void *left, const void *right) {
    const struct key_ref *a = left;
    const struct key_ref *b = right;
    int by_text = strcmp(a->key->text, b->key->text);
    if (by_text != 0)
        return by_text;
    return a->id < b->id ? -1 : 1;
}

/* Sorting keeps a map of a million keys from costing a million times a million comparisons. */
static void refuse_duplicates(struct reader *r, const struct node *map) {
    size_t n = 0;
    struct key_ref *ref = sk_mem_new(map->v.n / 2 + 1, sizeof *ref);
    uint32_t value;
    for (uint32_t key = map->first; key != NOBODY; key = value == NOBODY ? NOBODY : r->node[value].next) {
        value = r->node[key].next;
        if (r->node[key].v.text)
            ref[n++] = (struct key_ref){.key = &r->node[key].v, .id = key};
    }
    qsort(ref, n, sizeof *ref, key_order);
    for (size_t i = 1, first = 0; i < n; i++) {
        if (strcmp(ref[i].key->text, ref[first].key->text) != 0)
            first = i;
        else if (ref[i].key->len > 0)
            REFUSE(r, ref[i].key, "the key %s stands on line %u already; keep one of them",
                   show(ref[i].key->text, ref[i].key->len).text, ref[first].key->line);
    }
    free(ref);
}

static void on_close(struct reader *r) {
    if (!r->node || r->depth == 0)
        return; /* libyaml closes only what it opened */
    struct node *closed = &r->node[r->stack[--r->depth]];
    closed->open = false;
    if (closed->v.kind == SK_YAML_MAP)
        refuse_duplicates(r, closed);
}

/* --- from nodes to the tree ----------------------------------------------------------------------------------------
 */

struct job {
    uint32_t id;
    unsigned depth;
    bool by_alias; /* inside an alias: its nodes count against the budget */
    struct sk_yaml *to;
};

struct jobs {
    struct job *at;
    size_t n, cap;
};

static void push(struct jobs *j, struct job job) {
    if (j->n == j->cap) {
        j->cap = j->cap ? j->cap * 2 : 64;
        j->at = sk_mem_resize(j->at, j->cap, sizeof *j->at);
    }
    j->at[j->n++] = job;
}

/* Make the arrays of a collection and queue its children. */
static void unfold(struct reader *r, struct jobs *jobs, const struct node *from, struct job job) {
    bool map = from->v.kind == SK_YAML_MAP;
    size_t n = map ? from->v.n / 2 : from->v.n;
    job.to->n = n;
    job.to->item = sk_arena_new(r->arena, n * sizeof *job.to->item);
    job.to->key = map ? sk_arena_new(r->arena, n * sizeof *job.to->key) : NULL;
    size_t k = 0;
    for (uint32_t child = from->first; child != NOBODY; child = r->node[child].next, k++) {
        struct sk_yaml *to = map && k % 2 == 0 ? &job.to->key[k / 2] : &job.to->item[map ? k / 2 : k];
        if (map && k % 2 == 0 && !r->node[child].v.text) { /* a key that is a list or a map was refused */
            *to = r->node[child].v;
            to->kind = SK_YAML_TEXT;
            to->n = 0;
            to->text = sk_arena_text(r->arena, "", 0);
            continue;
        }
        push(jobs, (struct job){.id = child, .depth = job.depth + 1, .by_alias = job.by_alias, .to = to});
    }
}

static void build(struct reader *r, struct sk_yaml *root) {
    struct jobs jobs = {0};
    push(&jobs, (struct job){.id = 0, .to = root});
    while (jobs.n > 0 && !r->stop) {
        struct job job = jobs.at[--jobs.n];
        const struct node *from = &r->node[job.id];
        unsigned line = from->v.line;
        unsigned col = from->v.col;
        if (from->target != NOBODY) { /* never an alias itself: anchors name real nodes */
            from = &r->node[from->target];
            job.by_alias = true;
        }
        if (job.by_alias && ++r->expanded > EXPANDED_MAX)
            stop_at(r, line, col, "aliases expand to more than 10,000 entries");
        if (job.depth > DEPTH_MAX)
            stop_at(r, line, col, "aliases nest more than 100 levels of lists and maps");
        *job.to = from->v;
        if (job.to->broken && job.to->kind != SK_YAML_LIST && job.to->kind != SK_YAML_MAP)
            job.to->kind = SK_YAML_NULL;
        job.to->line = line; /* of the alias: that is where the reader of a message should look */
        job.to->col = col;
        if (!r->stop && (from->v.kind == SK_YAML_LIST || from->v.kind == SK_YAML_MAP))
            unfold(r, &jobs, from, job);
        else if (!job.to->text)
            job.to->text = sk_arena_text(r->arena, "", 0);
    }
    free(jobs.at);
}

static void on_document_end(struct reader *r) {
    if ((r->salvage || r->diags->errors == 0) && r->n > 0 && !r->stop) {
        r->docs->doc = sk_mem_resize(r->docs->doc, r->docs->n + 1, sizeof *r->docs->doc);
        struct sk_yaml *root = &r->docs->doc[r->docs->n];
        *root = (struct sk_yaml){0};
        build(r, root);
        r->docs->n += !r->stop; /* half a tree is none */
    }
    r->n = 0; /* anchors do not outlive their document */
    r->anchors = 0;
}

/* --- reading -------------------------------------------------------------------------------------------------------
 */

/* @return false at the end of the stream */
static bool on_event(struct reader *r, const yaml_event_t *e) {
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        on_scalar(r, e);
        break;
    case YAML_ALIAS_EVENT:
        on_alias(r, e);
        break;
    case YAML_SEQUENCE_START_EVENT:
        on_open(r, e, SK_YAML_LIST);
        break;
    case YAML_MAPPING_START_EVENT:
        on_open(r, e, SK_YAML_MAP);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        on_close(r);
        break;
    case YAML_DOCUMENT_END_EVENT:
        on_document_end(r);
        break;
    case YAML_STREAM_END_EVENT:
        return false;
    default:
        break;
    }
    return !r->stop;
}

static void on_syntax_error(const yaml_parser_t *p, const char *bytes, size_t n, struct sk_yaml_trap *ret) {
    struct sk_yaml_syntax s = {.problem = p->problem ? p->problem : "unknown error", .context = p->context};
    if (p->error == YAML_READER_ERROR) {
        sk_yaml_position(bytes, n, p->problem_offset, &s.line, &s.col);
    } else {
        s.line = (unsigned)p->problem_mark.line + 1;
        s.col = (unsigned)p->problem_mark.column + 1;
    }
    if (p->context) {
        s.context_line = (unsigned)p->context_mark.line + 1;
        s.context_col = (unsigned)p->context_mark.column + 1;
    }
    sk_yaml_explain(bytes, n, &s, ret);
}

/* One pass. @return false when a syntax error ended it: *ret_trap says which */
static bool read_once(struct reader *r, const char *bytes, size_t n, struct sk_yaml_trap *ret_trap) {
    yaml_parser_t p;
    if (!yaml_parser_initialize(&p))
        sk_mem_abort();
    yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&p, (const unsigned char *)bytes, n);
    bool well_formed = true;
    bool more = true;
    while (more) {
        yaml_event_t e;
        if (!yaml_parser_parse(&p, &e)) {
            if (p.error == YAML_MEMORY_ERROR)
                sk_mem_abort();
            on_syntax_error(&p, bytes, n, ret_trap);
            well_formed = false;
            break;
        }
        more = on_event(r, &e);
        yaml_event_delete(&e);
    }
    yaml_parser_delete(&p);
    return well_formed;
}

static void docs_reset(struct sk_yaml_docs *d) {
    struct sk_arena *arena = d->mem;
    if (arena)
        sk_arena_free(arena);
    free(arena);
    free(d->doc);
    d->mem = NULL;
    d->doc = NULL;
    d->n = 0;
    d->cut = NULL;
    d->n_cut = 0;
}

void sk_yaml_free(struct sk_yaml_docs *docs) {
    docs_reset(docs);
    free(docs->file);
    docs->file = NULL;
}

/* One reading of a text, over as many passes as it has traps. */
struct reading {
    const char *file, *bytes;
    size_t n;
    char *copy; /* with what was misread made harmless */
    bool salvage;
    struct sk_yaml_docs *docs;
    struct sk_diags *found, traps; /* of the last pass; what is no longer in the copy */
    char (*cut)[SK_YAML_SECTION];
    size_t n_cut;
};

/* One pass with everything it needs. Scalar problems of the pass land in `found`. */
static bool read_pass(struct reading *g, struct sk_yaml_trap *ret_trap) {
    docs_reset(g->docs);
    g->docs->mem = sk_mem_new(1, sizeof(struct sk_arena));
    struct reader r = {.file = g->file,
                       .diags = g->found,
                       .docs = g->docs,
                       .arena = g->docs->mem,
                       .traps = &g->traps,
                       .salvage = g->salvage};
    r.anchor = sk_mem_new(ANCHORS_MAX, sizeof *r.anchor);
    bool well_formed = read_once(&r, g->copy ? g->copy : g->bytes, g->n, ret_trap);
    free(r.anchor);
    free(r.node);
    return well_formed;
}

/* Make what was misread harmless, so that what follows can be judged. @return false: it cannot be */
static bool mend(struct reading *g, const struct sk_yaml_trap *trap) {
    if (trap->n == 0 && !g->salvage)
        return false;
    if (!g->copy)
        g->copy = sk_mem_text(g->bytes, g->n);
    if (trap->n > 0) {
        sk_yaml_defuse(g->copy, trap);
        return true;
    }
    g->cut = sk_mem_resize(g->cut, g->n_cut + 1, sizeof *g->cut);
    return sk_yaml_cut_section(g->copy, g->n, trap->section_line, g->cut[g->n_cut++]);
}

static void name_cuts(struct reading *g) {
    if (g->n_cut == 0 || !g->docs->mem)
        return;
    g->docs->cut = sk_arena_new(g->docs->mem, g->n_cut * sizeof *g->docs->cut);
    for (size_t i = 0; i < g->n_cut; i++)
        g->docs->cut[i] = sk_arena_text(g->docs->mem, g->cut[i], strlen(g->cut[i]));
    g->docs->n_cut = g->n_cut;
}

/* Read, and after each error that could be mended read again. All that was found, in order, in `found`. */
static void read_all(struct reading *g) {
    for (unsigned pass = 0;; pass++) {
        struct sk_yaml_trap trap = {0};
        if (read_pass(g, &trap))
            break;
        bool again = pass < REREADS_MAX && (size_t)pass * g->n < REREAD_BYTES_MAX && mend(g, &trap);
        sk_diag_add(again ? &g->traps : g->found, SK_DIAG_ERROR, g->file, trap.line, trap.col, "%s", trap.msg);
        if (!again)
            break;
        sk_diags_free(g->found); /* the next pass finds these again, and those behind the trap too */
    }
    name_cuts(g);
    free(g->cut);
    free(g->copy);
    for (size_t i = 0; i < g->traps.n; i++)
        sk_diag_add(g->found, SK_DIAG_ERROR, g->file, g->traps.at[i].line, g->traps.at[i].col, "%s",
                    g->traps.at[i].msg);
    sk_diags_free(&g->traps);
    sk_diags_sort(g->found);
}

/* Encodings that Japanese offices produce by accident are named before libyaml stumbles over them. */
static bool refuse_encoding(const char *file, const char *bytes, size_t n, struct sk_diags *found) {
    if (n >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0)) {
        sk_diag_add(found, SK_DIAG_ERROR, file, 1, 1, "this file is UTF-16; save it as UTF-8");
        return true;
    }
    for (size_t i = 0; i < n;) {
        uint32_t code;
        unsigned len = sk_utf8_next((const uint8_t *)bytes + i, n - i, &code);
        if (len == 0) {
            unsigned line;
            unsigned col;
            sk_yaml_position(bytes, n, i, &line, &col);
            sk_diag_add(found, SK_DIAG_ERROR, file, line, col,
                        "this is no UTF-8 text (an Excel or Notepad file in Shift_JIS?); save it as UTF-8");
            return true;
        }
        i += len;
    }
    return false;
}

static sk_err parse(const char *file, const char *bytes, size_t n, bool salvage, struct sk_yaml_docs *ret,
                    struct sk_diags *diags) {
    struct sk_diags found = {0};
    *ret = (struct sk_yaml_docs){0};
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark is no part of the text */
        bytes += 3;
        n -= 3;
    }
    struct reading g = {.file = file, .bytes = bytes, .n = n, .salvage = salvage, .docs = ret, .found = &found};
    if (n > SIZE_MAX_BYTES)
        sk_diag_add(&found, SK_DIAG_ERROR, file, 0, 0, "larger than 16 MiB");
    else if (!refuse_encoding(file, bytes, n, &found))
        read_all(&g);
    bool failed = found.errors > 0;
    for (size_t i = 0; i < found.n; i++)
        sk_diag_add(diags, found.at[i].level, file, found.at[i].line, found.at[i].col, "%s", found.at[i].msg);
    sk_diags_free(&found);
    ret->file = file ? sk_mem_text(file, strlen(file)) : NULL;
    return failed ? SK_EFORMAT : SK_OK;
}

sk_err sk_yaml_parse(const char *file, const char *bytes, size_t n, struct sk_yaml_docs *ret, struct sk_diags *diags) {
    sk_err err = parse(file, bytes, n, false, ret, diags);
    if (err != SK_OK) {
        sk_yaml_free(ret);
        *ret = (struct sk_yaml_docs){0};
    }
    return err;
}

sk_err sk_yaml_salvage(const char *file, const char *bytes, size_t n, struct sk_yaml_docs *ret,
                       struct sk_diags *diags) {
    return parse(file, bytes, n, true, ret, diags);
}

const struct sk_yaml *sk_yaml_get(const struct sk_yaml *map, const char *key) {
    if (!map || map->kind != SK_YAML_MAP)
        return NULL;
    for (size_t i = 0; i < map->n; i++)
        if (strcmp(map->key[i].text, key) == 0)
            return &map->item[i];
    return NULL;
}

const char *sk_yaml_kind_name(enum sk_yaml_kind kind) {
    static const char *const name[] = {
        [SK_YAML_NULL] = "nothing",   [SK_YAML_BOOL] = "true or false", [SK_YAML_INT] = "a number",
        [SK_YAML_REAL] = "a decimal", [SK_YAML_TEXT] = "text",          [SK_YAML_LIST] = "a list",
        [SK_YAML_MAP] = "a map",
    };
    return name[kind];
}
