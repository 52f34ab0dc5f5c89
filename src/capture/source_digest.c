/* SPDX-License-Identifier: Apache-2.0 */
/* The head of every file into the run's digest, before reading begins. */
#include "capture/source_files.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum { DIGEST_BYTES = 64 * 1024 };

/* @return bytes read, fewer only at the end */
static size_t read_head(const struct sk_source *s, int fd, bool regular, uint8_t *to) {
    size_t n = 0;
    while (n < DIGEST_BYTES && !atomic_load_explicit(&s->stop, memory_order_relaxed)) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (!regular && poll(&p, 1, 100) <= 0)
            continue;
        ssize_t got = read(fd, to + n, DIGEST_BYTES - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    return n;
}

/* Bytes of a pipe are kept for the reader; a file is opened again. */
static void digest_one(struct sk_source *s, struct sk_file *f, struct sk_sha256 *h) {
    char why[300];
    int fd = sk_file_open(f, why, sizeof why);
    if (fd < 0)
        return; /* told when its turn comes */
    uint8_t *head = (uint8_t *)malloc(DIGEST_BYTES);
    size_t n = head ? read_head(s, fd, f->regular, head) : 0;
    sk_sha256_add(h, head, n);
    bool keep = !f->regular || fd == STDIN_FILENO;
    if (keep) {
        f->fd = fd;
        f->head = head;
        f->head_len = n;
    } else {
        free(head);
        (void)close(fd);
    }
}

void sk_source_digest(struct sk_source *s, struct sk_sha256 *h) {
    const struct sk_file_source *fs = sk_files_of(s);
    if (!fs || fs->begun)
        return;
    for (size_t k = 0; k < fs->n_named; k++) {
        struct sk_file *f = sk_list_at(&s->list, sk_files_at(fs, k));
        if (!f->head)
            digest_one(s, f, h);
    }
}
