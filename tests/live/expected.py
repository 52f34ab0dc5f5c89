# SPDX-License-Identifier: Apache-2.0
"""The events that frames must give when they are wrapped: from what they say (truth.py) and how they were wrapped (wrappers.py)."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import truth  # noqa: E402
from wrappers import WRAPPERS  # noqa: E402

NAMES = {134: "icmpv6.ra", 128: "icmpv6.echo"}
# Some hosts take a router advertisement out of these, others do not (detections.md 0.8, VU#855201).
HOST_DEPENDENT = ("priority-tag-twice", "snap")
DATASETS = ["icmpv6.ra", "icmpv6.rs", "icmpv6.na", "icmpv6.ns", "icmpv6.redirect", "icmpv6.mld", "icmpv6.echo", "icmpv6.error", "ip.fragments",
            "tunnel.frame"]


def mac_text(b):
    return b.hex("-").upper() if b else None


def where(unit):
    """The part of an event that tells how it was wrapped."""
    vids = [str(v) for v in unit.vlans if v] + [None, None]
    return (vids[0], vids[1], len(unit.tunnels), unit.tunnels[-1] if unit.tunnels else None, "/".join(unit.path) if unit.tunnels else None,
            mac_text(unit.mac))


def expected(wrapper, frames):
    """@return list of facts, the same that got() reads from an event. frames: whole datagrams of one sender"""
    messages, fragmented = truth.read(frames)
    unit = WRAPPERS[wrapper](frames[0])
    out = []
    for m in messages:
        # FH: the tool's chain ends with ICMPv6 where its hop-by-hop header stands, whose first byte is then the type of an error (RFC 4443 2.1)
        name = NAMES.get(m.type) or ("icmpv6.error" if m.type < 128 else None)
        assert name, f"ICMPv6 type {m.type}"
        effect = "ignored-by-rfc" if m.checksum != "ok" or "fragment" in m.extensions else "accepted"
        if effect == "accepted" and any(w in wrapper for w in HOST_DEPENDENT):
            effect = "host-dependent"
        facts = [m.source, m.extensions, m.checksum, m.kept, effect]
        if m.type == 134:
            facts.append(unit.mac != frames[0][6:12] if unit.mac else None)
        out.append((name, *where(unit), *facts))
    for f in fragmented:
        out.append(("ip.fragments", *where(unit), f.source, f.count, f.bytes, f.conflict, f.no_upper_layer))
    return out


def got(event):
    """@return list of facts: one, or none for events that are not looked at here"""
    name = event["event"]["dataset"]
    if name not in DATASETS or name == "tunnel.frame":
        return []
    tunnel, net = event["tunnel"], event["network"]
    path = tunnel.get("path")
    if path and path.endswith("/icmp6"):
        path = path[:-len("/icmp6")]
    facts = [name, net.get("vlan", {}).get("id"), net.get("inner", {}).get("vlan", {}).get("id"), tunnel["depth"], tunnel.get("kind"), path,
             event["source"].get("mac"), event["source"]["ip"]]
    pieces = event.get("ip", {}).get("fragment", {})
    if name == "ip.fragments":
        problem = pieces.get("problem", [])
        return [(*facts, pieces["count"], pieces["bytes"], "conflict" in problem, "no-upper-layer" in problem)]
    icmp = event["icmpv6"]
    facts += [tuple(sorted(icmp.get("extension", []))), icmp["checksum"], pieces.get("kept"), event["sekimori"].get("effect")]
    if name == "icmpv6.ra":
        facts.append(icmp["nd"].get("mac_mismatch"))
    return [tuple(facts)]
