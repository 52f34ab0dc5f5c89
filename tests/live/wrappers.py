# SPDX-License-Identifier: Apache-2.0
"""Ways to wrap an Ethernet frame that carries IPv6, written from the standards alone and with nothing but struct: this is the independent
side of the tests, so it reads neither src/decode nor a library's idea of these headers.

A wrapper takes a frame and gives a frame. What it did is told beside the bytes: the names of the headers from the outside to the inner
IPv6 header, extension headers left out (the `tunnel.path` of an event begins so), the VLAN ids of the outermost tags, and the tunnels from the outside in.

    WRAPPERS["vxlan"](frame) -> Unit(kind="eth", data=..., path=("eth", "ip4", "udp", "vxlan", "eth", "ip6"), vlans=(), tunnels=("vxlan",))
"""
import struct
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address

OUTER_MAC, PEER_MAC = bytes.fromhex("02005e100001"), bytes.fromhex("02005e100002")
CUSTOMER_MAC, CUSTOMER_PEER = bytes.fromhex("02005e100003"), bytes.fromhex("02005e100004")
HERE4, THERE4 = "192.0.2.9", "198.51.100.9"
HERE6, THERE6 = "2001:db8:9::9", "2001:db8:a::a"


@dataclass(frozen=True)
class Unit:
    """Bytes that begin with an Ethernet header ("eth"), an IP header ("ip") or an IP payload (its protocol number)."""
    kind: object
    data: bytes
    path: tuple
    vlans: tuple = ()
    tunnels: tuple = ()
    mac: object = None  # sender by the Ethernet header next to the inner packet; "" where an IP header is next, None: none yet


def frame_of(data):
    return Unit("eth", data, ("eth", "ip6"), mac=data[6:12])


def packet_of(u):
    """The IPv6 packet of a frame: tunnels that carry IP have no use for its Ethernet header."""
    assert u.kind == "eth" and u.data[12:14] == b"\x86\xdd", "a bare frame that carries IPv6"
    return replace(u, kind="ip", data=u.data[14:], path=u.path[1:], mac=None)


def sealed(u):
    """u is to stand behind an IP header."""
    return replace(u, mac="") if u.mac is None else u


def behind(u, header, *names, kind=None, tunnel=None):
    """u behind a header."""
    return replace(u, kind=kind or u.kind, data=header + u.data, path=names + u.path, tunnels=((tunnel,) if tunnel else ()) + u.tunnels)


def ip_type(u):
    return 0x86dd if u.data[0] >> 4 == 6 else 0x0800


# --- link ---------------------------------------------------------------------------------------------------------------

def ether(u, type_=None, src=OUTER_MAC, dst=PEER_MAC):
    """Ethernet II. An IPv6 multicast goes to 33:33 and its last four bytes (RFC 2464 7), one of IPv4 to 01:00:5e (RFC 1112 6.4)."""
    type_ = ip_type(u) if type_ is None else type_
    if type_ == 0x0800 and u.data[16] >> 4 == 14:
        dst = b"\x01\x00\x5e" + bytes([u.data[17] & 0x7f]) + u.data[18:20]
    if type_ == 0x86dd and u.data[24] == 0xff:
        dst = b"\x33\x33" + u.data[36:40]
    u = replace(u, mac=src) if u.mac is None else u
    return behind(u, dst + src + struct.pack(">H", type_), "eth", kind="eth")


def tagged(u, tpid, vid, pcp=0):
    """A tag (IEEE 802.1Q 9.3): protocol identifier, then priority 3, drop eligible 1, identifier 12 bits."""
    return replace(u, data=u.data[:12] + struct.pack(">HH", tpid, pcp << 13 | vid) + u.data[12:], path=(u.path[0], "vlan") + u.path[1:],
                   vlans=(vid,) + u.vlans)


def snap(u, length=None):
    """LLC AA AA 03, SNAP with the organisation code 0 and the EtherType (RFC 1042); before them the length (IEEE 802.3 3.2.6)."""
    pdu = b"\xaa\xaa\x03\0\0\0" + u.data[12:]
    return replace(u, data=u.data[:12] + struct.pack(">H", len(pdu) if length is None else length) + pdu, path=(u.path[0], "llc") + u.path[1:])


def ppp(u, address=b""):
    """The protocol number of IPv6 is 0057 (RFC 5072 2), of IPv4 0021 (RFC 1332)."""
    return behind(u, address + (b"\0\x57" if ip_type(u) == 0x86dd else b"\0\x21"), "ppp", kind="ppp")


def pppoe(u):
    """Version 1, type 1, code 0, session, length (RFC 2516 4); EtherType 8864."""
    u = ppp(u)
    return ether(behind(u, struct.pack(">BBHH", 0x11, 0, 0x0539, len(u.data)), "pppoe"), 0x8864)


def label(u, value, bottom, ttl=64):
    """Label 20, traffic class 3, bottom of stack 1, time to live 8 bits (RFC 3032 2.1, 5462)."""
    return behind(u, struct.pack(">I", value << 12 | bottom << 8 | ttl), "mpls", kind="mpls")


def pseudowire(u, control=False):
    """Ethernet in MPLS (RFC 4448); its control word begins with 0000 (4.6)."""
    u = replace(u, tunnels=("pseudowire",) + u.tunnels)
    return label(behind(u, struct.pack(">HH", 0, 1), "pw") if control else u, 1000, 1)


def pbb(u, backbone=False):
    """Service tag 88E7: priority 3, drop eligible 1, use customer address 1, reserved 3, service 24 bits, then the customer's frame
    (IEEE 802.1ah 9.7)."""
    u = ether(behind(u, struct.pack(">I", 0x00012345), "pbb"), 0x88e7)
    return tagged(u, 0x88a8, 300) if backbone else u


# --- IP -----------------------------------------------------------------------------------------------------------------

def sum16(data):
    """RFC 1071."""
    total = sum(struct.unpack(f">{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip4(u, protocol, src=HERE4, dst=THERE4):
    """RFC 791 3.1: version and header length, service, total length, identification, flags and offset, TTL, protocol, checksum."""
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(u.data), len(u.data) & 0xffff, 0, 64, protocol, 0, IPv4Address(src).packed,
                       IPv4Address(dst).packed)
    return behind(sealed(u), head[:10] + struct.pack(">H", sum16(head)) + head[12:], "ip4", kind="ip")


def ip6(u, protocol, src=HERE6, dst=THERE6):
    """RFC 8200 3."""
    return behind(sealed(u), struct.pack(">IHBB16s16s", 0x60000000, len(u.data), protocol, 64, IPv6Address(src).packed, IPv6Address(dst).packed), "ip6",
                  kind="ip")


def udp(u, sport, dport, **addresses):
    """In IPv4, where the checksum may be left out (RFC 768)."""
    return ip4(behind(u, struct.pack(">HHHH", sport, dport, 8 + len(u.data), 0), "udp"), 17, **addresses)


def udp6(u, sport, dport, src=HERE6, dst=THERE6):
    """In IPv6, where it may not (RFC 8200 8.1)."""
    bare = struct.pack(">HHHH", sport, dport, 8 + len(u.data), 0) + u.data
    check = sum16(IPv6Address(src).packed + IPv6Address(dst).packed + struct.pack(">II", len(bare), 17) + bare) or 0xffff
    return ip6(behind(u, struct.pack(">HHHH", sport, dport, 8 + len(u.data), check), "udp"), 17, src, dst)


# --- tunnels: each gives an IP packet -------------------------------------------------------------------------------------

def sit(u, kind, **addresses):
    """IPv6 in IPv4, protocol 41 (RFC 4213 3)."""
    return ip4(behind(u, b"", "41", tunnel=kind), 41, **addresses)


def sixinfour(u):
    return sit(u, "6in4")


def sixtofour(u):
    return sit(u, "6to4", dst="192.88.99.1")  # by the anycast address of the relays (RFC 3068), deprecated (RFC 7526)


def isatap(u):
    """The outer source is the address inside the interface identifier 0000:5efe (RFC 5214 6.1, 7.3)."""
    assert u.data[16:20] == b"\0\0\x5e\xfe", "an ISATAP source inside"
    return sit(u, "isatap", src=str(IPv4Address(u.data[20:24])))


def sixoverfour(u):
    """A multicast destination becomes 239.192 and its last two bytes (RFC 2529 6)."""
    return sit(u, "6over4", dst=f"239.192.{u.data[38]}.{u.data[39]}")


def ip6ip6(u, limit=False):
    """Next header 41; before it, if wanted, the option Tunnel Encapsulation Limit (RFC 2473 4.1.1): type 4, length 1, PadN 1."""
    if limit:
        return ip6(behind(u, bytes([41, 0, 4, 1, 4, 1, 1, 0]), "41", tunnel="ip6ip6"), 60)
    return ip6(behind(u, b"", "41", tunnel="ip6ip6"), 41)


def gre(u, type_=None, kind="gre", checksum=False, key=None, sequence=None, carrier=ip4):
    """Flags C 8000, K 2000, S 1000, version 0, then the EtherType and the fields in this order (RFC 2784, 2890)."""
    type_ = ip_type(u) if type_ is None else type_
    flags = (0x8000 if checksum else 0) | (0x2000 if key is not None else 0) | (0x1000 if sequence is not None else 0)
    rest = (struct.pack(">I", key) if key is not None else b"") + (struct.pack(">I", sequence) if sequence is not None else b"")
    head = struct.pack(">HH", flags, type_)
    if checksum:
        head += struct.pack(">HH", sum16(head + b"\0\0\0\0" + rest + u.data), 0)
    return carrier(behind(u, head + rest, "gre", tunnel=kind), 47)


def nvgre(u):
    """Key present: virtual subnet 24, flow 8 bits; transparent Ethernet bridging (RFC 7637 3.2)."""
    return gre(u, 0x6558, "nvgre", key=0x123456 << 8 | 0x9a)


def erspan(u, version, sub=False):
    """Type I is the frame behind GRE. II: version 1, VLAN 12 bits, class 3, encapsulation 2, truncated 1, session 10, index. III: version 2,
    timestamp, group tag 16, P 1, frame type 5, hardware 6, direction 1, granularity 2, optional sub-header 1 (draft-foschiano-erspan-03)."""
    if version == 1:
        return gre(u, 0x88be, "erspan")
    if version == 2:
        return gre(behind(u, struct.pack(">HHI", 1 << 12 | 20, 0x002a, 5), "erspan"), 0x88be, "erspan", sequence=7)
    more = struct.pack(">II", 0x30000001, 2) if sub else b""
    return gre(behind(u, struct.pack(">HHIHH", 2 << 12 | 20, 0x002a, 99, 0, 1 if sub else 0) + more, "erspan"), 0x22eb, "erspan", sequence=7)


def etherip(u):
    """Version 3 in the first four bits, twelve reserved (RFC 3378 3); protocol 97."""
    return ip4(behind(u, b"\x30\0", "etherip", tunnel="etherip"), 97)


def vxlan(u, port=4789):
    """Flag I 08, network identifier 24 bits (RFC 7348 5)."""
    return udp(behind(u, struct.pack(">II", 0x08000000, 7 << 8), "vxlan", tunnel="vxlan"), 50001, port)


def vxlan_gpe(u, next_):
    """Flags I 08 and P 04, next protocol: IPv4 1, IPv6 2, Ethernet 3 (draft-ietf-nvo3-vxlan-gpe); port 4790."""
    return udp(behind(u, struct.pack(">II", 0x0c000000 | next_, 7 << 8), "vxlan", tunnel="vxlan"), 50002, 4790)


def geneve(u, type_, options=b""):
    """Version 2, length of the options in words 6 bits; flags; type; network identifier 24 bits; port 6081 (RFC 8926 3.4)."""
    head = struct.pack(">BBHI", len(options) // 4, 0, type_, 7 << 8)
    return udp(behind(u, head + options, "geneve", tunnel="geneve"), 50003, 6081)


def gtpu(u, more=b""):
    """Version 1, protocol type 1, message 255, length of what follows the first eight bytes, tunnel (3GPP TS 29.281 5.1); port 2152."""
    flags = 0x34 if more else 0x30
    return udp(behind(u, struct.pack(">BBHI", flags, 255, len(more) + len(u.data), 0x11223344) + more, "gtpu", tunnel="gtp-u"), 2152, 2152)


def ayiya(u):
    """Identity 2^4 bytes of type integer, signature 5 words of SHA-1, shared secret, forward, IPv6; time (draft-massar-v6ops-ayiya-02 3);
    port 5072."""
    head = bytes([0x41, 0x52, 0x11, 41]) + struct.pack(">I", 1700000000) + IPv6Address(HERE6).packed + bytes(20)
    return udp(behind(u, head, "ayiya", tunnel="ayiya"), 50004, 5072)


def teredo(u, sport=50005, dport=3544, origin=False, authentication=False, **addresses):
    """IPv6 in UDP; before it authentication (0001, lengths of identifier and value, nonce, confirmation) and origin (0000, port and address
    with every bit turned) in this order (RFC 4380 5.1.1)."""
    head = b""
    if authentication:
        head += b"\0\1\0\0" + bytes(range(8)) + b"\0"
    if origin:
        head += b"\0\0" + struct.pack(">H", 50005 ^ 0xffff) + bytes(b ^ 0xff for b in IPv4Address(HERE4).packed)
    return udp(behind(u, head, "teredo", tunnel="teredo"), sport, dport, **addresses)


def teredo_peer(u):
    """Between peers, on any port: the sender's link-local address tells its own port and address with every bit turned (RFC 4380 4, 5.2.1)."""
    assert u.data[8:16] == b"\xfe\x80\0\0\0\0\0\0", "a Teredo link-local source inside"
    port = struct.unpack(">H", u.data[18:20])[0] ^ 0xffff
    return teredo(u, port, 52000, src=str(IPv4Address(bytes(b ^ 0xff for b in u.data[20:24]))))


def l2tp2(u, full=False, address=b"\xff\3"):
    """Version 2 data: tunnel and session, with length, sequence and offset fields if their bits say so (RFC 2661 3.1); then PPP."""
    u = ppp(u, address)
    head = struct.pack(">HHH", 0x0002, 11, 22)
    if full:
        head = struct.pack(">HHHHHHH", 0x4a02, 16 + len(u.data), 11, 22, 1, 0, 2) + b"\0\0"
    return udp(behind(u, head, "l2tp", tunnel="l2tp"), 1701, 1701)


def mpls_in(u, carrier):
    """In GRE with the EtherType 8847 (RFC 4023 4), in UDP to port 6635 (RFC 7510 3)."""
    u = label(u, 2000, 1)
    if carrier == "gre":
        return gre(u, 0x8847, "gre")
    return udp(replace(u, tunnels=("mpls",) + u.tunnels), 50006, 6635)


def l2tp3(u, carrier):
    """An Ethernet pseudowire without cookie or sublayer (RFC 4719): the session number, over IP by protocol 115 (RFC 3931 4.1.1.1) or in
    UDP behind flags and version 3 (4.1.2.1)."""
    session = struct.pack(">I", 0x00010203)
    if carrier == "ip":
        return ip4(behind(u, session, "l2tpv3", tunnel="l2tpv3"), 115)
    return udp(behind(u, struct.pack(">HH", 3, 0) + session, "l2tpv3", tunnel="l2tpv3"), 1701, 1701)


def tsp(u):
    """What a tunnel broker's client sends once the tunnel is set up: IPv6 in UDP, port 3653 (RFC 5572 4.4.1)."""
    return udp(behind(u, b"", "tsp", tunnel="tsp"), 50007, 3653)


def lisp(u):
    """N and a nonce, locator bits; then an IP packet (RFC 9300 5.3); port 4341."""
    return udp(behind(u, struct.pack(">II", 0x80123456, 0), "lisp", tunnel="lisp"), 50008, 4341)


def capwap(u):
    """Preamble 0, header length in words 2, binding 802.11, T clear: an 802.3 frame (RFC 5415 4.3); data port 5247."""
    return udp(behind(u, struct.pack(">II", 2 << 19 | 1 << 9, 0), "capwap", tunnel="capwap"), 50009, 5247)


def tzsp(u):
    """Version 1, a received packet, Ethernet, the end tag (TaZmen Sniffer Protocol); port 37008."""
    return udp(behind(u, b"\1\0\0\1\1", "tzsp", tunnel="tzsp"), 50010, 37008)


def gue(u):
    """Version 0, no control, no options, protocol 41 (draft-ietf-intarea-gue 3.2); port 6080."""
    return udp(behind(u, b"\0\x29\0\0", "gue", tunnel="gue"), 50011, 6080)


# --- the list ---------------------------------------------------------------------------------------------------------------

def over(*steps):
    """Wrap a frame by steps from the inside out; an IP packet at the end gets an Ethernet header."""
    def wrap(data):
        u = frame_of(data)
        for step in steps:
            u = step(u)
        return ether(u) if u.kind == "ip" else u
    return wrap


def layer2(*tags, dress=lambda u: u):
    """Tags from the outside in: (protocol identifier, VLAN id)."""
    def wrap(data):
        u = dress(frame_of(data))
        for tpid, vid in reversed(tags):
            u = tagged(u, tpid, vid)
        return u
    return wrap


Q, AD = 0x8100, 0x88a8
PDU_SESSION = bytes([0, 0, 0, 0x85, 1, 0, 9, 0])  # sequence, N-PDU, next: PDU session container of one word, then none

WRAPPERS = {
    "none": layer2(),
    "vlan": layer2((Q, 7)),
    "priority-tag": layer2((Q, 0)),
    "priority-tag-twice": layer2((Q, 0), (Q, 0)),
    "priority-tag-vlan": layer2((Q, 0), (Q, 7)),
    "802.1ad": layer2((AD, 7)),
    "802.1ad-vid-0": layer2((AD, 0)),
    "qinq": layer2((AD, 100), (Q, 7)),
    "qinq-8100": layer2((Q, 100), (Q, 7)),
    "tag-9100": layer2((0x9100, 100), (Q, 7)),
    "tag-9200": layer2((0x9200, 100), (Q, 7)),
    "four-tags": layer2((AD, 1), (AD, 2), (Q, 3), (Q, 4)),
    "snap": layer2(dress=snap),
    "snap-too-long": layer2(dress=lambda u: snap(u, 1500)),
    "snap-too-short": layer2(dress=lambda u: snap(u, 8)),
    "snap-undefined": layer2(dress=lambda u: snap(u, 1535)),
    "vlan-snap": layer2((Q, 7), dress=snap),
    "priority-tag-snap": layer2((Q, 0), dress=snap),
    "pppoe": over(packet_of, pppoe),
    "mpls": over(packet_of, lambda u: label(u, 2, 1), lambda u: ether(u, 0x8847)),
    "mpls-stack": over(packet_of, lambda u: label(u, 3000, 1), lambda u: label(u, 3001, 0), lambda u: ether(u, 0x8847)),
    "pseudowire": over(pseudowire, lambda u: ether(u, 0x8847)),
    "pseudowire-control-word": over(lambda u: pseudowire(u, True), lambda u: ether(u, 0x8847)),
    "pbb": over(pbb),
    "pbb-backbone-tag": over(lambda u: pbb(u, True)),
    "6in4": over(packet_of, sixinfour),
    "6to4": over(packet_of, sixtofour),
    "isatap": over(packet_of, isatap),
    "6over4": over(packet_of, sixoverfour),
    "ip6ip6": over(packet_of, ip6ip6),
    "ip6ip6-limit": over(packet_of, lambda u: ip6ip6(u, True)),
    "teredo": over(packet_of, teredo),
    "teredo-origin": over(packet_of, lambda u: teredo(u, origin=True)),
    "teredo-authentication": over(packet_of, lambda u: teredo(u, authentication=True, origin=True)),
    "teredo-peer": over(packet_of, teredo_peer),
    "gre": over(packet_of, gre),
    "gre-all-fields": over(packet_of, lambda u: gre(u, checksum=True, key=5, sequence=6)),
    "gre-ethernet": over(lambda u: gre(u, 0x6558)),
    "gre-over-ipv6": over(packet_of, lambda u: gre(u, carrier=ip6)),
    "nvgre": over(nvgre),
    "erspan-1": over(lambda u: erspan(u, 1)),
    "erspan-2": over(lambda u: erspan(u, 2)),
    "erspan-3": over(lambda u: erspan(u, 3)),
    "erspan-3-sub-header": over(lambda u: erspan(u, 3, True)),
    "etherip": over(etherip),
    "ayiya": over(packet_of, ayiya),
    "vxlan": over(vxlan),
    "vxlan-8472": over(lambda u: vxlan(u, 8472)),
    "vxlan-gpe-ipv6": over(packet_of, lambda u: vxlan_gpe(u, 2)),
    "vxlan-gpe-ethernet": over(lambda u: vxlan_gpe(u, 3)),
    "geneve": over(lambda u: geneve(u, 0x6558)),
    "geneve-ipv6-options": over(packet_of, lambda u: geneve(u, 0x86dd, bytes([1, 2, 0x80, 1, 0, 0, 0, 9]))),
    "l2tp2": over(packet_of, l2tp2),
    "l2tp2-all-fields": over(packet_of, lambda u: l2tp2(u, True, b"")),
    "gtp-u": over(packet_of, gtpu),
    "gtp-u-extension": over(packet_of, lambda u: gtpu(u, PDU_SESSION)),
    "mpls-in-gre": over(packet_of, lambda u: mpls_in(u, "gre")),
    "mpls-in-udp": over(packet_of, lambda u: mpls_in(u, "udp")),
    # nested
    "vxlan-in-gre-in-6in4": over(vxlan, lambda u: gre(u, carrier=ip6), sixinfour),
    "6in4-in-ipip": over(packet_of, sixinfour, lambda u: ip4(behind(u, b"", "4", tunnel="ipip"), 4)),
    "6in4-in-4in6": over(packet_of, sixinfour, lambda u: ip6(behind(u, b"", "4", tunnel="4in6"), 4)),
    "geneve-in-vxlan-in-vlan": over(lambda u: geneve(u, 0x6558), ether, vxlan, ether, lambda u: tagged(u, Q, 7)),
    "teredo-in-etherip-in-qinq": over(packet_of, teredo, ether, etherip, ether, lambda u: tagged(u, Q, 7),
                                      lambda u: tagged(u, AD, 100)),
    "6in4-in-pppoe": over(packet_of, sixinfour, pppoe),
    # more carriers
    "l2tp3": over(lambda u: l2tp3(u, "ip")),
    "l2tp3-udp": over(lambda u: l2tp3(u, "udp")),
    "tsp": over(packet_of, tsp),
    "lisp": over(packet_of, lisp),
    "capwap": over(capwap),
    "tzsp": over(tzsp),
    "gue": over(packet_of, gue),
}
