/* SPDX-License-Identifier: Apache-2.0 */
/* What became of each input. */
#include "app/records.h"

#include "base/mem.h"
#include "sekimori/digest.h"

#include <stdlib.h>
#include <string.h>

enum { DAMAGE_MAX = 100000 }; /* that wait for their input's record; a source tells some twenty of each */

static char *copy(const char *s) { return s ? sk_mem_text(s, strlen(s)) : NULL; }

static void add_damage(struct damage **at, size_t *n, size_t *cap, const struct damage *d) {
    if (*n == *cap) {
        *cap = *cap ? *cap * 2 : 4;
        *at = sk_mem_resize(*at, *cap, sizeof **at);
    }
    (*at)[(*n)++] = *d;
}

void records_damage(struct records *r, const char *file, uint64_t offset, const char *what) {
    struct damage d = {.file = file, .offset = offset};
    if (r->n_told == DAMAGE_MAX)
        return;
    d.what = copy(what);
    add_damage(&r->told, &r->n_told, &r->cap_told, &d);
}

/* What was told of this input moves into its record; what is of others stays, in order. */
static void take_damage(struct records *r, struct input_record *rec, const char *path) {
    size_t kept = 0, cap = 0;
    for (size_t i = 0; i < r->n_told; i++) {
        if (r->told[i].file == path)
            add_damage(&rec->damage, &rec->n_damage, &cap, &r->told[i]);
        else
            r->told[kept++] = r->told[i];
    }
    r->n_told = kept;
}

static struct input_record *record_new(struct records *r) {
    if (r->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 16;
        r->at = sk_mem_resize(r->at, r->cap, sizeof *r->at);
    }
    struct input_record *rec = &r->at[r->n++];
    memset(rec, 0, sizeof *rec);
    return rec;
}

void records_add(struct records *r, const struct sk_input *in, const char *container, const char *tap) {
    struct input_record *rec = record_new(r);
    *rec = (struct input_record){.path = copy(in->path),
                                 .container = copy(container),
                                 .tap = copy(tap),
                                 .size = in->size,
                                 .packets = in->packets,
                                 .filtered = in->filtered,
                                 .first = in->first,
                                 .last = in->last,
                                 .group = in->group,
                                 .archive = in->archive,
                                 .opened = in->opened,
                                 .damaged = in->damaged};
    if (in->digest_ok)
        sk_hex(in->sha256, sizeof in->sha256, rec->sha256);
    take_damage(r, rec, in->path);
}

void records_free(struct records *r) {
    for (size_t i = 0; i < r->n; i++) {
        struct input_record *rec = &r->at[i];
        for (size_t k = 0; k < rec->n_damage; k++)
            free(rec->damage[k].what);
        free(rec->damage);
        free(rec->path);
        free(rec->container);
        free(rec->tap);
    }
    for (size_t i = 0; i < r->n_told; i++)
        free(r->told[i].what);
    free(r->told);
    free(r->at);
    *r = (struct records){0};
}

/* ---- as JSON ---- */

static void put_text(struct sk_json_out *j, const char *key, const char *v) {
    if (v && *v) {
        sk_json_key(j, key);
        sk_json_text(j, v);
    }
}
static void put_int(struct sk_json_out *j, const char *key, uint64_t v) {
    sk_json_key(j, key);
    sk_json_int(j, (int64_t)v);
}
static void put_time(struct sk_json_out *j, const char *key, sk_time t, bool exact) {
    char text[SK_TIME_TEXT];
    sk_json_key(j, key);
    if (exact)
        sk_json_int(j, t);
    else
        sk_json_text(j, sk_time_text(t, text));
}

static const char *kind_of(const struct input_record *rec) {
    return rec->archive ? "archive" : rec->opened ? "capture" : "unreadable";
}

void record_json(struct sk_json_out *j, const struct input_record *rec, bool exact) {
    sk_json_object(j);
    put_text(j, "path", rec->path);
    put_text(j, "container", rec->container);
    put_text(j, "kind", kind_of(rec));
    put_int(j, "size", rec->size);
    put_text(j, "sha256", rec->sha256);
    put_text(j, "tap", rec->tap);
    if (rec->group)
        put_int(j, "group", rec->group);
    put_int(j, "packets", rec->packets);
    if (rec->filtered)
        put_int(j, "filtered", rec->filtered);
    if (rec->packets + rec->filtered > 0) {
        put_time(j, "first", rec->first, exact);
        put_time(j, "last", rec->last, exact);
    }
    if (rec->damaged) {
        sk_json_key(j, "damaged");
        sk_json_bool(j, true);
    }
    if (rec->n_damage) {
        sk_json_key(j, "damage");
        sk_json_array(j);
        for (size_t i = 0; i < rec->n_damage; i++) {
            sk_json_object(j);
            if (rec->damage[i].offset != SK_NO_OFFSET)
                put_int(j, "offset", rec->damage[i].offset);
            put_text(j, "what", rec->damage[i].what);
            sk_json_end_object(j);
        }
        sk_json_end_array(j);
    }
    sk_json_end_object(j);
}

static bool parse_one(struct records *r, const sk_json *o) {
    const char *path = sk_json_get_text(o, "path"), *kind = sk_json_get_text(o, "kind");
    const char *sha256 = sk_json_get_text(o, "sha256");
    if (!path || !kind || (sha256 && strlen(sha256) != 64))
        return false;
    struct input_record *rec = record_new(r);
    *rec = (struct input_record){.path = copy(path),
                                 .container = copy(sk_json_get_text(o, "container")),
                                 .tap = copy(sk_json_get_text(o, "tap")),
                                 .size = (uint64_t)sk_json_get_int(o, "size", 0),
                                 .packets = (uint64_t)sk_json_get_int(o, "packets", 0),
                                 .filtered = (uint64_t)sk_json_get_int(o, "filtered", 0),
                                 .first = sk_json_get_int(o, "first", 0),
                                 .last = sk_json_get_int(o, "last", 0),
                                 .group = (uint32_t)sk_json_get_int(o, "group", 0),
                                 .archive = strcmp(kind, "archive") == 0,
                                 .opened = strcmp(kind, "capture") == 0,
                                 .damaged = sk_json_get_bool(o, "damaged", false)};
    if (sha256)
        memcpy(rec->sha256, sha256, sizeof rec->sha256);
    const sk_json *damage = sk_json_get(o, "damage");
    size_t cap = 0;
    for (size_t i = 0; i < sk_json_size(damage); i++) {
        const sk_json *item = sk_json_item(damage, i);
        const char *what = sk_json_get_text(item, "what");
        struct damage d = {.offset = (uint64_t)sk_json_get_int(item, "offset", -1), .what = copy(what ? what : "")};
        add_damage(&rec->damage, &rec->n_damage, &cap, &d);
    }
    return true;
}

bool records_parse(struct records *r, const sk_json *array) {
    if (sk_json_kind_of(array) != SK_JSON_ARRAY)
        return false;
    for (size_t i = 0; i < sk_json_size(array); i++)
        if (!parse_one(r, sk_json_item(array, i)))
            return false;
    return true;
}
