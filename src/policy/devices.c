/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger, looked up: by MAC, DUID, address and name. Built once; a look-up is a binary search. */
#include "policy/pol.h"

#include <stdlib.h>

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

static int key_order(const void *key, size_t n, const struct pol_device_key *k) {
    size_t least = n < k->n ? n : k->n;
    int by_bytes = memcmp(key, k->at, least);
    return by_bytes ? by_bytes : n < k->n ? -1 : n > k->n;
}

static int by_key(const void *left, const void *right) {
    const struct pol_device_key *a = left, *b = right;
    int order = key_order(a->at, a->n, b);
    if (order)
        return order;
    return a->device < b->device ? -1 : a->device > b->device;
}

static void add_key(struct pol_device_index *index, const void *at, size_t n, size_t device) {
    if (n)
        *POL_PUSH(index) = (struct pol_device_key){at, n, (uint32_t)device};
}

static const char *folded(struct sk_policy *p, const char *name) {
    char *text = sk_arena_text(&p->arena, name, strlen(name));
    for (size_t i = 0; text[i]; i++)
        text[i] = lower(text[i]);
    return text;
}

static void sort_index(struct pol_device_index *index) {
    if (index->n)
        qsort(index->at, index->n, sizeof *index->at, by_key);
}

static const char *mac_key(const struct pol_device_key *k, char out[POL_DEVICE_NAME_MAX]) {
    return sk_mac_text(k->at, out);
}

static const char *duid_key(const struct pol_device_key *k, char out[POL_DEVICE_NAME_MAX]) {
    const uint8_t *byte = k->at;
    size_t at = (size_t)snprintf(out, POL_DEVICE_NAME_MAX, "DUID ");
    for (size_t i = 0; i < k->n && at + 4 < POL_DEVICE_NAME_MAX; i++)
        at += (size_t)snprintf(out + at, 4, i ? ":%02x" : "%02x", byte[i]);
    return out;
}

/* Two devices in use with one MAC or DUID: one of the rows is wrong, and only its owner knows which. */
static void say_doubles(const struct sk_policy *p, const struct pol_device_index *index,
                        const char *(*text_of)(const struct pol_device_key *k, char out[POL_DEVICE_NAME_MAX]),
                        struct sk_diags *diags) {
    for (size_t i = 1; i < index->n; i++) {
        const struct pol_device_key *k = &index->at[i];
        const struct pol_device *b = &p->devices.at[k->device];
        const struct pol_device *a = &p->devices.at[k[-1].device];
        char text[POL_DEVICE_NAME_MAX], where[POL_WHERE];
        if (a == b || key_order(k->at, k->n, &k[-1]) != 0 || a->pub.state != SK_DEVICE_IN_USE ||
            b->pub.state != SK_DEVICE_IN_USE)
            continue;
        sk_diag_add(diags, SK_DIAG_WARNING, b->pos.path, b->pos.line, b->pos.col,
                    "%s is written already (%s), and both are in use: the first one holds", text_of(k, text),
                    pol_where(&a->pos, &b->pos, where));
    }
}

void pol_index_devices(struct sk_policy *p, struct sk_diags *diags) {
    for (size_t i = 0; i < p->devices.n; i++) {
        struct pol_device *d = &p->devices.at[i];
        for (size_t k = 0; k < d->pub.n_mac; k++)
            add_key(&p->by_mac, &d->pub.mac[k], sizeof d->pub.mac[k], i);
        for (size_t k = 0; k < d->pub.n_ip; k++)
            add_key(&p->by_ip, &d->pub.ip[k], sizeof d->pub.ip[k], i);
        add_key(&p->by_duid, d->pub.duid, d->pub.duid_len, i);
        if (d->pub.name)
            add_key(&p->by_name, folded(p, d->pub.name), strlen(d->pub.name), i);
    }
    sort_index(&p->by_mac);
    sort_index(&p->by_ip);
    sort_index(&p->by_duid);
    sort_index(&p->by_name);
    say_doubles(p, &p->by_mac, mac_key, diags);
    say_doubles(p, &p->by_duid, duid_key, diags);
}

size_t pol_device_first(const struct pol_device_index *index, const void *key, size_t n) {
    size_t low = 0, high = index->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (key_order(key, n, &index->at[mid]) > 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

bool pol_device_is(const struct pol_device_index *index, size_t i, const void *key, size_t n) {
    return i < index->n && key_order(key, n, &index->at[i]) == 0;
}

/* Rows of one key: the first in use, else the first. Their number is bounded only by the ledger, so not all are asked.
 */
static const struct sk_policy_device *find(const struct sk_policy *p, const struct pol_device_index *index,
                                           const void *key, size_t n, sk_time now) {
    enum { ASKED_MAX = 64 };
    size_t first = pol_device_first(index, key, n);
    for (size_t i = first; i < first + ASKED_MAX && pol_device_is(index, i, key, n); i++) {
        const struct sk_policy_device *d = &p->devices.at[index->at[i].device].pub;
        if (sk_policy_device_state(d, now) == SK_DEVICE_IN_USE)
            return d;
    }
    return pol_device_is(index, first, key, n) ? &p->devices.at[index->at[first].device].pub : NULL;
}

const struct sk_policy_device *sk_policy_device_by_mac(const struct sk_policy *p, const struct sk_mac *mac,
                                                       sk_time now) {
    return find(p, &p->by_mac, mac, sizeof *mac, now);
}

const struct sk_policy_device *sk_policy_device_by_duid(const struct sk_policy *p, const uint8_t *duid, size_t len,
                                                        sk_time now) {
    return len ? find(p, &p->by_duid, duid, len, now) : NULL;
}

const struct sk_policy_device *sk_policy_device_by_ip(const struct sk_policy *p, const struct sk_addr *ip,
                                                      sk_time now) {
    return find(p, &p->by_ip, ip, sizeof *ip, now);
}

const struct sk_policy_device *sk_policy_device_by_name(const struct sk_policy *p, const char *name, size_t len,
                                                        sk_time now) {
    char key[POL_DEVICE_NAME_MAX];
    if (len == 0 || len > sizeof key)
        return NULL;
    for (size_t i = 0; i < len; i++)
        key[i] = lower(name[i]);
    return find(p, &p->by_name, key, len, now);
}

size_t sk_policy_devices(const struct sk_policy *p) { return p->devices.n; }

const struct sk_policy_device *sk_policy_device_at(const struct sk_policy *p, size_t i) {
    return i < p->devices.n ? &p->devices.at[i].pub : NULL;
}

enum sk_device_state sk_policy_device_state(const struct sk_policy_device *d, sk_time now) {
    return now < d->since ? SK_DEVICE_IN_USE : (enum sk_device_state)d->state;
}

/* A device may be registered for segments, or for whole zones. */
static bool may_be_in(const struct sk_policy *p, const struct sk_policy_device *d, uint16_t segment) {
    const struct sk_segment *s = sk_policy_segment_at(p, segment);
    if (!s || d->n_segment == 0)
        return true;
    for (size_t i = 0; i < d->n_segment; i++)
        if (strcmp(d->segment[i], "any") == 0 || strcmp(d->segment[i], s->id) == 0 ||
            (s->zone && strcmp(d->segment[i], s->zone) == 0))
            return true;
    return false;
}

enum sk_device_verdict sk_policy_device_verdict(const struct sk_policy *p, const struct sk_policy_device *d,
                                                uint16_t segment, sk_time now) {
    if (!d)
        return p->devices_known ? SK_REGISTER_NOT_LISTED : SK_REGISTER_UNKNOWN;
    switch (sk_policy_device_state(d, now)) {
    case SK_DEVICE_RETIRED:
        return SK_REGISTER_RETIRED;
    case SK_DEVICE_LOST:
        return SK_REGISTER_LOST;
    case SK_DEVICE_IN_USE:
        break;
    }
    return may_be_in(p, d, segment) ? SK_REGISTER_LISTED : SK_REGISTER_ELSEWHERE;
}
