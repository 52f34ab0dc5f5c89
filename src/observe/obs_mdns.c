/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Multicast DNS (RFC 6762), UDP port 5353: who says that a name under .local is its own. One event for each host that a
 * response gives addresses of (a sleep proxy answers for several); the first one carries the model that a _device-info
 * record of the same message names.
 *
 *   | id 0 | flags, QR | counts | questions | records: host.local, A or AAAA, cache flush + IN, TTL, address .. |
 *
 * A TTL of 0 takes a record back (10.1) and claims nothing. Budget: HOSTS_MAX hosts a message.
 */
#include "observe/dns_wire.h"
#include "observe/name_claim.h"

#include "sekimori/text.h"

#include <string.h>

enum { PORT = 5353, HOSTS_MAX = 4, MODEL_MAX = 64 };

struct host {
    struct sk_dns_name name;
    struct sk_claim claim;
};
struct message {
    struct sk_cur bytes;
    struct host host[HOSTS_MAX];
    unsigned n;
    char model[4 * MODEL_MAX + 1];
};

static struct host *host_of(struct message *m, const struct sk_dns_name *name) {
    for (unsigned i = 0; i < m->n; i++)
        if (m->host[i].name.len == name->len && memcmp(m->host[i].name.b, name->b, name->len) == 0)
            return &m->host[i];
    if (m->n == HOSTS_MAX)
        return NULL;
    m->host[m->n].name = *name;
    return &m->host[m->n++];
}

/* Ends in these octets. */
static bool under(const struct sk_dns_name *n, const char *suffix, size_t len) {
    return n->len >= len && memcmp(n->b + n->len - len, suffix, len) == 0;
}

/*  TXT: | length | model=MacBookPro14,1 | .. */
static void read_model(struct message *m, const struct sk_dns_rr *r) {
    static const char key[] = "model=";
    enum { KEY = sizeof key - 1 };
    struct sk_cur c = m->bytes;
    sk_cur_skip(&c, r->data);
    sk_cur_limit(&c, r->len);
    while (c.left && !m->model[0]) {
        struct sk_cur s = sk_cur_sub(&c, sk_cur_u8(&c));
        const uint8_t *p = s.left > KEY ? sk_cur_take(&s, KEY) : NULL;
        if (!p || memcmp(p, key, KEY) != 0 || s.left > MODEL_MAX)
            continue;
        size_t n = s.left;
        p = sk_cur_take(&s, n);
        if (p)
            sk_text_escape(p, n, m->model, sizeof m->model);
    }
}

static bool record(void *arg, const struct sk_dns_rr *r) {
    struct message *m = arg;
    struct sk_dns_name owner;
    struct sk_addr a;
    size_t off = r->owner;
    if (r->ttl == 0 || !sk_dns_name_read(&m->bytes, &off, &owner))
        return true;
    if (r->type == SK_DNS_TYPE_TXT && under(&owner, "\14_device-info\4_tcp\5local\0", 25))
        read_model(m, r);
    if (!under(&owner, "\5local\0", 7) || !sk_claim_address(&m->bytes, r->type, r->class, r->data, r->len, &a))
        return true;
    struct host *h = host_of(m, &owner);
    if (h && h->claim.n_ip < SK_CLAIM_IPS)
        h->claim.ip[h->claim.n_ip++] = a;
    return true;
}

static void tell(struct sk_obs *o, unsigned layer, struct message *m) {
    char name[SK_DNS_NAME_TEXT];
    for (unsigned i = 0; i < m->n || (i == 0 && m->model[0]); i++) {
        struct sk_claim *c = &m->host[i].claim;
        c->protocol = "mdns";
        c->message = "response";
        c->name = i < m->n ? sk_dns_name_text(&m->host[i].name, name) : NULL;
        c->model = i == 0 && m->model[0] ? m->model : NULL;
        sk_claim_tell(o, layer, c);
    }
}

static void datagram(void *state, struct sk_obs *o, unsigned layer, struct sk_cur payload) {
    (void)state;
    const struct sk_layer *l = &o->layers->at[layer];
    struct sk_cur head = payload;
    sk_cur_skip(&head, 2);
    uint16_t flags = sk_cur_be16(&head);
    if (l->flags & SK_LAYER_QUOTED || (uint16_t)(l->id >> 16) != PORT || !sk_cur_ok(&head) ||
        (flags & (SK_DNS_QR | 0x7800)) != SK_DNS_QR)
        return;
    struct message m;
    memset(&m, 0, sizeof m);
    m.bytes = payload;
    (void)sk_dns_records(&payload, record, &m); /* of a message that was cut: what stands before the cut */
    tell(o, layer, &m);
}

static const uint16_t ports[] = {PORT, 0};
const struct sk_observer sk_obs_mdns = {.name = "mdns", .udp_ports = ports, .datagram = datagram};
