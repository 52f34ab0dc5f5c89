/* SPDX-License-Identifier: Apache-2.0 */
/* Walks folders with a list of folders still to read, in an order that does not depend on the file system. */
#include "match/files.h"
#include "match/arena.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 100000, BYTES = 16 * 1024 * 1024 };

static void push(struct sk_rule_files *f, const char *folder, const char *name) {
    struct sk_buf b = {0};
    if (name)
        sk_buf_fmt(&b, "%s%s%s", folder, folder[0] && folder[strlen(folder) - 1] == '/' ? "" : "/", name);
    else
        sk_buf_str(&b, folder);
    f->at = sk_grow(f->at, f->n, &f->cap, sizeof f->at[0]);
    f->at[f->n++] = b.p ? b.p : sk_mem_text("", 0);
}

static bool ends(const char *s, const char *end) {
    size_t n = strlen(s), m = strlen(end);
    return n > m && strcmp(s + n - m, end) == 0;
}

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void read_folder(const char *folder, struct sk_rule_files *files, struct sk_rule_files *folders,
                        struct sk_diags *diags) {
    DIR *d = opendir(folder);
    if (!d) {
        sk_diag_add(diags, SK_DIAG_ERROR, folder, 0, 0, "%s", strerror(errno));
        return;
    }
    for (struct dirent *e; (e = readdir(d));) {
        struct stat st;
        if (e->d_name[0] == '.' || fstatat(dirfd(d), e->d_name, &st, 0) != 0)
            continue;
        if (S_ISDIR(st.st_mode) && strcmp(e->d_name, "lists") != 0)
            push(folders, folder, e->d_name);
        else if (S_ISREG(st.st_mode) && (ends(e->d_name, ".yml") || ends(e->d_name, ".yaml")))
            push(files, folder, e->d_name);
    }
    closedir(d);
}

void sk_rule_files_find(const char *path, struct sk_rule_files *ret, struct sk_diags *diags) {
    struct stat st;
    if (stat(path, &st) != 0) {
        sk_diag_add(diags, SK_DIAG_ERROR, path, 0, 0, "%s",
                    errno == ENOENT ? "no such file or folder" : strerror(errno));
        return;
    }
    if (!S_ISDIR(st.st_mode)) {
        push(ret, path, NULL);
        return;
    }
    struct sk_rule_files folders = {0};
    push(&folders, path, NULL);
    for (size_t i = 0; i < folders.n; i++) {
        if (folders.n > FILES || ret->n > FILES) {
            sk_diag_add(diags, SK_DIAG_ERROR, path, 0, 0, "more than %d files or folders", FILES);
            break;
        }
        char *folder = sk_mem_text(folders.at[i], strlen(folders.at[i]));
        read_folder(folder, ret, &folders, diags);
        free(folder);
    }
    sk_rule_files_free(&folders);
    if (ret->n > 1)
        qsort(ret->at, ret->n, sizeof ret->at[0], compare);
}

bool sk_rule_files_read(const char *file, struct sk_buf *ret, struct sk_diags *diags) {
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t got = 0;
    char part[16384];
    sk_buf_str(ret, "");
    while (fd >= 0 && (got = read(fd, part, sizeof part)) > 0) {
        sk_buf_add(ret, part, (size_t)got);
        if (ret->len > BYTES) {
            sk_diag_add(diags, SK_DIAG_ERROR, file, 0, 0, "larger than 16 MiB: not a rule file");
            close(fd);
            return false;
        }
    }
    bool ok = fd >= 0 && got == 0;
    if (!ok)
        sk_diag_add(diags, SK_DIAG_ERROR, file, 0, 0, "%s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

void sk_rule_files_free(struct sk_rule_files *f) {
    for (size_t i = 0; i < f->n; i++)
        free(f->at[i]);
    free(f->at);
    *f = (struct sk_rule_files){0};
}
