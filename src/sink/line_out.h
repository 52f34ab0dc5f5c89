/* SPDX-License-Identifier: Apache-2.0 */
/** Whole lines to a descriptor: one write a line, partial writes finished. */
#ifndef SEKIMORI_SRC_SINK_LINE_OUT_H
#define SEKIMORI_SRC_SINK_LINE_OUT_H

#include "sekimori/sink.h"

/** @param name for the error text */
SK_MUST_USE sk_err sk_line_out(int fd, const char *name, const struct sk_alert_line *line, struct sk_error *err);

#endif
