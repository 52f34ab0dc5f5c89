/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fragments of a few datagrams through a small table, from a script of arbitrary bytes: both families, any offsets, any
 * order, overlaps, ends that contradict each other, fragments inside of fragments, ticks, flushes. Memory stays within
 * its bound, what is given is no longer than a datagram may be, what is whole has all of its bytes, and at the end
 * nothing is held.
 */
#include "sekimori/defrag.h"

#include <stdlib.h>
#include <string.h>

enum { DATAGRAMS = 6, BYTES = 96 << 10, FRAME = 2200, SLACK = 70000 * 2 + 4096 + (int)sizeof(struct sk_layers) };

struct run {
    struct sk_defrag *t;
    uint64_t given, last_first_seq;
    bool in_order; /* of a tick or flush: first_seq never falls */
    unsigned depth;
};

static void on_datagram(void *arg, const struct sk_packet *pkt, struct sk_layers *l, const struct sk_datagram *d) {
    struct run *r = arg;
    const struct sk_ip *ip = &l->ip[d->ip];
    if (++r->depth > SK_IPS_MAX || d->ip >= l->n_ip || d->fresh > l->n || d->from >= l->n || d->bytes > 65535)
        abort();
    uint32_t head = l->at[d->fresh - 1].off + l->at[d->fresh - 1].hdr_len;
    if (pkt->caplen < head || pkt->caplen - head > 65535 || d->fragments > SK_DEFRAG_FRAGMENTS)
        abort();
    if (d->complete != ip->reassembled || d->complete == ip->fragment)
        abort();
    if (d->complete && !d->keeps_last && pkt->caplen - head != d->bytes)
        abort();
    if (d->keeps_last && !(d->problems & SK_FRAG_CONFLICT))
        abort();
    if (r->in_order && r->depth == 1 && d->first_seq < r->last_first_seq)
        abort();
    r->last_first_seq = d->first_seq;
    r->given++;
    volatile uint8_t sum = 0;
    for (uint32_t i = 0; i < pkt->caplen; i++)
        sum = (uint8_t)(sum + pkt->data[i]);
    unsigned inner = sk_defrag_wants(pkt, l);
    if (inner != SK_IPS_MAX && inner > d->ip)
        sk_defrag_packet(r->t, pkt, l, inner, -1);
    r->depth--;
}

struct script {
    const uint8_t *p;
    size_t left;
};
static uint8_t next(struct script *s) {
    if (s->left == 0)
        return 0;
    s->left--;
    return *s->p++;
}

/* An IP packet of its own (raw IP), a fragment as the script says. */
static uint32_t make(struct script *s, uint8_t *f) {
    uint8_t kind = next(s), where = next(s), units = next(s);
    bool v6 = kind & 1, more = kind & 2, odd = kind & 4, inner = kind & 8;
    uint32_t id = kind >> 4 & 3, n = units % 200 * 8 + (odd ? 3 : 0);
    uint32_t off = kind & 128 ? (uint32_t)where << 8 : (uint32_t)where * 8;
    uint32_t head = v6 ? 48 : 20;
    memset(f, 0, head);
    if (v6) {
        f[0] = 0x60, f[4] = (uint8_t)((n + 8) >> 8), f[5] = (uint8_t)(n + 8), f[6] = 44, f[7] = 64;
        f[8] = f[24] = 0x20, f[23] = 1, f[39] = 2;
        f[40] = inner ? 41 : 17;
        f[42] = (uint8_t)(off >> 8), f[43] = (uint8_t)((off & 0xf8) | more), f[47] = (uint8_t)id;
    } else {
        f[0] = 0x45, f[2] = (uint8_t)((n + 20) >> 8), f[3] = (uint8_t)(n + 20), f[5] = (uint8_t)id;
        f[6] = (uint8_t)((more ? 0x20 : 0) | (off >> 11 & 0x1f)), f[7] = (uint8_t)(off >> 3);
        f[8] = 64, f[9] = inner ? 4 : 6, f[12] = f[16] = 10, f[15] = 1, f[19] = 2;
    }
    uint8_t fill = next(s);
    for (uint32_t i = 0; i < n; i++)
        f[head + i] = i < 64 && inner ? next(s) : fill;
    return head + n;
}

static void check(struct run *r) {
    struct sk_defrag_stats st;
    sk_defrag_stats(r->t, &st);
    if (st.bytes > BYTES || st.peak_bytes > BYTES + SLACK || st.datagrams < st.incomplete)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sk_defrag_config cfg = {.key = sk_hash_key_fixed, .datagrams = DATAGRAMS, .bytes = BYTES};
    struct run r = {0};
    struct script s = {data, size < 4096 ? size : 4096};
    r.t = sk_defrag_new(&cfg, &(struct sk_defrag_hooks){.datagram = on_datagram, .arg = &r});
    if (!r.t)
        return 0;
    static uint8_t frame[FRAME];
    static struct sk_layers l;
    sk_time now = 1000 * SK_SEC;
    for (uint64_t seq = 1; s.left; seq++) {
        uint8_t op = next(&s);
        now += op >> 4 << 5 << 20; /* up to half a second */
        if (op % 16 < 2) {
            r.in_order = true;
            r.last_first_seq = 0;
            if (op % 16)
                sk_defrag_tick(r.t, now += 20 * SK_SEC);
            else
                sk_defrag_flush(r.t);
            r.in_order = false;
            check(&r);
            continue;
        }
        struct sk_packet pkt = {
            .data = frame, .caplen = make(&s, frame), .ts = now, .seq = seq, .number = seq, .linktype = 101};
        pkt.wirelen = pkt.caplen;
        sk_decode(&pkt, &l);
        unsigned ip = sk_defrag_wants(&pkt, &l);
        if (ip != SK_IPS_MAX)
            sk_defrag_packet(r.t, &pkt, &l, ip, -1);
        check(&r);
    }
    sk_defrag_flush(r.t);
    struct sk_defrag_stats st;
    sk_defrag_stats(r.t, &st);
    if (st.bytes || r.given > 2 * st.datagrams)
        abort();
    sk_defrag_free(r.t);
    return 0;
}
