/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DHCPv6 (RFC 9915): one event a datagram to or from port 546 or 547 over IPv6, whatever hop limit and addresses it has
 * (relays use global ones). A relayed message is unwrapped: the event tells of the innermost.
 *
 *   client, server:  | type | transaction, 3 | options
 *   relay (12, 13):  | type | hop count | link address, 16 | peer address, 16 | options, the message is option 9
 *   option:          | code, 2 | length, 2 | value ..     IA_NA, IA_TA, IA_PD hold options again, once
 *
 * Budgets: RELAYS_MAX wrappings, OPTIONS_MAX options, LISTED_MAX values of a list.
 */
#include "observe/wire_text.h"
#include "sekimori/observer.h"

/* clang-format off */
SK_EVENT(dhcpv6_message, "dhcpv6.message", FRAME, "0.1", "DHCPv6 message (RFC 9915)")
SK_FIELD(dhcpv6_type, "dhcpv6.type", KEYWORD, ONE, "", "0.1", "Message as sent: solicit, advertise, request, confirm, renew, rebind, reply, release, decline, reconfigure, information-request, relay-forward, relay-reply, ... or the number")
SK_FIELD(dhcpv6_inner_type, "dhcpv6.inner.type", KEYWORD, ONE, "", "0.1", "Message inside the relay messages")
SK_FIELD(dhcpv6_role, "dhcpv6.role", KEYWORD, ONE, "", "0.1", "Who sends such a message: client, server, relay (towards the server), unknown")
SK_FIELD(dhcpv6_transaction_id, "dhcpv6.transaction_id", LONG, ONE, "", "0.1", "Transaction id of the (innermost) message")
SK_FIELD(dhcpv6_relay_hops, "dhcpv6.relay.hops", LONG, ONE, "", "0.1", "Relay messages around it")
SK_FIELD(dhcpv6_relay_link, "dhcpv6.relay.link", IP, LIST, "", "0.1", "Link addresses of the relays, outermost first")
SK_FIELD(dhcpv6_relay_peer, "dhcpv6.relay.peer", IP, LIST, "", "0.1", "Peer addresses of the relays, outermost first; the last is the client's")
SK_FIELD(dhcpv6_client_duid, "dhcpv6.client.duid", KEYWORD, ONE, "", "0.1", "Client identifier in hexadecimal")
SK_FIELD(dhcpv6_client_mac, "dhcpv6.client.mac", KEYWORD, ONE, "", "0.1", "MAC address inside the client identifier (DUID-LLT, DUID-LL)")
SK_FIELD(dhcpv6_server_duid, "dhcpv6.server.duid", KEYWORD, ONE, "", "0.1", "Server identifier in hexadecimal")
SK_FIELD(dhcpv6_server_mac, "dhcpv6.server.mac", KEYWORD, ONE, "", "0.1", "MAC address inside the server identifier (DUID-LLT, DUID-LL)")
SK_FIELD(dhcpv6_address, "dhcpv6.address", IP, LIST, "", "0.1", "Addresses in IA_NA and IA_TA: asked for by a client, leased by a server")
SK_FIELD(dhcpv6_prefix, "dhcpv6.prefix", KEYWORD, LIST, "", "0.1", "Prefixes in IA_PD")
SK_FIELD(dhcpv6_preferred, "dhcpv6.preferred", LONG, LIST, "s", "0.1", "Preferred lifetime of each address and prefix")
SK_FIELD(dhcpv6_valid, "dhcpv6.valid", LONG, LIST, "s", "0.1", "Valid lifetime of each address and prefix")
SK_FIELD(dhcpv6_t1, "dhcpv6.t1", LONG, ONE, "s", "0.1", "T1 of the first IA_NA or IA_PD")
SK_FIELD(dhcpv6_t2, "dhcpv6.t2", LONG, ONE, "s", "0.1", "T2 of the first IA_NA or IA_PD")
SK_FIELD(dhcpv6_dns, "dhcpv6.dns", IP, LIST, "", "0.1", "DNS servers (option 23, RFC 3646)")
SK_FIELD(dhcpv6_domain, "dhcpv6.domain", KEYWORD, LIST, "", "0.1", "Domain search list (option 24, RFC 3646)")
SK_FIELD(dhcpv6_dnr, "dhcpv6.dnr", KEYWORD, LIST, "", "0.1", "Names of encrypted resolvers (option 144, RFC 9463)")
SK_FIELD(dhcpv6_fqdn, "dhcpv6.fqdn", KEYWORD, ONE, "", "0.1", "Name of the client (option 39, RFC 4704)")
SK_FIELD(dhcpv6_vendor_class, "dhcpv6.vendor_class", KEYWORD, ONE, "", "0.1", "Vendor class (option 16), its data")
SK_FIELD(dhcpv6_vendor_enterprise, "dhcpv6.vendor_enterprise", LONG, ONE, "", "0.1", "Enterprise number of the vendor class; 311 is Microsoft")
SK_FIELD(dhcpv6_aftr, "dhcpv6.aftr", KEYWORD, ONE, "", "0.1", "DS-Lite tunnel end (option 64, RFC 6334)")
SK_FIELD(dhcpv6_status, "dhcpv6.status", LONG, LIST, "", "0.1", "Status codes, those inside IAs too; 0 is success")
SK_FIELD(dhcpv6_rapid_commit, "dhcpv6.rapid_commit", BOOL, ONE, "", "0.1", "Rapid commit option is there")
SK_FIELD(dhcpv6_preference, "dhcpv6.preference", LONG, ONE, "", "0.1", "Server preference (option 7)")
SK_FIELD(dhcpv6_requested, "dhcpv6.requested", LONG, LIST, "", "0.1", "Options asked for (option 6)")
SK_FIELD(dhcpv6_option, "dhcpv6.option", LONG, LIST, "", "0.1", "Options of the (innermost) message in their order")
SK_FIELD(dhcpv6_well_formed, "dhcpv6.well_formed", BOOL, ONE, "", "0.1", "Known message type, options fill the datagram exactly, a server's message names its server")
SK_FIELD(dhcpv6_anomaly, "dhcpv6.anomaly", KEYWORD, LIST, "", "0.1", "short, option-length, option-count, relay-depth, relay-empty, type")
SK_FIELD(dhcpv6_hop_limit, "dhcpv6.hop_limit", LONG, ONE, "", "0.1", "Hop limit of the packet (no rule demands a value)")
SK_FIELD(dhcpv6_checksum, "dhcpv6.checksum", KEYWORD, ONE, "", "0.1", "UDP checksum: ok, bad, absent, not-verifiable")
/* clang-format on */

enum { RELAY_FORWARD = 12, RELAY_REPLY = 13, RELAYS_MAX = 8, OPTIONS_MAX = 64, LISTED_MAX = 32, INNER_MAX = 32 };
enum { ADVERTISE = 2, REPLY = 7, RECONFIGURE = 10 };

struct message {
    struct sk_event *ev;
    uint8_t type;
    bool incomplete, malformed, has_server, has_message;
    unsigned listed, options;
    struct sk_cur inner; /**< the relayed message */
};

static const char *const type_names[] = {NULL,
                                         "solicit",
                                         "advertise",
                                         "request",
                                         "confirm",
                                         "renew",
                                         "rebind",
                                         "reply",
                                         "release",
                                         "decline",
                                         "reconfigure",
                                         "information-request",
                                         "relay-forward",
                                         "relay-reply",
                                         "leasequery",
                                         "leasequery-reply",
                                         "leasequery-done",
                                         "leasequery-data",
                                         "reconfigure-request",
                                         "reconfigure-reply",
                                         "dhcpv4-query",
                                         "dhcpv4-response"};

static bool known(uint8_t type) { return type > 0 && type < sizeof type_names / sizeof *type_names; }

static void put_type(struct sk_event *ev, enum sk_field_id f, uint8_t type) {
    char number[8];
    snprintf(number, sizeof number, "%u", type);
    sk_event_put_text(ev, f, known(type) ? type_names[type] : number);
}

static const char *role_of(uint8_t type) {
    if (type == ADVERTISE || type == REPLY || type == RECONFIGURE || type == RELAY_REPLY || type == 15 || type == 17 ||
        type == 21)
        return "server";
    if (type == RELAY_FORWARD)
        return "relay";
    return known(type) ? "client" : "unknown";
}

static void anomaly(struct message *m, const char *word) {
    m->malformed = true;
    sk_event_put_text(m->ev, SKF_dhcpv6_anomaly, word);
}

/* Next option; false: none, or the list is broken (said once). */
static bool next_option(struct message *m, struct sk_cur *c, uint16_t *ret_code, struct sk_cur *ret_value) {
    if (c->left == 0)
        return false;
    *ret_code = sk_cur_be16(c);
    uint16_t len = sk_cur_be16(c);
    *ret_value = sk_cur_sub(c, len);
    if (sk_cur_ok(c))
        return true;
    if (!m->incomplete)
        anomaly(m, "option-length");
    return false;
}

static void put_status(struct message *m, struct sk_cur c) {
    uint16_t code = sk_cur_be16(&c);
    if (sk_cur_ok(&c))
        sk_event_put_int(m->ev, SKF_dhcpv6_status, code);
}

/*  5: | address, 16 | preferred, 4 | valid, 4 | options       26: | preferred | valid | length | prefix, 16 | options
 */
static void ia_member(struct message *m, uint16_t code, struct sk_cur c) {
    struct sk_prefix p = {.addr = {.fam = 6}};
    if (code == 5)
        p.addr = sk_cur_ip6(&c);
    uint32_t preferred = sk_cur_be32(&c);
    uint32_t valid = sk_cur_be32(&c);
    if (code == 26) {
        p.len = sk_cur_u8(&c);
        p.addr = sk_cur_ip6(&c);
    }
    if (!sk_cur_ok(&c) || p.len > 128 || m->listed++ >= LISTED_MAX)
        return;
    if (code == 5)
        sk_event_put_ip(m->ev, SKF_dhcpv6_address, &p.addr);
    else
        sk_event_put_prefix(m->ev, SKF_dhcpv6_prefix, &p);
    sk_event_put_int(m->ev, SKF_dhcpv6_preferred, preferred);
    sk_event_put_int(m->ev, SKF_dhcpv6_valid, valid);
    uint16_t inner;
    struct sk_cur value;
    for (unsigned n = 0; n < INNER_MAX && next_option(m, &c, &inner, &value); n++)
        if (inner == 13)
            put_status(m, value);
}

/*  IA_NA 3, IA_PD 25: | id, 4 | T1, 4 | T2, 4 | options       IA_TA 4: | id, 4 | options */
static void ia(struct message *m, uint16_t code, struct sk_cur c) {
    sk_cur_skip(&c, 4);
    if (code != 4) {
        uint32_t t1 = sk_cur_be32(&c);
        uint32_t t2 = sk_cur_be32(&c);
        if (sk_cur_ok(&c)) {
            sk_event_put_int(m->ev, SKF_dhcpv6_t1, t1);
            sk_event_put_int(m->ev, SKF_dhcpv6_t2, t2);
        }
    }
    uint16_t inner;
    struct sk_cur value;
    for (unsigned n = 0; n < INNER_MAX && next_option(m, &c, &inner, &value); n++) {
        if (inner == 5 || inner == 26)
            ia_member(m, inner, value);
        else if (inner == 13)
            put_status(m, value);
    }
}

static void put_addresses(struct message *m, enum sk_field_id f, struct sk_cur c) {
    for (; c.left >= 16 && m->listed < LISTED_MAX; m->listed++) {
        struct sk_addr a = sk_cur_ip6(&c);
        sk_event_put_ip(m->ev, f, &a);
    }
}

static void put_names(struct message *m, enum sk_field_id f, struct sk_cur c) {
    char name[SK_WIRE_NAME];
    for (; m->listed < LISTED_MAX && sk_wire_name(&c, name, sizeof name); m->listed++)
        sk_event_put_text(m->ev, f, name);
}

static void vendor_class(struct message *m, struct sk_cur c) {
    uint32_t enterprise = sk_cur_be32(&c);
    uint16_t len = sk_cur_be16(&c);
    struct sk_cur text = sk_cur_sub(&c, len);
    if (!sk_cur_ok(&c))
        return;
    sk_event_put_int(m->ev, SKF_dhcpv6_vendor_enterprise, enterprise);
    if (text.left)
        sk_event_put_bytes(m->ev, SKF_dhcpv6_vendor_class, text.p, text.left);
}

static void encrypted_dns(struct message *m, struct sk_cur c) {
    sk_cur_skip(&c, 2);
    uint16_t len = sk_cur_be16(&c);
    put_names(m, SKF_dhcpv6_dnr, sk_cur_sub(&c, len));
}

static void requested(struct message *m, struct sk_cur c) {
    for (unsigned n = 0; c.left >= 2 && n < LISTED_MAX; n++)
        sk_event_put_int(m->ev, SKF_dhcpv6_requested, sk_cur_be16(&c));
}

static void duid(struct message *m, struct sk_cur c, bool server) {
    m->has_server |= server;
    sk_wire_put_hex(m->ev, server ? SKF_dhcpv6_server_duid : SKF_dhcpv6_client_duid, c);
    struct sk_mac mac;
    if (sk_wire_duid_mac(c, &mac))
        sk_event_put_mac(m->ev, server ? SKF_dhcpv6_server_mac : SKF_dhcpv6_client_mac, &mac);
}

static void name_option(struct message *m, uint16_t code, struct sk_cur c) {
    switch (code) {
    case 23:
        put_addresses(m, SKF_dhcpv6_dns, c);
        break;
    case 24:
        put_names(m, SKF_dhcpv6_domain, c);
        break;
    case 39:
        sk_cur_skip(&c, 1);
        sk_wire_put_name(m->ev, SKF_dhcpv6_fqdn, c);
        break;
    case 64:
        sk_wire_put_name(m->ev, SKF_dhcpv6_aftr, c);
        break;
    case 144:
        encrypted_dns(m, c);
        break;
    default:
        break; /* listed by number */
    }
}

static void option(struct message *m, uint16_t code, struct sk_cur c) {
    switch (code) {
    case 1:
    case 2:
        duid(m, c, code == 2);
        break;
    case 3:
    case 4:
    case 25:
        ia(m, code, c);
        break;
    case 6:
        requested(m, c);
        break;
    case 7:
        if (c.left)
            sk_event_put_int(m->ev, SKF_dhcpv6_preference, sk_cur_u8(&c));
        break;
    case 9:
        m->inner = c;
        m->has_message = true;
        break;
    case 13:
        put_status(m, c);
        break;
    case 14:
        sk_event_put_int(m->ev, SKF_dhcpv6_rapid_commit, 1);
        break;
    case 16:
        vendor_class(m, c);
        break;
    default:
        name_option(m, code, c);
        break;
    }
}

static void options(struct message *m, struct sk_cur c, bool relay) {
    uint16_t code;
    struct sk_cur value;
    while (next_option(m, &c, &code, &value)) {
        if (m->options++ == OPTIONS_MAX) {
            anomaly(m, "option-count");
            return;
        }
        if (!relay)
            sk_event_put_int(m->ev, SKF_dhcpv6_option, code);
        if (!relay || code == 9)
            option(m, code, value);
    }
}

/* Take off one relay message. @return false: it holds none, or is broken */
static bool unwrap(struct message *m, struct sk_cur *c) {
    sk_cur_skip(c, 2);
    struct sk_addr link = sk_cur_ip6(c);
    struct sk_addr peer = sk_cur_ip6(c);
    if (!sk_cur_ok(c)) {
        if (!m->incomplete)
            anomaly(m, "short");
        return false;
    }
    sk_event_put_ip(m->ev, SKF_dhcpv6_relay_link, &link);
    sk_event_put_ip(m->ev, SKF_dhcpv6_relay_peer, &peer);
    m->has_message = false;
    options(m, *c, true);
    if (!m->has_message) {
        if (!m->incomplete)
            anomaly(m, "relay-empty");
        return false;
    }
    *c = m->inner;
    m->type = sk_cur_peek(c, 0);
    return c->left > 0;
}

static bool is_relay(uint8_t type) { return type == RELAY_FORWARD || type == RELAY_REPLY; }

static void read(struct message *m, struct sk_cur c) {
    unsigned hops = 0;
    uint8_t outer = m->type = sk_cur_peek(&c, 0);
    put_type(m->ev, SKF_dhcpv6_type, outer);
    sk_event_put_text(m->ev, SKF_dhcpv6_role, role_of(outer));
    if (!known(outer))
        anomaly(m, "type");
    bool whole = true;
    while (is_relay(m->type) && hops < RELAYS_MAX && (whole = unwrap(m, &c)))
        hops++;
    if (is_relay(outer) && !m->incomplete)
        sk_event_put_int(m->ev, SKF_dhcpv6_relay_hops, hops);
    if (!whole)
        return;
    if (is_relay(m->type)) {
        anomaly(m, "relay-depth");
        return;
    }
    if (is_relay(outer))
        put_type(m->ev, SKF_dhcpv6_inner_type, m->type);
    uint32_t word = sk_cur_be32(&c);
    if (!sk_cur_ok(&c)) {
        if (!m->incomplete)
            anomaly(m, "short");
        return;
    }
    sk_event_put_int(m->ev, SKF_dhcpv6_transaction_id, word & 0xffffff);
    options(m, c, false);
}

static void datagram(void *state, struct sk_obs *o, unsigned layer, struct sk_cur payload) {
    (void)state;
    const struct sk_layers *l = o->layers;
    const struct sk_ip *ip = l->at[layer].ip < l->n_ip ? &l->ip[l->at[layer].ip] : NULL;
    if (!ip || ip->src.fam != 6 || payload.left == 0)
        return;
    struct sk_event *ev = sk_obs_event(o, SKE_dhcpv6_message, layer);
    if (!ev)
        return;
    struct message m = {.ev = ev, .incomplete = ip->fragment || ip->upper_len < ip->wire_upper_len};
    enum sk_checksum sum = sk_checksum_upper(o->pkt, l, l->at[layer].ip);
    sk_event_put_int(ev, SKF_dhcpv6_hop_limit, ip->hop_limit);
    read(&m, payload);
    bool needs_server = m.type == ADVERTISE || m.type == REPLY || m.type == RECONFIGURE;
    if (!m.incomplete)
        sk_event_put_int(ev, SKF_dhcpv6_well_formed, !m.malformed && (m.has_server || !needs_server));
    sk_event_put_text(ev, SKF_dhcpv6_checksum, sk_checksum_name(sum));
    const char *effect = sum == SK_CKSUM_BAD || sum == SK_CKSUM_ABSENT ? "ignored-by-rfc"
                         : m.incomplete                                ? "unknown"
                         : m.malformed                                 ? "host-dependent"
                                                                       : "accepted";
    sk_event_put_text(ev, SKF_sekimori_effect, effect);
    sk_event_put_text(ev, SKF_sekimori_certainty, "observed");
    sk_obs_commit(o, ev);
}

static const uint16_t ports[] = {546, 547, 0};
const struct sk_observer sk_obs_dhcpv6 = {.name = "dhcpv6", .udp_ports = ports, .datagram = datagram};
