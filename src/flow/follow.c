/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who began a conversation and what became of it: TCP (RFC 9293), UDP, QUIC (RFC 9000, by its long headers), SCTP
 * (RFC 9260), ICMP echo.
 *
 * Nothing is concluded from a side that is not seen: a flow of which only the responder was seen is closed at its end,
 * never unanswered. An initiator that acknowledges and sends data was answered, whether we see the answers or not.
 */
#include "flow/table.h"

enum { SCTP_COMMON = 12, SCTP_INIT = 1, SCTP_INIT_ACK = 2, SCTP_ABORT = 6 };
enum { QUIC_LONG = 0x80, QUIC_FIXED = 0x40, QUIC_CID_MAX = 20, QUIC_CLIENT_DCID_MIN = 8, QUIC_INITIAL_BYTES = 1200 };

struct quic {
    bool is_long;
    bool initial; /* a client's first: type Initial, destination connection id of at least 8 bytes, a padded datagram */
};

static bool quic_version(uint32_t v) {
    return v == 0                            /* version negotiation */
           || v == 1 || v == 0x6b3343cf      /* RFC 9000, RFC 9369 */
           || (v & 0x0f0f0f0f) == 0x0a0a0a0a /* reserved to exercise negotiation */
           || (v & 0xffffff00) == 0xff000000 /* drafts */
           || (v & 0xffffff00) == 0xfaceb000 /* mvfst */
           || (v & 0xff00ff00) == (0x51003000 & 0xff00ff00) /* Qx0y: gQUIC with long headers */;
}

static struct quic quic_of(const struct flow_packet *p) {
    struct quic q = {0};
    struct sk_cur c = p->upper;
    sk_cur_skip(&c, 8);
    uint8_t first = sk_cur_u8(&c);
    uint32_t version = sk_cur_be32(&c);
    uint8_t dcid = sk_cur_u8(&c);
    sk_cur_skip(&c, dcid);
    uint8_t scid = sk_cur_u8(&c);
    sk_cur_skip(&c, scid);
    if (!sk_cur_ok(&c) || !(first & QUIC_LONG) || !quic_version(version) || dcid > QUIC_CID_MAX || scid > QUIC_CID_MAX)
        return q;
    if (version && !(first & QUIC_FIXED))
        return q;
    q.is_long = true;
    uint8_t type = version == 0x6b3343cf ? 1 : 0;
    q.initial = version && (first >> 4 & 3) == type && dcid >= QUIC_CLIENT_DCID_MIN && p->payload >= QUIC_INITIAL_BYTES;
    return q;
}

/** Ports that servers use: those below 1024 and, above, these. */
static bool service_port(uint16_t port) {
    /* clang-format off */
    switch (port) {
    case 1194: case 1433: case 1521: case 1701: case 1723: case 1812: case 1813: case 1883: case 2049: case 3128:
    case 3268: case 3306: case 3389: case 3478: case 4433: case 4500: case 5060: case 5061: case 5222: case 5353:
    case 5355: case 5432: case 5900: case 6379: case 8000: case 8080: case 8443: case 8883: case 9200: case 10050:
        /* clang-format on */
        return true;
    default:
        return port > 0 && port < 1024;
    }
}

/** @return 1: the sender is the client by its ports, 0: the server, -1: ports do not tell */
static int client_by_port(const struct flow_packet *p) {
    bool s = service_port(p->sport);
    bool d = service_port(p->dport);
    return s == d ? -1 : d;
}

static void begin_by_port(struct flow_hot *h, const struct flow_packet *p, unsigned end) {
    int client = client_by_port(p);
    if (client < 0)
        flow_set_initiator(h, end, SK_BY_FIRST_PACKET);
    else
        flow_set_initiator(h, client ? end : !end, SK_BY_PORT);
}

static uint8_t sctp_chunk(const struct flow_packet *p) { return sk_cur_peek(&p->upper, SCTP_COMMON); }

static void begin_udp(struct flow_hot *h, const struct flow_packet *p, unsigned end) {
    if ((p->sport == 53 || p->dport == 53) && p->upper.left >= 8 + 3) {
        bool answer = sk_cur_peek(&p->upper, 8 + 2) & 0x80;
        flow_set_initiator(h, answer ? !end : end, SK_BY_DNS);
    } else if (client_by_port(p) != 0 && quic_of(p).initial) {
        flow_set_initiator(h, end, SK_BY_QUIC);
    } else {
        begin_by_port(h, p, end);
    }
}

void flow_begin(struct flow_hot *h, const struct flow_packet *p, unsigned end) {
    switch (p->ip->proto) {
    case 6:
        if ((p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
            flow_set_initiator(h, end, SK_BY_SYN);
        } else if (p->tcp_flags & TCP_SYN) {
            /* Only the answer was seen: the direction is sure, but what we did not see is never called seen. */
            bool by_port = client_by_port(p) == 0;
            flow_set_initiator(h, !end, by_port ? SK_BY_PORT : SK_BY_FIRST_PACKET);
        } else {
            begin_by_port(h, p, end);
        }
        break;
    case 17:
        begin_udp(h, p, end);
        break;
    case 132:
        if (sctp_chunk(p) == SCTP_INIT)
            flow_set_initiator(h, end, SK_BY_SYN);
        else
            begin_by_port(h, p, end);
        break;
    default: {
        uint8_t type = sk_cur_peek(&p->upper, 0);
        flow_set_initiator(h, type == 8 || type == 128 ? end : !end, SK_BY_ICMP);
    }
    }
}

bool flow_worth(const struct flow_packet *p) {
    if (p->ip->proto == 6)
        return p->tcp_flags & TCP_SYN ? !(p->tcp_flags & TCP_RST) : p->payload > 0 && !(p->tcp_flags & TCP_RST);
    if (p->ip->proto == 132)
        return sctp_chunk(p) != SCTP_ABORT;
    return true;
}

bool flow_reused(const struct flow_hot *h, const struct flow_packet *p) {
    if (p->ip->proto == 6)
        return (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN && flow_both(h, FB_FIN);
    return p->ip->proto == 132 && sctp_chunk(p) == SCTP_INIT && flow_both(h, FB_FIN);
}

/** @return true: changed */
static bool become(struct flow_hot *h, enum sk_flow_state s) {
    enum sk_flow_state now = flow_state(h);
    if (now == s || now == SK_FLOW_ESTABLISHED)
        return false;
    flow_set_state(h, s);
    return true;
}

static bool follow_reset(struct flow_hot *h, unsigned end) {
    bool answered = h->bits & FB_ANSWER || flow_state(h) != SK_FLOW_OPENED || !(h->bits & FB_SYN);
    h->bits |= FB_FIN;
    return !answered && end != flow_initiator(h) && become(h, SK_FLOW_REFUSED);
}

static bool follow_tcp(struct flow_hot *h, const struct flow_packet *p, unsigned end) {
    uint8_t flags = p->tcp_flags;
    if (flags & TCP_RST)
        return follow_reset(h, end);
    if ((flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
        /* A SYN that comes after its answer (another queue of the tap) says who began better than ports do. */
        if (!(h->bits & FB_SYN) && flow_state(h) != SK_FLOW_ESTABLISHED)
            flow_set_initiator(h, end, SK_BY_SYN);
        if (flow_initiator(h) == end)
            h->bits |= FB_SYN;
    } else if (flags & TCP_SYN) {
        h->bits |= FB_ANSWER;
    }
    if (flags & TCP_FIN)
        h->bits |= flow_bit(FB_FIN0, end);
    if (flow_both(h, FB_SYN | FB_ANSWER))
        return become(h, SK_FLOW_ESTABLISHED);
    if (flags & TCP_SYN || !(flags & TCP_ACK))
        return false;
    bool through = h->bits & (FB_SYN | FB_ANSWER) ? p->payload > 0 : flow_both(h, FB_SEEN);
    return through && become(h, SK_FLOW_ESTABLISHED);
}

static bool follow_sctp(struct flow_hot *h, const struct flow_packet *p, unsigned end) {
    uint8_t chunk = sctp_chunk(p);
    if (chunk == SCTP_ABORT) {
        h->bits |= FB_FIN;
        return end != flow_initiator(h) && flow_state(h) == SK_FLOW_OPENED && become(h, SK_FLOW_REFUSED);
    }
    if (chunk == SCTP_INIT && end == flow_initiator(h))
        h->bits |= FB_SYN;
    return flow_both(h, FB_SEEN) && become(h, SK_FLOW_ESTABLISHED);
}

bool flow_follow(struct flow_hot *h, const struct flow_packet *p, unsigned end) {
    switch (p->ip->proto) {
    case 6:
        return follow_tcp(h, p, end);
    case 17:
        /* Only until it is answered: later packets need no look at their bytes. */
        if (flow_state(h) == SK_FLOW_ESTABLISHED)
            return false;
        if (!(h->bits & flow_bit(FB_QUIC0, end)) && quic_of(p).is_long)
            h->bits |= flow_bit(FB_QUIC0, end);
        return flow_both(h, FB_SEEN) && become(h, SK_FLOW_ESTABLISHED);
    case 132:
        return follow_sctp(h, p, end);
    default: {
        uint8_t type = sk_cur_peek(&p->upper, 0);
        bool reply = type == 0 || type == 129;
        return reply && flow_both(h, FB_SEEN) && become(h, SK_FLOW_ESTABLISHED);
    }
    }
}
