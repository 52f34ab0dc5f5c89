/* SPDX-License-Identifier: Apache-2.0 */
/* policy show: the ledger, the exceptions, the thresholds; the lists of signatures; what nobody said. */
#include "policy/show.h"

#include <stdio.h>

/* --- devices --------------------------------------------------------------------------------------------------------
 */

static void show_ledger(struct show *s) {
    const struct sk_policy *p = s->p;
    size_t n[3] = {0};
    if (!p->ledger_path || !show_all(s))
        return;
    for (size_t i = 0; i < p->devices.n; i++)
        if (strcmp(p->devices.at[i].pos.path, p->ledger_path) == 0)
            n[sk_policy_device_state(&p->devices.at[i].pub, s->today)]++;
    const char *slash = strrchr(p->ledger_path, '/');
    show_begin(s, "devices", &p->ledger_pos);
    show_pair(s, "ledger ", slash ? slash + 1 : p->ledger_path);
    sk_buf_fmt(&s->text, ": %zu in use, %zu retired, %zu lost", n[SK_DEVICE_IN_USE], n[SK_DEVICE_RETIRED],
               n[SK_DEVICE_LOST]);
    if (p->ledger_nameless)
        sk_buf_fmt(&s->text, "; %zu of them name no MAC, DUID or address and are found by nothing", p->ledger_nameless);
    show_end(s);
}

static bool is_asked(const struct show *s, const struct sk_policy_device *d) {
    for (size_t i = 0; s->view->mac && i < d->n_mac; i++)
        if (sk_mac_eq(&d->mac[i], s->view->mac))
            return true;
    for (size_t i = 0; s->view->addr && i < d->n_ip; i++)
        if (sk_addr_eq(&d->ip[i], s->view->addr))
            return true;
    return false;
}

static void show_device(struct show *s, const struct pol_device *e) {
    const struct sk_policy_device *d = &e->pub;
    char text[SK_ADDR_TEXT];
    show_begin(s, "devices", &e->pos);
    s->entry = d->number;
    show_pair(s, "device ", d->name ? d->name : "without a name");
    show_pair(s, ", number ", d->number);
    for (size_t i = 0; i < d->n_mac; i++)
        sk_buf_fmt(&s->text, "%s%s", i ? " or " : ", ", sk_mac_text(&d->mac[i], text));
    for (size_t i = 0; i < d->n_ip; i++)
        sk_buf_fmt(&s->text, "%s%s", i ? ", " : " at ", sk_addr_text(&d->ip[i], text));
    for (size_t i = 0; i < d->n_segment; i++)
        show_pair(s, i ? ", " : ", for ", d->segment[i]);
    show_pair(s, ", section ", d->section);
    show_pair(s, ", role ", d->role);
    if (d->state != SK_DEVICE_IN_USE) {
        show_pair(s, ", ", sk_device_state_name((enum sk_device_state)d->state));
        show_day(s, " since ", d->since ? d->since - 1 : 0);
    }
    show_end(s);
}

static void show_devices(struct show *s) {
    const struct sk_policy *p = s->p;
    show_ledger(s);
    for (size_t i = 0; i < p->devices.n; i++) {
        const struct pol_device *d = &p->devices.at[i];
        bool row = p->ledger_path && strcmp(d->pos.path, p->ledger_path) == 0;
        if (show_all(s) ? !row : is_asked(s, &d->pub)) /* ten thousand rows are read in the sheet */
            show_device(s, d);
    }
}

/* --- exceptions and thresholds --------------------------------------------------------------------------------------
 */

static void show_ports(struct show *s, const char *word, const uint16_t *at, size_t n) {
    for (size_t i = 0; i < n; i++)
        sk_buf_fmt(&s->text, "%s%u", i ? " or " : word, at[i]);
}

static bool exception_is_asked(const struct show *s, const struct pol_exception *e) {
    struct pol_macs macs = {.list = {.at = e->macs.at, .n = e->macs.n}};
    if (show_wants(s, &e->where.source, &e->where.destination, &macs))
        return true;
    for (size_t i = 0; s->view->segment && i < e->where.segments.list.n; i++)
        if (strcmp(e->where.segments.list.at[i].text, s->view->segment) == 0)
            return true;
    return false;
}

static void show_exception(struct show *s, const struct pol_exception *e) {
    const struct pol_scope *w = &e->where;
    show_begin(s, "exceptions", &e->pos);
    s->entry = e->pub.id;
    show_pair(s, "exception ", e->pub.id);
    show_pair(s, ": ", sk_exception_effect_name(e->pub.effect));
    show_pair(s, " ", e->pub.rule);
    show_texts(s, " in ", &w->segments);
    show_texts(s, " in zone ", &w->zones);
    show_texts(s, " by ", &w->devices);
    show_nets(s, " from ", &w->source, NULL);
    show_nets(s, " to ", &w->destination, NULL);
    show_ports(s, " port ", w->ports.at, w->ports.n);
    show_ports(s, " VLAN ", w->vids.at, w->vids.n);
    show_texts(s, " over ", &w->protocols);
    show_pair(s, ", owner ", e->pub.owner);
    show_pair(s, ", approver ", e->pub.approver);
    show_pair(s, ", reason: ", e->pub.reason);
    show_until(s, e->pub.until);
    show_end(s);
}

static void show_watches(struct show *s) {
    static const char *const op[] = {"",           ", over ",    ", at least ",  ", under ",
                                     ", at most ", ", exactly ", ", other than "};
    const struct sk_policy *p = s->p;
    for (size_t i = 0; i < p->watches.n; i++) {
        const struct pol_watch *w = &p->watches.at[i];
        show_begin(s, "watch", &w->pos);
        show_pair(s, "watch ", w->rule);
        if (w->words.op != SK_WATCH_NONE)
            sk_buf_fmt(&s->text, "%s%g", op[w->words.op], w->words.value);
        if (w->words.timespan)
            sk_buf_fmt(&s->text, " within %lld s", (long long)(w->words.timespan / SK_SEC));
        show_end(s);
    }
    if (p->loss_pos.path) {
        show_begin(s, "watch", &p->loss_pos);
        sk_buf_fmt(&s->text, "watch lost packets: alert from %g %%", p->loss_ppm / 1e4);
        show_end(s);
    }
    for (size_t i = 0; i < p->silences.n; i++) {
        show_begin(s, "watch", &p->silences.at[i].pos);
        show_pair(s, "watch tap ", p->silences.at[i].tap_name);
        sk_buf_fmt(&s->text, ": silent for %lld s is an alert", (long long)p->silences.at[i].seconds);
        show_end(s);
    }
}

/* --- lists, and what is unknown -------------------------------------------------------------------------------------
 */

static bool value_holds(const char *value, const struct sk_addr *a) {
    struct sk_prefix net;
    return a && sk_prefix_parse(value, strlen(value), true, &net) && sk_prefix_has(&net, a);
}

static bool list_is_asked(const struct show *s, const struct sk_policy_list *l) {
    for (size_t i = 0; i < l->n; i++)
        if (value_holds(l->value[i], s->view->addr))
            return true;
    return show_all(s);
}

static void show_lists(struct show *s) {
    for (int id = 0; id < POL_LISTS; id++) {
        const struct sk_policy_list *l = &s->p->lists[id];
        if (!l->declared || !list_is_asked(s, l))
            continue;
        show_begin(s, "lists", &s->p->list_pos[id]);
        s->entry = l->name;
        sk_buf_fmt(&s->text, "%%%s%%:", l->name);
        bool first = true;
        for (size_t i = 0; i < l->n; i++) {
            if (!show_all(s) && !value_holds(l->value[i], s->view->addr))
                continue;
            show_pair(s, first ? " " : ", ", l->value[i]);
            first = false;
            if (l->until[i] && s->today > l->until[i])
                sk_buf_str(&s->text, " (ended)");
        }
        sk_buf_str(&s->text, l->n ? "" : " none");
        show_end(s);
    }
}

/* Unknown is not forbidden: about these there are facts, no violations. */
static void show_unknown(struct show *s) {
    static const char *const ask[] = {"segments.*.ipv6", "segments.*.routers", "segments.*.dhcpv6_servers",
                                      "zones",           "zones.*.web",        "proxies",
                                      "dns.resolvers",   "dns.authoritative",  "mail.mx",
                                      "mail.relays",     "mail.own_domains",   "ntp_servers",
                                      "tunnels"};
    unsigned n = 0;
    show_begin(s, "unknown", NULL);
    sk_buf_str(&s->text, "not declared, so unknown:");
    for (const char *const *key = sk_policy_keys(); *key; key++)
        for (size_t i = 0; i < sizeof ask / sizeof *ask; i++)
            if (strcmp(*key, ask[i]) == 0 && !pol_declared(s->p, *key))
                sk_buf_fmt(&s->text, "%s%s", n++ ? ", " : " ", *key);
    sk_buf_str(&s->text, n ? "" : " -");
    show_end(s);
}

void show_registers(struct show *s) {
    show_devices(s);
    for (size_t i = 0; i < s->p->exceptions.n; i++)
        if (exception_is_asked(s, &s->p->exceptions.at[i]))
            show_exception(s, &s->p->exceptions.at[i]);
    if (show_all(s))
        show_watches(s);
    show_lists(s);
    if (show_all(s))
        show_unknown(s);
}
