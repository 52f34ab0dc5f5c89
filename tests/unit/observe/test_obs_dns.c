/* SPDX-License-Identifier: Apache-2.0 */
/* DNS messages and the transactions made of them. */
#include "observe/dns_wire.h"
#include "rig.h"

enum { RD = 0x0100, ANSWER = 0x8000, RA = 0x0080, AA = 0x0400, TC = 0x0200 };
#define CLIENT "198.51.100.7"
#define SERVER "192.0.2.53"

static int setup(void **state) {
    struct rig *r = rig_new();
    assert_non_null(r->all);
    r->o.policy = sk_policy_none();
    *state = r;
    return 0;
}
static int teardown(void **state) {
    rig_free(*state);
    return 0;
}

static void add(struct bytes *m, const void *b, size_t n) {
    memcpy(m->b + m->n, b, n);
    m->n += n;
}
static void add16(struct bytes *m, unsigned v) { add(m, (uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2); }
static void add_name(struct bytes *m, const char *name) {
    while (*name) {
        size_t n = strcspn(name, ".");
        add(m, (uint8_t[]){(uint8_t)n}, 1);
        add(m, name, n);
        name += n + (name[n] == '.');
    }
    add(m, "", 1);
}
static struct bytes message(uint16_t id, unsigned flags, const char *name, uint16_t type, unsigned answers,
                            unsigned authority) {
    struct bytes m = {.n = 0};
    add16(&m, id);
    add16(&m, flags);
    add16(&m, 1);
    add16(&m, answers);
    add16(&m, authority);
    add16(&m, 0);
    add_name(&m, name);
    add16(&m, type);
    add16(&m, 1);
    return m;
}
/** A record; owner NULL: a pointer to the question's name. */
static void record(struct bytes *m, const char *owner, uint16_t type, const void *data, size_t n) {
    if (owner)
        add_name(m, owner);
    else
        add16(m, 0xc00c);
    add16(m, type);
    add16(m, 1);
    add16(m, 0);
    add16(m, 300);
    add16(m, (unsigned)n);
    add(m, data, n);
}
static void txt(struct bytes *m, const char *owner, const char *a, const char *b) {
    struct bytes d = {.n = 0};
    add(&d, (uint8_t[]){(uint8_t)strlen(a)}, 1);
    add(&d, a, strlen(a));
    if (b) {
        add(&d, (uint8_t[]){(uint8_t)strlen(b)}, 1);
        add(&d, b, strlen(b));
    }
    record(m, owner, SK_DNS_TYPE_TXT, d.b, d.n);
}
static void alias(struct bytes *m, const char *owner, const char *to) {
    struct bytes d = {.n = 0};
    add_name(&d, to);
    record(m, owner, SK_DNS_TYPE_CNAME, d.b, d.n);
}

static struct bytes ask_frame(const struct bytes *m) {
    struct bytes u = rig_udp(40000, 53, m), ip = rig_ip4(CLIENT, SERVER, 17, &u);
    return rig_eth(0x0800, &ip);
}
static struct bytes answer_frame(const struct bytes *m) {
    struct bytes u = rig_udp(53, 40000, m), ip = rig_ip4(SERVER, CLIENT, 17, &u);
    return rig_eth(0x0800, &ip);
}
static void ask(struct rig *r, const struct bytes *m) {
    struct bytes f = ask_frame(m);
    rig_frame(r, f.b, f.n);
}
static void answer(struct rig *r, const struct bytes *m) {
    struct bytes f = answer_frame(m);
    rig_frame(r, f.b, f.n);
}
static const struct sk_event *event(const struct rig *r, unsigned k) { return rig_event(r, SKE_dns_transaction, k); }

static void question_and_answer_are_one_event(void **state) {
    struct rig *r = *state;
    struct bytes q = message(0x1234, RD, "WWW.Example.org", 1, 0, 0);
    struct bytes a = message(0x1234, ANSWER | RD | RA, "www.example.ORG", 1, 1, 0);
    record(&a, NULL, 1, (uint8_t[]){203, 0, 113, 80}, 4);
    ask(r, &q);
    assert_int_equal(r->n, 0);
    answer(r, &a);
    const struct sk_event *ev = event(r, 0);
    assert_non_null(ev);
    assert_field(ev, "source.ip", CLIENT);
    assert_field(ev, "destination.ip", SERVER);
    assert_field(ev, "source.port", "40000");
    assert_field(ev, "destination.port", "53");
    assert_field(ev, "dns.id", "4660");
    assert_field(ev, "dns.question.name", "www.example.org");
    assert_field(ev, "dns.question.type", "A");
    assert_field(ev, "dns.question.class", "");
    assert_field(ev, "dns.response_code", "NOERROR");
    assert_field(ev, "dns.header_flags", "RD,RA");
    assert_field(ev, "dns.answered", "true");
    assert_field(ev, "dns.answers_count", "1");
    assert_field(ev, "dns.proof", "recursion");
    assert_field(ev, "dns.unsolicited", "");
    assert_field(ev, "dns.resolved_ip", "203.0.113.80");
    assert_field(ev, "dns.question.bytes", "61");
    assert_field(ev, "dns.answer.bytes", "77");
    assert_field(ev, "sekimori.packet.number", "2");
    assert_field(ev, "dns.txt.spf", "");
    rig_tick(r, 2000 * SK_SEC);
    rig_flush(r, 2000 * SK_SEC);
    assert_int_equal(r->n, 1);
}

static void refused_and_authoritative_answers_prove_no_recursion(void **state) {
    struct rig *r = *state;
    static const unsigned flags[] = {ANSWER | RD | RA | 5, ANSWER | RD | RA | AA, ANSWER | RD, ANSWER | RD | RA | 2};
    for (uint16_t i = 0; i < 4; i++) {
        struct bytes q = message(i, RD, "a.example", 1, 0, 0), a = message(i, flags[i], "a.example", 1, 1, 0);
        record(&a, NULL, 1, "abcd", 4);
        ask(r, &q);
        answer(r, &a);
        assert_field(event(r, i), "dns.proof", "");
    }
    assert_field(event(r, 0), "dns.response_code", "REFUSED");
    assert_field(event(r, 1), "dns.header_flags", "AA,RD,RA");
    struct bytes q = message(9, RD, "a.example", 1, 0, 0), a = message(9, ANSWER | RA, "a.example", 1, 0, 0);
    ask(r, &q);
    answer(r, &a); /* no records */
    assert_field(event(r, 4), "dns.proof", "");
    assert_field(event(r, 4), "dns.header_flags", "RD,RA"); /* RD is the question's */
}

static void an_answer_without_its_question_says_so(void **state) {
    struct rig *r = *state;
    struct bytes a = message(1, ANSWER | RD | RA, "a.example", 1, 1, 0);
    record(&a, NULL, 1, "abcd", 4);
    answer(r, &a);
    assert_field(event(r, 0), "dns.proof", "answers-only");
    assert_field(event(r, 0), "dns.unsolicited", "true");
    assert_field(event(r, 0), "dns.amplification", "");
}

static void an_answer_must_fit_its_question(void **state) {
    struct rig *r = *state;
    struct bytes q = message(1, RD, "a.example", 1, 0, 0);
    ask(r, &q);
    struct bytes other_name = message(1, ANSWER, "b.example", 1, 0, 0),
                 other_type = message(1, ANSWER, "a.example", 28, 0, 0);
    struct bytes other_id = message(2, ANSWER, "a.example", 1, 0, 0), right = message(1, ANSWER, "a.example", 1, 0, 0);
    answer(r, &other_name);
    answer(r, &other_type);
    answer(r, &other_id);
    for (unsigned i = 0; i < 3; i++)
        assert_field(event(r, i), "dns.unsolicited", "true");
    answer(r, &right);
    assert_field(event(r, 3), "dns.unsolicited", "");
}

static void copies_are_told_once(void **state) {
    struct rig *r = *state;
    struct bytes q = message(1, RD, "a.example", 1, 0, 0), a = message(1, ANSWER, "a.example", 1, 0, 0);
    ask(r, &q);
    ask(r, &q);
    answer(r, &a);
    answer(r, &a);
    assert_int_equal(r->n, 1);
    ask(r, &q); /* asked again after its answer: a new transaction */
    answer(r, &a);
    assert_int_equal(r->n, 2);
}

static void silence_is_told_after_ten_seconds(void **state) {
    struct rig *r = *state;
    rig_tick(r, 1000 * SK_SEC);
    struct bytes q = message(7, RD, "a.example", 16, 0, 0);
    ask(r, &q);
    rig_tick(r, 1009 * SK_SEC);
    assert_int_equal(r->n, 0);
    rig_tick(r, 1010 * SK_SEC);
    const struct sk_event *ev = event(r, 0);
    assert_non_null(ev);
    assert_field(ev, "dns.answered", "false");
    assert_field(ev, "dns.proof", "question-only");
    assert_field(ev, "source.ip", CLIENT);
    assert_field(ev, "dns.question.name", "a.example");
    assert_field(ev, "dns.txt.spf", "");
    assert_field(ev, "sekimori.packet.number", "1");
    assert_int_equal(ev->phase, 0);
    assert_int_equal(ev->sub, 1);
    rig_tick(r, 1030 * SK_SEC);
    assert_int_equal(r->n, 1);
}

static void the_table_is_bounded(void **state) {
    struct rig *r = *state;
    for (unsigned k = 0; k < 2; k++)
        for (uint32_t i = 0; i < 40000; i++) {
            struct bytes q = message((uint16_t)i, RD, k ? "a.example" : "b.example", 1, 0, 0);
            ask(r, &q);
        }
    assert_int_equal(r->counts.evictions, 80000 - 65536);
    rig_flush(r, 1000 * SK_SEC);
    assert_int_equal(r->counts.events[SKE_dns_transaction], 65536);
    struct bytes q = message(1, RD, "c.example", 1, 0, 0), a = message(1, ANSWER, "c.example", 1, 0, 0);
    rig_clear(r);
    ask(r, &q);
    answer(r, &a);
    assert_field(event(r, 0), "dns.unsolicited", "");
}

/** What an answer to a TXT question for example.org says of SPF. */
static const char *spf(struct rig *r, const struct bytes *a) {
    struct bytes q = message(1, RD, "example.org", 16, 0, 0);
    rig_clear(r);
    ask(r, &q);
    answer(r, a);
    return rig_get(event(r, 0), "dns.txt.spf");
}
#define GOOD (ANSWER | RD | RA)
static struct bytes txt_answer(unsigned flags, unsigned answers, unsigned authority) {
    return message(1, flags, "example.org", 16, answers, authority);
}

static void spf_is_present_where_a_record_begins_with_its_version(void **state) {
    struct rig *r = *state;
    static const char *const yes[][2] = {
        {"v=spf1 -all", NULL}, {"V=SPF1", NULL}, {"v=sp", "f1 ~all"}, {"v=spf1", " -all"}};
    static const char *const no[][2] = {{"v=spf10 -all", NULL}, {"v=spf2.0", NULL}, {"v=spf", NULL},
                                        {" v=spf1", NULL},      {"", NULL},         {"v=spf1", "x"}};
    for (unsigned i = 0; i < 4; i++) {
        struct bytes a = txt_answer(GOOD, 2, 0);
        txt(&a, NULL, "google-site-verification=1", NULL);
        txt(&a, NULL, yes[i][0], yes[i][1]);
        assert_string_equal(spf(r, &a), "present");
    }
    for (unsigned i = 0; i < 6; i++) {
        struct bytes a = txt_answer(GOOD, 1, 0);
        txt(&a, NULL, no[i][0], no[i][1]);
        assert_string_equal(spf(r, &a), "absent");
    }
}

static void spf_of_aliases_is_that_of_their_end(void **state) {
    struct rig *r = *state;
    struct bytes a = txt_answer(GOOD, 3, 0);
    txt(&a, "c.example", "v=spf1 -all", NULL); /* in any order */
    alias(&a, "b.example", "C.example");
    alias(&a, NULL, "b.example");
    assert_string_equal(spf(r, &a), "present");
    a = txt_answer(GOOD, 2, 0);
    alias(&a, NULL, "b.example");
    txt(&a, "d.example", "v=spf1 -all", NULL); /* of somebody else */
    assert_string_equal(spf(r, &a), "unknown");
    a = txt_answer(GOOD, 1, 1);
    alias(&a, NULL, "b.example");
    record(&a, "b.example", SK_DNS_TYPE_SOA, "soa", 3);
    assert_string_equal(spf(r, &a), "absent");
    a = txt_answer(GOOD, 1, 0);
    alias(&a, NULL, "example.org"); /* a circle */
    assert_string_equal(spf(r, &a), "unknown");
}

static void spf_is_absent_only_where_the_answer_shows_it(void **state) {
    struct rig *r = *state;
    struct bytes a = txt_answer(GOOD, 0, 1);
    record(&a, "org", SK_DNS_TYPE_SOA, "soa", 3);
    assert_string_equal(spf(r, &a), "absent"); /* no data */
    a = txt_answer(GOOD | 3, 0, 1);
    record(&a, "org", SK_DNS_TYPE_SOA, "soa", 3);
    assert_string_equal(spf(r, &a), "absent"); /* no such name */
    a = txt_answer(GOOD, 0, 0);
    assert_string_equal(spf(r, &a), "absent"); /* a forwarder that keeps the SOA to itself */
    a = txt_answer(ANSWER | RD, 0, 0);
    assert_string_equal(spf(r, &a), "unknown"); /* neither resolver nor authority */
    a = txt_answer(GOOD, 0, 1);
    record(&a, "org", SK_DNS_TYPE_NS, "\1a\0", 3);
    assert_string_equal(spf(r, &a), "unknown"); /* a referral */
    static const unsigned failures[] = {2, 5, 1, 4};
    for (unsigned i = 0; i < 4; i++) {
        a = txt_answer(GOOD | failures[i], 0, 0);
        assert_string_equal(spf(r, &a), "unknown");
    }
    a = txt_answer(GOOD | TC, 0, 0);
    assert_string_equal(spf(r, &a), "unknown");
    a = txt_answer(GOOD | TC, 1, 0);
    txt(&a, NULL, "other", NULL);
    assert_string_equal(spf(r, &a), "unknown");
    a = txt_answer(GOOD, 2, 0); /* one record is not there */
    txt(&a, NULL, "other", NULL);
    assert_string_equal(spf(r, &a), "unknown");
}

static void an_unsolicited_or_wrongly_summed_answer_teaches_nothing(void **state) {
    struct rig *r = *state;
    struct bytes a = txt_answer(GOOD, 1, 0);
    txt(&a, NULL, "other", NULL);
    answer(r, &a);
    assert_field(event(r, 0), "dns.txt.spf", "unknown");
    struct bytes q = message(1, RD, "example.org", 16, 0, 0), f = answer_frame(&a);
    f.b[14 + 20 + 6] = 0x12;
    ask(r, &q);
    rig_frame(r, f.b, f.n);
    assert_field(event(r, 1), "dns.answered", "true");
    assert_field(event(r, 1), "dns.txt.spf", "unknown");
}

static void names_are_escaped_and_types_named(void **state) {
    struct rig *r = *state;
    struct bytes q = {.n = 0};
    add(&q, "\0\1\1\0\0\1\0\0\0\0\0\0\4a.\\ \2\377\1\0", 21);
    add16(&q, 65280);
    add16(&q, 3);
    ask(r, &q);
    rig_flush(r, SK_SEC);
    assert_field(event(r, 0), "dns.question.name", "a\\.\\\\\\032.\\255\\001");
    assert_field(event(r, 0), "dns.question.type", "TYPE65280");
    assert_field(event(r, 0), "dns.question.class", "CH");
    rig_clear(r);
    q = message(2, RD, "", 255, 0, 0);
    ask(r, &q);
    rig_flush(r, SK_SEC);
    assert_field(event(r, 0), "dns.question.name", ".");
    assert_field(event(r, 0), "dns.question.type", "ANY");
}

static void edns_widens_the_response_code(void **state) {
    struct rig *r = *state;
    struct bytes q = message(1, RD, "a.example", 1, 0, 0), a = message(1, ANSWER, "a.example", 1, 0, 0);
    a.b[11] = 1;
    add(&a, "\0\0\51\4\320\1\0\200\0\0\0", 11);
    ask(r, &q);
    answer(r, &a);
    assert_field(event(r, 0), "dns.response_code", "BADVERS");
    assert_field(event(r, 0), "dns.edns.size", "1232");
}

static bool reads(const char *hex) {
    struct bytes m = rig_hex(hex);
    struct sk_guard g = sk_guard_end(m.b, m.n);
    struct sk_dns d;
    bool ok = sk_dns_read(sk_cur_of(g.p, g.n), &d);
    sk_guard_free(&g);
    return ok;
}

static void broken_names_are_refused(void **state) {
    (void)state;
    assert_true(reads("0001 0000 0001 0000 0000 0000  01 61 00 0001 0001"));
    assert_false(reads("0001 0000 0001 0000 0000 0000  c0 0c 0001 0001"));           /* a pointer to itself */
    assert_false(reads("0001 0000 0001 0000 0000 0000  c0 10 0001 0001 00"));        /* forward */
    assert_false(reads("0001 0000 0001 0000 0000 0000  01 61 c0 0c 0001 0001"));     /* a loop */
    assert_false(reads("0001 0000 0001 0000 0000 0000  41 61 00 0001 0001"));        /* 0x41 is no label type */
    assert_false(reads("0001 0000 0001 0000 0000 0000  05 61 00 0001 0001"));        /* a label that runs out */
    assert_false(reads("0001 0000 0002 0000 0000 0000  00 0001 0001 00 0001 0001")); /* two questions */
    assert_false(reads("0001 0000 0001 0000 0000"));
    assert_true(reads("0001 8000 0000 ffff ffff ffff")); /* counts that lie */
}

static void names_have_255_octets_at_most(void **state) {
    (void)state;
    for (unsigned total = 250; total <= 260; total++) {
        struct bytes m = {.n = 0};
        unsigned left = total - 1;
        while (left) {
            unsigned n = left > 64 ? 63 : left - 1;
            if (left - n - 1 == 1) /* nothing is left for a label of no octets */
                n--;
            add(&m, (uint8_t[]){(uint8_t)n}, 1);
            memset(m.b + m.n, 'a', n);
            m.n += n;
            left -= n + 1;
        }
        add(&m, "", 1);
        struct sk_cur c = sk_cur_of(m.b, m.n);
        struct sk_dns_name name;
        size_t off = 0;
        assert_int_equal(sk_dns_name_read(&c, &off, &name), total <= 255);
    }
}

static void nothing_is_read_behind_the_message_and_cuts_invent_nothing(void **state) {
    struct rig *r = *state;
    struct bytes q = message(1, RD, "example.org", 16, 0, 0), a = txt_answer(GOOD, 3, 1);
    alias(&a, NULL, "b.example");
    txt(&a, "b.example", "other", "text");
    record(&a, NULL, 1, "abcd", 4);
    record(&a, "org", SK_DNS_TYPE_SOA, "soa", 3);
    struct bytes f = answer_frame(&a);
    struct sk_guard g = sk_guard_end(f.b, f.n);
    unsigned told = 0;
    for (size_t k = 0; k <= f.n; k++) {
        rig_clear(r);
        ask(r, &q);
        rig_frame_at(r, sk_guard_cut(&g, f.b, k), k, f.n, 1000 * SK_SEC);
        const struct sk_event *ev = event(r, 0);
        told += ev != NULL;
        if (!ev)
            continue;
        assert_field(ev, "dns.question.name", "example.org");
        assert_field(ev, "dns.answers_count", "3");
        assert_string_equal(rig_get(ev, "dns.txt.spf"), k == f.n ? "absent" : "unknown");
    }
    assert_true(told > 50);
    sk_guard_free(&g);
}

static void quoted_questions_and_other_ports_are_no_transactions(void **state) {
    struct rig *r = *state;
    struct bytes q = message(1, RD, "a.example", 1, 0, 0);
    struct bytes u = rig_udp(40000, 53, &q), inner = rig_ip4(CLIENT, SERVER, 17, &u);
    struct bytes icmp = rig_hex("0303 0000 00000000"), error = rig_join(&icmp, &inner);
    struct bytes ip = rig_ip4(SERVER, CLIENT, 1, &error), f = rig_eth(0x0800, &ip);
    rig_frame(r, f.b, f.n);
    u = rig_udp(53, 40000, &q); /* a question from port 53 to a client */
    ip = rig_ip4(SERVER, CLIENT, 17, &u);
    f = rig_eth(0x0800, &ip);
    rig_frame(r, f.b, f.n);
    rig_flush(r, SK_SEC);
    assert_int_equal(rig_count(r, SKE_dns_transaction), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        T(question_and_answer_are_one_event),
        T(refused_and_authoritative_answers_prove_no_recursion),
        T(an_answer_without_its_question_says_so),
        T(an_answer_must_fit_its_question),
        T(copies_are_told_once),
        T(silence_is_told_after_ten_seconds),
        T(the_table_is_bounded),
        T(spf_is_present_where_a_record_begins_with_its_version),
        T(spf_of_aliases_is_that_of_their_end),
        T(spf_is_absent_only_where_the_answer_shows_it),
        T(an_unsolicited_or_wrongly_summed_answer_teaches_nothing),
        T(names_are_escaped_and_types_named),
        T(edns_widens_the_response_code),
        T(broken_names_are_refused),
        T(names_have_255_octets_at_most),
        T(nothing_is_read_behind_the_message_and_cuts_invent_nothing),
        T(quoted_questions_and_other_ports_are_no_transactions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
