/* SPDX-License-Identifier: Apache-2.0 */
/* IP packets inside payloads of no known protocol: how often, where, and what is not taken for one. */
#include "rig.h"

#define HOST "10.0.0.5"
#define PEER "203.0.113.7"

static uint8_t serial; /* of the next packet: equal ones are copies that a mirror made */
static struct bytes inner(bool six, bool up) {
    struct bytes m = rig_hex("80 00 0000 0001 0001 01020304");
    m.b[7] = serial;
    if (six)
        return up ? rig_ip6("2001:db8::1", "2001:db8::2", 64, 58, &m)
                  : rig_ip6("2001:db8::2", "2001:db8::1", 64, 58, &m);
    return up ? rig_ip4("192.168.7.2", "192.0.2.80", 1, &m) : rig_ip4("192.0.2.80", "192.168.7.2", 1, &m);
}

static struct bytes ports(bool tcp, bool up, uint8_t flags, const struct bytes *m) {
    struct bytes head = rig_hex("9c40 8235 00000001 00000001 5000 ffff 0000 0000");
    if (!tcp)
        return up ? rig_udp(40000, 33333, m) : rig_udp(33333, 40000, m);
    uint8_t swap[4] = {0x82, 0x35, 0x9c, 0x40};
    if (!up)
        memcpy(head.b, swap, 4);
    head.b[13] = flags;
    return rig_join(&head, m);
}

/* n bytes, the packet, then what follows it. */
static void send(struct rig *r, bool tcp, bool six, bool up, size_t n, size_t tail) {
    struct bytes m = {.n = n}, in = inner(six, up), end = {.n = tail};
    memset(m.b, 0x11, n);
    m = rig_join(&m, &in);
    m = rig_join(&m, &end);
    struct bytes t = ports(tcp, up, 0x18, &m),
                 f = up ? rig_ip4(HOST, PEER, tcp ? 6 : 17, &t) : rig_ip4(PEER, HOST, tcp ? 6 : 17, &t);
    f = rig_eth(0x0800, &f);
    rig_frame(r, f.b, f.n);
    serial++;
}

static bool doubled; /* each packet of the first direction twice */
static unsigned after(bool tcp, bool six, size_t off, size_t tail, unsigned out, unsigned back) {
    struct rig *r = rig_new();
    for (unsigned i = 0; i < out; i++) {
        send(r, tcp, six, true, off, tail);
        if (doubled)
            serial--, send(r, tcp, six, true, off, tail);
    }
    for (unsigned i = 0; i < back; i++)
        send(r, tcp, six, false, off, tail);
    unsigned n = rig_count(r, SKE_tunnel_state);
    if (n) {
        const struct sk_event *ev = rig_event(r, SKE_tunnel_state, 0);
        char text[8];
        snprintf(text, sizeof text, "%zu", off);
        assert_field(ev, "tunnel.kind", "unknown");
        assert_field(ev, "tunnel.offset", text);
        assert_field(ev, "tunnel.inside.ip", HOST);
        assert_field(ev, "tunnel.confirmed", "two-way");
        assert_field(ev, "sekimori.certainty", "heuristic");
        assert_field(ev, "tunnel.inner.source.ip", six ? "2001:db8::1" : "192.168.7.2");
        rig_flush(r, 2000 * SK_SEC);
        assert_int_equal(rig_count(r, SKE_tunnel_state), n + 1);
    } else {
        rig_flush(r, 2000 * SK_SEC);
        assert_int_equal(rig_count(r, SKE_tunnel_state), 0); /* what was not told has no end */
    }
    rig_free(r);
    return n;
}

static void five_packets_of_both_directions_at_one_offset(void **state) {
    (void)state;
    for (unsigned tcp = 0; tcp < 2; tcp++) {
        for (unsigned six = 0; six < 2; six++) {
            for (size_t off = 1; off <= 32; off++)
                assert_int_equal(after(tcp, six, off, 0, 3, 2), 1);
            assert_int_equal(after(tcp, six, 4, 0, 8, 5), 1);
            assert_int_equal(after(tcp, six, 4, 0, 2, 2), 0);
            assert_int_equal(after(tcp, six, 4, 0, 9, 0), 0);
            assert_int_equal(after(tcp, six, 33, 0, 9, 9), 0);
            assert_int_equal(after(tcp, six, 4, 1, 9, 9), 0); /* does not end where the payload ends */
        }
        doubled = true;
        assert_int_equal(after(tcp, false, 4, 0, 2, 2), 0); /* copies are no packets of their own */
        assert_int_equal(after(tcp, false, 4, 0, 3, 2), 1);
        doubled = false;
        assert_int_equal(after(true, tcp, 0, 0, 3, 2), 1); /* in UDP that is foo-over-UDP */
    }
}

static void at_another_offset_each_time_is_chance(void **state) {
    (void)state;
    struct rig *r = rig_new();
    for (size_t i = 0; i < 20; i++)
        send(r, false, true, i % 2 == 0, 1 + i, 0);
    assert_int_equal(rig_count(r, SKE_tunnel_state), 0);
    rig_free(r);
}

static void random_payloads_are_none(void **state) {
    (void)state;
    enum { PAYLOADS = 200000, LONGEST = 300 };
    static uint8_t b[LONGEST];
    uint64_t x = 88172645463325252u;
    unsigned hits = 0;
    for (unsigned k = 0; k < PAYLOADS; k++) {
        for (size_t i = 0; i < LONGEST; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            b[i] = (uint8_t)x;
        }
        uint32_t n = 48 + (uint32_t)(x >> 40) % (LONGEST - 48);
        hits += sk_find_ip(sk_cur_of(b, n), n, 0) >= 0;
    }
    assert_in_range(hits, 0, 10);
}

/* An IPv4 header with its sum, that says it is `total` long. */
static void put_header(uint8_t *b, uint32_t total) {
    struct bytes h = rig_hex("4500000000010000 4006 0000 0a000001 0a000002");
    h.b[2] = (uint8_t)(total >> 8);
    h.b[3] = (uint8_t)total;
    uint32_t sum = 0;
    for (unsigned i = 0; i < 20; i += 2)
        sum += (uint32_t)h.b[i] << 8 | h.b[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~(sum + (sum >> 16)) & 0xffff;
    h.b[10] = (uint8_t)(sum >> 8);
    h.b[11] = (uint8_t)sum;
    memcpy(b, h.b, 20);
}

/* In payloads of every length, at every offset: found there, and nowhere where the length is another. */
static void ip_is_found_at_every_offset_of_every_length(void **state) {
    (void)state;
    enum { LONGEST = 130 };
    for (uint32_t wire = 20; wire <= LONGEST; wire++)
        for (uint32_t off = 0; off <= SK_FIND_IP_MOST && off + 20 <= wire; off++) {
            uint8_t *b = calloc(1, wire); /* its end is watched by the sanitizer */
            put_header(b + off, wire - off);
            assert_int_equal(sk_find_ip(sk_cur_of(b, wire), wire, 0), off);
            put_header(b + off, wire - off + 1); /* its own bytes may look like a header of version 6 */
            assert_int_not_equal(sk_find_ip(sk_cur_of(b, wire), wire, 0), off);
            memset(b, 0, wire);
            if (off + 40 <= wire) {
                b[off] = 0x60;
                b[off + 5] = (uint8_t)(wire - off - 40);
                b[off + 6] = 6;
                b[off + 8] = 0xfd;
                b[off + 39] = 1;
                assert_int_equal(sk_find_ip(sk_cur_of(b, wire), wire, 0), off);
                b[off + 5]++;
                assert_int_equal(sk_find_ip(sk_cur_of(b, wire), wire, 0), -1);
            }
            free(b);
        }
}

static void a_cut_frame_says_no_more(void **state) {
    (void)state;
    struct bytes m = rig_hex("11111111"), in = inner(true, true);
    m = rig_join(&m, &in);
    struct bytes t = ports(false, true, 0, &m), f = rig_ip4(HOST, PEER, 17, &t);
    f = rig_eth(0x0800, &f);
    rig_sweep(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_packets_of_both_directions_at_one_offset),
        cmocka_unit_test(at_another_offset_each_time_is_chance),
        cmocka_unit_test(random_payloads_are_none),
        cmocka_unit_test(ip_is_found_at_every_offset_of_every_length),
        cmocka_unit_test(a_cut_frame_says_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
