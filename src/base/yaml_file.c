/* SPDX-License-Identifier: Apache-2.0 */
/* YAML from a file: what may go wrong before there is text to parse. */
#include "base/mem.h"
#include "sekimori/text.h"
#include "sekimori/yaml.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 16 * 1024 * 1024, NAMES_MAX = 4096 };

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* The file name of the same folder that looks most like this one, malloc'ed, or NULL. */
static char *nearest_file(const char *file) {
    char *for_folder = sk_mem_text(file, strlen(file)); /* dirname() and basename() write into their argument */
    char *for_name = sk_mem_text(file, strlen(file));
    char **names = sk_mem_new(NAMES_MAX + 1, sizeof *names);
    size_t n = 0;
    DIR *folder = opendir(dirname(for_folder));
    for (struct dirent *e = folder ? readdir(folder) : NULL; e && n < NAMES_MAX; e = readdir(folder))
        names[n++] = sk_mem_text(e->d_name, strlen(e->d_name));
    if (folder)
        (void)closedir(folder);
    qsort(names, n, sizeof *names, by_name); /* a folder's own order is no order */
    const char *near = sk_nearest(basename(for_name), (const char *const *)names);
    char *answer = near ? sk_mem_text(near, strlen(near)) : NULL;
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    free(for_name);
    free(for_folder);
    return answer;
}

static sk_err refuse_open(const char *file, int why, struct sk_diags *diags) {
    if (why != ENOENT && why != ENOTDIR) {
        sk_diag_add(diags, SK_DIAG_ERROR, file, 0, 0, "cannot be opened: %s", strerrordesc_np(why));
        return SK_EIO;
    }
    char *near = nearest_file(file);
    if (near)
        sk_diag_add(diags, SK_DIAG_ERROR, file, 0, 0, "no such file. Near: %s", near);
    else
        sk_diag_add(diags, SK_DIAG_ERROR, file, 0, 0, "no such file");
    free(near);
    return SK_ENOTFOUND;
}

/* Until the end or past FILE_MAX: works for pipes too (`-c <(generate)`). */
static sk_err read_file(const char *file, int fd, struct sk_buf *text, struct sk_diags *diags) {
    char block[64 * 1024];
    for (;;) {
        ssize_t got = read(fd, block, sizeof block);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            bool folder = errno == EISDIR;
            sk_diag_add(diags, SK_DIAG_ERROR, file, 0, 0, "cannot be read: %s",
                        folder ? "it is a folder" : strerrordesc_np(errno));
            return SK_EIO;
        }
        if (got == 0)
            return SK_OK;
        sk_buf_add(text, block, (size_t)got);
        if (text->len > FILE_MAX) {
            sk_diag_add(diags, SK_DIAG_ERROR, file, 0, 0, "larger than 16 MiB");
            return SK_EFORMAT;
        }
    }
}

sk_err sk_yaml_load(const char *file, struct sk_yaml_docs *ret, struct sk_diags *diags) {
    *ret = (struct sk_yaml_docs){0};
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return refuse_open(file, errno, diags);
    struct sk_buf text = {0};
    sk_err err = read_file(file, fd, &text, diags);
    (void)close(fd);
    if (err == SK_OK)
        err = sk_yaml_parse(file, text.p ? text.p : "", text.len, ret, diags);
    sk_buf_free(&text);
    return err;
}
