/* SPDX-License-Identifier: Apache-2.0 */
/**
 * LLC (IEEE 802.2) and SNAP (RFC 1042; IEEE 802 clause 9.5).
 *
 *   +------+------+---------+           +--------------+-----------+
 *   | DSAP | SSAP | control |  aa aa 03 | organization | EtherType |
 *   +------+------+---------+           +--------------+-----------+
 *      1      1     1 or 2                    3              2
 *
 * Only SNAP with organization 0 (or 0000f8, the bridge tunnel of 802.1H) names an EtherType; SAP 06 is IP.
 */
#include "decode/decoder.h"

static bool snap(struct sk_dec *d, struct sk_cur c) {
    uint32_t org = (uint32_t)sk_cur_be16(&c) << 8;
    org |= sk_cur_u8(&c);
    uint16_t type = sk_cur_be16(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_LLC, 8, 0))
        return false;
    if (d->vid0)
        sk_dec_anomaly(d, SK_AN_L2_STACKING);
    if (org != 0 && org != 0xf8)
        return sk_dec_end(d);
    return sk_dec_next(d, SK_BY_ETHERTYPE, type);
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint16_t saps = sk_cur_be16(&c);
    uint8_t control = sk_cur_u8(&c);
    uint32_t hdr = (control & 3) == 3 ? 3 : 4;
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (saps == 0xaaaa && control == 0x03)
        return snap(d, c);
    if (hdr > d->cur.left)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_LLC, hdr, 0))
        return false;
    return saps == 0x0606 && control == 0x03 ? sk_dec_next(d, SK_BY_VERSION, 0) : sk_dec_end(d);
}

const struct sk_decoder sk_dec_llc = {
    .label = "llc",
    /* IEEE 802.2, RFC 1042 */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 100}}, /* over ATM, RFC 2684 */
};
