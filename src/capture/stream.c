/* SPDX-License-Identifier: Apache-2.0 */
/* Streams in general, and the one at the bottom: a file or a pipe. */
#include "capture/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POLL_MS = 100, FINISH_BYTES = 256 * 1024 };

size_t sk_stream_read(struct sk_stream *s, uint8_t *to, size_t n) {
    if (s->peek_at < s->peek_len) {
        size_t some = s->peek_len - s->peek_at < n ? s->peek_len - s->peek_at : n;
        memcpy(to, s->peek + s->peek_at, some);
        s->peek_at += some;
        return some;
    }
    return s->at_end ? 0 : s->ops->read(s, to, n);
}

size_t sk_stream_peek(struct sk_stream *s, size_t want) {
    while (s->peek_len < want && !s->at_end) {
        size_t got = s->ops->read(s, s->peek + s->peek_len, SK_PEEK_MAX - s->peek_len);
        if (got == 0)
            break;
        s->peek_len += got;
    }
    return s->peek_len;
}

bool sk_stream_held(const struct sk_stream *s) { return s->peek_at < s->peek_len || s->ops->held(s); }

void sk_stream_close(struct sk_stream *s) {
    if (s && s->ops->close)
        s->ops->close(s);
}

bool sk_budget_afford(struct sk_budget *b, uint64_t n, char *why, size_t cap) {
    b->out += n;
    if (b->out <= b->free || b->out / b->ratio <= *b->in)
        return true;
    if (!b->spent)
        (void)snprintf(why, cap,
                       "unpacks to more than %" PRIu32 " times its size (%" PRIu64 " from %" PRIu64
                       " bytes); not read further",
                       b->ratio, b->out, *b->in);
    b->spent = true;
    return false;
}

/* ---- a file or a pipe ----------------------------------------------------------------------------------------------
 */

static struct sk_raw *raw_of(struct sk_stream *s) { return (struct sk_raw *)(void *)s; }

static bool stopped(const struct sk_raw *r) { return atomic_load_explicit(r->stop, memory_order_relaxed); }

/* A pipe may be silent for hours: wait in short steps, so that a stop is heard whatever the signal's flags. Interrupted
 * by one, poll() says nothing of the pipe, and read() would wait for it. */
static bool readable(const struct sk_raw *r) {
    struct pollfd p = {.fd = r->fd, .events = POLLIN};
    return r->regular || poll(&p, 1, POLL_MS) > 0;
}

static void forward(struct sk_raw *r, uint64_t n) {
    r->offset += n;
    if (r->offset > r->most)
        r->most = r->offset;
}

static void took(struct sk_raw *r, const uint8_t *p, size_t n) {
    if (r->hash && r->hashed == r->offset) {
        sk_sha256_add(r->hash, p, n);
        r->hashed += n;
    }
    forward(r, n);
}

static size_t raw_read(struct sk_stream *s, uint8_t *to, size_t n) {
    struct sk_raw *r = raw_of(s);
    if (r->limit && n > r->limit - r->offset)
        n = (size_t)(r->limit - r->offset);
    if (r->head_at < r->head_len) {
        size_t some = r->head_len - r->head_at < n ? r->head_len - r->head_at : n;
        memcpy(to, r->head + r->head_at, some);
        r->head_at += some;
        took(r, to, some);
        return some;
    }
    while (n > 0 && !stopped(r)) {
        if (!readable(r))
            continue;
        ssize_t got = read(r->fd, to, n);
        if (got > 0) {
            took(r, to, (size_t)got);
            return (size_t)got;
        }
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            (void)snprintf(s->why, sizeof s->why, "%s%s", r->offset ? "cannot be read further: " : "", strerror(errno));
        s->at_end = true;
        return 0;
    }
    s->at_end |= n == 0;
    return 0;
}

static uint64_t raw_skip(struct sk_stream *s, uint64_t n) {
    struct sk_raw *r = raw_of(s);
    if (!r->regular || r->limit || r->head_at < r->head_len || n > INT64_MAX - r->offset ||
        lseek(r->fd, (off_t)n, SEEK_CUR) < 0)
        return 0;
    forward(r, n);
    return n;
}

static bool raw_rewind(struct sk_stream *s) {
    struct sk_raw *r = raw_of(s);
    if (!r->regular || r->head_len > 0 || lseek(r->fd, 0, SEEK_SET) != 0)
        return false;
    r->offset = 0;
    s->peek_at = s->peek_len = 0;
    s->at_end = false;
    return true;
}

static bool raw_held(const struct sk_stream *s) {
    const struct sk_raw *r = (const struct sk_raw *)(const void *)s;
    return r->head_at < r->head_len;
}

static const struct sk_stream_ops raw_ops = {
    .read = raw_read, .skip = raw_skip, .rewind = raw_rewind, .held = raw_held};

void sk_raw_open(struct sk_raw *r, int fd, bool regular, uint8_t *head, size_t head_len, const atomic_bool *stop) {
    *r = (struct sk_raw){
        .stream.ops = &raw_ops, .fd = fd, .regular = regular, .head = head, .head_len = head_len, .stop = stop};
    /* Doubles the kernel's read-ahead. Pages already read are left to the kernel: it drops clean pages when memory
     * (or a cgroup's share) is short, and a second run over the same evidence finds what fitted. */
    if (regular)
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
}

void sk_raw_digest(struct sk_raw *r) { r->hash = sk_sha256_new(); }

bool sk_raw_finish(struct sk_raw *r, uint8_t ret[32]) {
    if (!r->hash)
        return false;
    uint8_t *rest = (uint8_t *)malloc(FINISH_BYTES);
    bool ok = rest != NULL;
    if (ok && r->regular && r->head_at == r->head_len && r->hashed < r->offset) { /* go back to what was skipped */
        ok = lseek(r->fd, (off_t)r->hashed, SEEK_SET) >= 0;
        r->offset = r->hashed;
        r->stream.at_end = false;
    }
    while (ok && !r->stream.at_end)
        if (raw_read(&r->stream, rest, FINISH_BYTES) == 0 && !r->stream.at_end)
            ok = false;
    ok = ok && !r->stream.why[0] && r->hashed == r->offset;
    free(rest);
    sk_sha256_final(r->hash, ret);
    r->hash = NULL;
    return ok;
}

void sk_raw_close(struct sk_raw *r) {
    uint8_t unused[32];
    if (r->hash)
        sk_sha256_final(r->hash, unused);
    if (r->fd > STDIN_FILENO)
        (void)close(r->fd);
    free(r->head);
    r->hash = NULL;
    r->head = NULL;
    r->fd = -1;
}
