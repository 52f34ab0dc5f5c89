/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip as a stream, RFC 1952: members of header, DEFLATE data, CRC-32 and length, one after the other. What follows the
 * last may be zeros (padding of tapes and blocks); anything else is told.
 */
#include "capture/gunzip.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum { BELOW_BYTES = 64 * 1024, GZIP_ONLY = 15 + 16, ID1 = 0x1f, ID2 = 0x8b };

struct gunzip {
    struct sk_stream stream;
    struct sk_stream *below;
    struct sk_budget *budget;
    z_stream z;
    bool pipe;
    bool between; /**< a member has ended */
    uint8_t buf[BELOW_BYTES];
};

static struct gunzip *gunzip_of(struct sk_stream *s) { return (struct gunzip *)(void *)s; }

/* Where in the file the bytes not yet taken begin; only told to people. */
static uint64_t position(const struct gunzip *g) { return *g->budget->in - g->z.avail_in; }

/* @return false: none are left */
static bool refill(struct gunzip *g) {
    if (g->z.avail_in == 0) {
        g->z.next_in = g->buf;
        g->z.avail_in = (uInt)sk_stream_read(g->below, g->buf, sizeof g->buf);
    }
    return g->z.avail_in > 0;
}

static void end(struct gunzip *g, const char *what) {
    g->stream.at_end = true;
    if (g->stream.why[0] || !what)
        return;
    if (g->below->why[0])
        (void)snprintf(g->stream.why, sizeof g->stream.why, "%s", g->below->why);
    else
        (void)snprintf(g->stream.why, sizeof g->stream.why, "byte %" PRIu64 " of the compressed file: %s", position(g),
                       what);
}

/* After a member: is there another? */
static bool another_member(struct gunzip *g) {
    while (refill(g) && *g->z.next_in == 0) {
        g->z.next_in++;
        g->z.avail_in--;
    }
    if (g->z.avail_in == 0) {
        end(g, g->below->why[0] ? "" : NULL);
        return false;
    }
    if (g->z.next_in[0] != ID1 || (g->z.avail_in > 1 && g->z.next_in[1] != ID2)) {
        end(g, "what follows is no gzip; not read");
        return false;
    }
    g->between = false;
    return inflateReset(&g->z) == Z_OK;
}

/* One step. @return false: the stream has ended */
static bool step(struct gunzip *g) {
    if (g->between)
        return another_member(g);
    if (!refill(g)) {
        end(g, "the compressed data is cut off");
        return false;
    }
    int r = inflate(&g->z, Z_NO_FLUSH);
    g->between = r == Z_STREAM_END;
    if (r == Z_OK || r == Z_STREAM_END || (r == Z_BUF_ERROR && g->z.avail_in == 0))
        return true;
    end(g, r == Z_MEM_ERROR ? "out of memory" : g->z.msg ? g->z.msg : "damaged");
    return false;
}

static size_t gunzip_read(struct sk_stream *s, uint8_t *to, size_t n) {
    struct gunzip *g = gunzip_of(s);
    uInt room = n < UINT32_MAX ? (uInt)n : UINT32_MAX;
    g->z.next_out = to;
    g->z.avail_out = room;
    while (!s->at_end && g->z.avail_out > 0)
        if (!step(g))
            break;
        else if (g->pipe && g->z.avail_out < room && g->z.avail_in == 0)
            break; /* what came through the pipe so far is wanted now */
    size_t got = room - g->z.avail_out;
    if (!sk_budget_afford(g->budget, got, s->why, sizeof s->why))
        s->at_end = true;
    return got;
}

static bool gunzip_held(const struct sk_stream *s) {
    const struct gunzip *g = (const struct gunzip *)(const void *)s;
    return g->pipe && !s->at_end;
}

static void gunzip_close(struct sk_stream *s) {
    (void)inflateEnd(&gunzip_of(s)->z);
    free(s);
}

static const struct sk_stream_ops gunzip_ops = {.read = gunzip_read, .held = gunzip_held, .close = gunzip_close};

struct sk_stream *sk_gunzip_new(struct sk_stream *below, bool pipe, struct sk_budget *budget) {
    struct gunzip *g = (struct gunzip *)calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->stream.ops = &gunzip_ops;
    g->below = below;
    g->pipe = pipe;
    g->budget = budget;
    if (inflateInit2(&g->z, GZIP_ONLY) != Z_OK) {
        free(g);
        return NULL;
    }
    return &g->stream;
}
