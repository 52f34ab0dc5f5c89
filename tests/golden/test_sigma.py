#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Correlations and filters from file to alert: counts, the site's own words, chains, sums, overriding, and what the commands say."""
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, alerts, main, run

KINDS = "tests/golden/sigma"
FLOOD = "captures/attacks/flood_router26_1000.pcap"
FRAMES = 996  # router advertisements in it
FOLDER = tempfile.TemporaryDirectory()
TMP = Path(FOLDER.name)


def write(name, text):
    (TMP / name).parent.mkdir(parents=True, exist_ok=True)
    (TMP / name).write_text(text)
    return TMP / name


def ours(lines, detection, action="close"):
    return [x for x in lines if x["rule"]["id"] == detection and x["event"]["action"] == action]


def count(lines, detection):
    return sum(x["sekimori"]["alert"]["count"] for x in ours(lines, detection))


def fact(line, name):
    return line["sekimori"]["facts"]["correlation"].get(name)


def test_every_kind_counts_what_it_says():
    lines = alerts("--signatures", KINDS, FLOOD)
    for detection, opens_at in (("TST-001", 101), ("TST-002", 50), ("TST-003", 100)):
        opened = ours(lines, detection, "open")
        assert len(opened) == 1 and opened[0]["sekimori"]["alert"]["count"] == opens_at, (detection, opened)
        assert count(lines, detection) == FRAMES, detection
    first, last = ours(lines, "TST-001", "open")[0], ours(lines, "TST-001")[0]
    assert (fact(first, "count"), fact(first, "timespan"), fact(first, "estimated")) == (101, 10, False)
    assert first["message"].startswith("101 in 10 s of unassigned: "), first["message"]
    assert (first["sekimori"]["severity"], last["sekimori"]["severity"]) == ("low", "high")
    assert fact(ours(lines, "TST-002")[0], "distinct") == FRAMES
    assert fact(ours(lines, "TST-003", "open")[0], "sum") == 100 * 65535
    assert len(ours(lines, "TST-004", "open")) == 1 and len(ours(lines, "TST-005", "open")) == 1  # over another correlation
    assert not [x for x in lines if x["rule"]["name"] == "Any router advertisement"]  # a building block
    assert [x for x in lines if x["rule"]["name"] == "Any host with IPv6"]  # generate: true


def test_lanes_and_runs_give_the_same_bytes():
    every = {run("read", "--quiet", "--format", "json", "--lanes", n, "--signatures", KINDS, FLOOD)[1] for n in (0, 1, 2, 4, 8)}
    assert len(every) == 1


def test_a_chain_forgets_the_one_before():
    later = bytearray((ROOT / FLOOD).read_bytes())
    order = "little" if later[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else "big"
    at = 24
    while at < len(later):  # the same flood a day later
        second, n = (int.from_bytes(later[i:i + 4], order) for i in (at, at + 8))
        later[at:at + 4] = (second + 86400).to_bytes(4, order)
        at += 16 + n
    (TMP / "later.pcap").write_bytes(later)
    rule = write("two.yml", (ROOT / KINDS / "every-kind.yml").read_text().replace("timespan: 10s", "timespan: 36500d"))
    lines = alerts("--signatures", rule, FLOOD, TMP / "later.pcap")
    assert [x["sekimori"]["alert"]["count"] for x in ours(lines, "TST-001", "open")] == [101, 101]
    assert count(lines, "TST-001") == 2 * FRAMES


def test_the_site_replaces_words():
    policy = write("policy.yml", "sekimori-policy: 1\nwatch: {many-ra: {gte: 900, timespan: 30s}, many-senders: {gt: 5000}}\n")
    lines = alerts("-c", policy, "--signatures", KINDS, FLOOD)
    assert ours(lines, "TST-001", "open")[0]["sekimori"]["alert"]["count"] == 900
    assert fact(ours(lines, "TST-001", "open")[0], "timespan") == 30
    assert not ours(lines, "TST-002")
    out = run("signatures", "list", "-c", policy, KINDS)[1]
    assert "any-ra: event_count by network.name in 30s, gte 900 (policy.yml:2)" in out, out
    policy.write_text("sekimori-policy: 1\nwatch: {many-raa: {gt: 5}, any-ra: {gt: 5}}\n")
    err = run("signatures", "check", "-c", policy, KINDS)[2]
    assert "policy.yml:2:1: warning: `watch` names `many-raa`, which is no signature" in err, err
    assert "`any-ra`, which is no correlation" in err, err


FILTER = """title: The laboratory
id: 3f0a6f52-0d55-4c35-9f0a-6a1b1c2d0301
logsource: {product: sekimori, category: icmpv6.ra}
filter:
  rules: %s
  selection: {source.mac|startswith: [C, D]}
  condition: not selection
sekimori: {owner: laboratory, approver: head of IT, reason: exercise, until: %s}
"""


def coverage(*args):
    path = TMP / "coverage.json"
    lines = alerts("--coverage", path, *args)
    return lines, json.loads(path.read_text())


def test_what_a_filter_silences_is_counted():
    lines, c = coverage("--signatures", KINDS, "--signatures", write("lab/filter.yml", FILTER % ("any", "2027-03-31")), FLOOD)
    lab = next(f for f in c["filters"] if f["title"] == "The laboratory")
    assert lab["owner"] == "laboratory" and lab["until"] == "2027-03-31" and "V6-011" in lab["detections"], lab
    assert 0 < count(lines, "TST-001") < FRAMES  # what is silenced counts in no correlation
    a = c["alerts"]
    assert a["filtered"] > 0 and a["matches"] == a["counted"] + a["absorbed"] + a["copies"] + a["muted"] + a["filtered"], a
    closed = sum(x["sekimori"]["alert"]["count"] for x in lines if x["event"]["action"] == "close")
    assert closed == a["counted"], (closed, a)


def test_a_filter_past_its_day_holds_no_more():
    filters = write("old/filter.yml", FILTER % ("[any-ra]", "2026-11-20"))
    lines, c = coverage("--signatures", KINDS, "--signatures", filters, FLOOD)
    assert count(lines, "TST-001") == FRAMES
    assert next(f for f in c["filters"] if f["title"] == "The laboratory")["silenced"] == 0
    code, out, err = run("signatures", "check", KINDS, filters)
    assert code == 0 and "filter.yml:1:1: warning: the filter `The laboratory` ended on 2026-11-20" in err, err
    assert "until 2026-11-20, owner laboratory, approver head of IT: exercise" in run("signatures", "list", KINDS, filters)[1]


def test_a_folder_replaces_by_id():
    mine = write("mine/many.yml", (ROOT / KINDS / "every-kind.yml").read_text().split("---\n")[2].replace("gt: 100", "gt: 200"))
    lines = alerts("--signatures", KINDS, "--signatures", mine.parent, FLOOD)
    assert ours(lines, "TST-001", "open")[0]["sekimori"]["alert"]["count"] == 201
    rows = [json.loads(x) for x in run("signatures", "list", "--format", "json", "--signatures", KINDS, mine.parent)[1].splitlines()]
    row = next(r for r in rows if r["detection"] == "TST-001")
    assert row["file"] == str(mine) and row["rules"] == ["3f0a6f52-0d55-4c35-9f0a-6a1b1c2d0001"], row
    assert "any-ra: event_count by network.name in 10s, gt 200" in row["counts"]
    assert next(r for r in rows if r["name"] == "any-ra")["building_block"]


def test_a_failed_case_says_why():
    mine = write("cases/case.yml", """title: Nothing like it
id: 3f0a6f52-0d55-4c35-9f0a-6a1b1c2d0401
logsource: {product: sekimori, category: icmpv6.ra}
detection:
  seen: {event.dataset: icmpv6.ra}
  never: {icmpv6.ra.mtu: 17}
  condition: seen and never
sekimori:
  detection: TST-010
  tests:
    fires: [{capture: captures/mitm6.pcap, opens: 1}]
    silent: [{capture: captures/attacks/ra_plain.pcap}]
""")
    code, out, _ = run("signatures", "test", "--why", mine)
    assert "       no alert of it\n       alerts of others: V6-022 1\n" in out, out
    mine.write_text(mine.read_text().replace("captures/mitm6.pcap", "captures/attacks/ra_plain.pcap"))
    code, out, _ = run("signatures", "test", "--why", mine)
    assert code == 1 and "1 passed, 1 failed" in out, out
    assert "FAIL TST-010   fires  captures/attacks/ra_plain.pcap : 0 alerts, 1 wanted;" in out, out
    assert "events icmpv6.ra; condition true for 0; searches: seen " in out and "never 0" in out, out


if __name__ == "__main__":
    main(globals())
