/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The truncation law over every frame of every shipped capture, cut at every byte: what is seen of a cut frame is part
 * of what is seen of the whole one. Of each capture the first few hundred frames: more are much alike.
 */
#include "rig.h"

#include <glob.h>

enum { FRAMES_MAX = 300, FRAME_MAX = 512 };

struct pair {
    struct rig *whole, *part;
};

/* As new, without the cost of it: what observers keep goes with the flush. */
static void forget(struct rig *r) {
    rig_flush(r, 2000 * SK_SEC);
    rig_clear(r);
    memset(&r->o.segments, 0, sizeof r->o.segments);
    r->seq = 0;
}

static void compare(const struct pair *p, const char *path, int frame, size_t k) {
    unsigned used[SKE_COUNT] = {0};
    for (unsigned i = 0; i < p->part->n; i++) {
        const struct sk_event *e = p->part->ev[i], *w = rig_event(p->whole, e->type, used[e->type]++);
        const char *wrong = w ? rig_not_within(e, w) : "the event itself";
        if (wrong)
            fail_msg("%s: frame %d cut at %zu bytes: %s says more than the whole frame: %s", path, frame, k,
                     sk_events[e->type].name, wrong);
    }
}

static void every_cut(struct pair *p, const char *path, int frame, struct sk_cur body, uint16_t linktype) {
    struct sk_guard g = sk_guard_end(body.p, body.left);
    rig_frame_of(p->whole, linktype, g.p, body.left, body.left, 1000 * SK_SEC);
    for (size_t k = 0; k < body.left; k++) {
        rig_frame_of(p->part, linktype, sk_guard_cut(&g, body.p, k), k, body.left, 1000 * SK_SEC);
        compare(p, path, frame, k);
        forget(p->part);
    }
    forget(p->whole);
    sk_guard_free(&g);
}

/* Classic captures, little-endian, as the generator writes them. @return frames */
static int frames_of(struct pair *p, const char *path) {
    size_t n = 0;
    uint8_t *b = rig_read(path, &n);
    assert_non_null(b);
    struct sk_cur c = sk_cur_of(b, n);
    sk_cur_skip(&c, 20);
    uint16_t linktype = (uint16_t)sk_cur_le32(&c);
    int frames = 0;
    while (c.left && frames < FRAMES_MAX) {
        sk_cur_skip(&c, 8);
        uint32_t caplen = sk_cur_le32(&c);
        sk_cur_skip(&c, 4);
        struct sk_cur body = sk_cur_sub(&c, caplen);
        if (!sk_cur_ok(&c))
            break;
        frames++;
        if (body.left <= FRAME_MAX)
            every_cut(p, path, frames, body, linktype);
    }
    free(b);
    return frames;
}

static void no_cut_frame_says_more_than_the_whole(void **state) {
    (void)state;
    struct pair p = {.whole = rig_new(), .part = rig_new()};
    glob_t found;
    assert_int_equal(glob("captures/*.pcap", 0, NULL, &found), 0);
    int frames = 0;
    for (size_t i = 0; i < found.gl_pathc; i++)
        frames += frames_of(&p, found.gl_pathv[i]);
    assert_in_range(frames, 1000, 1000000);
    globfree(&found);
    rig_free(p.whole);
    rig_free(p.part);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_cut_frame_says_more_than_the_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
