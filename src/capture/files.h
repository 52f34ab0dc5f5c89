/* SPDX-License-Identifier: Apache-2.0 */
/** The list of inputs: what was named, with folders replaced by their files; captures found in archives come after. */
#ifndef SEKIMORI_CAPTURE_FILES_H
#define SEKIMORI_CAPTURE_FILES_H

#include "capture/reader.h"

#include <stdatomic.h>

enum { SK_INPUTS_MAX = 1000000 };

/** What the source keeps of an input beside what the user sees. */
struct sk_file {
    struct sk_input input;
    char *why; /**< it cannot be read; owned */
    bool regular;
    int fd;        /**< opened early for the digest; -1 = not */
    uint8_t *head; /**< bytes taken then; owned */
    size_t head_len;
    struct sk_ifname *names;
    size_t n_names;
    struct sk_ifname *probed; /**< names a probe gave out */
    size_t n_probed;
};

/** Grows at its end while other threads look things up, so nothing in it ever moves: chunk k holds 8 << k inputs. */
struct sk_list {
    bool (*leave_out)(void *arg, const char *path); /**< of a folder; may be NULL */
    void *arg;
    _Atomic(struct sk_file *) chunk[18];
    atomic_size_t n;
};

/** Add one argument: a file, a folder's files, or "-". @return SK_OK or SK_ENOMEM */
SK_MUST_USE sk_err sk_list_add(struct sk_list *l, const char *path, bool recursive);
/** One input by name, nothing looked up. @return NULL: out of memory, or SK_INPUTS_MAX are there */
struct sk_file *sk_list_new(struct sk_list *l, const char *path);
/** From any thread. @return NULL past the end */
struct sk_file *sk_list_at(const struct sk_list *l, size_t i);
static inline size_t sk_list_n(const struct sk_list *l) {
    return atomic_load_explicit(&l->n, memory_order_acquire); /* A: with the release in sk_list_new() */
}
/** Open for reading. @return fd, or -1 with a sentence in why */
int sk_file_open(const struct sk_file *f, char *why, size_t cap);
void sk_ifnames_free(struct sk_ifname *names, size_t n);
void sk_list_free(struct sk_list *l);

#endif
