# SPDX-License-Identifier: Apache-2.0
"""Neighbour discovery as it must not be, and what looks like it and is right: V6-030 to V6-036, V6-041, V6-050 to V6-053."""
from kit import *  # noqa: F403  (a kit of parts)
from scapy.all import (ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_Redirect, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr,  # noqa: E402
                       IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, HBHOptUnknown)

ALL_NODES, ALL_NODES_MAC = "ff02::1", "33:33:00:00:00:01"
ROUTER = Host("02:00:00:00:00:01", vlan=0)  # fe80::1 of policy/dualstack.yml
ROUTER_LL, OTHER_LL = "fe80::1", "fe80::2"


def host(n, ip6=None):
    return Host(f"02:00:00:00:01:{n:02x}", ip=f"192.168.30.{n}", ip6=ip6 or f"2001:db8:30::{n:x}", vlan=0, name=f"pc{n}")


def simple():
    cap = Capture()
    return cap, Net(cap)


def nd(src, message, at, cap, to=ALL_NODES, to_mac=ALL_NODES_MAC, ip=None, hlim=255, between=None):
    """A message of neighbour discovery from the host."""
    p = ether(src, to_mac) / IPv6(src=ip or src.link_local(), dst=to, hlim=hlim)
    cap.add(at, (p / between if between else p) / message)


def nd_invalid():
    """One message for each rule of RFC 4861 6.1, 7.1 and 8.1, each from another host; then two that break none."""
    cap, _ = simple()
    h = [host(n) for n in range(0x20, 0x30)]
    target, group, group_mac = "2001:db8:30::99", "ff02::1:ff00:99", "33:33:ff:00:00:99"
    slla = ICMPv6NDOptSrcLLAddr(lladdr=h[0].mac)
    ns, na = ICMPv6ND_NS(tgt=target), ICMPv6ND_NA(tgt=target, R=0, S=0, O=1)
    nd(h[0], ns / slla, 0, cap, group, group_mac, hlim=64)
    nd(h[1], ICMPv6ND_NS(tgt=target, code=1), 1, cap, group, group_mac)
    short = IPv6(src=h[2].link_local(), dst=group, hlim=255, nh=58)
    body = bytes.fromhex("870000000000000020010db80030")
    cap.add(2.1, ether(h[2], group_mac) / short / Raw(body[:2] + in6_chksum(58, short, body).to_bytes(2, "big") + body[4:]))
    nd(h[3], ICMPv6ND_NS(tgt=target) / Raw(b"\x01\0" + bytes(6)), 3, cap, group, group_mac)
    nd(h[4], ICMPv6ND_NS(tgt="ff02::1"), 4, cap, group, group_mac)
    nd(h[5], ns / ICMPv6NDOptSrcLLAddr(lladdr=h[5].mac), 5, cap, group, group_mac, ip="::")
    nd(h[6], ns, 6, cap, ALL_NODES, ALL_NODES_MAC, ip="::")
    nd(h[7], ICMPv6ND_NA(tgt=target, R=0, S=1, O=1), 7, cap)
    nd(h[8], ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr=h[8].mac), 8, cap, "ff02::2", "33:33:00:00:00:02", ip="::")
    victim = host(0x10)
    for k, (i, source, tgt, dst) in enumerate([(9, "2001:db8:30::29", "fe80::66", "2001:db8:9::1"), (10, None, "fe80::66", "ff0e::1"),
                                               (11, None, "2001:db8:30::66", "2001:db8:9::1")]):
        nd(h[i], ICMPv6ND_Redirect(tgt=tgt, dst=dst), 9 + k, cap, victim.link_local(), victim.mac, ip=source)
    nd(h[12], ICMPv6ND_NA(tgt=target, R=0, S=0, O=1, cksum=0x1234), 12, cap)
    nd(h[13], ns / ICMPv6NDOptSrcLLAddr(lladdr=h[13].mac), 13, cap, group, group_mac)
    nd(h[14], na / ICMPv6NDOptDstLLAddr(lladdr=h[14].mac), 14, cap)
    return cap


def nd_fragmented():
    """A solicitation behind an atomic fragment header, an advertisement in two fragments, a fragmented certification path solicitation;
    a fragmented echo, and a fragmented certification path advertisement, which may be."""
    cap, _ = simple()
    h = [host(n) for n in range(0x20, 0x26)]
    nd(h[0], ICMPv6ND_NS(tgt="2001:db8:30::99"), 0, cap, "ff02::1:ff00:99", "33:33:ff:00:00:99", between=IPv6ExtHdrFragment(id=1))

    def fragments(at, src, to, to_mac, message, ident):
        whole = IPv6(src=src.link_local(), dst=to, hlim=255, nh=58)
        data = bytearray(bytes(message))
        data[2:4] = b"\0\0"
        data[2:4] = in6_chksum(58, whole, bytes(data)).to_bytes(2, "big")
        half = len(data) // 2 // 8 * 8
        for off, part in ((0, data[:half]), (half, data[half:])):
            cap.add(at + off * 1e-5, ether(src, to_mac) / IPv6(src=src.link_local(), dst=to, hlim=255) /
                    IPv6ExtHdrFragment(id=ident, nh=58, offset=off // 8, m=int(off == 0)) / Raw(bytes(part)))

    fragments(1, h[1], ALL_NODES, ALL_NODES_MAC, ICMPv6ND_NA(tgt="2001:db8:30::99", R=0, S=0, O=1) / ICMPv6NDOptDstLLAddr(lladdr=h[1].mac), 2)
    fragments(2, h[2], "ff02::2", "33:33:00:00:00:02", Raw(bytes.fromhex("94000000" "12340000") + b"\x0f\x02" + bytes(14)), 3)
    fragments(3, h[3], h[0].link_local(), h[0].mac, ICMPv6EchoRequest(id=1, seq=1, data=bytes(64)), 4)
    fragments(4, h[4], ALL_NODES, ALL_NODES_MAC, Raw(bytes.fromhex("95000000" "12340001" "00000000") + b"\x10\x02" + bytes(14)), 5)
    return cap


def smurf():
    """Echo requests from a group and from nobody to all nodes, an option that all nodes must answer; an administrator's own echo."""
    cap, _ = simple()
    h = [host(n) for n in range(0x20, 0x24)]
    nd(h[0], ICMPv6EchoRequest(id=1, seq=1), 0, cap, ip=ALL_NODES, to=host(1).link_local(), to_mac=host(1).mac)
    nd(h[1], ICMPv6EchoRequest(id=1, seq=1), 1, cap, ip="::")
    nd(h[2], ICMPv6EchoRequest(id=1, seq=1), 2, cap, between=IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=0x80, optdata=b"\0" * 4)]))
    return cap


def ping_all_nodes():
    """An administrator asks all nodes (RFC 4443 4.1), and two answer."""
    cap, _ = simple()
    admin = host(0x20)
    nd(admin, ICMPv6EchoRequest(id=1, seq=1), 0, cap, hlim=64)
    for k in range(2):
        other = host(0x30 + k)
        nd(other, ICMPv6EchoReply(id=1, seq=1), 0.001 * (k + 1), cap, admin.link_local(), admin.mac, hlim=64)
    return cap


CAPTURES = {"nd-invalid": nd_invalid, "nd-fragmented": nd_fragmented, "smurf": smurf, "ping-all-nodes": ping_all_nodes}
