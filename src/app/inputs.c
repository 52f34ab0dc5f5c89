/* SPDX-License-Identifier: Apache-2.0 */
/* Which files there are, in which order they are read, and which the policy knows nothing of. */
#include "app/inputs.h"

#include "app/analysis.h"
#include "app/command.h"
#include "app/groups.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNMATCHED_TOLD = 10 };

static uint16_t tap_of(const struct analysis *a, const char *path) {
    return a->opt->tap ? sk_policy_tap_by_name(a->policy, a->opt->tap) : sk_policy_tap_of_file(a->policy, path);
}

/* ---- before the first packet ---- */

static int by_text(const void *x, const void *y) { return strcmp(*(char *const *)x, *(char *const *)y); }

/* Link types and names of the interfaces, sorted; owned by the caller. */
static char *kind_of(const struct sk_probe *probe) {
    char *iface[SK_PROBE_IFACES] = {NULL};
    struct sk_buf kind = {0};
    sk_buf_str(&kind, "");
    for (size_t i = 0; i < probe->n_ifaces; i++) {
        struct sk_buf one = {0};
        sk_buf_fmt(&one, "%u %s\n", probe->iface[i].linktype, probe->iface[i].name ? probe->iface[i].name : "");
        iface[i] = one.p;
    }
    qsort(iface, probe->n_ifaces, sizeof *iface, by_text);
    for (size_t i = 0; i < probe->n_ifaces; i++) {
        sk_buf_str(&kind, iface[i]);
        free(iface[i]);
    }
    return kind.p;
}

static void look_into(struct analysis *a, uint32_t index, struct group_input *ret) {
    struct sk_probe probe = {.kind = SK_PROBE_NOTHING};
    const char *path = sk_source_input(a->source, index)->path;
    (void)sk_source_probe(a->source, index, &probe);
    *ret = (struct group_input){.path = path,
                                .kind = kind_of(&probe),
                                .tap = tap_of(a, path),
                                .pipe = probe.kind == SK_PROBE_PIPE,
                                .capture = probe.kind == SK_PROBE_CAPTURE || probe.kind == SK_PROBE_ARCHIVE,
                                .timed = probe.has_first,
                                .first = probe.first};
}

/* What an archive holds is not known yet; it is in the manifest. */
static void tell_unmatched(const struct group_input *at, const uint32_t *order, size_t n) {
    size_t unmatched = 0;
    for (size_t i = 0; i < n; i++) {
        const struct group_input *in = &at[order[i]];
        if (!in->capture || in->tap != SK_TAP_NONE || unmatched++ >= UNMATCHED_TOLD)
            continue;
        if (unmatched == 1)
            complain(
                "these files match no `files` of a tap of the policy, so what is said of a tap does not hold there:");
        struct sk_buf shown = {0};
        sk_buf_printable(&shown, in->path, strlen(in->path));
        fprintf(stderr, "  %s\n", shown.p);
        sk_buf_free(&shown);
    }
    if (unmatched > UNMATCHED_TOLD)
        fprintf(stderr, "  and %zu more\n", unmatched - UNMATCHED_TOLD);
}

bool inputs_plan(struct analysis *a) {
    struct inputs *in = &a->inputs;
    in->n = sk_source_inputs(a->source);
    in->order = sk_mem_new(in->n + 1, sizeof *in->order);
    in->taps_have_files = !a->opt->tap && sk_policy_taps_have_files(a->policy);
    struct group_input *at = sk_mem_new(in->n + 1, sizeof *at);
    uint32_t *group = sk_mem_new(in->n + 1, sizeof *group);
    for (uint32_t i = 0; i < in->n; i++)
        look_into(a, i, &at[i]);
    (void)groups_plan(at, in->n, in->order);
    for (size_t i = 0; i < in->n; i++)
        group[i] = at[i].group;
    sk_err e = sk_source_order(a->source, in->order, group);
    if (e != SK_OK)
        complain("out of memory for the order of %zu files", in->n);
    else if (in->taps_have_files && !a->opt->quiet)
        tell_unmatched(at, in->order, in->n);
    for (size_t i = 0; i < in->n; i++)
        free((void *)(uintptr_t)at[i].kind);
    free(group);
    free(at);
    return e == SK_OK;
}

/* ---- while reading ---- */

size_t inputs_place(const struct analysis *a, uint32_t input) {
    const struct sk_input *in = sk_source_input(a->source, input);
    uint32_t file = in ? in->container : input;
    size_t place = 0;
    while (place < a->inputs.n && a->inputs.order[place] != file)
        place++;
    return place;
}

static void record(struct analysis *a, const struct sk_input *in, const char *container) {
    const char *tap = in->archive ? NULL : sk_policy_tap_name(a->policy, tap_of(a, in->path));
    records_add(&a->inputs.records, in, container, tap);
}

void inputs_record(struct analysis *a, size_t until) {
    struct inputs *in = &a->inputs;
    for (; in->done < until && in->done < in->n; in->done++) {
        uint32_t index = in->order[in->done];
        const struct sk_input *file = sk_source_input(a->source, index);
        record(a, file, NULL);
        for (size_t i = in->n; file->archive && i < sk_source_inputs(a->source); i++) {
            const struct sk_input *entry = sk_source_input(a->source, (uint32_t)i);
            if (entry->container == index)
                record(a, entry, file->path);
        }
    }
}

void inputs_finish(struct analysis *a, size_t until) {
    struct inputs *in = &a->inputs;
    inputs_record(a, until);
    if (in->done < in->n) { /* interrupted: of the next one a part may have been read */
        const struct sk_input *part = sk_source_input(a->source, in->order[in->done]);
        inputs_record(a, in->done + (part->opened || part->archive));
    }
    if (!in->taps_have_files)
        return;
    in->without_tap = sk_mem_new(in->records.n + 1, sizeof *in->without_tap);
    for (size_t i = 0; i < in->records.n; i++)
        if (in->records.at[i].opened && !in->records.at[i].tap)
            in->without_tap[in->n_without_tap++] = in->records.at[i].path;
}

void inputs_free(struct inputs *in) {
    free(in->without_tap);
    records_free(&in->records);
    free(in->order);
    *in = (struct inputs){0};
}
