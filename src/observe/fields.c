/* SPDX-License-Identifier: Apache-2.0 */
/* The table of event types and fields, and finding a name in it. */
#include "sekimori/field.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#undef SK_EVENT
#undef SK_FIELD
const struct sk_field_info sk_fields[] = {
    {"", "", "", "", SK_T_KEYWORD, SK_M_ONE},
#define SK_EVENT(id, name, per, since, text)
#define SK_FIELD(id, name, type, many, unit, since, text) {name, unit, since, text, SK_T_##type, SK_M_##many},
#include "fields.gen.h"
#undef SK_EVENT
#undef SK_FIELD
};
const struct sk_event_info sk_events[] = {
    {"", "", "", SK_PER_FRAME},
#define SK_EVENT(id, name, per, since, text) {name, since, text, SK_PER_##per},
#define SK_FIELD(id, name, type, many, unit, since, text)
#include "fields.gen.h"
#undef SK_EVENT
#undef SK_FIELD
};
_Static_assert(sizeof sk_fields / sizeof sk_fields[0] == SKF_COUNT, "one row a field");
_Static_assert(sizeof sk_events / sizeof sk_events[0] == SKE_COUNT, "one row an event type");

struct name {
    const char *name;
    unsigned id;
};
static struct name field_index[SKF_COUNT], event_index[SKE_COUNT];
static const char *field_names[SKF_COUNT], *event_names[SKE_COUNT]; /* row 0 is unused, so one place for NULL */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct name *)a)->name, ((const struct name *)b)->name);
}

static void build(void) {
    for (unsigned i = 1; i < SKF_COUNT; i++)
        field_index[i - 1] = (struct name){sk_fields[i].name, i};
    for (unsigned i = 1; i < SKE_COUNT; i++)
        event_index[i - 1] = (struct name){sk_events[i].name, i};
    qsort(field_index, SKF_COUNT - 1, sizeof *field_index, by_name);
    qsort(event_index, SKE_COUNT - 1, sizeof *event_index, by_name);
    for (unsigned i = 0; i + 1 < SKF_COUNT; i++)
        field_names[i] = field_index[i].name;
    for (unsigned i = 0; i + 1 < SKE_COUNT; i++)
        event_names[i] = event_index[i].name;
}

static unsigned find(const struct name *index, size_t n, const char *name, size_t len) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = strncmp(index[mid].name, name, len);
        if (c == 0 && index[mid].name[len] != '\0')
            c = 1;
        if (c == 0)
            return index[mid].id;
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return 0;
}

enum sk_field_id sk_field_find(const char *name, size_t len) {
    pthread_once(&once, build);
    return (enum sk_field_id)find(field_index, SKF_COUNT - 1, name, len);
}

enum sk_event_type sk_event_type_find(const char *name, size_t len) {
    pthread_once(&once, build);
    return (enum sk_event_type)find(event_index, SKE_COUNT - 1, name, len);
}

const char *const *sk_field_names(void) {
    pthread_once(&once, build);
    return field_names;
}

const char *const *sk_event_type_names(void) {
    pthread_once(&once, build);
    return event_names;
}

const char *sk_field_type_name(enum sk_field_type t) {
    static const char *const names[] = {"keyword", "ip", "long", "float", "boolean", "date"};
    return (unsigned)t < sizeof names / sizeof names[0] ? names[t] : "keyword";
}
