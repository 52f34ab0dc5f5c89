# SPDX-License-Identifier: Apache-2.0
"""Parts that the captures are made of: hosts, frames, conversations, and a writer. Everything is deterministic: times, numbers and
ports are counted, nothing is drawn at random, so that the same bytes come out every time."""
import logging
import struct

logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
from scapy.all import (ARP, BOOTP, DHCP, DNS, DNSQR, DNSRR, DNSRROPT, DNSRRSOA, ICMP, IP, LLC, NTP, SNAP, STP, TCP, UDP,  # noqa: E402
                       Dot3, Dot1Q, Ether, ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6MLQuery2, ICMPv6MLReport2, ICMPv6MLDMultAddrRec,
                       ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_RS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptMTU,
                       ICMPv6NDOptPrefixInfo, ICMPv6NDOptRDNSS, ICMPv6NDOptSrcLLAddr, IPv6, IPv6ExtHdrHopByHop, Raw, RouterAlert)
from scapy.layers.inet6 import in6_chksum  # noqa: E402,F401
from scapy.layers.dhcp6 import (DHCP6_Advertise, DHCP6_InfoRequest, DHCP6_Reply, DHCP6_Request, DHCP6_Solicit, DHCP6OptClientFQDN,  # noqa: E402
                                DHCP6OptClientId, DHCP6OptDNSServers, DHCP6OptElapsedTime, DHCP6OptIA_NA, DHCP6OptIAAddress,
                                DHCP6OptServerId, DUID_LL)

OFFICE_DAY = 1763940600 + 365 * 86400  # 2026-11-23T23:30:00Z, 08:30 in Tokyo


class Host:
    """A machine: MAC, VLAN, addresses, name. Its IP identifications and ports are counted."""

    def __init__(self, mac, ip=None, ip6=None, vlan=None, name=None):
        self.mac, self.ip, self.ip6, self.vlan, self.name = mac, ip, ip6, vlan, name
        self.ident, self.port = 1, 49152

    def link_local(self):
        b = bytes(int(x, 16) for x in self.mac.split(":"))
        e = bytes([b[0] ^ 2, b[1], b[2], 0xff, 0xfe, b[3], b[4], b[5]])
        return "fe80::" + ":".join(f"{e[i] << 8 | e[i + 1]:x}" for i in range(0, 8, 2))

    def next_port(self):
        self.port += 1
        return self.port

    def next_ident(self):
        self.ident = self.ident % 65535 + 1
        return self.ident


class Capture:
    """Frames with their times; written in the order of time."""

    def __init__(self, start=OFFICE_DAY, linktype=1):
        self.start, self.linktype, self.frames = start, linktype, []

    def add(self, at, frame):
        """at: seconds from the start."""
        self.frames.append((round((self.start + at) * 1_000_000), len(self.frames), bytes(frame)))

    def sorted(self):
        return [(t, f) for t, _, f in sorted(self.frames, key=lambda x: (x[0], x[1]))]

    def write_pcap(self, path):
        with open(path, "wb") as f:
            f.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, self.linktype))
            for t, frame in self.sorted():
                f.write(struct.pack("<IIII", t // 1_000_000, t % 1_000_000, len(frame), len(frame)) + frame)

    def write_pcapng(self, path, iface):
        def option(code, value):
            return struct.pack("<HH", code, len(value)) + value + b"\0" * (-len(value) % 4)

        def block(kind, body):
            body += b"\0" * (-len(body) % 4)
            return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

        with open(path, "wb") as f:
            f.write(block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1) + option(4, b"captures/make.py") + option(0, b"")))
            f.write(block(1, struct.pack("<HHI", 1, 0, 262144) + option(2, iface.encode()) + option(9, b"\x06") + option(0, b"")))
            for t, frame in self.sorted():
                f.write(block(6, struct.pack("<IIIII", 0, t >> 32, t & 0xffffffff, len(frame), len(frame)) + frame))


def ether(src, dst_mac, vlan=None, type_=None):
    e = Ether(src=src.mac, dst=dst_mac)
    vlan = src.vlan if vlan is None else vlan
    if type_ is not None:
        e.type = type_
    return e / Dot1Q(vlan=vlan) if vlan else e


class Net:
    """A capture with a router in it: knows through which MAC one host reaches another, and on which VLAN the mirror shows it."""

    def __init__(self, cap, router_mac="00:00:5e:00:53:01"):
        self.cap, self.router_mac = cap, router_mac

    def frame(self, src, dst, v6=False, vlan=None):
        """Ethernet and IP header from src to dst, as seen on the inside host's VLAN."""
        same = src.vlan == dst.vlan and src.vlan is not None
        at = vlan if vlan is not None else src.vlan if src.vlan is not None else dst.vlan
        smac = src.mac if src.vlan is not None else self.router_mac
        dmac = dst.mac if dst.vlan is not None and (same or src.vlan is None) else self.router_mac
        e = Ether(src=smac, dst=dmac)
        if at:
            e = e / Dot1Q(vlan=at)
        if v6:
            return e / IPv6(src=src.ip6, dst=dst.ip6, hlim=64 if src.vlan is not None else 57)
        return e / IP(src=src.ip, dst=dst.ip, id=src.next_ident(), ttl=64 if src.vlan is not None else 57, flags="DF")

    def udp(self, at, src, dst, sport, dport, payload, v6=False):
        self.cap.add(at, self.frame(src, dst, v6) / UDP(sport=sport, dport=dport) / payload)

    def tcp(self, at, client, server, dport, talk, v6=False, end="fin", gap=0.01, sport=None):
        """A connection: talk is a list of (from_client, bytes). end: fin, rst, refused, silent, open. @return its end time"""
        sport = sport or client.next_port()
        seq = {True: 1_000_000 + sport * 7, False: 5_000_000 + sport * 11}

        def send(up, flags, data=b""):
            nonlocal at
            a, b = (client, server) if up else (server, client)
            ports = dict(sport=sport, dport=dport) if up else dict(sport=dport, dport=sport)
            ack = seq[not up] if "A" in flags else 0
            options = [("MSS", 1440 if v6 else 1460), ("SAckOK", b""), ("NOP", None), ("WScale", 7)] if flags in ("S", "SA") else []
            seg = TCP(flags=flags, seq=seq[up], ack=ack, window=64240, options=options, **ports)
            self.cap.add(at, self.frame(a, b, v6) / seg / Raw(data) if data else self.frame(a, b, v6) / seg)
            seq[up] += len(data) + ("S" in flags) + ("F" in flags)
            at += gap

        send(True, "S")
        if end == "silent":
            return at
        if end == "refused":
            send(False, "RA")
            return at
        send(False, "SA")
        send(True, "A")
        for up, data in talk:
            for i in range(0, len(data), 1400):
                send(up, "PA", data[i:i + 1400])
            send(not up, "A")
        if end == "fin":
            send(True, "FA")
            send(False, "FA")
            send(True, "A")
        elif end == "rst":
            send(True, "RA")
        return at

    def dns(self, at, client, server, name, qtype="A", answers=(), rcode=0, ra=1, aa=0, rd=1, soa=None, v6=False, answer=True, edns=True,
            ident=None):
        """A question and, 20 ms later, its answer. answers: [(type, rdata)]."""
        sport, ident = client.next_port(), ident or (client.port * 31 & 0xffff)
        opt = DNSRROPT(rclass=1232) if edns else None
        q = DNSQR(qname=name, qtype=qtype)
        self.udp(at, client, server, sport, 53, DNS(id=ident, rd=rd, qd=q, ar=opt), v6)
        if not answer:
            return
        an = None
        for kind, data in answers:
            rr = DNSRR(rrname=name, type=kind, ttl=300, rdata=data)
            an = rr if an is None else an / rr
        ns = DNSRRSOA(rrname=soa, mname="ns." + soa, rname="hostmaster." + soa, serial=1, ttl=300, minimum=300) if soa else None
        self.udp(at + 0.02, server, client, 53, sport, DNS(id=ident, qr=1, rd=rd, ra=ra, aa=aa, rcode=rcode, qd=q, an=an, ns=ns, ar=opt), v6)

    def fragments(self, at, frame, size=1480, backwards=False):
        """An IPv4 datagram in pieces (RFC 791 3.2) of `size` bytes, a multiple of 8."""
        data, head = bytes(frame[IP])[20:], frame.copy()
        head[IP].remove_payload()
        for off in range(0, len(data), size):
            part = head.copy()
            part[IP].proto, part[IP].frag, part[IP].flags = IP(bytes(frame[IP])).proto, off // 8, "MF" if off + size < len(data) else 0
            self.cap.add(at + (len(data) - off if backwards else off) * 1e-7, part / Raw(data[off:off + size]))

    def arp_announce(self, at, host):
        """Three probes and an announcement (RFC 5227 2.1.1, 2.3)."""
        e = ether(host, "ff:ff:ff:ff:ff:ff")
        for k in range(3):
            self.cap.add(at + k, e / ARP(op=1, hwsrc=host.mac, psrc="0.0.0.0", pdst=host.ip))
        self.cap.add(at + 4, e / ARP(op=1, hwsrc=host.mac, psrc=host.ip, pdst=host.ip))

    def arp(self, at, host, target_ip, target_mac):
        e = ether(host, "ff:ff:ff:ff:ff:ff")
        self.cap.add(at, e / ARP(op=1, hwsrc=host.mac, psrc=host.ip, pdst=target_ip))
        other = Host(target_mac, target_ip, vlan=host.vlan)
        self.cap.add(at + 0.001, ether(other, host.mac) / ARP(op=2, hwsrc=target_mac, psrc=target_ip, hwdst=host.mac, pdst=host.ip))

    def dhcp(self, at, host, server):
        """Four messages; the client tells its name."""
        chaddr = bytes(int(x, 16) for x in host.mac.split(":"))
        xid = 0x20000000 | int.from_bytes(chaddr[3:], "big")
        options = [("client_id", b"\x01" + chaddr), ("hostname", host.name or "pc"), ("vendor_class_id", "MSFT 5.0"),
                   ("param_req_list", [1, 3, 6, 15])]

        def client(t, kind, extra=()):
            e = ether(host, "ff:ff:ff:ff:ff:ff")
            self.cap.add(t, e / IP(src="0.0.0.0", dst="255.255.255.255", id=host.next_ident()) / UDP(sport=68, dport=67) /
                         BOOTP(op=1, chaddr=chaddr, xid=xid, flags=0x8000) / DHCP(options=[("message-type", kind)] + options + list(extra) + ["end"]))

        def answer(t, kind):
            e = ether(Host(server.mac, server.ip, vlan=host.vlan), "ff:ff:ff:ff:ff:ff")
            self.cap.add(t, e / IP(src=server.ip, dst="255.255.255.255", id=server.next_ident()) / UDP(sport=67, dport=68) /
                         BOOTP(op=2, chaddr=chaddr, xid=xid, yiaddr=host.ip, siaddr=server.ip) /
                         DHCP(options=[("message-type", kind), ("server_id", server.ip), ("lease_time", 28800), ("subnet_mask", "255.255.252.0"),
                                       ("router", server.ip), ("name_server", server.ip), "end"]))

        client(at, "discover")
        answer(at + 0.01, "offer")
        client(at + 0.02, "request", [("requested_addr", host.ip), ("server_id", server.ip)])
        answer(at + 0.03, "ack")

    def dhcp_renew(self, at, host, server):
        """At half of the lease: a request and an acknowledgement, both unicast (RFC 2131 4.4.5)."""
        chaddr = bytes(int(x, 16) for x in host.mac.split(":"))
        there = Host(server.mac, server.ip, vlan=host.vlan)
        xid = 0x30000000 | int.from_bytes(chaddr[3:], "big")
        self.cap.add(at, self.frame(host, there) / UDP(sport=68, dport=67) / BOOTP(op=1, chaddr=chaddr, xid=xid, ciaddr=host.ip) /
                     DHCP(options=[("message-type", "request"), ("client_id", b"\x01" + chaddr), ("hostname", host.name or "pc"), "end"]))
        self.cap.add(at + 0.01, self.frame(there, host) / UDP(sport=67, dport=68) /
                     BOOTP(op=2, chaddr=chaddr, xid=xid, ciaddr=host.ip, yiaddr=host.ip) /
                     DHCP(options=[("message-type", "ack"), ("server_id", server.ip), ("lease_time", 28800), "end"]))

    def llmnr(self, at, host, name, v6=False):
        if v6:
            p = ether(host, "33:33:00:01:00:03") / IPv6(src=host.link_local(), dst="ff02::1:3", hlim=1)
        else:
            p = ether(host, "01:00:5e:00:00:fc") / IP(src=host.ip, dst="224.0.0.252", ttl=1, id=host.next_ident())
        self.cap.add(at, p / UDP(sport=host.next_port(), dport=5355) / DNS(id=host.port, qr=0, rd=0, qd=DNSQR(qname=name, qtype="A")))

    # --- IPv6 on the link ---
    def mld_query(self, at, router, src="fe80::1"):
        self.cap.add(at, ether(router, "33:33:00:00:00:01") / IPv6(src=src, dst="ff02::1", hlim=1) /
                     IPv6ExtHdrHopByHop(options=[RouterAlert()]) / ICMPv6MLQuery2(mrd=10000))

    def mld(self, at, host, group="ff02::fb", src=None):
        self.cap.add(at, ether(host, "33:33:00:00:00:16") / IPv6(src=src or host.link_local(), dst="ff02::16", hlim=1) /
                     IPv6ExtHdrHopByHop(options=[RouterAlert()]) / ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=4, dst=group)]))

    def dad(self, at, host, address=None):
        address = address or host.link_local()
        import ipaddress
        low = ipaddress.IPv6Address(address).packed[13:]
        group = f"ff02::1:ff{low[0]:02x}:{low[1]:02x}{low[2]:02x}"
        mac = f"33:33:ff:{low[0]:02x}:{low[1]:02x}:{low[2]:02x}"
        self.cap.add(at, ether(host, mac) / IPv6(src="::", dst=group, hlim=255) / ICMPv6ND_NS(tgt=address))

    def rs(self, at, host):
        self.cap.add(at, ether(host, "33:33:00:00:00:02") / IPv6(src=host.link_local(), dst="ff02::2", hlim=255) / ICMPv6ND_RS() /
                     ICMPv6NDOptSrcLLAddr(lladdr=host.mac))

    def ra(self, at, router, prefix=None, lifetime=1800, rdnss=None, dst="ff02::1", dst_mac="33:33:00:00:00:01", src=None, **flags):
        p = ether(router, dst_mac) / IPv6(src=src or router.link_local(), dst=dst, hlim=255) / ICMPv6ND_RA(routerlifetime=lifetime, **flags) / \
            ICMPv6NDOptSrcLLAddr(lladdr=router.mac) / ICMPv6NDOptMTU(mtu=1500)
        if prefix:
            p = p / ICMPv6NDOptPrefixInfo(prefix=prefix, prefixlen=64, L=1, A=1, validlifetime=86400, preferredlifetime=14400)
        if rdnss:
            p = p / ICMPv6NDOptRDNSS(dns=[rdnss], lifetime=1800)
        self.cap.add(at, p)

    def mdns6(self, at, host, name):
        self.cap.add(at, ether(host, "33:33:00:00:00:fb") / IPv6(src=host.link_local(), dst="ff02::fb", hlim=255) / UDP(sport=5353, dport=5353) /
                     DNS(id=0, qr=0, rd=0, qd=DNSQR(qname=name + ".local", qtype="ANY")))

    def mdns4(self, at, host, name):
        self.cap.add(at, ether(host, "01:00:5e:00:00:fb") / IP(src=host.ip, dst="224.0.0.251", ttl=255, id=host.next_ident()) / UDP(sport=5353, dport=5353) /
                     DNS(id=0, qr=0, rd=0, qd=DNSQR(qname=name, qtype="PTR")))


def client_hello(name):
    """A TLS 1.3 ClientHello with a server name; the random bytes are counted."""
    sni = name.encode()
    ext = struct.pack("!HHHBH", 0, len(sni) + 5, len(sni) + 3, 0, len(sni)) + sni
    ext += struct.pack("!HHBHH", 43, 5, 4, 0x0304, 0x0303) + struct.pack("!HHH", 10, 4, 2) + b"\0\x1d"
    body = b"\x03\x03" + bytes(range(32)) + b"\x20" + bytes(range(32)) + struct.pack("!HHH", 4, 0x1301, 0x1302) + b"\1\0"
    body += struct.pack("!H", len(ext)) + ext
    hand = b"\1" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\x03\1" + struct.pack("!H", len(hand)) + hand


def server_hello():
    body = b"\x03\x03" + bytes(range(64, 96)) + b"\x20" + bytes(range(32)) + b"\x13\x01\0" + struct.pack("!HHHH", 6, 43, 2, 0x0304)
    hand = b"\2" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\x03\3" + struct.pack("!H", len(hand)) + hand + b"\x17\x03\3" + struct.pack("!H", 600) + bytes(i * 7 & 255 for i in range(600))


def tls_data(length, step):
    """Records of application data; one holds at most 2^14 bytes (RFC 8446 5.1)."""
    out = b""
    for at in range(0, length, 16000):
        n = min(16000, length - at)
        out += b"\x17\x03\3" + struct.pack("!H", n) + bytes(i * step & 255 for i in range(n))
    return out


def tls_talk(name, up=800, down=4000):
    return [(True, client_hello(name)), (False, server_hello()), (True, tls_data(up, 3)), (False, tls_data(down, 5))]


def starttls_talk(helo):
    """The sender goes over to TLS before it names anyone (RFC 3207)."""
    return [(False, b"220 mx1.city.minato.example ESMTP\r\n"), (True, b"EHLO " + helo.encode() + b"\r\n"),
            (False, b"250-mx1.city.minato.example\r\n250-STARTTLS\r\n250 SIZE 20480000\r\n"), (True, b"STARTTLS\r\n"),
            (False, b"220 2.0.0 Ready to start TLS\r\n")] + tls_talk("mx1.city.minato.example", 1500, 600)


def smtp_talk(sender, recipient, helo="mail.example", accept=True):
    host = b"220 mx1.city.minato.example ESMTP\r\n"
    talk = [(False, host), (True, b"EHLO " + helo.encode() + b"\r\n"), (False, b"250-mx1.city.minato.example\r\n250-PIPELINING\r\n250 SIZE 20480000\r\n"),
            (True, b"MAIL FROM:<" + sender.encode() + b">\r\n"), (False, b"250 2.1.0 Ok\r\n"), (True, b"RCPT TO:<" + recipient.encode() + b">\r\n")]
    if not accept:
        return talk + [(False, b"550 5.1.1 No such user\r\n"), (True, b"QUIT\r\n"), (False, b"221 2.0.0 Bye\r\n")]
    return talk + [(False, b"250 2.1.5 Ok\r\n"), (True, b"DATA\r\n"), (False, b"354 End data with <CR><LF>.<CR><LF>\r\n"),
                   (True, b"From: <" + sender.encode() + b">\r\nTo: <" + recipient.encode() + b">\r\nSubject: hello\r\n\r\nhello\r\n.\r\n"),
                   (False, b"250 2.0.0 Ok: queued as 4F1A2\r\n"), (True, b"QUIT\r\n"), (False, b"221 2.0.0 Bye\r\n")]


def quic_initial(length=1200, version=1, dcid=b"\x83\x94\xc8\xf0\x3e\x51\x57\x08", scid=b"", first=0xc3):
    head = bytes([first]) + struct.pack("!I", version) + bytes([len(dcid)]) + dcid + bytes([len(scid)]) + scid
    if first & 0x30 == 0:
        head += b"\0"  # only an Initial has a token
    rest = length - len(head) - 2
    return head + struct.pack("!H", 0x4000 | rest) + bytes(i * 11 & 255 for i in range(rest))
