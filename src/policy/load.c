/* SPDX-License-Identifier: Apache-2.0 */
/* A file, a folder of files, or bytes -> an immutable policy. */
#include "policy/read.h"

#include "sekimori/digest.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { POLICY_BYTES_MAX = 16 << 20, POLICY_FILES_MAX = 1000 };

static struct sk_policy none = {.none = true, .any = POL_NONE, .timezone = "UTC"};
static void make_none(void) { pol_make_lists(&none); }

const struct sk_policy *sk_policy_none(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, make_none);
    return &none;
}

bool sk_policy_is_none(const struct sk_policy *p) { return p->none; }
bool sk_policy_any_private(const struct sk_policy *p) { return p->any_private; }
const char *sk_policy_timezone(const struct sk_policy *p) { return p->timezone; }
const char *sk_policy_language(const struct sk_policy *p) { return p->language; }
void sk_policy_hash(const struct sk_policy *p, uint8_t out[32]) { memcpy(out, p->hash, 32); }

/* --- free -----------------------------------------------------------------------------------------------------------
 */

static void free_peers(struct pol_peers *peers) {
    for (size_t i = 0; i < peers->list.n; i++) {
        struct pol_peer *e = &peers->list.at[i];
        free(e->macs.list.at);
        free(e->addrs.list.at);
        free(e->prefixes.list.at);
        free(e->rdnss.list.at);
        free(e->flags.list.at);
        free(e->dnssl.list.at);
        free(e->pref64.list.at);
        free(e->routes.list.at);
        free(e->dynamic.list.at);
    }
    free(peers->list.at);
}

static void free_network(struct sk_policy *p) {
    for (size_t i = 0; i < p->taps.n; i++)
        free(p->taps.at[i].files.list.at);
    for (size_t i = 0; i < p->mirrors.n; i++) {
        free(p->mirrors.at[i].from.list.at);
        free(p->mirrors.at[i].to.list.at);
    }
    for (size_t i = 0; i < p->zones.n; i++)
        free(p->zones.at[i].prefixes.list.at);
    for (size_t i = 0; i < p->segments.n; i++) {
        struct pol_segment *s = &p->segments.at[i];
        free(s->vids.at);
        free(s->prefixes.list.at);
        free(s->tolerate.kinds.list.at);
        free(s->vnis.at);
        free(s->lateral.at);
        free(s->mld_queriers.list.at);
        free(s->mdns_reflectors.list.at);
        free_peers(&s->routers);
        free_peers(&s->dhcp_servers);
        free_peers(&s->dhcpv6_servers);
    }
    free(p->taps.at);
    free(p->mirrors.at);
    free(p->zones.at);
    free(p->segments.at);
}

static void free_boundary(struct sk_policy *p) {
    for (size_t i = 0; i < p->proxies.n; i++) {
        free(p->proxies.at[i].ip.list.at);
        free(p->proxies.at[i].ports.at);
    }
    for (size_t i = 0; i < p->no_proxy.n; i++) {
        struct pol_no_proxy *e = &p->no_proxy.at[i];
        free(e->hosts.list.at);
        free(e->to_ips.list.at);
        free(e->to_names.list.at);
        free(e->services.at);
    }
    for (size_t i = 0; i < p->tunnels.n; i++) {
        free(p->tunnels.at[i].local.list.at);
        free(p->tunnels.at[i].remote.list.at);
    }
    for (size_t i = 0; i < p->authoritative.n; i++) {
        free(p->authoritative.at[i].ip.list.at);
        free(p->authoritative.at[i].secondaries.list.at);
        free(p->authoritative.at[i].zones.list.at);
    }
    for (size_t i = 0; i < p->scanners.n; i++)
        free(p->scanners.at[i].ip.list.at);
    free(p->proxies.at);
    free(p->no_proxy.at);
    free(p->tunnels.at);
    free(p->authoritative.at);
    free(p->scanners.at);
}

static void free_exception(struct pol_exception *e) {
    struct pol_texts *texts[] = {&e->rules, &e->where.segments, &e->where.zones, &e->where.devices,
                                 &e->where.protocols};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]->list.at);
    free(e->where.source.list.at);
    free(e->where.destination.list.at);
    free(e->where.ports.at);
    free(e->where.vids.at);
    free(e->macs.at);
}

static void free_flows(struct sk_policy *p) {
    for (size_t i = 0; i < p->flows.n; i++) {
        struct pol_flow *f = &p->flows.at[i];
        free(f->from.names.list.at);
        free(f->to.names.list.at);
        free(f->hosts.list.at);
        free(f->peers.list.at);
        free(f->services.at);
    }
    for (size_t i = 0; i < p->one_ways.n; i++) {
        struct pol_one_way *w = &p->one_ways.at[i];
        free(w->from.names.list.at);
        free(w->to.names.list.at);
        free(w->hosts_from.list.at);
        free(w->hosts_to.list.at);
    }
    for (size_t i = 0; i < p->clouds.n; i++) {
        free(p->clouds.at[i].names.list.at);
        free(p->clouds.at[i].ips.list.at);
        free(p->clouds.at[i].zones.names.list.at);
    }
    free(p->flows.at);
    free(p->one_ways.at);
    free(p->clouds.at);
}

static void free_registers(struct sk_policy *p) {
    struct pol_device_index *index[] = {&p->by_mac, &p->by_duid, &p->by_ip, &p->by_name};
    for (size_t i = 0; i < sizeof index / sizeof *index; i++)
        free(index[i]->at);
    for (size_t i = 0; i < p->devices.n; i++)
        free(p->devices.at[i].segments.list.at);
    for (size_t i = 0; i < p->exceptions.n; i++)
        free_exception(&p->exceptions.at[i]);
    free(p->devices.at);
    free(p->exceptions.at);
    free(p->by_exception.at);
    free(p->clauses.at);
    free(p->holidays.at);
    free(p->incomplete.list.at);
    free(p->port_names.at);
    free(p->watches.at);
    free(p->silences.at);
}

static void free_policy(struct sk_policy *p) {
    struct pol_nets *nets[] = {&p->resolvers, &p->upstreams,  &p->nat64_prefixes, &p->mx,
                               &p->relays,    &p->submission, &p->ntp_servers,    &p->srv6_domains};
    struct pol_texts *texts[] = {&p->internal_names, &p->public_names,    &p->doh_allowed,
                                 &p->own_domains,    &p->no_mail_domains, &p->trusted_authserv_ids};
    free_network(p);
    free_boundary(p);
    free_registers(p);
    free_flows(p);
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
        free(nets[i]->list.at);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]->list.at);
    free(p->dated.at);
    sk_arena_free(&p->arena);
    free(p);
}

void sk_policy_free(const struct sk_policy *p) {
    if (p && !p->none)
        free_policy((struct sk_policy *)p);
}

/* --- files ----------------------------------------------------------------------------------------------------------
 */

struct policy_file {
    char *path;    /* as diagnostics and origins name it */
    bool standard; /* input: it has no folder, tables beside it are looked for where the program was started */
    char *bytes;
    size_t n;
    struct sk_yaml_docs docs;
};

static int name_order(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static bool is_yaml_name(const char *name) {
    size_t n = strlen(name);
    return name[0] != '.' &&
           ((n > 4 && strcmp(name + n - 4, ".yml") == 0) || (n > 5 && strcmp(name + n - 5, ".yaml") == 0));
}

/* @return number of files; 0 after an error in diags */
static size_t list_folder(const char *path, char ***ret, struct sk_diags *diags) {
    DIR *dir = opendir(path);
    char **name = NULL;
    size_t n = 0;
    size_t cap = 0;
    const struct dirent *e;
    while (dir && n < POLICY_FILES_MAX && (e = readdir(dir))) {
        if (!is_yaml_name(e->d_name))
            continue;
        name = pol_grow(name, &n, &cap, sizeof *name);
        size_t len = strlen(path) + strlen(e->d_name) + 2;
        name[n - 1] = sk_mem_new(len, 1);
        (void)snprintf(name[n - 1], len, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/", e->d_name);
    }
    if (dir)
        (void)closedir(dir);
    if (n == 0)
        sk_diag_add(diags, SK_DIAG_ERROR, path, 0, 0,
                    "no policy in this folder. A policy is a file NAME.yml, or several: they are read together");
    else
        qsort(name, n, sizeof *name, name_order);
    *ret = name;
    return n;
}

/* @return NULL: *ret_err becomes SK_ENOTFOUND or SK_EUSAGE with the reason in diags */
static FILE *open_file(const char *path, sk_err *ret_err, struct sk_diags *diags) {
    FILE *in = fopen(path, "rbe");
    if (!in && errno == ENOENT) {
        struct sk_yaml_docs docs = {0}; /* knows how to name the nearest file */
        sk_err err = sk_yaml_load(path, &docs, diags);
        sk_yaml_free(&docs);
        if (err != SK_OK) {
            *ret_err = err == SK_ENOTFOUND ? err : SK_EUSAGE;
            return NULL;
        }
        in = fopen(path, "rbe"); /* it appeared just now */
    }
    if (!in) {
        sk_diag_add(diags, SK_DIAG_ERROR, path, 0, 0, "cannot be opened: %s", strerror(errno));
        *ret_err = SK_EUSAGE;
    }
    return in;
}

/* @return SK_OK, or SK_ENOTFOUND / SK_EUSAGE with the reason in diags */
static sk_err read_bytes(struct policy_file *f, struct sk_diags *diags) {
    sk_err err = SK_OK;
    FILE *in = f->standard ? stdin : open_file(f->path, &err, diags);
    if (!in)
        return err;
    size_t cap = 0;
    size_t got = 0;
    do {
        cap += cap ? cap : 65536;
        f->bytes = sk_mem_resize(f->bytes, cap, 1);
        got = fread(f->bytes + f->n, 1, cap - f->n, in);
        f->n += got;
    } while (got && f->n <= POLICY_BYTES_MAX);
    bool failed = ferror(in) != 0;
    if (in != stdin)
        (void)fclose(in);
    if (!failed && f->n <= POLICY_BYTES_MAX)
        return SK_OK;
    sk_diag_add(diags, SK_DIAG_ERROR, f->path, 0, 0, "%s", failed ? "cannot be read" : "longer than 16 MiB");
    return SK_EUSAGE;
}

/* --- bytes -> policy ------------------------------------------------------------------------------------------------
 */

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* What can be read is read, errors or not, so that one run names them all. @return there is something to read */
static bool parse_file(struct policy_file *f, struct sk_diags *diags) {
    sk_err err = sk_yaml_salvage(f->path, f->bytes ? f->bytes : "", f->n, &f->docs, diags);
    if (f->docs.n == 1 && f->docs.doc[0].kind != SK_YAML_NULL)
        return true;
    if (f->docs.n > 1)
        sk_diag_add(diags, SK_DIAG_ERROR, f->path, f->docs.doc[1].line, f->docs.doc[1].col,
                    "a second document begins here. A policy is one: take out `---`, or write two files in a folder");
    else if (err == SK_OK)
        sk_diag_add(diags, SK_DIAG_ERROR, f->path, 1, 1, "nothing stands here. The least is sekimori-policy: 1");
    return false;
}

void pol_note_incomplete(struct pol_read *r, const char *section) {
    struct pol_text *t = POL_PUSH(&r->p->incomplete.list);
    t->text = sk_arena_text(&r->p->arena, section, strlen(section));
}

/* Names of taps, segments, ... may be missing: where a section was cut out, and where a name itself was refused. */
static void note_broken(struct pol_read *r, const struct sk_yaml_docs *docs) {
    for (size_t i = 0; i < docs->n_cut; i++)
        pol_note_incomplete(r, docs->cut[i]);
    const struct sk_yaml *root = docs->n == 1 ? &docs->doc[0] : NULL;
    for (size_t i = 0; root && root->kind == SK_YAML_MAP && i < root->n; i++)
        for (size_t k = 0; root->item[i].kind == SK_YAML_MAP && k < root->item[i].n; k++)
            if (root->item[i].key[k].broken)
                pol_note_incomplete(r, root->key[i].text);
}

static void set_file(struct pol_read *r, const struct policy_file *f) {
    r->path = sk_arena_text(&r->p->arena, f->path, strlen(f->path));
    r->base = base_name(r->path);
}

static struct pol_pos first_of(const struct pol_read *r, const char *path) {
    return r->first[pol_key_row(pol_key_find(path))];
}

static void read_files(struct pol_read *r, const struct policy_file *file, size_t n) {
    for (size_t i = 0; i < n; i++) {
        set_file(r, &file[i]);
        if (file[i].docs.n == 1)
            pol_read_timezone_first(r, &file[i].docs.doc[0]);
        if (file[i].docs.n == 1)
            pol_read_port_names_first(r, &file[i].docs.doc[0]);
    }
    bool version = false;
    for (size_t i = 0; i < n; i++)
        note_broken(r, &file[i].docs);
    r->p->first_path = sk_arena_text(&r->p->arena, file[0].path, strlen(file[0].path));
    for (size_t i = 0; i < n; i++) {
        if (file[i].docs.n != 1)
            continue;
        const struct sk_yaml *root = &file[i].docs.doc[0];
        version |= root->kind != SK_YAML_MAP || sk_yaml_get(root, "sekimori-policy") != NULL || file[i].docs.n_cut > 0;
        if (root->kind != SK_YAML_MAP && file[i].docs.n_cut > 0)
            continue; /* a rest between what was cut out */
        set_file(r, &file[i]);
        r->taps = r->p->taps.n;
        r->zones = r->p->zones.n;
        r->segments = r->p->segments.n;
        (void)pol_read_map(r, "", root, r->p);
    }
    if (!version)
        sk_diag_add(r->diags, SK_DIAG_WARNING, file[0].path, 1, 1,
                    "no version. Begin the file with sekimori-policy: 1, so that later versions know how to read it");
    r->p->site_pos = first_of(r, "site");
    for (int id = 0; id < POL_LISTS; id++)
        r->p->list_pos[id] = first_of(r, pol_list_key((enum pol_list_id)id));
    r->p->resolvers_pos = first_of(r, "dns.resolvers");
    r->p->ntp_pos = first_of(r, "ntp_servers");
    r->p->relays_pos = first_of(r, "mail.relays");
    if (!r->p->relays_pos.path)
        r->p->relays_pos = first_of(r, pol_declared(r->p, "mail.submission") ? "mail.submission" : "mail.mx");
}

/* keep: also with errors. */
static sk_err build(struct policy_file *file, size_t n, bool keep, const struct sk_policy **ret,
                    struct sk_diags *diags) {
    size_t before = diags->errors;
    bool parsed = false;
    struct sk_sha256 *hash = sk_sha256_new();
    for (size_t i = 0; i < n; i++) {
        parsed |= parse_file(&file[i], diags);
        sk_sha256_add(hash, file[i].bytes ? file[i].bytes : "", file[i].n);
    }
    struct sk_policy *p = sk_mem_new(1, sizeof *p);
    struct pol_read *r = sk_mem_new(1, sizeof *r);
    *r = (struct pol_read){.p = p, .diags = diags, .hash = hash};
    p->timezone = "UTC";
    if (parsed) {
        read_files(r, file, n);
        pol_resolve(p, diags);
        pol_index_devices(p, diags);
        pol_resolve_names(p, diags);
        pol_index_exceptions(p);
        pol_index_segments(p, diags);
        pol_index_places(p, diags);
        pol_make_lists(p);
    }
    sk_sha256_final(hash, p->hash);
    free(r);
    sk_diags_sort(diags);
    sk_err err = diags->errors > before ? SK_EUSAGE : SK_OK;
    if (err == SK_OK || (keep && parsed))
        *ret = p;
    else
        free_policy(p);
    return err;
}

sk_err sk_policy_parse(const char *file, const char *bytes, size_t n, const struct sk_policy **ret,
                       struct sk_diags *diags) {
    struct policy_file f = {.path = sk_mem_text(file, strlen(file)), .bytes = sk_mem_text(bytes, n), .n = n};
    sk_err err = build(&f, 1, false, ret, diags);
    sk_yaml_free(&f.docs);
    free(f.path);
    free(f.bytes);
    return err;
}

static sk_err load(const char *path, bool keep, const struct sk_policy **ret, struct sk_diags *diags) {
    struct stat st;
    char **name = NULL;
    size_t n = 1;
    bool standard = strcmp(path, "-") == 0;
    if (!standard && *path && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        n = list_folder(path, &name, diags);
    } else {
        name = sk_mem_new(1, sizeof *name);
        const char *shown = standard ? "standard input" : path;
        name[0] = sk_mem_text(shown, strlen(shown));
    }
    struct policy_file *file = sk_mem_new(n + 1, sizeof *file);
    sk_err err = n ? SK_OK : SK_EUSAGE;
    for (size_t i = 0; i < n; i++) {
        file[i].path = name[i];
        file[i].standard = standard;
        sk_err one = read_bytes(&file[i], diags);
        err = err == SK_OK ? one : err;
    }
    if (err == SK_OK)
        err = build(file, n, keep, ret, diags);
    for (size_t i = 0; i < n; i++) {
        sk_yaml_free(&file[i].docs);
        free(file[i].path);
        free(file[i].bytes);
    }
    free(file);
    free(name);
    return err;
}

sk_err sk_policy_load(const char *path, const struct sk_policy **ret, struct sk_diags *diags) {
    return load(path, false, ret, diags);
}

sk_err sk_policy_examine(const char *path, sk_time today, const struct sk_policy **ret, struct sk_diags *diags) {
    *ret = NULL;
    sk_err err = load(path, true, ret, diags);
    if (*ret)
        sk_policy_review(*ret, today, diags);
    return err;
}
