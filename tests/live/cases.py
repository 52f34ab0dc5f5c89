# SPDX-License-Identifier: Apache-2.0
"""Cases of the live tests: what an office does, and exactly which alerts that must give.

A case is a function of an office, registered by @case; it returns what was seen and {detection id: worst level}. Around each: the alerts live are those, no other;
their counts equal those of the recording made beside; every line is valid by the strict schema; the chain of hashes verifies."""
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lan import SEKIMORI, Lan, missing, needs, skip  # noqa: E402

import jsonschema  # noqa: E402

CASES = []


def case(*programs):
    def register(f):
        CASES.append((f, programs))
        return f
    return register


def final(alerts):
    """The last line of each alert."""
    return list({a["sekimori"]["alert"]["id"]: a for a in alerts}.values())


def told(alert):
    """What a recording must tell the same of an alert."""
    return (alert["rule"]["id"], alert["log"]["level"] if "level" in alert.get("log", {}) else alert["event"]["severity"], alert["sekimori"]["alert"]["count"],
            alert.get("source", {}).get("mac", ""), alert.get("network", {}).get("name", ""))


LEVELS = ["", "informational", "low", "medium", "high", "critical"]


def by_id(alerts):
    """{detection id: the worst level of its alerts}"""
    out = {}
    for a in alerts:
        out[a["rule"]["id"]] = max(out.get(a["rule"]["id"], 0), a["event"]["severity"])
    return {k: LEVELS[v] for k, v in sorted(out.items())}


def schema():
    text = subprocess.run([SEKIMORI, "schema", "--strict"], check=True, stdout=subprocess.PIPE).stdout
    return jsonschema.Draft202012Validator(json.loads(text))


def verify(seen, validator):
    for a in seen.alerts:
        e = next(validator.iter_errors(a), None)
        assert e is None, f"{'.'.join(map(str, e.absolute_path))}: {e.message}: {json.dumps(a)}"
    p = subprocess.run([SEKIMORI, "verify", str(seen.out)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert p.returncode == 0, f"verify: {p.stdout}"


def check(seen, expected, validator):
    verify(seen, validator)
    have = by_id(seen.alerts)
    assert have == expected, "\n".join([f"expected {expected}", f"alerts   {have}"] + [f"  {a['rule']['id']} {LEVELS[a['event']['severity']]}: {a['message']}"
                                                                                      for a in final(seen.alerts) if have.get(a["rule"]["id"]) != expected.get(a["rule"]["id"])])
    here, there = [Counter(told(a) for a in final(lines) if not a["rule"]["id"].startswith("SYS-")) for lines in (seen.alerts, seen.read())]  # SYS: of that run alone
    assert here == there, f"live, not in the recording: {dict(here - there)}; in the recording, not live: {dict(there - here)}"


def main():
    needs("tcpdump")
    wanted, failed, ran, without, validator = sys.argv[1:], 0, 0, set(), schema()
    for f, programs in CASES:
        if wanted and not any(w in f.__name__ for w in wanted):
            continue
        if missing(programs):
            without.update(missing(programs))
            continue
        ran += 1
        try:
            with Lan() as lan:
                seen, expected = f(lan)
                if os.environ.get("KEEP"):  # to look at it afterwards
                    shutil.copy(seen.recording, Path(os.environ["KEEP"]) / f"{f.__name__}.pcap")
                if os.environ.get("SHOW"):  # while a case is written
                    print(getattr(seen, "log", "")[-600:])
                    for a in final(seen.alerts):
                        print(" ", a["rule"]["id"], LEVELS[a["event"]["severity"]], a["sekimori"]["alert"]["count"], a["message"])
                check(seen, expected, validator)
            print(f"ok {f.__name__}")
        except AssertionError as e:
            failed += 1
            print(f"FAILED {f.__name__}: {e}")
    assert ran or without, f"no case is named so: {wanted}"
    if without and not failed:  # the others were run all the same
        skip(f"{', '.join(sorted(without))} is not installed")
    sys.exit(1 if failed else 0)
