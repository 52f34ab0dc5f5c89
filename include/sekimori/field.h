/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The one table of event types and fields.
 *
 * A file under src/observe, src/correlate, src/match or src/alert declares what it makes, one line each, next to the
 * code that makes it:
 *
 *   SK_EVENT(icmpv6_ra, "icmpv6.ra", FRAME, "0.1", "Router advertisement (RFC 4861 section 4.2)")
 *   SK_FIELD(icmpv6_ra_router_lifetime, "icmpv6.ra.router_lifetime", LONG, ONE, "s", "0.1", "Router lifetime; 0 is no
 * default router")
 *
 * make gathers these lines into build/gen/fields.gen.h (so each must be ONE line: put clang-format off/on around them).
 * From it come the enums here, Sigma's field lookup, JSON, the schema, the templates and `sekimori fields`. A field
 * name is declared once in the whole program.
 */
#ifndef SEKIMORI_FIELD_H
#define SEKIMORI_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sk_field_type {
    SK_T_KEYWORD, /**< text compared without case unless |cased */
    SK_T_IP,      /**< struct sk_addr; compared parsed; |cidr */
    SK_T_LONG,    /**< int64 */
    SK_T_FLOAT,   /**< double */
    SK_T_BOOL,
    SK_T_DATE, /**< sk_time */
};
enum sk_field_many {
    SK_M_ONE,    /**< at most one value */
    SK_M_LIST,   /**< zero or more: an array in JSON even when one */
    SK_M_RENDER, /**< exists only in messages, made when the alert is rendered; never matchable */
    SK_M_ALERT,  /**< exists only in alert lines */
};
enum sk_event_per {
    SK_PER_FRAME,   /**< once per frame or layer: counted always, made only when wanted */
    SK_PER_STATE,   /**< a change of something with a life: the correlator sees it always */
    SK_PER_DERIVED, /**< made by the correlator */
};

enum sk_event_type {
    SKE_none = 0,
#define SK_EVENT(id, name, per, since, text) SKE_##id,
#define SK_FIELD(id, name, type, many, unit, since, text)
#include "fields.gen.h"
#undef SK_EVENT
#undef SK_FIELD
    SKE_COUNT
};
enum sk_field_id {
    SKF_none = 0,
#define SK_EVENT(id, name, per, since, text)
#define SK_FIELD(id, name, type, many, unit, since, text) SKF_##id,
#include "fields.gen.h"
#undef SK_EVENT
#undef SK_FIELD
    SKF_COUNT
};
/* In the declaring files the lines mean nothing to the compiler. */
#define SK_EVENT(id, name, per, since, text)
#define SK_FIELD(id, name, type, many, unit, since, text)

struct sk_field_info {
    const char *name, *unit, *since, *text; /**< unit "" = none */
    enum sk_field_type type;
    enum sk_field_many many;
};
struct sk_event_info {
    const char *name, *since, *text;
    enum sk_event_per per;
};
/** Indexed by enum sk_field_id / sk_event_type; index 0 is unused (names ""). */
extern const struct sk_field_info sk_fields[];
extern const struct sk_event_info sk_events[];
/** 0 = no such name. Case-sensitive. O(log n). */
enum sk_field_id sk_field_find(const char *name, size_t len);
enum sk_event_type sk_event_type_find(const char *name, size_t len);
/** NULL-terminated list of all names, for sk_nearest(). */
const char *const *sk_field_names(void);
const char *const *sk_event_type_names(void);
const char *sk_field_type_name(enum sk_field_type t); /**< "keyword", "ip", "long", "float", "boolean", "date" */

#endif
