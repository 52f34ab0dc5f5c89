/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMPv6 errors (RFC 4443 section 3), one event a message. The packet they quote is told as icmp.quoted.* and never as
 * an event of its own.
 *
 *   +------+------+----------+---------------------+---------------+
 *   | 1..4 | code | checksum | 4 bytes by type     | quoted packet |
 *   +------+------+----------+---------------------+---------------+
 */
#include "observe/icmp6.h"
#include "observe/quoted.h"

/* clang-format off */
SK_EVENT(icmpv6_error, "icmpv6.error", FRAME, "0.1", "ICMPv6 error message with what it quotes (RFC 4443 section 3)")
SK_FIELD(icmp_error_kind, "icmp.error.kind", KEYWORD, ONE, "", "0.1", "unreachable, packet-too-big, time-exceeded, parameter-problem, redirect, source-quench, other-error")
SK_FIELD(icmp_error_mtu, "icmp.error.mtu", LONG, ONE, "B", "0.1", "MTU of a packet-too-big or fragmentation-needed message")
SK_FIELD(icmp_error_gateway, "icmp.error.gateway", IP, ONE, "", "0.1", "Gateway that an ICMPv4 redirect names")
/* clang-format on */

static void layer(void *state, struct sk_obs *o, unsigned i) {
    static const char *const kinds[] = {NULL, "unreachable", "packet-too-big", "time-exceeded", "parameter-problem"};
    (void)state;
    struct sk_icmp6 m;
    if (!sk_icmp6_of(o, i, &m) || m.type == 0 || m.type > 127)
        return;
    struct sk_event *ev = sk_icmp6_begin(o, SKE_icmpv6_error, &m);
    if (!ev)
        return;
    sk_event_put_text(ev, SKF_icmp_error_kind, m.type < 5 ? kinds[m.type] : "other-error");
    struct sk_cur c = m.body;
    uint32_t word = sk_cur_be32(&c);
    if (m.type == 2 && sk_cur_ok(&c))
        sk_event_put_int(ev, SKF_icmp_error_mtu, word);
    sk_quoted_put(o, ev, i);
    sk_icmp6_end(o, ev, &m, 0, false);
}

static const uint8_t protos[] = {SKP_ICMPV6, SKP_NONE};
const struct sk_observer sk_obs_icmpv6_error = {.name = "icmpv6_error", .protos = protos, .layer = layer};
