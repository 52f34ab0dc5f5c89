#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sekimori policy suggest: what it writes is a policy as it stands and with every `#: ` taken away, allows nothing that was only seen, says the
same with any number of lanes, and names nobody who is only a client."""
import json
import os
import re
import shutil
import struct
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, main, run

import yaml

DAY = "captures/office-day.pcapng"


def suggest(*args, want=(0, 3)):
    code, out, err = run("policy", "suggest", "--quiet", *args)
    assert code in want, f"{args}: exit {code}: {err}"
    return out


def check(text, what, warnings=False):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.yml"
        path.write_text(text)
        code, out, err = run("policy", "check", path)
    assert code == 0 and (warnings or "0 warnings" in out), f"{what}: {out} {err}\n{text}"
    return yaml.safe_load(text)


def shipped():
    yield from sorted((ROOT / "captures").rglob("*.pcap*"))
    corpus = os.environ.get("CORPUS")
    if corpus:
        yield from sorted(Path(corpus, "captures", "attacks").glob("*.pcap"))


def test_as_it_stands_and_decided_it_is_a_policy():
    n = 0
    for capture in shipped():
        text = suggest(capture, want=(0, 1, 3))
        if not text:
            continue
        policy = check(text, capture)
        assert set(policy) <= {"sekimori-policy", "segments", "taps"}, f"{capture}: {policy}"
        for name, segment in policy["segments"].items():
            assert set(segment) <= {"vlan", "vni", "tap", "prefixes", "ipv6"}, f"{capture}: {name}: {segment}"
            assert segment["ipv6"] == "unknown", f"{capture}: {segment}"
        check(text.replace("#: ", ""), f"{capture}, decided", warnings=True)  # one prefix in two segments
        n += 1
    assert n > 60, n


def test_the_office_day():
    text = suggest(DAY)
    policy = check(text, DAY)
    assert policy["segments"]["vlan30"] == {"vlan": 30, "prefixes": ["10.30.0.0/22"], "ipv6": "unknown"}, policy
    assert set(policy["segments"]) == {"vlan20", "vlan30", "vlan50", "vlan90"}
    decided = yaml.safe_load(text.replace("#: ", ""))
    rogue, = decided["segments"]["vlan30"]["routers"]
    assert rogue["mac"] == "02-00-00-00-00-AA" and rogue["prefixes"] == ["2001:db8:bad::/64"], rogue
    line, = [x for x in text.splitlines() if "11 advertisements" in x]
    for word in ("every 30 s", "calls itself kali (dhcp)", "RANDOM MAC", "ASK"):
        assert word in line, line
    guest, = decided["segments"]["vlan90"]["routers"]
    assert guest == {"mac": "00-00-5E-00-53-5A", "link_local": "fe80::1", "prefixes": ["2001:db8:90::/64"], "rdnss": ["2001:db8:90::53"], "flags": ["O"],
                     "lifetime_max": "1800s"}, guest
    assert decided["segments"]["vlan90"]["private"] is True
    assert decided["proxies"] == [{"ip": ["10.200.1.10"], "ports": [8080], "kind": "explicit"}]
    assert "10.30.0.2" in decided["dns"]["resolvers"] and "10.200.1.25" in decided["mail"]["relays"]
    assert {t["kind"] for t in decided["tunnels"]} == {"6in4", "6to4", "isatap", "teredo"}
    assert len(re.findall(r"# \?", text)) > 10


def test_clients_are_not_named():
    text = suggest(DAY)
    for name in ("soumu", "kouhou", "zeimu", "phone-", "suido", "files.example"):
        assert name not in text, name


def test_the_same_with_any_lanes_and_twice():
    first = suggest(DAY)
    for lanes in ("1", "2", "4", "8"):
        assert suggest("--lanes", lanes, DAY) == first, lanes
    assert suggest(DAY) == first


def test_several_taps_and_captures_without_a_link_layer():
    with tempfile.TemporaryDirectory() as folder:
        for sub, name in (("s1", "office-day.pcapng"), ("s2", "office-dualstack-boot.pcap"), ("raw", "office-day.pcapng")):
            Path(folder, sub).mkdir()
            shutil.copy(ROOT / "captures" / name, Path(folder, sub))
        text = suggest(folder)
        policy = check(text, "taps")
        assert sorted(policy["taps"]) == ["tap1", "tap2", "tap3"], policy
        assert all(s["tap"] in policy["taps"] for s in policy["segments"].values()), policy
        check(text.replace("#: ", ""), "taps, decided", warnings=True)
    raw = without_link_layer(ROOT / "captures/office-dualstack-boot.pcap")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "raw.pcap")
        path.write_bytes(raw)
        text = suggest(path)
    assert "seen" in check(text, "raw IP")["segments"], text


def without_link_layer(path):
    """A little-endian classic capture of Ethernet as one of raw IP."""
    old, out, at = path.read_bytes(), b"", 24
    out = old[:20] + (101).to_bytes(4, "little")
    while at < len(old):
        seconds, fraction, size, _ = struct.unpack("<IIII", old[at:at + 16])
        frame = old[at + 16:at + 16 + size]
        at += 16 + size
        if frame[12:14] in (b"\x08\0", b"\x86\xdd"):
            out += struct.pack("<IIII", seconds, fraction, len(frame) - 14, len(frame) - 14) + frame[14:]
    return out


def test_since_leaves_out_what_is_earlier():
    text = suggest("--since", "2026-11-24T01:00:00Z", DAY)
    assert "kali" not in text and "2001:db8:90::/64" in text
    assert suggest("--since", "1d", DAY, want=(0, 1)) is not None
    assert run("policy", "suggest", "--since", "yesterday", DAY)[0] == 2


def test_from_events_it_says_the_same_as_from_the_capture():
    body = suggest(DAY).split("\n", 1)[1]
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder, "events.jsonl")
        code, out, err = run("read", "--quiet", "--events", DAY)
        assert code == 0, err
        events.write_text(out)
        assert suggest("--from", events, want=(0,)).split("\n", 1)[1] == body
        events.write_text(out + "no line of ours\n")
        assert suggest("--from", events, want=(3,)).split("\n", 1)[1] == body
        late = suggest("--since", "2026-11-24T01:00:00Z", "--from", events, want=(3,))
        assert "kali" not in late and "2001:db8:90::/64" in late
        events.write_text("nothing\n")
        assert run("policy", "suggest", "--from", events)[0] == 1
        assert run("policy", "suggest", "--from", events, DAY)[0] == 2


def test_what_a_lifetime_of_0_takes_back_is_not_suggested():
    out = run("read", "--quiet", "--events", DAY)[1]
    guests = [json.loads(x) for x in out.splitlines() if '"2001:db8:90::53"' in x and '"icmpv6.ra"' in x]
    assert guests
    for event in guests:
        event["icmpv6"]["ra"]["rdnss_lifetime"] = [0] * len(event["icmpv6"]["ra"]["rdnss"])
        event["icmpv6"]["ra"]["prefix_valid"] = [0] * len(event["icmpv6"]["ra"]["prefix"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "events.jsonl")
        path.write_text("".join(json.dumps(e, separators=(",", ":")) + "\n" for e in guests))
        router, = yaml.safe_load(suggest("--from", path).replace("#: ", ""))["segments"]["vlan90"]["routers"]
    assert "rdnss" not in router and "prefixes" not in router, router


def test_more_links_than_are_kept_do_not_share_what_was_seen():
    kept, links = 4096, 4300
    line = next(x for x in run("read", "--quiet", "--events", DAY)[1].splitlines() if '"2001:db8:90::53"' in x and '"icmpv6.ra"' in x)
    event = json.loads(line)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "events.jsonl")
        with path.open("w", encoding="utf-8") as f:
            for vni in range(links):
                event["tunnel"] = {"depth": 1, "kind": "vxlan", "vni": vni}
                event["source"]["mac"] = f"00-00-5E-00-{vni >> 8:02X}-{vni & 255:02X}"
                f.write(json.dumps(event, separators=(",", ":")) + "\n")
        text = suggest("--from", path)
    segments = yaml.safe_load(text.replace("#: ", ""))["segments"]
    assert len(segments) == kept, len(segments)
    for name, segment in segments.items():
        vni = segment["vni"]
        assert [r["mac"] for r in segment["routers"]] == [f"00-00-5E-00-{vni >> 8:02X}-{vni & 255:02X}"], f"{name}: {segment['routers']}"
    assert f"# more than {kept} links were seen: {links - kept} of them" in text


def test_wrong_calls():
    assert run("policy", "suggest")[0] == 2
    assert run("policy", "suggest", "--help")[0] == 0
    assert run("policy", "suggest", "/nowhere.pcap")[0] == 1
    assert run("policy", "sugest", DAY)[2].count("suggest") >= 1


if __name__ == "__main__":
    main(globals())
