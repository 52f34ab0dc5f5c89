/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events: building a record and reading it back. The head is a struct (head.c answers for it); other values follow as
 * {field, length, bytes} records, each padded to 8 bytes, so that an event is copied through a ring as plain bytes.
 */
#include "observe/event.h"

#include <inttypes.h>
#include <stdlib.h>

_Static_assert(sizeof(struct sk_stored) == 8, "values stay aligned to 8 bytes");
_Static_assert(SK_EVENT_MAX % 8 == 0, "a full record is a multiple of 8");
_Static_assert(SKF_COUNT < UINT16_MAX && SKE_COUNT < UINT16_MAX, "ids fit the record");

static uint32_t pad8(uint32_t n) { return (n + 7u) & ~7u; }

static const uint8_t *stored_bytes(const struct sk_stored *s) { return (const uint8_t *)(s + 1); }

const struct sk_stored *sk_stored_next(const struct sk_event *ev, uint32_t *at) {
    uint32_t used = ev->size - (uint32_t)sizeof *ev;
    if (*at >= used)
        return NULL;
    const struct sk_stored *s = (const struct sk_stored *)(const void *)(ev->data + *at);
    *at += (uint32_t)sizeof *s + pad8(s->len);
    return s;
}

static bool has(const struct sk_event *ev, enum sk_field_id f) {
    return ev->has[(unsigned)f / 64] >> (unsigned)f % 64 & 1;
}

/* An event may be a copy that was cut to its head: a place behind its end is none. */
static inline struct sk_stored *at_place(const struct sk_event *ev, unsigned place) {
    size_t at = ((size_t)place - 1) * 8;
    return place && at < ev->size - sizeof *ev ? (struct sk_stored *)(uintptr_t)(ev->data + at) : NULL;
}

/* Bytes of a value of a list. */
static unsigned stride(unsigned form) { return form == SK_FORM_PREFIXES ? sizeof(struct sk_prefix) : 8; }

static unsigned count_of(const struct sk_stored *s) { return s->form < SK_FORM_LISTS ? 1 : s->len / stride(s->form); }

/* The k-th value of a field. @return the record that it is in, k: its place there */
static const struct sk_stored *find(const struct sk_event *ev, enum sk_field_id f, unsigned *k) {
    if (!has(ev, f))
        return NULL;
    for (const struct sk_stored *s = at_place(ev, ev->first[f % SK_EVENT_CHAINS]); s; s = at_place(ev, s->next)) {
        if (s->field != f)
            continue;
        unsigned n = count_of(s);
        if (*k < n)
            return s;
        *k -= n;
    }
    return NULL;
}

const void *sk_event_part(const struct sk_event *ev, enum sk_part part) {
    const struct sk_stored *s = at_place(ev, ev->part[part]);
    return s ? s + 1 : NULL;
}

bool sk_event_made(const struct sk_event *ev, enum sk_field_id f) {
    return sk_head_has_field(f) || (sk_part_of(f) && ev->part[sk_part_of(f) - 1]);
}

/* The part that answers for f in this event, or NULL. */
static inline const void *part_with(const struct sk_event *ev, enum sk_field_id f) {
    unsigned part = sk_part_of(f);
    return part ? sk_event_part(ev, (enum sk_part)(part - 1)) : NULL;
}

void sk_event_clear(struct sk_event *ev) {
    ev->size = sizeof *ev;
    ev->n_values = 0;
    memset(ev->has, 0, sizeof ev->has);
    memset(ev->first, 0, sizeof ev->first);
    memset(ev->last, 0, sizeof ev->last);
    memset(ev->part, 0, sizeof ev->part);
}

void sk_event_init(struct sk_event *ev, enum sk_event_type type) {
    memset(ev, 0, sizeof *ev); /* padding too: sk_event_compare() looks at bytes */
    ev->size = sizeof *ev;
    ev->type = (uint16_t)type;
    ev->segment = SK_SEGMENT_NONE;
    ev->tap = SK_TAP_NONE;
    ev->vni = -1;
}

/* A wrong type is the programmer's error: loud where programmers look, harmless in the field. */
static bool type_ok(enum sk_field_id f, bool fits) {
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) || defined(SK_FUZZ)
    if (!fits || sk_head_has_field(f))
        abort();
#endif
    return fits && !sk_head_has_field(f);
}

/* A record of len bytes at the end, or NULL: full. */
static inline struct sk_stored *append(struct sk_event *ev, unsigned field, enum sk_form form, uint32_t len) {
    uint32_t need = (uint32_t)sizeof(struct sk_stored) + pad8(len);
    if (need > SK_EVENT_MAX - ev->size) {
        ev->flags |= SK_EV_OVERFLOW;
        return NULL;
    }
    uint8_t *at = ev->data + (ev->size - sizeof *ev);
    struct sk_stored *s = (struct sk_stored *)(void *)at;
    *s = (struct sk_stored){.field = (uint16_t)field, .form = (uint16_t)form, .len = (uint16_t)len};
    memset(at + need - 8, 0, 8); /* NUL and padding; value bytes follow */
    ev->size += need;
    ev->n_values++;
    return s;
}

static uint16_t next_place(const struct sk_event *ev) { return (uint16_t)((ev->size - sizeof *ev) / 8 + 1); }

/* Room for a value of len bytes, or NULL: full, or the one value it may have is there. */
static inline uint8_t *reserve(struct sk_event *ev, enum sk_field_id f, enum sk_form form, uint32_t len) {
    uint64_t *word = &ev->has[(unsigned)f / 64], bit = UINT64_C(1) << (unsigned)f % 64;
    if ((*word & bit) && sk_fields[f].many == SK_M_ONE)
        return NULL;
    uint16_t place = next_place(ev), *last = &ev->last[f % SK_EVENT_CHAINS];
    struct sk_stored *before = at_place(ev, *last), *s = append(ev, f, form, len);
    if (!s)
        return NULL;
    *(before ? &before->next : &ev->first[f % SK_EVENT_CHAINS]) = place;
    *last = place;
    *word |= bit;
    return (uint8_t *)(s + 1);
}

static void set_run(struct sk_event *ev, struct sk_part_run run) {
    unsigned from = run.first / 64, to = run.last / 64;
    for (unsigned w = from; w <= to; w++) {
        uint64_t low = w == from ? UINT64_MAX << run.first % 64 : UINT64_MAX;
        uint64_t high = w == to ? UINT64_MAX >> (63 - run.last % 64) : UINT64_MAX;
        ev->has[w] |= low & high;
    }
}

bool sk_event_put_part(struct sk_event *ev, enum sk_part part, const void *bytes, uint32_t size) {
    uint16_t place = next_place(ev);
    struct sk_stored *s = ev->part[part] ? NULL : append(ev, part, SK_FORM_PART, size);
    if (!s)
        return false;
    memcpy(s + 1, bytes, size);
    ev->part[part] = place;
    for (unsigned i = 0; i < SK_PART_RUNS; i++)
        set_run(ev, sk_part_runs[part][i]);
    return true;
}
void sk_event_lack(struct sk_event *ev, enum sk_field_id f) {
    ev->has[(unsigned)f / 64] &= ~(UINT64_C(1) << (unsigned)f % 64);
}

static void put_word(struct sk_event *ev, enum sk_field_id f, const void *word) {
    uint8_t *at = reserve(ev, f, SK_FORM_WORD, 8);
    if (at)
        memcpy(at, word, 8);
}

void sk_event_put_int(struct sk_event *ev, enum sk_field_id f, int64_t v) {
    enum sk_field_type t = sk_fields[f].type;
    if (!type_ok(f, t == SK_T_LONG || t == SK_T_BOOL || t == SK_T_DATE))
        return;
    if (t == SK_T_BOOL)
        v = v != 0;
    put_word(ev, f, &v);
}

void sk_event_put_real(struct sk_event *ev, enum sk_field_id f, double v) {
    if (type_ok(f, sk_fields[f].type == SK_T_FLOAT))
        put_word(ev, f, &v);
}

void sk_event_put_ip(struct sk_event *ev, enum sk_field_id f, const struct sk_addr *v) {
    if (!type_ok(f, sk_fields[f].type == SK_T_IP) || v->fam == 0)
        return;
    uint8_t *at = reserve(ev, f, SK_FORM_IP, sizeof *v);
    if (at)
        memcpy(at, v, sizeof *v);
}

void sk_event_put_textn(struct sk_event *ev, enum sk_field_id f, const char *s, size_t n) {
    if (!type_ok(f, sk_fields[f].type == SK_T_KEYWORD) || n == 0)
        return;
    if (n > SK_EVENT_TEXT_MAX) {
        n = SK_EVENT_TEXT_MAX;
        while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
            n--;
    }
    uint8_t *at = reserve(ev, f, SK_FORM_TEXT, (uint32_t)n + 1);
    if (at)
        memcpy(at, s, n);
}

void sk_event_put_text(struct sk_event *ev, enum sk_field_id f, const char *s) {
    sk_event_put_textn(ev, f, s, strlen(s));
}

void sk_event_put_bytes(struct sk_event *ev, enum sk_field_id f, const uint8_t *bytes, size_t n) {
    char text[SK_EVENT_TEXT_MAX + 1];
    size_t len = sk_text_escape(bytes, n, text, sizeof text);
    sk_event_put_textn(ev, f, text, len);
}

void sk_event_put_mac(struct sk_event *ev, enum sk_field_id f, const struct sk_mac *v) {
    uint8_t *at = type_ok(f, sk_fields[f].type == SK_T_KEYWORD) ? reserve(ev, f, SK_FORM_MAC, sizeof *v) : NULL;
    if (at)
        memcpy(at, v, sizeof *v);
}

void sk_event_put_prefix(struct sk_event *ev, enum sk_field_id f, const struct sk_prefix *v) {
    if (!type_ok(f, sk_fields[f].type == SK_T_KEYWORD) || v->addr.fam == 0)
        return;
    uint8_t *at = reserve(ev, f, SK_FORM_PREFIX, sizeof *v);
    if (at)
        memcpy(at, v, sizeof *v);
}

static void *reserve_list(struct sk_event *ev, enum sk_field_id f, enum sk_form form, unsigned *n) {
    size_t left = SK_EVENT_MAX - ev->size, of = stride(form);
    size_t most = left > sizeof(struct sk_stored) ? (left - sizeof(struct sk_stored)) / 8 * 8 / of : 0;
    if (most > SK_EVENT_LIST_MAX)
        most = SK_EVENT_LIST_MAX;
    if (*n > most) {
        *n = (unsigned)most;
        ev->flags |= SK_EV_OVERFLOW;
    }
    uint32_t len = (uint32_t)(*n * of);
    uint8_t *at = sk_fields[f].many == SK_M_LIST && len ? reserve(ev, f, form, len) : NULL;
    if (!at)
        *n = 0;
    else
        memset(at, 0, len);
    return at;
}

int64_t *sk_event_list_ints(struct sk_event *ev, enum sk_field_id f, unsigned *n) {
    enum sk_field_type t = sk_fields[f].type;
    bool fits = type_ok(f, t == SK_T_LONG || t == SK_T_BOOL || t == SK_T_DATE);
    return fits ? reserve_list(ev, f, SK_FORM_WORDS, n) : NULL;
}

struct sk_prefix *sk_event_list_prefixes(struct sk_event *ev, enum sk_field_id f, unsigned *n) {
    return type_ok(f, sk_fields[f].type == SK_T_KEYWORD) ? reserve_list(ev, f, SK_FORM_PREFIXES, n) : NULL;
}

sk_event_short *sk_event_list_shorts(struct sk_event *ev, enum sk_field_id f, unsigned *n) {
    return type_ok(f, sk_fields[f].type == SK_T_KEYWORD) ? reserve_list(ev, f, SK_FORM_SHORTS, n) : NULL;
}

/* Text that is made when asked for. Who gives no room for it asks for a word, and this is none. */
static void load_text(const struct sk_stored *s, const uint8_t *p, char *scratch, struct sk_value *ret) {
    struct sk_prefix prefix;
    struct sk_mac mac;
    ret->s.p = "";
    if (s->form == SK_FORM_TEXT) {
        ret->s.p = (const char *)p;
        ret->s.len = s->len - 1u;
        return;
    }
    if (s->form == SK_FORM_SHORTS) {
        ret->s.p = (const char *)p;
    } else if (scratch && (s->form == SK_FORM_PREFIX || s->form == SK_FORM_PREFIXES)) {
        memcpy(&prefix, p, sizeof prefix);
        ret->s.p = sk_prefix_text(&prefix, scratch);
    } else if (scratch) {
        memcpy(&mac, p, sizeof mac);
        ret->s.p = sk_mac_text(&mac, scratch);
    }
    ret->s.len = (uint32_t)strlen(ret->s.p);
}

/* The bytes of the i-th value of a record. */
static const uint8_t *bytes_of(const struct sk_stored *s, unsigned i) {
    return stored_bytes(s) + (i ? i * stride(s->form) : 0);
}

static void load(const struct sk_stored *s, unsigned i, char *scratch, struct sk_value *ret) {
    const uint8_t *p = bytes_of(s, i);
    ret->type = sk_fields[s->field].type;
    switch (ret->type) {
    case SK_T_KEYWORD:
        load_text(s, p, scratch, ret);
        break;
    case SK_T_IP:
        memcpy(&ret->ip, p, sizeof ret->ip);
        break;
    case SK_T_FLOAT:
        memcpy(&ret->f, p, sizeof ret->f);
        break;
    case SK_T_LONG:
    case SK_T_BOOL:
    case SK_T_DATE:
        memcpy(&ret->i, p, sizeof ret->i);
        break;
    }
}

bool sk_event_get(const struct sk_event *ev, const struct sk_names *names, enum sk_field_id f, unsigned k,
                  char *scratch, struct sk_value *ret) {
    if (sk_head_has_field(f))
        return k == 0 && sk_head_get(ev, names, f, scratch, ret);
    if (!has(ev, f))
        return false;
    const void *part = part_with(ev, f);
    if (part)
        return k == 0 && sk_part_get(part, ev, f, scratch, ret);
    const struct sk_stored *s = find(ev, f, &k);
    if (!s)
        return false;
    load(s, k, scratch, ret);
    return true;
}

/* The value of this field after the one at *at: its record's place, and from bit 16 on its own in that. */
static inline const struct sk_stored *next(const struct sk_event *ev, enum sk_field_id f, uint32_t *at, unsigned *i) {
    if (!has(ev, f))
        return NULL;
    unsigned place = ev->first[f % SK_EVENT_CHAINS];
    const struct sk_stored *s = *at ? at_place(ev, *at & 0xffff) : NULL;
    *i = 0;
    if (s && s->form >= SK_FORM_LISTS && ((*at >> 16) + 2) * stride(s->form) <= s->len) {
        *at += 1u << 16;
        *i = *at >> 16;
        return s;
    }
    if (s)
        place = s->next;
    s = at_place(ev, place);
    while (s && s->field != f)
        s = at_place(ev, place = s->next);
    *at = place;
    return s;
}

bool sk_event_next(const struct sk_event *ev, const struct sk_names *names, enum sk_field_id f, uint32_t *at,
                   char *scratch, struct sk_value *ret) {
    unsigned i;
    if (sk_head_has_field(f))
        return (*at)++ == 0 && sk_head_get(ev, names, f, scratch, ret);
    if (!has(ev, f))
        return false;
    const void *part = part_with(ev, f);
    if (part)
        return (*at)++ == 0 && sk_part_get(part, ev, f, scratch, ret);
    const struct sk_stored *s = next(ev, f, at, &i);
    if (!s)
        return false;
    load(s, i, scratch, ret);
    return true;
}

bool sk_event_next_bytes(const struct sk_event *ev, enum sk_field_id f, uint32_t *at, const void **ret, size_t *ret_n) {
    unsigned i;
    const struct sk_stored *s = next(ev, f, at, &i);
    if (!s)
        return false;
    *ret = bytes_of(s, i);
    *ret_n = s->form == SK_FORM_TEXT     ? s->len - 1u
             : s->form == SK_FORM_SHORTS ? strlen(*ret)
             : s->form < SK_FORM_LISTS   ? s->len
                                         : stride(s->form);
    return true;
}

bool sk_event_next_prefix(const struct sk_event *ev, enum sk_field_id f, uint32_t *at, struct sk_prefix *ret) {
    unsigned i;
    const struct sk_stored *s = next(ev, f, at, &i);
    if (!s)
        return false;
    if (s->form == SK_FORM_PREFIX || s->form == SK_FORM_PREFIXES)
        memcpy(ret, bytes_of(s, i), sizeof *ret);
    else if (s->form != SK_FORM_TEXT || !sk_prefix_parse((const char *)stored_bytes(s), s->len - 1u, true, ret))
        *ret = (struct sk_prefix){0};
    return true;
}

bool sk_event_next_int(const struct sk_event *ev, enum sk_field_id f, uint32_t *at, int64_t *ret) {
    unsigned i;
    const struct sk_stored *s = next(ev, f, at, &i);
    if (!s || (s->form != SK_FORM_WORD && s->form != SK_FORM_WORDS))
        return false;
    memcpy(ret, bytes_of(s, i), sizeof *ret);
    return true;
}

unsigned sk_event_ints(const struct sk_event *ev, enum sk_field_id f, int64_t *ret, unsigned most) {
    const struct sk_stored *s = has(ev, f) ? at_place(ev, ev->first[f % SK_EVENT_CHAINS]) : NULL;
    unsigned n = 0;
    for (; s && n < most; s = at_place(ev, s->next)) {
        if (s->field != f || (s->form != SK_FORM_WORD && s->form != SK_FORM_WORDS))
            continue;
        unsigned k = s->len / 8u < most - n ? s->len / 8u : most - n;
        memcpy(ret + n, stored_bytes(s), k * sizeof *ret);
        n += k;
    }
    return n;
}

/* The record of f that follows in the chain, from s on. */
static const struct sk_stored *of_field(const struct sk_event *ev, const struct sk_stored *s, enum sk_field_id f) {
    while (s && s->field != f)
        s = at_place(ev, s->next);
    return s;
}

unsigned sk_event_prefixes(const struct sk_event *ev, enum sk_field_id f, struct sk_prefix *ret, unsigned most) {
    const struct sk_stored *s = has(ev, f) ? of_field(ev, at_place(ev, ev->first[f % SK_EVENT_CHAINS]), f) : NULL;
    uint32_t at = 0;
    unsigned n = 0;
    if (s && s->form == SK_FORM_PREFIXES && !of_field(ev, at_place(ev, s->next), f)) { /* one list, as observers put */
        n = count_of(s) < most ? count_of(s) : most;
        memcpy(ret, stored_bytes(s), n * sizeof *ret);
        return n;
    }
    while (n < most && sk_event_next_prefix(ev, f, &at, &ret[n]))
        n++;
    return n;
}

bool sk_event_mac(const struct sk_event *ev, enum sk_field_id f, struct sk_mac *ret) {
    uint32_t at = 0;
    unsigned i;
    const struct sk_stored *s = next(ev, f, &at, &i);
    if (s && s->form == SK_FORM_MAC) {
        memcpy(ret, stored_bytes(s), sizeof *ret);
        return true;
    }
    return s && s->form == SK_FORM_TEXT && sk_mac_parse((const char *)stored_bytes(s), s->len - 1u, ret);
}

bool sk_event_has(const struct sk_event *ev, const struct sk_names *names, enum sk_field_id f) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    return sk_head_has_field(f) ? sk_head_get(ev, names, f, scratch, &v) : has(ev, f);
}

char *sk_value_text(const struct sk_value *v, char *buf, size_t cap) {
    char tmp[SK_VALUE_SCRATCH];
    switch (v->type) {
    case SK_T_KEYWORD: {
        size_t n = v->s.len < cap ? v->s.len : cap - 1;
        while (n > 0 && n < v->s.len && ((unsigned char)v->s.p[n] & 0xc0) == 0x80)
            n--;
        memcpy(buf, v->s.p, n);
        buf[n] = '\0';
        break;
    }
    case SK_T_IP:
        sk_addr_text(&v->ip, tmp);
        memcpy(buf, tmp, strlen(tmp) < cap ? strlen(tmp) + 1 : cap);
        buf[cap - 1] = '\0';
        break;
    case SK_T_FLOAT:
        snprintf(buf, cap, "%.10g", v->f);
        break;
    case SK_T_LONG:
        snprintf(buf, cap, "%" PRId64, v->i);
        break;
    case SK_T_BOOL:
        snprintf(buf, cap, "%s", v->i ? "true" : "false");
        break;
    case SK_T_DATE:
        snprintf(buf, cap, "%s", sk_time_text(v->i, tmp));
        break;
    }
    return buf;
}

static unsigned add_part(const struct sk_event *ev, enum sk_part part, uint64_t *seen, enum sk_field_id *ret,
                         unsigned n) {
    for (const uint16_t *at = sk_part_fields(part); *at != SKF_none; at++) {
        enum sk_field_id f = (enum sk_field_id)at[0];
        uint64_t bit = UINT64_C(1) << (unsigned)f % 64, *word = &seen[(unsigned)f / 64];
        if (has(ev, f) && !(*word & bit))
            ret[n++] = f;
        *word |= bit;
    }
    return n;
}

unsigned sk_event_fields(const struct sk_event *ev, const struct sk_names *names, enum sk_field_id *ret) {
    enum sk_field_id f;
    unsigned n = 0;
    for (unsigned i = 0; (f = sk_head_field(i)) != SKF_none; i++)
        if (sk_head_listed(ev, names, f))
            ret[n++] = f;
    uint64_t seen[SKF_COUNT / 64 + 1] = {0};
    uint32_t at = 0;
    const struct sk_stored *s;
    while ((s = sk_stored_next(ev, &at))) {
        if (s->form == SK_FORM_PART) {
            n = add_part(ev, (enum sk_part)s->field, seen, ret, n);
            continue;
        }
        uint64_t bit = (uint64_t)1 << (s->field % 64);
        if (seen[s->field / 64] & bit)
            continue;
        seen[s->field / 64] |= bit;
        ret[n++] = (enum sk_field_id)s->field;
    }
    return n;
}

#define CMP(x, y)                                                                                                      \
    do {                                                                                                               \
        if ((x) != (y))                                                                                                \
            return (x) < (y) ? -1 : 1;                                                                                 \
    } while (0)

int sk_event_compare(const struct sk_event *a, const struct sk_event *b) {
    CMP(a->seq, b->seq);
    CMP(a->phase, b->phase);
    CMP(a->sub, b->sub);
    CMP(a->order, b->order);
    CMP(a->type, b->type);
    CMP(a->size, b->size);
    return memcmp(a, b, a->size);
}
