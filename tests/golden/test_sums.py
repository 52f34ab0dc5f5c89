#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Nothing is lost: in every shipped capture the counts of the closed alerts, what they absorbed, a mirror's copies and what was
silenced add up to the matches; every alert that opens closes; a flood is a handful of lines."""
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

import jsonschema

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


SILENCED = """sekimori-policy: 1
segments: {office: {vlan: any, ipv6: forbidden, routers: []}}
exceptions:
  - {id: EX-1, rule: "*", where: {source: "fe80::/10"}, effect: mute, owner: a, approver: b, reason: c, until: 2099-12-31}
  - {id: EX-2, rule: "V6-*", where: {segment: office}, effect: lower, owner: a, approver: b, reason: c, until: 2099-12-31}
"""


def test_a_log_tells_by_itself_what_was_silenced_though_no_alert_of_it_opened():
    strict = jsonschema.Draft202012Validator(json.loads(run("schema", "--strict")[1]))
    with tempfile.TemporaryDirectory() as tmp:
        policy, out = Path(tmp) / "p.yml", Path(tmp) / "a.jsonl"
        policy.write_text(SILENCED)
        for files in (["captures/attacks/v_rahbh.pcap"], ["captures/attacks"]):
            out.unlink(missing_ok=True)
            code, text, err = run("read", "--quiet", "-o", out, "-c", policy, *files)
            assert code in (0, 3), err
            said, text = text, out.read_text()
            assert text.startswith(said) and text.count("\n") == said.count("\n") + 1, "standard output has the alerts, and no more"
            lines = [json.loads(x) for x in text.splitlines()]
            ends = [x for x in lines if x["event"]["action"] == "summary"]
            assert len(ends) == 1 and lines[-1] is not None and lines[-1] == ends[0], "one, and the last line"
            closed = [x["sekimori"]["alert"] for x in lines if x["event"]["action"] == "close"]
            sums = ends[0]["sekimori"]["summary"]
            assert sums["muted"] > 0 and sums["muted"] > sum(x.get("muted", 0) for x in closed), sums
            assert sum(x["count"] for x in closed) == sums["counted"], sums
            assert sum(sums[x] for x in ("counted", "copies", "absorbed", "muted", "filtered")) == sums["matches"], sums
            assert sums["exceptions"][0]["id"] == "EX-1" and sums["exceptions"][0]["matches"] == sums["muted"], sums
            for line in lines:
                error = next(strict.iter_errors(line), None)
                assert error is None, error.message
            code, said, err = run("verify", out)
            assert code == 0 and "vouches" not in said, (said, err)
            out.write_text("".join(x + "\n" for x in text.splitlines()[:-1]))
            assert run("verify", out)[0] == 1, "the summary is part of the chain"
            code, _, err = run("explain", "-", stdin=text.splitlines()[-1].encode())
            assert code == 2 and "summary of a run" in err, err


if __name__ == "__main__":
    main(globals())
