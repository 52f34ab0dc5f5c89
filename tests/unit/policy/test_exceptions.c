/* SPDX-License-Identifier: Apache-2.0 */
/* The look-up of exceptions is that of a walk through all of them, and does not grow with their number. */
#include "policy/pol.h"
#include "policy_text.h"
#include "sekimori/event.h"
#include "sekimori/text.h"

#include <time.h>

static uint64_t seed = 0x9e3779b97f4a7c15;
static unsigned draw(unsigned below) { /* xorshift: the same values in every run */
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % below);
}

static const char base[] =
    "sekimori-policy: 1\n"
    "segments: {inet: {vlan: 30, zone: z, prefixes: [10.30.0.0/22]}, other: {vlan: 31}}\n"
    "zones: {z: {side: inside}, yy: {side: inside, prefixes: [10.31.0.0/16]}}\n"
    "devices: [{name: Kouhou-007, mac: 00-00-5E-00-53-B7, ip: 10.30.0.7}, {name: zeimu, mac: 00-00-5E-00-53-B8}]\n"
    "exceptions:\n";

static const char *const rules[] = {"'*'", "V6-*", "V6-012", "[ra-flood, TUN-001]", "tun-001", "ra-?lood"};
static const char *const wheres[] = {"segment: inet",
                                     "segment: [other, unassigned]",
                                     "zone: yy",
                                     "device: kouhou-007",
                                     "device: 00-00-5E-00-53-B8",
                                     "device: [ZEIMU, kouhou-007]",
                                     "source: 10.30.0.7",
                                     "source: [10.30.0.0/29, 2001:db8::/33]",
                                     "source: 0.0.0.0/0",
                                     "source: 2001:db8::1",
                                     "destination: 10.31.0.0/23",
                                     "destination: [10.31.0.9, 2001:db8::1]",
                                     "port: [80, 443]",
                                     "port: 53",
                                     "vlan: [0, 31]",
                                     "vlan: 30",
                                     "protocol: [tcp, icmpv6]",
                                     "protocol: dns"};
static const char *const effects[] = {"mute", "lower", "raise"};
static const char *const ends[] = {"2026-12-31", "2026-06-30"};
#define ONE_OF(list) (list)[draw(sizeof(list) / sizeof *(list))]

static void entry(struct sk_buf *b, size_t i) {
    const char *first = ONE_OF(wheres), *second = ONE_OF(wheres);
    sk_buf_fmt(b, "  - {id: E%zu, rule: %s, where: {%s", i, ONE_OF(rules), first);
    if (draw(2) && strncmp(first, second, 4) != 0)
        sk_buf_fmt(b, ", %s", second);
    sk_buf_fmt(b, "}, effect: %s, owner: o, approver: a, reason: r, until: %s}\n", ONE_OF(effects), ONE_OF(ends));
}

static const struct sk_policy *parse(const struct sk_buf *b) {
    struct sk_diags diags = {0};
    const struct sk_policy *p = NULL;
    sk_err err = sk_policy_parse("test.yml", b->p, b->len, &p, &diags);
    if (err != SK_OK)
        print_diags(&diags);
    sk_diags_free(&diags);
    assert_int_equal(err, SK_OK);
    return p;
}

static const struct sk_exception *walked(const struct sk_policy *p, const struct sk_exception_query *q, sk_time now) {
    for (size_t i = 0; i < p->exceptions.n; i++)
        if (pol_exception_holds(p, &p->exceptions.at[i], q, now))
            return &p->exceptions.at[i].pub;
    return NULL;
}

static void ask(const struct sk_policy *p) {
    static const char *const names[] = {"ra-flood", "RA-FLOOD", "other-rule", NULL};
    static const char *const detections[] = {"V6-012", "v6-012", "TUN-001", "SYS-001", NULL};
    static const char *const addrs[] = {"10.30.0.7",   "10.30.0.9",        "10.31.0.9", "10.31.1.200",
                                        "2001:db8::1", "2001:db8:8000::1", "192.0.2.1"};
    static const char *const words[] = {"tcp", "DNS", "icmpv6", NULL};
    static const uint16_t segments[] = {0, 1, SK_SEGMENT_NONE}, ports[] = {0, 53, 80, 443, 8080};
    static const uint16_t vids[] = {0, 30, 31, 4094};
    struct sk_addr src = addr_of(ONE_OF(addrs)), dst = addr_of(ONE_OF(addrs));
    struct sk_mac mac = mac_of(draw(2) ? "00-00-5E-00-53-B7" : "00-00-5E-00-53-B8");
    uint16_t vlan[2] = {draw(2) ? 0 : ONE_OF(vids), ONE_OF(vids)};
    sk_time now = day_of(draw(2) ? "2026-11-01" : "2026-05-01");
    struct sk_exception_query q = {.rule_name = ONE_OF(names),
                                   .detection = ONE_OF(detections),
                                   .segment = ONE_OF(segments),
                                   .zone = draw(2) ? "yy" : NULL,
                                   .mac = draw(2) ? &mac : NULL,
                                   .src = draw(3) ? &src : NULL,
                                   .dst = draw(3) ? &dst : NULL,
                                   .dport = ONE_OF(ports),
                                   .protocol = ONE_OF(words),
                                   .transport = ONE_OF(words),
                                   .vlan = vlan,
                                   .n_vlan = draw(3),
                                   .critical = draw(4) == 0};
    if (q.mac && draw(2))
        q.device = sk_policy_device_by_mac(p, q.mac, now);
    assert_ptr_equal(sk_policy_exception(p, &q, now), walked(p, &q, now));
}

static void the_look_up_finds_what_a_walk_finds(void **state) {
    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        struct sk_buf b = {0};
        sk_buf_str(&b, base);
        for (size_t i = 0, n = 1 + draw(40); i < n; i++)
            entry(&b, i);
        const struct sk_policy *p = parse(&b);
        for (unsigned i = 0; i < 2000; i++)
            ask(p);
        sk_policy_free(p);
        sk_buf_free(&b);
    }
}

/* A walk takes 20 000 steps for each of these, minutes in all. */
static void twenty_thousand_entries_cost_what_a_few_cost(void **state) {
    (void)state;
    enum { ENTRIES = 20000, QUERIES = 200000 };
    struct sk_buf b = {0};
    sk_buf_str(&b, base);
    for (unsigned i = 0; i < ENTRIES; i++)
        sk_buf_fmt(&b,
                   "  - {id: E%u, rule: '*', where: {segment: inet, source: 10.30.%u.%u}, effect: mute, owner: o, "
                   "approver: a, reason: r, until: 2026-12-31}\n",
                   i, i / 250, i % 250);
    const struct sk_policy *p = parse(&b);
    sk_time now = day_of("2026-11-01");
    size_t found = 0;
    clock_t begin = clock();
    for (unsigned i = 0; i < QUERIES; i++) {
        struct sk_addr src = {.fam = 4, .b = {10, 30, (uint8_t)(i / 250 % 160), (uint8_t)(i % 250)}};
        struct sk_exception_query q = {.rule_name = "ra-flood", .detection = "V6-012", .segment = 0, .src = &src};
        found += sk_policy_exception(p, &q, now) != NULL;
    }
    assert_int_equal(found, QUERIES / 2);
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 20);
    sk_policy_free(p);
    sk_buf_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_look_up_finds_what_a_walk_finds),
        cmocka_unit_test(twenty_thousand_entries_cost_what_a_few_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
