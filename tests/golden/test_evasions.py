#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""captures/evasions.pcapng: each evasion in each wrapper gives exactly its events, known from the standards (tests/live/truth.py) and from
how it was wrapped, not from an earlier run of ours; inline and in two lanes."""
import json
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, main, run

for folder in ("captures", "tests/live"):
    sys.path.insert(0, str(ROOT / folder))
from evasions import recorded  # noqa: E402
from expected import expected, got  # noqa: E402
from wrappers import WRAPPERS  # noqa: E402


def test_each_evasion_in_each_wrapper_gives_its_events():
    want = {}
    for name in WRAPPERS:
        for frames in recorded(name):
            for facts in expected(name, frames):
                want.setdefault(name, Counter())[facts] += 1
    owner = [name for name in WRAPPERS for frames in recorded(name) for _ in frames]
    for lanes in (0, 2):
        code, out, err = run("read", "--quiet", "--events", "--lanes", lanes, "captures/evasions.pcapng")
        assert code == 0, err
        have = {}
        for line in out.splitlines():
            event = json.loads(line)
            for facts in got(event):
                have.setdefault(owner[event["sekimori"]["packet"]["number"] - 1], Counter())[facts] += 1
        told = [f"{n}: missing {dict(want[n] - have.get(n, Counter()))}, unexpected {dict(have.get(n, Counter()) - want[n])}"
                for n in WRAPPERS if want[n] != have.get(n)]
        assert not told, "\n".join(told)


if __name__ == "__main__":
    main(globals())
