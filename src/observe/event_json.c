/* SPDX-License-Identifier: Apache-2.0 */
/* An event as one JSON object: field names split at their dots into nested objects, lists always arrays. */
#include "observe/event.h"

enum { FIELDS_MAX = 256 };

/* Number of leading dotted components that a and b share. */
static unsigned shared(const char *a, const char *b) {
    unsigned n = 0;
    for (size_t i = 0; a[i] && a[i] == b[i]; i++)
        if (a[i] == '.')
            n++;
    return n;
}

/*
 * Put f after the last field that shares most of its path, so that every object is opened once. Fields keep the order
 * of their first relative: head first, then as they were put.
 */
static void insert(uint16_t *list, size_t *n, uint16_t f) {
    if (*n == FIELDS_MAX)
        return;
    size_t at = *n;
    unsigned best = 0;
    for (size_t i = 0; i < *n; i++) {
        unsigned s = shared(sk_fields[list[i]].name, sk_fields[f].name);
        if (s > 0 && s >= best) {
            best = s;
            at = i + 1;
        }
    }
    memmove(list + at + 1, list + at, (*n - at) * sizeof *list);
    list[at] = f;
    (*n)++;
}

static size_t gather(const struct sk_event *ev, const struct sk_names *names, uint16_t list[FIELDS_MAX + 1]) {
    size_t n = 0;
    enum sk_field_id fields[SKF_COUNT];
    unsigned count = sk_event_fields(ev, names, fields);
    for (unsigned i = 0; i < count; i++)
        insert(list, &n, (uint16_t)fields[i]);
    return n;
}

static void value(struct sk_json_out *j, const struct sk_value *v) {
    char text[SK_VALUE_SCRATCH];
    switch (v->type) {
    case SK_T_KEYWORD:
        sk_json_textn(j, v->s.p, v->s.len);
        break;
    case SK_T_IP:
    case SK_T_DATE:
        sk_json_text(j, sk_value_text(v, text, sizeof text));
        break;
    case SK_T_LONG:
        sk_json_int(j, v->i);
        break;
    case SK_T_FLOAT:
        sk_json_real(j, v->f);
        break;
    case SK_T_BOOL:
        sk_json_bool(j, v->i != 0);
        break;
    }
}

static void field(struct sk_json_out *j, const struct sk_event *ev, const struct sk_names *names, enum sk_field_id f) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    bool list = sk_fields[f].many == SK_M_LIST;
    if (list)
        sk_json_array(j);
    for (unsigned k = 0; sk_event_get(ev, names, f, k, scratch, &v); k++) {
        value(j, &v);
        if (!list)
            break;
    }
    if (list)
        sk_json_end_array(j);
}

/* Key of component k of a dotted name. */
static void key(struct sk_json_out *j, const char *name, unsigned k) {
    char buf[64];
    const char *p = name;
    while (k-- > 0)
        p = strchr(p, '.') + 1;
    size_t n = strcspn(p, ".");
    if (n >= sizeof buf)
        n = sizeof buf - 1;
    memcpy(buf, p, n);
    buf[n] = '\0';
    sk_json_key(j, buf);
}

static unsigned dots(const char *name) {
    unsigned n = 0;
    for (; *name; name++)
        n += *name == '.';
    return n;
}

void sk_event_json(const struct sk_event *ev, const struct sk_names *names, struct sk_buf *buf) {
    uint16_t list[FIELDS_MAX + 1];
    size_t n = gather(ev, names, list);
    struct sk_json_out j;
    sk_json_begin(&j, buf);
    sk_json_object(&j);
    unsigned open = 0; /* objects open inside the outermost */
    const char *last = "";
    for (size_t i = 0; i < n; i++) {
        const char *name = sk_fields[list[i]].name;
        unsigned common = shared(last, name), depth = dots(name);
        for (; open > common; open--)
            sk_json_end_object(&j);
        for (; open < depth; open++) {
            key(&j, name, open);
            sk_json_object(&j);
        }
        key(&j, name, depth);
        field(&j, ev, names, (enum sk_field_id)list[i]);
        last = name;
    }
    for (; open > 0; open--)
        sk_json_end_object(&j);
    sk_json_end_object(&j);
}
