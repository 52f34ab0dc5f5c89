/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A DNS message (RFC 1035 section 4, EDNS RFC 6891) as values, read within bounds: names by pointers that only go back,
 * at most 127 labels and 255 octets; resource records up to a budget, however many the header claims.
 */
#ifndef OBSERVE_DNS_WIRE_H
#define OBSERVE_DNS_WIRE_H

#include "sekimori/cursor.h"

enum {
    SK_DNS_NAME_MAX = 255,
    SK_DNS_NAME_TEXT = 4 * SK_DNS_NAME_MAX + 1,
    SK_DNS_RRS_MAX = 1024,   /**< records walked in one message */
    SK_DNS_ANSWERS_MAX = 64, /**< records of the answer section that are looked into */
    SK_DNS_IPS_MAX = 16,
};

/** A name in wire form without compression, A-Z made lower case; the root is one zero octet. */
struct sk_dns_name {
    uint8_t len; /**< octets in b */
    uint8_t b[SK_DNS_NAME_MAX];
};

enum sk_dns_flag {
    SK_DNS_QR = 0x8000,
    SK_DNS_AA = 0x0400,
    SK_DNS_TC = 0x0200,
    SK_DNS_RD = 0x0100,
    SK_DNS_RA = 0x0080,
    SK_DNS_AD = 0x0020,
    SK_DNS_CD = 0x0010
};
enum { SK_DNS_TYPE_A = 1, SK_DNS_TYPE_NS = 2, SK_DNS_TYPE_CNAME = 5, SK_DNS_TYPE_SOA = 6, SK_DNS_TYPE_TXT = 16 };
enum { SK_DNS_TYPE_AAAA = 28, SK_DNS_TYPE_OPT = 41, SK_DNS_CLASS_IN = 1 };

enum sk_dns_spf { SK_DNS_SPF_UNKNOWN, SK_DNS_SPF_PRESENT, SK_DNS_SPF_ABSENT };

struct sk_dns {
    uint16_t id, flags;
    uint16_t count[4]; /**< as claimed: questions, answers, authority, additional */
    uint16_t rcode;    /**< with the upper bits of EDNS */
    bool has_question; /**< exactly one, readable */
    bool complete;     /**< every record claimed was there and was walked */
    bool edns, dnssec_ok;
    uint16_t udp_size;  /**< of EDNS */
    bool soa, referral; /**< in the authority section: SOA; NS without SOA */
    bool cname;         /**< the question's name is an alias, followed inside this answer */
    uint16_t qtype, qclass;
    struct sk_dns_name qname;
    unsigned n_ip; /**< A and AAAA of the name asked for or of the end of its aliases */
    struct sk_addr ip[SK_DNS_IPS_MAX];
    enum sk_dns_spf spf; /**< of an answer to a TXT question (RFC 7208 section 4.5) */
};

/** @return false: no header, or a question that cannot be read */
bool sk_dns_read(struct sk_cur message, struct sk_dns *ret);

/** A record of a message: where its owner's name and its data begin in the message. */
struct sk_dns_rr {
    unsigned section; /**< 1 answer, 2 authority, 3 additional */
    uint16_t type, class, len;
    uint32_t ttl;
    size_t owner, data;
};
/** Every record in order, up to SK_DNS_RRS_MAX, whatever questions stand before them (mDNS asks many at once).
 *  each answers false to stop. @return false: broken before the end, or cut */
bool sk_dns_records(const struct sk_cur *message, bool (*each)(void *arg, const struct sk_dns_rr *r), void *arg);
/** Read the name at *off of the message and move *off behind it. @return false: broken */
bool sk_dns_name_read(const struct sk_cur *message, size_t *off, struct sk_dns_name *ret);
/** Presentation form without the final dot, `\DDD` for what is not printable, `\.` and `\\`; the root is ".". @return
 * buf */
char *sk_dns_name_text(const struct sk_dns_name *n, char buf[SK_DNS_NAME_TEXT]);
/** "A", "TXT", "TYPE65280" (RFC 3597). @return buf or a constant */
const char *sk_dns_type_name(uint16_t type, char buf[16]);
/** "NOERROR", "NXDOMAIN", or the number. @return buf or a constant */
const char *sk_dns_rcode_name(uint16_t rcode, char buf[16]);

#endif
