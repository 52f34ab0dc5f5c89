/* SPDX-License-Identifier: Apache-2.0 */
/** A device as `sekimori devices` tells of it, put together from all the places where it was seen. */
#ifndef SEKIMORI_SRC_REPORT_DEVICES_H
#define SEKIMORI_SRC_REPORT_DEVICES_H

#include "sekimori/report.h"

struct texts {
    char **at;
    unsigned n;
};
struct collected {
    char id[24];
    struct sk_mac mac; /* the one seen last */
    bool mac_random;
    const char *virtual_mac;
    char *vendor, *name, *name_source, *section, *registered, *switch_port, *model;
    struct texts macs, segments, vlans, vnis, duids;
    bool untagged; /* seen without a VLAN tag where no segment is known */
    struct sk_device_ip *ip;
    struct sk_device_name *names;
    struct sk_device_conflict *conflict;
    unsigned n_ip, n_names, n_conflict, roles;
    uint64_t ip_forgotten;
    sk_time first, last;
};

/** What opt asks for, in order; the array is the caller's to free. */
struct collected **devices_chosen(struct sk_devices *d, const struct sk_devices_options *opt, size_t *ret_n);
uint64_t devices_left_out(const struct sk_devices *d);
/** How the i-th address of it was formed, as far as can be told. */
const char *devices_ip_kind(const struct collected *c, unsigned i);

#endif
