/* SPDX-License-Identifier: Apache-2.0 */
/** Names of the anomalies. */
#include "sekimori/layers.h"

static const char *const table[SK_AN_COUNT] = {
    [SK_AN_TRUNCATED] = "truncated",         [SK_AN_LINKTYPE] = "linktype",
    [SK_AN_ETHERTYPE] = "ethertype",         [SK_AN_VERSION_MISMATCH] = "version-mismatch",
    [SK_AN_IP_HEADER] = "ip-header",         [SK_AN_IP_LENGTH] = "ip-length",
    [SK_AN_EXT_LIMIT] = "ext-limit",         [SK_AN_EXT_ORDER] = "ext-order",
    [SK_AN_UPPER_UNKNOWN] = "upper-unknown", [SK_AN_L4_HEADER] = "l4-header",
    [SK_AN_OPTION_ZERO] = "option-zero",     [SK_AN_OPTION_LENGTH] = "option-length",
    [SK_AN_LAYER_LIMIT] = "layer-limit",     [SK_AN_TUNNEL_LIMIT] = "tunnel-limit",
    [SK_AN_VLAN_LIMIT] = "vlan-limit",       [SK_AN_L2_STACKING] = "l2-stacking",
    [SK_AN_TUNNEL_INNER] = "tunnel-inner",   [SK_AN_JUMBO] = "jumbo",
    [SK_AN_LENGTH_FIELD] = "length-field",   [SK_AN_LINK_FRAGMENT] = "link-fragment",
    [SK_AN_AGGREGATE] = "aggregate",         [SK_AN_FRAME_CHECK] = "frame-check",
};

const char *sk_anomaly_name(enum sk_anomaly a) { return (unsigned)a < SK_AN_COUNT ? table[a] : ""; }
