#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The command line as people meet it: wrong words are answered with the nearest right one, every exit status is the documented one."""
import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, SEKIMORI, main, open_pipe, run

TMP = tempfile.TemporaryDirectory()
DIR = Path(TMP.name)
RA = "captures/attacks/ra_plain.pcap"


def wants(args, status, *words, stdin=None, env=None):
    code, out, err = run(*args, stdin=stdin, env=env)
    assert code == status, f"{args}: exit {code}, {status} wanted: {err or out}"
    for w in words:
        assert w in err + out, f"{args}: `{w}` is not said: {err or out}"
    return out, err


def test_misspelt_words_are_answered_with_the_nearest():
    wants(["raed", RA], 2, "Did you mean `read`?")
    wants(["read", "--formt", "json", RA], 2, "--format")
    wants(["read", "--format", "jsn", RA], 2, "json")
    wants(["read", "--events=icmpv6.raa", RA], 2, "icmpv6.ra")
    wants(["explain", "V6-11"], 2, "V6-011")
    wants(["explain", "rogue-router-advertisment"], 2, "rogue-router-advertisement")
    wants(["fields", "icmpv6.ra.router_lifetme"], 2, "icmpv6.ra.router_lifetime")
    wants(["signatures", "lst"], 2, "list")
    wants(["policy", "chek", "x"], 2, "check")
    wants(["read", "-o", "fil:x", RA], 2, "file")


def test_missing_arguments_are_said():
    wants([], 2, "usage")
    wants(["read"], 2, "read what?")
    wants(["read", "-c"], 2, "needs a value")
    wants(["read", "--lanes", "900", RA], 2, "0 to 64")
    wants(["watch"], 2, "-i IFACE")
    wants(["explain"], 2)
    wants(["policy"], 2)
    wants(["signatures"], 2)


def test_help_of_each_command_is_complete():
    out, _ = wants(["--help"], 0)
    names = [line.split()[0] for line in out.splitlines() if line.startswith("  ") and line.strip() and line[2] != " " and line.split()[0] != "sekimori"]
    assert {"read", "watch", "signatures", "policy", "explain", "fields", "schema"} <= set(names), names
    for name in names:
        text, _ = wants([name, "--help"], 0, "usage: sekimori " + name, "--help")
        assert len(text.splitlines()) > 3
    wants(["--version"], 0, "sekimori ")


def test_files_that_are_no_captures():
    evtx, empty = DIR / "x.evtx", DIR / "empty"
    evtx.write_bytes(b"ElfFile\0" + bytes(100))
    empty.write_bytes(b"")
    wants(["read", evtx], 1, "not a capture file", "ElfFile")
    wants(["read", DIR / "none.pcap"], 1, "no such file")
    wants(["read", empty], 1, "empty")
    wants(["read", evtx, RA], 3, "not a capture file")


def test_a_capture_without_packets_is_no_error():
    none = DIR / "none-in-it.pcap"
    none.write_bytes(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    out, _ = wants(["read", "--count", none], 0)
    assert json.loads(out)["packets"] == 0


def test_damage_is_told_with_file_and_offset_and_hides_nothing():
    whole = (ROOT / RA).read_bytes()
    cut = DIR / "cut.pcap"
    cut.write_bytes(whole[:-5])
    out, err = wants(["read", "--count", cut, RA], 3, f"{cut}:")
    assert json.loads(out)["packets"] == 4 + 5, out


def test_wrong_policies_and_signatures_stop_before_analysis():
    policy, rule = DIR / "policy.yml", DIR / "rogue.yml"
    policy.write_text("sekimori-policy: 1\nsegments:\n  a: {vlan: any, ipv6: forbiden, routers6: []}\n")
    out, err = wants(["read", "-c", policy, RA], 2, "policy.yml:3:", "forbidden")
    assert out == "", "something was analysed"
    wants(["policy", "check", policy], 1, "policy.yml:3:", "routers")
    wants(["read", "-c", DIR / "polcy.yml", RA], 2, "policy.yml")
    rule.write_text((ROOT / "signatures/ipv6/rogue-router-advertisement.yml").read_text().replace("icmpv6.ra.offers:", "icmpv6.ra.ofers:"))
    wants(["signatures", "check", rule], 1, "rogue.yml:", "icmpv6.ra.offers")
    wants(["read", "--signatures", rule, RA], 2, "rogue.yml:")


def test_count_and_events_are_json():
    out, _ = wants(["read", "--count", RA], 0)
    o = json.loads(out)
    assert o["packets"] == 5 and o["events"]["icmpv6.ra"] == 1 and o["quoted"] == {} and o["layers"]["ipv6"] == 5, o
    out, _ = wants(["read", "--events=icmpv6.ra", RA], 0)
    e = [json.loads(line) for line in out.splitlines()]
    assert len(e) == 1 and e[0]["event"]["dataset"] == "icmpv6.ra", out
    assert e[0]["sekimori"]["packet"] == {"file": RA, "number": 4}, e[0]["sekimori"]


def test_standard_input_is_read():
    data = (ROOT / RA).read_bytes()
    p = subprocess.run([SEKIMORI, "read", "--count", "-"], input=data, stdout=subprocess.PIPE, check=False, cwd=ROOT)
    assert p.returncode == 0 and json.loads(p.stdout)["packets"] == 5


def test_folders_are_read_in_order_of_names():
    folder = DIR / "many"
    folder.mkdir(exist_ok=True)
    for name in ("b.pcap", "a.pcap"):
        (folder / name).write_bytes((ROOT / RA).read_bytes())
    out, _ = wants(["read", "--events=icmpv6.ra", folder], 0)
    assert [Path(json.loads(x)["sekimori"]["packet"]["file"]).name for x in out.splitlines()] == ["a.pcap", "b.pcap"]


def test_output_that_fails_is_exit_1():
    with open("/dev/full", "wb") as full:
        p = subprocess.run([SEKIMORI, "read", "--count", RA], stdout=full, stderr=subprocess.PIPE, check=False, cwd=ROOT)
    assert p.returncode == 1 and b"No space left" in p.stderr, p
    wants(["read", "-o", "/dev/full", "-c", "captures/policy/forbidden.yml", RA], 1, "No space left")
    wants(["read", "-o", DIR / "no" / "such" / "x.jsonl", RA], 1, "x.jsonl")


def waits(pid):
    """Is it asleep, as one is who waits for more input?"""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "S"


def test_an_interrupted_read_writes_what_it_found():
    fifo = DIR / "fifo.pcap"
    os.mkfifo(fifo)
    p = subprocess.Popen([SEKIMORI, "read", "-c", "captures/policy/forbidden.yml", fifo], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    with open_pipe(fifo, p) as f:
        f.write((ROOT / RA).read_bytes())
        left, end, calm = 1, time.monotonic() + 60, 0
        while (left or calm < 3) and time.monotonic() < end:  # all is taken from the pipe, and the reader waits for more
            left = struct.unpack("i", fcntl.ioctl(f, termios.FIONREAD, b"\0" * 4))[0]
            calm = calm + 1 if not left and waits(p.pid) else 0
            time.sleep(0.01)
        assert not left, "the pipe was not read"
        p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=60)
    assert p.returncode == 130, f"exit {p.returncode}: {err}"
    lines = [json.loads(x) for x in out.splitlines()]
    ra = [x for x in lines if x["rule"]["id"] == "V6-011"]
    assert [x["event"]["action"] for x in ra] == ["open", "close"], out
    assert [x["event"]["sequence"] for x in lines] == list(range(1, len(lines) + 1))


def test_the_count_has_one_shape():
    o = json.loads(wants(["read", "--count", "captures/office-day.pcapng"], 0)[0])
    assert list(o) == ["packets", "events", "quoted", "layers", "anomalies"], list(o)
    for part in list(o)[1:]:
        assert list(o[part]) == sorted(o[part]), f"{part} is not in order"
        assert all(type(n) is int and n > 0 for n in o[part].values()), o[part]
    names = {x["name"] for x in json.loads(wants(["fields", "--events", "--format", "json"], 0)[0])}
    assert set(o["events"]) <= names, set(o["events"]) - names
    two = json.loads(wants(["read", "--count", "captures/office-day.pcapng", RA], 0)[0])
    one = json.loads(wants(["read", "--count", RA], 0)[0])
    assert two["packets"] == o["packets"] + one["packets"] and two["events"]["icmpv6.ra"] == o["events"]["icmpv6.ra"] + one["events"]["icmpv6.ra"]


def test_events_are_those_asked_for():
    counted = json.loads(wants(["read", "--count", "captures/office-day.pcapng"], 0)[0])["events"]
    for name, n in counted.items():
        out, _ = wants(["read", f"--events={name}", "captures/office-day.pcapng"], 0)
        types = {json.loads(x)["event"]["dataset"] for x in out.splitlines()}
        assert types == {name}, f"--events={name} prints {types}"
        assert len(out.splitlines()) == n, f"{name}: {len(out.splitlines())} lines, {n} counted"
    out, _ = wants(["read", "--events=icmpv6.rs,icmpv6.ra", "captures/office-day.pcapng"], 0)
    assert len(out.splitlines()) == counted["icmpv6.rs"] + counted["icmpv6.ra"]
    out, _ = wants(["read", "--events", "captures/office-day.pcapng"], 0)
    frames = {"tunnel.frame"}  # of these the stream without names holds none
    got = {json.loads(x)["event"]["dataset"] for x in out.splitlines()}
    assert got >= set(counted) - frames - {"arp.message"}, set(counted) - got


def test_explain_knows_ids_names_and_alerts():
    for what in ("V6-011", "v6-011", "rogue-router-advertisement", "6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0a6011"):
        wants(["explain", what], 0, "V6-011", "RFC 4861", "NISD-K305-111C")
    out, _ = wants(["explain", "--lang", "ja", "V6-011"], 0, "スイッチ")
    alerts = DIR / "alerts.jsonl"
    alerts.unlink(missing_ok=True)
    wants(["read", "--quiet", "--format", "table", "-c", "captures/policy/forbidden.yml", "-o", alerts, RA], 0)
    line = [x for x in alerts.read_text().splitlines() if '"V6-011"' in x][0]
    o = json.loads(line)
    wants(["explain", "-"], 0, "fe80::", "forbidden.yml:", stdin=line.encode())
    wants(["explain", "--alerts", alerts, o["sekimori"]["alert"]["id"]], 0, "V6-011")
    wants(["explain", "--alerts", alerts, o["event"]["id"]], 0, "V6-011")
    wants(["explain", "--alerts", alerts, "00000000-0000-0000-0000-000000000000"], 2)
    wants(["explain", "-"], 1, stdin=b"")
    wants(["explain", "-"], 2, "alert line", stdin=b"{nonsense\n")


def test_tables_of_fields_and_schema():
    out, _ = wants(["fields"], 0, "icmpv6.ra.router_lifetime")
    json.loads(wants(["fields", "--format", "json"], 0)[0])
    names = [x["name"] for x in json.loads(wants(["fields", "--events", "--format", "json"], 0)[0])]
    assert {"icmpv6.ra", "ipv6.seen", "flow.state", "dns.transaction", "smtp.transaction", "tunnel.state"} <= set(names)
    schema = json.loads(wants(["schema"], 0)[0])
    assert schema["$schema"].endswith("2020-12/schema")


def test_shipped_signatures_are_right_and_do_what_their_cases_say():
    wants(["signatures", "check"], 0, "no errors")
    wants(["signatures", "list"], 0, "V6-011", "TUN-002", "MAIL-001")
    out, _ = wants(["signatures", "list", "-c", "captures/policy/mail.yml"], 0, "needs")
    rows = [json.loads(x) for x in wants(["signatures", "list", "--format", "json"], 0)[0].splitlines()]
    assert all(r["title"] and r["detection"] for r in rows)
    wants(["signatures", "test"], 0, " passed, 0 failed")


# What the office day has no facts for, or its policy no words.
DAY_LACKS = {"tsp-request": "tsp.message", "tunnel-bootstrap-name-held": "name.claim", "icmp-evidence-of-tunnel": "icmp.error",
             "icmp-evidence-of-tunnel-v6": "icmpv6.error", "pref64-unsanctioned": "policy", "ipv4only-arpa-unsanctioned": "policy",
             "icmp-redirect-unauthorised": "icmp.error", "icmpv6-redirect-to-itself": "icmpv6.redirect",
             "icmpv6-redirect-unauthorised": "icmpv6.redirect", "inbound-ipv6-port-unreachable": "icmpv6.error",
             "icmpv6-traceroute-answered": "icmpv6.error", "icmpv6-node-information-answered": "icmpv6.node_info",
             "wpad-answered": "name.claim", "packet-too-big-below-minimum": "icmpv6.error"}


def test_the_coverage_says_what_could_not_have_been_found():
    path = DIR / "coverage.json"
    wants(["read", "--quiet", "--coverage", path, "-c", "captures/policy/office-day.yml", "captures/office-day.pcapng"], 0)
    c = json.loads(path.read_text())
    segments = {s["name"]: s for s in c["segments"]}
    assert segments["inet-terminals"]["packets"] > 2000 and segments["inet-terminals"]["tcp_one_sided"] == 0, segments
    assert sum(s["packets"] for s in c["segments"]) == c["packets"]
    not_there = {d["name"]: d.get("not_seen", "policy") for d in c["detections"] if not d["could_fire"]}
    assert not_there == DAY_LACKS, not_there
    wants(["read", "--quiet", "--coverage", path, "captures/answers-only.pcap"], 0)
    c = json.loads(path.read_text())
    assert not any(d["could_fire"] for d in c["detections"] if d["id"].startswith(("MAIL", "BND"))), c["detections"]
    _, err = wants(["read", "--format", "table", "captures/answers-only.pcap"], 0, "could not be seen", "MAIL-001")


def test_the_coverage_counts_protected_frames_and_dtls_as_encrypted():
    path = DIR / "coverage.json"
    for name in ("air-rogue-ra", "capwap-rogue-ra"):
        wants(["read", "--quiet", "--coverage", path, f"captures/{name}.pcap"], 0)
        assert [s["encrypted"] for s in json.loads(path.read_text())["segments"] if s["packets"]] == [1], path.read_text()
    wants(["read", "--quiet", "--coverage", path, "captures/direct-https.pcap"], 0)
    assert sum(s["encrypted"] for s in json.loads(path.read_text())["segments"]) == 0, path.read_text()


def test_no_policy_makes_no_finding_of_what_only_a_policy_forbids():
    out, _ = wants(["read", "--quiet", RA], 0)
    assert out == "", out


if __name__ == "__main__":
    main(globals())
