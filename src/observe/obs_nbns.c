/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NetBIOS name service (RFC 1001, 1002 4.2), UDP port 137: who says that a computer's name is its own, by registering
 * or refreshing it, by answering for it, or in a status answer. Group names and names of services are not told.
 *
 *   | id | R, opcode (4), flags (7), rcode (4) | counts | question | records |
 *   name:      32 | two letters A to P for each of 16 octets: 15 of the name, padded with blanks, 1 suffix | scope .. 0
 *   NB record: name, 0x20, IN, TTL, length | G, owner type (2), 0 (13) | IPv4 | ..
 *   NBSTAT:    name, 0x21, IN, 0, length | count | 16 octets, flags | ..
 *
 * Suffixes: 00 workstation, 20 file server.
 */
#include "observe/dns_wire.h"
#include "observe/name_claim.h"

#include "sekimori/text.h"

#include <string.h>

enum { PORT = 137, NB = 0x20, NBSTAT = 0x21, GROUP = 0x8000, NAME = SK_NBNS_NAME, LABEL = 32, NAMES_MAX = 16 };
enum { QUERY = 0, REGISTRATION = 5, REFRESH = 8, REFRESH_TOO = 9, MULTIHOMED = 15 };

struct message {
    struct sk_cur bytes;
    const char *what;
    unsigned section; /* where the claimed record stands */
    char name[SK_NBNS_NAME_TEXT];
    struct sk_claim claim;
};

static bool is_computer(uint8_t suffix) { return suffix == 0x00 || suffix == 0x20; }

/* 15 octets without their padding, lower case as names of other protocols. @return false: nothing left */
static bool put_name(const uint8_t raw[NAME], char out[SK_NBNS_NAME_TEXT]) {
    uint8_t text[NAME] = {0};
    size_t n = NAME;
    while (n && (raw[n - 1] == ' ' || raw[n - 1] == 0))
        n--;
    for (size_t i = 0; i < n; i++)
        text[i] = raw[i] >= 'A' && raw[i] <= 'Z' ? (uint8_t)(raw[i] | 0x20) : raw[i];
    sk_text_escape(text, n, out, SK_NBNS_NAME_TEXT);
    return n > 0 && raw[0] != '*';
}

/* RFC 1001 14.1, the first level of encoding; the reader made letters lower case. @return false: no computer's name */
bool sk_nbns_name(const struct sk_dns_name *n, char out[SK_NBNS_NAME_TEXT]) {
    uint8_t raw[NAME + 1];
    if (n->len < LABEL + 2 || n->b[0] != LABEL)
        return false;
    for (unsigned i = 0; i <= NAME; i++) {
        uint8_t high = (uint8_t)(n->b[1 + 2 * i] - 'a'), low = (uint8_t)(n->b[2 + 2 * i] - 'a');
        if (high > 15 || low > 15)
            return false;
        raw[i] = (uint8_t)(high << 4 | low);
    }
    return is_computer(raw[NAME]) && put_name(raw, out);
}

static struct sk_cur data_of(const struct message *m, const struct sk_dns_rr *r) {
    struct sk_cur c = m->bytes;
    sk_cur_skip(&c, r->data);
    sk_cur_limit(&c, r->len);
    return c;
}

static bool read_nb(struct message *m, const struct sk_dns_rr *r) {
    struct sk_dns_name owner;
    size_t off = r->owner;
    if (!sk_dns_name_read(&m->bytes, &off, &owner) || !sk_nbns_name(&owner, m->name))
        return true;
    struct sk_cur c = data_of(m, r);
    while (c.left >= 6 && m->claim.n_ip < SK_CLAIM_IPS) {
        uint16_t flags = sk_cur_be16(&c);
        struct sk_addr a = sk_cur_ip4(&c);
        if (!(flags & GROUP))
            m->claim.ip[m->claim.n_ip++] = a;
    }
    m->claim.name = m->claim.n_ip ? m->name : NULL;
    return false;
}

static bool read_status(struct message *m, const struct sk_dns_rr *r) {
    struct sk_cur c = data_of(m, r);
    uint8_t count = sk_cur_u8(&c);
    for (unsigned i = 0; i < count && i < NAMES_MAX; i++) {
        const uint8_t *raw = sk_cur_take(&c, NAME);
        uint8_t suffix = sk_cur_u8(&c);
        uint16_t flags = sk_cur_be16(&c);
        if (!raw || !sk_cur_ok(&c))
            return false;
        if (!(flags & GROUP) && is_computer(suffix) && put_name(raw, m->name)) {
            m->what = "status";
            m->claim.name = m->name;
            return false;
        }
    }
    return false;
}

static bool record(void *arg, const struct sk_dns_rr *r) {
    struct message *m = arg;
    if (r->section != m->section || r->class != SK_DNS_CLASS_IN)
        return true;
    if (r->type == NB)
        return read_nb(m, r);
    return r->type == NBSTAT && m->section == 1 ? read_status(m, r) : true;
}

/* @return false: claims nothing */
static bool is_claim(struct message *m, uint16_t flags) {
    unsigned opcode = flags >> 11 & 15;
    if (flags & SK_DNS_QR) { /* of a registration it would be the name server that speaks */
        m->what = "response";
        m->section = 1;
        return opcode == QUERY && (flags & 15) == 0;
    }
    m->what = opcode == REGISTRATION || opcode == MULTIHOMED ? "registration" : "refresh";
    m->section = 3;
    return opcode == REGISTRATION || opcode == MULTIHOMED || opcode == REFRESH || opcode == REFRESH_TOO;
}

static void datagram(void *state, struct sk_obs *o, unsigned layer, struct sk_cur payload) {
    (void)state;
    const struct sk_layer *l = &o->layers->at[layer];
    struct message m;
    struct sk_cur head = payload;
    memset(&m, 0, sizeof m);
    sk_cur_skip(&head, 2);
    uint16_t flags = sk_cur_be16(&head);
    if (l->flags & SK_LAYER_QUOTED || (uint16_t)(l->id >> 16) != PORT || !sk_cur_ok(&head) || !is_claim(&m, flags))
        return;
    m.bytes = payload;
    (void)sk_dns_records(&payload, record, &m);
    if (!m.claim.name)
        return;
    m.claim.protocol = "nbns";
    m.claim.message = m.what;
    sk_claim_tell(o, layer, &m.claim);
}

static const uint16_t ports[] = {PORT, 0};
const struct sk_observer sk_obs_nbns = {.name = "nbns", .udp_ports = ports, .datagram = datagram};
