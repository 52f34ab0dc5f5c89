/* SPDX-License-Identifier: Apache-2.0 */
/* What is in force, statement by statement, each with the line it comes from; and what is not declared, hence unknown.
 */
#include "policy/pol.h"

#include "sekimori/text.h"

#include <stdio.h>

struct show {
    const struct sk_policy *p;
    struct sk_buf *out;
    sk_time today;
};

/* Text of the policy goes to a terminal: no control characters. */
static void add_safe(struct show *s, const char *text) {
    char safe[512];
    (void)sk_text_escape((const uint8_t *)text, strlen(text), safe, sizeof safe);
    sk_buf_str(s->out, safe);
}

static void add_pair(struct show *s, const char *word, const char *text) {
    if (!text)
        return;
    sk_buf_fmt(s->out, "%s", word);
    add_safe(s, text);
}

/* "policy.yml:33   " */
static void begin(struct show *s, const struct pol_pos *pos) {
    char where[POL_WHERE];
    (void)snprintf(where, sizeof where, "%s:%u", pos->base ? pos->base : "built in", pos->line);
    sk_buf_fmt(s->out, "%-24s ", where);
}

static void end(struct show *s) { sk_buf_str(s->out, "\n"); }

static void add_day(struct show *s, const char *word, sk_time t) {
    struct pol_date d;
    if (!t)
        return;
    pol_date_at(&s->p->tz, t, &d);
    sk_buf_fmt(s->out, "%s%04d-%02d-%02d", word, d.year, d.month, d.day);
}

static void add_end(struct show *s, sk_time until) {
    add_day(s, until && s->today > until ? ", NOT honoured: ended " : ", until ", until);
}

static void add_nets(struct show *s, const char *word, const struct pol_nets *nets, const char *none) {
    char text[SK_PREFIX_TEXT];
    sk_buf_str(s->out, word);
    for (size_t i = 0; i < nets->list.n; i++) {
        const struct sk_prefix *net = &nets->list.at[i].net;
        bool whole = net->len == (net->addr.fam == 4 ? 32 : 128);
        sk_buf_fmt(s->out, "%s%s", i ? ", " : "", whole ? sk_addr_text(&net->addr, text) : sk_prefix_text(net, text));
    }
    if (nets->list.n == 0)
        sk_buf_str(s->out, none);
}

static void add_some_nets(struct show *s, const char *word, const struct pol_nets *nets) {
    if (nets->list.n)
        add_nets(s, word, nets, "");
}

static void add_texts(struct show *s, const char *word, const struct pol_texts *texts) {
    for (size_t i = 0; i < texts->list.n; i++)
        add_pair(s, i ? ", " : word, texts->list.at[i].text);
}

/* --- where ----------------------------------------------------------------------------------------------------------
 */

static void show_mirrors(struct show *s) {
    const struct sk_policy *p = s->p;
    if (p->mirrors_pos.path && p->mirrors.n == 0) {
        begin(s, &p->mirrors_pos);
        sk_buf_str(s->out, "mirror encapsulation: none\n");
    }
    for (size_t i = 0; i < p->mirrors.n; i++) {
        const struct pol_mirror *m = &p->mirrors.at[i];
        begin(s, &m->pos);
        sk_buf_fmt(s->out, "mirror encapsulation %s, stripped:", sk_mirror_name(m->kind));
        add_nets(s, " from ", &m->from, "any");
        add_nets(s, " to ", &m->to, "any");
        add_pair(s, ", why: ", m->why);
        end(s);
    }
}

static void show_site(struct show *s) {
    const struct sk_policy *p = s->p;
    sk_buf_fmt(s->out, "%-24s site", "");
    add_pair(s, " ", p->site_name);
    add_pair(s, p->site_name ? ", time zone " : ": time zone ", p->timezone);
    add_pair(s, ", language ", p->language);
    end(s);
    for (size_t i = 0; i < p->taps.n; i++) {
        const struct pol_tap *t = &p->taps.at[i];
        begin(s, &t->pos);
        add_pair(s, "tap ", t->name);
        add_pair(s, ", sensor ", t->sensor);
        add_pair(s, ", interface ", t->iface);
        add_texts(s, ", files ", &t->files);
        end(s);
    }
    show_mirrors(s);
    for (size_t i = 0; i < p->zones.n; i++) {
        const struct pol_zone *z = &p->zones.at[i];
        begin(s, &z->pos);
        add_pair(s, "zone ", z->name);
        sk_buf_fmt(s->out, ": %s, web %s", sk_side_name(z->side), sk_web_name(z->web));
        add_some_nets(s, ", prefixes ", &z->prefixes);
        end(s);
    }
}

static void show_peers(struct show *s, const char *what, const struct pol_peers *peers) {
    if (!peers->known)
        return;
    if (peers->list.n == 0) {
        begin(s, &peers->pos);
        sk_buf_fmt(s->out, "  %s: none allowed\n", what);
    }
    for (size_t i = 0; i < peers->list.n; i++) {
        const struct pol_peer *e = &peers->list.at[i];
        char mac[SK_MAC_TEXT];
        begin(s, &e->pos);
        sk_buf_fmt(s->out, "  %s:", what);
        for (size_t k = 0; k < e->macs.list.n; k++)
            sk_buf_fmt(s->out, "%s%s", k ? " or " : " ", sk_mac_text(&e->macs.list.at[k], mac));
        add_some_nets(s, " at ", &e->addrs);
        for (size_t k = 0; k < e->duid_len; k++)
            sk_buf_fmt(s->out, "%s%02x", k ? ":" : " DUID ", e->duid[k]);
        add_some_nets(s, ", prefixes ", &e->prefixes);
        end(s);
    }
}

/* What a packet must carry to be in it. */
static void add_matchers(struct show *s, const struct pol_segment *g) {
    const char *between = ": ";
    if (g->tap_name) {
        sk_buf_str(s->out, between);
        add_pair(s, "tap ", g->tap_name);
        between = ", ";
    }
    for (size_t i = 0; i < g->vnis.n; i++)
        sk_buf_fmt(s->out, "%s%d", i ? " or " : *between == ':' ? ": VNI " : ", VNI ", g->vnis.at[i]);
    if (g->vnis.n)
        between = ", ";
    if (g->vlan_any || g->vids.n) {
        sk_buf_fmt(s->out, "%sVLAN %s", between, g->vlan_any ? "any" : "");
        between = ", ";
    }
    for (size_t i = 0; i < g->vids.n; i++)
        sk_buf_fmt(s->out, "%s%u", i ? " or " : "", g->vids.at[i]);
    if (g->prefixes.list.n)
        add_nets(s, *between == ':' ? ": " : ", ", &g->prefixes, "");
}

static void show_segment(struct show *s, const struct pol_segment *g) {
    begin(s, &g->pos);
    add_pair(s, "segment ", g->pub.id);
    add_matchers(s, g);
    add_pair(s, ", zone ", g->pub.zone);
    sk_buf_fmt(s->out, ", IPv6 %s", sk_ipv6_rule_name(g->pub.ipv6));
    add_day(s, " since ", g->pub.since);
    sk_buf_fmt(s->out, "%s%s%s\n", g->pub.clients == SK_YES ? ", terminals" : "", g->pub.is_private ? ", private" : "",
               g->pub.registered_only ? ", registered devices only" : "");
    if (g->tolerate.given) {
        begin(s, &g->tolerate.pos);
        add_texts(s, "  tolerates ", &g->tolerate.kinds);
        add_end(s, g->tolerate.until);
        end(s);
    }
    show_peers(s, "router", &g->routers);
    show_peers(s, "DHCP server", &g->dhcp_servers);
    show_peers(s, "DHCPv6 server", &g->dhcpv6_servers);
}

/* --- across the boundary --------------------------------------------------------------------------------------------
 */

static void show_proxies(struct show *s) {
    const struct sk_policy *p = s->p;
    for (size_t i = 0; i < p->proxies.n; i++) {
        const struct pol_proxy *e = &p->proxies.at[i];
        begin(s, &e->pos);
        add_nets(s, "proxy ", &e->ip, "");
        for (size_t k = 0; k < e->ports.n; k++)
            sk_buf_fmt(s->out, "%s%u", k ? ", " : ", port ", e->ports.at[k]);
        end(s);
    }
    for (size_t i = 0; i < p->no_proxy.n; i++) {
        const struct pol_no_proxy *e = &p->no_proxy.at[i];
        begin(s, &e->pos);
        add_nets(s, "without proxy: ", &e->hosts, e->hosts_given ? "nobody" : "everybody");
        add_some_nets(s, " to ", &e->to_ips);
        add_texts(s, " to ", &e->to_names);
        for (size_t k = 0; k < e->services.n; k++)
            sk_buf_fmt(s->out, "%s%s/%u", k ? ", " : ", only ",
                       e->services.at[k].transports == POL_TCP   ? "tcp"
                       : e->services.at[k].transports == POL_UDP ? "udp"
                                                                 : "tcp+udp",
                       e->services.at[k].port);
        add_pair(s, ", why: ", e->why);
        add_end(s, e->until);
        end(s);
    }
}

static void show_tunnels(struct show *s) {
    const struct sk_policy *p = s->p;
    if (p->tunnels_known && p->tunnels.n == 0) {
        begin(s, &p->tunnels_pos);
        sk_buf_str(s->out, "tunnel: none allowed\n");
    }
    for (size_t i = 0; i < p->tunnels.n; i++) {
        const struct pol_tunnel *e = &p->tunnels.at[i];
        begin(s, &e->pos);
        add_pair(s, "tunnel ", e->id ? e->id : e->kind);
        add_pair(s, ": ", e->kind);
        add_nets(s, " between ", &e->local, "any");
        add_nets(s, " and ", &e->remote, "any");
        if (e->sixrd.prefix.len) {
            char text[SK_PREFIX_TEXT];
            sk_buf_fmt(s->out, ", 6rd prefix %s", sk_prefix_text(&e->sixrd.prefix, text));
            if (e->sixrd.ipv4_mask_len)
                sk_buf_fmt(s->out, " without %u bits of IPv4", e->sixrd.ipv4_mask_len);
        }
        add_pair(s, ", why: ", e->why);
        add_end(s, e->until);
        end(s);
    }
}

static void show_lists(struct show *s) {
    for (const char *const *name = sk_policy_list_names(); *name; name++) {
        const struct sk_policy_list *l = sk_policy_list(s->p, *name, strlen(*name));
        if (!l->declared)
            continue;
        sk_buf_fmt(s->out, "%-24s %%%s%%:", "", *name);
        for (size_t i = 0; i < l->n; i++) {
            add_pair(s, i ? ", " : " ", l->value[i]);
            if (l->until[i] && s->today > l->until[i])
                sk_buf_str(s->out, " (ended)");
        }
        sk_buf_str(s->out, l->n ? "\n" : " none\n");
    }
}

/* Unknown is not forbidden: about these there are facts, no violations. */
static void show_unknown(struct show *s) {
    unsigned n = 0;
    sk_buf_fmt(s->out, "%-24s not declared, so unknown:", "");
    for (const char *const *key = sk_policy_keys(); *key; key++) {
        static const char *const ask[] = {"segments.*.ipv6", "segments.*.routers", "segments.*.dhcpv6_servers",
                                          "zones",           "zones.*.web",        "proxies",
                                          "dns.resolvers",   "dns.authoritative",  "mail.mx",
                                          "mail.relays",     "mail.own_domains",   "ntp_servers",
                                          "tunnels"};
        for (size_t i = 0; i < sizeof ask / sizeof *ask; i++)
            if (strcmp(*key, ask[i]) == 0 && !pol_declared(s->p, *key))
                sk_buf_fmt(s->out, "%s%s", n++ ? ", " : " ", *key);
    }
    sk_buf_str(s->out, n ? "\n" : " -\n");
}

void sk_policy_show(const struct sk_policy *p, sk_time today, struct sk_buf *out) {
    struct show s = {p, out, today};
    show_site(&s);
    for (size_t i = 0; i < p->segments.n; i++)
        show_segment(&s, &p->segments.at[i]);
    show_proxies(&s);
    show_tunnels(&s);
    show_lists(&s);
    show_unknown(&s);
}
