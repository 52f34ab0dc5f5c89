/* SPDX-License-Identifier: Apache-2.0 */
/* SMTP: the session that follows both sides, and the events made of it. */
#include "observe/smtp_session.h"
#include "rig.h"

struct log {
    char text[4096];
    size_t n;
};

static void told(void *arg, const struct sk_smtp_session *s, const struct sk_smtp_transaction *t, uint16_t code,
                 bool tls) {
    struct log *l = arg;
    int n =
        snprintf(l->text + l->n, sizeof l->text - l->n, "[%s%s %.*s %.*s", tls ? "tls " : "",
                 t->null_path ? "null" : "", s->helo_len, (const char *)s->helo, t->from_len, (const char *)t->from);
    l->n += (size_t)n;
    size_t at = 0;
    for (unsigned i = 0; i < t->n_rcpt; i++) {
        l->n += (size_t)snprintf(l->text + l->n, sizeof l->text - l->n, " >%.*s", t->rcpt[at],
                                 (const char *)t->rcpt + at + 1);
        at += 1u + t->rcpt[at];
    }
    l->n += (size_t)snprintf(l->text + l->n, sizeof l->text - l->n, " %u]", code);
}

static struct sk_smtp_session s;
static struct log out;
static void begin(void) {
    memset(&out, 0, sizeof out);
    sk_smtp_begin(&s, told, &out);
}
static void c(const char *text) { sk_smtp_client(&s, (const uint8_t *)text, strlen(text), false); }
static void v(const char *text) { sk_smtp_server(&s, (const uint8_t *)text, strlen(text), false); }
static const char *end(void) {
    sk_smtp_end(&s);
    return out.text;
}
static void hello(void) {
    begin();
    v("220 mx\r\n");
    c("EHLO Mail.Example.net\r\n");
    v("250-mx\r\n250-SIZE\r\n250 PIPELINING\r\n");
}

static void a_message_is_one_transaction(void **state) {
    (void)state;
    hello();
    c("MAIL FROM:<a@Example.ORG> SIZE=10\r\n");
    v("250 ok\r\n");
    c("RCPT TO:<b@city.example>\r\n");
    v("250 ok\r\n");
    c("rcpt to:<c@City.Example>\r\n");
    v("250 ok\r\n");
    c("DATA\r\n");
    v("354 go\r\n");
    c("Subject: x\r\n\r\nMAIL FROM:<not@this>\r\n..stuffed\r\n.\r\n");
    assert_string_equal(out.text, "");
    v("250 queued\r\n");
    assert_string_equal(out.text, "[ Mail.Example.net example.org >city.example 250]");
    c("QUIT\r\n");
    v("221 bye\r\n");
    assert_string_equal(end(), "[ Mail.Example.net example.org >city.example 250]");
}

static void pipelining_is_followed_in_order(void **state) {
    (void)state;
    hello();
    c("MAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nRCPT TO:<b@z.example>\r\nDATA\r\n");
    v("250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n");
    c("text\r\n.\r\nMAIL FROM:<a@w.example>\r\nRSET\r\nMAIL FROM:<>\r\nRCPT TO:<q@y.example>\r\nDATA\r\n");
    v("250 queued\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n");
    c(".\r\n");
    v("554 spam\r\n");
    assert_string_equal(
        end(), "[ Mail.Example.net x.example >y.example >z.example 250][null Mail.Example.net  >y.example 554]");
}

static void refusals_are_told_where_they_come(void **state) {
    (void)state;
    hello();
    c("MAIL FROM:<a@x.example>\r\n");
    v("550 no\r\n");
    assert_string_equal(out.text, "[ Mail.Example.net x.example 550]");
    c("MAIL FROM:<a@y.example>\r\nRCPT TO:<b@z.example>\r\nQUIT\r\n");
    v("250 ok\r\n554 5.7.1 no\r\n221 bye\r\n");
    c("MAIL FROM:<a@v.example>\r\nRCPT TO:<b@z.example>\r\nDATA\r\n");
    v("250 ok\r\n250 ok\r\n451 later\r\n");
    c("NOOP\r\n"); /* the message was not sent */
    v("250 ok\r\n");
    assert_string_equal(end(), "[ Mail.Example.net x.example 550][ Mail.Example.net y.example >z.example 554]"
                               "[ Mail.Example.net v.example >z.example 451]");
}

static void an_abandoned_transaction_is_not_told(void **state) {
    (void)state;
    hello();
    c("MAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nRSET\r\n");
    v("250 ok\r\n250 ok\r\n250 ok\r\n");
    c("MAIL FROM:<a@x.example>\r\n");
    v("250 ok\r\n");
    c("DATA\r\n");
    v("354 go\r\n");
    c("cut off");
    assert_string_equal(end(), "");
}

static void bdat_counts_its_octets(void **state) {
    (void)state;
    hello();
    c("MAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nBDAT 9\r\n\r\n.\r\nRSET");
    v("250 ok\r\n250 ok\r\n250 got 9\r\n");
    assert_string_equal(out.text, "");
    c("BDAT 0 LAST\r\n");
    v("250 queued\r\n");
    c("MAIL FROM:<a@z.example>\r\nBDAT 99999999999999999999 LAST\r\nDATA\r\n"); /* never ends, and nothing breaks */
    assert_string_equal(end(), "[ Mail.Example.net x.example >y.example 250]");
}

static void starttls_ends_what_can_be_read(void **state) {
    (void)state;
    hello();
    c("STARTTLS\r\n");
    v("454 not now\r\n");
    c("NOOP\r\n");
    v("250 ok\r\n");
    c("STARTTLS\r\n");
    v("220 go\r\n");
    assert_string_equal(out.text, "[tls  Mail.Example.net  220]");
    c("\x16\x03\x01MAIL FROM:<a@x.example>\r\n");
    v("250 ok\r\n");
    assert_string_equal(end(), "[tls  Mail.Example.net  220]");
}

static void credentials_are_no_commands(void **state) {
    (void)state;
    hello();
    c("AUTH LOGIN\r\n");
    v("334 VXNlcm5hbWU6\r\n");
    c("DATA\r\n"); /* base64 of something */
    v("334 UGFzc3dvcmQ6\r\n");
    c("cGFzcw==\r\n");
    v("235 ok\r\n");
    c("MAIL FROM:<a@x.example>\r\n");
    v("553 no\r\n");
    assert_string_equal(end(), "[ Mail.Example.net x.example 553]");
}

static void one_side_says_what_was_sent_but_not_what_was_accepted(void **state) {
    (void)state;
    begin();
    c("EHLO h.example\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n");
    assert_string_equal(end(), "[ h.example x.example >y.example 0]");
}

static void after_a_loss_nothing_is_believed_until_a_reply(void **state) {
    (void)state;
    begin();
    sk_smtp_client(&s, (const uint8_t *)"MAIL FROM:<forged@body.example>\r\n", 33, true);
    c("RCPT TO:<x@y.example>\r\n.\r\n");
    v("250 queued\r\n");
    c("MAIL FROM:<a@x.example>\r\n");
    v("550 no\r\n");
    assert_string_equal(end(), "[  x.example 550]");
    hello();
    c("MAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\n");
    v("250 ok\r\n250 ok\r\n354 go\r\n");
    c("some of the ");
    sk_smtp_client(&s, (const uint8_t *)"message\r\n", 9, true); /* its end is lost too */
    v("250 queued\r\n");
    assert_string_equal(end(), "[ Mail.Example.net x.example >y.example 250]");
}

static void long_lines_and_many_commands_are_bounded(void **state) {
    (void)state;
    hello();
    for (int i = 0; i < 5000; i++)
        c("MAIL FROM:<");
    c("@x.example>\r\n");
    v("500 too long\r\n");
    assert_string_equal(out.text, "");
    for (int i = 0; i < 1000; i++) /* more than the queue holds, answered later */
        c("NOOP\r\n");
    c("MAIL FROM:<a@x.example>\r\n");
    for (int i = 0; i < 1000; i++)
        v("250 ok\r\n");
    v("550 no\r\n");
    assert_string_equal(end(), "[ Mail.Example.net x.example 550]");
}

static const char *domain(const char *path) {
    static uint8_t name[SK_SMTP_DOMAIN_MAX + 1];
    bool null_path;
    uint8_t n = sk_smtp_path_domain((const uint8_t *)path, strlen(path), name, &null_path);
    name[n] = 0;
    return null_path ? "null" : (const char *)name;
}

static void only_the_domain_of_a_path_is_kept(void **state) {
    (void)state;
    assert_string_equal(domain("<a@Example.org>"), "example.org");
    assert_string_equal(domain(" <a@example.org.> BODY=8BITMIME"), "example.org");
    assert_string_equal(domain("<@relay.example,@b:user@example.org>"), "example.org");
    assert_string_equal(domain("<\"a>b@c\"@example.org>"), "example.org");
    assert_string_equal(domain("<\"a\\\">\"@example.org>"), "example.org");
    assert_string_equal(domain("a@example.org SIZE=1"), "example.org");
    assert_string_equal(domain("<xn--wgv71a@xn--wgv71a.example>"), "xn--wgv71a.example");
    assert_string_equal(domain("<>"), "null");
    assert_string_equal(domain("<postmaster>"), "");
    assert_string_equal(domain("<a@[192.0.2.1]>"), "");
    assert_string_equal(domain("<a@[IPv6:2001:db8::1]>"), "");
    assert_string_equal(domain("<a@exa mple>"), "");
    assert_string_equal(domain("<a@>"), "");
    assert_string_equal(domain(""), "");
    assert_string_equal(domain("<"), "");
}

/** Every cut of the bytes of both sides gives the same transactions. */
static void any_segmentation_gives_the_same(void **state) {
    (void)state;
    static const struct {
        bool client;
        const char *text;
    } talk[] = {{false, "220 mx\r\n"},
                {true, "EHLO h.example\r\n"},
                {false, "250-a\r\n250 b\r\n"},
                {true, "MAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\n"},
                {false, "250 1\r\n250 2\r\n354 3\r\n"},
                {true, "a\r\n..\r\n.x\r\n.\r.\n\r\n.\r\nMAIL FROM:<>\r\nBDAT 4 LAST\r\n\r\n.\r"},
                {false, "250 q\r\n250 r\r\n552 s\r\n"},
                {true, "STARTTLS\r\n"},
                {false, "220 t\r\n"}};
    static const char right[] = "[ h.example x.example >y.example 250][null h.example  552][tls  h.example  220]";
    for (size_t step = 1; step < 70; step++)
        for (size_t first = 1; first <= step; first++) {
            begin();
            for (size_t i = 0; i < sizeof talk / sizeof talk[0]; i++) {
                size_t n = strlen(talk[i].text), take = first;
                for (size_t at = 0; at < n; at += take, take = step) {
                    take = take < n - at ? take : n - at;
                    struct sk_guard g = sk_guard_end(talk[i].text + at, take);
                    (talk[i].client ? sk_smtp_client : sk_smtp_server)(&s, g.p, take, false);
                    sk_guard_free(&g);
                }
            }
            assert_string_equal(end(), right);
            if (step > 12 && first > 3)
                break;
        }
}

/* --- events --- */

static const struct sk_event *mail(struct rig *r, const char *from, const char *to, uint16_t port, const char *client) {
    struct sk_flow_view view = {
        .addr = {rig_addr(from), rig_addr(to)}, .port = {40000, port}, .transport = 6, .vni = -1};
    struct sk_packet pkt = {.number = 77, .tap = SK_TAP_NONE};
    void *user = NULL;
    unsigned who = sk_observe_stream_port(r->all, port);
    static const char server[] = "220 a\r\n250 b\r\n250 c\r\n250 d\r\n354 e\r\n250 f\r\n";
    rig_clear(r);
    assert_int_not_equal(who, 0);
    r->o.pkt = &pkt;
    sk_observe_stream(r->all, &r->o, &view, who, &user, 0, (const uint8_t *)client, strlen(client), false, false);
    sk_observe_stream(r->all, &r->o, &view, who, &user, 1, (const uint8_t *)server, sizeof server - 1, false, false);
    sk_observe_stream(r->all, &r->o, &view, who, &user, 0, NULL, 0, false, true);
    assert_null(user);
    return rig_event(r, SKE_smtp_transaction, 0);
}
#define MAIL(path) "EHLO H.example\r\nMAIL FROM:" path "\r\nRCPT TO:<b@y.example>\r\nDATA\r\n.\r\n"

static void events_carry_the_transaction_and_its_role(void **state) {
    (void)state;
    struct rig *r = rig_new();
    r->o.policy = sk_policy_none();
    const struct sk_event *ev = mail(r, "203.0.113.1", "10.0.0.25", 25, MAIL("<a@x.example>"));
    assert_non_null(ev);
    assert_field(ev, "smtp.role", "inbound");
    assert_field(ev, "smtp.accepted", "true");
    assert_field(ev, "smtp.reply_code", "250");
    assert_field(ev, "smtp.helo", "H.example");
    assert_field(ev, "smtp.mail_from.domain", "x.example");
    assert_field(ev, "smtp.mail_from.null", "false");
    assert_field(ev, "smtp.rcpt.domain", "y.example");
    assert_field(ev, "source.ip", "203.0.113.1");
    assert_field(ev, "sekimori.packet.number", "77");
    ev = mail(r, "10.0.0.25", "203.0.113.1", 25, MAIL("<>"));
    assert_field(ev, "smtp.role", "outbound");
    assert_field(ev, "smtp.mail_from.null", "true");
    assert_field(ev, "smtp.mail_from.domain", "h.example"); /* RFC 7208 2.4 */
    ev = mail(r, "10.0.0.7", "203.0.113.1", 587, MAIL("<a@[192.0.2.1]>"));
    assert_field(ev, "smtp.role", "submission");
    assert_field(ev, "smtp.mail_from.domain", "");
    ev = mail(r, "10.0.0.7", "10.0.0.25", 25, MAIL("<a@x.example>"));
    assert_field(ev, "smtp.role", "internal");
    assert_int_equal(sk_observe_stream_port(r->all, 465), 0);
    rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_one_transaction),
        cmocka_unit_test(pipelining_is_followed_in_order),
        cmocka_unit_test(refusals_are_told_where_they_come),
        cmocka_unit_test(an_abandoned_transaction_is_not_told),
        cmocka_unit_test(bdat_counts_its_octets),
        cmocka_unit_test(starttls_ends_what_can_be_read),
        cmocka_unit_test(credentials_are_no_commands),
        cmocka_unit_test(one_side_says_what_was_sent_but_not_what_was_accepted),
        cmocka_unit_test(after_a_loss_nothing_is_believed_until_a_reply),
        cmocka_unit_test(long_lines_and_many_commands_are_bounded),
        cmocka_unit_test(only_the_domain_of_a_path_is_kept),
        cmocka_unit_test(any_segmentation_gives_the_same),
        cmocka_unit_test(events_carry_the_transaction_and_its_role),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
