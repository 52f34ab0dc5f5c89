/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One SMTP connection (RFC 5321, 2920 pipelining, 3030 BDAT, 3207 STARTTLS) followed from the bytes of both sides, in
 * the order in which they were seen. Commands wait in a queue for their replies; replies drive the transaction.
 *
 * Of addresses only the domain is kept. Of messages nothing is kept.
 */
#ifndef OBSERVE_SMTP_SESSION_H
#define OBSERVE_SMTP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SK_SMTP_LINE_MAX = 1024, /**< RFC 5321 4.5.3.1: 512 and extensions; a longer command is one nobody knows */
    SK_SMTP_DOMAIN_MAX = 255,
    SK_SMTP_QUEUE = 128, /**< commands without reply */
    SK_SMTP_TEXT = 3072, /**< their domains */
    SK_SMTP_RCPTS = 16,  /**< distinct recipient domains of a transaction */
    SK_SMTP_RCPT_TEXT = 1024,
};

enum sk_smtp_verb {
    SK_SMTP_BANNER,
    SK_SMTP_HELO,
    SK_SMTP_MAIL,
    SK_SMTP_RCPT,
    SK_SMTP_DATA,
    SK_SMTP_DATA_END,
    SK_SMTP_BDAT,
    SK_SMTP_BDAT_LAST,
    SK_SMTP_RSET,
    SK_SMTP_STARTTLS,
    SK_SMTP_AUTH,
    SK_SMTP_QUIT,
    SK_SMTP_OTHER
};

struct sk_smtp_pending {
    uint8_t verb;
    bool null_path; /**< MAIL FROM:<> */
    uint8_t len;    /**< of the domain */
    uint16_t at;    /**< of the domain in text */
};

/** One MAIL FROM .. end of data, or as far as it came. Domains are lower case. */
struct sk_smtp_transaction {
    bool active;
    bool null_path;
    uint8_t from_len;
    uint8_t n_rcpt; /**< distinct domains in rcpt */
    uint16_t rcpt_used;
    uint32_t rcpt_accepted, rcpt_refused;
    uint16_t refused_code; /**< of the last recipient refused */
    uint8_t from[SK_SMTP_DOMAIN_MAX];
    uint8_t rcpt[SK_SMTP_RCPT_TEXT]; /**< length octet, domain, ... */
};

struct sk_smtp_session;
/**
 * A transaction is over. code: the reply that decided, 0 = no reply was seen because the server's side is not.
 * tls: nothing more can be read, t is empty.
 */
typedef void sk_smtp_told(void *arg, const struct sk_smtp_session *s, const struct sk_smtp_transaction *t,
                          uint16_t code, bool tls);

struct sk_smtp_session {
    sk_smtp_told *told;
    void *arg;
    uint8_t mode; /* of the client's bytes */
    bool started, synced, dead, server_seen;
    bool data_gap;    /* bytes of this message were lost */
    bool line_lost;   /* the line being read cannot be understood */
    uint8_t dot;      /* state of the search for the end of data */
    uint8_t reply_at; /* octets of the server's line so far, at most 4 */
    bool reply_bad, reply_more;
    uint16_t code;
    uint16_t line_len;
    uint64_t chunk; /* octets of BDAT to come */
    bool chunk_last;
    uint32_t unreplied; /* commands that left the queue before their reply */
    uint16_t q_first, q_len, text_used;
    uint8_t helo_len;
    uint8_t helo[SK_SMTP_DOMAIN_MAX]; /**< as the client said it */
    struct sk_smtp_transaction t;
    struct sk_smtp_pending queue[SK_SMTP_QUEUE];
    uint8_t text[SK_SMTP_TEXT];
    uint8_t line[SK_SMTP_LINE_MAX];
};

void sk_smtp_begin(struct sk_smtp_session *s, sk_smtp_told *told, void *arg);
/** The next bytes of one side; gap: some were lost before them. */
void sk_smtp_client(struct sk_smtp_session *s, const uint8_t *bytes, size_t n, bool gap);
void sk_smtp_server(struct sk_smtp_session *s, const uint8_t *bytes, size_t n, bool gap);
/** The connection is over: what waits for the replies of a side that was never seen is told now. */
void sk_smtp_end(struct sk_smtp_session *s);

/** The domain of a path like `<@relay:"a@b"@example.org>` or `user@example.org`, lower case, no final dot; an address
 * literal has none. @param ret_null the path is <> @return length, 0 = none */
uint8_t sk_smtp_path_domain(const uint8_t *text, size_t n, uint8_t out[SK_SMTP_DOMAIN_MAX], bool *ret_null);
/** Is this a name that mail could be sent from: letters, digits, hyphens, dots, no address, at least two labels? */
bool sk_smtp_is_domain(const uint8_t *name, size_t n);

#endif
