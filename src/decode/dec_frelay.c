/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Frame relay (LINKTYPE_FRELAY, 107), RFC 2427; Cisco's form has the EtherType directly behind the address.
 *
 *   +------------+      +------+-----+-------+      +-----------+
 *   | Q.922, 2.. | then | 0x03 | pad | NLPID |  or  | EtherType |
 *   +------------+      +------+-----+-------+      +-----------+
 *   (the address ends with the byte whose lowest bit is set; pad is one zero byte or absent)
 */
#include "decode/decoder.h"

enum { UI = 0x03, NLPID_IP4 = 0xcc, NLPID_IP6 = 0x8e, NLPID_SNAP = 0x80, ADDRESS_MAX = 4 };

/** Behind the NLPID 0x80: three bytes of organization, the EtherType. */
static uint16_t snap_type(struct sk_cur *c) {
    uint32_t org = (uint32_t)sk_cur_be16(c) << 8;
    org |= sk_cur_u8(c);
    uint16_t type = sk_cur_be16(c);
    return org == 0 ? type : 0;
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    unsigned bytes = 1;
    while (!(sk_cur_u8(&c) & 1) && sk_cur_ok(&c) && bytes < ADDRESS_MAX)
        bytes++;
    uint8_t next = sk_cur_peek(&c, 0);
    uint16_t type = 0;
    uint8_t nlpid = 0;
    if (next == UI) {
        sk_cur_skip(&c, 1);
        nlpid = sk_cur_u8(&c);
        if (nlpid == 0)
            nlpid = sk_cur_u8(&c);
        if (nlpid == NLPID_SNAP)
            type = snap_type(&c);
    } else {
        type = sk_cur_be16(&c);
    }
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_FRELAY, (uint32_t)(d->cur.left - c.left), 0))
        return false;
    if (nlpid == NLPID_IP4 || nlpid == NLPID_IP6)
        return sk_dec_next(d, SK_BY_VERSION, 0);
    return type ? sk_dec_next(d, SK_BY_ETHERTYPE, type) : sk_dec_end(d);
}

const struct sk_decoder sk_dec_frelay = {
    .label = "fr",
    /* RFC 2427 */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 107}},
};
