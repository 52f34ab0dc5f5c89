#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The sensor tells of itself while it runs: a mirror that is silent from the start (SYS-011, in the policy's time), an interface that
speaks on the line it watches (SYS-008); and it takes none of its own frames for a host's. Inline and with two lanes."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEKIMORI = os.environ.get("SEKIMORI") or str(ROOT / "build/release/sekimori")
NS = f"sk-sensor-{os.getpid()}"
PATIENCE = 60
POLICY = """sekimori-policy: 1
taps: {line: {iface: mirror}}
segments: {office: {vlan: any, ipv6: forbidden}}
watch: {silent_mirror: {line: 3s}}
"""
# A router advertisement with the interface's own address as source, as its system would send it.
SPEAK = """
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("mirror", 0))
mac = open("/sys/class/net/mirror/address").read().strip().replace(":", "")
ra = open("captures/attacks/l2_plain.pcap", "rb").read()[40:]
s.send(ra[:6] + bytes.fromhex(mac) + ra[12:])
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("wire", 0))  # then, of a host on the line, a frame of IPv6: what is told of it proves that the frame before it was read
s.send(bytes.fromhex("333300000001020000000001" "86dd" "6000000000083b01" "fe800000000000000000000000000e0d" "ff020000000000000000000000000001" "0000000000000e0d"))
"""


def sh(*args, check=True):
    return subprocess.run(args, check=check, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def lines(path):
    text = path.read_text() if path.exists() else ""
    return [json.loads(x) for x in text[:text.rfind("\n") + 1].splitlines()]


def wait_for(what, why):
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, why
        time.sleep(0.05)  # polling for a state, not waiting for a time


def watch(lanes, tmp):
    policy, out = Path(tmp) / "policy.yml", Path(tmp) / f"alerts-{lanes}.jsonl"
    policy.write_text(POLICY)
    with open(os.devnull, "w") as nowhere:
        p = subprocess.Popen(["ip", "netns", "exec", NS, SEKIMORI, "watch", "-i", "mirror", "-c", str(policy), "-o", str(out), "--format", "json",
                              "--lanes", str(lanes)], stdout=nowhere, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        try:
            assert "watching" in p.stderr.readline()
            wait_for(lambda: any(o["rule"]["id"] == "SYS-011" for o in lines(out)), "the silence was not told while it lasted")
            sh("ip", "netns", "exec", NS, "/usr/bin/python3", "-c", SPEAK)
            wait_for(lambda: any(o["rule"]["id"] == "V6-001" for o in lines(out)), "the last frame was not told")
            p.send_signal(signal.SIGINT)  # `ip netns exec` became the sensor
            _, err = p.communicate(timeout=PATIENCE)
        finally:
            p.kill()
            p.wait()
    assert p.returncode == 0, f"exit {p.returncode}: {err}"
    found = sorted({(o["rule"]["id"], o["sekimori"]["severity"]) for o in lines(out)})
    assert found == [("SYS-008", "low"), ("SYS-011", "medium"), ("V6-001", "medium")], found


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the namespace is taken down then too
    if os.geteuid() != 0 or sh("ip", "netns", "add", NS, check=False).returncode != 0:
        print("network namespaces cannot be made here")
        sys.exit(77)
    try:
        for c in (["ip", "link", "add", "wire", "type", "veth", "peer", "name", "mirror"], ["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"],
                  ["sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"], ["ip", "link", "set", "wire", "up"],
                  ["ip", "link", "set", "mirror", "arp", "off", "up"]):
            sh("ip", "netns", "exec", NS, *c)
        with tempfile.TemporaryDirectory() as tmp:
            for lanes in (0, 2):
                watch(lanes, tmp)
    finally:
        sh("ip", "netns", "del", NS, check=False)


if __name__ == "__main__":
    main()
