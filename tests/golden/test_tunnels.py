#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Which detection tells each wrapper of tests/live/wrappers.py, by its tunnels alone, where no tunnel is allowed; none where all are. And what
is inside a tunnel is judged by every other detection, with the tunnel's path (TUN-019)."""
import sys
import tempfile
from ipaddress import IPv4Address
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, alerts, main

for folder in ("captures", "tests/live"):
    sys.path.insert(0, str(ROOT / folder))
from evasions import recorded  # noqa: E402
from kit import IP, Capture, Ether, Host, Net, Raw, tls_talk  # noqa: E402
from wrappers import HERE4, THERE4, WRAPPERS  # noqa: E402

DETECTION = {"6in4": "TUN-001", "ip6ip6": "TUN-001", "6to4": "TUN-002", "isatap": "TUN-005", "6over4": "TUN-007", "gre": "TUN-008", "4in6": "TUN-009", "ipip": "TUN-009",
             "ayiya": "TUN-011", "tsp": "TUN-012", "l2tp": "TUN-013", "capwap": None}  # frames of a wireless network: nobody's tunnel
OVERLAYS = ("vxlan", "geneve", "nvgre", "gtp-u", "etherip", "l2tpv3", "erspan", "tzsp", "lisp", "mpls", "pseudowire", "gue", "fou")


def told(name, frames, policy):
    cap = Capture()
    for k, frame in enumerate(frames):
        cap.add(k * 1e-3, WRAPPERS[name](frame).data)
    with tempfile.TemporaryDirectory() as tmp:
        cap.write_pcap(Path(tmp) / "x.pcap")
        return alerts("-c", ROOT / "captures/policy" / policy, Path(tmp) / "x.pcap")


def wanted(unit):
    """Each tunnel that an IP header carries; three around one another are a finding of their own."""
    ids = set()
    for kind in unit.tunnels:
        if kind in ("pseudowire", "mpls") and not {"ip4", "ip6"} & set(unit.path[:unit.path.index("mpls") if "mpls" in unit.path else 0]):
            continue  # labels on the link
        if kind == "teredo":
            ids.add("teredo")
        elif kind == "gre" and "gre/ppp" in "/".join(unit.path):
            ids.add("TUN-013")
        else:
            ids.add("TUN-014" if kind in OVERLAYS else DETECTION[kind])
    ends = IPv4Address(HERE4).packed + IPv4Address(THERE4).packed
    if len(unit.tunnels) >= 3 or unit.data.count(ends) > 1:  # or the same ends again inside
        ids.add("TUN-015")
    return ids - {None}


def test_each_wrapper_is_told_by_its_detections():
    bad = []
    for name in WRAPPERS:
        frames = recorded(name)[0]
        unit = WRAPPERS[name](frames[0])
        got = {a["rule"]["id"] for a in told(name, frames, "no-tunnels.yml") if a["rule"]["id"].startswith("TUN")}
        got = {"teredo" if x in ("TUN-003", "TUN-004") else x for x in got}
        if got != wanted(unit):
            bad.append(f"{name} {unit.tunnels} {'/'.join(unit.path)}: {sorted(got)}, wanted {sorted(wanted(unit))}")
    assert not bad, "\n".join(bad)


def path_and_level(capture, policy, detection):
    found = [a for a in alerts("-c", ROOT / "captures/policy" / policy, capture) if a["rule"]["id"] == detection]
    return {(a["sekimori"]["facts"]["tunnel"]["path"], a["sekimori"]["severity"]) for a in found}


def test_what_is_inside_is_judged_by_the_other_detections():
    with tempfile.TemporaryDirectory() as tmp:
        cap = Capture()
        net = Net(cap)
        pc, site = Host("00:00:5e:00:53:b1", ip="10.30.1.177", vlan=0), Host("00:00:5e:00:53:01", ip="198.51.100.9")
        inner = Capture()
        Net(inner).tcp(0, pc, Host("00:00:5e:00:53:01", ip="198.51.100.80"), 443, tls_talk("files.example.net"))
        for at, data in inner.sorted():  # past the proxy, inside GRE
            packet, up = Ether(data)[IP], Ether(data)[IP].src == pc.ip
            outer = net.frame(pc, site) if up else net.frame(site, pc)
            outer[IP].proto = 47
            cap.add(at / 1e6 - cap.start, outer / Raw(b"\0\0\x08\0" + bytes(packet)))
        cap.write_pcap(Path(tmp) / "x.pcap")
        got = path_and_level(Path(tmp) / "x.pcap", "minimal.yml", "BND-001")
        assert got == {("eth/ip4/gre/ip4", "high")}, got
    vxlan = ROOT / "captures/attacks/v_vxlan.pcap"
    for policy in ("tunnels-clients.yml", "dualstack.yml"):
        got = path_and_level(vxlan, policy, "V6-011")
        assert {path for path, _ in got} == {"eth/ip4/udp/vxlan/eth/ip6/icmp6"}, got


if __name__ == "__main__":
    main(globals())
