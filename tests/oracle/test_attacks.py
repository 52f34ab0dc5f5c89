#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What is in each file of captures/attacks, read from the bytes: packets, events (ipv6.seen, flow.state and those derived from others aside)
and layers that are not on every frame. A file without a row fails."""
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEKIMORI = os.environ.get("SEKIMORI") or str(ROOT / "build/release/sekimori")
PLAIN = {"ether", "ipv4", "ipv6", "icmpv6", "udp", "tcp"}
RA = {"icmpv6.ra": 1}

TABLE = {
    "dad": (5, {"icmpv6.mld": 2, "icmpv6.na": 2, "icmpv6.ns": 1}, {"hopopts": 2}),  # dos-new-ip6 answers one DAD twice
    "dhcps6": (14, {"dhcpv6.message": 10, "icmpv6.mld": 2, "icmpv6.na": 1, "icmpv6.ns": 1}, {"hopopts": 2}),
    "fadv": (1, {"icmpv6.na": 1}, {}),
    "flood_router26_1000": (1000, {"icmpv6.ra": 996, "icmpv6.ns": 4}, {}),
    "l2_ad0": (1, RA, {"vlan": 1}), "l2_atomic": (1, RA, {"fragment": 1}), "l2_badcksum": (1, RA, {}), "l2_dstopt": (1, RA, {"dstopts": 1}),
    "l2_ethtype0800": (1, RA, {}), "l2_hlim64": (1, RA, {}), "l2_plain": (1, RA, {}), "l2_pref_zero_lt": (1, RA, {}),
    "l2_snap": (1, RA, {"llc": 1}), "l2_unicastL2": (1, RA, {}), "l2_vlan0": (1, RA, {"vlan": 1}),
    "l2_vlan0snap": (1, RA, {"llc": 1, "vlan": 1}), "l2_vlan0x2": (1, RA, {"vlan": 1}),
    "ra_E1": (1, RA, {}), "ra_plain": (5, {"icmpv6.ra": 1, "icmpv6.rs": 1, "icmpv6.mld": 2, "icmpv6.ns": 1}, {"hopopts": 2}),
    "ra_EH": (2, {"icmpv6.ra": 1, "icmpv6.rs": 1}, {"hopopts": 1}), "ra_EH1": (2, {"icmpv6.ra": 1, "icmpv6.rs": 1}, {"hopopts": 1}),
    "ra_EH111": (1, RA, {"hopopts": 1}),
    # put together from fragments (RFC 8200 4.5): one datagram each; O and o overlap, and are an echo to one kind of host, an RA to the other
    "ra_ED": (2, {"icmpv6.ra": 1, "ip.fragments": 1}, {"dstopts": 1, "fragment": 2}),
    "ra_EF": (3, {"icmpv6.ra": 1, "ip.fragments": 1}, {"dstopts": 1, "fragment": 3, "routing": 1}),
    "ra_EO": (2, {"icmpv6.ra": 1, "icmpv6.echo": 1, "ip.fragments": 1}, {"dstopts": 2, "fragment": 2}),
    "ra_Eo": (2, {"icmpv6.ra": 1, "icmpv6.echo": 1, "ip.fragments": 1}, {"dstopts": 2, "fragment": 2}),
    "teredo": (3, {"icmpv6.rs": 1, "icmpv6.ra": 1, "icmpv6.echo": 1, "tunnel.frame": 3, "tunnel.state": 4}, {"teredo": 3}),
    "tunnel_6in4": (3, {"tunnel.frame": 3, "tunnel.state": 2}, {"6in4": 3}),
    "tunnel_gre6": (3, {"tunnel.frame": 3, "tunnel.state": 2}, {"gre": 3}),
    "tunnel_teredo_3544": (3, {"icmpv6.rs": 3, "tunnel.frame": 3, "tunnel.state": 2}, {"teredo": 3}),
    "tunnel_bubble_arb": (3, {"tunnel.frame": 3, "tunnel.state": 2}, {"teredo": 3}),  # between peers, on any port
    "v_bubble": (1, {"tunnel.frame": 1, "tunnel.state": 2}, {"teredo": 1}),
    "v_6to4": (1, {"tunnel.frame": 1, "tunnel.state": 2}, {"6to4": 1}),
    "v_mapped": (1, {}, {}), "v_mitm6adv": (1, {"dhcpv6.message": 1}, {}), "v_mitm6ra": (1, RA, {}),
    "v_mld": (1, {"icmpv6.mld": 1}, {"hopopts": 1}), "v_raatom": (1, RA, {"fragment": 1}), "v_rahbh": (1, RA, {"hopopts": 1}),
    "v_redir": (1, {"icmpv6.redirect": 1}, {}), "v_rh0": (1, {"icmpv6.echo": 1}, {"routing": 1}),
    "v_vxlan": (1, {"icmpv6.ra": 1, "tunnel.frame": 1, "tunnel.state": 2}, {"vxlan": 1}),
}
# What is told of a frame besides because something about it is odd.
ODD = {
    "l2_atomic": {"ip.header": 1, "nd.evasion": 1}, "v_raatom": {"ip.header": 1, "nd.evasion": 1},  # an atomic fragment
    "l2_dstopt": {"nd.evasion": 1}, "v_rahbh": {"nd.evasion": 1}, "l2_vlan0snap": {"nd.evasion": 1}, "l2_vlan0x2": {"nd.evasion": 1},
    "ra_EH": {"nd.evasion": 1}, "ra_EH1": {"nd.evasion": 1}, "ra_EH111": {"nd.evasion": 1},
    "l2_ethtype0800": {"ip.header": 1},  # IPv6 under the EtherType of IPv4
    "ra_ED": {"ip.header": 1, "nd.evasion": 1},  # 1240 bytes of padding
    "ra_EF": {"ip.header": 1, "nd.evasion": 1},  # routing header of type 0, destination options after it, both twice
    # the decoy and the advertisement, each behind its own destination options; an echo request to all nodes is one of them
    "ra_EO": {"ip.header": 2, "nd.evasion": 1, "ipv6.amplification": 1}, "ra_Eo": {"ip.header": 2, "nd.evasion": 1, "ipv6.amplification": 1},
    "v_mapped": {"ipv6.address": 1}, "v_rh0": {"ip.header": 1},
}


def derived():
    """Event types that the correlator makes of others."""
    p = subprocess.run([SEKIMORI, "fields", "--events", "--format", "json"], stdout=subprocess.PIPE, check=True)
    return {e["name"] for e in json.loads(p.stdout) if e["per"] == "derived"}


def main():
    bad = []
    aside = {"ipv6.seen", "flow.state"} | derived()
    files = {p.stem: p for p in sorted((ROOT / "captures/attacks").glob("*.pcap"))}
    for name in sorted(files.keys() | TABLE.keys()):
        if name not in files or name not in TABLE:
            bad.append(f"{name}: {'no file' if name in TABLE else 'no row'}")
            continue
        p = subprocess.run([SEKIMORI, "read", "--count", "--quiet", files[name]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if p.returncode:
            bad.append(f"{name}: exit {p.returncode}: {p.stderr.decode()[-1000:]}")
            continue
        c = json.loads(p.stdout)
        got = (c["packets"], {k: v for k, v in c["events"].items() if k not in aside},
               {k: v for k, v in c["layers"].items() if k not in PLAIN})
        packets, events, layers = TABLE[name]
        want = (packets, {**events, **ODD.get(name, {})}, layers)
        if got != want or c["quoted"]:
            bad.append(f"{name}: {got}, {want} in the table; quoted {c['quoted']}")
    print("\n".join(bad))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
