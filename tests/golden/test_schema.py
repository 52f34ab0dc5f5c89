#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The schema of an alert line: it is a schema, it takes every line there is to be had, the strict form refuses what this
version does not write, the open form does not. The lines of the unit tests (huge events, hostile texts, guests) count too."""
import copy
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import CORPUS, ROOT, SEKIMORI, main, run

import jsonschema


def schema(*args):
    code, out, err = run("schema", *args)
    assert code == 0, err
    return json.loads(out)


def validator(*args):
    return jsonschema.Draft202012Validator(schema(*args))


def error_of(v, line):
    e = next(v.iter_errors(line), None)
    return None if e is None else f"{'.'.join(map(str, e.absolute_path))}: {e.message}"


def day():
    code, out, err = run("read", "--quiet", "--format", "json", "-c", "captures/policy/office-day.yml",
                         "captures/office-day.pcapng")
    assert code == 0, err
    return [json.loads(x) for x in out.splitlines()]


def test_both_forms_are_schemas():
    for args in ((), ("--strict",)):
        s = schema(*args)
        jsonschema.Draft202012Validator.check_schema(s)
        assert s["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_field_of_an_event_has_a_place():
    code, out, err = run("fields", "--format", "json")
    assert code == 0, err
    body = schema("--strict")["allOf"][0]

    def at(path):
        node = body
        for part in path.split("."):
            node = node.get("properties", {}).get(part)
            if node is None:
                return None
        return node

    elsewhere = ("@timestamp", "event.", "sekimori.", "policy.line", "policy.entry")
    for f in json.loads(out):
        name = f["name"]
        if f["many"] not in ("one", "list") or name.startswith(elsewhere):
            continue
        leaf = at(name) or at("sekimori.facts." + name)
        assert leaf is not None, f"{name} is nowhere"
        assert leaf.get("description"), f"{name} is not described"
        assert "properties" not in leaf, f"{name} is a leaf and a group"


def test_no_field_stands_below_another():
    code, out, _ = run("fields", "--format", "json")
    assert code == 0
    names = sorted(f["name"] for f in json.loads(out))
    for a, b in zip(names, names[1:]):
        assert not b.startswith(a + "."), f"{a} would be a value and a group ({b})"


def captures():
    for p in sorted((ROOT / "captures").rglob("*.pcap*")):
        yield p
    for p in sorted((Path(CORPUS) / "captures").rglob("*.pcap*")) if CORPUS else []:
        if p.stat().st_size < 300_000:
            yield p


def test_every_line_of_every_capture_is_valid():
    strict, n = validator("--strict"), 0
    with tempfile.TemporaryDirectory() as tmp:
        policy = Path(tmp) / "p.yml"
        policy.write_text("segments: {all: {vlan: any, ipv6: forbidden, routers: [], dhcpv6_servers: []}}\n"
                          "tunnels: []\nproxies: []\n")
        files = [str(p) for p in captures()]
        for args in ((), ("-c", policy)):
            code, out, err = run("read", "--quiet", "--format", "json", *args, *files)
            assert code in (0, 3), err
            for line in out.splitlines():
                n += 1
                assert len(line.encode()) <= 8191, line
                e = error_of(strict, json.loads(line))
                assert e is None, f"{e} in {line}"
    assert n > 50, f"only {n} lines"


def test_the_lines_of_the_unit_tests_are_valid():
    strict = validator("--strict")
    for name, least in (("test_render", 20), ("test_fold", 20), ("test_storm", 20), ("test_except", 5)):
        binary = Path(SEKIMORI).resolve().parent / "tests/unit/alert" / name
        assert binary.exists(), f"{binary} is not there: make MODE=... suite builds it"
        with tempfile.TemporaryDirectory() as tmp:
            kept = Path(tmp) / "lines"
            p = subprocess.run([binary], env=dict(os.environ, SEKIMORI_TEST_LINES=str(kept)), stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, check=False)
            assert p.returncode == 0, p.stdout.decode("utf-8", "replace")
            lines = kept.read_text().splitlines()
            assert len(lines) > least, f"{len(lines)} lines of {name}"
            for line in lines:
                e = error_of(strict, json.loads(line))
                assert e is None, f"{e} in {line}"


def test_strict_refuses_what_is_not_written_and_open_takes_what_is_added():
    strict, opened, line = validator("--strict"), validator(), day()[0]
    assert error_of(strict, line) is None and error_of(opened, line) is None
    for path in ("", "event", "rule", "sekimori", "sekimori.alert", "sekimori.device", "sekimori.facts", "network"):
        more = copy.deepcopy(line)
        node = more
        for part in path.split(".") if path else []:
            node = node[part]
        node["something_new"] = 1
        assert error_of(strict, more) is not None, f"strict takes a new key in `{path}`"
        assert error_of(opened, more) is None, f"open refuses a new key in `{path}`"


def test_both_refuse_what_consumers_may_not_meet():
    line = day()[0]

    def broken(change):
        other = copy.deepcopy(line)
        change(other)
        return other

    cases = {
        "null": lambda o: o.update(message=None),
        "empty text": lambda o: o.update(message=""),
        "another type": lambda o: o["event"].update(severity="5"),
        "a severity too high": lambda o: o["event"].update(severity=6),
        "a time without microseconds": lambda o: o.update({"@timestamp": "2026-11-24T00:00:00Z"}),
        "an id that is no UUIDv8": lambda o: o["event"].update(id="01a20ae5-34a0-4ec1-aaba-e3f8eee2edea"),
        "a MAC with colons": lambda o: o["sekimori"]["device"].update(mac="00:00:5e:00:53:01"),
        "no rule": lambda o: o.pop("rule"),
        "no previous line": lambda o: o["sekimori"].pop("previous_line"),
        "an action of no life": lambda o: o["event"].update(action="renew"),
    }
    for args in ((), ("--strict",)):
        v = validator(*args)
        for name, change in cases.items():
            assert error_of(v, broken(change)) is not None, f"{args}: {name} is taken"


if __name__ == "__main__":
    main(globals())
