/* SPDX-License-Identifier: Apache-2.0 */
/* DUIDs as people write them. */
#include "policy/read.h"

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 9915 section 11: 2 bytes of type and 1 to 128 more. */
size_t pol_duid_parse(struct sk_arena *arena, const char *text, size_t n, const uint8_t **ret) {
    uint8_t duid[130];
    size_t got = 0;
    for (size_t i = 0; i < n; i += 2) {
        if (got && (text[i] == ':' || text[i] == '-'))
            i++;
        int high = i < n ? hex_digit(text[i]) : -1;
        int low = i + 1 < n ? hex_digit(text[i + 1]) : -1;
        if (high < 0 || low < 0 || got == sizeof duid)
            return 0;
        duid[got++] = (uint8_t)(high << 4 | low);
    }
    if (got < 3)
        return 0;
    uint8_t *kept = sk_arena_new(arena, got);
    memcpy(kept, duid, got);
    *ret = kept;
    return got;
}

bool pol_get_duid(struct pol_read *r, const struct sk_yaml *v, const uint8_t **ret, size_t *ret_len) {
    char shown[POL_SHOW];
    if (v->kind == SK_YAML_TEXT || v->kind == SK_YAML_INT || v->kind == SK_YAML_REAL)
        *ret_len = pol_duid_parse(&r->p->arena, v->text, v->len, ret);
    if (*ret_len)
        return true;
    POL_ERROR(r, v, "%s is no DUID. Write 3 to 130 bytes in quotes: \"00:03:00:01:00:00:5e:00:53:01\"",
              pol_show(v, shown));
    return false;
}
