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

static bool same(char a, char b, bool nocase) {
    if (!nocase)
        return a == b;
    a = a >= 'A' && a <= 'Z' ? (char)(a | 0x20) : a;
    b = b >= 'A' && b <= 'Z' ? (char)(b | 0x20) : b;
    return a == b;
}

static bool glob(const char *pattern, const char *text, bool nocase) {
    size_t p = 0;
    size_t star = SIZE_MAX; /* of the last *, and where the text stood then */
    size_t mark = 0;
    size_t t = 0;
    while (text[t]) {
        if (pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (pattern[p] && (pattern[p] == '?' || same(pattern[p], text[t], nocase))) {
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

const char *sk_device_state_name(enum sk_device_state s) {
    static const char *const name[] = {"in-use", "retired", "lost"};
    return (unsigned)s < sizeof name / sizeof *name ? name[s] : "in-use";
}

const char *sk_exception_effect_name(enum sk_exception_effect e) {
    static const char *const name[] = {"mute", "lower", "raise"};
    return (unsigned)e < sizeof name / sizeof *name ? name[e] : "lower";
}

bool pol_glob(const char *pattern, const char *text) { return glob(pattern, text, false); }
bool pol_glob_nocase(const char *pattern, const char *text) { return glob(pattern, text, true); }

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
