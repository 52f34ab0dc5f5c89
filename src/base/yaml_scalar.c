/* SPDX-License-Identifier: Apache-2.0 */
/* Plain scalars by the core schema of YAML 1.2.2 (section 10.3.2), and the ones that other readers would misread. */
#include "base/yaml_scalar.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool one_of(const char *s, const char *const *words) {
    for (size_t i = 0; words[i]; i++)
        if (strcmp(s, words[i]) == 0)
            return true;
    return false;
}

/* yes, no, on, off, y, n in any letter case: true and false to YAML 1.1 readers, text to YAML 1.2. */
static bool old_bool(const char *s) {
    static const char *const words[] = {"yes", "no", "on", "off", "y", "n", NULL};
    for (size_t i = 0; words[i]; i++)
        if (strcasecmp(s, words[i]) == 0)
            return true;
    return false;
}

/* 11:22:33:44:55:06 is a number of base 60 to YAML 1.1 readers; no letter saves it. */
static bool digit_mac(const char *s, size_t n) {
    if (n != 17)
        return false;
    for (size_t i = 0; i < n; i++)
        if (i % 3 == 2 ? s[i] != ':' : !isdigit((unsigned char)s[i]))
            return false;
    return true;
}

bool sk_yaml_like_address(const char *s, size_t n) {
    size_t colons = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == ':')
            colons++;
        else if (!isxdigit((unsigned char)s[i]) && s[i] != '.' && s[i] != '/')
            return false;
    }
    return colons >= 2 && n <= 64; /* the longest with a prefix length has 49 */
}

static size_t digits_at(const char *s, int (*is)(int)) {
    size_t n = 0;
    while (is((unsigned char)s[n]))
        n++;
    return n;
}
static int is_digit(int c) { return c >= '0' && c <= '9'; }
static int is_octal(int c) { return c >= '0' && c <= '7'; }
static int is_hex(int c) { return isxdigit(c); }

/* [-+]?[0-9]+ | 0o[0-7]+ | 0x[0-9a-fA-F]+ @return its base, 0 when it is no integer */
static int int_base(const char *s, size_t n) {
    if (strncmp(s, "0o", 2) == 0)
        return n > 2 && digits_at(s + 2, is_octal) == n - 2 ? 8 : 0;
    if (strncmp(s, "0x", 2) == 0)
        return n > 2 && digits_at(s + 2, is_hex) == n - 2 ? 16 : 0;
    size_t sign = *s == '-' || *s == '+';
    return n > sign && digits_at(s + sign, is_digit) == n - sign ? 10 : 0;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_real(const char *s) {
    s += *s == '-' || *s == '+';
    size_t whole = digits_at(s, is_digit);
    s += whole;
    if (*s == '.') {
        size_t part = digits_at(s + 1, is_digit);
        if (whole == 0 && part == 0)
            return false;
        s += 1 + part;
    } else if (whole == 0) {
        return false;
    }
    if (*s == 'e' || *s == 'E') {
        s += 1 + (s[1] == '-' || s[1] == '+');
        size_t exponent = digits_at(s, is_digit);
        if (exponent == 0)
            return false;
        s += exponent;
    }
    return *s == '\0';
}

static locale_t c_locale;
static void make_c_locale(void) { c_locale = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0); }

/* strtod() would read the decimal point of the user's locale. */
static double to_real(const char *s) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, make_c_locale);
    return c_locale ? strtod_l(s, NULL, c_locale) : strtod(s, NULL);
}

static const char *plain_int(struct sk_yaml *node, int base) {
    const char *digits = base == 10 ? node->text : node->text + 2;
    errno = 0;
    long long v = strtoll(digits, NULL, base);
    if (errno == ERANGE)
        return "is a number that does not fit in 64 bits; if it is an identifier, put it in quotes";
    node->kind = SK_YAML_INT;
    node->i = v;
    node->f = (double)v;
    return NULL;
}

static const char *plain_real(struct sk_yaml *node) {
    node->kind = SK_YAML_REAL;
    node->f = to_real(node->text);
    return isfinite(node->f) ? NULL : "is a number too large to be read; if it is an identifier, put it in quotes";
}

const char *sk_yaml_plain(struct sk_yaml *node) {
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    static const char *const infinite[] = {".inf",  ".Inf",  ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
                                           "-.Inf", "-.INF", ".nan", ".NaN",  ".NAN",  NULL};
    const char *s = node->text;
    node->kind = SK_YAML_TEXT;
    if (memchr(s, '\0', node->len))
        return NULL;
    if (one_of(s, nulls)) {
        node->kind = SK_YAML_NULL;
        return NULL;
    }
    node->b = one_of(s, trues);
    if (node->b || one_of(s, falses)) {
        node->kind = SK_YAML_BOOL;
        return NULL;
    }
    if (old_bool(s))
        return "means true or false to some YAML readers and text to others; write true or false, or put it in quotes";
    if (digit_mac(s, node->len))
        return "is a number of base 60 to some YAML readers; write MAC addresses with hyphens, or put it in quotes";
    if (one_of(s, infinite))
        return "is no finite number; if text is meant, put it in quotes";
    int base = int_base(s, node->len);
    if (base)
        return plain_int(node, base);
    return is_real(s) ? plain_real(node) : NULL;
}
