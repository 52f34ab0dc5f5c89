/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMPv6 echo request and reply (RFC 4443 section 4), one event a message.
 *
 *   +----------+------+----------+------------+----------+--------
 *   | 128, 129 | code | checksum | identifier | sequence | data ..
 *   +----------+------+----------+------------+----------+--------
 */
#include "observe/icmp6.h"

/* clang-format off */
SK_EVENT(icmpv6_echo, "icmpv6.echo", FRAME, "0.1", "ICMPv6 echo request or reply (RFC 4443 section 4)")
SK_FIELD(icmpv6_echo_kind, "icmpv6.echo.kind", KEYWORD, ONE, "", "0.1", "request or reply")
SK_FIELD(icmpv6_echo_id, "icmpv6.echo.id", LONG, ONE, "", "0.1", "Identifier")
SK_FIELD(icmpv6_echo_sequence, "icmpv6.echo.sequence", LONG, ONE, "", "0.1", "Sequence number")
/* clang-format on */

static void layer(void *state, struct sk_obs *o, unsigned i) {
    (void)state;
    struct sk_icmp6 m;
    if (!sk_icmp6_of(o, i, &m) || (m.type != 128 && m.type != 129))
        return;
    struct sk_event *ev = sk_icmp6_begin(o, SKE_icmpv6_echo, &m);
    if (!ev)
        return;
    sk_event_put_text(ev, SKF_icmpv6_echo_kind, m.type == 128 ? "request" : "reply");
    struct sk_cur c = m.body;
    uint16_t id = sk_cur_be16(&c);
    uint16_t sequence = sk_cur_be16(&c);
    if (sk_cur_ok(&c)) {
        sk_event_put_int(ev, SKF_icmpv6_echo_id, id);
        sk_event_put_int(ev, SKF_icmpv6_echo_sequence, sequence);
    }
    if (m.ip->src.b[0] == 0xff) /* RFC 4291 2.7: never a source */
        sk_icmp6_anomaly(ev, &m, "source", true);
    sk_icmp6_end(o, ev, &m, 0, false);
}

static const uint8_t protos[] = {SKP_ICMPV6, SKP_NONE};
const struct sk_observer sk_obs_icmpv6_echo = {.name = "icmpv6_echo", .protos = protos, .layer = layer};
