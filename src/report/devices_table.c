/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory as a table for a terminal: 80 columns, or wide. */
#include "report/cells.h"
#include "report/devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct column {
    const char *en, *ja;
    unsigned columns, wide; /* 0: not shown */
};
enum { PLACE, NAME, MAC, IPV4, IPV6, SEEN, VENDOR, WHAT, N_COLUMNS };
static const struct column columns[N_COLUMNS] = {
    [PLACE] = {"segment", "セグメント", 14, 18}, [NAME] = {"name", "名前", 14, 24}, [MAC] = {"MAC", "MAC", 17, 17},
    [IPV4] = {"IPv4", "IPv4", 15, 15},           [IPV6] = {"v6", "v6", 2, 39},      [SEEN] = {"seen", "最終", 0, 16},
    [VENDOR] = {"vendor", "製造元", 0, 20},      [WHAT] = {"what", "役割", 13, 0},
};

static bool is_ja(const struct sk_devices_options *o) { return strcmp(o->listing.lang, "ja") == 0; }
static unsigned width(const struct sk_devices_options *o, unsigned i) {
    unsigned used = 0;
    if (i != WHAT)
        return o->listing.wide ? columns[i].wide : columns[i].columns;
    for (unsigned k = 0; k < WHAT; k++)
        used += width(o, k) ? width(o, k) + 1 : 0;
    return o->listing.columns > used + 8 ? o->listing.columns - used : 8;
}

static void place_text(const struct collected *c, bool ja, struct sk_buf *b) {
    if (c->segments.n)
        sk_buf_str(b, c->segments.at[0]);
    else if (c->vlans.n)
        sk_buf_fmt(b, "VLAN %s", c->vlans.at[0]);
    else if (c->vnis.n)
        sk_buf_fmt(b, "VNI %s", c->vnis.at[0]);
    else if (c->untagged)
        sk_buf_str(b, ja ? "タグなし" : "untagged");
    else
        sk_buf_str(b, ja ? "リレーの先" : "behind relay");
    unsigned more = c->segments.n ? c->segments.n : c->vlans.n + c->vnis.n + c->untagged;
    if (more > 1)
        sk_buf_fmt(b, " +%u", more - 1);
}

/* The one seen last stands for all. */
static void ip_text(const struct collected *c, uint8_t family, bool count_only, struct sk_buf *b) {
    const struct sk_device_ip *last = NULL;
    char text[SK_ADDR_TEXT];
    unsigned n = 0;
    for (unsigned i = 0; i < c->n_ip; i++) {
        if (c->ip[i].addr.fam != family)
            continue;
        n++;
        if (!last || c->ip[i].last >= last->last)
            last = &c->ip[i];
    }
    if (count_only || !last) {
        sk_buf_fmt(b, n ? "%u" : "-", n);
        return;
    }
    sk_buf_str(b, sk_addr_text(&last->addr, text));
    if (n > 1 && strlen(text) + 3 <= (family == 4 ? 15 : 39))
        sk_buf_fmt(b, " +%u", n - 1);
}

/* What makes it worth a look: not in the ledger, what it does for others, who says the same. */
static void what_text(const struct collected *c, bool ja, struct sk_buf *b) {
    const char *sep = "";
    if (strcmp(c->registered, "no") == 0 || strcmp(c->registered, "retired") == 0) {
        bool no = c->registered[0] == 'n';
        sk_buf_str(b, ja ? (no ? "未登録" : "廃棄済") : no ? "unlisted" : "retired");
        sep = " ";
    }
    for (unsigned bit = 1; sk_device_role_name(bit); bit <<= 1)
        if (c->roles & bit) {
            sk_buf_fmt(b, "%s%s", sep, sk_device_role_name(bit));
            sep = " ";
        }
    if (c->virtual_mac)
        sk_buf_fmt(b, "%s%s", sep, c->virtual_mac), sep = " ";
    if (c->n_conflict)
        sk_buf_fmt(b, ja ? "%s競合%u" : "%sconflicts:%u", sep, c->n_conflict), sep = " ";
    if (c->mac_random)
        sk_buf_fmt(b, ja ? "%s乱数MAC" : "%srandom", sep);
}

static void cell_text(const struct sk_devices_options *o, const struct collected *c, unsigned i, struct sk_buf *b) {
    char text[SK_MAC_TEXT], when[24];
    time_t at = (time_t)(c->last / SK_SEC);
    struct tm tm;
    switch (i) {
    case PLACE:
        place_text(c, is_ja(o), b);
        break;
    case NAME:
        sk_buf_str(b, c->name ? c->name : "-");
        break;
    case MAC:
        sk_buf_str(b, sk_mac_text(&c->mac, text));
        break;
    case IPV4:
    case IPV6:
        ip_text(c, i == IPV4 ? 4 : 6, i == IPV6 && !o->listing.wide, b);
        break;
    case SEEN:
        localtime_r(&at, &tm);
        strftime(when, sizeof when, "%Y-%m-%d %H:%M", &tm);
        sk_buf_str(b, when);
        break;
    case VENDOR:
        sk_buf_str(b, c->vendor ? c->vendor : "-");
        break;
    default:
        what_text(c, is_ja(o), b);
        break;
    }
}

static void one_row(const struct sk_devices_options *o, const struct collected *c, struct sk_buf *buf) {
    struct sk_buf text = {0};
    for (unsigned i = 0; i < N_COLUMNS; i++) {
        sk_buf_clear(&text);
        sk_buf_str(&text, "");
        if (c)
            cell_text(o, c, i, &text);
        else
            sk_buf_str(&text, is_ja(o) ? columns[i].ja : columns[i].en);
        if (i == WHAT)
            sk_last_cell(buf, text.p, width(o, i));
        else if (width(o, i))
            sk_cell(buf, text.p, width(o, i), false), sk_buf_str(buf, " ");
    }
    sk_buf_free(&text);
}

static void footer(const struct sk_devices *d, const struct sk_devices_options *o, size_t n, struct sk_buf *buf) {
    sk_rule_off(buf, o->listing.columns);
    sk_buf_fmt(buf, is_ja(o) ? "端末 %zu台" : n == 1 ? "%zu device" : "%zu devices", n);
    if (devices_left_out(d))
        sk_buf_fmt(buf, is_ja(o) ? "（ほか %llu）" : " (%llu more were seen, no room)",
                   (unsigned long long)devices_left_out(d));
    sk_buf_str(buf, "\n");
}

void sk_devices_table(struct sk_devices *d, const struct sk_devices_options *opt, struct sk_buf *buf) {
    size_t n;
    struct collected **rows = devices_chosen(d, opt, &n);
    if (opt->listing.timezone) {
        setenv("TZ", opt->listing.timezone, 1); /* only the main thread is left when this is called */
        tzset();
    }
    if (n == 0) {
        sk_buf_str(buf, is_ja(opt) ? "端末は見えません\n" : "no devices\n");
    } else {
        one_row(opt, NULL, buf);
        sk_rule_off(buf, opt->listing.columns);
        for (size_t i = 0; i < n; i++)
            one_row(opt, rows[i], buf);
        footer(d, opt, n, buf);
    }
    free(rows);
}
