# SPDX-License-Identifier: Apache-2.0
"""Neighbour discovery as it must not be, and what looks like it and is right: V6-030 to V6-036, V6-041, V6-050 to V6-053."""
from kit import *  # noqa: F403  (a kit of parts)
from scapy.all import (ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_Redirect, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr,  # noqa: E402
                       IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, HBHOptUnknown, ICMPv6DestUnreach, ICMPv6TimeExceeded)

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


def claim(cap, at, who, target, solicited_by=None, router=0, override=1, tlla=None, ip=None):
    """A neighbour advertisement: to who asked, or unsolicited to all nodes."""
    to, mac = (solicited_by.link_local(), solicited_by.mac) if solicited_by else (ALL_NODES, ALL_NODES_MAC)
    nd(who, ICMPv6ND_NA(tgt=target, R=router, S=int(bool(solicited_by)), O=override) / ICMPv6NDOptDstLLAddr(lladdr=tlla or who.mac), at, cap,
       to, mac, ip=ip)


def ask(cap, at, who, target):
    import ipaddress
    low = ipaddress.IPv6Address(target).packed[13:]
    nd(who, ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=who.mac), at, cap, f"ff02::1:ff{low[0]:02x}:{low[1]:02x}{low[2]:02x}",
       f"33:33:ff:{low[0]:02x}:{low[1]:02x}:{low[2]:02x}")


ATTACKER = Host("02:00:5e:00:53:66", ip="192.168.30.66", ip6="2001:db8:30::66", vlan=0)


def nd_spoof():
    """parasite6: whenever somebody asks for an address, the owner answers, and the attacker a little later."""
    cap, _ = simple()
    victim, owner = host(0x20), host(0x21)
    for k in range(3):
        ask(cap, 20 * k, victim, owner.ip6)
        claim(cap, 20 * k + 0.001, owner, owner.ip6, victim)
        claim(cap, 20 * k + 0.004, ATTACKER, owner.ip6, victim, ip=owner.ip6)
    return cap


def nd_router_takeover():
    """The declared router is claimed by somebody else, who says that he is a router; then fe80::1234, which nobody had."""
    cap, net = simple()
    net.ra(0, ROUTER, "2001:db8:30::", src=ROUTER_LL)
    claim(cap, 5, ATTACKER, ROUTER_LL, router=1, ip=ROUTER_LL)
    claim(cap, 10, ATTACKER, "fe80::1234", router=1, ip="fe80::1234")
    return cap


def nd_new_card():
    """A network card is replaced: the old one has been silent for twenty minutes."""
    cap, _ = simple()
    old, new = host(0x20, "2001:db8:30::99"), Host("02:00:00:00:09:01", vlan=0)
    claim(cap, 0, old, old.ip6)
    claim(cap, 1200, new, old.ip6)
    return cap


def nd_new_card_soon():
    """Three machines get another network card: one after two minutes of silence, one at once but asking whether the address is taken; the
    third is a host that asked for a sleep proxy, which answers for it."""
    cap, net = simple()
    for k in range(3):
        old, new, asks = host(0x20 + k, f"2001:db8:30::9{k}"), Host(f"02:00:00:00:09:{k:02x}", vlan=0), host(0x30)
        claim(cap, 100 * k, old, old.ip6, asks)
        if k == 1:
            net.dad(100 * k + 20, new, old.ip6)
        if k == 2:
            net.mdns4(100 * k + 1, old, "_sleep-proxy._udp.local")
        claim(cap, 100 * k + (122, 22, 22)[k], new, old.ip6)
    return cap


def nd_override():
    """An owner speaks; ten seconds later somebody else announces the address."""
    cap, _ = simple()
    old = host(0x20, "2001:db8:30::99")
    claim(cap, 0, old, old.ip6)
    claim(cap, 10, ATTACKER, old.ip6)
    return cap


def nd_mac_mismatch():
    """Advertisements that name another MAC than their sender's: anybody's, and the next port's of one machine."""
    cap, _ = simple()
    for k, (sender, said) in enumerate([(ATTACKER, host(0x20)), (host(0x40), host(0x41))]):
        nd(sender, ICMPv6ND_NA(tgt=f"2001:db8:30::7{k}", R=0, S=0, O=1) / ICMPv6NDOptDstLLAddr(lladdr=said.mac), k, cap)
    return cap


def nd_router_virtual():
    """The router's address moves to a VRRP MAC that no policy names."""
    cap, _ = simple()
    claim(cap, 0, ROUTER, ROUTER_LL, router=1, ip=ROUTER_LL)
    claim(cap, 30, Host("00:00:5e:00:02:01", vlan=0), ROUTER_LL, router=1, ip=ROUTER_LL)
    return cap


def nd_virtual_turns():
    """A host's address is claimed in turns by the host and by somebody with a VRRP MAC."""
    cap, _ = simple()
    asks, owner, other = host(0x20), host(0x21), Host("00:00:5e:00:02:07", vlan=0)
    for k in range(8):
        claim(cap, 2 * k, (owner, other)[k % 2], "2001:db8:30::99", asks)
    return cap


def nd_benign():
    """Anycast and a proxy (no override), two ports of one machine, a machine that comes back."""
    cap, net = simple()
    asks = host(0x20)
    for k in range(4):
        ask(cap, 10 * k, asks, "2001:db8:30::53")
        claim(cap, 10 * k + 0.001, host(0x21 + k % 2), "2001:db8:30::53", asks, override=0)
    for k in range(3):
        net.dad(50 + k, host(0x24), "2001:db8:30::24")
    claim(cap, 60, host(0x24), "2001:db8:30::24")
    return cap


def nd_na_flood():
    """One machine claims 20 addresses, three times each, within four seconds."""
    cap, _ = simple()
    for k in range(60):
        claim(cap, k * 0.06, ATTACKER, f"2001:db8:30::a:{k % 20:x}")
    return cap


def dad_denial():
    """atk6-dos-new-ip6 against a host that tries three addresses: each is defended from the address itself, by a MAC whose last bytes are drawn anew."""
    cap, net = simple()
    victim = host(0x20)
    for k in range(3):
        target = f"2001:db8:30::b:{k:x}"
        net.dad(5 * k, victim, target)
        claim(cap, 5 * k + 0.001, Host(f"72:05:ee:{0x6d + k:02x}:a1:7b", vlan=0), target, ip=target)
    return cap


def dad_duplicate():
    """A cloned machine asks for an address whose owner defends it; the same question comes back with its nonce; a sleep proxy defends."""
    cap, net = simple()
    owner, clone, printer, proxy = host(0x20, "2001:db8:30::77"), host(0x21), host(0x22, "2001:db8:30::78"), host(0x23)
    claim(cap, 0, owner, owner.ip6)
    claim(cap, 1, proxy, printer.ip6)
    net.dad(10, clone, owner.ip6)
    claim(cap, 10.01, owner, owner.ip6)
    net.dad(20, printer, printer.ip6)
    claim(cap, 20.01, proxy, printer.ip6)
    nonce = bytes.fromhex("0e012bf3e3151da3")
    for mac in (host(0x24), host(0x25)):  # a Wi-Fi repeater puts its own address on what it repeats
        nd(mac, ICMPv6ND_NS(tgt="2001:db8:30::79") / Raw(nonce), 30 + int(mac.mac[-2:], 16) * 1e-3, cap, "ff02::1:ff00:79", "33:33:ff:00:00:79", ip="::")
    return cap


def redirect():
    """Two declared routers: one says that the other is nearer, which is right. Then an attacker redirects to himself, with the router's
    address as source, quoting a packet that was never sent."""
    cap, net = simple()
    pc, far = host(0x20), Host("02:00:00:00:00:01", ip="198.51.100.80", ip6="2001:db8:ff::80")
    net.tcp(0, pc, far, 443, [], end="silent", v6=True)
    quoted = bytes(IPv6(src=pc.ip6, dst=far.ip6, hlim=64) / TCP(sport=49153, dport=443, flags="S"))

    def redirected(at, src, target, tlla, packet):
        option = b"\x04" + bytes([(len(packet) + 8) // 8]) + bytes(6) + packet[:len(packet) // 8 * 8]
        nd(src, ICMPv6ND_Redirect(tgt=target, dst=far.ip6) / ICMPv6NDOptDstLLAddr(lladdr=tlla) / Raw(option), at, cap, pc.link_local(), pc.mac,
           ip=ROUTER_LL)

    redirected(1, ROUTER, OTHER_LL, "02:00:00:00:00:02", quoted)
    never = bytes(IPv6(src=pc.ip6, dst="2001:db8:fe::1", hlim=64) / ICMPv6EchoRequest(id=1, seq=1, data=bytes(8)))
    redirected(10, ATTACKER, ATTACKER.link_local(), ATTACKER.mac, never)
    return cap


def redirect_v4():
    """The gateway's address sends a host elsewhere, from the wrong MAC, for a packet that was never sent."""
    cap, _ = simple()
    pc = host(0x20)
    ip4 = IP(src=pc.ip, dst="198.51.100.99", id=7) / UDP(sport=4000, dport=4000) / Raw(bytes(8))
    cap.add(0, ether(ATTACKER, pc.mac) / IP(src="192.168.30.1", dst=pc.ip, id=9) / ICMP(type=5, code=1, gw=ATTACKER.ip) / Raw(bytes(ip4)))
    return cap


def redirect_declared():
    """The part of `redirect` that is right."""
    cap = Capture()
    whole = redirect()
    for t, frame in whole.sorted()[:2]:
        cap.add(t / 1e6 - cap.start, frame)
    return cap


CAPTURES.update({"nd-spoof": nd_spoof, "nd-router-takeover": nd_router_takeover, "nd-new-card": nd_new_card, "nd-new-card-soon": nd_new_card_soon, "nd-override": nd_override, "nd-mac-mismatch": nd_mac_mismatch,
                 "nd-router-virtual": nd_router_virtual, "nd-virtual-turns": nd_virtual_turns, "nd-benign": nd_benign,
                 "nd-na-flood": nd_na_flood, "dad-denial": dad_denial, "dad-duplicate": dad_duplicate, "redirect": redirect,
                 "redirect-declared": redirect_declared, "redirect-v4": redirect_v4})


OUT = Host("02:00:00:00:00:01", ip="198.51.100.80", ip6="2001:db8:ff::80")


def reach():
    """A boundary of its own: the declared router's MAC is on what comes from outside."""
    cap = Capture()
    return cap, Net(cap, router_mac=ROUTER.mac)


def v6_inbound():
    """From outside: a service answers, a port is closed (reset, then port unreachable), DNS answers; the published server."""
    cap, net = reach()
    net.tcp(0, OUT, host(0x20), 445, [(True, b"hello"), (False, b"hello")], v6=True)
    net.tcp(5, OUT, host(0x21), 22, [], end="refused", v6=True)
    probe = net.frame(OUT, host(0x22), v6=True) / UDP(sport=40000, dport=161) / Raw(b"public" * 3)
    cap.add(15, probe)
    cap.add(15.01, net.frame(host(0x22), OUT, v6=True) / ICMPv6DestUnreach(code=4) / Raw(bytes(probe[IPv6])))
    net.dns(18, OUT, host(0x23), "www.example.org", "A", [("A", "192.0.2.1")], v6=True)
    net.tcp(20, OUT, host(0x80), 443, [(True, b"hello"), (False, b"hello")], v6=True)
    return cap


def v6_outbound():
    """Our own connections to the outside: whole, and one of which the beginning was not seen."""
    cap, net = reach()
    net.tcp(0, host(0x20), OUT, 443, [(True, b"hello"), (False, b"hello")], v6=True)
    whole = Capture()
    Net(whole, router_mac=ROUTER.mac).tcp(0, host(0x21), OUT, 8443, [(True, b"hello"), (False, b"hello" * 9)], v6=True)
    for t, frame in whole.sorted()[4:]:
        cap.add(t / 1e6 - whole.start + 5, frame)
    return cap


def v6_inbound_guessed():
    """From outside: a UDP service answers; then one side alone of a connection; then a packet of a peer to which the host spoke minutes
    before, and a closed port that the host had asked from: no more than answers."""
    cap, net = reach()
    pc = [host(0x20 + k) for k in range(4)]
    net.udp(0, OUT, pc[0], 40000, 161, Raw(b"public"), v6=True)
    net.udp(0.01, pc[0], OUT, 161, 40000, Raw(b"public"), v6=True)
    whole, there = reach()
    there.tcp(1, OUT, pc[1], 445, [(True, b"hello"), (False, b"hello"), (True, b"hello" * 9), (False, b"hello")], v6=True)
    for t, frame in whole.sorted():
        if frame[6:12] == bytes.fromhex(ROUTER.mac.replace(":", "")):
            cap.add(t / 1e6 - whole.start, frame)
    peer = Host(ROUTER.mac, ip6="2001:db8:fe::2")
    net.udp(10, pc[2], peer, 51820, 40001, Raw(b"keepalive"), v6=True)
    net.udp(10.01, peer, pc[2], 40001, 51820, Raw(b"keepalive"), v6=True)
    net.udp(500, peer, pc[2], 40001, 51820, Raw(b"keepalive"), v6=True)
    net.udp(500.01, pc[2], peer, 51820, 40001, Raw(b"keepalive"), v6=True)
    net.udp(510, pc[3], peer, 50000, 53, Raw(b"question"), v6=True)
    late = net.frame(peer, pc[3], v6=True) / UDP(sport=53, dport=50000) / Raw(b"answer")
    cap.add(516, late)
    cap.add(516.01, net.frame(pc[3], peer, v6=True) / ICMPv6DestUnreach(code=4) / Raw(bytes(late[IPv6])))
    return cap


def v6_attempts():
    """From outside: three addresses, nobody answers."""
    cap, net = reach()
    for k in range(3):
        net.tcp(k, OUT, host(0x30 + k), 3389, [], end="silent", v6=True)
    return cap


def v6_echo():
    """From outside: an echo is answered."""
    cap, net = reach()
    pc = host(0x20)
    for k in range(2):
        cap.add(k, net.frame(OUT, pc, v6=True) / ICMPv6EchoRequest(id=9, seq=k))
        cap.add(k + 0.01, net.frame(pc, OUT, v6=True) / ICMPv6EchoReply(id=9, seq=k))
    return cap


def v6_traced():
    """From outside: a traceroute is answered by a host and by a router inside."""
    cap, net = reach()
    probe = net.frame(OUT, host(0x21), v6=True) / UDP(sport=40000, dport=33437) / Raw(bytes(12))
    cap.add(0, probe)
    cap.add(0.01, net.frame(host(0x21), OUT, v6=True) / ICMPv6DestUnreach(code=4) / Raw(bytes(probe[IPv6])))
    probe = net.frame(OUT, host(0x22), v6=True) / UDP(sport=40000, dport=33440) / Raw(bytes(12))
    cap.add(1.01, net.frame(host(0x23), OUT, v6=True) / ICMPv6TimeExceeded(code=0) / Raw(bytes(probe[IPv6])))
    return cap


def v6_node_info():
    """From outside: a node information query is answered (RFC 4620)."""
    cap, net = reach()
    pc, nonce = host(0x24), bytes(range(8))
    for at, src, dst, kind, data in ((0, OUT, pc, 139, pcb(pc.ip6)), (0.01, pc, OUT, 140, b"\0\0\0\0\3pc4\0\0")):
        p = net.frame(src, dst, v6=True)
        p[IPv6].nh = 58
        body = bytes([kind, 0]) + b"\0\0" + b"\0\2\0\0" + nonce + data
        cap.add(at, p / Raw(body[:2] + in6_chksum(58, p[IPv6], body).to_bytes(2, "big") + body[4:]))
    return cap


def pcb(address):
    import ipaddress
    return ipaddress.IPv6Address(address).packed


def v6_forwarder():
    """A mirror of several ports: a host hands a packet to another host, which forwards it; then a bridge, which keeps the hop limit; then
    the declared router. At last a host whose way out is that other host."""
    cap, net = reach()
    pc, sly = host(0x20), host(0x66)
    probe = IPv6(src=pc.ip6, dst=OUT.ip6, hlim=64) / UDP(sport=5000, dport=5000) / Raw(b"first")
    cap.add(0, ether(pc, sly.mac) / probe)
    probe.hlim = 63
    cap.add(0.0002, ether(sly, ROUTER.mac) / probe)
    bridged = IPv6(src=pc.ip6, dst=OUT.ip6, hlim=64) / UDP(sport=5001, dport=5000) / Raw(b"second")
    cap.add(5, ether(pc, ROUTER.mac) / bridged)
    cap.add(5.0002, ether(host(0x67), ROUTER.mac) / bridged)
    routed = IPv6(src=pc.ip6, dst=OUT.ip6, hlim=64) / UDP(sport=5002, dport=5000) / Raw(b"third")
    cap.add(10, ether(pc, ROUTER.mac) / routed)
    routed.hlim = 63
    cap.add(10.0002, ether(ROUTER, "02:00:00:00:00:0f") / routed)
    return cap


def v6_forwarder_virtual():
    """A packet comes back from a VRRP MAC that the policy does not name."""
    cap, _ = reach()
    pc, gate = host(0x20), Host("00:00:5e:00:02:01", vlan=0)
    probe = IPv6(src=pc.ip6, dst=OUT.ip6, hlim=64) / UDP(sport=5000, dport=5000) / Raw(b"first")
    cap.add(0, ether(pc, gate.mac) / probe)
    probe.hlim = 63
    cap.add(0.0002, ether(gate, "02:00:00:00:00:0f") / probe)
    return cap


def v6_way_out():
    """A host reaches the outside through a machine that is no router; another one through the router."""
    cap, net = reach()
    for n, gate in ((0x20, host(0x66)), (0x21, ROUTER)):
        pc = host(n)
        net.dad(n - 0x20, pc, pc.ip6)
        ask(cap, n - 0x20 + 1, Host(pc.mac, ip6=pc.ip6, vlan=0), gate.link_local())
        nd(pc, ICMPv6ND_NS(tgt=gate.link_local()) / ICMPv6NDOptSrcLLAddr(lladdr=pc.mac), n - 0x20 + 1.1, cap, "ff02::1:ff00:166", "33:33:ff:00:01:66",
           ip=pc.ip6)
        Net(cap, router_mac=gate.mac).tcp(n - 0x20 + 5, pc, OUT, 443, [(True, b"hello"), (False, b"hello")], v6=True)
    return cap


CAPTURES.update({"v6-inbound": v6_inbound, "v6-outbound": v6_outbound, "v6-inbound-guessed": v6_inbound_guessed, "v6-attempts": v6_attempts, "v6-echo": v6_echo, "v6-traced": v6_traced, "v6-node-info": v6_node_info, "v6-forwarder": v6_forwarder, "v6-forwarder-virtual": v6_forwarder_virtual, "v6-way-out": v6_way_out})


def nd_scan():
    """One machine asks for 200 addresses of the /64 in two seconds, and nobody has them."""
    cap, _ = simple()
    for k in range(200):
        ask(cap, k * 0.01, ATTACKER, f"2001:db8:30::5:{k + 1:x}")
    return cap


def nd_resolve():
    """A router starts again and asks for 90 hosts, which all answer."""
    cap, _ = simple()
    router = Host(ROUTER.mac, vlan=0)
    for k in range(90):
        h = Host(f"02:00:00:00:03:{k:02x}", vlan=0)
        ask(cap, k * 0.005, router, f"2001:db8:30::3:{k + 1:x}")
        claim(cap, k * 0.005 + 0.3, h, f"2001:db8:30::3:{k + 1:x}", router)
    return cap


def v6_scan():
    """From outside: 100 addresses of the inside /64, one answers."""
    cap, net = reach()
    for k in range(100):
        net.tcp(k * 0.1, OUT, host(0x20, f"2001:db8:30::7:{k + 1:x}"), 443, [], end="refused" if k == 50 else "silent", v6=True)
    return cap


CAPTURES.update({"nd-scan": nd_scan, "nd-resolve": nd_resolve, "v6-scan": v6_scan})


def nbns_name(name):
    raw = name.upper().ljust(15).encode() + b"\0"
    return b"\x20" + bytes(x for b in raw for x in (0x41 + (b >> 4), 0x41 + (b & 15))) + b"\0"


def name_answer(cap, at, who, asks, name, protocol, ip=None):
    """An answer to a question that another host asked."""
    ip = ip or who.ip
    e = ether(who, asks.mac)
    if protocol == "llmnr":
        dns = DNS(id=7, qr=1, rd=0, qd=DNSQR(qname=name, qtype="A"), an=DNSRR(rrname=name, type="A", ttl=30, rdata=ip))
        cap.add(at, e / IP(src=who.ip, dst=asks.ip, id=who.next_ident()) / UDP(sport=5355, dport=asks.next_port()) / dns)
    elif protocol == "mdns":
        dns = DNS(id=0, qr=1, aa=1, rd=0, qd=None, an=DNSRR(rrname=name + ".local", type="A", rclass=0x8001, ttl=120, rdata=ip))
        cap.add(at, ether(who, "01:00:5e:00:00:fb") / IP(src=who.ip, dst="224.0.0.251", ttl=255, id=who.next_ident()) /
                UDP(sport=5353, dport=5353) / dns)
    else:
        body = struct.pack("!HHHHHH", 7, 0x8500, 0, 1, 0, 0) + nbns_name(name) + struct.pack("!HHIHH", 0x20, 1, 165, 6, 0) + \
            bytes(int(x) for x in ip.split("."))
        cap.add(at, e / IP(src=who.ip, dst=asks.ip, id=who.next_ident()) / UDP(sport=137, dport=137) / Raw(body))


def name_poisoning():
    """Responder: whatever name is asked for, it is the attacker's."""
    cap, _ = simple()
    for k, (name, protocol) in enumerate([("wpad", "llmnr"), ("fileserv", "nbns"), ("pritner1", "llmnr"), ("intranet", "mdns"), ("sharepiont", "llmnr"),
                                          ("dc01", "nbns")]):
        name_answer(cap, 20 * k, ATTACKER, host(0x20 + k), name, protocol)
    return cap


def wpad_answered():
    """One machine says by LLMNR that it is wpad, and to nothing else."""
    cap, _ = simple()
    name_answer(cap, 0, ATTACKER, host(0x20), "wpad", "llmnr")
    return cap


def names_benign():
    """A host answers to its own name in three protocols and two spellings; a reflector and a NetBIOS name server answer for others."""
    cap, _ = simple()
    own, box = host(0x20), host(0x21)
    for k, (name, protocol) in enumerate([("soumu-printer-west-1", "llmnr"), ("soumu-printer-w", "nbns"), ("soumu-printer-west-1", "mdns"),
                                          ("soumu-printer-west-2", "mdns"), ("npi7f3a11", "mdns")]):
        name_answer(cap, k, own, host(0x30), name, protocol)
    for k in range(6):
        name_answer(cap, 20 + k, box, host(0x30), f"{'abcdef'[k] * 5}-pc", "mdns" if k % 2 else "nbns", ip=f"192.168.30.{100 + k}")
    return cap


CAPTURES.update({"name-poisoning": name_poisoning, "wpad-answered": wpad_answered, "names-benign": names_benign})


def flood(make, frames, step):
    """One frame many times, the source MAC and the last bytes of its link-local address counted up, and no checksum but the right one."""
    cap = Capture()
    for k in range(frames):
        cap.add(k * step, make(Host(f"02:18:{k >> 16 & 255:02x}:{k >> 8 & 255:02x}:{k & 255:02x}:01", vlan=0), k))
    return cap


def ns_flood():
    """atk6-flood_solicitate6 in small: 1100 solicitations in a second, each from another MAC and address."""
    def one(h, _):
        return ether(h, ALL_NODES_MAC) / IPv6(src=h.link_local(), dst=ALL_NODES, hlim=255) / ICMPv6ND_NS(tgt="fe80::200:ff:fe00:0")
    return flood(one, 1100, 0.0009)


def redirect_flood():
    """atk6-flood_redir6 in small: 60 redirects in a second, each of another router."""
    def one(h, k):
        return ether(h, ALL_NODES_MAC) / IPv6(src=h.link_local(), dst=ALL_NODES, hlim=255) / \
            ICMPv6ND_Redirect(tgt=f"fe80::{k + 1:x}", dst=f"2001:db8:9::{k + 1:x}")
    return flood(one, 60, 0.015)


def smurf_flood():
    """atk6-smurf6 in small: 120 echo requests to all nodes in two seconds with the address of a host that was seen before."""
    cap, _ = simple()
    victim = host(0x20)
    claim(cap, 0, victim, victim.ip6)
    for k in range(120):
        nd(ATTACKER, ICMPv6EchoRequest(id=1, seq=k), 1 + k * 0.015, cap, ip=victim.ip6)
    return cap


CAPTURES.update({"ns-flood": ns_flood, "redirect-flood": redirect_flood, "smurf-flood": smurf_flood})


def ppp_line(exchange):
    """A PPPoE session of a host with its concentrator: (from the host, PPP protocol, code, options), half a second apart."""
    cap = Capture()
    pc, concentrator = host(0x20), host(0x21)
    for k, (up, protocol, code, options) in enumerate(exchange):
        a, b = (pc, concentrator) if up else (concentrator, pc)
        control = bytes([code, 1 + k // 2]) + (4 + len(options)).to_bytes(2, "big") + options
        ppp = protocol.to_bytes(2, "big") + control
        session = bytes([0x11, 0, 0, 1]) + len(ppp).to_bytes(2, "big") + ppp
        cap.add(k * 0.5, Ether(src=a.mac, dst=b.mac, type=0x8864) / Raw(session))
    return cap


LCP, IPCP, IPV6CP = 0xc021, 0x8021, 0x8057
REQUEST, ACK, TERMINATED, PROTOCOL_REJECT = 1, 2, 6, 8


def pppoe_ipv6():
    """IPv6 is negotiated over PPP (RFC 5072) and never used."""
    one, other = (bytes([1, 10]) + bytes.fromhex(i) for i in ("020000fffe000020", "020000fffe000021"))
    return ppp_line([(True, IPV6CP, REQUEST, one), (False, IPV6CP, REQUEST, other), (False, IPV6CP, ACK, one), (True, IPV6CP, ACK, other)])


def pppoe_ipv4():
    """IPv4 is negotiated over PPP; the host says that it knows no IPv6, or that it is closed."""
    address = bytes([3, 6, 192, 168, 30, 20])
    return ppp_line([(True, IPCP, REQUEST, address), (False, IPCP, ACK, address), (True, LCP, PROTOCOL_REJECT, bytes.fromhex("80570101000e010a020000fffe000021")),
                     (True, IPV6CP, TERMINATED, b"")])


CAPTURES.update({"pppoe-ipv6": pppoe_ipv6, "pppoe-ipv4": pppoe_ipv4})


def afresh(make):
    """Machines that several captures share begin each with the same numbers."""
    def run():
        for shared in (OUT, ATTACKER, ROUTER):
            shared.ident, shared.port = 1, 49152
        return make()
    return run


CAPTURES = {name: afresh(make) for name, make in CAPTURES.items()}
