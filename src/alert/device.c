/* SPDX-License-Identifier: Apache-2.0 */
/* The device an alert names: every finding must say which one, and how sure that is. */
#include "alert/device.h"

#include "alert/privacy.h"

#include <string.h>

static bool subject_is(const struct sk_rule *r, enum sk_field_id f) {
    for (size_t i = 0; i < r->n_subject; i++)
        if (r->subject[i] == f)
            return true;
    return false;
}

/* A group is no device. */
static bool is_group(const struct sk_addr *a) {
    enum sk_scope s = sk_addr_scope(a);
    return s == SK_SCOPE_MULTICAST || s == SK_SCOPE_BROADCAST;
}

/* The end of a tunnel that is ours may be either end of its last frame. Of what is said inside a tunnel no frame shows
 * the speaker: then our end of it is the device. */
static bool tunnel_end(const struct sk_alert_config *cfg, const struct sk_rule *r, const struct sk_event *ev,
                       struct sk_addr *ret_addr, struct sk_mac *ret_mac) {
    struct sk_value v;
    char scratch[SK_EVENT_SCRATCH];
    bool inside = ev->depth > 0 && sk_mac_zero(&ev->smac);
    if ((!inside && !subject_is(r, SKF_tunnel_inside_ip)) ||
        !sk_event_get(ev, cfg->names, SKF_tunnel_inside_ip, 0, NULL, &v))
        return false;
    if (is_group(&v.ip)) /* 6over4 (RFC 2529): who sent to the group is the end */
        (void)sk_event_get(ev, cfg->names, SKF_tunnel_outer_source_ip, 0, NULL, &v);
    *ret_addr = v.ip;
    *ret_mac = sk_addr_eq(ret_addr, &ev->dst)   ? ev->dmac
               : sk_addr_eq(ret_addr, &ev->src) ? ev->smac
                                                : (struct sk_mac){0};
    if (sk_mac_zero(ret_mac) && sk_event_get(ev, cfg->names, SKF_tunnel_inside_mac, 0, scratch, &v) &&
        !sk_mac_parse(v.s.p, v.s.len, ret_mac))
        *ret_mac = (struct sk_mac){0};
    return true;
}

static bool dst_is_ours(const struct sk_alert_config *cfg, const struct sk_rule *r, const struct sk_event *ev) {
    if (subject_is(r, SKF_destination_ip) || subject_is(r, SKF_destination_mac))
        return true;
    if (subject_is(r, SKF_source_ip) || subject_is(r, SKF_source_mac) || r->roll_up_members == SKF_source_mac ||
        r->roll_up_members == SKF_source_ip || !ev->src.fam || !ev->dst.fam)
        return false;
    struct sk_place from, to;
    sk_policy_place(cfg->policy, &ev->src, ev->segment, &from);
    sk_policy_place(cfg->policy, &ev->dst, SK_SEGMENT_NONE, &to);
    return from.side == SK_SIDE_OUTSIDE && to.side != SK_SIDE_OUTSIDE;
}

/* The source is known to be another machine's address, its victim's as a rule: the sender is known by its MAC alone. */
static bool forged_source(const struct sk_alert_config *cfg, const struct sk_event *ev) {
    struct sk_value v;
    return sk_event_get(ev, cfg->names, SKF_ipv6_amplification_spoofed, 0, NULL, &v) && v.i;
}

/* A finding about a machine that passes on the packets of others: their addresses are not its own. */
static bool forwarder(const struct sk_alert_config *cfg, const struct sk_rule *r, const struct sk_event *ev,
                      struct sk_mac *ret) {
    struct sk_value v;
    char scratch[SK_EVENT_SCRATCH];
    return subject_is(r, SKF_ip_forwarder_mac) && sk_event_get(ev, cfg->names, SKF_ip_forwarder_mac, 0, scratch, &v) &&
           sk_mac_parse(v.s.p, v.s.len, ret);
}

/* A finding about who sent the frame, from an address that is none of this link's: no router brought it here. */
static bool sent_here(const struct sk_alert_config *cfg, const struct sk_rule *r, const struct sk_event *ev) {
    return (subject_is(r, SKF_source_mac) || r->roll_up_members == SKF_source_mac) && !sk_mac_zero(&ev->smac) &&
           sk_policy_router_mac(cfg->policy, ev->segment, &ev->smac) == SK_NO;
}

bool alert_device(const struct sk_alert_config *cfg, const struct sk_rule *rule, const struct sk_event *ev,
                  struct sk_device *ret) {
    struct sk_addr end;
    struct sk_mac end_mac;
    const struct sk_addr *addr;
    const struct sk_mac *mac;
    memset(ret, 0, sizeof *ret);
    if (!cfg->correlation || sk_private_segment(cfg->policy, ev)) /* guests have a right to privacy */
        return false;
    if (forwarder(cfg, rule, ev, &end_mac)) {
        addr = NULL;
        mac = &end_mac;
    } else if (tunnel_end(cfg, rule, ev, &end, &end_mac)) {
        addr = &end;
        mac = &end_mac;
    } else if (dst_is_ours(cfg, rule, ev) && !is_group(&ev->dst)) {
        addr = &ev->dst;
        mac = &ev->dmac;
    } else {
        addr = forged_source(cfg, ev) ? NULL : &ev->src;
        mac = &ev->smac;
    }
    if (addr && (!addr->fam || sk_addr_scope(addr) == SK_SCOPE_UNSPECIFIED || is_group(addr)))
        addr = NULL;
    bool found = sk_correlation_device(cfg->correlation, ev, addr, mac, ret);
    if (found && sk_mac_zero(&ret->mac) && mac == &ev->smac && sent_here(cfg, rule, ev))
        found = sk_correlation_device(cfg->correlation, ev, NULL, mac, ret);
    return found;
}

void alert_device_text(const struct sk_device *d, bool short_form, bool ja, struct sk_buf *buf) {
    char mac[SK_MAC_TEXT], ip[SK_ADDR_TEXT];
    bool only_router = d->known_by && strcmp(d->known_by, "router-mac-only") == 0;
    const char *words[3];
    unsigned n = 0;
    if (d->name)
        words[n++] = d->name;
    if (!sk_mac_zero(&d->mac))
        words[n++] = sk_mac_text(&d->mac, mac);
    if (d->n_ip)
        words[n++] = sk_addr_text(&d->ip[0], ip);
    if (n == 0) {
        sk_buf_str(buf, ja ? "不明な端末" : "an unknown device");
        return;
    }
    /* on a phone's terminal an address says more than a MAC where there is no name */
    sk_buf_str(buf, short_form && !d->name && d->n_ip && d->ip[0].fam == 4 ? ip : words[0]);
    if (short_form || (n == 1 && !only_router))
        return;
    sk_buf_str(buf, ja ? "（" : " (");
    for (unsigned i = 1; i < n; i++) {
        if (i > 1)
            sk_buf_str(buf, ja ? "、" : ", ");
        sk_buf_str(buf, words[i]);
    }
    if (only_router && n > 1)
        sk_buf_str(buf, ja ? "、" : ", ");
    if (only_router)
        sk_buf_str(buf, ja ? "ルータのMACしか分からない" : "only the router's MAC is known");
    sk_buf_str(buf, ja ? "）" : ")");
}

static void put(sk_json *line, const char *path, const char *text) {
    if (text && text[0])
        sk_json_put_text(line, path, text);
}

void alert_device_json(const struct sk_device *d, sk_json *line) {
    char text[SK_ADDR_TEXT];
    put(line, "sekimori.device.id", d->id);
    put(line, "sekimori.device.name", d->name);
    put(line, "sekimori.device.name_source", d->name ? d->name_source : NULL);
    if (!sk_mac_zero(&d->mac)) {
        put(line, "sekimori.device.mac", sk_mac_text(&d->mac, text));
        sk_json_put_bool(line, "sekimori.device.mac_random", d->mac_random);
    }
    put(line, "sekimori.device.vendor", d->vendor);
    if (d->n_ip) {
        sk_json *ips = sk_json_new_array();
        for (unsigned i = 0; i < d->n_ip; i++)
            sk_json_add_text(ips, sk_addr_text(&d->ip[i], text));
        sk_json_put(line, "sekimori.device.ip", ips);
    }
    put(line, "sekimori.device.section", d->section);
    put(line, "sekimori.device.registered", d->registered);
    put(line, "sekimori.device.known_by", d->known_by);
}
