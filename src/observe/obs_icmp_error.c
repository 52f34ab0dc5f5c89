/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMPv4 errors (RFC 792), one event a message, with what they quote as icmp.quoted.*.
 *
 *   +------+------+----------+------------------------------------+---------------+
 *   | type | code | checksum | redirect: gateway; 3/4: 2 zero,MTU | quoted packet |
 *   +------+------+----------+------------------------------------+---------------+
 */
#include "observe/quoted.h"

/* clang-format off */
SK_EVENT(icmp_error, "icmp.error", FRAME, "0.1", "ICMPv4 error or redirect with what it quotes (RFC 792)")
SK_FIELD(icmp_checksum, "icmp.checksum", KEYWORD, ONE, "", "0.1", "ok, bad or not-verifiable")
/* clang-format on */

enum { UNREACHABLE = 3, SOURCE_QUENCH = 4, REDIRECT = 5, TIME_EXCEEDED = 11, PARAMETER_PROBLEM = 12, NEEDS_FRAG = 4 };

static const char *kind_of(uint8_t type) {
    switch (type) {
    case UNREACHABLE:
        return "unreachable";
    case SOURCE_QUENCH:
        return "source-quench";
    case REDIRECT:
        return "redirect";
    case TIME_EXCEEDED:
        return "time-exceeded";
    case PARAMETER_PROBLEM:
        return "parameter-problem";
    default:
        return NULL;
    }
}

static void layer(void *state, struct sk_obs *o, unsigned i) {
    (void)state;
    const struct sk_layer *y = &o->layers->at[i];
    uint8_t type = (uint8_t)(y->id >> 8), code = (uint8_t)y->id;
    const char *kind = kind_of(type);
    struct sk_event *ev = kind && y->ip < o->layers->n_ip ? sk_obs_event(o, SKE_icmp_error, i) : NULL;
    if (!ev)
        return;
    sk_event_put_text(ev, SKF_icmp_error_kind, kind);
    sk_event_put_text(ev, SKF_icmp_checksum, sk_checksum_name(sk_checksum_upper(o->pkt, o->layers, y->ip)));
    struct sk_cur c = sk_layer_bytes(o->pkt, y);
    sk_cur_skip(&c, 4);
    struct sk_cur word = c;
    struct sk_addr gateway = sk_cur_ip4(&c);
    sk_cur_skip(&word, 2);
    uint16_t mtu = sk_cur_be16(&word);
    if (type == REDIRECT && sk_cur_ok(&c))
        sk_event_put_ip(ev, SKF_icmp_error_gateway, &gateway);
    if (type == UNREACHABLE && code == NEEDS_FRAG && sk_cur_ok(&word))
        sk_event_put_int(ev, SKF_icmp_error_mtu, mtu);
    sk_quoted_put(o, ev, i);
    sk_obs_commit(o, ev);
}

static const uint8_t protos[] = {SKP_ICMP, SKP_NONE};
const struct sk_observer sk_obs_icmp_error = {.name = "icmp_error", .protos = protos, .layer = layer};
