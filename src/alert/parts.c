/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of an alert line: texts cut to size, clauses without our own sub-numbers, ATT&CK in ECS's words. */
#include "alert/parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_BYTES = 64 };

/* ---- text ---- */

/* A copy of at most max bytes that ends at a character, with an ellipsis, malloc'ed; NULL: the text fits as it is. */
static char *cut(const char *text, size_t max) {
    static const char ellipsis[] = "…";
    if (strlen(text) <= max)
        return NULL;
    size_t n = max > sizeof ellipsis - 1 ? max - (sizeof ellipsis - 1) : 0;
    while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    struct sk_buf b = {0};
    sk_buf_add(&b, text, n);
    sk_buf_str(&b, ellipsis);
    return b.p;
}

void alert_put_text(sk_json *line, const char *path, const char *text, size_t max) {
    if (!text || !text[0])
        return;
    char *copy = cut(text, max);
    sk_json_put_text(line, path, copy ? copy : text);
    free(copy);
}

void alert_add_text(sk_json *list, const char *text, size_t max) {
    if (!text || !text[0])
        return;
    char *copy = cut(text, max);
    sk_json_add_text(list, copy ? copy : text);
    free(copy);
}

/* ---- clauses ---- */

/* `... 2.4.1.1(2)(b)-1` -> `... 2.4.1.1(2)(b)`; the hyphens of the document's own name stay. */
void alert_clause_text(const char *text, char out[ALERT_CLAUSE_BYTES]) {
    size_t n = strlen(text);
    const char *space = strrchr(text, ' '), *dash = strrchr(text, '-');
    if (dash && space && dash > space) {
        bool number = dash[1] != '\0' && strspn(dash + 1, "0123456789") == strlen(dash + 1);
        if (number || strcmp(dash, "-T") == 0)
            n = (size_t)(dash - text);
    }
    if (n > ALERT_CLAUSE_BYTES - 1) {
        n = ALERT_CLAUSE_BYTES - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
    }
    memcpy(out, text, n);
    out[n] = '\0';
}

static bool told_before(const struct sk_rule *r, size_t k, const char *clause) {
    char earlier[ALERT_CLAUSE_BYTES];
    for (size_t i = 0; i < k; i++) {
        alert_clause_text(r->clauses.at[i], earlier);
        if (strcmp(earlier, clause) == 0)
            return true;
    }
    return false;
}

bool alert_clause(const struct sk_rule *r, unsigned i, char out[ALERT_CLAUSE_BYTES]) {
    for (size_t k = 0; k < r->clauses.n; k++) {
        alert_clause_text(r->clauses.at[k], out);
        if (out[0] && !told_before(r, k, out) && i-- == 0)
            return true;
    }
    return false;
}

bool sk_rule_clause(const struct sk_rule *r, unsigned i, char out[SK_CLAUSE_BYTES]) { return alert_clause(r, i, out); }

/* ---- ATT&CK ---- */

/* attack.t1557 -> T1557, attack.t1557.003 -> T1557.003; Sigma tags are lower case. @return false: no technique */
static bool technique(const char *tag, char out[TAG_BYTES]) {
    if (tag[0] != 't' || !isdigit((unsigned char)tag[1]))
        return false;
    snprintf(out, TAG_BYTES, "T%s", tag + 1);
    return true;
}

/* attack.command-and-control -> Command and Control. Groups and software (g0001, s0001) are no tactics. */
static bool tactic(const char *tag, char out[TAG_BYTES]) {
    if (!islower((unsigned char)tag[0]) || isdigit((unsigned char)tag[1]))
        return false;
    snprintf(out, TAG_BYTES, "%s", tag);
    for (size_t i = 0; out[i]; i++) {
        bool starts = i == 0 || out[i - 1] == ' ';
        if (out[i] == '-')
            out[i] = ' ';
        else if (starts && strncmp(out + i, "and-", 4) != 0)
            out[i] = (char)toupper((unsigned char)out[i]);
    }
    return true;
}

static void add_once(sk_json **list, const char *text, unsigned max) {
    if (!*list)
        *list = sk_json_new_array();
    for (size_t i = 0; i < sk_json_size(*list); i++)
        if (strcmp(sk_json_text_of(sk_json_item(*list, i)), text) == 0)
            return;
    if (sk_json_size(*list) < max)
        sk_json_add_text(*list, text);
}

void alert_put_threat(sk_json *line, const struct sk_rule *r, unsigned max) {
    sk_json *techniques = NULL, *subs = NULL, *tactics = NULL;
    for (size_t i = 0; i < r->tags.n; i++) {
        char text[TAG_BYTES];
        const char *tag = r->tags.at[i];
        if (strncmp(tag, "attack.", 7) != 0)
            continue;
        if (technique(tag + 7, text)) {
            if (strchr(text, '.'))
                add_once(&subs, text, max);
            text[strcspn(text, ".")] = '\0';
            add_once(&techniques, text, max);
        } else if (tactic(tag + 7, text)) {
            add_once(&tactics, text, max);
        }
    }
    if (techniques || tactics)
        sk_json_put_text(line, "threat.framework", "MITRE ATT&CK");
    if (tactics)
        sk_json_put(line, "threat.tactic.name", tactics);
    if (techniques)
        sk_json_put(line, "threat.technique.id", techniques);
    if (subs)
        sk_json_put(line, "threat.technique.subtechnique.id", subs);
}
