/* SPDX-License-Identifier: Apache-2.0 */
/* The sections flows, one_way, services: what may cross, in which direction, and which services outside are approved.
 */
#include "policy/read.h"

/* Zones and segments by name, one or a list, or any. Whether they exist is seen once all are read. */
bool pol_read_end(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_end *end = at;
    if (v->kind == SK_YAML_LIST && v->n == 0) {
        POL_ERROR(r, v, "an empty list fits nothing. Name zones or segments, or write any");
        return false;
    }
    if (!pol_read_texts(r, v, &end->names))
        return false;
    for (size_t i = 0; i < end->names.list.n; i++)
        end->any |= strcmp(end->names.list.at[i].text, "any") == 0;
    return true;
}

/* --- flows ----------------------------------------------------------------------------------------------------------
 */

bool pol_read_family(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_flow *f = at;
    if (v->kind == SK_YAML_INT && (v->i == 4 || v->i == 6)) {
        f->family = (uint8_t)v->i;
        return true;
    }
    char shown[POL_SHOW];
    POL_ERROR(r, v, "%s is no version of IP. Write 4 or 6, or leave it out for both", pol_show(v, shown));
    return false;
}

const char *const pol_words_action[] = {"allow", "deny", NULL};
bool pol_read_action(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_flow *f = at;
    int i = pol_get_word(r, v, pol_words_action);
    f->deny = i == 1;
    return i >= 0;
}

static void read_flow(struct pol_read *r, const struct sk_yaml *v) {
    struct pol_flow *f = POL_PUSH(&r->p->flows);
    size_t index = r->p->flows.n - 1;
    f->pos = pol_pos(r, v);
    f->services.any = true; /* unless `service` says which */
    if (!pol_read_map(r, "flows.*", v, f))
        return;
    pol_need_all(r, "flows.*", v);
    const struct sk_yaml *action = sk_yaml_get(v, "action");
    if (!action || strcmp(action->text ? action->text : "", "allow") == 0)
        pol_need(r, "flows.*", v, "service", "[https], or any");
    for (size_t i = 0; i < index; i++)
        pol_unique_id(r, v, f->id, r->p->flows.at[i].id, &r->p->flows.at[i].pos);
    pol_note_until(r, v, "flows entry", f->id ? f->id : f->why, f->until);
    pol_note_review(r, v, "flow", f->id ? f->id : f->why, f->review);
}

bool pol_read_flows(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct sk_policy *p = at;
    if (!p->flows_pos.path)
        p->flows_pos = pol_pos(r, r->key);
    p->flows_known = pol_each_entry(r, v, "{from: internet, to: dmz, service: [https], id: REQ-040}", read_flow);
    return p->flows_known;
}

/* --- one_way --------------------------------------------------------------------------------------------------------
 */

bool pol_read_one_way_to(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_one_way *w = at;
    if (v->kind != SK_YAML_MAP)
        return pol_read_end(r, v, &w->to);
    if (!pol_read_map(r, "one_way.*.to", v, w))
        return false;
    if (!w->to_service)
        POL_ERROR(r, v, "this end names nothing. Write a zone, a segment, or {service: ID}");
    return w->to_service != NULL;
}

bool pol_read_bytes(struct pol_read *r, const struct sk_yaml *v, void *at) {
    return pol_get_int(r, v, 0, INT64_C(1) << 50, at);
}

const char *const pol_words_back[] = {"tcp-ack-only", "nothing", NULL};
bool pol_read_back(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_one_way *w = at;
    w->back_bytes = w->back_bytes_flow = -1;
    if (v->kind == SK_YAML_MAP)
        return pol_read_map(r, "one_way.*.back", v, w);
    int i = pol_get_word(r, v, pol_words_back);
    if (i >= 0)
        w->back = pol_words_back[i];
    return i >= 0;
}

static void read_one_way(struct pol_read *r, const struct sk_yaml *v) {
    struct pol_one_way *w = POL_PUSH(&r->p->one_ways);
    size_t index = r->p->one_ways.n - 1;
    w->pos = pol_pos(r, v);
    if (!pol_read_map(r, "one_way.*", v, w))
        return;
    pol_need_all(r, "one_way.*", v);
    for (size_t i = 0; i < index; i++)
        pol_unique_id(r, v, w->id, r->p->one_ways.at[i].id, &r->p->one_ways.at[i].pos);
    pol_note_until(r, v, "one_way entry", w->id, w->until);
}

bool pol_read_one_way(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    return pol_each_entry(r, v, "{id: OW-1, from: a-zone, to: b-zone, back: tcp-ack-only}", read_one_way);
}

/* --- services -------------------------------------------------------------------------------------------------------
 */

bool pol_read_approved(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_cloud *c = at;
    c->approved_given = pol_get_date(r, v, &c->approved);
    return c->approved_given;
}

static void read_cloud(struct pol_read *r, const struct sk_yaml *v) {
    struct pol_cloud *c = POL_PUSH(&r->p->clouds);
    size_t index = r->p->clouds.n - 1;
    c->pos = pol_pos(r, v);
    if (!pol_read_map(r, "services.*", v, c))
        return;
    pol_need_all(r, "services.*", v);
    if (!sk_yaml_get(v, "names") && !sk_yaml_get(v, "list") && !sk_yaml_get(v, "ips"))
        POL_ERROR(r, v, "this entry fits nothing: it names neither names, list nor ips");
    for (size_t i = 0; i < index; i++)
        pol_unique_id(r, v, c->id, r->p->clouds.at[i].id, &r->p->clouds.at[i].pos);
    pol_note_until(r, v, "services entry", c->id, c->until);
}

bool pol_read_clouds(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    return pol_each_entry(r, v, "{id: webmeet, names: [\"*.meet.example\"], zones: [internet-zone]}", read_cloud);
}

const char *const pol_words_unlisted[] = {"report", "violation", NULL};
bool pol_read_unlisted(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct sk_policy *p = at;
    int i = pol_get_word(r, v, pol_words_unlisted);
    p->unlisted_pos = pol_pos(r, v);
    if (i >= 0)
        p->services_unlisted = pol_words_unlisted[i];
    return i >= 0;
}
