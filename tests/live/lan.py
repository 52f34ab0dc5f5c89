# SPDX-License-Identifier: Apache-2.0
"""A small office in network namespaces: hosts on one bridge that floods every frame to every port, so that the sensor's port sees all of
it once, as a mirror port does. Nothing leaves it. Real programs run on the hosts; the sensor watches beside tcpdump.

    with Lan() as lan:
        lan.host("victim"); lan.host("attacker")
        with lan.watch(policy) as seen:
            lan.run("attacker", ["atk6-..."])
        seen.alerts, seen.read()
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from ipaddress import IPv6Address
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEKIMORI = os.environ.get("SEKIMORI") or str(ROOT / "build/release/sekimori")
PATIENCE = 60
PREFIX = "2001:db8:5"
SWITCH, SENSOR = "switch", "sensor"
MAC_OF = "02:00:5e:00:53:%02x"  # locally administered
# The last frame: IPv6 in a VLAN that policies.py gives a segment of its own, where it is forbidden. When its alert is written, all before it is.
MARK = bytes.fromhex("333300000001" "020000000e0d" "81000fa0" "86dd" "6000000000083b01" "fe800000000000000000000000000e0d" "ff020000000000000000000000000001" "0000000000000e0d")
MARK_SEGMENT = "mark"

# Programs are ended with SIGINT, which whoever is started in the background would hand down to them as ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Whoever ends a test by SIGTERM (`timeout`) gets its namespaces taken down too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

SEND_MARK = """
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
s.send(bytes.fromhex(sys.argv[2]))
"""


def skip(why):
    print(why)
    sys.exit(77)


def sh(*args, check=True):
    p = subprocess.run(list(map(str, args)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    assert not check or p.returncode == 0, f"{' '.join(map(str, args))}: {p.stderr.strip()}"
    return p


def wait_for(what, why, patience=PATIENCE):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        got = what()
        if got:
            return got
        time.sleep(0.05)  # polling for a state, not waiting for a time
    raise AssertionError(why() if callable(why) else why)


def missing(programs):
    """Those that are not installed."""
    return [p for p in programs if not shutil.which(p, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")]


def needs(*programs):
    """The test cannot be had without root, namespaces and these programs."""
    if os.geteuid() != 0:
        skip("needs root: network namespaces")
    for p in missing(programs):
        skip(f"{p} is not installed")
    if sh("ip", "netns", "add", f"sk-probe-{os.getpid()}", check=False).returncode:
        skip("network namespaces cannot be made here")
    sh("ip", "netns", "del", f"sk-probe-{os.getpid()}")


def whole_lines(path):
    text = path.read_text() if path.exists() else ""
    return text[:text.rfind("\n") + 1].splitlines()


def link_local(mac):
    b = bytes(int(x, 16) for x in mac.split(":"))
    return str(IPv6Address(b"\xfe\x80" + bytes(6) + bytes([b[0] ^ 2]) + b[1:3] + b"\xff\xfe" + b[3:]))


def before_mark(lines):
    return [a for a in map(json.loads, lines) if a.get("network", {}).get("name") != MARK_SEGMENT]


def stop(p, how=signal.SIGTERM):
    if p.poll() is None:
        p.send_signal(how)
    try:
        return p.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        p.kill()
        return p.wait()


class Lan:
    def __init__(self):
        self.tag = f"sk-lan{os.getpid()}"
        self.hosts, self.running, self.spaces = {}, [], []
        self.folder = tempfile.TemporaryDirectory()
        self.tmp = Path(self.folder.name)

    def __enter__(self):
        try:
            self.space(SWITCH)
            self.inside(SWITCH, "ip", "link", "add", "br0", "type", "bridge", "ageing_time", "0", "mcast_snooping", "0")
            self.inside(SWITCH, "ip", "link", "set", "br0", "up")
            self.port(SENSOR)
            self.inside(SENSOR, "ip", "link", "set", "eth0", "arp", "off", "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for p in reversed(self.running):
            stop(p, signal.SIGKILL)
        for s in self.spaces:  # daemons have children of their own
            for pid in map(int, sh("ip", "netns", "pids", s, check=False).stdout.split()):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            sh("ip", "netns", "del", s, check=False)
        self.folder.cleanup()

    def space(self, name):
        ns = f"{self.tag}-{name}"
        sh("ip", "netns", "add", ns)
        self.spaces.append(ns)
        for what in ("all", "default"):
            sh("ip", "netns", "exec", ns, "sysctl", "-qw", f"net.ipv6.conf.{what}.disable_ipv6=1")
        self.inside(name, "ip", "link", "set", "lo", "up")

    def port(self, name):
        self.space(name)
        sh("ip", "netns", "exec", f"{self.tag}-{SWITCH}", "ip", "link", "add", f"p-{name}", "type", "veth", "peer", "name", "eth0", "netns", f"{self.tag}-{name}")
        self.inside(SWITCH, "ip", "link", "set", f"p-{name}", "master", "br0", "up")

    def inside(self, name, *args, check=True):
        return sh("ip", "netns", "exec", f"{self.tag}-{name}", *args, check=check)

    def host(self, name, ipv6=True, router=False, addresses=(), quiet=True):
        """A host named so, on the bridge, up; its link-local address is there and tested when it returns.
        quiet: it does not ask for routers and does not take what they say."""
        n = len(self.hosts) + 1
        mac = MAC_OF % n
        self.port(name)
        self.inside(name, "ip", "link", "set", "eth0", "address", mac)
        settings = {"disable_ipv6": int(not ipv6), "accept_ra": 0 if router or quiet else 1, "router_solicitations": 0 if quiet else 1,
                    "forwarding": int(router), "addr_gen_mode": 0, "mldv2_unsolicited_report_interval": 50}
        for key, value in settings.items():
            self.inside(name, "sysctl", "-qw", f"net.ipv6.conf.eth0.{key}={value}")
        self.inside(name, "ip", "link", "set", "eth0", "up")
        for a in addresses:
            self.inside(name, "ip", "addr", "add", a, "dev", "eth0")
        self.hosts[name] = {"mac": mac, "policy_mac": mac.upper().replace(":", "-"), "ll": link_local(mac), "ipv6": ipv6, "settled": False}
        return self.hosts[name]

    def settle(self):
        """Wait until every address is tested (DAD)."""
        for name, h in self.hosts.items():
            if h["ipv6"] and not h["settled"]:
                wait_for(lambda n=name: "tentative" not in self.addresses(n) and self.hosts[n]["ll"] in self.addresses(n), lambda n=name: f"{n} is not ready: {self.addresses(n)}")
                h["settled"] = True

    def addresses(self, name):
        return self.inside(name, "ip", "-6", "addr", "show", "dev", "eth0").stdout

    def global_addresses(self, name):
        rows = json.loads(self.inside(name, "ip", "-j", "-6", "addr", "show", "dev", "eth0").stdout or "[]")
        return [a["local"] for row in rows for a in row.get("addr_info", []) if a.get("scope") == "global" and not a.get("tentative")]

    def start(self, name, args, **kw):
        """A program that goes on until stop() or the end of the office. Its output goes to a file of its own: .log"""
        log = self.tmp / f"log-{len(self.running)}"
        with open(log, "w") as out:
            p = subprocess.Popen(["ip", "netns", "exec", f"{self.tag}-{name}", *map(str, args)], cwd=self.tmp, text=True, stdin=kw.pop("stdin", subprocess.DEVNULL),
                                 stdout=kw.pop("stdout", out), stderr=kw.pop("stderr", subprocess.STDOUT), **kw)
        p.log = log
        self.running.append(p)
        return p

    def run(self, name, args, seconds=None, status=None):
        """A program to its end; with seconds it is stopped then at the latest. @return its output"""
        p = self.start(name, args)
        try:
            code = p.wait(seconds or PATIENCE)
            assert status is None or code in status, f"{args[0]}: exit {code}: {p.log.read_text()}"
        except subprocess.TimeoutExpired:
            assert seconds, f"{' '.join(map(str, args))}: does not end: {p.log.read_text()[-500:]}"
            stop(p, signal.SIGINT)
        return p.log.read_text()

    def listens(self, name, p):
        """Wait until a tool that sniffs (and says so only into a buffer) has its socket."""
        wait_for(lambda: len(self.inside(name, "cat", "/proc/net/packet").stdout.splitlines()) > 1 or p.poll() is not None, "the tool does not listen")
        assert p.poll() is None, p.log.read_text()

    def sends(self, name, p, n):
        """Wait until a host has sent so many frames."""
        sent = lambda: int(self.inside(name, "cat", "/sys/class/net/eth0/statistics/tx_packets").stdout)  # noqa: E731
        before = sent()
        wait_for(lambda: sent() - before >= n or p.poll() is not None, lambda: f"only {sent() - before} frames were sent")
        assert p.poll() is None, p.log.read_text()[-800:]

    def ready(self, p, words):
        """Wait until a program has said so."""
        wait_for(lambda: words in p.log.read_text() or p.poll() is not None, lambda: f"it does not say {words}: {p.log.read_text()[-800:]}")
        assert p.poll() is None, p.log.read_text()[-800:]

    def all_end(self, programs, seconds):
        """Wait until all have ended; what has not by then is stopped."""
        end = time.monotonic() + seconds
        while any(p.poll() is None for p in programs) and time.monotonic() < end:
            time.sleep(0.05)  # polling for a state
        for p in programs:
            stop(p, signal.SIGINT)

    @staticmethod
    def stop(p):
        stop(p, signal.SIGINT)

    def dad_failed(self, name, n):
        wait_for(lambda: self.addresses(name).count("dadfailed") >= n, f"{name} took the address")

    def file(self, name, text):
        path = self.tmp / name
        path.write_text(text)
        return path

    def watch(self, policy=None, options=()):
        self.settle()
        return Watch(self, policy, options)


class Watch:
    """The sensor and, beside it, a recording, while the block runs. After it .alerts has the lines, .recording the file."""
    count = 0

    def __init__(self, lan, policy, options):
        Watch.count += 1
        self.lan, self.options = lan, list(options)
        self.out, self.recording = lan.tmp / f"alerts-{Watch.count}.jsonl", lan.tmp / f"beside-{Watch.count}.pcap"
        self.policy = None if policy is None else lan.file(f"policy-{Watch.count}.yml", policy)

    def __enter__(self):
        lan, policy = self.lan, ["-c", self.policy] if self.policy else []
        self.sent_before = self.counter("tx_packets")
        self.sensor = lan.start(SENSOR, [SEKIMORI, "watch", "-i", "eth0", *policy, "-o", self.out, "--format", "json", *self.options], stderr=subprocess.PIPE,
                                stdout=subprocess.DEVNULL)
        first = self.sensor.stderr.readline()
        assert "watching" in first, first + self.sensor.stderr.read()
        self.dump = lan.start(SENSOR, ["tcpdump", "-i", "eth0", "-n", "-Z", "root", "-U", "--immediate-mode", "-s", "0", "-B", "65536", "-w", self.recording],
                              stderr=subprocess.PIPE)
        line = self.dump.stderr.readline()
        while "listening on" not in line:
            assert line, "tcpdump does not start"
            line = self.dump.stderr.readline()
        return self

    def __exit__(self, kind, value, trace):
        if kind:
            return False
        for name in self.lan.hosts:  # silence: nothing comes after the last frame
            self.lan.inside(SWITCH, "ip", "link", "set", f"p-{name}", "down")
        self.lan.run(SWITCH, ["/usr/bin/python3", "-c", SEND_MARK, f"p-{SENSOR}", MARK.hex()], status=[0])
        wait_for(lambda: self.recording.exists() and MARK in self.tail(), "the last frame is not in the recording")
        wait_for(lambda: f'"name":"{MARK_SEGMENT}"' in self.out.read_text() or self.sensor.poll() is not None, "the last frame is not told")
        stop(self.dump, signal.SIGINT)
        self.sensor.send_signal(signal.SIGINT)
        _, self.said = self.sensor.communicate(timeout=PATIENCE)
        assert self.sensor.returncode in (0, 3 if "tables were full" in self.said else 0), f"exit {self.sensor.returncode}: {self.said}"
        assert "kernel dropped 0" in self.said and "ring dropped 0" in self.said, self.said
        assert self.counter("tx_packets") == self.sent_before, "the sensor sent a packet"
        read = int(re.search(r"read (\d+)", self.said).group(1))
        assert read == self.frames(), f"the sensor read {read} frames, the recording has {self.frames()}"
        self.lines = whole_lines(self.out)
        self.alerts = before_mark(self.lines)
        return False

    def tail(self):
        with open(self.recording, "rb") as f:
            f.seek(max(0, self.recording.stat().st_size - 4096))
            return f.read()

    def each_frame(self):
        data, at = self.recording.read_bytes(), 24
        while at + 16 <= len(data):
            n = int.from_bytes(data[at + 8:at + 12], sys.byteorder)
            yield data[at + 16:at + 16 + n]
            at += 16 + n

    def frames(self):
        return sum(1 for _ in self.each_frame())

    def proves(self, name, icmpv6, least=1):
        """A case that expects no alert shows nothing unless the host has sent what might have given one: ICMPv6 of that type, at
        most behind a hop-by-hop header (of eight bytes). @return self"""
        mac, n = bytes.fromhex(self.lan.hosts[name]["mac"].replace(":", "")), 0
        for f in self.each_frame():
            at = 54 if f[20:21] == b"\x3a" else 62 if f[20:21] == b"\0" and f[54:55] == b"\x3a" else len(f)
            n += f[6:12] == mac and f[12:14] == b"\x86\xdd" and f[at:at + 1] == bytes([icmpv6])
        assert n >= least, f"{name} sent {n} of ICMPv6 type {icmpv6}, {least} are wanted"
        return self

    def counter(self, name):
        return int(self.lan.inside(SENSOR, "cat", f"/sys/class/net/eth0/statistics/{name}").stdout)

    def read(self, *options):
        """The same from the recording."""
        policy = ["-c", self.policy] if self.policy else []
        p = sh(SEKIMORI, "read", "--quiet", "--format", "json", *policy, *options, self.recording, check=False)
        assert p.returncode in (0, 3 if "tables were full" in p.stderr else 0), f"exit {p.returncode}: {p.stderr}"
        return before_mark(p.stdout.splitlines())
