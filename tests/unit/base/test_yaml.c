/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"
#include "sekimori/yaml.h"
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct sk_yaml_docs parsed(const char *text) {
    struct sk_yaml_docs docs;
    struct sk_diags d = {0};
    struct sk_guard g = sk_guard_end(text, strlen(text));
    sk_err err = sk_yaml_parse("f.yml", (const char *)g.p, g.n, &docs, &d);
    for (size_t i = 0; i < d.n; i++)
        print_error("%u:%u: %s\n", d.at[i].line, d.at[i].col, d.at[i].msg);
    assert_int_equal(err, SK_OK);
    assert_int_equal(d.n, 0);
    sk_guard_free(&g); /* the tree may not point into the text */
    return docs;
}

/* text must be refused with exactly these messages, one "line:col: words" each, of which the words are the beginning.
 */
static void refused_n(const char *text, size_t n, const char *const *want) {
    struct sk_yaml_docs docs;
    struct sk_diags d = {0};
    struct sk_guard g = sk_guard_end(text, n);
    assert_int_equal(sk_yaml_parse(NULL, (const char *)g.p, g.n, &docs, &d), SK_EFORMAT);
    sk_guard_free(&g);
    assert_int_equal(docs.n, 0);
    assert_null(docs.doc);
    size_t i = 0;
    for (; i < d.n && want[i]; i++) {
        char *got = sk_diag_text(&d.at[i]);
        if (strncmp(got, want[i], strlen(want[i])) != 0)
            fail_msg("got:  %s\nwant: %s", got, want[i]);
        free(got);
    }
    if (d.n > i)
        fail_msg("one too many: %s", d.at[i].msg);
    if (want[i])
        fail_msg("missing: %s", want[i]);
    sk_diags_free(&d);
}
#define refused(text, ...) refused_n(text, strlen(text), (const char *const[]){__VA_ARGS__, NULL})

static const struct sk_yaml *at(const struct sk_yaml_docs *d, const char *key) {
    const struct sk_yaml *v = sk_yaml_get(&d->doc[0], key);
    assert_non_null(v);
    return v;
}

static void every_node_remembers_where_it_stood(void **state) {
    (void)state;
    struct sk_yaml_docs d = parsed("# head\nsite:\n  name: 関守\n  list: [a, 関, c]\nlast:\n- x\n");
    assert_int_equal(d.n, 1);
    const struct sk_yaml *site = at(&d, "site");
    assert_int_equal(site->line, 3);
    assert_int_equal(site->col, 3);
    const struct sk_yaml *name = sk_yaml_get(site, "name");
    assert_string_equal(name->text, "関守");
    assert_int_equal(name->line, 3);
    assert_int_equal(name->col, 9);
    const struct sk_yaml *list = sk_yaml_get(site, "list");
    assert_int_equal(list->kind, SK_YAML_LIST);
    assert_int_equal(list->n, 3);
    assert_int_equal(list->item[2].col, 16); /* columns are characters, not bytes */
    assert_int_equal(d.doc[0].key[1].line, 5);
    assert_int_equal(at(&d, "last")->item[0].col, 3);
    assert_string_equal(d.file, "f.yml");
    sk_yaml_free(&d);
    assert_null(d.mem);
}

static void kind_is(const char *scalar, enum sk_yaml_kind kind) {
    char text[128];
    (void)snprintf(text, sizeof text, "v: %s\n", scalar);
    struct sk_yaml_docs d = parsed(text);
    const struct sk_yaml *v = at(&d, "v");
    if (v->kind != kind)
        fail_msg("%s is %s", scalar, sk_yaml_kind_name(v->kind));
    sk_yaml_free(&d);
}

static void plain_scalars_follow_the_core_schema(void **state) {
    (void)state;
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const bools[] = {"true", "True", "TRUE", "false", "False", "FALSE", NULL};
    static const char *const ints[] = {"0", "-1", "+7", "007", "0x1F", "0o17", "9223372036854775807", NULL};
    static const char *const reals[] = {"1.5", "-.5", "1.", "1e3", "+1.5E-3", "0.", NULL};
    static const char *const texts[] = {
        "nul",        "tRUE",          "0x",  "0o8",      "1_000",      "1.2.3", "1e", "12:30", "::1",
        "fe80::1",    "2001:db8::/32", "a",   "-",        "2026-11-26", "relay", ".",  "+",     "1.5x",
        "yes please", "0xg",           "'1'", "\"true\"", "'null'",     "''",    NULL};
    for (size_t i = 0; nulls[i]; i++)
        kind_is(nulls[i], SK_YAML_NULL);
    for (size_t i = 0; bools[i]; i++)
        kind_is(bools[i], SK_YAML_BOOL);
    for (size_t i = 0; ints[i]; i++)
        kind_is(ints[i], SK_YAML_INT);
    for (size_t i = 0; reals[i]; i++)
        kind_is(reals[i], SK_YAML_REAL);
    for (size_t i = 0; texts[i]; i++)
        if (strcmp(texts[i], "-") != 0)
            kind_is(texts[i], SK_YAML_TEXT);
}

static void scalars_have_their_values(void **state) {
    (void)state;
    struct sk_yaml_docs d = parsed("a: 0x1F\nb: 0o17\nc: -9223372036854775808\nd: 2.5e1\ne: true\nf: FALSE\ng: 010\n"
                                   "h: 'it''s'\ni: \"t\\tb\\0c\"\nj: |\n  two\n  lines\nk: 12\n");
    assert_int_equal(at(&d, "a")->i, 31);
    assert_int_equal(at(&d, "b")->i, 15);
    assert_true(at(&d, "c")->i == INT64_MIN);
    assert_true(at(&d, "d")->f == 25.0);
    assert_true(at(&d, "e")->b);
    assert_false(at(&d, "f")->b);
    assert_int_equal(at(&d, "g")->i, 10); /* YAML 1.2: no octal by a zero in front */
    assert_string_equal(at(&d, "g")->text, "010");
    assert_string_equal(at(&d, "h")->text, "it's");
    assert_true(at(&d, "h")->quoted);
    assert_int_equal(at(&d, "i")->len, 5);
    assert_memory_equal(at(&d, "i")->text, "t\tb\0c", 6);
    assert_string_equal(at(&d, "j")->text, "two\nlines\n");
    assert_true(at(&d, "j")->quoted);
    assert_false(at(&d, "k")->quoted);
    assert_true(at(&d, "k")->f == 12.0);
    sk_yaml_free(&d);
}

static void documents_and_empty_files(void **state) {
    (void)state;
    struct sk_yaml_docs d = parsed("a: 1\n---\nb: 2\n---\n...\n");
    assert_int_equal(d.n, 3);
    assert_int_equal(sk_yaml_get(&d.doc[1], "b")->i, 2);
    assert_int_equal(sk_yaml_get(&d.doc[1], "b")->line, 3);
    assert_int_equal(d.doc[2].kind, SK_YAML_NULL);
    sk_yaml_free(&d);
    d = parsed("");
    assert_int_equal(d.n, 0);
    sk_yaml_free(&d);
    d = parsed("# nothing\n");
    assert_int_equal(d.n, 0);
    sk_yaml_free(&d);
    d = parsed("\xef\xbb\xbfsite: x\nother: z\n"); /* a byte order mark, as Notepad writes it */
    assert_int_equal(d.doc[0].key[0].col, 1);
    assert_int_equal(d.doc[0].n, 2);
    sk_yaml_free(&d);
}

static void get_asks_anything(void **state) {
    (void)state;
    struct sk_yaml_docs d = parsed("a: {b: 1}\nc: [x]\n");
    assert_null(sk_yaml_get(&d.doc[0], "z"));
    assert_null(sk_yaml_get(at(&d, "c"), "x"));
    assert_null(sk_yaml_get(NULL, "x"));
    assert_null(sk_yaml_get(sk_yaml_get(&d.doc[0], "z"), "y"));
    sk_yaml_free(&d);
}

static void the_bare_words_of_yaml_1_1_are_refused(void **state) {
    (void)state;
    static const char *const words[] = {"yes", "no", "on", "off", "y", "n", "Yes", "NO", "oN", "OFF", "Y", "N"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char text[32];
        char want[64];
        (void)snprintf(text, sizeof text, "key: %s\n", words[i]);
        (void)snprintf(want, sizeof want, "1:6: %s means true or false to some", words[i]);
        refused(text, want);
    }
    refused("on: 1\n", "1:1: on means true or false");
    struct sk_yaml_docs d = parsed("a: 'yes'\nb: \"no\"\n'on': 1\nc: yes sir\nd: none\n");
    assert_int_equal(at(&d, "a")->kind, SK_YAML_TEXT);
    sk_yaml_free(&d);
}

static void a_mac_of_digits_with_colons_is_refused_and_others_are_not(void **state) {
    (void)state;
    refused("mac: 11:22:33:44:55:06\n", "1:6: 11:22:33:44:55:06 is a number of base 60 to some YAML readers; write MAC "
                                        "addresses with hyphens, or put it in quotes");
    refused("macs: [02-00-5E-00-53-01, 02:00:55:00:53:01]\n", "1:27: 02:00:55:00:53:01 is a number of base 60");
    struct sk_yaml_docs d = parsed("a: '11:22:33:44:55:06'\nb: 11-22-33-44-55-06\nc: 11:22:33:44:55:0a\n");
    assert_int_equal(at(&d, "c")->kind, SK_YAML_TEXT);
    sk_yaml_free(&d);
}

static void an_address_that_begins_with_a_colon_inside_brackets_is_named(void **state) {
    (void)state;
    const char *cure = "1:5: ::1 begins with a colon, which YAML takes for the end of a key inside brackets; put it in "
                       "quotes: \"::1\"";
    refused("a: [::1, x]\n", cure);
    refused("a: [::1]\n", cure);
    refused("a: {b: ::1}\n", "1:8: ::1 begins with a colon");
    refused("a: [x, ::/0]\n", "1:8: ::/0 begins with a colon");
    refused("a:\n  - b\n  - [::ffff:1.2.3.4]\n", "3:6: ::ffff:1.2.3.4 begins with a colon");
    struct sk_yaml_docs d = parsed("a: ::1\nb:\n- ::1\n- fe80::1\nc: [\"::1\", 2001:db8::/64, fe80::1]\n");
    assert_string_equal(at(&d, "a")->text, "::1");
    assert_string_equal(at(&d, "c")->item[1].text, "2001:db8::/64");
    sk_yaml_free(&d);
}

static void an_address_that_ends_with_a_colon_is_named(void **state) {
    (void)state;
    refused("a: [fe80::, x]\n",
            "1:5: fe80:: ends with a colon, which YAML takes for the end of a key; put it in quotes: "
            "\"fe80::\"");
    refused("a: [x, fe80::]\n", "1:8: fe80:: ends with a colon");
    refused("a: {b: fe80::}\n", "1:8: fe80:: ends with a colon");
    refused("a: fe80::\n", "1:4: fe80:: ends with a colon");
    refused("a:\n- 2001:db8::\n", "2:3: 2001:db8:: ends with a colon");
    refused("- ::\n", "1:3: :: ends with a colon");
}

static void a_wildcard_without_quotes_is_named(void **state) {
    (void)state;
    const char *cure = " begins with an asterisk, which YAML takes for the use of an anchor; put it in quotes: ";
    char want[200];
    (void)snprintf(want, sizeof want, "1:4: *.example.jp%s\"*.example.jp\"", cure);
    refused("a: *.example.jp\n", want);
    (void)snprintf(want, sizeof want, "1:8: *.example.jp%s", cure);
    refused("a: [x, *.example.jp]\n", want);
    refused("- *\n", "1:3: * begins with an asterisk");
    refused("a: *wild\n", "1:4: *wild: no anchor &wild stands above; if text is meant, put it in quotes: \"*wild\"");
    struct sk_yaml_docs d = parsed("a: '*.example.jp'\nb: [x*y, example.*]\n");
    assert_string_equal(at(&d, "b")->item[0].text, "x*y");
    sk_yaml_free(&d);
}

static void reserved_characters_and_tabs_are_named(void **state) {
    (void)state;
    refused("a: @home\n", "1:4: @home begins with a character that YAML keeps for itself; put it in quotes: \"@home\"");
    refused("a: `x`\n", "1:4: `x` begins with a character");
    refused("a:\n\tb: 1\n", "2:1: a tab cannot stand here; indent with spaces");
}

static void all_that_is_wrong_is_named_in_one_run_and_in_order(void **state) {
    (void)state;
    refused("a: yes\n"
            "b: [::1, fe80::, no]\n"
            "c: 11:22:33:44:55:06\n"
            "d: *.example.jp\n"
            "a: 99999999999999999999\n"
            "e: @x\n",
            "1:4: yes means", "2:5: ::1 begins", "2:10: fe80:: ends", "2:18: no means", "3:4: 11:22",
            "4:4: *.example.jp", "5:1: the key a stands on line 1 already",
            "5:4: 99999999999999999999 is a number that does not fit", "6:4: @x begins");
}

static void scalar_problems_before_a_syntax_error_are_kept(void **state) {
    (void)state;
    refused("a: yes\nb: [1, 2\nc: no\n", "1:4: yes means",
            "3:2: the list opened with [ at line 2, column 4 is not closed");
}

static void syntax_errors_say_what_would_be_right(void **state) {
    (void)state;
    refused("a: b: c\n", "1:5: a \": \" that cannot stand here");
    refused("a: b\n c: d\n", "2:3: a \": \" that cannot stand here");
    refused("a:\n  b: 1\n c: 2\n", "3:2: this does not fit the map that began at line 1, column 1");
    refused("- a\nb: 1\n", "2:1: this does not fit the list that began at line 1, column 1");
    refused("a: {b: c\n", "2:1: the map opened with { at line 1, column 4 is not closed");
    refused("a: \"x\n", "1:4: the quote opened here is never closed");
    refused("a: \"\\q\"\n", "1:5: an unknown escape");
    refused("a: 1\nb\nc: 2\n", "2:1: this key has no \": \" behind it");
    refused("%YAML 1.1\n%YAML 1.1\n--- a\n", "2:1: the %YAML line stands here a second time");
    refused("a: x\x01y\n", "1:5: a control character");
}

static void duplicate_keys_are_refused_in_any_map(void **state) {
    (void)state;
    refused("a: 1\nb: 2\na: 3\n", "3:1: the key a stands on line 1 already; keep one of them");
    refused("m:\n  x: 1\n  'x': 2\n  x: 3\n", "3:3: the key x stands on line 2", "4:3: the key x stands on line 2");
    refused("m: {a: 1, b: 2, a: 3}\n", "1:17: the key a");
    struct sk_yaml_docs d = parsed("a: {x: 1}\nb: {x: 1}\n");
    sk_yaml_free(&d);
}

static void keys_must_be_text(void **state) {
    (void)state;
    refused("? [a]\n: b\n", "1:3: a key must be text, not a list");
    refused("? {a: b}\n: b\n", "1:3: a key must be text, not a map");
    refused("x: &a k\n*a : b\n", "2:1: a key must be text, not the alias *a");
    refused("? \n: x\n", "1:2: a key is missing before the colon");
    refused("<<: {a: 1}\n", "1:1: merge keys (<<) are not read; write the keys out");
    refused("\"a\\0b\": 1\n", "1:1: a key with a NUL character");
    struct sk_yaml_docs d = parsed("1: a\ntrue: b\n'<<': c\n2001:db8::1: d\n");
    assert_string_equal(at(&d, "1")->text, "a");
    assert_int_equal(d.doc[0].key[0].kind, SK_YAML_TEXT);
    assert_string_equal(at(&d, "true")->text, "b");
    assert_string_equal(at(&d, "2001:db8::1")->text, "d");
    sk_yaml_free(&d);
}

static void tags_are_refused(void **state) {
    (void)state;
    refused("a: !!str 5\n", "1:4: tags are not read");
    refused("a: !mine [x]\n", "1:4: tags are not read (!mine)");
    refused("a: ! x\n", "1:4: tags are not read");
    refused("a: !!map {b: c}\n", "1:4: tags are not read");
}

static void numbers_too_large_are_refused(void **state) {
    (void)state;
    refused("a: 9223372036854775808\n", "1:4: 9223372036854775808 is a number that does not fit in 64 bits");
    refused("a: 0x8000000000000000\n", "1:4: 0x8000000000000000 is a number that");
    refused("a: 1e999\n", "1:4: 1e999 is a number too large");
    refused("a: .inf\nb: .NaN\n", "1:4: .inf is no finite number", "2:4: .NaN is no finite number");
}

static void aliases_repeat_what_they_name(void **state) {
    (void)state;
    struct sk_yaml_docs d =
        parsed("base: &b {x: [1, 2], z: &t text}\nuse: *b\nagain: [*t, *b]\nk: &b other\nlast: *b\n");
    const struct sk_yaml *use = at(&d, "use");
    assert_int_equal(use->kind, SK_YAML_MAP);
    assert_int_equal(use->line, 2);
    assert_int_equal(use->col, 6);
    assert_int_equal(sk_yaml_get(use, "x")->item[1].i, 2);
    assert_int_equal(sk_yaml_get(use, "x")->item[1].line, 1);
    assert_string_equal(at(&d, "again")->item[0].text, "text");
    assert_int_equal(at(&d, "again")->item[1].n, 2);
    assert_string_equal(at(&d, "last")->text, "other"); /* the newest of one name */
    sk_yaml_free(&d);
}

static void an_alias_needs_an_anchor_of_its_own_document_that_has_ended(void **state) {
    (void)state;
    refused("a: &x [1, *x]\n", "1:11: the alias *x stands inside the very thing it names");
    refused("a: &x 1\n---\nb: *x\n", "3:4: *x: no anchor &x stands above");
}

static void aliases_have_a_budget(void **state) {
    (void)state;
    /* a billion laughs */
    refused(
        "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
        "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]\n",
        "");
    struct sk_yaml_docs d = parsed("a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b]\n");
    assert_int_equal(at(&d, "c")->item[1].item[9].n, 10);
    sk_yaml_free(&d);
}

/* `head` then `piece` n times then `tail`. */
static char *repeat(const char *head, const char *piece, size_t n, const char *tail, size_t *ret_len) {
    size_t h = strlen(head);
    size_t p = strlen(piece);
    size_t t = strlen(tail);
    char *text = malloc(h + n * p + t + 1);
    assert_non_null(text);
    memcpy(text, head, h);
    for (size_t i = 0; i < n; i++)
        memcpy(text + h + i * p, piece, p);
    memcpy(text + h + n * p, tail, t + 1);
    *ret_len = h + n * p + t;
    return text;
}

static sk_err parse_repeat(const char *head, const char *piece, size_t n, const char *tail, char *msg, size_t cap) {
    size_t len;
    char *text = repeat(head, piece, n, tail, &len);
    struct sk_yaml_docs docs;
    struct sk_diags d = {0};
    sk_err err = sk_yaml_parse("f", text, len, &docs, &d);
    (void)snprintf(msg, cap, "%s", d.n ? d.at[0].msg : "");
    sk_diags_free(&d);
    sk_yaml_free(&docs);
    free(text);
    return err;
}

static void limits_hold_at_their_edge(void **state) {
    (void)state;
    char msg[256];
    assert_int_equal(parse_repeat("&a x: [", "*a, ", 5000, "]", msg, sizeof msg), SK_OK);
    assert_int_equal(parse_repeat("&a x: [", "*a, ", 10000, "]", msg, sizeof msg), SK_OK);
    assert_int_equal(parse_repeat("&a x: [", "*a, ", 10001, "]", msg, sizeof msg), SK_EFORMAT);
    assert_non_null(strstr(msg, "aliases expand to more than 10,000"));
    assert_int_equal(parse_repeat("", "[", 100, "", msg, sizeof msg), SK_EFORMAT); /* not closed */
    assert_null(strstr(msg, "levels"));
    assert_int_equal(parse_repeat("", "[", 101, "", msg, sizeof msg), SK_EFORMAT);
    assert_non_null(strstr(msg, "more than 100 levels"));
    assert_int_equal(parse_repeat("[", "a, ", 999999, "]", msg, sizeof msg), SK_OK);
    assert_int_equal(parse_repeat("[", "a, ", 1000000, "]", msg, sizeof msg), SK_EFORMAT);
    assert_non_null(strstr(msg, "more than 1,000,000 entries"));
    assert_int_equal(parse_repeat("# ", "x", 16 * 1024 * 1024 - 2, "", msg, sizeof msg), SK_OK);
    assert_int_equal(parse_repeat("# ", "x", 16 * 1024 * 1024 - 1, "", msg, sizeof msg), SK_EFORMAT);
    assert_non_null(strstr(msg, "larger than 16 MiB"));
    assert_int_equal(parse_repeat("- &a\n", "- &a x\n", 2000, "", msg, sizeof msg), SK_EFORMAT);
    assert_non_null(strstr(msg, "anchors"));
}

static void aliases_cannot_nest_past_the_levels(void **state) {
    (void)state;
    /* each line puts the line before one level deeper */
    char text[4096];
    size_t n = (size_t)snprintf(text, sizeof text, "a0: &a0 [x]\n");
    for (int i = 1; i < 120; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    struct sk_yaml_docs docs;
    struct sk_diags d = {0};
    assert_int_equal(sk_yaml_parse("f", text, n, &docs, &d), SK_EFORMAT);
    assert_non_null(strstr(d.at[0].msg, "100 levels"));
    sk_diags_free(&d);
}

static void other_encodings_are_named(void **state) {
    (void)state;
    refused("a: x\nname: \x8a\xd6\x8e\xe7\n",
            "2:7: this is no UTF-8 text (an Excel or Notepad file in Shift_JIS?); save it as "
            "UTF-8");
    refused_n("\xff\xfe"
              "a\0",
              4, (const char *const[]){"1:1: this file is UTF-16", NULL});
}

static void every_cut_of_a_file_is_judged_without_reading_past_it(void **state) {
    (void)state;
    static const char text[] =
        "s: &a {v: [1, \"é\\n\", '関'], m: 02-00-5E-00-53-01}\nt: *a\nu: |\n  x\n--- [fe80::, *]\n";
    size_t n = sizeof text - 1;
    struct sk_guard g = sk_guard_end(text, n);
    for (size_t k = 0; k <= n; k++) {
        struct sk_yaml_docs docs;
        struct sk_diags d = {0};
        sk_err err = sk_yaml_parse("f", (const char *)sk_guard_cut(&g, text, k), k, &docs, &d);
        assert_true((err == SK_OK) == (d.errors == 0));
        sk_diags_free(&d);
        sk_yaml_free(&docs);
    }
    sk_guard_free(&g);
}

static char folder[] = "/tmp/sekimori-yaml-XXXXXX";

static void write_file(const char *name, const char *text) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static sk_err load(const char *name, struct sk_yaml_docs *docs, char *msg, size_t cap) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    struct sk_diags d = {0};
    sk_err err = sk_yaml_load(path, docs, &d);
    (void)snprintf(msg, cap, "%s", d.n ? d.at[0].msg : "");
    sk_diags_free(&d);
    return err;
}

static void files_are_read_and_what_is_no_file_is_explained(void **state) {
    (void)state;
    assert_non_null(mkdtemp(folder));
    write_file("policy.yml", "a: 1\n");
    write_file("police.csv", "x");
    struct sk_yaml_docs d;
    char msg[256];
    assert_int_equal(load("policy.yml", &d, msg, sizeof msg), SK_OK);
    assert_int_equal(at(&d, "a")->i, 1);
    sk_yaml_free(&d);
    assert_int_equal(load("polcy.yml", &d, msg, sizeof msg), SK_ENOTFOUND);
    assert_string_equal(msg, "no such file. Near: policy.yml");
    assert_int_equal(load("zzz", &d, msg, sizeof msg), SK_ENOTFOUND);
    assert_string_equal(msg, "no such file");
    assert_int_equal(load(".", &d, msg, sizeof msg), SK_EIO);
    assert_non_null(strstr(msg, "it is a folder"));
    char path[128];
    (void)snprintf(path, sizeof path, "%s/policy.yml", folder);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/police.csv", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* --- salvage: what can be read in spite of errors ------------------------------------------------------------------
 */

static void what_was_refused_is_marked_and_the_rest_is_there(void **state) {
    (void)state;
    static const char text[] =
        "a: yes\nb: [::1, 10.0.0.1, *.example.jp]\nc: {x: 1, x: 2}\nd: {fe80::: 1}\n? [k]\n: v\ne: 5\n";
    struct sk_yaml_docs docs;
    struct sk_diags d = {0};
    assert_int_equal(sk_yaml_salvage("f", text, sizeof text - 1, &docs, &d), SK_EFORMAT);
    assert_true(d.errors >= 5);
    assert_int_equal(docs.n, 1);
    const struct sk_yaml *root = &docs.doc[0];
    assert_true(sk_yaml_get(root, "a")->broken);
    assert_int_equal(sk_yaml_get(root, "a")->kind, SK_YAML_NULL);
    const struct sk_yaml *b = sk_yaml_get(root, "b");
    assert_int_equal(b->n, 3);
    assert_true(b->item[0].broken && !b->item[1].broken && b->item[2].broken);
    assert_string_equal(b->item[1].text, "10.0.0.1");
    assert_true(sk_yaml_get(root, "c")->key[1].broken);
    assert_false(sk_yaml_get(root, "c")->key[0].broken);
    assert_int_equal(sk_yaml_get(root, "e")->i, 5);
    for (size_t i = 0; i < root->n; i++)
        assert_non_null(root->key[i].text);
    assert_int_equal(docs.n_cut, 0);
    sk_yaml_free(&docs);
    sk_diags_free(&d);
}

static void a_section_that_is_no_yaml_is_cut_out_and_named(void **state) {
    (void)state;
    static const char text[] =
        "a: 1\nbroken:\n  - [1, 2\n  - 3\nb: 2\nquote: \"never\n  closed\nc: 3\nlast:\n   x: 1\n  y: 2\nd: 4\n";
    struct sk_yaml_docs docs;
    struct sk_diags d = {0};
    assert_int_equal(sk_yaml_salvage("f", text, sizeof text - 1, &docs, &d), SK_EFORMAT);
    assert_int_equal(docs.n, 1);
    static const char *const left[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(sk_yaml_get(&docs.doc[0], left[i])->i, (int)i + 1);
    assert_int_equal(docs.doc[0].n, 4);
    assert_int_equal(docs.n_cut, 3);
    assert_string_equal(docs.cut[0], "broken");
    assert_string_equal(docs.cut[1], "quote");
    assert_string_equal(docs.cut[2], "last");
    assert_int_equal(d.errors, 3);
    sk_yaml_free(&docs);
    sk_diags_free(&d);
}

static void nothing_may_be_left(void **state) {
    (void)state;
    static const char *const text[] = {"[",  "{a: [", "\"",        "a: b: c",      "- a\nb: c\n",
                                       "\t", "%",     "a: |\n\tb", "--- [\n---\n]"};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        struct sk_yaml_docs docs;
        struct sk_diags d = {0};
        assert_int_equal(sk_yaml_salvage("f", text[i], strlen(text[i]), &docs, &d), SK_EFORMAT);
        assert_true(d.errors > 0);
        sk_yaml_free(&docs);
        sk_diags_free(&d);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_node_remembers_where_it_stood),
        cmocka_unit_test(plain_scalars_follow_the_core_schema),
        cmocka_unit_test(scalars_have_their_values),
        cmocka_unit_test(documents_and_empty_files),
        cmocka_unit_test(get_asks_anything),
        cmocka_unit_test(the_bare_words_of_yaml_1_1_are_refused),
        cmocka_unit_test(a_mac_of_digits_with_colons_is_refused_and_others_are_not),
        cmocka_unit_test(an_address_that_begins_with_a_colon_inside_brackets_is_named),
        cmocka_unit_test(an_address_that_ends_with_a_colon_is_named),
        cmocka_unit_test(a_wildcard_without_quotes_is_named),
        cmocka_unit_test(reserved_characters_and_tabs_are_named),
        cmocka_unit_test(all_that_is_wrong_is_named_in_one_run_and_in_order),
        cmocka_unit_test(scalar_problems_before_a_syntax_error_are_kept),
        cmocka_unit_test(syntax_errors_say_what_would_be_right),
        cmocka_unit_test(duplicate_keys_are_refused_in_any_map),
        cmocka_unit_test(keys_must_be_text),
        cmocka_unit_test(tags_are_refused),
        cmocka_unit_test(numbers_too_large_are_refused),
        cmocka_unit_test(aliases_repeat_what_they_name),
        cmocka_unit_test(an_alias_needs_an_anchor_of_its_own_document_that_has_ended),
        cmocka_unit_test(aliases_have_a_budget),
        cmocka_unit_test(limits_hold_at_their_edge),
        cmocka_unit_test(aliases_cannot_nest_past_the_levels),
        cmocka_unit_test(other_encodings_are_named),
        cmocka_unit_test(every_cut_of_a_file_is_judged_without_reading_past_it),
        cmocka_unit_test(files_are_read_and_what_is_no_file_is_explained),
        cmocka_unit_test(what_was_refused_is_marked_and_the_rest_is_there),
        cmocka_unit_test(a_section_that_is_no_yaml_is_cut_out_and_named),
        cmocka_unit_test(nothing_may_be_left),
    };
    return cmocka_run_group_tests_name("base/yaml", tests, NULL, NULL);
}
