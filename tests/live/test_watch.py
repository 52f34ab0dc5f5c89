#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`sekimori watch` on a mirror port: a namespace of the test's own with a veth pair; recorded frames go in at one end, the sensor
watches the other. Alerts are written while it runs; SIGINT ends it with exit 0 and exact counts; it never sends a packet."""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEKIMORI = os.environ.get("SEKIMORI") or str(ROOT / "build/release/sekimori")
NS = f"sk-watch-{os.getpid()}"
PATIENCE = 60


def skip(why):
    print(why)
    sys.exit(77)


def sh(*args, check=True):
    return subprocess.run(args, check=check, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def inside(*args, stdout=subprocess.PIPE, **kw):
    return subprocess.Popen(["ip", "netns", "exec", NS, *map(str, args)], stdout=stdout, stderr=subprocess.PIPE, text=True, cwd=ROOT, **kw)


def counter(name):
    return int(sh("ip", "netns", "exec", NS, "cat", f"/sys/class/net/mirror/statistics/{name}").stdout)


def frames(path):
    data = (ROOT / path).read_bytes()
    order = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
    at = 24
    while at + 16 <= len(data):
        n = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        yield data[at + 16:at + 16 + n]
        at += 16 + n


SENDER = """
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("wire", 0))
for line in sys.stdin:
    s.send(bytes.fromhex(line))
"""


def send(list_of_frames):
    p = inside("/usr/bin/python3", "-c", SENDER, stdin=subprocess.PIPE)
    p.communicate("".join(f.hex() + "\n" for f in list_of_frames), timeout=PATIENCE)
    assert p.returncode == 0, "the frames could not be sent"


def wait_for(what, why):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        got = what()
        if got:
            return got
        time.sleep(0.05)  # polling for a state, not waiting for a time
    raise AssertionError(why)


def lines(path):
    """Whole lines only: the last one may be in the middle of being written."""
    text = path.read_text() if path.exists() else ""
    return [json.loads(x) for x in text[:text.rfind("\n") + 1].splitlines()]


def watch(lanes, tmp):
    out = Path(tmp) / f"alerts-{lanes}.jsonl"
    before = counter("tx_packets")
    shown = Path(tmp) / f"stdout-{lanes}.jsonl"  # no pipe: nobody reads it before the end, and the lines are more than a pipe holds
    p = inside(SEKIMORI, "watch", "-i", "mirror", "-c", "captures/policy/forbidden.yml", "-o", out, "--format", "json", "--sensor", "minato-s1",
               "--lanes", lanes, stdout=shown.open("w"))
    try:
        first = p.stderr.readline()
        assert "watching" in first, first + p.stderr.read()
        received = counter("rx_packets")
        sent = list(frames("captures/attacks/ra_plain.pcap")) + list(frames("captures/attacks/dhcps6.pcap")) + list(frames("captures/attacks/v_6to4.pcap"))
        send(sent)
        found = wait_for(lambda: {"V6-001", "V6-011", "V6-021", "TUN-002"} <= {o["rule"]["id"] for o in lines(out)} and lines(out), f"alerts: {lines(out)}")
        assert all(o["observer"]["name"] == "minato-s1" and "created" in o["event"] for o in found)
        assert {o["observer"]["ingress"]["interface"]["name"] for o in found if "source" in o} == {"mirror"}, found
        p.send_signal(signal.SIGINT)  # `ip netns exec` became the sensor
        _, stderr = p.communicate(timeout=PATIENCE)
    finally:
        p.kill()
        p.wait()
    assert p.returncode == 0, f"exit {p.returncode}: {stderr}"
    assert "kernel received" in stderr and "kernel dropped 0" in stderr and "ring dropped 0" in stderr, stderr
    read = int(stderr.split("read ")[1].split(",")[0])
    assert read == len(sent) == counter("rx_packets") - received, f"{read} read, {len(sent)} sent: {stderr}"
    closed = [o for o in lines(out) if o["event"]["action"] == "close"]
    assert {o["sekimori"]["alert"]["close_reason"] for o in closed} == {"shutdown"}, closed
    assert shown.read_text() == out.read_text(), "standard output and the file differ"
    assert counter("tx_packets") == before, "the sensor sent a packet"


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the namespace is taken down then too
    if os.geteuid() != 0:
        skip("needs root: a network namespace")
    if sh("ip", "netns", "add", NS, check=False).returncode != 0:
        skip("network namespaces cannot be made here")
    try:
        for c in (["ip", "link", "add", "wire", "type", "veth", "peer", "name", "mirror"], ["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"],
                  ["sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"], ["ip", "link", "set", "wire", "up"],
                  ["ip", "link", "set", "mirror", "arp", "off", "up"]):
            sh("ip", "netns", "exec", NS, *c)
        with tempfile.TemporaryDirectory() as tmp:
            for lanes in (0, 2):
                watch(lanes, tmp)
            p = inside(SEKIMORI, "watch", "-i", "no-such-if")
            assert p.wait(PATIENCE) == 1, "a missing interface is exit 1"
            assert "no-such-if" in p.stderr.read()
    finally:
        sh("ip", "netns", "del", NS, check=False)


if __name__ == "__main__":
    main()
