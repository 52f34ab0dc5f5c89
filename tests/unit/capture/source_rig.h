/* SPDX-License-Identifier: Apache-2.0 */
/** A folder of captures, and a source over it. */
#ifndef TESTS_CAPTURE_SOURCE_RIG_H
#define TESTS_CAPTURE_SOURCE_RIG_H

#include "maker.h"
#include "sekimori/digest.h"

#include <ftw.h>
#include <pthread.h>
#include <sys/stat.h>

/* ---- a folder to read ----------------------------------------------------------------------------------------------
 */

static char folder[64];

static UNUSED int make_folder(void **state) {
    (void)state;
    (void)snprintf(folder, sizeof folder, "%s/sk-capture-XXXXXX", P_tmpdir);
    return mkdtemp(folder) ? 0 : -1;
}
static UNUSED int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}
static UNUSED int remove_folder(void **state) {
    (void)state;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
static UNUSED const char *in_folder(const char *name, char path[256]) {
    (void)snprintf(path, 256, "%s/%s", folder, name);
    return path;
}
static UNUSED void write_file(const char *name, const void *p, size_t n) {
    char path[256];
    int fd = open(in_folder(name, path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), n);
    (void)close(fd);
}
static UNUSED void write_capture(const char *name, size_t packets) {
    struct bytes b = pcap_file(false, USEC_MAGIC, 65535, 1);
    for (uint64_t k = 0; k < packets; k++)
        pcap_record(&b, k, 60);
    write_file(name, b.p, b.n);
    free(b.p);
}

static UNUSED struct seen *seen_new(void) {
    struct seen *s = (struct seen *)calloc(1, sizeof *s);
    assert_non_null(s);
    return s;
}
static UNUSED struct sk_source *open_paths(const char *const *paths, size_t n, struct seen *s, bool recursive) {
    struct sk_source_options opt = {.on_damage = on_damage, .arg = s, .recursive = recursive, .block_size = 256};
    struct sk_source *src = NULL;
    struct sk_error err = {0};
    assert_int_equal(sk_source_files(paths, n, &opt, &src, &err), SK_OK);
    return src;
}

#endif
