/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as a rule file. What loads is evaluated on a few fixed events. */
#include "match/ruleset.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void found(void *arg, const struct sk_match *m, const struct sk_event *ev) {
    unsigned *sum = arg;
    (void)ev;
    *sum += (unsigned)m->level + m->alone + (m->rule->id != NULL);
}

static void fill(struct sk_event *ev, unsigned which) {
    static const char *const text[] = {"default-router", "a*b\\?c", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                       "課"};
    sk_event_init(ev, SKE_icmpv6_ra);
    ev->ts = which * 100 * SK_DAY;
    if (which == 0)
        return;
    ev->src = (struct sk_addr){.b = {0xfe, 0x80, [15] = (uint8_t)which}, .fam = 6};
    sk_event_put_int(ev, SKF_icmpv6_ra_router_lifetime, 1800 * (int64_t)which);
    sk_event_put_text(ev, SKF_icmpv6_ra_kind, text[which]);
    for (unsigned i = 0; i < which; i++)
        sk_event_put_text(ev, SKF_icmpv6_ra_flags, text[i]);
    sk_event_put_ip(ev, SKF_icmpv6_ra_rdnss, &ev->src);
    sk_event_put_int(ev, SKF_icmpv6_nd_mac_mismatch, which & 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct sk_ruleset *rs = NULL;
    struct sk_diags d = {0};
    sk_err e = sk_ruleset_parse("fuzz.yml", (const char *)bytes, n, NULL, &rs, &d);
    if ((e == SK_OK) != (rs != NULL) || (e == SK_OK) != (d.errors == 0))
        abort();
    if (rs) {
        struct sk_event *ev = calloc(1, SK_EVENT_MAX);
        struct sk_matcher *m = sk_matcher_new(rs, NULL, &sk_hash_key_fixed);
        unsigned sum = 0;
        for (unsigned i = 0; ev && m && i < 12; i++) {
            fill(ev, i % 4);
            ev->ts = i * SK_SEC;
            sk_matcher_event(m, ev, found, &sum);
        }
        for (size_t i = 0; i < sk_ruleset_size(rs); i++)
            if (!sk_ruleset_find(rs, sk_ruleset_at(rs, i)->id))
                abort();
        sk_matcher_free(m);
        free(ev);
    }
    sk_ruleset_free(rs);
    sk_diags_free(&d);
    return 0;
}
