/* SPDX-License-Identifier: Apache-2.0 */
/* Captures that are compressed or inside archives: whole, cut at every byte, bent at every byte. The archives are made
 * by libarchive's writer. */
#include "maker.h"

#include "sekimori/digest.h"

#include <archive.h>
#include <archive_entry.h>

enum { PACKETS = 40, NONE = -1 };

static struct bytes capture(size_t packets) {
    struct bytes b = pcap_file(false, USEC_MAGIC, 65535, 1);
    for (uint64_t k = 0; k < packets; k++)
        pcap_record(&b, k, 60 + k % 50);
    return b;
}

/* ---- packing -------------------------------------------------------------------------------------------------------
 */

struct entry {
    const char *name;
    const struct bytes *data;
};

static la_ssize_t keep(struct archive *a, void *arg, const void *p, size_t n) {
    (void)a;
    put((struct bytes *)arg, p, n);
    return (la_ssize_t)n;
}

/* @param format ARCHIVE_FORMAT_, @param filter ARCHIVE_FILTER_ */
static struct bytes pack(int format, int filter, const struct entry *at, size_t n) {
    struct bytes out = {0};
    struct archive *a = archive_write_new();
    struct archive_entry *e = archive_entry_new();
    assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
    assert_int_equal(archive_write_set_format(a, format), ARCHIVE_OK);
    assert_int_equal(archive_write_set_bytes_in_last_block(a, 1), ARCHIVE_OK);
    assert_int_equal(archive_write_open2(a, &out, NULL, keep, NULL, NULL), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++) {
        archive_entry_clear(e);
        archive_entry_set_pathname(e, at[i].name);
        archive_entry_set_filetype(e, AE_IFREG);
        archive_entry_set_perm(e, 0600);
        archive_entry_set_size(e, (la_int64_t)at[i].data->n);
        assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
        assert_int_equal(archive_write_data(a, at[i].data->p, at[i].data->n), at[i].data->n);
    }
    archive_entry_free(e);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    assert_int_equal(archive_write_free(a), ARCHIVE_OK);
    return out;
}

static const struct wrapping {
    const char *name;
    int format, filter, inner; /* inner: the filter of the entry itself */
    bool summed;               /* damage cannot go unseen */
} wrappings[] = {
    {"gzip", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP, NONE, true},
    {"zstd", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_ZSTD, NONE, false},
    {"lz4", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_LZ4, NONE, false},
    {"xz", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_XZ, NONE, true},
    {"bzip2", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_BZIP2, NONE, true},
    {"zip", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, NONE, true},
    {"ustar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, NONE, false},
    {"pax", ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_NONE, NONE, false},
    {"gnu tar", ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_NONE, NONE, false},
    {"tar.gz", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, NONE, true},
    {"tar.xz", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_XZ, NONE, true},
    {"gz in zip", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, false},
    {"zstd in tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_ZSTD, false},
};
enum { WRAPPINGS = sizeof wrappings / sizeof wrappings[0] };

static struct bytes wrap(const struct wrapping *w, const struct bytes *data) {
    struct bytes inner = {0};
    struct entry e = {"folder/one.pcap", data};
    if (w->inner != NONE) {
        inner = pack(ARCHIVE_FORMAT_RAW, w->inner, &e, 1);
        e.data = &inner;
    }
    struct bytes out = pack(w->format, w->filter, &e, 1);
    free(inner.p);
    return out;
}

static void assert_first_packets(const struct seen *s, size_t n) {
    assert_int_equal(s->n, n);
    assert_patterns(s);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(s->at[i].number, i + 1);
}

static void every_wrapping_gives_the_packets_and_no_word(void **state) {
    (void)state;
    struct bytes b = capture(PACKETS);
    for (size_t i = 0; i < WRAPPINGS; i++) {
        struct bytes packed = wrap(&wrappings[i], &b);
        for (uint32_t block = 0; block < 200; block += 97) {
            struct seen *s = read_cut(&packed, packed.n, block, 7);
            assert_first_packets(s, PACKETS);
            assert_int_equal(s->reports, 0);
            assert_int_equal(s->stats.opened_inputs, 1);
            assert_int_equal(s->stats.unreadable_inputs + s->stats.damaged_inputs, 0);
            assert_int_equal(s->stats.bytes_read, packed.n);
            free(s);
        }
        free(packed.p);
    }
    free(b.p);
}

static void cut_at_every_byte_it_gives_the_first_packets_and_says_what_is_missing(void **state) {
    (void)state;
    struct bytes b = capture(PACKETS);
    for (size_t i = 0; i < WRAPPINGS; i++) {
        struct bytes packed = wrap(&wrappings[i], &b);
        size_t last = 0;
        for (size_t cut = 0; cut<packed.n; cut += packed.n> 2000 ? 5 : 1) {
            struct seen *s = read_cut(&packed, cut, 128, 3);
            if (s->n < last || s->n > PACKETS)
                fail_msg("%s cut at %zu of %zu: %zu packets after %zu", wrappings[i].name, cut, packed.n, s->n, last);
            assert_first_packets(s, s->n);
            assert_true(s->n == PACKETS || s->reports > 0);
            assert_int_equal(s->stats.opened_inputs + s->stats.unreadable_inputs >= 1, 1);
            last = s->n;
            free(s);
        }
        free(packed.p);
    }
    free(b.p);
}

/* Of gzip, what a cut leaves is known to the byte: DEFLATE that stores gives away every packet that is whole. */
static void of_cut_gzip_no_whole_packet_is_lost(void **state) {
    (void)state;
    struct bytes b = capture(PACKETS), gz = {0};
    static const uint8_t head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1};
    put(&gz, head, sizeof head); /* RFC 1952, then RFC 1951 section 3.2.4: one stored block */
    put16(&gz, b.n);
    put16(&gz, ~b.n & 0xffff);
    put(&gz, b.p, b.n);
    size_t before = gz.n - b.n, whole = 24;
    for (size_t k = 0; k < PACKETS; k++) {
        whole += 16 + 60 + k % 50;
        struct seen *s = read_cut(&gz, before + whole, 0, 64);
        assert_first_packets(s, k + 1);
        assert_true(s->reports > 0);
        free(s);
        s = read_cut(&gz, before + whole - 1, 0, 64);
        assert_int_equal(s->n, k);
        free(s);
    }
    free(b.p);
    free(gz.p);
}

static void bent_at_every_byte_it_ends_and_where_sums_are_kept_it_is_told(void **state) {
    (void)state;
    struct bytes b = capture(PACKETS);
    for (size_t i = 0; i < WRAPPINGS; i++) {
        struct bytes packed = wrap(&wrappings[i], &b);
        for (size_t at = 0; at<packed.n; at += packed.n> 3000 ? 7 : 1) {
            uint8_t was = packed.p[at];
            packed.p[at] ^= 0x55;
            struct seen *s = read_cut(&packed, packed.n, 0, 64);
            for (size_t k = 0; wrappings[i].summed && s->reports == 0 && k < s->n; k++)
                if (!s->pattern[k])
                    fail_msg("%s bent at %zu of %zu: nobody said so", wrappings[i].name, at, packed.n);
            if (wrappings[i].summed && s->reports == 0)
                assert_first_packets(s, PACKETS); /* a byte without meaning, as of a time stamp */
            free(s);
            packed.p[at] = was;
        }
        free(packed.p);
    }
    free(b.p);
}

/* ---- several, and none ---------------------------------------------------------------------------------------------
 */

struct read {
    struct sk_source *src;
    struct seen *seen;
    int fd;
};

static struct read read_archive(const struct bytes *b, const struct sk_source_options *with) {
    struct read r = {.seen = (struct seen *)calloc(1, sizeof *r.seen)};
    char path[64];
    struct sk_source_options opt = *with;
    opt.on_damage = on_damage;
    opt.arg = r.seen;
    r.fd = file_of(b->p, b->n, path);
    const char *paths[] = {path};
    assert_int_equal(sk_source_files(paths, 1, &opt, &r.src, NULL), SK_OK);
    read_all(r.src, r.seen, 16);
    return r;
}
static void done(struct read *r) {
    sk_source_close(r->src);
    (void)close(r->fd);
    free(r->seen);
}
static bool ends_with(const char *s, const char *end) {
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

static void each_capture_in_an_archive_is_an_input_with_its_own_numbers(void **state) {
    (void)state;
    struct bytes one = capture(3), two = capture(5), text = {0};
    put(&text, "hello, this is no capture", 25);
    const struct entry entries[] = {{"b/two", &two}, {"read.me", &text}, {"a\x1b/one", &one}};
    static const int formats[] = {ARCHIVE_FORMAT_ZIP, ARCHIVE_FORMAT_TAR_USTAR};
    for (size_t i = 0; i < 2; i++) {
        struct bytes packed = pack(formats[i], ARCHIVE_FILTER_NONE, entries, 3);
        struct read r = read_archive(&packed, &(struct sk_source_options){.digests = true});
        assert_int_equal(r.seen->n, 8);
        assert_patterns(r.seen);
        assert_int_equal(sk_source_inputs(r.src), 3);
        const struct sk_input *in = sk_source_input(r.src, 0);
        assert_true(in->archive && !in->opened && !in->damaged && in->digest_ok);
        uint8_t want[32];
        sk_sha256(packed.p, packed.n, want);
        assert_memory_equal(in->sha256, want, 32);
        in = sk_source_input(r.src, 1);
        assert_true(in->opened && in->container == 0 && in->packets == 5 && ends_with(in->path, "!b/two"));
        assert_int_equal(r.seen->at[4].number, 5);
        assert_int_equal(r.seen->at[4].file, 1);
        in = sk_source_input(r.src, 2);
        assert_true(in->packets == 3 && ends_with(in->path, "!a\\x1b/one"));
        assert_int_equal(r.seen->at[5].number, 1);
        assert_int_equal(r.seen->at[5].file, 2);
        assert_int_equal(r.seen->stats.opened_inputs, 2);
        assert_int_equal(r.seen->reports, 1);
        assert_string_equal(r.seen->what[0], "files inside that are no captures: 1 of 3");
        done(&r);
        free(packed.p);
    }
    free(one.p);
    free(two.p);
    free(text.p);
}

static void an_archive_without_captures_is_one_input_that_cannot_be_read(void **state) {
    (void)state;
    struct bytes text = {0};
    put(&text, "hello, this is no capture", 25);
    const struct entry entries[] = {{"one", &text}, {"two", &text}};
    for (size_t n = 0; n <= 2; n += 2) {
        struct bytes packed = pack(ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, entries, n);
        struct read r = read_archive(&packed, &(struct sk_source_options){0});
        assert_int_equal(r.seen->stats.opened_inputs, 0);
        assert_int_equal(r.seen->stats.unreadable_inputs, 1);
        assert_int_equal(r.seen->reports, 1);
        assert_string_equal(r.seen->what[0],
                            n ? "no capture inside (2 other files)" : "no capture inside (0 other files)");
        done(&r);
        free(packed.p);
    }
    free(text.p);
}

static void what_unpacks_to_too_much_is_left_and_told_once(void **state) {
    (void)state;
    struct bytes b = {0}; /* two packets, and a block of zeros that nobody wants */
    ng_section(&b);
    ng_interface(&b, 1, 65535, -1, 0, NULL);
    ng_enhanced(&b, 0, 1, 0, 60, 60);
    ng_enhanced(&b, 0, 2, 1, 60, 60);
    put32(&b, 0xbad);
    put32(&b, SK_RATIO_FREE * 2U);
    size_t before = b.n;
    b.p = (uint8_t *)realloc(b.p, SK_RATIO_FREE + (1 << 20));
    assert_non_null(b.p);
    b.cap = SK_RATIO_FREE + (1 << 20);
    memset(b.p + before, 0, b.cap - before);
    b.n = b.cap;
    static const int filters[] = {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD};
    for (size_t i = 0; i < 2; i++) {
        const struct entry e = {"x", &b};
        struct bytes packed = pack(ARCHIVE_FORMAT_RAW, filters[i], &e, 1);
        struct read r = read_archive(&packed, &(struct sk_source_options){.max_ratio = 20});
        assert_int_equal(r.seen->n, 2);
        size_t told = 0;
        for (size_t k = 0; k < r.seen->reports && k < SEEN_REPORTS; k++)
            told += strstr(r.seen->what[k], "unpacks to more than 20 times its size") != NULL;
        assert_int_equal(told, 1);
        assert_int_equal(r.seen->stats.damaged_inputs, 1);
        done(&r);
        r = read_archive(&packed, &(struct sk_source_options){.max_ratio = 1000000});
        for (size_t k = 0; k < r.seen->reports && k < SEEN_REPORTS; k++)
            assert_null(strstr(r.seen->what[k], "unpacks to more than"));
        done(&r);
        free(packed.p);
    }
    free(b.p);
}

/* ---- large enough for a thread of its own --------------------------------------------------------------------------
 */

/* gzip of stored blocks (RFC 1951 section 3.2.4) without end: cut off. */
static struct bytes stored(const struct bytes *b) {
    struct bytes gz = {0};
    static const uint8_t head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    put(&gz, head, sizeof head);
    for (size_t at = 0; at < b->n; at += 50000) {
        size_t n = b->n - at < 50000 ? b->n - at : 50000;
        put(&gz, "", 1);
        put16(&gz, n);
        put16(&gz, ~n & 0xffff);
        put(&gz, b->p + at, n);
    }
    return gz;
}

static void what_is_read_ahead_is_the_same_and_can_be_left_at_any_time(void **state) {
    (void)state;
    enum { MANY = 4000 };
    struct bytes plain = capture(MANY), gz = stored(&plain), tar = {0};
    tar = pack(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, &(struct entry){"one", &plain}, 1);
    struct bytes tgz = stored(&tar);
    const struct bytes *const kinds[] = {&plain, &gz, &tgz};
    for (size_t i = 0; i < 3; i++) {
        struct read r = read_archive(kinds[i], &(struct sk_source_options){.digests = true, .block_size = 4096});
        assert_first_packets(r.seen, MANY);
        assert_int_equal(r.seen->reports, i > 0); /* it is cut off */
        assert_int_equal(r.seen->stats.bytes_read, kinds[i]->n);
        uint8_t want[32];
        sk_sha256(kinds[i]->p, kinds[i]->n, want);
        assert_true(sk_source_input(r.src, 0)->digest_ok);
        assert_memory_equal(sk_source_input(r.src, 0)->sha256, want, 32);
        done(&r);
        for (size_t calls = 0; calls < 6; calls++) {
            char path[64];
            int fd = file_of(kinds[i]->p, kinds[i]->n, path);
            const char *paths[] = {path};
            struct seen *s = (struct seen *)calloc(1, sizeof *s);
            struct sk_source_options opt = {.on_damage = on_damage, .arg = s, .digests = true};
            struct sk_source *src = NULL;
            struct sk_packet at[64];
            size_t n = 0;
            assert_int_equal(sk_source_files(paths, 1, &opt, &src, NULL), SK_OK);
            for (size_t k = 0; k < calls * 3; k++)
                assert_int_not_equal(sk_source_next(src, at, 64, &n), SK_NEXT_IDLE);
            if (calls % 2 == 1) {
                sk_source_stop(src);
                assert_int_equal(sk_source_next(src, at, 64, &n), SK_NEXT_END);
                assert_false(sk_source_input(src, 0)->digest_ok);
            }
            assert_int_equal(s->reports, 0);
            sk_source_close(src);
            (void)close(fd);
            free(s);
        }
    }
    free(plain.p);
    free(gz.p);
    free(tar.p);
    free(tgz.p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wrapping_gives_the_packets_and_no_word),
        cmocka_unit_test(cut_at_every_byte_it_gives_the_first_packets_and_says_what_is_missing),
        cmocka_unit_test(of_cut_gzip_no_whole_packet_is_lost),
        cmocka_unit_test(bent_at_every_byte_it_ends_and_where_sums_are_kept_it_is_told),
        cmocka_unit_test(each_capture_in_an_archive_is_an_input_with_its_own_numbers),
        cmocka_unit_test(an_archive_without_captures_is_one_input_that_cannot_be_read),
        cmocka_unit_test(what_is_read_ahead_is_the_same_and_can_be_left_at_any_time),
        cmocka_unit_test(what_unpacks_to_too_much_is_left_and_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
