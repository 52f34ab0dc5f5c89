/* SPDX-License-Identifier: Apache-2.0 */
/* The section devices: the ledger file and what the policy adds to it. */
#include "policy/ledger.h"

const char *const pol_words_encoding[] = {"utf-8", "cp932", "shift_jis", "windows-31j", NULL};
bool pol_read_encoding(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct sk_policy *p = at;
    int i = pol_get_word(r, v, pol_words_encoding);
    if (i >= 0)
        p->ledger_encoding = i == 0 ? POL_ENCODING_UTF8 : POL_ENCODING_CP932;
    return i >= 0;
}

/* Read by pol_read_devices(), once `encoding` is known too. */
bool pol_read_ledger_name(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    const char *name = NULL;
    return pol_read_text(r, v, &name);
}

const char *const pol_words_device_state[] = {"in-use", "retired", "lost", NULL};

bool pol_read_device_state(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_device *d = at;
    int i = pol_get_word(r, v, pol_words_device_state);
    if (i >= 0)
        d->pub.state = (uint8_t)i;
    return i >= 0;
}

bool pol_read_device_date(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_device *d = at;
    d->dated = pol_get_date(r, v, &d->date);
    return d->dated;
}

bool pol_read_device_duid(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_device *d = at;
    return pol_get_duid(r, v, &d->pub.duid, &d->pub.duid_len);
}

bool pol_read_device_name(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_device *d = at;
    if (!pol_read_text(r, v, &d->pub.name))
        return false;
    if (strlen(d->pub.name) <= POL_DEVICE_NAME_MAX)
        return true;
    POL_ERROR(r, v, "a device's name has at most %d bytes", POL_DEVICE_NAME_MAX);
    return false;
}

/* What was gathered becomes what is asked; the arrays stay where they are. */
void pol_finish_device(struct pol_read *r, struct pol_device *d) {
    struct sk_addr *ip = sk_arena_new(&r->p->arena, (d->ips.list.n + 1) * sizeof *ip);
    const char **segment = sk_arena_new(&r->p->arena, (d->segments.list.n + 1) * sizeof *segment);
    struct sk_mac *mac = sk_arena_new(&r->p->arena, (d->macs.list.n + 1) * sizeof *mac);
    for (size_t i = 0; i < d->macs.list.n; i++)
        mac[i] = d->macs.list.at[i];
    for (size_t i = 0; i < d->ips.list.n; i++)
        ip[i] = d->ips.list.at[i].net.addr;
    for (size_t i = 0; i < d->segments.list.n; i++)
        segment[i] = d->segments.list.at[i].text;
    d->pub.mac = mac;
    d->pub.n_mac = d->macs.list.n;
    d->pub.ip = ip;
    d->pub.n_ip = d->ips.list.n;
    d->pub.segment = segment;
    d->pub.n_segment = d->segments.list.n;
    d->pub.since = d->dated && d->pub.state != SK_DEVICE_IN_USE ? pol_date_end(&r->p->tz, &d->date) + 1 : 0;
    d->pub.origin = pol_origin(&d->pos, d->pub.number);
    free(d->macs.list.at);
    free(d->ips.list.at);
    d->macs = (struct pol_macs){0};
    d->ips = (struct pol_nets){0};
}

static void read_also(struct pol_read *r, const struct sk_yaml *v) {
    struct pol_device *d = POL_PUSH(&r->p->devices);
    size_t errors = pol_errors(r);
    d->pos = pol_pos(r, v);
    bool map = pol_read_map(r, "devices.also.*", v, d);
    if (map && errors == pol_errors(r) && d->macs.list.n == 0 && d->ips.list.n == 0 && d->pub.duid_len == 0)
        POL_ERROR(r, v, "this entry fits no device: it names neither mac, duid nor ip");
    pol_finish_device(r, d);
}

bool pol_read_also(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    char shown[POL_SHOW];
    if (v->kind != SK_YAML_LIST) {
        POL_ERROR(r, v, "a list of devices is needed here, got %s. Write - {name: mx1, mac: 00-00-5E-00-53-05}",
                  pol_got(v, shown));
        return false;
    }
    for (size_t i = 0; i < v->n; i++)
        read_also(r, &v->item[i]);
    return true;
}

bool pol_read_devices(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct sk_policy *p = at;
    if (v->kind == SK_YAML_LIST) {
        p->devices_known = pol_read_also(r, v, at);
        return p->devices_known;
    }
    if (!pol_read_map(r, "devices", v, p))
        return false;
    const struct sk_yaml *file = sk_yaml_get(v, "file");
    bool unread = file && file->kind == SK_YAML_TEXT && !pol_load_ledger(r, file);
    if (unread)
        p->ledger_missing = true;
    p->devices_known = !p->ledger_missing && (file || sk_yaml_get(v, "also"));
    return p->devices_known;
}
