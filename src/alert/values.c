/* SPDX-License-Identifier: Apache-2.0 */
/* Distinct values of a field: the first ones as text, all of them (to a bound) told apart by hash. */
#include "alert/values.h"

#include <stdlib.h>
#include <string.h>

static bool seen_before(struct alert_values *v, uint64_t h) {
    h |= 1; /* 0 is an empty slot */
    if (2 * (v->n + 1) > v->seen_cap && v->n < v->limit) {
        uint32_t cap = v->seen_cap ? v->seen_cap * 2 : 16;
        uint64_t *bigger = calloc(cap, sizeof *bigger);
        if (!bigger)
            return true;
        for (uint32_t i = 0; i < v->seen_cap; i++)
            if (v->seen[i]) {
                uint32_t at = (uint32_t)(v->seen[i] >> 1) & (cap - 1);
                while (bigger[at])
                    at = (at + 1) & (cap - 1);
                bigger[at] = v->seen[i];
            }
        free(v->seen);
        v->seen = bigger;
        v->seen_cap = cap;
    }
    uint32_t at = (uint32_t)(h >> 1) & (v->seen_cap - 1);
    while (v->seen[at] && v->seen[at] != h)
        at = (at + 1) & (v->seen_cap - 1);
    if (v->seen[at] == h)
        return true;
    if (v->n >= v->limit)
        return true; /* the count stands at the bound: "at least" */
    v->seen[at] = h;
    return false;
}

void alert_values_begin(struct alert_values *v, enum sk_field_id field, uint32_t limit) {
    *v = (struct alert_values){.field = field, .limit = limit};
}

/* What is kept of a value: its beginning, cut at a character. */
static void cut(const char *text, char out[ALERT_VALUE_BYTES]) {
    size_t n = strlen(text);
    if (n > ALERT_VALUE_BYTES - 1) {
        n = ALERT_VALUE_BYTES - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
    }
    memcpy(out, text, n);
    out[n] = '\0';
}

bool alert_values_add(struct alert_values *v, const struct sk_hash_key *key, const char *text) {
    char kept[ALERT_VALUE_BYTES];
    bool fresh = !seen_before(v, sk_hash24(key, text, strlen(text)));
    cut(text, kept);
    for (unsigned i = 0; i < v->n_text; i++)
        if (strcmp(v->text[i], kept) == 0) {
            v->hits[i]++;
            v->n += fresh; /* two long values that begin alike */
            return fresh;
        }
    if (!fresh)
        return false;
    v->n++;
    if (v->n_text < ALERT_VALUES && (v->hits || (v->hits = calloc(ALERT_VALUES, sizeof *v->hits)))) {
        char *copy = strdup(kept);
        if (copy) {
            v->hits[v->n_text] = 1;
            v->text[v->n_text++] = copy;
        }
    }
    return true;
}

void alert_values_free(struct alert_values *v) {
    for (unsigned i = 0; i < v->n_text; i++)
        free(v->text[i]);
    free(v->seen);
    free(v->hits);
}
