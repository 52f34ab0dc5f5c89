#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sekimori policy check and show: the mock-up of ../shared/examples/what-users-type.md B, word by word where it matters; exit statuses."""
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import CORPUS, ROOT, main, run

TMP = tempfile.TemporaryDirectory(prefix="sekimori-policy-")
DIR = Path(TMP.name)


def write(name, text, encoding="utf-8"):
    path = DIR / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


MOCK_UP = """sekimori-policy: 1
site: {timezone: Asia/Tokyo, review: {last: 2026-10-01, every: 90 years}}
zones: {mynumber: {side: inside, prefixes: [10.10.0.0/16]}, lgwan: {side: inside}}
segments:
  servers: {vlan: 11, zone: mynumber}
  lgwan-terminals: {vlan: 20, zone: lgwan, prefixes: [10.10.10.0/24]}
  inet: {vlan: 30, routers6: []}
  dmz:
    vlan: 50
    routers:
      - {mac: 11:22:33:44:55:06}
    dhcpv6_servers: [{ip: fe80::}]
no_proxy:
  - {hosts: [10.30.2.20], service: [rdp-gateway-443]}
devices: {file: shisan-daicho.csv, encoding: cp932}
exceptions:
  - {id: EX-2026-011, rule: ipv6-on-ipv4-only-segment, where: {segment: servers}, effect: lower, owner: o, approver: a, reason: r, until: 2025-10-31}
  - {id: EX-2026-012, rule: ipv6-on-ipv4-only-segmnt, where: {segment: servers}, effect: lower, owner: o, approver: a, reason: r, until: 2200-10-31}
  - {id: EX-2026-013, rule: V6-011, where: {segment: servers}, effect: mute, owner: o, approver: a, reason: r, until: 2200-10-31}
"""
LEDGER = "管理番号,名称,MAC,課\r\nB-1,zeimu-1,00-00-5E-00-53-11,税務課\r\nB-2,zeimu-2,00-0O-5E-00-53-11,税務課\r\n"


def test_one_run_names_every_error_and_what_has_ended():
    path = write("mock/policy.yml", MOCK_UP)
    write("mock/shisan-daicho.csv", LEDGER, "cp932")
    code, out, err = run("policy", "check", path)
    lines = err.splitlines()
    expected = [
        (f"{path}:6:55: 10.10.10.0/24 (lgwan-terminals) overlaps 10.10.0.0/16 (mynumber, line 3): one address would be in two zones"),
        (f"{path}:7:20: unknown key `routers6`. The key is `routers`"),
        (f"{path}:11:15: 11:22:33:44:55:06 is a number of base 60 to some YAML readers; write MAC addresses with hyphens, or put it in quotes"),
        (f"{path}:12:27: fe80:: ends with a colon, which YAML takes for the end of a key; put it in quotes: \"fe80::\""),
        (f"{path}:14:37: service `rdp-gateway-443` is not known. Define it under services_ports, or write the port: tcp/443 or udp/53"),
        (f"{path}:18:5: warning: exception EX-2026-012: no signature has the name `ipv6-on-ipv4-only-segmnt`. "
         "Did you mean `ipv6-on-ipv4-only-segment`?"),
        (f"{path.parent}/shisan-daicho.csv:3:13: 00-0O-5E-00-53-11: letter O in a MAC. Write 12 digits 0-9 A-F, as in 00-00-5E-00-53-01"),
    ]
    for line in expected:
        assert line in lines, f"missing: {line}\ngot:\n{err}"
    assert any(x.startswith(f"{path}:17:5: warning: exception EX-2026-011 ended 2025-10-31 (") and "it is NOT honoured" in x for x in lines), err
    assert any(x.startswith(f"{path}:19:5: warning: exception EX-2026-013 mutes `rogue-router-advertisement`, which can be critical")
               for x in lines), err
    assert out == f"{path}: 6 errors, 3 warnings\n", out
    assert code == 1


def test_what_spreadsheets_make_of_a_ledger_is_named():
    head = "名称,MAC,DUID\n"
    policy = "sekimori-policy: 1\nsite: {review: {last: 2026-10-01, every: 90 years}}\ndevices: {file: l.csv}\n"
    cases = (
        (head, 0, "1:1: warning: no device stands below the first row: every device counts as not registered"),
        (head + "a,5.3E+11,\n", 1, "2:3: 5.3E+11: the spreadsheet made a number of the MAC, and its digits are lost. Format the column as text"),
        (head + "a,-,00:03:00:01:02\nb,無し,00030001-02\n", 0, "3:1: warning: DUID 00:03:00:01:02 is written already (line 2), and both are in use"),
        ("PK\x03\x04........", 1, "1:1: this is a workbook, not a table as text. Save it as \"CSV UTF-8\""))
    for i, (text, status, said) in enumerate(cases):
        path = write(f"ledger{i}/policy.yml", policy)
        write(f"ledger{i}/l.csv", text)
        code, _, err = run("policy", "check", path)
        assert (code, len(err.splitlines())) == (status, 1) and err.startswith(f"{path.parent}/l.csv:{said}"), err
    same = ("exceptions: [{id: E, rule: V6-001, where: {device: pc}, effect: lower, owner: o, approver: a, reason: r, until: 2200-10-31}]\n")
    path = write("names/policy.yml", policy + same)
    write("names/l.csv", head + "pc,02-00-00-00-00-01,\nPC,02-00-00-00-00-02,\n")
    code, _, err = run("policy", "check", path)
    assert code == 0 and f"{path}:4:52: warning: 2 devices in use are named `pc`, and this exception is for all of them" in err, err


def test_every_value_is_shown_with_its_line():
    path = write("lines.yml", "sekimori-policy: 1\nsite: {name: x}\ndns: {resolvers: [10.0.0.2]}\nscanners: [{ip: 10.0.0.9}]\n")
    out = run("policy", "show", path)[1]
    for line in ("lines.yml:2              site x, time zone UTC", "lines.yml:3              %resolvers%: 10.0.0.2", "lines.yml:4              %scanners%: 10.0.0.9"):
        assert line in out.splitlines(), out


def test_one_error_is_one_error():
    path = write("one.yml", "sekimori-policy: 1\nsite: {review: {last: 2026-10-01, every: 90 years}}\nntp_servers: 10.0.0.256\n")
    code, out, _ = run("policy", "check", path)
    assert (code, out) == (1, f"{path}: 1 error, 0 warnings\n"), out
    path = write("good.yml", "sekimori-policy: 1\n")
    code, out, err = run("policy", "check", path)
    assert code == 0 and out.startswith(f"{path}: no errors, 0 warnings, 1 note. sha256 "), out
    assert err == f"{path}: note: no review is planned. Add under site: review: {{last: 2026-10-01, every: 3 months}}\n", err


def test_an_error_of_yaml_or_shape_draws_no_others_after_it():
    """What other sections name may stand in the part that could not be read; what is wrong elsewhere is told in the same run."""
    uses = ("exceptions: [{id: E, rule: V6-001, where: {segment: b}, effect: lower, owner: o, approver: a, reason: r, until: 2200-10-31}]\n"
            "ntp_servers: [x]\n")
    last = "x is not an address or prefix. Write it like 10.30.0.0/24 or \"2001:db8:30::/64\""
    cases = (
        ("segments:\n  a: {vlan: 1, zone: z\n  b: {vlan: 2}\n", "5:4: the map opened with { at line 4, column 6 is not closed with }"),
        ("segments:\n  a: {vlan: 1}\n b: {vlan: 2}\n", "5:2: this does not fit the map that began at line 1, column 1: check the indentation"),
        ("segments: {b: {vlan: 1}}}\n", "3:25: no { is open here: remove this }"),
        ("segments:\n  b: {vlan: 1}]\n", "4:15: no [ is open here: remove this ]"),
        ("segments: [b]\n", "3:11: `segments` needs a map of names, got a list. Write {NAME: {vlan: 30, ...}}"),
        ("segments:\n", "3:1: `segments` has no value."),
        ("segments: b\n", "3:11: `segments` needs a map of names, got text \"b\"."),
        ("segments: {a: {vlan: 1, zone: z}, b: {vlan: 2}}\nzones: [z]\n", "4:8: `zones` needs a map of names, got a list."))
    for bad, said in cases:
        code, _, err = run("policy", "check", "-", stdin=("sekimori-policy: 1\nsite: {review: {last: 2026-10-01, every: 90 years}}\n" + bad + uses).encode())
        line = 4 + bad.count("\n")
        want = [f"standard input:{said}", f"standard input:{line}:15: {last}"]
        got = err.splitlines()
        assert code == 1 and len(got) == 2 and got[0].startswith(want[0]) and got[1] == want[1], (bad, want, err)
    code, _, err = run("policy", "check", "-", stdin=b"foo\nbar: 1\n")
    assert code == 1 and len(err.splitlines()) == 1 and err.startswith("standard input:2:4: a \": \" that cannot stand here"), err


def test_standard_input_is_a_policy():
    good = b"sekimori-policy: 1\nsite: {name: x, review: {last: 2026-10-01, every: 90 years}}\n"
    code, out, err = run("policy", "check", "-", stdin=good)
    assert code == 0 and not err and out.startswith("standard input: no errors, 0 warnings. sha256 "), (out, err)
    code, out, err = run("policy", "check", "-", stdin=good + b"ntp_server: []\n")
    assert (code, out) == (1, "standard input: 1 error, 0 warnings\n"), (code, out)
    assert err == "standard input:3:1: unknown key `ntp_server`. The key is `ntp_servers`\n", err
    code, out, err = run("policy", "show", "-", stdin=good)
    assert code == 0 and "standard input:2         site x" in out, (out, err)
    code, _, err = run("policy", "check", "-", stdin=b"")
    assert code == 1 and err.startswith("standard input:1:1: nothing stands here"), err
    code, _, err = run("read", "--policy", "-", "captures/covert.pcap")
    assert code == 2 and "--policy takes a file or a folder, not standard input" in err, (code, err)


def test_a_folder_is_one_policy():
    write("many/10-site.yml", "sekimori-policy: 1\nsite: {name: a, review: {last: 2026-10-01, every: 90 years}}\n"
          "segments: {a: {vlan: 1}}\nwatch: {no-such-rule: {gt: 1}}\n")
    write("many/20-more.yml", "segments: {b: {vlan: 1}, a: {vlan: 2}}\nsite: {name: b}\n"
          "exceptions: [{id: E, rule: V6-001, where: {segment: a}, effect: lower, owner: o, approver: a, reason: r, until: 2200-10-31}]\n")
    write("many/30-again.yaml", "exceptions: [{id: E, rule: V6-001, where: {segment: b}, effect: lower, owner: o, approver: a, reason: r, "
          "until: 2200-10-31}]\nntp_servers: [10.0.0.1\n")
    write("many/40-last.yml", "tunnels: [{kind: 6in5}]\n")
    code, out, err = run("policy", "check", DIR / "many")
    for line in (f"{DIR}/many/10-site.yml:4:9: warning: watch: no signature has the name `no-such-rule`",
                 f"{DIR}/many/20-more.yml:1:12: segment `b` ties with `a` (10-site.yml:3): both could hold the same packet.",
                 f"{DIR}/many/20-more.yml:1:26: segment `a` stands already at {DIR}/many/10-site.yml:3. Give one of them another name",
                 f"{DIR}/many/20-more.yml:2:8: `site.name` is written already at {DIR}/many/10-site.yml:2. Keep one of the two",
                 f"{DIR}/many/30-again.yaml:1:14: id `E` stands already at {DIR}/many/20-more.yml:3. Give one of them another id",
                 f"{DIR}/many/30-again.yaml:3:1: the list opened with [ at line 2, column 14 is not closed with ], or a comma is missing",
                 f"{DIR}/many/40-last.yml:1:18: `6in5` is no word of this key. Did you mean `6in4`?"):
        assert line in err, f"missing: {line}\ngot:\n{err}"
    assert code == 1 and out == f"{DIR}/many: 6 errors, 1 warning\n", out


def test_the_model_policies_have_no_errors():
    for path in ("deploy/policy.yml", "deploy/policy-minimal.yml", *(f"{CORPUS}/examples/{n}" for n in ("policy.yml", "policy-minimal.yml") if CORPUS)):
        code, out, err = run("policy", "check", path)
        assert code == 0 and f"{path}: no errors" in out, err
    for path in sorted((ROOT / "captures/policy").glob("*.yml")):
        code, _, err = run("policy", "check", path)
        assert code == 0, err


def test_show_names_the_detections_that_are_off():
    path = write("bare.yml", "sekimori-policy: 1\n")
    code, out, err = run("policy", "show", path)
    assert code == 0 and not err, err
    assert any("off, for want of" in x and "V6-011" in x for x in out.splitlines()), out
    for line in out.splitlines():
        if "off, for want of" in line:
            ids = line.split(": ", 1)[1].split(", ")
            assert len(ids) == len(set(ids)), f"a detection is named once: {line}"
    rows = [json.loads(x) for x in run("policy", "show", "--json", path)[1].splitlines()]
    assert any(r["section"] == "detections" and r["id"] == "V6-011" and not r["in_force"] for r in rows), rows
    assert "off, for want of" not in run("policy", "show", "--for", "10.0.0.1", path)[1]


def test_show_answers_for_an_address_a_mac_and_a_segment():
    out = run("policy", "show", "--for", "10.30.3.77", "deploy/policy.yml")[1]
    assert "policy.yml:42            10.30.3.77: inside, zone internet-zone, segment inet-terminals, a terminal, web via-proxy\n" in out, out
    assert "exception EX-2026-011: mute outbound-bypassing-proxy" in out and "NOT honoured: ended 2026-10-31" in out
    out = run("policy", "show", "--for", "00:00:5e:00:53:a5", "deploy/policy.yml")[1]
    assert "shisan-daicho.csv:3      device zeimu-015, number T-0114, 00-00-5E-00-53-A5 at 10.10.10.15, for mynumber-terminals" in out, out
    out = run("policy", "show", "--segment", "guest-wifi", "deploy/policy.yml")[1]
    assert "router: 00-00-5E-00-53-90 at fe80::1" in out and "segment dmz" not in out, out
    code, out, err = run("policy", "show", "--segment", "guest-wfi", "deploy/policy.yml")
    assert code == 2 and "Did you mean `guest-wifi`?" in err and not out, err
    code, _, err = run("policy", "show", "--for", "x", "deploy/policy.yml")
    assert code == 2 and "neither an IP nor a MAC address" in err, err


def test_wrong_calls():
    for args, code, said in ((("policy",), 2, "policy what? check, show or suggest"), (("policy", "chekc", "x"), 2, "check"),
                             (("policy", "check"), 2, "takes one file or folder"), (("policy", "check", DIR / "goood.yml"), 2, "Near: good.yml"),
                             (("policy", "check", "--json", DIR / "good.yml"), 2, "belong to policy show")):
        got, out, err = run(*args)
        assert got == code and said in err and not (out and got == 2 and "show" in err), (args, got, err)


if __name__ == "__main__":
    main(dict(globals()))
