/* SPDX-License-Identifier: Apache-2.0 */
/** A frame that is made header by header, its layers, and what must be in them. */
#ifndef TESTS_DECODE_OVERLAY_RIG_H
#define TESTS_DECODE_OVERLAY_RIG_H

#include "frame.h"

#include "hex.h"
#include "layers_check.h"

static struct frame f;
static struct sk_layers l;

static UNUSED void sweep(unsigned linktype) {
    const char *wrong = sk_layers_sweep(frame_bytes(&f), frame_len(&f), (uint16_t)linktype);
    if (wrong)
        fail_msg("%s", wrong);
}
static UNUSED void whole_as(unsigned linktype, uint64_t anomalies) {
    decode_frame(&f, linktype, &l);
    expect_written(&f, &l);
    expect_only(&l, anomalies);
    sweep(linktype);
}
static UNUSED void whole(uint64_t anomalies) {
    wrap_ether(&f);
    whole_as(1, anomalies);
}
static UNUSED void expect_tunnel(unsigned layer, enum sk_tunnel_kind k) {
    assert_int_equal(l.depth, 1);
    assert_int_equal(l.at[layer].flags & SK_LAYER_TUNNEL, SK_LAYER_TUNNEL);
    assert_string_equal(sk_tunnel_kind_name(sk_tunnel_kind(&l, layer)), sk_tunnel_kind_name(k));
    assert_int_equal(sk_tunnel_kinds(&l, false), UINT64_C(1) << k);
}
static UNUSED void stops_at_udp(void) {
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 3);
    assert_int_equal(l.at[2].flags, 0);
    expect_only(&l, 0);
    sweep(1);
}
static UNUSED void ra(void) {
    frame_begin(&f);
    wrap_icmpv6(&f, 134, 0);
    wrap_ipv6(&f, 1, 2);
}
static UNUSED void syn4(void) {
    frame_begin(&f);
    wrap_tcp(&f, 1, 2, 0);
    wrap_ipv4(&f, 1, 2, 0);
}
static UNUSED void in_udp(unsigned port) {
    wrap_udp(&f, 50000, port);
    wrap_ipv4(&f, 1, 2, 0);
}

#endif
