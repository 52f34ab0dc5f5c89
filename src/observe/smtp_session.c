/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SMTP, RFC 5321: commands and replies.
 *
 *   client: VERB SP argument CRLF ... DATA CRLF, message, CRLF . CRLF;  BDAT n [LAST] CRLF, n octets
 *   server: ddd-text CRLF, ..., ddd SP text CRLF
 *
 * What follows DATA depends on the reply, and a client waits for it; where it does not come (one side is seen), the
 * message is assumed. After a loss nothing is understood until the server has replied to something: then the client is
 * between commands, or (354) in a message.
 */
#include "observe/smtp_session.h"

#include "sekimori/cursor.h"

#include <string.h>

enum mode { COMMANDS, DATA_WAIT, DATA, CHUNK, TLS_WAIT, AUTH_LINE };
enum dot { LINE_START, DOT, DOT_CR, IN_LINE, IN_LINE_CR };
enum { TLS_HANDSHAKE = 0x16, BDAT_DIGITS_MAX = 18 };

void sk_smtp_begin(struct sk_smtp_session *s, sk_smtp_told *told, void *arg) {
    memset(s, 0, sizeof *s);
    s->told = told;
    s->arg = arg;
}

/* --- domains --- */

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c; }

static bool name_octet(uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c >= 0x80;
}

bool sk_smtp_is_domain(const uint8_t *name, size_t n) {
    bool dots = false, letter = false;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = lower(name[i]);
        if (!name_octet(c) || (c == '.' && (i == 0 || name[i - 1] == '.')))
            return false;
        dots |= c == '.' && i + 1 < n;
        letter |= (c >= 'a' && c <= 'z') || c >= 0x80;
    }
    return n > 0 && n <= SK_SMTP_DOMAIN_MAX && dots && letter;
}

/** Where the path ends: at its bracket, or at a space; quoted text may hold both. */
static size_t path_end(const uint8_t *p, size_t n, bool bracket) {
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\\' && quoted)
            i++;
        else if (p[i] == '"')
            quoted = !quoted;
        else if (!quoted && (bracket ? p[i] == '>' : p[i] == ' '))
            return i;
    }
    return n;
}

uint8_t sk_smtp_path_domain(const uint8_t *text, size_t n, uint8_t out[SK_SMTP_DOMAIN_MAX], bool *ret_null) {
    *ret_null = false;
    size_t i = 0;
    while (i < n && text[i] == ' ')
        i++;
    bool bracket = i < n && text[i] == '<';
    i += bracket;
    size_t end = i + path_end(text + i, n - i, bracket);
    *ret_null = bracket && end == i && end < n;
    size_t at = end;
    while (at > i && text[at - 1] != '@')
        at--;
    if (at == i)
        return 0;
    size_t len = end - at;
    if (len && text[at + len - 1] == '.')
        len--;
    if (len == 0 || len > SK_SMTP_DOMAIN_MAX)
        return 0;
    for (size_t k = 0; k < len; k++) {
        out[k] = lower(text[at + k]);
        if (!name_octet(out[k]))
            return 0;
    }
    return (uint8_t)len;
}

/* --- the transaction --- */

static void forget(struct sk_smtp_session *s) { memset(&s->t, 0, offsetof(struct sk_smtp_transaction, from)); }

static void tell(struct sk_smtp_session *s, uint16_t code) {
    if (s->t.active)
        s->told(s->arg, s, &s->t, code, false);
    forget(s);
}

/** Left without a message: worth telling only if all recipients were refused. */
static void abandon(struct sk_smtp_session *s) {
    if (s->t.rcpt_refused && !s->t.rcpt_accepted)
        tell(s, s->t.refused_code);
    forget(s);
}

static void add_rcpt(struct sk_smtp_transaction *t, const uint8_t *name, uint8_t len) {
    size_t at = 0;
    for (unsigned i = 0; i < t->n_rcpt; i++) {
        if (t->rcpt[at] == len && memcmp(t->rcpt + at + 1, name, len) == 0)
            return;
        at += 1u + t->rcpt[at];
    }
    if (len == 0 || t->n_rcpt == SK_SMTP_RCPTS || at + 1 + len > sizeof t->rcpt)
        return;
    t->rcpt[at] = len;
    memcpy(t->rcpt + at + 1, name, len);
    t->n_rcpt++;
    t->rcpt_used = (uint16_t)(at + 1 + len);
}

static bool good(uint16_t code) { return code == 0 || code / 100 == 2; }

static void begin_mail(struct sk_smtp_session *s, const struct sk_smtp_pending *p, uint16_t code) {
    abandon(s);
    s->t.active = true;
    s->t.null_path = p->null_path;
    s->t.from_len = p->len;
    memcpy(s->t.from, s->text + p->at, p->len);
    if (!good(code))
        tell(s, code);
}

static void recipient(struct sk_smtp_session *s, const struct sk_smtp_pending *p, uint16_t code) {
    if (!s->t.active)
        return;
    add_rcpt(&s->t, s->text + p->at, p->len);
    if (good(code)) {
        s->t.rcpt_accepted++;
    } else {
        s->t.rcpt_refused++;
        s->t.refused_code = code;
    }
}

static void tls(struct sk_smtp_session *s) {
    forget(s);
    s->dead = true;
    s->told(s->arg, s, &s->t, 220, true);
}

/** What a reply to this command means; code 0: there is none to be seen. */
static void apply(struct sk_smtp_session *s, const struct sk_smtp_pending *p, uint16_t code) {
    switch ((enum sk_smtp_verb)p->verb) {
    case SK_SMTP_HELO:
        abandon(s);
        s->helo_len = p->len;
        memcpy(s->helo, s->text + p->at, p->len);
        break;
    case SK_SMTP_MAIL:
        begin_mail(s, p, code);
        break;
    case SK_SMTP_RCPT:
        recipient(s, p, code);
        break;
    case SK_SMTP_DATA:
        if (code && code != 354)
            tell(s, code);
        break;
    case SK_SMTP_BDAT:
        if (!good(code))
            tell(s, code);
        break;
    case SK_SMTP_DATA_END:
    case SK_SMTP_BDAT_LAST:
        tell(s, code);
        break;
    case SK_SMTP_RSET:
    case SK_SMTP_QUIT:
        abandon(s);
        break;
    case SK_SMTP_STARTTLS:
        if (code == 220)
            tls(s);
        break;
    default:
        break;
    }
}

/* --- the queue --- */

static struct sk_smtp_pending pop(struct sk_smtp_session *s) {
    struct sk_smtp_pending p = s->queue[s->q_first];
    s->q_first = (uint16_t)((s->q_first + 1) % SK_SMTP_QUEUE);
    s->q_len--;
    return p;
}

static void push(struct sk_smtp_session *s, enum sk_smtp_verb verb, const uint8_t *name, uint8_t len, bool null_path) {
    if (s->q_len == SK_SMTP_QUEUE) {
        struct sk_smtp_pending first = pop(s);
        apply(s, &first, 0);
        s->unreplied++;
    }
    if (s->q_len == 0)
        s->text_used = 0;
    if (len > SK_SMTP_TEXT - s->text_used)
        len = 0;
    if (len)
        memcpy(s->text + s->text_used, name, len);
    s->queue[(s->q_first + s->q_len++) % SK_SMTP_QUEUE] =
        (struct sk_smtp_pending){.verb = (uint8_t)verb, .null_path = null_path, .len = len, .at = s->text_used};
    s->text_used = (uint16_t)(s->text_used + len);
}

static void lose_sync(struct sk_smtp_session *s) {
    forget(s);
    s->q_len = 0;
    s->unreplied = 0;
    s->synced = false;
    s->mode = COMMANDS;
    s->line_len = 0;
    s->line_lost = true;
}

/* --- the client --- */

static bool is_verb(const uint8_t *line, size_t n, const char *verb) {
    size_t len = strlen(verb);
    if (n < len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (lower(line[i]) != (uint8_t)verb[i])
            return false;
    return n == len || line[len] == ' ' || verb[len - 1] == ':';
}

static void start_chunk(struct sk_smtp_session *s, const uint8_t *arg, size_t n) {
    uint64_t size = 0;
    size_t i = 0;
    while (i < n && arg[i] == ' ')
        i++;
    for (size_t digits = 0; i < n && arg[i] >= '0' && arg[i] <= '9' && digits < BDAT_DIGITS_MAX; i++, digits++)
        size = size * 10 + (arg[i] - (uint8_t)'0');
    while (i < n && arg[i] == ' ')
        i++;
    s->chunk = size;
    s->chunk_last = is_verb(arg + i, n - i, "last");
    s->mode = size ? CHUNK : COMMANDS;
    push(s, s->chunk_last ? SK_SMTP_BDAT_LAST : SK_SMTP_BDAT, NULL, 0, false);
}

static void command(struct sk_smtp_session *s, const uint8_t *line, size_t n) {
    uint8_t name[SK_SMTP_DOMAIN_MAX];
    bool null_path = false;
    if (is_verb(line, n, "mail from:")) {
        uint8_t len = sk_smtp_path_domain(line + 10, n - 10, name, &null_path);
        push(s, SK_SMTP_MAIL, name, len, null_path);
    } else if (is_verb(line, n, "rcpt to:")) {
        push(s, SK_SMTP_RCPT, name, sk_smtp_path_domain(line + 8, n - 8, name, &null_path), false);
    } else if (is_verb(line, n, "ehlo") || is_verb(line, n, "helo") || is_verb(line, n, "lhlo")) {
        size_t from = n > 5 ? 5 : n;
        size_t len = n - from < SK_SMTP_DOMAIN_MAX ? n - from : 0;
        push(s, SK_SMTP_HELO, line + from, (uint8_t)len, false);
    } else if (is_verb(line, n, "data")) {
        push(s, SK_SMTP_DATA, NULL, 0, false);
        s->mode = DATA_WAIT;
    } else if (is_verb(line, n, "bdat")) {
        start_chunk(s, line + 4, n - 4);
    } else if (is_verb(line, n, "rset")) {
        push(s, SK_SMTP_RSET, NULL, 0, false);
    } else if (is_verb(line, n, "quit")) {
        push(s, SK_SMTP_QUIT, NULL, 0, false);
    } else if (is_verb(line, n, "starttls")) {
        push(s, SK_SMTP_STARTTLS, NULL, 0, false);
        s->mode = TLS_WAIT;
    } else {
        push(s, is_verb(line, n, "auth") ? SK_SMTP_AUTH : SK_SMTP_OTHER, NULL, 0, false);
    }
}

static void line_ends(struct sk_smtp_session *s) {
    size_t n = s->line_len;
    if (n && s->line[n - 1] == '\r')
        n--;
    bool lost = s->line_lost;
    s->line_len = 0;
    s->line_lost = false;
    if (!s->synced)
        return;
    if (s->mode == AUTH_LINE) {
        s->mode = COMMANDS;
        push(s, SK_SMTP_AUTH, NULL, 0, false);
    } else if (lost) {
        push(s, SK_SMTP_OTHER, NULL, 0, false);
    } else {
        command(s, s->line, n);
    }
}

/** Up to the end of one line. */
static void read_line(struct sk_smtp_session *s, struct sk_cur *c) {
    const uint8_t *end = memchr(c->p, '\n', c->left);
    size_t n = end ? (size_t)(end - c->p) : c->left;
    const uint8_t *bytes = sk_cur_take(c, n);
    if (n > sizeof s->line - s->line_len)
        s->line_lost = true;
    if (!s->line_lost && n)
        memcpy(s->line + s->line_len, bytes, n);
    s->line_len = (uint16_t)(s->line_lost ? 0 : s->line_len + n);
    if (end) {
        sk_cur_skip(c, 1);
        line_ends(s);
    }
}

static void end_of_data(struct sk_smtp_session *s) {
    s->mode = COMMANDS;
    s->data_gap = false;
    push(s, SK_SMTP_DATA_END, NULL, 0, false);
}

/** Search CRLF . CRLF; a dot before anything else is stuffing (RFC 5321 4.5.2). */
static void read_data(struct sk_smtp_session *s, struct sk_cur *c) {
    while (c->left) {
        if (s->dot == IN_LINE) {
            const uint8_t *cr = memchr(c->p, '\r', c->left);
            sk_cur_skip(c, cr ? (size_t)(cr - c->p) + 1 : c->left);
            s->dot = cr ? IN_LINE_CR : IN_LINE;
            continue;
        }
        uint8_t b = sk_cur_u8(c);
        if (s->dot == DOT_CR && b == '\n') {
            end_of_data(s);
            return;
        }
        if (s->dot == LINE_START && b == '.')
            s->dot = DOT;
        else if (s->dot == DOT && b == '\r')
            s->dot = DOT_CR;
        else if (s->dot == IN_LINE_CR && b == '\n')
            s->dot = LINE_START;
        else
            s->dot = b == '\r' ? IN_LINE_CR : IN_LINE;
    }
}

static void begin_data(struct sk_smtp_session *s) {
    s->mode = DATA;
    s->dot = LINE_START;
    s->data_gap = false;
}

static void read_chunk(struct sk_smtp_session *s, struct sk_cur *c) {
    uint64_t n = s->chunk < c->left ? s->chunk : c->left;
    sk_cur_skip(c, (size_t)n);
    s->chunk -= n;
    if (s->chunk == 0)
        s->mode = COMMANDS;
}

static void read_tls_or_line(struct sk_smtp_session *s, struct sk_cur *c) {
    if (sk_cur_peek(c, 0) == TLS_HANDSHAKE) {
        tls(s);
        return;
    }
    s->mode = COMMANDS;
    read_line(s, c);
}

static void start(struct sk_smtp_session *s, bool gap) {
    if (s->started)
        return;
    s->started = true;
    s->synced = !gap;
    if (s->synced)
        push(s, SK_SMTP_BANNER, NULL, 0, false);
}

void sk_smtp_client(struct sk_smtp_session *s, const uint8_t *bytes, size_t n, bool gap) {
    start(s, gap);
    if (gap && s->mode == DATA) {
        s->data_gap = true;
        s->dot = IN_LINE;
    } else if (gap) {
        lose_sync(s);
    }
    struct sk_cur c = sk_cur_of(bytes, n);
    while (c.left && !s->dead) {
        switch ((enum mode)s->mode) {
        case DATA_WAIT:
            begin_data(s);
            break;
        case DATA:
            read_data(s, &c);
            break;
        case CHUNK:
            read_chunk(s, &c);
            break;
        case TLS_WAIT:
            read_tls_or_line(s, &c);
            break;
        default:
            read_line(s, &c);
        }
    }
}

/* --- the server --- */

static void reply(struct sk_smtp_session *s, uint16_t code) {
    if (!s->synced) { /* a reply: the client waits, so we know where it is */
        s->synced = true;
        s->line_lost = false;
        s->line_len = 0;
        if (code == 354)
            begin_data(s);
        return;
    }
    if (s->unreplied) {
        s->unreplied--;
        return;
    }
    if (s->q_len == 0) {
        /* The end of the message was in what was lost. */
        if (s->mode == DATA && s->data_gap) {
            s->mode = COMMANDS;
            tell(s, code);
        }
        return;
    }
    struct sk_smtp_pending p = pop(s);
    if (p.verb == SK_SMTP_DATA && (s->mode == DATA_WAIT || s->mode == DATA)) {
        if (code != 354)
            s->mode = COMMANDS;
        else if (s->mode == DATA_WAIT)
            begin_data(s);
    } else if (p.verb == SK_SMTP_STARTTLS && s->mode == TLS_WAIT && code != 220) {
        s->mode = COMMANDS;
    } else if (p.verb == SK_SMTP_AUTH && code == 334) {
        s->mode = AUTH_LINE;
    }
    apply(s, &p, code);
}

static void reply_octet(struct sk_smtp_session *s, uint8_t b) {
    if (b == '\n') {
        bool whole = s->reply_at >= 3 && !s->reply_bad;
        if (whole && !s->reply_more)
            reply(s, s->code);
        s->reply_at = 0;
        s->reply_bad = false;
        s->reply_more = false;
        s->code = 0;
    } else if (s->reply_at < 3) {
        s->reply_bad |= b < '0' || b > '9';
        s->code = (uint16_t)(s->code * 10 + (b & 15));
        s->reply_at++;
    } else if (s->reply_at == 3) {
        s->reply_more = b == '-';
        s->reply_bad |= b != '-' && b != ' ' && b != '\r';
        s->reply_at++;
    }
}

void sk_smtp_server(struct sk_smtp_session *s, const uint8_t *bytes, size_t n, bool gap) {
    start(s, gap);
    s->server_seen = true;
    if (gap) {
        lose_sync(s);
        s->reply_at = 4; /* the rest of a line */
        s->reply_bad = true;
    }
    struct sk_cur c = sk_cur_of(bytes, n);
    while (c.left && !s->dead)
        reply_octet(s, sk_cur_u8(&c));
}

void sk_smtp_end(struct sk_smtp_session *s) {
    while (!s->server_seen && !s->dead && s->q_len) {
        struct sk_smtp_pending p = pop(s);
        apply(s, &p, 0);
    }
    if (s->server_seen && !s->dead)
        abandon(s);
    s->dead = true;
}
