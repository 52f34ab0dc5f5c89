/* SPDX-License-Identifier: Apache-2.0 */
/** Which decoder has which number. Filled from the decoders' bindings before main(), never written after. */
#include "decode/decoder.h"

const struct sk_decoder *const sk_decoders[SKP_COUNT] = {
    NULL,
#define SK_PROTO(upper, lower) &sk_dec_##lower,
#include "protos.gen.h"
#undef SK_PROTO
};

static const char *const names[SKP_COUNT] = {
    "none",
#define SK_PROTO(upper, lower) #lower,
#include "protos.gen.h"
#undef SK_PROTO
};

enum { LINKTYPES = 512 };
static uint8_t by_linktype[LINKTYPES];
static uint8_t by_ethertype[65536];
static uint8_t by_ip4[256];
static uint8_t by_ip6[256];
static uint8_t by_udp[65536];
static uint8_t by_ppp[65536];

static uint8_t *slot(enum sk_space space, uint16_t value) {
    switch (space) {
    case SK_BY_LINKTYPE:
        return value < LINKTYPES ? &by_linktype[value] : NULL;
    case SK_BY_ETHERTYPE:
        return &by_ethertype[value];
    case SK_BY_IP4:
        return &by_ip4[value & 0xff];
    case SK_BY_IP6:
        return &by_ip6[value & 0xff];
    case SK_BY_UDP:
        return &by_udp[value];
    case SK_BY_PPP:
        return &by_ppp[value];
    default:
        return NULL;
    }
}

__attribute__((constructor)) static void fill(void) {
    for (unsigned p = 1; p < SKP_COUNT; p++)
        for (unsigned i = 0; i < SK_BINDS_MAX && sk_decoders[p]->binds[i].space != SK_END; i++) {
            const struct sk_bind *b = &sk_decoders[p]->binds[i];
            uint8_t *s = slot((enum sk_space)b->space, b->value);
            if (s)
                *s = (uint8_t)p;
        }
}

uint8_t sk_decoder_of(enum sk_space space, uint16_t value) {
    if (space == SK_BY_PROTO)
        return value < SKP_COUNT ? (uint8_t)value : SKP_NONE;
    if (space == SK_BY_VERSION)
        return SKP_IPV6;
    const uint8_t *s = slot(space, value);
    return s ? *s : SKP_NONE;
}

const char *sk_proto_name(enum sk_proto p) { return (unsigned)p < SKP_COUNT ? names[p] : names[0]; }
const char *sk_proto_label(enum sk_proto p) { return p > SKP_NONE && p < SKP_COUNT ? sk_decoders[p]->label : names[0]; }
