/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of the last tenth of a second, four to a bucket of one cache line.
 *
 * The hash is a chain of 64 by 64 to 128 bit multiplications with a secret: a few nanoseconds for what SipHash takes
 * thirty for, on every packet. Of bulk it covers the headers and the first bytes, of messages that are told one by one
 * all that was captured. Who finds two frames of one hash (without the secret, live) has made one of them a copy.
 */
#include "pipeline/copies.h"

#include "base/mem.h"

#include <stdlib.h>

enum { UPPER_BYTES = 32, TIME_SHIFT = 17 /* 131 microseconds: 32 bits of them are a week */ };

#define LONG_PAUSE (3600 * SK_SEC)

struct frame {
    uint64_t hash; /* 0: free */
    uint32_t when;
    uint16_t place;
    uint8_t ttl;
    uint8_t copies : 2, sender : 6;
};
_Static_assert(COPIES_MAX <= 3, "two bits");
struct bucket {
    struct frame at[COPIES_WAYS];
};
_Static_assert(sizeof(struct bucket) == 64, "one cache line");

struct copies {
    struct bucket *bucket;
    uint32_t mask;
    sk_time tick; /* no packet is taken as older; 0: none yet */
    uint64_t secret[3];
    uint64_t *pair; /* open addressing, 0: free; NULL: no copy yet */
    uint32_t pairs;
    bool routed; /* the copy last seen */
    uint64_t forgotten;
};

/* Two places for a frame: with a choice, a bucket of four overflows only when the table is nearly full. */
static inline struct bucket *bucket_of(const struct copies *c, uint64_t hash, unsigned way) {
    return &c->bucket[(uint32_t)(hash >> (way ? 32 : 0)) & c->mask];
}

static inline uint64_t mix(uint64_t a, uint64_t b) {
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The sum begins with a secret of its own: from that of a, the first word would be multiplied as it is, and a source of
 * ::/64 by zero, which forgets its other half. */
struct chain {
    uint64_t sum, a, b;
};
static inline void add(struct chain *h, uint64_t x, uint64_t y) { h->sum = mix(h->sum ^ x ^ h->a, y ^ h->b); }

static inline uint64_t word(const uint8_t *b) {
    uint64_t x;
    memcpy(&x, b, sizeof x);
    return x;
}

/* ---- which frames ---- */

/* Ports of messages that are told one by one: names, addresses, times, routing; not HTTP over QUIC. */
static bool told_one_by_one(uint32_t ports) {
    uint16_t from = (uint16_t)(ports >> 16), to = (uint16_t)ports;
    uint16_t low = from < to ? from : to, high = from < to ? to : from;
    static const uint16_t named[] = {3544, 5353, 5355};
    bool known = low < 1024 && low != 443;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        known |= low == named[i] || high == named[i];
    return known;
}

/* One of COPIES_SAMPLE, by bytes that only the sender writes: numbers and checksum of TCP, checksum and data of UDP. */
static bool chosen(const struct sk_packet *pkt, const struct sk_layer *at) {
    struct sk_cur c = sk_layer_bytes(pkt, at);
    const uint8_t *b = sk_cur_take(&c, 18);
    return !b || ((word(b + 2) ^ word(b + 10)) * 0x9e3779b97f4a7c15) >> 60 == 0;
}
_Static_assert(COPIES_SAMPLE == 1 << 4, "four bits");

/* What an ICMP error quotes is part of the error. */
static bool bulk(const struct sk_packet *pkt, const struct sk_layer *at) {
    if (at->flags & SK_LAYER_QUOTED)
        return false;
    if (at->proto == SKP_TCP) {
        struct sk_cur c = sk_layer_bytes(pkt, at);
        return (sk_cur_peek(&c, 13) & 0x12) != 2; /* all but a SYN without ACK */
    }
    return at->proto == SKP_ESP || (at->proto == SKP_UDP && !told_one_by_one(at->id));
}

/* Symmetric. */
static uint64_t pair_of(const struct copies *c, const struct sk_ip *ip) {
    uint64_t end[2];
    for (unsigned i = 0; i < 2; i++) {
        const uint8_t *b = i ? ip->dst.b : ip->src.b;
        end[i] = mix(word(b) ^ c->secret[0], word(b + 8) ^ c->secret[1]);
    }
    return (end[0] + end[1]) | 1;
}

/* Place of a pair, or where it would be. */
static uint64_t *pair_at(const struct copies *c, uint64_t pair) {
    uint32_t i = (uint32_t)(pair >> 32);
    while (c->pair[i % (2 * COPIES_PAIRS)] && c->pair[i % (2 * COPIES_PAIRS)] != pair)
        i++;
    return &c->pair[i % (2 * COPIES_PAIRS)];
}

static void add_pair(struct copies *c, uint64_t pair) {
    if (!c->pair)
        c->pair = sk_mem_new(2 * (size_t)COPIES_PAIRS, sizeof *c->pair);
    uint64_t *at = pair_at(c, pair);
    if (*at)
        return;
    if (c->pairs == COPIES_PAIRS) {
        c->forgotten++;
        return;
    }
    *at = pair;
    c->pairs++;
}

static bool looked_at(const struct sk_packet *pkt, const struct sk_layers *l) {
    const struct sk_layer *last = &l->at[l->n - 1];
    return !bulk(pkt, last) || chosen(pkt, last);
}

static bool shown_twice(const struct copies *c, const struct sk_layers *l) {
    return c->pairs && l->n_ip && *pair_at(c, pair_of(c, &l->ip[0]));
}

/* ---- what a frame is known by ---- */

static void add_address(struct chain *h, const struct sk_ip *ip) {
    if (ip->src.fam == 4) {
        add(h, word(ip->src.b), word(ip->dst.b));
        return;
    }
    add(h, word(ip->src.b), word(ip->src.b + 8));
    add(h, word(ip->dst.b), word(ip->dst.b + 8));
}

/* The first 32 bytes, or all: then the first and the last 16 of them, which may overlap. */
static void add_bytes(struct chain *h, struct sk_cur c) {
    uint8_t few[16] = {0};
    sk_cur_limit(&c, UPPER_BYTES);
    struct sk_cur end = c;
    const uint8_t *first = sk_cur_take(&c, 16), *last = few;
    if (first) {
        sk_cur_skip(&end, end.left - 16);
        last = sk_cur_take(&end, 16);
    } else {
        sk_cur_copy(&end, few, end.left);
        first = few;
    }
    add(h, word(first), word(first + 8));
    add(h, word(last), word(last + 8));
}

/* All of them: of messages that are told one by one a later option may be the one that matters, and two 16-bit words
 * that change places keep the checksum. */
static void add_all(struct chain *h, struct sk_cur c) {
    uint8_t few[16] = {0};
    while (c.left >= sizeof few) {
        const uint8_t *b = sk_cur_take(&c, sizeof few);
        add(h, word(b), word(b + 8));
    }
    size_t n = c.left;
    sk_cur_copy(&c, few, n);
    add(h, word(few), word(few + 8) ^ n);
}

/* Of a tunnelled packet the outer header says too little: the innermost one is what two packets differ in. */
static void add_ip(struct chain *h, const struct sk_packet *pkt, const struct sk_layers *l) {
    unsigned inner = 0;
    for (unsigned i = 0; i < l->n_ip && !l->ip[i].quoted; i++) {
        const struct sk_ip *ip = &l->ip[i];
        add_address(h, ip);
        add(h, (uint64_t)ip->frag_id << 32 | (uint64_t)ip->frag_off << 16 | (uint64_t)ip->proto << 8 | ip->ext,
            ip->wire_upper_len);
        inner = i;
    }
    struct sk_cur upper = sk_cur_of(pkt->data + l->ip[inner].upper_off, l->ip[inner].upper_len);
    if (bulk(pkt, &l->at[l->n - 1]))
        add_bytes(h, upper);
    else
        add_all(h, upper);
}

static bool add_arp(struct chain *h, const struct sk_packet *pkt, const struct sk_layers *l) {
    if (l->at[l->n - 1].proto != SKP_ARP)
        return false;
    struct sk_cur c = sk_layer_bytes(pkt, &l->at[l->n - 1]);
    sk_cur_limit(&c, l->at[l->n - 1].hdr_len); /* what follows is padding */
    add_bytes(h, c);
    return true;
}

/* What should be IP and is not, from the first byte on: such a frame is told too. */
static bool add_broken_ip(struct chain *h, const struct sk_packet *pkt, const struct sk_layers *l) {
    if (!(l->anomalies >> SK_AN_IP_HEADER & 1))
        return false;
    add_bytes(h, sk_layer_payload(pkt, &l->at[l->n - 1]));
    return true;
}

static uint16_t place_of(const struct sk_packet *pkt, const struct sk_layers *l) {
    uint32_t place = (uint32_t)pkt->tap << 8 ^ pkt->iface;
    for (unsigned i = 0; i < l->n_vlan; i++)
        if (l->vlan[i])
            place = place * 4099 + l->vlan[i];
    return (uint16_t)(place ^ place >> 16);
}

/* Six bits of who sent the frame: another's differ, but for one in 64. */
static uint8_t sender_of(const struct sk_layers *l) {
    uint8_t sum = 0;
    for (unsigned i = 0; i < sizeof l->src_mac.b; i++)
        sum = (uint8_t)((sum << 1 | sum >> 5) ^ l->src_mac.b[i]);
    return (sum ^ sum >> 6) & 63;
}

static void make_mark(const struct copies *c, const struct sk_packet *pkt, const struct sk_layers *l, bool always,
                      struct copies_mark *ret) {
    struct chain h = {.sum = c->secret[2], .a = c->secret[0], .b = c->secret[1]};
    *ret = (struct copies_mark){0};
    if (l->n == 0 || !(always || looked_at(pkt, l)))
        return;
    if (l->n_ip) {
        add_ip(&h, pkt, l);
        ret->ttl = l->ip[0].hop_limit;
    } else if (add_arp(&h, pkt, l) || add_broken_ip(&h, pkt, l)) {
        ret->ttl = 0;
    } else {
        return;
    }
    ret->hash = h.sum ? h.sum : 1;
    ret->place = place_of(pkt, l);
    ret->sender = sender_of(l);
}

void copies_mark(const struct copies *c, const struct sk_packet *pkt, const struct sk_layers *l,
                 struct copies_mark *ret) {
    make_mark(c, pkt, l, false, ret);
    if (!ret->hash)
        return;
    __builtin_prefetch(bucket_of(c, ret->hash, 0), 1);
    __builtin_prefetch(bucket_of(c, ret->hash, 1), 1);
}

/* ---- frames of the window ---- */

/* Time since the frame was seen, either way: queues of a tap may give the copy first. */
static uint32_t apart(uint32_t now, uint32_t when) {
    uint32_t d = now - when;
    return d > INT32_MAX ? when - now : d;
}
enum { WINDOW = (int)(COPIES_WINDOW >> TIME_SHIFT) };

static bool live(const struct frame *f, uint32_t now) { return f->hash && apart(now, f->when) <= (uint32_t)WINDOW; }

static uint32_t units(sk_time ts) { return (uint32_t)((uint64_t)ts >> TIME_SHIFT); }

static bool may_be_copy(const struct frame *f, const struct copies_mark *m) {
    int hops = (int)f->ttl - m->ttl;
    return f->place != m->place || (hops >= -1 && hops <= 1);
}

static struct frame frame_of(const struct copies_mark *m, uint32_t now) {
    struct frame f = {.hash = m->hash, .when = now, .place = m->place, .ttl = m->ttl};
    f.sender = m->sender & 63u;
    return f;
}

static bool again(struct frame *f, const struct copies_mark *m, uint32_t now) {
    if (!live(f, now)) {
        *f = frame_of(m, now);
        return false;
    }
    if (!may_be_copy(f, m))
        return false;
    if (f->copies < COPIES_MAX) {
        f->copies++;
        return true;
    }
    f->when = now; /* a flood, until it pauses */
    return false;
}

static struct bucket *new_buckets(uint32_t n) {
    struct bucket *b = aligned_alloc(sizeof *b, n * sizeof *b);
    if (b)
        return memset(b, 0, n * sizeof *b);
    sk_mem_abort();
}

/* Free, or of a frame out of the window of all that may still come. That hangs on the last tick, which is the same in
 * every lane: whether a frame is still known must not depend on what else was seen since. */
static bool is_place(const struct copies *c, const struct frame *f) {
    return !f->hash || (c->tick && (int32_t)(units(c->tick) - f->when) > WINDOW);
}

static unsigned places(const struct copies *c, const struct bucket *b) {
    unsigned n = 0;
    for (unsigned k = 0; k < COPIES_WAYS; k++)
        n += is_place(c, &b->at[k]);
    return n;
}

static struct frame *place_in(const struct copies *c, struct bucket *b) {
    struct frame *f = &b->at[0];
    for (unsigned k = 0; k < COPIES_WAYS; k++) {
        if (is_place(c, &b->at[k]))
            return &b->at[k];
        if ((int32_t)(b->at[k].when - f->when) < 0)
            f = &b->at[k];
    }
    return f; /* the oldest */
}

/* Twice the buckets. Should a frame find no place even there, it is forgotten, counted. */
static void grow(struct copies *c) {
    struct copies old = *c;
    c->mask = c->mask * 2 + 1;
    c->bucket = new_buckets(c->mask + 1);
    for (uint32_t i = 0; i <= old.mask; i++)
        for (unsigned k = 0; k < COPIES_WAYS; k++) {
            const struct frame *f = &old.bucket[i].at[k];
            if (is_place(c, f))
                continue;
            struct bucket *b = bucket_of(c, f->hash, 0), *other = bucket_of(c, f->hash, 1);
            unsigned mine = places(c, b), its = places(c, other);
            if (mine || its)
                *place_in(c, its > mine ? other : b) = *f;
            else
                c->forgotten++;
        }
    free(old.bucket);
}

static struct frame *find(const struct copies *c, uint64_t hash) {
    for (unsigned way = 0; way < 2; way++) {
        struct bucket *b = bucket_of(c, hash, way);
        for (unsigned k = 0; k < COPIES_WAYS; k++)
            if (b->at[k].hash == hash)
                return &b->at[k];
    }
    return NULL;
}

/* In the emptier of its two buckets, as far as it matters; where both are full, the table grows. */
static struct frame *room(struct copies *c, uint64_t hash) {
    for (;;) {
        struct bucket *b = bucket_of(c, hash, 0), *other = bucket_of(c, hash, 1);
        unsigned mine = places(c, b), its = mine >= 2 ? 0 : places(c, other);
        if (mine || its)
            return place_in(c, its > mine ? other : b);
        if (c->mask + 1 >= COPIES_BUCKETS) {
            c->forgotten++;
            return place_in(c, b);
        }
        grow(c);
    }
}

static bool seen(struct copies *c, const struct copies_mark *m, sk_time ts) {
    uint32_t now = units(ts > c->tick ? ts : c->tick);
    struct frame *f = find(c, m->hash);
    if (f) {
        bool hop = live(f, now) && f->ttl == m->ttl + 1 && f->sender != m->sender;
        bool copy = again(f, m, now);
        c->routed = copy && hop;
        return copy;
    }
    *room(c, m->hash) = frame_of(m, now);
    return false;
}

/* Which pairs are shown twice is known only here: copies_mark() runs ahead of it, by how far depends on the lanes. */
bool copies_seen(struct copies *c, const struct sk_packet *pkt, const struct sk_layers *l,
                 const struct copies_mark *m) {
    struct copies_mark late = {0};
    c->routed = false;
    if (!m->hash) {
        if (!shown_twice(c, l))
            return false;
        make_mark(c, pkt, l, true, &late);
        m = &late;
    }
    bool copy = seen(c, m, pkt->ts);
    if (copy && l->n_ip)
        add_pair(c, pair_of(c, &l->ip[0]));
    return copy;
}

bool copies_routed(const struct copies *c) { return c->routed; }

void copies_clear(struct copies *c) {
    memset(c->bucket, 0, ((size_t)c->mask + 1) * sizeof *c->bucket);
    free(c->pair);
    c->pair = NULL;
    c->pairs = 0;
    c->tick = 0;
}

/* No frame is newer than the tick, so this has no sign; the comparison of is_place() has, and holds for three days. */
static void drop_old(struct copies *c, uint32_t now) {
    for (uint32_t i = 0; i <= c->mask; i++)
        for (unsigned k = 0; k < COPIES_WAYS; k++)
            if (now - c->bucket[i].at[k].when > (uint32_t)WINDOW)
                c->bucket[i].at[k] = (struct frame){0};
}

void copies_tick(struct copies *c, sk_time now) {
    if (now - c->tick > LONG_PAUSE) /* the first tick too */
        drop_old(c, units(now));
    c->tick = now;
}

uint64_t copies_forgotten(const struct copies *c) { return c->forgotten; }

struct copies *copies_new(const struct sk_hash_key *key) {
    struct copies *c = sk_mem_new(1, sizeof *c);
    c->bucket = new_buckets(COPIES_FIRST);
    c->mask = COPIES_FIRST - 1;
    static const char names[3] = {'a', 'b', 'c'};
    for (unsigned i = 0; i < sizeof names; i++)
        c->secret[i] = sk_hash(key, &names[i], 1) | 1;
    return c;
}

void copies_free(struct copies *c) {
    if (!c)
        return;
    free(c->bucket);
    free(c->pair);
    free(c);
}
