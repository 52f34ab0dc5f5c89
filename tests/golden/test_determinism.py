#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The same events, alerts and counts, byte for byte, inline and with 1, 2, 4, 8 lanes, on every capture of ours and (with CORPUS) the same
events on a sample of the others. (That the lanes share the work is tested in tests/unit/pipeline.)"""
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import CORPUS, MODE, ROOT, main, run


STRICT = """segments: {all: {vlan: any, ipv6: forbidden, routers: [], dhcpv6_servers: []}}
proxies: []
tunnels: []
dns: {resolvers: [], authoritative: []}
mail: {mx: [], relays: [], own_domains: []}
"""


# The comparison is the release build's; the sanitizers, many times slower, watch each capture inline and in lanes.
LANES = (1, 2, 4, 8, 0) if MODE == "release" else (4,)
SAMPLE = 150 if MODE == "release" else 40


# Events do not hang on signatures, whose loading takes most of a short run. Alerts have all of them.
FEW = {"SEKIMORI_SIGNATURES": str(ROOT / "signatures/dns")}


def output(args, paths, lanes):
    code, out, err = run("read", "--quiet", *args, "--lanes", lanes, *paths, env=FEW if "--events" in args else None)
    assert code in ((0, 1, 3) if CORPUS and str(paths[0]).startswith(CORPUS) else (0, 3)), f"{paths}: exit {code}: {err}"
    return code, out, err


def same(args, *paths):
    """Inline, with every number of lanes, and inline again."""
    first = output(args, paths, 0)
    for lanes in LANES:
        assert output(args, paths, lanes) == first, f"{args} {[str(p) for p in paths]}: --lanes {lanes} differs from inline"
    return first


def ours():
    found = sorted((ROOT / "captures").glob("*.pcap*")) + sorted((ROOT / "captures/attacks").glob("*.pcap"))
    assert len(found) > 60
    return [p.relative_to(ROOT) for p in found]


def test_events_of_every_capture_of_ours():
    for path in ours():
        same(["--events"], path)


def test_alerts_and_counts_of_every_capture_of_ours_at_once():
    """Many files in one run: chains, groups and what closes between them."""
    with tempfile.TemporaryDirectory() as tmp:
        policy = Path(tmp) / "strict.yml"
        policy.write_text(STRICT)
        _, out, _ = same(["--format", "json", "-c", policy], *ours())
        assert len(out.splitlines()) > 100, "the strict policy found next to nothing"
        same(["--count"], *ours())


def test_a_sample_of_the_corpus():
    if not CORPUS:
        print("no CORPUS: only captures of ours were compared")
        return
    rows = [json.loads(x) for x in open(Path(CORPUS) / "captures/labels.jsonl", encoding="utf-8")]
    rows = sorted((r for r in rows if r["packets"] >= 2 and r["size"] < 400_000), key=lambda r: r["sha256"])
    for r in rows[:SAMPLE]:
        same(["--events"], Path(CORPUS) / "captures" / r["file"])


if __name__ == "__main__":
    main(globals())
