/* SPDX-License-Identifier: Apache-2.0 */
/* The coverage statement, for people and as JSON. */
#include "sekimori/coverage.h"

#include <stdio.h>
#include <string.h>

enum { ONE_SIDED_MATTERS = 20 /* percent: detections.md G10 */, FLOWS_THAT_TELL = 10 };

/* ---- why a detection could not have fired ---- */

enum why { FIRES, NEEDS_POLICY, NOTHING_OF_ITS_KIND };

static enum why why_not(const struct sk_coverage *c, const struct sk_rule *r) {
    if (!r->can_fire)
        return NEEDS_POLICY;
    return c->counts->events[r->event] ? FIRES : NOTHING_OF_ITS_KIND;
}

static const char *segment_name(const struct sk_coverage *c, unsigned i) {
    const struct sk_segment *s = i < SK_SEGMENTS_COUNTED - 1 ? sk_policy_segment_at(c->policy, (uint16_t)i) : NULL;
    return s ? s->id : "unassigned";
}

/* Segments of the policy, seen or not; the last place only if something fell there. */
static bool segment_counts(const struct sk_coverage *c, unsigned i) {
    size_t declared = sk_policy_segments(c->policy);
    if (i < SK_SEGMENTS_COUNTED - 1)
        return i < declared;
    return c->counts->segment[SK_SEGMENTS_COUNTED - 1].packets > 0;
}

static sk_time first_of(const struct sk_counts *c, sk_time *last) {
    sk_time first = 0;
    *last = 0;
    for (unsigned i = 0; i < SK_SEGMENTS_COUNTED; i++) {
        const struct sk_segment_counts *s = &c->segment[i];
        if (s->packets && (first == 0 || s->first < first))
            first = s->first;
        if (s->packets && s->last > *last)
            *last = s->last;
    }
    return first;
}

/* ---- JSON ---- */

static void put_int(struct sk_json_out *j, const char *key, uint64_t v) {
    sk_json_key(j, key);
    sk_json_int(j, (int64_t)v);
}
static void put_text(struct sk_json_out *j, const char *key, const char *v) {
    sk_json_key(j, key);
    sk_json_text(j, v);
}
static void put_time(struct sk_json_out *j, const char *key, sk_time t) {
    char text[SK_TIME_TEXT];
    if (t)
        put_text(j, key, sk_time_text(t, text));
}

static void json_segment(struct sk_json_out *j, const char *name, const struct sk_segment_counts *s) {
    sk_json_object(j);
    put_text(j, "name", name);
    put_int(j, "packets", s->packets);
    put_int(j, "bytes", s->bytes);
    put_time(j, "first", s->first);
    put_time(j, "last", s->last);
    put_int(j, "tcp_flows", s->tcp_flows);
    put_int(j, "tcp_one_sided", s->one_sided);
    put_int(j, "truncated", s->truncated);
    put_int(j, "undecoded", s->undecoded);
    put_int(j, "encrypted", s->encrypted);
    sk_json_end_object(j);
}

static void json_detection(struct sk_json_out *j, const struct sk_coverage *c, const struct sk_rule *r) {
    enum why why = why_not(c, r);
    sk_json_object(j);
    put_text(j, "id", r->detection);
    put_text(j, "name", r->name ? r->name : r->title);
    sk_json_key(j, "could_fire");
    sk_json_bool(j, why == FIRES);
    if (why == NEEDS_POLICY)
        put_text(j, "needs", r->missing);
    if (why == NOTHING_OF_ITS_KIND)
        put_text(j, "not_seen", sk_events[r->event].name);
    sk_json_end_object(j);
}

void sk_coverage_json(const struct sk_coverage *c, struct sk_buf *buf) {
    struct sk_json_out j;
    sk_time last, first = first_of(c->counts, &last);
    sk_json_begin(&j, buf);
    sk_json_object(&j);
    put_int(&j, "packets", c->counts->packets);
    put_int(&j, "bytes", c->counts->bytes);
    put_time(&j, "first", first);
    put_time(&j, "last", last);
    put_int(&j, "inputs", c->source.opened_inputs);
    put_int(&j, "inputs_damaged", c->source.damaged_inputs);
    put_int(&j, "inputs_unreadable", c->source.unreadable_inputs);
    put_int(&j, "filtered", c->source.filtered);
    put_int(&j, "unfilterable", c->source.unfilterable);
    put_int(&j, "kernel_dropped", c->source.kernel_dropped + c->source.interface_dropped);
    put_int(&j, "lost", c->lost);
    put_int(&j, "evicted", c->evicted);
    put_int(&j, "datagrams_incomplete", c->counts->defrag.incomplete);
    sk_json_key(&j, "segments");
    sk_json_array(&j);
    for (unsigned i = 0; i < SK_SEGMENTS_COUNTED; i++)
        if (segment_counts(c, i))
            json_segment(&j, segment_name(c, i), &c->counts->segment[i]);
    sk_json_end_array(&j);
    sk_json_key(&j, "detections");
    sk_json_array(&j);
    for (size_t i = 0; i < sk_ruleset_size(c->rules); i++)
        if (!sk_ruleset_at(c->rules, i)->building_block)
            json_detection(&j, c, sk_ruleset_at(c->rules, i));
    sk_json_end_array(&j);
    sk_json_end_object(&j);
}

/* ---- text ---- */

static unsigned percent(uint64_t part, uint64_t whole) {
    return whole ? (unsigned)((100 * part + whole / 2) / whole) : 0;
}

struct words {
    const char *head, *unseen, *quiet, *one_sided, *truncated, *undecoded, *encrypted, *lost, *evicted, *damaged,
        *needs, *kind;
};
static const struct words en = {"seen: %llu packets, %llu bytes, %s to %s\n",
                                "could not be seen:\n",
                                "  %s: no packet\n",
                                "  %s: %u %% of TCP flows one-sided: what needs the answer is uncertain there\n",
                                "  %s: %u %% of frames cut by the capture\n",
                                "  %s: %u %% of frames not decoded to their end\n",
                                "  %s: %u %% of frames encrypted (IPsec, MACsec, 802.11, DTLS in CAPWAP)\n",
                                "  %llu packets or events were lost\n",
                                "  %llu entries of full tables were given up\n",
                                "  %llu inputs damaged, %llu unreadable\n",
                                "  %s %s: the policy does not say %s\n",
                                "  %s %s: no %s was seen\n"};
static const struct words ja = {"見えたもの: %llu パケット、%llu バイト、%s から %s まで\n",
                                "見えなかったもの:\n",
                                "  %s: パケットなし\n",
                                "  %s: TCP の %u %% は片方向のみ。応答を要する検知は不確か\n",
                                "  %s: フレームの %u %% は取得時に切り詰め\n",
                                "  %s: フレームの %u %% は最後まで解読できず\n",
                                "  %s: フレームの %u %% は暗号化（IPsec・MACsec・802.11・CAPWAP の DTLS）\n",
                                "  %llu 件のパケットまたは事象を失いました\n",
                                "  満杯の表から %llu 件を捨てました\n",
                                "  破損した入力 %llu、読めない入力 %llu\n",
                                "  %s %s: policy に %s がない\n",
                                "  %s %s: %s が一つも見えなかった\n"};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the two tables above are the formats */

static void text_segment(const struct words *w, const char *name, const struct sk_segment_counts *s,
                         struct sk_buf *buf) {
    const struct {
        const char *format;
        unsigned share, from;
    } lines[] = {
        {w->one_sided, s->tcp_flows >= FLOWS_THAT_TELL ? percent(s->one_sided, s->tcp_flows) : 0, ONE_SIDED_MATTERS},
        {w->truncated, percent(s->truncated, s->packets), 1},
        {w->undecoded, percent(s->undecoded, s->packets), 1},
        {w->encrypted, percent(s->encrypted, s->packets), 1}};
    if (s->packets == 0)
        sk_buf_fmt(buf, w->quiet, name);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (lines[i].share >= lines[i].from)
            sk_buf_fmt(buf, lines[i].format, name, lines[i].share);
}

static void text_detections(const struct words *w, const struct sk_coverage *c, struct sk_buf *buf) {
    for (size_t i = 0; i < sk_ruleset_size(c->rules); i++) {
        const struct sk_rule *r = sk_ruleset_at(c->rules, i);
        enum why why = r->building_block ? FIRES : why_not(c, r);
        if (why == NEEDS_POLICY)
            sk_buf_fmt(buf, w->needs, r->detection, r->name ? r->name : r->title, r->missing);
        if (why == NOTHING_OF_ITS_KIND)
            sk_buf_fmt(buf, w->kind, r->detection, r->name ? r->name : r->title, sk_events[r->event].name);
    }
}

void sk_coverage_text(const struct sk_coverage *c, const char *lang, struct sk_buf *buf) {
    const struct words *w = strcmp(lang, "ja") == 0 ? &ja : &en;
    char from[SK_TIME_TEXT], to[SK_TIME_TEXT];
    sk_time last, first = first_of(c->counts, &last);
    sk_buf_fmt(buf, w->head, (unsigned long long)c->counts->packets, (unsigned long long)c->counts->bytes,
               first ? sk_time_text(first, from) : "-", last ? sk_time_text(last, to) : "-");
    struct sk_buf unseen = {0};
    for (unsigned i = 0; i < SK_SEGMENTS_COUNTED; i++)
        if (segment_counts(c, i))
            text_segment(w, segment_name(c, i), &c->counts->segment[i], &unseen);
    if (c->lost)
        sk_buf_fmt(&unseen, w->lost, (unsigned long long)c->lost);
    if (c->evicted)
        sk_buf_fmt(&unseen, w->evicted, (unsigned long long)c->evicted);
    if (c->source.damaged_inputs || c->source.unreadable_inputs)
        sk_buf_fmt(&unseen, w->damaged, (unsigned long long)c->source.damaged_inputs,
                   (unsigned long long)c->source.unreadable_inputs);
    text_detections(w, c, &unseen);
    if (unseen.len) {
        sk_buf_str(buf, w->unseen);
        sk_buf_add(buf, unseen.p, unseen.len);
    }
    sk_buf_free(&unseen);
}
#pragma GCC diagnostic pop
