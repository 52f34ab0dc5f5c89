# SPDX-License-Identifier: Apache-2.0
"""What a set of IPv6 frames says to a host, read from RFC 8200 with nothing of ours: fragments are put together as hosts do that keep the
first bytes of an overlap and as hosts do that keep the last, and each way is followed to its ICMPv6 message."""
import struct
import sys
from collections import namedtuple
from ipaddress import IPv6Address
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from wrappers import sum16  # noqa: E402

HOPOPTS, ROUTING, FRAGMENT, ICMPV6, DSTOPTS = 0, 43, 44, 58, 60
NAMES = {HOPOPTS: "hopopts", ROUTING: "routing", DSTOPTS: "dstopts"}
Message = namedtuple("Message", "source type extensions checksum kept")
Fragments = namedtuple("Fragments", "source count bytes conflict no_upper_layer")


def chain(next_, data):
    """@return (names of the headers, protocol behind them, its bytes); protocol None: it ends inside a header"""
    names = []
    while next_ in NAMES or next_ == FRAGMENT:
        size = 8 if next_ == FRAGMENT else 8 + 8 * data[1] if len(data) > 1 else 8
        if len(data) < size:
            return names, None, b""
        if next_ == FRAGMENT:
            return names, FRAGMENT, data
        names.append(NAMES[next_])
        next_, data = data[0], data[size:]
    return names, next_, data


def message(packet, before, next_, data, kept):
    names, upper, body = chain(next_, data)
    if upper != ICMPV6 or len(body) < 4:
        return None
    total = sum16(packet[8:40] + struct.pack(">II", len(body), ICMPV6) + body)
    return Message(str(IPv6Address(packet[8:24])), body[0], tuple(sorted(set(before + names))), "ok" if total == 0 else "bad", kept)


def put_together(parts, last_wins):
    size = max(off + len(data) for off, data in parts)
    out, known = bytearray(size), bytearray(size)
    for off, data in parts:
        for i, b in enumerate(data, off):
            if last_wins or not known[i]:
                out[i] = b
            known[i] = 1
    assert all(known), "a hole"
    return bytes(out)


def read(frames):
    """@return (messages, fragmented datagrams), each in the order in which they are whole"""
    messages, fragmented, waiting = [], [], {}
    for frame in frames:
        packet = frame[14:]
        packet = packet[:40 + struct.unpack(">H", packet[4:6])[0]]
        names, upper, body = chain(packet[6], packet[40:])
        if upper != FRAGMENT:
            messages.append(message(packet, names, upper, body, None))
            continue
        off = struct.unpack(">H", body[2:4])[0]
        parts = waiting.setdefault((packet[8:40], body[4:8]), [])
        parts.append((off & 0xfff8, body[8:], body[0], off & 1, packet))
        end = [o + len(d) for o, d, _, more, _ in parts if not more]
        known = set()
        for o, d, _, _, _ in parts:
            known.update(range(o, o + len(d)))
        if not end or known != set(range(end[0])):
            continue
        pieces = [(o, d) for o, d, _, _, _ in parts]
        ways = [put_together(pieces, False), put_together(pieces, True)]
        first = next(p for p in parts if p[0] == 0)
        conflict = ways[0] != ways[1]
        for kept, data in [("first", ways[0]), ("last", ways[1])] if conflict else [(None, ways[0])]:
            messages.append(message(packet, names + ["fragment"], first[2], data, kept))
        _, upper, rest = chain(first[2], first[1])
        fragmented.append(Fragments(str(IPv6Address(packet[8:24])), len(parts), len(ways[0]), conflict, upper is None or len(rest) < 8))
    return messages, fragmented
