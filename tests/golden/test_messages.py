#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What people read has no holes: no headline or message of any shipped capture, under any shipped policy, shows an absent value
as a gap, a bare comma or a program's word for yes and no."""
import json
import re
import sys
import unicodedata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, main, run

GAP = re.compile(r"  |^ | $| [,;)、。]| \.( |$)| :\.|\( |\(\)|（）|「」|[{}]|\b(true|false|null)\b|none none|なし なし|、、|、。|。。|: \.")


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def test_no_message_has_a_hole():
    policies = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "captures/policy").glob("*.yml"))
    seen = 0
    for policy in [None, *policies]:
        args = ["-c", policy] if policy else []
        code, out, err = run("read", "--quiet", "--format", "json", *args, "captures")
        assert code in (0, 3), err
        for line in map(json.loads, out.splitlines()):
            ours = line["sekimori"]
            for text in (line["message"], ours["message_ja"], ours["headline"], ours["headline_ja"]):
                assert not GAP.search(text), f"{policy} {line['rule']['id']}: {text}"
                seen += 1
            assert max(width(ours["headline"]), width(ours["headline_ja"])) <= 36, f"{policy}: {ours['headline_ja']}"
    assert seen > 1000, seen


if __name__ == "__main__":
    main(globals())
