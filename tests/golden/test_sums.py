#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Nothing is lost: in every shipped capture the counts of the closed alerts, what they absorbed, a mirror's copies and what was
silenced add up to the matches; every alert that opens closes; a flood is a handful of lines."""
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, main, run

POLICIES = (None, "captures/policy/forbidden.yml", "captures/policy/dualstack.yml")
FLOOD = "captures/attacks/flood_router26_1000.pcap"


def read(policy, *files):
    """@return (alert lines, what the coverage record says of them)"""
    with tempfile.TemporaryDirectory() as tmp:
        record = Path(tmp) / "coverage.json"
        args = ["-c", policy] if policy else []
        code, out, err = run("read", "--quiet", "--format", "json", "--coverage", record, *args, *files)
        assert code in (0, 3), err
        return [json.loads(x) for x in out.splitlines()], json.loads(record.read_text())["alerts"]


def adds_up(lines, sums, what):
    life = lambda o: o["sekimori"]["alert"]
    closed = [life(x) for x in lines if x["event"]["action"] == "close"]
    opened = [life(x)["id"] for x in lines if x["event"]["action"] == "open"]
    assert sorted(opened) == sorted(x["id"] for x in closed), what
    assert len(opened) == sums["alerts"] and len(lines) == sums["lines"], (what, sums)
    assert sum(x["count"] for x in closed) == sums["counted"], (what, sums)
    assert sum(sum(x.get("absorbed", {}).values()) for x in closed) == sums["absorbed"], (what, sums)
    assert sum(x.get("copies", 0) for x in closed) == sums["copies"], (what, sums)
    assert sums["counted"] + sums["absorbed"] + sums["copies"] + sums["muted"] + sums["filtered"] == sums["matches"], (what, sums)


def test_every_capture_adds_up():
    files = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "captures").rglob("*.pcap*"))
    for policy in POLICIES:
        lines, sums = read(policy, *files)
        adds_up(lines, sums, f"all captures with {policy}")
        assert sums["matches"] > 100, sums


def test_a_flood_is_a_handful_of_lines_with_exact_totals():
    for policy in POLICIES[1:]:
        lines, sums = read(policy, FLOOD)
        adds_up(lines, sums, f"{FLOOD} with {policy}")
        assert len(lines) <= 20, f"{policy}: {len(lines)} lines {Counter((x['rule']['id'], x['event']['action']) for x in lines)}"
        worst = max((x for x in lines if x["event"]["action"] == "close"), key=lambda x: x["sekimori"]["alert"]["count"])
        assert worst["rule"]["id"] == "V6-012" and worst["sekimori"]["alert"]["count"] >= 990, worst["sekimori"]["alert"]
        assert worst["sekimori"]["alert"]["absorbed"]["V6-011"] > 900, worst["sekimori"]["alert"]


if __name__ == "__main__":
    main(globals())
