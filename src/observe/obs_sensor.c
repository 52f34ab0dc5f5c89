/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the lane counted since it last said so: at the end of a chain, live every ten seconds too. The correlator adds
 * the lanes up and judges the whole (cor_health.c); the event itself goes no further, since there are as many as lanes.
 */
#include "sekimori/observer.h"

/* clang-format off */
SK_EVENT(sensor_counts, "sensor.counts", STATE, "0.1", "What one thread counted since it last said so; never shown: see sensor.state")
SK_FIELD(sensor_packets, "sensor.packets", LONG, ONE, "", "0.1", "Frames looked at")
SK_FIELD(sensor_truncated, "sensor.truncated", LONG, ONE, "", "0.1", "Frames that the capture cut inside of a declared length")
SK_FIELD(sensor_undecoded, "sensor.undecoded", LONG, ONE, "", "0.1", "Frames whose link type, or a header, could not be decoded")
SK_FIELD(sensor_unreadable, "sensor.unreadable", LONG, ONE, "", "0.1", "Frames with MACsec, 802.11 protection, or an EtherType that is not decoded")
SK_FIELD(sensor_copies, "sensor.copies", LONG, ONE, "", "0.1", "Frames that the mirror had shown before")
SK_FIELD(sensor_evicted, "sensor.evicted", LONG, ONE, "", "0.1", "Entries that left a full table")
SK_FIELD(sensor_evicted_flows, "sensor.evicted_flows", LONG, ONE, "", "0.1", "Of these, flows")
SK_FIELD(sensor_evicted_datagrams, "sensor.evicted_datagrams", LONG, ONE, "", "0.1", "Of these, datagrams of which fragments were awaited")
SK_FIELD(sensor_lost, "sensor.lost", LONG, ONE, "", "0.1", "Packets and events that were dropped by kernel, interface or sensor")
SK_FIELD(sensor_own, "sensor.own", LONG, ONE, "", "0.1", "Frames that the sensor's own interface sent")
SK_FIELD(sensor_clock_steps, "sensor.clock_steps", LONG, ONE, "", "0.1", "Steps of the clock: back by over 2 s; live, forward by over an hour too")
/* clang-format on */

#define LIVE_EVERY (10 * SK_SEC)

enum { COUNTS = 9 };
static const uint16_t fields[COUNTS] = {SKF_sensor_packets,    SKF_sensor_truncated,     SKF_sensor_undecoded,
                                        SKF_sensor_unreadable, SKF_sensor_copies,        SKF_sensor_evicted,
                                        SKF_sensor_lost,       SKF_sensor_evicted_flows, SKF_sensor_evicted_datagrams};

struct state {
    uint64_t told[COUNTS];
    uint64_t told_own;
    sk_time at;
};

static uint64_t anomalies(const struct sk_counts *c, const uint8_t *which, size_t n) {
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += c->anomalies[which[i]];
    return sum;
}

static void count(const struct sk_counts *c, uint64_t to[COUNTS]) {
    static const uint8_t undecoded[] = {SK_AN_LINKTYPE,  SK_AN_IP_HEADER,   SK_AN_IP_LENGTH,   SK_AN_L4_HEADER,
                                        SK_AN_EXT_LIMIT, SK_AN_LAYER_LIMIT, SK_AN_TUNNEL_LIMIT};
    static const uint8_t unreadable[] = {SK_AN_ETHERTYPE};
    uint64_t copies = 0;
    for (unsigned i = 0; i < SK_SEGMENTS_COUNTED; i++)
        copies += c->segment[i].copies;
    const uint64_t now[COUNTS] = {
        c->packets,
        c->anomalies[SK_AN_TRUNCATED],
        anomalies(c, undecoded, sizeof undecoded),
        anomalies(c, unreadable, sizeof unreadable) + c->layers[SKP_MACSEC] + c->layers[SKP_WLANSEC],
        copies,
        c->flow.evicted + c->defrag.evicted + c->evictions,
        c->events_dropped,
        c->flow.evicted,
        c->defrag.evicted,
    };
    memcpy(to, now, sizeof now);
}

static void tell(struct state *s, struct sk_obs *o) {
    uint64_t now[COUNTS];
    count(o->counts, now);
    s->at = o->now;
    if (memcmp(now, s->told, sizeof now) == 0)
        return;
    struct sk_event *ev = sk_obs_tick_event(o, SKE_sensor_counts, 0, 0);
    if (ev) {
        for (unsigned i = 0; i < COUNTS; i++)
            sk_event_put_int(ev, fields[i], (int64_t)(now[i] - s->told[i]));
        if (o->counts->own > s->told_own)
            sk_event_put_int(ev, SKF_sensor_own, (int64_t)(o->counts->own - s->told_own));
        sk_obs_commit(o, ev);
    }
    s->told_own = o->counts->own;
    memcpy(s->told, now, sizeof now);
}

static void tick(void *state, struct sk_obs *o) {
    struct state *s = state;
    if (!o->offline && o->now - s->at >= LIVE_EVERY)
        tell(s, o);
}

static void flush(void *state, struct sk_obs *o) { tell(state, o); }

const struct sk_observer sk_obs_sensor = {
    .name = "sensor", .state_size = sizeof(struct state), .tick = tick, .flush = flush};
