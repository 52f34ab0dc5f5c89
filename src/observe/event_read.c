/* SPDX-License-Identifier: Apache-2.0 */
/* An event back from the JSON line that sk_event_json() wrote: what cannot be told from the line (which segment by its
 * index, the frame's place in the order) is the reader's. Fields that this version does not know are left out. */
#include "observe/event.h"
#include "sekimori/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool text_at(const sk_json *line, enum sk_field_id f, const char **ret) {
    *ret = sk_json_get_text(line, sk_fields[f].name);
    return *ret != NULL;
}
static int64_t number_at(const sk_json *line, enum sk_field_id f, int64_t absent) {
    return sk_json_get_int(line, sk_fields[f].name, absent);
}

/* Ids of VLANs and protocols are keywords (ECS). @return -1: no number below max */
static long id_of(const char *text, long max) {
    char *end;
    long n = strtol(text, &end, 10);
    return end != text && *end == '\0' && n >= 0 && n <= max ? n : -1;
}

static void read_peers(const sk_json *line, struct sk_event *ev) {
    const char *s;
    if (text_at(line, SKF_source_ip, &s) && !sk_addr_parse(s, strlen(s), &ev->src))
        ev->src = (struct sk_addr){0};
    if (text_at(line, SKF_destination_ip, &s) && !sk_addr_parse(s, strlen(s), &ev->dst))
        ev->dst = (struct sk_addr){0};
    if (text_at(line, SKF_source_mac, &s) && !sk_mac_parse(s, strlen(s), &ev->smac))
        ev->smac = (struct sk_mac){0};
    if (text_at(line, SKF_destination_mac, &s) && !sk_mac_parse(s, strlen(s), &ev->dmac))
        ev->dmac = (struct sk_mac){0};
    ev->sport = (uint16_t)number_at(line, SKF_source_port, 0);
    ev->dport = (uint16_t)number_at(line, SKF_destination_port, 0);
}

static void read_network(const sk_json *line, struct sk_event *ev) {
    static const enum sk_field_id vlans[] = {SKF_network_vlan_id, SKF_network_inner_vlan_id};
    const char *s;
    long n;
    for (unsigned i = 0; i < 2 && text_at(line, vlans[i], &s); i++)
        if ((n = id_of(s, 4094)) >= 0)
            ev->vlan[ev->n_vlan++] = (uint16_t)n;
    if (text_at(line, SKF_network_iana_number, &s) && (n = id_of(s, 255)) >= 0)
        ev->transport = (uint8_t)n;
    int64_t type = number_at(line, SKF_icmp_type, -1), code = number_at(line, SKF_icmp_code, -1);
    if (type >= 0 && type <= UINT8_MAX && code >= 0 && code <= UINT8_MAX) {
        ev->icmp_type = (uint8_t)type;
        ev->icmp_code = (uint8_t)code;
        ev->flags |= SK_EV_ICMP;
    }
    int64_t depth = number_at(line, SKF_tunnel_depth, 0), vni = number_at(line, SKF_tunnel_vni, -1);
    ev->depth = depth >= 0 && depth <= UINT8_MAX ? (uint8_t)depth : 0;
    ev->vni = vni >= 0 && vni <= 0xffffff ? (int32_t)vni : -1;
    int64_t number = number_at(line, SKF_sekimori_packet_number, -1);
    if (number >= 0) {
        ev->number = (uint64_t)number;
        ev->flags |= SK_EV_FRAME;
    }
    if (sk_json_get_bool(line, sk_fields[SKF_sekimori_duplicate].name, false))
        ev->flags |= SK_EV_DUPLICATE;
    if (sk_json_get_bool(line, sk_fields[SKF_sekimori_own_traffic].name, false))
        ev->flags |= SK_EV_OWN;
}

static void put(struct sk_event *ev, enum sk_field_id f, const sk_json *v) {
    enum sk_json_kind kind = sk_json_kind_of(v);
    const char *s = sk_json_text_of(v);
    struct sk_addr a;
    sk_time t;
    switch (sk_fields[f].type) {
    case SK_T_KEYWORD:
        if (s)
            sk_event_put_text(ev, f, s);
        break;
    case SK_T_IP:
        if (s && sk_addr_parse(s, strlen(s), &a))
            sk_event_put_ip(ev, f, &a);
        break;
    case SK_T_DATE:
        if (s && sk_time_parse(s, &t))
            sk_event_put_int(ev, f, t);
        break;
    case SK_T_FLOAT:
        if (kind == SK_JSON_INT || kind == SK_JSON_REAL)
            sk_event_put_real(ev, f, sk_json_real_of(v));
        break;
    default:
        if (kind == (sk_fields[f].type == SK_T_BOOL ? SK_JSON_BOOL : SK_JSON_INT))
            sk_event_put_int(ev, f, sk_json_int_of(v));
        break;
    }
}

static void put_all(struct sk_event *ev, enum sk_field_id f, const sk_json *v) {
    if (sk_json_kind_of(v) != SK_JSON_ARRAY) {
        put(ev, f, v);
        return;
    }
    for (size_t i = 0; i < sk_json_size(v) && sk_fields[f].many == SK_M_LIST; i++)
        put(ev, f, sk_json_item(v, i));
}

enum { DEPTH_MAX = 8, NAME_MAX_BYTES = 128 };

/* Objects within objects, their keys joined by dots; without recursion. */
static void walk(struct sk_event *ev, const sk_json *top) {
    struct {
        const sk_json *object;
        const char *key;
        size_t len; /* of the name down to it */
    } at[DEPTH_MAX] = {{.object = top}};
    char name[NAME_MAX_BYTES];
    for (int d = 0; d >= 0;) {
        const sk_json *v;
        at[d].key = sk_json_each(at[d].object, at[d].key, &v);
        if (!at[d].key) {
            d--;
            continue;
        }
        int n = snprintf(name + at[d].len, sizeof name - at[d].len, "%s%s", at[d].len ? "." : "", at[d].key);
        size_t len = at[d].len + (size_t)n;
        if (len >= sizeof name)
            continue;
        if (sk_json_kind_of(v) == SK_JSON_OBJECT && d + 1 < DEPTH_MAX) {
            at[++d].object = v;
            at[d].key = NULL;
            at[d].len = len;
            continue;
        }
        enum sk_field_id f = sk_field_find(name, len);
        if (f && !sk_head_has_field(f) && sk_fields[f].many != SK_M_ALERT && sk_fields[f].many != SK_M_RENDER)
            put_all(ev, f, v);
    }
}

bool sk_event_read(const sk_json *line, struct sk_event *ev, const char **ret_file) {
    const char *type, *time;
    enum sk_event_type t;
    sk_time ts;
    if (!text_at(line, SKF_event_dataset, &type) || !(t = sk_event_type_find(type, strlen(type))) ||
        !text_at(line, SKF_timestamp, &time) || !sk_time_parse(time, &ts))
        return false;
    sk_event_init(ev, t);
    ev->ts = ts;
    ev->phase = 1;
    (void)text_at(line, SKF_log_file_path, ret_file);
    read_peers(line, ev);
    read_network(line, ev);
    walk(ev, line);
    return true;
}
