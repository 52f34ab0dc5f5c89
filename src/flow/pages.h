/* SPDX-License-Identifier: Apache-2.0 */
/** Zeroed memory that is reserved at once and taken as it is touched, on huge pages where the kernel gives them. */
#ifndef FLOW_PAGES_H
#define FLOW_PAGES_H

#include <stddef.h>

/** NULL: the system has no room. */
void *flow_pages_new(size_t bytes);
void flow_pages_free(void *p, size_t bytes);

#endif
