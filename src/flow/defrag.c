/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Table of datagrams in the making, one for each family (their timeouts differ), in the order in which they began: the
 * oldest is the first to be overdue and the first to be given up for want of room.
 */
#include "base/mem.h"
#include "flow/datagram.h"
#include "sekimori/table.h"

#include <stdlib.h>
#include <string.h>

/* Copies that a mirror port makes come within this time of the datagram's end; then the identification may be used
 * anew. */
#define LATE_COPIES (1 * SK_SEC)

#define REUSE (1 * SK_SEC) /* after so long an overlap in IPv4 may be the identification used anew */

enum { TCP_HEADER = 20, SOURCES = 256, VICTIMS = 64 /* that are looked at for one to give up */ };

struct key {
    struct sk_addr src, dst;
    uint8_t proto; /* IPv4: part of the identity (RFC 791); IPv6: not (RFC 8200 4.5) */
    uint32_t id;
    uint64_t where; /* VLANs, overlay, outer addresses, tunnels */
};
/* A frame made for a datagram, and its layers. */
struct sk_scratch {
    uint8_t *frame;
    size_t cap;
    struct sk_layers *layers;
};
struct sk_defrag {
    struct sk_defrag_config cfg;
    struct sk_defrag_hooks hooks;
    struct sk_table *open[2]; /* IPv4, IPv6: key -> struct flow_datagram * */
    struct sk_defrag_stats stats;
    struct sk_scratch scratch;
    uint32_t held[SOURCES]; /* datagrams by sender, hashed */
};

unsigned sk_defrag_wants(const struct sk_packet *pkt, const struct sk_layers *l) {
    (void)pkt;
    for (unsigned i = 0; i < l->n_ip; i++)
        if (l->ip[i].fragment && !l->ip[i].quoted) {
            unsigned n = sk_layers_to_fragment(l, i);
            const struct sk_layer *at = &l->at[n - 1];
            bool known = l->ip[i].src.fam == 4 || at->proto == SKP_FRAGMENT;
            return known && !(at->flags & SK_LAYER_TRUNCATED) ? i : SK_IPS_MAX;
        }
    return SK_IPS_MAX;
}

/* Both families have their conversations told apart by where they were seen, like flows. */
static uint64_t where(const struct sk_defrag *t, const struct sk_layers *l, unsigned ip, int32_t vni) {
    struct {
        uint16_t vlan[SK_VLANS_MAX];
        int32_t vni;
        uint16_t n;
        uint8_t tunnel[SK_TUNNELS_MAX][3]; /* the header that begins it, its kind, what it carries */
        struct sk_addr pair[SK_IPS_MAX][2];
    } w;
    memset(&w, 0, sizeof w);
    for (unsigned i = 0, n = 0; i < l->n_vlan; i++)
        if (l->vlan[i])
            w.vlan[n++] = l->vlan[i];
    w.vni = vni;
    w.n = (uint16_t)ip;
    for (unsigned i = 0, n = 0; l->ip[ip].depth > 0 && i < l->ip[ip].layer && n < SK_TUNNELS_MAX; i++)
        if (l->at[i].flags & SK_LAYER_TUNNEL) {
            w.tunnel[n][0] = l->at[i].proto;
            w.tunnel[n][1] = (uint8_t)sk_tunnel_kind(l, i);
            w.tunnel[n++][2] = l->at[i + 1].proto;
        }
    for (unsigned i = 0; i < ip; i++) {
        w.pair[i][0] = l->ip[i].src;
        w.pair[i][1] = l->ip[i].dst;
    }
    return sk_hash(&t->cfg.key, &w, sizeof w);
}

static struct key key_of(const struct sk_defrag *t, const struct sk_layers *l, unsigned ip, int32_t vni) {
    const struct sk_ip *h = &l->ip[ip];
    struct key k;
    memset(&k, 0, sizeof k); /* padding is hashed */
    k.src = h->src;
    k.dst = h->dst;
    k.proto = h->src.fam == 4 ? h->proto : 0;
    k.id = h->frag_id;
    k.where = where(t, l, ip, vni);
    return k;
}

/* ---- giving ---- */

/* The frame ends after the fragment header: what would follow it is not here. */
static void as_far_as_header(struct sk_layers *l, unsigned n, unsigned ip, uint32_t frame) {
    sk_layers_cut(l, n, ip);
    for (unsigned i = 0; i < n; i++)
        l->at[i].len = frame - l->at[i].off;
    l->ip[ip].upper_len = 0;
}

static void give_variant(struct sk_defrag *t, const struct flow_datagram *d, const uint8_t *bytes, uint32_t n,
                         struct sk_datagram *info) {
    size_t all = (size_t)d->head_len + n;
    /* Taken out of t while the hook runs: what is inside may be fragments again, and is given from there. */
    struct sk_scratch mine = t->scratch;
    t->scratch = (struct sk_scratch){0};
    if (all > mine.cap) {
        mine.frame = sk_mem_resize(mine.frame, all, 1);
        mine.cap = all;
    }
    if (!mine.layers)
        mine.layers = sk_mem_new(1, sizeof *mine.layers);
    memcpy(mine.frame, d->head, d->head_len);
    if (n)
        memcpy(mine.frame + d->head_len, bytes, n);
    struct sk_packet pkt = d->last_pkt;
    pkt.data = mine.frame;
    pkt.caplen = pkt.wirelen = (uint32_t)all;
    pkt.linktype = d->head_pkt.linktype;
    *mine.layers = *d->layers;
    info->from = mine.layers->ip[d->ip].layer;
    info->fresh = sk_layers_to_fragment(mine.layers, d->ip);
    info->ip = d->ip;
    if (d->headless)
        as_far_as_header(mine.layers, info->fresh, d->ip, (uint32_t)all);
    else
        sk_decode_resume(&pkt, mine.layers, d->ip);
    if (!info->complete) { /* as far as its first fragment goes: still a fragment */
        mine.layers->ip[d->ip].fragment = true;
        mine.layers->ip[d->ip].reassembled = false;
    }
    t->hooks.datagram(t->hooks.arg, &pkt, mine.layers, info);
    free(t->scratch.frame);
    free(t->scratch.layers);
    t->scratch = mine;
}

/* Bytes from the beginning without a hole. */
static uint32_t run_of(const struct flow_datagram *d) {
    uint32_t u = 0;
    while (u < (d->reach + 7) / 8 && (d->have[u / 64] >> (u % 64) & 1))
        u++;
    return u * 8 < d->reach ? u * 8 : d->reach;
}

static void give(struct sk_defrag *t, struct flow_datagram *d, bool complete) {
    struct sk_datagram info = {.first_seq = d->first_seq,
                               .first = d->began,
                               .last = d->touched,
                               .fragments = d->fragments,
                               .bytes = complete ? d->end_first : d->reach,
                               .problems = d->problems,
                               .complete = complete};
    t->stats.datagrams++;
    t->stats.incomplete += !complete;
    t->stats.conflicts += (d->problems & SK_FRAG_CONFLICT) != 0;
    if (!d->head)
        return; /* its beginning never came: nothing to decode */
    if (d->headless && d->nd)
        info.problems |= SK_FRAG_NO_FIRST;
    uint32_t n = complete ? d->end_first : run_of(d);
    info.more_variants = d->last != NULL || d->end_last != d->end_first;
    bool both = info.more_variants;
    give_variant(t, d, d->first, n, &info);
    if (!both)
        return;
    info.keeps_last = true;
    info.more_variants = false;
    uint32_t last = complete ? d->end_last : n;
    give_variant(t, d, d->last ? d->last : d->first, last < d->reach ? last : d->reach, &info);
}

static void release(struct sk_defrag *t, struct flow_datagram *d) {
    t->stats.bytes -= flow_datagram_bytes(d);
    flow_datagram_clear(d);
}

static void forget(struct sk_defrag *t, struct flow_datagram *d) {
    t->held[d->source]--;
    release(t, d);
    free(d);
}

/* Only when the table is freed: room is made before the table would make it, since giving may come back here. */
static void on_gone(void *user, const void *key, void *value, bool evicted) {
    struct flow_datagram *d = *(struct flow_datagram **)value;
    (void)key, (void)evicted;
    if (d)
        forget(user, d);
}

static void drop(struct sk_defrag *t, struct sk_table *open, const struct key *key, struct flow_datagram *d) {
    struct key k = *key;
    forget(t, d);
    sk_table_del(open, &k);
}

/* Nothing new in it that could still be told. */
static bool settled(const struct flow_datagram *d) { return d->done || d->repeat; }

/* Is it of little worth, or of a sender that takes the others' room? */
static bool gives_way(const struct sk_defrag *t, const struct flow_datagram *d, sk_time now) {
    return (settled(d) && now - d->touched > LATE_COPIES) || t->held[d->source] > t->cfg.datagrams / 10;
}

/* One of the oldest of a family gives way: out of the table first, then given. */
static void evict(struct sk_defrag *t, struct sk_table *open, sk_time now) {
    const void *key, *found = NULL;
    void *value;
    struct flow_datagram *d = NULL;
    uint32_t at = 0;
    for (unsigned i = 0; i < VICTIMS && sk_table_next(open, &at, &key, &value); i++) {
        struct flow_datagram *here = *(struct flow_datagram **)value;
        bool better = gives_way(t, here, now);
        if (!d || better) {
            d = here;
            found = key;
        }
        if (better)
            break;
    }
    if (!d)
        return;
    struct key k;
    memcpy(&k, found, sizeof k);
    sk_table_del(open, &k);
    if (!settled(d)) {
        t->stats.evicted++;
        d->problems |= SK_FRAG_EVICTED | SK_FRAG_INCOMPLETE;
        give(t, d, false);
    }
    forget(t, d);
}

static void make_room(struct sk_defrag *t, sk_time now) {
    for (unsigned budget = 2 * SK_DEFRAG_DATAGRAMS; t->stats.bytes > t->cfg.bytes && budget > 0; budget--) {
        struct flow_datagram **v4 = sk_table_oldest(t->open[0], NULL), **v6 = sk_table_oldest(t->open[1], NULL);
        if (!v4 && !v6)
            return;
        evict(t, t->open[!v4 || (v6 && (*v6)->first_seq < (*v4)->first_seq)], now);
    }
}

/* ---- taking ---- */

/* The shortest header of what IP carries, 0: an extension header, which is never the last one. */
static uint32_t shortest(uint8_t proto) {
    switch (proto) {
    case 0:
    case 43:
    case 44:
    case 60:
    case 135:
    case 139:
    case 140:
        return 0;
    case 1:
    case 17:
    case 50:
    case 58:
    case 136:
        return 8;
    case 4:
    case 6:
        return 20;
    case 33:
    case 51:
    case 132:
        return 12;
    case 41:
        return 40;
    case 47:
        return 4;
    default:
        return 1;
    }
}

/*
 * The whole header chain must be in the first fragment (RFC 7112: of TCP the options too; IPv4, RFC 1858: the fixed
 * part of the header). An extension header at its end was decoded, or the chain goes on in another fragment.
 */
static bool has_upper(const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip) {
    const struct sk_ip *h = &l->ip[ip];
    if (h->proto == 59)
        return true;
    if (h->proto == 50)
        return h->ext & SK_EXT_ESP;
    uint32_t need = shortest(h->proto);
    bool v6 = h->src.fam == 6;
    if (need == 0 && v6)
        return false;
    if (h->proto == 6 && v6 && h->upper_len >= need) {
        struct sk_cur c = sk_cur_of(pkt->data + h->upper_off, h->upper_len);
        uint32_t all = 4u * (sk_cur_peek(&c, 12) >> 4);
        need = all > need ? all : need;
    }
    return h->upper_len >= (need ? need : 1);
}

/*
 * A later fragment whose payload is neighbour discovery (types 133 to 137, code 0), at its begin or after one 8-byte
 * header that says so: what fake_router26 -E sends. Hop limit 255 as receivers demand.
 */
static bool like_nd(const struct sk_ip *h, const struct sk_cur *payload) {
    struct sk_cur c = *payload;
    if (h->src.fam != 6 || h->hop_limit != 255)
        return false;
    if (sk_cur_peek(&c, 0) == 58 && sk_cur_peek(&c, 1) == 0)
        sk_cur_skip(&c, 8);
    uint8_t type = sk_cur_u8(&c), code = sk_cur_u8(&c);
    return sk_cur_ok(&c) && type >= 133 && type <= 137 && code == 0;
}

/* RFC 1858 3, RFC 3128: it can rewrite the flags that a filter saw. Only IPv4: there a filter reads it as TCP. */
static bool inside_tcp(const struct sk_ip *h) { return h->src.fam == 4 && h->proto == 6 && h->frag_off < TCP_HEADER; }

static void drop_head(struct sk_defrag *t, struct flow_datagram *d) {
    t->stats.bytes -= d->head_len + sizeof *d->layers;
    free(d->head);
    free(d->layers);
    d->head = NULL;
    d->layers = NULL;
    d->head_len = 0;
}

/*
 * The first fragment's headers are the datagram's. Until it comes, or if it never does, those of a later one show who
 * speaks to whom (that was shown already where one with this identification was given): before others of one that is
 * evidence by itself.
 */
static bool wants_head(const struct flow_datagram *d, const struct sk_ip *h, bool nd) {
    if (h->frag_off == 0)
        return !d->head || d->headless;
    if (d->head)
        return d->headless && nd && !d->nd;
    return nd || inside_tcp(h) || (h->src.fam == 6 && d->n_past == 0);
}

static void keep_head(struct sk_defrag *t, struct flow_datagram *d, const struct sk_packet *pkt,
                      const struct sk_layers *l, unsigned ip, bool nd) {
    uint32_t at = l->at[sk_layers_to_fragment(l, ip) - 1].off + l->at[sk_layers_to_fragment(l, ip) - 1].hdr_len;
    if (!wants_head(d, &l->ip[ip], nd) || at > HEAD_MAX)
        return;
    if (d->headless)
        drop_head(t, d);
    d->headless = l->ip[ip].frag_off != 0;
    d->nd = nd;
    d->head = sk_mem_new(1, at);
    d->layers = sk_mem_new(1, sizeof *d->layers);
    memcpy(d->head, pkt->data, at);
    *d->layers = *l;
    d->head_len = at;
    d->head_pkt = *pkt;
    d->ip = (uint8_t)ip;
    t->stats.bytes += at + sizeof *d->layers;
    if (!d->headless && !has_upper(pkt, l, ip))
        d->problems |= SK_FRAG_NO_UPPER;
}

static uint8_t source_of(const struct sk_defrag *t, const struct sk_layers *l, const struct key *k) {
    bool mac = !sk_mac_zero(&l->src_mac);
    return (uint8_t)sk_hash(&t->cfg.key, mac ? (const void *)&l->src_mac : (const void *)&k->src,
                            mac ? sizeof l->src_mac : sizeof k->src);
}

/*
 * The same identification again, right after a datagram that was given: copies of a mirror, or another one that a host
 * puts together as it did the first. Which of them shows when it is complete; the two may even share a fragment. It
 * begins now, so it goes to the end of the table.
 */
static struct flow_datagram *begin_again(struct sk_table *open, const struct key *key, struct flow_datagram *d,
                                         const struct sk_packet *pkt) {
    struct key k = *key;
    sk_table_del(open, &k);
    *(struct flow_datagram **)sk_table_put(open, &k, NULL) = d;
    flow_datagram_again(d);
    d->first_seq = pkt->seq;
    d->began = pkt->ts;
    return d;
}

static uint64_t mark_of(const struct sk_defrag *t, const struct sk_ip *h, const struct sk_cur *payload) {
    uint64_t of[2] = {sk_hash(&t->cfg.key, payload->p, payload->left), (uint64_t)h->frag_off << 1 | h->more};
    return sk_hash(&t->cfg.key, of, sizeof of);
}

static struct flow_datagram *open_datagram(struct sk_defrag *t, struct sk_table *open, const struct key *k,
                                           const struct sk_packet *pkt, const struct sk_layers *l) {
    struct flow_datagram **slot = sk_table_peek(open, k); /* peek: the order of their beginning stays */
    if (slot && settled(*slot) && pkt->ts - (*slot)->touched > LATE_COPIES) {
        drop(t, open, k, *slot);
        slot = NULL;
    }
    if (slot)
        return (*slot)->done ? begin_again(open, k, *slot, pkt) : *slot;
    while (sk_table_count(open) >= t->cfg.datagrams)
        evict(t, open, pkt->ts);
    slot = sk_table_put(open, k, NULL);
    *slot = sk_mem_new(1, sizeof **slot);
    (*slot)->first_seq = pkt->seq;
    (*slot)->began = pkt->ts;
    (*slot)->source = source_of(t, l, k);
    t->held[(*slot)->source]++;
    return *slot;
}

void sk_defrag_packet(struct sk_defrag *t, const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip,
                      int32_t vni) {
    const struct sk_ip *h = &l->ip[ip];
    struct sk_table *open = t->open[h->src.fam == 6];
    struct key k = key_of(t, l, ip, vni);
    const struct sk_layer *at = &l->at[sk_layers_to_fragment(l, ip) - 1];
    struct sk_cur payload = sk_layer_payload(pkt, at);
    t->stats.fragments++;
    struct flow_datagram *d = open_datagram(t, open, &k, pkt, l);
    size_t marks = d->mark_cap;
    bool same = false;
    d->repeat = flow_datagram_mark(d, mark_of(t, h, &payload), &same) && d->repeat;
    t->stats.bytes += (d->mark_cap - marks) * sizeof *d->mark;
    bool late = d->fragments && h->src.fam == 4 && pkt->ts - d->touched > REUSE;
    uint32_t before = d->problems;
    d->fragments++;
    d->touched = pkt->ts > d->touched ? pkt->ts : d->touched;
    d->last_pkt = *pkt;
    keep_head(t, d, pkt, l, ip, h->frag_off && like_nd(h, &payload));
    if (h->frag_off && inside_tcp(h))
        d->problems |= SK_FRAG_NO_UPPER;
    t->stats.bytes += flow_datagram_add(d, h->frag_off, payload.p, (uint32_t)payload.left, h->more, same);
    if (late && (d->problems & ~before & (SK_FRAG_OVERLAP | SK_FRAG_CONFLICT | SK_FRAG_BEYOND)))
        d->problems |= SK_FRAG_LATE;
    if (t->stats.bytes > t->stats.peak_bytes)
        t->stats.peak_bytes = t->stats.bytes;
    bool complete = flow_datagram_complete(d), too_many = d->fragments >= SK_DEFRAG_FRAGMENTS;
    if (complete || too_many) {
        if (!complete)
            d->problems |= SK_FRAG_TOO_MANY | SK_FRAG_INCOMPLETE;
        struct flow_datagram whole = *d; /* giving may evict d: what is inside may be fragments again */
        whole.mark = NULL;
        whole.mark_cap = 0;
        d->first = d->last = d->head = NULL;
        d->layers = NULL;
        d->cap = d->last_cap = d->head_len = 0;
        d->done = true;
        d->headless = d->nd = false;
        if (!whole.repeat || !complete) /* too many copies hide something */
            give(t, &whole, complete);
        release(t, &whole);
    }
    make_room(t, pkt->ts);
}

/* ---- time ---- */

static int by_first(const void *a, const void *b) {
    const struct flow_datagram *x = *(struct flow_datagram *const *)a, *y = *(struct flow_datagram *const *)b;
    return x->first_seq < y->first_seq ? -1 : x->first_seq > y->first_seq;
}

/* Those that began before their family's limit, or all. */
static void give_up(struct sk_defrag *t, sk_time now, bool all) {
    struct flow_datagram **due = NULL;
    size_t n = 0, cap = 0;
    for (unsigned f = 0; f < 2; f++) {
        sk_time timeout = f ? t->cfg.timeout6 : t->cfg.timeout4;
        const void *key;
        for (struct flow_datagram **v;
             (v = sk_table_oldest(t->open[f], &key)) && (all || (*v)->began + timeout <= now);) {
            struct key k;
            memcpy(&k, key, sizeof k);
            if (n == cap)
                due = sk_mem_resize(due, cap = cap ? cap * 2 : 64, sizeof *due);
            due[n++] = *v;
            sk_table_del(t->open[f], &k);
        }
    }
    if (n > 1)
        qsort(due, n, sizeof *due, by_first);
    for (size_t i = 0; i < n; i++) {
        if (!settled(due[i])) {
            due[i]->problems |= SK_FRAG_INCOMPLETE;
            give(t, due[i], false);
        }
        forget(t, due[i]);
    }
    free(due);
}

void sk_defrag_tick(struct sk_defrag *t, sk_time now) { give_up(t, now, false); }
void sk_defrag_flush(struct sk_defrag *t) { give_up(t, 0, true); }

/* ---- life ---- */

struct sk_defrag *sk_defrag_new(const struct sk_defrag_config *cfg, const struct sk_defrag_hooks *hooks) {
    struct sk_defrag *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->cfg = *cfg;
    t->hooks = *hooks;
    t->cfg.datagrams = cfg->datagrams ? cfg->datagrams : SK_DEFRAG_DATAGRAMS;
    t->cfg.bytes = cfg->bytes ? cfg->bytes : SK_DEFRAG_BYTES;
    t->cfg.timeout4 = cfg->timeout4 ? cfg->timeout4 : 30 * SK_SEC;
    t->cfg.timeout6 = cfg->timeout6 ? cfg->timeout6 : 60 * SK_SEC;
    struct sk_table_config tc = {.key_size = sizeof(struct key),
                                 .value_size = sizeof(struct flow_datagram *),
                                 .cap = t->cfg.datagrams,
                                 .key = cfg->key,
                                 .gone = on_gone,
                                 .user = t};
    t->open[0] = sk_table_new(&tc);
    t->open[1] = sk_table_new(&tc);
    if (t->open[0] && t->open[1])
        return t;
    sk_defrag_free(t);
    return NULL;
}

void sk_defrag_stats(const struct sk_defrag *t, struct sk_defrag_stats *ret) { *ret = t->stats; }

void sk_defrag_free(struct sk_defrag *t) {
    if (!t)
        return;
    sk_table_free(t->open[0]);
    sk_table_free(t->open[1]);
    free(t->scratch.frame);
    free(t->scratch.layers);
    free(t);
}
