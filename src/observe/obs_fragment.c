/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams put together from fragments (RFC 791, RFC 8200 4.5): how many, whether they overlapped (RFC 5722), whether
 * the first one held the whole header chain (RFC 7112), whether the rest ever came. What they carried is told by the
 * observers of that.
 */
#include "observe/fragment.h"
#include "sekimori/observer.h"

/* clang-format off */
SK_EVENT(ip_fragments, "ip.fragments", FRAME, "0.1", "A fragmented datagram, put together or given up")
SK_FIELD(ip_fragment_count, "ip.fragment.count", LONG, ONE, "", "0.1", "Fragments that arrived")
SK_FIELD(ip_fragment_bytes, "ip.fragment.bytes", LONG, ONE, "B", "0.1", "Payload of the datagram, as far as it is known")
SK_FIELD(ip_fragment_complete, "ip.fragment.complete", BOOL, ONE, "", "0.1", "Every byte arrived")
SK_FIELD(ip_fragment_problem, "ip.fragment.problem", KEYWORD, LIST, "", "0.1", "duplicate (the very same fragment), overlap (of fragments that are not the same), conflict (overlapping bytes differ), two-ends, beyond-end, too-many, too-long, unaligned, no-upper-layer, incomplete, evicted, late (IPv4: overlapping bytes came over a second later), no-first (the first fragment never came, a later one begins like neighbour discovery)")
SK_FIELD(ip_fragment_kept, "ip.fragment.kept", KEYWORD, ONE, "", "0.1", "Overlapping bytes differ: as a host sees it that keeps the first, or the last")
/* clang-format on */

static const char *const words[] = {"duplicate", "overlap",        "conflict",   "too-many", "too-long",
                                    "unaligned", "no-upper-layer", "incomplete", "evicted",  "late",
                                    "no-first",  "two-ends",       "beyond-end"};

void sk_obs_put_fragments(struct sk_event *ev, const struct sk_datagram *d) {
    sk_event_put_int(ev, SKF_ip_fragment_count, d->fragments);
    sk_event_put_int(ev, SKF_ip_fragment_complete, d->complete);
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (d->problems >> i & 1)
            sk_event_put_text(ev, SKF_ip_fragment_problem, words[i]);
    if (d->keeps_last || d->more_variants)
        sk_event_put_text(ev, SKF_ip_fragment_kept, d->keeps_last ? "last" : "first");
}

static void datagram_done(void *state, struct sk_obs *o) {
    (void)state;
    struct sk_event *ev = sk_obs_event(o, SKE_ip_fragments, o->datagram->from);
    if (!ev)
        return;
    sk_obs_put_fragments(ev, o->datagram);
    sk_event_put_int(ev, SKF_ip_fragment_bytes, o->datagram->bytes);
    sk_event_put_text(ev, SKF_sekimori_certainty, "observed");
    sk_obs_commit(o, ev);
}

const struct sk_observer sk_obs_fragment = {.name = "fragment", .datagram_done = datagram_done};
