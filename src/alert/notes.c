/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notes of analysts on alerts: a side file of JSON lines that is only ever appended to, so that the records, and who
 * judged them when, stay what they were. The last note on an alert is the one that counts.
 */
#include "sekimori/notes.h"
#include "sekimori/hash.h"
#include "sekimori/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOTES_MAX = 200000, LINE_MAX_BYTES = 65536, ID_BYTES = 40 };

struct sk_notes {
    struct sk_table *last; /* alert id -> struct sk_note */
};
struct key {
    char id[ID_BYTES];
};

const char *const sk_note_verdicts[] = {"ack", "false", "true", "done", NULL};

const char *sk_note_word(const char *verdict, bool ja) {
    static const char *const words[][2] = {{"ack", "確認"}, {"FP", "誤報"}, {"TP", "真"}, {"done", "済"}};
    for (size_t i = 0; sk_note_verdicts[i]; i++)
        if (strcmp(sk_note_verdicts[i], verdict) == 0)
            return words[i][ja];
    return "?";
}

/* Of a log that was compressed since, notes keep the name from before. */
void sk_notes_path(const char *alerts, struct sk_buf *ret) {
    static const char *const tails[] = {".gz", ".zst", ".lz4", ".xz", ".bz2", ".jsonl"};
    size_t n = strlen(alerts);
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        size_t t = strlen(tails[i]);
        if (n > t && memcmp(alerts + n - t, tails[i], t) == 0)
            n -= t;
    }
    sk_buf_add(ret, alerts, n);
    sk_buf_str(ret, ".notes.jsonl");
}

/* ---- reading ---- */

static bool known_verdict(const char *verdict) {
    for (size_t i = 0; verdict && sk_note_verdicts[i]; i++)
        if (strcmp(sk_note_verdicts[i], verdict) == 0)
            return true;
    return false;
}

static void copy(char *to, size_t cap, const char *text) {
    struct sk_buf clean = {0};
    sk_buf_printable(&clean, text ? text : "", strlen(text ? text : ""));
    size_t n = clean.len < cap ? clean.len : cap - 1;
    while (n > 0 && n < clean.len && ((unsigned char)clean.p[n] & 0xc0) == 0x80)
        n--;
    memcpy(to, clean.len ? clean.p : "", n);
    to[n] = '\0';
    sk_buf_free(&clean);
}

static void take(struct sk_notes *s, const char *line, size_t n) {
    struct sk_error err = {0};
    sk_json *o = sk_json_parse(line, n, &err);
    const char *id = o ? sk_json_get_text(o, "alert") : NULL, *verdict = o ? sk_json_get_text(o, "verdict") : NULL;
    if (id && strlen(id) < ID_BYTES && known_verdict(verdict)) {
        struct key k;
        memset(&k, 0, sizeof k);
        memcpy(k.id, id, strlen(id));
        struct sk_note *note = sk_table_put(s->last, &k, NULL);
        copy(note->when, sizeof note->when, sk_json_get_text(o, "@timestamp"));
        copy(note->verdict, sizeof note->verdict, verdict);
        copy(note->by, sizeof note->by, sk_json_get_text(o, "by"));
        copy(note->text, sizeof note->text, sk_json_get_text(o, "text"));
    }
    sk_json_free(o);
}

struct sk_notes *sk_notes_load(const char *path) {
    FILE *f = fopen(path, "re");
    if (!f)
        return NULL;
    struct sk_notes *s = calloc(1, sizeof *s);
    struct sk_table_config tc = {.key_size = sizeof(struct key),
                                 .value_size = sizeof(struct sk_note),
                                 .cap = NOTES_MAX,
                                 .key = sk_hash_key_fixed};
    char *line = NULL;
    size_t cap = 0;
    if (s && !(s->last = sk_table_new(&tc))) {
        free(s);
        s = NULL;
    }
    for (ssize_t n; s && (n = getline(&line, &cap, f)) > 0;)
        if (n <= LINE_MAX_BYTES && line[n - 1] == '\n') /* half a line was never written */
            take(s, line, (size_t)n - 1);
    free(line);
    fclose(f);
    return s;
}

const struct sk_note *sk_notes_of(const struct sk_notes *s, const char *alert) {
    struct key k;
    memset(&k, 0, sizeof k);
    if (!s || strlen(alert) >= sizeof k.id)
        return NULL;
    memcpy(k.id, alert, strlen(alert));
    return sk_table_peek(s->last, &k);
}

void sk_notes_free(struct sk_notes *s) {
    if (!s)
        return;
    sk_table_free(s->last);
    free(s);
}

/* ---- writing ---- */

/* One write of the whole line by whoever has the lock; a line that a crash left half is ended first. */
static bool append(int fd, const struct sk_buf *line) {
    struct stat st;
    char last = '\n';
    if (flock(fd, LOCK_EX) != 0 || fstat(fd, &st) != 0)
        return false;
    if (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n' && write(fd, "\n", 1) != 1)
        return false;
    return write(fd, line->p, line->len) == (ssize_t)line->len && fsync(fd) == 0;
}

sk_err sk_note_add(const char *path, const char *alert, const struct sk_note *note, struct sk_error *err) {
    struct sk_buf line = {0};
    sk_json *o = sk_json_new_object();
    sk_json_put_text(o, "@timestamp", note->when);
    sk_json_put_text(o, "alert", alert);
    sk_json_put_text(o, "verdict", note->verdict);
    sk_json_put_text(o, "by", note->by);
    if (note->text[0])
        sk_json_put_text(o, "text", note->text);
    char *text = sk_json_line(o);
    sk_buf_fmt(&line, "%s\n", text);
    free(text);
    sk_json_free(o);
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    bool ok = fd >= 0 && append(fd, &line);
    int why = errno;
    if (fd >= 0)
        close(fd);
    sk_buf_free(&line);
    return ok ? SK_OK : sk_error_set(err, SK_EIO, "%s: %s", path, strerror(why));
}
