/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Every frame of captures/attacks has the stack that its bytes show. Each row agrees with tshark's reading of the frame
 * and with the layouts written down when the captures were recorded; where tshark shows a reassembled message, the row
 * shows the fragment. `/kind`: a tunnel begins; `!name`: an anomaly.
 */
#include "frame.h"

#include "layers_check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

struct row {
    const char *file;
    unsigned from, to; /* frames, 1-based */
    const char *stack;
};
/* clang-format off */
static const struct row rows[] = {
    {"dad", 1, 1, "ether ipv6 hopopts icmpv6:143"},
    {"dad", 2, 2, "ether ipv6 icmpv6:135"},
    {"dad", 3, 4, "ether ipv6 icmpv6:136"},
    {"dad", 5, 5, "ether ipv6 hopopts icmpv6:143"},
    {"dhcps6", 1, 2, "ether ipv6 hopopts icmpv6:143"},
    {"dhcps6", 3, 3, "ether ipv6 udp:547"},
    {"dhcps6", 4, 4, "ether ipv6 icmpv6:135"},
    {"dhcps6", 5, 5, "ether ipv6 icmpv6:136"},
    {"dhcps6", 6, 6, "ether ipv6 udp:546"},
    {"dhcps6", 7, 7, "ether ipv6 udp:547"},
    {"dhcps6", 8, 8, "ether ipv6 udp:546"},
    {"dhcps6", 9, 9, "ether ipv6 udp:547"},
    {"dhcps6", 10, 10, "ether ipv6 udp:546"},
    {"dhcps6", 11, 11, "ether ipv6 udp:547"},
    {"dhcps6", 12, 12, "ether ipv6 udp:546"},
    {"dhcps6", 13, 13, "ether ipv6 udp:547"},
    {"dhcps6", 14, 14, "ether ipv6 udp:546"},
    {"fadv", 1, 1, "ether ipv6 icmpv6:136"},
    {"flood_router26_1000", 1, 65, "ether ipv6 icmpv6:134"},
    {"flood_router26_1000", 66, 67, "ether ipv6 icmpv6:135"},
    {"flood_router26_1000", 68, 304, "ether ipv6 icmpv6:134"},
    {"flood_router26_1000", 305, 305, "ether ipv6 icmpv6:135"},
    {"flood_router26_1000", 306, 776, "ether ipv6 icmpv6:134"},
    {"flood_router26_1000", 777, 777, "ether ipv6 icmpv6:135"},
    {"flood_router26_1000", 778, 1000, "ether ipv6 icmpv6:134"},
    {"l2_ad0", 1, 1, "ether vlan ipv6 icmpv6:134"},
    {"l2_atomic", 1, 1, "ether ipv6 fragment icmpv6:134"},
    {"l2_badcksum", 1, 1, "ether ipv6 icmpv6:134"},
    {"l2_dstopt", 1, 1, "ether ipv6 dstopts icmpv6:134"},
    {"l2_ethtype0800", 1, 1, "ether ipv6 icmpv6:134 !version-mismatch"},
    {"l2_hlim64", 1, 1, "ether ipv6 icmpv6:134"},
    {"l2_plain", 1, 1, "ether ipv6 icmpv6:134"},
    {"l2_pref_zero_lt", 1, 1, "ether ipv6 icmpv6:134"},
    {"l2_snap", 1, 1, "ether llc ipv6 icmpv6:134"},
    {"l2_unicastL2", 1, 1, "ether ipv6 icmpv6:134"},
    {"l2_vlan0", 1, 1, "ether vlan ipv6 icmpv6:134"},
    {"l2_vlan0snap", 1, 1, "ether vlan llc ipv6 icmpv6:134 !l2-stacking"},
    {"l2_vlan0x2", 1, 1, "ether vlan vlan ipv6 icmpv6:134 !l2-stacking"},
    {"ra_E1", 1, 1, "ether ipv6 icmpv6:134"},
    {"ra_ED", 1, 1, "ether ipv6 fragment !upper-unknown"},
    {"ra_ED", 2, 2, "ether ipv6 fragment"},
    {"ra_EF", 1, 1, "ether ipv6 fragment dstopts routing dstopts routing !ext-order !upper-unknown"},
    {"ra_EF", 2, 3, "ether ipv6 fragment"},
    {"ra_EH", 1, 1, "ether ipv6 icmpv6:133"},
    {"ra_EH", 2, 2, "ether ipv6 hopopts icmpv6:134"},
    {"ra_EH1", 1, 1, "ether ipv6 icmpv6:133"},
    {"ra_EH1", 2, 2, "ether ipv6 hopopts icmpv6:134"},
    {"ra_EH111", 1, 1, "ether ipv6 hopopts icmpv6:134"},
    {"ra_EO", 1, 1, "ether ipv6 fragment"},
    {"ra_EO", 2, 2, "ether ipv6 fragment dstopts dstopts icmpv6:128 !ext-order"},
    {"ra_Eo", 1, 1, "ether ipv6 fragment dstopts dstopts icmpv6:128 !ext-order"},
    {"ra_Eo", 2, 2, "ether ipv6 fragment"},
    {"ra_plain", 1, 2, "ether ipv6 hopopts icmpv6:143"},
    {"ra_plain", 3, 3, "ether ipv6 icmpv6:133"},
    {"ra_plain", 4, 4, "ether ipv6 icmpv6:134"},
    {"ra_plain", 5, 5, "ether ipv6 icmpv6:135"},
    {"teredo", 1, 1, "ether ipv4 udp:3544 teredo/teredo ipv6 icmpv6:133"},
    {"teredo", 2, 2, "ether ipv4 udp:56997 teredo/teredo ipv6 icmpv6:134"},
    {"teredo", 3, 3, "ether ipv4 udp:3544/teredo ipv6 icmpv6:128"},
    {"tunnel_6in4", 1, 3, "ether ipv4/6in4 ipv6 tcp"},
    {"tunnel_bubble_arb", 1, 3, "ether ipv4 udp:52000/teredo ipv6"},
    {"tunnel_gre6", 1, 3, "ether ipv4 gre/gre ipv6 tcp"},
    {"tunnel_teredo_3544", 1, 3, "ether ipv4 udp:3544 teredo/teredo ipv6 icmpv6:133"},
    {"v_6to4", 1, 1, "ether ipv4/6to4 ipv6"},
    {"v_bubble", 1, 1, "ether ipv4 udp:52000/teredo ipv6"},
    {"v_mapped", 1, 1, "ether ipv6 udp:53"},
    {"v_mitm6adv", 1, 1, "ether ipv6 udp:546"},
    {"v_mitm6ra", 1, 1, "ether ipv6 icmpv6:134"},
    {"v_mld", 1, 1, "ether ipv6 hopopts icmpv6:143"},
    {"v_raatom", 1, 1, "ether ipv6 fragment icmpv6:134"},
    {"v_rahbh", 1, 1, "ether ipv6 hopopts icmpv6:134"},
    {"v_redir", 1, 1, "ether ipv6 icmpv6:137"},
    {"v_rh0", 1, 1, "ether ipv6 routing icmpv6:128"},
    {"v_vxlan", 1, 1, "ether ipv4 udp:4789 vxlan/vxlan ether ipv6 icmpv6:134"},
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof *rows, FILE_MAX_BYTES = 4 << 20 };

static uint8_t bytes[FILE_MAX_BYTES];

static size_t load(const char *name) {
    char path[256];
    (void)snprintf(path, sizeof path, "captures/attacks/%s.pcap", name);
    FILE *in = fopen(path, "rb");
    if (!in)
        fail_msg("%s: cannot be opened; run from the top of the project", path);
    size_t n = fread(bytes, 1, sizeof bytes, in);
    (void)fclose(in);
    return n;
}

static void append(char *text, size_t cap, const char *what, const char *more) {
    size_t at = strlen(text);
    (void)snprintf(text + at, cap - at, "%s%s", what, more);
}
static void describe(const struct sk_layers *l, char *text, size_t cap) {
    text[0] = '\0';
    for (unsigned i = 0; i < l->n; i++) {
        const struct sk_layer *y = &l->at[i];
        char number[16] = "";
        if (y->proto == SKP_ICMPV6)
            (void)snprintf(number, sizeof number, ":%u", y->id >> 8);
        if (y->proto == SKP_UDP)
            (void)snprintf(number, sizeof number, ":%u", y->id & 0xffff);
        append(text, cap, i ? " " : "", sk_proto_name((enum sk_proto)y->proto));
        append(text, cap, number, "");
        if (y->flags & SK_LAYER_TUNNEL)
            append(text, cap, "/", sk_tunnel_kind_name(sk_tunnel_kind(l, i)));
    }
    for (unsigned a = 0; a < SK_AN_COUNT; a++)
        if (l->anomalies >> a & 1)
            append(text, cap, " !", sk_anomaly_name((enum sk_anomaly)a));
}

static const char *expected(const char *file, unsigned frame) {
    for (unsigned i = 0; i < ROWS; i++)
        if (strcmp(rows[i].file, file) == 0 && frame >= rows[i].from && frame <= rows[i].to)
            return rows[i].stack;
    return NULL;
}
static unsigned last_frame(const char *file) {
    unsigned last = 0;
    for (unsigned i = 0; i < ROWS; i++)
        if (strcmp(rows[i].file, file) == 0 && rows[i].to > last)
            last = rows[i].to;
    return last;
}

static void check_frame(const char *file, unsigned number, const uint8_t *frame, uint32_t n) {
    static struct sk_layers l;
    char text[256];
    struct sk_packet p = {.data = frame, .caplen = n, .wirelen = n, .linktype = SK_LINKTYPE_ETHERNET};
    sk_decode(&p, &l);
    describe(&l, text, sizeof text);
    const char *want = expected(file, number);
    if (!want || strcmp(want, text) != 0)
        fail_msg("%s frame %u: '%s', not '%s'", file, number, text, want ? want : "(no row)");
    if (number > 6)
        return; /* a flood's frames are all alike */
    const char *wrong = sk_layers_sweep(frame, n, SK_LINKTYPE_ETHERNET);
    if (wrong)
        fail_msg("%s frame %u: %s", file, number, wrong);
}

/** Little-endian classic pcap, as the recordings are. */
static void check_file(const char *file) {
    struct sk_cur c = sk_cur_of(bytes, load(file));
    assert_int_equal(sk_cur_le32(&c), 0xa1b2c3d4);
    sk_cur_skip(&c, 20);
    unsigned number = 0;
    while (c.left) {
        sk_cur_skip(&c, 8);
        uint32_t n = sk_cur_le32(&c);
        sk_cur_skip(&c, 4);
        struct sk_cur frame = sk_cur_sub(&c, n);
        assert_true(sk_cur_ok(&frame));
        check_frame(file, ++number, frame.p, n);
    }
    assert_int_equal(number, last_frame(file));
}

static void every_recorded_frame_has_the_stack_its_bytes_show(void **state) {
    (void)state;
    unsigned files = 0;
    for (unsigned i = 0; i < ROWS; i++)
        if (i == 0 || strcmp(rows[i].file, rows[i - 1].file) != 0) {
            check_file(rows[i].file);
            files++;
        }
    assert_true(files >= 42);
}

static void every_recording_is_in_the_table(void **state) {
    (void)state;
    DIR *dir = opendir("captures/attacks");
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        char name[256];
        (void)snprintf(name, sizeof name, "%s", e->d_name);
        char *dot = strstr(name, ".pcap");
        if (!dot || dot == name)
            continue;
        *dot = '\0';
        if (last_frame(name) == 0)
            fail_msg("%s has no row", name);
    }
    (void)closedir(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recorded_frame_has_the_stack_its_bytes_show),
        cmocka_unit_test(every_recording_is_in_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
