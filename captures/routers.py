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


def counts_down():
    """A router whose prefix is delegated for a time and runs out: its lifetimes count down in real time (RFC 4861 6.2.1)."""
    cap, _ = simple()
    for k in range(8):
        good(cap, 60 * k, options=[ICMPv6NDOptMTU(mtu=1500), prefix("2001:db8:30::", validlifetime=7400 - 60 * k, preferredlifetime=3800 - 60 * k)])
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


def options(rdnss, life):
    """A resolver, a search domain, a route, a NAT64 and a prefix that the policy does not have, all of one lifetime."""
    return [prefix("2001:db8:bad::", validlifetime=life, preferredlifetime=life), ICMPv6NDOptRDNSS(dns=[rdnss], lifetime=life),
            Raw(b"\x1f\3\0\0" + struct.pack("!I", life) + b"\4corp\4evil\0" + bytes(5)), ICMPv6NDOptRouteInfo(prefix="::", plen=0, rtlifetime=life),
            Raw(b"\x26\2" + struct.pack("!H", life & 0xfff8) + bytes.fromhex("20010db80064000000000000"))]


def options_ended():
    """The declared router takes back what it gave before a change of the network: everything has lifetime 0 (RFC 8106, 4191, 8781, 4862)."""
    cap, _ = simple()
    mine = [ICMPv6NDOptMTU(mtu=1500), prefix("2001:db8:30::"), ICMPv6NDOptRDNSS(dns=["2001:db8:30::53"], lifetime=1800)]
    for at in (0, 10, 20):
        good(cap, at, options=mine + options("2001:db8:bad::53", 0))
    return cap


def stub_and_more():
    """A border router of a mesh of things (a route to a ULA); one that gives a resolver beside it, one that gives a route to the whole
    Internet, and one that names 40 search domains before its resolver."""
    cap, _ = simple()
    ula = ICMPv6NDOptRouteInfo(prefix="fd00:64::", plen=64, rtlifetime=1800)
    many = Raw(b"\x1f\x1f\0\0\0\0\7\x08" + b"".join(b"\1%c\2ab\0" % (97 + k % 26) for k in range(40)))
    rest = ICMPv6NDOptRDNSS(dns=["fe80::bad"], lifetime=1800)
    for k, more in enumerate(([], [rest], [ICMPv6NDOptRouteInfo(prefix="::", plen=1, rtlifetime=1800)], [many, rest])):
        ra(cap, 10 * k, Host(f"02:00:00:00:02:{k:02x}", vlan=0), [ula] + more, src=f"fe80::2:{k:x}", routerlifetime=0)
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


class Dhcpv6:
    """A client of DHCPv6 and a server that answers it."""

    def __init__(self, cap, client, server, server_ip, dns, address, timers=(200, 250), lifetime=300, domain=None):
        self.cap, self.client, self.server, self.server_ip = cap, client, server, server_ip
        self.ids = DHCP6OptClientId(duid=DUID_LL(lladdr=client.mac)), DHCP6OptServerId(duid=DUID_LL(lladdr=server.mac))
        ia = DHCP6OptIA_NA(iaid=1, T1=timers[0], T2=timers[1], ianaopts=[DHCP6OptIAAddress(addr=address, preflft=lifetime, validlft=lifetime)])
        self.gift = DHCP6OptDNSServers(dnsservers=dns) / ia

    def up(self, at, message, server=True):
        p = Ether(src=self.client.mac, dst="33:33:00:01:00:02") / IPv6(src=self.client.link_local(), dst="ff02::1:2", hlim=1)
        self.cap.add(at, p / UDP(sport=546, dport=547) / message / self.ids[0] / (self.ids[1] if server else DHCP6OptElapsedTime()))

    def down(self, at, message):
        p = Ether(src=self.server.mac, dst=self.client.mac) / IPv6(src=self.server_ip, dst=self.client.link_local(), hlim=64)
        self.cap.add(at, p / UDP(sport=547, dport=546) / message / self.ids[0] / self.ids[1] / self.gift)

    def exchange(self, at):
        self.up(at, DHCP6_Solicit(trid=1), server=False)
        self.down(at + 0.002, DHCP6_Advertise(trid=1))
        self.up(at + 1, DHCP6_Request(trid=2))
        self.down(at + 1.002, DHCP6_Reply(trid=2))


def mitm6(lure=True):
    """mitm6 as its source says: the lure, two clients that take address and resolver, their questions answered with its own address."""
    cap, net = simple()
    rogue = Host(ROGUE.mac, ip6="fe80::bad", vlan=0)
    for k in range(3 if lure else 0):
        ra(cap, k * 30, ROGUE, routerlifetime=0, M=1, O=1)
    for k, n in enumerate((0x20, 0x21)):
        client = Host(f"02:00:00:00:01:{n:02x}", vlan=0)
        client.ip6 = client.link_local()
        Dhcpv6(cap, client, ROGUE, "fe80::bad", ["fe80::bad"], f"fe80::192:168:30:{n:x}").exchange(2 + k * 10)
        for j, name in enumerate(("wpad.corp.example", "fs1.corp.example")):
            net.udp(5 + k * 10 + j, client, rogue, 50000 + j, 53, DNS(id=j, rd=1, qd=DNSQR(qname=name)), v6=True)
            net.udp(5.01 + k * 10 + j, rogue, client, 53, 50000 + j,
                    DNS(id=j, qr=1, rd=1, ra=1, qd=DNSQR(qname=name), an=DNSRR(rrname=name, rdata="192.168.30.66", ttl=100)), v6=True)
    return cap


def provider_box():
    """A provider's box: router, DHCPv6 server and resolver in one, short lifetimes, clients that ask it."""
    cap, net = simple()
    box = Host("02:00:00:00:00:01", ip6="fe80::1", vlan=0)
    client = Host("02:00:00:00:01:20", vlan=0)
    client.ip6 = client.link_local()
    for at in (0, 30):
        ra(cap, at, box, [prefix("2001:db8:77::")], src="fe80::1", routerlifetime=1800, O=1)
    Dhcpv6(cap, client, box, "fe80::1", ["fe80::1"], "2001:db8:77::20", timers=(300, 480), lifetime=600).exchange(2)
    net.udp(5, client, box, 50000, 53, DNS(id=1, rd=1, qd=DNSQR(qname="www.example.org")), v6=True)
    net.udp(5.01, box, client, 53, 50000, DNS(id=1, qr=1, rd=1, ra=1, qd=DNSQR(qname="www.example.org"), an=DNSRR(rrname="www.example.org", rdata="192.0.2.1")), v6=True)
    return cap


def resolver_box():
    """A resolver that gives itself by DHCPv6 and is no router: lifetime 0, O, the router's prefix (dnsmasq's ra-param)."""
    cap, net = simple()
    box = Host("02:00:00:00:00:53", ip6="fe80::53", vlan=0)
    client = Host("02:00:00:00:01:20", vlan=0)
    client.ip6 = client.link_local()
    good(cap, 0)
    ra(cap, 1, box, [prefix("2001:db8:30::")], src="fe80::53", routerlifetime=0, O=1)
    Dhcpv6(cap, client, box, "fe80::53", ["fe80::53"], "2001:db8:30::20", timers=(43200, 69120), lifetime=86400).exchange(2)
    net.udp(5, client, box, 50000, 53, DNS(id=1, rd=1, qd=DNSQR(qname="www.example.org")), v6=True)
    net.udp(5.01, box, client, 53, 50000, DNS(id=1, qr=1, rd=1, ra=1, qd=DNSQR(qname="www.example.org"), an=DNSRR(rrname="www.example.org", rdata="192.0.2.1")), v6=True)
    return cap


def flood_few_senders():
    """Sixty advertisements in six seconds from two senders, one prefix."""
    cap, _ = simple()
    for k in range(60):
        ra(cap, k / 10, Host(f"02:00:00:00:0b:{k % 2:02x}", vlan=0), [prefix("2001:db8:bad::")], src=f"fe80::bad:{k % 2}", routerlifetime=1800)
    return cap


def flood_addresses():
    """One MAC address, thirty link-local addresses in half a minute."""
    cap, _ = simple()
    for k in range(30):
        ra(cap, k, ROGUE, [prefix("2001:db8:bad::")], src=f"fe80::bad:{k:x}", routerlifetime=1800)
    return cap


def flood_one_host():
    """Sixty unicast advertisements at one host in eight seconds."""
    cap, _ = simple()
    for k in range(60):
        p = Ether(src=ROGUE.mac, dst="02:00:00:00:01:20") / IPv6(src="fe80::bad", dst="fe80::120", hlim=255) / ICMPv6ND_RA(routerlifetime=1800)
        cap.add(k / 8, p / prefix("2001:db8:bad::"))
    return cap


def flood_slow():
    """One sender, another prefix every twenty minutes."""
    cap, _ = simple()
    for k in range(12):
        ra(cap, k * 1200, ROGUE, [prefix(f"2001:db8:bad:{k:x}::")], routerlifetime=1800)
    return cap


def flood_prefixes():
    """One sender, thirty prefixes in half a minute."""
    cap, _ = simple()
    for k in range(30):
        ra(cap, k, ROGUE, [prefix(f"2001:db8:bad:{k:x}::")], routerlifetime=1800)
    return cap


def power_cut():
    """A hundred hosts come up at once and one router answers each (RFC 4861 6.2.6)."""
    cap, _ = simple()
    for k in range(100):
        h = Host(f"02:00:00:00:02:{k:02x}", vlan=0)
        cap.add(k / 20, ether(h, "33:33:00:00:00:02") / IPv6(src=h.link_local(), dst="ff02::2", hlim=255) / ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr=h.mac))
        p = Ether(src=ROUTER.mac, dst=h.mac) / IPv6(src="fe80::1", dst=h.link_local(), hlim=255) / ICMPv6ND_RA(**GOOD) / prefix("2001:db8:30::")
        cap.add(k / 20 + 0.002, p)
    return cap


def trunk():
    """Forty VLANs with a router each, all advertising within a minute."""
    cap, _ = simple()
    for k in range(40):
        ra(cap, k * 1.2, Host(f"02:00:00:00:03:{k:02x}", vlan=100 + k), [prefix(f"2001:db8:{k:x}::")], src=f"fe80::{k:x}:1", routerlifetime=1800)
    return cap


def solicit(cap, at, host, duid_mac):
    p = ether(host, "33:33:00:01:00:02") / IPv6(src=host.link_local(), dst="ff02::1:2", hlim=1)
    cap.add(at, p / UDP(sport=546, dport=547) / DHCP6_Solicit(trid=1 + int(at * 1000)) / DHCP6OptClientId(duid=DUID_LL(lladdr=duid_mac)) / DHCP6OptElapsedTime())


def solicits(n, every, hosts):
    """n solicitations, each with a client identifier of its own, from so many hosts."""
    cap, _ = simple()
    for k in range(n):
        solicit(cap, k * every, Host(f"02:00:00:00:04:{k % hosts:02x}", vlan=0), f"02:00:00:00:05:{k:02x}")
    return cap


def comes_up(hosts, alone=False):
    """Many hosts come up within three seconds and no server answers yet: duplicate address detection, then a solicitation and its repeat."""
    cap, _ = simple()
    for k in range(hosts):
        h, at = Host(f"02:00:00:00:06:{k:02x}", vlan=0), k * 3 / hosts
        low = h.link_local()[-7:].split(":")
        if not alone:
            group = f"ff02::1:ff{int(low[0], 16) & 0xff:02x}:{low[1]}"
            cap.add(at, ether(h, "33:33:ff:00:%02x:%02x" % (6, k)) / IPv6(src="::", dst=group, hlim=255) / ICMPv6ND_NS(tgt=h.link_local()))
        solicit(cap, at + 1, h, h.mac)
        solicit(cap, at + 2.1, h, h.mac)
    return cap


def masses():
    """A tool that makes up 600 clients in two seconds, each with its own identifier."""
    cap, _ = simple()
    for k in range(600):
        h = Host(f"02:00:00:07:{k >> 8:02x}:{k & 255:02x}", vlan=0)
        solicit(cap, k / 300, h, h.mac)
    return cap


def one_client():
    """One client, one identifier, 150 solicitations in five seconds."""
    cap, _ = simple()
    for k in range(150):
        solicit(cap, k / 30, ROGUE, ROGUE.mac)
    return cap


def three_macs():
    """Three machines that use twenty identifiers each within two minutes."""
    cap, _ = simple()
    for k in range(60):
        solicit(cap, 2 * k, Host(f"02:00:00:00:08:{k % 3:02x}", vlan=0), f"02:00:00:00:09:{k:02x}")
    return cap


def mld_queries():
    """Queries: of the declared querier, of a host, of a host with hop limit 64; a report."""
    cap, _ = simple()
    for k, (mac, hlim) in enumerate((("02:00:00:00:00:09", 1), ("02:00:00:00:01:20", 1), ("02:00:00:00:01:21", 64))):
        h = Host(mac, vlan=0)
        cap.add(k, ether(h, ALL_NODES_MAC) / IPv6(src=h.link_local(), dst="ff02::1", hlim=hlim) / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / ICMPv6MLQuery2())
    h = Host("02:00:00:00:01:22", vlan=0)
    cap.add(4, ether(h, "33:33:00:00:00:16") / IPv6(src=h.link_local(), dst="ff02::16", hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert()]) /
            ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=4, dst="ff02::fb")]))
    return cap


CAPTURES = {
    "ra-invalid": ra_invalid, "nd-later-fragment": later_fragment, "dhcpv6-disguised": dhcpv6_disguised,
    "ra-withdrawal-forged": lambda: withdrawal((0, ROUTER, 1800), (10, ROGUE, 0)),
    "ra-withdrawal-contradicted": lambda: withdrawal((0, ROUTER, 1800), (5, ROUTER, 0), (8, ROUTER, 1800), (12, ROUTER, 0)),
    "ra-withdrawal-shutdown": lambda: withdrawal((0, ROUTER, 1800), (30, ROUTER, 1800), (40, ROUTER, 0)),
    "ra-withdrawal-of-two": withdrawal_of_two, "ra-prefix-deprecated": prefix_deprecated, "ra-hop-limit-one": hop_limit_one, "ra-drift": drift,
    "ra-options-ended": options_ended, "ra-counts-down": counts_down, "ra-stub-and-more": stub_and_more,
    "two-routers-differ": two_routers_differ, "two-routers-compete": two_routers_compete, "rdnss-self": rdnss_self, "nat64-rogue": nat64_rogue,
    "nat64-answer": nat64_answer, "v6only-rogue": v6only_rogue,
    "mitm6": mitm6, "mitm6-no-ra": lambda: mitm6(lure=False), "dhcpv6-provider-box": provider_box, "dhcpv6-resolver-box": resolver_box,
    "ra-flood-few-senders": flood_few_senders, "ra-flood-addresses": flood_addresses, "ra-flood-one-host": flood_one_host,
    "ra-flood-slow": flood_slow, "ra-flood-prefixes": flood_prefixes, "ra-power-cut": power_cut,
    "dhcpv6-starvation": lambda: solicits(100, 1, 1), "dhcpv6-solicit-flood": lambda: solicits(150, 0.02, 150),
    "dhcpv6-hundred-hosts": lambda: solicits(100, 0.05, 100),
    "dhcpv6-boot": lambda: comes_up(120), "dhcpv6-boot-alone": lambda: comes_up(120, True), "dhcpv6-solicit-masses": masses,
    "dhcpv6-one-client": one_client, "dhcpv6-three-macs": three_macs, "mld-queries": mld_queries, "ra-trunk": trunk,
}
