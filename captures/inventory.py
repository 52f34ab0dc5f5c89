# SPDX-License-Identifier: Apache-2.0
"""What devices say of themselves: names by every protocol, leases, DUIDs, random and virtual MACs; who claims what another has."""
from kit import *  # noqa: F403  (a kit of parts)
from scapy.all import ARP, BOOTP, DHCP, DNSRR, DNSQR, DNS, IP, UDP, ICMPv6ND_NA, ICMPv6NDOptDstLLAddr  # noqa: E402


def pc(n, mac=None, name=None):
    return Host(mac or f"00:00:5e:00:53:{n:02x}", ip=f"192.168.30.{n}", ip6=f"2001:db8:30::{n:x}", vlan=0, name=name or f"pc{n}")


def nb_name(name, suffix=0):
    """RFC 1001 14.1."""
    raw = name.upper().encode().ljust(15) + bytes([suffix])
    return b"\x20" + b"".join(bytes([0x41 + (b >> 4), 0x41 + (b & 15)]) for b in raw) + b"\0"


def nbns(flags, name, suffix=0, group=False, ip="0.0.0.0", answer=False):
    record = b"\0\x20\0\1\0\4\x93\xe0\0\6" + (b"\x80\0" if group else b"\0\0") + bytes(map(int, ip.split(".")))
    if answer:
        return b"\x12\x34" + flags.to_bytes(2, "big") + b"\0\0\0\1\0\0\0\0" + nb_name(name, suffix) + record
    return b"\x12\x34" + flags.to_bytes(2, "big") + b"\0\1\0\0\0\0\0\1" + nb_name(name, suffix) + b"\0\x20\0\1" + b"\xc0\x0c" + record


def mdns(cap, at, host, records, v6=False):
    p = ether(host, "33:33:00:00:00:fb" if v6 else "01:00:5e:00:00:fb")
    ip = IPv6(src=host.link_local(), dst="ff02::fb", hlim=255) if v6 else IP(src=host.ip, dst="224.0.0.251", ttl=255, id=host.next_ident())
    cap.add(at, p / ip / UDP(sport=5353, dport=5353) / DNS(id=0, qr=1, aa=1, rd=0, qd=None, an=records))


def datagram(cap, at, host, port, payload, dst="192.168.30.255"):
    cap.add(at, ether(host, "ff:ff:ff:ff:ff:ff") / IP(src=host.ip, dst=dst, ttl=64, id=host.next_ident()) / UDP(sport=port, dport=port) / Raw(payload))


def a(name, ip, ttl=120):
    return DNSRR(rrname=name, type="AAAA" if ":" in ip else "A", rclass=0x8001, ttl=ttl, rdata=ip)


def lease(net, cap, at, host, hostname, circuit=None, life=3600, duid=None):
    """Acknowledgement of a server, through a relay that adds option 82 where there is a circuit."""
    server = Host("00:00:5e:00:53:02", ip="192.168.30.2", vlan=0)
    options = [("message-type", "ack"), ("server_id", server.ip), ("lease_time", life), ("hostname", hostname)]
    if circuit:
        options.append((82, b"\1" + bytes([len(circuit)]) + circuit))
    cap.add(at, ether(server, host.mac) / IP(src=server.ip, dst=host.ip, ttl=64, id=server.next_ident()) / UDP(sport=67, dport=68) /
            BOOTP(op=2, yiaddr=host.ip, chaddr=bytes.fromhex(host.mac.replace(":", "")) + bytes(10)) / DHCP(options=options + ["end"]))


def dhcpv6_ask(cap, at, host, duid, name):
    cap.add(at, ether(host, "33:33:00:01:00:02") / IPv6(src=host.link_local(), dst="ff02::1:2", hlim=1) / UDP(sport=546, dport=547) /
            Raw(b"\1\0\0\1" + b"\0\1" + len(duid).to_bytes(2, "big") + duid + b"\0\x27" + (len(name) + 2).to_bytes(2, "big") + b"\1" + bytes([len(name)]) + name))


def names():
    """Each way of saying who one is, and two that are said for somebody else and name nobody."""
    cap = Capture()
    net = Net(cap)
    h = [pc(n) for n in range(0x10, 0x20)]
    for i, x in enumerate(h[:9]):
        net.arp(i * 0.1, x, "192.168.30.1", "00:00:5e:00:53:01")
    mdns(cap, 2, h[0], a("Studio-Mac.local", h[0].ip) / DNSRR(rrname="Studio-Mac._device-info._tcp.local", type="TXT", rclass=1, ttl=120, rdata=b"model=MacBookPro14,1"))
    mdns(cap, 3, h[1], a("printer-2.local", h[1].link_local()), v6=True)
    mdns(cap, 4, h[2], a("somebody-else.local", h[3].ip))  # a sleep proxy
    mdns(cap, 5, h[2], a("gone.local", h[2].ip, ttl=0))  # taken back
    query = DNSQR(qname="winbox", qtype="A")
    cap.add(6, ether(h[4], h[0].mac) / IP(src=h[4].ip, dst=h[0].ip, ttl=64, id=1) / UDP(sport=5355, dport=50001) /
            DNS(id=7, qr=1, rd=0, qd=query, an=DNSRR(rrname="winbox", type="A", ttl=30, rdata=h[4].ip)))
    datagram(cap, 7, h[5], 137, nbns(0x2910, "ACCOUNTS-07", ip=h[5].ip))  # registration, broadcast
    datagram(cap, 8, h[5], 137, nbns(0x2910, "WORKGROUP", group=True, ip=h[5].ip))
    datagram(cap, 9, h[6], 137, nbns(0x8500, "FILES", 0x20, ip=h[6].ip, answer=True), dst=h[0].ip)
    cap.add(10, ether(h[7], h[0].mac) / IP(src=h[7].ip, dst=h[0].ip, ttl=64, id=1) / UDP(sport=137, dport=137) /
            Raw(b"\1\2\x84\0\0\0\0\1\0\0\0\0" + nb_name("*" + "\0" * 14) + b"\0\x21\0\1\0\0\0\0\0\x25\2" + b"OLD-XP".ljust(15) + b"\0\4\0" +
                b"WORKGROUP".ljust(15) + b"\0\x84\0"))
    lease(net, cap, 11, h[8], "desk-24", circuit=b"ge-0/0/7")
    return cap


def identities():
    """One phone under two random MACs, one after the other; two machines of one image; an address that two have; a router's virtual MAC."""
    cap = Capture()
    net = Net(cap)
    duid = b"\0\4" + bytes(range(16))
    first, second = pc(0x31, "02:00:00:00:31:01"), pc(0x32, "02:00:00:00:31:02")
    for at, x in ((0, first), (100, second)):
        net.dad(at, x)
        dhcpv6_ask(cap, at + 1, x, duid, b"phone")
    image = b"\0\1\0\1\x29\x55\x85\x69\2\0\0\0\0\xaa"
    twins = pc(0x41), pc(0x42)
    for at in (200, 300):
        for k, x in enumerate(twins):
            net.arp(at + k, x, "192.168.30.1", "00:00:5e:00:53:01")
            dhcpv6_ask(cap, at + k + 0.5, x, image, b"clone")
    one, other = pc(0x51), pc(0x52)
    net.arp(400, one, "192.168.30.1", "00:00:5e:00:53:01")
    cap.add(401, ether(other, "ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=other.mac, psrc=one.ip, pdst=one.ip))
    virtual = Host("00:00:5e:00:02:0a", vlan=0)
    cap.add(500, ether(virtual, "33:33:00:00:00:01") / IPv6(src="fe80::a:1", dst="ff02::1", hlim=255) / ICMPv6ND_NA(tgt="fe80::a:1", R=1, S=0, O=1) /
            ICMPv6NDOptDstLLAddr(lladdr=virtual.mac))
    return cap


CAPTURES = {"names": names, "identities": identities}
