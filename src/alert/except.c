/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions: asked before an alert opens, by what was observed of the device, never by what it said of itself. */
#include "alert/except.h"

#include "alert/device.h"

#include <string.h>

static const char *text_of(const struct sk_alert_config *cfg, const struct sk_event *ev, enum sk_field_id f,
                           char scratch[SK_EVENT_SCRATCH]) {
    struct sk_value v;
    return sk_event_get(ev, cfg->names, f, 0, scratch, &v) && v.type == SK_T_KEYWORD ? v.s.p : NULL;
}

/* Behind a router the frame's MAC is the router's: then only the address says who it is. */
static const struct sk_policy_device *ledger(const struct sk_alert_config *cfg, const struct sk_device *d,
                                             const struct sk_event *ev) {
    const struct sk_policy_device *found = NULL;
    bool routed = d->known_by && strcmp(d->known_by, "router-mac-only") == 0;
    if (!routed && !sk_mac_zero(&d->mac))
        found = sk_policy_device_by_mac(cfg->policy, &d->mac, ev->ts);
    for (unsigned i = 0; !found && i < d->n_ip; i++)
        found = sk_policy_device_by_ip(cfg->policy, &d->ip[i], ev->ts);
    return found;
}

const struct sk_exception *alert_exception(const struct sk_alert_config *cfg, const struct sk_match *m,
                                           const struct sk_event *ev, const struct sk_segment *guests) {
    char application[SK_EVENT_SCRATCH], transport[SK_EVENT_SCRATCH];
    struct sk_device d = {0};
    struct sk_place place = {0};
    if (!cfg->policy || sk_policy_exceptions(cfg->policy) == 0)
        return NULL;
    struct sk_exception_query q = {.rule_id = m->rule->id,
                                   .rule_name = m->rule->name,
                                   .detection = m->rule->detection,
                                   .segment = ev->segment,
                                   .dport = ev->dport,
                                   .protocol = text_of(cfg, ev, SKF_network_protocol, application),
                                   .transport = text_of(cfg, ev, SKF_network_transport, transport),
                                   .vlan = ev->vlan,
                                   .n_vlan = ev->n_vlan,
                                   .critical = m->level == SK_LEVEL_CRITICAL};
    if (ev->src.fam && !guests) {
        sk_policy_place(cfg->policy, &ev->src, ev->segment, &place);
        q.zone = place.zone;
    }
    if (!guests) {
        /* the MAC that the alert tells: of an alert about the receiver, or of who sits behind a router, the frame's
         * sender is another */
        const struct sk_mac *mac = alert_device(cfg, m->rule, ev, &d) ? &d.mac : &ev->smac;
        q.device = ledger(cfg, &d, ev);
        q.mac = sk_mac_zero(mac) ? NULL : mac;
        q.src = ev->src.fam ? &ev->src : NULL;
        q.dst = ev->dst.fam ? &ev->dst : NULL;
    }
    return sk_policy_exception(cfg->policy, &q, ev->ts);
}

enum sk_level alert_exception_level(const struct sk_exception *e, enum sk_level level) {
    if (e->effect == SK_EXCEPTION_LOWER && level > SK_LEVEL_INFORMATIONAL)
        return (enum sk_level)(level - 1);
    if (e->effect == SK_EXCEPTION_RAISE && level < SK_LEVEL_CRITICAL)
        return (enum sk_level)(level + 1);
    return level;
}
