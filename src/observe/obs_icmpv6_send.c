/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secure neighbour discovery (RFC 3971 6.4): certification path solicitation and advertisement, one event a message.
 *
 *   +----------+------+----------+------------+-----------+-----------------------------
 *   | 148, 149 | code | checksum | identifier | component | 149: all, 2 | reserved, 2 | options
 *   +----------+------+----------+------------+-----------+-----------------------------
 */
#include "observe/icmp6.h"

/* clang-format off */
SK_EVENT(icmpv6_send, "icmpv6.send", FRAME, "0.1", "SEND certification path solicitation or advertisement (RFC 3971 6.4)")
SK_FIELD(icmpv6_send_kind, "icmpv6.send.kind", KEYWORD, ONE, "", "0.1", "solicitation or advertisement")
/* clang-format on */

enum { SOLICITATION = 148, ADVERTISEMENT = 149, ND_HOP_LIMIT = 255 };

static void layer(void *state, struct sk_obs *o, unsigned i) {
    (void)state;
    struct sk_icmp6 m;
    if (!sk_icmp6_of(o, i, &m) || (m.type != SOLICITATION && m.type != ADVERTISEMENT))
        return;
    struct sk_event *ev = sk_icmp6_begin(o, SKE_icmpv6_send, &m);
    if (!ev)
        return;
    bool asks = m.type == SOLICITATION;
    sk_event_put_text(ev, SKF_icmpv6_send_kind, asks ? "solicitation" : "advertisement");
    if (m.code != 0)
        sk_icmp6_anomaly(ev, &m, "code", true);
    if (m.wire_len < (asks ? 8u : 12u) && !m.ip->fragment)
        sk_icmp6_anomaly(ev, &m, "short", true);
    sk_icmp6_end(o, ev, &m, ND_HOP_LIMIT, asks); /* RFC 6980 5 lets an advertisement be fragmented */
}

static const uint8_t protos[] = {SKP_ICMPV6, SKP_NONE};
const struct sk_observer sk_obs_icmpv6_send = {.name = "icmpv6_send", .protos = protos, .layer = layer};
