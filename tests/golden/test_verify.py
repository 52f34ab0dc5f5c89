#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sekimori verify: whatever is done to any line of a log is found, and the line is named; an untouched log is whole."""
import json
import random
import re
import subprocess
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
        nothing = re.sub(rb'"lines":\d+', b'"lines":0', manifest)
        assert verify(tmp, [], manifest=nothing) == [], "a run that found nothing"


def test_an_emptied_log_is_not_whole():
    lines, manifest = log()
    with tempfile.TemporaryDirectory() as tmp:
        assert "removed" in verify(tmp, [])[0][1]
        assert f"wrote {len(lines)} lines" in verify(tmp, [], manifest=manifest)[0][1]
        assert verify(tmp, [], "--last", "0" * 64) and verify(tmp, [], "--partial")
        a, b = Path(tmp) / "a", Path(tmp) / "b"
        a.write_bytes(b"")
        b.write_bytes(b"\n".join(lines) + b"\n")
        assert run("verify", a, b)[0] == 0, "a file of a rotated log in which nothing happened"


def appended(tmp, times, name="x.jsonl"):
    """The same log, written to by several runs one after another: lines of each."""
    out = Path(tmp) / name
    runs, before = [], 0
    for i in range(times):
        args = (ARGS, ["-c", "captures/policy/forbidden.yml", "captures/attacks/ra_plain.pcap"], ["captures/attacks/teredo.pcap"])
        assert run("read", "--quiet", "-o", out, *args[i])[0] == 0
        lines = out.read_bytes().splitlines()
        runs.append(lines[before:])
        before = len(lines)
    return out, runs


def test_a_run_before_another_that_was_removed_is_found():
    with tempfile.TemporaryDirectory() as tmp:
        out, runs = appended(tmp, 3)
        manifest = (Path(tmp) / "x.jsonl.manifest.json").read_bytes()
        code, text, err = run("verify", out)
        assert code == 0 and "3 runs" in text and "vouches" not in text, (text, err)
        whole = sum(runs, [])
        first = json.loads(runs[1][0])
        assert first["event"]["sequence"] == 1 and first["sekimori"]["previous_line"] != "0" * 64
        for what, lines, at in (("first", runs[1] + runs[2], 1), ("middle", runs[0] + runs[2], len(runs[0]) + 1)):
            found = verify(tmp, lines, manifest=manifest)
            assert len(found) == 1 and found[0][0] == at and "missing before this one" in found[0][1], (what, found)
        found = verify(tmp, runs[0] + runs[1], manifest=manifest)
        assert len(found) == 1 and "a run is missing" in found[0][1], found
        assert verify(tmp, runs[1] + runs[2], "--partial", manifest=manifest) == []
        assert verify(tmp, runs[1] + runs[0] + runs[2], manifest=manifest), "runs in another order"
        for i in range(len(whole)):  # the last lines of runs, too, that no manifest vouches for any more
            found = verify(tmp, whole[:i] + whole[i + 1:], manifest=manifest)
            assert found, f"line {i + 1} removed"
            found = verify(tmp, whole[:i] + [whole[i] + b" "] + whole[i + 1:], manifest=manifest)
            assert any(n == i + 1 or f"line {i + 1} was changed" in text for n, text in found), (i + 1, found)


def test_a_log_that_ended_inside_a_line_is_appended_to():
    with tempfile.TemporaryDirectory() as tmp:
        out, runs = appended(tmp, 1)
        half = out.read_bytes()[:-40]
        out.write_bytes(half)
        assert run("read", "--quiet", "-o", out, *ARGS)[0] == 0
        code, text, _ = run("verify", out)
        found = [x for x in text.splitlines() if "missing before" in x or "appended" in x]
        assert code == 1 and not found and f":{len(runs[0])}: is no JSON" in text, text


def test_what_other_systems_do_to_a_text_is_said_once():
    lines, manifest = log()
    with tempfile.TemporaryDirectory() as tmp:
        crlf = [x + b"\r" for x in lines]
        found = verify(tmp, crlf, manifest=manifest)
        assert len(found) == 1 and found[0][0] == 1 and "CR LF" in found[0][1], found
        found = verify(tmp, lines[:4] + [lines[4] + b"\r"] + lines[5:], manifest=manifest)
        assert [n for n, _ in found] == [5], found
        crlf[7] = crlf[7].replace(b'"count":', b'"count":1')
        assert [n for n, _ in verify(tmp, crlf, manifest=manifest)] == [1, 8], "and a change is found all the same"
        found = verify(tmp, [b"\xef\xbb\xbf" + lines[0]] + lines[1:], manifest=manifest)
        assert len(found) == 1 and "byte order mark" in found[0][1], found
        text = b"\n".join(lines).decode().encode("utf-16")
        found = verify(tmp, text.split(b"\n"), manifest=manifest)
        assert found[0][0] == 1 and "UTF-16" in found[0][1] and len(found) <= 2, found


def test_compressed_logs():
    lines, manifest = log()
    packers = {"gz": ["gzip", "-c"], "zst": ["zstd", "-qc"], "xz": ["xz", "-c"], "bz2": ["bzip2", "-c"], "lz4": ["lz4", "-qc"]}
    with tempfile.TemporaryDirectory() as tmp:
        plain = b"\n".join(lines) + b"\n"
        (Path(tmp) / "a.jsonl.manifest.json").write_bytes(manifest)
        changed = b"\n".join(lines[:9] + [lines[9] + b" "] + lines[10:]) + b"\n"
        for suffix, command in packers.items():
            path = Path(tmp) / f"a.jsonl.{suffix}"
            path.write_bytes(subprocess.run(command, input=plain, stdout=subprocess.PIPE, check=True).stdout)
            code, text, err = run("verify", path)
            assert code == 0 and "vouches" not in text, (suffix, text, err)
            code, text, err = run("verify", "-", stdin=path.read_bytes())
            assert code == 0, (suffix, text, err)
            alert = json.loads(lines[5])["sekimori"]["alert"]["id"]
            assert run("explain", "--alerts", path, alert)[0] == 0
            path.write_bytes(subprocess.run(command, input=changed, stdout=subprocess.PIPE, check=True).stdout)
            code, text, err = run("verify", path)
            assert code == 1 and ":10: line changed" in text, (suffix, text, err)
        path = Path(tmp) / "a.jsonl.gz"
        path.write_bytes(path.read_bytes()[:-200])
        code, text, err = run("verify", path)
        assert code == 1 and "whole" not in text and err, (text, err)


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
