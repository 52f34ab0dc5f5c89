/* SPDX-License-Identifier: Apache-2.0 */
/* Live capture on the loopback interface of a network namespace of our own. Needs the right to make one. */
#include "maker.h"

#include <arpa/inet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static bool have_namespace;

/* Once per process: leave the machine's network. */
static int enter_namespace(void **state) {
    (void)state;
    have_namespace = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    if (!have_namespace)
        return 0;
    struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    have_namespace = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &up) == 0;
    (void)close(fd);
    return 0;
}

static void needs_namespace(void) {
    if (have_namespace)
        return;
    print_message("skipped: making a network namespace needs root\n");
    skip();
}

static void send_datagrams(size_t n, size_t size) {
    static uint8_t payload[65000];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    for (size_t i = 0; i < n; i++) {
        memset(payload, (int)i, size);
        if (sendto(fd, payload, size, 0, (const struct sockaddr *)&to, sizeof to) < 0) /* ICMP: nobody listens */
            (void)sendto(fd, payload, size, 0, (const struct sockaddr *)&to, sizeof to);
    }
    (void)close(fd);
}

static struct sk_source *open_lo(uint32_t snaplen, uint32_t ring) {
    struct sk_source *src = NULL;
    struct sk_error err = {0};
    struct sk_live_options opt = {.snaplen = snaplen, .buffer_size = ring, .promiscuous = true};
    sk_err e = sk_source_live("lo", &opt, &src, &err);
    if (e != SK_OK)
        fail_msg("%s", err.msg);
    return src;
}

/* Is it one of our datagrams, of this size? Ethernet, IPv4 without options, UDP to port 9. */
static bool ours(const struct sk_packet *p, size_t size) {
    return p->wirelen == 42 + size && p->caplen >= 42 && p->data[12] == 0x08 && p->data[23] == 17 && p->data[37] == 9;
}

static void packets_arrive_whole_with_time_and_link_type(void **state) {
    (void)state;
    needs_namespace();
    struct sk_source *src = open_lo(0, 0);
    assert_string_equal(sk_source_input(src, 0)->path, "lo");
    assert_true(sk_source_input(src, 0)->opened);
    send_datagrams(100, 200);
    struct sk_packet at[16];
    size_t n = 0, got = 0, idle = 0;
    uint64_t seq = 0;
    while (got < 100 && idle < 50) {
        enum sk_next next = sk_source_next(src, at, 16, &n);
        assert_true(next == SK_NEXT_PACKETS || next == SK_NEXT_IDLE);
        idle += next == SK_NEXT_IDLE;
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(at[i].seq, ++seq);
            assert_int_equal(at[i].number, seq);
            assert_int_equal(at[i].linktype, SK_LINKTYPE_ETHERNET);
            assert_true(at[i].ts > 1600000000 * SK_SEC);
            if (ours(&at[i], 200)) {
                assert_int_equal(at[i].caplen, 242);
                assert_int_equal(at[i].data[42], got);
                assert_int_equal(at[i].data[241], got);
                got++;
            }
        }
        if (n > 0)
            sk_source_retire(src, at[n - 1].seq);
    }
    assert_int_equal(got, 100);
    struct sk_source_stats st;
    sk_source_stats(src, &st);
    assert_int_equal(st.packets, seq);
    assert_true(st.kernel_received >= 100);
    assert_int_equal(st.kernel_dropped, 0);
    assert_int_equal(st.opened_inputs, 1);
    assert_int_equal(sk_source_input(src, 0)->packets, seq);
    sk_source_close(src);
}

static void a_filter_leaves_packets_out_after_the_kernel_counted_them(void **state) {
    (void)state;
    needs_namespace();
    struct sk_source *src = NULL;
    struct sk_live_options opt = {.filter = "udp port 9 and greater 400"};
    struct sk_error err = {0};
    assert_int_equal(sk_source_live("lo", &opt, &src, &err), SK_OK);
    send_datagrams(50, 100);
    send_datagrams(50, 500);
    struct sk_packet at[16];
    size_t n = 0, got = 0, idle = 0;
    while (got < 50 && idle < 50) {
        enum sk_next next = sk_source_next(src, at, 16, &n);
        idle += next == SK_NEXT_IDLE;
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(at[i].seq, ++got); /* without gaps */
            assert_true(ours(&at[i], 500));
        }
        if (n > 0)
            sk_source_retire(src, at[n - 1].seq);
    }
    struct sk_source_stats st;
    sk_source_stats(src, &st);
    assert_int_equal(got, 50);
    assert_true(st.filtered >= 50 && st.kernel_received >= 100 && st.packets == 50);
    assert_int_equal(sk_source_input(src, 0)->filtered, st.filtered);
    sk_source_close(src);
    opt.filter = "type mgt"; /* of 802.11 only */
    assert_int_equal(sk_source_live("lo", &opt, &src, &err), SK_EUSAGE);
    assert_non_null(strstr(err.msg, "lo: --filter: "));
    opt.filter = "udp prot 9";
    assert_int_equal(sk_source_live("lo", &opt, &src, NULL), SK_EUSAGE);
}

static void a_silent_interface_is_idle_and_a_stop_is_heard(void **state) {
    (void)state;
    needs_namespace();
    struct sk_source *src = open_lo(0, 0);
    struct sk_packet at[4];
    size_t n = 1;
    enum sk_next next = sk_source_next(src, at, 4, &n);
    assert_int_equal(next, SK_NEXT_IDLE);
    assert_int_equal(n, 0);
    sk_source_stop(src);
    assert_int_equal(sk_source_next(src, at, 4, &n), SK_NEXT_END);
    sk_source_close(src);
}

static void the_snapshot_length_cuts_the_packet_and_not_its_wire_length(void **state) {
    (void)state;
    needs_namespace();
    struct sk_source *src = open_lo(96, 0);
    send_datagrams(1, 1000);
    struct sk_packet at[4];
    size_t n = 0;
    bool found = false;
    for (int i = 0; i < 50 && !found; i++) {
        enum sk_next next = sk_source_next(src, at, 4, &n);
        assert_true(next != SK_NEXT_END);
        for (size_t k = 0; k < n; k++)
            if (ours(&at[k], 1000)) {
                found = true;
                assert_int_equal(at[k].caplen, 96);
            }
    }
    assert_true(found);
    sk_source_close(src);
}

/* More bytes than the pool holds, in packets of 60 kB, never retired until it waits: no packet overwrites another. */
static void blocks_in_use_are_waited_for_and_keep_their_bytes(void **state) {
    (void)state;
    needs_namespace();
    struct sk_source *src = open_lo(0, 128 * 1024 * 1024);
    enum { N = 600, SIZE = 60000 };
    static struct sk_packet kept[4096];
    size_t n = 0, have = 0, waits = 0, sent = 0, checked = 0, first = 0;
    for (int idle = 0; idle < 20 && have < 4000;) {
        if (sent < N) {
            send_datagrams(20, SIZE);
            sent += 20;
        }
        enum sk_next next = sk_source_next(src, kept + have, 64, &n);
        have += n;
        idle += next == SK_NEXT_IDLE && sent >= N;
        if (next != SK_NEXT_WAIT)
            continue;
        waits++;
        for (; first < have; first++)
            if (ours(&kept[first], SIZE)) {
                uint8_t want = kept[first].data[42];
                for (size_t i = 0; i < SIZE; i++)
                    assert_int_equal(kept[first].data[42 + i], want);
                assert_int_equal(want, checked % 20);
                checked++;
            }
        sk_source_retire(src, kept[have - 1].seq);
    }
    struct sk_source_stats st;
    sk_source_stats(src, &st);
    assert_true(waits >= 1);
    assert_true(checked >= 200);
    assert_int_equal(st.packets, have);
    sk_source_close(src);
}

static void *stop_it(void *arg) {
    struct timespec t = {.tv_nsec = 20 * 1000 * 1000};
    (void)nanosleep(&t, NULL);
    sk_source_stop((struct sk_source *)arg);
    return NULL;
}
static void another_thread_can_stop_it_while_it_waits(void **state) {
    (void)state;
    needs_namespace();
    struct sk_source *src = open_lo(0, 0);
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, stop_it, src), 0);
    struct sk_packet at[4];
    size_t n = 0;
    int idle = 0;
    enum sk_next next;
    while ((next = sk_source_next(src, at, 4, &n)) == SK_NEXT_IDLE && idle < 50)
        idle++;
    assert_int_equal(next, SK_NEXT_END);
    (void)pthread_join(t, NULL);
    sk_source_close(src);
}

static void set_lo(bool up) {
    struct ifreq req = {.ifr_name = "lo", .ifr_flags = up ? IFF_UP | IFF_RUNNING : 0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &req), 0);
    (void)close(fd);
}

struct told {
    const char *file; /* wanted */
    size_t n;
    char what[256];
};
static void on_told(void *arg, const char *file, uint64_t offset, const char *what) {
    struct told *t = (struct told *)arg;
    assert_string_equal(file, t->file);
    assert_int_equal(offset, SK_NO_OFFSET);
    (void)snprintf(t->what, sizeof t->what, "%s", what);
    t->n++;
}

/* Somebody sets the interface down and up again: the sensor goes on, without spinning while it is down. */
static void an_interface_down_for_a_while_is_idle_and_heard_again(void **state) {
    (void)state;
    needs_namespace();
    struct told told = {.file = "lo"};
    struct sk_live_options opt = {.on_damage = on_told, .arg = &told};
    struct sk_source *src = NULL;
    assert_int_equal(sk_source_live("lo", &opt, &src, NULL), SK_OK);
    struct sk_packet at[4];
    size_t n = 0, found = 0;
    set_lo(false);
    for (int i = 0; i < 3; i++)
        assert_int_equal(sk_source_next(src, at, 4, &n), SK_NEXT_IDLE);
    set_lo(true);
    send_datagrams(3, 100);
    for (int i = 0; i < 50 && found < 3; i++) {
        assert_true(sk_source_next(src, at, 4, &n) != SK_NEXT_END);
        for (size_t k = 0; k < n; k++)
            found += ours(&at[k], 100);
    }
    assert_int_equal(found, 3);
    assert_int_equal(told.n, 0);
    sk_source_close(src);
}

/* A TAP device lives as long as its descriptor. @return -1: the kernel has none */
static int make_tap(void) {
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    struct ifreq req = {.ifr_name = "tap0", .ifr_flags = IFF_TAP | IFF_NO_PI};
    if (fd < 0 || ioctl(fd, TUNSETIFF, &req) != 0)
        return -1;
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    req.ifr_flags = IFF_UP | IFF_RUNNING;
    assert_int_equal(ioctl(s, SIOCSIFFLAGS, &req), 0);
    (void)close(s);
    return fd;
}

static void an_interface_that_disappears_ends_the_source_and_is_told(void **state) {
    (void)state;
    needs_namespace();
    int tap = make_tap();
    if (tap < 0) {
        print_message("skipped: no TAP device here\n");
        skip();
    }
    struct told told = {.file = "tap0"};
    struct sk_live_options opt = {.on_damage = on_told, .arg = &told};
    struct sk_source *src = NULL;
    assert_int_equal(sk_source_live("tap0", &opt, &src, NULL), SK_OK);
    (void)close(tap);
    struct sk_packet at[4];
    size_t n = 0;
    enum sk_next next = SK_NEXT_IDLE;
    for (int i = 0; i < 20 && next != SK_NEXT_END; i++)
        next = sk_source_next(src, at, 4, &n);
    assert_int_equal(next, SK_NEXT_END);
    assert_int_equal(told.n, 1);
    assert_true(strlen(told.what) > 0);
    assert_int_equal(sk_source_next(src, at, 4, &n), SK_NEXT_END);
    assert_int_equal(told.n, 1);
    sk_source_close(src);
}

/* A tag that the kernel took off the frame is put back, so that the decoder sees it. */
static void a_vlan_tag_arrives_in_the_frame(void **state) {
    (void)state;
    needs_namespace();
    int tap = make_tap();
    if (tap < 0) {
        print_message("skipped: no TAP device here\n");
        skip();
    }
    struct sk_source *src = NULL;
    assert_int_equal(sk_source_live("tap0", NULL, &src, NULL), SK_OK);
    uint8_t frame[64] = {0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0x81, 0x00, 0x20, 30, 0x88, 0xb5, 0xaa};
    assert_int_equal(write(tap, frame, sizeof frame), sizeof frame);
    struct sk_packet at[4];
    size_t n = 0;
    bool found = false;
    for (int i = 0; i < 50 && !found; i++) {
        assert_true(sk_source_next(src, at, 4, &n) != SK_NEXT_END);
        for (size_t k = 0; k < n; k++)
            found = found || (at[k].caplen == sizeof frame && memcmp(at[k].data, frame, sizeof frame) == 0);
    }
    assert_true(found);
    sk_source_close(src);
    (void)close(tap);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_arrive_whole_with_time_and_link_type),
        cmocka_unit_test(a_filter_leaves_packets_out_after_the_kernel_counted_them),
        cmocka_unit_test(a_silent_interface_is_idle_and_a_stop_is_heard),
        cmocka_unit_test(the_snapshot_length_cuts_the_packet_and_not_its_wire_length),
        cmocka_unit_test(blocks_in_use_are_waited_for_and_keep_their_bytes),
        cmocka_unit_test(an_interface_down_for_a_while_is_idle_and_heard_again),
        cmocka_unit_test(an_interface_that_disappears_ends_the_source_and_is_told),
        cmocka_unit_test(a_vlan_tag_arrives_in_the_frame),
        cmocka_unit_test(another_thread_can_stop_it_while_it_waits),
    };
    return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
