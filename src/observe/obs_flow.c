/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations: one event when a flow is opened, and at each change of its state. The initiator is the event's source,
 * whoever sent the first packet that was seen. Volumes are those up to the event.
 */
#include "sekimori/observer.h"
#include "sekimori/part.h"

/* clang-format off */
SK_EVENT(flow_state, "flow.state", STATE, "0.1", "A TCP, UDP, SCTP or ICMP echo flow was opened, established, refused, stayed unanswered, or was closed")
SK_FIELD(flow_state, "flow.state", KEYWORD, ONE, "", "0.1", "opened, established (answered), refused (reset), unanswered, closed")
SK_FIELD(flow_initiator, "flow.initiator", KEYWORD, ONE, "", "0.1", "source: the initiator is always the source of the event")
SK_FIELD(flow_initiator_by, "flow.initiator_by", KEYWORD, ONE, "", "0.1", "How it is known who began: syn, icmp, dns, quic; or inferred: port, first-packet")
SK_FIELD(flow_midstream, "flow.midstream", BOOL, ONE, "", "0.1", "TCP: the initiator's SYN was not seen")
SK_FIELD(flow_one_sided, "flow.one_sided", BOOL, ONE, "", "0.1", "Packets of one side only were seen so far")
SK_FIELD(flow_quic, "flow.quic", BOOL, ONE, "", "0.1", "QUIC: a long header was answered by one of the other side (RFC 9000)")
SK_FIELD(network_protocol, "network.protocol", KEYWORD, ONE, "", "0.1", "Protocol above the transport, where it is known: quic")
SK_FIELD(source_packets, "source.packets", LONG, ONE, "", "0.1", "Packets the source sent")
SK_FIELD(destination_packets, "destination.packets", LONG, ONE, "", "0.1", "Packets the destination sent")
SK_FIELD(flow_copies, "flow.copies", LONG, ONE, "", "0.1", "Packets of both directions, counted above, that a mirror port had shown before")
SK_FIELD(event_start, "event.start", DATE, ONE, "", "0.1", "Time of the first packet")
SK_FIELD(event_end, "event.end", DATE, ONE, "", "0.1", "Time of the last packet so far")
/* clang-format on */

static void flow(void *state, struct sk_obs *o, const struct sk_flow_view *v, bool at_tick) {
    (void)state;
    struct sk_event *ev = sk_obs_flow_event(o, SKE_flow_state, v, at_tick);
    if (!ev)
        return;
    if (v->depth && !sk_event_has(ev, NULL, SKF_tunnel_kind))
        sk_event_put_text(ev, SKF_tunnel_kind, sk_tunnel_kind_name((enum sk_tunnel_kind)v->tunnel));
    struct sk_part_flow p;
    memset(&p, 0, sizeof p); /* padding too: events are compared by their bytes */
    memcpy(p.bytes, v->bytes, sizeof p.bytes);
    memcpy(p.packets, v->packets, sizeof p.packets);
    p.copies = v->copies;
    p.start = v->first;
    p.end = v->last;
    p.state = (uint8_t)v->state;
    p.by = (uint8_t)v->by;
    p.midstream = v->midstream;
    p.one_sided = v->one_sided;
    p.quic = v->quic;
    p.sender_shown = v->sender_shown;
    sk_event_put_flow(ev, &p);
    sk_obs_commit(o, ev);
}

const struct sk_observer sk_obs_flow = {.name = "flow", .flow = flow};
