/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to the captures in it. See unpack.h. */
#include "capture/unpack.h"

#include "capture/ahead.h"
#include "capture/gunzip.h"

#include <sys/stat.h>

#ifdef SK_FUZZ
enum { FREE_BYTES = 1024 * 1024 }; /* a fuzzer would find nothing but bombs */
#else
enum { FREE_BYTES = SK_RATIO_FREE };
#endif

enum { BOMBS_MAX = 3, AHEAD_MIN = 64 * 1024 };

void sk_unpack_open(struct sk_unpack *u, int fd, bool regular, uint8_t *head, size_t head_len, const atomic_bool *stop,
                    uint32_t max_ratio) {
    *u = (struct sk_unpack){.pipe = !regular};
    u->first =
        (struct sk_budget){.in = &u->raw.most, .free = FREE_BYTES, .ratio = max_ratio ? max_ratio : SK_RATIO_MAX};
    u->budget = u->first;
    sk_raw_open(&u->raw, fd, regular, head, head_len, stop);
}

static bool stopped(const struct sk_unpack *u) { return atomic_load_explicit(u->raw.stop, memory_order_relaxed); }

/* A tar needs more bytes to be known by than a capture; a capture in a pipe may not have as many for hours. */
static enum sk_kind kind_of(struct sk_stream *in) {
    enum sk_kind kind = sk_kind_of(in->peek, sk_stream_peek(in, SK_DETECT_BYTES));
    if (kind == SK_KIND_OTHER && in->peek_len >= SK_DETECT_BYTES)
        kind = sk_kind_of(in->peek, sk_stream_peek(in, SK_PEEK_MAX));
    return kind;
}

static bool is_compressed(enum sk_kind kind) { return kind >= SK_KIND_GZIP && kind <= SK_KIND_BZIP2; }

static enum sk_found_kind no_memory(struct sk_found *ret) {
    (void)snprintf(ret->why, sizeof ret->why, "out of memory");
    return SK_FOUND_DAMAGED;
}

static struct sk_stream *decompress(struct sk_unpack *u, enum sk_kind kind, struct sk_stream *in) {
    struct sk_budget *budget = in == &u->raw.stream ? &u->first : &u->budget;
    if (kind == SK_KIND_GZIP)
        return sk_gunzip_new(in, u->pipe, budget);
    struct sk_archive *ar = sk_archive_new(kind, in, u->pipe, budget);
    return ar ? sk_archive_stream(ar) : NULL;
}

/* Look into in, through one decompression (kept in *layer). @param ret_kind of what is at the end of that */
static enum sk_found_kind look(struct sk_unpack *u, struct sk_stream *in, struct sk_stream **layer,
                               struct sk_found *ret, enum sk_kind *ret_kind) {
    *ret_kind = kind_of(in);
    if (is_compressed(*ret_kind)) {
        *layer = decompress(u, *ret_kind, in);
        if (!*layer)
            return no_memory(ret);
        in = *layer;
        *ret_kind = kind_of(in);
    }
    ret->in = in;
    if (stopped(u) && in->peek_len < SK_DETECT_BYTES && !(u->pipe && in->peek_len > 0))
        return SK_FOUND_STOPPED;
    ret->format = sk_detect(in->peek, in->peek_len, ret->why, sizeof ret->why);
    if (ret->format)
        return SK_FOUND_CAPTURE;
    if (in->why[0] && in->peek_len < SK_DETECT_BYTES) {
        (void)snprintf(ret->why, sizeof ret->why, "%s", in->why);
        return SK_FOUND_DAMAGED;
    }
    return is_compressed(*ret_kind) ? SK_FOUND_REFUSED : SK_FOUND_OTHER;
}

/* What costs as much as analysing does, decompressing or digesting a file of some size, gets a thread. */
static void go_ahead(struct sk_unpack *u, struct sk_found *ret) {
    struct stat st;
    if (u->pipe || u->raw.limit || u->raw.head_len > 0 || fstat(u->raw.fd, &st) != 0 || st.st_size < AHEAD_MIN)
        return;
    u->ahead = sk_ahead_new(ret->in, &u->raw);
    if (!u->ahead)
        return;
    ret->in = u->ahead;
    u->budget.in = sk_ahead_most(u->ahead);
}

enum sk_found_kind sk_unpack_first(struct sk_unpack *u, struct sk_found *ret) {
    *ret = (struct sk_found){0};
    enum sk_kind kind;
    enum sk_found_kind found = look(u, &u->raw.stream, &u->outer, ret, &kind);
    if (kind != SK_KIND_ZIP && kind != SK_KIND_TAR && kind != SK_KIND_CAPTURE)
        return found;
    if (u->outer || (u->raw.hash && kind == SK_KIND_CAPTURE))
        go_ahead(u, ret);
    if (kind == SK_KIND_CAPTURE)
        return found;
    u->container = sk_archive_new(kind, ret->in, u->pipe, &u->budget);
    return u->container ? SK_FOUND_CONTAINER : no_memory(ret);
}

/* An archive may end before the compressed stream around it, at whose end is the sum over all. */
static enum sk_found_kind rest(struct sk_unpack *u, struct sk_found *ret) {
    uint8_t unused[4096];
    struct sk_stream *around = u->ahead ? u->ahead : u->outer;
    if (!around || around->told)
        return SK_FOUND_END;
    while (sk_stream_read(around, unused, sizeof unused) > 0)
        ;
    around->told = true;
    if (stopped(u) || !around->why[0])
        return SK_FOUND_END;
    (void)snprintf(ret->why, sizeof ret->why, "%s", around->why);
    return SK_FOUND_DAMAGED;
}

enum sk_found_kind sk_unpack_next(struct sk_unpack *u, struct sk_found *ret) {
    sk_stream_close(u->inner);
    u->inner = NULL;
    /* One bomb does not hide what lies beside it; many are a waste of time. */
    if (u->budget.spent && sk_archive_steps_over(u->container) && u->bombs++ < BOMBS_MAX) {
        u->budget.spent = false;
        u->budget.out = u->out_before;
    }
    enum sk_entry entry = SK_ENTRY_ELSE;
    while (entry == SK_ENTRY_ELSE && !stopped(u))
        entry = sk_archive_next(u->container);
    u->out_before = u->budget.out;
    *ret = (struct sk_found){.in = sk_archive_stream(u->container)};
    if (stopped(u))
        return SK_FOUND_STOPPED;
    if (entry == SK_ENTRY_END)
        return rest(u, ret);
    if (entry == SK_ENTRY_DAMAGED) {
        (void)snprintf(ret->why, sizeof ret->why, "%s", ret->in->why);
        return SK_FOUND_DAMAGED;
    }
    if (entry == SK_ENTRY_ENCRYPTED) {
        (void)snprintf(ret->why, sizeof ret->why, "encrypted: a password is needed; unpack it first");
        return SK_FOUND_REFUSED;
    }
    enum sk_kind kind;
    enum sk_found_kind found = look(u, ret->in, &u->inner, ret, &kind);
    return kind == SK_KIND_ZIP || kind == SK_KIND_TAR ? SK_FOUND_REFUSED : found;
}

void sk_unpack_settle(struct sk_unpack *u) {
    sk_stream_close(u->inner);
    if (u->container)
        sk_stream_close(sk_archive_stream(u->container));
    sk_stream_close(u->ahead);
    sk_stream_close(u->outer);
    u->inner = u->ahead = u->outer = NULL;
    u->container = NULL;
    u->budget.in = &u->raw.most;
}

void sk_unpack_close(struct sk_unpack *u) {
    sk_unpack_settle(u);
    sk_raw_close(&u->raw);
}
