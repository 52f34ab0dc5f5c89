/* SPDX-License-Identifier: Apache-2.0 */
/* A device as one JSON line, and the schema of such lines. */
#include "report/devices.h"

#include <stdlib.h>
#include <string.h>

static void put(struct sk_json_out *j, const char *key, const char *text) {
    if (text && text[0])
        sk_json_key(j, key), sk_json_text(j, text);
}
static void put_time(struct sk_json_out *j, const char *key, sk_time t) {
    char text[SK_TIME_TEXT];
    sk_json_key(j, key), sk_json_text(j, sk_time_text(t, text));
}
static void put_texts(struct sk_json_out *j, const char *key, const struct texts *t) {
    if (t->n == 0)
        return;
    sk_json_key(j, key), sk_json_array(j);
    for (unsigned i = 0; i < t->n; i++)
        sk_json_text(j, t->at[i]);
    sk_json_end_array(j);
}

static void put_ips(struct sk_json_out *j, const char *key, const struct collected *c, uint8_t family) {
    static const char *const by[] = {"frame", "frame", "binding", "lease"};
    char text[SK_ADDR_TEXT];
    bool any = false;
    for (unsigned i = 0; i < c->n_ip; i++) {
        const struct sk_device_ip *ip = &c->ip[i];
        if (ip->addr.fam != family)
            continue;
        if (!any)
            sk_json_key(j, key), sk_json_array(j);
        any = true;
        sk_json_object(j);
        put(j, "ip", sk_addr_text(&ip->addr, text));
        if (family == 6)
            put(j, "kind", devices_ip_kind(c, i));
        put(j, "known_by", by[ip->by]);
        put_time(j, "first_seen", ip->first);
        put_time(j, "last_seen", ip->last);
        sk_json_end_object(j);
    }
    if (any)
        sk_json_end_array(j);
}

static void put_names(struct sk_json_out *j, const struct collected *c) {
    if (c->n_names == 0)
        return;
    sk_json_key(j, "names"), sk_json_array(j);
    for (unsigned i = 0; i < c->n_names; i++) {
        sk_json_object(j);
        put(j, "name", c->names[i].text);
        put(j, "source", c->names[i].source);
        put_time(j, "first_seen", c->names[i].first);
        put_time(j, "last_seen", c->names[i].last);
        sk_json_end_object(j);
    }
    sk_json_end_array(j);
}

static void put_conflicts(struct sk_json_out *j, const struct collected *c) {
    char text[SK_ADDR_TEXT];
    if (c->n_conflict == 0)
        return;
    sk_json_key(j, "conflicts"), sk_json_array(j);
    for (unsigned i = 0; i < c->n_conflict; i++) {
        const struct sk_device_conflict *f = &c->conflict[i];
        sk_json_object(j);
        put(j, "what", f->what);
        put(j, "other_mac", sk_mac_text(&f->other, text));
        if (f->addr.fam)
            put(j, "ip", sk_addr_text(&f->addr, text));
        sk_json_key(j, "count"), sk_json_int(j, (int64_t)f->count);
        put_time(j, "last_seen", f->last);
        sk_json_end_object(j);
    }
    sk_json_end_array(j);
}

static void put_roles(struct sk_json_out *j, const struct collected *c) {
    if (c->roles == 0)
        return;
    sk_json_key(j, "roles"), sk_json_array(j);
    for (unsigned bit = 1; sk_device_role_name(bit); bit <<= 1)
        if (c->roles & bit)
            sk_json_text(j, sk_device_role_name(bit));
    sk_json_end_array(j);
}

static void one(struct sk_json_out *j, const struct collected *c) {
    char mac[SK_MAC_TEXT];
    sk_json_object(j);
    put(j, "id", c->id);
    put(j, "mac", sk_mac_text(&c->mac, mac));
    sk_json_key(j, "mac_random"), sk_json_bool(j, c->mac_random);
    put(j, "virtual_mac", c->virtual_mac);
    if (c->macs.n > 1)
        put_texts(j, "macs", &c->macs);
    put(j, "vendor", c->vendor);
    put(j, "name", c->name);
    put(j, "name_source", c->name_source);
    put(j, "section", c->section);
    put(j, "registered", c->registered);
    put_texts(j, "segments", &c->segments);
    put_texts(j, "vlans", &c->vlans);
    put_texts(j, "vnis", &c->vnis);
    put_ips(j, "ipv4", c, 4);
    put_ips(j, "ipv6", c, 6);
    if (c->ip_forgotten)
        sk_json_key(j, "addresses_forgotten"), sk_json_int(j, (int64_t)c->ip_forgotten);
    put_texts(j, "duid", &c->duids);
    put(j, "switch_port", c->switch_port);
    put(j, "model", c->model);
    put_names(j, c);
    put_roles(j, c);
    put_conflicts(j, c);
    put_time(j, "first_seen", c->first);
    put_time(j, "last_seen", c->last);
    sk_json_end_object(j);
}

void sk_devices_json(struct sk_devices *d, const struct sk_devices_options *opt, struct sk_buf *buf) {
    size_t n;
    struct collected **rows = devices_chosen(d, opt, &n);
    for (size_t i = 0; i < n; i++) {
        struct sk_json_out j;
        sk_json_begin(&j, buf);
        one(&j, rows[i]);
        sk_buf_str(buf, "\n");
    }
    free(rows);
}

/* Strict: nothing but what this version writes. */
const char *sk_devices_schema(void) {
    return "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id\":\"urn:sekimori:devices:1\","
           "\"title\":\"One device of `sekimori devices`\",\"type\":\"object\",\"additionalProperties\":false,"
           "\"required\":[\"id\",\"mac\",\"mac_random\",\"registered\",\"first_seen\",\"last_seen\"],\"properties\":{"
           "\"id\":{\"type\":\"string\",\"pattern\":\"^d-[0-9a-f]{16}$\",\"description\":\"the same as "
           "sekimori.device.id of alerts\"},"
           "\"mac\":{\"$ref\":\"#/$defs/mac\",\"description\":\"the one seen last\"},"
           "\"mac_random\":{\"type\":\"boolean\",\"description\":\"locally administered\"},"
           "\"virtual_mac\":{\"enum\":[\"vrrp\",\"vrrp6\",\"hsrp\",\"hsrp2\",\"glbp\"]},"
           "\"macs\":{\"type\":\"array\",\"minItems\":2,\"items\":{\"$ref\":\"#/$defs/mac\"}},"
           "\"vendor\":{\"$ref\":\"#/$defs/text\"},\"name\":{\"$ref\":\"#/$defs/text\"},"
           "\"name_source\":{\"$ref\":\"#/$defs/source\"},\"section\":{\"$ref\":\"#/$defs/text\"},"
           "\"registered\":{\"enum\":[\"yes\",\"no\",\"retired\",\"unknown\"]},"
           "\"segments\":{\"$ref\":\"#/$defs/texts\"},\"vlans\":{\"$ref\":\"#/$defs/texts\"},"
           "\"vnis\":{\"$ref\":\"#/$defs/texts\"},"
           "\"ipv4\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"object\","
           "\"additionalProperties\":false,\"required\":[\"ip\",\"known_by\",\"first_seen\",\"last_seen\"],"
           "\"properties\":{\"ip\":{\"type\":\"string\",\"format\":\"ipv4\"},\"known_by\":{\"$ref\":\"#/$defs/by\"},"
           "\"first_seen\":{\"$ref\":\"#/$defs/time\"},\"last_seen\":{\"$ref\":\"#/$defs/time\"}}}},"
           "\"ipv6\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"object\","
           "\"additionalProperties\":false,\"required\":[\"ip\",\"kind\",\"known_by\",\"first_seen\",\"last_seen\"],"
           "\"properties\":{\"ip\":{\"type\":\"string\",\"format\":\"ipv6\"},\"kind\":{\"enum\":[\"eui64\","
           "\"manual\",\"dhcpv6\",\"stable\",\"stable-or-temporary\",\"temporary-like\",\"teredo\",\"6to4\","
           "\"isatap\",\"nat64\",\"v4-mapped\",\"v4-compatible\"]},\"known_by\":{\"$ref\":\"#/$defs/by\"},"
           "\"first_seen\":{\"$ref\":\"#/$defs/time\"},\"last_seen\":{\"$ref\":\"#/$defs/time\"}}}},"
           "\"addresses_forgotten\":{\"type\":\"integer\",\"minimum\":1},"
           "\"duid\":{\"$ref\":\"#/$defs/texts\"},\"switch_port\":{\"$ref\":\"#/$defs/text\",\"description\":"
           "\"circuit id of DHCPv4's option 82, hexadecimal\"},"
           "\"model\":{\"$ref\":\"#/$defs/text\"},"
           "\"names\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"object\","
           "\"additionalProperties\":false,\"required\":[\"name\",\"source\",\"first_seen\",\"last_seen\"],"
           "\"properties\":{\"name\":{\"$ref\":\"#/$defs/text\"},\"source\":{\"$ref\":\"#/$defs/source\"},"
           "\"first_seen\":{\"$ref\":\"#/$defs/time\"},\"last_seen\":{\"$ref\":\"#/$defs/time\"}}}},"
           "\"roles\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"enum\":[\"router\",\"forwarder\",\"dhcp\","
           "\"dhcpv6\",\"dns\",\"mail\"]}},"
           "\"conflicts\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"object\","
           "\"additionalProperties\":false,\"required\":[\"what\",\"other_mac\",\"count\",\"last_seen\"],"
           "\"properties\":{\"what\":{\"enum\":[\"ip\",\"duid\",\"name\"]},\"other_mac\":{\"$ref\":\"#/$defs/mac\"},"
           "\"ip\":{\"$ref\":\"#/$defs/text\"},\"count\":{\"type\":\"integer\",\"minimum\":1},"
           "\"last_seen\":{\"$ref\":\"#/$defs/time\"}}}},"
           "\"first_seen\":{\"$ref\":\"#/$defs/time\"},\"last_seen\":{\"$ref\":\"#/$defs/time\"}},"
           "\"$defs\":{\"text\":{\"type\":\"string\",\"minLength\":1},"
           "\"texts\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/text\"}},"
           "\"mac\":{\"type\":\"string\",\"pattern\":\"^([0-9A-F]{2}-){5}[0-9A-F]{2}$\"},"
           "\"by\":{\"enum\":[\"lease\",\"binding\",\"frame\"]},"
           "\"source\":{\"enum\":[\"register\",\"dhcp\",\"dhcpv6\",\"mdns\",\"llmnr\",\"nbns\"]},"
           "\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{6}Z$\"}}}";
}
