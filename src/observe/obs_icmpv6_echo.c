/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMPv6 echo request and reply (RFC 4443 section 4), one event a message.
 *
 *   +----------+------+----------+------------+----------+--------
 *   | 128, 129 | code | checksum | identifier | sequence | data ..
 *   +----------+------+----------+------------+----------+--------
 *
 * A reply must return the data of its request as it was (4.2): other data is somebody else's conversation. What was
 * asked is remembered for ASKED, outside of tunnels (both ways of a tunnel may be in different lanes).
 */
#include "observe/icmp6.h"
#include "sekimori/table.h"

/* clang-format off */
SK_EVENT(icmpv6_echo, "icmpv6.echo", FRAME, "0.1", "ICMPv6 echo request or reply (RFC 4443 section 4)")
SK_FIELD(icmpv6_echo_kind, "icmpv6.echo.kind", KEYWORD, ONE, "", "0.1", "request or reply")
SK_FIELD(icmpv6_echo_id, "icmpv6.echo.id", LONG, ONE, "", "0.1", "Identifier")
SK_FIELD(icmpv6_echo_sequence, "icmpv6.echo.sequence", LONG, ONE, "", "0.1", "Sequence number")
SK_FIELD(icmpv6_echo_bytes, "icmpv6.echo.bytes", LONG, ONE, "B", "0.1", "Bytes of data")
SK_FIELD(icmpv6_echo_distinct, "icmpv6.echo.distinct", LONG, ONE, "", "0.1", "Different byte values in the data, where it has 128 bytes or more: text has under 80, what is encrypted or compressed over 90")
SK_FIELD(icmpv6_echo_altered, "icmpv6.echo.altered", BOOL, ONE, "", "0.1", "Reply: its data is not that of the request; absent: the request was not seen, or was longer")
/* clang-format on */

#define ASKED (10 * SK_SEC)

enum { ECHO_REQUEST = 128, ECHO_REPLY = 129, MUCH = 128, ASKED_MAX = 16384 };

struct key {
    struct sk_addr asker, asked;
    uint16_t id, sequence;
    uint32_t zero;
};
struct asked {
    sk_time at;
    uint64_t hash;
    size_t n;
};
struct state {
    struct sk_table *asked;
};

static sk_err init(void *state, struct sk_obs *o) {
    struct state *s = state;
    struct sk_table_config cfg = {
        .key_size = sizeof(struct key), .value_size = sizeof(struct asked), .cap = ASKED_MAX, .key = *o->key};
    s->asked = sk_table_new(&cfg);
    return s->asked ? SK_OK : SK_ENOMEM;
}

static void fini(void *state) { sk_table_free(((struct state *)state)->asked); }

static int64_t distinct(const struct sk_cur *data) {
    uint64_t seen[4] = {0};
    int64_t n = 0;
    struct sk_cur c = *data;
    while (c.left) {
        uint8_t b = sk_cur_u8(&c);
        seen[b / 64] |= UINT64_C(1) << b % 64;
    }
    for (unsigned i = 0; i < 4; i++)
        n += __builtin_popcountll(seen[i]);
    return n;
}

/* Remembers a request; of a reply, compares. */
static void compare(struct state *s, struct sk_obs *o, struct sk_event *ev, const struct sk_icmp6 *m, uint16_t id,
                    uint16_t sequence, const struct sk_cur *data) {
    bool reply = m->type == ECHO_REPLY;
    struct key k;
    memset(&k, 0, sizeof k); /* padding is hashed */
    k.asker = reply ? m->ip->dst : m->ip->src;
    k.asked = reply ? m->ip->src : m->ip->dst;
    k.id = id;
    k.sequence = sequence;
    uint64_t hash = sk_hash(o->key, data->p, data->left);
    if (!reply) {
        uint64_t before = sk_table_evicted(s->asked);
        *(struct asked *)sk_table_put(s->asked, &k, NULL) = (struct asked){o->now, hash, data->left};
        o->counts->evictions += sk_table_evicted(s->asked) - before;
        return;
    }
    const struct asked *q = sk_table_get(s->asked, &k);
    if (q && o->now - q->at <= ASKED && data->left >= q->n)
        sk_event_put_int(ev, SKF_icmpv6_echo_altered, hash != q->hash);
}

static void layer(void *state, struct sk_obs *o, unsigned i) {
    struct sk_icmp6 m;
    if (!sk_icmp6_of(o, i, &m) || (m.type != ECHO_REQUEST && m.type != ECHO_REPLY))
        return;
    struct sk_event *ev = sk_icmp6_begin(o, SKE_icmpv6_echo, &m);
    if (!ev)
        return;
    sk_event_put_text(ev, SKF_icmpv6_echo_kind, m.type == ECHO_REQUEST ? "request" : "reply");
    struct sk_cur c = m.body;
    uint16_t id = sk_cur_be16(&c);
    uint16_t sequence = sk_cur_be16(&c);
    if (sk_cur_ok(&c)) {
        sk_event_put_int(ev, SKF_icmpv6_echo_id, id);
        sk_event_put_int(ev, SKF_icmpv6_echo_sequence, sequence);
    }
    if (sk_cur_ok(&c) && !m.incomplete) {
        sk_event_put_int(ev, SKF_icmpv6_echo_bytes, (int64_t)c.left);
        if (c.left >= MUCH)
            sk_event_put_int(ev, SKF_icmpv6_echo_distinct, distinct(&c));
        if (o->layers->at[i].depth == 0)
            compare(state, o, ev, &m, id, sequence, &c);
    }
    if (m.ip->src.b[0] == 0xff) /* RFC 4291 2.7: never a source */
        sk_icmp6_anomaly(ev, &m, "source", true);
    sk_icmp6_end(o, ev, &m, 0, false);
}

static void flush(void *state, struct sk_obs *o) {
    (void)o;
    sk_table_clear(((struct state *)state)->asked);
}

static const uint8_t protos[] = {SKP_ICMPV6, SKP_NONE};
const struct sk_observer sk_obs_icmpv6_echo = {.name = "icmpv6_echo",
                                               .protos = protos,
                                               .state_size = sizeof(struct state),
                                               .init = init,
                                               .fini = fini,
                                               .layer = layer,
                                               .flush = flush};
