/* SPDX-License-Identifier: Apache-2.0 */
/* Which sinks there are, and which one a target names. */
#include "sekimori/sink.h"

#include <stdio.h>
#include <string.h>

#define SK_SINK(n) extern const struct sk_sink_ops sk_sink_##n;
#include "sinks.gen.h"
#undef SK_SINK

static const struct sk_sink_ops *const all[] = {
#define SK_SINK(n) &sk_sink_##n,
#include "sinks.gen.h"
#undef SK_SINK
    NULL};

static const struct sk_sink_ops *named(const char *name, size_t n) {
    for (size_t i = 0; all[i]; i++)
        if (strlen(all[i]->name) == n && strncmp(all[i]->name, name, n) == 0)
            return all[i];
    return NULL;
}

const struct sk_sink_ops *sk_sink_find(const char *spec, const char **ret_target, struct sk_error *err) {
    const char *colon = strchr(spec, ':'), *slash = strchr(spec, '/');
    *ret_target = spec;
    if (strcmp(spec, "-") == 0 || strcmp(spec, "stdout") == 0)
        return named("stdout", 6);
    if (!colon || (slash && slash < colon)) /* after its first slash a path may hold a colon */
        return named("file", 4);
    const struct sk_sink_ops *sink = named(spec, (size_t)(colon - spec));
    if (sink) {
        *ret_target = colon + 1;
        return sink;
    }
    char list[128] = "";
    size_t at = 0;
    for (size_t i = 0; all[i] && at < sizeof list; i++)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", i ? ", " : "", all[i]->name);
    char name[32];
    const char *names[sizeof all / sizeof *all] = {0};
    snprintf(name, sizeof name, "%.*s", (int)(colon - spec), spec);
    for (size_t i = 0; i + 1 < sizeof all / sizeof *all; i++)
        names[i] = all[i]->name;
    const char *near = sk_nearest(name, names);
    sk_error_set(err, SK_EUSAGE, "no output `%s`. %s%s%sThere are: %s; a file is file:PATH or a path", name,
                 near ? "Did you mean `" : "", near ? near : "", near ? "`? " : "", list);
    return NULL;
}
