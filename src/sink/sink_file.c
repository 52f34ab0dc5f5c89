/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines appended to a file: the spool every shipper can read. A line half written by an earlier crash is ended
 * first. */
#include "sink/line_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
    int fd;
    char *path;
};

/* Does the file end inside a line? Only regular files are looked into. */
static bool ends_open(int fd, const char *path) {
    struct stat st, same;
    char last = '\n';
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return false;
    int in = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (in < 0)
        return false; /* a file one may only write */
    bool open_end = fstat(in, &same) == 0 && same.st_dev == st.st_dev && same.st_ino == st.st_ino &&
                    pread(in, &last, 1, st.st_size - 1) == 1 && last != '\n';
    close(in);
    return open_end;
}

static sk_err file_open(void **ret, const char *target, struct sk_error *err) {
    /* only for writing: whoever holds a pipe open for reading too never learns that its reader went away */
    int fd = open(target, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        return sk_error_set(err, SK_EIO, "%s: %s", target, strerror(errno));
    struct file *f = calloc(1, sizeof *f);
    char *path = strdup(target);
    if (!f || !path || (ends_open(fd, target) && write(fd, "\n", 1) != 1)) {
        close(fd);
        free(path);
        free(f);
        return sk_error_set(err, SK_EIO, "%s: cannot be written", target);
    }
    f->fd = fd;
    f->path = path;
    *ret = f;
    return SK_OK;
}
static sk_err file_write(void *sink, const struct sk_alert_line *line, struct sk_error *err) {
    struct file *f = sink;
    return sk_line_out(f->fd, f->path, line, err);
}
static sk_err file_flush(void *sink, struct sk_error *err) {
    struct file *f = sink;
    if (fdatasync(f->fd) == 0 || errno == EINVAL || errno == EROFS) /* a pipe has nothing to sync */
        return SK_OK;
    return sk_error_set(err, SK_EIO, "%s: %s", f->path, strerror(errno));
}
static void file_close(void *sink) {
    struct file *f = sink;
    close(f->fd);
    free(f->path);
    free(f);
}

const struct sk_sink_ops sk_sink_file = {
    "file", "file:PATH  append JSON lines to PATH", file_open, file_write, file_flush, file_close};
