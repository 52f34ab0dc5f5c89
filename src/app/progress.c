/* SPDX-License-Identifier: Apache-2.0 */
/* The progress line. Nothing of it reaches an output: here alone the wall clock is looked at. */
#include "app/progress.h"

#include "base/mem.h"
#include "sekimori/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { COLUMNS = 80, BAR = 20, BAR_SHORT = 10, NAME_LEAST = 8 };
#define REDRAW    (SK_SEC / 5)
#define SMOOTHING 2.0 /* seconds over which a rate follows */

/* ---- the line ---- */

/* "2.47 M packets/s", "312 MB/s" */
static void add_rate(struct sk_buf *b, double v, const char *unit) {
    static const char *const scale[] = {"", "k", "M", "G"};
    unsigned i = 0;
    for (; v >= 999.5 && i < 3; i++)
        v /= 1000;
    sk_buf_fmt(b, "%.*f %s%s%s",
               i == 0 || v >= 99.95 ? 0
               : v < 9.995          ? 2
                                    : 1,
               v, scale[i], i > 0 && unit[0] == 'p' ? " " : "", unit);
}

static void add_left(struct sk_buf *b, double seconds) {
    unsigned long s = seconds < 359999 ? (unsigned long)(seconds + 0.5) : 359999;
    if (s >= 3600)
        sk_buf_fmt(b, "ETA %lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
    else
        sk_buf_fmt(b, "ETA %lu:%02lu", s / 60, s % 60);
}

static void add_bar(struct sk_buf *b, unsigned width, double share) {
    unsigned full = (unsigned)(share * width);
    for (unsigned i = 0; i < width; i++)
        sk_buf_str(b, i < full ? "#" : ".");
}

/* The last bytes of text that fit in cols columns; never begins inside a character. */
static const char *tail_of(const char *text, size_t n, size_t cols) {
    const char *at = text;
    while (sk_text_columns(at, n - (size_t)(at - text)) > cols) {
        at++;
        while (((unsigned char)*at & 0xc0) == 0x80)
            at++;
    }
    return at;
}

/* Both ends of a name say more than its middle: the folder, and the date at the end. */
static void add_name(struct sk_buf *b, const char *name, size_t cols) {
    struct sk_buf shown = {0};
    sk_buf_printable(&shown, name, strlen(name));
    if (shown.len && sk_text_columns(shown.p, shown.len) > cols) {
        size_t head = sk_text_fit(shown.p, shown.len, (cols - 1) / 2);
        sk_buf_add(b, shown.p, head);
        sk_buf_str(b, "…");
        sk_buf_str(b, tail_of(shown.p, shown.len, cols - 1 - sk_text_columns(shown.p, head)));
    } else if (shown.len) {
        sk_buf_add(b, shown.p, shown.len);
    }
    sk_buf_free(&shown);
}

/* Append a part (ASCII) if it fits behind what is there. @return columns used then */
static size_t append_if_fits(struct sk_buf *line, const struct sk_buf *part, size_t used, size_t columns) {
    size_t gap = used ? 2 : 0, need = part->len;
    if (need == 0 || used + gap + need > columns)
        return used;
    sk_buf_add(line, "  ", gap);
    sk_buf_add(line, part->p, part->len);
    return used + gap + need;
}

void progress_line(const struct progress_state *s, unsigned columns, struct sk_buf *buf) {
    struct sk_buf part = {0};
    size_t used = 0;
    if (s->bytes_total) {
        uint64_t read = s->bytes_read < s->bytes_total ? s->bytes_read : s->bytes_total;
        double share = (double)read / (double)s->bytes_total;
        if (columns >= 40)
            add_bar(&part, columns >= 72 ? BAR : BAR_SHORT, share);
        sk_buf_fmt(&part, "%s%3u %%", part.len ? " " : "", (unsigned)(share * 100));
        used = append_if_fits(buf, &part, used, columns);
        sk_buf_clear(&part);
        if (s->bytes_s > 0)
            add_left(&part, (double)(s->bytes_total - read) / s->bytes_s);
    } else {
        add_rate(&part, (double)s->packets, "packets");
    }
    used = append_if_fits(buf, &part, used, columns);
    sk_buf_clear(&part);
    if (s->packets_s > 0)
        add_rate(&part, s->packets_s, "packets/s");
    used = append_if_fits(buf, &part, used, columns);
    sk_buf_clear(&part);
    if (s->bytes_s > 0)
        add_rate(&part, s->bytes_s, "B/s");
    used = append_if_fits(buf, &part, used, columns);
    sk_buf_free(&part);
    if (s->file && columns >= used + 2 + NAME_LEAST) {
        sk_buf_str(buf, used ? "  " : "");
        add_name(buf, s->file, columns - used - (used ? 2 : 0));
    }
}

/* ---- when it is drawn ---- */

struct progress {
    sk_time begun, drawn;    /* monotonic */
    uint64_t packets, bytes; /* then */
    double packets_s, bytes_s;
    bool measured, visible;
};

static sk_time monotonic(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (sk_time)ts.tv_sec * SK_SEC + ts.tv_nsec;
}

struct progress *progress_new(void) {
    if (!isatty(STDERR_FILENO))
        return NULL;
    struct progress *p = sk_mem_new(1, sizeof *p);
    p->begun = p->drawn = monotonic();
    return p;
}

void progress_begin_at(struct progress *p, uint64_t packets, uint64_t bytes) {
    if (!p)
        return;
    p->packets = packets;
    p->bytes = bytes;
}

static double follow(const struct progress *p, double rate, double now, double seconds) {
    double weight = p->measured ? seconds / (seconds + SMOOTHING) : 1;
    return rate + (now - rate) * weight;
}

static void measure(struct progress *p, const struct sk_source_stats *s, sk_time now) {
    double seconds = (double)(now - p->drawn) / (double)SK_SEC;
    uint64_t packets = s->packets > p->packets ? s->packets - p->packets : 0;
    uint64_t bytes = s->bytes_read > p->bytes ? s->bytes_read - p->bytes : 0;
    p->packets_s = follow(p, p->packets_s, (double)packets / seconds, seconds);
    p->bytes_s = follow(p, p->bytes_s, (double)bytes / seconds, seconds);
    p->measured = true;
    p->packets = s->packets;
    p->bytes = s->bytes_read;
    p->drawn = now;
}

void progress_show(struct progress *p, const struct sk_source_stats *stats, const char *file) {
    sk_time now = p ? monotonic() : 0;
    if (!p || now - p->drawn < REDRAW)
        return;
    measure(p, stats, now);
    struct winsize w = {0};
    unsigned columns = COLUMNS;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
        columns = w.ws_col;
    struct progress_state s = {.packets = stats->packets,
                               .bytes_read = stats->bytes_read,
                               .bytes_total = stats->bytes_total,
                               .packets_s = p->packets_s,
                               .bytes_s = p->bytes_s,
                               .file = file};
    struct sk_buf line = {0};
    sk_buf_str(&line, "\r");
    progress_line(&s, columns - 1, &line); /* the last column would make some terminals wrap */
    sk_buf_str(&line, "\033[K");
    fwrite(line.p, 1, line.len, stderr);
    fflush(stderr);
    sk_buf_free(&line);
    p->visible = true;
}

void progress_clear(struct progress *p) {
    if (!p || !p->visible)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    p->visible = false;
}

void progress_free(struct progress *p) {
    progress_clear(p);
    free(p);
}
