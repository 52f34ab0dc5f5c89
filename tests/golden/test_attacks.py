#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every capture of captures/attacks under a policy that forbids IPv6, under one that has its own routers, and without: exactly these
detections with these levels, each alert once, and no other. Levels of what hosts discard are lower; what holds on any network needs no policy."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, alerts, main

POLICIES = ["captures/policy/forbidden.yml", "captures/policy/dualstack.yml", None]
TABLE = {
    "dad": ("V6-001 high | V6-001 high | V6-001 low | V6-002 low | V6-031 low | V6-050 high",
            "V6-031 low",
            "V6-031 low"),
    "dhcps6": ("V6-001 low | V6-002 low | V6-020 low | V6-021 critical",
               "V6-021 critical",
               ""),
    "fadv": ("V6-001 low | V6-002 low | V6-030 medium",
             "V6-030 medium",
             ""),
    "flood_router26_1000": ("V6-001 low | V6-012 critical | V6-050 high",
                            "V6-012 critical",
                            "V6-012 critical"),
    "l2_ad0": ("V6-001 low | V6-011 critical",
               "V6-011 critical",
               ""),
    "l2_atomic": ("V6-001 low | V6-011 medium | V6-018 critical | V6-035 high",
                  "V6-011 medium | V6-018 critical | V6-035 high",
                  "V6-018 critical | V6-035 high"),
    "l2_badcksum": ("V6-001 low | V6-017 medium",
                    "V6-017 medium",
                    "V6-017 medium"),
    "l2_dstopt": ("V6-001 low | V6-011 critical | V6-018 critical",
                  "V6-011 critical | V6-018 critical",
                  "V6-018 critical"),
    "l2_ethtype0800": ("V6-001 low | V6-011 medium | V6-073 low",
                       "V6-011 medium | V6-073 low",
                       "V6-073 low"),
    "l2_hlim64": ("V6-001 low | V6-017 medium",
                  "V6-017 medium",
                  "V6-017 medium"),
    "l2_plain": ("V6-001 low | V6-011 critical",
                 "V6-011 critical",
                 ""),
    "l2_pref_zero_lt": ("V6-001 low | V6-011 critical",
                        "V6-011 critical",
                        ""),
    "l2_snap": ("V6-001 low | V6-011 critical",
                "V6-011 critical",
                ""),
    "l2_unicastL2": ("V6-001 low | V6-011 critical",
                     "V6-011 critical",
                     ""),
    "l2_vlan0": ("V6-001 low | V6-011 critical",
                 "V6-011 critical",
                 ""),
    "l2_vlan0snap": ("V6-001 low | V6-011 critical | V6-018 high",
                     "V6-011 critical | V6-018 high",
                     "V6-018 high"),
    "l2_vlan0x2": ("V6-001 low | V6-011 critical | V6-018 high",
                   "V6-011 critical | V6-018 high",
                   "V6-018 high"),
    "ra_E1": ("V6-001 low | V6-011 critical",
              "V6-011 critical",
              ""),
    "ra_ED": ("V6-001 low | V6-011 medium | V6-018 critical | V6-035 high | V6-070 high | V6-072 medium",
              "V6-011 medium | V6-018 critical | V6-035 high | V6-070 high | V6-072 medium",
              "V6-018 critical | V6-035 high | V6-070 high | V6-072 informational"),
    "ra_EF": ("V6-001 low | V6-011 medium | V6-018 critical | V6-035 high | V6-060 medium | V6-070 high | V6-072 medium",
              "V6-011 medium | V6-018 critical | V6-035 high | V6-060 medium | V6-070 high | V6-072 medium",
              "V6-018 critical | V6-035 high | V6-060 medium | V6-070 high | V6-072 medium"),
    "ra_EH": ("V6-001 low | V6-003 low | V6-011 critical | V6-018 critical",
              "V6-011 critical | V6-018 critical",
              "V6-018 critical"),
    "ra_EH1": ("V6-001 low | V6-003 low | V6-011 critical | V6-018 critical",
               "V6-011 critical | V6-018 critical",
               "V6-018 critical"),
    "ra_EH111": ("V6-001 low | V6-011 critical | V6-018 critical",
                 "V6-011 critical | V6-018 critical",
                 "V6-018 critical"),
    "ra_EO": ("V6-001 low | V6-001 medium | V6-011 medium | V6-018 critical | V6-035 high | V6-036 informational | V6-071 critical | V6-072 medium",
              "V6-011 medium | V6-018 critical | V6-035 high | V6-036 informational | V6-071 critical | V6-072 medium",
              "V6-018 critical | V6-035 high | V6-036 informational | V6-071 critical | V6-072 informational"),
    "ra_Eo": ("V6-001 low | V6-001 medium | V6-011 medium | V6-018 critical | V6-035 high | V6-036 informational | V6-071 critical | V6-072 medium",
              "V6-011 medium | V6-018 critical | V6-035 high | V6-036 informational | V6-071 critical | V6-072 medium",
              "V6-018 critical | V6-035 high | V6-036 informational | V6-071 critical | V6-072 informational"),
    "ra_plain": ("V6-001 high | V6-001 low | V6-002 low | V6-003 low | V6-011 critical | V6-050 high",
                 "V6-011 critical",
                 ""),
    "teredo": ("TUN-003 critical",
               "TUN-003 critical",
               "TUN-003 critical"),
    "tunnel_6in4": ("TUN-001 high",
                    "TUN-001 high",
                    "TUN-001 high"),
    "tunnel_bubble_arb": ("TUN-004 medium",
                          "TUN-004 medium",
                          "TUN-004 medium"),
    "tunnel_gre6": ("TUN-008 high",
                    "TUN-008 high",
                    "TUN-008 high"),
    "tunnel_teredo_3544": ("TUN-003 medium",
                           "TUN-003 medium",
                           "TUN-003 medium"),
    "v_6to4": ("TUN-002 high",
               "TUN-002 high",
               "TUN-002 high"),
    "v_bubble": ("TUN-004 medium",
                 "TUN-004 medium",
                 "TUN-004 medium"),
    "v_mapped": ("V6-001 medium | V6-061 high",
                 "V6-061 high",
                 "V6-061 high"),
    "v_mitm6adv": ("V6-001 low | V6-021 critical | V6-022 critical",
                   "V6-021 critical | V6-022 critical",
                   "V6-022 critical"),
    "v_mitm6ra": ("V6-001 low | V6-011 critical",
                  "V6-011 critical",
                  ""),
    "v_mld": ("V6-001 low",
              "",
              ""),
    "v_raatom": ("V6-001 low | V6-011 medium | V6-018 critical | V6-035 high",
                 "V6-011 medium | V6-018 critical | V6-035 high",
                 "V6-018 critical | V6-035 high"),
    "v_rahbh": ("V6-001 low | V6-011 critical | V6-018 critical",
                "V6-011 critical | V6-018 critical",
                "V6-018 critical"),
    "v_redir": ("V6-001 medium | V6-033 critical",
                "V6-033 critical",
                "V6-033 high"),
    "v_rh0": ("V6-001 high | V6-050 high | V6-060 critical",
              "V6-060 critical | V6-062 high",
              "V6-060 critical"),
    "v_vxlan": ("TUN-014 informational | V6-001 low | V6-011 critical",
                "TUN-014 informational | V6-011 critical",
                "TUN-014 informational"),
}


def found(capture, policy):
    last = {}
    for a in alerts(*(["-c", policy] if policy else []), f"captures/attacks/{capture}.pcap"):
        last[a["sekimori"]["alert"]["id"]] = f"{a['rule']['id']} {a['sekimori']['severity']}"
    return " | ".join(sorted(last.values()))


def test_every_attack():
    bad = [f"{capture} with {policy}: {got}; expected: {want}" for capture, wanted in TABLE.items() for policy, want in zip(POLICIES, wanted)
           if (got := found(capture, policy)) != want]
    assert not bad, "\n".join(bad)


def test_every_attack_has_a_row():
    assert {p.stem for p in (ROOT / "captures/attacks").glob("*.pcap")} == set(TABLE)


if __name__ == "__main__":
    main(globals())
