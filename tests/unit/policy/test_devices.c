/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger: encodings, sheets as people write them, and who is found by what. */
#include "policy_text.h"

#include <unistd.h>

static char folder[64];

static int make_folder(void **state) {
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/sekimori-devices-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state) {
    (void)state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/ledger.csv", folder);
    (void)unlink(path);
    return rmdir(folder);
}

static void write_ledger(const char *bytes, size_t n) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/ledger.csv", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static size_t times(const char *text, const char *part) {
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, part)); at++)
        n++;
    return n;
}

/* A policy beside the ledger. NULL: it has errors; all of diags as text in said. */
static const struct sk_policy *with_ledger(const char *bytes, size_t n, const char *more, char said[4096]) {
    char path[128], text[2048];
    struct sk_diags diags = {0};
    const struct sk_policy *p = NULL;
    write_ledger(bytes, n);
    (void)snprintf(path, sizeof path, "%s/policy.yml", folder);
    int len = snprintf(text, sizeof text,
                       "sekimori-policy: 1\nsite: {timezone: Asia/Tokyo}\nsegments: {a: {vlan: 1, zone: z}, b: {vlan: "
                       "2}}\nzones: {z: {side: inside}}\ndevices: {file: ledger.csv%s}\n",
                       more);
    sk_err err = sk_policy_parse(path, text, (size_t)len, &p, &diags);
    assert_int_equal(err == SK_OK, p != NULL);
    said[0] = '\0';
    for (size_t i = 0, at = 0; i < diags.n && at < 3500; i++) {
        char *one = sk_diag_text(&diags.at[i]);
        at += (size_t)snprintf(said + at, 4096 - at, "%.300s\n", one);
        free(one);
    }
    sk_diags_free(&diags);
    return p;
}

static const struct sk_policy *good(const char *bytes, size_t n, const char *more) {
    char said[4096];
    const struct sk_policy *p = with_ledger(bytes, n, more, said);
    if (!p)
        print_message("%s", said);
    assert_non_null(p);
    return p;
}

static void refuses(const char *bytes, const char *expected) {
    char said[4096];
    const struct sk_policy *p = with_ledger(bytes, strlen(bytes), "", said);
    if (p || !strstr(said, expected))
        print_message("expected: %s\ngot: %s", expected, said);
    assert_null(p);
    assert_non_null(strstr(said, expected));
}

static void warns(const char *bytes, const char *expected) {
    char said[4096];
    const struct sk_policy *p = with_ledger(bytes, strlen(bytes), "", said);
    if (!p || !strstr(said, expected))
        print_message("expected: %s\ngot: %s", expected, said);
    assert_non_null(p);
    assert_non_null(strstr(said, expected));
    sk_policy_free(p);
}

static const struct sk_policy_device *by_mac(const struct sk_policy *p, const char *mac, const char *day) {
    struct sk_mac m = mac_of(mac);
    return sk_policy_device_by_mac(p, &m, day_of(day));
}

static void a_row_is_found_by_mac_duid_address_and_name(void **state) {
    (void)state;
    static const char csv[] = "number,name,MAC,DUID,IPv4,section,segment,state,date\r\n"
                              "B-1,PC-1,00-00-5E-00-53-01,00:03:00:01:00:00:5e:00:53:01,10.0.0.1,taxes,a,in-use,\r\n"
                              "B-2,\"two, with \"\"quotes\"\"\",00-00-5E-00-53-02,,,,,,\r\n";
    static const uint8_t duid[] = {0, 3, 0, 1, 0, 0, 0x5e, 0, 0x53, 1};
    const struct sk_policy *p = good(csv, sizeof csv - 1, "");
    struct sk_addr ip = addr_of("10.0.0.1");
    const struct sk_policy_device *d = by_mac(p, "00-00-5e-00-53-01", "2026-01-01");
    assert_non_null(d);
    assert_string_equal(d->number, "B-1");
    assert_string_equal(d->section, "taxes");
    assert_string_equal(d->origin.file, "ledger.csv");
    assert_int_equal(d->origin.line, 2);
    assert_ptr_equal(sk_policy_device_by_duid(p, duid, sizeof duid, 0), d);
    assert_ptr_equal(sk_policy_device_by_ip(p, &ip, 0), d);
    assert_ptr_equal(sk_policy_device_by_name(p, "pc-1", 4, 0), d);
    assert_string_equal(by_mac(p, "00-00-5e-00-53-02", "2026-01-01")->name, "two, with \"quotes\"");
    assert_null(by_mac(p, "00-00-5e-00-53-09", "2026-01-01"));
    assert_int_equal(sk_policy_device_verdict(p, d, 0, 0), SK_REGISTER_LISTED);
    assert_int_equal(sk_policy_device_verdict(p, d, 1, 0), SK_REGISTER_ELSEWHERE);
    assert_int_equal(sk_policy_device_verdict(p, NULL, 0, 0), SK_REGISTER_NOT_LISTED);
    assert_int_equal(sk_policy_device_verdict(sk_policy_none(), NULL, 0, 0), SK_REGISTER_UNKNOWN);
    sk_policy_free(p);
}

/* 管理番号,名称,MAC,状態 / B-1,税務,00-00-5E-00-53-01,利用中 in CP932, UTF-8 with and without a mark, UTF-16. */
static void every_encoding_of_a_spreadsheet_is_read(void **state) {
    (void)state;
    static const char cp932[] = "\x8a\xc7\x97\x9d\x94\xd4\x8d\x86,\x96\xbc\x8f\xcc,MAC,\x8f\xf3\x91\xd4\r\n"
                                "B-1,\x90\xc5\x96\xb1,00-00-5E-00-53-01,\x97\x98\x97\x70\x92\x86\r\n";
    static const char utf8[] = "\xef\xbb\xbf管理番号,名称,MAC,状態\r\nB-1,税務,00-00-5E-00-53-01,利用中\r\n";
    char utf16[256];
    size_t n = 2;
    memcpy(utf16, "\xff\xfe", 2);
    static const uint16_t wide[] = {0x540d, 0x79f0, '\t', 'M', 'A', 'C', '\r', '\n', 0x7a0e, 0x52d9, '\t'};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        utf16[n++] = (char)(wide[i] & 0xff);
        utf16[n++] = (char)(wide[i] >> 8);
    }
    for (const char *c = "00-00-5E-00-53-01\r\n"; *c; c++) {
        utf16[n++] = *c;
        utf16[n++] = 0;
    }
    const struct {
        const char *bytes;
        size_t n;
        const char *more;
    } way[] = {{cp932, sizeof cp932 - 1, ""},
               {cp932, sizeof cp932 - 1, ", encoding: cp932"},
               {utf8, sizeof utf8 - 1, ""},
               {utf8, sizeof utf8 - 1, ", encoding: cp932"}, /* the mark in the file knows better */
               {utf8 + 3, sizeof utf8 - 4, ""},
               {utf8 + 3, sizeof utf8 - 4, ", encoding: utf-8"},
               {utf16, n, ""}};
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        const struct sk_policy *p = good(way[i].bytes, way[i].n, way[i].more);
        const struct sk_policy_device *d = by_mac(p, "00-00-5E-00-53-01", "2026-01-01");
        assert_non_null(d);
        assert_string_equal(d->name, "税務");
        sk_policy_free(p);
    }
}

static void state_is_judged_by_the_day_of_the_packet(void **state) {
    (void)state;
    static const char csv[] = "名称,MAC,状態(利用中/廃棄/紛失),日付\nold,00-00-5E-00-53-01,廃棄,2026/9/30\n"
                              "gone,00-00-5E-00-53-02,紛失,R8.10.1\nnever,00-00-5E-00-53-03,廃棄済,\n"
                              "new,00-00-5E-00-53-01,利用中,令和8年11月1日\n";
    const struct sk_policy *p = good(csv, sizeof csv - 1, "");
    const struct sk_policy_device *d = by_mac(p, "00-00-5E-00-53-02", "2026-09-01");
    assert_int_equal(sk_policy_device_verdict(p, d, 0, day_of("2026-09-01")), SK_REGISTER_LISTED);
    /* the day is Tokyo's: it ends at 15:00 UTC */
    assert_int_equal(sk_policy_device_verdict(p, d, 0, day_of("2026-10-01") + 15 * 3600 * SK_SEC - 1),
                     SK_REGISTER_LISTED);
    assert_int_equal(sk_policy_device_verdict(p, d, 0, day_of("2026-10-01") + 15 * 3600 * SK_SEC), SK_REGISTER_LOST);
    d = by_mac(p, "00-00-5E-00-53-03", "2026-09-01");
    assert_int_equal(sk_policy_device_verdict(p, d, 0, 0), SK_REGISTER_RETIRED);
    /* a card that moved into another machine is the machine in use */
    assert_string_equal(by_mac(p, "00-00-5E-00-53-01", "2026-12-01")->name, "new");
    sk_policy_free(p);
}

static void what_people_type_in_cells_is_understood(void **state) {
    (void)state;
    static const char csv[] = "備考,ＭＡＣアドレス,IPアドレス,区分\n"
                              "x,００－００－５Ｅ－００－５３－０１,１０．０．０．１,a\n"
                              "x,00005E005302 ; 0000.5e00.5303,10.0.0.2、2001:db8::2,\"b\n z\"\n"
                              ",　00:00:5e:00:53:04　,DHCP,a/b\n";
    const struct sk_policy *p = good(csv, sizeof csv - 1, "");
    struct sk_addr ip = addr_of("2001:db8::2"), first = addr_of("10.0.0.1");
    assert_non_null(sk_policy_device_by_ip(p, &first, 0));
    const struct sk_policy_device *d = sk_policy_device_by_ip(p, &ip, 0);
    assert_non_null(d);
    assert_ptr_equal(by_mac(p, "00-00-5E-00-53-02", "2026-01-01"), d);
    assert_ptr_equal(by_mac(p, "00-00-5E-00-53-03", "2026-01-01"), d);
    assert_int_equal(d->n_segment, 2);
    assert_int_equal(sk_policy_device_verdict(p, d, 0, 0), SK_REGISTER_LISTED); /* its zone is z */
    assert_non_null(by_mac(p, "00-00-5E-00-53-04", "2026-01-01"));
    sk_policy_free(p);
}

static void errors_name_row_and_column(void **state) {
    (void)state;
    refuses("name,MAC\npc,00-00-5E-00-53-01\npc2,00-0O-5E-00-53-02\n",
            "ledger.csv:3:5: 00-0O-5E-00-53-02: letter O in a MAC");
    refuses("name,MAC\npc,00-00-5E-00-53\n", "ledger.csv:2:4: 00-00-5E-00-53: no MAC address");
    refuses("name,MAC\n税務,01-00-5E-00-53-01\n", "ledger.csv:2:4: 01-00-5E-00-53-01 is a group address");
    refuses("name,MAC,IP\npc,,10.0.0.300\n", "ledger.csv:2:5: 10.0.0.300 is no address");
    refuses("MAC,DUID\n,xx\n", "ledger.csv:2:2: xx is no DUID");
    refuses("MAC,状態\n,なし\n", "ledger.csv:2:2: state `なし` is not known. Write 利用中 (in-use)");
    refuses("MAC,日付\n,2026-02-30\n", "ledger.csv:2:2: 2026-02-30 is no date");
    refuses("name,MACC\npc,x\n", "ledger.csv:1:6: column `MACC` is not known. Did you mean `mac`?");
    refuses("name,section\npc,x\n", "ledger.csv:1:1: no column tells devices apart");
    refuses("name,name,MAC\n", "ledger.csv:1:6: a second column `name`");
    refuses("", "ledger.csv:1:1: an empty table");
    refuses("name,MAC\n\"pc,00-00-5E-00-53-01\n", "ledger.csv:2:1: the quote that begins this cell is never closed");
    refuses("name,MAC\n\"pc\"x,00-00-5E-00-53-01\n", "ledger.csv:2:5: something stands behind a closing quote");
    refuses("name,MAC\na,b,00-00-5E-00-53-01\n", "ledger.csv:2:5: this cell has no column: the first row has 2");
    refuses("\"na\nme\",MAC\n\"p\nc\",zz\n", "ledger.csv:4:4: zz: no MAC address"); /* lines, not rows */
    refuses("MAC\n\x1b[31mzz\n", "ledger.csv:2:1: ?[31mzz: no MAC address");        /* goes to a terminal */
    refuses("name,MAC\n\x81", "ledger.csv:2:1: byte 81 is no CP932");
}

/* The rows behind it are read: their errors are told in the same run, and those of the row itself only once. */
static void a_bad_byte_hides_no_other_row(void **state) {
    (void)state;
    static const struct {
        const char *bytes, *bad;
    } row[] = {
        /* UTF-8, declared by nothing: one damaged byte makes no CP932 of it */
        {"名称,MAC\n税\xe5務\xff,xx\n住民,00-00-5E-00-53\n,yy\n", "ledger.csv:2:2: byte e5 is no UTF-8."},
        /* CP932: 名称 */
        {"\x96\xbc\x8f\xcc,MAC\n\x96\xbc\xa0\xff,xx\n\x96\xbc,00-00-5E-00-53\n,yy\n",
         "ledger.csv:2:2: byte a0 is no CP932."},
        {"name,MAC\n\"a\"b,xx\nc,00-00-5E-00-53\n,yy\n", "ledger.csv:2:4: something stands behind"},
        {"name,MAC,\xffx\npc,,\nc,00-00-5E-00-53\n,yy\n", "ledger.csv:1:10: byte ff is no CP932."},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char said[4096];
        const struct sk_policy *p = with_ledger(row[i].bytes, strlen(row[i].bytes),
                                                "}\nexceptions:\n  - {id: E-1, rule: x, where: {device: gone}, effect: "
                                                "mute, owner: o, approver: a, reason: r, until: 2099-01-01",
                                                said);
        assert_null(p);
        assert_non_null(strstr(said, row[i].bad));
        assert_null(strstr(said, "not declared"));
        assert_non_null(strstr(said, "ledger.csv:3:"));
        assert_non_null(strstr(said, "ledger.csv:4:2: yy: no MAC address"));
        assert_int_equal(times(said, "ledger.csv:"), 3);
    }
    /* its first row is needed, and the error is told once */
    char said[4096];
    assert_null(with_ledger("name,M\xff"
                            "C\npc,xx\n",
                            15, "", said));
    assert_int_equal(times(said, "ledger.csv:"), 1);
    /* a half of a pair in UTF-16LE: MAC, then U+D800 alone, then a MAC that is none */
    static const char wide[] = "\xff\xfeM\0A\0C\0\n\0\0\xd8\n\0z\0";
    assert_null(with_ledger(wide, sizeof wide - 1, "", said));
    assert_non_null(strstr(said, "ledger.csv:2:1: byte 00 is no UTF-16LE"));
    assert_non_null(strstr(said, "ledger.csv:3:1: z: no MAC address"));
}

static void what_a_sheet_gets_wrong_without_harm_is_told(void **state) {
    (void)state;
    warns("name,MAC,区分\npc,00-00-5E-00-53-01,業務用\npc,00-00-5E-00-53-02,業務用\n",
          "ledger.csv:2:22: warning: `業務用` is no segment and no zone of the policy");
    warns("name,MAC\npc,00-00-5E-00-53-01\nPC2,00-00-5E-00-53-01\n",
          "ledger.csv:3:1: warning: 00-00-5E-00-53-01 is written already (line 2), and both are in use");
}

static void a_ledger_that_is_not_there_makes_nobody_a_stranger(void **state) {
    (void)state;
    struct sk_diags diags = {0};
    const struct sk_policy *p = NULL;
    static const char text[] = "sekimori-policy: 1\ndevices:\n  file: no-such.csv\n  also:\n"
                               "    - {name: mx1, mac: 00-00-5E-00-53-05, state: retired, date: 2026-09-30}\n";
    assert_int_equal(sk_policy_parse("p.yml", text, sizeof text - 1, &p, &diags), SK_OK);
    assert_int_equal(diags.warnings, 1);
    assert_non_null(strstr(diags.at[0].msg, "no-such.csv cannot be read (No such file or directory)"));
    sk_diags_free(&diags);
    bool known;
    assert_false(sk_policy_declares(p, "devices", &known));
    assert_int_equal(sk_policy_device_verdict(p, NULL, 0, 0), SK_REGISTER_UNKNOWN);
    const struct sk_policy_device *d = by_mac(p, "00-00-5E-00-53-05", "2026-11-01");
    assert_int_equal(sk_policy_device_verdict(p, d, 0, day_of("2026-11-01")), SK_REGISTER_RETIRED);
    assert_string_equal(d->origin.file, "p.yml");
    sk_policy_free(p);
}

static void a_plain_list_is_a_ledger_too(void **state) {
    (void)state;
    const struct sk_policy *p =
        policy_of("segments: {s: {vlan: 1}}\ndevices:\n  - {name: mx1, number: A-1, macs: [00-00-5E-00-53-05], "
                  "duid: \"00:03:00:01:00:00\", ip: [203.0.113.5, \"2001:db8::5\"], segments: [any], role: mail}\n");
    struct sk_addr ip = addr_of("2001:db8::5");
    const struct sk_policy_device *d = sk_policy_device_by_ip(p, &ip, 0);
    assert_string_equal(d->role, "mail");
    assert_int_equal(sk_policy_device_verdict(p, d, 0, 0), SK_REGISTER_LISTED);
    assert_int_equal(sk_policy_devices(p), 1);
    sk_policy_free(p);
    p = policy_of("devices: []\n");
    assert_int_equal(sk_policy_device_verdict(p, NULL, 0, 0), SK_REGISTER_NOT_LISTED);
    sk_policy_free(p);
}

static void the_ledger_counts_for_the_hash(void **state) {
    (void)state;
    static const char one[] = "MAC\n00-00-5E-00-53-01\n", two[] = "MAC\n00-00-5E-00-53-02\n";
    uint8_t a[32], b[32];
    const struct sk_policy *p = good(one, sizeof one - 1, "");
    sk_policy_hash(p, a);
    sk_policy_free(p);
    p = good(two, sizeof two - 1, "");
    sk_policy_hash(p, b);
    sk_policy_free(p);
    assert_memory_not_equal(a, b, 32);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_found_by_mac_duid_address_and_name),
        cmocka_unit_test(every_encoding_of_a_spreadsheet_is_read),
        cmocka_unit_test(state_is_judged_by_the_day_of_the_packet),
        cmocka_unit_test(what_people_type_in_cells_is_understood),
        cmocka_unit_test(errors_name_row_and_column),
        cmocka_unit_test(a_bad_byte_hides_no_other_row),
        cmocka_unit_test(what_a_sheet_gets_wrong_without_harm_is_told),
        cmocka_unit_test(a_ledger_that_is_not_there_makes_nobody_a_stranger),
        cmocka_unit_test(a_plain_list_is_a_ledger_too),
        cmocka_unit_test(the_ledger_counts_for_the_hash),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
