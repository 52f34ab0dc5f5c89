/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libarchive as a stream. Zip is read as a stream too, by its local headers: the central directory at its end is not
 * needed, cannot be made to fill memory, and is missing in a file that was cut.
 */
#include "capture/archive.h"

#include "sekimori/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <inttypes.h>
#include <locale.h>

enum { BELOW_BYTES = 64 * 1024, NAME_MAX_BYTES = 1024, RETRIES = 8, REOPENS_MAX = 100 };

struct sk_archive {
    struct sk_stream stream;
    struct archive *a;
    struct archive_entry *entry;
    struct sk_stream *below;
    struct sk_budget *budget;
    bool pipe;            /**< the bytes come from one */
    const uint8_t *block; /**< what libarchive gave and was not taken yet */
    size_t left;
    uint64_t hole;     /**< zeros to give before it (sparse file in tar) */
    uint64_t position; /**< in the entry */
    uint64_t entries;
    bool dead;         /**< libarchive cannot go on */
    bool entry_failed; /**< because of this entry's bytes; what follows may be sound */
    unsigned reopens;
    enum sk_kind kind;
    locale_t utf8;
    char name[4 * NAME_MAX_BYTES + 1];
    uint8_t buf[BELOW_BYTES];
};

static struct sk_archive *archive_of(struct sk_stream *s) { return (struct sk_archive *)(void *)s; }

/* ---- what libarchive calls ------------------------------------------------------------------------------------------
 */

static la_ssize_t below_read(struct archive *a, void *arg, const void **ret) {
    struct sk_archive *ar = (struct sk_archive *)arg;
    (void)a;
    *ret = ar->buf;
    return (la_ssize_t)sk_stream_read(ar->below, ar->buf, sizeof ar->buf);
}

static la_int64_t below_skip(struct archive *a, void *arg, la_int64_t n) {
    struct sk_archive *ar = (struct sk_archive *)arg;
    struct sk_stream *s = ar->below;
    (void)a;
    return n > 0 && s->peek_at == s->peek_len && s->ops->skip ? (la_int64_t)s->ops->skip(s, (uint64_t)n) : 0;
}

/* ---- reading -------------------------------------------------------------------------------------------------------
 */

/* Its words may hold names from the archive. */
static void describe(struct sk_archive *ar) {
    const char *said = archive_error_string(ar->a);
    char text[120] = "damaged";
    if (said)
        (void)sk_text_escape((const uint8_t *)said, strcspn(said, "\n"), text, sizeof text);
    ar->below->told = true;
    if (ar->below->why[0])
        (void)snprintf(ar->stream.why, sizeof ar->stream.why, "%s", ar->below->why);
    else
        (void)snprintf(ar->stream.why, sizeof ar->stream.why, "near byte %" PRIu64 " of the packed file: %s",
                       *ar->budget->in, text);
}

/* The next block. @return false: end of the entry */
static bool more(struct sk_archive *ar) {
    const void *p = NULL;
    size_t n = 0;
    la_int64_t offset = 0;
    int r = ARCHIVE_RETRY;
    for (int i = 0; r == ARCHIVE_RETRY && i < RETRIES; i++)
        r = archive_read_data_block(ar->a, &p, &n, &offset);
    if (r == ARCHIVE_EOF)
        return false;
    if (r != ARCHIVE_OK)
        describe(ar);
    if (r < ARCHIVE_WARN) { /* a warning, as of a wrong sum, comes with data */
        ar->dead = ar->entry_failed = r == ARCHIVE_FATAL;
        if (ar->kind != SK_KIND_ZIP || !p || n == 0) /* zip gives its last block together with what is wrong after it */
            return false;
    }
    ar->block = (const uint8_t *)p;
    ar->left = n;
    ar->hole = offset > 0 && (uint64_t)offset > ar->position ? (uint64_t)offset - ar->position : 0;
    return true;
}

static size_t archive_stream_read(struct sk_stream *s, uint8_t *to, size_t n) {
    struct sk_archive *ar = archive_of(s);
    for (int empty = 0; ar->left == 0 && ar->hole == 0; empty++)
        if (ar->dead || ar->budget->spent || empty > RETRIES || !more(ar)) {
            s->at_end = true;
            return 0;
        }
    size_t some = n;
    bool grows = ar->kind != SK_KIND_TAR || ar->hole > 0; /* tar packs nothing but holes */
    if (ar->hole > 0) {
        some = ar->hole < some ? (size_t)ar->hole : some;
        memset(to, 0, some);
        ar->hole -= some;
    } else {
        some = ar->left < some ? ar->left : some;
        memcpy(to, ar->block, some);
        ar->block += some;
        ar->left -= some;
    }
    ar->position += some;
    if (grows && !sk_budget_afford(ar->budget, some, s->why, sizeof s->why)) {
        s->at_end = true;
        return 0;
    }
    return some;
}

/* What libarchive took from a pipe comes out until it is at its end, which a stop brings soon. */
static bool archive_held(const struct sk_stream *s) {
    const struct sk_archive *ar = (const struct sk_archive *)(const void *)s;
    return ar->pipe && !s->at_end;
}

static void archive_close(struct sk_stream *s) {
    struct sk_archive *ar = archive_of(s);
    if (ar->a)
        (void)archive_read_free(ar->a);
    if (ar->utf8)
        freelocale(ar->utf8);
    free(ar);
}

static const struct sk_stream_ops archive_ops = {
    .read = archive_stream_read, .held = archive_held, .close = archive_close};

/* ---- entries -------------------------------------------------------------------------------------------------------
 */

/* Names are bytes or UTF-8, whatever the locale of this run: the output depends on the archive alone. */
static void take_name(struct sk_archive *ar) {
    const char *name = archive_entry_pathname(ar->entry);
    if (!name)
        name = archive_entry_pathname_utf8(ar->entry);
    ar->name[0] = '\0';
    if (name)
        (void)sk_text_escape((const uint8_t *)name, strnlen(name, NAME_MAX_BYTES), ar->name, sizeof ar->name);
    if (ar->name[0] == '\0')
        (void)snprintf(ar->name, sizeof ar->name, "entry %" PRIu64, ar->entries);
}

static void begin_entry(struct sk_archive *ar) {
    ar->stream = (struct sk_stream){.ops = &archive_ops};
    ar->block = NULL;
    ar->left = 0;
    ar->hole = ar->position = 0;
    ar->name[0] = '\0';
}

/* An entry of unknown length cannot be stepped over, only unpacked; that has its price. */
static void drain(struct sk_archive *ar) {
    uint8_t rest[4096];
    if (ar->entry && !sk_archive_steps_over(ar))
        while (sk_stream_read(&ar->stream, rest, sizeof rest) > 0)
            ;
}

static int next_header(struct sk_archive *ar) {
    int r = ARCHIVE_RETRY;
    for (int i = 0; r == ARCHIVE_RETRY && i < RETRIES; i++)
        r = archive_read_next_header(ar->a, &ar->entry);
    if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
        ar->entry = NULL;
    return r;
}

static bool open_archive(struct sk_archive *ar);

/* One damaged file in an archive does not hide the others: from the start again, over those that are done with.
 * @return false: libarchive cannot go on, for a reason that was told with that file */
static bool revive(struct sk_archive *ar) {
    if (!ar->dead)
        return true;
    if (!ar->entry_failed || !ar->below->ops->rewind || ar->reopens++ >= REOPENS_MAX ||
        !ar->below->ops->rewind(ar->below))
        return false;
    (void)archive_read_free(ar->a);
    ar->entry = NULL;
    ar->dead = !open_archive(ar);
    ar->entry_failed = false;
    for (uint64_t i = 0; i < ar->entries && !ar->dead; i++) {
        int r = next_header(ar);
        ar->dead = r != ARCHIVE_OK && r != ARCHIVE_WARN;
    }
    return !ar->dead;
}

enum sk_entry sk_archive_next(struct sk_archive *ar) {
    drain(ar);
    unsigned before_this = ar->reopens;
    if (!revive(ar) || ar->budget->spent) {
        ar->name[0] = '\0'; /* what is told now is of the whole */
        return SK_ENTRY_END;
    }
    begin_entry(ar);
    if (ar->entries++ >= SK_ENTRIES_MAX) {
        ar->below->told = true;
        (void)snprintf(ar->stream.why, sizeof ar->stream.why, "more than %d files inside; not read further",
                       SK_ENTRIES_MAX);
        ar->dead = true;
        return SK_ENTRY_DAMAGED;
    }
    locale_t before = uselocale(ar->utf8);
    int r = next_header(ar);
    if (r == ARCHIVE_OK || r == ARCHIVE_WARN)
        take_name(ar);
    (void)uselocale(before);
    if (r == ARCHIVE_EOF) {
        ar->dead = true;
        return SK_ENTRY_END;
    }
    if (!ar->entry) {
        ar->dead = true;
        if (ar->reopens > before_this)
            return SK_ENTRY_END; /* the same damage */
        describe(ar);
        return SK_ENTRY_DAMAGED;
    }
    if (archive_entry_filetype(ar->entry) != AE_IFREG || archive_entry_hardlink(ar->entry))
        return SK_ENTRY_ELSE;
    return archive_entry_is_encrypted(ar->entry) ? SK_ENTRY_ENCRYPTED : SK_ENTRY_FILE;
}

const char *sk_archive_name(const struct sk_archive *ar) { return ar->name; }

bool sk_archive_steps_over(const struct sk_archive *ar) { return ar->entry && archive_entry_size_is_set(ar->entry); }

uint64_t sk_archive_size(const struct sk_archive *ar) {
    la_int64_t n = ar->entry && archive_entry_size_is_set(ar->entry) ? archive_entry_size(ar->entry) : 0;
    return n > 0 ? (uint64_t)n : 0;
}

/* ---- opening -------------------------------------------------------------------------------------------------------
 */

/* A filter that libarchive was built without would be an external program: it says so, and is not used. */
static bool enable(struct sk_archive *ar, enum sk_kind kind) {
    switch (kind) {
    case SK_KIND_ZSTD:
        return archive_read_append_filter(ar->a, ARCHIVE_FILTER_ZSTD) == ARCHIVE_OK;
    case SK_KIND_LZ4:
        return archive_read_append_filter(ar->a, ARCHIVE_FILTER_LZ4) == ARCHIVE_OK;
    case SK_KIND_XZ:
        return archive_read_append_filter(ar->a, ARCHIVE_FILTER_XZ) == ARCHIVE_OK;
    case SK_KIND_BZIP2:
        return archive_read_append_filter(ar->a, ARCHIVE_FILTER_BZIP2) == ARCHIVE_OK;
    case SK_KIND_ZIP:
        return archive_read_support_format_zip_streamable(ar->a) == ARCHIVE_OK;
    case SK_KIND_TAR:
        return archive_read_support_format_tar(ar->a) == ARCHIVE_OK;
    case SK_KIND_OTHER:
    case SK_KIND_CAPTURE:
    case SK_KIND_GZIP:
        break;
    }
    return false;
}

static bool is_container(enum sk_kind kind) { return kind == SK_KIND_ZIP || kind == SK_KIND_TAR; }

static bool open_archive(struct sk_archive *ar) {
    ar->a = archive_read_new();
    return ar->a && enable(ar, ar->kind) &&
           (is_container(ar->kind) || archive_read_support_format_raw(ar->a) == ARCHIVE_OK) &&
           archive_read_open2(ar->a, ar, NULL, below_read, below_skip, NULL) == ARCHIVE_OK;
}

struct sk_archive *sk_archive_new(enum sk_kind kind, struct sk_stream *below, bool pipe, struct sk_budget *budget) {
    struct sk_archive *ar = (struct sk_archive *)calloc(1, sizeof *ar);
    if (!ar)
        return NULL;
    ar->kind = kind;
    ar->below = below;
    ar->pipe = pipe;
    ar->budget = budget;
    ar->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    begin_entry(ar);
    bool ok = open_archive(ar) && (is_container(kind) || next_header(ar) == ARCHIVE_OK);
    if (!ok) {
        if (ar->below->why[0])
            describe(ar);
        else
            (void)snprintf(ar->stream.why, sizeof ar->stream.why, "empty, damaged or cut off: nothing can be unpacked");
        ar->dead = ar->stream.at_end = true;
    }
    return ar;
}

struct sk_stream *sk_archive_stream(struct sk_archive *ar) {
    return &ar->stream;
}
