/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether DHCPv6 clients are hosts or the inventions of a tool. A host that comes up detects duplicates, joins groups
 * and solicits routers before it solicits a server (RFC 4862 5.4, RFC 9777 6.1), and keeps one identifier (RFC 9915
 * 11). A tool that empties a server's leases makes up identifiers, and with them addresses that say nothing else.
 */
#include "correlate/correlate.h"
#include "correlate/link.h"
#include "correlate/values.h"
#include "sekimori/table.h"

/* clang-format off */
SK_FIELD(dhcpv6_client_stranger, "dhcpv6.client.stranger", BOOL, ONE, "", "0.2", "The MAC address of this client message has sent nothing but DHCPv6 on its link: no neighbour discovery, no group membership, no ARP")
SK_FIELD(dhcpv6_client_foreign, "dhcpv6.client.foreign", BOOL, ONE, "", "0.2", "The client identifier holds another MAC address than the frame's; absent where it holds none")
SK_FIELD(dhcpv6_client_duids, "dhcpv6.client.duids", LONG, ONE, "", "0.2", "Client identifiers that this MAC address used in five minutes, counted up to 64")
SK_FIELD(dhcpv6_client_duids_of_few, "dhcpv6.client.duids_of_few", LONG, ONE, "", "0.2", "The same of the three MAC addresses of the link that used most, together")
/* clang-format on */

enum { HOSTS_MAX = 65536, CLIENTS_MAX = 4096, LINKS_MAX = 1024, DUIDS_MAX = 64, FEW = 3 };
#define COUNTED (300 * SK_SEC)

struct key {
    struct cor_link link;
    struct sk_mac mac;
    uint16_t zero;
};
/* The identifiers that a MAC address used, by their hashes. */
struct client {
    unsigned n;
    uint64_t duid[DUIDS_MAX];
    sk_time last[DUIDS_MAX];
};
/* The MAC addresses of a link that used most. */
struct few {
    struct {
        struct sk_mac mac;
        unsigned n;
        sk_time last;
    } at[FEW];
};
struct state {
    struct sk_table *hosts; /* who has sent something else */
    struct sk_table *clients, *links;
};

static struct sk_table *table(const struct sk_hash_key *key, size_t k, size_t v, uint32_t cap) {
    return sk_table_new(&(struct sk_table_config){.key_size = k, .value_size = v, .cap = cap, .key = *key});
}

static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    s->hosts = table(ctx->key, sizeof(struct key), 0, HOSTS_MAX);
    s->clients = table(ctx->key, sizeof(struct key), sizeof(struct client), CLIENTS_MAX);
    s->links = table(ctx->key, sizeof(struct cor_link), sizeof(struct few), LINKS_MAX);
    return s->hosts && s->clients && s->links ? SK_OK : SK_ENOMEM;
}

static void fini(void *state) {
    struct state *s = state;
    sk_table_free(s->hosts);
    sk_table_free(s->clients);
    sk_table_free(s->links);
}

static struct key key_of(const struct sk_event *ev) {
    struct key k;
    memset(&k, 0, sizeof k);
    k.link = cor_link_of(ev);
    k.mac = ev->smac;
    return k;
}

/* @return how many it used in five minutes, this one included */
static unsigned use(struct client *c, uint64_t duid, sk_time now) {
    unsigned kept = 0;
    for (unsigned i = 0; i < c->n; i++)
        if (now - c->last[i] <= COUNTED && c->duid[i] != duid) {
            c->duid[kept] = c->duid[i];
            c->last[kept++] = c->last[i];
        }
    if (kept == DUIDS_MAX)
        kept--;
    c->duid[kept] = duid;
    c->last[kept] = now;
    return c->n = kept + 1;
}

/* @return what the few used together */
static int64_t among_few(struct few *f, const struct sk_mac *mac, unsigned n, sk_time now) {
    unsigned least = 0;
    int64_t sum = 0;
    for (unsigned i = 0; i < FEW; i++) {
        if (now - f->at[i].last > COUNTED)
            f->at[i].n = 0;
        if (f->at[i].n && sk_mac_eq(&f->at[i].mac, mac)) {
            least = i;
            break;
        }
        least = f->at[i].n < f->at[least].n ? i : least;
    }
    if (n >= f->at[least].n || sk_mac_eq(&f->at[least].mac, mac)) {
        f->at[least].mac = *mac;
        f->at[least].n = n;
        f->at[least].last = now;
    }
    for (unsigned i = 0; i < FEW; i++)
        sum += f->at[i].n;
    return sum;
}

static void asked(struct state *s, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value duid;
    struct sk_mac inside;
    struct key k = key_of(ev);
    if (!cor_says(ev, SKF_dhcpv6_role, "client"))
        return;
    sk_event_put_int(ev, SKF_dhcpv6_client_stranger, sk_table_peek(s->hosts, &k) == NULL);
    if (sk_event_mac(ev, SKF_dhcpv6_client_mac, &inside))
        sk_event_put_int(ev, SKF_dhcpv6_client_foreign, !sk_mac_eq(&inside, &ev->smac));
    if (!sk_event_get(ev, NULL, SKF_dhcpv6_client_duid, 0, scratch, &duid))
        return;
    unsigned n = use(sk_cor_put(ctx, s->clients, &k, NULL), sk_hash(ctx->key, duid.s.p, duid.s.len), ev->ts);
    int64_t few = among_few(sk_cor_put(ctx, s->links, &k.link, NULL), &k.mac, n, ev->ts);
    sk_event_put_int(ev, SKF_dhcpv6_client_duids, n);
    sk_event_put_int(ev, SKF_dhcpv6_client_duids_of_few, few);
}

static bool shows_a_host(const struct sk_event *ev) {
    if (ev->type == SKE_ipv6_seen)
        return !cor_says(ev, SKF_ipv6_category, "dhcp6c") && !cor_says(ev, SKF_ipv6_category, "dhcp6s");
    return ev->type == SKE_arp_message;
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct state *s = state;
    if ((ev->flags & SK_EV_DUPLICATE) || sk_mac_zero(&ev->smac))
        return;
    if (ev->type == SKE_dhcpv6_message) {
        asked(s, ctx, ev);
    } else if (shows_a_host(ev)) {
        struct key k = key_of(ev);
        (void)sk_cor_put(ctx, s->hosts, &k, NULL);
    }
}

static const uint16_t wants[] = {SKE_dhcpv6_message, SKE_ipv6_seen, SKE_arp_message, 0};
const struct sk_correlator sk_cor_dhcpv6_client = {.name = "dhcpv6_client",
                                                   .rank = 45,
                                                   .wants = wants,
                                                   .looks_at = wants,
                                                   .state_size = sizeof(struct state),
                                                   .init = init,
                                                   .fini = fini,
                                                   .event = event};
