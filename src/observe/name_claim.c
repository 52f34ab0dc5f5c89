/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/name_claim.h"

#include "observe/dns_wire.h"

/* clang-format off */
SK_EVENT(name_claim, "name.claim", FRAME, "0.1", "A host says that a name is its own: by mDNS (RFC 6762), LLMNR (RFC 4795) or NetBIOS (RFC 1002)")
SK_FIELD(name_claim_protocol, "name.claim.protocol", KEYWORD, ONE, "", "0.1", "mdns, llmnr, nbns")
SK_FIELD(name_claim_message, "name.claim.message", KEYWORD, ONE, "", "0.1", "response; of NetBIOS also registration, refresh, status")
SK_FIELD(name_claim_name, "name.claim.name", KEYWORD, ONE, "", "0.1", "The name: lower case, no final dot; of NetBIOS without padding and suffix")
SK_FIELD(name_claim_ip, "name.claim.ip", IP, LIST, "", "0.1", "Addresses it says the name has")
SK_FIELD(name_claim_model, "name.claim.model", KEYWORD, ONE, "", "0.1", "Model of the device, as its _device-info record says")
/* clang-format on */

void sk_claim_tell(struct sk_obs *o, unsigned layer, const struct sk_claim *c) {
    struct sk_event *ev = sk_obs_event(o, SKE_name_claim, layer);
    if (!ev)
        return;
    const struct sk_layers *l = o->layers;
    unsigned ip = l->at[layer].ip;
    bool ignored = ip >= l->n_ip || sk_checksum_upper(o->pkt, l, ip) == SK_CKSUM_BAD || !sk_checksum_ip4(o->pkt, l, ip);
    sk_event_put_text(ev, SKF_name_claim_protocol, c->protocol);
    sk_event_put_text(ev, SKF_name_claim_message, c->message);
    if (c->name)
        sk_event_put_text(ev, SKF_name_claim_name, c->name);
    if (c->model)
        sk_event_put_text(ev, SKF_name_claim_model, c->model);
    for (unsigned i = 0; i < c->n_ip; i++)
        sk_event_put_ip(ev, SKF_name_claim_ip, &c->ip[i]);
    sk_event_put_text(ev, SKF_sekimori_effect, ignored ? "ignored-by-rfc" : "accepted");
    sk_obs_commit(o, ev);
}

bool sk_claim_address(const struct sk_cur *message, uint16_t type, uint16_t class, size_t at, uint16_t len,
                      struct sk_addr *ret) {
    struct sk_cur c = *message;
    sk_cur_skip(&c, at);
    bool v4 = type == SK_DNS_TYPE_A && len == 4, v6 = type == SK_DNS_TYPE_AAAA && len == 16;
    if ((class & 0x7fff) != SK_DNS_CLASS_IN || (!v4 && !v6))
        return false;
    *ret = v4 ? sk_cur_ip4(&c) : sk_cur_ip6(&c);
    return sk_cur_ok(&c);
}
