#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Floods by the programs that make them (thc-ipv6), live: a handful of lines, exact totals, the same as in a recording made beside."""
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from cases import case, main  # noqa: E402
from policies import policy, router  # noqa: E402

HANDFUL = 12
VICTIM = "2001:db8:5::10"


def flood(lan, *args, seconds=2, attacker=(), **segment):
    """The tool for a short time through a port of 8 Mbit/s: a flood that the sensor's build with sanitizers reads whole."""
    gateway = lan.host("gateway", router=True, addresses=["2001:db8:5::1/64"])
    lan.host("victim", addresses=[f"{VICTIM}/64"])
    lan.host("attacker", addresses=attacker)
    if attacker:
        lan.inside("attacker", "ip", "-6", "route", "add", "default", "via", gateway["ll"], "dev", "eth0")
    lan.inside("attacker", "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "8mbit", "burst", "32kb", "latency", "20ms")
    with lan.watch(policy(**{"routers": [router(gateway)], "dhcpv6": [], **segment})) as seen:
        seen.log = lan.run("attacker", [a.format(**{k: h["ll"] for k, h in lan.hosts.items()}) for a in map(str, args)], seconds)
    seen.alerts = [a for a in seen.alerts if a["rule"]["id"] != "SYS-005"]  # whether a table filled up hangs on how fast the machine was
    lines = len(seen.alerts)
    assert lines <= HANDFUL, f"{lines} lines: " + ", ".join(f"{a['rule']['id']} {a['event']['action']}" for a in seen.alerts)
    return seen


def wrong_checksums(recording, first=None):
    """Messages whose ICMPv6 checksum is not what RFC 8200 8.1 says, by our own sum: about one in 65 536 of the tools' is.
    Of the first so many solicitations, if that is said: later ones are taken in by the flood."""
    data, at, wrong, solicitations = recording.read_bytes(), 24, 0, 0
    while at + 16 <= len(data) and (first is None or solicitations < first):
        n = int.from_bytes(data[at + 8:at + 12], sys.byteorder)
        frame, at = data[at + 16:at + 16 + n], at + 16 + n
        if frame[12:14] == b"\x86\xdd" and frame[20] == 58:
            solicitations += frame[54] == 135
            body = frame[54:54 + int.from_bytes(frame[18:20], "big")]
            words = frame[22:54] + len(body).to_bytes(4, "big") + b"\0\0\0\x3a" + body + b"\0" * (len(body) % 2)
            wrong += sum(struct.unpack(f">{len(words) // 2}H", words)) % 0xffff != 0
    return wrong


def sometimes(seen, expected, first):
    """With what the tool's wrong checksums add before the flood is one (neighbour discovery that hosts must discard)."""
    return seen, {**expected, **({"V6-034": "low"} if wrong_checksums(seen.recording, first) else {})}


@case("atk6-flood_router26")
def flood_router26(lan):
    return flood(lan, "atk6-flood_router26", "eth0"), {"V6-012": "critical"}


@case("atk6-flood_router26")
def flood_router26_behind_hop_by_hop(lan):
    return flood(lan, "atk6-flood_router26", "-H", "eth0"), {"V6-012": "critical"}


@case("atk6-flood_router26")
def flood_router26_where_ipv6_is_forbidden(lan):
    return flood(lan, "atk6-flood_router26", "eth0", ipv6="forbidden"), {"V6-001": "low", "V6-012": "critical"}


@case("atk6-flood_advertise6")
def flood_advertise6(lan):
    return flood(lan, "atk6-flood_advertise6", "eth0"), {"V6-030": "high"}


@case("atk6-flood_solicitate6")
def flood_solicitate6(lan):
    return sometimes(flood(lan, "atk6-flood_solicitate6", "eth0", "{victim}"), {"V6-032": "high"}, 1000)


@case("atk6-flood_dhcpc6")
def flood_dhcpc6(lan):
    return flood(lan, "atk6-flood_dhcpc6", "-n", "eth0"), {"V6-023": "high"}


@case("atk6-flood_rs6")
def flood_rs6(lan):
    seen = flood(lan, "atk6-flood_rs6", "-sS", "eth0")
    n = sum(f[12:14] == b"\x86\xdd" and f[20] == 58 and f[54] == 133 for f in seen.each_frame() if len(f) > 54)  # from invented MACs
    assert n > 100, f"{n} solicitations were sent"
    return seen, {}


@case("atk6-flood_redir6")
def flood_redir6(lan):
    return flood(lan, "atk6-flood_redir6", "eth0"), {"V6-033": "high"}


@case("atk6-ndpexhaust26")
def ndpexhaust26(lan):
    """From outside the prefix: the router asks for each address that is not there (RFC 6583)."""
    return flood(lan, "atk6-ndpexhaust26", "-p", "eth0", "2001:db8:5::/64", attacker=["2001:db8:bad::66/64"]), {"V6-032": "critical"}


if __name__ == "__main__":
    main()
