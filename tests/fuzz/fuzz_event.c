/* SPDX-License-Identifier: Apache-2.0 */
/* Any line through the reader of events: what it makes is a sound record, whose own line reads back to the same line.
 */
#include "sekimori/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void require(bool holds, const char *what) {
    if (holds)
        return;
    (void)fprintf(stderr, "fuzz_event: %s\n", what);
    abort();
}

static bool read_line(const char *text, size_t n, struct sk_event *ev, struct sk_buf *out) {
    const char *file = NULL;
    struct sk_error err = {0};
    sk_json *line = sk_json_parse(text, n, &err);
    bool ok = line && sk_event_read(line, ev, &file);
    if (ok)
        sk_event_json(ev, NULL, out);
    if (line)
        sk_json_free(line);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static _Alignas(struct sk_event) uint8_t room[SK_EVENT_MAX];
    struct sk_event *ev = (struct sk_event *)(void *)room;
    struct sk_buf once = {0}, twice = {0};
    if (read_line((const char *)bytes, n, ev, &once)) {
        require(ev->size >= sizeof *ev && ev->size <= SK_EVENT_MAX && ev->size % 8 == 0, "size");
        require(ev->type > 0 && ev->type < SKE_COUNT, "type");
        require(sk_utf8_valid(once.p, once.len), "not UTF-8");
        if (!(ev->flags & SK_EV_OVERFLOW)) {
            require(read_line(once.p, once.len, ev, &twice), "its own line is no event");
            require(once.len == twice.len && memcmp(once.p, twice.p, once.len) == 0, "reads back otherwise");
        }
    }
    sk_buf_free(&once);
    sk_buf_free(&twice);
    return 0;
}
