/* SPDX-License-Identifier: Apache-2.0 */
/** IP addresses, MAC addresses and prefixes as values, and their text forms. */
#ifndef SEKIMORI_ADDR_H
#define SEKIMORI_ADDR_H

#include "sekimori/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/** fam 0: no address. IPv4 uses b[0..3], the rest is zero; so memcmp() compares. ::ffff:1.2.3.4 is fam 6. */
struct sk_addr {
    uint8_t b[16];
    uint8_t fam; /**< 0, 4 or 6 */
};
struct sk_mac {
    uint8_t b[6];
};
struct sk_prefix {
    struct sk_addr addr; /**< host bits zero */
    uint8_t len;         /**< 0..32 or 0..128 */
};

enum { SK_ADDR_TEXT = 46, SK_MAC_TEXT = 18, SK_PREFIX_TEXT = 50 };

/** RFC 5952 text (IPv4: dotted quad; ::ffff:0:0/96: mixed; all else hexadecimal). fam 0 gives "". @return buf */
char *sk_addr_text(const struct sk_addr *a, char buf[SK_ADDR_TEXT]);
/** ECS form: upper case, hyphens. @return buf */
char *sk_mac_text(const struct sk_mac *m, char buf[SK_MAC_TEXT]);
char *sk_prefix_text(const struct sk_prefix *p, char buf[SK_PREFIX_TEXT]);

/** Strict: no leading zeros in IPv4 parts, no zone id, nothing after. @param len bytes of text @return false: not an
 * address */
SK_MUST_USE bool sk_addr_parse(const char *text, size_t len, struct sk_addr *ret);
/** Hyphens, colons or Cisco dots (0200.0000.00aa); either case. */
SK_MUST_USE bool sk_mac_parse(const char *text, size_t len, struct sk_mac *ret);
/** "addr" (whole length) or "addr/len"; host bits must be zero unless lax. */
SK_MUST_USE bool sk_prefix_parse(const char *text, size_t len, bool lax, struct sk_prefix *ret);
bool sk_prefix_has(const struct sk_prefix *p, const struct sk_addr *a);

static inline bool sk_addr_eq(const struct sk_addr *a, const struct sk_addr *b) { return memcmp(a, b, sizeof *a) == 0; }
static inline bool sk_mac_eq(const struct sk_mac *a, const struct sk_mac *b) { return memcmp(a, b, sizeof *a) == 0; }
static inline bool sk_mac_zero(const struct sk_mac *m) {
    static const struct sk_mac zero;
    return sk_mac_eq(m, &zero);
}

/** RFC 4291 / 4007 scope of an address, IPv4 mapped onto the same words. */
/** IPv4 address inside a, whose first prefix_len bits are a translator's prefix (RFC 6052 2.2: 32, 40, 48, 56, 64, 96).
 * @return false: another length or family, bits 64 to 71 set */
bool sk_addr_rfc6052(const struct sk_addr *a, unsigned prefix_len, struct sk_addr *ret);

enum sk_scope {
    SK_SCOPE_NONE,
    SK_SCOPE_UNSPECIFIED,
    SK_SCOPE_LOOPBACK,
    SK_SCOPE_LINK_LOCAL,
    SK_SCOPE_PRIVATE /**< RFC 1918, 6598 */,
    SK_SCOPE_ULA,
    SK_SCOPE_GLOBAL,
    SK_SCOPE_MULTICAST,
    SK_SCOPE_BROADCAST,
    SK_SCOPE_RESERVED
};
enum sk_scope sk_addr_scope(const struct sk_addr *a);
/** "unspecified", "loopback", "link-local", "private", "ula", "global", "multicast", "broadcast", "reserved" */
const char *sk_scope_name(enum sk_scope s);

/** How an IPv6 address was formed, as far as its bits tell: "eui64", "manual" (small numbers), "stable-or-random",
 * "teredo", "6to4", "isatap", "nat64", "v4-mapped", "v4-compatible", "unspecified". */
const char *sk_addr_kind(const struct sk_addr *a);
/** The MAC inside a modified EUI-64 interface identifier (RFC 4291 appendix A). @return false: there is none */
bool sk_addr_eui64(const struct sk_addr *a, struct sk_mac *ret);
/** The IPv4 address of the host inside a 6to4 (RFC 3056), ISATAP (RFC 5214) or Teredo (RFC 4380) address.
 *  @return false: it is none of these */
bool sk_addr_embedded4(const struct sk_addr *a, struct sk_addr *ret);

#endif
