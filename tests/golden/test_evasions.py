#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""captures/evasions.pcapng: each evasion in each wrapper gives exactly its events, known from the standards (tests/live/truth.py) and from
how it was wrapped, not from an earlier run of ours; inline and in two lanes."""
import itertools
import json
import struct
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, main, run

for folder in ("captures", "tests/live"):
    sys.path.insert(0, str(ROOT / folder))
from evasions import recorded  # noqa: E402
from expected import expected, got  # noqa: E402
from kit import Capture  # noqa: E402
from wrappers import WRAPPERS, sum16  # noqa: E402


def test_each_evasion_in_each_wrapper_gives_its_events():
    want = {}
    for name in WRAPPERS:
        for frames in recorded(name):
            for facts in expected(name, frames):
                want.setdefault(name, Counter())[facts] += 1
    owner = [name for name in WRAPPERS for frames in recorded(name) for _ in frames]
    for lanes in (0, 2):
        code, out, err = run("read", "--quiet", "--events", "--lanes", lanes, "captures/evasions.pcapng")
        assert code == 0, err
        have = {}
        for line in out.splitlines():
            event = json.loads(line)
            for facts in got(event):
                have.setdefault(owner[event["sekimori"]["packet"]["number"] - 1], Counter())[facts] += 1
        told = [f"{n}: missing {dict(want[n] - have.get(n, Counter()))}, unexpected {dict(have.get(n, Counter()) - want[n])}"
                for n in WRAPPERS if want[n] != have.get(n)]
        assert not told, "\n".join(told)


def in_pieces(frame, size, backwards):
    """The outer IPv4 packet of a frame in fragments of size bytes (RFC 791 3.2)."""
    head, data = frame[14:34], frame[34:]
    out = []
    for off in range(0, len(data), size):
        part = data[off:off + size]
        h = bytearray(head)
        h[2:4] = struct.pack(">H", 20 + len(part))
        h[4:6] = struct.pack(">H", in_pieces.ident)
        h[6:8] = struct.pack(">H", off // 8 | (0x2000 if off + size < len(data) else 0))
        h[10:12] = b"\0\0"
        h[10:12] = struct.pack(">H", sum16(bytes(h)))
        out.append(frame[:14] + bytes(h) + part)
    in_pieces.ident += 1
    return out[::-1] if backwards else out


in_pieces.ident = 1


def test_behind_fragments_of_the_tunnels_own_packets_they_are_seen_too():
    """Fragments outside (each of the tool's frames cut again), inside (the tool's own), and both."""
    for name, backwards, size in itertools.product(("6in4", "gre", "vxlan", "geneve", "gtp-u", "teredo", "ayiya", "vxlan-in-gre-in-6in4"), (False, True),
                                                   (24, 64, 512)):
        cap, want = Capture(), Counter()
        for k, frames in enumerate(recorded(name)):
            at = 0
            for frame in frames:
                for piece in in_pieces(WRAPPERS[name](frame).data, size, backwards):
                    cap.add(k + at * 1e-5, piece)
                    at += 1
            want.update(expected(name, frames))
        with tempfile.TemporaryDirectory() as tmp:
            cap.write_pcap(Path(tmp) / "x.pcap")
            code, out, err = run("read", "--quiet", "--events", Path(tmp) / "x.pcap")
        assert code == 0, err
        have = Counter(f for e in map(json.loads, out.splitlines()) if e.get("source", {}).get("ip", "").startswith("fe80") for f in got(e))
        assert have == want, f"{name}, {size}, backwards {backwards}: missing {dict(want - have)}, unexpected {dict(have - want)}"


if __name__ == "__main__":
    main(globals())
