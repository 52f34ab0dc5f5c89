/* SPDX-License-Identifier: Apache-2.0 */
/* What a plain (unquoted) YAML scalar means, and which ones are refused. Knows nothing of libyaml. */
#ifndef BASE_YAML_SCALAR_H
#define BASE_YAML_SCALAR_H

#include "sekimori/yaml.h"

/**
 * Decide kind, b, i and f of a plain scalar by the YAML 1.2 core schema; node->text and node->len are set.
 * @return NULL, or why it is refused and what would be right, as the end of a message that begins with the text
 */
const char *sk_yaml_plain(struct sk_yaml *node);
/** Looks like an address (two colons at least, only characters of addresses): an IPv6 address people wrote bare. */
bool sk_yaml_like_address(const char *s, size_t n);

#endif
