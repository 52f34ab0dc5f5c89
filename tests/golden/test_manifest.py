#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The manifest beside the alerts: every input with its hash, what judged it, and nothing that another machine or run would change."""
import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, SEKIMORI, main, open_pipe, run
from many import BEGIN, POLICY, folders, read, write

import jsonschema

SCHEMA = json.loads((ROOT / "deploy/schema/sekimori-manifest-1.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(SCHEMA)
RA = "captures/attacks/ra_plain.pcap"


def checked(text):
    o = json.loads(text)
    error = next(jsonschema.Draft202012Validator(SCHEMA).iter_errors(o), None)
    assert error is None, f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
    return o


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_each_input_is_there_with_what_was_read_of_it():
    with tempfile.TemporaryDirectory() as top:
        paths = folders(top, 12)
        alerts, manifest, _ = read(top, "-c", POLICY, *sorted(Path(top).glob("tap*")))
        o = checked(manifest)
        assert o["exit_status"] == 0 and len(o["inputs"]) == 12
        for i in o["inputs"]:
            data = Path(i["path"]).read_bytes()
            counts = json.loads(run("read", "--count", i["path"])[1])
            assert i["sha256"] == hashlib.sha256(data).hexdigest() and i["size"] == len(data) and i["packets"] == counts["packets"], i
            assert i["first"] <= i["last"] and i["kind"] == "capture"
        assert {i["path"] for i in o["inputs"]} == set(map(str, paths))
        assert o["packets"] == sum(i["packets"] for i in o["inputs"]) == sum(g["packets"] for g in o["groups"])
        assert [g["group"] for g in o["groups"]] == [1, 2, 3] and [g["captures"] for g in o["groups"]] == [4, 4, 4]
        assert o["first"] == min(i["first"] for i in o["inputs"]) and o["last"] == max(i["last"] for i in o["inputs"])
        lines = alerts.splitlines()
        assert o["alerts"]["lines"] == len(lines) and o["alerts"]["last_line"] == hashlib.sha256(lines[-1]).hexdigest()
        assert o["alerts"]["alerts"] == sum(json.loads(x)["event"]["action"] == "open" for x in lines)
        assert o["run"] == json.loads(lines[0])["sekimori"]["run"]


def test_what_judged_is_named():
    with tempfile.TemporaryDirectory() as top:
        _, manifest, _ = read(top, "-c", POLICY, "--filter", "icmp6", "--lanes", "2", "--quiet", RA)
        o = checked(manifest)
        version = run("--version")[1].split()
        assert o["program"] == {"name": "sekimori", "version": version[1]}
        assert o["policy"]["path"] == POLICY and len(o["policy"]["sha256"]) == 64
        assert o["signatures"]["count"] == len(run("signatures", "list", "--format", "json")[1].splitlines())
        assert o["filter"] == "icmp6"
        assert o["command"] == {"name": "read", "options": [f"--output={top}/alerts.jsonl", "--format=json", f"--policy={POLICY}", "--filter=icmp6"],
                                "paths": [RA]}
        _, other, _ = read(top, "--filter", "icmp6", RA)
        assert "policy" not in checked(other) and checked(other)["run"] != o["run"]


def test_a_filter_leaves_packets_out_and_says_how_many():
    with tempfile.TemporaryDirectory() as top:
        whole = checked(read(top, RA)[1])["inputs"][0]
        part = checked(read(top, "--filter", "icmp6 and ip6[40] == 134", RA)[1])["inputs"][0]
        assert part["packets"] + part["filtered"] == whole["packets"] and part["filtered"] > 0
        assert (part["first"], part["last"], part["sha256"]) == (whole["first"], whole["last"], whole["sha256"])


def test_the_same_whatever_the_lanes_the_time_and_the_folder_one_stands_in():
    with tempfile.TemporaryDirectory() as top:
        folders(top, 12)
        first = read(top, "-c", POLICY, *sorted(Path(top).glob("tap*")))[1]
        for lanes in (1, 2, 8):
            assert read(top, "-c", POLICY, "--lanes", lanes, *sorted(Path(top).glob("tap*")))[1] == first
        for word in (os.uname().nodename, str(os.getpid())):
            assert f'"{word}"' not in first.decode()


def test_damage_is_told_in_the_record_of_its_input():
    with tempfile.TemporaryDirectory() as top:
        write(Path(top) / "c/a.pcap", "ra_plain", BEGIN)
        cut = Path(top) / "c/cut.pcap"
        cut.write_bytes((ROOT / RA).read_bytes()[:-5])
        (Path(top) / "c/notes.txt").write_text("no capture")
        o = checked(read(top, Path(top) / "c", status=(3,))[1])
        assert o["exit_status"] == 3
        by_name = {Path(i["path"]).name: i for i in o["inputs"]}
        assert "damage" not in by_name["a.pcap"]
        assert by_name["cut.pcap"]["damaged"] and "offset" in by_name["cut.pcap"]["damage"][0]
        assert by_name["notes.txt"]["kind"] == "unreadable" and "not a capture" in by_name["notes.txt"]["damage"][0]["what"]
        assert "group" not in by_name["notes.txt"] and by_name["notes.txt"]["packets"] == 0


def test_archives_and_what_lies_in_them():
    with tempfile.TemporaryDirectory() as top:
        write(Path(top) / "a.pcap", "ra_plain", BEGIN)
        write(Path(top) / "b.pcap", "v_vxlan", BEGIN + 5)
        with zipfile.ZipFile(Path(top) / "case.zip", "w") as z:
            z.write(Path(top) / "a.pcap", "day1/a.pcap")
            z.write(Path(top) / "b.pcap", "day1/b.pcap")
            z.writestr("readme.txt", "hello")
        with tarfile.open(Path(top) / "case.tar.gz", "w:gz") as t:
            t.add(Path(top) / "b.pcap", "b.pcap")
        o = checked(read(top, Path(top) / "case.zip", Path(top) / "case.tar.gz", Path(top) / "b.pcap")[1])
        rows = [(Path(i["path"]).name if "!" not in i["path"] else i["path"].split("!")[1], i["kind"], i["packets"]) for i in o["inputs"]]
        assert rows == [("case.zip", "archive", 0), ("day1/a.pcap", "capture", 5), ("day1/b.pcap", "capture", 1), ("b.pcap", "capture", 1),
                        ("case.tar.gz", "archive", 0), ("b.pcap", "capture", 1)], rows
        assert o["inputs"][0]["sha256"] == sha256(Path(top) / "case.zip")
        assert o["inputs"][1]["container"] == str(Path(top) / "case.zip") and "sha256" not in o["inputs"][1]


def test_what_is_told_of_an_entry_that_cannot_be_read_is_in_no_other_record():
    with tempfile.TemporaryDirectory() as top:
        data = (ROOT / RA).read_bytes()
        with zipfile.ZipFile(Path(top) / "case.zip", "w") as z:
            for i in range(4):
                z.writestr(f"bad{i}.pcap", gzip.compress(gzip.compress(data)))
                z.writestr(f"cap{i}.pcap", data)
        o = checked(read(top, Path(top) / "case.zip", status=(3,))[1])
        assert [Path(i["path"]).name for i in o["inputs"]] == ["case.zip"] + [f"case.zip!{k}{i}.pcap" for i in range(4) for k in ("bad", "cap")]
        for i in o["inputs"][1:]:
            bad = "!bad" in i["path"]
            assert bad == ("damage" in i) and i["kind"] == ("unreadable" if bad else "capture"), i
            assert not bad or "compressed twice" in i["damage"][0]["what"], i


def test_where_it_is_written():
    with tempfile.TemporaryDirectory() as top:
        out = Path(top) / "o.jsonl"
        assert run("read", "--quiet", RA)[0] == 0 and not list(Path(top).iterdir()), "without -o there is none"
        assert run("read", "-o", out, "--no-manifest", RA)[0] == 0
        assert [p.name for p in Path(top).iterdir()] == ["o.jsonl"]
        assert run("read", "-o", f"file:{out}", RA)[0] == 0
        checked((Path(top) / "o.jsonl.manifest.json").read_text())
        assert run("read", "--manifest", Path(top) / "m.json", RA)[0] == 0
        assert checked((Path(top) / "m.json").read_text())["inputs"][0]["sha256"] == sha256(ROOT / RA)
        code, out, _ = run("read", "--manifest", "/dev/stdout", "-o", "/dev/null", "--format", "table", RA)
        assert code == 0 and '"inputs":[' in out
        code, _, err = run("read", "--manifest", Path(top) / "no/such/m.json", RA)
        assert code == 1 and "no/such/m.json" in err, err
        assert not [p for p in Path(top).iterdir() if p.name.endswith(".new")]


def test_an_input_is_never_written_to():
    with tempfile.TemporaryDirectory() as top:
        evidence = Path(top) / "a.pcap"
        data = (ROOT / RA).read_bytes()
        evidence.write_bytes(data)
        for option in (["--manifest", evidence], ["--coverage", evidence], ["-o", evidence], ["-o", f"file:{evidence}"]):
            code, _, err = run("read", *option, evidence)
            assert code == 2 and "never written" in err and evidence.read_bytes() == data, (option, code, err)
            code, _, err = run("read", *option, top)  # reached through its folder
            assert code == 2 and "never written" in err and evidence.read_bytes() == data, (option, code, err)


def test_what_a_run_wrote_into_the_folder_is_no_input_of_the_next():
    with tempfile.TemporaryDirectory() as top:
        (Path(top) / "a.pcap").write_bytes((ROOT / RA).read_bytes())
        out, coverage = Path(top) / "alerts.jsonl", Path(top) / "coverage.json"
        for _ in range(3):
            code, _, err = run("read", "--quiet", "-o", out, "--coverage", coverage, top)
            assert code == 0, (code, err)
        code, _, err = run("read", "-o", out, "--manifest", out, top)
        assert code == 2 and "two outputs" in err, (code, err)


def test_an_older_one_is_replaced_whole():
    with tempfile.TemporaryDirectory() as top:
        path = Path(top) / "m.json"
        path.write_text("x" * 100000)
        link = Path(top) / "link.json"
        link.symlink_to("m.json")
        assert run("read", "--manifest", link, RA)[0] == 0
        assert link.is_symlink()
        checked(path.read_text())


def test_an_interrupted_run_says_what_it_read():
    with tempfile.TemporaryDirectory() as top:
        fifo = Path(top) / "fifo"
        os.mkfifo(fifo)
        write(Path(top) / "a.pcap", "ra_plain", BEGIN)
        p = subprocess.Popen([SEKIMORI, "read", "--quiet", "-o", "o.jsonl", "-c", ROOT / POLICY, "a.pcap", "fifo"], cwd=top,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        data = (ROOT / RA).read_bytes()
        end = time.monotonic() + 60
        with open_pipe(fifo, p) as f:
            f.write(data[:24] + data[24:] * 200)  # past what the run's id looks at; then it waits for more
            while not ((Path(top) / "o.jsonl").exists() and (Path(top) / "o.jsonl").stat().st_size) and time.monotonic() < end:
                time.sleep(0.01)  # polling for a state
            assert (Path(top) / "o.jsonl").stat().st_size, "nothing was written"
            p.send_signal(signal.SIGINT)
            assert p.wait(60) == 130
        o = checked((Path(top) / "o.jsonl.manifest.json").read_text())
        assert o["exit_status"] == 130
        assert all("sha256" not in i for i in o["inputs"] if i["path"] == "fifo")


if __name__ == "__main__":
    main(globals())
