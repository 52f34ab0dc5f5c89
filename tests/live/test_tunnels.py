#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A terminal sends IPv6 through every tunnel that the encapsulator knows: which detection tells it, that it names the inside end, and that a
recording made beside tells the same."""
import json
import sys
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from cases import case, final, main  # noqa: E402
from lan import wait_for  # noqa: E402
from policies import policy  # noqa: E402
from wrappers import HERE4, HERE6, WRAPPERS  # noqa: E402

PLAIN = "2001:db8:5::10"
ISATAP = str(IPv6Address(b"\xfe\x80" + bytes(6) + b"\0\0\x5e\xfe" + IPv4Address(HERE4).packed))
PEER = str(IPv6Address(b"\xfe\x80" + bytes(8) + bytes(b ^ 0xff for b in (51000).to_bytes(2, "big") + IPv4Address(HERE4).packed)))
FAR = "2001:db8:f00::80"
SEND = "import socket,sys; s=socket.socket(socket.AF_INET6,socket.SOCK_DGRAM); s.bind((sys.argv[1],4000,0,int(sys.argv[3]))); s.sendto(b'0123456789', (sys.argv[2],9,0,int(sys.argv[3])))"


def tunnels(name, source=PLAIN):
    frame = bytes(12) + b"\x86\xdd" + bytes.fromhex("6000000000083b40") + IPv6Address(source).packed + IPv6Address(FAR).packed + bytes(8)
    return WRAPPERS[name](frame).tunnels


def send(lan, plan):
    """One datagram from each source of the plan, out in each of its wrappers."""
    lan.inside("client", "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=0")
    capsule = lan.start("client", ["/usr/bin/python3", Path(__file__).with_name("encapsulator.py"), "rogue", "72:05:5b:4e:44:4e", "eth0",
                                   lan.file("plan.json", json.dumps(plan))])
    lan.ready(capsule, "ready")
    index = lan.inside("client", "cat", "/sys/class/net/rogue/ifindex").stdout.strip()
    for source in plan:
        lan.inside("client", "ip", "addr", "add", f"{source}/64", "dev", "rogue", "nodad")
    lan.inside("client", "ip", "neigh", "replace", "fe80::80", "lladdr", "02:00:5e:00:53:80", "dev", "rogue")
    lan.inside("client", "ip", "-6", "route", "add", "default", "via", "fe80::80", "dev", "rogue")
    for source in plan:
        far = "fe80::80" if source.startswith("fe80") else FAR
        lan.run("client", ["/usr/bin/python3", "-c", SEND, source, far, index if far.startswith("fe80") else "0"], status=[0])
    wait_for(lambda: all(s in capsule.log.read_text() for s in plan), lambda: f"not sent: {capsule.log.read_text()[-500:]}")


def one_kind(lan, kind):
    names = {n: ISATAP if n == "isatap" else PEER if n == "teredo-peer" else PLAIN for n in WRAPPERS}
    plan = {}
    for n, source in names.items():
        if tunnels(n, source) == (kind,):
            plan.setdefault(source, []).append(n)
    assert plan, f"no wrapper is {kind} alone"
    lan.host("client", ipv6=False, addresses=[f"{HERE4}/24"])
    with lan.watch(policy(prefixes=["192.0.2.0/24", f"{HERE6}/128"], ipv6="unknown", extra="tunnels: []\n")) as seen:
        send(lan, plan)
    for a in final(seen.alerts):
        ends = a["sekimori"]["device"].get("ip", [])
        assert HERE4 in ends or HERE6 in ends, f"{a['rule']['id']} names {ends}, not the inside end"
    return seen


# One way to the outside, none of them declared: high; data through a Teredo server, which only introduces: critical. What carries a network of its own is TUN-014 whatever it is called.
OWN = {"6in4": "TUN-001", "ip6ip6": "TUN-001", "6to4": "TUN-002", "isatap": "TUN-005", "6over4": "TUN-007", "gre": "TUN-008", "ayiya": "TUN-011", "tsp": "TUN-012",
       "l2tp": "TUN-013"}
NETWORKS = ["nvgre", "erspan", "etherip", "vxlan", "geneve", "gtp-u", "mpls", "l2tpv3", "lisp", "tzsp", "gue"]
EXPECTED = {**{k: {v: "high"} for k, v in OWN.items()}, **{k: {"TUN-014": "high"} for k in NETWORKS}, "teredo": {"TUN-003": "critical", "TUN-004": "low"},
            "capwap": {}}  # between access point and controller: infrastructure, judged by what is inside

ONLY = {t[0] for n in WRAPPERS for t in [tunnels(n, ISATAP if n == "isatap" else PEER if n == "teredo-peer" else PLAIN)] if len(t) == 1 and t != ("pseudowire",)}
assert ONLY == set(EXPECTED), f"every tunnel has a case: {ONLY ^ set(EXPECTED)}"

for kind, alerts in EXPECTED.items():
    def alone(lan, kind=kind, alerts=alerts):
        return one_kind(lan, kind), alerts
    alone.__name__ = f"in_{kind}"
    case()(alone)


if __name__ == "__main__":
    main()
