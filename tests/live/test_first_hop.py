#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""First-hop attacks by the programs that make them (thc-ipv6), live on a small office in namespaces."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from cases import case, main  # noqa: E402
from policies import policy, router  # noqa: E402

DNS = "2001:db8:5::53"
VICTIM = "2001:db8:5::10"


def office(lan, **victim):
    """A router that is declared, a victim, an attacker."""
    gateway = lan.host("gateway", router=True, addresses=["2001:db8:5::1/64"])
    lan.host("victim", **{"addresses": [f"{VICTIM}/64"], **victim})
    lan.host("attacker", addresses=["2001:db8:5::66/64"])
    return policy(routers=[router(gateway)], dhcpv6=[])


def attack(lan, *args, seconds=None, **victim):
    with lan.watch(office(lan, **victim)) as seen:
        seen.log = lan.run("attacker", [a.format(**{k: h["ll"] for k, h in lan.hosts.items()}) for a in map(str, args)], seconds)
    return seen


def bounded(lan, *args, frames=200):
    """A tool that sends until it is stopped (some wait five seconds before they begin), through a slow port. How much it sends hangs on
    when we are given the time to stop it; so does what the sensor says of its own tables and of how much it could not decode."""
    with lan.watch(office(lan)) as seen:
        lan.inside("attacker", "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "1mbit", "burst", "16kb", "latency", "20ms")
        tool = lan.start("attacker", [a.format(**{k: h["ll"] for k, h in lan.hosts.items()}) for a in map(str, args)])
        lan.sends("attacker", tool, frames)
        lan.stop(tool)
    seen.alerts = [a for a in seen.alerts if not a["rule"]["id"].startswith("SYS-")]
    return seen


def fake_router(lan, *options):
    return attack(lan, "atk6-fake_router26", *options, "-A", "2001:db8:bad::/64", "-n", "1", "-i", "1", "eth0")


@case("atk6-fake_router26")
def fake_router26(lan):
    return fake_router(lan), {"V6-011": "critical"}


@case("atk6-fake_router26")
def fake_router26_with_dns(lan):
    return fake_router(lan, "-D", "2001:db8:bad::53"), {"V6-011": "critical"}


@case("atk6-fake_router26")
def fake_router26_behind_hop_by_hop(lan):
    return fake_router(lan, "-E", "H"), {"V6-011": "critical", "V6-018": "critical"}


@case("atk6-fake_router26")
def fake_router26_behind_three_hop_by_hops(lan):
    return fake_router(lan, "-E", "H111"), {"V6-011": "critical", "V6-018": "critical"}


@case("atk6-fake_router26")
def fake_router26_behind_a_large_destination_header(lan):
    return fake_router(lan, "-E", "D"), {"V6-011": "medium", "V6-018": "critical", "V6-035": "high", "V6-070": "high", "V6-072": "medium"}


@case("atk6-fake_router26")
def fake_router26_in_fragments(lan):
    return fake_router(lan, "-E", "F"), {"V6-011": "medium", "V6-018": "critical", "V6-035": "high", "V6-060": "medium", "V6-070": "high", "V6-072": "medium"}


@case("atk6-fake_router26")
def fake_router26_in_overlapping_fragments(lan):
    return fake_router(lan, "-E", "o"), {"V6-011": "medium", "V6-018": "critical", "V6-035": "high", "V6-036": "informational", "V6-071": "critical", "V6-072": "medium"}


@case("atk6-fake_router26")
def fake_router26_in_overlapping_fragments_last_first(lan):
    return fake_router(lan, "-E", "O"), {"V6-011": "medium", "V6-018": "critical", "V6-035": "high", "V6-036": "informational", "V6-071": "critical", "V6-072": "medium"}


@case("atk6-kill_router6")
def kill_router6(lan):
    return attack(lan, "atk6-kill_router6", "eth0", "{gateway}", seconds=3), {"V6-011": "high", "V6-030": "critical"}


@case("atk6-fake_advertise6")
def fake_advertise6_of_the_router(lan):
    return attack(lan, "atk6-fake_advertise6", "-r", "-n", "1", "eth0", "{gateway}", seconds=3), {"V6-030": "critical"}


@case("atk6-dos-new-ip6")
def dos_new_ip6(lan):
    with lan.watch(office(lan)) as seen:
        tool = lan.start("attacker", ["atk6-dos-new-ip6", "eth0"])
        lan.listens("attacker", tool)
        for k in range(3):
            lan.inside("victim", "ip", "addr", "add", f"2001:db8:5::{k + 0x20:x}/64", "dev", "eth0")
            lan.dad_failed("victim", k + 1)
        lan.stop(tool)
    return seen, {"V6-031": "high"}


@case("atk6-redir6")
def redir6(lan):
    with lan.watch(office(lan)) as seen:
        lan.run("attacker", ["atk6-redir6", "eth0", VICTIM, "2001:db8:9::1", lan.hosts["gateway"]["ll"], lan.hosts["attacker"]["ll"]], 10)
    return seen, {"V6-033": "high"}


@case("atk6-rsmurf6")
def rsmurf6(lan):
    return bounded(lan, "atk6-rsmurf6", "eth0", VICTIM), {"V6-036": "high"}


@case("atk6-smurf6")
def smurf6(lan):
    return attack(lan, "atk6-smurf6", "-i", "100000", "eth0", VICTIM, seconds=2), {"V6-036": "high"}  # the source is another's


@case("atk6-toobig6")
def toobig6(lan):
    return attack(lan, "atk6-toobig6", "eth0", VICTIM, "2001:db8:5::1", "1000", seconds=5), {"V6-074": "low"}


@case("atk6-node_query6")
def node_query6(lan):
    return attack(lan, "atk6-node_query6", "eth0", VICTIM, seconds=5).proves("attacker", 139), {}  # RFC 4620 4


@case("atk6-fake_mldrouter6")
def fake_mldrouter6(lan):
    return attack(lan, "atk6-fake_mldrouter6", "eth0", "advertise", seconds=5).proves("attacker", 151), {}  # RFC 4286 5


@case("atk6-fake_mld26")
def fake_mld26_query(lan):
    return attack(lan, "atk6-fake_mld26", "eth0", "query", seconds=5), {"V6-040": "medium"}


def numbered(lan, tool, numbers, *options, seconds=20):
    """Tests of a tool by their numbers, side by side: each by itself waits for answers that do not come."""
    with lan.watch(office(lan)) as seen:
        running = [lan.start("attacker", [tool, *options, "eth0", lan.hosts["victim"]["ll"], n]) for n in numbers]
        lan.all_end(running, seconds)
    return seen


@case("atk6-fragmentation6")
def fragmentation6(lan):
    return numbered(lan, "atk6-fragmentation6", range(1, 13), "-p", "-n", "1"), {"V6-018": "critical", "V6-071": "critical", "V6-072": "medium", "V6-074": "low"}


@case("atk6-implementation6")
def implementation6(lan):
    return numbered(lan, "atk6-implementation6", range(1, 41), "-p"), {"V6-018": "critical", "V6-036": "high", "V6-060": "critical", "V6-070": "high", "V6-071": "critical", "V6-072": "medium", "V6-073": "low", "V6-074": "low", "V6-075": "informational"}


def denial(lan, number):
    return bounded(lan, "atk6-denial6", "eth0", "{victim}", number)


@case("atk6-denial6")
def denial6_hop_by_hop_of_unknown_options(lan):
    return denial(lan, 1), {"V6-072": "medium"}


@case("atk6-denial6")
def denial6_destination_header_of_unknown_options(lan):
    return denial(lan, 2), {"V6-072": "medium", "V6-073": "medium"}


@case("atk6-denial6")
def denial6_180_headers(lan):
    return denial(lan, 3), {"V6-072": "medium"}


@case("atk6-denial6")
def denial6_first_fragments(lan):
    return denial(lan, 6), {"V6-040": "medium"}


if __name__ == "__main__":
    main()
