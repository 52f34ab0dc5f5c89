/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy as a JSON Schema (2020-12), for editors: from the table of keys, so that it knows every key and no other.
 * It sees one file: names that must exist elsewhere, overlaps and dates that have passed are for `policy check`.
 */
#include "policy/read.h"

#include "sekimori/text.h"

#include <stdio.h>

/* A value by its reader: text of JSON, in which @ stands for the object of the keys below, words for an enum. */
static const struct {
    pol_reader *read;
    const char *json;
    const char *const *words;
} values[] = {
    {pol_read_version, "{\"const\":1}", NULL},
    {pol_read_text, "{\"$ref\":\"#/$defs/text\"}", NULL},
    {pol_read_device_name, "{\"$ref\":\"#/$defs/text\"}", NULL},
    {pol_read_ledger_name, "{\"$ref\":\"#/$defs/text\"}", NULL},
    {pol_read_timezone, "{\"type\":\"string\",\"minLength\":1}", NULL},
    {pol_read_texts, "{\"$ref\":\"#/$defs/texts\"}", NULL},
    {pol_read_segment_tap, "{\"$ref\":\"#/$defs/text\"}", NULL},
    {pol_read_segment_zone, "{\"$ref\":\"#/$defs/text\"}", NULL},
    {pol_read_proxy_zone, "{\"$ref\":\"#/$defs/text\"}", NULL},
    {pol_read_end, "{\"$ref\":\"#/$defs/some\"}", NULL},
    {pol_read_names, "{\"$ref\":\"#/$defs/names\"}", NULL},
    {pol_read_domains, "{\"$ref\":\"#/$defs/domains\"}", NULL},
    {pol_read_nets, "{\"$ref\":\"#/$defs/nets\"}", NULL},
    {pol_read_hosts, "{\"$ref\":\"#/$defs/nets\"}", NULL},
    {pol_read_routes, "{\"$ref\":\"#/$defs/nets\"}", NULL},
    {pol_read_ends, "{\"$ref\":\"#/$defs/ends\"}", NULL},
    {pol_read_addrs, "{\"$ref\":\"#/$defs/addrs\"}", NULL},
    {pol_read_link_local, "{\"$ref\":\"#/$defs/addrs\"}", NULL},
    {pol_read_prefixes, "{\"$ref\":\"#/$defs/prefixes\"}", NULL},
    {pol_read_nat64, "{\"$ref\":\"#/$defs/prefixes\"}", NULL},
    {pol_read_srv6, "{\"$ref\":\"#/$defs/prefixes\"}", NULL},
    {pol_read_sixrd_prefix, "{\"$ref\":\"#/$defs/prefix\"}", NULL},
    {pol_read_sixrd_mask, "{\"type\":\"integer\",\"minimum\":0,\"maximum\":32}", NULL},
    {pol_read_pd_dynamic, "{\"anyOf\":[{\"type\":\"boolean\"},{\"$ref\":\"#/$defs/prefixes\"}]}", NULL},
    {pol_read_macs, "{\"$ref\":\"#/$defs/macs\"}", NULL},
    {pol_read_duid, "{\"$ref\":\"#/$defs/duid\"}", NULL},
    {pol_read_device_duid, "{\"$ref\":\"#/$defs/duid\"}", NULL},
    {pol_read_until, "{\"$ref\":\"#/$defs/date\"}", NULL},
    {pol_read_since, "{\"$ref\":\"#/$defs/date\"}", NULL},
    {pol_read_review_last, "{\"$ref\":\"#/$defs/date\"}", NULL},
    {pol_read_approved, "{\"$ref\":\"#/$defs/date\"}", NULL},
    {pol_read_authority_date, "{\"$ref\":\"#/$defs/date\"}", NULL},
    {pol_read_device_date, "{\"$ref\":\"#/$defs/date\"}", NULL},
    {pol_read_review_every, "{\"type\":\"string\",\"pattern\":\"^0*[1-9][0-9]{0,2} (day|week|month|year)s?$\"}", NULL},
    {pol_read_duration, "{\"$ref\":\"#/$defs/duration\"}", NULL},
    {pol_read_hours, "{\"type\":\"string\",\"pattern\":\"^(closed|[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9])$\"}",
     NULL},
    {pol_read_holidays,
     "{\"anyOf\":[{\"const\":\"jp\"},{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/date\"}},"
     "{\"$ref\":\"#/$defs/date\"}]}",
     NULL},
    {pol_read_own_clauses,
     "{\"anyOf\":[{\"$ref\":\"#/$defs/text\"},{\"type\":\"object\",\"propertyNames\":{\"pattern\":"
     "\"[0-9]\"},\"additionalProperties\":{\"$ref\":\"#/$defs/texts\"}}]}",
     NULL},
    {pol_read_clients, "{\"type\":\"boolean\"}", NULL},
    {pol_read_private, "{\"type\":\"boolean\"}", NULL},
    {pol_read_registered_only, "{\"type\":\"boolean\"}", NULL},
    {pol_read_local_parts, "{\"type\":\"boolean\"}", NULL},
    {pol_read_weight, "{\"type\":\"integer\",\"minimum\":-2,\"maximum\":2}", NULL},
    {pol_read_mtu, "{\"type\":\"integer\",\"minimum\":1280,\"maximum\":65535}", NULL},
    {pol_read_family, "{\"enum\":[4,6]}", NULL},
    {pol_read_bytes, "{\"type\":\"integer\",\"minimum\":0}", NULL},
    {pol_read_vlan,
     "{\"anyOf\":[{\"const\":\"any\"},{\"$ref\":\"#/$defs/vid\"},{\"type\":\"array\",\"minItems\":1,"
     "\"uniqueItems\":true,\"items\":{\"$ref\":\"#/$defs/vid\"}}]}",
     NULL},
    {pol_read_where_vlan,
     "{\"anyOf\":[{\"$ref\":\"#/$defs/vid\"},{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":"
     "\"#/$defs/vid\"}}]}",
     NULL},
    {pol_read_vni,
     "{\"anyOf\":[{\"$ref\":\"#/$defs/vni\"},{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,"
     "\"items\":{\"$ref\":\"#/$defs/vni\"}}]}",
     NULL},
    {pol_read_ports, "{\"$ref\":\"#/$defs/ports\"}", NULL},
    {pol_read_where_ports, "{\"$ref\":\"#/$defs/ports\"}", NULL},
    {pol_read_services, "{\"$ref\":\"#/$defs/services\"}", NULL},
    {pol_read_flow_services, "{\"$ref\":\"#/$defs/services\"}", NULL},
    {pol_read_lateral, "{\"$ref\":\"#/$defs/services\"}", NULL},
    {pol_read_port_names,
     "{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[{\"$ref\":\"#/$defs/port\"},{\"type\":"
     "\"array\",\"items\":{\"$ref\":\"#/$defs/port\"}}]}}",
     NULL},
    {pol_read_rules,
     "{\"anyOf\":[{\"$ref\":\"#/$defs/rule\"},{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":"
     "\"#/$defs/rule\"}}]}",
     NULL},
    {pol_read_loss,
     "{\"anyOf\":[{\"type\":\"number\",\"minimum\":0,\"maximum\":1},{\"type\":\"string\",\"pattern\":"
     "\"^[0-9]+([.][0-9]*)? ?%$\"}]}",
     NULL},
    {pol_read_silences, "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/duration\"}}", NULL},
    /* words */
    {pol_read_language, NULL, pol_words_language},
    {pol_read_model, NULL, pol_words_model},
    {pol_read_payload, NULL, pol_words_payload},
    {pol_read_sees, NULL, pol_words_sees},
    {pol_read_tap_place, NULL, pol_words_tap_place},
    {pol_read_mirror_kind, NULL, pol_words_mirror_kind},
    {pol_read_ipv6, NULL, pol_words_ipv6},
    {pol_read_pref, NULL, pol_words_pref},
    {pol_read_nd_scope, NULL, pol_words_nd_scope},
    {pol_read_echo_inbound, NULL, pol_words_echo_inbound},
    {pol_read_side, NULL, pol_words_side},
    {pol_read_web, NULL, pol_words_web},
    {pol_read_action, NULL, pol_words_action},
    {pol_read_unlisted, NULL, pol_words_unlisted},
    {pol_read_proxy_kind, NULL, pol_words_proxy_kind},
    {pol_read_tunnel_kind, NULL, pol_words_tunnel_kind},
    {pol_read_encoding, NULL, pol_words_encoding},
    {pol_read_device_state, NULL, pol_words_device_state},
    {pol_read_effect, NULL, pol_words_effect},
    {pol_read_spf_end, NULL, pol_words_spf_end},
    {pol_read_ra_flags, "{\"anyOf\":[%,{\"type\":\"array\",\"items\":%}]}", pol_words_ra_flags},
    {pol_read_kinds, "{\"anyOf\":[%,{\"type\":\"array\",\"items\":%}]}", pol_words_kinds},
    /* what has keys of its own */
    {NULL, "@", NULL},
    {pol_read_tolerate, "@", NULL},
    {pol_read_to, "@", NULL},
    {pol_read_where, "@", NULL},
    {pol_read_authority, "@", NULL},
    {pol_read_taps,
     "{\"$ref\":\"#/$defs/none\"},{\"type\":\"object\",\"propertyNames\":{\"$ref\":\"#/$defs/name\"},"
     "\"additionalProperties\":@}",
     NULL},
    {pol_read_segments,
     "{\"$ref\":\"#/$defs/none\"},{\"type\":\"object\",\"propertyNames\":{\"$ref\":\"#/$defs/place\"},"
     "\"additionalProperties\":@}",
     NULL},
    {pol_read_zones,
     "{\"$ref\":\"#/$defs/none\"},{\"type\":\"object\",\"propertyNames\":{\"$ref\":\"#/$defs/place\"},"
     "\"additionalProperties\":@}",
     NULL},
    {pol_read_mirrors, "%,@,{\"type\":\"array\",\"items\":{\"anyOf\":[%,@]}}", pol_words_mirror_kind},
    {pol_read_peers, "{\"type\":\"array\",\"items\":@}", NULL},
    {pol_read_flows, "{\"type\":\"array\",\"items\":@}", NULL},
    {pol_read_one_way, "{\"type\":\"array\",\"items\":@}", NULL},
    {pol_read_one_way_to, "{\"$ref\":\"#/$defs/some\"},@", NULL},
    {pol_read_back, "%,@", pol_words_back},
    {pol_read_proxies, "{\"type\":\"array\",\"items\":@}", NULL},
    {pol_read_no_proxy, "{\"type\":\"array\",\"items\":@}", NULL},
    {pol_read_authoritative, "{\"type\":\"array\",\"items\":@}", NULL},
    {pol_read_tunnels, "{\"type\":\"array\",\"items\":@}", NULL},
    {pol_read_scanners, "{\"type\":\"array\",\"items\":@}", NULL},
    {pol_read_clouds, "{\"type\":\"array\",\"items\":@}", NULL},
    {pol_read_exceptions, "{\"type\":\"array\",\"items\":@}", NULL},
    {pol_read_also, "{\"type\":\"array\",\"items\":@}", NULL},
    {pol_read_devices, "@,{\"$ref\":\"#/$defs/devices\"}", NULL},
    {pol_read_watch, "@", NULL},
};
enum { VALUES = sizeof values / sizeof *values };

static const char defs[] =
    "{\"text\":{\"anyOf\":[{\"type\":\"string\",\"minLength\":1},{\"type\":\"number\"}]},"
    "\"texts\":{\"anyOf\":[{\"$ref\":\"#/$defs/text\"},{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/text\"}}]},"
    "\"some\":{\"anyOf\":[{\"$ref\":\"#/$defs/text\"},{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/"
    "text\"}}]},"
    "\"none\":{\"type\":\"array\",\"maxItems\":0},"
    "\"name\":{\"type\":\"string\",\"pattern\":\"^[^ "
    "\\\\t\\\\r\\\\n]{1,64}$\",\"not\":{\"enum\":[\"any\",\"unassigned\"]}},"
    "\"place\":{\"allOf\":[{\"$ref\":\"#/$defs/name\"},{\"not\":{\"enum\":[\"internet\",\"inside\"]}}]},"
    "\"fqdn\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]{1,63}([.][A-Za-z0-9_-]{1,63})*[.]?$\"},"
    "\"domains\":{\"anyOf\":[{\"$ref\":\"#/$defs/fqdn\"},{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/fqdn\"}}]},"
    "\"wild\":{\"type\":\"string\",\"pattern\":\"^([*][.])?[A-Za-z0-9_-]{1,63}([.][A-Za-z0-9_-]{1,63})*[.]?$\"},"
    "\"names\":{\"anyOf\":[{\"$ref\":\"#/$defs/wild\"},{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/wild\"}}]},"
    "\"ip\":{\"type\":\"string\",\"pattern\":\"^(((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])([.](?!$)|(?=$))){4}|(?="
    ".*:)[0-"
    "9A-Fa-f:.]{2,45})$\"},"
    "\"prefix\":{\"type\":\"string\",\"pattern\":\"^(((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])([.](?!/)|(?=/"
    "))){4}/"
    "([12]?[0-9]|3[0-2])|(?=.*:)[0-9A-Fa-f:.]{2,45}/([1-9]?[0-9]|1[01][0-9]|12[0-8]))$\"},"
    "\"net\":{\"anyOf\":[{\"$ref\":\"#/$defs/ip\"},{\"$ref\":\"#/$defs/prefix\"}]},"
    "\"nets\":{\"anyOf\":[{\"$ref\":\"#/$defs/net\"},{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/net\"}}]},"
    "\"ends\":{\"anyOf\":[{\"$ref\":\"#/$defs/net\"},{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/"
    "net\"}}]},"
    "\"addrs\":{\"anyOf\":[{\"$ref\":\"#/$defs/ip\"},{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/ip\"}}]},"
    "\"prefixes\":{\"anyOf\":[{\"$ref\":\"#/$defs/prefix\"},{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/"
    "prefix\"}}]},"
    "\"mac\":{\"type\":\"string\",\"pattern\":\"^([0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}"
    "|[0-9A-"
    "Fa-f]{4}([.][0-9A-Fa-f]{4}){2})$\"},"
    "\"macs\":{\"anyOf\":[{\"$ref\":\"#/$defs/mac\"},{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/mac\"}}]},"
    "\"duid\":{\"type\":[\"string\",\"integer\"],\"pattern\":\"^[0-9A-Fa-f]{2}([:-]?[0-9A-Fa-f]{2}){2,129}$\"},"
    "\"date\":{\"type\":\"string\",\"pattern\":\"^(19[7-9][0-9]|2[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$\"}"
    ","
    "\"duration\":{\"anyOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\",\"pattern\":\"^[0-9]{1,9}[smhd]"
    "?$\"}]},"
    "\"vid\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":4094},"
    "\"vni\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":16777215},"
    "\"tcpport\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":65535},"
    "\"ports\":{\"anyOf\":[{\"$ref\":\"#/$defs/tcpport\"},{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/"
    "$defs/"
    "tcpport\"}}]},"
    "\"port\":{\"type\":\"string\",\"pattern\":\"^(tcp|udp)/[0-9]{1,5}$\"},"
    "\"services\":{\"anyOf\":[{\"type\":\"string\",\"minLength\":1},{\"type\":\"array\",\"items\":{\"type\":\"string\","
    "\"minLength\":1}}]},"
    "\"rule\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_.*?-]{1,128}$\"},"
    "\"threshold\":{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":false,\"properties\":{\"gt\":{"
    "\"type\":"
    "\"number\"},\"gte\":{\"type\":\"number\"},\"lt\":{\"type\":\"number\"},\"lte\":{\"type\":\"number\"},\"eq\":{"
    "\"type\":"
    "\"number\"},\"neq\":{\"type\":\"number\"},\"timespan\":{\"$ref\":\"#/$defs/duration\"}}},"
    "\"devices\":{\"type\":\"array\",\"items\":";

/* --- writing --------------------------------------------------------------------------------------------------------
 */

static void add_object(struct sk_buf *out, const char *path, unsigned depth);

static void add_enum(struct sk_buf *out, const char *const *words) {
    sk_buf_str(out, "{\"enum\":[");
    for (size_t i = 0; words[i]; i++)
        sk_buf_fmt(out, "%s\"%s\"", i ? "," : "", words[i]);
    sk_buf_str(out, "]}");
}

/* Is there a key below "path.*"? Then the keys of an entry stand there. */
static bool has_items(const char *path) {
    size_t n = strlen(path);
    const struct pol_key *key;
    for (size_t i = 0; (key = pol_key_at(i)); i++)
        if (strncmp(key->path, path, n) == 0 && strncmp(key->path + n, ".*.", 3) == 0)
            return true;
    return false;
}

static void add_children(struct sk_buf *out, const char *path, unsigned depth) {
    char below[256];
    (void)snprintf(below, sizeof below, "%s%s", path, has_items(path) ? ".*" : "");
    add_object(out, below, depth + 1);
}

/* Several alternatives stand beside each other at the top of a fragment: `a,b` is an anyOf. */
static bool is_choice(const char *json) {
    int depth = 0;
    for (; *json; json++) {
        depth += *json == '{' || *json == '[';
        depth -= *json == '}' || *json == ']';
        if (*json == ',' && depth == 0)
            return true;
    }
    return false;
}

static void add_value(struct sk_buf *out, const struct pol_key *key, unsigned depth) {
    const char *json = "%";
    const char *const *words = NULL;
    for (size_t i = 0; i < VALUES; i++) {
        if (values[i].read != key->read)
            continue;
        json = values[i].json ? values[i].json : "%";
        words = values[i].words;
    }
    bool choice = is_choice(json);
    sk_buf_str(out, "{\"description\":");
    struct sk_json_out j;
    sk_json_begin(&j, out);
    sk_json_text(&j, key->text);
    sk_buf_str(out, choice ? ",\"anyOf\":[" : ",\"allOf\":[");
    for (; *json; json++) {
        if (*json == '@')
            add_children(out, key->path, depth);
        else if (*json == '%' && words)
            add_enum(out, words);
        else
            sk_buf_add(out, json, 1);
    }
    sk_buf_str(out, "]}");
}

static void add_required(struct sk_buf *out, const char *path) {
    const struct pol_needed *need;
    bool any = false;
    for (size_t i = 0; (need = pol_needed_at(i)); i++) {
        if (strcmp(need->path, path) != 0)
            continue;
        sk_buf_fmt(out, "%s\"%s\"", any ? "," : ",\"required\":[", need->key);
        any = true;
    }
    if (any)
        sk_buf_str(out, "]");
    if (strcmp(path, "flows.*") == 0)
        sk_buf_str(out,
                   ",\"if\":{\"required\":[\"action\"],\"properties\":{\"action\":{\"const\":\"deny\"}}},\"else\":{"
                   "\"required\":[\"service\"]}");
    if (strcmp(path, "exceptions.*.where") == 0)
        sk_buf_str(out, ",\"minProperties\":1");
}

/* The object of the keys that stand directly below path ("" = top). Its depth is that of the table of keys. */
static void add_object(struct sk_buf *out, const char *path, unsigned depth) {
    size_t n = strlen(path);
    const struct pol_key *key;
    bool any = false;
    sk_buf_str(out, "{\"type\":\"object\",\"properties\":{");
    for (size_t i = 0; depth < 8 && (key = pol_key_at(i)); i++) {
        const char *word = key->path + (n ? n + 1 : 0);
        if (n && (strncmp(key->path, path, n) != 0 || key->path[n] != '.'))
            continue;
        if (strchr(word, '.') || *word == '*')
            continue;
        sk_buf_fmt(out, "%s\"%s\":", any ? "," : "", word);
        add_value(out, key, depth);
        any = true;
    }
    sk_buf_str(out, "}");
    add_required(out, path);
    sk_buf_str(out, strcmp(path, "watch") == 0 ? ",\"additionalProperties\":{\"$ref\":\"#/$defs/threshold\"}}"
                                               : ",\"additionalProperties\":false}");
}

void sk_policy_schema(struct sk_buf *out) {
    struct sk_buf keys = {0};
    add_object(&keys, "", 0);
    sk_buf_str(out, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id\":\"urn:sekimori:policy:1\","
                    "\"title\":\"sekimori policy\",\"$defs\":");
    sk_buf_str(out, defs);
    add_object(out, "devices.also.*", 2);
    sk_buf_str(out, "}},");
    sk_buf_add(out, keys.p + 1, keys.len - 1);
    sk_buf_str(out, "\n");
    sk_buf_free(&keys);
}
