/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a policy: the table of keys (keys.def) says which reader takes which value; a reader checks one value, writes
 * it and says whether the key counts as declared. Readers go on after an error, so that all are found at once. */
#ifndef POLICY_READ_H
#define POLICY_READ_H

#include "policy/pol.h"
#include "policy/words.h"
#include "sekimori/yaml.h"

struct pol_read {
    struct sk_policy *p;
    const char *path, *base;   /* in the arena */
    const struct sk_yaml *key; /* of the value that a reader is given: a list begins a line below its key */
    struct sk_diags *diags;
    size_t silent;                      /* errors that YAML told before */
    struct pol_pos first[POL_KEYS_MAX]; /* where a key was written first; path NULL = not yet */
    struct sk_sha256 *hash;             /* of all that was read; NULL: not asked */
    size_t taps, zones, segments;       /* read from files before this one: within a file YAML finds doubles itself */
};

/* at: the member of keys.def (POL_KEY), the object of the enclosing map (POL_FN, POL_MAP).
 * @return the key counts as declared: false after an error and for "unknown" */
typedef bool pol_reader(struct pol_read *r, const struct sk_yaml *v, void *at);

struct pol_key {
    const char *path;
    pol_reader *read; /* NULL: a map */
    size_t offset;    /* of the member within the enclosing map's object */
    bool map;         /* its keys belong to the enclosing map's object */
    const char *text; /* what it says, for people */
};
/* A key that every entry at a path must have; like: what to write. */
struct pol_needed {
    const char *path, *key, *like;
};
/* By row; NULL at the end. */
const struct pol_key *pol_key_at(size_t i);
const struct pol_needed *pol_needed_at(size_t i);
/* keys.c. Row of a full path, or NULL. */
const struct pol_key *pol_key_find(const char *path);
size_t pol_key_row(const struct pol_key *key);
/* Read a map whose keys stand in keys.def below path ("" = top) into obj. @return false: it is no map */
bool pol_read_map(struct pol_read *r, const char *path, const struct sk_yaml *map, void *obj);

/* Names that this section declares may be missing. */
void pol_note_incomplete(struct pol_read *r, const char *section);
/* One key of such a map, with its value. */
void pol_read_key(struct pol_read *r, const char *path, const struct sk_yaml *key, const struct sk_yaml *v, void *obj);

/* What YAML refused already is told once; it counts as an error of what it stands in all the same. */
#define POL_SAY(r, v, level, ...)                                                                                      \
    ((v)->broken ? (void)(r)->silent++ : sk_diag_add((r)->diags, (level), (r)->path, (v)->line, (v)->col, __VA_ARGS__))
#define POL_ERROR(r, v, ...) POL_SAY(r, v, SK_DIAG_ERROR, __VA_ARGS__)
#define POL_WARN(r, v, ...)  POL_SAY(r, v, SK_DIAG_WARNING, __VA_ARGS__)
/* Errors so far, told or not: has reading this entry found one? */
static inline size_t pol_errors(const struct pol_read *r) { return r->diags->errors + r->silent; }

/* --- value.c: single values -----------------------------------------------------------------------------------------
 */
enum { POL_SHOW = 96 };
/* What stands there, safe to print: `abc`, `"in quotes"`, `a list`. @return buf */
const char *pol_show(const struct sk_yaml *v, char buf[POL_SHOW]);
/* The same after "got": `text "abc"`, `number 5`, `a list`. @return buf */
const char *pol_got(const struct sk_yaml *v, char buf[POL_SHOW]);
struct pol_pos pol_pos(const struct pol_read *r, const struct sk_yaml *v);
bool pol_is_scalar(const struct sk_yaml *v);
/* A list's items, or a lone scalar as a list of one; false after an error (a map). */
bool pol_items(struct pol_read *r, const struct sk_yaml *v, const struct sk_yaml **item, size_t *n);
/* @return it was one, and is told */
bool pol_refuse_octal(struct pol_read *r, const struct sk_yaml *v);
bool pol_get_int(struct pol_read *r, const struct sk_yaml *v, int64_t low, int64_t high, int64_t *ret);
bool pol_get_bool(struct pol_read *r, const struct sk_yaml *v, bool *ret);
/* words: NULL-terminated. @return index, or -1 after an error */
int pol_get_word(struct pol_read *r, const struct sk_yaml *v, const char *const *words);
bool pol_get_date(struct pol_read *r, const struct sk_yaml *v, struct pol_date *ret);
bool pol_get_net(struct pol_read *r, const struct sk_yaml *v, bool address_ok, bool prefix_ok, struct sk_prefix *ret);
/* "30m", "10s", "2h", "1d" or a number of seconds. */
bool pol_get_duration(struct pol_read *r, const struct sk_yaml *v, int64_t *ret);
/* A DUID as hexadecimal digits, with : or - between bytes or not (RFC 9915 section 11: 3 to 130 bytes).
 * @return its length, 0: it is none */
size_t pol_duid_parse(struct sk_arena *arena, const char *text, size_t n, const uint8_t **ret);
bool pol_get_duid(struct pol_read *r, const struct sk_yaml *v, const uint8_t **ret, size_t *ret_len);
/* One entry of a list of maps; read() pushes it. */
bool pol_each_entry(struct pol_read *r, const struct sk_yaml *v, const char *like,
                    void (*read)(struct pol_read *r, const struct sk_yaml *v));
/* The entry must have the keys that keys.def says; this key. */
void pol_need_all(struct pol_read *r, const char *path, const struct sk_yaml *v);
void pol_need(struct pol_read *r, const char *path, const struct sk_yaml *v, const char *key, const char *like);
/* An id that two entries carry makes every alert that cites it ambiguous. */
void pol_unique_id(struct pol_read *r, const struct sk_yaml *v, const char *id, const char *other,
                   const struct pol_pos *pos);
/* A dated entry, for the review. what and id may be NULL. */
void pol_note_until(struct pol_read *r, const struct sk_yaml *entry, const char *what, const char *id, sk_time until);
/* The authority that monitoring rests on, and its last day. */
void pol_note_authority(struct pol_read *r, const struct sk_yaml *entry, sk_time until);
/* One that is to be reviewed by a day, and holds on after it. */
void pol_note_review(struct pol_read *r, const struct sk_yaml *entry, const char *what, const char *id, sk_time by);

pol_reader pol_read_text, pol_read_texts, pol_read_names, pol_read_domains, pol_read_nets, pol_read_addrs,
    pol_read_ends, pol_read_prefixes, pol_read_link_local, pol_read_nat64, pol_read_macs, pol_read_until,
    pol_read_duration;

/* --- read_site.c, read_segment.c, read_boundary.c: the sections
 * ------------------------------------------------------- */
pol_reader pol_read_model, pol_read_own_clauses, pol_read_authority, pol_read_authority_date, pol_read_payload,
    pol_read_hours, pol_read_holidays, pol_read_spf_end, pol_read_local_parts;
pol_reader pol_read_version, pol_read_timezone, pol_read_language, pol_read_review_last, pol_read_review_every,
    pol_read_taps, pol_read_sees, pol_read_tap_place, pol_read_mirrors, pol_read_mirror_kind;
pol_reader pol_read_segments, pol_read_segment_tap, pol_read_vlan, pol_read_vni, pol_read_segment_zone, pol_read_ipv6,
    pol_read_since, pol_read_clients, pol_read_private, pol_read_registered_only, pol_read_tolerate, pol_read_kinds,
    pol_read_peers, pol_read_pref, pol_read_mtu, pol_read_routes, pol_read_pd_dynamic, pol_read_nd_scope,
    pol_read_echo_inbound, pol_read_lateral, pol_read_ra_flags, pol_read_duid;
pol_reader pol_read_zones, pol_read_side, pol_read_weight, pol_read_web;
pol_reader pol_read_proxies, pol_read_ports, pol_read_proxy_kind, pol_read_proxy_zone, pol_read_no_proxy,
    pol_read_hosts, pol_read_to, pol_read_services, pol_read_port_names, pol_read_srv6, pol_read_authoritative,
    pol_read_tunnels, pol_read_tunnel_kind, pol_read_scanners, pol_read_sixrd_prefix, pol_read_sixrd_mask;
pol_reader pol_read_flows, pol_read_flow_services, pol_read_end, pol_read_family, pol_read_action, pol_read_one_way,
    pol_read_one_way_to, pol_read_back, pol_read_bytes, pol_read_clouds, pol_read_approved, pol_read_unlisted;
pol_reader pol_read_devices, pol_read_ledger_name, pol_read_encoding, pol_read_also, pol_read_device_name,
    pol_read_device_state, pol_read_device_date, pol_read_device_duid;
pol_reader pol_read_exceptions, pol_read_rules, pol_read_where, pol_read_where_ports, pol_read_where_vlan,
    pol_read_effect, pol_read_watch, pol_read_loss, pol_read_silences;
/* Dates need the time zone, so it is looked up before everything else. */
void pol_read_timezone_first(struct pol_read *r, const struct sk_yaml *root);
/* And so are the site's names of ports. */
void pol_read_port_names_first(struct pol_read *r, const struct sk_yaml *root);
/* A name that the site gives to a tap, a segment, a zone. */
bool pol_get_name(struct pol_read *r, const struct sk_yaml *key, const char *what, const char **ret);

#endif
