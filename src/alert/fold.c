/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folding: matches of one detection, subject and discriminator are one alert. It opens at the first match, is updated
 * when it grows, gets worse, or when time says so (1, 5, 15 minutes, then hourly), and closes after its window of
 * silence. Every match is in exactly one count: of its alert, of the storm that stands for too many of them, of the
 * alert that absorbs it, of a mirror's copies, or of the exceptions and filters that silence it.
 */
#include "alert/fold.h"

#include "alert/absorb.h"
#include "alert/chain.h"
#include "alert/evidence.h"
#include "alert/except.h"
#include "alert/key.h"
#include "alert/privacy.h"
#include "alert/storm.h"
#include "alert/values.h"
#include "sekimori/digest.h"
#include "sekimori/table.h"

#include <stdlib.h>
#include <string.h>

enum { OPEN_MAX = 65536, BURSTS_A_MINUTE = 8 };
#define MINUTE         (60 * SK_SEC)
#define DEFAULT_WINDOW (10 * MINUTE)
#define FOREVER        INT64_MAX
#define COPY_WINDOW    (100 * SK_MSEC) /* detections.md G7 */

struct sk_alerts {
    struct alert_writer writer; /* first: alert_writer_of() */
    struct sk_table *open;      /* key[16] -> struct alert * */
    struct sk_table *absorbers; /* segment -> struct alert *, the newest of its list */
    struct sk_table *storms;    /* token buckets */
    struct alert_chains *chains;
    uint64_t *excepted;     /* matches by exception of the policy */
    uint64_t room;          /* for hashes of distinct values, of all alerts together */
    struct sk_hash_key key; /* of tables whose keys come from the network */
    struct alert_keys keys;
    struct alert **slot; /* of open: the one put last; NULL: it may be gone */
    uint8_t slot_key[16];
    struct sk_alert_stats stats;
    sk_time next_sweep, last_line;
    uint32_t held; /* alerts that wait for one that swallows them */
};

struct alert_writer *alert_writer_of(struct sk_alerts *a) {
    return &a->writer;
}

static void alert_free(struct alert *al) {
    for (unsigned i = 0; i < al->n_grows; i++)
        alert_values_free(&al->grows[i]);
    alert_values_free(&al->members);
    alert_values_free(&al->subjects);
    free(al->absorbed);
    free(al->asked);
    free(al->last);
    free(al);
}

const char *sk_action_name(enum sk_action a) {
    static const char *const names[] = {"open", "update", "close"};
    return names[a];
}

/* ---- key ---- */

static void make_key(struct sk_alerts *a, const struct sk_match *m, const struct sk_event *ev,
                     const struct sk_segment *guests, uint8_t key[16]) {
    alert_keys_make(&a->keys, m, ev, a->writer.cfg.names, guests, key);
}

static struct alert **find_open(const struct sk_alerts *a, const uint8_t key[16]) {
    bool last = a->slot && memcmp(a->slot_key, key, sizeof a->slot_key) == 0;
    return last ? a->slot : sk_table_peek(a->open, key);
}

static void take_out(struct sk_alerts *a, const void *key) {
    uint8_t gone[16];
    memcpy(gone, key, sizeof gone); /* it may stand in the entry itself */
    a->slot = NULL;
    sk_table_del(a->open, gone);
}

/* ---- what a match adds ---- */

/* @return true: a value came that was not there before */
static bool add_values(const struct sk_alerts *a, struct alert_values *v, const struct sk_event *ev) {
    char scratch[SK_EVENT_SCRATCH], text[SK_EVENT_TEXT_MAX + 1];
    struct sk_value value;
    bool fresh = false;
    for (unsigned k = 0; sk_event_get(ev, a->writer.cfg.names, v->field, k, scratch, &value); k++)
        fresh |= alert_values_add(v, &a->key, sk_value_text(&value, text, sizeof text), ev->ts);
    return fresh;
}

static bool grow(const struct sk_alerts *a, struct alert *al, const struct sk_event *ev) {
    bool fresh = false;
    for (unsigned i = 0; i < al->n_grows; i++) {
        bool came = add_values(a, &al->grows[i], ev);
        fresh |= came && i < al->n_growing;
    }
    if (al->members.field)
        fresh |= add_values(a, &al->members, ev);
    if (al->storm)
        alert_storm_subject(al, &a->key, a->writer.cfg.names, al->rule, ev);
    return fresh && !al->storm; /* of a storm all is new: the clock tells it */
}

/* ---- life ---- */

/* A storm is over when nothing new came for ten minutes, however long a single alert of its kind would wait. */
static sk_time window_of(const struct alert *al) {
    return al->rule->window > 0 && !al->storm ? al->rule->window : DEFAULT_WINDOW;
}

static void write_line(struct sk_alerts *a, struct alert *al, enum sk_action action, sk_time ts, const char *reason) {
    a->stats.lines++;
    a->last_line = ts > a->last_line ? ts : a->last_line;
    alert_render(a, al, action, ts, reason);
    al->revision++;
    al->dirty = false;
}

static void sweep_by(struct sk_alerts *a, sk_time when) {
    if (when < a->next_sweep)
        a->next_sweep = when;
}

/* What waited for an alert that swallows it is told: none came. When its time was up, if lines may still bear that. */
static void tell(struct sk_alerts *a, struct alert *al, sk_time now) {
    sk_time due = al->held < a->last_line ? a->last_line : al->held;
    if (!al->held)
        return;
    al->held = 0;
    a->held--;
    alert_chain_add(a->chains, al, al->last);
    write_line(a, al, SK_ACTION_OPEN, due < now ? due : now, NULL);
}

/* All whose time is up. */
static void tell_held(struct sk_alerts *a, sk_time now, sk_time until) {
    const void *key;
    void *value;
    for (uint32_t at = 0; a->held && sk_table_next(a->open, &at, &key, &value);) {
        struct alert *al = *(struct alert **)value;
        if (al && al->held && al->held <= until)
            tell(a, al, now);
        else if (al && al->held)
            sweep_by(a, al->held);
    }
}

static void close_alert(struct sk_alerts *a, struct alert *al, sk_time now, const char *reason) {
    tell(a, al, now);
    alert_absorbers_remove(a->absorbers, al);
    write_line(a, al, SK_ACTION_CLOSE, now, reason);
    a->stats.closed++;
    a->stats.by_level[al->level]++;
}

/* Past the cap the longest idle alert is closed: nothing is lost, its count is told. */
static void on_gone(void *user, const void *key, void *value, bool evicted) {
    struct sk_alerts *a = user;
    struct alert *al = *(struct alert **)value;
    (void)key;
    if (!al)
        return;
    if (evicted) {
        a->stats.evicted++;
        close_alert(a, al, a->writer.now, "superseded");
    }
    alert_free(al);
}

/*
 * Id of an alert: what it is about, where it was seen and when it began; not the run, the files or the policy. A
 * capture that is cut in pieces, or read again with newer signatures, gives the same ids: they are the de-duplication
 * key.
 */
static void name_alert(const struct sk_alerts *a, struct alert *al, const uint8_t key[16]) {
    struct sk_buf seed = {0};
    uint8_t about[16];
    if (al->storm)
        memcpy(about, key, sizeof about);
    else
        alert_key_name(&a->keys.bytes, about);
    /* past the cap one subject may live twice in one instant; there nothing is the same in every run anyway */
    sk_buf_fmt(&seed, "%s/%llu/", a->writer.cfg.observer ? a->writer.cfg.observer : "",
               (unsigned long long)a->stats.evicted);
    sk_buf_add(&seed, about, sizeof about);
    alert_uuid(al->first_seen, seed.p, seed.len, al->id);
    sk_buf_free(&seed);
}

/* Of a field that grows, or of the members, the values are kept anyway. */
static bool is_kept(const struct alert *al, const struct sk_rule *r, enum sk_field_id f) {
    bool ret = f == r->roll_up_members;
    for (unsigned i = 0; i < al->n_grows; i++)
        ret = ret || al->grows[i].field == f;
    return ret;
}

static struct alert *open_alert(struct sk_alerts *a, const struct sk_match *m, const struct sk_event *ev,
                                const struct sk_segment *guests, bool storm, const uint8_t key[16]) {
    struct alert *al = calloc(1, sizeof *al);
    if (!al || !(al->last = alert_copy_event(ev)))
        abort(); /* out of memory in a sensor: the service manager restarts it */
    al->rule = m->rule;
    al->level = m->level;
    al->first_seen = al->last_seen = ev->ts;
    al->counted_from = m->since && m->since < ev->ts ? m->since : ev->ts;
    al->guests = guests;
    al->storm = storm;
    for (size_t i = 0; i < m->rule->n_grows && al->n_grows < ALERT_GROWS && !guests; i++)
        alert_values_begin(&al->grows[al->n_grows++], m->rule->grows[i], &a->room);
    al->n_growing = al->n_grows;
    for (size_t i = 0; i < m->rule->n_told && al->n_grows < ALERT_GROWS && !guests; i++)
        if (!is_kept(al, m->rule, m->rule->told[i]))
            alert_values_begin(&al->grows[al->n_grows++], m->rule->told[i], &a->room);
    if (!m->alone && !guests && !storm)
        alert_values_begin(&al->members, m->rule->roll_up_members, &a->room);
    alert_values_begin(&al->subjects, SKF_none, &a->room);
    al->subjects.busiest = true;
    name_alert(a, al, key);
    al->next_update = sk_time_add(ev->ts, MINUTE);
    a->stats.opened++;
    a->stats.storms += storm;
    return al;
}

/* Growth is told at once, but not more than some times a minute: the rest waits for the minute's end. */
static bool may_burst(struct alert *al, sk_time now) {
    sk_time minute = now - now % MINUTE;
    if (minute != al->burst_minute) {
        al->burst_minute = minute;
        al->bursts = 0;
    }
    return al->bursts++ < BURSTS_A_MINUTE;
}

/* A window that is over ends the alert even where no tick came in between. */
static bool close_if_over(struct sk_alerts *a, const uint8_t key[16], sk_time now) {
    struct alert **slot = find_open(a, key);
    if (!slot || sk_time_add((*slot)->last_seen, window_of(*slot)) > now)
        return slot != NULL;
    struct alert *al = *slot;
    close_alert(a, al, now, "idle");
    alert_free(al);
    take_out(a, key);
    return false;
}

/*
 * Is the frame it was first shown with in the count already? A copy that matches where the first did not (another
 * segment's rules, an attacker who plays mirror) is a match like any other.
 */
static bool copy_of_counted(const struct alert *al, const struct sk_match *m, const struct sk_event *ev) {
    return ev->flags & SK_EV_DUPLICATE && m->level <= al->level && sk_time_add(al->last_seen, COPY_WINDOW) >= ev->ts;
}

/* Nobody was told of what waited: it is as if its matches came now. */
static void swallow(struct sk_alerts *a, struct alert *by, struct alert *al, sk_time now) {
    if (!al->held) {
        al->absorbed_by = by->id;
        close_alert(a, al, now, "absorbed");
        return;
    }
    alert_absorb_whole(by, al);
    a->held--;
    a->stats.counted -= al->count;
    a->stats.absorbed += al->count;
    a->stats.opened--;
    a->stats.storms -= al->storm;
}

/* What is open of the rules that this new alert absorbs has found its place: closed, nothing is left hanging. */
static void close_absorbed(struct sk_alerts *a, struct alert *by, sk_time now) {
    const void *key;
    void *value;
    if (!by->absorber)
        return;
    for (uint32_t at = 0; sk_table_next(a->open, &at, &key, &value);) {
        struct alert *al = *(struct alert **)value;
        if (!al || al == by || al->level > by->level ||
            !alert_absorbs(by, al->rule, al->last, a->writer.cfg.names, al->guests))
            continue;
        swallow(a, by, al, now);
        alert_free(al);
        take_out(a, key);
    }
}

/* One more match of an alert that is open. */
static void update(struct sk_alerts *a, struct alert *al, const struct sk_match *m, const struct sk_event *ev,
                   const struct sk_exception *why, bool grew) {
    bool worse = m->level > al->level;
    if (m->level >= al->level)
        al->exception = why;
    if (worse || (m->level == al->level && m->rule == al->rule && !al->members.field))
        alert_keep_last(al, ev); /* a milder match does not take the place of what made the alert as bad as it is, nor
                              one of another rule, whose fields the rule's message does not know; of a roll-up the
                              first device is told, the others are members */
    if (worse) {
        al->level = m->level;
        al->rule = m->rule;
    }
    alert_add_frame(al, ev);
    al->dirty = true;
    if (al->held)
        return;
    alert_chain_add(a->chains, al, ev);
    if (worse || (grew && may_burst(al, ev->ts)))
        write_line(a, al, SK_ACTION_UPDATE, ev->ts, NULL);
    else if (grew && sk_time_add(ev->ts, MINUTE) < al->next_update)
        al->next_update = sk_time_add(ev->ts, MINUTE);
}

static void opened(struct sk_alerts *a, struct alert *al, const struct sk_event *ev) {
    alert_add_frame(al, ev);
    al->held = alert_storms_hold(a->storms, al->rule, ev);
    if (al->held) {
        a->held++;
        sweep_by(a, al->held);
        return;
    }
    alert_chain_add(a->chains, al, ev);
    write_line(a, al, SK_ACTION_OPEN, ev->ts, NULL);
    alert_absorbers_add(a->absorbers, al, a->writer.cfg.names);
    close_absorbed(a, al, ev->ts);
}

/* A correlation's first match stands for all that it counted before. */
static uint64_t events_of(const struct sk_match *m) { return m->events ? m->events : 1; }

/* Another rule of the same detection is absorbed too, unless it is the same alert: then it is counted there. */
static bool is_own(struct sk_alerts *a, const struct sk_match *m, const struct sk_event *ev,
                   const struct sk_segment *guests, const struct alert *by) {
    uint8_t key[16];
    if (strcmp(by->rule->detection, m->rule->detection) != 0)
        return false; /* the key costs more than all the rest: most of a flood ends here */
    make_key(a, m, ev, guests, key);
    struct alert **own = find_open(a, key);
    return own && *own == by;
}

static bool absorbed(struct sk_alerts *a, const struct sk_match *m, const struct sk_event *ev,
                     const struct sk_segment *guests) {
    struct alert *by = alert_absorber(a->absorbers, m, ev, a->writer.cfg.names, guests);
    if (!by || is_own(a, m, ev, guests, by) || sk_time_add(by->last_seen, window_of(by)) <= ev->ts)
        return false;
    bool first = alert_absorb(by, m, ev, events_of(m));
    *(first ? &a->stats.absorbed : &a->stats.copies) += events_of(m);
    sweep_by(a, by->next_update);
    return true;
}

/* A storm takes what would open an alert, once it rages or when this one is too many. @return it does: key is its */
static bool storm_takes(struct sk_alerts *a, const struct sk_match *m, const struct sk_event *ev, uint8_t key[16]) {
    uint8_t storm[16];
    alert_storm_key(m->rule, ev, storm);
    if (!close_if_over(a, storm, ev->ts) && alert_storms_may_open(a->storms, m->rule, ev))
        return false;
    memcpy(key, storm, sizeof storm);
    return true;
}

/* An exception that silences the match. What is open of the same keeps count of it. */
static void mute(struct sk_alerts *a, const uint8_t key[16], uint64_t n) {
    struct alert **slot = find_open(a, key);
    a->stats.muted += n;
    if (slot)
        (*slot)->muted += n;
}

static uint64_t largest(const struct alert *al, uint16_t type) {
    uint64_t most = 0;
    for (unsigned i = 0; i < al->n_tally; i++)
        if (al->tally[i].type == type && al->tally[i].n > most)
            most = al->tally[i].n;
    return most;
}

/* How many of the n events that a match stands for are not in the count by another correlation of the alert. */
static uint64_t uncounted(struct alert *al, const struct sk_match *m, const struct sk_event *ev, uint64_t n) {
    if (m->counted == 0) /* no correlation */
        return n;
    unsigned i = 0;
    while (i < al->n_tally && (al->tally[i].rule != m->rule || al->tally[i].type != ev->type))
        i++;
    if (i == ALERT_TALLIES)
        return n;
    if (i == al->n_tally)
        al->tally[al->n_tally++] = (struct alert_tally){.rule = m->rule, .type = ev->type};
    uint64_t before = largest(al, ev->type);
    al->tally[i].n += n;
    return largest(al, ev->type) - before;
}

/* A match that no exception silences and no open alert absorbs. */
static void fold(struct sk_alerts *a, const struct sk_match *m, const struct sk_event *ev,
                 const struct sk_segment *guests, const struct sk_exception *why, uint8_t key[16]) {
    bool fresh = false;
    const uint64_t n = events_of(m);
    bool open = close_if_over(a, key, ev->ts);
    bool storm = !open && !guests && storm_takes(a, m, ev, key);
    bool last = a->slot && memcmp(a->slot_key, key, sizeof a->slot_key) == 0;
    struct alert **slot = last ? a->slot : sk_table_put(a->open, key, &fresh);
    if (fresh)
        *slot = open_alert(a, m, ev, guests, storm, key);
    a->slot = slot;
    memcpy(a->slot_key, key, sizeof a->slot_key);
    struct alert *al = *slot;
    if (!fresh && copy_of_counted(al, m, ev)) {
        al->copies += n;
        a->stats.copies += n;
        return;
    }
    bool grew = grow(a, al, ev);
    const uint64_t more = uncounted(al, m, ev, n);
    al->count += more;
    a->stats.counted += more;
    if (more < n)
        *(alert_absorb(al, m, ev, n - more) ? &a->stats.absorbed : &a->stats.copies) += n - more;
    if (fresh && more > 1)
        alert_begin_rate(al, more);
    else if (more)
        alert_add_rate(al, ev->ts);
    if (ev->ts > al->last_seen)
        al->last_seen = ev->ts;
    if (fresh) {
        al->exception = why;
        opened(a, al, ev);
    } else
        update(a, al, m, ev, why, grew);
    sweep_by(a, al->next_update);
    sweep_by(a, sk_time_add(al->last_seen, window_of(al)));
}

void sk_alerts_match(struct sk_alerts *a, const struct sk_match *match, const struct sk_event *ev) {
    uint8_t key[16];
    struct sk_match m = *match;
    const struct sk_segment *guests = sk_private_segment(a->writer.cfg.policy, ev);
    const uint64_t n = events_of(&m);
    a->stats.matches += n;
    if (ev->ts > a->writer.now)
        a->writer.now = ev->ts;
    if (m.suppressed) {
        a->stats.filtered += n;
        return;
    }
    const struct sk_exception *why = alert_exception(&a->writer.cfg, &m, ev, guests);
    if (why) {
        a->excepted[why->index] += n;
        m.level = alert_exception_level(why, m.level);
    }
    bool muted = why && why->effect == SK_EXCEPTION_MUTE;
    if (!muted && absorbed(a, &m, ev, guests))
        return;
    make_key(a, &m, ev, guests, key);
    if (muted)
        mute(a, key, n);
    else
        fold(a, &m, ev, guests, why, key);
}

static void due_update(struct sk_alerts *a, struct alert *al, sk_time now) {
    static const sk_time steps[] = {MINUTE, 5 * MINUTE, 15 * MINUTE};
    if (al->dirty)
        write_line(a, al, SK_ACTION_UPDATE, now, NULL);
    al->update_step++;
    sk_time next =
        al->update_step < 3 ? sk_time_add(al->first_seen, steps[al->update_step]) : sk_time_add(now, 60 * MINUTE);
    al->next_update = next > now ? next : sk_time_add(now, 60 * MINUTE);
}

/* Closings come first, in the order the alerts were opened; then the updates that are due. */
void sk_alerts_tick(struct sk_alerts *a, sk_time now) {
    if (now > a->writer.now)
        a->writer.now = now;
    if (now < a->next_sweep)
        return;
    const void *key;
    void *value;
    a->next_sweep = FOREVER;
    tell_held(a, now, now);
    for (uint32_t at = 0; sk_table_next(a->open, &at, &key, &value);) {
        struct alert *al = *(struct alert **)value;
        if (sk_time_add(al->last_seen, window_of(al)) > now)
            continue;
        close_alert(a, al, now, "idle");
        alert_free(al);
        take_out(a, key);
    }
    for (uint32_t at = 0; sk_table_next(a->open, &at, &key, &value);) {
        struct alert *al = *(struct alert **)value;
        if (al->next_update <= now && !al->held)
            due_update(a, al, now);
        sweep_by(a, al->next_update);
        sweep_by(a, sk_time_add(al->last_seen, window_of(al)));
    }
    if (a->next_sweep < sk_time_add(now, SK_SEC)) /* at most one walk a second, however many are open */
        a->next_sweep = sk_time_add(now, SK_SEC);
}

void sk_alerts_close(struct sk_alerts *a, sk_time now, const char *reason) {
    const void *key;
    void *value;
    if (now > a->writer.now)
        a->writer.now = now;
    tell_held(a, a->writer.now, FOREVER);
    for (uint32_t at = 0; sk_table_next(a->open, &at, &key, &value);) {
        struct alert *al = *(struct alert **)value;
        close_alert(a, al, a->writer.now > al->last_seen ? a->writer.now : al->last_seen, reason);
        alert_free(al);
        take_out(a, key);
    }
    alert_chains_forget(a->chains);
    sk_table_clear(a->storms);        /* all buckets are full again */
    a->writer.now = a->last_line = 0; /* the next group of inputs may lie earlier */
    a->next_sweep = FOREVER;
}

void sk_alerts_stats(const struct sk_alerts *a, struct sk_alert_stats *ret) {
    const void *key;
    void *value;
    *ret = a->stats;
    ret->open = sk_table_count(a->open);
    ret->forgotten += alert_chains_evicted(a->chains);
    for (uint32_t at = 0; sk_table_next(a->open, &at, &key, &value);)
        ret->by_level[(*(struct alert **)value)->level]++;
}

bool alert_chain_of(struct sk_alerts *a, const struct alert *al, struct chain_view *ret) {
    return alert_chain_get(a->chains, al, ret);
}

uint64_t *sk_alerts_excepted(struct sk_alerts *a, size_t *ret_n) {
    *ret_n = a->writer.cfg.policy ? sk_policy_exceptions(a->writer.cfg.policy) : 0;
    return a->excepted;
}

void sk_alerts_save(const struct sk_alerts *a, struct sk_alerts_state *ret) {
    *ret = (struct sk_alerts_state){.sequence = a->writer.sequence, .stats = a->stats};
    ret->stats.forgotten += alert_chains_evicted(a->chains);
    memcpy(ret->previous, a->writer.previous, sizeof ret->previous);
}

void sk_alerts_restore(struct sk_alerts *a, const struct sk_alerts_state *s) {
    a->writer.sequence = s->sequence;
    memcpy(a->writer.previous, s->previous, sizeof s->previous);
    a->stats = s->stats;
}

struct sk_alerts *sk_alerts_new(const struct sk_alert_config *cfg) {
    struct sk_alerts *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->writer.cfg = *cfg;
    memset(a->writer.previous, '0', 64);
    a->next_sweep = FOREVER;
    a->keys.find = sk_hash_key_random(); /* nothing told depends on it */
    a->key = cfg->offline ? sk_hash_key_fixed : a->keys.find;
    struct sk_table_config tc = {.key_size = 16,
                                 .value_size = sizeof(struct alert *),
                                 .cap = cfg->max_open ? cfg->max_open : OPEN_MAX,
                                 .key = a->key,
                                 .gone = on_gone,
                                 .user = a};
    a->room = ALERT_DISTINCT_ROOM;
    a->open = sk_table_new(&tc);
    a->absorbers = alert_absorbers_new(&a->key);
    a->storms = alert_storms_new(&a->key);
    a->chains = alert_chains_new(&a->key);
    a->excepted = calloc((cfg->policy ? sk_policy_exceptions(cfg->policy) : 0) + 1, sizeof *a->excepted);
    if (a->open && a->absorbers && a->storms && a->chains && a->excepted)
        return a;
    sk_alerts_free(a);
    return NULL;
}

void sk_alerts_free(struct sk_alerts *a) {
    if (!a)
        return;
    sk_table_free(a->open);
    sk_table_free(a->absorbers);
    sk_table_free(a->storms);
    alert_chains_free(a->chains);
    free(a->excepted);
    alert_keys_free(&a->keys);
    free(a);
}
