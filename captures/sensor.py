# SPDX-License-Identifier: Apache-2.0
"""What a mirror port gets wrong: SYS-002, 003, 004, 007, 009, 010, 012."""
from kit import *  # noqa: F403  (a kit of parts)

CLIENT = Host("02:00:00:00:03:20", ip="192.168.30.20", vlan=0)
SERVER = Host("02:00:00:00:03:99", ip="192.168.30.99", vlan=0)


def small(k, src=CLIENT, dst=SERVER):
    return ether(src, dst.mac) / IP(src=src.ip, dst=dst.ip, id=k % 65535 + 1) / UDP(sport=20000 + k % 20000, dport=40000) / Raw(b"x")


def conversations(cap, n, show, vlan=lambda up: None):
    """TCP conversations of which show(up) says what side is seen, and vlan(up) on which VLAN."""
    for k in range(n):
        whole = Capture(cap.start)
        Net(whole).tcp(20 + k, CLIENT, SERVER, 8443, [(True, b"question"), (False, b"answer")], sport=30000 + k)
        for t, frame in whole.sorted():
            e = Ether(frame)
            up = e[IP].src == CLIENT.ip
            if not show(up):
                continue
            if vlan(up):
                e = Ether(src=e.src, dst=e.dst) / Dot1Q(vlan=vlan(up)) / e[IP]
            cap.add(t / 1e6 - cap.start, e)


def sensor_health():
    """Eleven hundred frames: two in a hundred cut short, two that cannot be decoded, two of an unknown kind, one in ten shown twice;
    thirty conversations of which the answers alone are seen."""
    cap = Capture()
    for k in range(800):
        cap.add(k * 0.01, small(k))
        if k % 8 == 0:
            cap.add(k * 0.01 + 12e-6, small(k))
    for k in range(22):
        cut = bytearray(bytes(small(900 + k)))
        cut[16:18] = b"\x04\x00"
        cap.add(10 + k * 0.01, bytes(cut))
        nine = bytearray(bytes(small(930 + k)))
        nine[14] = 0x95
        cap.add(11 + k * 0.01, bytes(nine))
        cap.add(12 + k * 0.01, Ether(src=CLIENT.mac, dst=SERVER.mac, type=0x1234) / Raw(bytes(46)))
    conversations(cap, 30, show=lambda up: not up)
    return cap


def sensor_vlans():
    """Twelve conversations, questions tagged, answers not."""
    cap = Capture()
    conversations(cap, 12, show=lambda up: True, vlan=lambda up: 30 if up else None)
    return cap


class AsAdded(Capture):
    def sorted(self):
        return [(t, f) for t, _, f in self.frames]


def sensor_clock():
    """The clock is set back by an hour in the midst."""
    cap = AsAdded()
    for k in range(10):
        cap.add(k if k < 5 else k - 3600, small(k))
    return cap


CAPTURES = {"sensor-health": sensor_health, "sensor-vlans": sensor_vlans, "sensor-clock": sensor_clock}
