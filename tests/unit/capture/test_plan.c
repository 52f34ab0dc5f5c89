/* SPDX-License-Identifier: Apache-2.0 */
/* What is decided before reading and holds during it: looks at heads, order, groups, going on, digests, filters. */
#include "maker.h"
#include "sekimori/digest.h"

enum { FILES = 3 };

struct set {
    char path[FILES][64];
    int fd[FILES];
    struct bytes b[FILES];
    struct seen *seen;
    struct sk_source *src;
};

/* Three captures of 2, 3 and 4 packets. */
static void set_up(struct set *s, const struct sk_source_options *with) {
    const char *paths[FILES];
    *s = (struct set){.seen = (struct seen *)calloc(1, sizeof *s->seen)};
    for (size_t i = 0; i < FILES; i++) {
        s->b[i] = pcap_file(i == 1, USEC_MAGIC, 65535, i == 2 ? 101 : 1);
        for (uint64_t k = 0; k < i + 2; k++)
            pcap_record(&s->b[i], k, 60);
        s->fd[i] = file_of(s->b[i].p, s->b[i].n, s->path[i]);
        paths[i] = s->path[i];
    }
    struct sk_source_options opt = *with;
    opt.on_damage = on_damage;
    opt.arg = s->seen;
    assert_int_equal(sk_source_files(paths, FILES, &opt, &s->src, NULL), SK_OK);
}
static void tear_down(struct set *s) {
    sk_source_close(s->src);
    for (size_t i = 0; i < FILES; i++) {
        (void)close(s->fd[i]);
        free(s->b[i].p);
    }
    free(s->seen);
}

/* ---- order, groups, going on ---------------------------------------------------------------------------------------
 */

static void inputs_are_handed_out_in_the_order_asked_for_under_their_own_index(void **state) {
    (void)state;
    struct set s;
    set_up(&s, &(struct sk_source_options){0});
    static const uint32_t twice[] = {0, 1, 1}, beyond[] = {0, 1, 3}, order[] = {2, 0, 1}, group[] = {7, 8, 9};
    assert_int_equal(sk_source_order(s.src, twice, group), SK_EUSAGE);
    assert_int_equal(sk_source_order(s.src, beyond, group), SK_EUSAGE);
    assert_int_equal(sk_source_order(s.src, order, group), SK_OK);
    read_all(s.src, s.seen, 1);
    assert_int_equal(s.seen->n, 9);
    static const uint32_t want[] = {2, 2, 2, 2, 0, 0, 1, 1, 1};
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(s.seen->at[i].file, want[i]);
    for (uint32_t i = 0; i < FILES; i++) {
        assert_int_equal(sk_source_input(s.src, i)->group, group[i]);
        assert_int_equal(sk_source_input(s.src, i)->container, i);
    }
    assert_int_equal(sk_source_order(s.src, order, group), SK_EUSAGE); /* too late */
    assert_null(sk_source_input(s.src, FILES));
    tear_down(&s);
}

static void what_an_earlier_run_read_is_not_opened_and_numbers_go_on(void **state) {
    (void)state;
    struct set s;
    struct sk_source_stats whole, before;
    set_up(&s, &(struct sk_source_options){0});
    static const uint32_t order[] = {2, 0, 1};
    assert_int_equal(sk_source_order(s.src, order, NULL), SK_OK);
    struct sk_packet at[8];
    size_t n = 0;
    assert_int_equal(sk_source_next(s.src, at, 8, &n), SK_NEXT_PACKETS);
    assert_int_equal(n, 4);
    sk_source_stats_done(s.src, &before);
    assert_int_equal(before.packets, 0); /* the first is not done with */
    assert_int_equal(sk_source_next(s.src, at, 1, &n), SK_NEXT_PACKETS);
    sk_source_stats_done(s.src, &before);
    assert_int_equal(before.packets, 4);
    assert_int_equal(before.opened_inputs, 1);
    while (sk_source_next(s.src, at, 8, &n) == SK_NEXT_PACKETS)
        ;
    sk_source_stats(s.src, &whole);
    tear_down(&s);

    set_up(&s, &(struct sk_source_options){0});
    assert_int_equal(sk_source_order(s.src, order, NULL), SK_OK);
    sk_source_skip(s.src, 1, &before);
    assert_int_equal(sk_source_next(s.src, at, 8, &n), SK_NEXT_PACKETS);
    assert_int_equal(at[0].seq, 5);
    assert_int_equal(at[0].file, 0);
    while (sk_source_next(s.src, at, 8, &n) == SK_NEXT_PACKETS)
        ;
    sk_source_stats(s.src, &before);
    whole.reading = before.reading;
    assert_memory_equal(&whole, &before, sizeof whole);
    tear_down(&s);
}

/* ---- looks ---------------------------------------------------------------------------------------------------------
 */

static struct sk_probe probe_of(const void *p, size_t n, const char **ret_name, char name[64]) {
    char path[64];
    int fd = file_of(p, n, path);
    const char *paths[] = {path};
    struct seen *s = (struct seen *)calloc(1, sizeof *s);
    struct sk_source_options opt = {.on_damage = on_damage, .arg = s};
    struct sk_source *src = NULL;
    struct sk_probe probe;
    assert_int_equal(sk_source_files(paths, 1, &opt, &src, NULL), SK_OK);
    assert_true(sk_source_probe(src, 0, &probe));
    assert_true(sk_source_probe(src, 0, &probe)); /* again is the same */
    assert_int_equal(s->reports, 0);              /* told when its turn comes */
    *ret_name = NULL;
    if (probe.n_ifaces > 0 && probe.iface[0].name) {
        (void)snprintf(name, 64, "%s", probe.iface[0].name);
        *ret_name = name;
    }
    read_all(src, s, 64); /* from its begin */
    assert_int_equal(s->n > 0, probe.has_first);
    struct sk_probe late;
    assert_false(sk_source_probe(src, 0, &late));
    sk_source_close(src);
    (void)close(fd);
    free(s);
    return probe;
}

static void a_look_tells_the_first_time_and_the_interfaces(void **state) {
    (void)state;
    const char *name;
    char kept[64];
    struct bytes b = pcap_file(true, NSEC_MAGIC, 65535, 113);
    struct sk_probe p = probe_of(b.p, b.n, &name, kept);
    assert_true(p.kind == SK_PROBE_CAPTURE && !p.has_first && p.n_ifaces == 1 && p.iface[0].linktype == 113 && !name);
    pcap_record(&b, 5, 60);
    pcap_record(&b, 0, 60);
    p = probe_of(b.p, b.n, &name, kept);
    assert_true(p.kind == SK_PROBE_CAPTURE && p.has_first);
    assert_int_equal(p.first, (T0 + 5) * SK_SEC + 5000);
    free(b.p);

    struct bytes ng = {0};
    ng_section(&ng);
    ng_interface(&ng, 1, 65535, -1, 0, "eth\x1b");
    ng_interface(&ng, 101, 65535, -1, 0, NULL);
    ng_enhanced(&ng, 1, 77000000, 0, 60, 60);
    ng_interface(&ng, 9, 65535, -1, 0, NULL); /* after the first packet: not seen */
    p = probe_of(ng.p, ng.n, &name, kept);
    assert_true(p.kind == SK_PROBE_CAPTURE && p.has_first && p.n_ifaces == 2);
    assert_true(p.iface[0].linktype == 1 && p.iface[1].linktype == 101);
    assert_string_equal(name, "eth\\x1b");
    free(ng.p);
}

static void a_look_at_what_is_none_or_a_pipe_tells_that(void **state) {
    (void)state;
    const char *name;
    char kept[64];
    assert_int_equal(probe_of("hello, this is no capture file", 30, &name, kept).kind, SK_PROBE_NOTHING);
    assert_int_equal(probe_of("", 0, &name, kept).kind, SK_PROBE_NOTHING);
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fds[0]);
    const char *paths[] = {path, "/nowhere/at/all"};
    struct sk_source *src = NULL;
    struct sk_probe p;
    assert_int_equal(sk_source_files(paths, 2, NULL, &src, NULL), SK_OK);
    assert_true(sk_source_probe(src, 0, &p) && p.kind == SK_PROBE_PIPE);
    assert_true(sk_source_probe(src, 1, &p) && p.kind == SK_PROBE_NOTHING);
    assert_false(sk_source_probe(src, 2, &p));
    sk_source_close(src);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

/* ---- digests -------------------------------------------------------------------------------------------------------
 */

static void every_file_has_its_digest_when_it_was_read_and_only_if_asked(void **state) {
    (void)state;
    for (int asked = 0; asked < 2; asked++) {
        struct set s;
        set_up(&s, &(struct sk_source_options){.digests = asked, .block_size = 64});
        struct sk_packet at[64];
        size_t n = 0;
        assert_int_equal(sk_source_next(s.src, at, 1, &n), SK_NEXT_PACKETS);
        assert_false(sk_source_input(s.src, 0)->digest_ok);
        sk_source_retire(s.src, 1);
        while (sk_source_next(s.src, at, 1, &n) == SK_NEXT_PACKETS)
            sk_source_retire(s.src, at[0].seq);
        for (uint32_t i = 0; i < FILES; i++) {
            const struct sk_input *in = sk_source_input(s.src, i);
            uint8_t want[32];
            sk_sha256(s.b[i].p, s.b[i].n, want);
            assert_int_equal(in->digest_ok, asked);
            if (asked)
                assert_memory_equal(in->sha256, want, 32);
        }
        tear_down(&s);
    }
}

static void the_digest_is_of_the_whole_file_even_if_reading_ended_early(void **state) {
    (void)state;
    struct bytes b = {0};
    put(&b, "no capture at all ", 18);
    put_pattern(&b, 1, 700000);
    char path[64];
    int fd = file_of(b.p, b.n, path);
    const char *paths[] = {path};
    struct sk_source *src = NULL;
    struct sk_packet at[4];
    size_t n = 0;
    uint8_t want[32];
    assert_int_equal(sk_source_files(paths, 1, &(struct sk_source_options){.digests = true}, &src, NULL), SK_OK);
    assert_int_equal(sk_source_next(src, at, 4, &n), SK_NEXT_END);
    sk_sha256(b.p, b.n, want);
    assert_true(sk_source_input(src, 0)->digest_ok);
    assert_memory_equal(sk_source_input(src, 0)->sha256, want, 32);
    sk_source_close(src);
    (void)close(fd);
    free(b.p);
}

/* ---- filters -------------------------------------------------------------------------------------------------------
 */

static void a_filter_leaves_out_counts_and_keeps_frame_numbers(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 65535, 1);
    for (uint64_t k = 0; k < 900; k++)
        pcap_record(&b, k, k % 3 == 1 ? 100 : 60);
    char path[64];
    int fd = file_of(b.p, b.n, path);
    const char *paths[] = {path};
    /* "greater 5000" lets nothing through: the blocks must come back all the same */
    static const struct {
        const char *expression;
        size_t n, first, step;
    } cases[] = {{"greater 100", 300, 2, 3}, {"less 100", 900, 1, 1}, {"greater 5000", 0, 0, 0}, {NULL, 900, 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen *s = (struct seen *)calloc(1, sizeof *s);
        struct sk_source_options opt = {
            .on_damage = on_damage, .arg = s, .block_size = 128, .filter = cases[i].expression};
        struct sk_source *src = NULL;
        assert_int_equal(sk_source_files(paths, 1, &opt, &src, NULL), SK_OK);
        read_all(src, s, 1);
        assert_int_equal(s->n, cases[i].n);
        assert_patterns(s);
        for (size_t k = 0; k < s->n; k++)
            assert_int_equal(s->at[k].number, cases[i].first + k * cases[i].step);
        assert_int_equal(s->input.packets, s->n);
        assert_int_equal(s->input.filtered, 900 - s->n);
        assert_int_equal(s->stats.filtered, 900 - s->n);
        assert_int_equal(s->stats.packets, s->n);
        assert_int_equal(s->stats.bytes, i == 0 ? 30000 : i == 2 ? 0 : 300 * 100 + 600 * 60);
        assert_int_equal(s->input.first, T0 * SK_SEC);
        assert_int_equal(s->input.last / SK_SEC, T0 + 899);
        assert_int_equal(s->reports + s->stats.unfilterable, 0);
        sk_source_close(src);
        free(s);
    }
    (void)close(fd);
    free(b.p);
}

static void where_a_filter_has_no_meaning_packets_are_left_out_and_it_is_told_once(void **state) {
    (void)state;
    struct set s;
    set_up(&s, &(struct sk_source_options){.filter = "ether[0] >= 0 and not ether host 02:00:00:00:00:01"});
    read_all(s.src, s.seen, 2);
    assert_int_equal(s.seen->n, 5);
    assert_int_equal(s.seen->stats.filtered, 4);
    assert_int_equal(s.seen->stats.unfilterable, 4);
    assert_int_equal(s.seen->reports, 1);
    assert_non_null(strstr(s.seen->what[0], "the filter means nothing for link type 101"));
    tear_down(&s);
    set_up(&s, &(struct sk_source_options){.filter = "ip6 or not ip6"}); /* raw IP is another number in libpcap */
    read_all(s.src, s.seen, 2);
    assert_int_equal(s.seen->n, 9);
    tear_down(&s);
}

static void a_wrong_filter_is_a_wrong_call_in_words(void **state) {
    (void)state;
    static const char *const wrong[] = {"ip6 an", "host", "portt 53", "host no-such-host.example", "vlan 70000 ("};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct sk_error err = {0};
        struct sk_source *src = NULL;
        const char *paths[] = {"/dev/null"};
        struct sk_source_options opt = {.filter = wrong[i]};
        assert_int_equal(sk_source_files(paths, 1, &opt, &src, &err), SK_EUSAGE);
        assert_null(src);
        assert_true(strncmp(err.msg, "--filter: ", 10) == 0 && strlen(err.msg) > 14);
    }
    struct sk_source *src = NULL;
    const char *paths[] = {"/dev/null"};
    struct sk_source_options opt = {.filter = "type mgt"}; /* Ethernet knows no such thing, 802.11 does */
    assert_int_equal(sk_source_files(paths, 1, &opt, &src, NULL), SK_OK);
    sk_source_close(src);
}

/* ---- appended captures ---------------------------------------------------------------------------------------------
 */

static void captures_appended_to_one_another_are_one(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 65535, 1);
    pcap_record(&b, 0, 60);
    pcap_record(&b, 1, 61);
    struct bytes second = pcap_file(true, NSEC_MAGIC, 65535, 113);
    pcap_record(&second, 2, 62);
    pcap_record(&second, 3, 63);
    put(&b, second.p, second.n);
    for (uint32_t block = 0; block < 120; block += 37) {
        struct seen *s = read_cut(&b, b.n, block, 3);
        assert_int_equal(s->n, 4);
        assert_patterns(s);
        assert_int_equal(s->reports, 0);
        assert_true(s->at[1].linktype == 1 && s->at[2].linktype == 113);
        assert_int_equal(s->at[2].ts, (T0 + 2) * SK_SEC + 2000);
        free(s);
    }
    size_t first = b.n - second.n;
    for (size_t cut = first + 1; cut < first + 24; cut++) {
        struct seen *s = read_cut(&b, cut, 0, 64);
        assert_int_equal(s->n, 2);
        assert_int_equal(s->reports, 1);
        assert_int_equal(s->stats.opened_inputs, 1);
        free(s);
    }
    free(b.p);
    free(second.p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inputs_are_handed_out_in_the_order_asked_for_under_their_own_index),
        cmocka_unit_test(what_an_earlier_run_read_is_not_opened_and_numbers_go_on),
        cmocka_unit_test(a_look_tells_the_first_time_and_the_interfaces),
        cmocka_unit_test(a_look_at_what_is_none_or_a_pipe_tells_that),
        cmocka_unit_test(every_file_has_its_digest_when_it_was_read_and_only_if_asked),
        cmocka_unit_test(the_digest_is_of_the_whole_file_even_if_reading_ended_early),
        cmocka_unit_test(a_filter_leaves_out_counts_and_keeps_frame_numbers),
        cmocka_unit_test(where_a_filter_has_no_meaning_packets_are_left_out_and_it_is_told_once),
        cmocka_unit_test(a_wrong_filter_is_a_wrong_call_in_words),
        cmocka_unit_test(captures_appended_to_one_another_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
