/* SPDX-License-Identifier: Apache-2.0 */
/** The list of inputs: what was named, with folders replaced by their files. */
#ifndef SEKIMORI_CAPTURE_FILES_H
#define SEKIMORI_CAPTURE_FILES_H

#include "capture/reader.h"

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
};

struct sk_list {
    struct sk_file *at;
    size_t n, cap;
};

/** Add one argument: a file, a folder's files, or "-". @return SK_OK or SK_ENOMEM */
SK_MUST_USE sk_err sk_list_add(struct sk_list *l, const char *path, bool recursive);
/** One input by name, nothing looked up. @return NULL: out of memory */
struct sk_file *sk_list_new(struct sk_list *l, const char *path);
/** Open for reading. @return fd, or -1 with a sentence in why */
int sk_file_open(const struct sk_file *f, char *why, size_t cap);
void sk_list_free(struct sk_list *l);

#endif
