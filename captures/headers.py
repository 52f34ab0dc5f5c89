# SPDX-License-Identifier: Apache-2.0
"""IP headers as they must not be, and what looks like it and is right: V6-060 to V6-062, V6-070 to V6-075."""
from kit import *  # noqa: F403  (a kit of parts)
from scapy.all import (HAO, HBHOptUnknown, ICMPv6PacketTooBig, IPOption_LSRR, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrRouting,  # noqa: E402
                       Jumbo, Pad1, PadN)

ROUTER = Host("02:00:00:00:00:01", vlan=0)  # fe80::1 of policy/dualstack.yml
SERVER = Host("02:00:00:00:01:99", ip="192.168.30.99", ip6="2001:db8:30::99", vlan=0)
OUTSIDE6 = "2001:db8:ff::9"


def host(n):
    return Host(f"02:00:00:00:02:{n:02x}", ip=f"192.168.30.{n}", ip6=f"2001:db8:30::{n:x}", vlan=0, name=f"pc{n}")


def ip6(src, dst=SERVER, **kw):
    return ether(src, dst.mac) / IPv6(src=src.ip6, dst=dst.ip6, **kw)


def from_outside(**kw):
    return ether(ROUTER, SERVER.mac) / IPv6(src=OUTSIDE6, dst=SERVER.ip6, hlim=57, **kw)


def ping(n=1):
    return ICMPv6EchoRequest(id=1, seq=n, data=b"abcdefgh")


def numbered(payload):
    """A raw header of the uniform format (RFC 6564) or any other payload."""
    return Raw(payload)


def source_routes():
    """Routing headers of type 0 with and without stations left, of type 1, IPv4's loose source route; segment routing from outside."""
    cap = Capture()
    cap.add(0, ip6(host(0x20)) / IPv6ExtHdrRouting(type=0, addresses=["2001:db8:30::98", "2001:db8:30::97"], segleft=2) / ping())
    cap.add(1, ip6(host(0x21)) / IPv6ExtHdrRouting(type=0, addresses=["2001:db8:30::98"], segleft=0) / ping())
    cap.add(2, ip6(host(0x22), nh=43) / numbered(bytes([58, 0, 1, 0]) + bytes(4)) / ping())
    cap.add(3, ether(host(0x23), SERVER.mac) / IP(src=host(0x23).ip, dst=SERVER.ip, options=[IPOption_LSRR(routers=["192.168.30.98"])]) / ICMP())
    segments = bytes.fromhex("20010db8003000000000000000000098" "20010db8003000000000000000000097")
    cap.add(4, from_outside(nh=43) / numbered(bytes([58, 4, 4, 1, 1, 0, 0, 0]) + segments) / ping())
    return cap


def source_routes_rare():
    """A routing header of type 2 with two stations; from outside one of RPL and one for experiments."""
    cap = Capture()
    stations = ["2001:db8:30::98", "2001:db8:30::97"]
    cap.add(0, ip6(host(0x20)) / IPv6ExtHdrRouting(type=2, addresses=stations, segleft=2) / ping())
    cap.add(1, from_outside() / IPv6ExtHdrRouting(type=3, addresses=stations, segleft=1) / ping())
    cap.add(2, from_outside() / IPv6ExtHdrRouting(type=253, addresses=stations, segleft=1) / ping())
    return cap


def source_routes_usual():
    """Segment routing between inside hosts, a mobile node's routing header of type 2; IPv4 with a router alert and no source route."""
    cap = Capture()
    segments = bytes.fromhex("20010db8003000000000000000000098" "20010db8003000000000000000000097")
    cap.add(0, ip6(host(0x20), nh=43) / numbered(bytes([58, 4, 4, 1, 1, 0, 0, 0]) + segments) / ping())
    cap.add(1, ip6(host(0x21)) / IPv6ExtHdrRouting(type=2, addresses=["2001:db8:30::98"], segleft=1) / ping())
    cap.add(2, ip6(host(0x22)) / IPv6ExtHdrDestOpt(options=[HAO(hoa="2001:db8:30::22")]) / ping())
    return cap


def odd_chains():
    """Chains that RFC 8200 forbids, each from another host: two hop-by-hop headers, one that is not first, three destination options,
    two fragment headers, nine headers, padding that carries data."""
    cap = Capture()
    h, tlv = [host(n) for n in range(0x20, 0x28)], IPv6ExtHdrDestOpt
    cap.add(0, ip6(h[0]) / IPv6ExtHdrHopByHop() / IPv6ExtHdrHopByHop() / ping())
    cap.add(1, ip6(h[1]) / tlv() / IPv6ExtHdrHopByHop() / ping())
    cap.add(2, ip6(h[2]) / tlv() / tlv() / tlv() / ping())
    cap.add(3, ip6(h[3]) / IPv6ExtHdrFragment(id=1) / IPv6ExtHdrFragment(id=2) / ping())
    chain = ip6(h[4])
    for _ in range(20):
        chain = chain / tlv()
    cap.add(4, chain / ping())
    cap.add(5, ip6(h[5]) / tlv(options=[PadN(optdata=b"secret"[:4])], autopad=0) / ping())
    return cap


def unusual_chains():
    """What RFC 8200 allows and few send: many options, an option nobody knows, a router alert before UDP, long padding, an option for
    experiments."""
    cap = Capture()
    h = [host(n) for n in range(0x20, 0x26)]
    many = [HBHOptUnknown(otype=0x1e, optdata=bytes(2)) for _ in range(10)]
    cap.add(0, ip6(h[0]) / IPv6ExtHdrDestOpt(options=many) / ping())
    cap.add(1, ip6(h[1]) / IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=0x13, optdata=bytes(4))], autopad=0) / ping())
    cap.add(2, ip6(h[2]) / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / UDP(sport=4000, dport=4001) / Raw(b"x"))
    cap.add(3, ip6(h[3]) / IPv6ExtHdrHopByHop(options=[PadN(optdata=bytes(12))], autopad=0) / ping())
    cap.add(4, ip6(h[4]) / IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=0x3e, optdata=bytes(4))], autopad=0) / ping())
    return cap


def unusual_chains_inward():
    """From outside to an inside host: 264 bytes of options, nine options, one for experiments, one that nobody knows."""
    cap = Capture()
    cases = [[HBHOptUnknown(otype=0x8b, optdata=bytes(250)), HBHOptUnknown(otype=0x0f, optdata=bytes(6))],
             [HBHOptUnknown(otype=0x0f, optdata=bytes(4)) for _ in range(9)],
             [HBHOptUnknown(otype=0x1e, optdata=bytes(4))], [HBHOptUnknown(otype=0x13, optdata=bytes(4))]]
    for k, options in enumerate(cases):
        cap.add(k, from_outside() / IPv6ExtHdrDestOpt(options=options) / ping())
    return cap


def segment_routing_long():
    """Segment routing between inside hosts with twenty segments: longer than other chains are."""
    cap = Capture()
    segments = b"".join(bytes.fromhex("20010db80030000000000000000000") + bytes([0x80 + k]) for k in range(20))
    cap.add(0, ip6(host(0x20), nh=43) / numbered(bytes([58, 40, 4, 19, 19, 0, 0, 0]) + segments) / ping())
    return cap


def usual_chains():
    """A multicast listener report with its router alert, RSVP with one, destination options alone, AH, ESP, a fragmented echo."""
    cap = Capture()
    h = host(0x20)
    cap.add(0, ether(h, "33:33:00:00:00:16") / IPv6(src=h.link_local(), dst="ff02::16", hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert()]) /
            ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=4, dst="ff02::fb")]))
    cap.add(1, ip6(h) / IPv6ExtHdrHopByHop(nh=46, options=[RouterAlert(value=1)]) / Raw(bytes.fromhex("10010000" "40000008")))
    cap.add(2, ip6(h) / IPv6ExtHdrDestOpt() / ping())
    cap.add(3, ip6(h, nh=51) / numbered(bytes([58, 4]) + bytes(22)) / ping())
    cap.add(4, ip6(h, nh=50) / Raw(bytes(range(64))))
    return cap


def atomic_fragments():
    """Atomic fragments before an echo, UDP and TCP, as after a Packet Too Big below 1280 (RFC 6946)."""
    cap = Capture()
    h = host(0x20)
    for k in range(3):
        upper = (ping(), UDP(sport=4000, dport=4001) / Raw(b"x"), TCP(sport=4000, dport=4001, flags="S"))[k]
        cap.add(k, ip6(h) / IPv6ExtHdrFragment(id=k) / upper)
    return cap


def too_big():
    """Packet Too Big with 1000 bytes from two senders, and honest ones with 1280 and 1400 bytes."""
    cap = Capture()
    for k, mtu in enumerate((1000, 1280, 1000, 1400)):
        quoted = IPv6(src=SERVER.ip6, dst="2001:db8:99::1") / TCP(sport=50000, dport=443)
        cap.add(k, ip6(host(0x20 + k)) / ICMPv6PacketTooBig(mtu=mtu) / quoted)
    return cap


def piece6(cap, at, src, nh, data, off, more, ident):
    cap.add(at, ip6(src) / IPv6ExtHdrFragment(id=ident, nh=nh, offset=off // 8, m=more) / Raw(data))


def echo6(src, n):
    """An echo request of n bytes as it stands before it is divided."""
    whole = bytearray(bytes(ICMPv6EchoRequest(id=1, seq=1, data=bytes(i % 251 for i in range(n - 8)))))
    whole[2:4] = b"\0\0"
    whole[2:4] = in6_chksum(58, IPv6(src=src.ip6, dst=SERVER.ip6, nh=58), bytes(whole)).to_bytes(2, "big")
    return bytes(whole)


def piece4(cap, at, src, proto, data, off, more, ident):
    cap.add(at, ether(src, SERVER.mac) / IP(src=src.ip, dst=SERVER.ip, proto=proto, id=ident, frag=off // 8, flags="MF" if more else 0) / Raw(data))


def tiny_fragments():
    """First fragments without their whole header chain, each from another host: destination options that end in the next one, a TCP header
    cut after 8 bytes, TCP's options cut; IPv4 TCP cut after 8 bytes, IPv4 fragments
    that begin at byte 8 of the TCP header, one of them alone."""
    cap = Capture()
    h = [host(n) for n in range(0x20, 0x26)]
    tcp = bytes(TCP(sport=4000, dport=22, flags="S", options=[("MSS", 1440), ("WScale", 7), ("NOP", None)])) + bytes(24)
    dst = bytes([58, 1]) + bytes([1, 12]) + bytes(12) + echo6(h[0], 40)
    for k, (nh, data, first) in enumerate([(60, dst, 8), (6, tcp, 8), (6, tcp, 24)]):
        piece6(cap, k, h[k], nh, data[:first], 0, 1, k + 1)
        piece6(cap, k + 0.001, h[k], nh, data[first:], first, 0, k + 1)
    piece4(cap, 4, h[3], 6, tcp[:8], 0, 1, 4)
    piece4(cap, 4.001, h[3], 6, tcp[8:], 8, 0, 4)
    piece4(cap, 5, h[4], 6, tcp[:32], 0, 1, 5)
    piece4(cap, 5.001, h[4], 6, tcp[8:], 8, 0, 5)
    piece4(cap, 6, h[5], 6, tcp[8:], 8, 0, 6)
    return cap


def whole_fragments():
    """Fragments as they should be: echo, UDP, ESP, a protocol few decode; each fragment twice, as a mirror shows it; one that never ends."""
    cap = Capture()
    h = host(0x20)
    for k, (nh, data) in enumerate([(58, echo6(h, 96)), (17, bytes(UDP(sport=4000, dport=4001, len=96)) + bytes(88)), (50, bytes(range(96))),
                                    (89, bytes(range(96)))]):
        for again in (0, 12e-6):
            piece6(cap, k + again, h, nh, data[:48], 0, 1, k + 1)
            piece6(cap, k + 0.001 + again, h, nh, data[48:], 48, 0, k + 1)
    piece6(cap, 9, h, 58, echo6(h, 96)[:48], 0, 1, 9)
    return cap


def overlaps():
    """Fragments that overlap, each from another host: other bytes, two ends, a fragment past the end; in IPv4 other bytes."""
    cap = Capture()
    h = [host(n) for n in range(0x20, 0x25)]
    data, evil = echo6(h[0], 96), b"\xee" * 96
    for k, parts in enumerate([[(0, data[:48], 1), (40, evil[40:], 0), (48, data[48:], 0)],
                               [(48, data[48:], 0), (48, data[48:88], 0), (0, data[:48], 1)],
                               [(48, data[48:96], 1), (48, data[48:72], 0), (0, data[:48], 1)]]):
        for n, (off, part, more) in enumerate(parts):
            piece6(cap, k + n * 0.001, h[k], 58, part, off, more, k + 1)
    udp = bytes(UDP(sport=4000, dport=4001, len=96)) + bytes(88)
    for n, (off, part, more) in enumerate([(0, udp[:48], 1), (40, evil[40:], 0), (48, udp[48:], 0)]):
        piece4(cap, 4 + n * 0.001, h[3], 17, part, off, more, 4)
    return cap


def overlaps_alike():
    """Overlaps whose bytes agree, as where a path divides anew: IPv6 (which no router does) and IPv4; and IPv4's identification used
    again after more than a second."""
    cap = Capture()
    h = [host(n) for n in range(0x20, 0x23)]
    data, udp = echo6(h[0], 96), bytes(UDP(sport=4000, dport=4001, len=96)) + bytes(88)
    for n, (off, end, more) in enumerate([(0, 56, 1), (48, 96, 0)]):
        piece6(cap, n * 0.001, h[0], 58, data[off:end], off, more, 1)
        piece4(cap, 1 + n * 0.001, h[1], 17, udp[off:end], off, more, 2)
    piece4(cap, 3, h[2], 17, udp[:48], 0, 1, 3)
    piece4(cap, 6, h[2], 17, b"\xee" * 56, 40, 0, 3)
    return cap


def atomic_fragments_many():
    """Twenty-four atomic fragments in half a minute."""
    cap = Capture()
    for k in range(24):
        cap.add(k * 1.2, ip6(host(0x20 + k % 3)) / IPv6ExtHdrFragment(id=k) / ping(k))
    return cap


def malformed_frames():
    """One for each rule, each from another host: version 7, IPv6 under EtherType 0x0800, longer than the frame, UDP length 4, an ICMPv6
    message of 2 bytes, a TCP header of 12 bytes, an option past its header, IPv4 under EtherType 0x86dd."""
    h = [host(n) for n in range(0x20, 0x28)]
    udp = ip6(h[3]) / UDP(sport=4000, dport=4001, len=4) / Raw(b"x" * 8)
    seven = bytearray(bytes(ip6(h[0]) / ping()))
    seven[14] = 0x70
    longer = bytearray(bytes(ip6(h[2]) / ping()))
    longer[18:20] = b"\x01\x00"
    other = bytearray(bytes(ip6(h[1]) / ping()))
    other[12:14] = b"\x08\x00"
    return [bytes(seven), bytes(other), bytes(longer), bytes(udp), bytes(ip6(h[4], nh=58) / Raw(b"\x80\x00")),
            bytes(ip6(h[5]) / TCP(sport=4000, dport=4001, dataofs=3)),
            bytes(ip6(h[6], nh=60) / numbered(bytes([58, 0, 0x1e, 40]) + bytes(4)) / ping()),
            bytes(ether(h[7], SERVER.mac, type_=0x86dd) / IP(src=h[7].ip, dst=SERVER.ip) / ICMP())]


def malformed():
    cap = Capture()
    for k, frame in enumerate(malformed_frames()):
        cap.add(k, frame)
    return cap


def malformed_flood():
    cap = Capture()
    for k in range(140):
        cap.add(k * 0.2, malformed_frames()[k % 8])
    return cap


def wrong_addresses():
    """A packet for each class of addresses that must not be on the wire, each from another host."""
    cap = Capture()
    pairs = [("::ffff:10.0.0.1", None), (None, "::ffff:192.168.30.99"), ("::10.0.0.1", None), ("::1", None), ("::", None), (None, "::"),
             ("fec0::1", None), ("3ffe::1", None), ("200::1", None), ("2001:10::1", None), (None, "100::1")]
    for k, (src, dst) in enumerate(pairs):
        h = host(0x20 + k)
        cap.add(k, ether(h, SERVER.mac) / IPv6(src=src or h.ip6, dst=dst or SERVER.ip6) / UDP(sport=4000, dport=4001) / Raw(b"x"))
    return cap


def wrong_addresses_fragment():
    """Later fragments whose first ones nobody sees: from an IPv4-mapped address, from nobody, from a host as it should be."""
    cap = Capture()
    for k, src in enumerate(("::ffff:10.0.0.1", "::", None)):
        h = host(0x20 + k)
        cap.add(k, ether(h, SERVER.mac) / IPv6(src=src or h.ip6, dst=SERVER.ip6) / IPv6ExtHdrFragment(nh=17, offset=10, m=0, id=7 + k) / Raw(b"x" * 40))
    return cap


def wrong_addresses_declared():
    """Segment identifiers and the second documentation block: told where the policy declares other prefixes."""
    cap = Capture()
    for k, dst in enumerate(("5f00::1", "3fff::1")):
        cap.add(k, ether(host(0x20 + k), SERVER.mac) / IPv6(src=host(0x20 + k).ip6, dst=dst) / UDP(sport=4000, dport=4001) / Raw(b"x"))
    return cap


def right_addresses():
    """Who has no address yet asks and reports; the translator's prefix; unique local addresses."""
    cap = Capture()
    h = host(0x20)
    cap.add(0, ether(h, "33:33:ff:00:00:20") / IPv6(src="::", dst="ff02::1:ff00:20", hlim=255) / ICMPv6ND_NS(tgt=h.ip6))
    cap.add(1, ether(h, "33:33:00:00:00:02") / IPv6(src="::", dst="ff02::2", hlim=255) / ICMPv6ND_RS())
    cap.add(2, ether(h, "33:33:00:00:00:16") / IPv6(src="::", dst="ff02::16", hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert()]) /
            ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=4, dst="ff02::1:ff00:20")]))
    cap.add(3, ether(h, ROUTER.mac) / IPv6(src=h.ip6, dst="64:ff9b::c633:6409") / UDP(sport=4000, dport=4001) / Raw(b"x"))
    cap.add(4, ether(h, SERVER.mac) / IPv6(src=h.ip6, dst=SERVER.ip6) / UDP(sport=4000, dport=4001) / Raw(b"x"))
    cap.add(5, ether(h, ROUTER.mac) / IPv6(src="fd00:30::20", dst="fd00:31::1") / UDP(sport=4000, dport=4001) / Raw(b"x"))
    return cap


def spoofed_sources():
    """A host sends from addresses that are none of its line's to somewhere else; what came in through the router, and through a
    machine that the policy does not name, for hosts of the line; a host of the line itself."""
    cap = Capture()
    bad = host(0x66)
    for k in range(3):
        cap.add(k, ether(bad, ROUTER.mac) / IPv6(src=f"2001:db8:77::{k + 1}", dst=OUTSIDE6) / UDP(sport=4000 + k, dport=123) / Raw(b"x" * 8))
    cap.add(4, from_outside() / UDP(sport=4000, dport=4001) / Raw(b"x"))
    cap.add(5, ether(host(0x67), SERVER.mac) / IPv6(src="2001:db8:88::1", dst=SERVER.ip6, hlim=57) / UDP(sport=4000, dport=4001) / Raw(b"x"))
    cap.add(6, ether(host(0x20), ROUTER.mac) / IPv6(src=host(0x20).ip6, dst=OUTSIDE6) / UDP(sport=4000, dport=4001) / Raw(b"x"))
    return cap


def spoofed_at_boundary():
    """Before the firewall (VLAN 100): a packet from an inside address to another; one from outside to inside, one the other way."""
    cap = Capture()
    far = Host("02:00:00:00:09:01", vlan=100)
    for k, (src, dst) in enumerate([("2001:db8:30::7", SERVER.ip6), (OUTSIDE6, SERVER.ip6), (SERVER.ip6, OUTSIDE6)]):
        cap.add(k, ether(far, ROUTER.mac) / IPv6(src=src, dst=dst, hlim=60) / UDP(sport=4000 + k, dport=4001) / Raw(b"x"))
    return cap


def mixed(n, seed):
    """n bytes that look encrypted, the same every time."""
    out, x = bytearray(), seed
    for _ in range(n):
        x = (x * 1103515245 + 12345) % (1 << 31)
        out.append(x >> 16 & 255)
    return bytes(out)


def covert():
    """Reserved bits of fragment headers; echo replies with other data than their requests; an ordinary ping; one cut by a middlebox."""
    cap = Capture()
    a, b = host(0x20), SERVER
    piece = lambda k, data, off, more: ip6(a, nh=44) / Raw(bytes([58, 0x40 + k, off >> 8, off & 0xf8 | 6 | more, 0, 0, 0, 7]) + data)  # noqa: E731
    data = echo6(a, 96)
    cap.add(0, piece(1, data[:48], 0, 1))
    cap.add(0.001, piece(2, data[48:], 48, 0))
    for k in range(12):
        cap.add(1 + k, ip6(a) / ICMPv6EchoRequest(id=7, seq=k, data=mixed(200, k)))
        cap.add(1.01 + k, ip6(b, a) / ICMPv6EchoReply(id=7, seq=k, data=mixed(250, 1000 + k)))
    for k in range(4):
        cap.add(20 + k, ip6(a) / ICMPv6EchoRequest(id=8, seq=k, data=mixed(200, k)))
        cap.add(20.01 + k, ip6(b, a) / ICMPv6EchoReply(id=8, seq=k, data=mixed(200, k) if k % 2 else mixed(150, k)))
    return cap


CAPTURES = {"source-routes": source_routes, "source-routes-rare": source_routes_rare, "source-routes-usual": source_routes_usual, "odd-chains": odd_chains,
            "unusual-chains": unusual_chains, "unusual-chains-inward": unusual_chains_inward, "segment-routing-long": segment_routing_long, "usual-chains": usual_chains, "wrong-addresses": wrong_addresses, "wrong-addresses-declared": wrong_addresses_declared, "wrong-addresses-fragment": wrong_addresses_fragment, "right-addresses": right_addresses,
            "spoofed-sources": spoofed_sources, "spoofed-at-boundary": spoofed_at_boundary,
            "covert": covert,
            "atomic-fragments": atomic_fragments, "atomic-fragments-many": atomic_fragments_many,
            "too-big": too_big,
            "malformed": malformed, "malformed-flood": malformed_flood,
            "tiny-fragments": tiny_fragments, "whole-fragments": whole_fragments, "overlaps": overlaps, "overlaps-alike": overlaps_alike}
