/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest of a run over files. */
#include "app/manifest.h"

#include "app/analysis.h"
#include "app/atomic_file.h"
#include "app/command.h"
#include "base/mem.h"
#include "sekimori/digest.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 256 * 1024 * 1024 };

char *manifest_path(const struct analysis *a) {
    char *path = NULL;
    if (a->opt->no_manifest || a->opt->live)
        return NULL;
    if (a->opt->manifest)
        return strdup(a->opt->manifest);
    if (!a->output_path || asprintf(&path, "%s.manifest.json", a->output_path) < 0)
        return NULL;
    return path;
}

/* ---- small things ---- */

static void put_text(struct sk_json_out *j, const char *key, const char *v) {
    sk_json_key(j, key);
    sk_json_text(j, v);
}
static void put_int(struct sk_json_out *j, const char *key, uint64_t v) {
    sk_json_key(j, key);
    sk_json_int(j, (int64_t)v);
}
static void put_hash(struct sk_json_out *j, const char *key, const uint8_t hash[32]) {
    char hex[65];
    sk_hex(hash, 32, hex);
    put_text(j, key, hex);
}

/* The span of some inputs' packets. */
struct span {
    sk_time first, last;
    bool any;
};
static void widen(struct span *s, const struct input_record *rec) {
    if (rec->packets + rec->filtered == 0)
        return;
    s->first = !s->any || rec->first < s->first ? rec->first : s->first;
    s->last = !s->any || rec->last > s->last ? rec->last : s->last;
    s->any = true;
}
static void put_span(struct sk_json_out *j, const struct span *s) {
    char text[SK_TIME_TEXT];
    if (!s->any)
        return;
    put_text(j, "first", sk_time_text(s->first, text));
    put_text(j, "last", sk_time_text(s->last, text));
}

/* ---- what judged ---- */

static void put_command(struct sk_json_out *j, const struct analysis *a) {
    sk_json_key(j, "command");
    sk_json_object(j);
    put_text(j, "name", "read");
    sk_json_key(j, "options");
    sk_json_array(j);
    for (size_t i = 0; i < a->opt->n_said; i++)
        sk_json_text(j, a->opt->said[i]);
    sk_json_end_array(j);
    sk_json_key(j, "paths");
    sk_json_array(j);
    for (size_t i = 0; i < a->opt->n_paths; i++)
        sk_json_text(j, a->opt->paths[i]);
    sk_json_end_array(j);
    sk_json_end_object(j);
}

static int by_name(const void *x, const void *y) { return strcmp(*(char *const *)x, *(char *const *)y); }

static void put_list(struct sk_json_out *j, const char *folder, const char *name) {
    struct sk_buf path = {0}, bytes = {0};
    uint8_t hash[32];
    sk_buf_fmt(&path, "%s/%s", folder, name);
    if (atomic_file_read(path.p, LIST_MAX, &bytes, NULL) == SK_OK) {
        sk_sha256(bytes.p ? bytes.p : "", bytes.len, hash);
        sk_json_object(j);
        put_text(j, "name", name);
        put_hash(j, "sha256", hash);
        sk_json_end_object(j);
    }
    sk_buf_free(&path);
    sk_buf_free(&bytes);
}

/* Data that signatures judge by, with source and date: signatures/lists. */
static void put_lists(struct sk_json_out *j) {
    char *signatures = signatures_folder(), **name = NULL;
    struct sk_buf folder = {0};
    size_t n = 0;
    sk_buf_fmt(&folder, "%s/lists", signatures ? signatures : "");
    DIR *d = opendir(folder.p);
    for (const struct dirent *e; d && (e = readdir(d));) {
        if (e->d_name[0] == '.' || strcmp(e->d_name, "README.md") == 0)
            continue;
        name = sk_mem_resize(name, n + 1, sizeof *name);
        name[n++] = sk_mem_text(e->d_name, strlen(e->d_name));
    }
    if (d)
        closedir(d);
    if (n > 1)
        qsort(name, n, sizeof *name, by_name);
    sk_json_key(j, "lists");
    sk_json_array(j);
    for (size_t i = 0; i < n; i++) {
        put_list(j, folder.p, name[i]);
        free(name[i]);
    }
    sk_json_end_array(j);
    free(name);
    free(signatures);
    sk_buf_free(&folder);
}

static void put_rules(struct sk_json_out *j, const struct analysis *a) {
    uint8_t hash[32];
    sk_json_key(j, "program");
    sk_json_object(j);
    put_text(j, "name", "sekimori");
    put_text(j, "version", SK_VERSION);
    sk_json_end_object(j);
    put_command(j, a);
    if (!sk_policy_is_none(a->policy)) {
        sk_policy_hash(a->policy, hash);
        sk_json_key(j, "policy");
        sk_json_object(j);
        put_text(j, "path", a->opt->policy_path);
        put_hash(j, "sha256", hash);
        sk_json_end_object(j);
    }
    sk_ruleset_hash(a->rules, hash);
    sk_json_key(j, "signatures");
    sk_json_object(j);
    put_int(j, "count", sk_ruleset_size(a->rules));
    put_hash(j, "sha256", hash);
    sk_json_end_object(j);
    put_lists(j);
    if (a->opt->filter)
        put_text(j, "filter", a->opt->filter);
}

/* ---- what was read ---- */

/* Records stand in the order of reading, so those of a group stand together; captures of an archive are of its group.
 */
static void put_groups(struct sk_json_out *j, const struct records *r) {
    sk_json_key(j, "groups");
    sk_json_array(j);
    for (size_t i = 0, next; i < r->n; i = next) {
        struct span span = {0};
        uint64_t packets = 0, captures = 0;
        const char *tap = r->at[i].tap;
        for (next = i; next < r->n && r->at[next].group == r->at[i].group; next++) {
            widen(&span, &r->at[next]);
            packets += r->at[next].packets;
            captures += r->at[next].opened;
        }
        if (r->at[i].group == 0 || !span.any)
            continue;
        sk_json_object(j);
        put_int(j, "group", r->at[i].group);
        if (tap)
            put_text(j, "tap", tap);
        put_int(j, "captures", captures);
        put_int(j, "packets", packets);
        put_span(j, &span);
        sk_json_end_object(j);
    }
    sk_json_end_array(j);
}

static void put_unmatched(struct sk_json_out *j, const struct inputs *in) {
    if (!in->without_tap)
        return;
    sk_json_key(j, "inputs_without_tap");
    sk_json_array(j);
    for (size_t i = 0; i < in->n_without_tap; i++)
        sk_json_text(j, in->without_tap[i]);
    sk_json_end_array(j);
}

static void put_read(struct sk_json_out *j, const struct analysis *a) {
    struct sk_source_stats s;
    struct span span = {0};
    sk_source_stats(a->source, &s);
    for (size_t i = 0; i < a->inputs.records.n; i++)
        widen(&span, &a->inputs.records.at[i]);
    put_int(j, "packets", a->result.counts.packets);
    put_int(j, "bytes", a->result.counts.bytes);
    put_span(j, &span);
    if (s.clamped_times)
        put_int(j, "clamped_times", s.clamped_times);
    put_groups(j, &a->inputs.records);
    put_unmatched(j, &a->inputs);
}

static void put_alerts(struct sk_json_out *j, const struct analysis *a) {
    struct sk_alerts_state s;
    sk_alerts_save(a->alerts, &s);
    sk_json_key(j, "alerts");
    sk_json_object(j);
    put_int(j, "alerts", s.stats.opened);
    put_int(j, "lines", s.sequence);
    if (s.sequence)
        put_text(j, "last_line", s.previous);
    sk_json_end_object(j);
}

static void put_inputs(struct sk_buf *text, const struct records *r) {
    struct sk_json_out j;
    text->len--; /* the object goes on: one line an input, for people and for diff */
    sk_buf_str(text, ",\"inputs\":[");
    for (size_t i = 0; i < r->n; i++) {
        sk_buf_str(text, i ? ",\n" : "\n");
        sk_json_begin(&j, text);
        record_json(&j, &r->at[i], false);
    }
    sk_buf_str(text, "\n]}\n");
}

bool manifest_write(const struct analysis *a, int status) {
    struct sk_buf text = {0};
    struct sk_json_out j;
    struct sk_error err = {0};
    char *path = manifest_path(a);
    if (!path)
        return true;
    sk_json_begin(&j, &text);
    sk_json_object(&j);
    put_text(&j, "schema", "1.0");
    put_text(&j, "run", a->run);
    put_int(&j, "exit_status", (uint64_t)status);
    put_rules(&j, a);
    put_read(&j, a);
    put_alerts(&j, a);
    sk_json_end_object(&j);
    put_inputs(&text, &a->inputs.records);
    sk_err e = atomic_file_write(path, &text, &err);
    if (e != SK_OK)
        complain_error(&err);
    sk_buf_free(&text);
    free(path);
    return e == SK_OK;
}
