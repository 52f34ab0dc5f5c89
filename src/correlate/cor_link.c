/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name for the link that router advertisements and DHCPv6 messages were seen on: what floods are counted by. Without
 * a policy every link is in no segment, and a trunk's many routers together are no flood.
 */
#include "correlate/correlate.h"
#include "correlate/link.h"
#include "sekimori/policy.h"

#include <string.h>

/* clang-format off */
SK_FIELD(network_link, "network.link", KEYWORD, ONE, "", "0.1", "The link: the segment's name; where the policy has none, tap, VLAN and overlay network, as 0/30/- (VLAN 0: untagged)")
/* clang-format on */

static char *number(uint32_t n, char *p) { return p + strlen(sk_uint_text(n, p)); }

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    char text[48];
    (void)state;
    const struct sk_segment *s = sk_policy_segment_at(ctx->policy, ev->segment);
    if (s) {
        sk_event_put_text(ev, SKF_network_link, s->id);
        return;
    }
    struct cor_link l = cor_link_of(ev);
    char *p = text; /* by hand: a flood makes one a packet */
    p = l.tap != SK_TAP_NONE ? number(l.tap, p) : stpcpy(p, "-");
    *p++ = '/';
    p = number(l.vlan, p);
    *p++ = '/';
    p = l.vni >= 0 ? number((uint32_t)l.vni, p) : stpcpy(p, "-");
    sk_event_put_textn(ev, SKF_network_link, text, (size_t)(p - text));
}

static const uint16_t looks_at[] = {SKE_icmpv6_ra, SKE_dhcpv6_message, 0};
const struct sk_correlator sk_cor_link = {.name = "link", .rank = 15, .looks_at = looks_at, .event = event};
