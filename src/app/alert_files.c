/* SPDX-License-Identifier: Apache-2.0 */
#include "app/alert_files.h"

#include "app/command.h"
#include "app/line_file.h"
#include "base/mem.h"
#include "sekimori/digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1 << 20, NEAR_MAX = 50000, ID_MIN = 8 };

struct search {
    const struct alert_wanted *wanted;
    struct alert_found *ret;
    const char *file;
    unsigned nearest; /* characters that its id has in common with the wanted one, from the beginning */
};

bool alert_looks_like_id(const char *what) {
    size_t n = strlen(what);
    return n >= ID_MIN && n <= 36 && strspn(what, "0123456789abcdef-") == n && strpbrk(what, "0123456789");
}

static void keep(struct search *s, const char *line, size_t n, const char *id) {
    free(s->ret->line);
    free(s->ret->file);
    s->ret->line = sk_mem_text(line, n);
    s->ret->file = sk_mem_text(s->file, strlen(s->file));
    snprintf(s->ret->id, sizeof s->ret->id, "%s", id);
}

static void remember_nearest(struct search *s, const char *id) {
    unsigned same = 0;
    while (id[same] && id[same] == s->wanted->id[same])
        same++;
    if (same > s->nearest) {
        s->nearest = same;
        snprintf(s->ret->nearest, sizeof s->ret->nearest, "%s", id);
    }
}

static void look_at(struct search *s, const char *line, size_t n) {
    struct sk_error err = {0};
    const struct alert_wanted *w = s->wanted;
    if (w->detection && !memmem(line, n, w->detection, strlen(w->detection)))
        return;
    sk_json *o = sk_json_parse(line, n, &err);
    const char *id = o ? sk_json_get_text(o, "sekimori.alert.id") : NULL,
               *of_line = o ? sk_json_get_text(o, "event.id") : NULL, *rule = o ? sk_json_get_text(o, "rule.id") : NULL;
    if (id) {
        size_t len = w->id ? strlen(w->id) : 0;
        s->ret->alerts++;
        if (w->id && (strncmp(id, w->id, len) == 0 || (of_line && strncmp(of_line, w->id, len) == 0))) {
            if (s->ret->line && strcmp(s->ret->id, id) != 0)
                snprintf(s->ret->other, sizeof s->ret->other, "%s", s->ret->id);
            keep(s, line, n, id);
        } else if (w->id && !s->ret->line && s->ret->alerts < NEAR_MAX) {
            remember_nearest(s, id);
        }
        if (w->detection && rule && strcmp(rule, w->detection) == 0)
            keep(s, line, n, id);
    }
    sk_json_free(o);
}

/* Lines that came later replace earlier ones. The alert that a line's id led to is followed to its end. */
static bool look_into(struct search *s, const char *path) {
    struct line_file *f = line_file_open(path);
    struct line line;
    if (!f) {
        complain("%s: %s. Alerts are looked up in --alerts FILE|DIR", path, strerror(errno));
        return false;
    }
    s->file = path;
    while (line_file_next(f, &line))
        if (line.n <= LINE_MAX_BYTES)
            look_at(s, line.text, line.n);
    if (line_file_why(f)[0])
        complain("%s: %s", path, line_file_why(f));
    line_file_close(f);
    return true;
}

/* NAME.jsonl, also compressed; notes are none. */
static int is_log(const struct dirent *e) {
    static const char *const ends[] = {".jsonl", ".jsonl.gz", ".jsonl.zst", ".jsonl.lz4", ".jsonl.xz", ".jsonl.bz2"};
    size_t n = strlen(e->d_name);
    bool log = false;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t tail = strlen(ends[i]);
        log |= n > tail && strcmp(e->d_name + n - tail, ends[i]) == 0;
    }
    return e->d_name[0] != '.' && log && !strstr(e->d_name, ".notes.jsonl");
}

static bool look_into_folder(struct search *s, const char *folder) {
    struct dirent **entry = NULL;
    int n = scandir(folder, &entry, is_log, alphasort);
    bool ok = n > 0;
    if (n <= 0)
        complain("%s: %s", folder, n < 0 ? strerror(errno) : "no file of alerts (*.jsonl) in this folder");
    for (int i = 0; i < n; i++) {
        struct sk_buf path = {0};
        sk_buf_fmt(&path, "%s/%s", folder, entry[i]->d_name);
        ok = look_into(s, path.p) && ok;
        sk_buf_free(&path);
        free(entry[i]);
    }
    free(entry);
    return ok;
}

static bool search(struct search *s, const char *where) {
    struct stat st;
    return stat(where, &st) == 0 && S_ISDIR(st.st_mode) ? look_into_folder(s, where) : look_into(s, where);
}

bool alert_find(const char *where, const struct alert_wanted *wanted, struct alert_found *ret) {
    struct search s = {.wanted = wanted, .ret = ret};
    *ret = (struct alert_found){0};
    if (!search(&s, where))
        return false;
    /* the id of a line named one line: what became of its alert is told, too */
    if (wanted->id && ret->line && !ret->other[0] && strncmp(ret->id, wanted->id, strlen(wanted->id)) != 0) {
        char id[sizeof ret->id];
        memcpy(id, ret->id, sizeof id);
        const struct alert_wanted whole = {.id = id};
        alert_found_free(ret);
        s = (struct search){.wanted = &whole, .ret = ret};
        return search(&s, where);
    }
    return true;
}

void alert_found_free(struct alert_found *f) {
    free(f->line);
    free(f->file);
    f->line = f->file = NULL;
}

/* ---- the end of a log ---- */

/* The last bytes of a file, at most n. @return how many, -1: cannot be read */
static ssize_t tail_of(int fd, off_t size, char *to, size_t n) {
    off_t from = size > (off_t)n ? size - (off_t)n : 0;
    size_t want = (size_t)(size - from), got = 0;
    for (ssize_t some; got < want; got += (size_t)some)
        if ((some = pread(fd, to + got, want - got, from + (off_t)got)) <= 0)
            return -1;
    return (ssize_t)got;
}

/* `..."previous_line":"<hash>"}}`: whole, and of ours. */
static bool is_ours(const char *line, size_t n) {
    static const char key[] = "\"previous_line\":\"";
    const size_t tail = sizeof key - 1 + 64 + strlen("\"}}");
    return n > tail && line[0] == '{' && memcmp(line + n - tail, key, sizeof key - 1) == 0 &&
           memcmp(line + n - 3, "\"}}", 3) == 0;
}

/* The last line of ours in these bytes: without its newline, and without the CR of another system. What a crash cut
 * off, or others wrote, is stepped over. NULL: none */
static const char *line_at_end(const char *bytes, size_t n, size_t *ret_n) {
    while (n > 0) {
        if (bytes[n - 1] == '\n')
            n--;
        const char *newline = n ? memrchr(bytes, '\n', n) : NULL, *line = newline ? newline + 1 : bytes;
        *ret_n = n - (size_t)(line - bytes);
        *ret_n -= *ret_n >= 2 && line[*ret_n - 1] == '\r';
        if (is_ours(line, *ret_n))
            return line;
        n = (size_t)(line - bytes);
    }
    return NULL;
}

bool alert_last_line(const char *path, char hex[65]) {
    struct stat st;
    uint8_t hash[32];
    bool regular = stat(path, &st) == 0 && S_ISREG(st.st_mode); /* of a pipe nobody but its reader opens the end */
    int fd = regular ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    bool ok = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
    char *bytes = ok ? sk_mem_new(LINE_MAX_BYTES, 1) : NULL;
    ssize_t n = ok ? tail_of(fd, st.st_size, bytes, LINE_MAX_BYTES) : -1;
    size_t len = 0;
    const char *line = n > 0 ? line_at_end(bytes, (size_t)n, &len) : NULL;
    if (line) {
        sk_sha256(line, len, hash);
        sk_hex(hash, sizeof hash, hex);
    }
    free(bytes);
    if (fd >= 0)
        close(fd);
    return line != NULL;
}
