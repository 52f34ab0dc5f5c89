/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS over UDP port 53 (RFC 1035): one event for a question and its answer, for a question that nobody answered in
 * time, for an answer whose question was not seen.
 *
 * A question waits under its addresses, ports, id and question. Answered, it stays until its time is over, so that the
 * copies a SPAN port makes of an answer are not answers without a question. The age of a question is counted in the
 * time that ticks bring, which is the same for all lanes and never runs back.
 */
#include "sekimori/observer.h"

#include "observe/dns_wire.h"

#include "sekimori/text.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
SK_EVENT(dns_transaction, "dns.transaction", FRAME, "0.1", "A DNS question over UDP and its answer, or the lack of either")
SK_FIELD(dns_id, "dns.id", KEYWORD, ONE, "", "0.1", "Transaction id")
SK_FIELD(dns_op_code, "dns.op_code", KEYWORD, ONE, "", "0.1", "query, iquery, status, notify, update, or the number")
SK_FIELD(dns_question_name, "dns.question.name", KEYWORD, ONE, "", "0.1", "Name asked for: lower case, no final dot, unprintable octets as \\DDD")
SK_FIELD(dns_question_type, "dns.question.type", KEYWORD, ONE, "", "0.1", "Type asked for, TYPE123 where it has no name (RFC 3597)")
SK_FIELD(dns_question_class, "dns.question.class", KEYWORD, ONE, "", "0.1", "Class asked for, where it is not IN")
SK_FIELD(dns_response_code, "dns.response_code", KEYWORD, ONE, "", "0.1", "NOERROR, NXDOMAIN, ...; EDNS included; of a message cut before its OPT record, what the header says. No data is NOERROR and no answers")
SK_FIELD(dns_header_flags, "dns.header_flags", KEYWORD, LIST, "", "0.1", "AA TC RD RA AD CD of the answer; RD of the question")
SK_FIELD(dns_answered, "dns.answered", BOOL, ONE, "", "0.1", "An answer was seen")
SK_FIELD(dns_answers_count, "dns.answers_count", LONG, ONE, "", "0.1", "Records in the answer section")
SK_FIELD(dns_proof, "dns.proof", KEYWORD, ONE, "", "0.1", "recursion: asked and answered with RA, not AA, NOERROR, records; answers-only: the same, the question not seen; question-only: no answer seen")
SK_FIELD(dns_unsolicited, "dns.unsolicited", BOOL, ONE, "", "0.1", "The question of this answer was not seen")
SK_FIELD(dns_question_bytes, "dns.question.bytes", LONG, ONE, "B", "0.1", "IP length of the question")
SK_FIELD(dns_answer_bytes, "dns.answer.bytes", LONG, ONE, "B", "0.1", "IP length of the answer, fragments included")
SK_FIELD(dns_amplification, "dns.amplification", FLOAT, ONE, "", "0.1", "Answer's length by question's length")
SK_FIELD(dns_resolved_ip, "dns.resolved_ip", IP, LIST, "", "0.1", "Addresses of the name, aliases followed inside the answer")
SK_FIELD(dns_txt_spf, "dns.txt.spf", KEYWORD, ONE, "", "0.1", "Answer to a TXT question: present, absent (RFC 7208: no v=spf1 record, no data, no such name) or unknown")
SK_FIELD(dns_edns_size, "dns.edns.size", LONG, ONE, "B", "0.1", "UDP size that the answer's (else the question's) EDNS offers")
/* clang-format on */

#define TIMEOUT (10 * SK_SEC)
enum { PORT = 53, UDP = 17, ASKED_MAX = 1 << 16, BUCKETS = 1 << 16, NONE = 0 };

/* A question that waits, or that was answered. Numbers of records are + 1; NONE ends. */
struct asked {
    uint64_t hash;
    sk_time clock; /* of the lane's ticks when it was asked */
    uint32_t chain, older, newer;
    bool answered;
    bool ignored; /* answered by what hosts discard */
    uint8_t name_len;
    uint16_t qtype, qclass, id, flags;
    uint16_t edns_size;
    bool has_question;
    uint32_t bytes;
    /* The frame, for an event about the unanswered question. */
    uint64_t seq, number;
    uint32_t file;
    uint16_t tap, iface, segment, sport, dport;
    uint16_t vlan[SK_VLANS_MAX];
    uint8_t n_vlan, depth;
    struct sk_mac smac, dmac;
    struct sk_addr src, dst;
    uint8_t name[SK_DNS_NAME_MAX];
};

struct dns {
    struct asked *asked;
    uint32_t *bucket;
    uint32_t used, free, oldest, newest;
    sk_time clock, ticked; /* time that ticks brought so far; the last tick */
    bool has_ticked;
};

static sk_err init(void *state, struct sk_obs *o) {
    (void)o;
    struct dns *s = state;
    s->asked = malloc((size_t)ASKED_MAX * sizeof *s->asked); /* touched as questions come */
    s->bucket = calloc(BUCKETS, sizeof *s->bucket);
    return s->asked && s->bucket ? SK_OK : SK_ENOMEM;
}

static void fini(void *state) {
    struct dns *s = state;
    free(s->asked);
    free(s->bucket);
}

/* --- the table --- */

static struct asked *record(const struct dns *s, uint32_t at) { return &s->asked[at - 1]; }

static uint32_t *bucket_of(const struct dns *s, uint64_t hash) { return &s->bucket[hash & (BUCKETS - 1)]; }

static void release(struct dns *s, uint32_t at) {
    struct asked *a = record(s, at);
    uint32_t *link = bucket_of(s, a->hash);
    while (*link != at)
        link = &record(s, *link)->chain;
    *link = a->chain;
    if (a->older)
        record(s, a->older)->newer = a->newer;
    else
        s->oldest = a->newer;
    if (a->newer)
        record(s, a->newer)->older = a->older;
    else
        s->newest = a->older;
    a->chain = s->free;
    s->free = at;
}

static struct asked *find(const struct dns *s, uint64_t hash) {
    for (uint32_t at = *bucket_of(s, hash); at; at = record(s, at)->chain)
        if (record(s, at)->hash == hash)
            return record(s, at);
    return NULL;
}

static struct asked *add(struct dns *s, struct sk_obs *o, uint64_t hash) {
    if (!s->free && s->used == ASKED_MAX) {
        release(s, s->oldest);
        o->counts->evictions++;
    }
    uint32_t at = s->free;
    if (at)
        s->free = record(s, at)->chain;
    else
        at = ++s->used;
    struct asked *a = record(s, at);
    memset(a, 0, offsetof(struct asked, name));
    a->hash = hash;
    a->clock = s->clock;
    uint32_t *head = bucket_of(s, hash);
    a->chain = *head;
    *head = at;
    a->older = s->newest;
    if (s->newest)
        record(s, s->newest)->newer = at;
    else
        s->oldest = at;
    s->newest = at;
    return a;
}

/* --- one message --- */

struct message {
    struct sk_dns d;
    unsigned layer;
    const struct sk_ip *ip;
    uint16_t sport, dport;
    uint32_t bytes; /* of the IP packet, or of the datagram when it comes in fragments */
};

/** Asker, server, their ports, id and question; the same for both directions. */
static uint64_t hash_of(const struct sk_obs *o, const struct message *m) {
    struct {
        uint8_t asker[16], server[16];
        uint16_t ports[2], id, type, class, depth;
        uint16_t vlan[SK_VLANS_MAX];
        uint8_t name[SK_DNS_NAME_MAX];
    } k;
    bool answer = m->d.flags & SK_DNS_QR;
    memset(&k, 0, offsetof(__typeof__(k), name));
    memcpy(k.asker, answer ? m->ip->dst.b : m->ip->src.b, 16);
    memcpy(k.server, answer ? m->ip->src.b : m->ip->dst.b, 16);
    k.ports[0] = answer ? m->dport : m->sport;
    k.ports[1] = answer ? m->sport : m->dport;
    k.id = m->d.id;
    k.type = m->d.qtype;
    k.class = m->d.qclass;
    k.depth = m->ip->depth;
    for (unsigned i = 0, n = 0; i < o->layers->n_vlan; i++)
        if (o->layers->vlan[i])
            k.vlan[n++] = o->layers->vlan[i];
    memcpy(k.name, m->d.qname.b, m->d.qname.len);
    return sk_hash(o->key, &k, offsetof(__typeof__(k), name) + m->d.qname.len);
}

static void put_name(struct sk_event *ev, const struct sk_dns_name *name, uint16_t type, uint16_t class) {
    char text[SK_DNS_NAME_TEXT];
    char number[16];
    sk_event_put_text(ev, SKF_dns_question_name, sk_dns_name_text(name, text));
    sk_event_put_text(ev, SKF_dns_question_type, sk_dns_type_name(type, number));
    if (class == SK_DNS_CLASS_IN)
        return;
    static const char *const classes[] = {[3] = "CH", [4] = "HS", [254] = "NONE", [255] = "ANY"};
    const char *known = class < sizeof classes / sizeof classes[0] ? classes[class] : NULL;
    if (!known)
        (void)snprintf(number, sizeof number, "CLASS%u", class);
    sk_event_put_text(ev, SKF_dns_question_class, known ? known : number);
}

static void put_head(struct sk_event *ev, uint16_t id, uint16_t flags) {
    static const char *const ops[] = {"query", "iquery", "status", NULL, "notify", "update"};
    char number[16];
    unsigned op = flags >> 11 & 15;
    sk_event_put_text(ev, SKF_dns_id, sk_uint_text(id, number));
    const char *known = op < sizeof ops / sizeof ops[0] ? ops[op] : NULL;
    sk_event_put_text(ev, SKF_dns_op_code, known ? known : sk_uint_text(op, number));
}

static void put_flags(struct sk_event *ev, uint16_t flags) {
    static const struct {
        uint16_t bit;
        const char *name;
    } names[] = {{SK_DNS_AA, "AA"}, {SK_DNS_TC, "TC"}, {SK_DNS_RD, "RD"},
                 {SK_DNS_RA, "RA"}, {SK_DNS_AD, "AD"}, {SK_DNS_CD, "CD"}};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (flags & names[i].bit)
            sk_event_put_text(ev, SKF_dns_header_flags, names[i].name);
}

/** The asker is the source, though the frame is the answer's. */
static void turn(struct sk_event *ev) {
    struct sk_addr a = ev->src;
    ev->src = ev->dst;
    ev->dst = a;
    struct sk_mac m = ev->smac;
    ev->smac = ev->dmac;
    ev->dmac = m;
    uint16_t p = ev->sport;
    ev->sport = ev->dport;
    ev->dport = p;
}

/* By the header's code alone: that of the OPT record may be cut off, and an error carries no answers. */
static const char *proof_of(const struct sk_dns *d, bool asked) {
    bool good = (d->flags & 15) == 0 && d->count[1] > 0;
    bool recursion = good && (d->flags & SK_DNS_RA) && !(d->flags & SK_DNS_AA);
    return !recursion ? NULL : asked ? "recursion" : "answers-only";
}

/** A host discards what does not sum up; so it must not become knowledge. */
static bool discarded(const struct sk_obs *o, const struct message *m) {
    unsigned ip = (unsigned)(m->ip - o->layers->ip);
    return sk_checksum_upper(o->pkt, o->layers, ip) == SK_CKSUM_BAD || !sk_checksum_ip4(o->pkt, o->layers, ip);
}

static const char *spf_of(const struct message *m, bool asked, bool discarded) {
    static const char *const names[] = {"unknown", "present", "absent"};
    bool believed = asked && m->d.spf != SK_DNS_SPF_UNKNOWN && !m->ip->fragment && !discarded;
    return names[believed ? m->d.spf : SK_DNS_SPF_UNKNOWN];
}

static void tell_answer(struct sk_obs *o, const struct message *m, const struct asked *a, bool ignored) {
    struct sk_event *ev = sk_obs_event(o, SKE_dns_transaction, m->layer);
    if (!ev)
        return;
    const struct sk_dns *d = &m->d;
    char number[16];
    turn(ev);
    put_head(ev, d->id, d->flags);
    if (d->has_question)
        put_name(ev, &d->qname, d->qtype, d->qclass);
    sk_event_put_text(ev, SKF_dns_response_code, sk_dns_rcode_name(d->rcode, number));
    put_flags(ev, (uint16_t)(d->flags | (a ? a->flags & SK_DNS_RD : 0)));
    sk_event_put_int(ev, SKF_dns_answered, true);
    sk_event_put_int(ev, SKF_dns_answers_count, d->count[1]);
    const char *proof = proof_of(d, a != NULL);
    if (proof)
        sk_event_put_text(ev, SKF_dns_proof, proof);
    if (!a)
        sk_event_put_int(ev, SKF_dns_unsolicited, true);
    sk_event_put_int(ev, SKF_dns_answer_bytes, m->bytes);
    if (a) {
        sk_event_put_int(ev, SKF_dns_question_bytes, a->bytes);
        sk_event_put_real(ev, SKF_dns_amplification, (double)m->bytes / a->bytes);
    }
    if (d->edns || (a && a->edns_size))
        sk_event_put_int(ev, SKF_dns_edns_size, d->edns ? d->udp_size : a->edns_size);
    for (unsigned i = 0; i < d->n_ip; i++)
        sk_event_put_ip(ev, SKF_dns_resolved_ip, &d->ip[i]);
    if (d->has_question && d->qtype == SK_DNS_TYPE_TXT)
        sk_event_put_text(ev, SKF_dns_txt_spf, spf_of(m, a != NULL, ignored));
    if (ignored)
        sk_event_put_text(ev, SKF_sekimori_effect, "ignored-by-rfc");
    sk_obs_commit(o, ev);
}

static void keep_frame(struct asked *a, struct sk_obs *o, const struct message *m) {
    const struct sk_layers *l = o->layers;
    a->seq = o->seq;
    a->number = o->pkt->number;
    a->file = o->pkt->file;
    a->tap = o->pkt->tap;
    a->iface = o->pkt->iface;
    a->segment = sk_obs_segment(o, m->layer);
    a->n_vlan = l->n_vlan;
    memcpy(a->vlan, l->vlan, sizeof l->vlan[0] * l->n_vlan);
    a->depth = m->ip->depth;
    if (a->depth == 0) {
        a->smac = l->src_mac;
        a->dmac = l->dst_mac;
    }
    a->src = m->ip->src;
    a->dst = m->ip->dst;
    a->sport = m->sport;
    a->dport = m->dport;
}

static void put_frame(struct sk_event *ev, const struct asked *a) {
    ev->flags = SK_EV_FRAME;
    ev->number = a->number;
    ev->file = a->file;
    ev->tap = a->tap;
    ev->iface = a->iface;
    ev->segment = a->segment;
    ev->n_vlan = a->n_vlan;
    memcpy(ev->vlan, a->vlan, sizeof ev->vlan);
    ev->depth = a->depth;
    ev->smac = a->smac;
    ev->dmac = a->dmac;
    ev->src = a->src;
    ev->dst = a->dst;
    ev->transport = UDP;
    ev->sport = a->sport;
    ev->dport = a->dport;
}

static void question(struct dns *s, struct sk_obs *o, const struct message *m) {
    uint64_t hash = hash_of(o, m);
    struct asked *a = find(s, hash);
    if (a && !a->answered) /* asked again, or a copy */
        return;
    if (a)
        release(s, (uint32_t)(a - s->asked) + 1);
    a = add(s, o, hash);
    a->id = m->d.id;
    a->flags = m->d.flags;
    a->qtype = m->d.qtype;
    a->qclass = m->d.qclass;
    a->has_question = m->d.has_question;
    a->bytes = m->bytes;
    a->edns_size = m->d.udp_size;
    a->name_len = m->d.qname.len;
    memcpy(a->name, m->d.qname.b, m->d.qname.len);
    keep_frame(a, o, m);
}

static void answer(struct dns *s, struct sk_obs *o, const struct message *m) {
    struct asked *a = find(s, hash_of(o, m));
    if (a && a->answered) /* a copy, or a second answer that came too late to count */
        return;
    bool ignored = discarded(o, m);
    if (a && a->ignored && ignored)
        return;
    tell_answer(o, m, a, ignored);
    if (a && ignored)
        a->ignored = true; /* the one the host takes may be on its way */
    else if (a)
        a->answered = true;
}

static uint32_t ip_bytes(const struct sk_obs *o, const struct message *m) {
    uint32_t header = m->ip->upper_off - o->layers->at[m->ip->layer].off;
    if (!m->ip->fragment)
        return header + m->ip->wire_upper_len;
    struct sk_cur c = sk_layer_bytes(o->pkt, &o->layers->at[m->layer]);
    sk_cur_skip(&c, 4);
    return header + sk_cur_be16(&c); /* a first fragment names the length of the whole datagram */
}

static void datagram(void *state, struct sk_obs *o, unsigned layer, struct sk_cur payload) {
    const struct sk_layer *l = &o->layers->at[layer];
    if (l->flags & SK_LAYER_QUOTED || l->ip >= o->layers->n_ip)
        return;
    struct message m = {.layer = layer, .ip = &o->layers->ip[l->ip]};
    m.sport = (uint16_t)(l->id >> 16);
    m.dport = (uint16_t)l->id;
    if (!sk_dns_read(payload, &m.d))
        return;
    m.bytes = ip_bytes(o, &m);
    bool is_answer = m.d.flags & SK_DNS_QR;
    if (is_answer && m.sport == PORT)
        answer(state, o, &m);
    else if (!is_answer && m.dport == PORT && m.d.has_question)
        question(state, o, &m);
}

/* --- time --- */

static void tell_unanswered(struct sk_obs *o, const struct asked *a) {
    struct sk_event *ev = sk_obs_tick_event(o, SKE_dns_transaction, a->seq, 0);
    if (!ev)
        return;
    put_frame(ev, a);
    struct sk_dns_name name = {.len = a->name_len};
    memcpy(name.b, a->name, a->name_len);
    put_head(ev, a->id, a->flags);
    put_name(ev, &name, a->qtype, a->qclass);
    put_flags(ev, a->flags);
    sk_event_put_int(ev, SKF_dns_answered, false);
    sk_event_put_text(ev, SKF_dns_proof, "question-only");
    sk_event_put_int(ev, SKF_dns_question_bytes, a->bytes);
    if (a->edns_size)
        sk_event_put_int(ev, SKF_dns_edns_size, a->edns_size);
    sk_obs_commit(o, ev);
}

static void expire(struct dns *s, struct sk_obs *o, bool all) {
    while (s->oldest) {
        const struct asked *a = record(s, s->oldest);
        if (!all && s->clock - a->clock < TIMEOUT)
            return;
        if (!a->answered && !a->ignored)
            tell_unanswered(o, a);
        release(s, s->oldest);
    }
}

static void tick(void *state, struct sk_obs *o) {
    struct dns *s = state;
    if (s->has_ticked && o->now > s->ticked)
        s->clock = sk_time_add(s->clock, o->now - s->ticked);
    s->has_ticked = true;
    s->ticked = o->now;
    expire(s, o, false);
}

static void flush(void *state, struct sk_obs *o) {
    struct dns *s = state;
    expire(s, o, true);
    s->has_ticked = false;
}

static const uint16_t ports[] = {PORT, 0};
const struct sk_observer sk_obs_dns = {.name = "dns",
                                       .udp_ports = ports,
                                       .state_size = sizeof(struct dns),
                                       .init = init,
                                       .fini = fini,
                                       .datagram = datagram,
                                       .tick = tick,
                                       .flush = flush};
