#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Many files in one run: grouped by tap, in the order of time, with the same output whatever order they are named in; groups share no state."""
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, SEKIMORI, main, open_pipe, run
from many import BEGIN, POLICY, folders, read, write


def inputs(manifest):
    return json.loads(manifest)["inputs"]


def test_the_order_of_the_arguments_is_of_no_matter():
    with tempfile.TemporaryDirectory() as top:
        paths = folders(top, 30)
        first = read(top, "-c", POLICY, *paths)[:2]
        assert len(first[0].splitlines()) > 30
        mix = random.Random(1)
        for lanes in (0, 1, 2, 8):
            mix.shuffle(paths)
            assert read(top, "-c", POLICY, "--lanes", lanes, *paths)[:2] == first, f"--lanes {lanes}, shuffled: another output"


def test_counts_and_coverage_are_of_all_groups():
    with tempfile.TemporaryDirectory() as top:
        paths = folders(top, 30)
        _, out, _ = run("read", "--count", "--coverage", Path(top) / "c.json", *paths)
        counts, coverage = json.loads(out), json.loads((Path(top) / "c.json").read_text())
        each = [json.loads(run("read", "--count", p)[1]) for p in paths]
        assert counts["packets"] == sum(c["packets"] for c in each) == coverage["packets"]
        assert counts["layers"]["ipv6"] == sum(c["layers"].get("ipv6", 0) for c in each)
        assert coverage["inputs"] == 30


def test_files_are_read_in_order_of_their_first_packet():
    with tempfile.TemporaryDirectory() as top:
        for name, begin in (("c.pcap", 10), ("a.pcap", 30), ("b.pcap", 20)):
            write(Path(top) / "x" / name, "ra_plain", BEGIN + begin)
        write(Path(top) / "y" / "z.pcap", "ra_plain", BEGIN)
        _, manifest, _ = read(top, Path(top) / "x", Path(top) / "y")
        assert [(Path(i["path"]).name, i["group"]) for i in inputs(manifest)] == [("z.pcap", 1), ("c.pcap", 2), ("b.pcap", 2), ("a.pcap", 2)]


def rogues(alerts):
    """Counts of the closed alerts about rogue routers."""
    closed = [a for a in map(json.loads, alerts.splitlines()) if a["event"]["action"] == "close"]
    return [a["sekimori"]["alert"]["count"] for a in closed if a["rule"]["id"] == "V6-011"]


def test_a_chain_of_rotated_files_is_one_and_another_folder_is_not():
    """The same router twice within a minute: in one group one alert, in two groups two."""
    with tempfile.TemporaryDirectory() as top:
        write(Path(top) / "one/a.pcap", "ra_plain", BEGIN)
        write(Path(top) / "one/b.pcap", "ra_plain", BEGIN + 20)
        assert rogues(read(top, "-c", POLICY, Path(top) / "one")[0]) == [2]
        (Path(top) / "two").mkdir()
        (Path(top) / "one/b.pcap").rename(Path(top) / "two/b.pcap")
        assert rogues(read(top, "-c", POLICY, Path(top) / "one", Path(top) / "two")[0]) == [1, 1]


def test_what_one_group_taught_is_unknown_in_the_next():
    """A group's lines are those it has alone, but for the chain of hashes: nothing is carried over."""
    def bare(alerts):
        lines = []
        for a in map(json.loads, alerts.splitlines()):
            for key in ("previous_line", "run"):
                del a["sekimori"][key]
            del a["event"]["sequence"]
            lines.append(json.dumps(a))
        return lines

    with tempfile.TemporaryDirectory() as top:
        paths = folders(top, 24)
        together = bare(read(top, "-c", POLICY, *paths)[0])
        alone = []
        for folder in sorted({p.parent for p in paths}):
            alone += bare(read(top, "-c", POLICY, folder)[0])
        assert together == alone


def test_files_with_other_link_types_are_another_group():
    with tempfile.TemporaryDirectory() as top:
        write(Path(top) / "x/a.pcap", "ra_plain", BEGIN)
        write(Path(top) / "x/b.pcap", "ra_plain", BEGIN + 1, linktype=147)
        write(Path(top) / "x/c.pcap", "ra_plain", BEGIN + 2)
        _, manifest, _ = read(top, Path(top) / "x")
        assert [(Path(i["path"]).name, i["group"]) for i in inputs(manifest)] == [("a.pcap", 1), ("c.pcap", 1), ("b.pcap", 2)]


TAPS = """sekimori-policy: 1
taps:
  core: {files: ["*/core-*.pcap"]}
  edge: {files: ["*/edge-*.pcap"]}
segments:
  core: {tap: core, ipv6: forbidden, routers: []}
  edge: {tap: edge, ipv6: forbidden, routers: []}
"""


def tapped(top):
    policy = Path(top) / "taps.yml"
    policy.write_text(TAPS)
    write(Path(top) / "mon/core-1.pcap", "ra_plain", BEGIN)
    write(Path(top) / "tue/core-2.pcap", "ra_plain", BEGIN + 10)
    write(Path(top) / "mon/edge-1.pcap", "ra_plain", BEGIN + 5)
    return policy


def test_a_tap_of_the_policy_is_a_group_over_folders():
    with tempfile.TemporaryDirectory() as top:
        policy = tapped(top)
        _, manifest, err = read(top, "-c", policy, Path(top) / "mon", Path(top) / "tue")
        got = [(Path(i["path"]).name, i["group"], i["tap"]) for i in inputs(manifest)]
        assert got == [("core-1.pcap", 1, "core"), ("core-2.pcap", 1, "core"), ("edge-1.pcap", 2, "edge")], got
        assert "match no" not in err, err
        assert json.loads(manifest)["inputs_without_tap"] == []
        _, manifest, _ = read(top, "-c", policy, "--tap", "edge", Path(top) / "mon", Path(top) / "tue")
        assert [(Path(i["path"]).name, i["group"], i["tap"]) for i in inputs(manifest)] == [
            ("core-1.pcap", 1, "edge"), ("edge-1.pcap", 1, "edge"), ("core-2.pcap", 1, "edge")]


def test_files_that_match_no_tap_are_listed():
    with tempfile.TemporaryDirectory() as top:
        policy = tapped(top)
        for i in range(13):
            write(Path(top) / f"mon/other-{i:02}.pcap", "v_vxlan", BEGIN + 100 + i)
        (Path(top) / "mon/notes.txt").write_text("no capture")
        _, manifest, err = read(top, "-c", policy, "--coverage", Path(top) / "c.json", Path(top) / "mon", status=(3,))
        listed = [line.strip() for line in err.splitlines() if line.startswith("  ") and "other-" in line]
        assert len(listed) == 10 and listed[0].endswith("other-00.pcap") and "  and 3 more" in err, err
        every = [str(Path(top) / f"mon/other-{i:02}.pcap") for i in range(13)]
        assert json.loads(manifest)["inputs_without_tap"] == every
        assert json.loads((Path(top) / "c.json").read_text())["inputs_without_tap"] == every
        _, _, err = read(top, "-c", policy, "--tap", "core", Path(top) / "mon", status=(3,))
        assert "other-" not in err, "with --tap every file has one"
        _, _, err = read(top, Path(top) / "mon", status=(3,))
        assert "other-" not in err, "without a policy there is nothing to match"


def test_pipes_come_last_in_the_order_given_each_a_group():
    with tempfile.TemporaryDirectory() as top:
        for name, begin in (("a", 0), ("b", 5), ("c", 10)):
            write(Path(top) / f"{name}.pcap", "ra_plain", BEGIN + begin)
        fifo = Path(top) / "fifo"
        os.mkfifo(fifo)
        p = subprocess.Popen([SEKIMORI, "read", "--quiet", "-o", Path(top) / "o.jsonl", "--format", "json", "-", fifo, Path(top) / "c.pcap"], cwd=ROOT,
                             stdin=open(Path(top) / "b.pcap", "rb"), stdout=subprocess.DEVNULL)
        with open_pipe(fifo, p) as f:
            f.write((Path(top) / "a.pcap").read_bytes())
        assert p.wait(60) == 0
        got = [(Path(i["path"]).name, i["group"]) for i in inputs((Path(top) / "o.jsonl.manifest.json").read_bytes())]
        assert got == [("c.pcap", 1), ("-", 2), ("fifo", 3)], got


if __name__ == "__main__":
    main(globals())
