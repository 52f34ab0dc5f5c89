/* SPDX-License-Identifier: Apache-2.0 */
/* What is in force, statement by statement, each with the line it comes from; and what is not declared, hence unknown.
 */
#include "policy/show.h"

#include <stdio.h>

/* --- statements -----------------------------------------------------------------------------------------------------
 */

void show_begin(struct show *s, const char *section, const struct pol_pos *at) {
    sk_buf_clear(&s->text);
    s->at = at;
    s->section = section;
    s->segment = s->entry = NULL;
    s->ended = s->later = false;
}

static void end_json(struct show *s) {
    struct sk_json_out j;
    sk_json_begin(&j, s->out);
    sk_json_object(&j);
    sk_json_key(&j, "section"), sk_json_text(&j, s->section);
    if (s->segment)
        sk_json_key(&j, "segment"), sk_json_text(&j, s->segment);
    if (s->entry)
        sk_json_key(&j, "id"), sk_json_text(&j, s->entry);
    if (s->at && s->at->base)
        sk_json_key(&j, "file"), sk_json_text(&j, s->at->base), sk_json_key(&j, "line"), sk_json_int(&j, s->at->line);
    const char *text = s->text.p ? s->text.p : "";
    text += strspn(text, " ");
    sk_json_key(&j, "text"), sk_json_text(&j, text);
    sk_json_key(&j, "in_force"), sk_json_bool(&j, !s->ended);
    sk_json_key(&j, "judged"), sk_json_bool(&j, !s->later);
    sk_json_end_object(&j);
    sk_buf_str(s->out, "\n");
}

void show_end(struct show *s) {
    char where[POL_WHERE] = "";
    if (s->view->json) {
        end_json(s);
        return;
    }
    if (s->at)
        (void)snprintf(where, sizeof where, "%s:%u", s->at->base ? s->at->base : "built in", s->at->line);
    sk_buf_fmt(s->out, "%-24s %s%s\n", where, s->text.p ? s->text.p : "",
               s->later ? " (no detection of this version judges by it)" : "");
}

void show_pair(struct show *s, const char *word, const char *text) {
    char safe[512];
    if (!text)
        return;
    (void)sk_text_escape((const uint8_t *)text, strlen(text), safe, sizeof safe);
    sk_buf_fmt(&s->text, "%s%s", word, safe);
}

void show_day(struct show *s, const char *word, sk_time t) {
    struct pol_date d;
    if (!t)
        return;
    pol_date_at(&s->p->tz, t, &d);
    sk_buf_fmt(&s->text, "%s%04d-%02d-%02d", word, d.year, d.month, d.day);
}

void show_until(struct show *s, sk_time until) {
    bool ended = until && s->today > until;
    s->ended |= ended;
    show_day(s, ended ? ", NOT honoured: ended " : ", until ", until);
}

void show_nets(struct show *s, const char *word, const struct pol_nets *nets, const char *none) {
    char text[SK_PREFIX_TEXT];
    if (nets->list.n == 0 && !none)
        return;
    sk_buf_str(&s->text, word);
    for (size_t i = 0; i < nets->list.n; i++) {
        const struct sk_prefix *net = &nets->list.at[i].net;
        bool whole = net->len == (net->addr.fam == 4 ? 32 : 128);
        sk_buf_fmt(&s->text, "%s%s", i ? ", " : "", whole ? sk_addr_text(&net->addr, text) : sk_prefix_text(net, text));
    }
    if (nets->list.n == 0)
        sk_buf_str(&s->text, none);
}

void show_macs(struct show *s, const char *word, const char *between, const struct pol_macs *macs) {
    char text[SK_MAC_TEXT];
    for (size_t i = 0; i < macs->list.n; i++)
        sk_buf_fmt(&s->text, "%s%s", i ? between : word, sk_mac_text(&macs->list.at[i], text));
}

void show_texts(struct show *s, const char *word, const struct pol_texts *texts) {
    for (size_t i = 0; i < texts->list.n; i++)
        show_pair(s, i ? ", " : word, texts->list.at[i].text);
}

void show_services(struct show *s, const char *word, const struct pol_services *services) {
    if (services->any)
        return;
    for (size_t i = 0; i < services->n; i++) {
        const struct pol_service *at = &services->at[i];
        const char *transport = at->transports == POL_TCP ? "tcp" : at->transports == POL_UDP ? "udp" : "tcp+udp";
        if (at->transports == POL_ICMP)
            sk_buf_fmt(&s->text, "%sping", i ? ", " : word);
        else
            sk_buf_fmt(&s->text, "%s%s/%u", i ? ", " : word, transport, at->port);
    }
    if (services->n == 0)
        sk_buf_fmt(&s->text, "%snothing", word);
}

/* --- what is asked for ----------------------------------------------------------------------------------------------
 */

bool show_all(const struct show *s) { return !s->view->segment && !s->view->addr && !s->view->mac; }

bool show_wants(const struct show *s, const struct pol_nets *a, const struct pol_nets *b, const struct pol_macs *macs) {
    if (show_all(s))
        return true;
    if (s->view->addr && (pol_nets_have(a, s->view->addr) || pol_nets_have(b, s->view->addr)))
        return true;
    return pol_macs_have(macs, s->view->mac);
}

const struct pol_segment *show_asked_segment(const struct show *s) {
    struct sk_place place = {.segment = POL_NONE};
    if (s->view->addr)
        sk_policy_place(s->p, s->view->addr, POL_NONE, &place);
    for (size_t i = 0; i < s->p->segments.n; i++) {
        const struct pol_segment *g = &s->p->segments.at[i];
        if (i == place.segment || (s->view->segment && strcmp(g->pub.id, s->view->segment) == 0))
            return g;
    }
    return NULL;
}

bool show_end_names(const struct show *s, const struct pol_end *end) {
    const struct pol_segment *g = show_asked_segment(s);
    struct sk_place place = {.zone = g ? g->pub.zone : NULL};
    if (s->view->addr)
        sk_policy_place(s->p, s->view->addr, POL_NONE, &place);
    for (size_t i = 0; i < end->names.list.n; i++) {
        const char *name = end->names.list.at[i].text;
        if ((g && strcmp(name, g->pub.id) == 0) || (place.zone && strcmp(name, place.zone) == 0))
            return true;
    }
    return end->any && (g || place.zone);
}

/* --- where ----------------------------------------------------------------------------------------------------------
 */

static void show_mirrors(struct show *s) {
    const struct sk_policy *p = s->p;
    if (p->mirrors_pos.path && p->mirrors.n == 0 && show_all(s)) {
        show_begin(s, "mirror_encap", &p->mirrors_pos);
        sk_buf_str(&s->text, "mirror encapsulation: none");
        show_end(s);
    }
    for (size_t i = 0; i < p->mirrors.n; i++) {
        const struct pol_mirror *m = &p->mirrors.at[i];
        if (!show_wants(s, &m->from, &m->to, NULL))
            continue;
        show_begin(s, "mirror_encap", &m->pos);
        sk_buf_fmt(&s->text, "mirror encapsulation %s, stripped:", sk_mirror_name(m->kind));
        show_nets(s, " from ", &m->from, "any");
        show_nets(s, " to ", &m->to, "any");
        show_pair(s, ", why: ", m->why);
        show_end(s);
    }
}

static void show_hours(struct show *s, const char *word, const struct pol_hours *h) {
    if (!h->said)
        return;
    if (h->from == h->to)
        sk_buf_fmt(&s->text, "%sclosed", word);
    else
        sk_buf_fmt(&s->text, "%s%02u:%02u-%02u:%02u", word, h->from / 60U, h->from % 60U, h->to / 60U, h->to % 60U);
}

static void show_rules(struct show *s) {
    const struct sk_policy *p = s->p;
    if (p->clauses.n) {
        show_begin(s, "site.own_clauses", &p->clauses_pos);
        sk_buf_fmt(&s->text, "own clauses: %zu, cited before those of the standard", p->clauses.n);
        show_end(s);
    }
    if (p->authority_said) {
        show_begin(s, "site.authority", &p->authority_pos);
        show_pair(s, "authority: ", p->authority.approved_by);
        show_pair(s, ", purpose: ", p->authority.purpose);
        show_pair(s, ", payload ", p->authority.payload);
        show_day(s, ", from ", p->authority.from);
        show_until(s, p->authority.until);
        show_end(s);
    }
    if (p->hours_pos.path) {
        show_begin(s, "site.hours", &p->hours_pos);
        sk_buf_str(&s->text, "office hours");
        show_hours(s, ": ", &p->weekdays);
        show_hours(s, ", Saturday ", &p->saturday);
        show_hours(s, ", Sunday ", &p->sunday);
        if (p->holidays_jp || p->holidays.n)
            sk_buf_str(&s->text, p->holidays_jp ? ", holidays of Japan" : ", holidays listed");
        s->later = true;
        show_end(s);
    }
}

static void show_site(struct show *s) {
    const struct sk_policy *p = s->p;
    if (!show_all(s))
        return;
    show_begin(s, "site", p->site_pos.path ? &p->site_pos : NULL);
    sk_buf_str(&s->text, "site");
    show_pair(s, " ", p->site_name);
    show_pair(s, p->site_name ? ", time zone " : ": time zone ", p->timezone);
    show_pair(s, ", language ", p->language);
    show_pair(s, ", model ", p->model);
    show_pair(s, ", standard ", p->standard);
    if (p->review_given) {
        char day[64];
        (void)snprintf(day, sizeof day, "%04d-%02d-%02d", p->review_last.year, p->review_last.month,
                       p->review_last.day);
        show_pair(s, ", reviewed ", day);
    }
    show_end(s);
    show_rules(s);
}

static void show_taps(struct show *s) {
    const struct sk_policy *p = s->p;
    const struct pol_segment *g = show_asked_segment(s);
    for (size_t i = 0; i < p->taps.n; i++) {
        const struct pol_tap *t = &p->taps.at[i];
        if (!show_all(s) && (!g || g->tap != i))
            continue;
        show_begin(s, "taps", &t->pos);
        show_pair(s, "tap ", t->name);
        show_pair(s, ", sensor ", t->sensor);
        show_pair(s, ", interface ", t->iface);
        show_texts(s, ", files ", &t->files);
        show_pair(s, ", sees ", t->sees);
        show_pair(s, ", place ", t->place);
        show_end(s);
    }
}

static void show_zones(struct show *s) {
    const struct sk_policy *p = s->p;
    const struct pol_segment *g = show_asked_segment(s);
    for (size_t i = 0; i < p->zones.n; i++) {
        const struct pol_zone *z = &p->zones.at[i];
        if (!show_wants(s, &z->prefixes, NULL, NULL) && (!g || g->zone != i))
            continue;
        show_begin(s, "zones", &z->pos);
        show_pair(s, "zone ", z->name);
        sk_buf_fmt(&s->text, ": %s, web %s", sk_side_name(z->side), sk_web_name(z->web));
        show_nets(s, ", prefixes ", &z->prefixes, NULL);
        show_pair(s, ", title ", z->title);
        if (z->weight)
            sk_buf_fmt(&s->text, ", weight %+lld", (long long)z->weight);
        show_end(s);
    }
}

/* --for: where this address is, and why. */
static void show_place(struct show *s) {
    static const char *const terminal[] = {"", ", no terminal", ", a terminal"};
    char text[SK_ADDR_TEXT];
    struct sk_place place;
    if (!s->view->addr)
        return;
    sk_policy_place(s->p, s->view->addr, POL_NONE, &place);
    struct pol_pos at = {.base = place.origin.file, .line = place.origin.line};
    const struct sk_segment *g = sk_policy_segment_at(s->p, place.segment);
    show_begin(s, "place", place.origin.file ? &at : NULL);
    sk_buf_fmt(&s->text, "%s: %s, zone %s", sk_addr_text(s->view->addr, text), sk_side_name(place.side), place.zone);
    show_pair(s, ", segment ", g ? g->id : NULL);
    sk_buf_fmt(&s->text, "%s, web %s", terminal[place.client], sk_web_name(place.web));
    show_end(s);
}

/* --- all ------------------------------------------------------------------------------------------------------------
 */

void sk_policy_show_view(const struct sk_policy *p, const struct sk_policy_view *view, sk_time today,
                         struct sk_buf *out) {
    struct show s = {.p = p, .view = view, .today = today, .out = out};
    show_place(&s);
    show_site(&s);
    show_taps(&s);
    show_mirrors(&s);
    show_zones(&s);
    show_segments(&s);
    show_boundary(&s);
    show_registers(&s);
    sk_buf_free(&s.text);
}

void sk_policy_show(const struct sk_policy *p, sk_time today, struct sk_buf *out) {
    static const struct sk_policy_view everything;
    sk_policy_show_view(p, &everything, today, out);
}
