#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Where output goes and what the exit status says: full disks, closed pipes, several inputs of which some are bad, what is kept
from guests, `policy show` and `explain`."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, SEKIMORI, main, run

RA = "captures/attacks/ra_plain.pcap"
FORBIDDEN = "captures/policy/forbidden.yml"
DAY = "captures/office-day.pcapng"
DAY_POLICY = "captures/policy/office-day.yml"


def raw(argv, stdout):
    return subprocess.run([SEKIMORI, *argv], cwd=ROOT, stdout=stdout, stderr=subprocess.PIPE, check=False)


def test_a_full_disk_is_said_and_is_exit_1():
    code, _, err = run("read", "-o", "/dev/full", "-c", FORBIDDEN, RA)
    assert code == 1 and err == "sekimori: /dev/full: No space left on device\n", (code, err)
    with open("/dev/full", "wb") as full:
        for extra in ([], ["--format", "table"], ["--count"], ["--events"]):
            p = raw(["read", "--quiet", *extra, "-c", FORBIDDEN, RA], full)
            assert p.returncode == 1, extra
            assert p.stderr == b"sekimori: standard output: No space left on device\n", (extra, p.stderr)


def test_a_pipe_that_is_closed_early_ends_the_run_without_noise():
    r, w = os.pipe()
    os.close(r)
    p = raw(["read", "--quiet", "-c", DAY_POLICY, DAY], w)
    os.close(w)
    assert p.returncode == 1 and p.stderr == b"", (p.returncode, p.stderr)


def test_standard_output_gets_each_line_once():
    _, piped, _ = run("read", "-c", FORBIDDEN, RA)
    for spec in ("-", "stdout"):
        for extra in ([], ["--format", "json"]):
            code, out, _ = run("read", *extra, "-o", spec, "-c", FORBIDDEN, RA)
            assert code == 0 and out == piped, (spec, extra)


def test_a_file_is_appended_to_and_a_half_line_ended():
    with tempfile.TemporaryDirectory() as tmp:
        out = Path(tmp) / "alerts.jsonl"
        out.write_text('{"half":')
        for _ in range(2):
            code, _, err = run("read", "--quiet", "-o", out, "-c", FORBIDDEN, RA)
            assert code == 0, err
        lines = out.read_text().splitlines()
        assert lines[0] == '{"half":' and len(lines) % 2 == 1
        for line in lines[1:]:
            json.loads(line)


def test_several_inputs_of_which_some_are_bad():
    with tempfile.TemporaryDirectory() as tmp:
        tmp = Path(tmp)
        whole = (ROOT / RA).read_bytes()
        (tmp / "cut.pcap").write_bytes(whole[:-7])
        (tmp / "empty.pcap").write_bytes(whole[:24])
        (tmp / "zero").write_bytes(b"")
        (tmp / "text").write_text("a letter")
        cut, empty, zero, text, missing = (tmp / x for x in ("cut.pcap", "empty.pcap", "zero", "text", "missing"))
        cases = [
            ([RA], 0), ([empty], 0), ([RA, empty], 0),
            ([cut], 3), ([cut, RA], 3), ([RA, text], 3), ([zero, RA], 3), ([missing, RA], 3), ([empty, text], 3),
            ([text], 1), ([zero], 1), ([missing], 1), ([missing, text, zero], 1), (["/dev/null"], 1),
        ]
        for files, want in cases:
            code, out, err = run("read", "--count", *files)
            assert code == want, f"{files}: exit {code}, {want} wanted: {err}"
            assert bool(err) == (want != 0), f"{files}: {err}"
            for bad in files:
                if bad not in (RA, empty):
                    assert str(bad) in err, f"{bad} is not named: {err}"
            if RA in files:
                assert json.loads(out)["events"]["icmpv6.ra"] > 0, f"{files}: the good file is hidden"


def test_of_guests_there_are_counts_only():
    with tempfile.TemporaryDirectory() as tmp:
        policy = Path(tmp) / "p.yml"
        policy.write_text("segments: {guests: {vlan: any, private: true, ipv6: forbidden, routers: []}}\n")
        code, out, err = run("read", "--events", "-c", policy, RA)
        assert code == 0 and out == "" and "private" in err, (code, out, err)
        code, out, _ = run("read", "--count", "-c", policy, RA)
        assert code == 0 and json.loads(out)["events"]["icmpv6.ra"] > 0
        code, out, _ = run("read", "--format", "json", "-c", policy, RA)
        ids = set()
        for line in out.splitlines():
            o = json.loads(line)
            ids.add((o["rule"]["id"], o["sekimori"]["alert"]["id"]))
            assert o["sekimori"]["device"] == {} and "source" not in o and "destination" not in o, line
            assert "frames" not in o["sekimori"] and "fe80:" not in line and "FE-80" not in line, line
            assert o["network"]["name"] == "guests"
        assert code == 0 and "V6-011" in {i for i, _ in ids}
        assert len(ids) == len({i for i, _ in ids}), "more than one alert of a kind: guests are told apart"


def test_policy_show_says_what_is_in_force():
    code, out, err = run("policy", "show", DAY_POLICY)
    assert code == 0, err
    assert "office-day.yml:" in out and "segment inet-terminals" in out and "IPv6 forbidden" in out
    code, out, err = run("policy", "show", "nope.yml")
    assert code == 2 and out == "" and "nope.yml" in err
    with tempfile.TemporaryDirectory() as tmp:
        bad = Path(tmp) / "bad.yml"
        bad.write_text("segmnts: {}\n")
        code, out, err = run("policy", "show", bad)
        assert code == 1 and out == "" and "segments" in err, (code, err)
    for words in (["policy"], ["policy", "show"], ["policy", "show", "a", "b"]):
        assert run(*words)[0] == 2, words


def test_explain_finds_alerts_and_says_where_it_looked():
    with tempfile.TemporaryDirectory() as tmp:
        out = Path(tmp) / "alerts.jsonl"
        run("read", "--quiet", "-o", out, "-c", FORBIDDEN, RA)
        line = next(x for x in out.read_text().splitlines() if '"V6-011"' in x)
        o = json.loads(line)
        for key in (o["sekimori"]["alert"]["id"], o["event"]["id"], o["sekimori"]["alert"]["id"][:23]):
            code, text, err = run("explain", "--alerts", out, key)
            assert code == 0 and "ra_plain.pcap:" in text and o["source"]["mac"] in text, (key, code, err)
        code, text, err = run("explain", "-", stdin=b"\n\n" + line.encode() + b"\n")
        assert code == 0 and "ra_plain.pcap:" in text, err
        code, _, err = run("explain", "--alerts", out, "01a20000-0000")
        assert code == 2 and str(out) in err
        code, _, err = run("explain", "--alerts", out.with_suffix(".nope"), "01a20000-0000")
        assert code == 1 and ".nope" in err
    assert run("explain", "-", stdin=b"")[0] == 1
    assert run("explain", "-", stdin=b"x\n")[0] == 2
    assert run("explain", "-", stdin=b"{}\n")[0] == 2
    assert run("explain", "-", stdin=b"[" * 100000)[0] == 2
    code, _, err = run("explain", "-", stdin=b"a" * (1 << 21))
    assert code == 1 and "longer" in err


if __name__ == "__main__":
    main(globals())
