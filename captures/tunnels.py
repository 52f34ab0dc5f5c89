# SPDX-License-Identifier: Apache-2.0
"""Captures of tunnels: each kind once between a terminal inside and an end outside, overlays inside, what an ICMP error quotes, translators."""
import ipaddress
import struct

from scapy.layers.inet6 import ICMPv6PacketTooBig

from kit import *  # noqa: F403  (a kit of parts)

ROUTER = "00:00:5e:00:53:01"


def inside(n):
    return Host(f"00:00:5e:00:53:{n:02x}", ip=f"10.30.1.{n}", ip6=f"fd00:30:1::{n:x}", vlan=0)


def server(n):
    return Host(f"00:00:5e:00:53:{n:02x}", ip=f"10.30.9.{n}", ip6=f"fd00:30:9::{n:x}", vlan=0)


def outside(n):
    return Host(ROUTER, ip=f"198.51.100.{n}", ip6=f"2001:db8:ff::{n:x}")


def ping6(k, up):
    a, b = "2001:db8:41::2", "2001:db8:80::80"
    echo = ICMPv6EchoRequest if up else ICMPv6EchoReply
    return IPv6(src=a if up else b, dst=b if up else a, hlim=60) / echo(id=7, seq=k, data=b"0123456789")


def ping4(k, up, a="192.168.7.2", b="192.0.2.80"):
    return IP(src=a if up else b, dst=b if up else a, ttl=60, id=k + 1) / ICMP(type=8 if up else 0, id=7, seq=k) / Raw(b"0123456789")


def carried(cap, net, at, one, other, wrap, inner, v6=False, n=2):
    """n packets each way: wrap(frame, inner, up) gives the outer packet with what it carries."""
    for k in range(n):
        for up in (True, False):
            a, b = (one, other) if up else (other, one)
            cap.add(at + k + (0 if up else 0.03), wrap(net.frame(a, b, v6), inner(k, up), up))


def behind(proto, header=b""):
    def wrap(frame, inner, up):
        ip = frame[IPv6] if IPv6 in frame else frame[IP]
        setattr(ip, "nh" if IPv6 in frame else "proto", proto)
        return frame / Raw(header + bytes(inner))
    return wrap


def in_udp(port, header=b"", sport=None):
    def wrap(frame, inner, up):
        ports = dict(sport=sport or port, dport=port) if up else dict(sport=port, dport=sport or port)
        return frame / UDP(**ports) / Raw(header + bytes(inner))
    return wrap


AYIYA = bytes.fromhex("4152 1129".replace(" ", "")) + struct.pack(">I", int(OFFICE_DAY)) + bytes(15) + b"\1" + bytes(20)


def two_way():
    """One terminal a kind, every ten seconds, each with its own end outside."""
    cap = Capture()
    net = Net(cap)

    def add(n, wrap, inner, v6=False):
        carried(cap, net, 10 * (n - 0x60), inside(n), outside(n), wrap, inner, v6)

    add(0x60, behind(47, b"\0\0\x86\xdd"), ping6)                       # GRE, IPv6 inside
    add(0x61, behind(47, b"\x30\0\x08\0" + b"\0\0\0\7\0\0\0\1"), ping4)  # GRE with key and sequence, IPv4 inside
    add(0x62, behind(4), ping4, v6=True)                                # 4in6
    add(0x63, behind(4), ping4)                                         # IP in IP
    add(0x64, in_udp(5072, AYIYA), ping6)
    add(0x65, in_udp(3653, sport=50000), ping6)                         # TSP's data
    add(0x66, in_udp(6080, b"\0\x29\0\0", sport=50001), ping6)          # GUE
    add(0x67, behind(41), ping6, v6=True)                               # IPv6 in IPv6
    rs = IPv6(src="fe80::a1e:168", dst="ff02::2", hlim=255) / ICMPv6ND_RS()
    multicast = Host("01:00:5e:40:00:02", ip="239.192.0.2", vlan=0)
    cap.add(80, behind(41)(net.frame(inside(0x68), multicast), rs, True))  # 6over4 (RFC 2529)
    add(0x69, behind(4), lambda k, up: ping4(k, up, a="192.0.0.2"), v6=True)  # DS-Lite
    return cap


def framed(n, inner, src=None):
    a, b = Host("02:00:5e:10:00:01"), Host("02:00:5e:10:00:02")
    return Ether(src=(a if n else b).mac, dst=(b if n else a).mac) / inner


def vxlan(vni=7):
    return struct.pack(">II", 0x08000000, vni << 8)


def overlays():
    """VXLAN between two servers, from a terminal, and to the outside; GENEVE, NVGRE, EtherIP and a mirror's own transport between servers."""
    cap = Capture()
    net = Net(cap)

    def frames(k, up):
        return framed(up, ping4(k, up))

    carried(cap, net, 0, server(0x70), server(0x71), in_udp(4789, vxlan()), frames)
    carried(cap, net, 10, inside(0x72), server(0x71), in_udp(4789, vxlan()), frames)
    carried(cap, net, 20, server(0x73), outside(0x73), in_udp(4789, vxlan()), frames)
    carried(cap, net, 30, server(0x74), server(0x71), in_udp(6081, struct.pack(">HHI", 0, 0x6558, 9 << 8)), frames)
    carried(cap, net, 40, server(0x75), server(0x71), behind(47, b"\x20\0\x65\x58" + b"\0\x12\x34\x01"), frames)
    carried(cap, net, 50, server(0x76), server(0x71), behind(97, b"\x30\0"), frames)
    carried(cap, net, 60, server(0x77), server(0x71), behind(47, b"\x10\0\x88\xbe\0\0\0\7" + b"\x10\x14\0\x2a\0\0\0\5"), frames, n=1)
    return cap


def nested():
    """6in4 in 6in4 in IP in IP, and a packet whose inside leads back to its sender (RFC 6324)."""
    cap = Capture()
    net = Net(cap)
    a, b = inside(0x78), outside(0x78)
    inner = IP(src="192.0.2.1", dst="192.0.2.2", proto=41) / IPv6(src="2001:db8:1::1", dst="2001:db8:1::2", nh=41) / ping6(0, True)
    cap.add(0, behind(4)(net.frame(a, b), inner, True))
    c = Host("00:00:5e:00:53:79", ip="203.0.113.9", vlan=0)
    loop = IPv6(src="2001:db8:80::80", dst="2002:cb00:7109::1") / ICMPv6EchoRequest()
    cap.add(1, behind(41)(net.frame(c, Host(ROUTER, ip="192.88.99.1")), loop, True))
    return cap


def nested_eight():
    """Eight 6in4 tunnels in each other, each between ends of its own."""
    cap = Capture()
    net = Net(cap)
    inner = ping6(0, True)
    for k in range(7):  # IPv4 and IPv6 take turns
        inner = (IP(src=f"192.0.2.{k + 1}", dst=f"192.0.2.{k + 101}", proto=41) if k % 2 else IPv6(src=f"2001:db8:{k + 1}::1", dst=f"2001:db8:{k + 1}::2", nh=4 if k else 41)) / inner
    cap.add(0, behind(41)(net.frame(inside(0xdb), outside(0xdb)), inner, True))
    return cap


def bubbles():
    """Teredo bubbles between two ports that nobody assigned, answered; one that is not; data behind a bubble."""
    cap = Capture()
    net = Net(cap)

    def address(host, port):
        return str(ipaddress.IPv6Address(bytes.fromhex("20010000c6336403") + b"\0\0" + struct.pack(">H", port ^ 0xffff) + bytes(b ^ 0xff for b in ipaddress.IPv4Address(host).packed)))

    def bubble(a, b, up):
        return bytes(IPv6(src=a if up else b, dst=b if up else a, nh=59, plen=0))

    for at, n, answered in ((0, 0xdc, True), (10, 0xdd, False)):
        pc, peer = inside(n), outside(n)
        a, b = address("203.0.113.77", 40000), address(peer.ip, 52000)
        exchange(cap, net, at, pc, peer, 52000, [(True, bubble(a, b, True))] + [(False, bubble(a, b, False))] * answered, sport=51000)
    return cap


def gre_keepalive():
    """Two routers of one site keep a GRE tunnel alive (an empty GRE packet inside that comes back), and a terminal's packet loops for real."""
    cap = Capture()
    net = Net(cap)
    a, b = server(0xe0), server(0xe1)
    for k in range(3):
        back = IP(src=b.ip, dst=a.ip, proto=47) / Raw(b"\0\0\0\0")
        cap.add(10 * k, behind(47, b"\0\0\x08\0")(net.frame(a, b), back, True))
        cap.add(10 * k + 0.01, behind(47)(net.frame(b, a), Raw(b"\0\0\0\0"), True))
    return cap


def stt_segments(data, cut):
    """What looks like TCP: (sequence number, bytes) of each segment of a frame."""
    for at in range(0, len(data), cut):
        yield len(data) << 16 | at, data[at:at + cut]


def stt():
    """STT from a terminal to the outside and back: small frames, one of three segments; and TCP that uses its port in earnest."""
    cap = Capture()
    net = Net(cap)
    pc, peer = inside(0xde), outside(0xde)
    header = bytes([0, 0, 0, 0]) + bytes(4) + struct.pack(">Q", 77) + bytes(2)
    for k in range(4):
        up = k % 2 == 0
        inner = ping4(k, up) / Raw(bytes(3000 if k == 2 else 0))
        a, b = (pc, peer) if up else (peer, pc)
        for n, (sequence, data) in enumerate(stt_segments(header + bytes(framed(up, inner)), 1400)):
            cap.add(k + n * 0.001, net.frame(a, b) / TCP(sport=50100, dport=7471, seq=sequence, ack=k + 1, flags="A") / Raw(data))
    net.tcp(10, inside(0xdf), outside(0xdf), 7471, [(True, bytes(64)), (False, b"\0" * 40 + b"an answer")])
    return cap


def quoted():
    """Hosts and routers refuse tunnel packets that the mirror did not show: protocol 41 from inside, Teredo, GRE between sites."""
    cap = Capture()
    net = Net(cap)

    def error(at, src, dst, type_, code, inner):
        cap.add(at, net.frame(src, dst) / ICMP(type=type_, code=code) / Raw(bytes(inner)))

    pc, peer = inside(0x7a), outside(0x7a)
    error(0, peer, pc, 3, 2, IP(src=pc.ip, dst=peer.ip, proto=41) / ping6(0, True))
    pc, peer = inside(0x7b), outside(0x7b)
    error(1, pc, peer, 3, 2, IP(src=peer.ip, dst=pc.ip, proto=41) / ping6(0, True))
    pc, peer = inside(0x7c), outside(0x7c)
    error(2, peer, pc, 3, 4, IP(src=pc.ip, dst=peer.ip, proto=47) / Raw(b"\0\0\x08\0") / ping4(0, True))
    return cap


def quoted_v6():
    """The same over IPv6: a packet that carries IPv4 in IPv6 was too big."""
    cap = Capture()
    net = Net(cap)
    pc, peer = inside(0x7e), outside(0x7e)
    inner = IPv6(src=pc.ip6, dst=peer.ip6, nh=4) / ping4(0, True)
    cap.add(0, net.frame(peer, pc, True) / ICMPv6PacketTooBig(mtu=1280) / Raw(bytes(inner)))
    return cap


def tsp_setup():
    """A client greets a tunnel broker and asks for a tunnel (RFC 5572), over TCP; the broker gives one."""
    cap = Capture()
    net = Net(cap)
    ask = b'<tunnel action="create" type="v6anyv4"><client><address type="ipv4">10.30.1.127</address></client></tunnel>\r\n'
    give = (b'200 OK\r\n<tunnel action="info" type="v6v4" lifetime="1440"><server><address type="ipv4">198.51.100.127</address></server>'
            b'<client><address type="ipv4">10.30.1.127</address></client></tunnel>\r\n')
    length = b"Content-length: %d\r\n"
    net.tcp(0, inside(0x7f), outside(0x7f), 3653, [
        (True, b"VERSION=2.0.0\r\n"), (False, b"CAPABILITY TUNNEL=V6V4 TUNNEL=V6UDPV4 AUTH=ANONYMOUS\r\n"), (True, b"AUTHENTICATE ANONYMOUS\r\n"),
        (False, b"200 Success\r\n"), (True, length % len(ask) + ask), (False, length % len(give) + give)])
    return cap


def sixrd():
    """Option 212 gives the line's edge router its 6rd domain (2001:db8:6d::/48 with 24 shared bits, RFC 5969 7.1.1); it uses it, and so does a terminal."""
    cap = Capture()
    net = Net(cap)
    edge, pc = Host("00:00:5e:00:53:80", ip="10.30.1.128", vlan=0), inside(0x81)
    option = bytes([212, 22, 24, 48]) + bytes.fromhex("20010db8006d") + bytes(10) + bytes([198, 51, 100, 128])
    ack = BOOTP(op=2, xid=7, yiaddr=edge.ip, chaddr=bytes.fromhex(edge.mac.replace(":", "")), options=b"\x63\x82\x53\x63")
    cap.add(0, Ether(src=ROUTER, dst=edge.mac) / IP(src="10.30.1.1", dst=edge.ip) / UDP(sport=67, dport=68) / ack /
            Raw(bytes([53, 1, 5, 54, 4, 10, 30, 1, 1, 51, 4, 0, 0, 14, 16]) + option + b"\xff"))
    for at, host, low in ((1, edge, 128), (10, pc, 129)):
        home = f"2001:db8:6d:{low:x}00::1"

        def ping(k, up, home=home):
            echo = ICMPv6EchoRequest if up else ICMPv6EchoReply
            return IPv6(src=home if up else "2001:db8:80::80", dst="2001:db8:80::80" if up else home) / echo(id=9, seq=k)
        carried(cap, net, at, host, outside(128), behind(41), ping)
    return cap


def nat64():
    """IPv6 to IPv4 through a translator: the well-known prefix, and the well-known prefix before a private address (RFC 6052 3.1)."""
    cap = Capture()
    net = Net(cap)
    pc = Host("00:00:5e:00:53:7d", ip="10.30.1.125", ip6="2001:db8:30::7d", vlan=0)
    net.dns(0, pc, Host("00:00:5e:00:53:21", ip="10.30.0.2", vlan=0), "ipv4only.arpa", "AAAA",
            [("AAAA", "64:ff9b::c000:aa"), ("AAAA", "64:ff9b::c000:ab")])
    net.tcp(1, pc, Host(ROUTER, ip6="64:ff9b::cb00:7101"), 443, tls_talk("www.example.jp"), v6=True)
    net.tcp(5, pc, Host(ROUTER, ip6="64:ff9b::a00:1"), 443, tls_talk("intra.example.jp"), v6=True)
    return cap


def transition_native():
    """Native packets with 6to4 and Teredo addresses: of a terminal that has a router for them, and of a visitor from elsewhere; one that asks whether its address is free."""
    cap = Capture()
    net = Net(cap)
    web = Host(ROUTER, ip6="2001:db8:80::80")
    ours = {"6to4": "2002:c633:6401:1::d0", "teredo": "2001:0:c633:6402:8000:bfff:39cc:9bfd"}
    theirs = {"6to4": "2002:cb00:7107::7", "teredo": "2001:0:cb00:7109:8000:bfff:34ff:8ef8"}
    for k, kind in enumerate(("6to4", "teredo")):
        pc = Host(f"00:00:5e:00:53:{0xd0 + k:02x}", ip6=ours[kind], vlan=0)
        cap.add(20 * k, Ether(src=pc.mac, dst="33:33:ff:00:00:d0") / IPv6(src="::", dst="ff02::1:ff00:d0", hlim=255) / ICMPv6ND_NS(tgt=pc.ip6))
        net.tcp(20 * k + 1, pc, web, 443, tls_talk("www.example.jp"), v6=True)
        net.tcp(20 * k + 5, Host(ROUTER, ip6=theirs[kind]), Host("00:00:5e:00:53:d9", ip6="2001:db8:30::d9", vlan=0), 443, tls_talk("www.minato.example"), v6=True)
    return cap


def clat_leak():
    """A telephone's 464XLAT lets packets of its inner address 192.0.0.4 out (RFC 7335)."""
    cap = Capture()
    net = Net(cap)
    net.tcp(0, Host("00:00:5e:00:53:da", ip="192.0.0.4", vlan=0), outside(0xda), 443, tls_talk("www.example.jp"))
    return cap


def exchange(cap, net, at, a, b, port, payloads, sport=40000, v6=False):
    """payloads: (from a, bytes), each 30 ms after the other."""
    for k, (up, data) in enumerate(payloads):
        src, dst = (a, b) if up else (b, a)
        net.udp(at + 0.03 * k, src, dst, sport if up else port, port if up else sport, Raw(data), v6)


def openvpn_talk(crypt=False):
    client, server = b"\xc1\x02\x03\x04\x05\x06\x07\x08", b"\x5e\x02\x03\x04\x05\x06\x07\x09"
    if crypt:  # session, number, time; the rest is hidden
        number = [struct.pack(">II", n, int(OFFICE_DAY)) for n in (1, 2)]
        return [(True, b"\x38" + client + number[0] + bytes(range(100, 137))), (False, b"\x40" + server + number[0] + bytes(range(100, 149))),
                (True, b"\x28" + client + number[1] + bytes(range(100, 145)))]
    return [(True, b"\x38" + client + bytes(5)), (False, b"\x40" + server + b"\1" + bytes(4) + client + bytes(4)),
            (True, b"\x28" + client + b"\1" + bytes(4) + server), (True, b"\x30" + bytes(range(80))), (False, b"\x30" + bytes(range(80)))]


def ike(answer=False, spi=b"\x11" * 8):
    body = bytes(range(60))
    return spi + (b"\x22" * 8 if answer else bytes(8)) + bytes([33, 0x20, 34, 0x20 if answer else 8]) + bytes(4) + struct.pack(">I", 28 + len(body)) + body


def l2tp_control(kind):
    avp = bytes.fromhex("80080000000000") + bytes([kind]) + bytes.fromhex("80080000000900 07".replace(" ", ""))
    return struct.pack(">HHHHHH", 0xc802, 12 + len(avp), 0 if kind == 1 else 7, 0, 0, 0) + avp


def pptp_control(kind):
    return struct.pack(">HHIHHHBBIIHH", 156, 1, 0x1a2b3c4d, kind, 0, 0x0100, 1 if kind == 2 else 0, 0, 3, 3, 0, 1) + bytes(128)


def zerotier(hello, own, other):
    if hello:
        return bytes(range(8)) + other + own + b"\0" + bytes(8) + b"\1" + b"\x0b\1\x0a\0\2" + bytes(8) + own + b"\0" + bytes(range(64)) + b"\0"
    return bytes(range(8)) + other + own + b"\x08" + bytes(range(60))


def vpns():
    """One terminal a kind with a server outside, answered; then questions that nobody answers, and IPsec to another site."""
    cap = Capture()
    net = Net(cap)
    i, j = b"\xaa\1\2\3", b"\xbb\1\2\3"
    wire = [(True, b"\1\0\0\0" + i + bytes(range(140))), (False, b"\2\0\0\0" + j + i + bytes(range(80))),
            (True, b"\4\0\0\0" + j + bytes(8) + bytes(range(112))), (False, b"\4\0\0\0" + i + bytes(8) + bytes(range(112)))]
    exchange(cap, net, 0, inside(0x90), outside(0x90), 51820, wire)
    exchange(cap, net, 10, inside(0x91), outside(0x91), 1194, openvpn_talk())
    exchange(cap, net, 20, inside(0x92), outside(0x92), 443, openvpn_talk(crypt=True))
    exchange(cap, net, 30, inside(0x93), outside(0x93), 500, [(True, ike()), (False, ike(True))], sport=500)
    esp = struct.pack(">II", 0x1000, 1) + bytes(range(96))
    carried(cap, net, 31, inside(0x93), outside(0x93), behind(50), lambda k, up: Raw(esp))
    exchange(cap, net, 40, inside(0x94), outside(0x94), 1701, [(True, l2tp_control(1)), (False, l2tp_control(2))], sport=1701)
    net.tcp(50, inside(0x95), outside(0x95), 1723, [(True, pptp_control(1)), (False, pptp_control(2))])
    carried(cap, net, 52, inside(0x95), outside(0x95), behind(47, b"\x30\1\x88\x0b\0\x24\0\7\0\0\0\1"), lambda k, up: Raw(bytes(36)))
    net.tcp(60, inside(0x96), outside(0x96), 655, [(True, b"0 office 17.7\n"), (False, b"0 home 17.7\n")])
    a, b = b"\x1a\x2b\x3c\x4d\x5e", b"\x77\x88\x99\xaa\xbb"
    exchange(cap, net, 70, inside(0x97), outside(0x97), 9993, [(True, zerotier(True, a, b)), (False, zerotier(False, b, a))], sport=9993)
    disco = b"TS\xf0\x9f\x92\xac" + bytes(range(100))
    exchange(cap, net, 80, inside(0x98), outside(0x98), 41641, [(True, disco), (False, disco)], sport=41641)
    nebula = [b"\x10\0\0\0" + index + struct.pack(">Q", n) + bytes(range(120)) for n, index in ((1, bytes(4)), (2, i))]
    exchange(cap, net, 90, inside(0x99), outside(0x99), 4242, [(True, nebula[0]), (False, nebula[1])], sport=4242)
    hello = [b"\x16\xfe\xfd" + bytes(8) + struct.pack(">H", 80) + bytes([kind]) + bytes(range(79)) for kind in (1, 2)]
    exchange(cap, net, 100, inside(0x9a), outside(0x9a), 443, [(True, hello[0]), (False, hello[1])])
    exchange(cap, net, 110, inside(0x9b), outside(0x9b), 51820, wire[:1])
    exchange(cap, net, 120, inside(0x9c), outside(0x9c), 1194, openvpn_talk()[:1])
    carried(cap, net, 130, server(0x9d), outside(0x9d), behind(50), lambda k, up: Raw(esp))
    return cap


def zerotier_ports():
    """ZeroTier of four terminals on other ports than its own, one unanswered. Then each and its peer talk of other things, within ten seconds of
    one another's HELLOs: the volume of a tunnel is the handshake's, whatever else two hosts send."""
    cap = Capture()
    net = Net(cap)
    a, b = b"\x1a\x2b\x3c\x4d\x5e", b"\x77\x88\x99\xaa\xbb"
    for k in range(4):
        pc, peer = inside(0xa4 + k), outside(0xa4 + k)
        talk = [(True, zerotier(True, a, b)), (False, zerotier(False, b, a))]
        exchange(cap, net, 8 * k, pc, peer, 23456, talk[:1] if k == 3 else talk, sport=12345 + k)
        for second in range(1, 30):
            exchange(cap, net, 8 * k + second, pc, peer, 8000, [(up, bytes([0x80 + second]) + bytes(range(60))) for up in (True, False)])
    return cap


def lookalikes():
    """What begins like a VPN or like IP and is none: STUN, RTP, QUIC, DNS, a game's short packets, answers without questions."""
    cap = Capture()
    net = Net(cap)
    pc, peer = inside(0xa0), outside(0xa0)
    i = b"\xaa\1\2\3"
    stun = bytes.fromhex("000100002112a442") + bytes(range(12))
    rtp = [b"\x80\x60" + struct.pack(">HII", n, n * 160, 7) + bytes(160) for n in range(8)]
    exchange(cap, net, 0, pc, peer, 3478, [(k % 2 == 0, stun) for k in range(6)])
    exchange(cap, net, 10, pc, peer, 16384, [(k % 2 == 0, p) for k, p in enumerate(rtp)])
    exchange(cap, net, 20, pc, peer, 443, [(True, quic_initial()), (False, quic_initial(dcid=b"", scid=b"\xf0" * 8))] +
             [(k % 2 == 0, bytes([first]) + bytes(range(9, 62))) for k, first in enumerate((0x50, 0x40, 0x58, 0x40, 0x50, 0x48))])
    exchange(cap, net, 30, pc, peer, 27015, [(k % 2 == 0, b"\x38" + bytes([k]) * 41) for k in range(6)])
    exchange(cap, net, 40, pc, peer, 51820, [(False, b"\2\0\0\0" + i + i + bytes(80)), (True, b"\1\0\0\0" + bytes(60))])
    exchange(cap, net, 50, pc, peer, 40001, [(k % 2 == 0, b"\x60\0\0\0" + bytes(80)) for k in range(8)])
    exchange(cap, net, 60, pc, peer, 40002, [(k % 2 == 0, b"frame" + bytes([k]) + bytes(ping4(k, True)) + b"tail") for k in range(8)])
    net.dns(70, pc, Host(ROUTER, ip="198.51.100.53"), "www.example.jp", "A", [("A", "192.0.2.80")])
    return cap


def unknown_encapsulation():
    """IP behind 4 bytes in UDP, IP at once in TCP with a length before it: what somebody wrote himself. And what is too little to say so."""
    cap = Capture()
    net = Net(cap)
    four = [(k % 2 == 0, b"HM" + struct.pack(">H", k) + bytes(ping6(k, k % 2 == 0))) for k in range(8)]
    exchange(cap, net, 0, inside(0xb0), outside(0xb0), 33000, four)
    plain = [(k % 2 == 0, bytes(ping4(k, k % 2 == 0))) for k in range(8)]
    net.tcp(10, inside(0xb1), outside(0xb1), 8443, [(up, struct.pack(">H", len(p)) + p) for up, p in plain])
    exchange(cap, net, 20, inside(0xb2), outside(0xb2), 33001, four[:4])
    exchange(cap, net, 30, inside(0xb3), outside(0xb3), 33002, [(True, p) for _, p in four])
    return cap


def tunnel_names():
    """isatap and Teredo's server asked of the resolver, one answered; a telephone's ipv4only.arpa; isatap by LLMNR and NetBIOS, and who holds it."""
    cap = Capture()
    net = Net(cap)
    resolver = Host("00:00:5e:00:53:21", ip="10.30.0.2", vlan=0)
    pc, phone, router = inside(0xc0), inside(0xc1), inside(0xc2)
    net.dns(0, pc, resolver, "isatap.city.minato.example", "A", rcode=3)
    net.dns(1, pc, resolver, "win10.ipv6.microsoft.com", "A", rcode=3)
    net.dns(2, phone, resolver, "ipv4only.arpa", "AAAA", soa="arpa")
    net.dns(3, inside(0xc3), resolver, "isatap.branch.minato.example", "A", [("A", "10.30.9.77")])
    question = DNS(id=9, rd=0, qd=DNSQR(qname="isatap", qtype="A"))
    net.udp(10, pc, Host("01:00:5e:00:00:fc", ip="224.0.0.252", vlan=0), 50111, 5355, question)
    net.udp(10.1, router, pc, 5355, 50111, DNS(id=9, qr=1, rd=0, qd=DNSQR(qname="isatap", qtype="A"), an=DNSRR(rrname="isatap", type="A", ttl=30, rdata=router.ip)))
    label = "".join(chr(65 + (c >> 4)) + chr(65 + (c & 15)) for c in b"ISATAP         \0")
    nbns = struct.pack(">HHHHHH", 11, 0x0110, 1, 0, 0, 0) + b"\x20" + label.encode() + b"\0" + struct.pack(">HH", 0x20, 1)
    net.udp(11, pc, Host("ff:ff:ff:ff:ff:ff", ip="10.30.1.255", vlan=0), 137, 137, Raw(nbns))
    return cap


TUNNELS = {"tunnel-names": tunnel_names, "unknown-encapsulation": unknown_encapsulation, "vpns": vpns, "vpn-zerotier-ports": zerotier_ports, "vpn-lookalikes": lookalikes,
           "tunnels-two-way": two_way, "overlays": overlays, "tunnels-nested": nested, "tunnels-nested-eight": nested_eight, "teredo-bubbles": bubbles, "stt": stt, "gre-keepalive": gre_keepalive, "tunnels-quoted": quoted, "nat64": nat64,
           "tunnels-quoted-v6": quoted_v6, "tsp-setup": tsp_setup, "sixrd": sixrd,
           "transition-native": transition_native, "clat-leak": clat_leak}
