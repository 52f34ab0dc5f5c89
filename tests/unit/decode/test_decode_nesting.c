/* SPDX-License-Identifier: Apache-2.0 */
/** Random nesting of all encapsulations: the stack read is the stack written; and the budgets. */
#include "frame_link.h"

#include "layers_check.h"

static struct frame f;
static struct sk_layers l;

/** SplitMix64: the same frames on every machine. */
static uint64_t state64;
static uint32_t below(uint32_t n) {
    uint64_t z = (state64 += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ z >> 31) % n);
}

static unsigned depth; /* tunnels written around what is there */

static void some_ip(void) {
    if (below(2)) {
        static const struct {
            enum sk_proto p;
            unsigned number;
        } ext[] = {{SKP_DSTOPTS, 60}, {SKP_ROUTING, 43}, {SKP_DSTOPTS, 60}, {SKP_HOPOPTS, 0}};
        bool walks = f.ipproto >= 0;
        for (size_t i = 0; i < 4 && walks; i++)
            if (below(4) == 0)
                wrap_ext(&f, ext[i].p, ext[i].number, below(3));
        if (walks && below(4) == 0)
            wrap_fragment(&f, 0, below(2), below(1000));
        wrap_ipv6(&f, below(1000), below(1000));
    } else {
        wrap_ipv4(&f, below(1u << 31), 0x0a000000 | below(1u << 20), 4 * below(11));
    }
}
static void some_tags(void) {
    static const unsigned tpids[] = {0x8100, 0x88a8, 0x9100, 0x9200};
    for (unsigned n = below(3); n > 0; n--)
        wrap_vlan(&f, tpids[below(4)], 1 + below(4000));
}
/** An 802.11 frame of any form, with what a receiver says in front of it. */
static void some_wlan(void) {
    bool qos = below(3), amsdu = qos && below(3) == 0;
    wrap_snap(&f);
    if (amsdu)
        wrap_amsdu(&f);
    wrap_wlan(&f, below(4), qos, qos && below(3) == 0, amsdu);
}
/** Whatever names its payload by EtherType, up to and with Ethernet. */
static void some_ethernet(void) {
    if (below(12) == 0)
        wrap_arista(&f, below(2));
    if (below(6) == 0)
        wrap_snap(&f);
    else if (below(8) == 0)
        wrap_macsec(&f, below(2));
    some_tags();
    wrap_ether(&f);
    if (below(10) == 0) {
        wrap_pbb(&f, below(1u << 24));
        some_tags();
        wrap_ether(&f);
    }
}
static void some_ppp(void) { wrap_ppp(&f, below(2), below(2)); }
static void in_udp(unsigned port) {
    if (below(2))
        wrap_udp(&f, 1024 + below(400), port);
    else
        wrap_udp(&f, port, 1024 + below(400));
}
static void some_mpls(void) {
    wrap_mpls(&f, below(1u << 20), true);
    for (unsigned n = below(3); n > 0; n--)
        wrap_mpls(&f, below(1u << 20), false);
}

/** What a session carries has no name in the header: only what proves itself is read back. */
static void some_l2tpv3(void) {
    bool udp = below(2);
    switch (below(4)) {
    case 0:
        some_tags();
        wrap_ether(&f);
        break;
    case 1:
        wrap_ppp(&f, below(2), false);
        break;
    case 2:
        wrap_chdlc(&f);
        break;
    default:
        break;
    }
    wrap_l2tpv3(&f, udp, 4 * below(3), below(2), 1 + below(1000));
    if (udp)
        in_udp(1701);
}

/** The frame begins with an IP header: put one tunnel around it, up to and with the next IP header. */
static void some_tunnel(void) {
    switch (below(22)) {
    case 0: /* protocol 4 or 41 */
        break;
    case 1:
        wrap_gre(&f, below(2), below(2), below(2), below(1000));
        break;
    case 2:
        some_ethernet();
        wrap_gre(&f, below(2), true, below(2), 1 + below(1000));
        break;
    case 3:
        if (f.b[f.at] >> 4 == 4) { /* Teredo carries IPv6 only */
            wrap_ipv6(&f, 1, 2);
            depth++;
        }
        wrap_teredo(&f, below(2), below(2));
        in_udp(3544);
        break;
    case 4:
        some_ethernet();
        wrap_vxlan(&f, below(1u << 24));
        in_udp(4789);
        break;
    case 5:
        if (below(2))
            some_ethernet();
        wrap_geneve(&f, below(1u << 24), below(10));
        in_udp(6081);
        break;
    case 6:
        wrap_gtpu(&f, below(1u << 31), below(2), below(3));
        in_udp(2152);
        break;
    case 7:
        some_ethernet();
        wrap_etherip(&f);
        break;
    case 8:
        some_ethernet();
        wrap_erspan(&f, 1 + below(2), below(2));
        wrap_gre(&f, false, false, true, 0);
        break;
    case 9:
        some_ppp();
        wrap_l2tp(&f, below(2), below(2), below(2));
        in_udp(1701);
        break;
    case 10:
        wrap_ayiya(&f);
        in_udp(5072);
        break;
    case 11:
        some_mpls();
        break;
    case 12:
        some_mpls();
        in_udp(6635);
        break;
    case 13:
        wrap_lisp(&f, below(1u << 24));
        in_udp(4341);
        break;
    case 14:
        if (below(2)) {
            some_wlan();
            if (below(4) == 0) {
                wrap_lwapp(&f, 0);
                in_udp(12222);
                break;
            }
            wrap_capwap(&f, true, below(4));
        } else {
            some_ethernet();
            wrap_capwap(&f, false, below(4));
        }
        in_udp(5247);
        break;
    case 15:
        some_l2tpv3();
        break;
    case 16: /* TSP: IPv6 at once */
        if (f.b[f.at] >> 4 == 4) {
            wrap_ipv6(&f, 1, 2);
            depth++;
        }
        in_udp(3653);
        break;
    case 17:
        some_ethernet();
        wrap_tzsp(&f, 1, below(3), below(4));
        in_udp(37008);
        break;
    case 18: /* foo-over-UDP: IPv4, which proves itself */
        if (f.b[f.at] >> 4 == 6) {
            wrap_ipv4(&f, 1, 2, 0);
            depth++;
        }
        in_udp(20000 + below(1000));
        break;
    case 19:
        wrap_gue(&f, below(4));
        in_udp(6080);
        break;
    case 20:
        if (below(2))
            some_ethernet();
        wrap_gre(&f, below(2), below(2), below(2), 1 + below(1000));
        in_udp(4754);
        break;
    default:
        some_ppp();
        wrap_gre(&f, false, false, false, 0);
        break;
    }
    some_ip();
    depth++;
}

/** The outermost header or headers, for something that has an EtherType. */
static unsigned some_link(void) {
    unsigned linktype = LINK_ETHERNET;
    bool ip = f.ethertype == 0x0800 || f.ethertype == 0x86dd;
    switch (below(ip ? 16 : 11)) {
    case 0:
        some_wlan();
        linktype = LINK_IEEE80211;
        if (below(2))
            linktype = wrap_radiotap(&f, 1 + below(3), below(2), 0);
        break;
    case 1:
        wrap_snap(&f);
        linktype = wrap_fddi(&f);
        break;
    case 2:
        wrap_snap(&f);
        linktype = wrap_tokenring(&f, 2 * below(9));
        break;
    case 3:
        linktype = wrap_ipoib(&f);
        break;
    case 4:
        some_ethernet();
        linktype = wrap_juniper(&f, below(20), false);
        break;
    case 5:
        wrap_snap(&f);
        linktype = LINK_CLIP;
        break;
    case 6:
        linktype = wrap_dsa(&f, below(2), below(4096));
        break;
    case 7:
        linktype = wrap_brcm(&f, false);
        break;
    case 11:
        linktype = wrap_arcnet(&f, below(2), f.ethertype == 0x0800 && below(2), below(2));
        break;
    case 12:
        linktype = wrap_ipnet(&f);
        break;
    case 13:
        linktype = wrap_nflog(&f, f.ethertype == 0x0800 ? 2 : 10, below(2), below(2));
        break;
    case 14:
        linktype = wrap_juniper(&f, below(20), true);
        break;
    case 15:
        linktype = below(2) ? LINK_CLIP : LINK_RAW;
        break;
    default:
        some_ethernet();
        break;
    }
    if (linktype != LINK_IPNET && linktype != LINK_NFLOG && below(6) == 0)
        linktype = wrap_ppi(&f, linktype, below(2), 0);
    if (below(8) == 0)
        linktype = wrap_pktap(&f, linktype, 0);
    return linktype;
}

static unsigned link_of_frame;

static unsigned build(unsigned tunnels) {
    frame_begin(&f);
    depth = 0;
    switch (below(4)) {
    case 0:
        wrap_tcp(&f, below(65536), 1 + below(1000), 4 * below(11));
        break;
    case 1:
        frame_room(&f, below(100));
        wrap_udp(&f, 20000 + below(100), 20000 + below(100));
        break;
    case 2:
        break;
    default:
        wrap_ah(&f);
        break;
    }
    some_ip();
    while (depth < tunnels)
        some_tunnel();
    switch (below(4)) {
    case 0:
        some_ppp();
        wrap_pppoe(&f, below(65536));
        break;
    case 1:
        some_mpls();
        break;
    default:
        break;
    }
    link_of_frame = some_link();
    return depth;
}

/** What was written is within the decoder's limits. */
static bool fits(void) {
    unsigned layers = 0, ips = 0, ext = 0;
    for (unsigned i = 0; i < f.n; i++) {
        enum sk_proto p = (enum sk_proto)f.expect[i];
        bool is_ext = p == SKP_DSTOPTS || p == SKP_ROUTING || p == SKP_HOPOPTS || p == SKP_FRAGMENT || p == SKP_AH;
        layers += !is_ext;
        ext += is_ext;
        ips += p == SKP_IPV4 || p == SKP_IPV6;
    }
    return depth <= SK_TUNNELS_MAX && layers <= SK_LAYERS_MAX && ips <= SK_IPS_MAX && ext <= SK_EXT_TOTAL;
}

static void whatever_is_nested_is_read_back(void **state) {
    (void)state;
    unsigned full = 0;
    for (unsigned seed = 1; seed <= 20000; seed++) {
        state64 = seed;
        unsigned tunnels = build(below(9));
        if (!fits())
            continue;
        full += tunnels == SK_TUNNELS_MAX;
        decode_frame(&f, link_of_frame, &l);
        unsigned same = 0;
        while (same < l.n && same < f.n && l.at[same].proto == f.expect[f.n - 1 - same])
            same++;
        if (same != f.n || l.n != f.n) {
            print_message("seed %u\n", seed);
            expect_written(&f, &l);
        }
        assert_int_equal(l.depth, tunnels);
        const char *wrong = sk_layers_wrong(&(struct sk_packet){.caplen = (uint32_t)frame_len(&f)}, &l);
        if (wrong)
            fail_msg("seed %u: %s", seed, wrong);
        if (l.anomalies & ~(AN(EXT_ORDER) | AN(UPPER_UNKNOWN)))
            fail_msg("seed %u: anomalies %llx", seed, (unsigned long long)l.anomalies);
    }
    assert_true(full > 500); /* eight deep, of everything */
}

static void whatever_is_nested_may_be_cut_anywhere(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 300; seed++) {
        state64 = seed * 1000003;
        (void)build(below(5));
        const char *wrong = sk_layers_sweep(frame_bytes(&f), frame_len(&f), (uint16_t)link_of_frame);
        if (wrong)
            fail_msg("seed %u: %s", seed, wrong);
    }
}

static void whatever_is_nested_may_be_damaged_anywhere(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 40000; seed++) {
        state64 = seed * 7919;
        (void)build(below(5));
        for (unsigned n = 1 + below(6); n > 0; n--)
            frame_bytes(&f)[below((uint32_t)frame_len(&f))] = (uint8_t)below(256);
        struct sk_packet p = {.data = frame_bytes(&f),
                              .caplen = (uint32_t)frame_len(&f),
                              .wirelen = (uint32_t)frame_len(&f),
                              .linktype = (uint16_t)link_of_frame};
        sk_decode(&p, &l);
        const char *wrong = sk_layers_wrong(&p, &l);
        if (wrong)
            fail_msg("seed %u: %s", seed, wrong);
    }
}

static void eight_tunnels_are_decoded_and_a_ninth_is_named(void **state) {
    (void)state;
    for (unsigned n = 8; n <= 9; n++) {
        frame_begin(&f);
        wrap_tcp(&f, 1, 2, 0);
        wrap_ipv6(&f, 1, 2);
        for (unsigned i = 0; i < n; i++)
            wrap_ipv6(&f, 1, 2);
        wrap_ether(&f);
        decode_frame(&f, 1, &l);
        assert_int_equal(l.depth, 8);
        assert_int_equal(l.n_ip, 9);
        assert_int_equal(l.n, n == 8 ? 11 : 10);
        expect_only(&l, n == 8 ? 0 : AN(TUNNEL_LIMIT));
        assert_null(sk_layers_sweep(frame_bytes(&f), frame_len(&f), 1));
    }
}

static void nine_ip_headers_and_the_one_an_error_quotes_have_room(void **state) {
    (void)state;
    frame_begin(&f);
    wrap_udp(&f, 1, 2);
    wrap_ipv6(&f, 1, 2);
    wrap_icmpv6(&f, 1, 0);
    for (unsigned i = 0; i < 9; i++)
        wrap_ipv6(&f, 1, 2);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, 0);
    assert_int_equal(l.n_ip, SK_IPS_MAX);
    assert_int_equal(l.depth, 8);
}

static void forty_eight_layers_are_decoded_and_one_more_is_named(void **state) {
    (void)state;
    for (unsigned n = 48; n <= 49; n++) {
        frame_begin(&f);
        wrap_tcp(&f, 1, 2, 0);
        wrap_ipv6(&f, 1, 2);
        for (unsigned i = 0; i < n - 3; i++)
            wrap_mpls(&f, i, i == 0);
        wrap_ether(&f);
        decode_frame(&f, 1, &l);
        assert_int_equal(l.n, 48);
        expect_only(&l, n == 48 ? 0 : AN(LAYER_LIMIT));
        assert_null(sk_layers_sweep(frame_bytes(&f), frame_len(&f), 1));
    }
}

static void extension_headers_are_counted_apart_from_layers(void **state) {
    (void)state;
    frame_begin(&f);
    wrap_tcp(&f, 1, 2, 0);
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned k = 0; k < 16; k++)
            wrap_ext(&f, SKP_DSTOPTS, 60, 0);
        wrap_ipv6(&f, 1, 2);
    }
    for (unsigned i = 0; i < 48 - 5; i++)
        wrap_mpls(&f, i, i == 0);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    assert_int_equal(l.n, SK_AT_MAX);
    expect_only(&l, AN(EXT_ORDER));
    wrap_ipv6(&f, 1, 2); /* not an outer of anything: only shows that a longer stack stays inside at[] */
    wrap_ext(&f, SKP_DSTOPTS, 60, 0);
    decode_frame(&f, 229, &l);
    assert_true(l.n <= SK_AT_MAX);
}

static void the_forty_ninth_extension_header_is_named(void **state) {
    (void)state;
    frame_begin(&f);
    wrap_tcp(&f, 1, 2, 0);
    wrap_ext(&f, SKP_DSTOPTS, 60, 0);
    wrap_ipv6(&f, 1, 2);
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned k = 0; k < 16; k++)
            wrap_ext(&f, SKP_DSTOPTS, 60, 0);
        wrap_ipv6(&f, 1, 2);
    }
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_only(&l, AN(EXT_ORDER) | AN(EXT_LIMIT));
    assert_int_equal(l.n, 1 + 3 * 17 + 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_nested_is_read_back),
        cmocka_unit_test(whatever_is_nested_may_be_cut_anywhere),
        cmocka_unit_test(whatever_is_nested_may_be_damaged_anywhere),
        cmocka_unit_test(eight_tunnels_are_decoded_and_a_ninth_is_named),
        cmocka_unit_test(nine_ip_headers_and_the_one_an_error_quotes_have_room),
        cmocka_unit_test(forty_eight_layers_are_decoded_and_one_more_is_named),
        cmocka_unit_test(extension_headers_are_counted_apart_from_layers),
        cmocka_unit_test(the_forty_ninth_extension_header_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
