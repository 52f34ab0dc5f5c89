/* SPDX-License-Identifier: Apache-2.0 */
/* jansson.h stays inside src/base: sk_json_line() is its compact output, and the writer is held against that. */
#include "sekimori/text.h"
#include "unit.h"

#include <locale.h>
#include <math.h>

static uint64_t seed = 0x9e3779b97f4a7c15;
static uint64_t draw(uint64_t below) { /* xorshift: the same values in every run */
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

static void draw_text(char *out, size_t cap) {
    static const char *const piece[] = {"a",
                                        "\"",
                                        "\\",
                                        "/",
                                        "\x01",
                                        "\x1f",
                                        "\b",
                                        "\f",
                                        "\n",
                                        "\r",
                                        "\t",
                                        "\v",
                                        "\x7f",
                                        "関",
                                        "é",
                                        "🐟",
                                        "\xe2\x80\xa8",
                                        "\\u00",
                                        "\xe2\x80\xae",
                                        "\xc2\x9b",
                                        "\xf3\xa0\x81\xa1",
                                        " ",
                                        "{",
                                        "\xff",
                                        "<",
                                        "'",
                                        "\xc2"};
    size_t n = draw(8);
    size_t o = 0;
    for (size_t i = 0; i < n; i++) {
        const char *p = piece[draw(sizeof piece / sizeof piece[0])];
        size_t len = strlen(p);
        if (o + len + 1 > cap)
            break;
        memcpy(out + o, p, len);
        o += len;
    }
    out[o] = '\0';
}

static double draw_real(void) {
    static const double special[] = {0.0,
                                     -0.0,
                                     1.0,
                                     -1.0,
                                     0.1,
                                     1e15,
                                     1e16,
                                     123456789012345.0,
                                     1e-5,
                                     1e-4,
                                     1e100,
                                     5e-324,
                                     1.7976931348623157e308,
                                     0.30000000000000004,
                                     100.0,
                                     2.5e-10};
    if (draw(2))
        return special[draw(sizeof special / sizeof special[0])];
    double v = (double)(int64_t)draw(UINT64_MAX);
    for (uint64_t shift = draw(40); shift > 0; shift--)
        v /= 10;
    return v;
}

/* One random value into both writers. `in` is the container in the tree, key NULL when it is an array. */
static void add_value(struct sk_json_out *j, sk_json *in, const char *key, unsigned depth);

static void put(sk_json *in, const char *key, sk_json *v) {
    if (key)
        sk_json_set(in, key, v);
    else
        sk_json_add(in, v);
}

/* The typed setters take paths; a value is made under a throw-away key and copied out. */
static sk_json *value_text(const char *s) {
    sk_json *o = sk_json_new_object();
    sk_json_put_text(o, "v", s);
    sk_json *v = sk_json_copy(sk_json_get(o, "v"));
    sk_json_free(o);
    return v;
}
static sk_json *value_number(double real, int64_t integer, int kind) {
    sk_json *o = sk_json_new_object();
    if (kind == 0)
        sk_json_put_real(o, "v", real);
    else if (kind == 1)
        sk_json_put_int(o, "v", integer);
    else
        sk_json_put_bool(o, "v", integer & 1);
    sk_json *v = sk_json_copy(sk_json_get(o, "v"));
    sk_json_free(o);
    return v;
}

static void add_container(struct sk_json_out *j, sk_json *in, const char *key, unsigned depth) {
    bool object = draw(2);
    sk_json *v = object ? sk_json_new_object() : sk_json_new_array();
    put(in, key, v);
    if (object)
        sk_json_object(j);
    else
        sk_json_array(j);
    size_t n = draw(5);
    for (size_t i = 0; i < n; i++) {
        char name[48];
        int len = snprintf(name, sizeof name, "%zu.", i); /* keys must differ */
        draw_text(name + len, sizeof name - (size_t)len);
        if (object)
            sk_json_key(j, name);
        add_value(j, v, object ? name : NULL, depth + 1);
    }
    if (object)
        sk_json_end_object(j);
    else
        sk_json_end_array(j);
}

static void add_value(struct sk_json_out *j, sk_json *in, const char *key, unsigned depth) {
    char text[64];
    double real = draw_real();
    int64_t integer = (int64_t)draw(UINT64_MAX) >> draw(64);
    switch (draw(depth < 6 ? 6 : 4)) {
    case 0:
        draw_text(text, sizeof text);
        put(in, key, value_text(text));
        sk_json_text(j, text);
        break;
    case 1:
        put(in, key, value_number(real, 0, 0));
        sk_json_real(j, real);
        break;
    case 2:
        put(in, key, value_number(0, integer, 1));
        sk_json_int(j, integer);
        break;
    case 3:
        put(in, key, value_number(0, integer, 2));
        sk_json_bool(j, integer & 1);
        break;
    default:
        add_container(j, in, key, depth);
        break;
    }
}

static void the_writer_equals_jansson_on_random_trees(void **state) {
    (void)state;
    for (int round = 0; round < 4000; round++) {
        struct sk_buf buf = {0};
        struct sk_json_out j;
        sk_json *root = sk_json_new_array();
        sk_json_begin(&j, &buf);
        sk_json_array(&j);
        size_t n = draw(4);
        for (size_t i = 0; i < n; i++)
            add_value(&j, root, NULL, 1);
        sk_json_end_array(&j);
        char *want = sk_json_line(root);
        assert_string_equal(buf.p, want);
        free(want);
        sk_json_free(root);
        sk_buf_free(&buf);
    }
}

static void real_is(double v, const char *want) {
    struct sk_buf buf = {0};
    struct sk_json_out j;
    sk_json_begin(&j, &buf);
    sk_json_real(&j, v);
    assert_string_equal(buf.p, want);
    sk_buf_free(&buf);
    sk_json *tree = value_number(v, 0, 0);
    char *line = sk_json_line(tree);
    assert_string_equal(line, want);
    free(line);
    sk_json_free(tree);
}

static void reals_are_short_and_stay_reals(void **state) {
    (void)state;
    real_is(0.1, "0.1");
    real_is(3, "3.0");
    real_is(1e20, "1e20");
    real_is(1.5e-7, "1.5e-7");
    real_is(1e-10, "1e-10");
    real_is(1e100, "1e100");
    real_is(-0.0, "-0.0");
    real_is(NAN, "0.0");
    real_is(-INFINITY, "0.0");
}

static void the_locale_does_not_change_numbers(void **state) {
    (void)state;
    static const char *const with_comma[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", NULL};
    bool any = false;
    for (size_t i = 0; with_comma[i] && !any; i++)
        any = setlocale(LC_ALL, with_comma[i]) != NULL;
    if (!any)
        print_message("no locale with a decimal comma is installed: only the C locale was tested\n");
    real_is(2.5, "2.5");
    (void)setlocale(LC_ALL, "C");
}

static void numbers_at_both_ends_are_written_whole(void **state) {
    (void)state;
    struct sk_buf buf = {0};
    struct sk_json_out j;
    sk_json_begin(&j, &buf);
    sk_json_array(&j);
    sk_json_int(&j, INT64_MIN);
    sk_json_int(&j, INT64_MAX);
    sk_json_textn(&j, "a\0b", 3);
    sk_json_end_array(&j);
    assert_string_equal(buf.p, "[-9223372036854775808,9223372036854775807,\"a\\u0000b\"]");
    sk_buf_free(&buf);
}

static void empty_containers_and_siblings_have_the_right_commas(void **state) {
    (void)state;
    struct sk_buf buf = {0};
    struct sk_json_out j;
    sk_json_begin(&j, &buf);
    sk_json_object(&j);
    sk_json_key(&j, "a");
    sk_json_object(&j);
    sk_json_end_object(&j);
    sk_json_key(&j, "b");
    sk_json_array(&j);
    sk_json_array(&j);
    sk_json_end_array(&j);
    sk_json_int(&j, 1);
    sk_json_end_array(&j);
    sk_json_key(&j, "c");
    sk_json_bool(&j, false);
    sk_json_end_object(&j);
    assert_string_equal(buf.p, "{\"a\":{},\"b\":[[],1],\"c\":false}");
    sk_buf_free(&buf);
}

static void sixty_three_levels_are_written(void **state) {
    (void)state;
    struct sk_buf buf = {0};
    struct sk_json_out j;
    sk_json_begin(&j, &buf);
    for (int i = 0; i < 63; i++)
        sk_json_array(&j);
    sk_json_int(&j, 1);
    sk_json_int(&j, 2);
    for (int i = 0; i < 63; i++)
        sk_json_end_array(&j);
    assert_int_equal(buf.len, 63 * 2 + 3);
    assert_non_null(strstr(buf.p, "[1,2]"));
    sk_buf_free(&buf);
}

static void paths_make_objects_and_keys_keep_their_order(void **state) {
    (void)state;
    sk_json *o = sk_json_new_object();
    sk_json_put_text(o, "zeta", "1");
    sk_json_put_text(o, "event.action", "open");
    sk_json_put_int(o, "event.severity", 4);
    sk_json_put_bool(o, "alpha", true);
    sk_json_put_text(o, "event.action", "close"); /* replaced in its place */
    sk_json_set(o, "icmpv6.ra", sk_json_new_array());
    sk_json *list = sk_json_new_array();
    sk_json_add_text(list, "関守");
    sk_json_add_int(list, 2);
    sk_json_put(o, "a.b.c", list);
    char *line = sk_json_line(o);
    assert_string_equal(line,
                        "{\"zeta\":\"1\",\"event\":{\"action\":\"close\",\"severity\":4},\"alpha\":true,\"icmpv6.ra\":"
                        "[],\"a\":{\"b\":{\"c\":[\"関守\",2]}}}");
    free(line);
    sk_json_free(o);
}

static void a_tree_is_read_by_path_and_by_key(void **state) {
    (void)state;
    static const char text[] = "{\"a\":{\"b\":[1,\"x\",2.5,true,null]},\"a.b\":7,\"t\":\"y\"}";
    struct sk_error err = {0};
    sk_json *v = sk_json_parse(text, strlen(text), &err);
    assert_non_null(v);
    const sk_json *list = sk_json_at(v, "a.b");
    assert_int_equal(sk_json_size(list), 5);
    assert_int_equal(sk_json_size(v), 3);
    assert_int_equal(sk_json_size(sk_json_item(list, 0)), 0);
    assert_string_equal(sk_json_text_of(sk_json_item(list, 1)), "x");
    static const enum sk_json_kind kinds[] = {SK_JSON_INT,  SK_JSON_TEXT, SK_JSON_REAL,
                                              SK_JSON_BOOL, SK_JSON_NULL, SK_JSON_ABSENT};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(sk_json_kind_of(sk_json_item(list, i)), kinds[i]);
    assert_int_equal(sk_json_kind_of(list), SK_JSON_ARRAY);
    assert_int_equal(sk_json_kind_of(v), SK_JSON_OBJECT);
    assert_null(sk_json_at(v, "a.c"));
    assert_null(sk_json_at(v, "t.u"));
    assert_null(sk_json_at(NULL, "t"));
    assert_int_equal(sk_json_kind_of(sk_json_get(v, "a.b")), SK_JSON_INT);
    assert_int_equal(sk_json_get_int(v, "t", -1), -1);
    assert_string_equal(sk_json_get_text(v, "t"), "y");
    assert_null(sk_json_get_text(v, "a"));
    assert_true(sk_json_get_bool(v, "nothing", true));
    char *line = sk_json_line(v);
    assert_string_equal(line, text);
    free(line);
    sk_json_free(v);
}

static void an_object_is_walked_in_order(void **state) {
    (void)state;
    struct sk_error err = {0};
    sk_json *v = sk_json_parse("{\"z\":1,\"a\":2,\"m\":3}", 19, &err);
    char seen[8] = "";
    const sk_json *item = NULL;
    for (const char *k = sk_json_each(v, NULL, &item); k; k = sk_json_each(v, k, &item)) {
        size_t n = strlen(seen);
        seen[n] = k[0];
        seen[n + 1] = '\0';
        assert_int_equal(sk_json_kind_of(item), SK_JSON_INT);
    }
    assert_string_equal(seen, "zam");
    assert_null(sk_json_each(item, NULL, &item)); /* nothing to walk in a number */
    sk_json_free(v);
}

static void what_is_no_json_is_refused_with_its_place(void **state) {
    (void)state;
    static const char *const bad[] = {"",      "{",        "{\"a\":1,}", "{\"a\":1}x", "{\"a\":1,\"a\":2}",
                                      "[1 2]", "\"\xff\"", "nul"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sk_error err = {0};
        assert_null(sk_json_parse(bad[i], strlen(bad[i]), &err));
        assert_true(err.line >= 1 && err.col >= 1 && err.msg[0]);
    }
    struct sk_error err = {0};
    assert_null(sk_json_parse("{\n \"a\": ?\n}", 11, &err));
    assert_int_equal(err.line, 2);
}

static void deep_nesting_is_refused_not_a_crash(void **state) {
    (void)state;
    enum { N = 100000 };
    char *deep = malloc(N);
    assert_non_null(deep);
    memset(deep, '[', N);
    struct sk_error err = {0};
    assert_null(sk_json_parse(deep, N, &err));
    free(deep);
}

/* Whoever looks at a line in a terminal is not fooled, whoever parses it gets the text that was there. */
static void what_no_reader_sees_is_escaped(void **state) {
    (void)state;
    static const char text[] = "a\xe2\x80\xaeгfdp\x7f\xc2\x9b\xf3\xa0\x81\xa1\xef\xbb\xbf関守";
    sk_json *o = sk_json_new_object(), *back;
    struct sk_buf b = {0};
    struct sk_json_out j;
    struct sk_error err = {0};
    sk_json_put_text(o, "t", text);
    char *line = sk_json_line(o);
    assert_string_equal(line, "{\"t\":\"a\\u202Eгfdp\\u007F\\u009B\\uDB40\\uDC61\\uFEFF関守\"}");
    sk_json_begin(&j, &b);
    sk_json_object(&j);
    sk_json_key(&j, "t");
    sk_json_text(&j, text);
    sk_json_end_object(&j);
    assert_string_equal(b.p, line);
    back = sk_json_parse(line, strlen(line), &err);
    assert_string_equal(sk_json_get_text(back, "t"), text);
    sk_json_free(back);
    sk_json_free(o);
    sk_buf_free(&b);
    free(line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_writer_equals_jansson_on_random_trees),
        cmocka_unit_test(reals_are_short_and_stay_reals),
        cmocka_unit_test(the_locale_does_not_change_numbers),
        cmocka_unit_test(numbers_at_both_ends_are_written_whole),
        cmocka_unit_test(empty_containers_and_siblings_have_the_right_commas),
        cmocka_unit_test(sixty_three_levels_are_written),
        cmocka_unit_test(paths_make_objects_and_keys_keep_their_order),
        cmocka_unit_test(a_tree_is_read_by_path_and_by_key),
        cmocka_unit_test(an_object_is_walked_in_order),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(what_no_reader_sees_is_escaped),
        cmocka_unit_test(deep_nesting_is_refused_not_a_crash),
    };
    return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
