/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that the events of a rule never have: it would simply never match, and nobody would see why. */
#include "match/pred.h"

#include <string.h>

enum sk_event_type sk_field_owner(enum sk_field_id f) {
    enum sk_event_type ret = SKE_none;
    for (unsigned t = 1; t < SKE_COUNT; t++) {
        size_t n = strlen(sk_events[t].name);
        if (strncmp(sk_fields[f].name, sk_events[t].name, n) == 0 && sk_fields[f].name[n] == '.' &&
            (ret == SKE_none || n > strlen(sk_events[ret].name)))
            ret = (enum sk_event_type)t;
    }
    return ret;
}

static bool begins(const char *name, const char *head) {
    size_t n = strlen(head);
    return strncmp(name, head, n) == 0 && name[n] == '.';
}

/* What a message says stands in events of its protocol, and in those that are about such messages. */
static const struct {
    const char *group, *events[4];
} protocols[] = {
    {"arp", {"arp"}},   {"dhcpv4", {"dhcpv4"}},           {"dhcpv6", {"dhcpv6"}}, {"icmpv6", {"icmpv6", "nd"}},
    {"smtp", {"smtp"}}, {"dns", {"dns", "name", "smtp"}},
};

static bool never_has(enum sk_event_type event, enum sk_field_id f) {
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        if (!begins(sk_fields[f].name, protocols[i].group))
            continue;
        for (size_t k = 0; k < 4 && protocols[i].events[k]; k++)
            if (begins(sk_events[event].name, protocols[i].events[k]))
                return false;
        return true;
    }
    return false;
}

void sk_load_absent(const struct sk_load *l, const struct sk_yaml *at, enum sk_field_id f) {
    enum sk_event_type owner = sk_field_owner(f);
    if (l->event == SKE_none || f == SKF_none || sk_events[l->event].per == SK_PER_DERIVED)
        return; /* what the correlator makes may carry the fields of what it was made from */
    bool other_message = owner != SKE_none && owner != l->event && begins(sk_events[owner].name, "icmpv6") &&
                         begins(sk_events[l->event].name, "icmpv6");
    if (other_message || never_has(l->event, f))
        sk_load_warning(l, at, "events of %s have no `%s`: it is never there", sk_events[l->event].name,
                        sk_fields[f].name);
}
