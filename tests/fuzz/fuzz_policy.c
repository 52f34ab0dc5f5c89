/* SPDX-License-Identifier: Apache-2.0 */
/* Target functions: sk_policy_parse sk_policy_review sk_policy_show and every lookup of sekimori/policy.h */
#include "sekimori/policy.h"
#include "sekimori/text.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const addresses[] = {"10.30.1.1",   "203.0.113.5", "198.51.100.1",    "fe80::1",
                                        "2001:db8::1", "ff02::1",     "::ffff:10.0.0.1", "255.255.255.255"};
enum { ADDRESSES = sizeof addresses / sizeof *addresses };

static void ask_segments(const struct sk_policy *p, const struct sk_addr *a, const struct sk_addr *b) {
    static const uint16_t stacks[][2] = {{0, 0}, {30, 0}, {0, 30}, {0xffff, 1}, {4094, 4095}};
    static const int32_t vnis[] = {-1, 0, 7, 0xffffff};
    static const uint16_t taps[] = {0, 1, SK_TAP_NONE};
    for (unsigned s = 0; s < 5; s++) {
        for (unsigned v = 0; v < 4; v++) {
            for (unsigned t = 0; t < 3; t++) {
                uint16_t seg = sk_policy_segment(p, taps[t], stacks[s], 2, vnis[v], a, b);
                assert(seg == 0xffff || seg < sk_policy_segments(p));
                assert((seg == 0xffff) == (sk_policy_segment_at(p, seg) == NULL));
            }
        }
    }
}

static void ask_addresses(const struct sk_policy *p, const struct sk_addr *a, const struct sk_addr *b) {
    static const struct sk_mac mac = {{0, 0, 0x5e, 0, 0x53, 1}};
    static const uint8_t duid[] = {0, 3, 0, 1, 0, 0, 0x5e, 0, 0x53, 1};
    struct sk_place place;
    for (uint16_t seg = 0; seg < 3; seg++) {
        struct sk_origin at = {0};
        sk_policy_place(p, a, seg, &place);
        assert(place.zone && (place.segment == 0xffff || place.segment < sk_policy_segments(p)));
        (void)sk_policy_router(p, seg, &mac, a, &mac, &at);
        (void)sk_policy_router(p, seg, &mac, a, NULL, NULL);
        (void)sk_policy_dhcpv6_server(p, seg, &mac, a, duid, sizeof duid, &at);
        (void)sk_policy_dhcp_server(p, seg, &mac, a, &at);
        (void)sk_policy_mld_querier(p, seg, &mac);
        (void)sk_policy_mdns_reflector(p, seg, &mac);
        (void)sk_policy_is_transit(p, seg);
        (void)sk_policy_lateral(p, seg, 6, 445, &at);
        struct sk_router_rules rules;
        struct sk_prefix net = {.addr = *a, .len = a->fam == 4 ? 32 : 128};
        if (sk_policy_router_rules(p, seg, &mac, a, NULL, &rules)) {
            (void)sk_router_may_prefix(p, &rules, &net);
            (void)sk_router_may_route(p, &rules, &net);
            (void)sk_router_may_resolver(p, &rules, a);
            (void)sk_router_may_domain(p, &rules, "city.example");
            (void)sk_router_may_pref64(p, &rules, &net);
        }
        struct sk_exception_query q = {
            .rule_name = "ra-flood", .detection = "V6-012", .segment = seg, .mac = &mac, .src = a, .dst = b};
        const struct sk_exception *e = sk_policy_exception(p, &q, 0);
        assert(!e || (e->id && e->index < sk_policy_exceptions(p)));
        (void)sk_policy_tolerates(p, seg, "mld", 0, &at);
    }
    sk_policy_place(p, a, 0xffff, &place);
    (void)sk_policy_tunnel(p, "gre", a, b, 0, NULL);
    (void)sk_policy_proxy(p, a, b, 6, 443, "www.example.jp", 0, NULL);
    (void)sk_policy_proxy(p, a, b, 17, 53, NULL, INT64_MAX, NULL);
    struct sk_flow_query flow = {.src = *a, .dst = *b, .seen_in = 0, .transport = 6, .port = 443};
    struct sk_origin line = {0};
    enum sk_flow_verdict v = sk_policy_flow(p, &flow, 0, &line);
    assert(v == SK_FLOW_UNKNOWN || line.line > 0);
    (void)sk_policy_echo_inbound(p, a, &line);
    (void)sk_policy_device_by_ip(p, a, 0);
    (void)sk_policy_own_zone(p, a, "www.city.example");
    (void)sk_policy_is_resolver(p, a);
    (void)sk_policy_is_mail_server(p, a);
}

static void ask(const struct sk_policy *p) {
    for (unsigned i = 0; i < ADDRESSES; i++) {
        struct sk_addr a;
        struct sk_addr b;
        if (!sk_addr_parse(addresses[i], strlen(addresses[i]), &a) ||
            !sk_addr_parse(addresses[ADDRESSES - 1 - i], strlen(addresses[ADDRESSES - 1 - i]), &b))
            __builtin_trap();
        ask_segments(p, &a, &b);
        ask_addresses(p, &a, &b);
    }
    for (const char *const *name = sk_policy_list_names(); *name; name++) {
        const struct sk_policy_list *l = sk_policy_list(p, *name, strlen(*name));
        for (size_t i = 0; i < l->n; i++)
            assert(*l->value[i] && l->until[i] >= 0);
    }
    for (const char *const *key = sk_policy_keys(); *key; key++) {
        bool known = false;
        (void)sk_policy_declares(p, *key, &known);
        assert(known);
    }
    (void)sk_policy_tap_of_file(p, "/evidence/s1/0412.pcap");
    (void)sk_policy_tap_of_iface(p, "eth1");
    (void)sk_policy_is_own_domain(p, "city.example");
    struct sk_watch w;
    struct sk_origin at;
    sk_time span;
    uint32_t ppm;
    const char *const *own;
    for (size_t i = 0; sk_policy_watch_name(p, i, &at); i++)
        assert(sk_policy_watch(p, sk_policy_watch_name(p, i, &at), &w));
    (void)sk_policy_loss_alert(p, &ppm, &at);
    (void)sk_policy_silent_mirror(p, 0, &span, &at);
    (void)sk_policy_own_clauses(p, "2.4.1.1(2)(b)-3", &own);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sk_diags diags = {0};
    const struct sk_policy *p = NULL;
    if (size > 1 << 16)
        return 0;
    sk_err err = sk_policy_parse("fuzz.yml", (const char *)data, size, &p, &diags);
    assert((err == SK_OK) == (p != NULL) && (err == SK_OK) == (diags.errors == 0));
    if (p) {
        ask(p);
        struct sk_buf text = {0};
        sk_policy_review(p, 4102444800 * SK_SEC, &diags);
        sk_policy_show(p, 4102444800 * SK_SEC, &text);
        for (size_t i = 0; i < text.len; i++)
            assert((unsigned char)text.p[i] >= ' ' || text.p[i] == '\n');
        sk_buf_free(&text);
        struct sk_addr asked = {.b = {10, 30, 0, 7}, .fam = 4};
        struct sk_policy_view views[] = {{.json = true}, {.segment = "a"}, {.addr = &asked}};
        for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
            sk_policy_show_view(p, &views[i], 0, &text);
            for (size_t k = 0; k < text.len; k++)
                assert((unsigned char)text.p[k] >= ' ' || text.p[k] == '\n');
            sk_buf_free(&text);
        }
    }
    sk_policy_free(p);
    sk_diags_free(&diags);
    return 0;
}
