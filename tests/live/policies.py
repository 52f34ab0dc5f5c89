# SPDX-License-Identifier: Apache-2.0
"""Policies for the live office: one segment, the hosts' own addresses."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lan import MARK_SEGMENT  # noqa: E402


def flow(value):
    """A value in YAML's flow style is JSON."""
    return json.dumps(value, ensure_ascii=False)


def policy(ipv6="dual-stack", routers=None, dhcpv6=None, extra="", **segment):
    body = {"vlan": "any", "prefixes": ["192.0.2.0/24", "2001:db8:5::/64"], "zone": "office", "clients": True, "ipv6": ipv6, **segment}
    if routers is not None:
        body["routers"] = routers
    if dhcpv6 is not None:
        body["dhcpv6_servers"] = dhcpv6
    return f"sekimori-policy: 1\nsite: {{name: live, timezone: UTC}}\nzones: {{office: {{side: inside}}}}\nsegments:\n  lan: {flow(body)}\n  {MARK_SEGMENT}: {{vlan: 4000, ipv6: forbidden}}\n{extra}"


def router(host, prefixes=("2001:db8:5::/64",), **more):
    return {"mac": host["policy_mac"], "link_local": host["ll"], "prefixes": list(prefixes), **more}
