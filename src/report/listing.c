/* SPDX-License-Identifier: Apache-2.0 */
/* The table of alerts for a terminal: the latest state of each, worst first, local time. 80 columns, or wide. */
#include "report/cells.h"
#include "sekimori/hash.h"
#include "sekimori/report.h"
#include "sekimori/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS_MAX = 100000, RULE_BYTES = 16, CLASSES = 2 * (SK_LEVEL_CRITICAL + 1) };

struct key {
    char id[40];
};
struct row {
    struct key key;
    struct row *older, *newer; /* in its class */
    enum sk_level level;
    enum sk_action action;
    uint64_t count, order;
    sk_time ts; /* of its opening: what the reader looks for in other tools */
    char rule[RULE_BYTES];
    char *device, *mac, *ip, *segment, *headline, *message;
};
struct class {
    struct row *oldest, *newest;
};
struct sk_listing {
    struct sk_listing_options opt;
    char *timezone;
    struct sk_table *rows;       /* key -> struct row * */
    struct class class[CLASSES]; /* what goes first when there is no room: mild before bad, closed before open */
    uint64_t order, left_out, muted;
    size_t expired;
};

static bool is_ja(const struct sk_listing *t) { return strcmp(t->opt.lang, "ja") == 0; }

static void row_free(struct row *r) {
    free(r->device);
    free(r->mac);
    free(r->ip);
    free(r->segment);
    free(r->headline);
    free(r->message);
    free(r);
}
static void on_gone(void *user, const void *key, void *value, bool evicted) {
    (void)user, (void)key, (void)evicted;
    if (*(struct row **)value)
        row_free(*(struct row **)value);
}

struct sk_listing *sk_listing_new(const struct sk_listing_options *opt) {
    struct sk_listing *t = calloc(1, sizeof *t);
    struct sk_table_config tc = {.key_size = sizeof(struct key),
                                 .value_size = sizeof(struct row *),
                                 .cap = ROWS_MAX + 1, /* never evicts: make_room() does */
                                 .key = sk_hash_key_fixed,
                                 .gone = on_gone};
    if (!t || !(t->rows = sk_table_new(&tc))) {
        free(t);
        return NULL;
    }
    t->opt = *opt;
    t->timezone = opt->timezone ? strdup(opt->timezone) : NULL;
    return t;
}

static void replace(char **to, const char *text) {
    free(*to);
    *to = strdup(text ? text : "");
}

static struct class *class_of(struct sk_listing *t, const struct row *r) {
    return &t->class[2 * r->level + (r->action != SK_ACTION_CLOSE)];
}
static void leave_class(struct sk_listing *t, struct row *r) {
    struct class *c = class_of(t, r);
    *(r->older ? &r->older->newer : &c->oldest) = r->newer;
    *(r->newer ? &r->newer->older : &c->newest) = r->older;
}
static void enter_class(struct sk_listing *t, struct row *r) {
    struct class *c = class_of(t, r);
    r->older = c->newest;
    r->newer = NULL;
    *(c->newest ? &c->newest->newer : &c->oldest) = r;
    c->newest = r;
}

static void make_room(struct sk_listing *t) {
    unsigned i = 0;
    while (i < CLASSES && !t->class[i].oldest)
        i++;
    if (i == CLASSES)
        return;
    struct row *r = t->class[i].oldest;
    struct key k = r->key;
    leave_class(t, r);
    row_free(r);
    sk_table_del(t->rows, &k);
    t->left_out++;
}

/* NULL: out of memory, the row is left out and counted. */
static struct row *row_of(struct sk_listing *t, const struct sk_alert_line *line) {
    struct key k;
    memset(&k, 0, sizeof k);
    memcpy(k.id, line->alert_id, sizeof line->alert_id);
    struct row **slot = sk_table_peek(t->rows, &k);
    if (slot) {
        leave_class(t, *slot);
        return *slot;
    }
    struct row *r = calloc(1, sizeof *r);
    if (!r) {
        t->left_out++;
        return NULL;
    }
    if (sk_table_count(t->rows) >= ROWS_MAX)
        make_room(t);
    r->key = k;
    r->ts = line->ts;
    r->order = t->order++;
    *(struct row **)sk_table_put(t->rows, &k, NULL) = r;
    return r;
}

void sk_listing_line(struct sk_listing *t, const struct sk_alert_line *line) {
    struct row *r = row_of(t, line);
    if (!r)
        return;
    r->level = line->level;
    r->action = line->action;
    enter_class(t, r);
    r->count = line->count;
    snprintf(r->rule, sizeof r->rule, "%s", line->rule->detection);
    replace(&r->device, is_ja(t) && line->device_ja ? line->device_ja : line->device);
    replace(&r->mac, line->mac);
    replace(&r->ip, line->ip);
    replace(&r->segment, line->segment);
    replace(&r->headline, is_ja(t) ? line->headline_ja : line->headline_en);
    replace(&r->message, is_ja(t) ? line->message_ja : line->message_en);
}

/* ---- text ---- */

static const char *const level_words[] = {"", "info", "LOW", "MED", "HIGH", "CRIT"};
static const char *const level_colours[] = {"", "\033[2m", "\033[36m", "\033[33m", "\033[31m", "\033[1;31m"};
static const char *const state_en[] = {"open", "upd", "end"}, *const state_ja[] = {"開", "継", "閉"};

static void count_text(uint64_t n, char out[16]) {
    if (n < 100000)
        snprintf(out, 16, "%llu", (unsigned long long)n);
    else if (n < 10000000ULL)
        snprintf(out, 16, "%lluk", (unsigned long long)(n / 1000));
    else
        snprintf(out, 16, "%lluM", (unsigned long long)(n / 1000000));
}

/* `09:12:03`, or `25 03:00` on another day than the header's. */
static void time_text(sk_time ts, const struct tm *day, char out[24]) {
    time_t s = (time_t)(ts / SK_SEC);
    struct tm tm;
    localtime_r(&s, &tm);
    bool same = tm.tm_yday == day->tm_yday && tm.tm_year == day->tm_year;
    strftime(out, 24, same ? "%H:%M:%S" : "%d %H:%M", &tm);
}

struct layout {
    unsigned device, segment, mac, ip, what; /* columns; 0: not shown */
};
static struct layout lay_out(const struct sk_listing *t) {
    struct layout l = {.device = 17};
    unsigned fixed = 8 + 1 + 4 + 1 + 4 + 1 + 5 + 1 + 8 + 1 + l.device + 1;
    if (t->opt.wide) {
        l.segment = 16, l.mac = 17, l.ip = 20;
        fixed += l.segment + l.mac + l.ip + 3;
    }
    l.what = t->opt.columns > fixed + 10 ? t->opt.columns - fixed : 10;
    return l;
}

static void header(const struct sk_listing *t, struct sk_buf *buf, const struct tm *day, const struct layout *l) {
    char date[24];
    bool ja = is_ja(t);
    strftime(date, sizeof date, "%m/%d", day);
    sk_cell(buf, date, 8, false), sk_buf_str(buf, " ");
    sk_cell(buf, ja ? "程度" : "sev", 4, false), sk_buf_str(buf, " ");
    sk_cell(buf, ja ? "状態" : "is", 4, false), sk_buf_str(buf, " ");
    sk_cell(buf, ja ? "件数" : "count", 5, true), sk_buf_str(buf, " ");
    sk_cell(buf, ja ? "検知" : "id", 8, false), sk_buf_str(buf, " ");
    if (l->segment)
        sk_cell(buf, ja ? "セグメント" : "segment", l->segment, false), sk_buf_str(buf, " ");
    sk_cell(buf, ja ? "端末" : "device", l->device, false), sk_buf_str(buf, " ");
    if (l->mac)
        sk_cell(buf, "MAC", l->mac, false), sk_buf_str(buf, " ");
    if (l->ip)
        sk_cell(buf, "IP", l->ip, false), sk_buf_str(buf, " ");
    sk_last_cell(buf, ja ? "内容" : "what", l->what);
    sk_rule_off(buf, t->opt.columns);
}

static void one_row(const struct sk_listing *t, struct sk_buf *buf, const struct row *r, const struct tm *day,
                    const struct layout *l) {
    char text[24];
    time_text(r->ts, day, text);
    sk_cell(buf, text, 8, false), sk_buf_str(buf, " ");
    if (t->opt.colour)
        sk_buf_str(buf, level_colours[r->level]);
    sk_cell(buf, level_words[r->level], 4, false);
    if (t->opt.colour)
        sk_buf_str(buf, "\033[0m");
    sk_buf_str(buf, " ");
    const struct sk_note *note = sk_notes_of(t->opt.notes, r->key.id);
    sk_cell(buf, note ? sk_note_word(note->verdict, is_ja(t)) : (is_ja(t) ? state_ja : state_en)[r->action], 4, false);
    sk_buf_str(buf, " ");
    char count[16];
    count_text(r->count, count);
    sk_cell(buf, count, 5, true), sk_buf_str(buf, " ");
    sk_cell(buf, r->rule, 8, false), sk_buf_str(buf, " ");
    if (l->segment)
        sk_cell(buf, r->segment, l->segment, false), sk_buf_str(buf, " ");
    sk_cell(buf, r->device, l->device, false), sk_buf_str(buf, " ");
    if (l->mac)
        sk_cell(buf, r->mac[0] ? r->mac : "-", l->mac, false), sk_buf_str(buf, " ");
    if (l->ip)
        sk_cell(buf, r->ip[0] ? r->ip : "-", l->ip, false), sk_buf_str(buf, " ");
    struct sk_buf what = {0};
    if (note && note->text[0] && t->opt.wide)
        sk_buf_fmt(&what, "[%s: %s] ", note->by, note->text);
    sk_buf_str(&what, t->opt.wide ? r->message : r->headline);
    sk_last_cell(buf, what.p, l->what);
    sk_buf_free(&what);
}

static int worst_first(const void *a, const void *b) {
    const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;
    if (x->level != y->level)
        return x->level > y->level ? -1 : 1;
    if (x->ts != y->ts)
        return x->ts < y->ts ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void footer(const struct sk_listing *t, struct sk_buf *buf, struct row *const *rows, size_t n) {
    size_t open = 0;
    for (size_t i = 0; i < n; i++)
        open += rows[i]->action != SK_ACTION_CLOSE;
    uint64_t left_out = t->left_out;
    sk_rule_off(buf, t->opt.columns);
    sk_buf_fmt(buf,
               is_ja(t) ? "%zu件（未終了%zu）"
               : n == 1 ? "%zu alert (%zu open)"
                        : "%zu alerts (%zu open)",
               n, open);
    if (left_out)
        sk_buf_fmt(buf, is_ja(t) ? "  表から外れた %llu" : "  %llu more are only in the JSON lines",
                   (unsigned long long)left_out);
    if (t->muted || t->expired)
        sk_buf_fmt(buf, is_ja(t) ? "  例外で抑止 %llu" : "  silenced by exceptions: %llu",
                   (unsigned long long)t->muted);
    if (t->expired)
        sk_buf_fmt(buf, is_ja(t) ? "（期限切れ %zu）" : " (expired ones, not honoured: %zu)", t->expired);
    sk_buf_str(buf, "\n");
    if (n)
        sk_buf_fmt(buf, is_ja(t) ? "詳しくは: sekimori explain %s\n" : "more: sekimori explain %s\n", rows[0]->rule);
}

void sk_listing_muted(struct sk_listing *t, uint64_t muted, size_t expired) {
    t->muted = muted;
    t->expired = expired;
}

void sk_listing_render(struct sk_listing *t, struct sk_buf *buf) {
    size_t n = sk_table_count(t->rows), i = 0;
    struct row **rows = calloc(n + 1, sizeof *rows);
    const void *key;
    void *value;
    if (!rows)
        return;
    if (t->timezone) {
        setenv("TZ", t->timezone, 1); /* only the main thread is left when this is called */
        tzset();
    }
    for (uint32_t at = 0; sk_table_next(t->rows, &at, &key, &value);)
        if (*(struct row **)value)
            rows[i++] = *(struct row **)value;
    n = i;
    qsort(rows, n, sizeof *rows, worst_first);
    struct tm day = {0};
    time_t first = n ? (time_t)(rows[0]->ts / SK_SEC) : 0;
    localtime_r(&first, &day);
    struct layout l = lay_out(t);
    if (n == 0) {
        sk_buf_str(buf, is_ja(t) ? "警報はありません\n" : "no alerts\n");
        if (t->muted || t->expired)
            footer(t, buf, rows, 0);
    } else {
        header(t, buf, &day, &l);
        for (i = 0; i < n; i++)
            one_row(t, buf, rows[i], &day, &l);
        footer(t, buf, rows, n);
    }
    free(rows);
}

void sk_listing_free(struct sk_listing *t) {
    if (!t)
        return;
    sk_table_free(t->rows);
    free(t->timezone);
    free(t);
}
