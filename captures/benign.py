# SPDX-License-Identifier: Apache-2.0
"""Days on which nothing is wrong: what Windows, macOS and Linux send by themselves, routers and servers as declared. Nothing in these captures
may give an alert above low (tests/golden/test_false_alarms.py)."""
from kit import *  # noqa: F403  (a kit of parts)
from kit import Capture, Host, Net, OFFICE_DAY, ether, tls_talk
from scapy.all import (DNS, DNSRR, IP, UDP, VXLAN, Ether, ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS,  # noqa: E402
                       ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, IPv6, Raw)
from scapy.layers.dhcp6 import (DHCP6_Advertise, DHCP6_Reply, DHCP6_Request, DHCP6_Solicit, DHCP6OptClientFQDN, DHCP6OptClientId,  # noqa: E402
                                DHCP6OptDNSServers, DHCP6OptElapsedTime, DHCP6OptIA_NA, DHCP6OptIAAddress, DHCP6OptServerId, DUID_LL)

PREFIX = "2001:db8:30::"


class Office:
    """Router, the server for DHCP, DHCPv6 and DNS, proxy, people, on a line of their own."""

    def __init__(self, net):
        self.net = net
        self.router = Host("02:00:00:00:00:01", ip=f"{net}.1", ip6=PREFIX + "1", vlan=0)
        self.server = Host("02:00:00:00:00:05", ip=f"{net}.5", ip6=PREFIX + "5", vlan=0, name="dc1")
        self.proxy = Host("02:00:00:00:00:08", ip=f"{net}.8", ip6=PREFIX + "8", vlan=0, name="proxy")
        self.people = [Host(f"02:00:00:00:01:{n:02x}", ip=f"{net}.{n + 16}", ip6=f"{PREFIX}{n + 0x100:x}", vlan=0, name=f"{system}-pc{n}")
                       for n, system in enumerate(SYSTEMS, 1)]


WEB = Host("", ip="198.51.100.80", ip6="2001:db8:ffff::80")
SYSTEMS = ["windows", "windows", "macos", "linux", "windows", "linux"]


def multicast4(cap, at, host, group, port, payload, ttl=1, sport=None):
    low = [int(x) for x in group.split(".")]
    mac = f"01:00:5e:{low[1] & 0x7f:02x}:{low[2]:02x}:{low[3]:02x}"
    cap.add(at, ether(host, mac) / IP(src=host.ip, dst=group, ttl=ttl, id=host.next_ident()) / UDP(sport=sport or host.next_port(), dport=port) / payload)


def multicast6(cap, at, host, group, port, payload, hlim=1, sport=None):
    import ipaddress
    mac = "33:33:" + ":".join(f"{b:02x}" for b in ipaddress.IPv6Address(group).packed[12:])
    cap.add(at, ether(host, mac) / IPv6(src=host.link_local(), dst=group, hlim=hlim) / UDP(sport=sport or host.next_port(), dport=port) / payload)


SEARCH = b"M-SEARCH * HTTP/1.1\r\nHost:239.255.255.250:1900\r\nST:urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nMan:\"ssdp:discover\"\r\nMX:3\r\n\r\n"
PROBE = b'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:wsd="http://schemas.xmlsoap.org/ws/2005/04/discovery"><wsd:Probe/></soap:Envelope>'


def answer_for(host, v6):
    """An mDNS answer of a host for its own name (RFC 6762 6, 8.3)."""
    rr = DNSRR(rrname=host.name + ".local", type="AAAA" if v6 else "A", rclass=0x8001, ttl=120, rdata=host.link_local() if v6 else host.ip)
    return DNS(id=0, qr=1, aa=1, rd=0, qd=None, an=rr)


def netbios(host, name, register):
    """A question for a name, or its registration (RFC 1002 4.2.2, 4.2.12)."""
    label = b"".join(bytes([0x41 + (c >> 4), 0x41 + (c & 15)]) for c in name.upper().encode()[:15].ljust(15) + b"\0")
    ident = host.next_port().to_bytes(2, "big")
    question = b"\x20" + label + b"\0" + bytes.fromhex("00200001")
    if not register:
        return Raw(ident + bytes.fromhex("0110" "0001" "0000" "0000" "0000") + question)
    address = bytes(int(x) for x in host.ip.split("."))
    return Raw(ident + bytes.fromhex("2910" "0001" "0000" "0000" "0001") + question + bytes.fromhex("c00c" "0020" "0001" "000493e0" "0006" "0000") + address)


def chatter(cap, net, host, server, at, v6=True):
    """What a system sends by itself when it has come up."""
    system = host.name.split("-")[0]
    if system == "windows":
        for at_nb, name, register in ((0, host.name, True), (0.75, host.name, True), (2, "WPAD", False)):
            cap.add(at + at_nb, ether(host, "ff:ff:ff:ff:ff:ff") / IP(src=host.ip, dst=host.ip.rpartition(".")[0] + ".255", id=host.next_ident()) / UDP(sport=137, dport=137) /
                    netbios(host, name, register))
        net.llmnr(at + 2.1, host, "wpad")
        net.dns(at + 2.2, host, server, "wpad.example.jp", soa="example.jp", rcode=3)
        net.dns(at + 2.3, host, server, "isatap.example.jp", soa="example.jp", rcode=3)
        net.dns(at + 2.4, host, server, "win1910.ipv6.microsoft.com", soa="microsoft.com", rcode=3)
        multicast4(cap, at + 3, host, "239.255.255.250", 1900, Raw(SEARCH), ttl=1)
        multicast4(cap, at + 3.2, host, "239.255.255.250", 3702, Raw(PROBE), ttl=1)
        if v6:
            net.llmnr(at + 2.15, host, "wpad", v6=True)
            multicast6(cap, at + 3.1, host, "ff02::c", 1900, Raw(SEARCH))
            multicast6(cap, at + 3.3, host, "ff02::c", 3702, Raw(PROBE))
    else:
        for k in range(2):
            multicast4(cap, at + 1 + k, host, "224.0.0.251", 5353, answer_for(host, False), ttl=255, sport=5353)
            if v6:
                multicast6(cap, at + 1.1 + k, host, "ff02::fb", 5353, answer_for(host, True), hlim=255, sport=5353)
        net.mdns4(at + 4, host, "_airplay._tcp.local" if system == "macos" else "_ipp._tcp.local")
        if v6:
            net.mdns6(at + 4.1, host, host.name)


def neighbours(cap, at, a, b, target=None):
    """a asks where b is and b answers (RFC 4861 7.2)."""
    target = target or b.ip6
    import ipaddress
    low = ipaddress.IPv6Address(target).packed[13:]
    group, mac = f"ff02::1:ff{low[0]:02x}:{low[1]:02x}{low[2]:02x}", f"33:33:ff:{low[0]:02x}:{low[1]:02x}:{low[2]:02x}"
    cap.add(at, ether(a, mac) / IPv6(src=a.ip6, dst=group, hlim=255) / ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=a.mac))
    cap.add(at + 0.001, ether(b, a.mac) / IPv6(src=target, dst=a.ip6, hlim=255) / ICMPv6ND_NA(tgt=target, R=int(target.startswith("fe80")), S=1, O=1) /
            ICMPv6NDOptDstLLAddr(lladdr=b.mac))


def dhcpv6(cap, at, pc, server, answered=True):
    cid, sid = DHCP6OptClientId(duid=DUID_LL(lladdr=pc.mac)), DHCP6OptServerId(duid=DUID_LL(lladdr=server.mac))
    name = DHCP6OptClientFQDN(fqdn=pc.name + ".example.jp")
    trid = int(pc.mac[-2:], 16)

    def ask(t, message):
        cap.add(t, ether(pc, "33:33:00:01:00:02") / IPv6(src=pc.link_local(), dst="ff02::1:2", hlim=1) / UDP(sport=546, dport=547) / message)

    def tell(t, message):
        cap.add(t, ether(server, pc.mac) / IPv6(src=server.link_local(), dst=pc.link_local(), hlim=64) / UDP(sport=547, dport=546) / message)

    ask(at, DHCP6_Solicit(trid=trid) / cid / DHCP6OptElapsedTime() / name / DHCP6OptIA_NA(iaid=1))
    if not answered:
        for k in (1, 3, 7, 15):  # RFC 9915 15: twice the time before
            ask(at + k, DHCP6_Solicit(trid=trid) / cid / DHCP6OptElapsedTime(elapsedtime=k * 100) / name / DHCP6OptIA_NA(iaid=1))
        return
    ia = DHCP6OptIA_NA(iaid=1, T1=21600, T2=34560, ianaopts=[DHCP6OptIAAddress(addr=pc.ip6, preflft=43200, validlft=86400)])
    dns = DHCP6OptDNSServers(dnsservers=[server.ip6])
    tell(at + 0.02, DHCP6_Advertise(trid=trid) / cid / sid / ia / dns)
    ask(at + 1.0, DHCP6_Request(trid=trid + 100) / cid / sid / DHCP6OptElapsedTime() / name / ia)
    tell(at + 1.02, DHCP6_Reply(trid=trid + 100) / cid / sid / ia / dns)


def dualstack_office():
    """Six hosts come up on a line with IPv6: its router (radvd), its DHCPv6 server, names by mDNS, LLMNR and NBNS, work over both protocols."""
    cap, office = Capture(OFFICE_DAY), Office("192.168.30")
    router, server, proxy = office.router, office.server, office.proxy
    net = Net(cap, router.mac)
    net.mld_query(0, router)
    for k in range(4):
        net.ra(60 * k + 5, router, PREFIX, src="fe80::1", M=1, O=1, rdnss=server.ip6)
    for k, pc in enumerate(office.people):
        t = 10 + 12 * k
        net.mld(t, pc, "ff02::1:ff00:100", src="::")
        net.dad(t + 0.1, pc)
        net.mld(t + 0.6, pc, "ff02::1:ff00:100", src="::")
        net.rs(t + 1.2, pc)
        net.ra(t + 1.25, router, PREFIX, src="fe80::1", M=1, O=1, rdnss=server.ip6, dst=pc.link_local(), dst_mac=pc.mac)
        net.dad(t + 1.4, pc, PREFIX + pc.link_local()[6:])
        net.dad(t + 1.5, pc, f"{PREFIX}c0de:{k:x}:1:2")  # a temporary address (RFC 8981)
        net.dhcp(t + 2, pc, server)
        net.arp_announce(t + 2.2, pc)
        dhcpv6(cap, t + 2.5, pc, server)
        net.dad(t + 3.6, pc, pc.ip6)
        net.arp(t + 4, pc, router.ip, router.mac)
        neighbours(cap, t + 4.1, pc, router, "fe80::1")
        neighbours(cap, t + 4.2, pc, server)
        chatter(cap, net, pc, server, t + 5)
        net.dns(t + 8, pc, server, "www.example.com", "AAAA", [("AAAA", WEB.ip6)], v6=True)
        net.tcp(t + 9, pc, proxy, 8080, [(True, b"CONNECT www.example.com:443 HTTP/1.1\r\nHost: www.example.com:443\r\n\r\n"),
                                         (False, b"HTTP/1.1 200 Connection established\r\n\r\n")] + tls_talk("www.example.com"), v6=k % 2 == 0)
        for n in range(3):
            ping, pong = [ether(a, b.mac) / IPv6(src=a.ip6, dst=b.ip6, hlim=64) for a, b in ((pc, proxy), (proxy, pc))]
            cap.add(t + 10 + n, ping / ICMPv6EchoRequest(id=k, seq=n, data=b"abcdefgh"))
            cap.add(t + 10.001 + n, pong / ICMPv6EchoReply(id=k, seq=n, data=b"abcdefgh"))
    return cap


def ipv4_office():
    """The same hosts on a line without IPv6: their systems still look for routers, DHCPv6 servers and names."""
    cap, office = Capture(OFFICE_DAY), Office("192.168.31")
    router, server, proxy = office.router, office.server, office.proxy
    net = Net(cap, router.mac)
    for k, pc in enumerate(office.people):
        t = 10 + 12 * k
        net.mld(t, pc, "ff02::1:ff00:100", src="::")
        net.dad(t + 0.1, pc)
        net.dhcp(t + 1, pc, server)
        net.arp_announce(t + 1.2, pc)
        net.arp(t + 2, pc, router.ip, router.mac)
        for n in range(3):
            net.rs(t + 1.2 + 4 * n, pc)  # RFC 4861 6.3.7: three times, 4 s apart
        net.mld(t + 1.6, pc, "ff02::fb")
        if pc.name.startswith("windows"):
            dhcpv6(cap, t + 2.5, pc, server, answered=False)
        chatter(cap, net, pc, server, t + 5)
        net.dns(t + 8, pc, server, "www.example.com", "A", [("A", WEB.ip)])
        net.dns(t + 8.1, pc, server, "www.example.com", "AAAA", [("AAAA", WEB.ip6)])
        net.tcp(t + 9, pc, proxy, 8080, [(True, b"CONNECT www.example.com:443 HTTP/1.1\r\nHost: www.example.com:443\r\n\r\n"),
                                         (False, b"HTTP/1.1 200 Connection established\r\n\r\n")] + tls_talk("www.example.com"))
        net.dhcp_renew(t + 200, pc, server)
    return cap


def data_centre():
    """Two hypervisors with VXLAN between them: in the overlay a router that advertises, hosts that talk; large UDP in fragments; IPsec to the other site."""
    cap = Capture(OFFICE_DAY)
    net = Net(cap)
    hosts = [Host(f"02:00:00:00:02:0{n}", ip=f"10.40.0.{n}", vlan=40) for n in (1, 2)]
    edge, far = Host("02:00:00:00:02:09", ip="203.0.113.9", vlan=50), Host("", ip="198.51.100.20")
    guests = [Host(f"02:00:00:00:03:0{n}", ip=f"10.41.0.{n}", ip6=f"2001:db8:41::{n}", vlan=0) for n in (1, 2, 3)]
    gateway = guests[2]

    def overlay(at, inner, way):
        a, b = hosts if way else reversed(hosts)
        cap.add(at, net.frame(a, b) / UDP(sport=49152 + (inner.src < inner.dst), dport=4789, chksum=0) / VXLAN(vni=41, flags=0x08) / inner)

    inside = Capture(OFFICE_DAY)
    talk = Net(inside, gateway.mac)
    for n, g in enumerate(guests[:2]):
        talk.dad(n, g)
        talk.rs(n + 1, g)
        talk.ra(n + 1.1, gateway, "2001:db8:41::")
        talk.dad(n + 2, g, g.ip6)
        talk.arp(n + 3, g, gateway.ip, gateway.mac)
    talk.tcp(6, guests[0], guests[1], 443, tls_talk("app.example.jp"))
    talk.tcp(8, guests[0], guests[1], 5432, [(True, b"\0\0\0\x08\x04\xd2\x16\x2f"), (False, b"S")], v6=True)
    for t, frame in inside.sorted():
        eth = Ether(frame)
        overlay(t / 1e6 - inside.start, eth, eth.src != guests[1].mac)
    for k in range(4):
        big = net.frame(hosts[0], hosts[1]) / UDP(sport=2049, dport=700 + k) / Raw(bytes(4000))
        big[IP].flags = 0
        net.fragments(20 + k, big)
    for k in range(20):
        up, down = net.frame(edge, far), net.frame(far, edge)
        up[IP].proto = down[IP].proto = 50
        esp = (0xc0ffee00).to_bytes(4, "big") + (k + 1).to_bytes(4, "big") + bytes((k * 7 + i * 13) & 0xff for i in range(96))
        cap.add(30 + k, up / Raw(esp))
        cap.add(30.02 + k, down / Raw(esp))
    return cap


BENIGN = {"benign-dualstack-office": dualstack_office, "benign-ipv4-office": ipv4_office, "benign-data-centre": data_centre}
