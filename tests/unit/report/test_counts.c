/* SPDX-License-Identifier: Apache-2.0 */
/* `--count`: one object, names sorted, zeros left out, nothing missing. */
#include "sekimori/report.h"
#include "unit.h"

static sk_json *counts(const struct sk_counts *c) {
    struct sk_buf b = {0};
    struct sk_error err = {0};
    sk_counts_json(c, &b);
    sk_json *o = sk_json_parse(b.p, b.len, &err); /* duplicate keys are refused */
    if (!o)
        fail_msg("%s in %s", err.msg, b.p);
    sk_buf_free(&b);
    return o;
}
static size_t sorted(const sk_json *o) {
    size_t n = 0;
    const char *last = "";
    const sk_json *v;
    for (const char *k = NULL; (k = sk_json_each(o, k, &v)); n++) {
        assert_true(strcmp(last, k) < 0);
        assert_int_equal(sk_json_kind_of(v), SK_JSON_INT);
        last = k;
    }
    return n;
}

static void of_nothing_there_are_empty_objects(void **state) {
    (void)state;
    static struct sk_counts c;
    struct sk_buf b = {0};
    sk_counts_json(&c, &b);
    assert_string_equal(b.p, "{\"packets\":0,\"events\":{},\"quoted\":{},\"layers\":{},\"anomalies\":{}}");
    sk_buf_free(&b);
}

static void everything_that_was_counted_is_there_once_and_sorted(void **state) {
    (void)state;
    static struct sk_counts c;
    c.packets = 5;
    for (unsigned i = 1; i < SKE_COUNT; i++)
        c.events[i] = c.quoted[i] = i;
    for (unsigned i = 1; i < SKP_COUNT; i++)
        c.layers[i] = c.quoted_layers[i] = i;
    for (unsigned i = 1; i < SK_TUN_COUNT; i++)
        c.tunnels[i] = c.quoted_tunnels[i] = 1000 + i;
    for (unsigned i = 0; i < SK_AN_COUNT; i++)
        c.anomalies[i] = 1;
    sk_json *o = counts(&c);
    assert_int_equal(sk_json_get_int(o, "packets", -1), 5);
    assert_int_equal(sorted(sk_json_get(o, "events")), SKE_COUNT - 1);
    size_t layers = sorted(sk_json_get(o, "layers"));
    assert_int_equal(sorted(sk_json_get(o, "quoted")), layers + SKE_COUNT - 1);
    assert_true(layers >= SKP_COUNT - 1 && layers <= SKP_COUNT + SK_TUN_COUNT - 2);
    assert_true(sorted(sk_json_get(o, "anomalies")) > 0);
    for (unsigned i = 1; i < SKE_COUNT; i++)
        assert_non_null(sk_json_get(sk_json_get(o, "events"), sk_events[i].name));
    for (unsigned i = 1; i < SK_TUN_COUNT; i++)
        assert_non_null(sk_json_get(sk_json_get(o, "layers"), sk_tunnel_kind_name((enum sk_tunnel_kind)i)));
    sk_json_free(o);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_nothing_there_are_empty_objects),
        cmocka_unit_test(everything_that_was_counted_is_there_once_and_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
