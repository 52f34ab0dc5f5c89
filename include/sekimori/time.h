/* SPDX-License-Identifier: Apache-2.0 */
/** Packet time. Every window, age and timestamp in the program is packet time; nothing on the packet path asks a clock.
 */
#ifndef SEKIMORI_TIME_H
#define SEKIMORI_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Nanoseconds since 1970-01-01T00:00:00Z. Clamped by the capture stage to the years 1970–9999 does not fit 64 bits of
 *  ns; times past SK_TIME_MAX are clamped there and counted. */
typedef int64_t sk_time;

#define SK_USEC ((sk_time)1000)
#define SK_MSEC ((sk_time)1000000)
#define SK_SEC  ((sk_time)1000000000)
#define SK_DAY  (86400 * SK_SEC)
/** 2262-01-01T00:00:00Z: a hundred days before 64 bits end, so that a time and any window of ours can be added. */
#define SK_TIME_MAX (INT64_C(9214646400) * SK_SEC)

/** t + d, at most the last time there is: damaged files carry that one. d >= 0. */
static inline sk_time sk_time_add(sk_time t, sk_time d) { return t > INT64_MAX - d ? INT64_MAX : t + d; }

enum { SK_TIME_TEXT = 32 };
/** RFC 3339 UTC with microseconds, `2026-11-24T00:12:03.104221Z`, NUL-terminated. @return buf */
char *sk_time_text(sk_time t, char buf[SK_TIME_TEXT]);
/** The same backwards: `2026-11-24T00:12:03Z`, with up to nine digits of a second. @return false: it is not that */
bool sk_time_parse(const char *text, sk_time *ret);

#endif
