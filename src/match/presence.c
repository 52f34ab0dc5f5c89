/* SPDX-License-Identifier: Apache-2.0 */
/* A field without which a rule cannot match: most events of a type lack it, and are done with by one bit. */
#include "match/presence.h"

#include "base/mem.h"

#include <stdlib.h>

/* Does it say no for certain of an event that lacks the field? */
static bool says_no_without(const struct sk_pred *p, enum sk_field_id f) {
    return p->field == f && p->n > 0 && p->want[0].kind != SK_WANT_NULL;
}

/* Can the program say yes of an event that lacks the field? Steps only go forward. */
static bool can_match_without(const struct sk_program *prog, const struct sk_pred *pred, enum sk_field_id f,
                              bool *reached) {
    memset(reached, 0, prog->n);
    reached[0] = true;
    for (size_t i = 0; i < prog->n; i++) {
        const struct sk_step *s = &prog->at[i];
        const uint16_t next[2] = {s->no, s->yes};
        unsigned ways = says_no_without(&pred[s->pred], f) ? 1 : 2;
        for (unsigned k = 0; reached[i] && k < ways; k++) {
            if (next[k] == SK_STEP_YES)
                return true;
            if (next[k] < prog->n)
                reached[next[k]] = true;
        }
    }
    return false;
}

enum sk_field_id sk_program_needs(const struct sk_program *prog, const struct sk_pred *pred) {
    enum sk_field_id ret = SKF_none;
    if (prog->n == 0)
        return ret;
    bool *reached = sk_mem_new(prog->n, sizeof *reached);
    for (size_t i = 0; i < prog->n && ret == SKF_none; i++) {
        enum sk_field_id f = pred[prog->at[i].pred].field;
        if (f != SKF_none && !sk_event_in_head(f) && !can_match_without(prog, pred, f, reached))
            ret = f;
    }
    free(reached);
    return ret;
}
