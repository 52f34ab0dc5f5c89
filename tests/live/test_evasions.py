#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every router advertisement that atk6-fake_router26 can send past a guard, live from the tool on a TAP device, in every wrapper that the
encapsulator knows: each gives exactly its events, with path, VLANs, sender and evasion named; a recording made beside it gives the same.

In a namespace of the test's own: the tool sends into the TAP, encapsulator.py sends on one end of a veth pair, the sensor watches the other.
"""
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from expected import DATASETS, expected, got  # noqa: E402
from wrappers import WRAPPERS  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SEKIMORI = os.environ.get("SEKIMORI") or str(ROOT / "build/release/sekimori")
TOOL = "atk6-fake_router26"
NS = f"sk-evade-{os.getpid()}"
MAC = "72:05:5b:4e:44:4e"
MARK = "fe80::e0d"
IPV6 = re.compile(r"^[0-9a-f]*:[0-9a-f:]*:[0-9a-f:]*$")
PATIENCE = 30
AT_ONCE = 8


def skip(why):
    print(why)
    sys.exit(77)


def sh(*args):
    return subprocess.run(args, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout


def inside(*args, **kw):
    return subprocess.Popen(["ip", "netns", "exec", NS, *map(str, args)], cwd=ROOT, text=True, **kw)


def wait_for(what, why):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if what():
            return
        time.sleep(0.05)  # polling for a state, not waiting for a time
    raise AssertionError(why)


def evasions():
    """Every set of the tool's letters, and repeated ones: which of them exist the tool says itself."""
    letters = "FHDOo1"
    return ["".join(c) for n in range(len(letters) + 1) for c in itertools.combinations(letters, n)] + ["11", "H111"]


EXIST = ["", "F", "H", "D", "O", "o", "1", "FH", "HD", "HO", "Ho", "H1", "Oo", "HOo", "11", "H111"]


def source(wrapper, group, k):
    """Each evasion has a sender of its own, in each group of wrappers: then events tell which it was."""
    if wrapper == "isatap":
        return IPv6Address(b"\xfe\x80" + bytes(6) + b"\0\0\x5e\xfe" + IPv4Address(f"10.99.{group}.{k}").packed)
    if wrapper == "teredo-peer":
        return IPv6Address(b"\xfe\x80" + bytes(8) + bytes(b ^ 0xff for b in (51000).to_bytes(2, "big") + IPv4Address(f"198.18.{group}.{k}").packed))
    return IPv6Address(f"fe80::bad:{group}:{k:x}")


def identity(unit):
    """What tells a sensor that two fragments belong to different conversations: VLANs and tunnels, not the rest of the link."""
    first_ip = next(i for i, name in enumerate(unit.path) if name.startswith("ip"))
    path = unit.path[first_ip:] if unit.tunnels and unit.tunnels[0] != "pseudowire" else unit.path
    return tuple(v for v in unit.vlans if v), tuple(name for name in path if name != "udp")  # one protocol, over IP or in UDP, is one tunnel


def groups():
    """Wrappers that are sent from one sender: those in tunnels that a sensor tells apart. The others each have their own."""
    shared, out = [], []
    for name, wrap in WRAPPERS.items():
        if name in ("isatap", "teredo-peer"):
            out.append([name])
            continue
        unit = wrap(bytes(12) + b"\x86\xdd" + bytes(24) + b"\xff" + bytes(15))
        if not unit.tunnels:
            out.append([name])
            continue
        for members in shared:
            if identity(unit) not in members.values():
                members[name] = identity(unit)
                break
        else:
            shared.append({name: identity(unit)})
    return out + [list(m) for m in shared]


def run_tool(jobs):
    """Run the tool for each (evasion, source), some at once. @return {(evasion, source): exit status}"""
    left, running, status = list(jobs), {}, {}
    end = time.monotonic() + PATIENCE
    while left or running:
        assert time.monotonic() < end, "the tool does not end"
        while left and len(running) < AT_ONCE:
            job = left.pop(0)
            evade = ["-E", job[0]] if job[0] else []
            running[job] = inside(TOOL, *evade, "-A", "2001:db8:1::/64", "-D", "2001:db8::53", "-s", job[1], "-n", "1", "-i", "1", "rogue",
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for job, p in list(running.items()):
            if p.poll() is not None:
                status[job] = running.pop(job).returncode
        time.sleep(0.005)  # polling for a state
    return status


SEND_MARK = """
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("wire", 0))
s.send(bytes.fromhex("333300000001020000000001" "86dd" "6000000000083aff" "fe800000000000000000000000000e0d" "ff020000000000000000000000000001" "8000000000000000"))
"""


def lines(path):
    text = path.read_text()
    return [json.loads(x) for x in text[:text.rfind("\n") + 1].splitlines()]


def session(tmp, lanes, jobs, plan):
    """@return (frames the encapsulator sent, events the sensor wrote, recording)"""
    (tmp / "plan").write_text(json.dumps({str(k): v for k, v in plan.items()}))
    recording, events = tmp / "beside.pcap", tmp / "events"
    started = []
    try:
        with open(tmp / "sent", "w") as sent, open(events, "w") as out:
            capsule = inside("/usr/bin/python3", "tests/live/encapsulator.py", "rogue", MAC, "wire", tmp / "plan", stdout=sent, stderr=subprocess.PIPE)
            started.append(capsule)
            wait_for(lambda: "ready" in (tmp / "sent").read_text() or capsule.poll() is not None, "the encapsulator does not start")
            assert capsule.poll() is None, capsule.stderr.read()
            watch = inside(SEKIMORI, "watch", "-i", "mirror", "--events", "--lanes", lanes, stdout=out, stderr=subprocess.PIPE)
            started.append(watch)
            first = watch.stderr.readline()
            assert "watching" in first, first + watch.stderr.read()
            dump = inside("tcpdump", "-i", "mirror", "-Z", "root", "-U", "--immediate-mode", "-s", "4096", "-B", "16384", "-w", recording, stderr=subprocess.PIPE)
            started.append(dump)
            line = dump.stderr.readline()
            while "listening on" not in line:
                assert line, "tcpdump does not start"
                line = dump.stderr.readline()
            status = run_tool(jobs)
            capsule.send_signal(signal.SIGTERM)
            assert capsule.wait(PATIENCE) == 0, capsule.stderr.read()
            frames = [(s, bytes.fromhex(f), names) for s, f, *names in map(str.split, (tmp / "sent").read_text().splitlines()[1:])]
            mark = inside("/usr/bin/python3", "-c", SEND_MARK)
            assert mark.wait(PATIENCE) == 0, "the last frame could not be sent"
            wait_for(lambda: any(o["source"].get("ip") == MARK for o in lines(events)), "the last frame is not seen")
            size = 24 + sum(16 + len(WRAPPERS[n](f).data) for _, f, names in frames for n in names) + 16 + 62
            wait_for(lambda: recording.stat().st_size >= size, f"the recording is not complete: {recording.stat().st_size} of {size}")
            for p in (watch, dump):
                p.send_signal(signal.SIGINT)
            _, err = watch.communicate(timeout=PATIENCE)
            assert watch.returncode == 0, f"exit {watch.returncode}: {err}"
            assert "kernel dropped 0" in err and "ring dropped 0" in err, err
            dump.wait(PATIENCE)
        return status, frames, lines(events), recording
    finally:
        for p in started:
            if p.poll() is None:
                p.kill()
            p.wait()


def read(*args):
    p = subprocess.run([SEKIMORI, "read", "--quiet", *map(str, args)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert p.returncode == 0, p.stderr.decode()
    return [json.loads(x) for x in p.stdout.splitlines()]


def plain(event):
    """An event without what tells where it was read from; what the end of the run closes, without the time of that."""
    event = json.loads(json.dumps(event))
    if {"closed", "unanswered"} & {event.get("flow", {}).get("state"), event.get("tunnel", {}).get("state")}:
        event.pop("@timestamp")
    event.pop("log", None)
    event.get("sekimori", {}).pop("packet", None)
    event.pop("observer", None)
    return event


def recorded_frames(path):
    data, at = path.read_bytes(), 24
    while at + 16 <= len(data):
        n = int.from_bytes(data[at + 8:at + 12], sys.byteorder)
        yield data[at + 16:at + 16 + n]
        at += 16 + n


def check(lanes, wanted, tmp):
    jobs, plan, where = [], {}, {}
    for g, members in enumerate(groups(), 1):
        for k, evasion in enumerate(wanted, 1):
            s = source(members[0], g, k)
            plan[s], where[str(s)] = members, evasion
            jobs.append((evasion, s))
    status, frames, events, recording = session(tmp, lanes, jobs, plan)
    assert set(status.values()) == {0}, Counter(status.values())
    missing = set(where) - {s for s, _, _ in frames}
    assert not missing, f"the tool sent nothing for {[(where[m], m) for m in missing]}"
    sent = [WRAPPERS[n](f).data for _, f, names in frames for n in names]
    assert list(recorded_frames(recording))[:-1] == sent, "the recording is not what was sent"
    by_source, want = {}, Counter()
    for s, f, _ in frames:
        by_source.setdefault(s, []).append(f)
    for s, raw in by_source.items():
        for name in plan[IPv6Address(s)]:
            want.update(expected(name, raw))
    have = Counter(x for e in events if e.get("source", {}).get("ip") != MARK for x in got(e))
    told = differences(want, have, plan)
    assert not told, f"with {lanes} lanes:\n" + "\n".join(told)
    beside = read("--events", recording)
    # What the sensor says of itself tells a running capture from a file, and the time of its clock from a packet's.
    events, beside = [[e for e in of if e["event"]["dataset"] != "sensor.state"] for of in (events, beside)]
    here, there = [plain(e) for e in events], [plain(e) for e in beside]
    for a, b in itertools.zip_longest(here, there):
        assert a == b, f"{len(here)} events live, {len(there)} in the recording; the first that differ:\n{a}\n{b}"
    count = read("--count", recording)[0]
    assert count["packets"] == len(sent) + 1
    for name in set(count["events"]) - {"tunnel.frame", "sensor.state"}:
        assert count["events"][name] == sum(e["event"]["dataset"] == name for e in events), name


def differences(want, have, plan):
    """What is missing and what is too much, by sender, three lines each."""
    told, by = [], {}
    for sign, facts in (("missing", want - have), ("unexpected", have - want)):
        for x, n in facts.items():
            by.setdefault(next((v for v in x if isinstance(v, str) and IPV6.match(v)), "?"), []).append(f"{sign} {n}x {x}")
    shown = Counter()
    for s, lines_of in sorted(by.items()):
        members = tuple(plan.get(IPv6Address(s), ["?"])) if s != "?" else ("?",)
        shown[members] += 1
        if shown[members] <= 3:
            told += [f"{' '.join(members)}: {x}" for x in lines_of[:6]]
    return told + [f"{n} senders differ: {' '.join(m)}" for m, n in shown.items()]


def which_exist():
    """The tool refuses what it cannot send with exit 255; what it does not refuse must be what the table says."""
    out = []
    for e in evasions():
        p = inside(TOOL, *(["-E", e] if e else []), "no-such-interface", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text = p.communicate(timeout=PATIENCE)[0]
        if "together" not in text:
            out.append(e)
    return out


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the namespace is taken down then too
    if os.geteuid() != 0:
        skip("needs root: a network namespace and a TAP device")
    for program in (TOOL, "tcpdump"):
        if not shutil.which(program):
            skip(f"{program} is not installed")
    if subprocess.run(["ip", "netns", "add", NS], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        skip("network namespaces cannot be made here")
    try:
        if subprocess.run(["ip", "netns", "exec", NS, "ip", "tuntap", "add", "dev", "probe", "mode", "tap"], stderr=subprocess.DEVNULL, check=False).returncode:
            skip("no TAP devices here")
        for c in (["ip", "link", "add", "wire", "mtu", "4000", "type", "veth", "peer", "name", "mirror", "mtu", "4000"],
                  ["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"], ["sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"],
                  ["ip", "link", "set", "wire", "arp", "off", "up"], ["ip", "link", "set", "mirror", "arp", "off", "up"]):
            sh("ip", "netns", "exec", NS, *c)
        exist = which_exist()
        assert exist == EXIST, f"this version of the tool sends {exist}"
        for lanes in (0, 2):
            with tempfile.TemporaryDirectory() as tmp:
                check(lanes, EXIST, Path(tmp))
    finally:
        subprocess.run(["ip", "netns", "del", NS], check=False)


if __name__ == "__main__":
    main()
