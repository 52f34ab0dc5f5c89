/* SPDX-License-Identifier: Apache-2.0 */
/* A table beside the policy, from its file. */
#include "policy/ledger.h"

#include "sekimori/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of the folder of the policy file, not of the folder the program was started in. */
static void resolve(const struct pol_read *r, const char *name, char *out, size_t cap) {
    const char *slash = strrchr(r->path, '/');
    if (*name == '/' || !slash)
        (void)snprintf(out, cap, "%s", name);
    else
        (void)snprintf(out, cap, "%.*s/%s", (int)(slash - r->path), r->path, name);
}

/* Only regular files: a device or a pipe in its place would stop the program. */
static bool read_all(int fd, char **ret, size_t *n) {
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        errno = errno ? errno : EINVAL;
        return false;
    }
    size_t cap = 0;
    ssize_t got = 1;
    while (got > 0 && *n <= POL_CSV_BYTES_MAX) {
        if (*n == cap) {
            cap = cap ? 2 * cap : 65536;
            *ret = sk_mem_resize(*ret, cap, 1);
        }
        got = read(fd, *ret + *n, cap - *n);
        *n += got > 0 ? (size_t)got : 0;
    }
    return got >= 0;
}

/* .xlsx and .ods are ZIP archives; .xls is an OLE file. */
static bool is_workbook(const char *bytes, size_t n) {
    return n >= 8 && (memcmp(bytes, "PK\x03\x04", 4) == 0 || memcmp(bytes, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0);
}

bool pol_load_table(struct pol_read *r, const struct sk_yaml *v, enum pol_encoding encoding, struct pol_csv *ret,
                    const char **ret_path) {
    char path[4096], shown[POL_SHOW];
    char *bytes = NULL;
    size_t n = 0;
    resolve(r, v->text, path, sizeof path);
    *ret_path = sk_arena_text(&r->p->arena, path, strlen(path));
    errno = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool read_ok = fd >= 0 && read_all(fd, &bytes, &n);
    int why = errno;
    if (fd >= 0)
        (void)close(fd);
    bool ok = false;
    if (!read_ok)
        POL_WARN(r, v, "%s cannot be read (%s): what it says is unknown. Put the file beside the policy",
                 pol_show(v, shown), why == EINVAL ? "it is no file" : strerrordesc_np(why));
    else if (n > POL_CSV_BYTES_MAX)
        POL_ERROR(r, v, "%s is larger than 16 MiB", pol_show(v, shown));
    else if (is_workbook(bytes, n))
        sk_diag_add(r->diags, SK_DIAG_ERROR, *ret_path, 1, 1,
                    "this is a workbook, not a table as text. Save it as \"CSV UTF-8\"");
    else
        ok = pol_csv_decode(*ret_path, bytes ? bytes : "", n, encoding, ret, r->diags) &&
             pol_csv_split(*ret_path, ret, r->diags);
    if (read_ok && r->hash)
        sk_sha256_add(r->hash, bytes ? bytes : "", n);
    free(bytes);
    return ok;
}
