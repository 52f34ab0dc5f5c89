/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of outside addresses, from the DNS answers that the client itself was given shortly before: what a person would
 * call the destination. Only what this client was told counts; nothing is asked.
 */
#include "correlate/correlate.h"

#include "sekimori/table.h"

/* clang-format off */
SK_FIELD(destination_domain, "destination.domain", KEYWORD, ONE, "", "0.1", "Name that DNS gave this client for destination.ip within the last hour")
SK_FIELD(tunnel_inner_domain, "tunnel.inner.domain", KEYWORD, ONE, "", "0.1", "Name that DNS gave our end of the tunnel, or who speaks inside, for the inner address spoken to, within the last hour")
/* clang-format on */

enum { NAMES_MAX = 131072, NAME_BYTES = 256 };
#define NAME_LIFE (3600 * SK_SEC)

struct pair {
    struct sk_addr client, server;
};
struct name {
    sk_time at;
    char text[NAME_BYTES];
};
struct state {
    struct sk_table *names;
};

static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    struct sk_table_config cfg = {
        .key_size = sizeof(struct pair), .value_size = sizeof(struct name), .cap = NAMES_MAX, .key = *ctx->key};
    struct state *s = state;
    s->names = sk_table_new(&cfg);
    return s->names ? SK_OK : SK_ENOMEM;
}
static void fini(void *state) { sk_table_free(((struct state *)state)->names); }

static struct pair pair_of(const struct sk_addr *client, const struct sk_addr *server) {
    struct pair p;
    memset(&p, 0, sizeof p);
    p.client = *client;
    p.server = *server;
    return p;
}

static void learn(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value name, ip;
    if (!sk_event_get(ev, NULL, SKF_dns_question_name, 0, scratch, &name) || name.s.len == 0 ||
        name.s.len >= NAME_BYTES)
        return;
    uint64_t before = sk_table_evicted(s->names);
    for (unsigned k = 0; sk_event_get(ev, NULL, SKF_dns_resolved_ip, k, NULL, &ip); k++) {
        struct pair p = pair_of(&ev->src, &ip.ip);
        struct name *n = sk_table_put(s->names, &p, NULL);
        n->at = ev->ts;
        memcpy(n->text, name.s.p, name.s.len + 1);
    }
    ctx->evictions += sk_table_evicted(s->names) - before;
}

static bool flag(const struct sk_event *ev, enum sk_field_id f) {
    struct sk_value v;
    return sk_event_get(ev, NULL, f, 0, NULL, &v) && v.i;
}

static const struct name *find(const struct state *s, const struct sk_event *ev, const struct sk_addr *client,
                               const struct sk_addr *server) {
    struct pair p = pair_of(client, server);
    const struct name *n = sk_table_get(s->names, &p);
    return n && ev->ts - n->at <= NAME_LIFE ? n : NULL;
}

/* Who asked is our end of the tunnel by its own address, or by the one it has inside; either may have begun. */
static void name_inside(const struct state *s, struct sk_event *ev) {
    struct sk_value end, a, b;
    if (!sk_event_get(ev, NULL, SKF_tunnel_inside_ip, 0, NULL, &end) ||
        !sk_event_get(ev, NULL, SKF_tunnel_inner_source_ip, 0, NULL, &a) ||
        !sk_event_get(ev, NULL, SKF_tunnel_inner_destination_ip, 0, NULL, &b))
        return;
    const struct name *n = find(s, ev, &end.ip, &b.ip);
    n = n ? n : find(s, ev, &a.ip, &b.ip);
    n = n ? n : find(s, ev, &end.ip, &a.ip);
    n = n ? n : find(s, ev, &b.ip, &a.ip);
    if (n)
        sk_event_put_text(ev, SKF_tunnel_inner_domain, n->text);
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct state *s = state;
    bool dns = ev->type == SKE_dns_transaction;
    bool named = ev->type == SKE_flow_state || ev->type == SKE_tunnel_state;
    if ((!dns && (!named || sk_table_count(s->names) == 0)) || sk_cor_private(ctx->policy, ev))
        return; /* of guests no names are kept */
    if (dns) {
        /* Anybody can send answers: they must not name (and excuse) a destination. */
        if (!flag(ev, SKF_dns_unsolicited) && !sk_cor_discarded(ev))
            learn(s, ctx, ev);
        return;
    }
    if (ev->type == SKE_tunnel_state) {
        name_inside(s, ev);
        return;
    }
    const struct name *n = find(s, ev, &ev->src, &ev->dst);
    if (n)
        sk_event_put_text(ev, SKF_destination_domain, n->text);
}

static const uint16_t wants[] = {SKE_dns_transaction, 0};
static const uint16_t looks_at[] = {SKE_dns_transaction, SKE_flow_state, SKE_tunnel_state, 0};
const struct sk_correlator sk_cor_names = {.name = "names",
                                           .rank = 20,
                                           .wants = wants,
                                           .state_size = sizeof(struct state),
                                           .init = init,
                                           .fini = fini,
                                           .looks_at = looks_at,
                                           .event = event};
