/* SPDX-License-Identifier: Apache-2.0 */
#include "app/alert_files.h"

#include "app/command.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t cap = 0;
    if (!f) {
        complain("%s: %s. Alerts are looked up in --alerts FILE|DIR", path, strerror(errno));
        return false;
    }
    s->file = path;
    for (ssize_t n; (n = getline(&line, &cap, f)) > 0;)
        if (n <= LINE_MAX_BYTES)
            look_at(s, line, (size_t)n);
    free(line);
    fclose(f);
    return true;
}

static int is_log(const struct dirent *e) {
    size_t n = strlen(e->d_name);
    return e->d_name[0] != '.' && n > 6 && strcmp(e->d_name + n - 6, ".jsonl") == 0 &&
           !(n > 12 && strcmp(e->d_name + n - 12, ".notes.jsonl") == 0);
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
