/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines on standard output, each at once. */
#include "sink/line_out.h"

#include <unistd.h>

static int out = STDOUT_FILENO;

static sk_err stdout_open(void **ret, const char *target, struct sk_error *err) {
    (void)target, (void)err;
    *ret = &out;
    return SK_OK;
}
static sk_err stdout_write(void *sink, const struct sk_alert_line *line, struct sk_error *err) {
    return sk_line_out(*(int *)sink, "standard output", line, err);
}
static sk_err stdout_flush(void *sink, struct sk_error *err) {
    (void)sink, (void)err;
    return SK_OK;
}
static void stdout_close(void *sink) { (void)sink; }

const struct sk_sink_ops sk_sink_stdout = {
    "stdout", "stdout (or -)  JSON lines to standard output", stdout_open, stdout_write, stdout_flush, stdout_close};
