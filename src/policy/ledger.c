/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the ledger -> devices. The first row names the columns, in Japanese or English, in any order. */
#include "policy/ledger.h"

#include <stdio.h>
#include <strings.h>

enum column {
    COLUMN_NUMBER,
    COLUMN_NAME,
    COLUMN_MAC,
    COLUMN_DUID,
    COLUMN_IP,
    COLUMN_SECTION,
    COLUMN_SEGMENT,
    COLUMN_STATE,
    COLUMN_DATE,
    COLUMN_ROLE,
    COLUMNS,
    COLUMN_NONE = COLUMNS
};

/* Compared without case, spaces and what stands in parentheses. The first word of a column is the one we show. */
static const struct {
    const char *word;
    enum column column;
} words[] = {
    {"管理番号", COLUMN_NUMBER},
    {"資産番号", COLUMN_NUMBER},
    {"備品番号", COLUMN_NUMBER},
    {"番号", COLUMN_NUMBER},
    {"number", COLUMN_NUMBER},
    {"no", COLUMN_NUMBER},
    {"no.", COLUMN_NUMBER},
    {"id", COLUMN_NUMBER},
    {"asset", COLUMN_NUMBER},
    {"assetnumber", COLUMN_NUMBER},
    {"assetid", COLUMN_NUMBER},
    {"名称", COLUMN_NAME},
    {"名前", COLUMN_NAME},
    {"機器名", COLUMN_NAME},
    {"端末名", COLUMN_NAME},
    {"ホスト名", COLUMN_NAME},
    {"コンピュータ名", COLUMN_NAME},
    {"コンピューター名", COLUMN_NAME},
    {"name", COLUMN_NAME},
    {"hostname", COLUMN_NAME},
    {"mac", COLUMN_MAC},
    {"macアドレス", COLUMN_MAC},
    {"有線mac", COLUMN_MAC},
    {"無線mac", COLUMN_MAC},
    {"macaddress", COLUMN_MAC},
    {"duid", COLUMN_DUID},
    {"ipv4", COLUMN_IP},
    {"ipv6", COLUMN_IP},
    {"ip", COLUMN_IP},
    {"ipアドレス", COLUMN_IP},
    {"ipv4アドレス", COLUMN_IP},
    {"ipv6アドレス", COLUMN_IP},
    {"ipaddress", COLUMN_IP},
    {"課", COLUMN_SECTION},
    {"課名", COLUMN_SECTION},
    {"所属", COLUMN_SECTION},
    {"部署", COLUMN_SECTION},
    {"部署名", COLUMN_SECTION},
    {"section", COLUMN_SECTION},
    {"department", COLUMN_SECTION},
    {"区分", COLUMN_SEGMENT},
    {"セグメント", COLUMN_SEGMENT},
    {"segment", COLUMN_SEGMENT},
    {"segments", COLUMN_SEGMENT},
    {"状態", COLUMN_STATE},
    {"state", COLUMN_STATE},
    {"status", COLUMN_STATE},
    {"日付", COLUMN_DATE},
    {"状態日付", COLUMN_DATE},
    {"date", COLUMN_DATE},
    {"役割", COLUMN_ROLE},
    {"role", COLUMN_ROLE},
};
enum { WORDS = sizeof words / sizeof *words };

static const struct {
    const char *word;
    enum sk_device_state state;
} states[] = {
    {"利用中", SK_DEVICE_IN_USE},    {"使用中", SK_DEVICE_IN_USE},    {"稼働中", SK_DEVICE_IN_USE},
    {"運用中", SK_DEVICE_IN_USE},    {"予備", SK_DEVICE_IN_USE},      {"保管", SK_DEVICE_IN_USE},
    {"保管中", SK_DEVICE_IN_USE},    {"in-use", SK_DEVICE_IN_USE},    {"in use", SK_DEVICE_IN_USE},
    {"active", SK_DEVICE_IN_USE},    {"spare", SK_DEVICE_IN_USE},     {"廃棄", SK_DEVICE_RETIRED},
    {"廃棄済", SK_DEVICE_RETIRED},   {"廃棄済み", SK_DEVICE_RETIRED}, {"除却", SK_DEVICE_RETIRED},
    {"返却", SK_DEVICE_RETIRED},     {"返却済", SK_DEVICE_RETIRED},   {"返却済み", SK_DEVICE_RETIRED},
    {"撤去", SK_DEVICE_RETIRED},     {"retired", SK_DEVICE_RETIRED},  {"disposed", SK_DEVICE_RETIRED},
    {"returned", SK_DEVICE_RETIRED}, {"紛失", SK_DEVICE_LOST},        {"盗難", SK_DEVICE_LOST},
    {"lost", SK_DEVICE_LOST},        {"stolen", SK_DEVICE_LOST},
};

struct ledger {
    struct pol_read *r;
    const char *path, *base;
    enum column column[POL_CSV_COLUMNS_MAX];
};

#define LEDGER_ERROR(l, c, ...) sk_diag_add((l)->r->diags, SK_DIAG_ERROR, (l)->path, (c)->line, (c)->col, __VA_ARGS__)

enum { CELL_MAX = 512 };

/* --- the first row --------------------------------------------------------------------------------------------------
 */

static void header_word(const struct pol_cell *cell, char out[CELL_MAX]) {
    char plain[CELL_MAX];
    size_t n = pol_plain_text(cell->text, cell->len, plain, sizeof plain);
    size_t at = 0;
    for (size_t i = 0; i < n && plain[i] != '('; i++)
        if (plain[i] != ' ' && plain[i] != '\n' && plain[i] != '\r')
            out[at++] = plain[i];
    out[at] = '\0';
}

/* Bytes that are no text stand in it, and their error is told. */
static bool is_bad(const struct pol_cell *cell) {
    return memchr(cell->text, (unsigned char)POL_CSV_BAD, cell->len) != NULL;
}

static enum column find_column(const struct pol_cell *cell) {
    char word[CELL_MAX];
    if (is_bad(cell))
        return COLUMN_NONE;
    header_word(cell, word);
    for (size_t i = 0; i < WORDS; i++)
        if (strcasecmp(word, words[i].word) == 0)
            return words[i].column;
    return COLUMN_NONE;
}

static bool takes_many(enum column c) { return c == COLUMN_MAC || c == COLUMN_IP || c == COLUMN_SEGMENT; }

/* A device is found by its MAC, DUID or address, so one of these columns there must be. */
static bool read_header(struct ledger *l, const struct pol_row *row) {
    bool seen[COLUMNS + 1] = {false};
    for (size_t i = 0; i < row->n; i++) {
        enum column c = find_column(&row->cell[i]);
        if (c != COLUMN_NONE && seen[c] && !takes_many(c)) {
            LEDGER_ERROR(l, &row->cell[i], "a second column `%.64s`: only MAC, IP and segment may have several",
                         row->cell[i].text);
            c = COLUMN_NONE;
        }
        seen[c] = true;
        l->column[i] = c;
    }
    if (seen[COLUMN_MAC] || seen[COLUMN_DUID] || seen[COLUMN_IP])
        return true;
    if (row->bad)
        return false; /* it may well be the one that cannot be read */
    const char *word[WORDS + 1] = {NULL};
    for (size_t i = 0; i < WORDS; i++)
        word[i] = words[i].word;
    for (size_t i = 0; i < row->n; i++) {
        char got[CELL_MAX];
        header_word(&row->cell[i], got);
        const char *near = l->column[i] == COLUMN_NONE ? sk_nearest(got, word) : NULL;
        if (near)
            LEDGER_ERROR(l, &row->cell[i], "column `%.64s` is not known. Did you mean `%s`?", got, near);
    }
    LEDGER_ERROR(l, &row->cell[0],
                 "no column tells devices apart. The first row must name one of MAC, DUID, IPv4; others: 管理番号 "
                 "(number), 名称 (name), 課 (section), 区分 (segment), 状態 (state), 日付 (date)");
    return false;
}

/* --- cells ----------------------------------------------------------------------------------------------------------
 */

/* Several values in one cell: between them a semicolon, comma, slash, line end, space or Japanese comma. */
static size_t next_word(const char **at, const char *end, bool slash, const char **word) {
    const char *p = *at;
    while (p < end && (strchr(" ,;\r\n\t", *p) || (slash && *p == '/') || (end - p >= 3 && memcmp(p, "、", 3) == 0)))
        p += strchr(" ,;\r\n\t/", *p) ? 1 : 3;
    *word = p;
    while (p < end && !strchr(" ,;\r\n\t", *p) && !(slash && *p == '/') && !(end - p >= 3 && memcmp(p, "、", 3) == 0))
        p++;
    *at = p;
    return (size_t)(p - *word);
}

/* As sk_mac_parse(), and the twelve digits alone. */
static bool parse_mac(const char *text, size_t n, struct sk_mac *ret) {
    char dotted[15];
    if (n != 12)
        return sk_mac_parse(text, n, ret);
    (void)snprintf(dotted, sizeof dotted, "%.4s.%.4s.%.4s", text, text + 4, text + 8);
    return sk_mac_parse(dotted, 14, ret);
}

/* What sheets say where nothing is to be said. */
static bool is_none(const char *word, size_t n) {
    static const char *const none[] = {"-", "--", "ー", "―", "無", "無し", "なし", "n/a", "none"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (strlen(none[i]) == n && strncasecmp(word, none[i], n) == 0)
            return true;
    return false;
}

static void say_bad_mac(struct ledger *l, const struct pol_cell *c, const char *word, size_t n) {
    const char *why = "no MAC address";
    if (n >= 4 && memchr(word, '.', n) && memchr(word, '+', n))
        why = "the spreadsheet made a number of the MAC, and its digits are lost. Format the column as text";
    else if (memchr(word, 'O', n) || memchr(word, 'o', n))
        why = "letter O in a MAC";
    else if (memchr(word, 'I', n) || memchr(word, 'l', n))
        why = "letter I or l in a MAC";
    LEDGER_ERROR(l, c, "%.*s: %s. Write 12 digits 0-9 A-F, as in 00-00-5E-00-53-01", (int)(n < 64 ? n : 64), word, why);
}

static void take_macs(struct ledger *l, const struct pol_cell *c, const char *text, size_t n, struct pol_device *d) {
    const char *at = text, *word;
    for (size_t len; (len = next_word(&at, text + n, true, &word)) > 0;) {
        struct sk_mac mac;
        if (is_none(word, len))
            continue;
        if (!parse_mac(word, len, &mac))
            say_bad_mac(l, c, word, len);
        else if (mac.b[0] & 1 || sk_mac_zero(&mac))
            LEDGER_ERROR(l, c, "%.*s is %s address: no device sends from it", (int)len, word,
                         mac.b[0] & 1 ? "a group" : "the zero");
        else
            *POL_PUSH(&d->macs.list) = mac;
    }
}

static bool is_word_of_sheets(const char *word, size_t n) {
    return is_none(word, n) || (n == 4 && strncasecmp(word, "dhcp", 4) == 0) || (n == 6 && !memcmp(word, "自動", 6));
}

static void take_ips(struct ledger *l, const struct pol_cell *c, const char *text, size_t n, struct pol_device *d) {
    const char *at = text, *word;
    for (size_t len; (len = next_word(&at, text + n, false, &word)) > 0;) {
        struct sk_addr ip;
        if (is_word_of_sheets(word, len))
            continue; /* the sheet says that it has no fixed one */
        if (sk_addr_parse(word, len, &ip))
            POL_PUSH(&d->ips.list)->net = (struct sk_prefix){ip, ip.fam == 4 ? 32 : 128};
        else
            LEDGER_ERROR(l, c, "%.*s is no address. Write it like 10.30.0.2 or 2001:db8::53, without its length",
                         (int)(len < 64 ? len : 64), word);
    }
}

static void take_state(struct ledger *l, const struct pol_cell *c, const char *text, struct pol_device *d) {
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (strcasecmp(text, states[i].word) == 0) {
            d->pub.state = (uint8_t)states[i].state;
            return;
        }
    }
    LEDGER_ERROR(l, c, "state `%.64s` is not known. Write 利用中 (in-use), 廃棄 (retired) or 紛失 (lost)", text);
}

/* Whether they name segments is seen once all are known: check_names.c. */
static void take_segments(struct ledger *l, const struct pol_cell *c, const char *text, size_t n,
                          struct pol_device *d) {
    const char *at = text, *word;
    for (size_t len; (len = next_word(&at, text + n, false, &word)) > 0;) {
        struct pol_text *t = POL_PUSH(&d->segments.list);
        t->text = sk_arena_text(&l->r->p->arena, word, len);
        t->pos = (struct pol_pos){l->path, l->base, c->line, c->col};
    }
}

static void take_cell(struct ledger *l, enum column column, const struct pol_cell *c, struct pol_device *d) {
    struct sk_policy *p = l->r->p;
    char plain[CELL_MAX];
    size_t n = pol_plain_text(c->text, c->len, plain, sizeof plain);
    const uint8_t *duid = NULL;
    if (c->len == 0)
        return;
    switch (column) {
    case COLUMN_NUMBER:
        d->pub.number = sk_arena_text(&p->arena, c->text, c->len);
        break;
    case COLUMN_NAME:
        d->pub.name = sk_arena_text(&p->arena, c->text, c->len < POL_DEVICE_NAME_MAX ? c->len : 0);
        if (c->len >= POL_DEVICE_NAME_MAX)
            LEDGER_ERROR(l, c, "a device's name has at most %d bytes", POL_DEVICE_NAME_MAX);
        break;
    case COLUMN_SECTION:
        d->pub.section = sk_arena_text(&p->arena, c->text, c->len);
        break;
    case COLUMN_ROLE:
        d->pub.role = sk_arena_text(&p->arena, c->text, c->len);
        break;
    case COLUMN_MAC:
        take_macs(l, c, plain, n, d);
        break;
    case COLUMN_IP:
        take_ips(l, c, plain, n, d);
        break;
    case COLUMN_DUID:
        d->pub.duid_len = pol_duid_parse(&p->arena, plain, n, &duid);
        d->pub.duid = duid;
        if (d->pub.duid_len == 0)
            LEDGER_ERROR(l, c, "%.64s is no DUID. Write 3 to 130 bytes: 00:03:00:01:00:00:5e:00:53:01", plain);
        break;
    case COLUMN_SEGMENT:
        take_segments(l, c, c->text, c->len, d);
        break;
    case COLUMN_STATE:
        take_state(l, c, plain, d);
        break;
    case COLUMN_DATE:
        d->dated = pol_sheet_date(plain, n, &d->date);
        if (!d->dated)
            LEDGER_ERROR(l, c, "%.64s is no date. Write 2026-09-30, 2026/9/30 or R8.9.30", plain);
        break;
    case COLUMN_NONE:
        break;
    }
}

/* --- rows -----------------------------------------------------------------------------------------------------------
 */

static void read_row(struct ledger *l, const struct pol_row *row, size_t columns) {
    struct pol_device *d = POL_PUSH(&l->r->p->devices);
    d->pos = (struct pol_pos){l->path, l->base, row->cell[0].line, row->cell[0].col};
    size_t errors = pol_errors(l->r);
    for (size_t i = 0; i < row->n && i < columns; i++)
        take_cell(l, l->column[i], &row->cell[i], d);
    for (size_t i = columns; i < row->n; i++) {
        if (row->cell[i].len == 0)
            continue;
        LEDGER_ERROR(l, &row->cell[i],
                     "this cell has no column: the first row has %zu. Put text with a comma in quotes", columns);
        break;
    }
    pol_finish_device(l->r, d);
    if (errors == pol_errors(l->r) && d->pub.n_mac == 0 && d->pub.n_ip == 0 && d->pub.duid_len == 0)
        l->r->p->ledger_nameless++;
}

bool pol_load_ledger(struct pol_read *r, const struct sk_yaml *v) {
    struct ledger *l = sk_mem_new(1, sizeof *l);
    struct pol_csv csv = {0};
    l->r = r;
    bool ok = pol_load_table(r, v, (enum pol_encoding)r->p->ledger_encoding, &csv, &l->path);
    const char *slash = strrchr(l->path, '/');
    l->base = slash ? slash + 1 : l->path;
    if (ok && csv.n == 0) {
        sk_diag_add(r->diags, SK_DIAG_ERROR, l->path, 1, 1, "an empty table. The first row names the columns");
        ok = false;
    }
    ok = ok && read_header(l, &csv.row[0]);
    bool bad = ok && csv.row[0].bad;
    for (size_t i = 1; ok && i < csv.n; i++) {
        bad |= csv.row[i].bad;
        if (!csv.row[i].bad)
            read_row(l, &csv.row[i], csv.row[0].n);
    }
    if (bad)
        pol_note_incomplete(r, "devices"); /* a name that is not found may stand in such a row */
    if (ok && csv.n == 1)
        sk_diag_add(r->diags, SK_DIAG_WARNING, l->path, 1, 1,
                    "no device stands below the first row: every device counts as not registered");
    if (ok) {
        r->p->ledger_pos = pol_pos(r, v);
        r->p->ledger_path = l->path;
        r->p->ledger_rows = csv.n - 1;
    }
    pol_csv_free(&csv);
    free(l);
    return ok;
}
