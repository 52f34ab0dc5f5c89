/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Multicast listener discovery: version 1 (RFC 2710), version 2 (RFC 9777); one event a message.
 *
 *   130 query   | max delay, 2 | reserved, 2 | group, 16 | v2: flags .. sources |
 *   131 report  | 132 done     | the same, version 1                            |
 *   143 report  | reserved, 2 | records, 2 | type, aux, sources, 2, group, 16, sources of 16, aux | .. |
 *
 * Budget: RECORDS_MAX records a report.
 */
#include "observe/icmp6.h"

/* clang-format off */
SK_EVENT(icmpv6_mld, "icmpv6.mld", FRAME, "0.1", "Multicast listener query, report or done (RFC 2710, 9777)")
SK_FIELD(icmpv6_mld_kind, "icmpv6.mld.kind", KEYWORD, ONE, "", "0.1", "query, report or done")
SK_FIELD(icmpv6_mld_version, "icmpv6.mld.version", LONG, ONE, "", "0.1", "1 or 2")
SK_FIELD(icmpv6_mld_group, "icmpv6.mld.group", IP, LIST, "", "0.1", "Groups named; none in a general query")
SK_FIELD(icmpv6_mld_record, "icmpv6.mld.record", KEYWORD, LIST, "", "0.1", "Kind of each version 2 record: is-include, is-exclude, to-include, to-exclude, allow, block, other")
SK_FIELD(icmpv6_mld_router_alert, "icmpv6.mld.router_alert", BOOL, ONE, "", "0.1", "A router alert option (RFC 2711) stands before it")
/* clang-format on */

enum { QUERY = 130, REPORT1 = 131, DONE = 132, REPORT2 = 143, RECORDS_MAX = 64, OPTIONS_MAX = 32 };

/* Is there a router alert among the hop-by-hop options of this IP header? */
static bool router_alert(const struct sk_obs *o, const struct sk_icmp6 *m) {
    const struct sk_layers *l = o->layers;
    for (unsigned i = m->ip->layer + 1u; i < m->layer; i++) {
        if (l->at[i].proto != SKP_HOPOPTS)
            continue;
        struct sk_cur c = sk_layer_bytes(o->pkt, &l->at[i]);
        sk_cur_limit(&c, l->at[i].hdr_len);
        sk_cur_skip(&c, 2);
        for (unsigned n = 0; c.left && n < OPTIONS_MAX; n++) {
            uint8_t type = sk_cur_u8(&c);
            if (type == 0)
                continue; /* Pad1 has no length */
            if (type == 5)
                return true;
            sk_cur_skip(&c, sk_cur_u8(&c));
        }
    }
    return false;
}

static void put_group(struct sk_event *ev, const struct sk_addr *group) {
    if (sk_addr_scope(group) != SK_SCOPE_UNSPECIFIED)
        sk_event_put_ip(ev, SKF_icmpv6_mld_group, group);
}

static void report2(struct sk_event *ev, struct sk_icmp6 *m, struct sk_cur c) {
    static const char *const kinds[] = {"other",      "is-include", "is-exclude", "to-include",
                                        "to-exclude", "allow",      "block"};
    sk_cur_skip(&c, 2);
    unsigned records = sk_cur_be16(&c);
    for (unsigned i = 0; i < records && i < RECORDS_MAX && c.left; i++) {
        uint8_t kind = sk_cur_u8(&c);
        unsigned aux = sk_cur_u8(&c);
        unsigned sources = sk_cur_be16(&c);
        struct sk_addr group = sk_cur_ip6(&c);
        if (!sk_cur_ok(&c))
            break;
        sk_event_put_text(ev, SKF_icmpv6_mld_record, kinds[kind < 7 ? kind : 0]);
        put_group(ev, &group);
        sk_cur_skip(&c, sources * 16u + aux * 4u);
    }
    if (!sk_cur_ok(&c) && !m->incomplete)
        sk_icmp6_anomaly(ev, m, "records", true);
    if (records > RECORDS_MAX)
        sk_icmp6_anomaly(ev, m, "record-count", false);
}

static void version1(struct sk_event *ev, struct sk_icmp6 *m, struct sk_cur c) {
    sk_cur_skip(&c, 4);
    struct sk_addr group = sk_cur_ip6(&c);
    if (sk_cur_ok(&c))
        put_group(ev, &group);
    else if (!m->incomplete)
        sk_icmp6_anomaly(ev, m, "short", true);
}

static void put_kind(struct sk_event *ev, const struct sk_icmp6 *m) {
    bool query2 = m->type == QUERY && m->wire_len >= 28; /* RFC 9777 section 8.1: told apart by length */
    sk_event_put_text(ev, SKF_icmpv6_mld_kind, m->type == QUERY ? "query" : m->type == DONE ? "done" : "report");
    sk_event_put_int(ev, SKF_icmpv6_mld_version, m->type == REPORT2 || query2 ? 2 : 1);
}

static void check_source(struct sk_event *ev, struct sk_icmp6 *m) {
    enum sk_scope scope = sk_addr_scope(&m->ip->src);
    bool from_nowhere = scope == SK_SCOPE_UNSPECIFIED && m->type != QUERY; /* reports while the address is tentative */
    if (scope != SK_SCOPE_LINK_LOCAL && !from_nowhere)
        sk_icmp6_anomaly(ev, m, "source", true);
}

static void layer(void *state, struct sk_obs *o, unsigned i) {
    (void)state;
    struct sk_icmp6 m;
    if (!sk_icmp6_of(o, i, &m) || ((m.type < QUERY || m.type > DONE) && m.type != REPORT2))
        return;
    struct sk_event *ev = sk_icmp6_begin(o, SKE_icmpv6_mld, &m);
    if (!ev)
        return;
    put_kind(ev, &m);
    sk_event_put_int(ev, SKF_icmpv6_mld_router_alert, router_alert(o, &m));
    check_source(ev, &m);
    if (m.type == REPORT2)
        report2(ev, &m, m.body);
    else
        version1(ev, &m, m.body);
    sk_icmp6_end(o, ev, &m, 1, false);
}

static const uint8_t protos[] = {SKP_ICMPV6, SKP_NONE};
const struct sk_observer sk_obs_icmpv6_mld = {.name = "icmpv6_mld", .protos = protos, .layer = layer};
