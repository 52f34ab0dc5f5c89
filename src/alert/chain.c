/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains. An attack has steps that different signatures see: a client asks, a lure answers, a false server gives itself
 * as DNS server. Signatures that say the same `chain` are steps of one attack where the same machine (a MAC or an
 * address of either end) took part in both, in one segment, within ten minutes. A match that joins two chains makes
 * them one: the younger takes the elder's id.
 */
#include "alert/chain.h"

#include "sekimori/table.h"

#include <stdlib.h>
#include <string.h>

enum { CHAINS = 4096, PARTIES = 65536, PARTIES_OF_ONE = 4096, HOPS = 64 };
#define TOGETHER (600 * SK_SEC)

struct chain {
    uint64_t parent; /* number of the chain it became part of, or its own */
    char id[37];
    const char *name;
    sk_time first;
    struct chain_step step[CHAIN_STEPS];
    unsigned n_step;
};
struct party {
    uint64_t chain;
    sk_time last;
};
struct party_key {
    uint64_t name, segment;
    uint8_t who[24];
};
struct alert_chains {
    struct sk_table *chains;  /* number -> struct chain */
    struct sk_table *parties; /* party_key -> struct party */
    struct sk_hash_key key;
    uint64_t last, evicted, refused;
};

static bool make_tables(struct alert_chains *c) {
    struct sk_table_config chains = {
        .key_size = sizeof(uint64_t), .value_size = sizeof(struct chain), .cap = CHAINS, .key = c->key};
    struct sk_table_config parties = {
        .key_size = sizeof(struct party_key), .value_size = sizeof(struct party), .cap = PARTIES, .key = c->key};
    c->chains = sk_table_new(&chains);
    c->parties = sk_table_new(&parties);
    return c->chains && c->parties;
}

struct alert_chains *alert_chains_new(const struct sk_hash_key *key) {
    struct alert_chains *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->key = *key;
    if (make_tables(c))
        return c;
    alert_chains_free(c);
    return NULL;
}

/* The chain that this one is part of by now; NULL: forgotten. */
static struct chain *root_of(const struct alert_chains *c, uint64_t number, uint64_t *ret) {
    struct chain *at = number ? sk_table_peek(c->chains, &number) : NULL;
    for (unsigned hop = 0; at && at->parent != number && hop < HOPS; hop++) {
        number = at->parent;
        at = sk_table_peek(c->chains, &number);
    }
    if (ret)
        *ret = number;
    return at && at->parent == number ? at : NULL;
}

static uint64_t begin(struct alert_chains *c, const struct alert *al, sk_time ts) {
    uint64_t number = ++c->last;
    struct chain *fresh = sk_table_put(c->chains, &number, NULL);
    *fresh = (struct chain){.parent = number, .name = al->rule->chain, .first = ts};
    char seed[64];
    snprintf(seed, sizeof seed, "chain/%s", al->id);
    alert_uuid(ts, seed, strlen(seed), fresh->id);
    return number;
}

static void add_step(struct chain *at, const char *detection, const char *alert, sk_time ts) {
    for (unsigned i = 0; i < at->n_step; i++)
        if (strcmp(at->step[i].detection, detection) == 0)
            return;
    if (at->n_step == CHAIN_STEPS)
        return;
    unsigned i = at->n_step++;
    for (; i > 0 && at->step[i - 1].first > ts; i--)
        at->step[i] = at->step[i - 1];
    at->step[i] = (struct chain_step){.detection = detection, .first = ts};
    memcpy(at->step[i].alert, alert, sizeof at->step[i].alert);
}

/* @return number of the elder, which the younger is part of from now on */
static uint64_t join(struct alert_chains *c, uint64_t a, uint64_t b) {
    struct chain *x = root_of(c, a, &a), *y = root_of(c, b, &b);
    if (!x || !y || x == y)
        return x ? a : b;
    if (y->first < x->first || (y->first == x->first && b < a)) {
        struct chain *swap = x;
        x = y, y = swap;
        uint64_t number = a;
        a = b, b = number;
    }
    for (unsigned i = 0; i < y->n_step; i++)
        add_step(x, y->step[i].detection, y->step[i].alert, y->step[i].first);
    y->parent = a;
    return a;
}

/* ---- who took part ---- */

static bool party_mac(struct party_key *k, const struct sk_mac *m) {
    memset(k->who, 0, sizeof k->who);
    k->who[0] = 'm';
    memcpy(k->who + 1, m->b, sizeof m->b);
    return !sk_mac_zero(m) && !(m->b[0] & 1);
}

static bool party_addr(struct party_key *k, const struct sk_addr *a) {
    char text[SK_ADDR_TEXT];
    enum sk_scope scope = a->fam ? sk_addr_scope(a) : SK_SCOPE_UNSPECIFIED;
    if (scope == SK_SCOPE_UNSPECIFIED || scope == SK_SCOPE_MULTICAST)
        return false;
    memset(k->who, 0, sizeof k->who);
    k->who[0] = 'a';
    sk_addr_text(a, text);
    uint64_t h = sk_hash24(&sk_hash_key_fixed, text, strlen(text));
    memcpy(k->who + 1, &h, sizeof h);
    return true;
}

/* An alert has room for so many: whoever makes victims up must not push out what is known of others. */
static void take_part(struct alert_chains *c, struct alert *al, const struct party_key *k, sk_time ts) {
    struct party *p = sk_table_get(c->parties, k);
    if (!p && al->parties == PARTIES_OF_ONE) {
        c->refused++;
        return;
    }
    al->parties += !p;
    p = p ? p : sk_table_put(c->parties, k, NULL);
    if (p->chain && sk_time_add(p->last, TOGETHER) >= ts && root_of(c, p->chain, NULL))
        al->chain = join(c, al->chain, p->chain);
    p->chain = al->chain;
    p->last = ts;
}

void alert_chain_add(struct alert_chains *c, struct alert *al, const struct sk_event *ev) {
    if (!al->rule->chain || al->guests || al->storm)
        return;
    struct party_key k = {.segment = ev->segment,
                          .name = sk_hash24(&sk_hash_key_fixed, al->rule->chain, strlen(al->rule->chain))};
    struct chain *at = root_of(c, al->chain, &al->chain);
    if (!at) {
        al->chain = begin(c, al, ev->ts);
        at = root_of(c, al->chain, NULL);
        add_step(at, al->rule->detection, al->id, al->first_seen);
    }
    if (party_mac(&k, &ev->smac))
        take_part(c, al, &k, ev->ts);
    if (party_mac(&k, &ev->dmac))
        take_part(c, al, &k, ev->ts);
    if (party_addr(&k, &ev->src))
        take_part(c, al, &k, ev->ts);
    if (party_addr(&k, &ev->dst))
        take_part(c, al, &k, ev->ts);
    (void)sk_table_get(c->chains, &al->chain); /* what is in use is forgotten last */
}

bool alert_chain_get(const struct alert_chains *c, const struct alert *al, struct chain_view *ret) {
    const struct chain *at = root_of(c, al->chain, NULL);
    if (!at || at->n_step < 2)
        return false;
    *ret = (struct chain_view){at->id, at->name, at->step, at->n_step};
    return true;
}

void alert_chains_forget(struct alert_chains *c) {
    c->evicted += sk_table_evicted(c->chains) + sk_table_evicted(c->parties);
    sk_table_free(c->chains);
    sk_table_free(c->parties);
    if (!make_tables(c))
        abort(); /* out of memory in a sensor: the service manager restarts it */
}

uint64_t alert_chains_evicted(const struct alert_chains *c) {
    return c->refused + c->evicted + sk_table_evicted(c->chains) + sk_table_evicted(c->parties);
}

void alert_chains_free(struct alert_chains *c) {
    if (!c)
        return;
    sk_table_free(c->chains);
    sk_table_free(c->parties);
    free(c);
}
