/* SPDX-License-Identifier: Apache-2.0 */
/* Packet -> tap and segment. One table read in the common case: index.c has laid out the answer by tap and VID. */
#include "policy/pol.h"

uint16_t sk_policy_tap_by_name(const struct sk_policy *p, const char *name) {
    for (size_t i = 0; name && i < p->taps.n; i++)
        if (strcmp(p->taps.at[i].name, name) == 0)
            return (uint16_t)i;
    return SK_TAP_NONE;
}

uint16_t sk_policy_tap_of_iface(const struct sk_policy *p, const char *iface) {
    uint16_t found = SK_TAP_NONE;
    for (size_t i = 0; iface && i < p->taps.n; i++) {
        if (!p->taps.at[i].iface || strcmp(p->taps.at[i].iface, iface) != 0)
            continue;
        if (found != SK_TAP_NONE)
            return SK_TAP_NONE; /* eth1 of two sensors */
        found = (uint16_t)i;
    }
    return found;
}

/* A pattern that begins with a folder of any name also fits a path that begins there: a folder before it would be. */
static bool fits_path(const char *pattern, const char *path) {
    if (pol_glob(pattern, path))
        return true;
    return pattern[0] == '*' && pattern[1] == '/' && path[0] != '/' && pol_glob(pattern + 2, path);
}

uint16_t sk_policy_tap_of_file(const struct sk_policy *p, const char *path) {
    for (size_t i = 0; path && i < p->taps.n; i++)
        for (size_t k = 0; k < p->taps.at[i].files.list.n; k++)
            if (fits_path(p->taps.at[i].files.list.at[k].text, path))
                return (uint16_t)i;
    return SK_TAP_NONE;
}

bool sk_policy_taps_have_files(const struct sk_policy *p) {
    for (size_t i = 0; i < p->taps.n; i++)
        if (p->taps.at[i].files.list.n > 0)
            return true;
    return false;
}

const char *sk_policy_tap_name(const struct sk_policy *p, uint16_t tap) {
    return tap < p->taps.n ? p->taps.at[tap].name : NULL;
}

static bool has_vid(const struct pol_segment *s, uint16_t vid) {
    if (s->vids.n == 0)
        return true;
    for (size_t i = 0; i < s->vids.n; i++)
        if (s->vids.at[i] == vid)
            return true;
    return false;
}

/* Entries of one VNI stand together, the most exact first. */
static uint16_t segment_of_vni(const struct sk_policy *p, uint16_t tap, uint16_t vid, int32_t vni) {
    size_t low = 0;
    size_t high = p->n_vni;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (p->vni[mid].vni < vni)
            low = mid + 1;
        else
            high = mid;
    }
    uint16_t found = POL_NONE;
    unsigned exact = 0;
    for (; low < p->n_vni && p->vni[low].vni == vni; low++) {
        const struct pol_segment *s = &p->segments.at[p->vni[low].segment];
        if (found != POL_NONE && pol_exactness(s) < exact)
            break;
        if (!has_vid(s, vid) || (tap < p->taps.n && s->tap != POL_NONE && s->tap != tap))
            continue;
        if (found != POL_NONE && s->tap != POL_NONE)
            return POL_NONE; /* the tap is not known and two of them fit */
        found = p->vni[low].segment;
        exact = pol_exactness(s);
    }
    return found;
}

static uint16_t segment_of_prefix(const struct sk_policy *p, const struct sk_addr *a) {
    uint32_t at = a ? pol_lpm_find(&p->by_prefix, a) : POL_LPM_NONE;
    return at == POL_LPM_NONE ? POL_NONE : p->prefix_segment[at];
}

uint16_t sk_policy_segment(const struct sk_policy *p, uint16_t tap, const uint16_t *vlan, unsigned n_vlan, int32_t vni,
                           const struct sk_addr *src, const struct sk_addr *dst) {
    if (p->segments.n == 0)
        return POL_NONE;
    uint16_t vid = 0; /* priority tags are no VLAN: the outermost VID that is not 0 */
    for (unsigned i = 0; i < n_vlan && vid == 0; i++)
        vid = vlan[i] & (POL_VIDS - 1);
    uint16_t found = vni >= 0 ? segment_of_vni(p, tap, vid, vni) : POL_NONE;
    if (found == POL_NONE)
        found = p->flat[(tap < p->taps.n ? tap : p->taps.n) * POL_VIDS + vid];
    if (found == POL_NONE)
        found = segment_of_prefix(p, src);
    if (found == POL_NONE)
        found = segment_of_prefix(p, dst);
    return found == POL_NONE ? p->any : found;
}

const struct sk_segment *sk_policy_segment_at(const struct sk_policy *p, uint16_t segment) {
    return segment < p->segments.n ? &p->segments.at[segment].pub : NULL;
}

size_t sk_policy_segments(const struct sk_policy *p) { return p->segments.n; }
