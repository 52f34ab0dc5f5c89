/* SPDX-License-Identifier: Apache-2.0 */
/** What a suggestion is made of. */
#ifndef SEKIMORI_SRC_POLICY_SUGGEST_H
#define SEKIMORI_SRC_POLICY_SUGGEST_H

#include "sekimori/suggest.h"
#include "sekimori/table.h"

enum {
    SUG_LISTED = 6,
    SUG_WORD = 24,
    SUG_TAP = 200,
    SUG_SEGMENTS_MAX = 4096,
    SUG_SEEN_MAX = 4096,
    SUG_CLIENTS_MAX = 1 << 18
};
enum sug_what {
    SUG_ROUTER,
    SUG_DHCP,
    SUG_DHCPV6,
    SUG_RESOLVER,
    SUG_PROXY,
    SUG_MAIL,
    SUG_NTP,
    SUG_TUNNEL,
    SUG_MIRROR,
    SUG_NAT64,
    SUG_PREFIX, /* of IPv4, and how it is known */
    SUG_KINDS
};
enum { SUG_ANYWHERE = -1 };

/** A link: a VLAN or an overlay of a folder of captures. */
struct sug_link {
    uint16_t tap; /* index of its folder */
    uint16_t zero;
    int32_t link; /* VLAN, 0 untagged, -1 - VNI; INT32_MAX: no link layer */
};
struct sug_segment {
    int index; /* in order of appearance, from 1 */
    uint64_t devices, random, with_ipv6, with_global;
    uint64_t category[16]; /* MACs that spoke so */
    sk_time first, last;
};

/** Somebody who does something for others; kept as text where it will be text. */
struct sug_key {
    uint8_t what;
    uint8_t zero;
    uint16_t port;
    int32_t segment;
    struct sk_mac mac;
    char word[SUG_WORD];
    struct sk_addr a, b;
};
struct sug_list {
    unsigned n;
    char at[SUG_LISTED][SK_PREFIX_TEXT];
};
struct sug_seen {
    struct sug_key key;
    uint64_t n, clients;
    sk_time first, last;
    struct sug_list prefixes, addrs, words;
    int64_t lifetime;
    char state[SUG_WORD];
    uint8_t len; /* of SUG_PREFIX */
};
/** What the inventory knows of a MAC that stands in the suggestion. */
struct sug_mac {
    int32_t segment;
    struct sk_mac mac;
    uint16_t zero;
};
struct sug_note {
    char name[SK_DEVICE_NAME];
    const char *source, *virtual_mac;
    bool random;
};

struct sk_suggestion {
    struct sk_table *segments; /* sug_link -> sug_segment */
    struct sk_table *taps;     /* folder -> index */
    struct sk_table *seen[SUG_KINDS];
    struct sk_table *once;  /* whose, who: counted once */
    struct sk_table *notes; /* sug_mac -> sug_note */
    int n_segments;         /* that there ever were */
    uint16_t n_taps, tap;   /* the same; of the last event */
    uint64_t events;
    sk_time first, last;
};

/** All of a kind in a segment (SUG_ANYWHERE: of none), most often seen first; the array is the caller's to free. */
struct sug_seen **sug_of(const struct sk_suggestion *s, enum sug_what what, int segment, size_t *ret_n);
/** NULL: the inventory did not know it. */
const struct sug_note *sug_note_of(const struct sk_suggestion *s, int segment, const struct sk_mac *mac);
extern const char *const sug_categories[];

#endif
