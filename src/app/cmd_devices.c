/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori devices: who is there. The inventory that every alert draws on, printed. */
#include "app/analysis.h"
#include "app/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char help[] =
    "usage: sekimori devices [options] FILE|DIR|- ...\n\n"
    "The inventory of the devices seen in capture files: MAC, segment or VLAN, IPv4, every IPv6 address, DUID, names\n"
    "from DHCP, DHCPv6, mDNS, LLMNR, NetBIOS and the policy's ledger, each with its source and time; what they do for\n"
    "others; who claims what another has. By segment, name and MAC; the same with any number of lanes.\n\n"
    "  -c, --policy FILE|DIR   names of segments, and the ledger; without one devices stand under their VLAN\n"
    "      --tap NAME          take everything as seen at this tap of the policy (default: by file name)\n"
    "      --segment NAME      only devices of this segment, or of this VLAN by number\n"
    "      --match TEXT        only devices with TEXT in a name, MAC, address, vendor or section\n"
    "      --role ROLE         only devices that do this for others: router, forwarder (sends for addresses that are\n"
    "                          not its own), dhcp, dhcpv6, dns, mail; may be repeated\n"
    "      --registered WORD   only devices that stand in the ledger so: yes, no, retired, unknown (no ledger)\n"
    "      --format table|json a table, or one JSON object a line (default: a table on a terminal, JSON in a pipe;\n"
    "                          `sekimori schema devices` is the schema of a line)\n"
    "      --wide              more columns in the table: the last IPv6 address, when last seen, vendor\n"
    "      --lang en|ja        language of the table (default: the policy's, else the locale's)\n"
    "      --oui FILE|none     names of vendors from this file, the IEEE's oui.csv or oui.txt (default: the files of\n"
    "                          Debian's package ieee-data in /usr/share/ieee-data; none told where they are missing)\n"
    "      --filter EXPR       only packets that match, as in pcap-filter(7)\n"
    "      --no-recursive      of a folder only its own files, not those of its folders\n"
    "      --lanes N           analyse in N threads, 0 to 64 (default 0: all in one; the output is the same)\n"
    "      --quiet             no progress bar and no remarks on standard error\n"
    "  -h, --help              this text\n\n"
    "What is believed, best first: a lease while it lasts, ARP and neighbour discovery of the last ten minutes, the\n"
    "frame. Behind a router only the router's MAC is seen: such addresses stand under no device. Nothing is learned "
    "on\n"
    "segments that the policy calls private, and nothing from what hosts would discard. A random MAC is said to be "
    "one;\n"
    "its device is known again by DUID. What two devices claim stands with both, under `conflicts`.\n\n"
    "examples:\n"
    "  sekimori devices -c policy.yml monday.pcapng\n"
    "  sekimori devices captures/ | jq -r 'select(.roles) | [.mac, .name, (.roles | join(\" \"))] | @tsv'\n"
    "  sekimori devices --role router --wide captures/\n\n"
    "exit status: 0 analysed; 1 no input was a capture, or output failed; 2 wrong call or policy;\n"
    "3 analysed, but something was damaged, unreadable or lost; 130 interrupted (what was seen so far is printed)\n";

enum { OPT_SEGMENT = OPT_OWN, OPT_MATCH, OPT_ROLE, OPT_REGISTERED };

struct call {
    struct analysis_options opt;
    struct sk_devices_options show;
    struct sk_devices *devices;
    char *timezone;
};

static void one_device(void *arg, const struct sk_device_entry *e) {
    struct call *c = ((void **)arg)[0];
    const struct analysis *a = ((void **)arg)[1];
    sk_devices_add(c->devices, a->policy, e);
}
static void chain_ends(void *arg, const struct analysis *a) {
    struct call *c = arg;
    void *both[] = {c, (void *)(uintptr_t)a};
    if (!c->timezone && !sk_policy_is_none(a->policy))
        c->timezone = strdup(sk_policy_timezone(a->policy));
    c->show.listing.lang = strcmp(a->language, "ja") == 0 ? "ja" : "en";
    sk_correlation_devices(a->correlation, one_device, both);
}

static bool own_option(struct call *c, int o, const char *value) {
    static const char *const registered[] = {"yes", "no", "retired", "unknown", NULL};
    size_t word;
    switch (o) {
    case OPT_SEGMENT:
        c->show.segment = value;
        return true;
    case OPT_MATCH:
        c->show.text = value;
        return true;
    case OPT_ROLE:
        if (!parse_word("--role", value, sk_device_role_names(), &word))
            return false;
        c->show.roles |= 1U << word;
        return true;
    case OPT_REGISTERED:
        if (!parse_word("--registered", value, registered, &word))
            return false;
        c->show.registered = registered[word];
        return true;
    default:
        return analysis_option(&c->opt, o, value);
    }
}

static int print(struct call *c) {
    struct sk_buf out = {0};
    struct winsize w = {0};
    bool terminal = isatty(STDOUT_FILENO);
    c->show.listing.wide = c->opt.wide;
    c->show.listing.timezone = c->timezone;
    c->show.listing.columns = c->opt.wide ? 180 : 80;
    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40 &&
        (c->opt.wide || w.ws_col < c->show.listing.columns))
        c->show.listing.columns = w.ws_col;
    if (c->opt.format == FORMAT_JSON || (c->opt.format == FORMAT_AUTO && !terminal))
        sk_devices_json(c->devices, &c->show, &out);
    else
        sk_devices_table(c->devices, &c->show, &out);
    bool ok = write_out(STDOUT_FILENO, &out);
    if (!ok && errno != EPIPE)
        complain("standard output: %s", strerror(errno));
    sk_buf_free(&out);
    return ok ? EXIT_OK : EXIT_COULD_NOT;
}

static int run_devices(struct call *c, char **paths, size_t n) {
    static const uint16_t wants[] = {SKE_flow_state, SKE_dns_transaction, SKE_smtp_transaction, SKE_ipv6_seen, 0};
    c->opt.output = OUTPUT_KNOWLEDGE;
    c->opt.wants = wants;
    c->opt.on_chain = chain_ends;
    c->opt.knowledge_arg = c;
    c->devices = sk_devices_new();
    c->show.listing.lang = "en";
    int status = read_captures(&c->opt, paths, n);
    if (status != EXIT_WRONG_CALL && status != EXIT_COULD_NOT && print(c) != EXIT_OK)
        status = EXIT_COULD_NOT;
    sk_devices_free(c->devices);
    free(c->timezone);
    return status;
}

static int run(int argc, char **argv) {
    static const struct option longs[] = {{"policy", required_argument, NULL, 'c'},
                                          {"tap", required_argument, NULL, OPT_TAP},
                                          {"segment", required_argument, NULL, OPT_SEGMENT},
                                          {"match", required_argument, NULL, OPT_MATCH},
                                          {"role", required_argument, NULL, OPT_ROLE},
                                          {"registered", required_argument, NULL, OPT_REGISTERED},
                                          {"format", required_argument, NULL, OPT_FORMAT},
                                          {"wide", no_argument, NULL, OPT_WIDE},
                                          {"lang", required_argument, NULL, OPT_LANG},
                                          {"oui", required_argument, NULL, OPT_OUI},
                                          {"filter", required_argument, NULL, OPT_FILTER},
                                          {"no-recursive", no_argument, NULL, OPT_NO_RECURSIVE},
                                          {"lanes", required_argument, NULL, OPT_LANES},
                                          {"quiet", no_argument, NULL, OPT_QUIET},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    static const struct option_set set = {&command_devices, ":c:h", longs};
    struct call c = {0};
    for (int o; (o = next_option(&set, argc, argv)) != OPTION_END;) {
        if (o == OPTION_HELP)
            return EXIT_OK;
        if (o == OPTION_WRONG || !own_option(&c, o, optarg))
            return EXIT_WRONG_CALL;
    }
    if (optind == argc) {
        complain("devices of what? Name capture files, folders, or - for standard input");
        return EXIT_WRONG_CALL;
    }
    return run_devices(&c, argv + optind, (size_t)(argc - optind));
}

const struct command command_devices = {"devices", "the inventory: who is there, since when, known by what", help, run};
