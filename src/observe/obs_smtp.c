/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail over cleartext SMTP (RFC 5321): one event a transaction, from MAIL FROM to the reply to its message, or to its
 * refusal; one event where STARTTLS (RFC 3207) ends what can be read. The client is the event's source.
 */
#include "sekimori/observer.h"

#include "observe/smtp_session.h"

#include <stdlib.h>

/* clang-format off */
SK_EVENT(smtp_transaction, "smtp.transaction", STATE, "0.1", "A mail transaction was accepted or refused, or the connection went over to TLS")
SK_FIELD(smtp_role, "smtp.role", KEYWORD, ONE, "", "0.1", "inbound (from outside), outbound, submission (port 587), relay (between two mail servers of the policy), internal, transit")
SK_FIELD(smtp_accepted, "smtp.accepted", BOOL, ONE, "", "0.1", "The message was taken over (2yz at its end); absent where the server's side is not seen")
SK_FIELD(smtp_reply_code, "smtp.reply_code", LONG, ONE, "", "0.1", "Reply that decided")
SK_FIELD(smtp_helo, "smtp.helo", KEYWORD, ONE, "", "0.1", "Name the client gave with EHLO, HELO or LHLO")
SK_FIELD(smtp_mail_from_domain, "smtp.mail_from.domain", KEYWORD, ONE, "", "0.1", "Domain of the sender; of <> that of HELO (RFC 7208 2.4). Local parts are never kept")
SK_FIELD(smtp_mail_from_null, "smtp.mail_from.null", BOOL, ONE, "", "0.1", "MAIL FROM:<>: a notification")
SK_FIELD(smtp_rcpt_domain, "smtp.rcpt.domain", KEYWORD, LIST, "", "0.1", "Domains of the recipients")
SK_FIELD(smtp_rcpt_count, "smtp.rcpt.count", LONG, ONE, "", "0.1", "Recipients, accepted and refused")
SK_FIELD(smtp_tls, "smtp.tls", BOOL, ONE, "", "0.1", "STARTTLS was accepted: the rest of the connection cannot be read")
/* clang-format on */

enum { SUBMISSION = 587, SESSIONS_MAX = 4096 };
static const uint16_t ports[] = {25, SUBMISSION, 2525, 0};

struct smtp {
    unsigned sessions;
};

/* What sk_smtp_told() gets: the call it is made in. */
struct call {
    struct sk_obs *o;
    const struct sk_flow_view *v;
};

struct session {
    struct call call;
    struct sk_smtp_session smtp;
};

static bool inside(const struct sk_policy *p, const struct sk_addr *a, uint16_t segment) {
    struct sk_place place;
    sk_policy_place(p, a, segment, &place);
    return place.side == SK_SIDE_INSIDE;
}

static const char *role_of(const struct sk_policy *p, const struct sk_flow_view *v) {
    if (v->port[1] == SUBMISSION)
        return "submission";
    bool from = inside(p, &v->addr[0], v->segment), to = inside(p, &v->addr[1], v->segment);
    bool to_ours = sk_policy_is_mail_server(p, &v->addr[1]) == SK_YES;
    bool from_ours = sk_policy_is_mail_server(p, &v->addr[0]) == SK_YES;
    if (from_ours && to_ours)
        return "relay";
    /* A mail server of ours may stand at an address that no prefix of the policy calls inside. */
    if ((to || to_ours) && !from && !from_ours)
        return "inbound";
    if ((from || from_ours) && !to)
        return "outbound";
    return from ? "internal" : "transit";
}

static void put_sender(struct sk_event *ev, const struct sk_smtp_session *s, const struct sk_smtp_transaction *t) {
    uint8_t name[SK_SMTP_DOMAIN_MAX];
    sk_event_put_int(ev, SKF_smtp_mail_from_null, t->null_path);
    if (!t->null_path) {
        sk_event_put_bytes(ev, SKF_smtp_mail_from_domain, t->from, t->from_len);
        return;
    }
    size_t n = s->helo_len;
    if (n && s->helo[n - 1] == '.')
        n--;
    if (!sk_smtp_is_domain(s->helo, n))
        return;
    for (size_t i = 0; i < n; i++)
        name[i] = s->helo[i] >= 'A' && s->helo[i] <= 'Z' ? (uint8_t)(s->helo[i] | 0x20) : s->helo[i];
    sk_event_put_bytes(ev, SKF_smtp_mail_from_domain, name, n);
}

static void put_transaction(struct sk_event *ev, const struct sk_smtp_session *s, const struct sk_smtp_transaction *t,
                            uint16_t code) {
    if (code) {
        sk_event_put_int(ev, SKF_smtp_accepted, code / 100 == 2);
        sk_event_put_int(ev, SKF_smtp_reply_code, code);
    }
    put_sender(ev, s, t);
    size_t at = 0;
    for (unsigned i = 0; i < t->n_rcpt; i++) {
        sk_event_put_bytes(ev, SKF_smtp_rcpt_domain, t->rcpt + at + 1, t->rcpt[at]);
        at += 1u + t->rcpt[at];
    }
    sk_event_put_int(ev, SKF_smtp_rcpt_count, (int64_t)t->rcpt_accepted + t->rcpt_refused);
}

static void told(void *arg, const struct sk_smtp_session *s, const struct sk_smtp_transaction *t, uint16_t code,
                 bool tls) {
    const struct call *call = arg;
    struct sk_obs *o = call->o;
    struct sk_event *ev = sk_obs_flow_event(o, SKE_smtp_transaction, call->v, o->pkt == NULL);
    if (!ev)
        return;
    if (o->pkt) { /* the frame that decided, not the first of the connection */
        ev->file = o->pkt->file;
        ev->number = o->pkt->number;
        ev->iface = o->pkt->iface;
    }
    sk_event_put_text(ev, SKF_smtp_role, role_of(o->policy, call->v));
    sk_event_put_bytes(ev, SKF_smtp_helo, s->helo, s->helo_len);
    if (tls)
        sk_event_put_int(ev, SKF_smtp_tls, true);
    else
        put_transaction(ev, s, t, code);
    sk_obs_commit(o, ev);
}

static struct session *session_new(struct smtp *all, struct sk_obs *o) {
    struct session *s = all->sessions < SESSIONS_MAX ? malloc(sizeof *s) : NULL;
    if (!s) {
        o->counts->evictions++;
        return NULL;
    }
    all->sessions++;
    sk_smtp_begin(&s->smtp, told, &s->call);
    return s;
}

static bool is_ours(uint16_t port) {
    for (const uint16_t *p = ports; *p; p++)
        if (*p == port)
            return true;
    return false;
}

static void stream(void *state, struct sk_obs *o, const struct sk_flow_view *v, void **user, unsigned dir,
                   const uint8_t *data, size_t n, bool gap, bool end) {
    struct smtp *all = state;
    if (!*user && !end && is_ours(v->port[1]))
        *user = session_new(all, o);
    struct session *s = *user;
    if (!s)
        return;
    s->call = (struct call){.o = o, .v = v};
    if (end) {
        sk_smtp_end(&s->smtp);
        free(s);
        *user = NULL;
        all->sessions--;
    } else if (dir == 0) {
        sk_smtp_client(&s->smtp, data, n, gap);
    } else {
        sk_smtp_server(&s->smtp, data, n, gap);
    }
}

const struct sk_observer sk_obs_smtp = {
    .name = "smtp", .tcp_ports = ports, .state_size = sizeof(struct smtp), .stream = stream};
