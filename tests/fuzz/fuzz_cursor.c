/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: cursor.h. The input is a program of reads over its own bytes; a shadow count says what each must give. */
#include "sekimori/cursor.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(bool ok) {
    if (!ok)
        abort();
}

static size_t step(struct sk_cur *c, uint8_t op, size_t arg) {
    uint8_t copy[300];
    switch (op % 10) {
    case 0:
        (void)sk_cur_u8(c);
        return 1;
    case 1:
        (void)sk_cur_be16(c);
        return 2;
    case 2:
        (void)sk_cur_be32(c);
        return 4;
    case 3:
        (void)sk_cur_be64(c);
        return 8;
    case 4:
        (void)sk_cur_le32(c);
        return 4;
    case 5:
        (void)sk_cur_mac(c);
        return 6;
    case 6:
        (void)sk_cur_ip6(c);
        return 16;
    case 7:
        sk_cur_copy(c, copy, arg);
        return arg;
    case 8: {
        struct sk_cur sub = sk_cur_sub(c, arg);
        check(sub.left == (sk_cur_ok(&sub) ? arg : 0));
        while (sub.left)
            (void)sk_cur_u8(&sub);
        return arg;
    }
    default:
        sk_cur_skip(c, arg);
        return arg;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct sk_cur program = sk_cur_of(bytes, n);
    struct sk_cur c = sk_cur_of(bytes, n);
    size_t left = n;
    bool bad = false;
    while (program.left) {
        uint8_t op = sk_cur_u8(&program);
        size_t took = step(&c, op, op % 7 == 0 ? op : sk_cur_peek(&program, 0));
        bad = bad || took > left;
        left = bad ? 0 : left - took;
        check(sk_cur_ok(&c) == !bad);
        check(c.left == left);
        check(bad || c.p == bytes + (n - left));
    }
    return 0;
}
