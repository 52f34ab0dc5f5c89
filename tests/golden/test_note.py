#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sekimori note: a side file that is only appended to; the last note is shown in the table."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import SEKIMORI, main, run

ARGS = ["-c", "captures/policy/forbidden.yml", "captures/attacks/ra_plain.pcap"]


class World:
    def __init__(self, tmp):
        self.alerts, self.notes = Path(tmp) / "alerts.jsonl", Path(tmp) / "alerts.notes.jsonl"
        code, _, err = run("read", "--quiet", "-o", self.alerts, *ARGS)
        assert code == 0, err
        self.lines = [json.loads(x) for x in self.alerts.read_text().splitlines()]
        self.id = next(x["sekimori"]["alert"]["id"] for x in self.lines if x["rule"]["id"] == "V6-011")

    def note(self, *args, status=0, env=None):
        code, out, err = run("note", "--alerts", self.alerts, *args, env=env)
        assert code == status, (args, code, out, err)
        return out + err

    def kept(self):
        return [json.loads(x) for x in self.notes.read_text().splitlines()]


def test_notes_are_appended_and_records_are_not_touched():
    with tempfile.TemporaryDirectory() as tmp:
        w = World(tmp)
        before = w.alerts.read_bytes()
        w.note(w.id, "ack", "looking", env={"USER": "kato"})
        w.note(w.id, "false", "our new router", "--by", "mori")
        w.note(w.id, "done")
        assert w.alerts.read_bytes() == before
        kept = w.kept()
        assert [(x["alert"], x["verdict"]) for x in kept] == [(w.id, "ack"), (w.id, "false"), (w.id, "done")]
        assert kept[0]["by"] == "kato" and kept[0]["text"] == "looking" and kept[1]["by"] == "mori"
        assert "text" not in kept[2] and kept[0]["@timestamp"].endswith("Z")
        assert run("verify", w.alerts)[0] == 0


def test_an_alert_is_named_by_a_beginning_or_by_a_line():
    with tempfile.TemporaryDirectory() as tmp:
        w = World(tmp)
        w.note(w.id[:30], "true")
        line = next(x["event"]["id"] for x in w.lines if x["rule"]["id"] == "V6-011")
        w.note(line, "done")
        assert [x["alert"] for x in w.kept()] == [w.id, w.id]
        code, out, err = run("note", "--alerts", tmp, w.id, "ack")
        assert code == 0, (out, err)
        assert len(w.kept()) == 3, "a folder is looked into, and notes stand beside the file"


def test_what_is_wrong_is_answered_and_nothing_is_written():
    with tempfile.TemporaryDirectory() as tmp:
        w = World(tmp)
        said = w.note(w.id[:-1] + ("0" if w.id[-1] != "0" else "1"), "ack", status=2)
        assert w.id in said, said
        assert "false" in w.note(w.id, "flase", status=2)
        w.note("V6-011", "ack", status=2)
        w.note(w.id, "ack", "\xff".encode("latin-1").decode("utf-8", "surrogateescape"), status=2)
        w.note(w.id, "ack", "x" * 2000, status=2)
        w.note(w.id, status=2)
        assert not w.notes.exists()
        assert run("note", "--alerts", "/nowhere.jsonl", w.id, "ack")[0] == 1
        assert w.note(w.id, "ack", "--notes", Path(tmp) / "no" / "where", status=1)
        assert "usage:" in run("note", "--help")[1]


def test_the_last_note_is_shown():
    with tempfile.TemporaryDirectory() as tmp:
        w = World(tmp)
        w.note(w.id, "ack", "looking")
        w.note(w.id, "false", "our \x1b[31mnew router", "--by", "mori")
        code, out, _ = run("explain", "--lang", "en", "--alerts", w.alerts, w.id)
        assert code == 0 and "false alarm" in out and "mori" in out and "new router" in out and "\x1b" not in out, out
        assert "誤報" in run("explain", "--lang", "ja", "--alerts", w.alerts, w.id)[1]
        for lang, word in (("en", "FP"), ("ja", "誤報")):
            code, out, err = run("read", "--quiet", "--format", "table", "--lang", lang, "--notes", w.notes, *ARGS)
            row = next(x for x in out.splitlines() if "V6-011" in x)
            assert code == 0 and word in row, out
        out = run("read", "--quiet", "--format", "table", "--wide", "--notes", w.notes, *ARGS)[1]
        assert "[mori: our ?[31mnew router]" in out, out


def test_two_at_once_lose_nothing():
    with tempfile.TemporaryDirectory() as tmp:
        w = World(tmp)
        w.notes.write_bytes(b'{"half of a li')
        jobs = [subprocess.Popen([SEKIMORI, "note", "--alerts", w.alerts, w.id, "ack", f"number {i} " + "x" * 900],
                                 stdout=subprocess.DEVNULL) for i in range(20)]
        assert all(j.wait() == 0 for j in jobs)
        lines = w.notes.read_text().splitlines()[1:]
        assert sorted(json.loads(x)["text"].split()[1] for x in lines) == sorted(str(i) for i in range(20))


if __name__ == "__main__":
    main(globals())
