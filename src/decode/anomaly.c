/* SPDX-License-Identifier: Apache-2.0 */
/** Names and explanations of the anomalies. */
#include "sekimori/layers.h"

static const struct {
    const char *name, *explain;
} table[SK_AN_COUNT] = {
    [SK_AN_TRUNCATED] = {"truncated", "The capture ends before a length that a header declares."},
    [SK_AN_LINKTYPE] = {"linktype", "The capture's link type is not decoded."},
    [SK_AN_ETHERTYPE] = {"ethertype", "The EtherType or PPP protocol is not decoded."},
    [SK_AN_VERSION_MISMATCH] =
        {"version-mismatch", "The IP version differs from what the header in front announces (RFC 8200 section 3); it "
                             "was decoded by the version."},
    [SK_AN_IP_HEADER] = {"ip-header",
                         "An IP header is impossible: version neither 4 nor 6, or shorter than the shortest header."},
    [SK_AN_IP_LENGTH] = {"ip-length", "A length in an IP or extension header is larger than what the outer headers "
                                      "leave, or smaller than the header."},
    [SK_AN_EXT_LIMIT] = {"ext-limit", "There are more extension headers than any legitimate packet has."},
    [SK_AN_EXT_ORDER] = {"ext-order", "Extension headers are repeated or out of the order of RFC 8200 section 4.1."},
    [SK_AN_UPPER_UNKNOWN] = {"upper-unknown", "The protocol above IP is not decoded, or not in the first fragment "
                                              "(RFC 7112)."},
    [SK_AN_L4_HEADER] = {"l4-header", "A length in a UDP, TCP or ICMP header is impossible."},
    [SK_AN_OPTION_ZERO] = {"option-zero", "An option has length zero; such a packet must be discarded (RFC 4861 "
                                          "section 4.6)."},
    [SK_AN_OPTION_LENGTH] = {"option-length", "An option is longer than what is left of its header."},
    [SK_AN_LAYER_LIMIT] = {"layer-limit", "There are more than 48 layers; the rest was not decoded."},
    [SK_AN_TUNNEL_LIMIT] = {"tunnel-limit", "There are more than 8 tunnels in one another; the rest was not decoded."},
    [SK_AN_VLAN_LIMIT] = {"vlan-limit", "There are more than 4 VLAN tags; the first 4 were kept."},
    [SK_AN_L2_STACKING] = {"l2-stacking", "Several VID 0 tags, or one before LLC/SNAP, pass by filters of switches "
                                          "(VU#855201)."},
    [SK_AN_TUNNEL_INNER] = {"tunnel-inner", "A tunnel does not hold what its header announces."},
    [SK_AN_JUMBO] = {"jumbo", "The IP length field is 0 (jumbogram or segmentation offload); the frame's length was "
                              "used."},
    [SK_AN_LENGTH_FIELD] = {"length-field", "The 802.3 length field differs from the length of the frame."},
    [SK_AN_LINK_FRAGMENT] = {"link-fragment", "The frame is a part of one that 802.11 or a tunnel divided; parts are "
                                              "not put together, and all but the first are not decoded."},
    [SK_AN_AGGREGATE] = {"aggregate", "The frame holds several frames; the first was decoded."},
    [SK_AN_FRAME_CHECK] = {"frame-check", "The receiver found the frame check sequence wrong; such a frame is taken by "
                                          "nobody, and it was not decoded."},
};

const char *sk_anomaly_name(enum sk_anomaly a) { return (unsigned)a < SK_AN_COUNT ? table[a].name : ""; }
const char *sk_anomaly_explain(enum sk_anomaly a) { return (unsigned)a < SK_AN_COUNT ? table[a].explain : ""; }
