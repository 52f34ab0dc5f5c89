/* SPDX-License-Identifier: Apache-2.0 */
/* A list of files, one after the other, as one source. */
#include "capture/source_impl.h"

#include "sekimori/digest.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <unistd.h>

enum { DIGEST_BYTES = 64 * 1024 };

struct file_source {
    struct sk_source common;
    struct sk_reader reader; /**< of the current input */
    size_t next;             /**< index of the input to open next */
    bool open;               /**< reader is in use */
    uint64_t seq, bytes, read, clamped;
};

static struct file_source *files_of(struct sk_source *s) { return (struct file_source *)(void *)s; }

static void tell(const struct sk_source *s, const struct sk_file *f, const char *what) {
    if (s->on_damage)
        s->on_damage(s->arg, f->input.path, SK_NO_OFFSET, what);
}

static void unreadable(struct sk_source *s, const struct sk_file *f, const char *why) {
    tell(s, f, why);
    s->stats.unreadable_inputs++;
}

/* @return false: the input cannot be opened, which was told */
static bool open_input(struct file_source *fs) {
    struct sk_source *s = &fs->common;
    uint32_t index = (uint32_t)fs->next++;
    struct sk_file *f = &s->list.at[index];
    char why[300];
    int fd = f->fd >= 0 ? f->fd : sk_file_open(f, why, sizeof why);
    f->fd = -1;
    if (fd < 0) {
        unreadable(s, f, why);
        return false;
    }
    fs->reader = (struct sk_reader){
        .input = &f->input, .index = index, .seq = fs->seq, .on_damage = s->on_damage, .arg = s->arg};
    sk_feed_open(&fs->reader.feed, &s->pool, fd, f->regular, &s->stop);
    fs->reader.feed.head = f->head;
    fs->reader.feed.head_len = f->head_len;
    f->head = NULL;
    fs->open = true;
    return true;
}

static void close_input(struct file_source *fs) {
    struct sk_source *s = &fs->common;
    struct sk_reader *r = &fs->reader;
    struct sk_file *f = &s->list.at[r->index];
    bool was_capture = r->format != NULL;
    if (r->feed.error && was_capture)
        sk_reader_report(r, r->feed.offset, "cannot be read further: %s", strerror(r->feed.error));
    if (r->reports > SK_REPORTS_MAX) {
        char what[64];
        (void)snprintf(what, sizeof what, "%" PRIu64 " more problems in this file", r->reports - SK_REPORTS_MAX);
        tell(s, f, what);
    }
    s->stats.opened_inputs += f->input.opened;
    s->stats.damaged_inputs += f->input.opened && f->input.damaged;
    s->stats.unreadable_inputs += was_capture && !f->input.opened;
    fs->seq = r->seq;
    fs->bytes += r->bytes;
    fs->read += r->feed.offset;
    fs->clamped += r->clamped;
    f->names = r->names;
    f->n_names = r->n_names;
    if (r->format && r->format->close)
        r->format->close(r);
    sk_feed_close(&r->feed);
    fs->open = false;
}

/* @return false: no capture (told), or no free block (SK_FEED_WAIT in *ret) */
static bool detect(struct file_source *fs, enum sk_feed_result *ret) {
    struct sk_reader *r = &fs->reader;
    *ret = sk_feed_need(&r->feed, SK_DETECT_BYTES, 0);
    if (*ret == SK_FEED_WAIT || *ret == SK_FEED_STOP)
        return false;
    char why[128];
    struct sk_cur c = sk_feed_window(&r->feed);
    sk_cur_limit(&c, SK_DETECT_BYTES);
    r->format = sk_detect(c.p, c.left, why, sizeof why);
    if (!r->format) {
        unreadable(&fs->common, &fs->common.list.at[r->index], r->feed.error ? strerror(r->feed.error) : why);
        return false;
    }
    r->input->opened = true;
    return true;
}

static void count(struct sk_reader *r, const struct sk_packet *at, size_t n) {
    if (r->input->packets == 0)
        r->input->first = at[0].ts;
    r->input->last = at[n - 1].ts;
    r->input->packets += n;
}

static bool is_stopped(const struct file_source *fs) {
    return atomic_load_explicit(&fs->common.stop, memory_order_relaxed);
}

/* What was taken from a pipe can be read by nobody else: it is handed out after a stop too. */
static bool files_held(const struct sk_source *s) {
    const struct file_source *fs = (const struct file_source *)(const void *)s;
    const struct sk_feed *f = &fs->reader.feed;
    if (fs->open && !f->regular && (sk_feed_left(f) > 0 || f->head_at < f->head_len))
        return true;
    for (size_t i = fs->next; i < s->list.n; i++)
        if (s->list.at[i].head_len > 0 && !s->list.at[i].regular)
            return true;
    return false;
}

/* @return false: there is no input left to open, or none that a stop leaves */
static bool another_input(struct file_source *fs) {
    const struct sk_list *l = &fs->common.list;
    while (fs->next < l->n && is_stopped(fs) && (l->at[fs->next].regular || l->at[fs->next].head_len == 0))
        fs->next++;
    return fs->next < l->n;
}

static enum sk_next files_next(struct sk_source *s, struct sk_packet *at, size_t max, size_t *ret_n) {
    struct file_source *fs = files_of(s);
    while (!is_stopped(fs) || files_held(s)) {
        if (!fs->open) {
            if (!another_input(fs))
                return SK_NEXT_END;
            if (!open_input(fs))
                continue;
        }
        enum sk_feed_result res = SK_FEED_OK;
        if (!fs->reader.format && !detect(fs, &res)) {
            if (res == SK_FEED_WAIT)
                return SK_NEXT_WAIT;
            close_input(fs);
            continue;
        }
        switch (fs->reader.format->next(&fs->reader, at, max, ret_n)) {
        case SK_STEP_PACKETS:
            count(&fs->reader, at, *ret_n);
            return SK_NEXT_PACKETS;
        case SK_STEP_WAIT:
            return SK_NEXT_WAIT;
        case SK_STEP_END:
            close_input(fs);
            break;
        }
    }
    return SK_NEXT_END;
}

static void files_stats(struct sk_source *s, struct sk_source_stats *ret) {
    struct file_source *fs = files_of(s);
    const struct sk_reader *r = &fs->reader;
    ret->packets = fs->open ? r->seq : fs->seq;
    ret->reading = fs->open ? r->index : (uint32_t)fs->next;
    ret->bytes = fs->bytes + (fs->open ? r->bytes : 0);
    ret->bytes_read = fs->read + (fs->open ? r->feed.offset : 0);
    ret->clamped_times = fs->clamped + (fs->open ? r->clamped : 0);
    if (fs->open) {
        ret->opened_inputs += r->input->opened;
        ret->damaged_inputs += r->input->opened && r->input->damaged;
    }
}

static void files_close(struct sk_source *s) {
    struct file_source *fs = files_of(s);
    if (fs->open)
        close_input(fs);
}

static const struct sk_source_ops files_ops = {
    .next = files_next, .stats = files_stats, .held = files_held, .close = files_close};

sk_err sk_source_files(const char *const *paths, size_t n, const struct sk_source_options *opt, struct sk_source **ret,
                       struct sk_error *err) {
    static const struct sk_source_options none = {0};
    opt = opt ? opt : &none;
    *ret = NULL;
    if (n == 0)
        return sk_error_set(err, SK_EUSAGE, "no file named: give capture files, folders, or - for standard input");
    if (opt->filter)
        return sk_error_set(err, SK_EUSAGE, "a filter of packets is not built yet");
    struct file_source *fs = (struct file_source *)calloc(1, sizeof *fs);
    if (!fs)
        return sk_error_set(err, SK_ENOMEM, "out of memory");
    struct sk_source *s = &fs->common;
    s->ops = &files_ops;
    s->on_damage = opt->on_damage;
    s->arg = opt->arg;
    sk_blocks_init(&s->pool, opt->block_size);
    size_t n_stdin = 0;
    sk_err e = SK_OK;
    for (size_t i = 0; e == SK_OK && i < n; i++) {
        n_stdin += strcmp(paths[i], "-") == 0;
        e = n_stdin > 1 ? sk_error_set(err, SK_EUSAGE, "-: standard input can be read once, not twice")
                        : sk_list_add(&s->list, paths[i], opt->recursive);
    }
    if (e == SK_ENOMEM)
        (void)sk_error_set(err, e, "out of memory for the list of files, or more than a million of them");
    if (e != SK_OK) {
        sk_source_close(s);
        return e;
    }
    for (size_t i = 0; i < s->list.n; i++)
        s->stats.bytes_total += s->list.at[i].input.size;
    for (size_t i = 0; i < s->list.n; i++)
        if (!s->list.at[i].why && !s->list.at[i].regular)
            s->stats.bytes_total = 0; /* a pipe's size is not known, so the whole is not */
    *ret = s;
    return SK_OK;
}

const char *sk_source_iface(const struct sk_source *s, uint32_t input, uint16_t iface) {
    if (input >= s->list.n)
        return NULL;
    const struct sk_file *f = &s->list.at[input];
    const struct sk_ifname *names = f->names;
    size_t n = f->n_names;
    if (s->ops == &files_ops) {
        const struct file_source *fs = (const struct file_source *)(const void *)s;
        if (fs->open && fs->reader.index == input) {
            names = fs->reader.names;
            n = fs->reader.n_names;
        }
    }
    return iface < n ? names[iface].name : NULL;
}

/* ---- digest -------------------------------------------------------------------------------------------------------
 */

/* @return bytes read, fewer only at the end */
static size_t read_head(const struct sk_source *s, int fd, bool regular, uint8_t *to) {
    size_t n = 0;
    while (n < DIGEST_BYTES && !atomic_load_explicit(&s->stop, memory_order_relaxed)) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (!regular && poll(&p, 1, 100) <= 0)
            continue;
        ssize_t got = read(fd, to + n, DIGEST_BYTES - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    return n;
}

/* Bytes of a pipe are kept for the reader; a file is opened again. */
static void digest_one(struct sk_source *s, struct sk_file *f, struct sk_sha256 *h) {
    char why[300];
    int fd = sk_file_open(f, why, sizeof why);
    if (fd < 0)
        return; /* told when its turn comes */
    uint8_t *head = (uint8_t *)malloc(DIGEST_BYTES);
    size_t n = head ? read_head(s, fd, f->regular, head) : 0;
    sk_sha256_add(h, head, n);
    bool keep = !f->regular || fd == STDIN_FILENO;
    if (keep) {
        f->fd = fd;
        f->head = head;
        f->head_len = n;
    } else {
        free(head);
        (void)close(fd);
    }
}

void sk_source_digest(struct sk_source *s, struct sk_sha256 *h) {
    if (s->ops != &files_ops || files_of(s)->next > 0)
        return;
    for (size_t i = 0; i < s->list.n; i++)
        if (!s->list.at[i].head)
            digest_one(s, &s->list.at[i], h);
}
