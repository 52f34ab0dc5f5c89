#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts on every labelled capture of the corpus equal the oracle's, or the difference stands in differences.tsv with its reason.

A label is a number of frames that match a tshark filter at any depth, packets quoted by ICMP errors included; ours is
`read --count`: what is quoted is added. A row of the table that no longer differs is stale and fails; a difference without a
row fails. `--list` prints the differences there are, as rows without a reason."""
import concurrent.futures
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEKIMORI = os.environ.get("SEKIMORI") or str(ROOT / "build/release/sekimori")
CORPUS = os.environ.get("CORPUS", "")
TABLE = ROOT / "tests/oracle/differences.tsv"


def events(*names):
    return lambda c: sum(c["events"].get(n, 0) + c["quoted"].get(n, 0) for n in names)


def layers(*names):
    return lambda c: sum(c["layers"].get(n, 0) + c["quoted"].get(n, 0) for n in names)


# label -> what it is with us
MAP = {
    "rs": events("icmpv6.rs"), "ra": events("icmpv6.ra"), "ns": events("icmpv6.ns"), "na": events("icmpv6.na"),
    "redirect": events("icmpv6.redirect"), "mld": events("icmpv6.mld"), "dhcpv6": events("dhcpv6.message"),
    "arp": layers("arp"), "vlan": layers("vlan"), "proto41": layers("6in4", "6to4", "isatap", "6over4"), "teredo": layers("teredo"),
    "gre": layers("gre"), "v6_hopopts": layers("hopopts"), "v6_routing": layers("routing"), "v6_dstopts": layers("dstopts"),
    "v6_frag": layers("fragment"), "v6_mobility": layers("mobility"),
}
SUMS = {"mld": ("mld_query", "mldv1_report", "mldv1_done", "mldv2_report")}
# A packet that is quoted stands mostly in a frame that has its own header of the same kind, and counts once there: ours, which
# counts it apart, says only that the label lies between what is not quoted and all.
BETWEEN = {"ip": "ipv4", "ipv6": "ipv6"}
# label -> kind and version of the event icmpv6.mld (RFC 2710, RFC 9777)
MLD = {"mld_query": ("query", None), "mldv1_report": ("report", 1), "mldv1_done": ("done", 1), "mldv2_report": ("report", 2)}


def label(row, name):
    return sum(row["frames"].get(k, 0) for k in SUMS.get(name, (name,)))


def count(row):
    p = subprocess.run([SEKIMORI, "read", "--count", "--quiet", str(Path(CORPUS) / "captures" / row["file"])], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, check=False, cwd=ROOT)
    if p.returncode not in (0, 1, 3) or not p.stdout:
        return row, None, p.stderr.decode("utf-8", "replace")[-2000:]
    return row, json.loads(p.stdout), ""


def kinds_of_mld(row, c):
    """Frames of each kind; only files that have any are read a second time."""
    n = dict.fromkeys(MLD, 0)
    if not c["events"].get("icmpv6.mld"):
        return n
    p = subprocess.run([SEKIMORI, "read", "--events=icmpv6.mld", "--quiet", str(Path(CORPUS) / "captures" / row["file"])],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, cwd=ROOT)
    frames = set()
    for line in p.stdout.splitlines():
        e = json.loads(line)
        m = e["icmpv6"]["mld"]
        for name, (kind, version) in MLD.items():
            if m["kind"] == kind and version in (None, m["version"]):
                frames.add((name, e["sekimori"]["packet"]["number"]))
    for name, _ in frames:
        n[name] += 1
    return n


def compare(row, c):
    """Every (label, the oracle's count, ours) that differs."""
    for name, ours in MAP.items():
        if label(row, name) != ours(c):
            yield name, label(row, name), ours(c)
    for name, layer in BETWEEN.items():
        low, high = c["layers"].get(layer, 0), c["layers"].get(layer, 0) + c["quoted"].get(layer, 0)
        if not low <= label(row, name) <= high:
            yield name, label(row, name), low
    for name, n in kinds_of_mld(row, c).items():
        if label(row, name) != n:
            yield name, label(row, name), n


def differences():
    rows = [json.loads(x) for x in open(Path(CORPUS) / "captures/labels.jsonl", encoding="utf-8")]
    found, broken = {}, []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for row, c, err in pool.map(count, rows):
            if c is None:
                broken.append(f"{row['file']}: {err}")
                continue
            for name, a, b in compare(row, c):
                found[row["file"], name] = (a, b)
    return found, broken, len(rows)


def main():
    if not CORPUS:
        print("no CORPUS: the oracle's labels are not there")
        sys.exit(77)
    found, broken, n = differences()
    if "--list" in sys.argv:
        for (f, name), (a, b) in sorted(found.items()):
            print(f"{f}\t{name}\t{a}\t{b}\t")
        return
    want = {}
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            f, name, a, b, reason = line.split("\t")
            assert reason, f"{f} {name}: no reason"
            want[f, name] = (int(a), int(b))
    bad = list(broken)
    bad += [f"{f}: {name}: label {a}, ours {b}: not explained" for (f, name), (a, b) in sorted(found.items()) if want.get((f, name)) != (a, b)]
    bad += [f"{f}: {name}: stale row" for (f, name) in sorted(want) if (f, name) not in found]
    print(f"{n} files, {len(found)} differences, {len(want)} explained")
    print("\n".join(bad))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
