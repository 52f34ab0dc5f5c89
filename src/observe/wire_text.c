/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   name:      | length | label .. | .. | 0 |          RFC 1035 3.1
 *   DUID-LLT:  | 1 | hardware type | time, 4 | MAC |    RFC 9915 11.2
 *   DUID-LL:   | 3 | hardware type | MAC |              RFC 9915 11.4
 */
#include "observe/wire_text.h"

#include "sekimori/digest.h"

enum { LABELS_MAX = 128, HEX_MAX = 130, ETHERNET = 1 };

static bool plain(uint8_t b) { return b > 0x20 && b < 0x7f && b != '.' && b != '\\'; }

/* @return false: no room */
static bool put_label(struct sk_cur label, char *out, size_t cap, size_t *n) {
    if (*n) {
        if (*n + 2 > cap)
            return false;
        out[(*n)++] = '.';
    }
    while (label.left) {
        uint8_t b = sk_cur_u8(&label);
        if (*n + 5 > cap)
            return false;
        if (plain(b))
            out[(*n)++] = (char)b;
        else
            *n += (size_t)snprintf(out + *n, 5, "\\%03u", b);
    }
    out[*n] = '\0';
    return true;
}

static bool name(struct sk_cur *c, bool partial, char *out, size_t cap) {
    size_t n = 0;
    for (unsigned labels = 0; labels < LABELS_MAX; labels++) {
        if (c->left == 0)
            return partial && n > 0;
        uint8_t len = sk_cur_u8(c);
        if (len > 63)
            return false;
        if (len == 0)
            return n > 0;
        struct sk_cur label = sk_cur_sub(c, len);
        if (!sk_cur_ok(c) || !put_label(label, out, cap, &n))
            return false;
    }
    return false;
}

bool sk_wire_name(struct sk_cur *c, char *out, size_t cap) { return name(c, false, out, cap); }

void sk_wire_put_name(struct sk_event *ev, enum sk_field_id f, struct sk_cur c) {
    char text[SK_WIRE_NAME];
    if (name(&c, true, text, sizeof text))
        sk_event_put_text(ev, f, text);
}

void sk_wire_put_hex(struct sk_event *ev, enum sk_field_id f, struct sk_cur c) {
    char text[2 * HEX_MAX + 1];
    size_t n = c.left < HEX_MAX ? c.left : HEX_MAX;
    const uint8_t *bytes = sk_cur_take(&c, n);
    if (n == 0 || !bytes)
        return;
    sk_hex(bytes, n, text);
    sk_event_put_text(ev, f, text);
}

bool sk_wire_duid_mac(struct sk_cur c, struct sk_mac *ret) {
    uint16_t type = sk_cur_be16(&c);
    uint16_t hardware = sk_cur_be16(&c);
    if (type == 1)
        sk_cur_skip(&c, 4);
    if ((type != 1 && type != 3) || hardware != ETHERNET || c.left != sizeof ret->b)
        return false;
    *ret = sk_cur_mac(&c);
    return sk_cur_ok(&c);
}
