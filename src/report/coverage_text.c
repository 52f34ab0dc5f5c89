/* SPDX-License-Identifier: Apache-2.0 */
/* The coverage statement for people: what was seen, then whatever takes from the worth of "nothing found". */
#include "report/coverage.h"

#include <string.h>

enum { COLUMNS = 78 };

struct words {
    const char *head, *sums, *expired, *could, *unseen, *quiet, *quiet_tap, *one_sided, *pair, *truncated, *undecoded,
        *encrypted, *copies, *lost, *evicted, *incomplete, *damaged, *filtered, *back, *forward, *clamped, *needs,
        *kind;
    const char *limit[LIMITS];
};
/* clang-format off */
static const struct words en = {
    .head = "seen: %llu packets, %llu bytes, %s to %s\n",
    .sums = "%llu matches: %llu in alerts, %llu absorbed by them, %llu copies of a mirror, %llu silenced by exceptions\n",
    .expired = "exceptions of the policy past their end, not honoured: %zu\n",
    .could = "%u of %u detections could have fired: their facts were seen, their policy is there\n",
    .unseen = "could not be seen:\n",
    .quiet = "  segment %s: no packet\n",
    .quiet_tap = "  tap %s: no packet\n",
    .one_sided = "  %s: %u %% of TCP flows one-sided: what needs the answer is uncertain there\n",
    .pair = "  between %s and %s: %u %% of TCP flows one-sided\n",
    .truncated = "  %s: %u %% of frames cut by the capture\n",
    .undecoded = "  %s: %u %% of frames not decoded to their end\n",
    .encrypted = "  %s: %u %% of frames encrypted (IPsec, MACsec, 802.11, DTLS in CAPWAP)\n",
    .copies = "  %s: %u %% of frames are copies that the mirror made\n",
    .lost = "  %llu packets or events were lost\n",
    .evicted = "  %llu entries of full tables were given up\n",
    .incomplete = "  %llu fragmented datagrams never came whole\n",
    .damaged = "  %llu inputs damaged, %llu unreadable\n",
    .filtered = "  %llu packets were left out by the filter\n",
    .back = "  the clock of the captures was set back %llu times: what was open ended there\n",
    .forward = "  the clock of the captures jumped ahead by more than an hour %llu times\n",
    .clamped = "  %llu packets had times that cannot be\n",
    .needs = "  the policy does not say %s:",
    .kind = "  no %s was seen:",
    .limit = {"  from one side only:", "  contents cut by the capture:", "  part of it encrypted:",
              "  some of it lost:"}};
static const struct words ja = {
    .head = "見えたもの: %llu パケット、%llu バイト、%s から %s まで\n",
    .sums = "一致 %llu 件: 警報に計上 %llu、他の警報に吸収 %llu、ミラーの重複 %llu、例外で抑止 %llu\n",
    .expired = "期限切れの例外 %zu 件（適用していません）\n",
    .could = "検知 %u 件（全 %u 件）は働けた: 対象の通信があり、policy に必要な項目がある\n",
    .unseen = "見えなかったもの:\n",
    .quiet = "  セグメント %s: パケットなし\n",
    .quiet_tap = "  タップ %s: パケットなし\n",
    .one_sided = "  %s: TCP の %u %% は片方向のみ。応答を要する検知は不確か\n",
    .pair = "  %s と %s の間: TCP の %u %% は片方向のみ\n",
    .truncated = "  %s: フレームの %u %% は取得時に切り詰め\n",
    .undecoded = "  %s: フレームの %u %% は最後まで解読できず\n",
    .encrypted = "  %s: フレームの %u %% は暗号化（IPsec・MACsec・802.11・CAPWAP の DTLS）\n",
    .copies = "  %s: フレームの %u %% はミラーによる重複\n",
    .lost = "  %llu 件のパケットまたは事象を失いました\n",
    .evicted = "  満杯の表から %llu 件を捨てました\n",
    .incomplete = "  断片化されたデータグラム %llu 件は揃わず\n",
    .damaged = "  破損した入力 %llu、読めない入力 %llu\n",
    .filtered = "  フィルタで除いたパケット %llu\n",
    .back = "  キャプチャの時計が %llu 回戻った。継続中のものはそこで終了\n",
    .forward = "  キャプチャの時計が %llu 回、1 時間を超えて進んだ\n",
    .clamped = "  時刻があり得ないパケット %llu\n",
    .needs = "  policy に %s がない:",
    .kind = "  %s が一つも見えなかった:",
    .limit = {"  片方向のみで判断:", "  内容が切り詰められている:", "  一部は暗号化:", "  一部は失われた:"}};
/* clang-format on */

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the two tables above are the formats */

static void place(const struct words *w, const char *name, const struct sk_segment_counts *s, const char *quiet,
                  struct sk_buf *buf) {
    const struct {
        const char *format;
        unsigned share, from;
    } lines[] = {{w->one_sided, coverage_one_sided(s->one_sided, s->tcp_flows), ONE_SIDED_MATTERS},
                 {w->truncated, coverage_percent(s->truncated, s->packets), 1},
                 {w->undecoded, coverage_percent(s->undecoded, s->packets), 1},
                 {w->encrypted, coverage_percent(s->encrypted, s->packets), 1},
                 {w->copies, coverage_percent(s->copies, s->packets), 1}};
    if (s->packets == 0)
        sk_buf_fmt(buf, quiet, name);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (lines[i].share >= lines[i].from)
            sk_buf_fmt(buf, lines[i].format, name, lines[i].share);
}

static void places(const struct words *w, const struct sk_coverage *c, struct sk_buf *buf) {
    const struct sk_counts *n = c->counts;
    for (unsigned i = 0; i < SK_TAPS_COUNTED; i++)
        if (coverage_tap(c, i) && n->tap[i].packets == 0) /* what else is to be said stands with the segments */
            sk_buf_fmt(buf, w->quiet_tap, coverage_tap(c, i));
    for (unsigned i = 0; i < SK_SEGMENTS_COUNTED; i++)
        if (coverage_segment(c, i))
            place(w, coverage_segment(c, i), &n->segment[i], w->quiet, buf);
    for (unsigned i = 0; i < SK_PAIRS_COUNTED; i++)
        for (unsigned k = i; k < SK_PAIRS_COUNTED; k++) {
            const struct sk_pair_counts *p = &n->pair[i][k];
            unsigned share = coverage_one_sided(p->one_sided, p->tcp_flows);
            const char *a = coverage_pair_end(c, i), *b = coverage_pair_end(c, k);
            if (share > ONE_SIDED && a && b && sk_policy_segments(c->policy))
                sk_buf_fmt(buf, w->pair, a, b, share);
        }
}

static void losses(const struct words *w, const struct sk_coverage *c, struct sk_buf *buf) {
    const struct {
        const char *format;
        uint64_t n;
    } lines[] = {{w->lost, c->lost + c->source.kernel_dropped + c->source.interface_dropped},
                 {w->evicted, c->evicted},
                 {w->incomplete, c->counts->defrag.incomplete},
                 {w->filtered, c->source.filtered},
                 {w->clamped, c->source.clamped_times},
                 {w->back, c->clock_back},
                 {w->forward, c->clock_forward}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (lines[i].n)
            sk_buf_fmt(buf, lines[i].format, (unsigned long long)lines[i].n);
    if (c->source.damaged_inputs || c->source.unreadable_inputs)
        sk_buf_fmt(buf, w->damaged, (unsigned long long)c->source.damaged_inputs,
                   (unsigned long long)c->source.unreadable_inputs);
}

/* ---- detections, gathered by what they have in common ---- */

static const struct sk_rule *rule_at(const struct sk_coverage *c, size_t i) {
    const struct sk_rule *r = sk_ruleset_at(c->rules, i);
    return r->building_block ? NULL : r;
}

static bool alike(const struct sk_coverage *c, const struct sk_rule *r, const struct sk_rule *s) {
    enum why why = coverage_why(c, r);
    if (why != coverage_why(c, s))
        return false;
    return why == NEEDS_POLICY ? strcmp(r->missing, s->missing) == 0 : r->event == s->event;
}

/* Ids after the head of their line; several rules of one detection are one. */
struct ids {
    struct sk_buf *buf;
    size_t column;
    const char *last;
};
static void put_id(struct ids *ids, const char *id) {
    if (ids->last && strcmp(ids->last, id) == 0)
        return;
    if (ids->column + strlen(id) + 1 > COLUMNS) {
        sk_buf_str(ids->buf, "\n   ");
        ids->column = 3;
    }
    sk_buf_fmt(ids->buf, " %s", id);
    ids->column += strlen(id) + 1;
    ids->last = id;
}

static void group(const struct words *w, const struct sk_coverage *c, size_t first, struct sk_buf *buf) {
    const struct sk_rule *r = rule_at(c, first);
    for (size_t i = 0; i < first; i++)
        if (rule_at(c, i) && alike(c, r, rule_at(c, i)))
            return;
    size_t begin = buf->len;
    if (coverage_why(c, r) == NEEDS_POLICY)
        sk_buf_fmt(buf, w->needs, r->missing);
    else
        sk_buf_fmt(buf, w->kind, sk_events[r->event].name);
    struct ids ids = {.buf = buf, .column = buf->len - begin};
    for (size_t i = first; i < sk_ruleset_size(c->rules); i++)
        if (rule_at(c, i) && alike(c, r, rule_at(c, i)))
            put_id(&ids, rule_at(c, i)->detection);
    sk_buf_str(buf, "\n");
}

static void limits(const struct words *w, const struct sk_coverage *c, struct sk_buf *buf) {
    for (unsigned bit = 0; bit < LIMITS; bit++) {
        struct ids ids = {.buf = buf};
        for (size_t i = 0; i < sk_ruleset_size(c->rules); i++) {
            const struct sk_rule *r = rule_at(c, i);
            if (!r || !r->can_fire || !(coverage_limits(c, r) >> bit & 1))
                continue;
            if (!ids.last) {
                sk_buf_str(buf, w->limit[bit]);
                ids.column = strlen(w->limit[bit]);
            }
            put_id(&ids, r->detection);
        }
        if (ids.last)
            sk_buf_str(buf, "\n");
    }
}

static void sums(const struct words *w, const struct sk_coverage *c, struct sk_buf *buf) {
    const struct sk_alert_stats *a = &c->alerts;
    size_t expired = sk_coverage_expired(c);
    if (a->absorbed + a->copies + a->muted + a->filtered)
        sk_buf_fmt(buf, w->sums, (unsigned long long)a->matches, (unsigned long long)a->counted,
                   (unsigned long long)a->absorbed, (unsigned long long)a->copies,
                   (unsigned long long)(a->muted + a->filtered));
    if (expired)
        sk_buf_fmt(buf, w->expired, expired);
}

void sk_coverage_text(const struct sk_coverage *c, const char *lang, struct sk_buf *buf) {
    const struct words *w = strcmp(lang, "ja") == 0 ? &ja : &en;
    struct sk_segment_counts all = coverage_sum(c->counts);
    char from[SK_TIME_TEXT] = "-", to[SK_TIME_TEXT] = "-";
    struct sk_buf unseen = {0};
    unsigned could = 0, rules = 0;
    if (all.packets) {
        sk_time_text(all.first, from);
        sk_time_text(all.last, to);
    }
    places(w, c, &unseen);
    losses(w, c, &unseen);
    for (size_t i = 0; i < sk_ruleset_size(c->rules); i++) {
        if (!rule_at(c, i))
            continue;
        rules++;
        if (coverage_why(c, rule_at(c, i)) == COULD_FIRE)
            could++;
        else
            group(w, c, i, &unseen);
    }
    limits(w, c, &unseen);
    sk_buf_fmt(buf, w->head, (unsigned long long)all.packets, (unsigned long long)all.bytes, from, to);
    sums(w, c, buf);
    sk_buf_fmt(buf, w->could, could, rules);
    if (unseen.len) {
        sk_buf_str(buf, w->unseen);
        sk_buf_add(buf, unseen.p, unseen.len);
    }
    sk_buf_free(&unseen);
}
#pragma GCC diagnostic pop
