#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The shipped day, bent as captures come in practice: other file formats, in pieces, doubled, cut short, one-sided, with loss, out of order,
with damaged bytes. What is found stays the same where all is there, and never becomes more where something is missing."""
import json
import random
import struct
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, main, run

import jsonschema

POLICY = "captures/policy/office-day.yml"
LEVELS = ["informational", "low", "medium", "high", "critical"]
TMP = tempfile.TemporaryDirectory()
MS, SECOND = 1000, 1_000_000
ROUTERS = {bytes.fromhex("00005e0053" + x) for x in ("01", "14", "1e", "32", "5a")}


def frames():
    """[(time in microseconds, bytes)] of the shipped pcapng, which captures/make.py writes in one simple form."""
    data, at, out = (ROOT / "captures/office-day.pcapng").read_bytes(), 0, []
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == 6:
            _, high, low, n, _ = struct.unpack_from("<IIIII", data, at + 8)
            out.append((high << 32 | low, data[at + 28:at + 28 + n]))
        at += length
    return out


DAY = frames()
SENSOR = set()  # ids of what the sensor said of itself in the last run


def write(name, day, order="<", magic=0xa1b2c3d4, parts=1000, snaplen=262144):
    path = Path(TMP.name) / f"{name}-office-day.pcap"
    with open(path, "wb") as f:
        f.write(struct.pack(order + "IHHIIII", magic, 2, 4, 0, 0, snaplen, 1))
        for t, frame in day:
            kept = frame[:snaplen]
            f.write(struct.pack(order + "IIII", t // SECOND, t % SECOND * parts // 1000, len(kept), len(frame)) + kept)
    return path


def outcome(*paths, lanes=0, exits=(0,)):
    """alert id: (detection, severity, count) of its last line; and the text"""
    SENSOR.clear()
    code, out, err = run("read", "--quiet", "--format", "json", "--lanes", lanes, "-c", POLICY, *paths)
    assert code in exits, f"exit {code}: {err}"
    last = {}
    for line in out.splitlines():
        o = json.loads(line)
        if o["rule"]["id"].startswith("SYS-"):  # what the sensor says of a bent capture: looked at by itself
            SENSOR.add(o["rule"]["id"])
            continue
        last[o["sekimori"]["alert"]["id"]] = (o["rule"]["id"], o["sekimori"]["severity"], o["sekimori"]["alert"]["count"])
    return last, out


def both(*paths, exits=(0,)):
    """The outcome, which is the same with lanes."""
    last, out = outcome(*paths, exits=exits)
    assert outcome(*paths, lanes=4, exits=exits)[1] == out, f"{[p.name for p in paths]}: 4 lanes differ from inline"
    return last


BASE = outcome("captures/office-day.pcapng")[0]
assert len(BASE) == 23


def pairs(last):
    return sorted((d, s) for d, s, _ in last.values())


def at_most_base(last, name):
    """No detection that the whole day does not have, and none at a higher level than there."""
    top = {}
    for d, s, _ in BASE.values():
        top[d] = max(top.get(d, 0), LEVELS.index(s))
    for d, s, _ in last.values():
        assert d in top, f"{name}: {d} appears"
        assert LEVELS.index(s) <= top[d], f"{name}: {d} is {s}, {LEVELS[top[d]]} in the whole day"


def test_file_formats_change_nothing():
    for name, order, magic, parts in (("le", "<", 0xa1b2c3d4, 1000), ("be", ">", 0xa1b2c3d4, 1000),
                                      ("le-ns", "<", 0xa1b23c4d, 1_000_000), ("be-ns", ">", 0xa1b23c4d, 1_000_000)):
        assert both(write(name, DAY, order, magic, parts)) == BASE, name


def test_pieces_that_follow_each_other_are_one_day():
    near = [i for i in range(1, len(DAY)) if DAY[i][0] - DAY[i - 1][0] < 50 * SECOND]
    cuts = [0, *(near[k * len(near) // 7] for k in range(1, 7)), len(DAY)]
    paths = [write(f"part{k}", DAY[a:b]) for k, (a, b) in enumerate(zip(cuts, cuts[1:]))]
    assert both(*paths) == BASE


def test_frames_that_a_mirror_doubles_raise_nothing_new():
    last = both(write("doubled", [(t + dt, f) for t, f in DAY for dt in (0, 12)]))
    assert last == BASE, "the same alerts with the same counts"
    assert SENSOR == {"SYS-012"}, f"the copies are told: {SENSOR}"


def test_cut_frames_lose_what_is_behind_the_cut_only():
    last = both(write("cut", DAY, snaplen=128))
    behind = {"MAIL-001", "V6-015", "V6-022"}  # what stands behind byte 128: mail, resolvers in advertisements and in DHCPv6
    assert pairs(last) == [x for x in pairs(BASE) if x[0] not in behind], set(pairs(BASE)) - set(pairs(last))
    assert SENSOR == {"SYS-002"}, f"that frames are cut is told: {SENSOR}"
    at_most_base(both(write("headers", DAY, snaplen=68)), "68 bytes a frame")


def test_one_side_alone_claims_less():
    for name, side in (("from-inside", [x for x in DAY if x[1][6:12] not in ROUTERS]), ("to-inside", [x for x in DAY if x[1][:6] not in ROUTERS])):
        last = both(write(name, side))
        at_most_base(last, name)
        assert not [v for v in last.values() if v[0].startswith("MAIL")], f"{name}: a verdict on mail from half of the dialogue"


def test_loss_and_disorder_claim_nothing_new():
    for seed in range(3):
        rnd = random.Random(seed)
        at_most_base(both(write(f"loss{seed}", [x for x in DAY if rnd.random() > 0.1])), f"loss {seed}")
        mixed = sorted(DAY, key=lambda x: x[0] + rnd.randint(-20 * MS, 20 * MS))
        at_most_base(both(write(f"mixed{seed}", mixed)), f"disorder {seed}")


def test_one_packet_with_a_wrong_time_pins_nothing():
    """A frame nobody decodes, dated years ahead or before: what is open is told there and begins anew, the clock goes on."""
    strange = bytes.fromhex("0200000000010200000000029999") + bytes(46)
    for when in (DAY[0][0] + 10 * 365 * 86400 * SECOND, 86400 * SECOND):
        k = len(DAY) // 2
        last = both(write("strange", DAY[:k] + [(when, strange)] + DAY[k:]))
        assert {x[0] for x in last.values()} == {x[0] for x in BASE.values()}
        at_most_base(last, "one wrong time")


def test_damaged_bytes_give_valid_lines():
    strict = jsonschema.Draft202012Validator(json.loads(run("schema", "--strict")[1]))
    for seed in range(3):
        rnd, bent = random.Random(100 + seed), []
        for t, frame in DAY:
            frame = bytearray(frame)
            for _ in range(rnd.randint(1, 5) if rnd.random() < 0.4 else 0):
                frame[rnd.randrange(12, len(frame))] ^= 1 << rnd.randrange(8)
            bent.append((t, bytes(frame[:rnd.randrange(len(frame))] if rnd.random() < 0.02 else frame)))
        path = write(f"bent{seed}", bent)
        both(path)
        for line in outcome(path)[1].splitlines():
            error = next(strict.iter_errors(json.loads(line)), None)
            assert error is None and len(line.encode()) <= 8192, f"seed {seed}: {error}"


if __name__ == "__main__":
    main(globals())
