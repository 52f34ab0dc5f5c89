# SPDX-License-Identifier: Apache-2.0
"""Router advertisements, DHCPv6 servers and listeners as they must not be, and what looks like them and is right: V6-002 to V6-023,
V6-040. The router of policy/dualstack.yml is fe80::1, 02-00-00-00-00-01."""
from kit import *  # noqa: F403  (a kit of parts)
from scapy.all import ICMPv6NDOptRouteInfo, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment  # noqa: E402,F401

ALL_NODES_MAC = "33:33:00:00:00:01"
ROUTER = Host("02:00:00:00:00:01", vlan=0)
ROGUE = Host("02:00:00:00:00:aa", vlan=0)


def simple():
    cap = Capture()
    return cap, Net(cap)


def ra(cap, at, host, options=(), src="fe80::bad", hlim=255, between=None, dst="ff02::1", **fields):
    """A router advertisement; options: scapy layers."""
    p = ether(host, ALL_NODES_MAC) / IPv6(src=src, dst=dst, hlim=hlim)
    p = (p / between if between else p) / ICMPv6ND_RA(**fields)
    for o in options:
        p = p / o
    cap.add(at, p)


def prefix(p, **fields):
    return ICMPv6NDOptPrefixInfo(**{**dict(prefix=p, prefixlen=64, L=1, A=1, validlifetime=86400, preferredlifetime=14400), **fields})


def ra_invalid():
    """One advertisement for each rule that keeps those from outside the link out, each from another sender."""
    cap, _ = simple()
    pio = prefix("2001:db8:bad::")
    ra(cap, 0, ROGUE, [pio], hlim=64, routerlifetime=1800)
    ra(cap, 1, ROGUE, [pio], src="2001:db8:bad::1", routerlifetime=1800)
    ra(cap, 2, ROGUE, [pio], src="fe80::c0de", routerlifetime=1800, code=1)
    ra(cap, 3, ROGUE, [Raw(b"\x03\0" + bytes(6))], src="fe80::2e20", routerlifetime=1800)
    ra(cap, 10, ROUTER, [prefix("2001:db8:30::")], src="fe80::1", routerlifetime=1800)
    return cap


def later_fragment():
    """Only the second half of a fragmented advertisement was mirrored (fake_router26 -E D's); then a fragmented ping whose first part is
    missing too, and one of neighbour discovery's look with the hop limit of a packet that was routed."""
    cap, _ = simple()
    message = bytes.fromhex("860000004000070800000000000000000304") + bytes(30)
    head = ether(ROGUE, ALL_NODES_MAC)
    for k, body in enumerate((b"\x3a\0\1\4\0\0\0\0" + message, message)):
        cap.add(k, head / IPv6(src="fe80::bad", dst="ff02::1", hlim=255) / IPv6ExtHdrFragment(offset=154, m=0, id=7 + k, nh=60) / Raw(body))
    cap.add(2, head / IPv6(src="fe80::bad", dst="ff02::1", hlim=255) / IPv6ExtHdrFragment(offset=154, m=0, id=9, nh=58) / Raw(bytes(range(64))))
    cap.add(3, head / IPv6(src="fe80::bad", dst="ff02::1", hlim=64) / IPv6ExtHdrFragment(offset=154, m=0, id=10, nh=60) / Raw(message))
    return cap


def dhcpv6_disguised():
    """A DHCPv6 server's answer behind destination options, and the same without (RFC 7610)."""
    cap, _ = simple()
    client = Host("02:00:00:00:01:20", vlan=0)
    answer = DHCP6_Advertise(trid=1) / DHCP6OptClientId(duid=DUID_LL(lladdr=client.mac)) / DHCP6OptServerId(duid=DUID_LL(lladdr=ROGUE.mac)) / \
        DHCP6OptDNSServers(dnsservers=["fe80::bad"])
    head = Ether(src=ROGUE.mac, dst=client.mac) / IPv6(src="fe80::bad", dst=client.link_local(), hlim=64)
    cap.add(0, head / IPv6ExtHdrDestOpt() / UDP(sport=547, dport=546) / answer)
    cap.add(1, head / UDP(sport=547, dport=546) / answer)
    return cap


GOOD = dict(routerlifetime=1800, prf=0, O=1, chlim=64)


def good(cap, at, host=None, src="fe80::1", options=None, **fields):
    """What the router of policy/router-declared.yml sends."""
    options = [ICMPv6NDOptMTU(mtu=1500), prefix("2001:db8:30::"), ICMPv6NDOptRDNSS(dns=["2001:db8:30::53"], lifetime=1800)] if options is None else options
    ra(cap, at, host or ROUTER, options, src=src, **{**GOOD, **fields})


def withdrawal(*steps):
    """steps: (second, host, router lifetime)"""
    cap, _ = simple()
    for at, host, lifetime in steps:
        good(cap, at, host, routerlifetime=lifetime)
    return cap


def withdrawal_of_two():
    """One of two declared routers shuts down."""
    cap, _ = simple()
    second = Host("02:00:00:00:00:02", vlan=0)
    for at in (0, 30):
        good(cap, at)
        good(cap, at + 1, second, src="fe80::2")
    good(cap, 40, second, src="fe80::2", routerlifetime=0)
    return cap


def prefix_deprecated():
    """The router's own address and MAC, but its prefix is no longer preferred."""
    cap, _ = simple()
    good(cap, 0)
    good(cap, 30, options=[ICMPv6NDOptMTU(mtu=1500), prefix("2001:db8:30::", preferredlifetime=0),
                           ICMPv6NDOptRDNSS(dns=["2001:db8:30::53"], lifetime=1800)])
    return cap


def hop_limit_one():
    cap, _ = simple()
    ra(cap, 0, ROGUE, routerlifetime=0, chlim=1)
    return cap


def drift():
    """The declared router, then one that looks like it and advertises another prefix, another resolver, M, high, a default route and a NAT64."""
    cap, _ = simple()
    good(cap, 0)
    for at in (10, 20):
        good(cap, at, options=[ICMPv6NDOptMTU(mtu=1500), prefix("2001:db8:30::"), prefix("2001:db8:bad::"),
                               ICMPv6NDOptRDNSS(dns=["2001:db8:bad::53"], lifetime=1800), ICMPv6NDOptRouteInfo(prefix="::", plen=0, rtlifetime=1800),
                               Raw(bytes.fromhex("26020380") + bytes.fromhex("20010db80064000000000000"))], M=1, prf=1)
    return cap


def two_routers_differ():
    """Two declared routers that do not agree on O and M."""
    cap, _ = simple()
    for at in (0, 30):
        good(cap, at)
        good(cap, at + 1, Host("02:00:00:00:00:02", vlan=0), src="fe80::2", M=1)
    return cap


def two_routers_compete():
    """Two senders with a default route and different prefixes: a second provider, or a rogue."""
    cap, _ = simple()
    for at in (0, 30):
        good(cap, at)
        ra(cap, at + 5, ROGUE, [prefix("2001:db8:bad::")], routerlifetime=1800)
    return cap


def rdnss_self():
    """A rogue router that is none, but resolves; one host asks it."""
    cap, net = simple()
    client = Host("02:00:00:00:01:20", ip6="fe80::120", vlan=0)
    rogue = Host(ROGUE.mac, ip6="fe80::bad", vlan=0)
    options = [ICMPv6NDOptRDNSS(dns=["fe80::bad"], lifetime=1800), Raw(bytes.fromhex("1f030000000007080463 6f7270 046576696c 00 0000000000".replace(" ", "")))]
    ra(cap, 0, rogue, options, routerlifetime=0)
    net.udp(1, client, rogue, 50000, 53, DNS(id=1, rd=1, qd=DNSQR(qname="intra.corp.example")), v6=True)
    net.udp(1.01, rogue, client, 53, 50000, DNS(id=1, qr=1, rd=1, ra=1, qd=DNSQR(qname="intra.corp.example"), an=DNSRR(rrname="intra.corp.example", rdata="192.168.30.66")), v6=True)
    ra(cap, 30, rogue, options, routerlifetime=0)
    return cap


def nat64_rogue():
    """A rogue router that names a NAT64 prefix of its own."""
    cap, _ = simple()
    ra(cap, 0, ROGUE, [Raw(bytes.fromhex("26020380") + bytes.fromhex("20010db80064000000000000"))], routerlifetime=0)
    return cap


def v6only_rogue():
    """A rogue DHCPv4 server whose offer turns IPv4 off (option 108)."""
    cap, _ = simple()
    rogue, mac = Host(ROGUE.mac, ip="192.168.30.66", vlan=0), bytes.fromhex("020000000120")
    cap.add(0, Ether(src=rogue.mac, dst="ff:ff:ff:ff:ff:ff") / IP(src=rogue.ip, dst="255.255.255.255", id=1) / UDP(sport=67, dport=68) /
            BOOTP(op=2, xid=1, yiaddr="192.168.30.90", siaddr=rogue.ip, chaddr=mac + bytes(10)) /
            DHCP(options=[("message-type", "offer"), ("server_id", rogue.ip), (108, (1800).to_bytes(4, "big")), "end"]))
    return cap


def nat64_answer():
    """A resolver that puts a foreign NAT64 prefix into ipv4only.arpa (RFC 7050)."""
    cap, net = simple()
    client, server = Host("02:00:00:00:01:20", ip6="2001:db8:30::20", vlan=0), Host(ROGUE.mac, ip6="2001:db8:30::66", vlan=0)
    q = DNSQR(qname="ipv4only.arpa", qtype="AAAA")
    net.udp(0, client, server, 50000, 53, DNS(id=1, rd=1, qd=q), v6=True)
    net.udp(0.01, server, client, 53, 50000, DNS(id=1, qr=1, rd=1, ra=1, qd=q, an=[DNSRR(rrname="ipv4only.arpa", type="AAAA", rdata="2001:db8:64::192.0.0.170"),
                                                                                   DNSRR(rrname="ipv4only.arpa", type="AAAA", rdata="2001:db8:64::192.0.0.171")]), v6=True)
    return cap


CAPTURES = {
    "ra-invalid": ra_invalid, "nd-later-fragment": later_fragment, "dhcpv6-disguised": dhcpv6_disguised,
    "ra-withdrawal-forged": lambda: withdrawal((0, ROUTER, 1800), (10, ROGUE, 0)),
    "ra-withdrawal-contradicted": lambda: withdrawal((0, ROUTER, 1800), (5, ROUTER, 0), (8, ROUTER, 1800), (12, ROUTER, 0)),
    "ra-withdrawal-shutdown": lambda: withdrawal((0, ROUTER, 1800), (30, ROUTER, 1800), (40, ROUTER, 0)),
    "ra-withdrawal-of-two": withdrawal_of_two, "ra-prefix-deprecated": prefix_deprecated, "ra-hop-limit-one": hop_limit_one, "ra-drift": drift,
    "two-routers-differ": two_routers_differ, "two-routers-compete": two_routers_compete, "rdnss-self": rdnss_self, "nat64-rogue": nat64_rogue,
    "nat64-answer": nat64_answer, "v6only-rogue": v6only_rogue,
}
