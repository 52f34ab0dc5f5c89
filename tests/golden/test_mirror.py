#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A declared mirror is not there: captures of ours, wrapped in ERSPAN I to III, TZSP, GRE and VXLAN, give the events and alerts of the bare
frames, byte for byte but for the file's name, with any number of lanes. Undeclared, the same wrapping is a tunnel. Wrapped here from the
documents, without a look at src."""
import json
import struct
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, main, run

COLLECTOR = (192, 0, 2, 10)
CAPTURES = ["captures/attacks/ra_plain.pcap", "captures/attacks/ra_EO.pcap", "captures/attacks/ra_EF.pcap", "captures/attacks/dad.pcap",
            "captures/attacks/v_vxlan.pcap", "captures/attacks/tunnel_6in4.pcap", "captures/attacks/teredo.pcap",
            "captures/direct-https.pcap", "captures/dns-fragments.pcap", "captures/span-doubled-boot.pcap",
            "captures/attacks/l2_vlan0.pcap"]
BASE = """segments: {all: {vlan: any, ipv6: forbidden, routers: [], dhcpv6_servers: []}}
proxies: []
tunnels: []
dns: {resolvers: [], authoritative: []}
"""


def checksum(b):
    total = sum(struct.unpack(f">{len(b) // 2}H", b))
    total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - ((total & 0xFFFF) + (total >> 16))


def ip4(proto, payload, switch):
    """From one of several switches: the outer pair must not choose the lane."""
    head = struct.pack(">BBHHHBBH4B4B", 0x45, 0, 20 + len(payload), 7, 0, 64, proto, 0, 10, 99, 0, switch, *COLLECTOR)
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ip6(proto, payload, switch):
    ends = bytes([0x20, 1, 0xD, 0xB8] + [0] * 11 + [switch]) + bytes([0x20, 1, 0xD, 0xB8, 0, 0xC0] + [0] * 10)
    return struct.pack(">IHBB", 6 << 28, len(payload), proto, 64) + ends + payload


def udp(port, payload):
    return struct.pack(">HHHH", 40000, port, 8 + len(payload), 0) + payload


ETHER4 = bytes.fromhex("0200000000fe0200000000ff0800")
ETHER6 = bytes.fromhex("0200000000fe0200000000ff86dd")
VLAN = bytes.fromhex("0200000000fe0200000000ff810003e70800")
GRE = {
    "erspan-1": lambda f: bytes.fromhex("000088be") + f,
    "erspan-2": lambda f: bytes.fromhex("100088be00000001" "1000180a00000000") + f,  # the frame's own tag is kept
    "erspan-3": lambda f: bytes.fromhex("100022eb00000001" "2000000a0000000000000001" "0000000000000000") + f,
    "gre": lambda f: bytes.fromhex("00006558") + f,
    "gre-key": lambda f: bytes.fromhex("2000655800123400") + f,
}
UDP = {
    "tzsp": (37008, lambda f: bytes.fromhex("01000001" "0a01c5" "01") + f),
    "vxlan": (4789, lambda f: bytes.fromhex("0800000000123400") + f),
}


def wrapped(kind, frame, switch, outer):
    ip = ip6 if outer == "ip6" else ip4
    payload = ip(47, GRE[kind](frame), switch) if kind in GRE else ip(17, udp(UDP[kind][0], UDP[kind][1](frame)), switch)
    return {"ip4": ETHER4, "ip6": ETHER6, "vlan": VLAN}[outer] + payload


def wrap_file(source, target, kinds, outer="ip4"):
    """Every frame in the next of the kinds."""
    b = (ROOT / source).read_bytes()
    assert b[:4] == bytes.fromhex("d4c3b2a1") and b[20] == 1, source
    out, at, n = bytearray(b[:16] + struct.pack("<I", 262144) + b[20:24]), 24, 0
    while at < len(b):
        sec, usec, cap, wire = struct.unpack("<IIII", b[at:at + 16])
        frame = b[at + 16:at + 16 + cap]
        at += 16 + cap
        packet = wrapped(kinds[n % len(kinds)], frame, 1 + n % 5, outer)
        out += struct.pack("<IIII", sec, usec, len(packet), len(packet) + wire - cap) + packet
        n += 1
    Path(target).write_bytes(out)
    return n


def lines(tmp, policy, capture, *args):
    code, out, err = run("read", "--quiet", "-c", policy, *args, capture)
    assert code == 0, f"{capture}: exit {code}: {err}"
    return out.replace(str(capture), "FILE").replace(str(ROOT) + "/", "")


def without_ids(text):
    """The run is named by the bytes of its inputs, and ids are made from it."""
    rows = []
    for line in text.splitlines():
        row = json.loads(line)
        for path in (("event", "id"), ("sekimori", "run"), ("sekimori", "alert", "id"), ("sekimori", "chain")):
            at = row
            for key in path[:-1]:
                at = at.get(key, {})
            at.pop(path[-1], None)
        rows.append(json.dumps(row, sort_keys=True))
    return rows


def check(tmp, kinds, declared, outer="ip4"):
    policy = Path(tmp) / "policy.yml"
    policy.write_text(BASE + f"mirror_encap: {declared}\n")
    for name in CAPTURES:
        capture = Path(tmp) / "capture.pcap"
        assert wrap_file(name, capture, kinds, outer) > 0
        bare = without_ids(lines(tmp, policy, ROOT / name, "--events"))
        assert bare, f"{name}: no events at all"
        for lanes in (0, 1, 2, 8):
            got = without_ids(lines(tmp, policy, capture, "--events", "--lanes", lanes))
            for k, (a, b) in enumerate(zip(bare, got)):
                assert a == b, f"{kinds} {name}, {lanes} lanes, line {k + 1}:\n{a}\n{b}"
            assert len(bare) == len(got), f"{kinds} {name}, {lanes} lanes: {len(got)} lines instead of {len(bare)}"


def test_every_encapsulation_is_stripped():
    to = ".".join(map(str, COLLECTOR))
    with tempfile.TemporaryDirectory() as tmp:
        for kind in ("erspan-1", "erspan-2", "erspan-3"):
            check(tmp, [kind], "[erspan]")
        check(tmp, ["tzsp"], "tzsp")
        check(tmp, ["gre", "gre-key"], f"[{{kind: gre, to: {to}}}]")
        check(tmp, ["vxlan"], f"[{{kind: vxlan, to: {to}, from: 10.99.0.0/24}}]")
        check(tmp, ["erspan-2", "tzsp", "vxlan", "gre"], f"[erspan, tzsp, {{kind: vxlan, to: {to}}}, {{kind: gre, to: {to}}}]")


def test_the_outer_header_may_be_ipv6_or_tagged():
    with tempfile.TemporaryDirectory() as tmp:
        check(tmp, ["erspan-2", "tzsp"], "[erspan, tzsp]", "ip6")
        check(tmp, ["erspan-3", "tzsp"], "[erspan, tzsp]", "vlan")


def one_frame(tmp, packet, policy_text, *args, wire=0):
    policy, capture = Path(tmp) / "policy.yml", Path(tmp) / "capture.pcap"
    policy.write_text(policy_text)
    capture.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1) +
                        struct.pack("<IIII", 1760000000, 0, len(packet), max(wire, len(packet))) + packet)
    return [json.loads(line) for line in lines(tmp, policy, capture, "--events", *args).splitlines()]


def first_frame():
    """A listener report."""
    b = (ROOT / CAPTURES[0]).read_bytes()
    return b[40:40 + struct.unpack("<I", b[32:36])[0]]


def test_the_vlan_that_a_switch_took_off_is_the_frames():
    policy = "segments: {a: {vlan: 30, ipv6: forbidden}, b: {vlan: 31, ipv6: forbidden}}\nmirror_encap: erspan\n"
    tagged = first_frame()[:12] + bytes.fromhex("8100001f") + first_frame()[12:]
    rows = [("101e01", first_frame(), "30", "a"),  # type II, VLAN 30, the frame had no tag
            ("101e11", first_frame(), "30", "a"),  # 802.1Q, taken off
            ("101e19", tagged, "31", "b"),         # kept in the frame, which is believed
            ("100001", first_frame(), None, "unassigned"),
            ("201e00", first_frame(), "30", "a")]  # type III
    with tempfile.TemporaryDirectory() as tmp:
        for head, frame, vlan, segment in rows:
            version = int(head[0], 16)
            erspan = bytes.fromhex(head + "01") + bytes(4 if version == 1 else 8)
            gre = bytes.fromhex("1000" + ("88be" if version == 1 else "22eb") + "00000001")
            packet = ETHER4 + ip4(47, gre + erspan + frame, 1)
            mld = [r for r in one_frame(tmp, packet, policy) if r["event"]["dataset"] == "icmpv6.mld"]
            assert len(mld) == 1, (head, mld)
            assert mld[0]["network"].get("vlan", {}).get("id") == vlan, (head, mld[0]["network"])
            assert mld[0]["network"]["name"] == segment, (head, mld[0]["network"])
            assert "tunnel" not in mld[0] or mld[0]["tunnel"].get("depth", 0) == 0, mld[0]


def test_a_mirror_of_a_mirror_is_stripped_twice():
    with tempfile.TemporaryDirectory() as tmp:
        inner = wrapped("tzsp", first_frame(), 1, "ip4")
        rows = one_frame(tmp, wrapped("erspan-2", inner, 2, "ip6"), BASE + "mirror_encap: [erspan, tzsp]\n")
        assert not [r for r in rows if r["event"]["dataset"].startswith("tunnel.")]
        assert [r["source"]["mac"] for r in rows if r["event"]["dataset"] == "icmpv6.mld"]


def test_fragmented_or_empty_transport_and_keepalives_are_left_as_they_are():
    with tempfile.TemporaryDirectory() as tmp:
        whole = wrapped("erspan-2", first_frame(), 1, "ip4")
        first = bytearray(whole[:-8])
        first[16:18] = struct.pack(">H", len(first) - 14)
        first[20] = 0x20  # more fragments
        for packet in (bytes(first), ETHER4 + ip4(47, GRE["erspan-2"](b""), 1), ETHER4 + ip4(17, udp(37008, bytes.fromhex("0104000101")), 1)):
            rows = one_frame(tmp, packet, BASE + "mirror_encap: [erspan, tzsp]\n")
            assert any(r["source"].get("ip", "").startswith("10.99.") for r in rows), f"the transport itself is not seen: {rows}"
            assert not [r for r in rows if r["event"]["dataset"] == "icmpv6.mld" and r["tunnel"]["depth"] == 0], rows


def test_what_is_not_declared_stays_a_tunnel():
    for declared in ("[]", "[tzsp]", "[{kind: erspan, to: 192.0.2.11}]", "[{kind: erspan, from: 10.98.0.0/16}]"):
        with tempfile.TemporaryDirectory() as tmp:
            policy, capture = Path(tmp) / "policy.yml", Path(tmp) / "capture.pcap"
            policy.write_text(BASE + f"mirror_encap: {declared}\n")
            wrap_file(CAPTURES[0], capture, ["erspan-2"])
            rows = [json.loads(line) for line in lines(tmp, policy, capture, "--events").splitlines()]
            kinds = {r["tunnel"]["kind"] for r in rows if r["event"]["dataset"] == "tunnel.state"}
            assert kinds == {"erspan"}, f"{declared}: {kinds}"
            ra = [r for r in rows if r["event"]["dataset"] == "icmpv6.ra"]
            assert ra and all(r["tunnel"]["depth"] == 1 for r in ra), declared


if __name__ == "__main__":
    main(globals())
