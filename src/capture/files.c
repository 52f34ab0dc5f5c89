/* SPDX-License-Identifier: Apache-2.0 */
/* The list of inputs. Order is that of the arguments; within a folder it is that of the bytes of the names, never the
 * file system's or the locale's. */
#include "capture/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NEAR_MAX = 4096, FIRST_CHUNK = 8 };

/* Where input i lies: chunk k begins at 8 * (2^k - 1). */
static size_t place(size_t i, size_t *ret_chunk) {
    size_t k = 63U - (size_t)__builtin_clzll(i / FIRST_CHUNK + 1);
    *ret_chunk = k;
    return i - FIRST_CHUNK * (((size_t)1 << k) - 1);
}

struct sk_file *sk_list_at(const struct sk_list *l, size_t i) {
    if (i >= sk_list_n(l))
        return NULL;
    size_t k, at = place(i, &k);
    return atomic_load_explicit(&l->chunk[k], memory_order_relaxed) + at; /* before n, which was acquired */
}

struct sk_file *sk_list_new(struct sk_list *l, const char *path) {
    size_t n = atomic_load_explicit(&l->n, memory_order_relaxed); /* only the reader writes it */
    size_t k, at = place(n, &k);
    char *copy = n < SK_INPUTS_MAX ? strdup(path) : NULL;
    struct sk_file *chunk = atomic_load_explicit(&l->chunk[k], memory_order_relaxed);
    if (copy && !chunk) {
        chunk = (struct sk_file *)calloc((size_t)FIRST_CHUNK << k, sizeof *chunk);
        atomic_store_explicit(&l->chunk[k], chunk, memory_order_relaxed);
    }
    if (!copy || !chunk) {
        free(copy);
        return NULL;
    }
    chunk[at] = (struct sk_file){.input = {.path = copy, .container = (uint32_t)n}, .fd = -1};
    atomic_store_explicit(&l->n, n + 1, memory_order_release); /* R: with A in sk_list_n() */
    return &chunk[at];
}

void sk_ifnames_free(struct sk_ifname *names, size_t n) {
    for (size_t i = 0; i < n; i++)
        free(names[i].name);
    free(names);
}

static void file_free(struct sk_file *f) {
    sk_ifnames_free(f->names, f->n_names);
    sk_ifnames_free(f->probed, f->n_probed);
    free(f->why);
    free(f->head);
    if (f->fd > STDIN_FILENO)
        (void)close(f->fd);
    union {
        const char *shown;
        char *owned;
    } path = {.shown = f->input.path};
    free(path.owned);
}

void sk_list_free(struct sk_list *l) {
    for (size_t i = 0, n = sk_list_n(l); i < n; i++)
        file_free(sk_list_at(l, i));
    for (size_t k = 0; k < sizeof l->chunk / sizeof l->chunk[0]; k++)
        free(atomic_load_explicit(&l->chunk[k], memory_order_relaxed));
    memset(l, 0, sizeof *l);
}

/* ---- folders ------------------------------------------------------------------------------------------------------
 */

struct names {
    char **at;
    size_t n, cap;
};

static void names_free(struct names *names) {
    for (size_t i = 0; i < names->n; i++)
        free(names->at[i]);
    free(names->at);
    *names = (struct names){0};
}

/* Takes name. */
static bool names_add(struct names *names, char *name) {
    if (name && names->n == names->cap) {
        size_t cap = names->cap ? names->cap * 2 : 16;
        char **grown = (char **)realloc(names->at, cap * sizeof *grown);
        if (!grown) {
            free(name);
            return false;
        }
        names->at = grown;
        names->cap = cap;
    }
    if (name)
        names->at[names->n++] = name;
    return name != NULL;
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static char *join(const char *folder, const char *name) {
    size_t len = strlen(folder);
    char *path = NULL;
    return asprintf(&path, "%s%s%s", folder, len && folder[len - 1] == '/' ? "" : "/", name) < 0 ? NULL : path;
}

/* Names in a folder, sorted, without those that begin with a dot. @return errno */
static int read_folder(const char *folder, struct names *names, size_t max) {
    DIR *d = opendir(folder);
    if (!d)
        return errno;
    int error = 0;
    for (const struct dirent *e; names->n < max && (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.' && !names_add(names, strdup(e->d_name))) {
            error = ENOMEM;
            break;
        }
    (void)closedir(d);
    if (names->n > 1)
        qsort(names->at, names->n, sizeof names->at[0], by_bytes);
    return error;
}

static bool cannot(struct sk_list *l, const char *path, const char *why) {
    struct sk_file *f = sk_list_new(l, path);
    if (f)
        f->why = strdup(why);
    return f && f->why;
}

/* A folder's files; its folders go to `later`, last first, so that a stack gives them in order. */
static bool add_folder(struct sk_list *l, const char *folder, struct names *later, bool recursive) {
    struct names names = {0};
    int error = read_folder(folder, &names, SK_INPUTS_MAX);
    size_t before = sk_list_n(l), below = 0;
    bool ok = error == 0 || cannot(l, folder, strerror(error));
    for (size_t i = 0; ok && i < names.n; i++) {
        char *path = join(folder, names.at[i]);
        struct stat st;
        ok = path != NULL;
        if (ok && stat(path, &st) == 0 && S_ISREG(st.st_mode) && !(l->leave_out && l->leave_out(l->arg, path))) {
            struct sk_file *f = sk_list_new(l, path);
            if (f) {
                f->regular = true;
                f->input.size = (uint64_t)st.st_size;
            }
            ok = f != NULL;
        }
        free(path);
    }
    for (size_t i = names.n; ok && i-- > 0;) {
        char *path = join(folder, names.at[i]);
        struct stat st;
        ok = path != NULL;
        if (ok && lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) { /* not through links: they may lead in a circle */
            below++;
            if (recursive)
                ok = names_add(later, strdup(path));
        }
        free(path);
    }
    if (ok && sk_list_n(l) == before && (below == 0 || !recursive))
        ok = cannot(l, folder, below ? "folder holds no files, only folders" : "folder holds no files");
    names_free(&names);
    return ok;
}

static bool add_folders(struct sk_list *l, const char *folder, bool recursive) {
    struct names later = {0};
    bool ok = names_add(&later, strdup(folder));
    while (ok && later.n > 0) {
        char *next = later.at[--later.n];
        ok = add_folder(l, next, &later, recursive);
        free(next);
    }
    names_free(&later);
    return ok;
}

/* ---- arguments ----------------------------------------------------------------------------------------------------
 */

/* A misspelt name is answered with the nearest right one of its folder. */
static bool add_missing(struct sk_list *l, const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    struct names names = {0};
    bool ok = folder && read_folder(folder, &names, NEAR_MAX) != ENOMEM && names_add(&names, strdup(""));
    char why[300] = "no such file";
    if (ok) {
        free(names.at[names.n - 1]);
        names.at[--names.n] = NULL; /* ends the list */
        const char *near = sk_nearest(slash ? slash + 1 : path, (const char *const *)names.at);
        if (near)
            (void)snprintf(why, sizeof why, "no such file. Near: %s", near);
    }
    names_free(&names);
    free(folder);
    return cannot(l, path, why);
}

sk_err sk_list_add(struct sk_list *l, const char *path, bool recursive) {
    struct stat st;
    bool is_stdin = strcmp(path, "-") == 0;
    bool ok = true;
    if (is_stdin ? fstat(STDIN_FILENO, &st) != 0 : stat(path, &st) != 0) {
        ok = errno == ENOENT && !is_stdin ? add_missing(l, path) : cannot(l, path, strerror(errno));
    } else if (S_ISDIR(st.st_mode) && !is_stdin) {
        ok = add_folders(l, path, recursive);
    } else {
        struct sk_file *f = sk_list_new(l, path);
        ok = f != NULL;
        if (f) {
            f->regular = S_ISREG(st.st_mode);
            f->input.size = f->regular ? (uint64_t)st.st_size : 0;
        }
    }
    return ok ? SK_OK : SK_ENOMEM;
}

int sk_file_open(const struct sk_file *f, char *why, size_t cap) {
    if (f->why) {
        (void)snprintf(why, cap, "%s", f->why);
        return -1;
    }
    bool is_stdin = strcmp(f->input.path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(f->input.path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        (void)snprintf(why, cap, "%s", errno == ENOENT ? "no such file" : strerror(errno));
    } else if (isatty(fd)) {
        (void)snprintf(why, cap, "is a terminal; give a capture file or a pipe");
        if (!is_stdin)
            (void)close(fd);
        fd = -1;
    }
    return fd;
}
