/* SPDX-License-Identifier: Apache-2.0 */
/* Dates of the policy as instants: a calendar day of site.timezone, from the system's tz database (RFC 8536). Read by
 * ourselves because setenv("TZ") and tzset() race with every other thread. */
#ifndef POLICY_TZ_H
#define POLICY_TZ_H

#include "base/mem.h"
#include "sekimori/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pol_tz_rule { /* POSIX TZ "Mm.w.d/time" */
    int month, week, day;
    int32_t at; /* seconds after local midnight */
};
/* A zeroed struct is UTC. */
struct pol_tz {
    const int64_t *when;   /* n transitions, ascending, seconds since 1970 */
    const int32_t *offset; /* n: seconds east of UTC from then on */
    size_t n;
    int32_t before; /* offset before the first transition */
    bool dst;       /* after the last transition: rules below, else `after` */
    int32_t after, dst_offset;
    struct pol_tz_rule begin, end;
};

enum pol_tz_result { POL_TZ_OK, POL_TZ_NO_SUCH_ZONE, POL_TZ_NO_DATABASE };

/* By name ("Asia/Tokyo"). UTC and Asia/Tokyo (no summer time since 1951) work without a database. */
enum pol_tz_result pol_tz_load(struct pol_tz *tz, const char *name, struct sk_arena *arena);
/* For a name that there is not: the nearest one there is ("Asia/Tokio", "Tokyo": "Asia/Tokyo"), in the arena, or NULL.
 */
const char *pol_tz_nearest(const char *name, struct sk_arena *arena);
/* The bytes of a TZif file, version 2 or later. @return false: they are none */
bool pol_tz_parse(struct pol_tz *tz, const uint8_t *bytes, size_t n, struct sk_arena *arena);
int32_t pol_tz_offset(const struct pol_tz *tz, int64_t utc);

struct pol_date {
    int year, month, day;
};
/* "2026-04-01", years 1970..2261, days that exist. */
bool pol_date_parse(const char *text, size_t len, struct pol_date *ret);
/* Days since 1970-01-01. */
int64_t pol_date_days(const struct pol_date *d);
void pol_date_of_days(int64_t days, struct pol_date *ret);
/* The first instant of the day in tz, and its last nanosecond. */
sk_time pol_date_begin(const struct pol_tz *tz, const struct pol_date *d);
sk_time pol_date_end(const struct pol_tz *tz, const struct pol_date *d);
/* The day on which t falls in tz. */
void pol_date_at(const struct pol_tz *tz, sk_time t, struct pol_date *ret);

#endif
