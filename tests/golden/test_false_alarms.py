#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Days on which nothing is wrong give no alert above low, under a policy that fits them; seen twice as by a mirror of both a port and its
VLAN neither; and without a policy nothing at all above informational."""
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import alerts, main
from test_expected import doubled

BENIGN = {"benign-dualstack-office": "benign", "benign-ipv4-office": "benign", "benign-data-centre": "benign", "office-dualstack-boot": "dualstack",
          "two-routers-solicited": "dualstack", "vrrp-failover": "vrrp", "sleep-proxy": "dualstack", "dhcpv6-declared": "vrrp", "mdns-storm": "minimal",
          "via-squid": "minimal", "nd-benign": "dualstack", "redirect-declared": "dualstack", "source-routes-usual": "dualstack", "usual-chains": "dualstack",
          "whole-fragments": "dualstack"}
LOW = 2


def above(limit, *args):
    return [f"{a['rule']['id']} {a['sekimori']['severity']}: {a['message']}" for a in alerts(*args) if a["event"]["severity"] > limit]


def test_with_the_policy():
    for capture, policy in BENIGN.items():
        bad = above(LOW, "-c", f"captures/policy/{policy}.yml", f"captures/{capture}.pcap")
        assert not bad, f"{capture}:\n" + "\n".join(bad)


def test_doubled_with_the_policy():
    with tempfile.TemporaryDirectory() as folder:
        for capture, policy in BENIGN.items():
            bad = above(LOW, "-c", f"captures/policy/{policy}.yml", doubled(capture, folder))
            assert not bad, f"{capture} doubled:\n" + "\n".join(bad)


def test_without_a_policy():
    for capture in BENIGN:
        bad = above(1, f"captures/{capture}.pcap")
        assert not bad, f"{capture}:\n" + "\n".join(bad)


if __name__ == "__main__":
    main(globals())
