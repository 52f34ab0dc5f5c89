# SPDX-License-Identifier: Apache-2.0
"""Many small captures out of a few of ours: the same frames at other times, in folders, as rotated files are."""
import json
import struct
from pathlib import Path

from lib import ROOT, run

POLICY = "captures/policy/forbidden.yml"
BEGIN = 1790000000
SOURCES = ("ra_plain", "ra_EF", "ra_EO", "dhcps6", "v_bubble", "v_vxlan")


def frames(name):
    """[(seconds since its first, microseconds, caplen, wirelen, bytes)] of one of captures/attacks"""
    data = (ROOT / "captures/attacks" / f"{name}.pcap").read_bytes()
    assert struct.unpack_from("<I", data)[0] == 0xa1b2c3d4, f"{name}: not little-endian microseconds"
    at, found = 24, []
    while at < len(data):
        sec, usec, cap, wire = struct.unpack_from("<IIII", data, at)
        found.append((sec, usec, cap, wire, data[at + 16:at + 16 + cap]))
        at += 16 + cap
    return [(sec - found[0][0], usec, cap, wire, raw) for sec, usec, cap, wire, raw in found]


def write(path, name, begin, linktype=1):
    """The frames of a capture, the first at `begin`. @return time of the last"""
    path.parent.mkdir(parents=True, exist_ok=True)
    out, last = [struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, linktype)], begin
    for sec, usec, cap, wire, raw in frames(name):
        last = begin + sec
        out.append(struct.pack("<IIII", last, usec, cap, wire) + raw)
    path.write_bytes(b"".join(out))
    return last


def folders(top, n, chains=4):
    """n captures in three folders, each of them a group of some chains; @return their paths"""
    paths = []
    for i in range(n):
        folder, k = i % 3, i // 3
        begin = BEGIN + folder * 100000 + k * 20 + (k * chains * 3 // n) * 200
        path = Path(top) / f"tap{folder}" / f"cap-{k:04}.pcap"
        write(path, SOURCES[i % len(SOURCES)], begin)
        paths.append(path)
    return paths


def read(top, *args, status=(0,)):
    """@return alerts, manifest and standard error of a read into top/alerts.jsonl"""
    out = Path(top) / "alerts.jsonl"
    for name in ("alerts.jsonl", "alerts.jsonl.manifest.json", "alerts.jsonl.resume"):
        (Path(top) / name).unlink(missing_ok=True)
    code, _, err = run("read", "-o", out, "--format", "json", *args)
    assert code in status, f"exit {code}: {err}"
    manifest = (Path(top) / "alerts.jsonl.manifest.json").read_bytes()
    json.loads(manifest)
    return out.read_bytes(), manifest, err
