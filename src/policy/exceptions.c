/* SPDX-License-Identifier: Apache-2.0 */
/* Which entry of the register holds for a match? */
#include "policy/pol.h"

#include <strings.h>

static bool fits_name(const struct pol_texts *patterns, const char *name) {
    for (size_t i = 0; name && i < patterns->list.n; i++)
        if (pol_glob_nocase(patterns->list.at[i].text, name))
            return true;
    return false;
}

static bool has_word(const struct pol_texts *words, const char *word) {
    for (size_t i = 0; word && i < words->list.n; i++)
        if (strcasecmp(words->list.at[i].text, word) == 0)
            return true;
    return false;
}

uint16_t pol_exception_vid(const struct sk_exception_query *q) {
    uint16_t vid = 0; /* the outermost that is not 0, as for segments */
    for (unsigned i = 0; i < q->n_vlan && vid == 0; i++)
        vid = q->vlan[i];
    return vid;
}

static bool fits_vlan(const struct pol_scope *w, const struct sk_exception_query *q) {
    uint16_t vid = pol_exception_vid(q);
    for (size_t i = 0; i < w->vids.n; i++)
        if (w->vids.at[i] == vid)
            return true;
    return false;
}

static bool fits_port(const struct pol_scope *w, uint16_t port) {
    for (size_t i = 0; i < w->ports.n; i++)
        if (w->ports.at[i] == port)
            return true;
    return false;
}

/* By MAC, by the ledger's record, or by an address that the ledger gives to a device of that name. */
static bool fits_device(const struct sk_policy *p, const struct pol_exception *e, const struct sk_exception_query *q,
                        sk_time now) {
    for (size_t i = 0; q->mac && i < e->macs.n; i++)
        if (sk_mac_eq(&e->macs.at[i], q->mac))
            return true;
    if (q->device && has_word(&e->where.devices, q->device->name))
        return true;
    const struct sk_policy_device *d = q->src ? sk_policy_device_by_ip(p, q->src, now) : NULL;
    return d && has_word(&e->where.devices, d->name);
}

static bool fits_where(const struct sk_policy *p, const struct pol_exception *e, const struct sk_exception_query *q,
                       sk_time now) {
    const struct pol_scope *w = &e->where;
    const struct sk_segment *s = sk_policy_segment_at(p, q->segment);
    if (w->segments.list.n && !has_word(&w->segments, s ? s->id : "unassigned"))
        return false;
    if (w->zones.list.n && !has_word(&w->zones, q->zone))
        return false;
    if (w->source.list.n && !pol_nets_have(&w->source, q->src))
        return false;
    if (w->destination.list.n && !pol_nets_have(&w->destination, q->dst))
        return false;
    if (w->ports.n && !fits_port(w, q->dport))
        return false;
    if (w->vids.n && !fits_vlan(w, q))
        return false;
    if (w->protocols.list.n && !has_word(&w->protocols, q->protocol) && !has_word(&w->protocols, q->transport))
        return false;
    return !w->devices.list.n || fits_device(p, e, q, now);
}

bool sk_policy_exception_names(const struct sk_policy *p, size_t i, const char *rule_id, const char *rule_name,
                               const char *detection) {
    const struct pol_texts *rules = i < p->exceptions.n ? &p->exceptions.at[i].rules : NULL;
    return rules && (fits_name(rules, rule_name) || fits_name(rules, detection) || fits_name(rules, rule_id));
}

bool pol_exception_holds(const struct sk_policy *p, const struct pol_exception *e, const struct sk_exception_query *q,
                         sk_time now) {
    if (now > e->pub.until || (q->critical && e->pub.effect == SK_EXCEPTION_MUTE))
        return false;
    return sk_policy_exception_names(p, e->pub.index, q->rule_id, q->rule_name, q->detection) &&
           fits_where(p, e, q, now);
}

size_t sk_policy_exceptions(const struct sk_policy *p) { return p->exceptions.n; }

const struct sk_exception *sk_policy_exception_at(const struct sk_policy *p, size_t i) {
    return i < p->exceptions.n ? &p->exceptions.at[i].pub : NULL;
}

bool sk_policy_day_end(const struct sk_policy *p, const char *date, size_t len, sk_time *ret) {
    struct pol_date d;
    if (!pol_date_parse(date, len, &d))
        return false;
    *ret = pol_date_end(&p->tz, &d);
    return true;
}
