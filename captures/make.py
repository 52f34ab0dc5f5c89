#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Make the captures of this folder: captures/make.py [FOLDER]. The same bytes every time (see kit.py). Addresses are of the
documentation ranges (RFC 5737, 3849), MACs of RFC 7042; the city is invented."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from kit import *  # noqa: E402,F403  (a kit of parts)
from headers import CAPTURES as HEADERS  # noqa: E402
from benign import BENIGN  # noqa: E402
from inventory import CAPTURES as INVENTORY  # noqa: E402
from neighbours import CAPTURES as NEIGHBOURS  # noqa: E402
from routers import CAPTURES as ROUTERS  # noqa: E402
from sensor import CAPTURES as SENSOR  # noqa: E402

OUTSIDE = {n: Host("00:00:5e:00:53:01", ip=f"198.51.100.{n}", ip6=f"2001:db8:ff::{n}") for n in (9, 10, 23, 24, 25, 41, 53, 80, 81, 82, 83, 84, 90, 221)}
RESOLVER_OUT = Host("00:00:5e:00:53:01", ip="10.200.1.53")  # the prefecture's, behind the router
PROXY = Host("00:00:5e:00:53:01", ip="10.200.1.10")
RELAY = Host("00:00:5e:00:53:01", ip="10.200.1.25")


def simple(net_start=OFFICE_DAY):
    cap = Capture(net_start)
    return cap, Net(cap)


def v30(n, last=None):
    return Host(f"00:00:5e:00:53:{last or n:02x}", ip=f"10.30.1.{n}", ip6=f"2001:db8:30::{n}", vlan=0, name=f"pc-{n:03d}")


def direct_https():
    cap, net = simple()
    pc = v30(0x3c)
    net.dns(0, pc, Host("00:00:5e:00:53:21", ip="10.30.0.2", vlan=0), "files.example.net", "A", [("A", OUTSIDE[80].ip)])
    net.tcp(1, pc, OUTSIDE[80], 443, tls_talk("files.example.net", up=5000))
    return cap


def direct_quic_v6():
    cap, net = simple()
    pc = v30(0x3d)
    port = pc.next_port()
    net.udp(0, pc, OUTSIDE[82], port, 443, Raw(quic_initial()), v6=True)
    net.udp(0.03, OUTSIDE[82], pc, 443, port, Raw(quic_initial(dcid=b"", scid=b"\xf0\x67\xa5\x50\x2a\x42\x62\xb5")), v6=True)
    net.udp(0.06, pc, OUTSIDE[82], port, 443, Raw(quic_initial(300, dcid=b"\xf0\x67\xa5\x50\x2a\x42\x62\xb5", first=0xe3)), v6=True)
    return cap


def direct_refused():
    cap, net = simple()
    net.tcp(0, v30(0x3e), OUTSIDE[83], 443, [], end="refused")
    net.tcp(5, v30(0x3f), OUTSIDE[84], 443, [], end="silent")
    return cap


def via_squid():
    cap, net = simple()
    pc = v30(0x40)
    net.tcp(0, pc, PROXY, 8080, [(True, b"CONNECT www.example.jp:443 HTTP/1.1\r\nHost: www.example.jp:443\r\n\r\n"),
                                 (False, b"HTTP/1.1 200 Connection established\r\n\r\n")] + tls_talk("www.example.jp"))
    return cap


def answers_only():
    cap, net = simple()
    pc = v30(0x41)
    full = Capture(cap.start)
    Net(full).tcp(0, pc, OUTSIDE[80], 443, tls_talk("files.example.net"))
    for t, frame in full.sorted():
        if Ether(frame)[IP].src == OUTSIDE[80].ip:
            cap.add(t / 1e6 - cap.start, frame)
    return cap


def open_resolver():
    cap, net = simple()
    server = Host("00:00:5e:00:53:66", ip="10.30.0.66", ip6="2001:db8:30::66", vlan=0)
    for i, name in enumerate(["www.example.org", "mail.example.com", "cdn.example.net"]):
        net.dns(i, OUTSIDE[9], server, name, "A", [("A", f"192.0.2.{i + 1}")])
        net.dns(i + 0.5, OUTSIDE[10], server, name, "AAAA", [("AAAA", f"2001:db8:99::{i + 1}")], v6=True)
    return cap


def resolver_refused():
    cap, net = simple()
    server = Host("00:00:5e:00:53:66", ip="10.30.0.66", vlan=0)
    net.dns(0, OUTSIDE[9], server, "www.example.org", "A", rcode=5, ra=0)
    net.dns(1, OUTSIDE[9], server, "www.example.org", "A", answer=False)
    return cap


def authoritative():
    cap, net = simple()
    server = Host("00:00:5e:00:53:06", ip="203.0.113.6", ip6="2001:db8:50::6", vlan=0)
    net.dns(0, OUTSIDE[9], server, "www.city.minato.example", "A", [("A", "203.0.113.10")], aa=1, ra=1)
    net.dns(1, OUTSIDE[9], server, "city.minato.example", "MX", soa="city.minato.example", aa=1, ra=1)
    return cap


def mail(spf, dns=True):
    cap, net = simple()
    mx = Host("00:00:5e:00:53:05", ip="203.0.113.5", vlan=0)
    if dns:
        kinds = {"nodata": dict(soa="shop.example"), "nxdomain": dict(soa="example", rcode=3), "servfail": dict(rcode=2),
                 "present": dict(answers=[("TXT", [b"v=spf1 ip4:198.51.100.23 -all"])])}
        net.dns(0, mx, RESOLVER_OUT, "shop.example", "TXT", **kinds[spf])
    net.tcp(0.5, OUTSIDE[23], mx, 25, smtp_talk("info@shop.example", "soumu@city.minato.example", "mail.shop.example"))
    return cap


def dualstack_boot(policy_net="2001:db8:30::"):
    """Two Windows-like hosts come up on a dual-stack segment with its own router."""
    cap, net = simple()
    router = Host("02:00:00:00:00:01", ip="192.168.30.1", vlan=0)
    for i, mac in enumerate(["02:00:00:00:01:01", "02:00:00:00:01:02"]):
        pc, t = Host(mac, ip=f"192.168.30.{10 + i}", vlan=0, name=f"pc{i + 1}"), 10 * i
        net.mld(t, pc, "ff02::1:ff00:101", src="::")
        net.dad(t + 0.1, pc)
        net.rs(t + 1.2, pc)
        net.ra(t + 1.3, router, policy_net, src="fe80::1")
        net.dad(t + 1.9, pc, policy_net + pc.link_local()[6:])
        net.mld(t + 2.2, pc)
        net.dhcp(t + 2.5, pc, router)
        net.arp(t + 3, pc, router.ip, router.mac)
        net.mdns4(t + 4, pc, "_services._dns-sd._udp.local")
        net.mdns6(t + 4.1, pc, pc.name)
    net.ra(30, router, policy_net, src="fe80::1")
    return cap


def two_routers():
    cap, net = simple()
    for k in range(6):
        for i in (1, 2):
            net.ra(k * 10 + i, Host(f"02:00:00:00:00:0{i}", vlan=0), "2001:db8:30::", src=f"fe80::{i}")
    return cap


def rs_two_hosts():
    cap, net = simple()
    for i in (1, 2):
        for k in range(3):
            net.rs(4 * k + i * 0.3, Host(f"02:00:00:00:02:0{i}", vlan=0))
    return cap


def sixin4_two_way():
    cap, net = simple()
    pc = v30(0x33)
    for k in range(5):
        ping = IPv6(src="2001:db8:41::2", dst="2001:db8:80::80", hlim=64) / ICMPv6EchoRequest(id=7, seq=k, data=b"0123456789")
        pong = IPv6(src="2001:db8:80::80", dst="2001:db8:41::2", hlim=57) / ICMPv6EchoReply(id=7, seq=k, data=b"0123456789")
        up, down = net.frame(pc, OUTSIDE[41]), net.frame(OUTSIDE[41], pc)
        up[IP].proto = down[IP].proto = 41
        cap.add(k, up / ping)
        cap.add(k + 0.03, down / pong)
    return cap


def isatap_inside():
    cap, net = simple()
    pc, router = v30(0x34), Host("00:00:5e:00:53:09", ip="10.30.0.9", vlan=0)
    a, b = "fe80::5efe:a1e:134", "fe80::5efe:a1e:9"
    for at, src, dst, inner in [(0, pc, router, IPv6(src=a, dst=b, hlim=255) / ICMPv6ND_RS()),
                                (0.01, router, pc, IPv6(src=b, dst=a, hlim=255) / ICMPv6ND_RA(routerlifetime=600) /
                                 ICMPv6NDOptPrefixInfo(prefix="2001:db8:77::", prefixlen=64)),
                                (1, pc, router, IPv6(src="2001:db8:77::5efe:a1e:134", dst="2001:db8:80::80") / ICMPv6EchoRequest(id=1, seq=1)),
                                (1.05, router, pc, IPv6(src="2001:db8:80::80", dst="2001:db8:77::5efe:a1e:134") / ICMPv6EchoReply(id=1, seq=1))]:
        f = net.frame(src, dst)
        f[IP].proto = 41
        cap.add(at, f / inner)
    return cap


SNAP_IPV6 = bytes.fromhex("aaaa0300000086dd")


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(":", ""))


def rogue_ra(mac):
    return bytes(IPv6(src="fe80::66", dst="ff02::1", hlim=255) / ICMPv6ND_RA(routerlifetime=1800) /
                 ICMPv6NDOptPrefixInfo(prefix="2001:db8:66::", prefixlen=64) / ICMPv6NDOptSrcLLAddr(lladdr=mac))


def wlan(flags, *addresses, first=0x88):
    """802.11 header: frame control, duration, three addresses, sequence control, QoS control."""
    return bytes([first, flags, 0, 0]) + b"".join(mac_bytes(a) for a in addresses) + b"\x10\0" + b"\0\0"


def air_rogue_ra():
    """A station's RA as a receiver beside it hears it, each time to the access point and from it again; one in an A-MSDU; beacons;
    a protected frame; one that failed its check."""
    cap = Capture(linktype=127)
    sta, ap, group = "00:00:5e:00:53:66", "00:00:5e:00:53:0a", "33:33:00:00:00:01"

    def heard(at, frame, flags=0x10):
        cap.add(at, bytes([0, 0, 10, 0, 2, 0, 0, 0, flags, 0]) + frame + b"\x12\x34\x56\x78")

    beacon = bytes.fromhex("80000000ffffffffffff") + mac_bytes(ap) * 2 + bytes(14) + b"\0\4city"
    for k in range(3):
        heard(10 * k, beacon)
        heard(10 * k + 1, wlan(1, ap, sta, group) + SNAP_IPV6 + rogue_ra(sta))
        heard(10 * k + 1.002, bytes.fromhex("08020000") + mac_bytes(group) + mac_bytes(ap) + mac_bytes(sta) + b"\x20\0" + SNAP_IPV6 + rogue_ra(sta))
    msdu = SNAP_IPV6 + rogue_ra(sta)
    heard(40, wlan(1, ap, sta, ap)[:-2] + b"\x80\0" + mac_bytes(group) + mac_bytes(sta) + len(msdu).to_bytes(2, "big") + msdu)
    heard(41, wlan(0x41, ap, sta, group) + bytes.fromhex("0100002000000000") + bytes(40))
    heard(42, wlan(1, ap, "00:00:5e:00:53:67", group) + SNAP_IPV6 + rogue_ra("00:00:5e:00:53:67"), flags=0x50)
    return cap


def capwap_rogue_ra():
    """The same between access point and controller: 802.11 with frame control swapped, 802.3, DTLS."""
    cap, net = simple()
    point, controller, sta, group = v30(0x0a), v30(0x09), "00:00:5e:00:53:66", "33:33:00:00:00:01"
    air = wlan(0x88, point.mac, sta, group, first=0x01)
    net.udp(0, point, controller, 12380, 5247, Raw(bytes.fromhex("0020432000000000" "0104ee4f00000000") + air + SNAP_IPV6 + rogue_ra(sta)))
    net.udp(10, point, controller, 12380, 5247, Raw(bytes.fromhex("0010420000000000") + mac_bytes(group) + mac_bytes(sta) + b"\x86\xdd" + rogue_ra(sta)))
    net.udp(11, point, controller, 12380, 5246, Raw(bytes.fromhex("01000000" "17feff0001000000000001" "0010") + bytes(16)))
    return cap


def mdns_storm():
    """Payloads that begin with 00 00 or 00 01, as Teredo's optional headers do."""
    cap, net = simple()
    for i in range(40):
        pc = v30(0x50 + i % 20)
        net.mdns4(i * 0.05, pc, f"service-{i}._tcp.local")
        net.udp(i * 0.05 + 0.01, pc, v30(0x50 + (i + 1) % 20), 5000 + i, 6000 + i, Raw(bytes([0, i % 2]) + bytes(60)))
    return cap


def vrrp_failover():
    """The first of two routers falls silent, the second takes the virtual MAC and address (RFC 9568), advertises and answers with it."""
    cap, net = simple()
    both = [Host(f"02:00:00:00:00:0{i}", vlan=0) for i in (1, 2)]
    virtual = Host("00:00:5e:00:02:0a", ip6="fe80::1", vlan=0)

    def hello(at, master, priority):
        # version 3, type 1, group 10, one address, every second; the checksum is over the pseudo-header
        body = bytes([0x31, 10, priority, 1, 0, 100]) + b"\0\0" + bytes([0xfe, 0x80]) + bytes(13) + b"\1"
        p = IPv6(src=master.link_local(), dst="ff02::12", hlim=255, nh=112)
        sum16 = in6_chksum(112, p, body)
        cap.add(at, ether(virtual, "33:33:00:00:00:12") / p / Raw(body[:6] + sum16.to_bytes(2, "big") + body[8:]))

    for k in range(10):
        hello(k, both[0], 200)
    net.ra(5, virtual, "2001:db8:30::", src="fe80::1")
    hello(10, both[0], 0)  # priority 0: I am leaving
    for k in range(10):
        hello(10.3 + k, both[1], 100)
    cap.add(10.31, ether(virtual, "33:33:00:00:00:01") / IPv6(src="fe80::1", dst="ff02::1", hlim=255) / ICMPv6ND_NA(tgt="fe80::1", R=1, S=0, O=1) /
            ICMPv6NDOptDstLLAddr(lladdr=virtual.mac))
    net.ra(10.5, virtual, "2001:db8:30::", src="fe80::1")
    net.ra(15, virtual, "2001:db8:30::", src="fe80::1")
    return cap


def sleep_proxy():
    """A printer goes to sleep and a set-top box answers for it: announcements, ARP and neighbours in its name (Bonjour sleep proxy)."""
    cap, net = simple()
    box, printer = Host("02:00:00:00:00:51", ip="192.168.30.51", vlan=0), Host("02:00:00:00:00:52", ip="192.168.30.52", vlan=0)
    net.mdns4(0, printer, "_sleep-proxy._udp.local")
    for k in range(2):
        cap.add(1 + k, ether(box, "01:00:5e:00:00:fb") / IP(src=box.ip, dst="224.0.0.251", ttl=255, id=box.next_ident()) / UDP(sport=5353, dport=5353) /
                DNS(id=0, qr=1, aa=1, rd=0, qd=None, an=DNSRR(rrname="printer.local", type="A", rclass=0x8001, ttl=120, rdata=printer.ip)))
    e = ether(box, "ff:ff:ff:ff:ff:ff")
    cap.add(3, e / ARP(op=1, hwsrc=box.mac, psrc=printer.ip, pdst=printer.ip))
    cap.add(3.1, ether(box, "33:33:00:00:00:01") / IPv6(src=printer.link_local(), dst="ff02::1", hlim=255) /
            ICMPv6ND_NA(tgt=printer.link_local(), R=0, S=0, O=1) / ICMPv6NDOptDstLLAddr(lladdr=box.mac))
    pc = Host("02:00:00:00:00:53", ip="192.168.30.53", vlan=0)
    net.arp(10, pc, printer.ip, box.mac)
    return cap


def dhcpv6_declared():
    """A host asks by DHCPv6 and the declared server answers."""
    cap, net = simple()
    server, pc = Host("02:00:00:00:00:01", vlan=0), Host("02:00:00:00:01:01", vlan=0)
    cid, sid = DHCP6OptClientId(duid=DUID_LL(lladdr=pc.mac)), DHCP6OptServerId(duid=DUID_LL(lladdr=server.mac))
    ask = ether(pc, "33:33:00:01:00:02") / IPv6(src=pc.link_local(), dst="ff02::1:2", hlim=1) / UDP(sport=546, dport=547)
    tell = ether(server, pc.mac) / IPv6(src="fe80::1", dst=pc.link_local(), hlim=64) / UDP(sport=547, dport=546)
    ia = DHCP6OptIA_NA(iaid=1, T1=1800, T2=2880, ianaopts=[DHCP6OptIAAddress(addr="2001:db8:30::101", preflft=3600, validlft=7200)])
    net.dad(0, pc)
    net.rs(1, pc)
    net.ra(1.1, server, "2001:db8:30::", src="fe80::1", M=1, O=1)
    cap.add(2, ask / DHCP6_Solicit(trid=1) / cid / DHCP6OptElapsedTime() / DHCP6OptIA_NA(iaid=1))
    cap.add(2.01, tell / DHCP6_Advertise(trid=1) / cid / sid / ia)
    cap.add(3, ask / DHCP6_Request(trid=2) / cid / sid / DHCP6OptElapsedTime() / ia)
    cap.add(3.01, tell / DHCP6_Reply(trid=2) / cid / sid / ia)
    return cap


def doubled(make):
    """Every frame twice, 12 microseconds apart, as a mirror of both a port and its VLAN shows it."""
    cap = Capture()
    for t, frame in make().sorted():
        cap.add(t / 1e6 - cap.start, frame)
        cap.add(t / 1e6 - cap.start + 12e-6, frame)
    return cap


def mail_starttls():
    """The domain's TXT answer holds no SPF, but whose mail it is stands inside TLS."""
    cap, net = simple()
    mx = Host("00:00:5e:00:53:05", ip="203.0.113.5", vlan=0)
    net.dns(0, mx, RESOLVER_OUT, "shop.example", "TXT", soa="shop.example")
    net.tcp(0.5, OUTSIDE[23], mx, 25, starttls_talk("mail.shop.example"))
    return cap


def mail_torn():
    """smtp-spf-nodata as a bad line shows it: segments twice and in another order, and the command in single bytes."""
    cap, net = simple()
    mx = Host("00:00:5e:00:53:05", ip="203.0.113.5", vlan=0)
    net.dns(0, mx, RESOLVER_OUT, "shop.example", "TXT", soa="shop.example")
    talk = []
    for up, data in smtp_talk("info@shop.example", "soumu@city.minato.example", "mail.shop.example"):
        talk += [(up, data[i:i + 1]) for i in range(len(data))] if data.startswith(b"MAIL") else [(up, data)]
    line = Capture(cap.start)
    Net(line).tcp(0.5, OUTSIDE[23], mx, 25, talk)
    frames = line.sorted()
    for i in range(10, len(frames) - 10, 7):
        if Ether(frames[i][1])[IP].src == Ether(frames[i + 2][1])[IP].src:
            frames[i], frames[i + 2] = (frames[i][0], frames[i + 2][1]), (frames[i + 2][0], frames[i][1])
    for i, (t, frame) in enumerate(frames):
        cap.add(t / 1e6 - cap.start, frame)
        if i % 5 == 0:
            cap.add(t / 1e6 - cap.start + 0.002, frame)
    return cap


def dns_fragments():
    """Answers of an open resolver that do not fit one packet: IPv4 fragments, in order and the other way round."""
    cap, net = simple()
    server = Host("00:00:5e:00:53:66", ip="10.30.0.66", vlan=0)
    for k in range(2):
        q, at = DNSQR(qname="big.example.org", qtype="TXT"), 10 * k
        net.udp(at, OUTSIDE[9], server, 4000 + k, 53, DNS(id=7 + k, rd=1, qd=q, ar=DNSRROPT(rclass=4096)))
        texts = None
        for i in range(12):
            rr = DNSRR(rrname="big.example.org", type="TXT", ttl=60, rdata=[bytes([97 + i]) * 200])
            texts = rr if texts is None else texts / rr
        net.fragments(at + 0.02, net.frame(server, OUTSIDE[9]) / UDP(sport=53, dport=4000 + k) /
                      DNS(id=7 + k, qr=1, rd=1, ra=1, qd=q, an=texts, ar=DNSRROPT(rclass=4096)), backwards=k == 1)
    return cap


SIMPLE = {
    "direct-https": direct_https, "direct-quic-v6": direct_quic_v6, "direct-refused": direct_refused, "via-squid": via_squid,
    "answers-only": answers_only, "open-resolver-v4v6": open_resolver, "resolver-refused": resolver_refused,
    "authoritative-ra1": authoritative, "smtp-spf-nodata": lambda: mail("nodata"), "smtp-spf-nxdomain": lambda: mail("nxdomain"),
    "smtp-spf-present": lambda: mail("present"), "smtp-spf-servfail": lambda: mail("servfail"), "smtp-no-dns-seen": lambda: mail("", dns=False),
    "office-dualstack-boot": dualstack_boot, "two-routers-solicited": two_routers, "rs-two-hosts": rs_two_hosts,
    "smtp-starttls": mail_starttls, "smtp-torn": mail_torn, "dns-fragments": dns_fragments, "vrrp-failover": vrrp_failover,
    "sleep-proxy": sleep_proxy, "dhcpv6-declared": dhcpv6_declared, "span-doubled-boot": lambda: doubled(dualstack_boot),
    "span-doubled-mail": lambda: doubled(lambda: mail("nodata")), "6in4-two-way": sixin4_two_way, "isatap-inside": isatap_inside, "mdns-storm": mdns_storm,
    "air-rogue-ra": air_rogue_ra, "capwap-rogue-ra": capwap_rogue_ra,
}


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    from branches import CAPTURES as BRANCHES
    from evasions import evasions
    from officeday import office_day
    from tunnels import TUNNELS
    for name, make in {**SIMPLE, **BENIGN, **NEIGHBOURS, **HEADERS, **INVENTORY, **TUNNELS, **ROUTERS, **SENSOR, **BRANCHES}.items():
        make().write_pcap(folder / f"{name}.pcap")
    office_day().write_pcapng(folder / "office-day.pcapng", "eth1")
    evasions().write_pcapng(folder / "evasions.pcapng", "eth1")


if __name__ == "__main__":
    main()
