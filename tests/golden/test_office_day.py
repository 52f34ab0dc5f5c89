#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The shipped day, whole: every alert line equals the reviewed golden file, in every way of running, and is well-formed.
`--update` rewrites the golden file from a run (review the difference before committing it)."""
import hashlib
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, alerts, main, run

import jsonschema

GOLDEN = ROOT / "tests/golden/office-day.jsonl"
ARGS = ["-c", "captures/policy/office-day.yml", "captures/office-day.pcapng"]
# The run id hashes the version and the texts of signatures; what depends on it says nothing about behaviour.
VOLATILE = ("run", "previous_line")


def lines(*extra):
    code, out, err = run("read", "--quiet", "--format", "json", *extra, *ARGS)
    assert code == 0, err
    return out


def stable(text):
    rows = []
    for line in text.splitlines():
        o = json.loads(line)
        for key in VOLATILE:
            o["sekimori"].pop(key)
        o["observer"].pop("version")
        rows.append(o)
    return rows


def test_every_line_is_the_golden_one():
    got, want = stable(lines()), [json.loads(x) for x in GOLDEN.read_text().splitlines()]
    assert len(got) == len(want), f"{len(got)} lines, {len(want)} in {GOLDEN.name}"
    for i, (g, w) in enumerate(zip(got, want), 1):
        assert g == w, f"line {i}: {first_difference(g, w)}"


def first_difference(a, b, path=""):
    if isinstance(a, dict) and isinstance(b, dict):
        for k in sorted(a.keys() | b.keys()):
            if a.get(k) != b.get(k):
                return first_difference(a.get(k), b.get(k), f"{path}.{k}")
    return f"{path}: {json.dumps(a, ensure_ascii=False)} is not {json.dumps(b, ensure_ascii=False)}"


def test_the_same_bytes_inline_and_with_any_lanes_and_twice():
    first = lines()
    for lanes in ("0", "1", "2", "4", "8"):
        assert lines("--lanes", lanes) == first, f"--lanes {lanes} differs"


def test_each_line_is_valid_and_small():
    code, schema, err = run("schema", "--strict")
    assert code == 0, err
    validator = jsonschema.Draft202012Validator(json.loads(schema))
    for i, line in enumerate(lines().splitlines(), 1):
        assert len(line.encode()) <= 8192, f"line {i} has {len(line.encode())} bytes"
        error = next(validator.iter_errors(json.loads(line)), None)
        assert error is None, f"line {i}: {list(error.absolute_path)}: {error.message}"


def test_the_chain_and_the_sequence_hold():
    previous, n = "0" * 64, 0
    for line in lines().splitlines():
        o = json.loads(line)
        n += 1
        assert o["event"]["sequence"] == n, f"sequence {o['event']['sequence']} on line {n}"
        assert o["sekimori"]["previous_line"] == previous, f"chain broken at line {n}"
        assert line.endswith(previous + '"}}'), "previous_line is not last"
        assert line.startswith('{"@timestamp":'), "@timestamp is not first"
        previous = hashlib.sha256(line.encode()).hexdigest()


def nothing_empty(value, path):
    assert value is not None and value != "", f"{path} is empty"
    if isinstance(value, dict):
        for k, v in value.items():
            nothing_empty(v, f"{path}.{k}")
    if isinstance(value, list):
        for v in value:
            nothing_empty(v, path + "[]")


def test_no_null_and_no_empty_text():
    for o in alerts(*ARGS):
        nothing_empty(o, "")


def test_every_opened_alert_is_closed_with_its_count():
    state = {}
    for o in alerts(*ARGS):
        a = o["sekimori"]["alert"]
        state.setdefault(a["id"], []).append((o["event"]["action"], a["revision"], a["count"]))
    for key, life in state.items():
        assert life[0][0] == "open" and life[-1][0] == "close", f"{key}: {life}"
        assert [r for _, r, _ in life] == list(range(len(life))), f"{key}: revisions {life}"
        assert all(x[2] <= y[2] for x, y in zip(life, life[1:])), f"{key}: count falls {life}"


def test_a_file_gets_the_same_lines():
    with tempfile.TemporaryDirectory() as tmp:
        out = Path(tmp) / "alerts.jsonl"
        code, table, err = run("read", "--quiet", "--format", "table", "-o", out, *ARGS)
        assert code == 0, err
        assert out.read_text() == lines(), "-o differs from standard output"
        assert "V6-011" in table and "kali" in table


def test_tables_fit_80_columns():
    import unicodedata
    for lang in ("en", "ja"):
        code, table, _ = run("read", "--quiet", "--format", "table", "--lang", lang, *ARGS)
        assert code == 0
        for line in table.splitlines():
            width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
            assert width <= 80, f"{lang}: {width} columns: {line}"


if __name__ == "__main__":
    if "--update" in sys.argv:
        GOLDEN.write_text("".join(json.dumps(o, ensure_ascii=False) + "\n" for o in stable(lines())))
        sys.exit(0)
    main(globals())
