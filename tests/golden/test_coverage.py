#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The coverage statement: the record fits its schema and is the same with lanes, and says for each way of not seeing that it is so."""
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, SEKIMORI, main, run

import jsonschema

SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "deploy/schema/sekimori-coverage-1.schema.json").read_text()))
TMP = tempfile.TemporaryDirectory()
DAY, DAY_POLICY = "captures/office-day.pcapng", "captures/policy/office-day.yml"


def coverage(*args, lanes=(0, 4), exits=(0,)):
    records = []
    for n in lanes:
        path = Path(TMP.name) / "coverage.json"
        code, _, err = run("read", "--quiet", "--format", "json", "--lanes", n, "--coverage", path, *args)
        assert code in exits, err
        records.append(path.read_text())
    assert len(set(records)) == 1, "lanes differ"
    c = json.loads(records[0])
    error = next(SCHEMA.iter_errors(c), None)
    assert error is None, f"{error.json_path}: {error.message}"
    return c


def statement(*args, lang="en"):
    """What a person is told on a terminal."""
    ours, theirs = pty.openpty()
    p = subprocess.Popen([SEKIMORI, "read", "--lang", lang, *map(str, args)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=theirs,
                         env=dict(os.environ, LC_ALL="C.UTF-8"))
    os.close(theirs)
    text = b""
    try:
        while piece := os.read(ours, 65536):
            text += piece
    except OSError:
        pass
    os.close(ours)
    assert p.wait() == 0
    return text.decode().replace("\r\n", "\n")


def frames_of(capture):
    data, at, out = (ROOT / f"captures/{capture}.pcap").read_bytes(), 24, []
    while at < len(data):
        second, micro, n, _ = struct.unpack_from("<IIII", data, at)
        out.append((second * 1_000_000 + micro, data[at + 16:at + 16 + n]))
        at += 16 + n
    return out


def write(name, frames, snaplen=262144):
    path = Path(TMP.name) / f"{name}.pcap"
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, snaplen, 1))
        for t, frame in frames:
            f.write(struct.pack("<IIII", t // 1_000_000, t % 1_000_000, len(frame[:snaplen]), len(frame)) + frame[:snaplen])
    return path


def test_every_capture_gives_a_record_that_fits_the_schema():
    for path in sorted((ROOT / "captures").glob("**/*.pcap*")):
        c = coverage(path)
        assert sum(s["packets"] for s in c["segments"]) == c["packets"], path
        assert sum(s["bytes"] for s in c["segments"]) == c["bytes"], path


def test_places_add_up():
    c = coverage("-c", DAY_POLICY, "--tap", "core", DAY)
    tap = {t["name"]: t for t in c["taps"]}["core"]
    for key in ("packets", "bytes", "first", "last", "tcp_flows", "tcp_one_sided", "truncated", "undecoded", "encrypted", "copies"):
        assert tap[key] == c[key], key
    assert sum(s["tcp_flows"] for s in c["segments"]) == sum(p["tcp_flows"] for p in c["segment_pairs"]) == c["tcp_flows"] > 100
    assert not any(p["one_sided"] for p in c["segment_pairs"])


def connections(n, both):
    """n connections of direct-https, from one address each; the answers left out if not both."""
    out = []
    for k in range(n):
        for t, f in frames_of("direct-https"):
            f = bytearray(f)
            if f[12:14] == b"\x08\x00" and f[23] == 6:  # an inside address begins with 10
                inside = 26 if f[26] == 10 else 30
                if inside == 30 and not both:
                    continue
                f[inside + 3] = k + 1
                out.append((t + k * 1_000_000, bytes(f)))
    return sorted(out)


def test_a_mirror_of_one_side_is_said_with_what_hangs_on_it():
    two, one = write("two-sided", connections(12, True)), write("one-sided", connections(12, False))
    args = ("-c", "captures/policy/minimal.yml")
    c = coverage(*args, two)
    assert c["tcp_flows"] == 12 and c["tcp_one_sided"] == 0, c
    c = coverage(*args, one)
    assert c["tcp_flows"] == c["tcp_one_sided"] == 12, c
    assert [p["one_sided"] for p in c["segment_pairs"]] == [True], c["segment_pairs"]
    limited = {d["id"] for d in c["detections"] if "one-sided" in d.get("limited_by", ())}
    assert {"BND-001", "DNS-001", "MAIL-001"} <= limited and "V6-011" not in limited, limited
    assert "from one side only: BND-001" in statement(*args, one)
    assert "one-sided" not in statement(*args, two) and "one side" not in statement(*args, two)


def test_a_scan_that_nobody_answers_is_not_a_one_sided_mirror():
    syn = next(f for t, f in frames_of("direct-refused") if f[23] == 6 and f[47] == 2)
    out = []
    for k in range(200):
        f = bytearray(syn)
        f[33] = k
        out += [(k * 10_000, bytes(f)), (k * 10_000 + 1_100_000, bytes(f))]
    c = coverage(write("scan", sorted(out)))
    assert c["tcp_one_sided"] == 0, c


def test_cut_frames_are_said_with_what_hangs_on_contents():
    path = write("cut", frames_of("open-resolver-v4v6"), 60)
    c = coverage("-c", "captures/policy/minimal.yml", path)
    assert c["truncated"] == c["packets"]
    d = {d["id"]: d for d in c["detections"]}
    assert "truncated" in d["DNS-001"]["limited_by"] and "limited_by" not in d["V6-011"], d
    assert "contents cut by the capture: DNS-001 MAIL-001" in statement("-c", "captures/policy/minimal.yml", path)


def test_copies_of_a_mirror_are_counted():
    frames = frames_of("office-dualstack-boot")
    c = coverage(write("doubled", [(t + later, f) for t, f in frames for later in (0, 9)]))
    assert c["packets"] == 2 * len(frames) and len(frames) * 0.9 <= c["copies"] <= len(frames), c


def test_steps_of_the_clock_are_counted():
    frames = frames_of("office-dualstack-boot")
    c = coverage(write("steps", [frames[0], (frames[0][0] + 7200 * 1_000_000, frames[1][1]), frames[1], *frames[2:]]))
    assert (c["clock_forward"], c["clock_back"]) == (1, 1), c
    assert "set back 1 times" in statement(write("steps", [frames[0], (frames[0][0] + 7200 * 1_000_000, frames[1][1]), *frames[1:]]))


def test_nothing_is_said_to_have_been_looked_for_where_nothing_was():
    empty = write("empty", [])
    c = coverage(empty)
    assert c["packets"] == 0 and not any(d["could_fire"] for d in c["detections"]) and "first" not in c, c
    text = statement(empty)
    assert "\n0 of " in text and "seen: 0 packets, 0 bytes, - to -" in text, text
    c = coverage("-c", DAY_POLICY, "captures/answers-only.pcap")
    assert all(s["packets"] == 0 for s in c["segments"] if s["name"] != "unassigned")
    text = statement("-c", DAY_POLICY, "captures/answers-only.pcap")
    assert "segment dmz: no packet" in text and re.search(r"no icmpv6\.ra was seen:[^:]* V6-011 ", text), text


def test_people_are_told_after_every_run_and_pipes_are_not():
    for extra in ([], ["--count"], ["--events"], ["--format", "json"], ["--format", "table"]):
        assert "seen: 3866 packets" in statement(*extra, DAY), extra
    assert "見えたもの: 3866 パケット" in statement(DAY, lang="ja")
    assert "seen:" not in statement("--quiet", DAY)
    assert run("read", "--format", "json", DAY)[2] == ""


def test_lines_of_the_statement_fit_a_terminal():
    for line in statement(DAY).splitlines():
        assert len(line.split("\x1b[K")[-1]) <= 120, line


if __name__ == "__main__":
    main(globals())
