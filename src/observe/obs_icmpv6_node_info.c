/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node information queries (RFC 4620): who are you, which names and addresses have you; one event a message.
 *
 *   +----------+------+----------+-------+-------+-----------+----------------
 *   | 139, 140 | code | checksum | qtype | flags | nonce, 8  | subject or data
 *   +----------+------+----------+-------+-------+-----------+----------------
 */
#include "observe/icmp6.h"
#include "observe/wire_text.h"

#include <stdio.h>

/* clang-format off */
SK_EVENT(icmpv6_node_info, "icmpv6.node_info", FRAME, "0.1", "ICMPv6 node information query or response (RFC 4620)")
SK_FIELD(icmpv6_node_info_kind, "icmpv6.node_info.kind", KEYWORD, ONE, "", "0.1", "query, response (with data), refused or unknown-query (responses without)")
SK_FIELD(icmpv6_node_info_qtype, "icmpv6.node_info.qtype", KEYWORD, ONE, "", "0.1", "noop, node-name, node-addresses, ipv4-addresses or the number")
SK_FIELD(icmpv6_node_info_nonce, "icmpv6.node_info.nonce", KEYWORD, ONE, "", "0.1", "Nonce in hexadecimal: a response repeats that of its query")
/* clang-format on */

enum { QUERY = 139, RESPONSE = 140 };

static const char *kind_of(const struct sk_icmp6 *m) {
    if (m->type == QUERY)
        return "query";
    return m->code == 0 ? "response" : m->code == 1 ? "refused" : "unknown-query";
}

static void put_qtype(struct sk_event *ev, uint16_t qtype) {
    static const char *const names[] = {"noop", NULL, "node-name", "node-addresses", "ipv4-addresses"};
    char number[8];
    snprintf(number, sizeof number, "%u", qtype);
    bool named = qtype < sizeof names / sizeof *names && names[qtype];
    sk_event_put_text(ev, SKF_icmpv6_node_info_qtype, named ? names[qtype] : number);
}

static void layer(void *state, struct sk_obs *o, unsigned i) {
    (void)state;
    struct sk_icmp6 m;
    if (!sk_icmp6_of(o, i, &m) || (m.type != QUERY && m.type != RESPONSE))
        return;
    struct sk_event *ev = sk_icmp6_begin(o, SKE_icmpv6_node_info, &m);
    if (!ev)
        return;
    struct sk_cur c = m.body;
    uint16_t qtype = sk_cur_be16(&c);
    sk_cur_skip(&c, 2);
    struct sk_cur nonce = sk_cur_sub(&c, 8);
    sk_event_put_text(ev, SKF_icmpv6_node_info_kind, kind_of(&m));
    if (sk_cur_ok(&c)) {
        put_qtype(ev, qtype);
        sk_wire_put_hex(ev, SKF_icmpv6_node_info_nonce, nonce);
    }
    sk_icmp6_end(o, ev, &m, 0, false);
}

static const uint8_t protos[] = {SKP_ICMPV6, SKP_NONE};
const struct sk_observer sk_obs_icmpv6_node_info = {.name = "icmpv6_node_info", .protos = protos, .layer = layer};
