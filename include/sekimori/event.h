/* SPDX-License-Identifier: Apache-2.0 */
/**
 * An event: one policy-neutral, typed fact. Plain data without pointers, made in a lane, carried through a ring by
 * value, completed by the correlator, matched, folded into an alert, rendered.
 *
 * The head holds what nearly every event has; sk_event_get() answers for it by field id like for any other value. Other
 * values follow as a list in the record; several values of one field are a list (SK_M_LIST).
 */
#ifndef SEKIMORI_EVENT_H
#define SEKIMORI_EVENT_H

#include "sekimori/addr.h"
#include "sekimori/field.h"
#include "sekimori/layers.h"
#include "sekimori/packet.h"
#include "sekimori/text.h"

/** Structs that answer for several fields at once (sekimori/part.h). */
enum sk_part { SK_PART_FLOW, SK_PART_VERDICT, SK_PARTS };
enum {
    SK_EVENT_CHAINS = 32,
    SK_EVENT_MAX = 8192,      /**< bytes of a record, head included */
    SK_EVENT_TEXT_MAX = 1024, /**< bytes of one text value; longer ones are cut at a character */
    SK_SEGMENT_NONE = 0xffff, /**< no segment of the policy matches: network.name is "unassigned" */
};
enum {
    SK_EV_DUPLICATE = 1, /**< copy of a frame a SPAN port showed before (sekimori.duplicate) */
    SK_EV_OWN = 2,       /**< sent by the sensor itself (sekimori.own_traffic) */
    SK_EV_TRUNCATED = 4,
    SK_EV_OVERFLOW = 8, /**< values were left out: the record is full */
    SK_EV_FRAME = 16,   /**< file and number are set */
    SK_EV_ICMP = 32,    /**< icmp_type and icmp_code are set */
};

struct sk_event {
    uint32_t size; /**< bytes used, head included, multiple of 8: what must be copied */
    uint16_t type; /**< enum sk_event_type */
    uint8_t depth; /**< tunnel.depth */
    uint8_t flags; /**< SK_EV_ */
    sk_time ts;
    /* Total order: seq, phase, sub. Phase 0: made at the tick before packet seq (expiries; sub = sequence of the first
     * packet of what expires), phase 1: made by packet seq (sub counts). */
    uint64_t seq;
    uint64_t sub;
    uint8_t phase;
    uint8_t order;     /**< several events of one phase-0 cause */
    uint8_t transport; /**< IP protocol number of source/destination port, 0 = none */
    uint8_t n_vlan;
    uint32_t file;   /**< sk_source_input() index */
    uint64_t number; /**< frame in that file */
    uint16_t tap, iface, segment;
    uint16_t vlan[SK_VLANS_MAX];
    uint16_t sport, dport;
    int32_t vni;                  /**< -1 none */
    struct sk_mac smac, dmac;     /**< zero: unknown */
    struct sk_addr src, dst;      /**< fam 0: unknown */
    uint8_t icmp_type, icmp_code; /**< SK_EV_ICMP, else 0 */
    uint16_t n_values;
    uint64_t has[SKF_COUNT / 64 + 1]; /**< bit f: field f has a value; what is not there is known without a search */
    /* Values of a field are found without looking at all others: fields share chains by number. Places are offset in
     * data / 8 + 1, 0 = none. */
    uint16_t first[SK_EVENT_CHAINS], last[SK_EVENT_CHAINS];
    uint16_t part[SK_PARTS];    /* places too */
    _Alignas(8) uint8_t data[]; /**< values; only event.c knows how */
};

/** A value; text and bytes point into the event. */
struct sk_value {
    enum sk_field_type type;
    union {
        int64_t i; /**< LONG, DATE, BOOL */
        double f;
        struct {
            const char *p; /**< valid UTF-8, NUL-terminated */
            uint32_t len;
        } s;
        struct sk_addr ip;
    };
};

/** Names that events carry as numbers. Any member may be NULL. */
struct sk_policy;
struct sk_names {
    const struct sk_policy *policy;                /**< segment, tap, zone names */
    const char *(*file)(void *arg, uint32_t file); /**< path */
    const char *(*iface)(void *arg, uint32_t file, uint16_t iface);
    void *arg;
};

/** Take all values away; the head stays. */
void sk_event_clear(struct sk_event *ev);
/** Make ev empty: type and order are the caller's to set afterwards. ev has room for SK_EVENT_MAX bytes. */
void sk_event_init(struct sk_event *ev, enum sk_event_type type);
/* Put a value. Wrong type for the field aborts in debug builds and is dropped in release. A second value of an SK_M_ONE
 * field replaces nothing: the first stands. */
void sk_event_put_int(struct sk_event *ev, enum sk_field_id f, int64_t v); /* LONG, BOOL, DATE */
void sk_event_put_real(struct sk_event *ev, enum sk_field_id f, double v);
void sk_event_put_ip(struct sk_event *ev, enum sk_field_id f, const struct sk_addr *v);
/** Valid UTF-8 of our own making. */
void sk_event_put_text(struct sk_event *ev, enum sk_field_id f, const char *s);
void sk_event_put_textn(struct sk_event *ev, enum sk_field_id f, const char *s, size_t n);
/** Bytes from the network: escaped (sk_text_escape). */
void sk_event_put_bytes(struct sk_event *ev, enum sk_field_id f, const uint8_t *bytes, size_t n);
/* KEYWORD fields too; kept as they are, their text (ECS form) is made when a value is asked for. */
void sk_event_put_mac(struct sk_event *ev, enum sk_field_id f, const struct sk_mac *v);
void sk_event_put_prefix(struct sk_event *ev, enum sk_field_id f, const struct sk_prefix *v);

/* A list whose length is known before its values are: they stand side by side in one record, which is smaller, and
 * faster to write and to read, than a record each. n: how many there will be; set to how many there is room for (at
 * most SK_EVENT_LIST_MAX). Returned is where to write them, all zero yet (a zero is a value too); NULL: nowhere. */
enum { SK_EVENT_LIST_MAX = 128, SK_EVENT_SHORT = 8 /**< bytes of a short text, its NUL included */ };
typedef char sk_event_short[SK_EVENT_SHORT];
int64_t *sk_event_list_ints(struct sk_event *ev, enum sk_field_id f, unsigned *n); /* LONG, BOOL, DATE */
struct sk_prefix *sk_event_list_prefixes(struct sk_event *ev, enum sk_field_id f, unsigned *n);
sk_event_short *sk_event_list_shorts(struct sk_event *ev, enum sk_field_id f, unsigned *n); /* KEYWORD */

/**
 * The k-th value (from 0) of a field, head fields included. scratch backs text made on the fly (MACs, VLAN ids, names):
 * SK_EVENT_SCRATCH bytes; may be NULL for IP, LONG, BOOL fields.
 * @return false: there is none
 */
enum { SK_EVENT_SCRATCH = 64 };
bool sk_event_get(const struct sk_event *ev, const struct sk_names *names, enum sk_field_id f, unsigned k,
                  char *scratch, struct sk_value *ret);
/** All values of a field, one after the other: *at starts as 0. Else as sk_event_get(). */
bool sk_event_next(const struct sk_event *ev, const struct sk_names *names, enum sk_field_id f, uint32_t *at,
                   char *scratch, struct sk_value *ret);
/** The next value of a field as a prefix, put as one or as text; *at starts as 0; family 0: it is none. Not of a head
 * field. @return false: no more */
bool sk_event_next_prefix(const struct sk_event *ev, enum sk_field_id f, uint32_t *at, struct sk_prefix *ret);
/** The next value of a field as its bytes are kept, *at as above: what a hash is made of where no text is needed. A
 * field is kept in one form by who puts it; text, a number and a prefix never have the same bytes. */
bool sk_event_next_bytes(const struct sk_event *ev, enum sk_field_id f, uint32_t *at, const void **ret, size_t *ret_n);
/** The next value of a LONG, BOOL or DATE field; the same. */
bool sk_event_next_int(const struct sk_event *ev, enum sk_field_id f, uint32_t *at, int64_t *ret);
/** The first values of a field as prefixes, as sk_event_next_prefix() gives them, at most so many. @return how many */
unsigned sk_event_prefixes(const struct sk_event *ev, enum sk_field_id f, struct sk_prefix *ret, unsigned most);
/** The first values of a LONG, BOOL or DATE field, at most so many. @return how many */
unsigned sk_event_ints(const struct sk_event *ev, enum sk_field_id f, int64_t *ret, unsigned most);
/** The first value of a field as a MAC. Not of a head field. @return false: none, or it is no MAC */
bool sk_event_mac(const struct sk_event *ev, enum sk_field_id f, struct sk_mac *ret);
/** Is its value made when somebody asks, by the head or by a part (sekimori/part.h)? Those that read what is kept
 * (_bytes, _prefix, _prefixes, _int, _ints, _mac) have none then. */
bool sk_event_made(const struct sk_event *ev, enum sk_field_id f);
/** Does the head answer for this field? */
static inline bool sk_event_in_head(enum sk_field_id f) {
    return f >= SKF_timestamp && f <= SKF_sekimori_own_traffic; /* head.c asserts that they are consecutive */
}
/** Certainly without a value: the head does not answer for it and nothing was put. Cheap; false says nothing. */
static inline bool sk_event_lacks(const struct sk_event *ev, enum sk_field_id f) {
    return !sk_event_in_head(f) && !(ev->has[(unsigned)f / 64] >> (unsigned)f % 64 & 1);
}
/** Is it there at all? */
bool sk_event_has(const struct sk_event *ev, const struct sk_names *names, enum sk_field_id f);
/** Text of a value as the JSON and the messages show it. @return buf */
char *sk_value_text(const struct sk_value *v, char *buf, size_t cap);
/** Every field that has a value, once, head fields first, then in the order they were put. ret: room for SKF_COUNT of
 *  them. @return their number */
unsigned sk_event_fields(const struct sk_event *ev, const struct sk_names *names, enum sk_field_id *ret);
/** The event as one JSON object, nested by dots, `@timestamp` first; appended to buf without newline. */
void sk_event_json(const struct sk_event *ev, const struct sk_names *names, struct sk_buf *buf);
/** An event back from such a line (ev: room for SK_EVENT_MAX bytes). Its segment, tap and place in the order are not in
 * the line: unknown and phase 1. @param ret_file path of the capture, valid as long as line; NULL: not said
 * @return false: no line of an event, or of a type that this version does not know */
bool sk_event_read(const sk_json *line, struct sk_event *ev, const char **ret_file);
/** Compare by total order, then type, then bytes: a pure function of the facts. <0, 0, >0 */
int sk_event_compare(const struct sk_event *a, const struct sk_event *b);

#endif
