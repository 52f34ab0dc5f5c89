/* SPDX-License-Identifier: Apache-2.0 */
/* Short lists of one entry: is this among them? */
#include "policy/pol.h"

bool pol_nets_have(const struct pol_nets *nets, const struct sk_addr *a) {
    for (size_t i = 0; nets && a && i < nets->list.n; i++)
        if (sk_prefix_has(&nets->list.at[i].net, a))
            return true;
    return false;
}

bool pol_nets_name(const struct pol_nets *nets, const struct sk_prefix *x) {
    for (size_t i = 0; i < nets->list.n; i++)
        if (nets->list.at[i].net.len == x->len && sk_addr_eq(&nets->list.at[i].net.addr, &x->addr))
            return true;
    return false;
}

bool pol_macs_have(const struct pol_macs *macs, const struct sk_mac *m) {
    for (size_t i = 0; macs && m && i < macs->list.n; i++)
        if (sk_mac_eq(&macs->list.at[i], m))
            return true;
    return false;
}
