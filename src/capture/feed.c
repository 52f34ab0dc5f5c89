/* SPDX-License-Identifier: Apache-2.0 */
/* One input's bytes through blocks. See feed.h. */
#include "capture/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum { POLL_MS = 100 };

void sk_feed_open(struct sk_feed *f, struct sk_blocks *pool, int fd, bool regular, const atomic_bool *stop) {
    *f = (struct sk_feed){.pool = pool, .fd = fd, .regular = regular, .stop = stop};
    /* Doubles the kernel's read-ahead. Pages already read are left to the kernel: it drops clean pages when memory
     * (or a cgroup's share) is short, and a second run over the same evidence finds what fitted. */
    if (regular)
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
}

static bool stopped(const struct sk_feed *f) { return atomic_load_explicit(f->stop, memory_order_relaxed); }

/* A pipe may be silent for hours: wait in short steps, so that a stop is heard whatever the signal's flags. */
static bool readable(const struct sk_feed *f) {
    struct pollfd p = {.fd = f->fd, .events = POLLIN};
    return f->regular || poll(&p, 1, POLL_MS) != 0;
}

/* @return bytes read; 0 = end, error or stop */
static size_t read_some(struct sk_feed *f, uint8_t *to, size_t n) {
    if (f->head_at < f->head_len) {
        size_t some = f->head_len - f->head_at < n ? f->head_len - f->head_at : n;
        memcpy(to, f->head + f->head_at, some);
        f->head_at += some;
        return some;
    }
    while (!stopped(f)) {
        if (!readable(f))
            continue;
        ssize_t got = read(f->fd, to, n);
        if (got > 0)
            return (size_t)got;
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            f->error = errno;
        f->at_end = true;
        break;
    }
    return 0;
}

/* Move what is left of the window to the front of a new block. */
static enum sk_feed_result carry(struct sk_feed *f, size_t size) {
    struct sk_block *next = sk_blocks_take(f->pool, size);
    if (!next) {
        if (!f->pool->out_of_memory)
            return SK_FEED_WAIT;
        f->error = ENOMEM;
        f->at_end = true;
        return SK_FEED_END;
    }
    size_t left = sk_feed_left(f);
    if (f->block) {
        memcpy(next->p, f->block->p + f->pos, left);
        sk_blocks_done(f->pool, f->block, f->last_seq);
    }
    f->block = next;
    f->pos = 0;
    f->end = left;
    return SK_FEED_OK;
}

enum sk_feed_result sk_feed_need(struct sk_feed *f, size_t need, size_t want) {
    while (sk_feed_left(f) < need) {
        if (stopped(f) && f->head_at == f->head_len)
            return SK_FEED_STOP;
        if (f->at_end)
            return SK_FEED_END;
        if (!f->block || f->pos + need > f->block->cap) {
            enum sk_feed_result r = carry(f, want > need ? want : need);
            if (r != SK_FEED_OK)
                return r;
        }
        f->end += read_some(f, f->block->p + f->end, f->block->cap - f->end);
    }
    return SK_FEED_OK;
}

enum sk_feed_result sk_feed_skip(struct sk_feed *f, uint64_t *n) {
    for (;;) {
        size_t some = *n < sk_feed_left(f) ? (size_t)*n : sk_feed_left(f);
        sk_feed_consume(f, some);
        *n -= some;
        if (*n == 0)
            return SK_FEED_OK;
        enum sk_feed_result r = sk_feed_need(f, 1, 0);
        if (r != SK_FEED_OK)
            return r;
    }
}

void sk_feed_close(struct sk_feed *f) {
    if (f->block)
        sk_blocks_done(f->pool, f->block, f->last_seq);
    if (f->fd > STDIN_FILENO)
        (void)close(f->fd);
    free(f->head);
    *f = (struct sk_feed){.fd = -1, .pool = f->pool, .stop = f->stop};
}
