/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every ICMPv6 event says (RFC 4443): hop limit, checksum, extension headers in front, anomalies, and whether
 * hosts would take the message.
 *
 *   +------+------+----------+
 *   | type | code | checksum |
 *   +------+------+----------+
 *
 * sekimori.effect, first rule that holds:
 *   ignored-by-rfc   checksum bad, hop limit wrong, a rule of the message broken, fragment header before neighbour
 *                    discovery (RFC 6980), EtherType of another protocol
 *   unknown          not all of the message was captured
 *   host-dependent   LLC/SNAP, stacked VID 0 tags (VU#855201), a routing header in front
 *   accepted         the rest: destination options and hop-by-hop headers included, hosts take these
 */
#include "observe/icmp6.h"

/* clang-format off */
SK_FIELD(icmpv6_hop_limit, "icmpv6.hop_limit", LONG, ONE, "", "0.1", "Hop limit of the packet that carries the message; 255 proves that it was not routed")
SK_FIELD(icmpv6_checksum, "icmpv6.checksum", KEYWORD, ONE, "", "0.1", "ok, bad or not-verifiable (cut, fragment)")
SK_FIELD(icmpv6_extension, "icmpv6.extension", KEYWORD, LIST, "", "0.1", "Extension headers before the message: hopopts, routing, fragment, atomic-fragment, dstopts, ah, esp, mobility, other")
SK_FIELD(icmpv6_anomaly, "icmpv6.anomaly", KEYWORD, LIST, "", "0.1", "What is wrong with the message: short, code, source, destination, target, option-zero, option-length, option-size, option-count, records, unexpected-slla, solicited-multicast, hop-limit")
SK_FIELD(sekimori_effect, "sekimori.effect", KEYWORD, ONE, "", "0.1", "What hosts do with it: accepted, host-dependent, ignored-by-rfc, unknown")
SK_FIELD(sekimori_certainty, "sekimori.certainty", KEYWORD, ONE, "", "0.1", "observed: the bytes say so; inferred: needs a stated model; heuristic: a guess by statistics or structure")
SK_FIELD(sekimori_confidence, "sekimori.confidence", LONG, ONE, "", "0.1", "0 to 100: how sure the classification is")
/* clang-format on */

bool sk_icmp6_of(const struct sk_obs *o, unsigned layer, struct sk_icmp6 *ret) {
    const struct sk_layers *l = o->layers;
    const struct sk_layer *y = &l->at[layer];
    if (y->ip >= l->n_ip)
        return false;
    const struct sk_ip *ip = &l->ip[y->ip];
    struct sk_cur c = sk_layer_bytes(o->pkt, y);
    *ret = (struct sk_icmp6){.ip = ip,
                             .layer = layer,
                             .type = (uint8_t)(y->id >> 8),
                             .code = (uint8_t)y->id,
                             .incomplete = ip->fragment || ip->upper_len < ip->wire_upper_len,
                             .wire_len = ip->wire_upper_len};
    sk_cur_skip(&c, 4);
    ret->body = c;
    return true;
}

void sk_icmp6_extensions(struct sk_event *ev, const struct sk_ip *ip) {
    static const struct {
        uint8_t bit;
        const char *name;
    } names[] = {{SK_EXT_HOPOPTS, "hopopts"},   {SK_EXT_ROUTING, "routing"}, {SK_EXT_FRAGMENT, "fragment"},
                 {SK_EXT_DSTOPTS, "dstopts"},   {SK_EXT_AH, "ah"},           {SK_EXT_ESP, "esp"},
                 {SK_EXT_MOBILITY, "mobility"}, {SK_EXT_OTHER, "other"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(ip->ext & names[i].bit))
            continue;
        bool atomic = names[i].bit == SK_EXT_FRAGMENT && ip->atomic;
        sk_event_put_text(ev, SKF_icmpv6_extension, atomic ? "atomic-fragment" : names[i].name);
    }
}

struct sk_event *sk_icmp6_begin(struct sk_obs *o, enum sk_event_type type, const struct sk_icmp6 *m) {
    struct sk_event *ev = sk_obs_event(o, type, m->layer);
    if (!ev)
        return NULL;
    if (m->incomplete)
        ev->flags |= SK_EV_TRUNCATED;
    sk_event_put_int(ev, SKF_icmpv6_hop_limit, m->ip->hop_limit);
    sk_icmp6_extensions(ev, m->ip);
    return ev;
}

void sk_icmp6_anomaly(struct sk_event *ev, struct sk_icmp6 *m, const char *word, bool discard) {
    enum { SAY_MAX = 16 };
    m->broken |= discard;
    if (m->n_anomalies < SAY_MAX) {
        sk_event_put_text(ev, SKF_icmpv6_anomaly, word);
        m->n_anomalies++;
    }
}

/* LLC in a frame that could do without, at this depth: some receivers do not look behind it (detections.md 0.8). */
static bool behind_llc(const struct sk_layers *l, unsigned layer) {
    for (unsigned i = layer; i-- > 1 && l->at[i].depth == l->at[layer].depth;)
        if (l->at[i].proto == SKP_LLC)
            return l->at[i - 1].proto == SKP_ETHER || l->at[i - 1].proto == SKP_VLAN;
    return false;
}

static const char *effect(const struct sk_obs *o, const struct sk_icmp6 *m, enum sk_checksum sum, bool unfragmented) {
    uint64_t an = o->layers->anomalies;
    bool fragment = unfragmented && (m->ip->ext & SK_EXT_FRAGMENT);
    if (m->broken || sum == SK_CKSUM_BAD || fragment || (an >> SK_AN_VERSION_MISMATCH & 1))
        return "ignored-by-rfc";
    if (m->incomplete)
        return "unknown";
    if (behind_llc(o->layers, m->layer) || (an >> SK_AN_L2_STACKING & 1) || (m->ip->ext & SK_EXT_ROUTING))
        return "host-dependent";
    return "accepted";
}

void sk_icmp6_end(struct sk_obs *o, struct sk_event *ev, struct sk_icmp6 *m, uint8_t hop_limit, bool unfragmented) {
    enum sk_checksum sum = sk_checksum_upper(o->pkt, o->layers, o->layers->at[m->layer].ip);
    if (hop_limit && m->ip->hop_limit != hop_limit)
        sk_icmp6_anomaly(ev, m, "hop-limit", true);
    sk_event_put_text(ev, SKF_icmpv6_checksum, sk_checksum_name(sum));
    sk_event_put_text(ev, SKF_sekimori_effect, effect(o, m, sum, unfragmented));
    sk_event_put_text(ev, SKF_sekimori_certainty, "observed");
    sk_obs_commit(o, ev);
}
