/* SPDX-License-Identifier: Apache-2.0 */
/* The sensor's knowledge as it wrote it down: events as JSON lines, told to a correlator again. Lines of alerts are no
 * events and are stepped over; so are events that a correlator derived: it will derive them again. */
#include "app/suggest_lines.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 4096 };

struct reading {
    struct suggest_lines *l;
    struct sk_correlation *correlation;
    char *file[FILES_MAX]; /* paths that events name */
    uint32_t n_files;
    struct sk_names names;
    unsigned long long events, others;
    uint64_t seq;
};

static const char *file_name(void *arg, uint32_t file) {
    const struct reading *r = arg;
    return file < r->n_files ? r->file[file] : NULL;
}

static uint32_t file_index(struct reading *r, const char *path) {
    for (uint32_t i = r->n_files; i-- > 0;)
        if (strcmp(r->file[i], path) == 0)
            return i;
    if (r->n_files == FILES_MAX)
        return FILES_MAX;
    r->file[r->n_files] = sk_mem_text(path, strlen(path));
    return r->n_files++;
}

static void one_event(void *arg, struct sk_event *ev) {
    struct reading *r = arg;
    sk_suggestion_event(r->l->suggestion, ev, &r->names);
}
static void one_device(void *arg, const struct sk_device_entry *e) {
    sk_suggestion_device(((struct reading *)arg)->l->suggestion, e);
}

static void one_line(struct reading *r, const char *text, size_t n) {
    _Alignas(struct sk_event) static uint8_t room[SK_EVENT_MAX];
    struct sk_event *ev = (struct sk_event *)(void *)room;
    struct sk_error err = {0};
    const char *file = NULL;
    sk_json *line = sk_json_parse(text, n, &err);
    if (!line || !sk_event_read(line, ev, &file)) {
        r->others++;
    } else {
        r->events++;
        ev->seq = ++r->seq;
        ev->file = file ? file_index(r, file) : FILES_MAX;
        if (ev->ts >= r->l->since && sk_events[ev->type].per != SK_PER_DERIVED)
            sk_correlate_event(r->correlation, ev);
    }
    if (line)
        sk_json_free(line);
}

static bool read_file(struct reading *r, const char *path) {
    bool standard = strcmp(path, "-") == 0;
    FILE *f = standard ? stdin : fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    if (!f) {
        complain("%s: %s", path, strerror(errno));
        return false;
    }
    for (ssize_t n; (n = getline(&line, &room, f)) > 0;)
        one_line(r, line, (size_t)(line[n - 1] == '\n' ? n - 1 : n));
    bool ok = !ferror(f);
    if (!ok)
        complain("%s: %s", path, strerror(errno));
    free(line);
    if (!standard)
        fclose(f);
    return ok;
}

static int judge(const struct reading *r, bool ok) {
    if (r->events == 0) {
        complain("no line is an event. `sekimori read --events FILE` writes such lines");
        return EXIT_COULD_NOT;
    }
    if (r->others)
        complain("%llu lines are no events that this version knows; they were stepped over", r->others);
    return ok && r->others == 0 ? EXIT_OK : EXIT_DAMAGED;
}

int suggest_read_lines(struct suggest_lines *l, const char *const *paths, size_t n) {
    struct reading *r = sk_mem_new(1, sizeof *r);
    struct sk_error err = {0};
    bool ok = true;
    r->l = l;
    r->names = (struct sk_names){.policy = sk_policy_none(), .file = file_name, .arg = r};
    struct sk_correlation_config cc = {
        .policy = sk_policy_none(), .names = &r->names, .offline = true, .event = one_event, .arg = r};
    r->correlation = sk_correlation_new(&cc, &err);
    if (!r->correlation) {
        complain_error(&err);
        free(r);
        return EXIT_COULD_NOT;
    }
    for (size_t i = 0; i < n; i++)
        ok &= read_file(r, paths[i]);
    sk_correlation_devices(r->correlation, one_device, r);
    int status = judge(r, ok);
    sk_correlation_free(r->correlation);
    for (uint32_t i = 0; i < r->n_files; i++)
        free(r->file[i]);
    free(r);
    return status;
}
