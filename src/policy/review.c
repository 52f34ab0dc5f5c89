/* SPDX-License-Identifier: Apache-2.0 */
/* What the calendar says of a policy: entries past their end, a review that is due. Only people's commands ask this;
 * traffic is judged by packet time. */
#include "policy/pol.h"

static void say_ended(const struct pol_dated *d, long long days, struct sk_diags *diags) {
    static const struct {
        enum sk_diag_level level;
        const char *verb, *so;
    } word[] = {
        [POL_ENDS] = {SK_DIAG_WARNING, "ended", ": it is NOT honoured. Remove it, or decide anew"},
        [POL_REVIEW] = {SK_DIAG_NOTE, "was to be reviewed by", ". It holds on: review it, then write the next date"},
        [POL_AUTHORITY] = {SK_DIAG_WARNING, "ended",
                           ". Who allows this monitoring now? Renew it, then write the new date"},
    };
    sk_diag_add(diags, word[d->kind].level, d->pos.path, d->pos.line, d->pos.col,
                "%s %s %04d-%02d-%02d (%lld day%s ago)%s", d->what, word[d->kind].verb, d->last.year, d->last.month,
                d->last.day, days, days == 1 ? "" : "s", word[d->kind].so);
}

static void review_ends(const struct sk_policy *p, sk_time today, struct sk_diags *diags) {
    for (size_t i = 0; i < p->dated.n; i++) {
        const struct pol_dated *d = &p->dated.at[i];
        if (today <= d->until)
            continue;
        struct pol_date now;
        pol_date_at(&p->tz, today, &now);
        say_ended(d, (long long)(pol_date_days(&now) - pol_date_days(&d->last)), diags);
    }
}

static int days_of_month(int year, int month) {
    struct pol_date first = {year, month, 1};
    struct pol_date next = {month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1};
    return (int)(pol_date_days(&next) - pol_date_days(&first));
}

/* Boundary rules are reviewed every 3 to 6 months (NISD-K305-111C 2.3.4.3(2)(b)). */
static void review_missing(const struct sk_policy *p, struct sk_diags *diags) {
    if (diags->errors == 0 && (!p->review_given || (p->review_days == 0 && p->review_months == 0)))
        sk_diag_add(diags, SK_DIAG_NOTE, p->first_path, 0, 0,
                    "no review is planned. Add under site: review: {last: 2026-10-01, every: 3 months}");
}

static void review_due(const struct sk_policy *p, sk_time today, struct sk_diags *diags) {
    if (!p->review_given || (p->review_days == 0 && p->review_months == 0))
        return;
    struct pol_date due = p->review_last;
    int64_t months = due.year * 12LL + due.month - 1 + p->review_months;
    due.year = (int)(months / 12);
    due.month = (int)(months % 12) + 1;
    if (due.day > days_of_month(due.year, due.month))
        due.day = days_of_month(due.year, due.month);
    pol_date_of_days(pol_date_days(&due) + p->review_days, &due);
    struct pol_date now;
    pol_date_at(&p->tz, today, &now);
    long long late = (long long)(pol_date_days(&now) - pol_date_days(&due));
    if (late > 0)
        sk_diag_add(diags, SK_DIAG_NOTE, p->review_pos.path, p->review_pos.line, p->review_pos.col,
                    "review was due %04d-%02d-%02d (%lld day%s ago). Review the policy, then write the new date here",
                    due.year, due.month, due.day, late, late == 1 ? "" : "s");
}

void sk_policy_review(const struct sk_policy *p, sk_time today, struct sk_diags *diags) {
    review_ends(p, today, diags);
    review_due(p, today, diags);
    review_missing(p, diags);
    sk_diags_sort(diags);
}
