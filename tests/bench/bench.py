#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Speed, as ratios to yardsticks of the same minute: a bare loop over the mapped file that touches each header, ndpiReader -q,
tshark and tcpdump where they are installed. `--site`: only what a large site and a flood cost. Each figure is the best of three runs (yardsticks that take long: one), warm page
cache. Prints a table and writes build/bench/result.json; `--readme` puts the table into README.md."""
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import bench_site  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / "build/release"
OUT = ROOT / "build/bench"
LIMIT = 180  # seconds that a yardstick may take
SCALE = float(os.environ.get("BENCH_SCALE", "1"))
CAPTURES = [
    ("mix", "mix, ~300-byte packets", 2_000_000),
    ("small", "64 bytes, 100 k flows", 4_000_000),
    ("flows", "1 M flows of 4 packets", 4_000_000),
    ("flows-random", "1 M flows, all open at once", 4_000_000),
    ("flows-few", "1 M flows, 10 k new at a time", 4_000_000),
]


def run(argv, repeat=3):
    """Wall, CPU seconds and peak KiB of the best run; None: it failed, or took longer than LIMIT."""
    best = None
    for _ in range(repeat):
        before = time.monotonic()
        with open(os.devnull, "wb") as null:
            p = subprocess.Popen(["timeout", str(LIMIT), *map(str, argv)], stdout=null, stderr=null)
            _, status, usage = os.wait4(p.pid, 0)
        wall = time.monotonic() - before
        if os.waitstatus_to_exitcode(status) not in (0, 3):  # 3: a flood fills tables, which is told
            return None
        row = (wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
        if best is None or row[0] < best[0]:
            best = row
    return best


def measure(path, packets):
    size = path.stat().st_size
    rows = []

    def add(name, argv, repeat=3):
        got = run(argv, repeat)
        assert got or argv[0] not in (BIN / "sekimori", BIN / "tests/bench/bench_read"), f"{name} failed on {path}"
        if got:
            wall, cpu, rss = got
            rows.append({"what": name, "packets_per_second": packets / wall, "mb_per_second": size / wall / 1e6, "cpu_seconds": cpu,
                         "wall_seconds": wall, "peak_mib": rss / 1024})

    add("bare loop, mapped", [BIN / "tests/bench/bench_read", "--mmap", path])
    add("bare loop, our reader", [BIN / "tests/bench/bench_read", path])
    add("sekimori read", [BIN / "sekimori", "read", "--quiet", "--format", "json", path])
    add("sekimori read --lanes 1", [BIN / "sekimori", "read", "--quiet", "--format", "json", "--lanes", "1", path])
    if shutil.which("ndpiReader"):
        add("ndpiReader -q", ["ndpiReader", "-q", "-i", path], 1)
    if shutil.which("tcpdump") and path.stem == "mix":  # with many conversations it takes minutes
        add("tcpdump -nS", ["tcpdump", "-nSr", path], 1)  # -S: it looks for the first sequence number of each flow otherwise
    if shutil.which("tshark") and SCALE >= 1 and path.stem == "mix":
        add("tshark -n", ["tshark", "-nr", path, "-c", str(packets // 10)], 1)
        if rows[-1]["what"].startswith("tshark"):  # only a tenth of the file was read
            rows[-1]["packets_per_second"] /= 10
            rows[-1]["mb_per_second"] /= 10
    return rows


def machine():
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{model.group(1) if model else 'unknown CPU'}, {os.cpu_count()} CPUs, Linux {os.uname().release}"


def table(results):
    lines = []
    for (_, title, packets), rows in results:
        rate = {r["what"]: r["packets_per_second"] for r in rows}
        loop, ndpi = rate.get("bare loop, mapped"), rate.get("ndpiReader -q")
        lines += [f"**{title}** ({packets:,} packets)", "",
                  "| what | M packets/s | MB/s | CPU s | peak MiB | of the bare loop | × ndpiReader |", "|---|--:|--:|--:|--:|--:|--:|"]
        for r in rows:
            of_loop = f"{100 * r['packets_per_second'] / loop:.0f} %" if loop else ""
            of_ndpi = f"{r['packets_per_second'] / ndpi:.1f}" if ndpi else ""
            lines.append(f"| {r['what']} | {r['packets_per_second'] / 1e6:.2f} | {r['mb_per_second']:.0f} | {r['cpu_seconds']:.2f} | "
                         f"{r['peak_mib']:.0f} | {of_loop} | {of_ndpi} |")
        lines.append("")
    return "\n".join(lines)


def cost_of_many(results):
    """What a packet costs with all flows open, against few of them: the same flows in another order."""
    cost = {kind: 1 / r["packets_per_second"] for (kind, _, _), rows in results for r in rows if r["what"] == "sekimori read"}
    if not {"flows-random", "flows-few"} <= cost.keys():
        return ""
    return f"A packet with all flows open costs {cost['flows-random'] / cost['flows-few']:.2f} × one with few of them open.\n"


def reading(path, packets, *options):
    """Packets a second and peak MiB of sekimori read."""
    wall, _, rss = run([BIN / "sekimori", "read", "--quiet", "--format", "json", *options, path])
    return packets / wall, rss / 1024


def made(kind, packets):
    path = OUT / f"{kind}-{packets}.pcap"
    subprocess.run([BIN / "tests/bench/bench_make", kind, path, str(packets)], check=True)
    return path


def site_and_flood():
    """What a large site costs, and what a flood of router advertisements does to rate and memory. The flood is measured beside the mix at the speed of the
    tool, 3 000 a second of packet time, and alone. Its tables are full after some 262 000: memory is compared from there on, whatever BENCH_SCALE says."""
    packets, flood = int(2_000_000 * SCALE), max(int(400_000 * SCALE), 300_000)
    shipped = len(subprocess.run([BIN / "sekimori", "signatures", "list", "--format", "json"], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines())
    small, large = bench_site.make(OUT / "site", shipped)
    mix, both, one, four = made("mix", packets), made("mix-flood", packets), made("ra-flood", flood), made("ra-flood", 4 * flood)
    (few, _), (many, memory), none = reading(mix, packets, *small), reading(mix, packets, *large), reading(mix, packets)
    (beside, _), (rate, first), (_, later) = reading(both, packets, *small), reading(one, flood, *small), reading(four, 4 * flood, *small)
    for path in (mix, both, one, four):
        path.unlink()
    size = 622  # bytes of an advertisement of the flood, as many as two packets of the mix
    return {"text": f"5 000 prefixes, {bench_site.SIGNATURES} signatures and 10 000 devices: {100 * (1 - many / few):.0f} % fewer packets a second than with four "
                    f"prefixes, {shipped} signatures and none ({many / 1e6:.2f} against {few / 1e6:.2f} M packets/s; without a policy {none[0] / 1e6:.2f}); {memory:.0f} MiB.\n"
                    f"A flood of router advertisements, all different ({size} bytes and 17 prefixes each), at the full speed of the tool beside the mix (3 000 a second of packet "
                    f"time): {few / beside:.2f} times fewer packets a second than the mix alone ({beside / 1e6:.2f} M packets/s); this is what must stay below 2. Nothing but the "
                    f"flood: {rate / 1e6:.3f} M packets/s, {rate / 3000:.0f} times the tool's speed, {few / rate:.1f} times less than the mix; {first:.0f} MiB after {flood:,}, "
                    f"{later:.0f} MiB after {4 * flood:,}.\n",
            "large_of_small": many / few, "mix_of_mix_flood": few / beside, "mix_of_flood": few / rate, "flood_mib": [first, later]}


def matching():
    """What an event costs the matcher, and each signature that is asked about it, against touching every word of the event."""
    captures = [ROOT / "captures/office-day.pcapng", *sorted((ROOT / "captures").glob("benign-*.pcap")), *sorted((ROOT / "captures/attacks").glob("*.pcap"))]
    p = subprocess.run([BIN / "tests/bench/bench_match", ROOT / "signatures", ROOT / "captures/policy/minimal.yml", *captures],
                       stdout=subprocess.PIPE, text=True, check=True)
    rows = [json.loads(line) for line in p.stdout.splitlines()]
    lines = ["**matching** (events of the shipped captures)", "",
             "| signatures | asked an event | ns an event | ns a signature asked | event, of touching its words | signature |", "|---|--:|--:|--:|--:|--:|"]
    for r in rows:
        lines.append(f"| {r['signatures']} ({r['set']}) | {r['asked']:.1f} | {r['ns_event']:.0f} | {r['ns_signature']:.0f} | "
                     f"{r['ns_event'] / r['ns_touch']:.1f} × | {r['ns_signature'] / r['ns_touch']:.1f} × |")
    return "\n".join(lines) + "\n\n", rows


def policy():
    """What a look-up costs by number of prefixes, and loading; from tests/bench/bench_policy.c. @return text, rows"""
    p = subprocess.run([BIN / "tests/bench/bench_policy"], stdout=subprocess.PIPE, check=True)
    rows = [json.loads(line) for line in p.stdout.splitlines()]
    cost = {(r["case"], r["prefixes"]): r for r in rows}
    few = {f: cost[f"lookup-v{f}", 100]["ns"] for f in (4, 6)}
    lines = ["**Policy**: longest-prefix look-ups", "", "| prefixes | IPv4 ns | × 100 | IPv6 ns | × 100 | bytes a prefix |", "|--:|--:|--:|--:|--:|--:|"]
    for n in sorted({r["prefixes"] for r in rows if r["case"].startswith("lookup")}):
        v4, v6 = cost["lookup-v4", n], cost["lookup-v6", n]
        lines.append(f"| {n:,} | {v4['ns']:.0f} | {v4['ns'] / few[4]:.1f} | {v6['ns']:.0f} | {v6['ns'] / few[6]:.1f} | "
                     f"{max(v4['bytes_per_prefix'], v6['bytes_per_prefix']):.0f} |")
    loads = [f"{r['prefixes']:,} segments with {r['devices']:,} devices are loaded in {r['ms']:.0f} ms and take {r['mib']:.0f} MiB"
             for r in rows if r["case"] == "load"]
    return "\n".join(lines) + "\n\n" + "; ".join(loads) + ".\n\n", rows


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    site = site_and_flood()
    if "--site" in sys.argv:
        print(site["text"])
        return
    results = []
    for kind, title, packets in CAPTURES:
        packets = int(packets * SCALE)
        path = OUT / f"{kind}.pcap"
        subprocess.run([BIN / "tests/bench/bench_make", kind, path, str(packets)], check=True)
        rows = measure(path, packets)
        results.append(((kind, title, packets), rows))
        path.unlink()
    scale = "" if SCALE == 1 else f" with BENCH_SCALE={SCALE:g} (packets and flows are that share)"
    text = f"`make bench`{scale} on {machine()}, {time.strftime('%Y-%m-%d')}:\n\n" + table(results) + "\n"
    matched, rows = matching()
    looked_up, policy_rows = policy()
    text += matched + cost_of_many(results) + "\n" + looked_up + site["text"]
    print(text)
    every = [{"capture": k, "rows": r} for (k, _, _), r in results] + [{"capture": "matching", "rows": rows},
                                                                       {"capture": "policy", "rows": policy_rows},
                                                                       {"site": {k: v for k, v in site.items() if k != "text"}}]
    (OUT / "result.json").write_text(json.dumps(every, indent=1) + "\n")
    if "--readme" in sys.argv:
        readme = ROOT / "README.md"
        old = readme.read_text()
        new = re.sub(r"(<!-- bench -->\n).*?(<!-- /bench -->)", lambda m: m.group(1) + text + m.group(2), old, flags=re.S)
        readme.write_text(new)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
