# SPDX-License-Identifier: Apache-2.0
"""A large site for `make bench`: a policy of 5 000 prefixes, a ledger of 10 000 devices, 200 signatures. Deterministic."""
import re
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PREFIXES, DEVICES, SIGNATURES, SEGMENTS = 5000, 10000, 200, 50

HEAD = ["sekimori-policy: 1", "site: {name: bench, timezone: UTC}", "zones: {office: {side: inside, web: via-proxy}}", "segments:"]
RULES = "ipv6: dual-stack, clients: true, routers: [], dhcpv6_servers: []"
TAIL = ["proxies: [{ip: [10.0.255.1], ports: [8080], kind: explicit}]", "dns: {resolvers: [10.0.255.2]}", "tunnels: []"]


def write_ledger(path):
    rows = ["asset,name,mac,duid,ipv4,section,segment,state,date"]
    for i in range(DEVICES):
        host = 0x0a000000 | (i + 1)  # the clients of the mix
        mac = f"02-00-{host >> 24:02X}-{host >> 16 & 255:02X}-{host >> 8 & 255:02X}-{host & 255:02X}"
        rows.append(f"A{i:05d},pc-{i},{mac},,{host >> 24}.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255},section {i % 40},,in use,2026-04-01")
    path.write_text("\n".join(rows) + "\n")


def prefix(i):
    """The i-th prefix: half IPv4 /24 of 10/8, half IPv6 /64."""
    return f"10.{i // 2 >> 8}.{i // 2 & 255}.0/24" if i % 2 == 0 else f"\"2001:db8:{i // 2:x}::/64\""


def write_small_policy(path):
    """The same lines and rules with a prefix each: what the large one is compared with."""
    lines = HEAD + [f"  s{s}: {{vlan: {10 + s}, zone: office, {RULES}, prefixes: [{prefix(s)}]}}" for s in range(4)] + TAIL
    path.write_text("\n".join(lines) + "\n")


def write_policy(path, ledger):
    each = PREFIXES // SEGMENTS
    lines = HEAD + [f"  s{s}: {{vlan: {10 + s}, zone: office, {RULES}, prefixes: [{', '.join(prefix(s * each + k) for k in range(each))}]}}" for s in range(SEGMENTS)] + \
        TAIL + [f"devices: {{file: {ledger.name}}}"]
    path.write_text("\n".join(lines) + "\n")


def write_signatures(folder, shipped):
    """The shipped ones again under other ids, until there are 200 in all: each looks at what it looked at and then asks for a host that there is not,
    so that the alerts are the same as with the shipped ones alone."""
    folder.mkdir(exist_ok=True)
    texts = [t for f in sorted((ROOT / "signatures").rglob("*.yml")) if f.parent.name != "lists" for t in [f.read_text()] if "\n---" not in t and "\ncorrelation:" not in t]
    for i in range(SIGNATURES - shipped):
        text = texts[i % len(texts)]
        text = re.sub(r"(?m)^id: .*", lambda _: f"id: {uuid.UUID(int=(0xb << 76) | (0x8 << 62) | i, version=4)}", text, count=1)
        text = re.sub(r"(?m)^name: (.*)", lambda m: f"name: bench-{i}-{m.group(1)}", text, count=1)
        text = re.sub(r"(?m)^  detection: .*", f"  detection: USR-{900000000 + i}", text, count=1)
        text = re.sub(r"(?ms)^  tests:\n.*?(?=^  \S|^\S|\Z)", "", text)
        text = re.sub(r"(?m)^detection:\n", "detection:\n  elsewhere:\n    source.ip: 192.0.2.77\n", text, count=1)
        text = re.sub(r"(?m)^  condition: (.*?)(\s+#.*)?$", r"  condition: (\1) and elsewhere", text, count=1)
        (folder / f"bench-{i}.yml").write_text(text)


def make(folder, shipped):
    """@return arguments of `sekimori read` for the small site and for the large one"""
    folder.mkdir(parents=True, exist_ok=True)
    ledger, policy, signatures = folder / "ledger.csv", folder / "policy.yml", folder / "signatures"
    write_ledger(ledger)
    write_policy(policy, ledger)
    write_small_policy(folder / "small.yml")
    write_signatures(signatures, shipped)
    return ["-c", folder / "small.yml"], ["-c", policy, "--signatures", signatures]
