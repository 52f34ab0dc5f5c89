/* SPDX-License-Identifier: Apache-2.0 */
/* Filters of packets: libpcap compiles them and runs them. */
#include "capture/filter.h"

#include <nss.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROGRAMS_MAX = 512, /* of one run; libpcap knows fewer link types */
    SNAPLEN = 262144,
    LINKTYPES = 65536,
    /* The two link types of files whose number is another in libpcap (draft-ietf-opsawg-pcaplinktype, appendix A). */
    LINKTYPE_ATM_RFC1483 = 100,
    LINKTYPE_RAW = 101,
};

enum state { UNSEEN, COMPILED, NOTHING_MATCHES, MEANINGLESS, MEANINGLESS_TOLD };

struct sk_filter {
    char *expression;
    uint8_t state[LINKTYPES];
    uint16_t slot[LINKTYPES];
    struct bpf_program program[PROGRAMS_MAX];
    size_t n;
    char why[PCAP_ERRBUF_SIZE];
};

static int dlt_of(uint16_t linktype) {
    return linktype == LINKTYPE_RAW ? DLT_RAW : linktype == LINKTYPE_ATM_RFC1483 ? DLT_ATM_RFC1483 : linktype;
}

static enum state compile(struct sk_filter *f, uint16_t linktype, struct bpf_program *ret) {
    pcap_t *dead = pcap_open_dead(dlt_of(linktype), SNAPLEN);
    if (!dead) {
        (void)snprintf(f->why, sizeof f->why, "out of memory");
        return MEANINGLESS;
    }
    bool ok = pcap_compile(dead, ret, f->expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!ok)
        (void)snprintf(f->why, sizeof f->why, "%s", pcap_geterr(dead));
    pcap_close(dead);
    return ok ? COMPILED : strstr(f->why, "rejects all packets") ? NOTHING_MATCHES : MEANINGLESS;
}

/* A passive program asks nobody for names: those of this machine's files are known, no server is. */
static void ask_no_server(void) {
    static const char *const databases[] = {"hosts", "networks", "ethers", "services", "protocols"};
    for (size_t i = 0; i < sizeof databases / sizeof databases[0]; i++)
        (void)__nss_configure_lookup(databases[i], "files");
}

sk_err sk_filter_new(const char *expression, struct sk_filter **ret, struct sk_error *err) {
    /* Ethernet, whose complaint is the one to show; then kinds of links that know words Ethernet does not. */
    static const uint16_t tried[] = {SK_LINKTYPE_ETHERNET, LINKTYPE_RAW, 113, 276, 105, 127, 9, 0, 108, 107, 141, 187};
    char why[PCAP_ERRBUF_SIZE] = "";
    *ret = NULL;
    struct sk_filter *f = (struct sk_filter *)calloc(1, sizeof *f);
    if (f)
        f->expression = strdup(expression);
    if (!f || !f->expression) {
        sk_filter_free(f);
        return sk_error_set(err, SK_ENOMEM, "out of memory for a filter");
    }
    ask_no_server();
    for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
        struct bpf_program program;
        enum state state = compile(f, tried[i], &program);
        if (state == COMPILED) {
            pcap_freecode(&program);
            *ret = f;
            return SK_OK;
        }
        if (i == 0)
            (void)snprintf(why, sizeof why, "%s", f->why);
    }
    sk_filter_free(f);
    return sk_error_set(err, SK_EUSAGE, "--filter: %s", why);
}

static enum state learn(struct sk_filter *f, uint16_t linktype) {
    enum state state = MEANINGLESS;
    if (f->n < PROGRAMS_MAX)
        state = compile(f, linktype, &f->program[f->n]);
    if (state == COMPILED)
        f->slot[linktype] = (uint16_t)f->n++;
    f->state[linktype] = (uint8_t)state;
    return state;
}

enum sk_filtered sk_filter_packet(struct sk_filter *f, const struct sk_packet *pkt) {
    enum state state = (enum state)f->state[pkt->linktype];
    if (state == UNSEEN)
        state = learn(f, pkt->linktype);
    if (state == COMPILED) {
        const struct bpf_program *program = &f->program[f->slot[pkt->linktype]];
        const struct pcap_pkthdr h = {.caplen = pkt->caplen, .len = pkt->wirelen};
        return pcap_offline_filter(program, &h, pkt->data) != 0 ? SK_FILTER_PASS : SK_FILTER_OUT;
    }
    return state == NOTHING_MATCHES ? SK_FILTER_OUT : SK_FILTER_MEANINGLESS;
}

bool sk_filter_is_news(struct sk_filter *f, uint16_t linktype) {
    bool news = f->state[linktype] == MEANINGLESS;
    f->state[linktype] = MEANINGLESS_TOLD;
    return news;
}

const char *sk_filter_why(struct sk_filter *f, uint16_t linktype) {
    struct bpf_program program;
    f->why[0] = '\0';
    if (compile(f, linktype, &program) == COMPILED)
        pcap_freecode(&program);
    return f->why;
}

void sk_filter_free(struct sk_filter *f) {
    if (!f)
        return;
    for (size_t i = 0; i < f->n; i++)
        pcap_freecode(&f->program[i]);
    free(f->expression);
    free(f);
}
