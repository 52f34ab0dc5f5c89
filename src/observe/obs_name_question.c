/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that hosts ask their neighbours for, where no server is asked: LLMNR (RFC 4795, port 5355), mDNS (RFC 6762,
 * 5353) and NetBIOS (RFC 1002, 137). One event a question; questions to a DNS server are dns.transaction.
 *
 *   | id | QR 0, opcode 0, .. | questions n | .. | name, type 2, class 2 | ..
 */
#include "observe/dns_wire.h"
#include "observe/name_claim.h"

/* clang-format off */
SK_EVENT(name_question, "name.question", FRAME, "0.1", "A host asks its neighbours for a name by LLMNR, mDNS or NetBIOS (dns.question.name, dns.question.type)")
SK_FIELD(name_question_protocol, "name.question.protocol", KEYWORD, ONE, "", "0.1", "llmnr, mdns, nbns")
/* clang-format on */

enum { LLMNR = 5355, MDNS = 5353, NBNS = 137, HEADER = 12, QUESTIONS_MAX = 8, OPCODE = 0x7800, NB = 0x20 };

static const uint16_t ports[] = {LLMNR, MDNS, NBNS, 0};

static const char *protocol_of(uint16_t port) { return port == LLMNR ? "llmnr" : port == MDNS ? "mdns" : "nbns"; }

/* @return false: not a name that is worth telling */
static bool text_of(uint16_t port, uint16_t type, const struct sk_dns_name *n, char text[SK_DNS_NAME_TEXT]) {
    if (port == NBNS)
        return type == NB && sk_nbns_name(n, text);
    (void)sk_dns_name_text(n, text);
    return true;
}

static void tell(struct sk_obs *o, unsigned layer, uint16_t port, const char *name, uint16_t type) {
    char word[16];
    struct sk_event *ev = sk_obs_event(o, SKE_name_question, layer);
    if (!ev)
        return;
    sk_event_put_text(ev, SKF_name_question_protocol, protocol_of(port));
    sk_event_put_text(ev, SKF_dns_question_name, name);
    sk_event_put_text(ev, SKF_dns_question_type, port == NBNS ? "NB" : sk_dns_type_name(type, word));
    sk_obs_commit(o, ev);
}

static void datagram(void *state, struct sk_obs *o, unsigned layer, struct sk_cur payload) {
    (void)state;
    const struct sk_layer *l = &o->layers->at[layer];
    uint16_t port = (uint16_t)l->id;
    struct sk_cur head = payload;
    sk_cur_skip(&head, 2);
    uint16_t flags = sk_cur_be16(&head), count = sk_cur_be16(&head);
    if (l->flags & SK_LAYER_QUOTED || !sk_cur_ok(&head) || flags & (SK_DNS_QR | OPCODE) ||
        (port != LLMNR && port != MDNS && port != NBNS))
        return;
    size_t off = HEADER;
    for (unsigned i = 0; i < count && i < QUESTIONS_MAX; i++) {
        struct sk_dns_name name;
        char text[SK_DNS_NAME_TEXT];
        if (!sk_dns_name_read(&payload, &off, &name))
            return;
        struct sk_cur c = payload;
        sk_cur_skip(&c, off);
        uint16_t type = sk_cur_be16(&c);
        sk_cur_skip(&c, 2);
        if (!sk_cur_ok(&c))
            return;
        off += 4;
        if (text_of(port, type, &name, text))
            tell(o, layer, port, text, type);
    }
}

const struct sk_observer sk_obs_name_question = {.name = "name_question", .udp_ports = ports, .datagram = datagram};
