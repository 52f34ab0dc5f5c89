/* SPDX-License-Identifier: Apache-2.0 */
/* mDNS, LLMNR, NetBIOS: who says that a name is its own. */
#include "rig.h"

static struct bytes udp4(uint16_t port, const char *hex) {
    struct bytes m = rig_hex(hex), udp = rig_udp(port, port, &m), ip = rig_ip4("10.0.0.5", "224.0.0.251", 17, &udp);
    return rig_eth(0x0800, &ip);
}
static unsigned told(struct rig *r, const struct bytes *f) {
    rig_clear(r);
    rig_frame(r, f->b, f->n);
    return rig_count(r, SKE_name_claim);
}

#define HEAD       "0000 8400 0000 0002 0000 0000"
#define MAC_LOCAL  "03 4d6163 05 6c6f63616c 00"
#define A_RECORD   "0001 8001 00000078 0004 0a000005"
#define DEVICEINFO "03 4d6163 0c 5f6465766963652d696e666f 04 5f746370 05 6c6f63616c 00"

static void an_mdns_response_tells_host_addresses_and_model(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = udp4(5353, HEAD MAC_LOCAL A_RECORD DEVICEINFO "0010 0001 00000078 000a 09 6d6f64656c3d4d6907");
    assert_int_equal(told(r, &f), 1);
    const struct sk_event *ev = rig_event(r, SKE_name_claim, 0);
    assert_field(ev, "name.claim.protocol", "mdns");
    assert_field(ev, "name.claim.name", "mac.local");
    assert_field(ev, "name.claim.ip", "10.0.0.5");
    assert_field(ev, "name.claim.model", "Mi\\x07");
    assert_field(ev, "sekimori.effect", "accepted");
    f.b[24] ^= 1; /* the checksum of the IPv4 header no longer holds */
    assert_int_equal(told(r, &f), 1);
    assert_field(rig_event(r, SKE_name_claim, 0), "sekimori.effect", "ignored-by-rfc");
    rig_free(r);
}

static void each_host_of_a_response_is_told_up_to_a_budget(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = udp4(5353, "0000 8400 0000 0006 0000 0000"
                                "01 61 05 6c6f63616c 00" A_RECORD "01 62 05 6c6f63616c 00" A_RECORD
                                "01 61 05 6c6f63616c 00" A_RECORD "01 63 05 6c6f63616c 00" A_RECORD
                                "01 64 05 6c6f63616c 00" A_RECORD "01 65 05 6c6f63616c 00" A_RECORD);
    assert_int_equal(told(r, &f), 4);
    assert_field(rig_event(r, SKE_name_claim, 1), "name.claim.name", "b.local");
    rig_free(r);
}

static void questions_goodbyes_and_names_of_elsewhere_claim_nothing(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = udp4(5353, "0000 0000 0001 0000 0000 0000" MAC_LOCAL "00ff 0001");
    assert_int_equal(told(r, &f), 0);
    f = udp4(5353, "0000 8400 0000 0001 0000 0000" MAC_LOCAL "0001 8001 00000000 0004 0a000005"); /* TTL 0 */
    assert_int_equal(told(r, &f), 0);
    f = udp4(5353, "0000 8400 0000 0001 0000 0000 03 777777 07 6578616d706c65 00" A_RECORD);
    assert_int_equal(told(r, &f), 0);
    f = udp4(5353, "0000 8400 0000 0001 0000 0000" MAC_LOCAL "0001 8001 00000078 0003 0a0000"); /* no address */
    assert_int_equal(told(r, &f), 0);
    rig_free(r);
}

static void an_llmnr_response_tells_the_name_that_was_asked_for(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f =
        udp4(5355, "1234 8000 0001 0001 0000 0000 03 504331 00 0001 0001 c00c 0001 0001 0000001e 0004 0a000005");
    assert_int_equal(told(r, &f), 1);
    const struct sk_event *ev = rig_event(r, SKE_name_claim, 0);
    assert_field(ev, "name.claim.protocol", "llmnr");
    assert_field(ev, "name.claim.name", "pc1");
    assert_field(ev, "name.claim.ip", "10.0.0.5");
    f = udp4(5355, "1234 0000 0001 0000 0000 0000 03 504331 00 0001 0001");
    assert_int_equal(told(r, &f), 0);
    rig_free(r);
}

/* A name as RFC 1001 14.1 spells it, in hexadecimal. */
static const char *spelt(const char *name, unsigned suffix) {
    static char hex[80];
    size_t n = (size_t)snprintf(hex, sizeof hex, "20");
    for (size_t i = 0; i < 16; i++) {
        unsigned octet = i == 15 ? suffix : i < strlen(name) ? (unsigned char)name[i] : ' ';
        n += (size_t)snprintf(hex + n, sizeof hex - n, "%02x%02x", 'A' + (octet >> 4), 'A' + (octet & 15));
    }
    snprintf(hex + n, sizeof hex - n, "00");
    return hex;
}
static struct bytes registration(const char *head, const char *name, unsigned suffix, const char *flags) {
    char hex[512];
    snprintf(hex, sizeof hex, "1234 %s 0001 0000 0000 0001 %s 0020 0001 c00c 0020 0001 000493e0 0006 %s 0a000005", head,
             spelt(name, suffix), flags);
    return udp4(137, hex);
}

static void a_netbios_registration_is_a_claim_but_not_of_a_group_or_a_service(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = registration("2910", "PC-1", 0x00, "0000");
    assert_int_equal(told(r, &f), 1);
    const struct sk_event *ev = rig_event(r, SKE_name_claim, 0);
    assert_field(ev, "name.claim.protocol", "nbns");
    assert_field(ev, "name.claim.message", "registration");
    assert_field(ev, "name.claim.name", "pc-1");
    assert_field(ev, "name.claim.ip", "10.0.0.5");
    f = registration("4000", "PC-1", 0x20, "0000"); /* refresh */
    assert_int_equal(told(r, &f), 1);
    f = registration("2910", "OFFICE", 0x00, "8000"); /* group */
    assert_int_equal(told(r, &f), 0);
    f = registration("2910", "OFFICE", 0x1b, "0000"); /* domain master browser */
    assert_int_equal(told(r, &f), 0);
    f = registration("0110", "PC-1", 0x00, "0000"); /* a question */
    assert_int_equal(told(r, &f), 0);
    rig_free(r);
}

static void netbios_answers_tell_the_name_of_who_answers(void **state) {
    (void)state;
    struct rig *r = rig_new();
    char hex[512];
    snprintf(hex, sizeof hex, "1234 8500 0000 0001 0000 0000 %s 0020 0001 000493e0 000c 0000 0a000005 0000 0a000006",
             spelt("FILES", 0x20));
    struct bytes f = udp4(137, hex);
    assert_int_equal(told(r, &f), 1);
    assert_field(rig_event(r, SKE_name_claim, 0), "name.claim.message", "response");
    assert_field(rig_event(r, SKE_name_claim, 0), "name.claim.name", "files");
    snprintf(hex, sizeof hex,
             "1234 8400 0000 0001 0000 0000 %s 0021 0001 00000000 0025 02 4f4646494345202020202020202020 00 8400 "
             "4f4c442d5850202020202020202020 00 0400",
             spelt("*", 0x00));
    f = udp4(137, hex);
    assert_int_equal(told(r, &f), 1);
    assert_field(rig_event(r, SKE_name_claim, 0), "name.claim.message", "status");
    assert_field(rig_event(r, SKE_name_claim, 0), "name.claim.name", "old-xp");
    f = registration("8583", "FILES", 0x20, "0000"); /* no such name */
    assert_int_equal(told(r, &f), 0);
    rig_free(r);
}

static void what_hosts_ask_their_neighbours_for_is_told(void **state) {
    (void)state;
    static const struct {
        uint16_t port;
        const char *hex, *protocol, *name, *type;
    } rows[] = {
        {5355, "0009 0000 0001 0000 0000 0000 06 697361746170 00 0001 0001", "llmnr", "isatap", "A"},
        {5353, "0000 0000 0002 0000 0000 0000 " MAC_LOCAL "001c 0001 01 62 05 6c6f63616c 00 0001 8001", "mdns",
         "mac.local", "AAAA"},
        {137,
         "000b 0110 0001 0000 0000 0000 20 45 4a 46 44 45 42 46 45 45 42 46 41 4341434143414341434143414341434143 41 "
         "41 41 00 0020 0001",
         "nbns", "isatap", "NB"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig *r = rig_new();
        struct bytes f = udp4(rows[i].port, rows[i].hex);
        rig_frame(r, f.b, f.n);
        assert_int_equal(rig_count(r, SKE_name_question), rows[i].port == 5353 ? 2 : 1);
        const struct sk_event *ev = rig_event(r, SKE_name_question, 0);
        assert_field(ev, "name.question.protocol", rows[i].protocol);
        assert_field(ev, "dns.question.name", rows[i].name);
        assert_field(ev, "dns.question.type", rows[i].type);
        rig_sweep(&f);
        f.b[14 + 20 + 8 + 2] |= 0x80; /* an answer asks nothing */
        rig_clear(r);
        rig_frame(r, f.b, f.n);
        assert_int_equal(rig_count(r, SKE_name_question), 0);
        rig_free(r);
    }
}

static void cut_anywhere_they_tell_nothing_that_the_whole_does_not(void **state) {
    (void)state;
    struct bytes f = registration("2910", "PC-1", 0x00, "0000");
    rig_sweep(&f);
    f = udp4(5355, "1234 8000 0001 0001 0000 0000 03 504331 00 0001 0001 c00c 0001 0001 0000001e 0004 0a000005");
    rig_sweep(&f);
    f = udp4(5353, HEAD MAC_LOCAL A_RECORD DEVICEINFO "0010 0001 00000078 0009 08 6d6f64656c3d4d69");
    rig_sweep(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_mdns_response_tells_host_addresses_and_model),
        cmocka_unit_test(each_host_of_a_response_is_told_up_to_a_budget),
        cmocka_unit_test(questions_goodbyes_and_names_of_elsewhere_claim_nothing),
        cmocka_unit_test(an_llmnr_response_tells_the_name_that_was_asked_for),
        cmocka_unit_test(a_netbios_registration_is_a_claim_but_not_of_a_group_or_a_service),
        cmocka_unit_test(netbios_answers_tell_the_name_of_who_answers),
        cmocka_unit_test(what_hosts_ask_their_neighbours_for_is_told),
        cmocka_unit_test(cut_anywhere_they_tell_nothing_that_the_whole_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
