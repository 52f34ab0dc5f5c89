/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunnel Setup Protocol (RFC 5572): a client asks a broker for a tunnel, over TCP or UDP port 3653.
 *
 *   C: VERSION=2.0.0                      S: CAPABILITY TUNNEL=V6V4 TUNNEL=V6UDPV4 AUTH=ANONYMOUS
 *   C: AUTHENTICATE ANONYMOUS             S: 200 Success
 *   C: Content-length: 97                 S: Content-length: 420
 *      <tunnel action="create" ..>           200 OK
 *                                            <tunnel action="info" type="v6udpv4" lifetime="1440"> ..
 *
 * In UDP each message is behind a header of 8 bytes (dec_tsp.c). One event a message; of a value only what is whole.
 * Over TCP each run of bytes is collected until the message that it announces is complete.
 */
#include "sekimori/observer.h"

#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
SK_EVENT(tsp_message, "tsp.message", FRAME, "0.1", "A message that sets up an IPv6 tunnel with a broker (RFC 5572)")
SK_FIELD(tsp_command, "tsp.command", KEYWORD, ONE, "", "0.1", "version, capability, authenticate, tunnel (what tsp.action says) or status")
SK_FIELD(tsp_version, "tsp.version", KEYWORD, ONE, "", "0.1", "Version the client speaks")
SK_FIELD(tsp_authentication, "tsp.authentication", KEYWORD, ONE, "", "0.1", "Mechanism the client chose: ANONYMOUS, PLAIN, DIGEST-MD5, ..")
SK_FIELD(tsp_status, "tsp.status", LONG, ONE, "", "0.1", "Status of the broker's answer; 200 is success")
SK_FIELD(tsp_action, "tsp.action", KEYWORD, ONE, "", "0.1", "create or delete (client), info (broker), accept or reject (client)")
SK_FIELD(tsp_tunnel_type, "tsp.tunnel.type", KEYWORD, ONE, "", "0.1", "v6v4 (protocol 41), v6udpv4 (through NAT), v6anyv4 (whichever works), v4v6")
SK_FIELD(tsp_tunnel_lifetime, "tsp.tunnel.lifetime", LONG, ONE, "", "0.1", "Lifetime of the tunnel as the broker gives it (RFC 5572 names no unit: minutes in use)")
SK_FIELD(tsp_client_ip, "tsp.client.ip", IP, LIST, "", "0.1", "Addresses of the client's end: outer and inner")
SK_FIELD(tsp_server_ip, "tsp.server.ip", IP, LIST, "", "0.1", "Addresses of the broker's end: outer and inner")
SK_FIELD(tsp_prefix, "tsp.prefix", KEYWORD, ONE, "", "0.1", "Prefix given to the client's network")
/* clang-format on */

enum { MESSAGE_MAX = 2048, SESSIONS_MAX = 1024, ADDRESSES_MAX = 16, UDP_HEADER = 8, LENGTH_DIGITS = 5 };

static const uint16_t ports[] = {3653, 0};

/* --- text --- */

static bool at_word(const struct sk_cur *c, const char *word) {
    struct sk_cur peek = *c;
    size_t n = strlen(word);
    const uint8_t *b = sk_cur_take(&peek, n);
    return b && memcmp(b, word, n) == 0;
}

/* Step behind the next word. @return false: it is not there, c is spent */
static bool find(struct sk_cur *c, const char *word) {
    while (c->left) {
        if (at_word(c, word)) {
            sk_cur_skip(c, strlen(word));
            return true;
        }
        sk_cur_skip(c, 1);
    }
    return false;
}

/* What stands before any of the stops; a value without its end is none: it may be cut. */
static bool until(struct sk_cur *c, const char *stops, struct sk_cur *ret) {
    size_t n = 0;
    while (n < c->left && (sk_cur_peek(c, n) == 0 || !strchr(stops, sk_cur_peek(c, n))))
        n++;
    if (n == c->left)
        return false;
    *ret = sk_cur_sub(c, n);
    return true;
}

static bool number(struct sk_cur c, int64_t *ret) {
    *ret = 0;
    if (c.left == 0 || c.left > 9)
        return false;
    while (c.left) {
        uint8_t b = sk_cur_u8(&c);
        if (b < '0' || b > '9')
            return false;
        *ret = *ret * 10 + (b - '0');
    }
    return true;
}

static void put(struct sk_event *ev, enum sk_field_id f, struct sk_cur value) {
    if (value.left && value.left <= 64)
        sk_event_put_bytes(ev, f, value.p, value.left);
}

/* --- XML: only the elements that RFC 5572 section 4.3 gives a tunnel --- */

/* Attribute of the element whose name was just read: up to its '>'. */
static bool attribute(struct sk_cur element, const char *name, struct sk_cur *ret) {
    return find(&element, name) && until(&element, "\"", ret);
}

static void put_addresses(struct sk_event *ev, enum sk_field_id f, struct sk_cur end) {
    for (unsigned i = 0; i < ADDRESSES_MAX && find(&end, "<address"); i++) {
        struct sk_cur text;
        struct sk_addr a;
        if (!find(&end, ">") || !until(&end, "<", &text))
            return;
        if (text.left && text.left <= SK_ADDR_TEXT && sk_addr_parse((const char *)text.p, text.left, &a))
            sk_event_put_ip(ev, f, &a);
    }
}

/* One end of the tunnel: what stands between its two tags. */
static struct sk_cur section(struct sk_cur c, const char *begin, const char *end) {
    if (!find(&c, begin))
        return sk_cur_of("", 0);
    struct sk_cur rest = c;
    size_t before = rest.left;
    if (find(&rest, end))
        sk_cur_limit(&c, before - rest.left);
    return c;
}

static void put_prefix(struct sk_event *ev, struct sk_cur c) {
    struct sk_cur element, len, text;
    char whole[SK_ADDR_TEXT + 8];
    int64_t n;
    if (!find(&c, "<prefix") || !until(&c, ">", &element) || !attribute(element, "length=\"", &len))
        return;
    sk_cur_skip(&c, 1);
    if (!until(&c, "<", &text) || !number(len, &n) || text.left == 0 || text.left > SK_ADDR_TEXT)
        return;
    int written = snprintf(whole, sizeof whole, "%.*s/%d", (int)text.left, (const char *)text.p, (int)n);
    if (written > 0)
        sk_event_put_bytes(ev, SKF_tsp_prefix, (const uint8_t *)whole, strnlen(whole, sizeof whole));
}

static bool put_tunnel(struct sk_event *ev, struct sk_cur c) {
    struct sk_cur element, value;
    int64_t n;
    if (!find(&c, "<tunnel ") || !until(&c, ">", &element))
        return false;
    if (attribute(element, "action=\"", &value))
        put(ev, SKF_tsp_action, value);
    if (attribute(element, "type=\"", &value))
        put(ev, SKF_tsp_tunnel_type, value);
    if (attribute(element, "lifetime=\"", &value) && number(value, &n))
        sk_event_put_int(ev, SKF_tsp_tunnel_lifetime, n);
    put_addresses(ev, SKF_tsp_client_ip, section(c, "<client>", "</client>"));
    put_addresses(ev, SKF_tsp_server_ip, section(c, "<server>", "</server>"));
    put_prefix(ev, c);
    return true;
}

/* --- messages --- */

static bool is_digit(uint8_t b) { return b >= '0' && b <= '9'; }

static bool is_status(const struct sk_cur *c) {
    return c->left >= 4 && is_digit(sk_cur_peek(c, 0)) && is_digit(sk_cur_peek(c, 1)) && is_digit(sk_cur_peek(c, 2)) &&
           (sk_cur_peek(c, 3) == ' ' || sk_cur_peek(c, 3) == '\r');
}

static bool put_status(struct sk_event *ev, struct sk_cur c) {
    int64_t n;
    struct sk_cur digits = sk_cur_sub(&c, 3);
    if (!number(digits, &n))
        return false;
    sk_event_put_int(ev, SKF_tsp_status, n);
    return true;
}

static bool is_message(const struct sk_cur *c) {
    return at_word(c, "VERSION=") || at_word(c, "CAPABILITY ") || at_word(c, "AUTHENTICATE ") ||
           at_word(c, "Content-length:") || is_status(c);
}

static void put_message(struct sk_event *ev, struct sk_cur c) {
    struct sk_cur value;
    const char *command = "status";
    if (at_word(&c, "VERSION=")) {
        command = "version";
        sk_cur_skip(&c, 8);
        if (until(&c, "\r\n", &value))
            put(ev, SKF_tsp_version, value);
    } else if (at_word(&c, "CAPABILITY ")) {
        command = "capability";
    } else if (at_word(&c, "AUTHENTICATE ")) {
        command = "authenticate";
        sk_cur_skip(&c, 13);
        if (until(&c, "\r\n", &value))
            put(ev, SKF_tsp_authentication, value);
    } else if (is_status(&c)) {
        (void)put_status(ev, c);
    } else {
        command = "tunnel";
        (void)find(&c, "\n");
        if (is_status(&c))
            (void)put_status(ev, c);
        (void)put_tunnel(ev, c);
    }
    sk_event_put_text(ev, SKF_tsp_command, command);
}

static void datagram(void *state, struct sk_obs *o, unsigned layer, struct sk_cur payload) {
    (void)state;
    if (sk_cur_peek(&payload, 0) >> 4 != 15)
        return;
    sk_cur_skip(&payload, UDP_HEADER);
    if (!is_message(&payload))
        return;
    struct sk_event *ev = sk_obs_event(o, SKE_tsp_message, layer);
    if (!ev)
        return;
    put_message(ev, payload);
    sk_obs_commit(o, ev);
}

/* --- over TCP --- */

struct session {
    uint8_t text[2][MESSAGE_MAX];
    size_t n[2];
    bool lost[2];
};
struct tsp {
    unsigned sessions;
};

/* Bytes of the first message of what was collected; 0: more are to come. */
static size_t complete(const uint8_t *text, size_t n) {
    struct sk_cur c = sk_cur_of(text, n), line, digits;
    int64_t body;
    if (!until(&c, "\n", &line))
        return n == MESSAGE_MAX ? n : 0;
    size_t first = line.left + 1;
    if (!at_word(&line, "Content-length:"))
        return first;
    sk_cur_skip(&line, 15);
    while (line.left && sk_cur_peek(&line, 0) == ' ')
        sk_cur_skip(&line, 1);
    if (!until(&line, "\r", &digits))
        digits = line; /* ended by LF alone */
    if (digits.left > LENGTH_DIGITS || !number(digits, &body) || first + (size_t)body > MESSAGE_MAX)
        return n == MESSAGE_MAX ? n : 0; /* longer than anybody's: what came of it */
    return n >= first + (size_t)body ? first + (size_t)body : 0;
}

static void told(struct sk_obs *o, const struct sk_flow_view *v, struct sk_cur message) {
    if (!is_message(&message))
        return;
    struct sk_event *ev = sk_obs_flow_event(o, SKE_tsp_message, v, o->pkt == NULL);
    if (!ev)
        return;
    if (o->pkt) {
        ev->file = o->pkt->file;
        ev->number = o->pkt->number;
        ev->iface = o->pkt->iface;
    }
    put_message(ev, message);
    sk_obs_commit(o, ev);
}

static void take(struct session *s, struct sk_obs *o, const struct sk_flow_view *v, unsigned dir, const uint8_t *data,
                 size_t n) {
    struct sk_cur in = sk_cur_of(data, n);
    while (in.left && !s->lost[dir]) {
        size_t room = MESSAGE_MAX - s->n[dir];
        size_t part = in.left < room ? in.left : room;
        sk_cur_copy(&in, s->text[dir] + s->n[dir], part);
        s->n[dir] += part;
        for (size_t k; (k = complete(s->text[dir], s->n[dir])) > 0;) {
            told(o, v, sk_cur_of(s->text[dir], k));
            s->n[dir] -= k;
            memmove(s->text[dir], s->text[dir] + k, s->n[dir]);
        }
    }
}

static void stream(void *state, struct sk_obs *o, const struct sk_flow_view *v, void **user, unsigned dir,
                   const uint8_t *data, size_t n, bool gap, bool end) {
    struct tsp *all = state;
    struct session *s = *user;
    if (end) {
        all->sessions -= s != NULL;
        free(s);
        *user = NULL;
        return;
    }
    if (!s) {
        s = all->sessions < SESSIONS_MAX ? calloc(1, sizeof *s) : NULL;
        if (!s) {
            o->counts->evictions++;
            return;
        }
        all->sessions++;
        *user = s;
    }
    if (gap)
        s->lost[dir] = true; /* where the next message begins is not known */
    take(s, o, v, dir, data, n);
}

const struct sk_observer sk_obs_tsp = {.name = "tsp",
                                       .udp_ports = ports,
                                       .tcp_ports = ports,
                                       .state_size = sizeof(struct tsp),
                                       .datagram = datagram,
                                       .stream = stream};
