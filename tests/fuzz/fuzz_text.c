/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: addr.h parsers, escapes, UTF-8, columns, JSON in and out, nearest word. What goes out must come back. */
#include "sekimori/addr.h"
#include "sekimori/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(bool ok) {
    if (!ok)
        abort();
}

static void addresses(const char *text, size_t n) {
    struct sk_addr a;
    struct sk_addr again_addr;
    struct sk_prefix p;
    struct sk_prefix again_prefix;
    struct sk_mac m;
    struct sk_mac again_mac;
    char out[SK_PREFIX_TEXT];
    if (sk_addr_parse(text, n, &a)) {
        (void)sk_addr_text(&a, out);
        check(sk_addr_parse(out, strlen(out), &again_addr) && sk_addr_eq(&a, &again_addr));
        check(sk_scope_name(sk_addr_scope(&a))[0] != '\0');
    }
    if (sk_prefix_parse(text, n, true, &p)) {
        (void)sk_prefix_text(&p, out);
        check(sk_prefix_parse(out, strlen(out), false, &again_prefix));
        check(sk_addr_eq(&p.addr, &again_prefix.addr) && p.len == again_prefix.len && sk_prefix_has(&p, &p.addr));
    }
    if (sk_mac_parse(text, n, &m)) {
        (void)sk_mac_text(&m, out);
        check(sk_mac_parse(out, strlen(out), &again_mac) && sk_mac_eq(&m, &again_mac));
    }
}

/* Any sixteen bytes are an address, and its text means it. */
static void printed(const uint8_t *bytes, size_t n) {
    struct sk_addr a = {.fam = 6};
    struct sk_addr again;
    char out[SK_ADDR_TEXT];
    if (n < sizeof a.b)
        return;
    memcpy(a.b, bytes, sizeof a.b);
    (void)sk_addr_text(&a, out);
    check(sk_addr_parse(out, strlen(out), &again) && sk_addr_eq(&a, &again));
}

static void text(const uint8_t *bytes, size_t n) {
    size_t cap = n % 2 ? 4 * n + 1 : n / 2 + 1; /* roomy or tight */
    char *out = malloc(cap);
    check(out != NULL);
    size_t len = sk_text_escape(bytes, n, out, cap);
    check(len < cap && out[len] == '\0' && sk_utf8_valid(out, len));
    for (size_t cols = 0; cols < 20; cols++) {
        size_t fit = sk_text_fit(out, len, cols);
        check(fit <= len && sk_utf8_valid(out, fit) && sk_text_columns(out, fit) <= cols);
    }
    static const char *const words[] = {"router", "policy", "forbidden", NULL};
    (void)sk_nearest(out, words);
    free(out);
    (void)sk_text_columns((const char *)bytes, n);
}

static void json(const uint8_t *bytes, size_t n) {
    struct sk_buf line = {0};
    struct sk_json_out j;
    sk_json_begin(&j, &line);
    sk_json_array(&j);
    sk_json_textn(&j, (const char *)bytes, n);
    sk_json_end_array(&j);
    bool nul = memchr(bytes, '\0', n) != NULL; /* our reader, like our texts, knows no NUL */
    sk_json *back = sk_json_parse(line.p, line.len, NULL);
    check((back != NULL) || nul);
    if (back) {
        char *again = sk_json_line(back);
        check(strcmp(again, line.p) == 0);
        free(again);
        sk_json_free(back);
    }
    sk_buf_free(&line);
    sk_json *any = sk_json_parse((const char *)bytes, n, NULL);
    if (any)
        free(sk_json_line(any));
    sk_json_free(any);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    addresses((const char *)bytes, n);
    printed(bytes, n);
    text(bytes, n);
    if (n)
        json(bytes, n);
    return 0;
}
