/* SPDX-License-Identifier: Apache-2.0 */
/* Single values: check, say what would be right, write. */
#include "policy/read.h"

#include "sekimori/text.h"

#include <stdio.h>

void *pol_grow(void *at, size_t *n, size_t *cap, size_t size) {
    if (*n == *cap) {
        *cap = *cap ? 2 * *cap : 4;
        at = sk_mem_resize(at, *cap, size);
    }
    memset((char *)at + *n * size, 0, size);
    (*n)++;
    return at;
}

struct pol_pos pol_pos(const struct pol_read *r, const struct sk_yaml *v) {
    return (struct pol_pos){.path = r->path, .base = r->base, .line = v->line, .col = v->col};
}

bool pol_is_scalar(const struct sk_yaml *v) { return v->kind != SK_YAML_LIST && v->kind != SK_YAML_MAP; }

const char *pol_show(const struct sk_yaml *v, char buf[POL_SHOW]) {
    if (v->kind == SK_YAML_LIST || v->kind == SK_YAML_MAP || v->kind == SK_YAML_NULL)
        (void)snprintf(buf, POL_SHOW, "%s", v->kind == SK_YAML_NULL ? "nothing" : sk_yaml_kind_name(v->kind));
    else if (v->quoted) {
        buf[0] = '"';
        size_t n = sk_text_escape((const uint8_t *)v->text, v->len, buf + 1, POL_SHOW - 2);
        buf[n + 1] = '"';
        buf[n + 2] = '\0';
    } else {
        (void)sk_text_escape((const uint8_t *)v->text, v->len, buf, POL_SHOW);
    }
    return buf;
}

const char *pol_got(const struct sk_yaml *v, char buf[POL_SHOW]) {
    char shown[POL_SHOW];
    if (v->kind == SK_YAML_TEXT)
        (void)snprintf(buf, POL_SHOW, v->quoted ? "text %.88s" : "text \"%.86s\"", pol_show(v, shown));
    else if (v->kind == SK_YAML_INT || v->kind == SK_YAML_REAL)
        (void)snprintf(buf, POL_SHOW, "number %.86s", pol_show(v, shown));
    else
        (void)pol_show(v, buf);
    return buf;
}

/* Text that may stand for itself: a name like 2024 needs no quotes. */
static bool is_word(const struct sk_yaml *v) {
    return !v->broken && (v->kind == SK_YAML_TEXT || v->kind == SK_YAML_INT || v->kind == SK_YAML_REAL) && v->len &&
           strlen(v->text) == v->len;
}

static const char *keep(struct pol_read *r, const struct sk_yaml *v) {
    return sk_arena_text(&r->p->arena, v->text, v->len);
}

bool pol_items(struct pol_read *r, const struct sk_yaml *v, const struct sk_yaml **item, size_t *n) {
    if (v->kind == SK_YAML_MAP) {
        POL_ERROR(r, v, "a list is needed here, got a map. Begin each entry with `- ` or write [ ... ]");
        return false;
    }
    *item = v->kind == SK_YAML_LIST ? v->item : v;
    *n = v->kind == SK_YAML_LIST ? v->n : 1;
    return true;
}

/* 010 is 8 to readers of YAML 1.1 and 10 to those of 1.2. */
bool pol_refuse_octal(struct pol_read *r, const struct sk_yaml *v) {
    char shown[POL_SHOW];
    const char *digits = v->kind == SK_YAML_INT ? v->text + (*v->text == '-' || *v->text == '+') : "";
    if (digits[0] != '0' || digits[1] < '0' || digits[1] > '9')
        return false;
    POL_ERROR(r, v, "%s begins with a zero: some YAML readers take it for a number of base 8. Write %lld",
              pol_show(v, shown), (long long)v->i);
    return true;
}

bool pol_get_int(struct pol_read *r, const struct sk_yaml *v, int64_t low, int64_t high, int64_t *ret) {
    char shown[POL_SHOW];
    if (pol_refuse_octal(r, v))
        return false;
    if (v->kind != SK_YAML_INT || v->i < low || v->i > high) {
        POL_ERROR(r, v, "a number from %lld to %lld is needed, got %s", (long long)low, (long long)high,
                  pol_got(v, shown));
        return false;
    }
    *ret = v->i;
    return true;
}

bool pol_get_bool(struct pol_read *r, const struct sk_yaml *v, bool *ret) {
    char shown[POL_SHOW];
    if (v->kind != SK_YAML_BOOL) {
        POL_ERROR(r, v, "true or false is needed, got %s", pol_got(v, shown));
        return false;
    }
    *ret = v->b;
    return true;
}

int pol_get_word(struct pol_read *r, const struct sk_yaml *v, const char *const *words) {
    char shown[POL_SHOW];
    char all[512] = "";
    size_t at = 0;
    for (int i = 0; words[i]; i++) {
        if (is_word(v) && strcmp(v->text, words[i]) == 0)
            return i;
        if (at < sizeof all - 32)
            at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", i ? ", " : "", words[i]);
    }
    const char *near = is_word(v) ? sk_nearest(v->text, words) : NULL;
    if (!is_word(v))
        POL_ERROR(r, v, "one of these words is needed here, got %s. Words: %s", pol_got(v, shown), all);
    else if (near)
        POL_ERROR(r, v, "`%s` is no word of this key. Did you mean `%s`? Words: %s", pol_show(v, shown), near, all);
    else
        POL_ERROR(r, v, "`%s` is no word of this key. Words: %s", pol_show(v, shown), all);
    return -1;
}

bool pol_get_date(struct pol_read *r, const struct sk_yaml *v, struct pol_date *ret) {
    char shown[POL_SHOW];
    if (v->kind == SK_YAML_TEXT && pol_date_parse(v->text, v->len, ret))
        return true;
    POL_ERROR(r, v, "%s is no date. Write year-month-day, a day that exists from 1970 to 2261: 2027-03-31",
              pol_show(v, shown));
    return false;
}

bool pol_get_duration(struct pol_read *r, const struct sk_yaml *v, int64_t *ret) {
    static const char unit[] = "smhd";
    static const int64_t seconds[] = {1, 60, 3600, 86400};
    const int64_t longest = 36525 * seconds[3]; /* in nanoseconds it still fits */
    char shown[POL_SHOW];
    int64_t n = 0;
    size_t i = 0;
    for (; is_word(v) && i < v->len && i < 9 && v->text[i] >= '0' && v->text[i] <= '9'; i++)
        n = n * 10 + (v->text[i] - '0');
    const char *u = i && i + 1 == v->len ? strchr(unit, v->text[i]) : NULL;
    if (i && (u || i == v->len)) {
        n *= u ? seconds[u - unit] : 1;
        if (n <= longest) {
            *ret = n;
            return true;
        }
        POL_ERROR(r, v, "%s is longer than 100 years", pol_show(v, shown));
        return false;
    }
    POL_ERROR(r, v, "%s is no duration. Write a number and s, m, h or d: 30m", pol_show(v, shown));
    return false;
}

/* --- addresses ------------------------------------------------------------------------------------------------------
 */

/* ::ffff:0:0/96 is how programs write an IPv4 address for themselves; no packet carries it. */
static bool is_mapped(const struct sk_prefix *net) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    return net->addr.fam == 6 && net->len >= 96 && memcmp(net->addr.b, mapped, sizeof mapped) == 0;
}

static void say_mapped(struct pol_read *r, const struct sk_yaml *v, const struct sk_prefix *net) {
    struct sk_prefix v4 = {.addr = {.fam = 4}, .len = (uint8_t)(net->len - 96)};
    char shown[POL_SHOW], right[SK_PREFIX_TEXT];
    memcpy(v4.addr.b, net->addr.b + 12, 4);
    (void)(net->len == 128 ? sk_addr_text(&v4.addr, right) : sk_prefix_text(&v4, right));
    POL_ERROR(r, v, "%s is IPv4 in the notation of programs, which no packet carries. Write %s", pol_show(v, shown),
              right);
}

/* "10.0.0.0/255.255.255.0", "10.0.0.0/33": the address is right, what is behind it is not. */
static bool say_bad_length(struct pol_read *r, const struct sk_yaml *v) {
    const char *slash = memchr(v->text, '/', v->len);
    char shown[POL_SHOW];
    struct sk_addr addr, mask;
    if (!slash || !sk_addr_parse(v->text, (size_t)(slash - v->text), &addr))
        return false;
    uint32_t bits = 0;
    if (sk_addr_parse(slash + 1, strlen(slash + 1), &mask) && mask.fam == 4 && addr.fam == 4)
        bits = (uint32_t)mask.b[0] << 24 | (uint32_t)mask.b[1] << 16 | (uint32_t)mask.b[2] << 8 | mask.b[3];
    unsigned len = bits ? 32 - (unsigned)__builtin_ctz(bits) : 0;
    if (bits && bits == ~0U << (32 - len))
        POL_ERROR(r, v, "%s: a mask stands behind the address, its length is needed. Write %.*s/%u", pol_show(v, shown),
                  (int)(slash - v->text), v->text, len);
    else
        POL_ERROR(r, v, "%s: the length of a prefix is a number from 0 to %d", pol_show(v, shown),
                  addr.fam == 4 ? 32 : 128);
    return true;
}

static bool has_broken_key(const struct sk_yaml *v) {
    for (size_t i = 0; v->kind == SK_YAML_MAP && i < v->n; i++)
        if (v->key[i].broken)
            return true;
    return false;
}

/* 10.30.010.0: 8 or 10? Programs do not agree. */
static bool has_leading_zero(const char *s) {
    for (size_t i = 0; s[i]; i++)
        if (s[i] == '0' && s[i + 1] >= '0' && s[i + 1] <= '9' && (i == 0 || s[i - 1] == '.'))
            return strchr(s, '.') != NULL && !strchr(s, ':');
    return false;
}

static void say_bad_net(struct pol_read *r, const struct sk_yaml *v, bool address_ok, bool prefix_ok) {
    char shown[POL_SHOW];
    if (has_broken_key(v)) { /* YAML told it: fe80:: without quotes */
        r->silent++;
        return;
    }
    if (is_word(v) && prefix_ok && say_bad_length(r, v))
        return;
    if (is_word(v) && has_leading_zero(v->text)) {
        POL_ERROR(r, v, "%s: a number begins with a zero, which some programs take for base 8. Leave the zero out",
                  pol_show(v, shown));
        return;
    }
    const char *want = !prefix_ok ? "an address" : address_ok ? "an address or prefix" : "a prefix";
    const char *like = !prefix_ok ? "10.30.0.2 or \"2001:db8::53\"" : "10.30.0.0/24 or \"2001:db8:30::/64\"";
    pol_show(v, shown);
    if (pol_is_scalar(v) && v->text && strchr(v->text, '%'))
        POL_ERROR(r, v, "%s: no zone id here; a link-local address belongs to its segment. Leave out `%%` and after",
                  shown);
    else
        POL_ERROR(r, v, "%s is not %s. Write it like %s", shown, want, like);
}

bool pol_get_net(struct pol_read *r, const struct sk_yaml *v, bool address_ok, bool prefix_ok, struct sk_prefix *ret) {
    char shown[POL_SHOW];
    char right[SK_PREFIX_TEXT];
    struct sk_prefix strict;
    if (!is_word(v) || !sk_prefix_parse(v->text, v->len, true, ret)) {
        say_bad_net(r, v, address_ok, prefix_ok);
        return false;
    }
    bool is_prefix = memchr(v->text, '/', v->len) != NULL;
    if (is_prefix && !prefix_ok) {
        POL_ERROR(r, v, "%s is a prefix, one address is needed here: without `/` and after", pol_show(v, shown));
        return false;
    }
    if (!sk_prefix_parse(v->text, v->len, false, &strict)) {
        POL_ERROR(r, v, "%s has bits set behind its length. The prefix is %s", pol_show(v, shown),
                  sk_prefix_text(ret, right));
        return false;
    }
    if (is_mapped(ret)) {
        say_mapped(r, v, ret);
        return false;
    }
    if (!is_prefix && !address_ok) {
        POL_ERROR(r, v, "%s is an address, a prefix is needed here: with its length, like %s/%d", pol_show(v, shown),
                  v->text, ret->addr.fam == 4 ? 24 : 64);
        return false;
    }
    return true;
}

static bool read_nets(struct pol_read *r, const struct sk_yaml *v, struct pol_nets *nets, bool address_ok,
                      bool prefix_ok) {
    const struct sk_yaml *item = NULL;
    size_t n = 0;
    if (!pol_items(r, v, &item, &n))
        return false;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        struct sk_prefix net;
        if (!pol_get_net(r, &item[i], address_ok, prefix_ok, &net)) {
            ok = false;
            continue;
        }
        struct pol_net *to = POL_PUSH(&nets->list);
        to->net = net;
        to->pos = pol_pos(r, &item[i]);
    }
    return ok;
}

bool pol_read_nets(struct pol_read *r, const struct sk_yaml *v, void *at) { return read_nets(r, v, at, true, true); }

/* An end that is left out is any end; an empty list would be none, and the entry fit nothing. */
bool pol_read_ends(struct pol_read *r, const struct sk_yaml *v, void *at) {
    if (v->kind == SK_YAML_LIST && v->n == 0) {
        POL_ERROR(r, v, "an empty list fits nothing. Name the addresses, or remove the line for any");
        return false;
    }
    return read_nets(r, v, at, true, true);
}

bool pol_read_addrs(struct pol_read *r, const struct sk_yaml *v, void *at) { return read_nets(r, v, at, true, false); }

/* Every link has these, so no segment and no zone can. */
static bool is_everywhere(const struct sk_prefix *net) {
    enum sk_scope scope = sk_addr_scope(&net->addr);
    return net->len >= 8 && (scope == SK_SCOPE_LINK_LOCAL || scope == SK_SCOPE_MULTICAST || scope == SK_SCOPE_LOOPBACK);
}

bool pol_read_prefixes(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_nets *nets = at;
    size_t before = nets->list.n;
    bool ok = read_nets(r, v, nets, false, true);
    char text[SK_PREFIX_TEXT];
    for (size_t i = before; i < nets->list.n; i++) {
        const struct pol_net *net = &nets->list.at[i];
        if (!is_everywhere(&net->net))
            continue;
        sk_diag_add(r->diags, SK_DIAG_ERROR, r->path, net->pos.line, net->pos.col,
                    "%s is on every link and tells none from another. Leave it out", sk_prefix_text(&net->net, text));
        ok = false;
    }
    return ok;
}

bool pol_read_link_local(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_nets *nets = at;
    size_t before = nets->list.n;
    bool ok = read_nets(r, v, nets, true, false);
    char text[SK_ADDR_TEXT];
    for (size_t i = before; i < nets->list.n; i++) {
        const struct pol_net *net = &nets->list.at[i];
        if (net->net.addr.fam == 6 && sk_addr_scope(&net->net.addr) == SK_SCOPE_LINK_LOCAL)
            continue;
        sk_diag_add(r->diags, SK_DIAG_ERROR, r->path, net->pos.line, net->pos.col,
                    "%s is not link-local. Routers speak from an address in fe80::/10, like \"fe80::1\"",
                    sk_addr_text(&net->net.addr, text));
        ok = false;
    }
    return ok;
}

/* RFC 6052 section 2.2 */
bool pol_read_nat64(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_nets *nets = at;
    size_t before = nets->list.n;
    bool ok = read_nets(r, v, nets, false, true);
    char text[SK_PREFIX_TEXT];
    for (size_t i = before; i < nets->list.n; i++) {
        const struct pol_net *net = &nets->list.at[i];
        uint8_t len = net->net.len;
        if (net->net.addr.fam == 6 && (len == 96 || len == 64 || len == 56 || len == 48 || len == 40 || len == 32))
            continue;
        sk_diag_add(r->diags, SK_DIAG_ERROR, r->path, net->pos.line, net->pos.col,
                    "%s is no NAT64 prefix: IPv6 with length 32, 40, 48, 56, 64 or 96 (RFC 6052), like "
                    "\"64:ff9b::/96\"",
                    sk_prefix_text(&net->net, text));
        ok = false;
    }
    return ok;
}

static void say_bad_mac(struct pol_read *r, const struct sk_yaml *v) {
    char shown[POL_SHOW];
    bool letter_o = is_word(v) && v->len == 17 && strpbrk(v->text, "oO") != NULL;
    POL_ERROR(r, v, "%s is no MAC address%s. Write it with hyphens: 00-00-5E-00-53-01", pol_show(v, shown),
              letter_o ? ": there is a letter O in it" : "");
}

bool pol_read_macs(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_macs *macs = at;
    const struct sk_yaml *item = NULL;
    size_t n = 0;
    if (!pol_items(r, v, &item, &n))
        return false;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        struct sk_mac mac;
        char shown[POL_SHOW];
        if (!is_word(&item[i]) || !sk_mac_parse(item[i].text, item[i].len, &mac)) {
            say_bad_mac(r, &item[i]);
            ok = false;
        } else if (mac.b[0] & 1 || sk_mac_zero(&mac)) {
            POL_ERROR(r, &item[i], "%s is %s address: no device sends from it", pol_show(&item[i], shown),
                      mac.b[0] & 1 ? "a group" : "the zero");
            ok = false;
        } else {
            *POL_PUSH(&macs->list) = mac;
        }
    }
    return ok;
}

/* --- text -----------------------------------------------------------------------------------------------------------
 */

bool pol_read_text(struct pol_read *r, const struct sk_yaml *v, void *at) {
    char shown[POL_SHOW];
    if (!is_word(v)) {
        POL_ERROR(r, v, "text is needed here, got %s", pol_got(v, shown));
        return false;
    }
    *(const char **)at = keep(r, v);
    return true;
}

static bool read_each(struct pol_read *r, const struct sk_yaml *v, struct pol_texts *texts,
                      bool (*fits)(struct pol_read *r, const struct sk_yaml *v)) {
    const struct sk_yaml *item = NULL;
    size_t n = 0;
    if (!pol_items(r, v, &item, &n))
        return false;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        if (!fits(r, &item[i])) {
            ok = false;
            continue;
        }
        struct pol_text *to = POL_PUSH(&texts->list);
        to->text = keep(r, &item[i]);
        to->pos = pol_pos(r, &item[i]);
    }
    return ok;
}

static bool fits_text(struct pol_read *r, const struct sk_yaml *v) {
    char shown[POL_SHOW];
    if (!is_word(v))
        POL_ERROR(r, v, "text is needed here, got %s", pol_got(v, shown));
    return is_word(v);
}

bool pol_read_texts(struct pol_read *r, const struct sk_yaml *v, void *at) { return read_each(r, v, at, fits_text); }

/* RFC 1035 section 2.3.4 for lengths; letters, digits, hyphens and (service names) underscores. */
static bool is_domain(const char *s, size_t n) {
    if (n && s[n - 1] == '.')
        n--;
    if (n == 0 || n > 253)
        return false;
    size_t label = 0;
    for (size_t i = 0; i <= n; i++) {
        if (i == n || s[i] == '.') {
            if (label == 0 || label > 63)
                return false;
            label = 0;
        } else {
            char c = (char)(s[i] | 0x20);
            if (!((c >= 'a' && c <= 'z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '-' || s[i] == '_'))
                return false;
            label++;
        }
    }
    return true;
}

static bool fits_domain(struct pol_read *r, const struct sk_yaml *v) {
    char shown[POL_SHOW];
    if (is_word(v) && is_domain(v->text, v->len))
        return true;
    if (is_word(v) && v->len > 2 && v->text[0] == '*' && v->text[1] == '.')
        POL_ERROR(r, v, "%s: write `%s`, it covers what is below it too", pol_show(v, shown), v->text + 2);
    else
        POL_ERROR(r, v, "%s is no domain name. Write it like city.example; a name in other letters as xn--...",
                  pol_show(v, shown));
    return false;
}

bool pol_read_domains(struct pol_read *r, const struct sk_yaml *v, void *at) {
    return read_each(r, v, at, fits_domain);
}

static bool fits_name(struct pol_read *r, const struct sk_yaml *v) {
    if (is_word(v) && v->len > 2 && v->text[0] == '*' && v->text[1] == '.' && is_domain(v->text + 2, v->len - 2))
        return true;
    char shown[POL_SHOW];
    if (is_word(v) && is_domain(v->text, v->len))
        return true;
    POL_ERROR(r, v, "%s is no name. Write www.example.jp, or \"*.example.jp\" for all that is below",
              pol_show(v, shown));
    return false;
}

bool pol_read_names(struct pol_read *r, const struct sk_yaml *v, void *at) { return read_each(r, v, at, fits_name); }

/* --- dates ----------------------------------------------------------------------------------------------------------
 */

bool pol_read_until(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_date d;
    if (!pol_get_date(r, v, &d))
        return false;
    *(sk_time *)at = pol_date_end(&r->p->tz, &d);
    return true;
}

bool pol_read_duration(struct pol_read *r, const struct sk_yaml *v, void *at) { return pol_get_duration(r, v, at); }

static void note(struct pol_read *r, const struct sk_yaml *entry, const char *what, const char *id, sk_time until,
                 enum pol_dated_kind kind) {
    if (!until)
        return;
    char text[POL_SHOW];
    (void)snprintf(text, sizeof text, "%s%s%s", what, id ? " " : "", id ? id : "");
    struct pol_dated *d = POL_PUSH(&r->p->dated);
    d->what = sk_arena_text(&r->p->arena, text, strlen(text));
    d->until = until;
    d->kind = kind;
    pol_date_at(&r->p->tz, until, &d->last);
    d->pos = pol_pos(r, entry);
}

void pol_note_until(struct pol_read *r, const struct sk_yaml *entry, const char *what, const char *id, sk_time until) {
    note(r, entry, what, id, until, POL_ENDS);
}

void pol_note_review(struct pol_read *r, const struct sk_yaml *entry, const char *what, const char *id, sk_time by) {
    note(r, entry, what, id, by, POL_REVIEW);
}

void pol_note_authority(struct pol_read *r, const struct sk_yaml *entry, sk_time until) {
    note(r, entry, "site.authority", NULL, until, POL_AUTHORITY);
}

/* --- entries --------------------------------------------------------------------------------------------------------
 */

bool pol_each_entry(struct pol_read *r, const struct sk_yaml *v, const char *like,
                    void (*read)(struct pol_read *r, const struct sk_yaml *v)) {
    char shown[POL_SHOW];
    if (v->kind != SK_YAML_LIST) {
        POL_ERROR(r, v, "a list of entries is needed here, got %s. Write - %s", pol_got(v, shown), like);
        return false;
    }
    for (size_t i = 0; i < v->n; i++)
        read(r, &v->item[i]);
    return true;
}

void pol_unique_id(struct pol_read *r, const struct sk_yaml *v, const char *id, const char *other,
                   const struct pol_pos *pos) {
    if (id && other && strcmp(id, other) == 0)
        POL_ERROR(r, v, "id `%s` stands already at %s:%u. Give one of them another id", id, pos->path, pos->line);
}
