# SPDX-License-Identifier: Apache-2.0
"""A day at an invented city hall, as a mirror port of the core switch shows it: VLAN 20 terminals without the Internet, VLAN 30 terminals
behind the prefecture's proxy, VLAN 50 public servers, VLAN 90 a dual-stack meeting room. Benign traffic all day, and one of
everything that should not be. Expected alerts stand in README.md beside."""
import functools

from kit import *  # noqa: F403
from kit import Host, Net, Capture

HOUR = 3600
ROUTER = {20: "00:00:5e:00:53:14", 30: "00:00:5e:00:53:1e", 50: "00:00:5e:00:53:32", 90: "00:00:5e:00:53:5a"}


@functools.cache
def out(n):
    """A host outside; one object each, which counts its ports."""
    return Host("00:00:5e:00:53:01", ip=f"198.51.100.{n}", ip6=f"2001:db8:ff::{n:x}")


class Day:
    def __init__(self):
        self.cap = Capture()
        self.net = {v: Net(self.cap, mac) for v, mac in ROUTER.items()}
        self.ad = Host("00:00:5e:00:53:21", ip="10.30.0.2", vlan=30, name="ad1")     # resolver, DHCP, NTP
        self.ad20 = Host("00:00:5e:00:53:22", ip="10.20.8.53", name="ad2")            # of the other VLAN, behind the router
        self.proxy, self.relay, self.upstream = (Host("00:00:5e:00:53:01", ip=f"10.200.1.{n}") for n in (10, 25, 53))
        self.mx = Host("00:00:5e:00:53:05", ip="203.0.113.5", ip6="2001:db8:50::5", vlan=50, name="mx1")
        self.ns = Host("00:00:5e:00:53:06", ip="203.0.113.6", ip6="2001:db8:50::6", vlan=50, name="ns1")
        self.web = Host("00:00:5e:00:53:07", ip="203.0.113.7", ip6="2001:db8:50::7", vlan=50, name="www1")
        self.wsus = Host("00:00:5e:00:53:24", ip="10.30.2.20", vlan=30, name="wsus1")
        self.pcs = [Host(f"00:00:5e:00:53:{0xb0 + i:02x}", ip=f"10.30.1.{40 + i}", vlan=30, name=n) for i, n in enumerate(
            ["soumu-001", "soumu-002", "zaisei-003", "zaisei-004", "kouhou-007", "kouhou-008", "suido-010", "suido-011"])]
        self.lgwan = [Host(f"00:00:5e:00:53:{0xf0 + i:02x}", ip=f"10.20.2.{11 + i}", vlan=20, name=n) for i, n in enumerate(
            ["kensetsu-011", "zeimu-012", "fukushi-013"])]
        self.kali = Host("02:00:00:00:00:aa", ip="10.30.1.201", vlan=30, name="kali")

    # --- the ordinary day ---
    def morning(self):
        net = self.net[30]
        for i, pc in enumerate(self.pcs + [self.kali]):
            t = 60 + 240 * i if pc is not self.kali else 2455
            net.dhcp(t, pc, self.ad)
            net.arp(t + 1, pc, self.ad.ip, self.ad.mac)
            net.mdns4(t + 2, pc, "_ipp._tcp.local")
        for i, pc in enumerate(self.lgwan):
            t = 100 + 300 * i
            self.net[20].dhcp(t, pc, Host(ROUTER[20], ip="10.20.0.1", vlan=20))
            self.net[20].arp(t + 1, pc, "10.20.0.1", ROUTER[20])
        for pc in self.pcs[:3]:  # half of the lease is over
            self.net[30].dhcp_renew(60 + 240 * self.pcs.index(pc) + 14400, pc, self.ad)
        for i, pc in enumerate(self.pcs[5:]):
            self.net[30].arp_announce(70 + 240 * (5 + i), pc)
            self.net[30].llmnr(75 + 240 * (5 + i), pc, "printer-2f")
        for host in (self.mx, self.ns, self.web):
            self.net[50].arp(5, host, "203.0.113.1", ROUTER[50])
        self.net[30].arp(6, self.wsus, "10.30.0.1", ROUTER[30])

    def work(self):
        """Each terminal asks the resolver, browses through the proxy, sends mail through the relay, keeps time."""
        sites = ["www.example.jp", "news.example.com", "map.example.net", "www.city.minato.example"]
        for k in range(14):
            for i, pc in enumerate(self.pcs):
                t, site = 1800 + k * 2000 + i * 97, sites[(k + i) % len(sites)]
                self.net[30].dns(t, pc, self.ad, site, "A", [("A", f"192.0.2.{10 + (k + i) % 4}")])
                if k % 2 == 0:
                    self.net[30].dns(t + 0.1, pc, self.ad, site, "AAAA", soa=site.split(".", 1)[1])
                self.net[30].tcp(t + 1, pc, self.proxy, 8080,
                                 [(True, f"CONNECT {site}:443 HTTP/1.1\r\nHost: {site}:443\r\n\r\n".encode()),
                                  (False, b"HTTP/1.1 200 Connection established\r\n\r\n")] + tls_talk(site, 300, 900))
                if k % 4 == 1:  # not everything is TLS
                    self.net[30].tcp(t + 2, pc, self.proxy, 8080,
                                     [(True, f"GET http://{site}/index.html HTTP/1.1\r\nHost: {site}\r\nProxy-Connection: keep-alive\r\n\r\n".encode()),
                                      (False, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 26\r\n\r\n<html><p>hello</p></html>\r\n")])
                if k % 5 == 0:
                    self.net[30].udp(t + 3, pc, self.ad, 123, 123, NTP(version=4, mode=3, ref=0, orig=0, recv=0, sent=0))
                    self.net[30].udp(t + 3.01, self.ad, pc, 123, 123, NTP(version=4, mode=4, stratum=3, ref=0, orig=0, recv=0, sent=0))
                if k == 6:
                    self.net[30].tcp(t + 5, pc, self.relay, 25, smtp_talk(f"{pc.name}@city.minato.example", "someone@partner.example", pc.name))
            for i, pc in enumerate(self.lgwan):
                self.net[20].dns(2000 + k * 2000 + i * 131, pc, self.ad20, "portal.lgwan.example", "A", [("A", "10.200.3.3")])
        for k in range(61):  # the switch, 08:30 to 17:30
            self.cap.add(k * 540, Dot3(dst="01:80:c2:00:00:00", src="00:00:5e:00:53:10") / LLC(dsap=0x42, ssap=0x42, ctrl=3) / STP())

    def services(self):
        """Public servers, and what they may do."""
        net = self.net[50]
        for k in range(8):
            client = out(100 + k)
            net.dns(3000 + k * 900, client, self.ns, "www.city.minato.example", "A", [("A", "203.0.113.7")], aa=1, ra=0)
            net.tcp(3001 + k * 900, client, self.web, 443, tls_talk("www.city.minato.example"))
        net.dns(9000, out(60), self.mx, "www.example.org", "A", rcode=5, ra=0)  # healthy: refused
        self.net[30].dns(9100, self.ad, self.upstream, "www.example.jp", "A", [("A", "192.0.2.10")])
        self.net[30].tcp(10000, self.wsus, out(70), 443, tls_talk("sls.update.example"))  # excused by no_proxy
        self.mail_in(14400, "partner.example", dict(answers=[("TXT", [b"v=spf1 mx -all"])]), 24)
        self.mail_in(15300, "old-friend.example", None, 25)  # nobody asked: unknown, no alert
        self.net[50].dns(15800, self.mx, self.upstream, "private.example", "TXT", soa="private.example")
        self.net[50].tcp(15801, out(26), self.mx, 25, starttls_talk("mail.private.example"))  # whose mail it is cannot be seen
        self.net[50].tcp(16500, out(27), self.mx, 25, smtp_talk("spam@no-spf.example", "nobody@city.minato.example", "bot.example", accept=False))
        self.big_answer(20000)
        # the approved line to the second data centre
        a, b = Host("", ip6="2001:db8:50::9"), Host("", ip6="2001:db8:60::20")
        self.tunnel(21000, Host("00:00:5e:00:53:08", ip="203.0.113.9", vlan=50), out(20), a, b, tls_talk("backup.city.minato.example"), 50)

    def big_answer(self, at):
        """The keys of a zone do not fit one packet: the answer comes in two fragments."""
        net, port = self.net[30], self.ad.next_port()
        q = DNSQR(qname="example.jp", qtype="DNSKEY")
        net.udp(at, self.ad, self.upstream, port, 53, DNS(id=4711, rd=1, qd=q, ar=DNSRROPT(rclass=4096, z=0x8000)))
        keys = None
        for k in range(6):
            rr = DNSRR(rrname="example.jp", type=48, ttl=3600, rdata=b"\1\1\3\x08" + bytes((i * 13 + k) & 255 for i in range(260)))
            keys = rr if keys is None else keys / rr
        net.fragments(at + 0.03, net.frame(self.upstream, self.ad) / UDP(sport=53, dport=port) /
                      DNS(id=4711, qr=1, rd=1, ra=1, qd=q, an=keys, ar=DNSRROPT(rclass=4096, z=0x8000)))

    def mail_in(self, t, domain, spf, n):
        if spf is not None:
            self.net[50].dns(t, self.mx, self.upstream, domain, "TXT", **spf)
        self.net[50].tcp(t + 0.4, out(n), self.mx, 25, smtp_talk(f"info@{domain}", "soumu@city.minato.example", f"mail.{domain}"))

    def meeting_room(self):
        """VLAN 90: IPv6 as the policy says it may be."""
        net = self.net[90]
        router = Host(ROUTER[90], ip="10.90.0.1", vlan=90)
        for i in range(3):
            guest, t = Host(f"02:00:00:00:90:{i + 1:02x}", ip=f"10.90.0.{20 + i}", vlan=90, name=f"phone-{i}"), 7200 + 600 * i
            net.dad(t, guest)
            net.rs(t + 1, guest)
            net.ra(t + 1.1, router, "2001:db8:90::", src="fe80::1", rdnss="2001:db8:90::53", O=1)
            net.dhcp(t + 2, guest, router)
            guest.ip6 = f"2001:db8:90::{20 + i:x}"
            net.dad(t + 3, guest, guest.ip6)
            net.mld(t + 3.5, guest)
            self.other_configuration(t + 4, guest, router)
            net.tcp(t + 5, guest, out(80), 443, tls_talk("www.example.com"), v6=True)

        for k in range(4):
            net.mld_query(7000 + 125 * k, router)
            net.ra(7010 + 600 * k, router, "2001:db8:90::", src="fe80::1", rdnss="2001:db8:90::53", O=1)

    def other_configuration(self, at, guest, router):
        """The router said O: the guest asks the declared DHCPv6 server for the rest (RFC 9915 18.2.6)."""
        cid, sid = DHCP6OptClientId(duid=DUID_LL(lladdr=guest.mac)), DHCP6OptServerId(duid=DUID_LL(lladdr=router.mac))
        ask = ether(guest, "33:33:00:01:00:02") / IPv6(src=guest.link_local(), dst="ff02::1:2", hlim=1) / UDP(sport=546, dport=547)
        tell = ether(router, guest.mac) / IPv6(src="fe80::1", dst=guest.link_local(), hlim=64) / UDP(sport=547, dport=546)
        self.net[90].cap.add(at, ask / DHCP6_InfoRequest(trid=0x90) / cid / DHCP6OptElapsedTime())
        self.net[90].cap.add(at + 0.01, tell / DHCP6_Reply(trid=0x90) / cid / sid / DHCP6OptDNSServers(dnsservers=["2001:db8:90::53"]))

    # --- what should not be ---
    def ipv6_where_it_is_off(self):
        for i, pc in enumerate(self.pcs[:5]):
            t = 70 + 240 * i
            self.net[30].mld(t, pc, src="::")
            self.net[30].dad(t + 0.2, pc)
            self.net[30].mdns6(t + 2, pc, pc.name)
            if i < 3:
                for k in range(3):
                    self.net[30].rs(t + 1 + 4 * k, pc)

        for i, pc in enumerate(self.lgwan):  # tolerated by the policy until they are reinstalled
            self.net[20].mld(110 + 300 * i, pc)
            self.net[20].mdns6(111 + 300 * i, pc, pc.name)
            self.net[20].llmnr(112 + 300 * i, pc, "wpad", v6=True)

    def rogue_router(self):
        """kali, 09:12: a router advertisement every 30 s; soumu-001 forms an address and sends through it; then a DHCPv6 server."""
        net, victim = self.net[30], self.pcs[0]
        for k in range(11):
            net.ra(2523 + 30 * k, self.kali, "2001:db8:bad::", rdnss="2001:db8:bad::53", prf=1)
        address = "2001:db8:bad::200:5eff:fe00:53b0"
        net.dad(2524, victim, address)
        victim.ip6 = address
        e = ether(victim, self.kali.mac)
        self.cap.add(2530, e / IPv6(src=address, dst=out(80).ip6, hlim=64) / TCP(sport=50123, dport=443, flags="S", seq=77))
        solicit = ether(victim, "33:33:00:01:00:02") / IPv6(src=victim.link_local(), dst="ff02::1:2", hlim=1) / UDP(sport=546, dport=547)
        cid, sid = DHCP6OptClientId(duid=DUID_LL(lladdr=victim.mac)), DHCP6OptServerId(duid=DUID_LL(lladdr=self.kali.mac))
        ia = DHCP6OptIA_NA(iaid=1, T1=200, T2=250, ianaopts=[DHCP6OptIAAddress(addr="fe80::10:30:1:40", preflft=300, validlft=300)])
        answer = ether(self.kali, victim.mac) / IPv6(src=self.kali.link_local(), dst=victim.link_local(), hlim=64) / UDP(sport=547, dport=546)
        dns = DHCP6OptDNSServers(dnsservers=[self.kali.link_local()])
        self.cap.add(2535, solicit / DHCP6_Solicit(trid=0x1234) / cid / DHCP6OptElapsedTime() / DHCP6OptIA_NA(iaid=1) / DHCP6OptClientFQDN(fqdn="soumu-001.minato.example"))
        self.cap.add(2535.01, answer / DHCP6_Advertise(trid=0x1234) / cid / sid / ia / dns)
        self.cap.add(2536, solicit / DHCP6_Request(trid=0x1235) / cid / sid / DHCP6OptElapsedTime() / ia)
        self.cap.add(2536.01, answer / DHCP6_Reply(trid=0x1235) / cid / sid / ia / dns)

    def tunnel(self, at, host, peer, a, b, talk, vlan=30):
        """A conversation of a with b over IPv6, carried in IPv4 (protocol 41) between host and peer. @return its end"""
        inner = Capture(0)
        end = Net(inner).tcp(at, a, b, 443, talk, v6=True, gap=0.03)
        self.carry(host, peer, (a.ip6,), inner, vlan)
        return end

    def carry(self, host, peer, inside, inner, vlan=30):
        for t, frame in inner.sorted():
            packet = Ether(frame)[IPv6]
            outer = self.net[vlan].frame(host, peer) if packet.src in inside else self.net[vlan].frame(peer, host)
            outer[IP].proto = 41
            self.cap.add(t / 1e6, outer / packet)

    def tunnels(self):
        kouhou, suido, zaisei = self.pcs[4], self.pcs[6], self.pcs[3]
        # 10.30.1.44 inside the 6to4 address, through the anycast relay
        self.tunnel(5531, kouhou, Host("00:00:5e:00:53:01", ip="192.88.99.1"), Host("", ip6="2002:a1e:12c::1"), Host("", ip6="2001:db8:f00::80"),
                    tls_talk("video.example.net", 2000, 6000))
        pings = Capture(0)
        for k in range(4):
            pings.add(8000 + 20 * k, Ether() / IPv6(src="2001:db8:41::2", dst="2001:db8:80::80") / ICMPv6EchoRequest(id=9, seq=k, data=b"ping"))
            pings.add(8000.04 + 20 * k, Ether() / IPv6(src="2001:db8:80::80", dst="2001:db8:41::2", hlim=57) / ICMPv6EchoReply(id=9, seq=k, data=b"ping"))
        self.carry(suido, out(41), ("2001:db8:41::2",), pings)
        self.isatap(8600, zaisei, Host("00:00:5e:00:53:09", ip="10.30.0.9", vlan=30))
        self.teredo(11400, self.pcs[7])

    def isatap(self, at, host, router):
        """10.30.1.43 asks a router inside, takes its prefix, and uses it."""
        i, j, mine = "fe80::5efe:a1e:12b", "fe80::5efe:a1e:9", "2001:db8:77::5efe:a1e:12b"
        inner = Capture(0)
        inner.add(at, Ether() / IPv6(src=i, dst=j, hlim=255) / ICMPv6ND_RS())
        inner.add(at + 0.02, Ether() / IPv6(src=j, dst=i, hlim=255) / ICMPv6ND_RA(routerlifetime=600) /
                  ICMPv6NDOptPrefixInfo(prefix="2001:db8:77::", prefixlen=64, L=0, A=1))
        for k in range(3):
            inner.add(at + 5 + k, Ether() / IPv6(src=mine, dst="2001:db8:77::5efe:a1e:9") / ICMPv6EchoRequest(id=5, seq=k, data=b"ping"))
            inner.add(at + 5.02 + k, Ether() / IPv6(src="2001:db8:77::5efe:a1e:9", dst=mine) / ICMPv6EchoReply(id=5, seq=k, data=b"ping"))
        self.carry(host, router, (i, mine), inner)

    def teredo(self, at, host):
        """Qualification on the server's port (RFC 4380 5.2.1): solicitation with authentication, answer with origin, then a ping."""
        server, port = out(221), 51000
        auth = b"\0\1\0\0" + bytes(range(8)) + b"\0"
        origin = b"\0\0" + struct.pack("!H", port ^ 0xffff) + bytes(x ^ 0xff for x in bytes([198, 51, 100, 30]))
        rs = IPv6(src="fe80::ffff:ffff:ffff", dst="ff02::2", hlim=255) / ICMPv6ND_RS()
        ra = IPv6(src="fe80::8000:f227:39cc:9b22", dst="fe80::ffff:ffff:ffff", hlim=255) / ICMPv6ND_RA(routerlifetime=0) / \
            ICMPv6NDOptPrefixInfo(prefix="2001:0:c633:64dd::", prefixlen=64, L=0, A=1)
        self.net[30].udp(at, host, server, port, 3544, Raw(auth + bytes(rs)))
        self.net[30].udp(at + 0.05, server, host, 3544, port, Raw(auth + origin + bytes(ra)))
        mine = "2001:0:c633:64dd:0:38c7:39cc:9be1"
        self.net[30].udp(at + 1, host, server, port, 3544, Raw(bytes(IPv6(src=mine, dst="2001:db8:abcd::1") / ICMPv6EchoRequest(id=3, seq=1, data=b"12345678"))))

    def resolver_for_everyone(self):
        for k in range(12):
            name = f"host{k}.example.org"
            self.net[50].dns(12931 + 5 * k, out(120 + k % 3), self.ns, name, "A", [("A", f"192.0.2.{100 + k}")], ra=1)
        for k in range(4):
            self.net[50].dns(13100 + 5 * k, out(123), self.ns, f"v6-{k}.example.org", "AAAA", [("AAAA", f"2001:db8:99::{k}")], ra=1, v6=True)

    def past_the_proxy(self):
        soumu2, zaisei3 = self.pcs[1], self.pcs[2]
        self.net[30].dns(16000, soumu2, self.ad, "files.example.net", "A", [("A", out(81).ip)])
        self.net[30].tcp(16001, soumu2, out(81), 443, tls_talk("files.example.net", up=9000))
        port = zaisei3.next_port()
        self.net[30].udp(17000, zaisei3, out(82), port, 443, Raw(quic_initial()))
        self.net[30].udp(17000.03, out(82), zaisei3, 443, port, Raw(quic_initial(dcid=b"", scid=b"\xf0\x67\xa5\x50\x2a\x42\x62\xb5")))
        self.net[30].tcp(17500, self.pcs[5], out(83), 80, [], end="refused")
        # and a terminal of the LGWAN zone, which has no way out at all
        self.net[20].tcp(16890, self.lgwan[0], out(84), 443, tls_talk("files.example.net", up=20000))

    def mail_without_spf(self):
        for k in range(2):
            self.mail_in(15249 + 900 * k, "shop.example", dict(soa="shop.example"), 23)


def office_day():
    out.cache_clear()
    d = Day()
    for part in (d.morning, d.work, d.services, d.meeting_room, d.ipv6_where_it_is_off, d.rogue_router, d.tunnels, d.resolver_for_everyone,
                 d.past_the_proxy, d.mail_without_spf):
        part()
    return d.cap
