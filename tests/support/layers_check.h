/* SPDX-License-Identifier: Apache-2.0 */
/** The invariants of sekimori/layers.h as functions, for unit tests and fuzz targets. */
#ifndef TESTS_SUPPORT_LAYERS_CHECK_H
#define TESTS_SUPPORT_LAYERS_CHECK_H

#include "sekimori/layers.h"

/** What is wrong with the stack of pkt, in words; NULL = nothing. */
const char *sk_layers_wrong(const struct sk_packet *pkt, const struct sk_layers *l);
/** The truncation law: why `part`, decoded from fewer bytes, is no prefix of `whole`; NULL = it is one. */
const char *sk_layers_no_prefix(const struct sk_layers *part, const struct sk_layers *whole);
/** Decode every prefix of the frame against a guard page, with the frame's wire length and with its own; check both
 * laws.
 *  @return what is wrong; NULL = nothing */
const char *sk_layers_sweep(const uint8_t *bytes, size_t n, uint16_t linktype);

#endif
