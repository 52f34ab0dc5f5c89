/* SPDX-License-Identifier: Apache-2.0 */
/* Counts as one JSON object, names sorted, zeros left out: what scripts and the oracle compare. */
#include "sekimori/report.h"

#include <stdlib.h>
#include <string.h>

struct named {
    const char *name;
    uint64_t n;
};
enum { NAMED_MAX = SKE_COUNT + SKP_COUNT + SK_TUN_COUNT + SK_AN_COUNT };

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static size_t add(struct named *list, size_t n, const char *name, uint64_t count) {
    if (count)
        list[n++] = (struct named){name, count};
    return n;
}

/* Kind of tunnel that has the name of a protocol (gre, teredo), SK_TUN_NONE: none. */
static enum sk_tunnel_kind same_name(const char *proto) {
    for (unsigned k = 1; k < SK_TUN_COUNT; k++)
        if (strcmp(sk_tunnel_kind_name((enum sk_tunnel_kind)k), proto) == 0)
            return (enum sk_tunnel_kind)k;
    return SK_TUN_NONE;
}

/* Protocols and kinds of tunnels in one list. Teredo without its optional headers is a tunnel without a layer of its
 * own, GRE with nothing decoded inside a layer that is no tunnel: of one name the greater count is that of the frames.
 */
static size_t add_layers(struct named *list, size_t n, const uint64_t *layers, const uint64_t *tunnels) {
    bool used[SK_TUN_COUNT] = {false};
    for (unsigned p = 1; p < SKP_COUNT; p++) {
        const char *name = sk_proto_name((enum sk_proto)p);
        enum sk_tunnel_kind k = same_name(name);
        used[k] = true;
        n = add(list, n, name, k && tunnels[k] > layers[p] ? tunnels[k] : layers[p]);
    }
    for (unsigned k = 1; k < SK_TUN_COUNT; k++)
        if (!used[k])
            n = add(list, n, sk_tunnel_kind_name((enum sk_tunnel_kind)k), tunnels[k]);
    return n;
}

static void put(struct sk_json_out *j, const char *key, struct named *list, size_t n) {
    qsort(list, n, sizeof *list, by_name);
    sk_json_key(j, key);
    sk_json_object(j);
    for (size_t i = 0; i < n; i++) {
        sk_json_key(j, list[i].name);
        sk_json_int(j, (int64_t)list[i].n);
    }
    sk_json_end_object(j);
}

void sk_counts_json(const struct sk_counts *c, struct sk_buf *buf) {
    struct named list[NAMED_MAX];
    struct sk_json_out j;
    size_t n = 0;
    sk_json_begin(&j, buf);
    sk_json_object(&j);
    sk_json_key(&j, "packets");
    sk_json_int(&j, (int64_t)c->packets);
    for (unsigned i = 1; i < SKE_COUNT; i++)
        n = add(list, n, sk_events[i].name, c->events[i]);
    put(&j, "events", list, n);
    n = 0;
    for (unsigned i = 1; i < SKE_COUNT; i++)
        n = add(list, n, sk_events[i].name, c->quoted[i]);
    put(&j, "quoted", list, add_layers(list, n, c->quoted_layers, c->quoted_tunnels));
    put(&j, "layers", list, add_layers(list, 0, c->layers, c->tunnels));
    n = 0;
    for (unsigned i = 0; i < SK_AN_COUNT; i++)
        n = add(list, n, sk_anomaly_name((enum sk_anomaly)i), c->anomalies[i]);
    put(&j, "anomalies", list, n);
    sk_json_end_object(&j);
}
