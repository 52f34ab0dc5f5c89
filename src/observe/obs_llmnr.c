/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Link-local multicast name resolution (RFC 4795), UDP port 5355: a response is a host saying that the name asked for
 * is its own. One event a response with addresses. Whoever answers to every name shows by many events.
 */
#include "observe/dns_wire.h"
#include "observe/name_claim.h"

#include <string.h>

enum { PORT = 5355 };

static void datagram(void *state, struct sk_obs *o, unsigned layer, struct sk_cur payload) {
    (void)state;
    const struct sk_layer *l = &o->layers->at[layer];
    struct sk_dns d;
    char name[SK_DNS_NAME_TEXT];
    if (l->flags & SK_LAYER_QUOTED || (uint16_t)(l->id >> 16) != PORT || !sk_dns_read(payload, &d) ||
        !(d.flags & SK_DNS_QR) || (d.flags & 0x7800) || d.rcode || !d.has_question || d.n_ip == 0)
        return;
    struct sk_claim c = {.protocol = "llmnr", .message = "response", .name = sk_dns_name_text(&d.qname, name)};
    c.n_ip = d.n_ip;
    memcpy(c.ip, d.ip, sizeof c.ip[0] * d.n_ip);
    sk_claim_tell(o, layer, &c);
}

_Static_assert((int)SK_DNS_IPS_MAX <= (int)SK_CLAIM_IPS, "all addresses of an answer fit");
static const uint16_t ports[] = {PORT, 0};
const struct sk_observer sk_obs_llmnr = {.name = "llmnr", .udp_ports = ports, .datagram = datagram};
