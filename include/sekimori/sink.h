/* SPDX-License-Identifier: Apache-2.0 */
/** Where alert lines go. One const struct per file src/sink/sink_<name>.c, gathered by make. Called by the correlator's
 * thread. */
#ifndef SEKIMORI_SINK_H
#define SEKIMORI_SINK_H

#include "sekimori/alert.h"

struct sk_sink_ops {
    const char *name; /**< scheme of the target: "file", "stdout" */
    const char *help; /**< one line for --help */
    SK_MUST_USE sk_err (*open)(void **ret, const char *target, struct sk_error *err);
    /** Whole line and newline in one write; partial writes are finished. */
    SK_MUST_USE sk_err (*write)(void *sink, const struct sk_alert_line *line, struct sk_error *err);
    SK_MUST_USE sk_err (*flush)(void *sink, struct sk_error *err);
    void (*close)(void *sink);
};
/** "file:PATH", "-" or a plain path. NULL: no such sink, err says which there are. *ret_target points into spec. */
const struct sk_sink_ops *sk_sink_find(const char *spec, const char **ret_target, struct sk_error *err);

#endif
