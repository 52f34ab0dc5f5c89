#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A tunnel end of any kind, for kernels that have none: frames that a program sends into a TAP device go out on another interface, each in
every wrapper (wrappers.py) that the plan names for its IPv6 source address; what the plan does not name is dropped.

    encapsulator.py TAP MAC OUT PLAN.json     PLAN: {"fe80::bad:1": ["none", "vxlan"], ...}

Makes the TAP device, says `ready`, then one line a frame taken: its source, its bytes, and the wrappers it went out in. SIGTERM: what waits in the TAP is sent
too, and it ends with exit 0.
"""
import fcntl
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from ipaddress import IPv6Address
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from wrappers import WRAPPERS  # noqa: E402

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454ca, 0x0002, 0x1000


def open_tap(name, mac):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    for args in (["address", mac], ["txqueuelen", "10000"], ["arp", "off"], ["up"]):
        subprocess.run(["ip", "link", "set", name, *args], check=True)
    return fd


def main():
    tap, mac, out, plan = sys.argv[1:]
    plan = {IPv6Address(k).packed: v for k, v in json.loads(Path(plan).read_text()).items()}
    fd = open_tap(tap, mac)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
    wire.bind((out, 0))
    told, tell = os.pipe2(os.O_NONBLOCK)
    signal.set_wakeup_fd(tell)
    signal.signal(signal.SIGTERM, lambda *_: None)
    print("ready", flush=True)
    ending = False
    while True:
        readable = select.select([fd, told], [], [], 0 if ending else None)[0]
        ending = ending or told in readable
        if fd in readable:
            frame = os.read(fd, 65536)
            if frame[12:14] != b"\x86\xdd":
                continue
            names = plan.get(frame[22:38], ())
            for name in names:
                data = WRAPPERS[name](frame).data
                assert wire.send(data) == len(data)
            if names:
                print(IPv6Address(frame[22:38]), frame.hex(), *names, flush=True)
        elif ending:
            return


if __name__ == "__main__":
    main()
