/* SPDX-License-Identifier: Apache-2.0 */
/* Target functions: pol_tz_parse pol_tz_offset pol_date_begin pol_date_end pol_date_at */
#include "policy/tz.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sk_arena arena = {0};
    struct pol_tz tz;
    if (pol_tz_parse(&tz, data, size, &arena)) {
        for (int64_t day = 0; day < 106651; day += 997) {
            struct pol_date d;
            pol_date_of_days(day, &d);
            sk_time begin = pol_date_begin(&tz, &d);
            sk_time end = pol_date_end(&tz, &d);
            /* No zone is more than 25 h 1 min away from UTC, so a day is never off by more than two. */
            assert(begin > (day - 3) * SK_DAY && end < (day + 4) * SK_DAY);
            pol_date_at(&tz, begin, &d);
        }
    }
    sk_arena_free(&arena);
    return 0;
}
