/* SPDX-License-Identifier: Apache-2.0 */
/** Reading values of an event, and making a derived event out of its cause. */
#ifndef SEKIMORI_SRC_CORRELATE_VALUES_H
#define SEKIMORI_SRC_CORRELATE_VALUES_H

#include "sekimori/correlate.h"

/** Room for an event, aligned like one. */
struct cor_room {
    _Alignas(struct sk_event) uint8_t bytes[SK_EVENT_MAX];
};

/** A derived event of this type with all that its cause says: same time, place, frame and values. */
static inline struct sk_event *cor_derived(struct cor_room *room, const struct sk_event *cause,
                                           enum sk_event_type type) {
    struct sk_event *ev = (struct sk_event *)(void *)room->bytes;
    memcpy(ev, cause, cause->size);
    ev->type = (uint16_t)type;
    return ev;
}

/** A derived event that has only the head of its cause. */
static inline struct sk_event *cor_derived_head(struct cor_room *room, const struct sk_event *cause,
                                                enum sk_event_type type) {
    struct sk_event *ev = (struct sk_event *)(void *)room->bytes;
    memcpy(ev, cause, sizeof *cause);
    ev->type = (uint16_t)type;
    sk_event_clear(ev);
    return ev;
}

/** A few distinct MACs, in the order in which they came; more than that are not told apart. */
enum { COR_MACS_MAX = 16 };
struct cor_macs {
    unsigned n;
    struct sk_mac at[COR_MACS_MAX];
};
/** @return false: it is there already, or there is no room */
static inline bool cor_macs_add(struct cor_macs *m, const struct sk_mac *mac) {
    for (unsigned i = 0; i < m->n; i++)
        if (sk_mac_eq(&m->at[i], mac))
            return false;
    if (m->n == COR_MACS_MAX)
        return false;
    m->at[m->n++] = *mac;
    return true;
}

static inline bool cor_ip(const struct sk_event *ev, enum sk_field_id f, struct sk_addr *ret) {
    struct sk_value v;
    if (!sk_event_get(ev, NULL, f, 0, NULL, &v))
        return false;
    *ret = v.ip;
    return true;
}

static inline bool cor_int(const struct sk_event *ev, enum sk_field_id f, int64_t *ret) {
    struct sk_value v;
    if (!sk_event_get(ev, NULL, f, 0, NULL, &v))
        return false;
    *ret = v.i;
    return true;
}

static inline bool cor_true(const struct sk_event *ev, enum sk_field_id f) {
    int64_t v = 0;
    return cor_int(ev, f, &v) && v != 0;
}

/** Is this word among the values of a keyword field that is no head field? */
static inline bool cor_says(const struct sk_event *ev, enum sk_field_id f, const char *word) {
    struct sk_value v;
    unsigned most = sk_fields[f].many == SK_M_ONE ? 1 : 64;
    for (unsigned k = 0; k < most && sk_event_get(ev, NULL, f, k, NULL, &v); k++)
        if (strcmp(v.s.p, word) == 0)
            return true;
    return false;
}

#endif
