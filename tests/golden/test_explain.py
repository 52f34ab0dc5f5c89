#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sekimori explain: every alert of the shipped captures in both languages, the lines it offers work, nothing hostile reaches
the terminal."""
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, alerts, main, run

DAY = ["-c", "captures/policy/office-day.yml", "captures/office-day.pcapng"]
POLICY = ["-c", "captures/policy/office-day.yml"]
_day = []


def day():
    if not _day:
        _day.extend(alerts(*DAY))
    return _day


def last(rule):
    return [x for x in day() if x["rule"]["id"] == rule][-1]


def explain(line, lang="en", *args):
    code, out, err = run("explain", "--lang", lang, *args, "-", stdin=json.dumps(line).encode())
    assert code == 0, err
    return out


def clean(text):
    return all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cf") for c in text)


def test_a_rogue_router_is_explained_whole():
    out = explain(last("V6-011"), "en", *POLICY)
    for want in ("V6-011  Rogue IPv6 router advertisement  [critical]", "kali", "02-00-00-00-00-AA", "JST", "office-day.yml:",
                 "ipv6: forbidden", "followed by", "V6-020 09:12:15 -> V6-021", "(mitm6)", "show mac address-table address 0200.0000.00aa",
                 "ether saddr 02:00:00:00:00:aa icmpv6 type nd-router-advert drop", "raguard", "tshark -r 'captures/office-day.pcapng'",
                 "example in the commentary", "RFC 4861", "harmless if", "exceptions:"):
        assert want in out, f"no `{want}` in:\n{out}"
    out = explain(last("V6-011"), "ja", *POLICY)
    for want in ("不正なルータ広告", "なぜ違反", "つながり", "誰が従った", "解説例", "例外の書き方", "スイッチ"):
        assert want in out, f"no `{want}` in:\n{out}"
    assert not re.search(r"\(b\)-1|-T\b", out), "our own sub-numbers stay inside"


def test_times_have_the_offset_of_their_own_day():
    line = json.loads(json.dumps(last("V6-011")))
    with tempfile.TemporaryDirectory() as tmp:
        policy = Path(tmp) / "p.yml"
        policy.write_text("sekimori-policy: 1\nsite: {timezone: Europe/Berlin}\n", encoding="utf-8")
        for first, end, want in (("2026-07-01T10:00:00Z", "2026-07-01T10:05:00Z", "2026-07-01 12:00:00 - 12:05:00 CEST"),
                                 ("2026-01-10T10:00:00Z", "2026-01-12T10:05:00Z", "2026-01-10 11:00:00 - 2026-01-12 11:05:00 CET"),
                                 ("2026-03-29T00:59:00Z", "2026-03-29T01:01:00Z", "2026-03-29 01:59:00 CET - 03:01:00 CEST")):
            line["sekimori"]["alert"].update(first_seen=first, last_seen=end)
            out = explain(line, "en", "-c", policy)
            assert f" {want}\n" in out and f" {first} - {end}\n" in out, out


def test_a_tunnel_is_cut_by_its_protocol_not_by_a_guard():
    out = explain(last("TUN-002"), "en", *POLICY)
    assert "ip saddr 10.30.1.44 meta l4proto 41 drop" in out and "raguard" not in out, out


def test_every_alert_of_the_day_in_both_languages():
    seen = set()
    for line in day():
        key = (line["rule"]["uuid"], line["event"]["action"])
        if key in seen:
            continue
        seen.add(key)
        for lang in ("en", "ja"):
            out = explain(line, lang, *POLICY)
            assert clean(out) and line["rule"]["id"] in out, out
            assert len(out.encode()) < 20000


def test_the_latest_alert_of_a_detection_and_alerts_of_a_folder():
    with tempfile.TemporaryDirectory() as tmp:
        code, _, err = run("read", "--quiet", "-o", Path(tmp) / "a.jsonl", *DAY)
        assert code == 0, err
        for what in ("V6-011", "rogue-router-advertisement"):
            code, out, err = run("explain", "--last", "--alerts", tmp, what)
            assert code == 0 and "kali" in out, err
        line = last("V6-011")
        for what in (line["sekimori"]["alert"]["id"], line["event"]["id"], line["sekimori"]["alert"]["id"][:28]):
            code, out, err = run("explain", "--alerts", tmp, what)
            assert code == 0 and "kali" in out, err
        code, out, err = run("explain", "--alerts", tmp, line["sekimori"]["alert"]["id"][:-1] + "x")
        assert code == 2 and "no such id" in err, err
        wrong = line["sekimori"]["alert"]["id"][:-1] + ("0" if line["sekimori"]["alert"]["id"][-1] != "0" else "1")
        code, out, err = run("explain", "--alerts", tmp, wrong)
        assert code == 2 and line["sekimori"]["alert"]["id"] in err, err
        code, out, err = run("explain", "--last", "--alerts", tmp, "V6-036")
        assert code == 2 and "V6-036" in err, err


def test_the_exception_it_writes_is_one():
    out = explain(last("V6-001"), "en", *POLICY)
    rows = out[out.index("exceptions:"):].splitlines()
    yaml = "\n".join([rows[0]] + [x[16:] for x in rows[1:] if x.startswith(" " * 16)][:8]) + "\n"
    with tempfile.TemporaryDirectory() as tmp:
        policy = Path(tmp) / "office-day.yml"
        policy.write_text((ROOT / "captures/policy/office-day.yml").read_text() + yaml)
        code, said, err = run("policy", "check", policy)
        assert code == 1 and said.count("says nothing") + err.count("says nothing") == 3, f"who, whose leave and why are for people to say: {said}{err}"
        policy.write_text(policy.read_text().replace('"?"', '"network section"'))
        code, said, err = run("policy", "check", policy)
        assert code == 0, f"{said}{err}\n{yaml}"


def test_the_packets_it_names_are_there():
    assert shutil.which("tshark"), "tshark is not installed"
    out = explain(last("V6-011"))
    command = next(x for x in out.splitlines() if "tshark -r" in x).strip()
    want = len(re.search(r"\{(.*)\}", command).group(1).split(","))
    got = subprocess.run(["sh", "-c", command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    assert len(got.stdout.splitlines()) == want, got.stdout


def test_a_storm_and_a_line_with_little_in_it():
    flood = alerts("-c", "captures/policy/forbidden.yml", "captures/attacks/flood_router26_1000.pcap")
    assert any(x["rule"]["id"] == "V6-012" for x in flood[-3:]), flood[-3:]
    for line in flood[-3:]:
        for lang in ("en", "ja"):
            assert clean(explain(line, lang))
    assert "V6-011" in explain({"rule": {"id": "V6-011"}})


def test_nothing_hostile_reaches_the_terminal_or_a_command():
    evil = "\x1b[31m'; rm -rf / #\u202e"
    line = json.loads(json.dumps(last("V6-011")))

    def poison(o):
        for k, v in list(o.items()):
            if isinstance(v, dict):
                poison(v)
            elif isinstance(v, str) and k not in ("id", "uuid"):
                o[k] = evil
            elif isinstance(v, list):
                o[k] = [evil, 1, None, {"a": evil}, [evil]]
            elif isinstance(v, (int, float)) and not isinstance(v, bool):
                o[k] = 2 ** 62
    poison(line)
    for lang in ("en", "ja"):
        out = explain(line, lang, *POLICY)
        assert clean(out), out
        for x in out.splitlines():
            assert not (("nft add" in x or "tshark" in x or "show mac" in x) and "rm -rf" in x), x


def test_the_sites_own_clauses_come_first():
    with tempfile.TemporaryDirectory() as tmp:
        policy, out = Path(tmp) / "p.yml", Path(tmp) / "a.jsonl"
        (Path(tmp) / "c.csv").write_text("国の基準,当市の条項\n2.4.1.1(2),当市対策基準 第24条\n")
        policy.write_text("sekimori-policy: 1\nsite: {own_clauses: c.csv}\nsegments: {office: {vlan: any, ipv6: forbidden}}\n")
        assert run("read", "--quiet", "-o", out, "-c", policy, "captures/attacks/ra_plain.pcap")[0] == 0
        line = [x for x in map(json.loads, out.read_text().splitlines()) if x["rule"]["id"] == "V6-011"][-1]
        assert line["sekimori"]["own_clauses"] == ["当市対策基準 第24条"], line["sekimori"]
        for lang, label in (("en", "clauses"), ("ja", "根拠条項")):
            for args in ((), ("-c", policy)):  # the line knows, and so does the policy
                rows = explain(line, lang, *args).splitlines()
                at = next(i for i, x in enumerate(rows) if x.startswith("  " + label))
                assert rows[at].split(None, 1)[1] == "当市対策基準 第24条" and "NISD-K305" in rows[at + 1], rows[at:at + 3]
        before = line["sekimori"]["alert"]["id"]
        assert run("note", "--alerts", out, before, "ack", "確認中です")[0] == 0
        subprocess.run(["gzip", out], check=True)
        code, text, err = run("explain", "--alerts", f"{out}.gz", before)
        assert code == 0 and "確認中です" in text, f"notes of a log that was compressed since: {text}{err}"


if __name__ == "__main__":
    main(globals())
