/* SPDX-License-Identifier: Apache-2.0 */
#include "app/line_file.h"

#include "capture/archive.h"
#include "capture/gunzip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is longer than KEPT is no line of ours: the rest of it is read and not kept. */
enum { BLOCK = 65536, KEPT = 1 << 24 };

struct line_file {
    struct sk_raw raw;
    struct sk_budget budget;
    struct sk_stream *in, *unpacked; /* unpacked: or NULL */
    struct sk_buf line;
    size_t at, n;
    uint8_t block[BLOCK];
};

static const atomic_bool never;

static bool is_compressed(enum sk_kind kind) { return kind >= SK_KIND_GZIP && kind <= SK_KIND_BZIP2; }

static bool unpack(struct line_file *f, bool pipe) {
    struct sk_stream *raw = &f->raw.stream;
    enum sk_kind kind = sk_kind_of(raw->peek, sk_stream_peek(raw, SK_DETECT_BYTES));
    f->in = raw;
    if (!is_compressed(kind))
        return true;
    f->budget = (struct sk_budget){.in = &f->raw.most, .free = SK_RATIO_FREE, .ratio = SK_RATIO_MAX};
    if (kind == SK_KIND_GZIP) {
        f->unpacked = sk_gunzip_new(raw, pipe, &f->budget);
    } else {
        struct sk_archive *ar = sk_archive_new(kind, raw, pipe, &f->budget);
        f->unpacked = ar ? sk_archive_stream(ar) : NULL;
    }
    f->in = f->unpacked;
    return f->unpacked != NULL;
}

struct line_file *line_file_open(const char *path) {
    bool pipe = strcmp(path, "-") == 0;
    int fd = pipe ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct line_file *f = fd >= 0 ? calloc(1, sizeof *f) : NULL;
    if (!f) {
        if (fd > STDIN_FILENO)
            close(fd);
        return NULL;
    }
    sk_raw_open(&f->raw, fd, !pipe, NULL, 0, &never);
    if (unpack(f, pipe))
        return f;
    line_file_close(f);
    errno = ENOMEM;
    return NULL;
}

static void keep(struct line_file *f, const uint8_t *p, size_t n) {
    if (f->line.len < KEPT)
        sk_buf_add(&f->line, p, n);
}

bool line_file_next(struct line_file *f, struct line *ret) {
    bool any = false;
    sk_buf_clear(&f->line);
    for (;;) {
        if (f->at == f->n) {
            f->at = 0;
            f->n = sk_stream_read(f->in, f->block, sizeof f->block);
            if (f->n == 0)
                break;
        }
        const uint8_t *from = f->block + f->at, *end = memchr(from, '\n', f->n - f->at);
        size_t some = end ? (size_t)(end - from) : f->n - f->at;
        keep(f, from, some);
        any = true;
        f->at += some + (end != NULL);
        if (end) {
            *ret = (struct line){f->line.p, f->line.len, true};
            return true;
        }
    }
    sk_buf_str(&f->line, "");
    *ret = (struct line){f->line.p, f->line.len, false};
    return any;
}

const char *line_file_why(const struct line_file *f) { return f->in->why[0] ? f->in->why : f->raw.stream.why; }

void line_file_close(struct line_file *f) {
    if (!f)
        return;
    sk_stream_close(f->unpacked);
    sk_raw_close(&f->raw);
    sk_buf_free(&f->line);
    free(f);
}
