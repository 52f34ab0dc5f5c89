/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What DNS answers on the wire said of a domain's SPF record (RFC 7208 section 4.5), joined to the mail that names it.
 * Silence is unknown, never absence: a warm cache asks nothing. A mail that came before the answer waits and is told
 * again when it comes.
 */
#include "correlate/correlate.h"

#include "sekimori/table.h"

/* clang-format off */
SK_FIELD(spf_record, "spf.record", KEYWORD, ONE, "", "0.1", "present, absent (an answer showed there is none) or unknown (nothing seen)")
SK_FIELD(spf_evidence, "spf.evidence", KEYWORD, ONE, "", "0.1", "What showed it: dns-txt, dns-txt-without-spf, dns-nodata, dns-nxdomain")
SK_FIELD(event_revision, "event.revision", LONG, ONE, "", "0.1", "The same fact told again with more knowledge")
/* clang-format on */

enum { DOMAINS_MAX = 262144, PENDING_MAX = 65536, DOMAIN_BYTES = 256, PENDING_BYTES = 1024 };
#define KNOWLEDGE_LIFE (SK_DAY)
#define PENDING_LIFE   (3600 * SK_SEC)

enum record { RECORD_UNKNOWN, RECORD_PRESENT, RECORD_ABSENT };
struct domain_key {
    char name[DOMAIN_BYTES];
};
struct knowledge {
    sk_time at;
    uint8_t record;
    bool asked; /* the question was seen too: not just anybody's answer */
    const char *evidence;
};
/* The latest mail of a domain that waits for an answer. */
struct pending {
    sk_time at;
    uint32_t size;
    _Alignas(8) uint8_t event[PENDING_BYTES];
};
struct state {
    struct sk_table *domains, *pending;
};

static bool make_tables(struct state *s, const struct sk_hash_key *key) {
    struct sk_table_config d = {
        .key_size = DOMAIN_BYTES, .value_size = sizeof(struct knowledge), .cap = DOMAINS_MAX, .key = *key};
    struct sk_table_config p = {
        .key_size = DOMAIN_BYTES, .value_size = sizeof(struct pending), .cap = PENDING_MAX, .key = *key};
    s->domains = sk_table_new(&d);
    s->pending = sk_table_new(&p);
    return s->domains && s->pending;
}
static sk_err init(void *state, struct sk_cor_ctx *ctx) { return make_tables(state, ctx->key) ? SK_OK : SK_ENOMEM; }
static void fini(void *state) {
    struct state *s = state;
    sk_table_free(s->domains);
    sk_table_free(s->pending);
}

static bool text(const struct sk_event *ev, enum sk_field_id f, const char **ret, size_t *n) {
    struct sk_value v;
    char scratch[SK_EVENT_SCRATCH];
    if (!sk_event_get(ev, NULL, f, 0, scratch, &v) || v.type != SK_T_KEYWORD)
        return false;
    *ret = v.s.p;
    *n = v.s.len;
    return true;
}
static bool domain_of(const struct sk_event *ev, enum sk_field_id f, struct domain_key *ret) {
    const char *p;
    size_t n;
    if (!text(ev, f, &p, &n) || n == 0 || n >= DOMAIN_BYTES)
        return false;
    memset(ret, 0, sizeof *ret);
    memcpy(ret->name, p, n);
    return true;
}
static bool is(const struct sk_event *ev, enum sk_field_id f, const char *word) {
    const char *p;
    size_t n;
    return text(ev, f, &p, &n) && strcmp(p, word) == 0;
}

static void annotate(struct sk_event *ev, const struct knowledge *k) {
    static const char *const words[] = {"unknown", "present", "absent"};
    if (!k || ev->ts - k->at > KNOWLEDGE_LIFE) {
        sk_event_put_text(ev, SKF_spf_record, words[RECORD_UNKNOWN]);
        return;
    }
    sk_event_put_text(ev, SKF_spf_record, words[k->record]);
    if (!k->evidence)
        return;
    sk_event_put_text(ev, SKF_spf_evidence, k->evidence);
    if (!k->asked)
        sk_event_put_text(ev, SKF_sekimori_certainty, "inferred");
    if (strcmp(k->evidence, "dns-nxdomain") == 0)
        sk_event_put_text(ev, SKF_dns_response_code, "NXDOMAIN");
}

/* The mail itself again, at the time and place in order of the answer that completes it: lines stay in order. */
static void tell_again(struct state *s, struct sk_cor_ctx *ctx, const struct domain_key *d, const struct knowledge *k,
                       const struct sk_event *cause) {
    struct pending *p = sk_table_get(s->pending, d);
    if (!p)
        return;
    _Alignas(struct sk_event) uint8_t room[SK_EVENT_MAX];
    struct sk_event *again = (struct sk_event *)(void *)room;
    if (ctx->now - p->at <= PENDING_LIFE && k->record == RECORD_ABSENT) {
        memcpy(room, p->event, p->size);
        if (!sk_event_has(again, NULL, SKF_event_start))
            sk_event_put_int(again, SKF_event_start, again->ts);
        again->ts = cause->ts, again->seq = cause->seq, again->sub = cause->sub;
        again->phase = cause->phase, again->order = cause->order;
        annotate(again, k);
        sk_event_put_int(again, SKF_event_revision, 1);
        ctx->derive(ctx, again);
    }
    sk_table_del(s->pending, d);
}

static void learn(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    struct domain_key d;
    if (!is(ev, SKF_dns_question_type, "TXT") || !domain_of(ev, SKF_dns_question_name, &d))
        return;
    bool present = is(ev, SKF_dns_txt_spf, "present"), absent = is(ev, SKF_dns_txt_spf, "absent");
    if (!present && !absent)
        return;
    struct sk_value v;
    bool asked = !(sk_event_get(ev, NULL, SKF_dns_unsolicited, 0, NULL, &v) && v.i);
    const struct knowledge *known = sk_table_peek(s->domains, &d);
    if (!asked && known && known->asked && ev->ts - known->at <= KNOWLEDGE_LIFE)
        return; /* an answer nobody was seen asking for does not overturn one that was asked for */
    bool some = sk_event_get(ev, NULL, SKF_dns_answers_count, 0, NULL, &v) && v.i > 0;
    uint64_t before = sk_table_evicted(s->domains);
    struct knowledge *k = sk_table_put(s->domains, &d, NULL);
    ctx->evictions += sk_table_evicted(s->domains) - before;
    k->at = ev->ts;
    k->asked = asked;
    k->record = present ? RECORD_PRESENT : RECORD_ABSENT;
    k->evidence = present                                     ? "dns-txt"
                  : is(ev, SKF_dns_response_code, "NXDOMAIN") ? "dns-nxdomain"
                  : some                                      ? "dns-txt-without-spf"
                                                              : "dns-nodata";
    tell_again(s, ctx, &d, k, ev);
}

static void mail(struct state *s, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct domain_key d;
    struct sk_value v;
    if (sk_event_has(ev, NULL, SKF_spf_record)) /* told again: carries its verdict */
        return;
    if (!domain_of(ev, SKF_smtp_mail_from_domain, &d)) {
        annotate(ev, NULL);
        return;
    }
    const struct knowledge *k = sk_table_get(s->domains, &d);
    bool waits = (!k || ev->ts - k->at > KNOWLEDGE_LIFE) && ev->size <= PENDING_BYTES;
    if (waits && sk_event_get(ev, NULL, SKF_smtp_accepted, 0, NULL, &v) && v.i) {
        uint64_t before = sk_table_evicted(s->pending);
        struct pending *p = sk_table_put(s->pending, &d, NULL);
        ctx->evictions += sk_table_evicted(s->pending) - before;
        p->at = ev->ts;
        p->size = ev->size;
        memcpy(p->event, ev, ev->size);
    }
    annotate(ev, k);
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    if (ev->type == SKE_dns_transaction)
        learn(state, ctx, ev);
    else if (ev->type == SKE_smtp_transaction)
        mail(state, ctx, ev);
}

static const uint16_t wants[] = {SKE_dns_transaction, SKE_smtp_transaction, 0};
const struct sk_correlator sk_cor_spf = {.name = "spf",
                                         .rank = 30,
                                         .wants = wants,
                                         .looks_at = wants,
                                         .state_size = sizeof(struct state),
                                         .init = init,
                                         .fini = fini,
                                         .event = event};
