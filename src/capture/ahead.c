/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks in a small ring between two threads; a lock for each quarter of a megabyte costs nothing. */
#include "capture/ahead.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNKS = 4, CHUNK_BYTES = 256 * 1024 };

struct chunk {
    size_t n;      /**< 0: the end */
    uint64_t most; /**< raw->most when it was read */
    uint8_t bytes[CHUNK_BYTES];
};

struct ahead {
    struct sk_stream stream;
    struct sk_stream *below;
    const struct sk_raw *raw;
    uint64_t most;
    size_t at; /**< within the chunk being taken */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t first, filled; /**< under the lock: chunks that are ready */
    bool quit;            /**< under the lock: nobody wants more */
    struct chunk chunk[CHUNKS];
};

static struct ahead *ahead_of(struct sk_stream *s) { return (struct ahead *)(void *)s; }

/* @return the chunk to fill, or NULL: nobody wants more */
static struct chunk *free_chunk(struct ahead *a) {
    (void)pthread_mutex_lock(&a->lock);
    while (!a->quit && a->filled == CHUNKS)
        (void)pthread_cond_wait(&a->changed, &a->lock);
    struct chunk *c = a->quit ? NULL : &a->chunk[(a->first + a->filled) % CHUNKS];
    (void)pthread_mutex_unlock(&a->lock);
    return c;
}

static void *run(void *arg) {
    struct ahead *a = (struct ahead *)arg;
    for (struct chunk *c = free_chunk(a); c; c = free_chunk(a)) {
        c->n = 0;
        size_t got = 1;
        while (c->n < CHUNK_BYTES && got > 0) { /* full, so that what is in it depends on the file alone */
            got = sk_stream_read(a->below, c->bytes + c->n, CHUNK_BYTES - c->n);
            c->n += got;
        }
        c->most = a->raw->most;
        bool end = c->n == 0;
        (void)pthread_mutex_lock(&a->lock);
        a->filled++;
        (void)pthread_cond_signal(&a->changed);
        (void)pthread_mutex_unlock(&a->lock);
        if (end)
            break;
    }
    return NULL;
}

static struct chunk *next_chunk(struct ahead *a) {
    (void)pthread_mutex_lock(&a->lock);
    while (a->filled == 0)
        (void)pthread_cond_wait(&a->changed, &a->lock);
    (void)pthread_mutex_unlock(&a->lock);
    return &a->chunk[a->first];
}

static void give_back(struct ahead *a) {
    (void)pthread_mutex_lock(&a->lock);
    a->first = (a->first + 1) % CHUNKS;
    a->filled--;
    (void)pthread_cond_signal(&a->changed);
    (void)pthread_mutex_unlock(&a->lock);
    a->at = 0;
}

static size_t ahead_read(struct sk_stream *s, uint8_t *to, size_t n) {
    struct ahead *a = ahead_of(s);
    const struct chunk *c = next_chunk(a);
    a->most = c->most;
    if (c->n == 0) { /* stays there: the thread has ended, and what is below is ours again */
        s->at_end = true;
        memcpy(s->why, a->below->why, sizeof s->why);
        return 0;
    }
    size_t some = c->n - a->at < n ? c->n - a->at : n;
    memcpy(to, c->bytes + a->at, some);
    a->at += some;
    if (a->at == c->n)
        give_back(a);
    return some;
}

static bool ahead_held(const struct sk_stream *s) {
    (void)s;
    return false; /* a file can be read again */
}

static void ahead_close(struct sk_stream *s) {
    struct ahead *a = ahead_of(s);
    (void)pthread_mutex_lock(&a->lock);
    a->quit = true;
    (void)pthread_cond_signal(&a->changed);
    (void)pthread_mutex_unlock(&a->lock);
    (void)pthread_join(a->thread, NULL);
    (void)pthread_mutex_destroy(&a->lock);
    (void)pthread_cond_destroy(&a->changed);
    free(a);
}

static const struct sk_stream_ops ahead_ops = {.read = ahead_read, .held = ahead_held, .close = ahead_close};

struct sk_stream *sk_ahead_new(struct sk_stream *below, const struct sk_raw *raw) {
    struct ahead *a = (struct ahead *)malloc(sizeof *a);
    if (!a)
        return NULL;
    memset(a, 0, offsetof(struct ahead, chunk));
    a->stream.ops = &ahead_ops;
    a->below = below;
    a->raw = raw;
    a->most = raw->most;
    (void)pthread_mutex_init(&a->lock, NULL);
    (void)pthread_cond_init(&a->changed, NULL);
    if (pthread_create(&a->thread, NULL, run, a) != 0) {
        free(a);
        return NULL;
    }
    return &a->stream;
}

const uint64_t *sk_ahead_most(const struct sk_stream *s) { return &((const struct ahead *)(const void *)s)->most; }
