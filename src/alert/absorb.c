/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `absorbs`: while an alert is open, matches of the rules it names are counted into it and write no line. They belong
 * to it in the same segment and where its subject's fields have the same values in both (a flood is about its segment
 * and swallows every sender's; an attack of one host swallows that host's only). Afterwards they alert again.
 */
#include "alert/absorb.h"

#include "alert/key.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SEGMENTS = 65536, ASKED = 64, RULES = 32 };
#define COPY_WINDOW (100 * SK_MSEC) /* detections.md G7 */

struct sk_table *alert_absorbers_new(const struct sk_hash_key *key) {
    struct sk_table_config tc = {
        .key_size = sizeof(uint64_t), .value_size = sizeof(struct alert *), .cap = SEGMENTS + 1, .key = *key};
    return sk_table_new(&tc);
}

/* Of what a subject's fields hold in this event. */
static uint64_t subject_hash(const struct sk_rule *r, const struct sk_event *ev, const struct sk_names *names) {
    char scratch[SK_EVENT_SCRATCH], text[SK_EVENT_TEXT_MAX + 1];
    struct sk_buf all = {0};
    struct sk_value v;
    for (size_t i = 0; i < r->n_subject; i++) {
        for (unsigned k = 0; sk_event_get(ev, names, r->subject[i], k, scratch, &v); k++) {
            sk_buf_str(&all, sk_value_text(&v, text, sizeof text));
            sk_buf_str(&all, "\x1e");
        }
        sk_buf_str(&all, "\x1f");
    }
    uint64_t h = sk_hash24(&sk_hash_key_fixed, all.p ? all.p : "", all.len);
    sk_buf_free(&all);
    return h;
}

void alert_absorbers_add(struct sk_table *t, struct alert *al, const struct sk_names *names) {
    if (al->rule->absorbs.n == 0 || al->storm)
        return;
    uint64_t segment = al->last->segment;
    struct alert **head = sk_table_put(t, &segment, NULL);
    al->subject = subject_hash(al->rule, al->last, names);
    al->segment = al->last->segment;
    al->absorber = true;
    al->older = *head;
    if (*head)
        (*head)->newer = al;
    *head = al;
}

void alert_absorbers_remove(struct sk_table *t, struct alert *al) {
    if (!al->absorber)
        return;
    uint64_t segment = al->segment;
    if (al->newer)
        al->newer->older = al->older;
    else if (al->older)
        *(struct alert **)sk_table_put(t, &segment, NULL) = al->older;
    else
        sk_table_del(t, &segment);
    if (al->older)
        al->older->newer = al->newer;
    al->absorber = false;
}

static bool names_rule(const struct sk_list *l, const struct sk_rule *r) {
    for (size_t i = 0; i < l->n; i++)
        if ((r->name && strcasecmp(l->at[i], r->name) == 0) || strcasecmp(l->at[i], r->detection) == 0 ||
            (r->id && strcasecmp(l->at[i], r->id) == 0))
            return true;
    return false;
}

/* The list is of names and ids: it is compared once for each rule, not for each match of a flood. */
static bool absorbs_rule(struct alert *al, const struct sk_rule *r) {
    if (!al->asked && !(al->asked = calloc(ALERT_ASKED, sizeof *al->asked)))
        abort(); /* out of memory in a sensor: the service manager restarts it */
    struct alert_asked *said = &al->asked[(uintptr_t)r / sizeof(void *) % ALERT_ASKED];
    if (said->rule != r || said->by != al->rule)
        *said = (struct alert_asked){.by = al->rule,
                                     .rule = r,
                                     .absorbs = strcmp(al->rule->id, r->id) != 0 && names_rule(&al->rule->absorbs, r)};
    return said->absorbs;
}

bool alert_absorbs(struct alert *al, const struct sk_rule *r, const struct sk_event *ev, const struct sk_names *names,
                   const struct sk_segment *guests) {
    if (al->segment != ev->segment || al->guests != guests || !absorbs_rule(al, r))
        return false;
    return guests || alert_key_of_segment(al->rule) || subject_hash(al->rule, ev, names) == al->subject;
}

struct alert *alert_absorber(const struct sk_table *t, const struct sk_match *m, const struct sk_event *ev,
                             const struct sk_names *names, const struct sk_segment *guests) {
    uint64_t segment = ev->segment;
    struct alert **head = sk_table_count(t) ? sk_table_peek(t, &segment) : NULL;
    unsigned asked = 0;
    for (struct alert *al = head ? *head : NULL; al && asked < ASKED; al = al->older, asked++)
        if (m->level <= al->level && alert_absorbs(al, m->rule, ev, names, guests)) /* what is worse is told beside */
            return al;
    return NULL;
}

/* The count of a detection. */
static struct alert_absorbed *place(struct alert *al, const char *detection) {
    unsigned i = 0;
    if (!al->absorbed && !(al->absorbed = calloc(RULES, sizeof *al->absorbed)))
        abort(); /* out of memory in a sensor: the service manager restarts it */
    while (i < al->n_absorbed && al->absorbed[i].detection && strcmp(al->absorbed[i].detection, detection) != 0)
        i++;
    if (i == RULES)
        i = RULES - 1; /* no rule names that many others; were it so, the last one's count holds the rest */
    if (i == al->n_absorbed)
        al->absorbed[al->n_absorbed++] = (struct alert_absorbed){.detection = detection};
    return &al->absorbed[i];
}

static void count(struct alert_absorbed *b, uint64_t n, sk_time last) {
    b->n += n;
    b->last = last > b->last ? last : b->last;
}

bool alert_absorb(struct alert *al, const struct sk_match *m, const struct sk_event *ev, uint64_t events) {
    struct alert_absorbed *b = place(al, m->rule->detection);
    if (b->n && ev->flags & SK_EV_DUPLICATE && sk_time_add(b->last, COPY_WINDOW) >= ev->ts) {
        al->copies += events;
        return false;
    }
    count(b, events, ev->ts);
    al->dirty = true;
    return true;
}

void alert_absorb_whole(struct alert *al, const struct alert *untold) {
    count(place(al, untold->rule->detection), untold->count, untold->last_seen);
    for (unsigned i = 0; i < untold->n_absorbed; i++)
        count(place(al, untold->absorbed[i].detection), untold->absorbed[i].n, untold->absorbed[i].last);
    al->copies += untold->copies;
    al->muted += untold->muted;
    al->dirty = true;
}
