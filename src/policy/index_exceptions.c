/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The register of exceptions laid out for look-ups. An entry can only hold where each list of its `where` fits, so it
 * is enough to find it by one of them: of the words it has (an address, a device, a segment, a port, a rule's name,
 * ...) by the kind that the fewest other entries share. A look-up asks for the words of the match, and what it finds is
 * judged whole, in the order of writing. Twenty thousand entries for twenty thousand hosts cost what one costs.
 */
#include "policy/pol.h"

#include "sekimori/hash.h"

#include <ctype.h>
#include <stdlib.h>

enum kind { DEVICE, SOURCE, DESTINATION, SEGMENT_AND_RULE, RULE, PORT, VLAN, SEGMENT, ZONE, PROTOCOL, KINDS };
enum { WORD_BYTES = 260, WORDS = 512 }; /* of one entry and one kind; with more, another kind is taken */

/* Hashes of the words of one kind. */
struct words {
    uint64_t at[WORDS];
    size_t n;
    bool open; /* the kind does not narrow this entry: no such list, or too long a one */
};

static void add(struct words *w, enum kind kind, const void *bytes, size_t n) {
    uint8_t key[WORD_BYTES] = {(uint8_t)kind};
    if (w->n == WORDS || n > sizeof key - 1) {
        w->open = true;
        return;
    }
    memcpy(key + 1, bytes, n);
    w->at[w->n++] = sk_hash(&sk_hash_key_fixed, key, n + 1);
}

/* Names are compared without regard to case. b may be NULL. */
static void add_names(struct words *w, enum kind kind, const char *a, const char *b) {
    char text[WORD_BYTES - 1];
    size_t n = 0;
    for (const char *p = a; *p && n < sizeof text; p++)
        text[n++] = (char)tolower((unsigned char)*p);
    if (n < sizeof text)
        text[n++] = '\0';
    for (const char *p = b ? b : ""; *p && n < sizeof text; p++)
        text[n++] = (char)tolower((unsigned char)*p);
    if (n == sizeof text)
        w->open = true; /* no name is that long */
    else
        add(w, kind, text, n);
}

/* The first len bits of an address, and how many they are. */
static void add_net(struct words *w, enum kind kind, const struct sk_addr *a, uint8_t len) {
    uint8_t key[19] = {a->fam, len};
    for (unsigned i = 0; i < 16 && i * 8 < len; i++) {
        unsigned mask = len - i * 8 >= 8 ? 0xffu : 0xff00u >> (len - i * 8) & 0xffu;
        key[2 + i] = (uint8_t)(a->b[i] & mask);
    }
    add(w, kind, key, sizeof key);
}

/* ---- words of an entry ---- */

static bool is_pattern(const char *text) { return strpbrk(text, "*?") != NULL; }

static void rule_words(const struct pol_exception *e, const struct pol_texts *segments, enum kind kind,
                       struct words *ret) {
    for (size_t i = 0; i < e->rules.list.n && !ret->open; i++) {
        const char *rule = e->rules.list.at[i].text;
        ret->open = is_pattern(rule);
        if (!segments)
            add_names(ret, kind, rule, NULL);
        for (size_t k = 0; segments && k < segments->list.n; k++)
            add_names(ret, kind, rule, segments->list.at[k].text);
    }
}

static void text_words(const struct pol_texts *t, enum kind kind, struct words *ret) {
    for (size_t i = 0; i < t->list.n; i++)
        add_names(ret, kind, t->list.at[i].text, NULL);
}

static void net_words(const struct pol_nets *nets, enum kind kind, struct words *ret) {
    for (size_t i = 0; i < nets->list.n; i++)
        add_net(ret, kind, &nets->list.at[i].net.addr, nets->list.at[i].net.len);
}

static void device_words(const struct pol_exception *e, struct words *ret) {
    text_words(&e->where.devices, DEVICE, ret);
    for (size_t i = 0; i < e->macs.n && e->where.devices.list.n; i++)
        add(ret, DEVICE, &e->macs.at[i], sizeof e->macs.at[i]);
}

static void words_of(const struct pol_exception *e, enum kind kind, struct words *ret) {
    const struct pol_scope *w = &e->where;
    ret->n = 0;
    ret->open = false;
    switch (kind) {
    case DEVICE:
        device_words(e, ret);
        break;
    case SOURCE:
        net_words(&w->source, kind, ret);
        break;
    case DESTINATION:
        net_words(&w->destination, kind, ret);
        break;
    case SEGMENT_AND_RULE:
        rule_words(e, &w->segments, kind, ret);
        break;
    case RULE:
        rule_words(e, NULL, kind, ret);
        break;
    case PORT:
        for (size_t i = 0; i < w->ports.n; i++)
            add(ret, kind, &w->ports.at[i], sizeof w->ports.at[i]);
        break;
    case VLAN:
        for (size_t i = 0; i < w->vids.n; i++)
            add(ret, kind, &w->vids.at[i], sizeof w->vids.at[i]);
        break;
    case SEGMENT:
        text_words(&w->segments, kind, ret);
        break;
    case ZONE:
        text_words(&w->zones, kind, ret);
        break;
    default:
        text_words(&w->protocols, kind, ret);
    }
    ret->open |= ret->n == 0;
}

/* ---- laying out ---- */

static int by_key(const void *x, const void *y) {
    const struct pol_exception_key *a = x, *b = y;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return a->entry < b->entry ? -1 : a->entry > b->entry;
}

static size_t first_of(const struct pol_exception_index *x, uint64_t hash) {
    size_t low = 0, high = x->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (x->at[mid].hash < hash)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void put(struct pol_exception_index *x, uint64_t hash, size_t entry) {
    *POL_PUSH(x) = (struct pol_exception_key){.hash = hash, .entry = (uint32_t)entry};
}

static size_t end_of(const struct pol_exception_index *x, uint64_t hash) {
    return hash == UINT64_MAX ? x->n : first_of(x, hash + 1);
}

/* How many entries have the commonest of these words; each counts once for each of its words. */
static size_t commonest(const struct pol_exception_index *all, const struct words *w) {
    size_t most = 0;
    for (size_t i = 0; i < w->n; i++) {
        size_t n = end_of(all, w->at[i]) - first_of(all, w->at[i]);
        most = n > most ? n : most;
    }
    return most;
}

static void remember_lengths(struct pol_exception_index *x, const struct pol_nets *nets, unsigned end) {
    for (size_t i = 0; i < nets->list.n; i++) {
        const struct sk_prefix *net = &nets->list.at[i].net;
        x->lengths[end][net->addr.fam == 6][net->len] = true;
    }
}

static void lay_out(struct sk_policy *p, const struct pol_exception_index *all, size_t entry, struct words *w) {
    struct pol_exception_index *x = &p->by_exception;
    const struct pol_exception *e = &p->exceptions.at[entry];
    enum kind best = KINDS;
    size_t fewest = SIZE_MAX;
    for (enum kind k = 0; k < KINDS; k++) {
        words_of(e, k, w);
        size_t n = w->open ? SIZE_MAX : commonest(all, w);
        if (n < fewest) {
            fewest = n;
            best = k;
        }
    }
    if (best == KINDS) {
        put(x, POL_EXCEPTION_ANY, entry);
        return;
    }
    words_of(e, best, w);
    for (size_t i = 0; i < w->n; i++)
        put(x, w->at[i], entry);
    x->kinds |= 1u << best;
    if (best == SOURCE)
        remember_lengths(x, &e->where.source, 0);
    if (best == DESTINATION)
        remember_lengths(x, &e->where.destination, 1);
}

void pol_index_exceptions(struct sk_policy *p) {
    struct pol_exception_index all = {0};
    struct words *w = sk_mem_new(1, sizeof *w);
    for (size_t i = 0; i < p->exceptions.n; i++)
        for (enum kind k = 0; k < KINDS; k++) {
            words_of(&p->exceptions.at[i], k, w);
            for (size_t j = 0; !w->open && j < w->n; j++)
                put(&all, w->at[j], i);
        }
    if (all.n)
        qsort(all.at, all.n, sizeof *all.at, by_key);
    for (size_t i = 0; i < p->exceptions.n; i++)
        lay_out(p, &all, i, w);
    if (p->by_exception.n)
        qsort(p->by_exception.at, p->by_exception.n, sizeof *p->by_exception.at, by_key);
    free(all.at);
    free(w);
}

/* ---- look-ups ---- */

static void nets_asked(const struct pol_exception_index *x, unsigned end, enum kind kind, const struct sk_addr *a,
                       struct words *w) {
    if (!a || !(x->kinds & 1u << kind) || a->fam == 0)
        return;
    for (unsigned len = 0; len <= (a->fam == 6 ? 128u : 32u); len++)
        if (x->lengths[end][a->fam == 6][len])
            add_net(w, kind, a, (uint8_t)len);
}

static void rules_asked(const struct pol_exception_index *x, const struct sk_exception_query *q, const char *segment,
                        struct words *w) {
    const char *const names[] = {q->rule_id, q->rule_name, q->detection};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i] && x->kinds & 1u << RULE)
            add_names(w, RULE, names[i], NULL);
        if (names[i] && x->kinds & 1u << SEGMENT_AND_RULE)
            add_names(w, SEGMENT_AND_RULE, names[i], segment);
    }
}

static void devices_asked(const struct sk_policy *p, const struct sk_exception_query *q, sk_time now, struct words *w) {
    if (!(p->by_exception.kinds & 1u << DEVICE))
        return;
    const struct sk_policy_device *by_ip = q->src ? sk_policy_device_by_ip(p, q->src, now) : NULL;
    if (q->mac)
        add(w, DEVICE, q->mac, sizeof *q->mac);
    if (q->device && q->device->name)
        add_names(w, DEVICE, q->device->name, NULL);
    if (by_ip && by_ip->name)
        add_names(w, DEVICE, by_ip->name, NULL);
}

/* The words of a match, and the one of entries that are found by no word. */
static void asked(const struct sk_policy *p, const struct sk_exception_query *q, sk_time now, struct words *w) {
    const struct pol_exception_index *x = &p->by_exception;
    const struct sk_segment *s = sk_policy_segment_at(p, q->segment);
    const char *segment = s ? s->id : "unassigned";
    uint16_t vid = pol_exception_vid(q);
    w->n = 0;
    w->at[w->n++] = POL_EXCEPTION_ANY;
    devices_asked(p, q, now, w);
    nets_asked(x, 0, SOURCE, q->src, w);
    nets_asked(x, 1, DESTINATION, q->dst, w);
    rules_asked(x, q, segment, w);
    if (x->kinds & 1u << PORT)
        add(w, PORT, &q->dport, sizeof q->dport);
    if (x->kinds & 1u << VLAN)
        add(w, VLAN, &vid, sizeof vid);
    if (x->kinds & 1u << SEGMENT)
        add_names(w, SEGMENT, segment, NULL);
    if (q->zone && x->kinds & 1u << ZONE)
        add_names(w, ZONE, q->zone, NULL);
    if (q->protocol && x->kinds & 1u << PROTOCOL)
        add_names(w, PROTOCOL, q->protocol, NULL);
    if (q->transport && x->kinds & 1u << PROTOCOL)
        add_names(w, PROTOCOL, q->transport, NULL);
}

const struct sk_exception *sk_policy_exception(const struct sk_policy *p, const struct sk_exception_query *q,
                                               sk_time now) {
    const struct pol_exception_index *x = &p->by_exception;
    struct words w;
    size_t best = SIZE_MAX;
    if (x->n == 0)
        return NULL;
    asked(p, q, now, &w);
    for (size_t i = 0; i < w.n; i++)
        for (size_t k = first_of(x, w.at[i]); k < x->n && x->at[k].hash == w.at[i] && x->at[k].entry < best; k++)
            if (pol_exception_holds(p, &p->exceptions.at[x->at[k].entry], q, now)) {
                best = x->at[k].entry;
                break;
            }
    return best == SIZE_MAX ? NULL : &p->exceptions.at[best].pub;
}
