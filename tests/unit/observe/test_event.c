/* SPDX-License-Identifier: Apache-2.0 */
/* Events as values: putting, getting, the head, JSON, order; the table of fields; Community ID. */
#include "rig.h"

#include "sekimori/text.h"

static struct sk_event *fresh(enum sk_event_type type) {
    struct sk_event *ev = (struct sk_event *)malloc(SK_EVENT_MAX);
    memset(ev, 0x5a, SK_EVENT_MAX);
    sk_event_init(ev, type);
    return ev;
}

static char *json(const struct sk_event *ev, const struct sk_names *names) {
    struct sk_buf b = {0};
    sk_event_json(ev, names, &b);
    return b.p;
}

static void a_value_that_was_put_is_got_back(void **state) {
    (void)state;
    struct sk_event *ev = fresh(SKE_icmpv6_ra);
    struct sk_addr a = rig_addr("2001:db8::53"), b = rig_addr("2001:db8::54");
    struct sk_value v;
    sk_event_put_int(ev, SKF_icmpv6_ra_router_lifetime, 1800);
    sk_event_put_text(ev, SKF_icmpv6_ra_kind, "default-router");
    sk_event_put_ip(ev, SKF_icmpv6_ra_rdnss, &a);
    sk_event_put_ip(ev, SKF_icmpv6_ra_rdnss, &b);
    sk_event_put_int(ev, SKF_icmpv6_ns_dad, 7);
    assert_true(sk_event_get(ev, NULL, SKF_icmpv6_ra_rdnss, 1, NULL, &v));
    assert_true(v.type == SK_T_IP && sk_addr_eq(&v.ip, &b));
    assert_false(sk_event_get(ev, NULL, SKF_icmpv6_ra_rdnss, 2, NULL, &v));
    assert_true(sk_event_get(ev, NULL, SKF_icmpv6_ra_kind, 0, NULL, &v));
    assert_int_equal(v.s.len, 14);
    assert_string_equal(v.s.p, "default-router");
    assert_field(ev, "icmpv6.ra.router_lifetime", "1800");
    assert_field(ev, "icmpv6.ns.dad", "true");
    assert_true(sk_event_has(ev, NULL, SKF_icmpv6_ra_kind));
    assert_false(sk_event_has(ev, NULL, SKF_icmpv6_ra_mtu));
    assert_int_equal(ev->size % 8, 0);
    free(ev);
}

static void the_first_value_of_a_single_field_stands(void **state) {
    (void)state;
    struct sk_event *ev = fresh(SKE_icmpv6_ra);
    sk_event_put_text(ev, SKF_icmpv6_ra_kind, "empty");
    sk_event_put_text(ev, SKF_icmpv6_ra_kind, "nat64");
    assert_field(ev, "icmpv6.ra.kind", "empty");
    assert_int_equal(ev->n_values, 1);
    free(ev);
}

static void empty_text_and_no_address_are_no_values(void **state) {
    (void)state;
    struct sk_event *ev = fresh(SKE_icmpv6_ra);
    struct sk_addr none = {.fam = 0};
    sk_event_put_text(ev, SKF_icmpv6_ra_kind, "");
    sk_event_put_bytes(ev, SKF_dhcpv4_hostname, (const uint8_t *)"", 0);
    sk_event_put_ip(ev, SKF_icmpv6_ra_rdnss, &none);
    assert_int_equal(ev->n_values, 0);
    free(ev);
}

static void bytes_from_the_network_become_text_that_is_safe_everywhere(void **state) {
    (void)state;
    struct sk_event *ev = fresh(SKE_dhcpv4_message);
    sk_event_put_bytes(ev, SKF_dhcpv4_hostname, (const uint8_t *)"pc\xff\x1b[2J\\", 8);
    assert_field(ev, "dhcpv4.hostname", "pc\\xff\\x1b[2J\\\\");
    free(ev);
}

/* Kept as they are; whoever asks for text gets text, and what came as text is one too. */
static void a_prefix_and_a_mac_are_got_as_text_and_as_what_they_are(void **state) {
    (void)state;
    struct sk_event *ev = fresh(SKE_icmpv6_ra);
    struct sk_prefix p = {.addr = rig_addr("2001:db8:0:1::"), .len = 64}, got;
    struct sk_mac mac = {{0x02, 0, 0x5e, 0, 0x53, 0xab}}, mac_got;
    uint32_t at = 0;
    sk_event_put_prefix(ev, SKF_icmpv6_ra_prefix, &p);
    sk_event_put_text(ev, SKF_icmpv6_ra_prefix, "fd00::/8");
    sk_event_put_text(ev, SKF_icmpv6_ra_prefix, "no prefix");
    sk_event_put_mac(ev, SKF_icmpv6_nd_slla, &mac);
    sk_event_put_text(ev, SKF_icmpv6_nd_tlla, "02-00-5E-00-53-AB");
    assert_field(ev, "icmpv6.ra.prefix", "2001:db8:0:1::/64,fd00::/8,no prefix");
    assert_field(ev, "icmpv6.nd.slla", "02-00-5E-00-53-AB");
    assert_true(sk_event_next_prefix(ev, SKF_icmpv6_ra_prefix, &at, &got) && memcmp(&got, &p, sizeof p) == 0);
    assert_true(sk_event_next_prefix(ev, SKF_icmpv6_ra_prefix, &at, &got) && got.len == 8 && got.addr.b[0] == 0xfd);
    assert_true(sk_event_next_prefix(ev, SKF_icmpv6_ra_prefix, &at, &got) && got.addr.fam == 0);
    assert_false(sk_event_next_prefix(ev, SKF_icmpv6_ra_prefix, &at, &got));
    assert_true(sk_event_mac(ev, SKF_icmpv6_nd_slla, &mac_got) && sk_mac_eq(&mac_got, &mac));
    assert_true(sk_event_mac(ev, SKF_icmpv6_nd_tlla, &mac_got) && sk_mac_eq(&mac_got, &mac));
    assert_false(sk_event_mac(ev, SKF_arp_sender_mac, &mac_got));
    free(ev);
}

/* One record of many values is got like as many records, alone, between others, and where there is little room. */
static void a_list_is_got_value_by_value(void **state) {
    (void)state;
    struct sk_event *ev = fresh(SKE_icmpv6_ra);
    struct sk_prefix prefix = {.addr = rig_addr("2001:db8::"), .len = 32}, got;
    unsigned n = 3, two = 2, none = 0;
    sk_event_put_int(ev, SKF_icmpv6_nd_option, 7);
    int64_t *at = sk_event_list_ints(ev, SKF_icmpv6_nd_option, &n);
    assert_non_null(at);
    assert_int_equal(n, 3);
    at[0] = 1, at[2] = INT64_MIN;
    sk_event_put_int(ev, SKF_icmpv6_nd_option, 9);
    assert_field(ev, "icmpv6.nd.option", "7,1,0,-9223372036854775808,9");
    sk_event_short *flags = sk_event_list_shorts(ev, SKF_icmpv6_ra_prefix_flags, &two);
    struct sk_prefix *prefixes = sk_event_list_prefixes(ev, SKF_icmpv6_ra_prefix, &two);
    memcpy(flags[0], "LA", 3);
    memcpy(flags[1], "1234567", 8);
    prefixes[0] = prefixes[1] = prefix;
    prefixes[1].len = 48;
    assert_field(ev, "icmpv6.ra.prefix_flags", "LA,1234567");
    assert_field(ev, "icmpv6.ra.prefix", "2001:db8::/32,2001:db8::/48");
    uint32_t where = 0;
    const void *bytes;
    size_t len;
    assert_true(sk_event_next_bytes(ev, SKF_icmpv6_ra_prefix, &where, &bytes, &len) && len == sizeof prefix &&
                memcmp(bytes, &prefix, len) == 0);
    assert_true(sk_event_next_prefix(ev, SKF_icmpv6_ra_prefix, &where, &got) && got.len == 48);
    assert_false(sk_event_next_prefix(ev, SKF_icmpv6_ra_prefix, &where, &got));
    struct sk_prefix all[3];
    int64_t ints[4];
    assert_int_equal(sk_event_prefixes(ev, SKF_icmpv6_ra_prefix, all, 3), 2);
    assert_int_equal(sk_event_prefixes(ev, SKF_icmpv6_ra_prefix, all, 1), 1);
    sk_event_put_text(ev, SKF_icmpv6_ra_prefix, "fd00::/8");
    assert_int_equal(sk_event_prefixes(ev, SKF_icmpv6_ra_prefix, all, 3), 3);
    assert_true(all[1].len == 48 && all[2].len == 8);
    assert_int_equal(sk_event_ints(ev, SKF_icmpv6_nd_option, ints, 4), 4);
    assert_true(ints[0] == 7 && ints[3] == INT64_MIN);
    assert_null(sk_event_list_ints(ev, SKF_icmpv6_nd_option, &none));
    for (n = 1000; n; n = 1000)
        if (!sk_event_list_ints(ev, SKF_icmpv6_nd_option, &n))
            break;
    assert_int_equal(n, 0);
    assert_true(ev->flags & SK_EV_OVERFLOW);
    assert_true(ev->size <= SK_EVENT_MAX && ev->size > SK_EVENT_MAX - 32);
    free(ev);
}

static void long_text_is_cut_at_a_character(void **state) {
    (void)state;
    struct sk_event *ev = fresh(SKE_dhcpv4_message);
    char text[3 * 500 + 1];
    for (unsigned i = 0; i < 500; i++)
        memcpy(text + 3 * i, "\xe9\x96\xa2", 4); /* one character of three bytes */
    sk_event_put_text(ev, SKF_dhcpv4_hostname, text);
    struct sk_value v;
    assert_true(sk_event_get(ev, NULL, SKF_dhcpv4_hostname, 0, NULL, &v));
    assert_int_equal(v.s.len, 1023);
    assert_true(sk_utf8_valid(v.s.p, v.s.len));
    free(ev);
}

static void a_full_record_says_so_and_keeps_what_it_has(void **state) {
    (void)state;
    struct sk_event *ev = fresh(SKE_icmpv6_ra);
    for (unsigned i = 0; i < 2000; i++)
        sk_event_put_int(ev, SKF_icmpv6_nd_option, i);
    assert_true(ev->flags & SK_EV_OVERFLOW);
    assert_true(ev->size <= SK_EVENT_MAX && ev->size > SK_EVENT_MAX - 32);
    struct sk_value v;
    assert_true(sk_event_get(ev, NULL, SKF_icmpv6_nd_option, ev->n_values - 1u, NULL, &v));
    assert_int_equal(v.i, ev->n_values - 1);
    free(ev);
}

static const char *file_name(void *arg, uint32_t file) {
    (void)arg;
    return file == 3 ? "day.pcapng" : NULL;
}
static const char *iface_name(void *arg, uint32_t file, uint16_t iface) {
    (void)arg, (void)file;
    return iface == 1 ? "eth1" : NULL;
}

static struct sk_event *with_head(void) {
    struct sk_event *ev = fresh(SKE_icmpv6_ra);
    ev->ts = 1732406400 * SK_SEC + 104221 * SK_USEC;
    ev->flags = SK_EV_FRAME | SK_EV_DUPLICATE | SK_EV_ICMP;
    ev->file = 3;
    ev->number = 12;
    ev->iface = 1;
    ev->src = rig_addr("fe80::bad");
    ev->dst = rig_addr("ff02::1");
    ev->smac = (struct sk_mac){{2, 0, 0, 0, 0, 0xaa}};
    ev->transport = 58;
    ev->icmp_type = 134;
    ev->n_vlan = 3;
    ev->vlan[0] = 0;
    ev->vlan[1] = 30;
    ev->vlan[2] = 31;
    return ev;
}

static void the_head_answers_like_any_other_value(void **state) {
    (void)state;
    struct sk_event *ev = with_head();
    assert_field(ev, "event.dataset", "icmpv6.ra");
    assert_field(ev, "@timestamp", "2024-11-24T00:00:00.104221Z");
    assert_field(ev, "source.ip", "fe80::bad");
    assert_field(ev, "source.mac", "02-00-00-00-00-AA");
    assert_field(ev, "destination.mac", "");
    assert_field(ev, "network.name", "unassigned");
    assert_field(ev, "network.vlan.id", "30");
    assert_field(ev, "network.inner.vlan.id", "31");
    assert_field(ev, "network.type", "ipv6");
    assert_field(ev, "network.transport", "icmpv6");
    assert_field(ev, "network.iana_number", "58");
    assert_field(ev, "source.port", "");
    assert_field(ev, "sekimori.duplicate", "true");
    assert_field(ev, "sekimori.own_traffic", "false");
    assert_field(ev, "tunnel.depth", "0");
    assert_field(ev, "sekimori.packet.number", "12");
    assert_field(ev, "sekimori.packet.file", ""); /* no names given */
    free(ev);
}

static void an_event_is_one_json_object_nested_by_dots_in_a_stable_order(void **state) {
    (void)state;
    struct sk_event *ev = with_head();
    struct sk_names names = {.file = file_name, .iface = iface_name};
    struct sk_prefix p = {.addr = rig_addr("2001:db8::"), .len = 64};
    sk_event_put_text(ev, SKF_icmpv6_ra_kind, "default-router");
    sk_event_put_text(ev, SKF_icmpv6_checksum, "ok");
    sk_event_put_int(ev, SKF_icmpv6_ra_router_lifetime, 1800);
    sk_event_put_prefix(ev, SKF_icmpv6_ra_prefix, &p);
    sk_event_put_text(ev, SKF_sekimori_effect, "accepted");
    char *line = json(ev, &names);
    assert_string_equal(
        line, "{\"@timestamp\":\"2024-11-24T00:00:00.104221Z\",\"event\":{\"dataset\":\"icmpv6.ra\"},"
              "\"source\":{\"ip\":\"fe80::bad\",\"mac\":\"02-00-00-00-00-AA\"},\"destination\":{\"ip\":\"ff02::1\"},"
              "\"network\":{\"name\":\"unassigned\",\"vlan\":{\"id\":\"30\"},\"inner\":{\"vlan\":{\"id\":\"31\"}},"
              "\"type\":\"ipv6\",\"transport\":\"icmpv6\",\"iana_number\":\"58\","
              "\"community_id\":\"1:ox99JYRLFPznLUi+qZc4jSRR7Ds=\"},\"icmp\":{\"type\":134,\"code\":0},"
              "\"tunnel\":{\"depth\":0},\"observer\":{\"ingress\":{\"interface\":{\"name\":\"eth1\"}}},"
              "\"log\":{\"file\":{\"path\":\"day.pcapng\"}},"
              "\"sekimori\":{\"packet\":{\"file\":\"day.pcapng\",\"number\":12},\"duplicate\":true,"
              "\"effect\":\"accepted\"},"
              "\"icmpv6\":{\"ra\":{\"kind\":\"default-router\",\"router_lifetime\":1800,"
              "\"prefix\":[\"2001:db8::/64\"]},\"checksum\":\"ok\"}}");
    sk_json *parsed = sk_json_parse(line, strlen(line), NULL);
    assert_non_null(parsed); /* which refuses duplicate keys */
    sk_json_free(parsed);
    free(line);
    free(ev);
}

static void every_field_is_listed_once_head_first(void **state) {
    (void)state;
    struct sk_event *ev = with_head();
    sk_event_put_int(ev, SKF_icmpv6_nd_option, 1);
    sk_event_put_text(ev, SKF_icmpv6_ra_kind, "empty");
    sk_event_put_int(ev, SKF_icmpv6_nd_option, 3);
    enum sk_field_id fields[SKF_COUNT];
    unsigned n = sk_event_fields(ev, NULL, fields);
    assert_int_equal(fields[0], SKF_timestamp);
    assert_int_equal(fields[n - 2], SKF_icmpv6_nd_option);
    assert_int_equal(fields[n - 1], SKF_icmpv6_ra_kind);
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < i; k++)
            assert_int_not_equal(fields[i], fields[k]);
    free(ev);
}

static void events_are_ordered_by_sequence_phase_and_ordinal(void **state) {
    (void)state;
    struct sk_event *a = fresh(SKE_icmpv6_ra), *b = fresh(SKE_icmpv6_ra);
    assert_int_equal(sk_event_compare(a, b), 0);
    b->sub = 1;
    assert_true(sk_event_compare(a, b) < 0);
    a->phase = 1;
    assert_true(sk_event_compare(a, b) > 0);
    b->seq = 1;
    assert_true(sk_event_compare(a, b) < 0);
    *b = *a;
    sk_event_put_text(b, SKF_icmpv6_ra_kind, "empty");
    assert_true(sk_event_compare(a, b) < 0);
    sk_event_put_text(a, SKF_icmpv6_ra_kind, "nat64");
    assert_true(sk_event_compare(a, b) > 0);
    free(a);
    free(b);
}

static void every_name_is_found_and_no_other(void **state) {
    (void)state;
    for (unsigned i = 1; i < SKF_COUNT; i++)
        assert_int_equal(sk_field_find(sk_fields[i].name, strlen(sk_fields[i].name)), i);
    for (unsigned i = 1; i < SKE_COUNT; i++)
        assert_int_equal(sk_event_type_find(sk_events[i].name, strlen(sk_events[i].name)), i);
    assert_int_equal(sk_field_find("source.i", 8), 0);
    assert_int_equal(sk_field_find("source.ipx", 10), 0);
    assert_int_equal(sk_field_find("source.ipx", 9), SKF_source_ip);
    assert_int_equal(sk_field_find("", 0), 0);
    assert_int_equal(sk_field_find("Source.ip", 9), 0);
    unsigned n = 0;
    for (const char *const *p = sk_field_names(); *p; p++, n++)
        if (n)
            assert_true(strcmp(p[-1], p[0]) < 0);
    assert_int_equal(n, SKF_COUNT - 1);
}

static void no_field_is_both_a_value_and_an_object(void **state) {
    (void)state;
    for (unsigned i = 1; i < SKF_COUNT; i++)
        for (unsigned k = 1; k < SKF_COUNT; k++) {
            size_t n = strlen(sk_fields[i].name);
            if (strncmp(sk_fields[i].name, sk_fields[k].name, n) == 0 && sk_fields[k].name[n] == '.')
                fail_msg("%s is inside %s", sk_fields[k].name, sk_fields[i].name);
        }
}

static void every_declaration_has_a_text_and_a_version(void **state) {
    (void)state;
    for (unsigned i = 1; i < SKF_COUNT; i++)
        assert_true(sk_fields[i].text[0] && sk_fields[i].since[0]);
    for (unsigned i = 1; i < SKE_COUNT; i++)
        assert_true(sk_events[i].text[0] && sk_events[i].since[0]);
    assert_string_equal(sk_field_type_name(SK_T_BOOL), "boolean");
}

/* From the published test vectors of the Community ID specification (seed 0). */
static void community_ids_equal_the_published_ones(void **state) {
    (void)state;
    static const struct {
        uint8_t transport;
        const char *src, *dst;
        uint16_t sport, dport;
        const char *id;
    } rows[] = {
        {58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
        {58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
        {58, "3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0, "1:2ObVBgIn28oZvibYZhZMBgh7WdQ="},
        {58, "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", 1, 4,
         "1:hLZd0XGWojozrvxqE0dWB1iM6R0="},
        {58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 0, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="},
        {58, "3ffe:501:0:1001::2", "3ffe:507:0:1:200:86ff:fe05:80da", 129, 0, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="},
        {58, "fe80::200:86ff:fe05:80da", "ff02::2", 133, 0, "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0="},
        {58, "fe80::260:97ff:fe07:69ea", "ff02::1", 134, 0, "1:pkvHqCL88/tg1k4cPigmZXUtL00="},
        {1, "192.168.0.89", "192.168.0.1", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
        {1, "192.168.0.1", "192.168.0.89", 0, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
        {1, "10.0.0.1", "10.0.0.2", 11, 0, "1:YHxtAirCG//0OzkcVAukqKQN9xM="},
        {6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25,
         "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
        {6, "2607:f8b0:400c:c03::1a", "2001:470:e5bf:dead:4957:2174:e82c:4887", 25, 63943,
         "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
        {132, "192.168.170.8", "192.168.170.56", 7, 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="},
        {17, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
        {46, "10.1.12.1", "10.1.12.2", 0, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sk_event *ev = fresh(SKE_icmpv6_ra);
        ev->src = rig_addr(rows[i].src);
        ev->dst = rig_addr(rows[i].dst);
        ev->transport = rows[i].transport;
        if (ev->transport == 1 || ev->transport == 58) {
            ev->flags |= SK_EV_ICMP;
            ev->icmp_type = (uint8_t)rows[i].sport;
            ev->icmp_code = (uint8_t)rows[i].dport;
        } else {
            ev->sport = rows[i].sport;
            ev->dport = rows[i].dport;
        }
        assert_field(ev, "network.community_id", rows[i].id);
        free(ev);
    }
}

/* All of them, where the corpus is there. */
static void community_ids_equal_every_vector_of_the_specification(void **state) {
    (void)state;
    const char *corpus = getenv("CORPUS");
    char path[4096];
    static char text[65536];
    snprintf(path, sizeof path, "%s/vectors/community-id/baseline_deflt.json", corpus ? corpus : "");
    FILE *f = corpus ? fopen(path, "re") : NULL;
    if (!f) {
        print_message("skipped: CORPUS is not set (folder with vectors/community-id)\n");
        skip();
    }
    size_t n = fread(text, 1, sizeof text, f);
    (void)fclose(f);
    struct sk_error err = {0};
    sk_json *all = sk_json_parse(text, n, &err);
    assert_non_null(all);
    size_t rows = sk_json_size(all);
    assert_int_equal(rows, 23);
    for (size_t i = 0; i < rows; i++) {
        const sk_json *row = sk_json_item(all, i);
        const char *src = sk_json_get_text(row, "saddr"), *dst = sk_json_get_text(row, "daddr");
        struct sk_event *ev = fresh(SKE_flow_state);
        int64_t sport = sk_json_get_int(row, "sport", 0), dport = sk_json_get_int(row, "dport", 0);
        assert_true(sk_addr_parse(src, strlen(src), &ev->src) && sk_addr_parse(dst, strlen(dst), &ev->dst));
        ev->transport = (uint8_t)sk_json_get_int(row, "proto", 0);
        ev->sport = (uint16_t)sport, ev->dport = (uint16_t)dport;
        ev->icmp_type = (uint8_t)sport, ev->icmp_code = (uint8_t)dport;
        ev->flags |= SK_EV_ICMP;
        assert_field(ev, "network.community_id", sk_json_get_text(row, "communityid"));
        free(ev);
    }
    sk_json_free(all);
}

static void what_is_not_known_has_no_community_id(void **state) {
    (void)state;
    struct sk_event *ev = fresh(SKE_icmpv6_ra);
    ev->src = rig_addr("10.0.0.1");
    ev->dst = rig_addr("10.0.0.2");
    ev->transport = 17; /* a later fragment: no ports */
    assert_field(ev, "network.community_id", "");
    ev->transport = 1; /* the same of a ping: its type is not known, and not 0 */
    assert_field(ev, "network.community_id", "");
    assert_field(ev, "icmp.type", "");
    ev->transport = 17;
    ev->sport = 1;
    ev->dst.fam = 0;
    assert_field(ev, "network.community_id", "");
    free(ev);
}

/* Walking a field gives what asking for each of its values gives. */
static void walking_a_field_gives_its_values(void **state) {
    (void)state;
    static const enum sk_field_id fields[] = {SKF_icmpv6_ra_flags, SKF_icmpv6_ra_mtu, SKF_icmpv6_nd_option,
                                              SKF_icmpv6_ra_rdnss, SKF_source_ip,     SKF_network_name};
    struct sk_event *ev = calloc(1, SK_EVENT_MAX);
    assert_non_null(ev);
    for (unsigned round = 0; round < 64; round++) {
        sk_event_init(ev, SKE_icmpv6_ra);
        ev->src = (struct sk_addr){.fam = round & 1 ? 6 : 0};
        for (unsigned i = 0; i < 12; i++) {
            struct sk_addr a = {.fam = 6, .b = {0x20, (uint8_t)i}};
            unsigned what = (i * 7 + round * (i + 3)) % 5;
            if (what == 0)
                sk_event_put_text(ev, SKF_icmpv6_ra_flags, i & 1 ? "M" : "other");
            else if (what == 1)
                sk_event_put_int(ev, SKF_icmpv6_nd_option, i);
            else if (what == 2)
                sk_event_put_ip(ev, SKF_icmpv6_ra_rdnss, &a);
            else if (what == 3)
                sk_event_put_int(ev, SKF_icmpv6_ra_mtu, i);
        }
        for (unsigned f = 0; f < sizeof fields / sizeof fields[0]; f++) {
            char scratch[2][SK_EVENT_SCRATCH], text[2][SK_EVENT_TEXT_MAX + 1];
            struct sk_value v[2];
            uint32_t at = 0;
            unsigned k = 0;
            while (sk_event_next(ev, NULL, fields[f], &at, scratch[0], &v[0])) {
                assert_true(sk_event_get(ev, NULL, fields[f], k++, scratch[1], &v[1]));
                assert_string_equal(sk_value_text(&v[0], text[0], sizeof text[0]),
                                    sk_value_text(&v[1], text[1], sizeof text[1]));
            }
            assert_false(sk_event_get(ev, NULL, fields[f], k, scratch[1], &v[1]));
            assert_int_equal(sk_event_has(ev, NULL, fields[f]), k > 0);
        }
    }
    free(ev);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_that_was_put_is_got_back),
        cmocka_unit_test(the_first_value_of_a_single_field_stands),
        cmocka_unit_test(empty_text_and_no_address_are_no_values),
        cmocka_unit_test(bytes_from_the_network_become_text_that_is_safe_everywhere),
        cmocka_unit_test(a_prefix_and_a_mac_are_got_as_text_and_as_what_they_are),
        cmocka_unit_test(a_list_is_got_value_by_value),
        cmocka_unit_test(long_text_is_cut_at_a_character),
        cmocka_unit_test(a_full_record_says_so_and_keeps_what_it_has),
        cmocka_unit_test(the_head_answers_like_any_other_value),
        cmocka_unit_test(an_event_is_one_json_object_nested_by_dots_in_a_stable_order),
        cmocka_unit_test(every_field_is_listed_once_head_first),
        cmocka_unit_test(events_are_ordered_by_sequence_phase_and_ordinal),
        cmocka_unit_test(every_name_is_found_and_no_other),
        cmocka_unit_test(no_field_is_both_a_value_and_an_object),
        cmocka_unit_test(every_declaration_has_a_text_and_a_version),
        cmocka_unit_test(community_ids_equal_the_published_ones),
        cmocka_unit_test(community_ids_equal_every_vector_of_the_specification),
        cmocka_unit_test(what_is_not_known_has_no_community_id),
        cmocka_unit_test(walking_a_field_gives_its_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
