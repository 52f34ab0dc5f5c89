/* SPDX-License-Identifier: Apache-2.0 */
/* What a detection means, why it is here, who, what to check and do, which clauses and RFCs: text for a terminal. */
#include "alert/explain.h"

#include "sekimori/notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A label or a word in both languages. */
#define WORD(en, jp) (e->ja ? (jp) : (en))

/* ---- who ---- */

static const char *registered_word(const struct explain *e, const char *word) {
    if (strcmp(word, "yes") == 0)
        return WORD("in the register", "台帳にある");
    if (strcmp(word, "no") == 0)
        return WORD("not in the register", "台帳にない");
    if (strcmp(word, "retired") == 0)
        return WORD("retired by the register, and seen again", "台帳では廃棄済み");
    return NULL;
}

static const char *known_by_word(const struct explain *e, const char *word) {
    static const char *const words[][3] = {
        {"lease", "a DHCP server gave it this address", "DHCP の払出しで特定"},
        {"binding", "neighbour discovery or ARP bound address and MAC", "近隣探索・ARP で特定"},
        {"frame", "its own frame", "本人のフレームで特定"},
        {"embedded", "the address holds the MAC", "アドレスに含まれる MAC で特定"},
        {"router-mac-only", "behind a router: its own MAC is not seen", "ルータの先: 端末の MAC は見えない"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], word) == 0)
            return words[i][e->ja ? 2 : 1];
    return word;
}

static void add_word(struct explain *e, bool *first, const char *before, const char *text, const char *after) {
    if (!text || !text[0])
        return;
    sk_buf_str(&e->out, *first ? "" : "  ");
    sk_buf_str(&e->out, before);
    explain_put(e, text);
    sk_buf_str(&e->out, after);
    *first = false;
}

static void name_and_mac(struct explain *e, const char *name, const char *mac) {
    const sk_json *a = e->alert;
    const char *source = sk_json_get_text(a, "sekimori.device.name_source");
    bool first = true;
    explain_label(e, WORD("device", "端末"));
    add_word(e, &first, "", name, "");
    if (name && source)
        add_word(e, &first, "(", strcmp(source, "register") == 0 ? WORD("name: register", "名前: 台帳") : source, ")");
    add_word(e, &first, "", mac, "");
    if (sk_json_get_bool(a, "sekimori.device.mac_random", false))
        add_word(e, &first, "", WORD("(random MAC)", "（乱数MAC）"), "");
    add_word(e, &first, "", sk_json_get_text(a, "sekimori.device.vendor"), "");
    add_word(e, &first, WORD("section: ", "所属: "), sk_json_get_text(a, "sekimori.device.section"), "");
    sk_buf_str(&e->out, "\n");
}

static void who(struct explain *e) {
    const sk_json *a = e->alert;
    const char *name = sk_json_get_text(a, "sekimori.device.name"), *mac = sk_json_get_text(a, "sekimori.device.mac"),
               *registered = sk_json_get_text(a, "sekimori.device.registered"),
               *known_by = sk_json_get_text(a, "sekimori.device.known_by");
    if (!name && !mac && !sk_json_at(a, "sekimori.device.ip"))
        return;
    if (name || mac)
        name_and_mac(e, name, mac);
    explain_list(e, name || mac ? "" : WORD("device", "端末"), "sekimori.device.ip");
    if (registered)
        explain_line(e, "", registered_word(e, registered));
    if (known_by)
        explain_line(e, "", known_by_word(e, known_by));
}

/* ---- how many, since when ---- */

/* In the zone that holds at that time, not today: summer time. @return false: no time */
static bool local_time(const char *utc, struct tm *ret) {
    sk_time at = 0;
    if (!utc || !sk_time_parse(utc, &at))
        return false;
    time_t t = (time_t)(at / SK_SEC);
    return localtime_r(&t, ret) != NULL;
}

static void when_local(struct explain *e, const char *first, const char *last) {
    struct tm from, to;
    if (!local_time(first, &from) || !local_time(last, &to) ||
        (strcmp(from.tm_zone, "UTC") == 0 && strcmp(to.tm_zone, "UTC") == 0))
        return;
    explain_local(e, first, true);
    if (strcmp(from.tm_zone, to.tm_zone) != 0)
        sk_buf_fmt(&e->out, " %s", from.tm_zone);
    sk_buf_str(&e->out, " - ");
    explain_local(e, last, from.tm_year != to.tm_year || from.tm_yday != to.tm_yday);
    sk_buf_fmt(&e->out, " %s\n", to.tm_zone);
    explain_label(e, "");
}

static void when(struct explain *e) {
    const char *first = sk_json_get_text(e->alert, "sekimori.alert.first_seen"),
               *last = sk_json_get_text(e->alert, "sekimori.alert.last_seen");
    explain_label(e, WORD("when", "いつ"));
    when_local(e, first, last);
    explain_put(e, first ? first : "?");
    sk_buf_str(&e->out, " - ");
    explain_put(e, last ? last : "?");
    sk_buf_str(&e->out, "\n");
}

static void number(struct explain *e, const char *path, const char *before, const char *after) {
    int64_t n = sk_json_get_int(e->alert, path, 0);
    if (n > 0)
        sk_buf_fmt(&e->out, "  %s%lld%s", before, (long long)n, after);
}

static void how_many(struct explain *e) {
    const sk_json *swallowed = sk_json_at(e->alert, "sekimori.alert.absorbed"), *n;
    explain_label(e, WORD("count", "件数"));
    sk_buf_fmt(&e->out, "%lld", (long long)sk_json_get_int(e->alert, "sekimori.alert.count", 0));
    number(e, "sekimori.alert.peak_rate", WORD("at most ", "最大毎秒 "), WORD(" a second", ""));
    number(e, "sekimori.members.count", WORD("devices: ", "端末数 "), "");
    number(e, "sekimori.storm.subjects", WORD("different subjects: ", "対象の数 "), "");
    number(e, "sekimori.alert.copies", WORD("copies of a mirror: ", "ミラーの重複 "), "");
    number(e, "sekimori.alert.muted", WORD("silenced by exceptions: ", "例外で抑止 "), "");
    sk_buf_str(&e->out, "\n");
    for (const char *k = sk_json_each(swallowed, NULL, &n); k; k = sk_json_each(swallowed, k, &n)) {
        explain_label(e, "");
        sk_buf_str(&e->out, WORD("and of ", "吸収した "));
        explain_put(e, k);
        sk_buf_str(&e->out, ": ");
        explain_leaf(e, n, SKF_none);
        sk_buf_str(&e->out, "\n");
    }
}

/* ---- why here ---- */

static void why(struct explain *e) {
    const char *line = sk_json_get_text(e->alert, "sekimori.policy_line");
    if (!line)
        return;
    explain_label(e, WORD("why here", "なぜ違反"));
    explain_put(e, line);
    if (e->rq->policy_words && e->rq->policy_words[0]) {
        sk_buf_str(&e->out, "  ");
        explain_put(e, e->rq->policy_words);
    }
    sk_buf_str(&e->out, "\n");
}

/* What the signature says matters; where it names nothing, every fact there is. */
static void facts(struct explain *e) {
    bool first = true;
    for (unsigned f = 1; f < SKF_COUNT; f++) {
        bool named = e->rule->n_fields == 0;
        for (size_t i = 0; i < e->rule->n_fields; i++)
            named |= e->rule->fields[i] == f;
        char path[160];
        snprintf(path, sizeof path, "sekimori.facts.%s", sk_fields[f].name);
        const sk_json *v = named ? sk_json_at(e->alert, path) : NULL;
        if (!v || sk_json_kind_of(v) == SK_JSON_OBJECT)
            continue;
        explain_label(e, first ? WORD("facts", "事実") : "");
        sk_buf_fmt(&e->out, "%s = ", sk_fields[f].name);
        explain_leaf(e, v, SKF_none);
        sk_buf_str(&e->out, "\n");
        first = false;
    }
}

static void followers(struct explain *e) {
    const sk_json *v = sk_json_at(e->alert, "sekimori.grown.icmpv6.ra.follower");
    v = v ? v : explain_value(e, "icmpv6.ra.follower");
    if (!v)
        return;
    explain_label(e, WORD("followed by", "誰が従った"));
    const sk_json *n = explain_value(e, "icmpv6.ra.followers");
    if (n) {
        explain_leaf(e, n, SKF_none);
        sk_buf_str(&e->out, WORD(": ", "台: "));
    }
    explain_leaf(e, v, SKF_none);
    sk_buf_str(&e->out, "\n");
}

static void chain(struct explain *e) {
    const sk_json *steps = sk_json_at(e->alert, "sekimori.chain.steps");
    if (!sk_json_size(steps))
        return;
    explain_label(e, WORD("chain", "つながり"));
    for (size_t i = 0; i < sk_json_size(steps) && i < 16; i++) {
        const char *rule = sk_json_get_text(sk_json_item(steps, i), "rule");
        sk_buf_str(&e->out, i ? " -> " : "");
        explain_put(e, rule ? rule : "?");
        sk_buf_str(&e->out, " ");
        explain_local(e, sk_json_get_text(sk_json_item(steps, i), "first_seen"), false);
    }
    const char *name = sk_json_get_text(e->alert, "sekimori.chain.name");
    if (name) {
        sk_buf_str(&e->out, "  (");
        explain_put(e, name);
        sk_buf_str(&e->out, ")");
    }
    sk_buf_str(&e->out, "\n");
}

static const char *sure_word(const struct explain *e, const char *word) {
    if (!word)
        return NULL;
    if (strcmp(word, "observed") == 0)
        return WORD("observed: the bytes say so", "観測: パケットそのものが示す");
    if (strcmp(word, "inferred") == 0)
        return WORD("inferred: it follows from what was seen", "推定: 観測からの推論");
    return strcmp(word, "heuristic") == 0 ? WORD("heuristic: likely, by statistics", "経験則: 統計的な見込み") : word;
}

static const char *effect_word(const struct explain *e, const char *word) {
    if (!word)
        return NULL;
    if (strcmp(word, "ignored-by-rfc") == 0)
        return WORD("hosts that follow the RFCs ignore it", "RFC に従う端末は無視する");
    if (strcmp(word, "accepted") == 0)
        return WORD("hosts accept it", "端末は受け入れる");
    return strcmp(word, "host-dependent") == 0 ? WORD("some hosts accept it", "受け入れるかは端末による") : NULL;
}

static void note(struct explain *e) {
    const struct sk_note *n = e->rq->note;
    static const char *const words[][3] = {{"ack", "somebody is at it", "確認中"},
                                           {"false", "false alarm", "誤報"},
                                           {"true", "it is what it says", "真の検知"},
                                           {"done", "dealt with", "対応済み"}};
    if (!n)
        return;
    explain_label(e, WORD("note", "メモ"));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], n->verdict) == 0)
            sk_buf_str(&e->out, words[i][e->ja ? 2 : 1]);
    sk_buf_str(&e->out, "  ");
    explain_put(e, n->by);
    sk_buf_str(&e->out, " ");
    explain_local(e, n->when, true);
    sk_buf_str(&e->out, n->text[0] ? ": " : "");
    explain_put(e, n->text);
    sk_buf_str(&e->out, "\n");
}

static void this_alert(struct explain *e) {
    const sk_json *a = e->alert;
    explain_line(e, WORD("what", "何が"), sk_json_get_text(a, e->ja ? "sekimori.message_ja" : "message"));
    note(e);
    who(e);
    explain_line(e, WORD("segment", "セグメント"), sk_json_get_text(a, "network.name"));
    when(e);
    how_many(e);
    why(e);
    if (sk_json_at(a, "sekimori.reached_outside"))
        explain_line(e, WORD("outside", "庁外"),
                     sk_json_get_bool(a, "sekimori.reached_outside", false)
                         ? WORD("data crossed the boundary", "境界を越えて通信が成立")
                         : WORD("tried, did not get across", "試みたが越えていない"));
    followers(e);
    chain(e);
    const char *exception = sk_json_get_text(a, "sekimori.exception.id");
    if (exception) {
        const char *effect = sk_json_get_text(a, "sekimori.exception.effect");
        explain_label(e, WORD("exception", "例外"));
        explain_put(e, exception);
        sk_buf_str(&e->out, effect && strcmp(effect, "raise") == 0 ? WORD(": level raised", ": レベルを上げた")
                                                                   : WORD(": level lowered", ": レベルを下げた"));
        sk_buf_str(&e->out, "\n");
    }
    explain_line(e, WORD("certainty", "確からしさ"), sure_word(e, sk_json_get_text(a, "sekimori.certainty")));
    explain_line(e, WORD("effect", "影響"), effect_word(e, sk_json_get_text(a, "sekimori.effect")));
    facts(e);
    explain_packets(e, WORD("packets", "証拠"));
}

/* ---- the detection ---- */

/* The detection's name: the title; of an alert in Japanese its headline. */
static void title(struct explain *e) {
    const char *headline = e->alert && e->ja ? sk_json_get_text(e->alert, "sekimori.headline_ja") : NULL;
    const char *severity = e->alert ? sk_json_get_text(e->alert, "sekimori.severity") : NULL;
    sk_buf_fmt(&e->out, "%s  ", e->rule->detection);
    explain_put(e, headline ? headline : sk_rule_title(e->rule, e->ja));
    sk_buf_str(&e->out, "  [");
    explain_put(e, severity ? severity : sk_level_name(e->rule->level));
    sk_buf_str(&e->out, "]\n");
}

static void advice(struct explain *e) {
    const struct sk_list *l = e->ja && e->rule->advice_ja.n ? &e->rule->advice_ja : &e->rule->advice_en;
    for (size_t i = 0; i < l->n; i++) {
        explain_label(e, i == 0 ? WORD("to do", "すること") : "");
        sk_buf_fmt(&e->out, "%zu ", i + 1);
        explain_filled(e, l->at[i]);
        sk_buf_str(&e->out, "\n");
    }
}

static void list(struct explain *e, const char *name, const struct sk_list *l) {
    for (size_t i = 0; i < l->n; i++)
        explain_line(e, i == 0 ? name : "", l->at[i]);
}

/* RFC 4861, 6104, ...: numbers on one line. */
static void rfcs(struct explain *e) {
    const struct sk_list *l = &e->rule->rfcs;
    if (!l->n)
        return;
    explain_label(e, WORD("RFCs", "RFC"));
    for (size_t i = 0; i < l->n; i++) {
        sk_buf_str(&e->out, i ? ", " : "RFC ");
        explain_put(e, l->at[i]);
    }
    sk_buf_str(&e->out, "\n");
}

static void detection(struct explain *e) {
    const struct sk_rule *r = e->rule;
    explain_line(e, WORD("meaning", "意味"), e->ja && r->meaning_ja ? r->meaning_ja : r->description);
    explain_line(e, WORD("counts", "集計"), r->counts); /* the site's own words of `watch` included */
    advice(e);
    explain_respond(e, WORD("filters", "設定例"));
    list(e, WORD("harmless if", "誤報の例"), e->ja && r->harmless_ja.n ? &r->harmless_ja : &r->falsepositives);
    explain_exception(e, WORD("exception", "例外の書き方"));
    explain_clauses(e, WORD("clauses", "根拠条項"));
    rfcs(e);
    list(e, "ATT&CK", &r->tags);
    list(e, WORD("see", "参照"), &r->references);
    explain_line(e, WORD("signature", "シグネチャ"), r->file);
    if (e->rq->policy && !sk_policy_is_none(e->rq->policy)) {
        sk_buf_fmt(&e->out, "  %s%s\n",
                   r->can_fire ? WORD("can fire here", "この policy で検知できます")
                               : WORD("cannot fire here: needs ", "この policy では検知できません。必要: "),
                   r->can_fire ? "" : r->missing);
    }
}

char *sk_explain(const struct sk_rule *rule, const struct sk_explain_request *rq) {
    struct explain e = {.rule = rule, .rq = rq, .alert = rq->alert, .ja = rq->lang && strcmp(rq->lang, "ja") == 0};
    title(&e);
    if (e.alert)
        this_alert(&e);
    detection(&e);
    return e.out.p;
}
