/* SPDX-License-Identifier: Apache-2.0 */
/* Words, patterns and domain names. */
#include "policy/pol.h"

#include <strings.h>

const char *sk_ipv6_rule_name(enum sk_ipv6_rule r) {
    static const char *const name[] = {"unknown", "forbidden", "dual-stack", "ipv6-only"};
    return (unsigned)r < sizeof name / sizeof *name ? name[r] : "unknown";
}

const char *sk_side_name(enum sk_side s) {
    static const char *const name[] = {"inside", "partner", "outside"};
    return (unsigned)s < sizeof name / sizeof *name ? name[s] : "outside";
}

const char *sk_web_name(enum sk_web w) {
    static const char *const name[] = {"unknown", "none", "via-proxy", "direct"};
    return (unsigned)w < sizeof name / sizeof *name ? name[w] : "unknown";
}

const char *sk_router_verdict_name(enum sk_router_verdict v) {
    static const char *const name[] = {"unknown", "listed", "not-listed", "impersonation"};
    return (unsigned)v < sizeof name / sizeof *name ? name[v] : "unknown";
}

const char *sk_tunnel_verdict_name(enum sk_tunnel_verdict v) {
    static const char *const name[] = {"unknown", "allowed", "not-allowed"};
    return (unsigned)v < sizeof name / sizeof *name ? name[v] : "unknown";
}

const char *sk_proxy_verdict_name(enum sk_proxy_verdict v) {
    static const char *const name[] = {"unknown", "is-proxy", "exempt", "service-exempt", "no"};
    return (unsigned)v < sizeof name / sizeof *name ? name[v] : "unknown";
}

bool pol_glob(const char *pattern, const char *text) {
    size_t p = 0;
    size_t star = SIZE_MAX; /* of the last *, and where the text stood then */
    size_t mark = 0;
    size_t t = 0;
    while (text[t]) {
        if (pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (pattern[p] && (pattern[p] == '?' || pattern[p] == text[t])) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (pattern[p] == '*')
        p++;
    return pattern[p] == '\0';
}

static size_t domain_length(const char *s) {
    size_t n = strlen(s);
    return n && s[n - 1] == '.' ? n - 1 : n;
}

bool pol_domain_below(const char *name, const char *domain) {
    size_t n = domain_length(name);
    size_t d = domain_length(domain);
    if (d == 0 || n < d || strncasecmp(name + n - d, domain, d) != 0)
        return false;
    return n == d || name[n - d - 1] == '.';
}

bool pol_name_fits(const char *name, const char *pattern) {
    if (pattern[0] == '*' && pattern[1] == '.')
        return pol_domain_below(name, pattern + 2) && domain_length(name) > domain_length(pattern + 2);
    size_t n = domain_length(name);
    return n == domain_length(pattern) && strncasecmp(name, pattern, n) == 0;
}
