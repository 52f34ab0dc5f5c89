/* SPDX-License-Identifier: Apache-2.0 */
/**
 * TCP reassembly for the flows whose bytes somebody reads (RFC 9293 section 3.10.7.4).
 *
 * In-order bytes go from the packet to the reader without a copy; only what comes early waits, in blocks of one pool,
 * in the order of its sequence numbers. Of bytes that come twice the first ones seen count, also where segments overlap
 * only in part. A hole is given up when more waits behind it than is allowed, when the receiver keeps acknowledging
 * bytes behind it (the capture lost them), or at the end; the reader is told by `gap`.
 */
#include "flow/table.h"

#include "flow/pages.h"

#include <stdlib.h>

enum {
    BLOCK_BYTES = 2032,
    BLOCKS_MAX = 1 << 14,    /* 32 MiB a lane */
    BLOCKS_A_DIRECTION = 64, /* each with its bytes: 64 segments, 127 KiB at the most */
    STREAMS_MAX = 1 << 16,   /* a lane */
    ACKS_OF_A_HOLE = 8,
};

struct block {
    uint32_t next; /* number + 1, 0 ends */
    uint32_t seq;
    uint16_t len;
    uint8_t b[BLOCK_BYTES];
};

struct direction {
    uint32_t next; /* sequence number of the byte the reader gets next */
    uint32_t fin;  /* of the FIN */
    uint32_t wait; /* first block + 1 */
    uint8_t n_wait;
    uint8_t hole_acks;
    bool started, told; /* next is known; the reader got something */
    bool gap;           /* to be told with the next bytes */
    bool has_fin, done;
    bool sums; /* a segment with a right checksum was seen: wrong ones are not the sender's network card */
};

struct stream {
    void *user;
    uint32_t observer; /* + 1; 0 = free */
    uint32_t next_free;
    struct direction dir[2]; /* by end */
};

struct flow_streams {
    struct stream *stream;
    struct block *block;
    uint32_t streams_used, blocks_used;
    uint32_t free_stream, free_block; /* number + 1, 0 = none */
};

/* What a call of this file works on; the view is made when the first bytes are told. */
struct job {
    struct sk_flow_table *t;
    struct stream *s;
    struct direction *d;
    uint32_t number;
    unsigned end;
    bool viewed;
    struct sk_flow_view view;
};

#define STREAM_BYTES     ((size_t)STREAMS_MAX * sizeof(struct stream))
#define BLOCK_POOL_BYTES ((size_t)BLOCKS_MAX * sizeof(struct block))

struct flow_streams *flow_streams_new(void) {
    struct flow_streams *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->stream = flow_pages_new(STREAM_BYTES);
    s->block = flow_pages_new(BLOCK_POOL_BYTES);
    if (s->stream && s->block)
        return s;
    flow_streams_free(s);
    return NULL;
}

void flow_streams_free(struct flow_streams *s) {
    if (!s)
        return;
    flow_pages_free(s->stream, STREAM_BYTES);
    flow_pages_free(s->block, BLOCK_POOL_BYTES);
    free(s);
}

/** How far a lies behind b on the circle of sequence numbers. */
static int32_t after(uint32_t a, uint32_t b) { return (int32_t)(a - b); }

static uint32_t block_new(struct flow_streams *p) {
    if (p->free_block) {
        uint32_t at = p->free_block;
        p->free_block = p->block[at - 1].next;
        return at;
    }
    return p->blocks_used < BLOCKS_MAX ? ++p->blocks_used : 0;
}

static void block_free(struct flow_streams *p, struct direction *d) {
    uint32_t at = d->wait;
    struct block *b = &p->block[at - 1];
    d->wait = b->next;
    d->n_wait--;
    b->next = p->free_block;
    p->free_block = at;
}

static void tell(struct job *j, const uint8_t *data, size_t n, bool end) {
    if (!j->viewed)
        flow_view(j->t, j->number, &j->view);
    j->viewed = true;
    unsigned dir = j->end ^ flow_initiator(&j->t->hot[j->number]);
    j->t->hooks.stream(j->t->hooks.arg, &j->view, j->s->observer, &j->s->user, dir, data, n, j->d->gap, end);
}

static void give(struct job *j, const uint8_t *data, size_t n) {
    if (n == 0)
        return;
    tell(j, data, n, false);
    j->d->told = true;
    j->d->gap = false;
    j->d->next += (uint32_t)n;
}

/** What waited and is in order now. */
static void drain(struct job *j) {
    struct flow_streams *p = j->t->streams;
    while (j->d->wait) {
        const struct block *b = &p->block[j->d->wait - 1];
        int32_t early = after(b->seq, j->d->next);
        if (early > 0)
            return;
        uint32_t old = j->d->next - b->seq;
        if (old < b->len)
            give(j, b->b + old, b->len - old);
        block_free(p, j->d);
    }
}

/** Give up the hole before what waits. */
static void skip_hole(struct job *j) {
    struct direction *d = j->d;
    if (!d->wait)
        return;
    uint32_t to = j->t->streams->block[d->wait - 1].seq;
    j->t->stats.bytes_gapped += to - d->next;
    d->next = to;
    d->gap = true;
    d->hole_acks = 0;
    drain(j);
}

/** One block of new bytes behind `at` (block + 1; 0 = at the head). @return its number + 1, 0 = no room */
static uint32_t put_block(struct job *j, uint32_t at, uint32_t seq, const uint8_t *data, uint32_t n) {
    struct flow_streams *p = j->t->streams;
    uint32_t made = j->d->n_wait < BLOCKS_A_DIRECTION ? block_new(p) : 0;
    if (!made)
        return 0;
    struct block *b = &p->block[made - 1];
    uint32_t *link = at ? &p->block[at - 1].next : &j->d->wait;
    b->seq = seq;
    b->len = (uint16_t)n;
    b->next = *link;
    memcpy(b->b, data, n);
    *link = made;
    j->d->n_wait++;
    return made;
}

/** Keep what is new of an early segment. @return false: no room for all of it */
static bool keep(struct job *j, uint32_t seq, const uint8_t *data, uint32_t n) {
    const struct flow_streams *p = j->t->streams;
    uint32_t behind = 0;
    uint32_t next = j->d->wait;
    j->t->stats.segments_buffered++;
    while (n) {
        while (next && after(p->block[next - 1].seq + p->block[next - 1].len, seq) <= 0) {
            behind = next;
            next = p->block[next - 1].next;
        }
        int32_t room = next ? after(p->block[next - 1].seq, seq) : INT32_MAX;
        uint32_t step;
        if (room <= 0) { /* these bytes are there already */
            step = p->block[next - 1].seq + p->block[next - 1].len - seq;
            step = step < n ? step : n;
        } else {
            step = n < (uint32_t)room ? n : (uint32_t)room;
            step = step < BLOCK_BYTES ? step : BLOCK_BYTES;
            behind = put_block(j, behind, seq, data, step);
            if (!behind)
                return false;
        }
        seq += step;
        data += step;
        n -= step;
    }
    return true;
}

/** Bytes at the place that is waited for; where some of them came before, those count. */
static void in_order(struct job *j, const uint8_t *data, uint32_t n) {
    struct direction *d = j->d;
    uint32_t seq = d->next;
    while (n) {
        drain(j);
        uint32_t done = d->next - seq;
        if (done >= n)
            return;
        uint32_t step = n - done;
        if (d->wait) {
            uint32_t room = j->t->streams->block[d->wait - 1].seq - d->next;
            step = step < room ? step : room;
        }
        seq = d->next;
        data += done;
        n -= done;
        give(j, data, step);
    }
    drain(j);
}

static void segment(struct job *j, uint32_t seq, const uint8_t *data, uint32_t n, uint32_t missing) {
    struct direction *d = j->d;
    int32_t early = after(seq, d->next);
    if (early > 0) {
        while (!keep(j, seq, data, n)) {
            if (!d->wait) { /* the pool is full: of others */
                j->t->stats.bytes_gapped += seq - d->next;
                d->next = seq;
                d->gap = true;
                break;
            }
            skip_hole(j);
            if (after(seq, d->next) <= 0)
                break;
        }
        early = after(seq, d->next);
        if (early > 0)
            return;
    }
    uint32_t old = d->next - seq; /* half the number space away, -early would be no int32_t */
    if (old < n)
        in_order(j, data + old, n - old);
    /* The capture cut the segment: its rest will not come again. */
    if (missing && after(seq + n, d->next) >= 0 && after(seq + n + missing, d->next) > 0) {
        j->t->stats.bytes_gapped += seq + n + missing - d->next;
        d->next = seq + n + missing;
        d->gap = true;
        drain(j);
    }
}

/** A host discards wrong checksums, so they must not reach a reader; unless nobody ever computes right ones here. */
static bool discarded(struct direction *d, const struct flow_packet *p) {
    switch (sk_checksum_upper(p->pkt, p->layers, p->ip_index)) {
    case SK_CKSUM_OK:
        d->sums = true;
        return false;
    case SK_CKSUM_BAD:
        return d->sums;
    default:
        return false;
    }
}

static void acknowledged(struct job *j, uint32_t ack) {
    struct direction *d = j->d;
    if (!d->started || !d->wait || after(ack, j->t->streams->block[d->wait - 1].seq) < 0)
        d->hole_acks = 0;
    else if (++d->hole_acks >= ACKS_OF_A_HOLE)
        skip_hole(j);
}

static void start(struct direction *d, uint32_t next, bool gap) {
    d->started = true;
    d->next = next;
    d->gap = gap;
}

static void handshake(struct stream *s, const struct flow_packet *p, unsigned end) {
    struct direction *d = &s->dir[end];
    struct direction *other = &s->dir[!end];
    if (!d->started || !d->told)
        start(d, p->tcp_seq + 1, false);
    if (p->tcp_flags & TCP_ACK && !other->started)
        start(other, p->tcp_ack, false);
}

static void take_data(struct job *j, const struct flow_packet *p) {
    struct direction *d = j->d;
    uint32_t seq = p->tcp_seq + (p->tcp_flags & TCP_SYN ? 1 : 0);
    struct sk_cur c = p->upper;
    sk_cur_skip(&c, p->header);
    uint32_t n = c.left < p->payload ? (uint32_t)c.left : p->payload;
    if (!d->started)
        start(d, seq, true);
    if (p->tcp_flags & TCP_FIN && !d->has_fin) {
        d->has_fin = true;
        d->fin = seq + p->payload;
    }
    const uint8_t *data = sk_cur_take(&c, n);
    if (p->payload && data && !d->done)
        segment(j, seq, data, n, p->payload - n);
    if (d->has_fin && after(d->next, d->fin) >= 0)
        d->done = true;
}

/** RFC 5961: a reset counts at the place that is waited for; a little behind it too, as the capture may have lost some.
 */
static bool reset(const struct direction *d, const struct flow_packet *p) {
    int32_t early = after(p->tcp_seq, d->next);
    return p->tcp_flags & TCP_RST && (!d->started || (early >= 0 && early < 1 << 16));
}

bool flow_stream_reset(const struct sk_flow_table *t, uint32_t number, const struct flow_packet *p, unsigned end) {
    return reset(&t->streams->stream[t->cold[number].stream].dir[end], p);
}

void flow_stream_begin(struct sk_flow_table *t, uint32_t number, const struct flow_packet *p) {
    struct flow_streams *pool = t->streams;
    unsigned observer = t->hooks.stream_port(t->hooks.arg, p->dport);
    if (!observer)
        observer = t->hooks.stream_port(t->hooks.arg, p->sport);
    if (!observer)
        return;
    uint32_t at = pool->free_stream;
    if (at)
        pool->free_stream = pool->stream[at - 1].next_free;
    else if (pool->streams_used < STREAMS_MAX)
        at = ++pool->streams_used;
    if (!at) {
        t->stats.streams_capped++;
        return;
    }
    pool->stream[at - 1] = (struct stream){.observer = observer};
    t->cold[number].stream = at - 1;
    t->hot[number].bits |= FB_STREAM;
}

void flow_stream_packet(struct sk_flow_table *t, uint32_t number, const struct flow_packet *p, unsigned end) {
    struct stream *s = &t->streams->stream[t->cold[number].stream];
    struct job j = {.t = t, .s = s, .d = &s->dir[end], .number = number, .end = end};
    if (discarded(j.d, p))
        return;
    if (p->tcp_flags & TCP_SYN)
        handshake(s, p, end);
    if (p->payload || p->tcp_flags & TCP_FIN)
        take_data(&j, p);
    if (p->tcp_flags & TCP_ACK) {
        j.d = &s->dir[!end];
        j.end = !end;
        acknowledged(&j, p->tcp_ack);
    }
    if (reset(&s->dir[end], p) || (s->dir[0].done && s->dir[1].done))
        flow_stream_end(t, number);
}

void flow_stream_end(struct sk_flow_table *t, uint32_t number) {
    struct flow_streams *pool = t->streams;
    uint32_t at = t->cold[number].stream;
    struct stream *s = &pool->stream[at];
    struct job j = {.t = t, .s = s, .number = number};
    for (unsigned side = 0; side < 2; side++) {
        j.end = side ^ flow_initiator(&t->hot[number]);
        j.d = &s->dir[j.end];
        while (j.d->wait)
            skip_hole(&j);
    }
    j.end = flow_initiator(&t->hot[number]);
    j.d = &s->dir[j.end];
    j.d->gap = false;
    tell(&j, NULL, 0, true);
    s->observer = 0;
    s->next_free = pool->free_stream;
    pool->free_stream = at + 1;
    t->hot[number].bits = (uint16_t)(t->hot[number].bits & ~FB_STREAM);
}
