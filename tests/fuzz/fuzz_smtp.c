/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SMTP session from arbitrary bytes: pieces of either side, told once as they are cut and once octet by octet. Both
 * must tell the same. Each piece begins with an octet: its top bit is the side, the next a gap, the rest its length.
 */
#include "observe/smtp_session.h"

#include "sekimori/cursor.h"

#include <stdlib.h>
#include <string.h>

struct seen {
    uint64_t n, mix;
};

static void note(struct seen *s, const void *bytes, size_t n) {
    const uint8_t *b = bytes;
    for (size_t i = 0; i < n; i++)
        s->mix = (s->mix ^ b[i]) * 0x100000001b3;
}

static void told(void *arg, const struct sk_smtp_session *s, const struct sk_smtp_transaction *t, uint16_t code,
                 bool tls) {
    struct seen *seen = arg;
    uint8_t head[4] = {(uint8_t)(code >> 8), (uint8_t)code, tls, t->null_path};
    if (t->n_rcpt > SK_SMTP_RCPTS || t->rcpt_used > SK_SMTP_RCPT_TEXT)
        abort();
    for (unsigned i = 0; i < t->from_len; i++)
        if (t->from[i] == '@') /* no local part gets out */
            abort();
    seen->n++;
    note(seen, head, sizeof head);
    note(seen, s->helo, s->helo_len);
    note(seen, t->from, t->from_len);
    note(seen, t->rcpt, t->rcpt_used);
}

static struct seen run(const uint8_t *data, size_t size, bool octets) {
    static struct sk_smtp_session s;
    struct seen seen = {0};
    struct sk_cur c = sk_cur_of(data, size);
    sk_smtp_begin(&s, told, &seen);
    while (c.left) {
        uint8_t head = sk_cur_u8(&c);
        size_t n = head & 0x3f;
        n = n < c.left ? n : c.left;
        bool gap = head & 0x40;
        const uint8_t *bytes = sk_cur_take(&c, n);
        for (size_t at = 0, step = octets ? 1 : n; at < n; at += step) {
            (head & 0x80 ? sk_smtp_server : sk_smtp_client)(&s, bytes + at, step, gap);
            gap = false;
        }
    }
    sk_smtp_end(&s);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct seen a = run(data, size, false), b = run(data, size, true);
    if (a.n != b.n || a.mix != b.mix)
        abort();
    return 0;
}
