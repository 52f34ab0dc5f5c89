/* SPDX-License-Identifier: Apache-2.0 */
/* Small files that are there whole, old or new. */
#include "app/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const struct sk_buf *text) {
    size_t done = 0;
    while (done < text->len) {
        ssize_t n = write(fd, text->p + done, text->len - done);
        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* The name must be on disk too, or a power failure takes the new file back. */
static bool sync_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + 1 : 0;
    char *folder = n ? strndup(path, n) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool ok = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL || errno == EROFS);
    free(folder);
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool write_in_place(const char *path, const struct sk_buf *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write_all(fd, text);
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool replace(const char *path, const struct sk_buf *text) {
    char *beside = NULL;
    if (asprintf(&beside, "%s.new", path) < 0)
        return false;
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    bool ok = fd >= 0 && write_all(fd, text) && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    ok = ok && rename(beside, path) == 0 && sync_folder(path);
    if (!ok && fd >= 0) {
        int error = errno;
        (void)unlink(beside);
        errno = error;
    }
    free(beside);
    return ok;
}

sk_err atomic_file_write(const char *path, const struct sk_buf *text, struct sk_error *err) {
    char real[PATH_MAX];
    struct stat st;
    const char *target = realpath(path, real) ? real : path; /* a new file has no real path yet */
    bool there = stat(path, &st) == 0;
    if (there && !S_ISREG(st.st_mode) ? write_in_place(path, text) : replace(target, text))
        return SK_OK;
    return sk_error_set(err, SK_EIO, "%s: %s", path, strerror(errno));
}

sk_err atomic_file_read(const char *path, size_t max, struct sk_buf *ret, struct sk_error *err) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return sk_error_set(err, errno == ENOENT ? SK_ENOTFOUND : SK_EIO, "%s: %s", path, strerror(errno));
    sk_err e = SK_OK;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size > max)
        e = sk_error_set(err, SK_EFORMAT, "%s: is no file of ours", path);
    char bytes[8192];
    for (ssize_t n = 1; e == SK_OK && n != 0;) {
        n = read(fd, bytes, sizeof bytes);
        if (n > 0)
            sk_buf_add(ret, bytes, (size_t)n);
        if ((n < 0 && errno != EINTR) || ret->len > max)
            e = sk_error_set(err, SK_EIO, "%s: %s", path, n < 0 ? strerror(errno) : "grows while it is read");
    }
    close(fd);
    return e;
}
