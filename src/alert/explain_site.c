/* SPDX-License-Identifier: Apache-2.0 */
/* What of an explanation is the site's: how to write the exception, where the packets are, clauses. */
#include "alert/explain.h"
#include "alert/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- packets ---- */

/* `day/a.pcap:17`. @return length of the path, 0: no such thing */
static size_t frame_of(const char *text, const char **ret_number) {
    const char *colon = text ? strrchr(text, ':') : NULL;
    if (!colon || colon == text || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return 0;
    *ret_number = colon + 1;
    return (size_t)(colon - text);
}

static bool same_file(const char *a, const char *b) {
    const char *number;
    size_t n = frame_of(a, &number), m = frame_of(b, &number);
    return n && n == m && memcmp(a, b, n) == 0;
}

/* A command for the frames of one file, from the i-th on. Paths that a shell would read otherwise are not put in. */
static void tshark(struct explain *e, const sk_json *frames, size_t i) {
    const char *first = sk_json_text_of(sk_json_item(frames, i)), *number;
    size_t n = frame_of(first, &number);
    if (!n || memchr(first, '\'', n) || memchr(first, '!', n) || strncmp(first, "…", strlen("…")) == 0)
        return;
    explain_label(e, "");
    sk_buf_str(&e->out, "tshark -r '");
    sk_buf_printable(&e->out, first, n);
    sk_buf_str(&e->out, "' -Y 'frame.number in {");
    for (size_t k = i; k < sk_json_size(frames); k++) {
        const char *text = sk_json_text_of(sk_json_item(frames, k));
        if (!text || !same_file(first, text) || !frame_of(text, &number))
            continue;
        sk_buf_str(&e->out, k > i ? ", " : "");
        explain_put(e, number);
    }
    sk_buf_str(&e->out, "}'\n");
}

void explain_packets(struct explain *e, const char *name) {
    const sk_json *frames = sk_json_at(e->alert, "sekimori.frames");
    size_t n = sk_json_kind_of(frames) == SK_JSON_ARRAY ? sk_json_size(frames) : 0;
    explain_list(e, name, "sekimori.frames");
    for (size_t i = 0; i < n && i < 16; i++) {
        bool told = false;
        const char *text = sk_json_text_of(sk_json_item(frames, i));
        for (size_t k = 0; text && k < i; k++) {
            const char *before = sk_json_text_of(sk_json_item(frames, k));
            told |= before && same_file(before, text);
        }
        if (text && !told)
            tshark(e, frames, i);
    }
}

/* ---- the exception ---- */

/* Can stand in YAML as it is? */
static bool plain(const char *text) {
    size_t n = text ? strlen(text) : 0;
    return n > 0 && n < 64 && (text[0] < '0' || text[0] > '9') &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") == n;
}

static void item(struct explain *e, bool *first, const char *key, const char *value) {
    sk_buf_fmt(&e->out, "%s%s: \"", *first ? "" : ", ", key);
    explain_put(e, value);
    sk_buf_str(&e->out, "\"");
    *first = false;
}

static bool is_mac(const char *text) {
    struct sk_mac m;
    return text && sk_mac_parse(text, strlen(text), &m);
}
static bool is_addr(const char *text) {
    struct sk_addr a;
    return text && sk_addr_parse(text, strlen(text), &a);
}

/* Of a roll-up: all members that the line names. @return false: they are nothing that an exception can name */
static bool put_members(struct explain *e, bool *first) {
    const enum sk_field_id f = e->rule->roll_up_members;
    bool (*is)(const char *text) = f == SKF_source_mac ? is_mac : is_addr;
    const char *key = f == SKF_source_mac       ? "device"
                      : f == SKF_source_ip      ? "source"
                      : f == SKF_destination_ip ? "destination"
                                                : NULL;
    const sk_json *sample = sk_json_at(e->alert, "sekimori.members.sample");
    size_t n = sk_json_kind_of(sample) == SK_JSON_ARRAY ? sk_json_size(sample) : 0;
    for (size_t i = 0; i < n; i++)
        if (!is(sk_json_text_of(sk_json_item(sample, i))))
            return false;
    if (n < 2 || !key)
        return false;
    sk_buf_fmt(&e->out, "%s%s: [", *first ? "" : ", ", key);
    for (size_t i = 0; i < n; i++) {
        sk_buf_str(&e->out, i ? ", \"" : "\"");
        explain_put(e, sk_json_text_of(sk_json_item(sample, i)));
        sk_buf_str(&e->out, "\"");
    }
    sk_buf_str(&e->out, "]");
    *first = false;
    return true;
}

/* Narrow, by what was observed: the segment, and the device by its registered name or its MAC, else the source. */
static void put_where(struct explain *e) {
    const char *segment = sk_json_get_text(e->alert, "network.name"),
               *name = sk_json_get_text(e->alert, "sekimori.device.name"),
               *source = sk_json_get_text(e->alert, "sekimori.device.name_source"),
               *mac = sk_json_get_text(e->alert, "sekimori.device.mac"), *ip = explain_text(e, "source.ip");
    bool first = true;
    if (plain(segment))
        item(e, &first, "segment", segment);
    if (put_members(e, &first))
        return;
    if (source && strcmp(source, "register") == 0 && plain(name))
        item(e, &first, "device", name);
    else if (is_mac(mac))
        item(e, &first, "device", mac);
    else if (is_addr(ip))
        item(e, &first, "source", ip);
}

static void yaml(struct explain *e, const char *text) {
    explain_label(e, "");
    sk_buf_str(&e->out, text);
}

/* A month from the alert's last match. */
static void until(const struct explain *e, char out[16]) {
    struct tm tm;
    const char *last = sk_json_get_text(e->alert, "sekimori.alert.last_seen");
    sk_time at = 0;
    time_t t = last && sk_time_parse(last, &at) ? (time_t)(at / SK_SEC) : time(NULL);
    t += (time_t)30 * 24 * 3600;
    if (!gmtime_r(&t, &tm) || !strftime(out, 16, "%Y-%m-%d", &tm))
        snprintf(out, 16, "2099-12-31");
}

void explain_exception(struct explain *e, const char *name) {
    const char *id = e->alert ? sk_json_get_text(e->alert, "sekimori.alert.id") : NULL;
    char date[16];
    if (!e->alert)
        return;
    until(e, date);
    explain_label(e, name);
    sk_buf_str(&e->out, "exceptions:\n");
    yaml(e, "  - id: EX-");
    sk_buf_fmt(&e->out, "%.4s-", date);
    bool whole = id && strlen(id) == 36 && strspn(id + 24, "0123456789abcdef") == 12;
    explain_put(e, whole ? id + 24 : "new");
    sk_buf_str(&e->out, "\n");
    yaml(e, "    rule: ");
    explain_put(e, e->rule->name ? e->rule->name : e->rule->detection);
    sk_buf_str(&e->out, "\n");
    yaml(e, "    where: {");
    put_where(e);
    sk_buf_str(&e->out, "}\n");
    yaml(e, e->ja ? "    effect: lower              # mute | lower | raise。critical に mute は効かない\n"
                  : "    effect: lower              # mute | lower | raise; mute never holds for critical\n");
    yaml(e, e->ja ? "    owner: \"?\"                 # 誰のため\n" : "    owner: \"?\"                 # for whom\n");
    yaml(e, e->ja ? "    approver: \"?\"              # 誰が認めた\n"
                  : "    approver: \"?\"              # who allowed it\n");
    yaml(e, e->ja ? "    reason: \"?\"                # なぜ\n" : "    reason: \"?\"                # why\n");
    yaml(e, "    until: ");
    sk_buf_fmt(&e->out, "%s\n", date);
}

/* ---- clauses ---- */

/* The site's own, each once. @return how many were told */
static unsigned own_clauses(struct explain *e, const char *name) {
    const struct sk_rule *r = e->rule;
    const char *told[16];
    unsigned n = 0;
    for (size_t i = 0; e->rq->policy && i < r->clauses.n; i++) {
        const char *const *own = NULL;
        size_t count = sk_policy_own_clauses(e->rq->policy, r->clauses.at[i], &own);
        for (size_t k = 0; k < count && n < sizeof told / sizeof *told; k++) {
            bool before = false;
            for (unsigned j = 0; j < n; j++)
                before |= strcmp(told[j], own[k]) == 0;
            if (before)
                continue;
            explain_line(e, n == 0 ? name : "", own[k]);
            told[n++] = own[k];
        }
    }
    if (n == 0 && e->alert) { /* no policy at hand: the line knows */
        explain_list(e, name, "sekimori.own_clauses");
        n = (unsigned)sk_json_size(sk_json_at(e->alert, "sekimori.own_clauses"));
    }
    return n;
}

/* `clause TAB basis TAB Japanese TAB English` of signatures/lists/clauses.tsv. */
struct subject {
    char basis[16], ja[256], en[512];
};
static bool subject_of(FILE *f, const char *clause, struct subject *ret) {
    char line[2048];
    size_t n = strlen(clause);
    if (!f)
        return false;
    rewind(f);
    while (fgets(line, sizeof line, f))
        if (strncmp(line, clause, n) == 0 && line[n] == '\t')
            return sscanf(line + n + 1, "%15[^\t]\t%255[^\t]\t%511[^\n]", ret->basis, ret->ja, ret->en) == 3;
    return false;
}

void explain_clauses(struct explain *e, const char *name) {
    struct sk_buf path = {0};
    char shown[ALERT_CLAUSE_BYTES];
    unsigned told = own_clauses(e, name);
    sk_buf_fmt(&path, "%s/clauses.tsv", e->rq->lists ? e->rq->lists : "");
    FILE *f = e->rq->lists ? fopen(path.p, "re") : NULL;
    for (size_t i = 0; i < e->rule->clauses.n; i++) {
        struct subject s;
        bool known = subject_of(f, e->rule->clauses.at[i], &s);
        alert_clause_text(e->rule->clauses.at[i], shown);
        explain_label(e, told++ == 0 ? name : "");
        explain_put(e, shown);
        if (known) {
            sk_buf_str(&e->out, "  ");
            explain_put(e, e->ja ? s.ja : s.en);
            if (strcmp(s.basis, "example") == 0)
                sk_buf_str(&e->out, e->ja ? "（解説例）" : " (example in the commentary)");
            else if (strcmp(s.basis, "reading") == 0)
                sk_buf_str(&e->out, e->ja ? "（準用）" : " (our reading)");
        }
        sk_buf_str(&e->out, "\n");
    }
    if (f)
        fclose(f);
    sk_buf_free(&path);
}
