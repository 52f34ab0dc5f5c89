/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that Sigma's %name% is bound to. */
#include "policy/pol.h"

/* In the order in which an error names them: what a rule asks for most often first. */
static const char *const list_names[POL_LISTS + 1] = {
    [POL_LIST_PROXIES] = "proxies",
    [POL_LIST_RESOLVERS] = "resolvers",
    [POL_LIST_RELAYS] = "relays",
    [POL_LIST_OWN_DOMAINS] = "own_domains",
    [POL_LIST_SCANNERS] = "scanners",
    [POL_LIST_MX] = "mx",
    [POL_LIST_SUBMISSION] = "submission",
    [POL_LIST_NO_MAIL_DOMAINS] = "no_mail_domains",
    [POL_LIST_TRUSTED_AUTHSERV_IDS] = "trusted_authserv_ids",
    [POL_LIST_UPSTREAMS] = "upstreams",
    [POL_LIST_AUTHORITATIVE] = "authoritative",
    [POL_LIST_OWN_ZONES] = "own_zones",
    [POL_LIST_INTERNAL_NAMES] = "internal_names",
    [POL_LIST_PUBLIC_NAMES] = "public_names",
    [POL_LIST_DOH_ALLOWED] = "doh_allowed",
    [POL_LIST_NAT64_PREFIXES] = "nat64_prefixes",
    [POL_LIST_SRV6_DOMAINS] = "srv6_domains",
    [POL_LIST_NTP_SERVERS] = "ntp_servers",
};
static const char *const list_keys[POL_LISTS] = {
    [POL_LIST_PROXIES] = "proxies",
    [POL_LIST_RESOLVERS] = "dns.resolvers",
    [POL_LIST_RELAYS] = "mail.relays",
    [POL_LIST_OWN_DOMAINS] = "mail.own_domains",
    [POL_LIST_SCANNERS] = "scanners",
    [POL_LIST_MX] = "mail.mx",
    [POL_LIST_SUBMISSION] = "mail.submission",
    [POL_LIST_NO_MAIL_DOMAINS] = "mail.no_mail_domains",
    [POL_LIST_TRUSTED_AUTHSERV_IDS] = "mail.trusted_authserv_ids",
    [POL_LIST_UPSTREAMS] = "dns.upstreams",
    [POL_LIST_AUTHORITATIVE] = "dns.authoritative",
    [POL_LIST_OWN_ZONES] = "dns.authoritative",
    [POL_LIST_INTERNAL_NAMES] = "dns.internal_names",
    [POL_LIST_PUBLIC_NAMES] = "dns.public_names",
    [POL_LIST_DOH_ALLOWED] = "dns.doh_allowed",
    [POL_LIST_NAT64_PREFIXES] = "dns.nat64_prefixes",
    [POL_LIST_SRV6_DOMAINS] = "srv6_domains",
    [POL_LIST_NTP_SERVERS] = "ntp_servers",
};

const char *pol_list_key(enum pol_list_id id) { return list_keys[id]; }

struct growing {
    struct sk_policy *p;
    struct sk_policy_list *list;
    const char **value;
    sk_time *until;
    size_t cap;
};

static void add_text(struct growing *g, const char *text, sk_time until) {
    if (!g->value || !g->until || g->list->n == g->cap) {
        size_t cap = g->cap ? 2 * g->cap : 8;
        const char **value = sk_arena_new(&g->p->arena, cap * sizeof *value);
        sk_time *ends = sk_arena_new(&g->p->arena, cap * sizeof *ends);
        if (g->value && g->until) {
            memcpy(value, g->value, g->list->n * sizeof *value);
            memcpy(ends, g->until, g->list->n * sizeof *ends);
        }
        g->value = value;
        g->until = ends;
        g->cap = cap;
    }
    g->value[g->list->n] = text;
    g->until[g->list->n++] = until;
    g->list->value = g->value;
    g->list->until = g->until;
}

/* Addresses as addresses, prefixes as prefixes: both are what Sigma's cidr takes. */
static void add_nets(struct growing *g, const struct pol_nets *nets, sk_time until) {
    for (size_t i = 0; i < nets->list.n; i++) {
        const struct sk_prefix *net = &nets->list.at[i].net;
        char text[SK_PREFIX_TEXT];
        if (net->len == (net->addr.fam == 4 ? 32 : 128))
            (void)sk_addr_text(&net->addr, text);
        else
            (void)sk_prefix_text(net, text);
        add_text(g, sk_arena_text(&g->p->arena, text, strlen(text)), until);
    }
}

static void add_texts(struct growing *g, const struct pol_texts *texts) {
    for (size_t i = 0; i < texts->list.n; i++)
        add_text(g, texts->list.at[i].text, 0);
}

static const struct pol_nets *nets_of(const struct sk_policy *p, enum pol_list_id id) {
    switch ((int)id) {
    case POL_LIST_RESOLVERS:
        return &p->resolvers;
    case POL_LIST_RELAYS:
        return &p->relays;
    case POL_LIST_MX:
        return &p->mx;
    case POL_LIST_SUBMISSION:
        return &p->submission;
    case POL_LIST_UPSTREAMS:
        return &p->upstreams;
    case POL_LIST_NAT64_PREFIXES:
        return &p->nat64_prefixes;
    case POL_LIST_SRV6_DOMAINS:
        return &p->srv6_domains;
    case POL_LIST_NTP_SERVERS:
        return &p->ntp_servers;
    default:
        return NULL;
    }
}

static const struct pol_texts *texts_of(const struct sk_policy *p, enum pol_list_id id) {
    switch ((int)id) {
    case POL_LIST_OWN_DOMAINS:
        return &p->own_domains;
    case POL_LIST_NO_MAIL_DOMAINS:
        return &p->no_mail_domains;
    case POL_LIST_TRUSTED_AUTHSERV_IDS:
        return &p->trusted_authserv_ids;
    case POL_LIST_INTERNAL_NAMES:
        return &p->internal_names;
    case POL_LIST_PUBLIC_NAMES:
        return &p->public_names;
    case POL_LIST_DOH_ALLOWED:
        return &p->doh_allowed;
    default:
        return NULL;
    }
}

static void add_entries(struct growing *g, enum pol_list_id id) {
    struct sk_policy *p = g->p;
    if (id == POL_LIST_PROXIES)
        for (size_t i = 0; i < p->proxies.n; i++)
            add_nets(g, &p->proxies.at[i].ip, 0);
    if (id == POL_LIST_SCANNERS)
        for (size_t i = 0; i < p->scanners.n; i++)
            add_nets(g, &p->scanners.at[i].ip, p->scanners.at[i].until);
    for (size_t i = 0; i < p->authoritative.n; i++) {
        if (id == POL_LIST_AUTHORITATIVE)
            add_nets(g, &p->authoritative.at[i].ip, 0);
        if (id == POL_LIST_OWN_ZONES)
            add_texts(g, &p->authoritative.at[i].zones);
    }
}

void pol_make_lists(struct sk_policy *p) {
    for (int id = 0; id < POL_LISTS; id++) {
        p->lists[id] = (struct sk_policy_list){.name = list_names[id], .declared = pol_declared(p, list_keys[id])};
        struct growing g = {.p = p, .list = &p->lists[id]};
        const struct pol_nets *nets = nets_of(p, (enum pol_list_id)id);
        const struct pol_texts *texts = texts_of(p, (enum pol_list_id)id);
        if (nets)
            add_nets(&g, nets, 0);
        else if (texts)
            add_texts(&g, texts);
        else
            add_entries(&g, (enum pol_list_id)id);
    }
}

const struct sk_policy_list *sk_policy_list(const struct sk_policy *p, const char *name, size_t len) {
    for (int id = 0; id < POL_LISTS; id++)
        if (strlen(list_names[id]) == len && memcmp(list_names[id], name, len) == 0)
            return &p->lists[id];
    return NULL;
}

const char *const *sk_policy_list_names(void) { return list_names; }
