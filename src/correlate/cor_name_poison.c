/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who answers to every name (Responder and its kind): one sender says within ten minutes that more than three unrelated
 * names of one label have the same address, by LLMNR, NetBIOS or multicast DNS. A host answers to its own name, in
 * several protocols and spellings; a name server of NetBIOS, a reflector or a sleep proxy answers for many, each with
 * an address of its own.
 */
#include "correlate/correlate.h"
#include "correlate/link.h"
#include "correlate/values.h"

#include "sekimori/table.h"

/* clang-format off */
SK_EVENT(name_poisoning, "name.poisoning", DERIVED, "0.1", "One sender answers to more than three unrelated names with one address")
SK_FIELD(name_poisoning_name, "name.poisoning.name", KEYWORD, LIST, "", "0.1", "Unrelated names it answered to in ten minutes (at most 8), oldest first")
SK_FIELD(name_poisoning_names, "name.poisoning.names", LONG, ONE, "", "0.1", "Their number")
SK_FIELD(name_poisoning_ip, "name.poisoning.ip", IP, ONE, "", "0.1", "The address it gave for all of them")
SK_FIELD(name_poisoning_protocol, "name.poisoning.protocol", KEYWORD, LIST, "", "0.1", "By which protocols: llmnr, nbns, mdns")
SK_FIELD(policy_mdns_reflector, "policy.mdns_reflector", KEYWORD, ONE, "", "0.1", "Sender against segments.*.mdns_reflectors: listed, not-listed, unknown")
/* clang-format on */

enum { SENDERS_MAX = 8192, ANSWERS = 16, LABEL_MAX = 63, TELL = 8, MORE_THAN = 3 };
#define WINDOW (600 * SK_SEC)

enum protocol { LLMNR, NBNS, MDNS, PROTOCOLS };
static const char *const protocol_names[] = {"llmnr", "nbns", "mdns"};

struct key {
    struct sk_mac mac; /* of links without: zero, and the address */
    struct sk_addr src;
    uint8_t zero;
    struct cor_wire wire;
};
struct answer {
    char name[LABEL_MAX + 1];
    struct sk_addr ip;
    sk_time at;
    uint8_t by; /* bits 1 << enum protocol */
};
struct sender {
    struct answer of[ANSWERS]; /* oldest first */
    unsigned n;
};
struct state {
    struct sk_table *senders;
};

static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    struct sk_table_config cfg = {
        .key_size = sizeof(struct key), .value_size = sizeof(struct sender), .cap = SENDERS_MAX, .key = *ctx->key};
    s->senders = sk_table_new(&cfg);
    return s->senders ? SK_OK : SK_ENOMEM;
}
static void fini(void *state) { sk_table_free(((struct state *)state)->senders); }

static struct key key_of(const struct sk_event *ev) {
    struct key k;
    memset(&k, 0, sizeof k); /* padding is hashed */
    k.mac = ev->smac;
    if (sk_mac_zero(&ev->smac))
        k.src = ev->src;
    k.wire = cor_wire_of(ev);
    return k;
}

/* The one label of a name, without .local. @return false: it has more, or none */
static bool label_of(const struct sk_event *ev, char out[LABEL_MAX + 1]) {
    static const char local[] = ".local";
    struct sk_value v;
    if (!sk_event_get(ev, NULL, SKF_name_claim_name, 0, NULL, &v))
        return false;
    size_t n = v.s.len, suffix = sizeof local - 1;
    if (n > suffix && memcmp(v.s.p + n - suffix, local, suffix) == 0)
        n -= suffix;
    if (n == 0 || n > LABEL_MAX || memchr(v.s.p, '.', n))
        return false;
    memcpy(out, v.s.p, n);
    out[n] = '\0';
    return true;
}

/* One begins with the other (NetBIOS cuts names after 15 characters, conflicts append a number), or both differ only in
 * the number they end with: names of one machine. */
static bool related(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b), common = 0;
    while (common < n && common < m && a[common] == b[common])
        common++;
    return common == n || common == m ||
           (common >= 3 && strspn(a + common, "0123456789-") == n - common &&
            strspn(b + common, "0123456789-") == m - common);
}

static void forget_old(struct sender *x, sk_time now) {
    unsigned kept = 0;
    for (unsigned i = 0; i < x->n; i++)
        if (now - x->of[i].at <= WINDOW)
            x->of[kept++] = x->of[i];
    x->n = kept;
}

static void learn(struct sender *x, const char *name, const struct sk_addr *ip, enum protocol by, sk_time now) {
    for (unsigned i = 0; i < x->n; i++)
        if (strcmp(x->of[i].name, name) == 0 && sk_addr_eq(&x->of[i].ip, ip)) {
            x->of[i].at = now;
            x->of[i].by |= (uint8_t)(1u << by);
            return;
        }
    if (x->n == ANSWERS)
        memmove(x->of, x->of + 1, (size_t)--x->n * sizeof *x->of);
    struct answer *a = &x->of[x->n++];
    memset(a, 0, sizeof *a);
    memcpy(a->name, name, strlen(name));
    a->ip = *ip;
    a->at = now;
    a->by = (uint8_t)(1u << by);
}

/* Answers with this address that have nothing to do with each other. @return their number */
static unsigned unrelated(const struct sender *x, const struct sk_addr *ip, const struct answer *ret[ANSWERS]) {
    unsigned n = 0;
    for (unsigned i = 0; i < x->n; i++) {
        bool alone = sk_addr_eq(&x->of[i].ip, ip);
        for (unsigned k = 0; k < n && alone; k++)
            alone = !related(ret[k]->name, x->of[i].name);
        if (alone)
            ret[n++] = &x->of[i];
    }
    return n;
}

static void tell(struct sk_cor_ctx *ctx, const struct sk_event *cause, const struct sk_addr *ip,
                 const struct answer *const *of, unsigned n) {
    static const char *const verdicts[] = {"unknown", "not-listed", "listed"};
    struct cor_room room;
    struct sk_event *ev = cor_derived_head(&room, cause, SKE_name_poisoning);
    uint8_t by = 0;
    for (unsigned i = 0; i < n; i++) {
        by |= of[i]->by;
        if (i < TELL)
            sk_event_put_text(ev, SKF_name_poisoning_name, of[i]->name);
    }
    for (unsigned i = 0; i < PROTOCOLS; i++)
        if (by >> i & 1)
            sk_event_put_text(ev, SKF_name_poisoning_protocol, protocol_names[i]);
    sk_event_put_int(ev, SKF_name_poisoning_names, n);
    sk_event_put_ip(ev, SKF_name_poisoning_ip, ip);
    sk_event_put_text(ev, SKF_policy_mdns_reflector,
                      verdicts[sk_policy_mdns_reflector(ctx->policy, cause->segment, &cause->smac)]);
    sk_event_put_text(ev, SKF_sekimori_certainty, "inferred");
    ctx->derive(ctx, ev);
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct state *s = state;
    char name[LABEL_MAX + 1];
    struct sk_value ip;
    if (ev->type != SKE_name_claim || ev->flags & SK_EV_DUPLICATE ||
        !cor_says(ev, SKF_name_claim_message, "response") || !label_of(ev, name) || sk_cor_private(ctx->policy, ev) ||
        sk_cor_discarded(ev))
        return;
    enum protocol by = LLMNR;
    while (by < PROTOCOLS - 1 && !cor_says(ev, SKF_name_claim_protocol, protocol_names[by]))
        by++;
    struct key k = key_of(ev);
    uint64_t before = sk_table_evicted(s->senders);
    struct sender *x = sk_table_put(s->senders, &k, NULL);
    ctx->evictions += sk_table_evicted(s->senders) - before;
    forget_old(x, ev->ts);
    for (unsigned i = 0; i < 4 && sk_event_get(ev, NULL, SKF_name_claim_ip, i, NULL, &ip); i++)
        learn(x, name, &ip.ip, by, ev->ts);
    for (unsigned i = 0; i < 4 && sk_event_get(ev, NULL, SKF_name_claim_ip, i, NULL, &ip); i++) {
        const struct answer *of[ANSWERS];
        unsigned n = unrelated(x, &ip.ip, of);
        if (n > MORE_THAN) {
            tell(ctx, ev, &ip.ip, of, n);
            return; /* once for what is said once */
        }
    }
}

static const uint16_t wants[] = {SKE_name_claim, 0};
const struct sk_correlator sk_cor_name_poison = {.name = "name_poison",
                                                 .rank = 32,
                                                 .wants = wants,
                                                 .looks_at = wants,
                                                 .state_size = sizeof(struct state),
                                                 .init = init,
                                                 .fini = fini,
                                                 .event = event};
