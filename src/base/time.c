/* SPDX-License-Identifier: Apache-2.0 */
/* Packet time as RFC 3339 text. */
#include "sekimori/time.h"

#include <string.h>

static void put_digits(char *at, size_t n, unsigned v) {
    while (n-- > 0) {
        at[n] = (char)('0' + v % 10);
        v /= 10;
    }
}

char *sk_time_text(sk_time t, char buf[SK_TIME_TEXT]) {
    int64_t days = t / SK_DAY;
    int64_t rest = t % SK_DAY;
    if (rest < 0) { /* before 1970: C truncates towards zero, a calendar counts down */
        rest += SK_DAY;
        days--;
    }
    /* Days to a civil date by eras of 400 years (146097 days) that begin on 1 March, so that the leap day is last. */
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    unsigned of_era = (unsigned)(shifted - era * 146097);
    unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned march = (5 * of_year + 2) / 153;
    unsigned day = of_year - (153 * march + 2) / 5 + 1;
    unsigned month = march < 10 ? march + 3 : march - 9;
    unsigned year = (unsigned)(era * 400 + year_of_era + (month <= 2));
    unsigned seconds = (unsigned)(rest / SK_SEC);
    /* Digits go to fixed places: 64 bits of nanoseconds reach the years 1677 to 2262, so a year has four. */
    memcpy(buf, "0000-00-00T00:00:00.000000Z", 28);
    put_digits(buf, 4, year);
    put_digits(buf + 5, 2, month);
    put_digits(buf + 8, 2, day);
    put_digits(buf + 11, 2, seconds / 3600);
    put_digits(buf + 14, 2, seconds / 60 % 60);
    put_digits(buf + 17, 2, seconds % 60);
    put_digits(buf + 20, 6, (unsigned)(rest % SK_SEC / SK_USEC));
    return buf;
}

/* n digits. @return -1: other characters */
static int digits(const char *at, size_t n) {
    int v = 0;
    for (; n; n--, at++) {
        if (*at < '0' || *at > '9')
            return -1;
        v = 10 * v + (*at - '0');
    }
    return v;
}

/* `.123456`, or nothing, then Z: nanoseconds. */
static bool fraction(const char *p, sk_time *ret) {
    sk_time unit = SK_SEC / 10;
    *ret = 0;
    if (*p == '.') {
        for (p++; *p >= '0' && *p <= '9' && unit > 0; p++, unit /= 10)
            *ret += (*p - '0') * unit;
        if (p[-1] == '.')
            return false;
    }
    return p[0] == 'Z' && p[1] == '\0';
}

bool sk_time_parse(const char *text, sk_time *ret) {
    static const char form[] = "####-##-##T##:##:##";
    for (size_t i = 0; form[i]; i++)
        if (form[i] == '#' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    int year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);
    int hour = digits(text + 11, 2), minute = digits(text + 14, 2), second = digits(text + 17, 2);
    sk_time rest;
    if (year < 1700 || year > 2262 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 ||
        second > 60 || !fraction(text + sizeof form - 1, &rest))
        return false;
    int64_t y = year - (month <= 2), era = y / 400; /* as above, the other way round */
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t year_of_era = y - era * 400;
    int64_t days = era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719468;
    if (days > SK_TIME_MAX / SK_DAY)
        return false;
    *ret = days * SK_DAY + ((int64_t)hour * 3600 + minute * 60 + second) * SK_SEC + rest;
    return true;
}
