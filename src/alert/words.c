/* SPDX-License-Identifier: Apache-2.0 */
/* Words of our own fields in Japanese sentences. Protocol terms (MLD, NODATA) stay what network people call them. */
#include "alert/words.h"

#include <string.h>

struct word {
    enum sk_field_id field;
    const char *value, *ja;
};
static const struct word words[] = {
    {SKF_tunnel_confirmed, "attempt", "試行"},
    {SKF_tunnel_confirmed, "one-way", "片方向"},
    {SKF_tunnel_confirmed, "two-way", "双方向"},
    {SKF_tunnel_direction, "outbound", "庁外へ"},
    {SKF_tunnel_direction, "inbound", "庁外から"},
    {SKF_tunnel_direction, "inside", "庁内"},
    {SKF_tunnel_direction, "transit", "通過"},
    {SKF_icmpv6_ra_kind, "default-router", "既定ルータ"},
    {SKF_icmpv6_ra_kind, "dhcp-lure", "DHCPv6誘導型"},
    {SKF_icmpv6_ra_kind, "prefix-only", "プレフィックスのみ"},
    {SKF_icmpv6_ra_kind, "dns-only", "DNSのみ"},
    {SKF_icmpv6_ra_kind, "nat64", "NAT64"},
    {SKF_icmpv6_ra_kind, "stub-router", "スタブルータ"},
    {SKF_icmpv6_ra_kind, "withdrawal", "取消し"},
    {SKF_icmpv6_ra_kind, "empty", "内容なし"},
    {SKF_ipv6_category, "dad", "DAD"},
    {SKF_ipv6_category, "rs", "RS"},
    {SKF_ipv6_category, "ra", "RA"},
    {SKF_ipv6_category, "ns", "NS"},
    {SKF_ipv6_category, "na", "NA"},
    {SKF_ipv6_category, "mld", "MLD"},
    {SKF_ipv6_category, "mdns", "mDNS"},
    {SKF_ipv6_category, "llmnr", "LLMNR"},
    {SKF_ipv6_category, "ssdp", "SSDP"},
    {SKF_ipv6_category, "wsd", "WS-Discovery"},
    {SKF_ipv6_category, "dhcp6c", "DHCPv6クライアント"},
    {SKF_ipv6_category, "dhcp6s", "DHCPv6サーバ"},
    {SKF_ipv6_category, "tcp", "TCP"},
    {SKF_ipv6_category, "udp", "UDP"},
    {SKF_ipv6_category, "other", "その他"},
    {SKF_flow_state, "opened", "開始"},
    {SKF_flow_state, "established", "確立"},
    {SKF_flow_state, "refused", "拒否"},
    {SKF_flow_state, "unanswered", "応答なし"},
    {SKF_flow_state, "closed", "終了"},
    {SKF_spf_evidence, "dns-txt-without-spf", "TXT応答にv=spf1なし"},
    {SKF_spf_evidence, "dns-nodata", "TXT問合せにNODATA応答"},
    {SKF_spf_evidence, "dns-nxdomain", "NXDOMAIN応答（ドメインが存在しない）"},
    {SKF_teredo_role, "qualify", "サーバへ照会"},
    {SKF_teredo_role, "qualified", "サーバが応答"},
    {SKF_network_transport, "tcp", "TCP"},
    {SKF_network_transport, "udp", "UDP"},
    {SKF_tunnel_inner_transport, "tcp", "TCP"},
    {SKF_tunnel_inner_transport, "udp", "UDP"},
    {SKF_tunnel_inner_transport, "icmpv6", "ICMPv6"},
};

const char *alert_word_ja(enum sk_field_id f, const char *value) {
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].field == f && strcmp(words[i].value, value) == 0)
            return words[i].ja;
    return value;
}
