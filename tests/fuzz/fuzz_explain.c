/* SPDX-License-Identifier: Apache-2.0 */
/* `sekimori explain -`: any line, in both languages. Nothing of it may steer the terminal or break the lines. */
#include "sekimori/alert.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const advice[] = {"Cut {source.mac} {icmpv6.ra.rdnss|none} {dns.amplification|?}",
                                     "{a|b}{} { x; } {source.ip", "{sekimori.frames} {@timestamp}"};
static const char *const words[] = {"NISD-K305-111C 2.4.1.1(2)(b)-1", "attack.t1557"};
static const struct sk_rule rule = {.title = "Title",
                                    .description = "Text",
                                    .detection = "V6-011",
                                    .file = "x.yml",
                                    .level = SK_LEVEL_HIGH,
                                    .clauses = {words, 2},
                                    .tags = {words, 2},
                                    .headline = {"h", "見出し {source.ip}"},
                                    .advice_en = {advice, 3},
                                    .advice_ja = {advice, 3}};

static void look_at(const char *text) {
    if (!sk_utf8_valid(text, strlen(text)))
        abort();
    for (const char *p = text; *p; p++)
        if (((unsigned char)*p < 0x20 && *p != '\n') || *p == 0x7f)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sk_error err = {0};
    sk_json *alert = sk_json_parse((const char *)data, size, &err);
    if (!alert)
        return 0;
    for (int ja = 0; ja < 2; ja++) {
        const struct sk_explain_request rq = {.alert = alert, .lang = ja ? "ja" : "en"};
        char *text = sk_explain(&rule, &rq);
        look_at(text);
        free(text);
    }
    sk_json_free(alert);
    return 0;
}
