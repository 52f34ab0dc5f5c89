/* SPDX-License-Identifier: Apache-2.0 */
/* What wraps packets here by declaration: mirrors, 6rd domains, NAT64 prefixes. Lists are short: a walk is enough. */
#include "policy/pol.h"

static bool holds(const struct pol_nets *nets, const struct sk_addr *a) {
    for (size_t i = 0; i < nets->list.n; i++)
        if (sk_prefix_has(&nets->list.at[i].net, a))
            return true;
    return nets->list.n == 0;
}

const char *sk_mirror_name(enum sk_mirror m) {
    static const char *const names[] = {"", "erspan", "tzsp", "gre", "vxlan"};
    return (unsigned)m < sizeof names / sizeof *names ? names[m] : "";
}

unsigned sk_policy_mirrors(const struct sk_policy *p, const struct sk_addr *from, const struct sk_addr *to) {
    unsigned ret = 0;
    for (size_t i = 0; i < p->mirrors.n; i++) {
        const struct pol_mirror *m = &p->mirrors.at[i];
        if (holds(&m->from, from) && holds(&m->to, to))
            ret |= 1u << m->kind;
    }
    return ret;
}

bool sk_policy_has_mirrors(const struct sk_policy *p) { return p->mirrors.n > 0; }

bool sk_policy_sixrd(const struct sk_policy *p, const struct sk_addr *a, struct sk_sixrd *ret) {
    for (size_t i = 0; i < p->tunnels.n; i++) {
        const struct sk_sixrd *s = &p->tunnels.at[i].sixrd;
        if (s->prefix.len && sk_prefix_has(&s->prefix, a)) {
            *ret = *s;
            return true;
        }
    }
    return false;
}

bool sk_policy_nat64(const struct sk_policy *p, const struct sk_addr *a, struct sk_prefix *ret) {
    for (size_t i = 0; i < p->nat64_prefixes.list.n; i++) {
        const struct sk_prefix *net = &p->nat64_prefixes.list.at[i].net;
        if (sk_prefix_has(net, a)) {
            *ret = *net;
            return true;
        }
    }
    return false;
}
