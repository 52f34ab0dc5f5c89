/* SPDX-License-Identifier: Apache-2.0 */
/* Names of ports: the program's, and the site's own under services_ports. */
#include "policy/read.h"

#include <stdio.h>
#include <stdlib.h>

/* A name may stand for several ports. */
static const struct {
    const char *name;
    struct pol_service at;
} known[] = {
    {"ping", {0, POL_ICMP}}, /* echo requests of ICMP and ICMPv6 */
    {"dns", {53, POL_TCP | POL_UDP}},
    {"dot", {853, POL_TCP | POL_UDP}},
    {"dhcp", {67, POL_UDP}},
    {"dhcpv6", {547, POL_UDP}},
    {"ntp", {123, POL_UDP}},
    {"http", {80, POL_TCP}},
    {"https", {443, POL_TCP | POL_UDP}},
    {"proxy-8080", {8080, POL_TCP}},
    {"proxy-3128", {3128, POL_TCP}},
    {"socks", {1080, POL_TCP}},
    {"smtp", {25, POL_TCP}},
    {"submission", {587, POL_TCP}},
    {"submissions", {465, POL_TCP}},
    {"imap", {143, POL_TCP}},
    {"imaps", {993, POL_TCP}},
    {"pop3", {110, POL_TCP}},
    {"pop3s", {995, POL_TCP}},
    {"ssh", {22, POL_TCP}},
    {"telnet", {23, POL_TCP}},
    {"rdp", {3389, POL_TCP | POL_UDP}},
    {"vnc", {5900, POL_TCP}},
    {"winrm", {5985, POL_TCP}},
    {"winrm", {5986, POL_TCP}},
    {"ftp", {21, POL_TCP}},
    {"tftp", {69, POL_UDP}},
    {"ldap", {389, POL_TCP | POL_UDP}},
    {"ldaps", {636, POL_TCP}},
    {"smb", {445, POL_TCP}},
    {"netbios", {137, POL_UDP}},
    {"netbios", {138, POL_UDP}},
    {"netbios", {139, POL_TCP}},
    {"rpc", {135, POL_TCP}},
    {"nfs", {2049, POL_TCP | POL_UDP}},
    {"kerberos", {88, POL_TCP | POL_UDP}},
    {"radius", {1812, POL_UDP}},
    {"radius", {1813, POL_UDP}},
    {"snmp", {161, POL_UDP}},
    {"snmptrap", {162, POL_UDP}},
    {"syslog", {514, POL_UDP}},
    {"syslog", {6514, POL_TCP}},
    {"sqlserver", {1433, POL_TCP}},
    {"mysql", {3306, POL_TCP}},
    {"postgresql", {5432, POL_TCP}},
    {"oracle", {1521, POL_TCP}},
    {"print", {9100, POL_TCP}},
    {"print", {515, POL_TCP}},
    {"print", {631, POL_TCP}},
    {"mdns", {5353, POL_UDP}},
    {"llmnr", {5355, POL_UDP}},
    {"stun", {3478, POL_TCP | POL_UDP}},
};
enum { KNOWN = sizeof known / sizeof *known };

/* "tcp/443", "udp/53" */
static bool service_by_port(const char *text, struct pol_service *ret) {
    uint8_t transport = strncmp(text, "tcp/", 4) == 0 ? POL_TCP : strncmp(text, "udp/", 4) == 0 ? POL_UDP : 0;
    unsigned port = 0;
    size_t i = 4;
    if (!transport)
        return false;
    for (; text[i] >= '0' && text[i] <= '9' && i < 9; i++)
        port = port * 10 + (unsigned)(text[i] - '0');
    *ret = (struct pol_service){(uint16_t)port, transport};
    return i > 4 && text[i] == '\0' && port >= 1 && port <= 65535;
}

/* @return how many ports have this name */
static size_t push_named(const struct sk_policy *p, const char *name, struct pol_services *to) {
    size_t n = 0;
    for (size_t i = 0; i < p->port_names.n; i++)
        if (strcmp(name, p->port_names.at[i].name) == 0) {
            *POL_PUSH(to) = p->port_names.at[i].at;
            n++;
        }
    for (size_t i = 0; n == 0 && i < KNOWN; i++)
        if (strcmp(name, known[i].name) == 0) {
            *POL_PUSH(to) = known[i].at;
            n += i + 1 == KNOWN || strcmp(known[i + 1].name, name) != 0; /* names stand together */
        }
    return n;
}

/* "rdp-gateway-443": whoever wrote that meant a port, and most likely TCP. */
static bool port_in_name(const char *text, struct pol_service *ret) {
    const char *dash = strrchr(text, '-');
    char spelt[16];
    if (!dash || strlen(dash + 1) > 5 || strchr(text, '/')) /* tcp/1024-65535 is no name */
        return false;
    (void)snprintf(spelt, sizeof spelt, "tcp/%s", dash + 1);
    return service_by_port(spelt, ret);
}

/* 443 alone, 443/tcp, TCP/443: the port is plain, its spelling is not ours. */
static bool say_port(struct pol_read *r, const struct sk_yaml *v) {
    char shown[POL_SHOW], spelt[16];
    struct pol_service s;
    const char *slash = v->text ? strchr(v->text, '/') : NULL;
    if (v->kind == SK_YAML_INT && v->i >= 1 && v->i <= 65535) {
        POL_ERROR(r, v, "%lld is a port without its protocol. Write tcp/%lld or udp/%lld", (long long)v->i,
                  (long long)v->i, (long long)v->i);
        return true;
    }
    if (v->kind != SK_YAML_TEXT || !slash)
        return false;
    for (int turned = 0; turned < 2; turned++) {
        const char *port = turned ? v->text : slash + 1, *protocol = turned ? slash + 1 : v->text;
        bool tcp = strncasecmp(protocol, "tcp", 3) == 0;
        if (!tcp && strncasecmp(protocol, "udp", 3) != 0)
            continue;
        (void)snprintf(spelt, sizeof spelt, "%s/%.5s", tcp ? "tcp" : "udp", port);
        spelt[4 + strspn(spelt + 4, "0123456789")] = '\0';
        if (!service_by_port(spelt, &s))
            continue;
        bool range = strpbrk(port, "-:,") != NULL;
        POL_ERROR(r, v, range ? "%s: ports are written one by one: [%s, ...]" : "%s is no port. Write %s",
                  pol_show(v, shown), spelt);
        return true;
    }
    return false;
}

static void say_unknown(struct pol_read *r, const struct sk_yaml *v) {
    if (say_port(r, v))
        return;
    const char **names = sk_mem_new(KNOWN + r->p->port_names.n + 1, sizeof *names);
    char shown[POL_SHOW];
    size_t n = 0;
    for (size_t i = 0; i < r->p->port_names.n; i++)
        names[n++] = r->p->port_names.at[i].name;
    for (size_t i = 0; i < KNOWN; i++)
        names[n++] = known[i].name;
    const char *near = v->kind == SK_YAML_TEXT ? sk_nearest(v->text, names) : NULL;
    pol_show(v, shown);
    if (pol_is_incomplete(r->p, "services_ports"))
        r->silent++;
    else if (near)
        POL_ERROR(r, v, "service `%s` is not known. Did you mean `%s`? A port is written tcp/443", shown, near);
    else
        POL_ERROR(r, v,
                  "service `%s` is not known. Define it under services_ports, or write the port: tcp/443 or udp/53",
                  shown);
    free(names);
}

static bool get_service(struct pol_read *r, const struct sk_yaml *v, bool lenient, struct pol_services *to) {
    struct pol_service s;
    char shown[POL_SHOW];
    if (v->kind == SK_YAML_TEXT && push_named(r->p, v->text, to))
        return true;
    if (v->kind == SK_YAML_TEXT && service_by_port(v->text, &s)) {
        *POL_PUSH(to) = s;
        return true;
    }
    if (lenient && v->kind == SK_YAML_TEXT && port_in_name(v->text, &s)) {
        POL_WARN(r, v, "service `%s` is not known, taken as tcp/%u. Define it under services_ports or write tcp/%u",
                 pol_show(v, shown), s.port, s.port);
        *POL_PUSH(to) = s;
        return true;
    }
    say_unknown(r, v);
    return false;
}

static bool read_services(struct pol_read *r, const struct sk_yaml *v, bool lenient, struct pol_services *to) {
    const struct sk_yaml *item = NULL;
    size_t n = 0;
    to->any = v->kind == SK_YAML_TEXT && strcmp(v->text, "any") == 0;
    if (to->any)
        return true;
    if (!pol_items(r, v, &item, &n))
        return false;
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        ok = get_service(r, &item[i], lenient, to) && ok;
    return ok;
}

bool pol_read_services(struct pol_read *r, const struct sk_yaml *v, void *at) { return read_services(r, v, false, at); }

/* A name that says its port is taken by it, with a word: the matrix of flows is written long before all names are. */
bool pol_read_flow_services(struct pol_read *r, const struct sk_yaml *v, void *at) {
    return read_services(r, v, true, at);
}

bool pol_service_fits(const struct pol_services *services, uint8_t transport_bits, uint16_t port) {
    if (services->any)
        return true;
    for (size_t i = 0; i < services->n; i++)
        if (services->at[i].port == port && services->at[i].transports & transport_bits)
            return true;
    return false;
}

/* --- services_ports -------------------------------------------------------------------------------------------------
 */

static void read_port_name(struct pol_read *r, const struct sk_yaml *key, const struct sk_yaml *v) {
    const struct sk_yaml *item = NULL;
    size_t n = 0;
    char shown[POL_SHOW];
    for (size_t i = 0; i < r->p->port_names.n; i++) {
        const struct pol_port_name *other = &r->p->port_names.at[i];
        if (strcmp(other->name, key->text) != 0)
            continue;
        POL_ERROR(r, key, "`%s` is written already at %s:%u. Keep one of the two", other->name, other->pos.path,
                  other->pos.line);
        return;
    }
    if (key->broken || !pol_items(r, v, &item, &n))
        return;
    for (size_t i = 0; i < n; i++) {
        struct pol_service s;
        if (item[i].kind != SK_YAML_TEXT || !service_by_port(item[i].text, &s)) {
            POL_ERROR(r, &item[i], "%s is no port. Write tcp/443 or udp/53", pol_show(&item[i], shown));
            continue;
        }
        struct pol_port_name *name = POL_PUSH(&r->p->port_names);
        name->name = sk_arena_text(&r->p->arena, key->text, key->len);
        name->at = s;
        name->pos = pol_pos(r, key);
    }
}

/* Every section that names services needs them, so they are read before everything else. */
void pol_read_port_names_first(struct pol_read *r, const struct sk_yaml *root) {
    const struct sk_yaml *v = root->kind == SK_YAML_MAP ? sk_yaml_get(root, "services_ports") : NULL;
    if (v && v->kind != SK_YAML_MAP)
        pol_note_incomplete(r, "services_ports");
    for (size_t i = 0; v && v->kind == SK_YAML_MAP && i < v->n; i++)
        read_port_name(r, &v->key[i], &v->item[i]);
}

bool pol_read_port_names(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    char shown[POL_SHOW];
    if (v->kind == SK_YAML_MAP)
        return true;
    POL_ERROR(r, v, "a map of names is needed here, got %s. Write {rdp-gateway: tcp/443}", pol_got(v, shown));
    return false;
}
