/* SPDX-License-Identifier: Apache-2.0 */
/* policy show: what may cross: flows, one way only, proxies, tunnels, services outside. */
#include "policy/show.h"

static void show_flow_end(struct show *s, const char *word, const struct pol_end *end, const struct pol_nets *hosts) {
    show_texts(s, word, &end->names);
    show_nets(s, " (", hosts, NULL);
    if (hosts->list.n)
        sk_buf_str(&s->text, ")");
}

/* An entry that names hosts is about those; one that names only places is about all that are there. */
static bool end_is_asked(const struct show *s, const struct pol_end *end, const struct pol_nets *hosts) {
    if (hosts->list.n && s->view->addr)
        return show_wants(s, hosts, NULL, NULL);
    return show_end_names(s, end);
}

static void show_flows(struct show *s) {
    const struct sk_policy *p = s->p;
    for (size_t i = 0; i < p->flows.n; i++) {
        const struct pol_flow *f = &p->flows.at[i];
        if (!show_all(s) && !end_is_asked(s, &f->from, &f->hosts) && !end_is_asked(s, &f->to, &f->peers))
            continue;
        show_begin(s, "flows", &f->pos);
        s->entry = f->id;
        show_pair(s, "flow ", f->id);
        sk_buf_fmt(&s->text, "%s%s", f->id ? ": " : "flow: ", f->deny ? "denied" : "allowed");
        show_flow_end(s, " from ", &f->from, &f->hosts);
        show_flow_end(s, " to ", &f->to, &f->peers);
        show_services(s, ", only ", &f->services);
        if (f->family)
            sk_buf_fmt(&s->text, ", IPv%u only", f->family);
        show_pair(s, ", why: ", f->why);
        show_pair(s, ", owner ", f->owner);
        show_day(s, s->today > f->review ? ", review was due " : ", review by ", f->review);
        show_until(s, f->until);
        show_end(s);
    }
    if (p->flows_known && p->flows.n == 0 && show_all(s)) {
        show_begin(s, "flows", &p->flows_pos);
        sk_buf_str(&s->text, "flow: none named, so none judged");
        show_end(s);
    }
}

static void show_one_ways(struct show *s) {
    for (size_t i = 0; i < s->p->one_ways.n; i++) {
        const struct pol_one_way *w = &s->p->one_ways.at[i];
        if (!show_all(s) && !end_is_asked(s, &w->from, &w->hosts_from) && !end_is_asked(s, &w->to, &w->hosts_to))
            continue;
        show_begin(s, "one_way", &w->pos);
        s->entry = w->id;
        show_pair(s, "one way ", w->id);
        show_flow_end(s, w->id ? ": from " : " from ", &w->from, &w->hosts_from);
        show_flow_end(s, " to ", &w->to, &w->hosts_to);
        show_pair(s, " to service ", w->to_service);
        show_pair(s, ", back ", w->back);
        if (!w->back && w->back_bytes >= 0)
            sk_buf_fmt(&s->text, ", back at most %lld bytes", (long long)w->back_bytes);
        if (!w->back && w->back_bytes_flow >= 0)
            sk_buf_fmt(&s->text, ", back at most %lld bytes a flow", (long long)w->back_bytes_flow);
        show_pair(s, ", why: ", w->why);
        show_until(s, w->until);
        s->later = true;
        show_end(s);
    }
}

static void show_proxies(struct show *s) {
    const struct sk_policy *p = s->p;
    for (size_t i = 0; i < p->proxies.n; i++) {
        const struct pol_proxy *e = &p->proxies.at[i];
        if (!show_wants(s, &e->ip, NULL, NULL))
            continue;
        show_begin(s, "proxies", &e->pos);
        show_nets(s, "proxy ", &e->ip, "");
        for (size_t k = 0; k < e->ports.n; k++)
            sk_buf_fmt(&s->text, "%s%u", k ? ", " : ", port ", e->ports.at[k]);
        show_pair(s, ", ", e->kind);
        show_pair(s, ", zone ", e->zone_name);
        show_end(s);
    }
    for (size_t i = 0; i < p->no_proxy.n; i++) {
        const struct pol_no_proxy *e = &p->no_proxy.at[i];
        if (!show_wants(s, &e->hosts, &e->to_ips, NULL))
            continue;
        show_begin(s, "no_proxy", &e->pos);
        s->entry = e->id;
        show_nets(s, "without proxy: ", &e->hosts, e->hosts_given ? "nobody" : "everybody");
        show_nets(s, " to ", &e->to_ips, NULL);
        show_texts(s, " to ", &e->to_names);
        show_services(s, ", only ", &e->services);
        show_pair(s, ", why: ", e->why);
        show_pair(s, ", owner ", e->owner);
        show_until(s, e->until);
        show_end(s);
    }
}

static void show_tunnel(struct show *s, const struct pol_tunnel *e) {
    show_begin(s, "tunnels", &e->pos);
    s->entry = e->id;
    show_pair(s, "tunnel ", e->id ? e->id : e->kind);
    show_pair(s, ": ", e->kind);
    show_nets(s, " between ", &e->local, "any");
    show_nets(s, " and ", &e->remote, "any");
    if (e->sixrd.prefix.len) {
        char text[SK_PREFIX_TEXT];
        sk_buf_fmt(&s->text, ", 6rd prefix %s", sk_prefix_text(&e->sixrd.prefix, text));
        if (e->sixrd.ipv4_mask_len)
            sk_buf_fmt(&s->text, " without %u bits of IPv4", e->sixrd.ipv4_mask_len);
    }
    show_pair(s, ", why: ", e->why);
    show_pair(s, ", owner ", e->owner);
    show_until(s, e->until);
    show_end(s);
}

static void show_tunnels(struct show *s) {
    const struct sk_policy *p = s->p;
    if (p->tunnels_known && p->tunnels.n == 0 && show_all(s)) {
        show_begin(s, "tunnels", &p->tunnels_pos);
        sk_buf_str(&s->text, "tunnel: none allowed");
        show_end(s);
    }
    for (size_t i = 0; i < p->tunnels.n; i++)
        if (show_wants(s, &p->tunnels.at[i].local, &p->tunnels.at[i].remote, NULL))
            show_tunnel(s, &p->tunnels.at[i]);
}

static void show_clouds(struct show *s) {
    const struct sk_policy *p = s->p;
    for (size_t i = 0; i < p->clouds.n; i++) {
        const struct pol_cloud *c = &p->clouds.at[i];
        if (!show_wants(s, &c->ips, NULL, NULL))
            continue;
        show_begin(s, "services", &c->pos);
        s->entry = c->id;
        show_pair(s, "service ", c->id);
        show_texts(s, ": ", &c->names);
        show_pair(s, ": list ", c->list);
        show_nets(s, " at ", &c->ips, NULL);
        show_texts(s, ", for ", &c->zones.names);
        show_pair(s, ", grade ", c->grade);
        show_pair(s, ", register ", c->registered);
        show_until(s, c->until);
        s->later = true;
        show_end(s);
    }
    if (p->services_unlisted && show_all(s)) {
        show_begin(s, "services_unlisted", &p->unlisted_pos);
        show_pair(s, "services not listed: ", p->services_unlisted);
        s->later = true;
        show_end(s);
    }
}

static void show_mail_rules(struct show *s) {
    if (!show_all(s))
        return;
    if (s->p->spf_end) {
        show_begin(s, "mail", &s->p->spf_end_pos);
        show_pair(s, "SPF records of own domains end with ", s->p->spf_end);
        s->later = true;
        show_end(s);
    }
    if (s->p->local_parts != SK_UNKNOWN) {
        show_begin(s, "mail", NULL);
        sk_buf_fmt(&s->text, "local parts of mail addresses: %s",
                   s->p->local_parts == SK_YES ? "may be shown" : "never shown");
        s->later = true;
        show_end(s);
    }
}

void show_boundary(struct show *s) {
    show_flows(s);
    show_one_ways(s);
    show_proxies(s);
    show_tunnels(s);
    show_clouds(s);
    show_mail_rules(s);
}
