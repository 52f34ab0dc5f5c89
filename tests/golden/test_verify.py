#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sekimori verify: whatever is done to any line of a log is found, and the line is named; an untouched log is whole."""
import json
import random
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, main, run

ARGS = ["-c", "captures/policy/office-day.yml", "captures/office-day.pcapng"]
_log = []


def log():
    """Lines of the shipped day as bytes, and its manifest."""
    if not _log:
        with tempfile.TemporaryDirectory() as tmp:
            out = Path(tmp) / "a.jsonl"
            code, _, err = run("read", "--quiet", "-o", out, *ARGS)
            assert code == 0, err
            _log.append((out.read_bytes().splitlines(), (Path(tmp) / "a.jsonl.manifest.json").read_bytes()))
    return _log[0]


def verify(tmp, lines, *options, manifest=None, end=b"\n", name="x.jsonl"):
    path = Path(tmp) / name
    path.write_bytes(b"\n".join(lines) + (end if lines else b""))
    beside = Path(tmp) / (name + ".manifest.json")
    beside.unlink(missing_ok=True)
    if manifest:
        beside.write_bytes(manifest)
    code, out, err = run("verify", *options, path)
    found = [(int(m.group(1)), m.group(2)) for m in re.finditer(r"^.*\.jsonl:(\d+): (.*)$", out, re.M)]
    assert (code == 1) == bool(found), (code, out, err)
    return found


def test_an_untouched_log_is_whole():
    lines, manifest = log()
    with tempfile.TemporaryDirectory() as tmp:
        assert verify(tmp, lines) == []
        assert verify(tmp, lines, manifest=manifest) == []
        assert verify(tmp, lines + lines) == [], "two runs, one after another"
        assert verify(tmp, []) == []


def changes(line, rng):
    """A byte of a value changed, so that it is still JSON; a byte changed anywhere; a member gone."""
    digits = [m.start() for m in re.finditer(rb"(?<=[0-9a-f-])[0-9](?=[0-9a-f-])", line)]
    at = rng.choice(digits)
    yield "digit", line[:at] + (b"7" if line[at:at + 1] != b"7" else b"3") + line[at + 1:]
    at = rng.randrange(len(line))
    other = bytes([(line[at] + rng.randrange(1, 255)) % 256])
    yield "byte", line[:at] + (b"x" if other in b"\n" else other) + line[at + 1:]
    o = json.loads(line)
    o["message"] = "nothing happened"
    yield "message", json.dumps(o, ensure_ascii=False, separators=(",", ":")).encode()
    yield "blank", line + b" "


def test_a_change_of_any_line_is_found_and_named():
    lines, manifest = log()
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as tmp:
        for i, line in enumerate(lines):
            for what, other in changes(line, rng):
                if other == line:
                    continue
                found = verify(tmp, lines[:i] + [other] + lines[i + 1:], manifest=manifest)
                assert i + 1 in [n for n, _ in found], f"{what} of line {i + 1}: {found}"


def test_any_removed_line_is_found():
    lines, manifest = log()
    with tempfile.TemporaryDirectory() as tmp:
        for i in range(len(lines)):
            found = verify(tmp, lines[:i] + lines[i + 1:], manifest=manifest)
            seq = f"sequence {i + 1})"
            assert len(found) == 1 and seq in found[0][1], f"line {i + 1}: {found}"
        found = verify(tmp, lines[:7] + lines[12:])
        assert found == [(8, "5 lines missing before this one (sequence 8..12)")], found
        assert verify(tmp, lines[:-3]) and verify(tmp, [], manifest=manifest), "the end shows without a manifest too"


def test_any_moved_or_repeated_line_is_found():
    lines, _ = log()
    rng = random.Random(2)
    with tempfile.TemporaryDirectory() as tmp:
        for i in range(len(lines) - 1):
            swapped = lines[:i] + [lines[i + 1], lines[i]] + lines[i + 2:]
            assert i + 2 in [n for n, _ in verify(tmp, swapped)], i
            k = rng.randrange(i, len(lines))
            found = verify(tmp, lines[:k + 1] + [lines[i]] + lines[k + 1:])
            assert found and (i == 0 or k + 2 in [n for n, _ in found]), (i, k, found)  # line 1 begins a run


def test_any_cut_is_found():
    lines, manifest = log()
    rng = random.Random(3)
    with tempfile.TemporaryDirectory() as tmp:
        for i, line in enumerate(lines):
            at = rng.randrange(1, len(line))
            assert i + 1 in [n for n, _ in verify(tmp, lines[:i] + [line[:at]], end=b"")], i
            assert i + 1 in [n for n, _ in verify(tmp, lines[:i] + [line[:at]] + lines[i + 1:])], i


def test_files_of_one_chain_in_their_order():
    lines, manifest = log()
    with tempfile.TemporaryDirectory() as tmp:
        a, b = Path(tmp) / "a", Path(tmp) / "b"
        a.write_bytes(b"\n".join(lines[:20]) + b"\n")
        b.write_bytes(b"\n".join(lines[20:]) + b"\n")
        (Path(tmp) / "b.manifest.json").write_bytes(manifest)
        code, out, err = run("verify", a, b)
        assert code == 0 and "lines of 1 run;" in out and "vouches" not in out, (out, err)
        assert run("verify", b, a)[0] == 1 and run("verify", b)[0] == 1
        assert run("verify", "--partial", b)[0] == 0
        changed = lines[19].replace(b'"count":', b'"count":1')
        a.write_bytes(b"\n".join(lines[:19] + [changed]) + b"\n")
        code, out, err = run("verify", a, b)
        assert code == 1 and "a:20: line changed after writing (hash of it, kept in line 1 of" in out, out
        code, out, err = run("verify", "-", stdin=b"\n".join(lines) + b"\n")
        assert code == 0, err


def test_the_end_is_vouched_for_by_a_hash_that_was_kept():
    lines, _ = log()
    with tempfile.TemporaryDirectory() as tmp:
        path = Path(tmp) / "x.jsonl"
        path.write_bytes(b"\n".join(lines) + b"\n")
        last = re.search(r"last line ([0-9a-f]{32})", run("verify", path)[1]).group(1)
        assert run("verify", "--last", last, path)[0] == 0
        assert verify(tmp, lines[:-1] + [lines[-1] + b" "], "--last", last)
        assert verify(tmp, lines, "--last", "0" * 64)
        assert run("verify", "--last", "xyz", path)[0] == 2


def test_a_resumed_run_is_one_chain():
    lines, _ = log()
    with tempfile.TemporaryDirectory() as tmp:
        out = Path(tmp) / "a.jsonl"
        files = sorted(str(p) for p in (ROOT / "captures/attacks").glob("*.pcap"))
        assert run("read", "--quiet", "-c", "captures/policy/forbidden.yml", "-o", out, *files)[0] == 0
        code, text, err = run("verify", out)
        assert code == 0 and "vouches" not in text, (text, err)


def test_what_is_no_log():
    with tempfile.TemporaryDirectory() as tmp:
        for lines in ([b"{}"], [b"\x00\xff"], [b"[" * 5000], [b'{"event":{"sequence":-1}}'], [b""], [b"x" * 2_000_000]):
            assert verify(tmp, lines), lines[0][:20]
    assert run("verify", "/nowhere")[0] == 1
    assert run("verify")[0] == 2
    assert run("verify", "--lsat", "x")[0] == 2
    assert "usage:" in run("verify", "--help")[1]


if __name__ == "__main__":
    main(globals())
