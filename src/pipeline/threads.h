/* SPDX-License-Identifier: Apache-2.0 */
/* A run with lane threads. */
#ifndef PIPELINE_THREADS_H
#define PIPELINE_THREADS_H

#include "sekimori/pipeline.h"

SK_MUST_USE sk_err sk_threads_run(const struct sk_pipeline *p, struct sk_pipeline_result *ret, struct sk_error *err);
/* CPU time of the calling thread. */
uint64_t sk_thread_cpu_ns(void);

#endif
