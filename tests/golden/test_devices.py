#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sekimori devices: the inventory of shipped captures, its schema, its filters, the same with any number of lanes."""
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, main, run

import jsonschema

DAY = ["-c", "captures/policy/office-day.yml", "captures/office-day.pcapng"]


def devices(*args, env=None, want=0):
    code, out, err = run("devices", "--quiet", *args, env=env)
    assert code == want, f"exit {code}: {err}"
    return [json.loads(line) for line in out.splitlines()]


def by_mac(rows):
    return {r["mac"]: r for r in rows}


def test_every_line_of_every_shipped_capture_is_valid():
    code, out, err = run("schema", "devices")
    assert code == 0, err
    check = jsonschema.Draft202012Validator(json.loads(out))
    n = 0
    for capture in sorted((ROOT / "captures").rglob("*.pcap*")):
        code, out, err = run("devices", "--quiet", capture)
        assert code in (0, 1, 3), f"{capture}: exit {code}: {err}"
        for line in out.splitlines():
            errors = [e.message for e in check.iter_errors(json.loads(line))]
            assert not errors, f"{capture}: {errors}: {line}"
            n += 1
    assert n > 100


def test_the_office_day():
    rows = by_mac(devices(*DAY))
    kali = rows["02-00-00-00-00-AA"]
    assert kali["name"] == "kali" and kali["mac_random"] and kali["segments"] == ["inet-terminals"], kali
    assert "router" in kali["roles"] and "dhcpv6" in kali["roles"], kali
    assert kali["ipv4"][0]["ip"] == "10.30.1.201" and kali["ipv4"][0]["known_by"] == "lease", kali
    soumu = rows["00-00-5E-00-53-B0"]
    assert {(n["name"], n["source"]) for n in soumu["names"]} >= {("soumu-001", "dhcp")}, soumu
    assert soumu["duid"], soumu
    kinds = {x["ip"]: x["kind"] for x in soumu["ipv6"]}
    assert kinds["fe80::200:5eff:fe00:53b0"] == "eui64", kinds
    assert "dhcp" in rows["00-00-5E-00-53-21"]["roles"] and "dns" in rows["00-00-5E-00-53-21"]["roles"]
    assert rows["00-00-5E-00-53-32"]["roles"] == ["forwarder"]
    outside = [x["ip"] for r in rows.values() for x in r.get("ipv4", []) if x["ip"].startswith("198.51.100.")]
    assert not outside, f"addresses of outside stand under a device: {outside}"


def test_names_by_every_protocol():
    rows = devices("captures/names.pcap")
    named = {r["name"]: r for r in rows if "name" in r}
    sources = {name: r["name_source"] for name, r in named.items()}
    assert sources == {"studio-mac": "mdns", "printer-2": "mdns", "winbox": "llmnr", "accounts-07": "nbns", "files": "nbns", "old-xp": "nbns",
                       "desk-24": "dhcp"}, sources
    assert named["studio-mac"]["model"] == "MacBookPro14,1"
    assert bytes.fromhex(named["desk-24"]["switch_port"]) == b"ge-0/0/7"


def test_one_device_under_many_macs_and_two_under_one_duid():
    rows = devices("captures/identities.pcap")
    phone, = [r for r in rows if r.get("name") == "phone"]
    assert phone["macs"] == ["02-00-00-00-31-01", "02-00-00-00-31-02"] and "conflicts" not in phone, phone
    clones = [r for r in rows if r.get("name") == "clone"]
    assert [c["conflicts"][0]["other_mac"] for c in clones] == [clones[1]["mac"], clones[0]["mac"]], clones
    assert all(c["conflicts"][0]["what"] == "duid" for c in clones)
    both = [r for r in rows if any(x["ip"] == "192.168.30.81" for x in r.get("ipv4", []))]
    assert [r["conflicts"][0]["ip"] for r in both] == ["192.168.30.81"] * 2, both
    assert [r["virtual_mac"] for r in rows if "virtual_mac" in r] == ["vrrp6"]


def test_the_ledger_names_and_finds_out():
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "ledger.csv").write_text("name,mac,section,state\nkouhou-007,,PR,in-use\nold,00-00-5E-00-53-B2,Tax,retired\n"
                                                 "desk,00-00-5E-00-53-B0,General,in-use\n")
        policy = Path(folder) / "p.yml"
        policy.write_text((ROOT / "captures/policy/office-day.yml").read_text() + "devices: {file: ledger.csv}\n")
        args = ["-c", policy, "captures/office-day.pcapng"]
        rows = by_mac(devices(*args))
        assert [r["mac"] for r in devices("--registered", "retired", *args)] == ["00-00-5E-00-53-B2"]
        code, out, err = run("read", "--quiet", "-c", policy, "captures/office-day.pcapng")
    desk = rows["00-00-5E-00-53-B0"]
    assert (desk["name"], desk["name_source"], desk["section"], desk["registered"]) == ("desk", "register", "General", "yes"), desk
    assert rows["00-00-5E-00-53-B4"]["registered"] == "yes", "a row that has only a name"
    assert rows["02-00-00-00-00-AA"]["registered"] == "no"
    assert code == 0, err
    seen = {a["sekimori"]["device"].get("name"): a["sekimori"]["device"] for a in map(json.loads, out.splitlines()) if "device" in a["sekimori"]}
    assert seen["desk"]["section"] == "General" and seen["desk"]["registered"] == "yes", seen["desk"]
    assert seen["kali"]["registered"] == "no"


def test_every_alert_of_every_capture_names_its_device():
    """Where a frame shows anybody: who, known by what, in the ledger or not. Inside a tunnel it is our end of it."""
    n = inside = 0
    for capture in sorted((ROOT / "captures").rglob("*.pcap*")):
        for policy in ([], ["-c", "captures/policy/dualstack.yml"], ["-c", "captures/policy/forbidden.yml"]):
            code, out, err = run("read", "--quiet", *policy, capture)
            assert code in (0, 3), f"{capture}: exit {code}: {err}"
            for line in map(json.loads, out.splitlines()):
                if "ip" not in line.get("source", {}) and "mac" not in line.get("source", {}):
                    continue
                d = line["sekimori"].get("device")
                assert d and d["registered"] and d["known_by"] and ("mac" in d or "ip" in d), f"{capture}: {line}"
                assert not any(ip.startswith(("ff", "224.", "239.")) or ip.endswith(".255") for ip in d.get("ip", [])), f"a group is no device: {capture}: {line}"
                assert d["known_by"] != "router-mac-only" or "mac" not in d, f"{capture}: {line}"
                assert d["known_by"] == "router-mac-only" or "mac" in d or "mac" not in line["source"] or d["ip"], f"{capture}: {line}"
                end = line["sekimori"].get("facts", {}).get("tunnel", {}).get("inside", {}).get("ip")
                if end and "mac" not in line["source"] and not end.startswith(("224.", "239.", "ff")):
                    assert end in d["ip"], f"{capture}: {line}"
                    inside += 1
                n += 1
    assert n > 500 and inside > 50, (n, inside)


def test_nothing_of_a_private_segment():
    with tempfile.TemporaryDirectory() as folder:
        policy = Path(folder) / "p.yml"
        text = (ROOT / "captures/policy/office-day.yml").read_text()
        policy.write_text(text.replace("  meeting-room:", "  meeting-room:\n    private: true", 1))
        rows = devices("-c", policy, "captures/office-day.pcapng")
    assert rows and not [r for r in rows if "meeting-room" in r.get("segments", []) or r.get("name", "").startswith("phone")], rows


def test_the_same_with_any_lanes_and_twice():
    first = run("devices", "--quiet", *DAY)
    assert first[0] == 0 and first[1]
    for lanes in ("1", "2", "4", "8"):
        assert run("devices", "--quiet", "--lanes", lanes, *DAY) == first, lanes
    assert run("devices", "--quiet", *DAY) == first


def test_filters_choose():
    everyone = devices(*DAY)
    dmz = devices("--segment", "dmz", *DAY)
    assert dmz and all(r["segments"] == ["dmz"] for r in dmz) and len(dmz) < len(everyone)
    assert devices("--segment", "50", *DAY) == dmz
    assert [r["name"] for r in devices("--match", "KOUHOU", *DAY)] == ["kouhou-007", "kouhou-008"]
    assert [r["name"] for r in devices("--match", "10.30.1.201", *DAY)] == ["kali"]
    assert all("router" in r["roles"] or "dhcp" in r["roles"] for r in devices("--role", "router", "--role", "dhcp", *DAY))
    assert devices("--registered", "yes", "captures/office-day.pcapng") == []


def test_vendors_come_from_the_file_named():
    with tempfile.TemporaryDirectory() as folder:
        oui = Path(folder) / "oui.csv"
        oui.write_text('Registry,Assignment,Organization Name,Organization Address\nMA-L,00005E,"Whole, Ltd",x\n'
                       "MA-M,00005E0,Middle,x\nMA-S,00005E005,Small \\ \x07,x\n")
        rows = devices("--oui", oui, *DAY)
    vendors = {r.get("vendor") for r in rows}
    assert "Small \\\\ \\x07" in vendors, vendors
    assert all(("vendor" in r) != r["mac_random"] for r in rows)
    assert all("vendor" not in r for r in devices("--oui", "/nowhere/oui.csv", *DAY))
    assert [r["id"] for r in rows] == [r["id"] for r in devices(*DAY)], "a vendor is part of no id"


def test_the_table_fits_and_hides_control_characters():
    for wide, columns in ((False, 80), (True, 180)):
        code, out, err = run("devices", "--quiet", "--format", "table", *(["--wide"] if wide else []), *DAY)
        assert code == 0, err
        assert all(len(line) <= columns for line in out.splitlines()), out
        assert "kali" in out and out.rstrip().endswith("devices"), out
        assert not [c for c in out if ord(c) < 32 and c != "\n"]
    code, out, err = run("devices", "--quiet", "--format", "table", "--lang", "ja", *DAY)
    assert "セグメント" in out and "乱数MAC" not in out.splitlines()[0]


def test_wrong_calls():
    assert run("devices")[0] == 2
    assert run("devices", "--role", "rooter", *DAY)[2].count("Did you mean `router`") == 1
    assert run("devices", "--registered", "maybe", *DAY)[0] == 2
    assert run("devices", "/nowhere.pcap")[0] in (1, 2)
    assert run("devices", "--help")[0] == 0


if __name__ == "__main__":
    main(globals())
