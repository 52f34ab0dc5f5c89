/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DHCPv4 and BOOTP (RFC 2131, 2132, 951): one event a datagram to or from port 67 or 68 over IPv4.
 *
 *   +------+-------+------+------+-----------------------------------+
 *   | op   | htype | hlen | hops | transaction, 4                    |
 *   | seconds, 2   | flags, 2    | client, your, server, relay IP, 4 |
 *   | client hardware address, 16 | server name, 64 | file, 128       |
 *   | 63 82 53 63  | options: code, length, value .. 255             |
 *   +--------------+-------------------------------------------------+
 *
 * Options in the server name and file fields (overload, option 52) are read after the options field (RFC 3396).
 * Budgets: OPTIONS_MAX options, LISTED_MAX values of a list.
 */
#include "observe/wire_text.h"
#include "sekimori/observer.h"

/* clang-format off */
SK_EVENT(dhcpv4_message, "dhcpv4.message", FRAME, "0.1", "DHCPv4 or BOOTP message (RFC 2131)")
SK_FIELD(dhcpv4_checksum, "dhcpv4.checksum", KEYWORD, ONE, "", "0.1", "UDP checksum: ok, bad, absent, not-verifiable")
SK_FIELD(dhcpv4_type, "dhcpv4.type", KEYWORD, ONE, "", "0.1", "discover, offer, request, decline, ack, nak, release, inform, force-renew, ... ; bootp-request, bootp-reply without the option")
SK_FIELD(dhcpv4_role, "dhcpv4.role", KEYWORD, ONE, "", "0.1", "client (op 1) or server (op 2)")
SK_FIELD(dhcpv4_transaction_id, "dhcpv4.transaction_id", LONG, ONE, "", "0.1", "Transaction id")
SK_FIELD(dhcpv4_client_mac, "dhcpv4.client.mac", KEYWORD, ONE, "", "0.1", "Hardware address of the client")
SK_FIELD(dhcpv4_client_ip, "dhcpv4.client.ip", IP, ONE, "", "0.1", "Address the client has (ciaddr)")
SK_FIELD(dhcpv4_your_ip, "dhcpv4.your.ip", IP, ONE, "", "0.1", "Address given to the client (yiaddr)")
SK_FIELD(dhcpv4_relay_ip, "dhcpv4.relay.ip", IP, ONE, "", "0.1", "Relay agent (giaddr)")
SK_FIELD(dhcpv4_server_ip, "dhcpv4.server.ip", IP, ONE, "", "0.1", "Server identifier (option 54)")
SK_FIELD(dhcpv4_requested_ip, "dhcpv4.requested.ip", IP, ONE, "", "0.1", "Address asked for (option 50)")
SK_FIELD(dhcpv4_subnet_mask, "dhcpv4.subnet_mask", IP, ONE, "", "0.1", "Subnet mask (option 1)")
SK_FIELD(dhcpv4_router, "dhcpv4.router", IP, LIST, "", "0.1", "Routers (option 3)")
SK_FIELD(dhcpv4_dns, "dhcpv4.dns", IP, LIST, "", "0.1", "DNS servers (option 6)")
SK_FIELD(dhcpv4_domain, "dhcpv4.domain", KEYWORD, ONE, "", "0.1", "Domain (option 15)")
SK_FIELD(dhcpv4_hostname, "dhcpv4.hostname", KEYWORD, ONE, "", "0.1", "Host name (option 12)")
SK_FIELD(dhcpv4_fqdn, "dhcpv4.fqdn", KEYWORD, ONE, "", "0.1", "Full name of the client (option 81, RFC 4702)")
SK_FIELD(dhcpv4_client_id, "dhcpv4.client.id", KEYWORD, ONE, "", "0.1", "Client identifier (option 61) in hexadecimal")
SK_FIELD(dhcpv4_vendor_class, "dhcpv4.vendor_class", KEYWORD, ONE, "", "0.1", "Vendor class (option 60)")
SK_FIELD(dhcpv4_lease_time, "dhcpv4.lease_time", LONG, ONE, "s", "0.1", "Lease time (option 51)")
SK_FIELD(dhcpv4_circuit_id, "dhcpv4.circuit_id", KEYWORD, ONE, "", "0.1", "Relay's circuit id (option 82, RFC 3046) in hexadecimal: the switch port")
SK_FIELD(dhcpv4_remote_id, "dhcpv4.remote_id", KEYWORD, ONE, "", "0.1", "Relay's remote id (option 82, RFC 3046) in hexadecimal")
SK_FIELD(dhcpv4_v6only_wait, "dhcpv4.v6only_wait", LONG, ONE, "s", "0.1", "IPv6-only preferred (option 108, RFC 8925): IPv4 off for so long")
SK_FIELD(dhcpv4_wpad, "dhcpv4.wpad", KEYWORD, ONE, "", "0.1", "Proxy configuration URL (option 252)")
SK_FIELD(dhcpv4_route, "dhcpv4.route", KEYWORD, LIST, "", "0.1", "Classless static routes (options 121 and 249, RFC 3442)")
SK_FIELD(dhcpv4_route_gateway, "dhcpv4.route_gateway", IP, LIST, "", "0.1", "Gateway of each classless static route")
SK_FIELD(dhcpv4_sixrd_prefix, "dhcpv4.sixrd.prefix", KEYWORD, ONE, "", "0.1", "6rd prefix (option 212, RFC 5969)")
SK_FIELD(dhcpv4_sixrd_relay, "dhcpv4.sixrd.relay", IP, LIST, "", "0.1", "6rd border relays (option 212)")
SK_FIELD(dhcpv4_requested, "dhcpv4.requested.option", LONG, LIST, "", "0.1", "Options asked for (option 55)")
SK_FIELD(dhcpv4_option, "dhcpv4.option", LONG, LIST, "", "0.1", "Options in their order")
SK_FIELD(dhcpv4_anomaly, "dhcpv4.anomaly", KEYWORD, LIST, "", "0.1", "short, magic, option-length, option-count")
/* clang-format on */

enum { OPTIONS_MAX = 128, LISTED_MAX = 32, MAGIC = 0x63825363, END = 255, OVERLOAD = 52 };

struct message {
    struct sk_event *ev;
    bool incomplete;
    uint8_t overload;
    unsigned options, listed;
};

static void anomaly(struct message *m, const char *word) {
    if (!m->incomplete)
        sk_event_put_text(m->ev, SKF_dhcpv4_anomaly, word);
}

static void put_set_ip(struct sk_event *ev, enum sk_field_id f, const struct sk_addr *a) {
    if (sk_addr_scope(a) != SK_SCOPE_UNSPECIFIED)
        sk_event_put_ip(ev, f, a);
}

static void put_ips(struct message *m, enum sk_field_id f, struct sk_cur c) {
    for (unsigned n = 0; c.left >= 4 && n < LISTED_MAX; n++) {
        struct sk_addr a = sk_cur_ip4(&c);
        sk_event_put_ip(m->ev, f, &a);
    }
}

static void put_type(struct message *m, struct sk_cur c) {
    static const char *const names[] = {NULL,  "discover", "offer",   "request", "decline",
                                        "ack", "nak",      "release", "inform",  "force-renew"};
    char number[8];
    uint8_t type = sk_cur_u8(&c);
    if (!sk_cur_ok(&c))
        return;
    snprintf(number, sizeof number, "%u", type);
    bool known = type > 0 && type < sizeof names / sizeof *names;
    sk_event_put_text(m->ev, SKF_dhcpv4_type, known ? names[type] : number);
}

static void put_text(struct message *m, enum sk_field_id f, struct sk_cur c) {
    while (c.left && sk_cur_peek(&c, c.left - 1) == 0)
        sk_cur_limit(&c, c.left - 1);
    if (c.left)
        sk_event_put_bytes(m->ev, f, c.p, c.left);
}

static void put_u32(struct message *m, enum sk_field_id f, struct sk_cur c) {
    uint32_t v = sk_cur_be32(&c);
    if (sk_cur_ok(&c))
        sk_event_put_int(m->ev, f, v);
}

/*  81: | flags | two result codes | name: in wire form if flag E (0x04), else as text */
static void fqdn(struct message *m, struct sk_cur c) {
    uint8_t flags = sk_cur_u8(&c);
    sk_cur_skip(&c, 2);
    if (!sk_cur_ok(&c))
        return;
    if (flags & 0x04)
        sk_wire_put_name(m->ev, SKF_dhcpv4_fqdn, c);
    else
        put_text(m, SKF_dhcpv4_fqdn, c);
}

/*  82: sub-options | code | length | value |: 1 circuit, 2 remote */
static void relay_agent(struct message *m, struct sk_cur c) {
    for (unsigned n = 0; c.left && n < LISTED_MAX; n++) {
        uint8_t code = sk_cur_u8(&c);
        uint8_t len = sk_cur_u8(&c);
        struct sk_cur value = sk_cur_sub(&c, len);
        if (code == 1 || code == 2)
            sk_wire_put_hex(m->ev, code == 1 ? SKF_dhcpv4_circuit_id : SKF_dhcpv4_remote_id, value);
    }
}

/*  121, 249: | prefix length | its significant bytes | gateway, 4 | .. | */
static void routes(struct message *m, struct sk_cur c) {
    for (; c.left && m->listed < LISTED_MAX; m->listed++) {
        struct sk_prefix p = {.addr = {.fam = 4}, .len = sk_cur_u8(&c)};
        if (p.len > 32)
            return;
        sk_cur_copy(&c, p.addr.b, (p.len + 7u) / 8);
        for (unsigned i = p.len; i < 32; i++)
            p.addr.b[i / 8] &= (uint8_t) ~(0x80u >> (i % 8));
        struct sk_addr gateway = sk_cur_ip4(&c);
        if (!sk_cur_ok(&c))
            return;
        sk_event_put_prefix(m->ev, SKF_dhcpv4_route, &p);
        sk_event_put_ip(m->ev, SKF_dhcpv4_route_gateway, &gateway);
    }
}

/*  212: | IPv4 mask length | prefix length | prefix, 16 | relays of 4 .. | */
static void sixrd(struct message *m, struct sk_cur c) {
    sk_cur_skip(&c, 1);
    struct sk_prefix p = {.len = sk_cur_u8(&c)};
    p.addr = sk_cur_ip6(&c);
    if (!sk_cur_ok(&c) || p.len > 128)
        return;
    sk_event_put_prefix(m->ev, SKF_dhcpv4_sixrd_prefix, &p);
    put_ips(m, SKF_dhcpv4_sixrd_relay, c);
}

static void one_ip(struct message *m, enum sk_field_id f, struct sk_cur c) {
    struct sk_addr a = sk_cur_ip4(&c);
    if (sk_cur_ok(&c))
        sk_event_put_ip(m->ev, f, &a);
}

static void requested(struct message *m, struct sk_cur c) {
    for (unsigned n = 0; c.left && n < LISTED_MAX; n++)
        sk_event_put_int(m->ev, SKF_dhcpv4_requested, sk_cur_u8(&c));
}

static void text_option(struct message *m, uint8_t code, struct sk_cur c) {
    switch (code) {
    case 12:
        put_text(m, SKF_dhcpv4_hostname, c);
        break;
    case 15:
        put_text(m, SKF_dhcpv4_domain, c);
        break;
    case 60:
        put_text(m, SKF_dhcpv4_vendor_class, c);
        break;
    case 61:
        sk_wire_put_hex(m->ev, SKF_dhcpv4_client_id, c);
        break;
    case 81:
        fqdn(m, c);
        break;
    case 82:
        relay_agent(m, c);
        break;
    case 252:
        put_text(m, SKF_dhcpv4_wpad, c);
        break;
    default:
        break; /* listed by number */
    }
}

static void option(struct message *m, uint8_t code, struct sk_cur c) {
    switch (code) {
    case 1:
        one_ip(m, SKF_dhcpv4_subnet_mask, c);
        break;
    case 3:
        put_ips(m, SKF_dhcpv4_router, c);
        break;
    case 6:
        put_ips(m, SKF_dhcpv4_dns, c);
        break;
    case 50:
        one_ip(m, SKF_dhcpv4_requested_ip, c);
        break;
    case 51:
        put_u32(m, SKF_dhcpv4_lease_time, c);
        break;
    case OVERLOAD:
        m->overload = sk_cur_u8(&c);
        break;
    case 53:
        put_type(m, c);
        break;
    case 54:
        one_ip(m, SKF_dhcpv4_server_ip, c);
        break;
    case 55:
        requested(m, c);
        break;
    case 108:
        put_u32(m, SKF_dhcpv4_v6only_wait, c);
        break;
    case 121:
    case 249:
        routes(m, c);
        break;
    case 212:
        sixrd(m, c);
        break;
    default:
        text_option(m, code, c);
        break;
    }
}

/* @return false: broken, or cut off before the end */
static bool options(struct message *m, struct sk_cur c) {
    while (c.left) {
        uint8_t code = sk_cur_u8(&c);
        if (code == 0)
            continue;
        if (code == END)
            return true;
        uint8_t len = sk_cur_u8(&c);
        struct sk_cur value = sk_cur_sub(&c, len);
        if (!sk_cur_ok(&c)) {
            anomaly(m, "option-length");
            return false;
        }
        if (m->options++ == OPTIONS_MAX) {
            anomaly(m, "option-count");
            return false;
        }
        sk_event_put_int(m->ev, SKF_dhcpv4_option, code);
        option(m, code, value);
    }
    return !m->incomplete;
}

/* @return false: cut before the options */
static bool fixed_part(struct message *m, struct sk_cur *c, uint8_t op, struct sk_cur *ret_sname,
                       struct sk_cur *ret_file) {
    uint8_t htype = sk_cur_u8(c);
    uint8_t hlen = sk_cur_u8(c);
    sk_cur_skip(c, 1);
    uint32_t xid = sk_cur_be32(c);
    sk_cur_skip(c, 4);
    struct sk_addr ciaddr = sk_cur_ip4(c);
    struct sk_addr yiaddr = sk_cur_ip4(c);
    sk_cur_skip(c, 4);
    struct sk_addr giaddr = sk_cur_ip4(c);
    struct sk_mac mac = sk_cur_mac(c);
    sk_cur_skip(c, 10);
    if (!sk_cur_ok(c))
        return false;
    sk_event_put_text(m->ev, SKF_dhcpv4_role, op == 1 ? "client" : "server");
    sk_event_put_int(m->ev, SKF_dhcpv4_transaction_id, xid);
    if (htype == 1 && hlen == 6)
        sk_event_put_mac(m->ev, SKF_dhcpv4_client_mac, &mac);
    put_set_ip(m->ev, SKF_dhcpv4_client_ip, &ciaddr);
    put_set_ip(m->ev, SKF_dhcpv4_your_ip, &yiaddr);
    put_set_ip(m->ev, SKF_dhcpv4_relay_ip, &giaddr);
    *ret_sname = sk_cur_sub(c, 64);
    *ret_file = sk_cur_sub(c, 128);
    return sk_cur_ok(c);
}

static void read(struct message *m, struct sk_cur c, uint8_t op) {
    struct sk_cur sname, file;
    if (!fixed_part(m, &c, op, &sname, &file)) {
        anomaly(m, "short");
        return;
    }
    uint32_t magic = sk_cur_be32(&c);
    if (magic == MAGIC) {
        bool more = options(m, c);
        if (more && (m->overload & 1))
            more = options(m, file);
        if (more && (m->overload & 2))
            (void)options(m, sname);
    } else {
        anomaly(m, "magic");
    }
    /* The first value stands: this one is for messages without a type option, unless the option may be cut off. */
    if (!m->incomplete)
        sk_event_put_text(m->ev, SKF_dhcpv4_type, op == 1 ? "bootp-request" : "bootp-reply");
}

static void datagram(void *state, struct sk_obs *o, unsigned layer, struct sk_cur payload) {
    (void)state;
    const struct sk_layers *l = o->layers;
    const struct sk_ip *ip = l->at[layer].ip < l->n_ip ? &l->ip[l->at[layer].ip] : NULL;
    uint8_t op = sk_cur_u8(&payload);
    if (!ip || ip->src.fam != 4 || (op != 1 && op != 2))
        return;
    struct sk_event *ev = sk_obs_event(o, SKE_dhcpv4_message, layer);
    if (!ev)
        return;
    struct message m = {.ev = ev, .incomplete = ip->fragment || ip->upper_len < ip->wire_upper_len};
    unsigned at = l->at[layer].ip;
    enum sk_checksum sum = sk_checksum_upper(o->pkt, l, at);
    bool ignored = sum == SK_CKSUM_BAD || !sk_checksum_ip4(o->pkt, l, at);
    sk_event_put_text(ev, SKF_dhcpv4_checksum, sk_checksum_name(sum));
    sk_event_put_text(ev, SKF_sekimori_effect, ignored ? "ignored-by-rfc" : m.incomplete ? "unknown" : "accepted");
    read(&m, payload, op);
    sk_obs_commit(o, ev);
}

static const uint16_t ports[] = {67, 68, 0};
const struct sk_observer sk_obs_dhcpv4 = {.name = "dhcpv4", .udp_ports = ports, .datagram = datagram};
