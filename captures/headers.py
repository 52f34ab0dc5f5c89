# SPDX-License-Identifier: Apache-2.0
"""IP headers as they must not be, and what looks like it and is right: V6-060 to V6-062, V6-070 to V6-075."""
from kit import *  # noqa: F403  (a kit of parts)
from scapy.all import (HAO, HBHOptUnknown, IPOption_LSRR, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrRouting,  # noqa: E402
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
    """What RFC 8200 allows and few send: many options, an option nobody knows, a router alert before UDP, long padding."""
    cap = Capture()
    h = [host(n) for n in range(0x20, 0x26)]
    many = [HBHOptUnknown(otype=0x1e, optdata=bytes(2)) for _ in range(10)]
    cap.add(0, ip6(h[0]) / IPv6ExtHdrDestOpt(options=many) / ping())
    cap.add(1, ip6(h[1]) / IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=0x13, optdata=bytes(4))], autopad=0) / ping())
    cap.add(2, ip6(h[2]) / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / UDP(sport=4000, dport=4001) / Raw(b"x"))
    cap.add(3, ip6(h[3]) / IPv6ExtHdrHopByHop(options=[PadN(optdata=bytes(12))], autopad=0) / ping())
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


CAPTURES = {"source-routes": source_routes, "source-routes-usual": source_routes_usual, "odd-chains": odd_chains,
            "unusual-chains": unusual_chains, "usual-chains": usual_chains, "atomic-fragments": atomic_fragments}
