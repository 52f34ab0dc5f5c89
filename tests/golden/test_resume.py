#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""read --resume: a run that was interrupted, however and wherever, and goes on writes what a run that never was would have written."""
import hashlib
import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, SEKIMORI, main, run
from many import BEGIN, POLICY, folders, read, write

FILES = 48
WRITTEN = ("alerts.jsonl", "alerts.jsonl.manifest.json", "coverage.json")


def start(top, *args, limit=None, stdout=subprocess.DEVNULL):
    def before():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    return subprocess.Popen([SEKIMORI, "read", "-o", "alerts.jsonl", "--format", "json", "--coverage", "coverage.json", *map(str, args)],
                            cwd=top, stdout=stdout, stderr=subprocess.PIPE, preexec_fn=before)


def finish(p):
    out, err = p.communicate(timeout=300)
    return p.returncode, err.decode(), out


def written(top):
    return {name: (Path(top) / name).read_bytes() for name in WRITTEN}


def clean(top):
    for path in Path(top).glob("*.json*"):
        path.unlink()


class World:
    """Captures in folders and what an uninterrupted run makes of them."""

    def __init__(self, top, files=FILES, chains=4):
        self.top = top
        self.args = ["-c", ROOT / POLICY, *[p.relative_to(top) for p in folders(top, files, chains)]]
        begun = time.monotonic()
        code, err, _ = finish(start(top, *self.args))
        self.seconds = time.monotonic() - begun
        assert code == 0, err
        assert not (Path(top) / "alerts.jsonl.resume").exists(), "a state is left of a run that is complete"
        self.whole = written(top)
        self.length = len(self.whole["alerts.jsonl"])
        clean(top)

    def holds(self, what):
        got = written(self.top)
        for name in WRITTEN:
            assert got[name] == self.whole[name], f"{what}: {name} differs from that of an uninterrupted run"
        assert not (Path(self.top) / "alerts.jsonl.resume").exists(), f"{what}: the state is left"


def state_is_sound(top):
    """The output is at least as long as the state says, and ends a line there."""
    path = Path(top) / "alerts.jsonl.resume"
    if not path.exists():
        return 0
    state = json.loads(path.read_text())
    output = (Path(top) / "alerts.jsonl").read_bytes()
    assert len(output) >= state["length"], "the state is ahead of the output"
    kept = output[:state["length"]]
    assert kept == b"" or kept.endswith(b"\n")
    if state["sequence"]:
        assert hashlib.sha256(kept.splitlines()[-1]).hexdigest() == state["previous_line"]
    return state["place"]


def test_ended_at_many_places_by_the_size_of_its_file():
    """The kernel ends the run in the middle of a line, wherever the limit falls: like a power failure there."""
    with tempfile.TemporaryDirectory() as top:
        w = World(top)
        gone_on, lanes = 0, 0
        for limit in range(20000, w.length + 1, max(w.length // 40, 1)):
            code, err, _ = finish(start(top, "--resume", "--lanes", lanes % 3, *w.args, limit=limit))
            assert code == (1 if lanes % 3 else -signal.SIGXFSZ), f"limit {limit}: exit {code}: {err}"  # lanes have signals blocked
            gone_on += "going on after" in err
            lanes += 1
            state_is_sound(top)
        code, err, _ = finish(start(top, "--resume", *w.args))
        assert code == 0, err
        assert gone_on > 10 and "going on after" in err, f"only {gone_on} of {lanes} runs went on, the others began anew"
        w.holds("after the last")


def killed_until_it_ends(w, how, chance, longest):
    """@return number of runs it took, none of them longer than that but the last ones"""
    clean(w.top)
    place = tries = 0
    while True:
        tries += 1
        p = start(w.top, "--resume", "--lanes", chance.choice((0, 2)), *w.args)
        end = time.monotonic() + chance.uniform(0, longest)
        while p.poll() is None and time.monotonic() < end:
            time.sleep(0.001)
        if tries <= 30 and p.poll() is None:
            p.send_signal(how)
        code, err, _ = finish(p)
        if code == 0:
            return tries
        assert code in (-how, 130), f"exit {code}: {err}"
        now = state_is_sound(w.top)
        assert now >= place, "a run lost what the one before had done"
        place = now


def test_killed_again_and_again():
    with tempfile.TemporaryDirectory() as top:
        w = World(top, 450, chains=30)
        chance, longest = random.Random(7), w.seconds / 3
        for how in (signal.SIGKILL, signal.SIGINT):
            tries = 0
            while tries <= 3:  # hardly ever killed: the machine is faster than it was when the time of a whole run was taken
                assert longest > 0.001, "a run cannot be interrupted"
                tries = killed_until_it_ends(w, how, chance, longest)
                w.holds(f"{how.name}, {tries} runs")
                longest /= 2 if tries <= 3 else 1


def interrupted(w, at):
    """Left behind by a run that ended when its output had this many bytes."""
    clean(w.top)
    code, err, _ = finish(start(w.top, *w.args, limit=at))
    assert code == -signal.SIGXFSZ, err
    place = state_is_sound(w.top)
    assert place > 0, "no group of files was complete"


def test_a_run_without_resume_can_be_gone_on_with():
    with tempfile.TemporaryDirectory() as top:
        w = World(top)
        interrupted(w, w.length * 2 // 3)
        code, err, out = finish(start(top, "--resume", *w.args, stdout=subprocess.PIPE))
        assert code == 0, err
        w.holds("gone on with")
        assert out == w.whole["alerts.jsonl"], "standard output of the second run has not all lines"


def test_what_was_in_the_output_before_stays():
    with tempfile.TemporaryDirectory() as top:
        w = World(top)
        interrupted(w, w.length // 2)
        clean(top)
        before = b'{"older":"line"}\n' * 1000
        (Path(top) / "alerts.jsonl").write_bytes(before)
        code, err, _ = finish(start(top, *w.args, limit=len(before) + w.length // 2))
        assert code == -signal.SIGXFSZ, err
        code, err, out = finish(start(top, "--resume", *w.args, stdout=subprocess.PIPE))
        assert code == 0, err
        assert (Path(top) / "alerts.jsonl").read_bytes() == before + w.whole["alerts.jsonl"]
        assert out == w.whole["alerts.jsonl"]


def test_nothing_to_resume_is_a_beginning():
    with tempfile.TemporaryDirectory() as top:
        w = World(top, 6)
        code, err, _ = finish(start(top, "--resume", *w.args))
        assert code == 0 and "going on" not in err, err
        w.holds("from the beginning")


def refused(w, *words, args=None, status=2):
    """Nothing is touched, and it is said what differs."""
    names = [p for p in Path(w.top).glob("alerts.jsonl*")]
    before = {p: p.read_bytes() for p in names}
    code, err, _ = finish(start(w.top, "--resume", *(args or w.args)))
    assert code == status, f"exit {code}: {err}"
    for word in words:
        assert word in err, f"`{word}` is not said: {err}"
    assert {p: p.read_bytes() for p in Path(w.top).glob("alerts.jsonl*")} == before, "something was changed"


def test_another_policy_signatures_inputs_or_tap_is_refused():
    with tempfile.TemporaryDirectory() as top:
        w = World(top)
        interrupted(w, w.length * 2 // 3)
        policy = Path(top) / "other.yml"
        policy.write_text((ROOT / POLICY).read_text() + "\n")
        refused(w, "the policy", args=["-c", policy, *w.args[2:]])
        rule = (ROOT / "signatures/ipv6/rogue-router-advertisement.yml").read_text()
        (Path(top) / "more").mkdir()
        (Path(top) / "more/r.yml").write_text(rule.replace("level: high", "level: medium") + "\n")
        refused(w, "the signatures", args=["--signatures", Path(top) / "more", *w.args])
        refused(w, "the inputs", args=w.args[:-1])
        changed = Path(top) / w.args[-1]
        content = changed.read_bytes()
        changed.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        refused(w, "the inputs")
        changed.write_bytes(content)
        code, err, _ = finish(start(top, "--resume", *w.args))
        assert code == 0, err
        w.holds("after all that")


def test_an_output_or_state_that_was_changed_is_refused():
    with tempfile.TemporaryDirectory() as top:
        w = World(top)
        interrupted(w, w.length * 2 // 3)
        output, state = Path(top) / "alerts.jsonl", Path(top) / "alerts.jsonl.resume"
        good, left = output.read_bytes(), state.read_bytes()
        length = json.loads(left)["length"]
        output.write_bytes(good[:length - 10] + b"X" + good[length - 9:])
        refused(w, "was changed", status=1)
        output.write_bytes(good[:length - 1] + b"\n"[:0])
        code, err, _ = finish(start(top, "--resume", *w.args))
        assert code == 1 and "was changed" in err, err
        output.write_bytes(good)
        for bad in (b"", b"{", b"[]", b'{"sekimori-resume":99}', left.replace(b'"counts":[', b'"counts":[1,'), left.replace(b'"place":', b'"plaice":')):
            state.write_bytes(bad)
            refused(w, "alerts.jsonl.resume", status=1)
        state.write_bytes(left)
        code, err, _ = finish(start(top, "--resume", *w.args))
        assert code == 0, err
        w.holds("after all that")


def test_a_run_that_found_no_capture_leaves_nothing_to_resume():
    with tempfile.TemporaryDirectory() as top:
        (Path(top) / "empty").mkdir()
        out = Path(top) / "alerts.jsonl"
        assert run("read", "-o", out, Path(top) / "empty")[0] == 1
        assert sorted(x.name for x in Path(top).iterdir()) == ["alerts.jsonl", "alerts.jsonl.manifest.json", "empty"]
        assert run("read", "-o", out, "--resume", "captures/attacks/ra_plain.pcap")[0] == 0


def test_what_cannot_be_resumed_is_said():
    for args, word in ((["--resume"], "-o FILE"), (["--resume", "-o", "stdout"], "-o FILE"), (["--resume", "-o", "/dev/null"], "-o FILE"),
                       (["--resume", "-o", "x.jsonl", "--events"], "events")):
        code, _, err = run("read", *args, "captures/attacks/ra_plain.pcap")
        assert code == 2 and word in err, (args, code, err)
    assert not (ROOT / "x.jsonl").exists()


def test_damage_is_told_in_the_manifest_and_the_status_of_a_resumed_run():
    with tempfile.TemporaryDirectory() as top:
        paths = folders(top, FILES)
        first = min(paths, key=lambda p: (p.parent, p.name))
        first.write_bytes(first.read_bytes()[:-3])
        args = ["-c", ROOT / POLICY, *[p.relative_to(top) for p in paths]]
        code, err, _ = finish(start(top, *args))
        assert code == 3, err
        whole = written(top)
        clean(top)
        code, err, _ = finish(start(top, *args, limit=len(whole["alerts.jsonl"]) * 2 // 3))
        assert code == -signal.SIGXFSZ and state_is_sound(top) > 0
        code, err, _ = finish(start(top, "--resume", *args))
        assert code == 3, f"exit {code}: the damage of the first part is forgotten: {err}"
        assert written(top) == whole
        damaged = [i for i in json.loads(whole["alerts.jsonl.manifest.json"])["inputs"] if i.get("damaged")]
        assert len(damaged) == 1 and damaged[0]["damage"][0]["what"], damaged


def test_an_archive_is_read_again_from_its_beginning():
    with tempfile.TemporaryDirectory() as top:
        paths = folders(top, FILES)
        inside = [p for p in paths if p.parent.name == "tap1"]
        with zipfile.ZipFile(Path(top) / "tap1.zip", "w") as z:
            for p in inside:
                z.write(p, p.name)
        args = ["-c", ROOT / POLICY, "tap0", "tap1.zip", "tap2"]
        code, err, _ = finish(start(top, *args))
        assert code == 0, err
        whole = written(top)
        length = len(whole["alerts.jsonl"])
        for part in (4, 5, 6, 7, 8, 10, 11):
            clean(top)
            code, err, _ = finish(start(top, *args, limit=length * part // 12))
            assert code == -signal.SIGXFSZ, err
            state_is_sound(top)
            code, err, _ = finish(start(top, "--resume", *args))
            assert code == 0, err
            assert written(top) == whole, f"interrupted at {part}/12"


if __name__ == "__main__":
    main(globals())
