/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calendar days of a time zone. TZif (RFC 8536) version 2+: a version 1 part to skip, then the same with 64-bit times,
 * then the footer, a POSIX TZ string that rules after the last transition.
 *
 *   "TZif" ver reserved[15] isutcnt isstdcnt leapcnt timecnt typecnt charcnt   (six 32-bit numbers)
 *   times[timecnt] types[timecnt] {utoff:4 isdst:1 idx:1}[typecnt] chars leaps isstd isut
 */
#include "policy/tz.h"

#include "sekimori/cursor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TZ_FILE_MAX = 1 << 18, TZ_TRANSITIONS_MAX = 4096, TZ_NAME_MAX = 64 };
static const char tz_folder[] = "/usr/share/zoneinfo";

/* --- the calendar ---------------------------------------------------------------------------------------------------
 */

/* Days of the proleptic Gregorian calendar, counted in 400-year eras that begin on 1 March. */
static int64_t civil_days(int64_t y, int m, int d) {
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int64_t pol_date_days(const struct pol_date *d) { return civil_days(d->year, d->month, d->day); }

void pol_date_of_days(int64_t days, struct pol_date *ret) {
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t mp = (5 * of_year + 2) / 153;
    ret->day = (int)(of_year - (153 * mp + 2) / 5 + 1);
    ret->month = (int)(mp < 10 ? mp + 3 : mp - 9);
    ret->year = (int)(y + era * 400 + (ret->month <= 2));
}

static bool digits(const char *s, size_t n, int *ret) {
    *ret = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        *ret = *ret * 10 + (s[i] - '0');
    }
    return true;
}

bool pol_date_parse(const char *text, size_t len, struct pol_date *ret) {
    struct pol_date d;
    if (len != 10 || text[4] != '-' || text[7] != '-' || !digits(text, 4, &d.year) || !digits(text + 5, 2, &d.month) ||
        !digits(text + 8, 2, &d.day))
        return false;
    if (d.year < 1970 || d.year > 2261 || d.month < 1 || d.month > 12 || d.day < 1)
        return false;
    struct pol_date back;
    pol_date_of_days(pol_date_days(&d), &back);
    if (back.month != d.month)
        return false; /* 31 April */
    *ret = d;
    return true;
}

/* --- offsets --------------------------------------------------------------------------------------------------------
 */

static int weekday(int64_t days) { return (int)(((days + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */ }

/* Local seconds (as if UTC) at which a rule of the POSIX string falls in a year. */
static int64_t rule_in_year(const struct pol_tz_rule *r, int64_t year) {
    int64_t first = civil_days(year, r->month, 1);
    int64_t day = first + (r->day - weekday(first) + 7) % 7 + 7 * (r->week - 1);
    int64_t next = r->month == 12 ? civil_days(year + 1, 1, 1) : civil_days(year, r->month + 1, 1);
    while (day >= next)
        day -= 7; /* week 5 is the last one */
    return day * 86400 + r->at;
}

static int32_t offset_after(const struct pol_tz *tz, int64_t utc) {
    if (!tz->dst)
        return tz->after;
    struct pol_date d;
    int64_t local = utc + tz->after;
    pol_date_of_days((local - (local % 86400 + 86400) % 86400) / 86400, &d);
    int64_t begin = rule_in_year(&tz->begin, d.year) - tz->after;
    int64_t end = rule_in_year(&tz->end, d.year) - tz->dst_offset;
    bool summer = begin < end ? utc >= begin && utc < end : utc >= begin || utc < end;
    return summer ? tz->dst_offset : tz->after;
}

int32_t pol_tz_offset(const struct pol_tz *tz, int64_t utc) {
    if (tz->n == 0)
        return offset_after(tz, utc);
    if (utc < tz->when[0])
        return tz->before;
    if (utc >= tz->when[tz->n - 1])
        return offset_after(tz, utc);
    size_t low = 0;
    size_t high = tz->n - 1;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (tz->when[mid] <= utc)
            low = mid;
        else
            high = mid;
    }
    return tz->offset[low];
}

/* The earliest instant whose local clock shows `local` or, where the clock jumps over it, the jump. */
static int64_t utc_of_local(const struct pol_tz *tz, int64_t local) {
    int32_t before = pol_tz_offset(tz, local - 86400);
    int32_t later = pol_tz_offset(tz, local + 86400);
    bool first = pol_tz_offset(tz, local - before) == before;
    bool second = pol_tz_offset(tz, local - later) == later;
    if (first && second)
        return before > later ? local - before : local - later;
    return second ? local - later : local - before;
}

sk_time pol_date_begin(const struct pol_tz *tz, const struct pol_date *d) {
    return utc_of_local(tz, pol_date_days(d) * 86400) * SK_SEC;
}

sk_time pol_date_end(const struct pol_tz *tz, const struct pol_date *d) {
    return utc_of_local(tz, (pol_date_days(d) + 1) * 86400) * SK_SEC - 1;
}

void pol_date_at(const struct pol_tz *tz, sk_time t, struct pol_date *ret) {
    int64_t utc = t / SK_SEC - (t % SK_SEC < 0);
    int64_t local = utc + pol_tz_offset(tz, utc);
    pol_date_of_days((local - (local % 86400 + 86400) % 86400) / 86400, ret);
}

/* --- the footer: std offset [dst [offset] ,Mm.w.d[/time],Mm.w.d[/time]] ---------------------------------------------
 */

static bool take_number(struct sk_cur *c, int *ret) {
    unsigned n = 0;
    for (*ret = 0; c->left && sk_cur_peek(c, 0) >= '0' && sk_cur_peek(c, 0) <= '9' && n < 4; n++)
        *ret = *ret * 10 + (sk_cur_u8(c) - '0');
    return n > 0;
}

static bool take_char(struct sk_cur *c, char want) {
    if (c->left == 0 || sk_cur_peek(c, 0) != (uint8_t)want)
        return false;
    sk_cur_skip(c, 1);
    return true;
}

static bool take_name(struct sk_cur *c) {
    size_t n = 0;
    if (take_char(c, '<')) {
        while (c->left && !take_char(c, '>'))
            sk_cur_skip(c, 1);
        return true;
    }
    for (; c->left; n++, sk_cur_skip(c, 1)) {
        uint8_t ch = (uint8_t)(sk_cur_peek(c, 0) | 0x20);
        if (ch < 'a' || ch > 'z')
            break;
    }
    return n >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool take_clock(struct sk_cur *c, int32_t *ret) {
    int sign = take_char(c, '-') ? -1 : 1;
    int part[3] = {0};
    if (sign == 1)
        (void)take_char(c, '+');
    for (unsigned i = 0; i < 3; i++) {
        if (!take_number(c, &part[i]) || part[i] > 167)
            return false;
        if (!take_char(c, ':'))
            break;
    }
    *ret = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
    return true;
}

/* Only the time of a rule may be days away; an offset is a day at most. */
static bool take_west(struct sk_cur *c, int32_t *ret) { return take_clock(c, ret) && *ret >= -90000 && *ret <= 90000; }

static bool take_rule(struct sk_cur *c, struct pol_tz_rule *ret) {
    ret->at = 7200;
    if (!take_char(c, ',') || !take_char(c, 'M') || !take_number(c, &ret->month) || !take_char(c, '.') ||
        !take_number(c, &ret->week) || !take_char(c, '.') || !take_number(c, &ret->day))
        return false;
    if (take_char(c, '/') && !take_clock(c, &ret->at))
        return false;
    return ret->month >= 1 && ret->month <= 12 && ret->week >= 1 && ret->week <= 5 && ret->day <= 6;
}

/* What cannot be read leaves the offset of the last transition in force. */
static void parse_footer(struct pol_tz *tz, struct sk_cur *c) {
    int32_t west;
    if (!take_char(c, '\n') || !take_name(c) || !take_west(c, &west))
        return;
    tz->after = -west;
    if (c->left == 0 || sk_cur_peek(c, 0) == '\n' || !take_name(c))
        return;
    int32_t dst = tz->after + 3600;
    if (sk_cur_peek(c, 0) != ',') {
        if (!take_west(c, &west))
            return;
        dst = -west;
    }
    if (!take_rule(c, &tz->begin) || !take_rule(c, &tz->end))
        return;
    tz->dst_offset = dst;
    tz->dst = true;
}

/* --- the file -------------------------------------------------------------------------------------------------------
 */

struct tzif_counts {
    uint32_t isut, isstd, leap, time, type, chars;
};

static bool take_header(struct sk_cur *c, uint8_t *ret_version, struct tzif_counts *ret) {
    bool magic = sk_cur_be32(c) == 0x545a6966; /* "TZif" */
    *ret_version = sk_cur_u8(c);
    sk_cur_skip(c, 15);
    ret->isut = sk_cur_be32(c);
    ret->isstd = sk_cur_be32(c);
    ret->leap = sk_cur_be32(c);
    ret->time = sk_cur_be32(c);
    ret->type = sk_cur_be32(c);
    ret->chars = sk_cur_be32(c);
    return magic && !c->bad && ret->time <= TZ_TRANSITIONS_MAX && ret->type >= 1 && ret->type <= 256 &&
           ret->chars <= 4096 && ret->leap <= 1024 && ret->isut <= 256 && ret->isstd <= 256;
}

static size_t body_size(const struct tzif_counts *n, size_t time_size) {
    return n->time * (time_size + 1) + (size_t)n->type * 6 + n->chars + n->leap * (time_size + 4) + n->isstd + n->isut;
}

bool pol_tz_parse(struct pol_tz *tz, const uint8_t *bytes, size_t n, struct sk_arena *arena) {
    struct sk_cur c = {.p = bytes, .left = n};
    struct tzif_counts count;
    uint8_t version;
    *tz = (struct pol_tz){0};
    if (!take_header(&c, &version, &count) || version < '2')
        return false;
    sk_cur_skip(&c, body_size(&count, 4));
    if (!take_header(&c, &version, &count))
        return false;
    struct sk_cur body = sk_cur_sub(&c, body_size(&count, 8));
    if (body.bad)
        return false;
    struct sk_cur times = sk_cur_sub(&body, (size_t)count.time * 8);
    struct sk_cur types = sk_cur_sub(&body, count.time);
    int32_t offset[256] = {0};
    for (uint32_t i = 0; i < count.type; i++) {
        offset[i] = (int32_t)sk_cur_be32(&body);
        sk_cur_skip(&body, 2);
        if (offset[i] < -90000 || offset[i] > 90000)
            return false;
    }
    int64_t *when = sk_arena_new(arena, count.time * sizeof *when + 1);
    int32_t *from = sk_arena_new(arena, count.time * sizeof *from + 1);
    for (uint32_t i = 0; i < count.time; i++) {
        when[i] = (int64_t)sk_cur_be64(&times);
        from[i] = offset[sk_cur_u8(&types)];
        if (i && when[i] <= when[i - 1])
            return false;
    }
    tz->when = when;
    tz->offset = from;
    tz->n = count.time;
    tz->before = offset[0];
    tz->after = count.time ? from[count.time - 1] : offset[0];
    parse_footer(tz, &c);
    return true;
}

static bool name_is_safe(const char *name) {
    size_t n = strlen(name);
    if (n == 0 || n > TZ_NAME_MAX || name[0] == '/' || strstr(name, "..") || strstr(name, "//"))
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/") == n;
}

enum pol_tz_result pol_tz_load(struct pol_tz *tz, const char *name, struct sk_arena *arena) {
    *tz = (struct pol_tz){0};
    if (strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0)
        return POL_TZ_OK;
    if (!name_is_safe(name))
        return POL_TZ_NO_SUCH_ZONE;
    char path[sizeof tz_folder + TZ_NAME_MAX + 2];
    (void)snprintf(path, sizeof path, "%s/%s", tz_folder, name);
    FILE *f = fopen(path, "rbe");
    if (!f && strcmp(name, "Asia/Tokyo") == 0) {
        tz->after = 9 * 3600;
        return POL_TZ_OK;
    }
    if (!f) {
        (void)snprintf(path, sizeof path, "%s/Asia/Tokyo", tz_folder);
        f = fopen(path, "rbe");
        if (!f)
            return POL_TZ_NO_DATABASE;
        (void)fclose(f);
        return POL_TZ_NO_SUCH_ZONE;
    }
    uint8_t *bytes = sk_mem_new(TZ_FILE_MAX, 1);
    size_t n = fread(bytes, 1, TZ_FILE_MAX, f);
    (void)fclose(f);
    bool ok = pol_tz_parse(tz, bytes, n, arena);
    free(bytes);
    return ok ? POL_TZ_OK : POL_TZ_NO_SUCH_ZONE;
}
