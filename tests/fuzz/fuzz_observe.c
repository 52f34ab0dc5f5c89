/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any frame of any link type through the decoder and every observer: each event is a sound record, one line of JSON
 * without a key twice, counted once; the frame cut somewhere says nothing that the whole one does not; ticks and the
 * end close what is open.
 *
 * A replay of the corpus cuts each frame at every byte; a fuzzer, whose time is better spent on other frames, at one.
 *
 * The first two bytes are the link type (as in fuzz_decode, whose corpus fits), the rest the frame.
 */
#define RIG_WITHOUT_CMOCKA
#include "../unit/observe/rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void require(bool holds, const char *what, const char *which) {
    if (holds)
        return;
    (void)fprintf(stderr, "fuzz_observe: %s (%s)\n", what, which);
    abort();
}

static void check_event(const struct sk_event *ev) {
    struct sk_buf line = {0};
    require(ev->type > 0 && ev->type < SKE_COUNT, "no such type", "");
    const char *name = sk_events[ev->type].name;
    require(ev->size >= sizeof *ev && ev->size <= SK_EVENT_MAX && ev->size % 8 == 0, "size", name);
    sk_event_json(ev, NULL, &line);
    require(sk_utf8_valid(line.p, line.len), "not UTF-8", name);
    sk_json *parsed = sk_json_parse(line.p, line.len, NULL);
    require(parsed != NULL, "not JSON", line.p);
    sk_json_free(parsed);
    sk_buf_free(&line);
    require(sk_event_compare(ev, ev) == 0, "differs from itself", name);
}

static void check_all(const struct rig *r) {
    uint64_t made[SKE_COUNT] = {0};
    for (unsigned i = 0; i < r->n; i++) {
        check_event(r->ev[i]);
        made[r->ev[i]->type]++;
        if (i > 0 && r->ev[i]->phase == 1)
            require(sk_event_compare(r->ev[i - 1], r->ev[i]) < 0, "out of order", sk_events[r->ev[i]->type].name);
    }
    for (unsigned t = 1; t < SKE_COUNT; t++)
        require(made[t] == r->counts.events[t], "counted otherwise than made", sk_events[t].name);
}

#ifdef SK_FUZZ
/* Where to cut: any place, the same for the same bytes. */
static size_t place(const uint8_t *b, size_t n) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ b[i]) * 16777619u;
    return n ? h % n : 0;
}
#endif

static void check_law(const struct rig *part, const struct rig *whole) {
    unsigned used[SKE_COUNT] = {0};
    for (unsigned i = 0; i < part->n; i++) {
        const struct sk_event *e = part->ev[i], *w = rig_event(whole, (enum sk_event_type)e->type, used[e->type]++);
        require(w != NULL, "an event of the cut frame alone", sk_events[e->type].name);
        const char *field = rig_not_within(e, w);
        require(field == NULL, "the cut frame says more", field);
    }
}

static void forget(struct rig *r) {
    rig_flush(r, 4001 * SK_SEC);
    rig_clear(r);
    memset(&r->counts, 0, sizeof r->counts);
    memset(&r->o.segments, 0, sizeof r->o.segments);
    r->seq = 0;
}

static void cut_at(struct rig *part, const struct rig *whole, const uint8_t *b, size_t n, size_t wire,
                   uint16_t linktype) {
    rig_frame_of(part, linktype, b, n, wire, 1000 * SK_SEC);
    check_law(part, whole);
    forget(part);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n < 2 || n > 2048)
        return 0;
    uint16_t linktype = (uint16_t)((unsigned)bytes[0] << 8 | bytes[1]);
    size_t len = n - 2;
    struct sk_guard g = sk_guard_end(bytes + 2, len);
    static struct rig *whole, *part; /* the flush at the end of each input leaves them as new */
    whole = whole ? whole : rig_new();
    part = part ? part : rig_new();
    rig_frame_of(whole, linktype, g.p, len, len, 1000 * SK_SEC);
    check_all(whole);
#ifdef SK_FUZZ
    size_t k = place(bytes + 2, len);
    cut_at(part, whole, sk_guard_cut(&g, bytes + 2, k), k, len, linktype);
#else
    for (size_t k = 0; k < len; k++)
        cut_at(part, whole, sk_guard_cut(&g, bytes + 2, k), k, len, linktype);
#endif
    /* State that is there already. */
    rig_frame_of(whole, linktype, sk_guard_cut(&g, bytes + 2, len), len, len, 1000 * SK_SEC);
    rig_tick(whole, 4000 * SK_SEC);
    rig_flush(whole, 4001 * SK_SEC);
    check_all(whole);
    forget(whole);
    sk_guard_free(&g);
    return 0;
}
