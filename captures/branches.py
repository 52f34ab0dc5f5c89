# SPDX-License-Identifier: Apache-2.0
"""What reaches a level of a signature that no other capture reaches: the milder or the worse kin of what the other files make."""
from pathlib import Path

from kit import *  # noqa: F403  (a kit of parts)
from neighbours import ALL_NODES, ALL_NODES_MAC, ATTACKER, OTHER_LL, OUT, ROUTER, ROUTER_LL, ICMPv6DestUnreach, ICMPv6ND_Redirect, claim, host, name_answer, nd, reach, simple
from routers import ROGUE, prefix, ra
from scapy.layers.dhcp6 import DHCP6OptReconfMsg, DHCP6_Reconf
from scapy.all import rdpcap  # noqa: E402
from tunnels import behind, carried, framed, in_udp, inside, outside, ping6, tls_talk


def wrong_sum(frame):
    """The same with another ICMP checksum."""
    data = bytearray(bytes(frame))
    at = 14 + (40 if data[12:14] == b"\x86\xdd" else 20) + 2
    data[at] ^= 0x55
    return Raw(bytes(data))


def ra_small_mtu():
    """The declared router gives a prefix and nothing else, with an MTU that no IPv6 host takes."""
    cap, _ = simple()
    ra(cap, 0, ROUTER, [ICMPv6NDOptMTU(mtu=1000), prefix("2001:db8:30::")], src=ROUTER_LL, routerlifetime=0, chlim=64)
    return cap


def dhcpv6_reconfigure():
    """A server that nobody declared tells a client to ask again, and gives nothing (RFC 9915 18.3.11)."""
    cap, _ = simple()
    client = host(0x20)
    cap.add(0, Ether(src=ROGUE.mac, dst=client.mac) / IPv6(src="fe80::bad", dst=client.link_local(), hlim=64) / UDP(sport=547, dport=546) /
            DHCP6_Reconf(trid=0) / DHCP6OptServerId(duid=DUID_LL(lladdr=ROGUE.mac)) / DHCP6OptClientId(duid=DUID_LL(lladdr=client.mac)) /
            DHCP6OptReconfMsg(msgtype=5))
    return cap


def dhcpv6_ignored():
    """A server that nobody declared answers with a wrong checksum."""
    cap, _ = simple()
    client = host(0x20)
    cap.add(0, Ether(src=ROGUE.mac, dst=client.mac) / IPv6(src="fe80::bad", dst=client.link_local(), hlim=64) / UDP(sport=547, dport=546, chksum=0x1234) /
            DHCP6_Advertise(trid=1) / DHCP6OptClientId(duid=DUID_LL(lladdr=client.mac)) / DHCP6OptServerId(duid=DUID_LL(lladdr=ROGUE.mac)) /
            DHCP6OptDNSServers(dnsservers=["fe80::bad"]))
    return cap


def nat64_advertised():
    """A router advertises a NAT64 prefix, and a host goes through it."""
    cap = Capture()
    pc = Host("02:00:00:00:01:20", ip6="2001:db8:30::20", vlan=0)
    ra(cap, 0, ROGUE, [prefix("2001:db8:30::"), Raw(bytes.fromhex("26020380") + bytes.fromhex("20010db80064000000000000"))], routerlifetime=1800)
    Net(cap, router_mac=ROGUE.mac).tcp(1, pc, Host(ROGUE.mac, ip6="2001:db8:64::cb00:7101"), 443, tls_talk("www.example.jp"), v6=True)
    return cap


def nd_spoof_kinds():
    """In turns: a host's address by two ports of one machine; the address of a router that advertised itself by somebody else, and by its
    next MAC address."""
    cap, _ = simple()
    asks, far = host(0x20), Host("02:00:00:00:0a:01", vlan=0)
    near = Host("02:00:00:00:0a:41", vlan=0)
    ra(cap, 0, far, [prefix("2001:db8:30::")], src="fe80::a:1", routerlifetime=1800)
    ra(cap, 1, near, [prefix("2001:db8:30::")], src="fe80::a:41", routerlifetime=1800)
    turns = [("2001:db8:30::98", host(0x40), host(0x41)), ("fe80::a:1", far, ATTACKER), ("fe80::a:41", near, Host("02:00:00:00:0a:42", vlan=0))]
    for n, (address, one, other) in enumerate(turns):
        for k in range(8):
            claim(cap, 10 + 30 * n + 2 * k, (one, other)[k % 2], address, asks, router=int(n > 0))
    return cap


def nd_router_takeover_ignored():
    """The router's address is claimed with a wrong checksum: hosts discard it."""
    cap, _ = simple()
    cap.add(0, wrong_sum(ether(ATTACKER, ALL_NODES_MAC) / IPv6(src=ROUTER_LL, dst=ALL_NODES, hlim=255) /
                         ICMPv6ND_NA(tgt=ROUTER_LL, R=1, S=0, O=1) / ICMPv6NDOptDstLLAddr(lladdr=ATTACKER.mac)))
    return cap


def redirect_ignored():
    """An attacker redirects to himself with a wrong checksum."""
    cap, _ = simple()
    pc = host(0x20)
    cap.add(0, wrong_sum(ether(ATTACKER, pc.mac) / IPv6(src=ATTACKER.link_local(), dst=pc.link_local(), hlim=255) /
                         ICMPv6ND_Redirect(tgt=ATTACKER.link_local(), dst="2001:db8:ff::80") / ICMPv6NDOptDstLLAddr(lladdr=ATTACKER.mac)))
    return cap


def redirect_v4_seen():
    """An undeclared gateway redirects a packet that it was sent; another sender's redirect has a wrong checksum."""
    cap, _ = simple()
    pc, gate = host(0x20), Host("02:00:00:00:0b:01", ip="192.168.30.2", vlan=0)
    ip4 = IP(src=pc.ip, dst="198.51.100.99", id=7) / UDP(sport=4000, dport=4000) / Raw(bytes(8))
    cap.add(0, ether(pc, gate.mac) / ip4)

    def redirected(who):
        return ether(who, pc.mac) / IP(src=who.ip, dst=pc.ip, id=9) / ICMP(type=5, code=1, gw="192.168.30.3") / Raw(bytes(ip4))
    cap.add(0.1, redirected(gate))
    cap.add(10, wrong_sum(redirected(ATTACKER)))
    return cap


def nd_routed():
    """A neighbour solicitation with hop limit 63 from outside."""
    cap, _ = simple()
    nd(ROUTER, ICMPv6ND_NS(tgt="2001:db8:30::20") / ICMPv6NDOptSrcLLAddr(lladdr=ROUTER.mac), 0, cap, "2001:db8:30::20", host(0x20).mac, ip=OUT.ip6, hlim=63)
    return cap


def mld_sloppy():
    """A listener report without the router alert that RFC 9777 demands."""
    cap, _ = simple()
    pc = host(0x20)
    cap.add(0, ether(pc, "33:33:00:00:00:16") / IPv6(src=pc.link_local(), dst="ff02::16", hlim=1) /
            ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=4, dst="ff02::fb")]))
    return cap


def names_many_mdns():
    """A server publishes five aliases by multicast DNS."""
    cap, _ = simple()
    for k, name in enumerate(("intranet", "wiki", "files", "printing", "calendar")):
        name_answer(cap, 20 * k, host(0x21), host(0x30), name, "mdns")
    return cap


def v6_scan_fast():
    """From outside: 1100 addresses of the inside /64 in five seconds."""
    cap, net = reach()
    for k in range(1100):
        net.tcp(k * 0.0045, OUT, host(0x20, f"2001:db8:30::8:{k + 1:x}"), 443, [], end="silent", v6=True)
    return cap


def v4_forwarder():
    """A host hands an IPv4 packet to another host, which forwards it."""
    cap, _ = reach()
    pc, sly = host(0x20), host(0x66)
    probe = IP(src=pc.ip, dst=OUT.ip, id=7, ttl=64) / UDP(sport=5000, dport=5000) / Raw(b"first")
    cap.add(0, ether(pc, sly.mac) / probe)
    probe.ttl = 63
    cap.add(0.0002, ether(sly, ROUTER.mac) / probe)
    return cap


def v6_way_out_virtual():
    """A host reaches the outside through a VRRP MAC that no policy names."""
    cap, net = reach()
    pc, gate = host(0x20), Host("00:00:5e:00:02:01", vlan=0)
    net.dad(0, pc, pc.ip6)
    nd(pc, ICMPv6ND_NS(tgt=gate.link_local()) / ICMPv6NDOptSrcLLAddr(lladdr=pc.mac), 1, cap, ip=pc.ip6)
    Net(cap, router_mac=gate.mac).tcp(5, pc, OUT, 443, [(True, b"hello"), (False, b"hello")], v6=True)
    return cap


def open_resolver_amplifies():
    """An inside server answers twenty questions a second from outside with ten times their size."""
    cap, net = simple()
    server, asks = Host("00:00:5e:00:53:66", ip="10.30.0.66", vlan=0), Host("00:00:5e:00:53:01", ip="198.51.100.9")
    for k in range(240):
        net.dns(k * 0.05, asks, server, "example.org", "TXT", [("TXT", [b"x" * 250]), ("TXT", [b"y" * 250])])
    return cap


def open_resolver_one_side():
    """Of an inside server's answers to the outside only these pass here: the questions took another way."""
    cap, _ = simple()
    whole = Capture(cap.start)
    server, asks = Host("00:00:5e:00:53:66", ip="10.30.0.66", vlan=0), Host("00:00:5e:00:53:01", ip="198.51.100.9")
    for k in range(6):
        Net(whole).dns(k, asks, server, f"www{k}.example.org", "A", [("A", f"192.0.2.{k + 1}")])
    for t, frame in whole.sorted():
        if Ether(frame)[IP].src == server.ip:
            cap.add(t / 1e6 - cap.start, frame)
    return cap


def mail_own_name():
    """Mail comes in from our own domain, which publishes no SPF."""
    cap, net = simple()
    mx = Host("00:00:5e:00:53:05", ip="203.0.113.5", vlan=0)
    net.dns(0, mx, Host("00:00:5e:00:53:01", ip="10.200.1.53"), "city.minato.example", "TXT", soa="city.minato.example")
    net.tcp(0.5, Host("00:00:5e:00:53:01", ip="198.51.100.23"), mx, 25, smtp_talk("mayor@city.minato.example", "soumu@city.minato.example", "mail.shop.example"))
    return cap


def tunnel_attempts():
    """Tunnels that carry nothing yet: a header that is cut off, a router solicitation. 6in4, 6to4, 6rd, IPv4 in IPv6, TSP."""
    cap = Capture()
    net = Net(cap)

    def once(n, wrap, inner, v6=False):
        cap.add(10 * (n - 0xa0), wrap(net.frame(inside(n), outside(n), v6), inner, True))

    once(0xa0, behind(41), Raw(bytes(ping6(0, True))[:34]))
    own = Host("00:00:5e:00:53:a1", ip="203.0.113.161", vlan=0)
    cap.add(10, behind(41)(net.frame(own, Host("00:00:5e:00:53:01", ip="192.88.99.1")), IPv6(src="2002:cb00:71a1::1", dst="2002:c058:6301::", nh=59), True))
    once(0xa2, behind(41), IPv6(src="2001:db8:6d:a200::1", dst="2001:db8:6d:8000::1", nh=59))
    once(0xa3, behind(4), Raw(bytes(IP(src="192.168.7.2", dst="192.0.2.80"))[:14]), v6=True)
    once(0xa4, in_udp(3653, sport=50000), IPv6(src="2001:db8:41::2", dst="2001:db8:80::80", nh=59))
    return cap


def tunnels_one_way():
    """Data in one direction: 6rd, and Teredo between two ports that nobody assigned."""
    cap = Capture()
    net = Net(cap)
    home = "2001:db8:6d:a800::1"
    for k in range(3):
        cap.add(k, behind(41)(net.frame(inside(0xa8), outside(0xa8)), IPv6(src=home, dst="2001:db8:80::80") / ICMPv6EchoRequest(id=9, seq=k), True))
    peer = outside(0xa9)
    a, b = "2001:0:c633:6403:0:63bf:34ff:8eb2", "2001:0:c633:6403:0:34df:39cc:9b56"
    for k in range(3):
        net.udp(10 + k, inside(0xa9), peer, 51000, 52000, Raw(bytes(IPv6(src=a, dst=b) / ICMPv6EchoRequest(id=9, seq=k, data=b"0123456789"))))
    return cap


def isatap_outside():
    """An ISATAP host inside and one outside talk."""
    cap = Capture()
    net = Net(cap)
    one, other = Host("00:00:5e:00:53:aa", ip="10.30.1.170", vlan=0), Host("00:00:5e:00:53:01", ip="198.51.100.170")

    def ping(k, up):
        a, b = "2001:db8:5::5efe:a1e:1aa", "2001:db8:5::200:5efe:c633:64aa"
        echo = ICMPv6EchoRequest if up else ICMPv6EchoReply
        return IPv6(src=a if up else b, dst=b if up else a) / echo(id=9, seq=k)
    carried(cap, net, 0, one, other, behind(41), ping)
    return cap


def nested_mirrored():
    """A mirror's transport (ERSPAN) around two tunnels in each other."""
    cap = Capture()
    net = Net(cap)
    inner = framed(True, IP(src="10.30.1.171", dst="198.51.100.171", proto=41) / IPv6(src="2001:db8:41::2", dst="2001:db8:41::3", nh=41) / ping6(0, True))
    cap.add(0, behind(47, b"\x10\0\x88\xbe\0\0\0\7" + b"\x10\x14\0\x2a\0\0\0\5")(net.frame(Host("00:00:5e:00:53:ac", ip="10.30.9.172", vlan=0), Host("00:00:5e:00:53:ad", ip="10.30.9.173", vlan=0)), inner, True))
    return cap


def transition_pinged():
    """From outside, hosts with a 6to4 and with a Teredo address send echo requests."""
    cap = Capture()
    net = Net(cap)
    for k, address in enumerate(("2002:cb00:7107::7", "2001:0:cb00:7109:8000:bfff:34ff:8ef8")):
        cap.add(k, net.frame(Host("00:00:5e:00:53:01", ip6=address), Host("00:00:5e:00:53:d9", ip6="2001:db8:30::d9", vlan=0), v6=True) / ICMPv6EchoRequest(id=9))
    return cap


def transition_errors():
    """From outside, hosts with a 6to4 and with a Teredo address answer with an error, each through a router of its own."""
    cap = Capture()
    to = Host("00:00:5e:00:53:d9", ip6="2001:db8:30::d9", vlan=0)
    for k, address in enumerate(("2002:cb00:7107::7", "2001:0:cb00:7109:8000:bfff:34ff:8ef8")):
        quoted = IPv6(src=to.ip6, dst=address) / UDP(sport=50000, dport=33000) / Raw(bytes(8))
        cap.add(k, Ether(src=f"00:00:5e:00:53:{k + 1:02x}", dst=to.mac) / IPv6(src=address, dst=to.ip6, hlim=60) / ICMPv6DestUnreach(code=4) /
                Raw(bytes(quoted)))
    return cap


def teredo_qualified():
    """The first two packets of attacks/teredo.pcap: a client asks its server, which answers."""
    cap = Capture()
    for k, frame in enumerate(rdpcap(str(Path(__file__).resolve().parent / "attacks/teredo.pcap"))[:2]):
        cap.add(k * 0.05, frame)
    return cap


def name_isatap_llmnr():
    """A host asks its neighbours for isatap by LLMNR."""
    cap, net = simple()
    net.llmnr(0, host(0x20), "isatap")
    return cap


CAPTURES = {f.__name__.replace("_", "-"): f for f in (
    ra_small_mtu, dhcpv6_reconfigure, dhcpv6_ignored, nat64_advertised, nd_spoof_kinds, nd_router_takeover_ignored, redirect_ignored, redirect_v4_seen, nd_routed, mld_sloppy,
    names_many_mdns, v6_scan_fast, v4_forwarder, v6_way_out_virtual, open_resolver_amplifies, open_resolver_one_side,
    mail_own_name, tunnel_attempts, tunnels_one_way, isatap_outside, nested_mirrored, transition_pinged, transition_errors, teredo_qualified, name_isatap_llmnr)}
