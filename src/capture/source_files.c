/* SPDX-License-Identifier: Apache-2.0 */
/* A list of files, one after the other, as one source; of an archive, the captures in it. */
#include "capture/source_files.h"

#include <inttypes.h>
#include <stdarg.h>

static void tell(const struct sk_source *s, const char *path, const char *what) {
    if (s->on_damage)
        s->on_damage(s->arg, path, SK_NO_OFFSET, what);
}

static void unreadable(struct sk_source *s, const struct sk_file *f, const char *why) {
    tell(s, f->input.path, why);
    s->stats.unreadable_inputs++;
}

static bool is_stopped(const struct sk_file_source *fs) {
    return atomic_load_explicit(&fs->common.stop, memory_order_relaxed);
}

static struct sk_file *root_of(const struct sk_file_source *fs) { return sk_list_at(&fs->common.list, fs->root); }

/* ---- one capture ---------------------------------------------------------------------------------------------------
 */

static void open_capture(struct sk_file_source *fs, struct sk_file *f, uint32_t index) {
    struct sk_source *s = &fs->common;
    fs->reader = (struct sk_reader){.input = &f->input,
                                    .index = index,
                                    .seq = fs->seq,
                                    .format = fs->found.format,
                                    .on_damage = s->on_damage,
                                    .arg = s->arg};
    sk_feed_open(&fs->reader.feed, &s->pool, fs->found.in, &s->stop);
    f->input.opened = true;
    fs->open = true;
}

static void close_capture(struct sk_file_source *fs) {
    struct sk_source *s = &fs->common;
    struct sk_reader *r = &fs->reader;
    struct sk_file *f = sk_list_at(&s->list, r->index);
    if (fs->found.in->why[0] && !is_stopped(fs))
        sk_reader_report(r, r->feed.offset, "%s", fs->found.in->why);
    if (r->feed.out_of_memory)
        sk_reader_report(r, r->feed.offset, "cannot be read further: out of memory");
    if (r->reports > SK_REPORTS_MAX) {
        char what[64];
        (void)snprintf(what, sizeof what, "%" PRIu64 " more problems in this file", r->reports - SK_REPORTS_MAX);
        tell(s, f->input.path, what);
    }
    s->stats.opened_inputs += f->input.opened;
    s->stats.damaged_inputs += f->input.opened && f->input.damaged;
    s->stats.unreadable_inputs += !f->input.opened;
    fs->captures += f->input.opened;
    fs->seq = r->seq;
    fs->bytes += r->bytes;
    fs->clamped += r->clamped;
    f->names = r->names;
    f->n_names = r->n_names;
    if (r->format->close)
        r->format->close(r);
    sk_feed_close(&r->feed);
    fs->open = false;
}

/* ---- one archive ---------------------------------------------------------------------------------------------------
 */

static void tell_archive(struct sk_file_source *fs, const char *path, const char *why) {
    root_of(fs)->input.damaged = true;
    if (fs->told++ < SK_REPORTS_MAX)
        tell(&fs->common, path, why);
}

/* `archive!entry`, as the user and the evidence see it. @return NULL: out of memory */
static char *entry_path(const struct sk_file_source *fs) {
    char *path = NULL;
    if (*sk_archive_name(fs->unpack.container) == '\0')
        return strdup(root_of(fs)->input.path);
    return asprintf(&path, "%s!%s", root_of(fs)->input.path, sk_archive_name(fs->unpack.container)) < 0 ? NULL : path;
}

static bool open_entry(struct sk_file_source *fs, const char *path) {
    const struct sk_file *root = root_of(fs);
    struct sk_list *l = &fs->common.list;
    size_t index = sk_list_n(l);
    struct sk_file *f = sk_list_new(l, path);
    if (!f)
        return false;
    f->regular = root->regular;
    f->input.size = sk_archive_size(fs->unpack.container);
    f->input.container = fs->root;
    f->input.group = root->input.group;
    open_capture(fs, f, (uint32_t)index);
    return true;
}

/* What cannot be read of an archive is an input too, as of a folder: what is told of it needs one that stays. */
static void note_entry(struct sk_file_source *fs, const char *path) {
    struct sk_file *root = root_of(fs);
    const char *told = root->input.path;
    if (fs->told < SK_REPORTS_MAX && strcmp(path, told) != 0) {
        struct sk_file *f = sk_list_new(&fs->common.list, path);
        if (f) {
            f->input.container = fs->root;
            f->input.group = root->input.group;
            f->input.size = sk_archive_size(fs->unpack.container);
            told = f->input.path;
        }
    }
    tell_archive(fs, told, fs->found.why);
}

/* Go to the next capture in the archive. @return false: there is none */
static bool another_entry(struct sk_file_source *fs) {
    for (;;) {
        enum sk_found_kind kind = sk_unpack_next(&fs->unpack, &fs->found);
        if (kind == SK_FOUND_END || kind == SK_FOUND_STOPPED)
            return false;
        if (kind == SK_FOUND_OTHER) {
            fs->others++;
            continue;
        }
        char *path = entry_path(fs);
        bool opened = path && kind == SK_FOUND_CAPTURE && open_entry(fs, path);
        if (!path || (kind == SK_FOUND_CAPTURE && !opened))
            tell_archive(fs, root_of(fs)->input.path, "out of memory for what is inside, or more than a million files");
        else if (!opened)
            note_entry(fs, path);
        bool lost = !path;
        free(path);
        if (opened || lost)
            return opened;
    }
}

static void close_archive(struct sk_file_source *fs) {
    struct sk_source *s = &fs->common;
    struct sk_file *f = root_of(fs);
    char what[128];
    if (fs->told > SK_REPORTS_MAX) {
        (void)snprintf(what, sizeof what, "%" PRIu64 " more problems in this archive", fs->told - SK_REPORTS_MAX);
        tell(s, f->input.path, what);
    }
    if (fs->captures > 0) {
        s->stats.damaged_inputs += f->input.damaged;
        (void)snprintf(what, sizeof what, "files inside that are no captures: %" PRIu64 " of %" PRIu64, fs->others,
                       fs->others + fs->captures);
        if (fs->others > 0)
            tell(s, f->input.path, what);
    } else if (!is_stopped(fs)) {
        (void)snprintf(what, sizeof what, "no capture inside (%" PRIu64 " other files)", fs->others);
        unreadable(s, f, what);
    }
}

/* ---- one file ------------------------------------------------------------------------------------------------------
 */

static void close_file(struct sk_file_source *fs) {
    struct sk_input *input = &root_of(fs)->input;
    if (input->archive)
        close_archive(fs);
    sk_unpack_settle(&fs->unpack);
    input->digest_ok = sk_raw_finish(&fs->unpack.raw, input->sha256);
    fs->read += fs->unpack.raw.most;
    sk_unpack_close(&fs->unpack);
    fs->file_open = false;
}

/* Open the next input, and what is in it. */
static void open_file(struct sk_file_source *fs) {
    struct sk_source *s = &fs->common;
    fs->root = sk_files_at(fs, fs->next++);
    struct sk_file *f = root_of(fs);
    char why[400];
    int fd = f->fd >= 0 ? f->fd : sk_file_open(f, why, sizeof why);
    f->fd = -1;
    if (fd < 0) {
        unreadable(s, f, why);
        return;
    }
    sk_source_stats(s, &fs->before);
    sk_unpack_open(&fs->unpack, fd, f->regular, f->head, f->head_len, &s->stop, fs->max_ratio);
    f->head = NULL;
    f->head_len = 0;
    if (fs->digests)
        sk_raw_digest(&fs->unpack.raw);
    fs->file_open = true;
    fs->captures = fs->others = fs->told = 0;
    switch (sk_unpack_first(&fs->unpack, &fs->found)) {
    case SK_FOUND_CAPTURE:
        open_capture(fs, f, fs->root);
        break;
    case SK_FOUND_CONTAINER:
        f->input.archive = true;
        break;
    case SK_FOUND_STOPPED:
    case SK_FOUND_END:
        break;
    case SK_FOUND_OTHER:
    case SK_FOUND_REFUSED:
    case SK_FOUND_DAMAGED:
        (void)snprintf(why, sizeof why, "%s%s", fs->unpack.outer ? "decompressed: " : "", fs->found.why);
        unreadable(s, f, why);
        break;
    }
}

/* ---- the source ----------------------------------------------------------------------------------------------------
 */

static void count(struct sk_reader *r, const struct sk_packet *at, size_t n) {
    if (r->input->packets + r->input->filtered == 0)
        r->input->first = at[0].ts;
    r->input->last = at[n - 1].ts;
}

/* Close the ranks of what the filter lets through: sequence numbers have no gaps, or blocks would never be retired. */
static size_t keep(struct sk_file_source *fs, struct sk_packet *at, size_t n) {
    struct sk_reader *r = &fs->reader;
    size_t kept = 0;
    uint64_t seq = r->seq - n;
    for (size_t i = 0; i < n; i++) {
        if (sk_source_left_out(&fs->common, r->input, &at[i])) {
            r->bytes -= at[i].wirelen;
            continue;
        }
        at[kept] = at[i];
        at[kept++].seq = ++seq;
    }
    r->seq = r->feed.last_seq = seq;
    return kept;
}

/* What was taken from a pipe can be read by nobody else: it is handed out after a stop too. */
static bool files_held(const struct sk_source *s) {
    const struct sk_file_source *fs = (const struct sk_file_source *)(const void *)s;
    if (fs->open && fs->unpack.pipe && (sk_feed_left(&fs->reader.feed) > 0 || sk_stream_held(fs->reader.feed.in)))
        return true;
    for (size_t k = fs->next; k < fs->n_named; k++) {
        const struct sk_file *f = sk_list_at(&s->list, sk_files_at(fs, k));
        if (f->head_len > 0 && !f->regular)
            return true;
    }
    return false;
}

/* @return false: there is no input left to open, or none that a stop leaves */
static bool another_file(struct sk_file_source *fs) {
    for (; fs->next < fs->n_named; fs->next++) {
        const struct sk_file *f = sk_list_at(&fs->common.list, sk_files_at(fs, fs->next));
        if (!is_stopped(fs) || (!f->regular && f->head_len > 0))
            return true;
    }
    return false;
}

/* @return false: everything was read */
static bool another_capture(struct sk_file_source *fs) {
    while (!fs->open) {
        if (fs->file_open && root_of(fs)->input.archive && another_entry(fs))
            return true;
        if (fs->file_open)
            close_file(fs);
        if (!another_file(fs))
            return false;
        open_file(fs);
    }
    return true;
}

static enum sk_next files_next(struct sk_source *s, struct sk_packet *at, size_t max, size_t *ret_n) {
    struct sk_file_source *fs = sk_files_of(s);
    fs->begun = true;
    while (!is_stopped(fs) || files_held(s)) {
        if (!another_capture(fs))
            return SK_NEXT_END;
        switch (fs->reader.format->next(&fs->reader, at, max, ret_n)) {
        case SK_STEP_PACKETS:
            count(&fs->reader, at, *ret_n);
            if (s->filter)
                *ret_n = keep(fs, at, *ret_n);
            fs->reader.input->packets += *ret_n;
            return *ret_n > 0 ? SK_NEXT_PACKETS : SK_NEXT_IDLE;
        case SK_STEP_WAIT:
            return SK_NEXT_WAIT;
        case SK_STEP_END:
            close_capture(fs);
            break;
        }
    }
    return SK_NEXT_END;
}

static void files_stats(struct sk_source *s, struct sk_source_stats *ret) {
    const struct sk_file_source *fs = sk_files_of(s);
    const struct sk_reader *r = &fs->reader;
    ret->packets = fs->open ? r->seq : fs->seq;
    ret->reading = fs->next < fs->n_named ? sk_files_at(fs, fs->next) : UINT32_MAX;
    if (fs->file_open)
        ret->reading = fs->open ? r->index : fs->root;
    ret->bytes = fs->bytes + (fs->open ? r->bytes : 0);
    ret->bytes_read = fs->read + (fs->file_open ? sk_unpack_read(&fs->unpack) : 0);
    ret->clamped_times = fs->clamped + (fs->open ? r->clamped : 0);
    if (fs->open) {
        ret->opened_inputs += r->input->opened;
        ret->damaged_inputs += r->input->opened && r->input->damaged;
    }
}

void sk_source_stats_done(struct sk_source *s, struct sk_source_stats *ret) {
    const struct sk_file_source *fs = sk_files_of(s);
    if (fs && fs->file_open)
        *ret = fs->before;
    else
        sk_source_stats(s, ret);
}

static void files_close(struct sk_source *s) {
    struct sk_file_source *fs = sk_files_of(s);
    if (fs->open)
        close_capture(fs);
    if (fs->file_open)
        sk_unpack_close(&fs->unpack);
    free(fs->order);
}

const struct sk_source_ops sk_files_ops = {
    .next = files_next, .stats = files_stats, .held = files_held, .close = files_close};

/* @return SK_EUSAGE, SK_ENOMEM */
static sk_err add_paths(struct sk_file_source *fs, const char *const *paths, size_t n, bool recursive,
                        struct sk_error *err) {
    struct sk_source *s = &fs->common;
    size_t n_stdin = 0;
    for (size_t i = 0; i < n; i++) {
        n_stdin += strcmp(paths[i], "-") == 0;
        if (n_stdin > 1)
            return sk_error_set(err, SK_EUSAGE, "-: standard input can be read once, not twice");
        if (sk_list_add(&s->list, paths[i], recursive) != SK_OK)
            return sk_error_set(err, SK_ENOMEM, "out of memory for the list of files, or more than a million of them");
    }
    bool known = true;
    fs->n_named = sk_list_n(&s->list);
    for (size_t i = 0; i < fs->n_named; i++) {
        const struct sk_file *f = sk_list_at(&s->list, i);
        s->stats.bytes_total += f->input.size;
        known = known && (f->why || f->regular); /* a pipe's size is not known, so the whole is not */
    }
    if (!known)
        s->stats.bytes_total = 0;
    return SK_OK;
}

sk_err sk_source_files(const char *const *paths, size_t n, const struct sk_source_options *opt, struct sk_source **ret,
                       struct sk_error *err) {
    static const struct sk_source_options none = {0};
    opt = opt ? opt : &none;
    *ret = NULL;
    if (n == 0)
        return sk_error_set(err, SK_EUSAGE, "no file named: give capture files, folders, or - for standard input");
    struct sk_filter *filter = NULL;
    if (opt->filter && sk_filter_new(opt->filter, &filter, err) != SK_OK)
        return SK_EUSAGE;
    struct sk_file_source *fs = (struct sk_file_source *)calloc(1, sizeof *fs);
    if (!fs) {
        sk_filter_free(filter);
        return sk_error_set(err, SK_ENOMEM, "out of memory");
    }
    struct sk_source *s = &fs->common;
    s->filter = filter;
    s->ops = &sk_files_ops;
    s->on_damage = opt->on_damage;
    s->arg = opt->arg;
    fs->digests = opt->digests;
    fs->max_ratio = opt->max_ratio;
    sk_blocks_init(&s->pool, opt->block_size);
    s->list.leave_out = opt->leave_out;
    s->list.arg = opt->arg;
    sk_err e = add_paths(fs, paths, n, opt->recursive, err);
    if (e != SK_OK) {
        sk_source_close(s);
        return e;
    }
    *ret = s;
    return SK_OK;
}

const char *sk_source_iface(const struct sk_source *s, uint32_t input, uint16_t iface) {
    const struct sk_file *f = sk_list_at(&s->list, input);
    if (!f)
        return NULL;
    const struct sk_ifname *names = f->names;
    size_t n = f->n_names;
    if (s->ops == &sk_files_ops) {
        const struct sk_file_source *fs = (const struct sk_file_source *)(const void *)s;
        if (fs->open && fs->reader.index == input) {
            names = fs->reader.names;
            n = fs->reader.n_names;
        }
    }
    return iface < n ? names[iface].name : NULL;
}
