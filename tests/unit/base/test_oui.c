/* SPDX-License-Identifier: Apache-2.0 */
/* Names of vendors: the longest block, both forms of the registry, and silence where nobody is named. */
#include "sekimori/oui.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct sk_oui *registry(const char *text) {
    char path[] = "/tmp/sekimori-oui-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    struct sk_oui *o = sk_oui_new(path);
    (void)sk_oui_size(o); /* reads */
    unlink(path);
    return o;
}
static const char *vendor(struct sk_oui *o, const char *mac) {
    struct sk_mac m;
    assert_true(sk_mac_parse(mac, strlen(mac), &m));
    const char *v = sk_oui_vendor(o, &m);
    return v ? v : "";
}

static void the_longest_block_names(void **state) {
    (void)state;
    struct sk_oui *o = registry("Registry,Assignment,Organization Name,Organization Address\r\n"
                                "MA-S,70B3D5F2F,Small,x\r\nMA-L,70B3D5,IEEE Registration Authority,x\r\n"
                                "MA-M,70B3D51,\"Middle, \"\"M\"\" Ltd \",x\r\nMA-L,00005E,Large,x\n");
    assert_int_equal(sk_oui_size(o), 4);
    assert_string_equal(vendor(o, "70-B3-D5-F2-F0-01"), "Small");
    assert_string_equal(vendor(o, "70-B3-D5-F2-E0-01"), ""); /* the registry's own */
    assert_string_equal(vendor(o, "70-B3-D5-1F-FF-FF"), "Middle, \"M\" Ltd");
    assert_string_equal(vendor(o, "00-00-5E-00-53-01"), "Large");
    assert_string_equal(vendor(o, "00-00-5F-00-53-01"), "");
    sk_oui_free(o);
}

static void random_and_group_macs_and_private_holders_have_no_name(void **state) {
    (void)state;
    struct sk_oui *o =
        registry("MA-L,020000,Never,x\nMA-L,010000,Never,x\nMA-M,741AE09,Private,\nMA-L,741AE0,Owner,x\n");
    assert_string_equal(vendor(o, "02-00-00-00-00-01"), "");
    assert_string_equal(vendor(o, "01-00-00-00-00-01"), "");
    assert_string_equal(vendor(o, "74-1A-E0-90-00-01"), ""); /* and not the owner of the larger block */
    assert_string_equal(vendor(o, "74-1A-E0-80-00-01"), "Owner");
    sk_oui_free(o);
}

static void the_text_form_is_read_and_rubbish_is_not(void **state) {
    (void)state;
    struct sk_oui *o =
        registry("OUI/MA-L                                                    Organization\n"
                 "28-6F-B9   (hex)\t\tNokia Shanghai Bell\x1b[31m Co., Ltd.\r\n"
                 "286FB9     (base 16)\t\tNokia Shanghai Bell Co., Ltd.\n\n(hex)\nMA-L,XYZ,a,b\nMA-L,00\n,,,\n\"");
    assert_int_equal(sk_oui_size(o), 1);
    assert_string_equal(vendor(o, "28-6F-B9-00-00-01"), "Nokia Shanghai Bell\\x1b[31m Co., Ltd.");
    sk_oui_free(o);
}

static void a_file_that_is_not_there_is_no_error(void **state) {
    (void)state;
    struct sk_oui *o = sk_oui_new("/nowhere/oui.csv"), *none = sk_oui_new("none");
    assert_string_equal(vendor(o, "00-00-5E-00-53-01"), "");
    assert_int_equal(sk_oui_size(none), 0);
    sk_oui_free(o);
    sk_oui_free(none);
    sk_oui_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_block_names),
        cmocka_unit_test(random_and_group_macs_and_private_holders_have_no_name),
        cmocka_unit_test(the_text_form_is_read_and_rubbish_is_not),
        cmocka_unit_test(a_file_that_is_not_there_is_no_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
