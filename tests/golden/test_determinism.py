#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The same events, byte for byte, inline and with 1, 2, 4, 8 lanes, on every capture of ours and (with CORPUS) on a sample of the others."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import CORPUS, ROOT, main, run


def events(path, lanes):
    code, out, err = run("read", "--quiet", "--events", "--lanes", lanes, path)
    assert code in (0, 1, 3), f"{path}: exit {code}: {err}"
    return code, out


def same(paths):
    for path in paths:
        first = events(path, 0)
        for lanes in (1, 2, 4, 8):
            assert events(path, lanes) == first, f"{path}: --lanes {lanes} differs from inline"


def test_every_capture_of_ours():
    ours = sorted((ROOT / "captures").glob("*.pcap*")) + sorted((ROOT / "captures/attacks").glob("*.pcap"))
    assert len(ours) > 50
    same([p.relative_to(ROOT) for p in ours])


def test_a_sample_of_the_corpus():
    if not CORPUS:
        print("no CORPUS: only captures of ours were compared")
        return
    rows = [json.loads(x) for x in open(Path(CORPUS) / "captures/labels.jsonl", encoding="utf-8")]
    rows = sorted((r for r in rows if r["packets"] >= 20 and r["size"] < 400_000), key=lambda r: r["sha256"])[:40]
    same([Path(CORPUS) / "captures" / r["file"] for r in rows])


if __name__ == "__main__":
    main(globals())
