/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of alerts. Each match of a flood needs one to be found by; only an alert that opens needs one for its id. */
#include "alert/key.h"

#include "sekimori/digest.h"

#include <stdio.h>
#include <string.h>

static void add_values(struct sk_buf *to, const struct sk_event *ev, const struct sk_names *names,
                       const enum sk_field_id *f, size_t n) {
    char scratch[SK_EVENT_SCRATCH], text[SK_EVENT_TEXT_MAX + 1];
    for (size_t i = 0; i < n; i++) {
        struct sk_value v;
        for (unsigned k = 0; sk_event_get(ev, names, f[i], k, scratch, &v); k++) {
            sk_value_text(&v, text, sizeof text);
            sk_buf_add(to, text, strlen(text) + 1);
        }
        sk_buf_add(to, "\x1f", 1);
    }
}

static void key_bytes(const struct sk_match *m, const struct sk_event *ev, const struct sk_names *names,
                      const struct sk_segment *guests, struct sk_buf *ret) {
    const struct sk_rule *r = m->rule;
    ret->len = 0;
    sk_buf_add(ret, r->detection, strlen(r->detection) + 1);
    if (guests) {
        sk_buf_add(ret, "private", sizeof "private");
        sk_buf_add(ret, guests->id, strlen(guests->id) + 1);
        return;
    }
    add_values(ret, ev, names, r->subject, r->n_subject);
    add_values(ret, ev, names, r->discriminator, r->n_discriminator);
    if (m->alone && r->roll_up_members)
        add_values(ret, ev, names, &r->roll_up_members, 1);
}

static void key_find(const struct sk_hash_key *key, const struct sk_buf *bytes, uint8_t ret[16]) {
    const struct sk_hash_key other = {{~key->k[0], key->k[1]}};
    uint64_t half[2] = {sk_hash24(key, bytes->p, bytes->len), sk_hash24(&other, bytes->p, bytes->len)};
    memcpy(ret, half, sizeof half);
}

bool alert_key_of_segment(const struct sk_rule *r) {
    return r->n_subject == 1 && r->subject[0] == SKF_network_name && r->n_discriminator == 0;
}

void alert_keys_make(struct alert_keys *k, const struct sk_match *m, const struct sk_event *ev,
                     const struct sk_names *names, const struct sk_segment *guests, uint8_t ret[16]) {
    bool whole = !m->alone && alert_key_of_segment(m->rule);
    bool same = whole && k->detection && k->segment == ev->segment && k->guests == guests &&
                strcmp(k->detection, m->rule->detection) == 0;
    if (!same) {
        key_bytes(m, ev, names, guests, &k->bytes);
        k->detection = whole ? m->rule->detection : NULL;
        k->segment = ev->segment;
        k->guests = guests;
    }
    if (!same && (k->bytes.len != k->made.len || memcmp(k->bytes.p, k->made.p, k->bytes.len) != 0)) {
        k->made.len = 0;
        sk_buf_add(&k->made, k->bytes.p, k->bytes.len);
        key_find(&k->find, &k->bytes, k->key);
    }
    memcpy(ret, k->key, sizeof k->key);
}

void alert_keys_free(struct alert_keys *k) {
    sk_buf_free(&k->bytes);
    sk_buf_free(&k->made);
}

void alert_key_name(const struct sk_buf *bytes, uint8_t ret[16]) {
    uint8_t digest[32];
    sk_sha256(bytes->p, bytes->len, digest);
    memcpy(ret, digest, 16);
}

void alert_uuid(sk_time t, const void *bytes, size_t n, char out[37]) {
    uint8_t u[16], digest[32];
    uint64_t ms = (uint64_t)(t > 0 ? t : 0) / (uint64_t)SK_MSEC;
    struct sk_sha256 *h = sk_sha256_new();
    sk_sha256_add(h, &t, sizeof t);
    sk_sha256_add(h, bytes, n);
    sk_sha256_final(h, digest);
    for (unsigned i = 0; i < 6; i++)
        u[i] = (uint8_t)(ms >> (40 - 8 * i));
    memcpy(u + 6, digest, 10);
    u[6] = (uint8_t)(0x80 | (u[6] & 0x0f)); /* version 8 */
    u[8] = (uint8_t)(0x80 | (u[8] & 0x3f)); /* variant */
    char hex[33];
    sk_hex(u, 16, hex);
    snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}
