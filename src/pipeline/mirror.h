/* SPDX-License-Identifier: Apache-2.0 */
/* Frames as a mirror wrapped them, unwrapped before anything else is done with them. */
#ifndef PIPELINE_MIRROR_H
#define PIPELINE_MIRROR_H

#include "sekimori/packet.h"
#include "sekimori/policy.h"

/**
 * Where the policy declares the packet's outermost tunnel as transport of a mirror (`mirror_encap`), the packet becomes
 * the frame inside: its bytes, lengths and link type; seq, number, file, ts stay. A mirror of a mirror is unwrapped
 * too. What is fragmented, or carries no frame, stays as it is.
 */
void mirror_strip(const struct sk_policy *p, struct sk_packet *pkt);

#endif
