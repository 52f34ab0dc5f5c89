/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an inside DNS server did for outside askers so far: how many of them, at what rate (DNS-001). Distinct askers
 * are counted up to a bound a server and one over all: the count then stands still.
 */
#include "correlate/correlate.h"

#include "sekimori/table.h"

/* clang-format off */
SK_FIELD(dns_clients, "dns.clients", LONG, ONE, "", "0.1", "Outside askers this server has answered so far, counted up to 4096")
SK_FIELD(dns_rate, "dns.rate", FLOAT, ONE, "1/s", "0.1", "Answers to outside askers a second, over the last 10 to 20 seconds")
/* clang-format on */

enum { SERVERS_MAX = 4096, CLIENTS_MAX = 65536, CLIENTS_A_SERVER = 4096 };
#define WINDOW (10 * SK_SEC)

struct server {
    sk_time window; /* begin of the present window */
    uint64_t now, before, clients;
};
struct pair {
    struct sk_addr server, client;
};
struct state {
    struct sk_table *servers, *clients;
};

static bool make_tables(struct state *s, const struct sk_hash_key *key) {
    struct sk_table_config a = {
        .key_size = sizeof(struct sk_addr), .value_size = sizeof(struct server), .cap = SERVERS_MAX, .key = *key};
    struct sk_table_config b = {.key_size = sizeof(struct pair), .cap = CLIENTS_MAX, .key = *key};
    s->servers = sk_table_new(&a);
    s->clients = sk_table_new(&b);
    return s->servers && s->clients;
}
static sk_err init(void *state, struct sk_cor_ctx *ctx) { return make_tables(state, ctx->key) ? SK_OK : SK_ENOMEM; }
static void fini(void *state) {
    struct state *s = state;
    sk_table_free(s->servers);
    sk_table_free(s->clients);
}

static bool answered_recursion(const struct sk_event *ev) {
    struct sk_value v;
    char scratch[SK_EVENT_SCRATCH];
    return sk_event_get(ev, NULL, SKF_dns_answered, 0, NULL, &v) && v.i &&
           sk_event_get(ev, NULL, SKF_dns_proof, 0, scratch, &v) && strcmp(v.s.p, "question-only") != 0;
}

/* Two windows of ten seconds: the rate never jumps to zero at an edge. */
static double rate(struct server *s, sk_time now) {
    sk_time begin = now - now % WINDOW;
    if (begin != s->window) {
        s->before = begin == sk_time_add(s->window, WINDOW) ? s->now : 0;
        s->now = 0;
        s->window = begin;
    }
    s->now++;
    double seconds = 10.0 + (double)(now - begin) / (double)SK_SEC;
    return (double)(s->now + s->before) / seconds;
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct state *s = state;
    if (ev->type != SKE_dns_transaction || !answered_recursion(ev) || sk_cor_discarded(ev))
        return;
    struct sk_place asker, asked;
    sk_policy_place(ctx->policy, &ev->src, SK_SEGMENT_NONE, &asker);
    sk_policy_place(ctx->policy, &ev->dst, SK_SEGMENT_NONE, &asked);
    if (asker.side != SK_SIDE_OUTSIDE || asked.side == SK_SIDE_OUTSIDE)
        return;
    uint64_t before = sk_table_evicted(s->servers) + sk_table_evicted(s->clients);
    struct server *server = sk_table_put(s->servers, &ev->dst, NULL);
    struct pair p = {.server = ev->dst, .client = ev->src};
    bool fresh = false;
    if (server->clients < CLIENTS_A_SERVER && sk_table_count(s->clients) < CLIENTS_MAX)
        sk_table_put(s->clients, &p, &fresh);
    ctx->evictions += sk_table_evicted(s->servers) + sk_table_evicted(s->clients) - before;
    server->clients += fresh;
    if (server->clients) /* none were counted where there is no room: then nothing is said */
        sk_event_put_int(ev, SKF_dns_clients, (int64_t)server->clients);
    sk_event_put_real(ev, SKF_dns_rate, rate(server, ev->ts));
}

static const uint16_t wants[] = {SKE_dns_transaction, 0};
const struct sk_correlator sk_cor_resolver = {.name = "resolver",
                                              .rank = 30,
                                              .wants = wants,
                                              .looks_at = wants,
                                              .state_size = sizeof(struct state),
                                              .init = init,
                                              .fini = fini,
                                              .event = event};
