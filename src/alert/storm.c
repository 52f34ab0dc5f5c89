/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storms (detections.md F.2). A flood whose every frame has a new sender would open an alert a frame. Each detection
 * has a token bucket in each segment: ten alerts at once, thirty a minute. When it is empty one storm alert opens, and
 * until that closes it takes every match that would have opened another: with an exact count, the number of different
 * subjects and the most frequent of them. What is open already stays what it is.
 */
#include "alert/storm.h"

#include "alert/values.h"
#include "sekimori/digest.h"

#include <string.h>

enum { SPEEDS = 2, BUCKETS = 65536 };
#define HOLD (2 * SK_SEC) /* a flood of six senders a second is one within it (V6-012: more than ten) */
static const struct {
    sk_time token; /* how long it takes to drip */
    int64_t at_once;
} speed[SPEEDS] = {{2 * SK_SEC, 10}, {50 * SK_MSEC, 4}};

struct bucket_key {
    uint64_t detection;
    uint64_t segment;
};
/* Tokens as the time they took to drip: `full` is when the bucket is, or was, full. */
struct bucket {
    sk_time full[SPEEDS];
    sk_time opened; /* the last one that did not wait */
    uint64_t seq;   /* of the packet that opened the last: what one frame opens is no flood of frames */
    bool used;
};

struct sk_table *alert_storms_new(const struct sk_hash_key *key) {
    struct sk_table_config tc = {
        .key_size = sizeof(struct bucket_key), .value_size = sizeof(struct bucket), .cap = BUCKETS, .key = *key};
    return sk_table_new(&tc);
}

static struct bucket *bucket_of(struct sk_table *buckets, const struct sk_rule *r, const struct sk_event *ev) {
    struct bucket_key k = {sk_hash(&sk_hash_key_fixed, r->detection, strlen(r->detection)), ev->segment};
    return sk_table_put(buckets, &k, NULL);
}

sk_time alert_storms_hold(struct sk_table *buckets, const struct sk_rule *r, const struct sk_event *ev) {
    struct bucket *b = bucket_of(buckets, r, ev);
    if (!r->absorbed || r->absorbs.n)
        return 0;
    if (b->opened && b->opened <= ev->ts && ev->ts < sk_time_add(b->opened, HOLD))
        return sk_time_add(ev->ts, HOLD);
    b->opened = ev->ts;
    return 0;
}

bool alert_storms_may_open(struct sk_table *buckets, const struct sk_rule *r, const struct sk_event *ev) {
    struct bucket *b = bucket_of(buckets, r, ev);
    bool may = true;
    const unsigned speeds = b->used && b->seq == ev->seq ? 1 : SPEEDS;
    for (unsigned i = 0; i < speeds; i++) {
        sk_time room = speed[i].at_once * speed[i].token;
        if (!b->used || b->full[i] < ev->ts ||
            sk_time_add(ev->ts, room) < b->full[i]) /* the last: another day's file */
            b->full[i] = ev->ts;
        may &= b->full[i] <= sk_time_add(ev->ts, room - speed[i].token);
    }
    b->used = true;
    b->seq = ev->seq;
    for (unsigned i = 0; may && i < speeds; i++)
        b->full[i] = sk_time_add(b->full[i], speed[i].token);
    return may;
}

void alert_storm_key(const struct sk_rule *r, const struct sk_event *ev, uint8_t key[16]) {
    uint8_t digest[32];
    struct sk_sha256 *h = sk_sha256_new();
    sk_sha256_add(h, r->detection, strlen(r->detection) + 1);
    sk_sha256_add(h, "storm", sizeof "storm");
    sk_sha256_add(h, &ev->segment, sizeof ev->segment);
    sk_sha256_final(h, digest);
    memcpy(key, digest, 16);
}

static void add_texts(struct sk_buf *buf, const struct sk_event *ev, const struct sk_names *names,
                      const enum sk_field_id *f, size_t n) {
    char scratch[SK_EVENT_SCRATCH], text[SK_EVENT_TEXT_MAX + 1];
    struct sk_value v;
    for (size_t i = 0; i < n; i++)
        for (unsigned k = 0; f[i] != SKF_network_name && sk_event_get(ev, names, f[i], k, scratch, &v); k++) {
            sk_buf_str(buf, buf->len ? " " : "");
            sk_buf_str(buf, sk_value_text(&v, text, sizeof text));
        }
}

void alert_storm_subject(struct alert *al, const struct sk_hash_key *key, const struct sk_names *names,
                         const struct sk_rule *r, const struct sk_event *ev) {
    struct sk_buf text = {0};
    add_texts(&text, ev, names, r->subject, r->n_subject);
    add_texts(&text, ev, names, r->discriminator, r->n_discriminator);
    alert_values_add(&al->subjects, key, text.len ? text.p : "-", ev->ts);
    sk_buf_free(&text);
}
