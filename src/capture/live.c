/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Live capture through libpcap: its memory-mapped ring (TPACKET_V3) hands over whole kernel blocks; packets are copied
 * into the pool's blocks, because the kernel wants its own back. VLAN tags the card took off are put back by libpcap.
 */
#include "capture/source_impl.h"

#include <net/if.h>
#include <net/if_arp.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SNAPLEN_MAX = SK_BLOCK_SIZE, /* so that any packet fits an empty block */
    RING_BYTES = 64 * 1024 * 1024,
    TIMEOUT_MS = 100,
    LINKTYPE_RAW = 101, /* the only DLT_ value of Linux interfaces that differs from its LINKTYPE_ */
};

struct live_source {
    struct sk_source common;
    pcap_t *pcap;
    int fd; /**< to wait on */
    bool nano;
    uint16_t linktype;
    struct sk_block *block, *spare; /**< filled now; kept so that a packet in hand always finds room */
    size_t used;                    /**< bytes of block */
    uint64_t seq, block_seq, bytes, clamped;
    struct sk_packet *at; /**< of the call in progress */
    size_t n;
    struct pcap_stat last;
    uint64_t received, dropped, ifdropped; /**< the kernel's 32-bit counters, unwrapped */
    bool has_mac;
    uint8_t mac[6]; /**< of the interface: what bears it as source the sensor's own system sent */
};

static struct live_source *live_of(struct sk_source *s) { return (struct live_source *)(void *)s; }

static sk_time time_of(struct live_source *l, const struct pcap_pkthdr *h) {
    sk_time ts = 0;
    if (__builtin_mul_overflow((sk_time)h->ts.tv_sec, SK_SEC, &ts) ||
        __builtin_add_overflow(ts, (sk_time)h->ts.tv_usec * (l->nano ? 1 : SK_USEC), &ts) || ts < 0 ||
        ts > SK_TIME_MAX) {
        l->clamped++;
        ts = h->ts.tv_sec < 0 ? 0 : SK_TIME_MAX;
    }
    return ts;
}

enum { ETHERNET_SOURCE = 6, ETHERNET_HEADER = 14 };
static bool is_own(const struct live_source *l, const u_char *bytes, uint32_t n) {
    return l->has_mac && n >= ETHERNET_HEADER && memcmp(bytes + ETHERNET_SOURCE, l->mac, sizeof l->mac) == 0;
}

static void on_packet(u_char *arg, const struct pcap_pkthdr *h, const u_char *bytes) {
    struct live_source *l = (struct live_source *)(void *)arg;
    uint32_t caplen = h->caplen < SNAPLEN_MAX ? h->caplen : SNAPLEN_MAX;
    struct sk_packet pkt = {.data = bytes,
                            .caplen = caplen,
                            .wirelen = h->len > caplen ? h->len : caplen,
                            .linktype = l->linktype,
                            .own = is_own(l, bytes, caplen),
                            .tap = SK_TAP_NONE};
    if (l->common.filter && sk_source_left_out(&l->common, &sk_list_at(&l->common.list, 0)->input, &pkt))
        return;
    if (caplen > l->block->cap - l->used) {
        if (!l->spare) { /* libpcap went on after the break */
            l->dropped++;
            return;
        }
        sk_blocks_done(&l->common.pool, l->block, l->block_seq);
        l->block = l->spare;
        l->spare = NULL;
        l->used = 0;
        pcap_breakloop(l->pcap); /* until there is a spare one again */
    }
    uint8_t *to = l->block->p + l->used;
    memcpy(to, bytes, caplen);
    l->used += caplen;
    l->block_seq = ++l->seq;
    l->bytes += h->len;
    pkt.data = to;
    pkt.ts = time_of(l, h);
    pkt.seq = pkt.number = l->seq;
    l->at[l->n++] = pkt;
}

static bool have_blocks(struct live_source *l) {
    if (!l->block) {
        l->block = sk_blocks_take(&l->common.pool, SNAPLEN_MAX);
        l->used = 0;
    }
    if (l->block && !l->spare)
        l->spare = sk_blocks_take(&l->common.pool, SNAPLEN_MAX);
    return l->block && l->spare;
}

/* What is there; else wait, at most TIMEOUT_MS, and try once more. libpcap itself would wait without an end: with
 * TPACKET_V3 the kernel wakes nobody for an empty block. @return below 0: error, or broken off */
static int dispatch(struct live_source *l, size_t max) {
    int most = max < INT32_MAX ? (int)max : INT32_MAX;
    int got = pcap_dispatch(l->pcap, most, on_packet, (u_char *)(void *)l);
    if (l->n > 0 || got < 0)
        return got;
    struct pollfd p = {.fd = l->fd, .events = POLLIN};
    if (poll(&p, 1, TIMEOUT_MS) <= 0)
        return 0;
    return pcap_dispatch(l->pcap, most, on_packet, (u_char *)(void *)l);
}

static enum sk_next live_next(struct sk_source *s, struct sk_packet *at, size_t max, size_t *ret_n) {
    struct live_source *l = live_of(s);
    struct sk_input *input = &sk_list_at(&s->list, 0)->input;
    if (!have_blocks(l))
        return SK_NEXT_WAIT;
    l->at = at;
    l->n = 0;
    int got = dispatch(l, max);
    *ret_n = l->n;
    if (l->n > 0) {
        if (input->packets == 0)
            input->first = at[0].ts;
        input->last = at[l->n - 1].ts;
        input->packets += l->n;
        return SK_NEXT_PACKETS;
    }
    if (got < 0 && got != PCAP_ERROR_BREAK) {
        input->damaged = true;
        s->stats.damaged_inputs = 1;
        if (s->on_damage)
            s->on_damage(s->arg, input->path, SK_NO_OFFSET, pcap_geterr(l->pcap));
        atomic_store_explicit(&s->stop, true, memory_order_relaxed);
        return SK_NEXT_END;
    }
    return atomic_load_explicit(&s->stop, memory_order_relaxed) ? SK_NEXT_END : SK_NEXT_IDLE;
}

static void live_stats(struct sk_source *s, struct sk_source_stats *ret) {
    struct live_source *l = live_of(s);
    struct pcap_stat now;
    if (pcap_stats(l->pcap, &now) == 0) {
        l->received += (uint32_t)(now.ps_recv - l->last.ps_recv);
        l->dropped += (uint32_t)(now.ps_drop - l->last.ps_drop);
        l->ifdropped += (uint32_t)(now.ps_ifdrop - l->last.ps_ifdrop);
        l->last = now;
    }
    ret->packets = l->seq;
    ret->bytes = l->bytes;
    ret->clamped_times = l->clamped;
    ret->kernel_received = l->received;
    ret->kernel_dropped = l->dropped;
    ret->interface_dropped = l->ifdropped;
}

static void live_stop(struct sk_source *s) { pcap_breakloop(live_of(s)->pcap); }

static void live_close(struct sk_source *s) {
    if (live_of(s)->pcap)
        pcap_close(live_of(s)->pcap);
}

static const struct sk_source_ops live_ops = {
    .next = live_next, .stats = live_stats, .stop = live_stop, .close = live_close};

static sk_err no_such_interface(const char *iface, struct sk_error *err) {
    struct if_nameindex *all = if_nameindex();
    size_t n = 0;
    while (all && all[n].if_name)
        n++;
    const char **names = (const char **)calloc(n + 1, sizeof *names);
    for (size_t i = 0; names && i < n; i++)
        names[i] = all[i].if_name;
    const char *near = names ? sk_nearest(iface, names) : NULL;
    sk_err e = near ? sk_error_set(err, SK_ENOTFOUND, "%s: no such interface. Near: %s", iface, near)
                    : sk_error_set(err, SK_ENOTFOUND, "%s: no such interface", iface);
    free(names);
    if (all)
        if_freenameindex(all);
    return e;
}

static void learn_mac(struct live_source *l, const char *iface) {
    struct ifreq r = {0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", iface);
    l->has_mac = l->linktype == SK_LINKTYPE_ETHERNET && fd >= 0 && ioctl(fd, SIOCGIFHWADDR, &r) == 0 &&
                 r.ifr_hwaddr.sa_family == ARPHRD_ETHER;
    if (l->has_mac)
        memcpy(l->mac, r.ifr_hwaddr.sa_data, sizeof l->mac);
    if (fd >= 0)
        close(fd);
}

static sk_err activate(struct live_source *l, const char *iface, const struct sk_live_options *opt,
                       struct sk_error *err) {
    uint32_t snaplen = opt->snaplen && opt->snaplen < SNAPLEN_MAX ? opt->snaplen : SNAPLEN_MAX;
    uint32_t ring = opt->buffer_size ? opt->buffer_size : RING_BYTES;
    (void)pcap_set_snaplen(l->pcap, (int)snaplen);
    (void)pcap_set_promisc(l->pcap, opt->promiscuous);
    (void)pcap_set_timeout(l->pcap, TIMEOUT_MS);
    (void)pcap_set_buffer_size(l->pcap, ring < INT32_MAX ? (int)ring : INT32_MAX);
    l->nano = pcap_set_tstamp_precision(l->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
    int e = pcap_activate(l->pcap);
    if (e == PCAP_ERROR_NO_SUCH_DEVICE)
        return no_such_interface(iface, err);
    if (e == PCAP_ERROR_PERM_DENIED || e == PCAP_ERROR_PROMISC_PERM_DENIED)
        return sk_error_set(err, SK_EIO, "%s: no permission to capture; run as root or with the capability cap_net_raw",
                            iface);
    if (e == PCAP_ERROR_IFACE_NOT_UP)
        return sk_error_set(err, SK_EIO, "%s: the interface is down; set it up first", iface);
    if (e < 0) {
        const char *why = pcap_geterr(l->pcap);
        return sk_error_set(err, SK_EIO, "%s: %s", iface, *why ? why : pcap_statustostr(e));
    }
    char why[PCAP_ERRBUF_SIZE] = "";
    l->fd = pcap_get_selectable_fd(l->pcap);
    if (l->fd < 0 || pcap_setnonblock(l->pcap, 1, why) != 0)
        return sk_error_set(err, SK_EIO, "%s: the interface cannot be waited for%s%s", iface, *why ? ": " : "", why);
    int dlt = pcap_datalink(l->pcap);
    l->linktype = dlt == DLT_RAW ? LINKTYPE_RAW : (uint16_t)dlt;
    learn_mac(l, iface);
    return SK_OK;
}

sk_err sk_source_live(const char *iface, const struct sk_live_options *opt, struct sk_source **ret,
                      struct sk_error *err) {
    static const struct sk_live_options none = {0};
    opt = opt ? opt : &none;
    *ret = NULL;
    struct sk_filter *filter = NULL;
    if (opt->filter && sk_filter_new(opt->filter, &filter, err) != SK_OK)
        return SK_EUSAGE;
    struct live_source *l = (struct live_source *)calloc(1, sizeof *l);
    if (!l) {
        sk_filter_free(filter);
        return sk_error_set(err, SK_ENOMEM, "out of memory");
    }
    struct sk_source *s = &l->common;
    s->filter = filter;
    s->ops = &live_ops;
    s->on_damage = opt->on_damage;
    s->arg = opt->arg;
    sk_blocks_init(&s->pool, SNAPLEN_MAX);
    char why[PCAP_ERRBUF_SIZE];
    l->pcap = pcap_create(iface, why);
    struct sk_file *f = sk_list_new(&s->list, iface);
    if (!l->pcap || !f) {
        sk_err failed = sk_error_set(err, SK_EIO, "%s: %s", iface, l->pcap ? "out of memory" : why);
        sk_source_close(s);
        return failed;
    }
    sk_err e = activate(l, iface, opt, err);
    if (e == SK_OK && filter && *sk_filter_why(filter, l->linktype))
        e = sk_error_set(err, SK_EUSAGE, "%s: --filter: %s", iface, sk_filter_why(filter, l->linktype));
    if (e != SK_OK) {
        sk_source_close(s);
        return e;
    }
    f->input.opened = true;
    s->stats.opened_inputs = 1;
    *ret = s;
    return SK_OK;
}
