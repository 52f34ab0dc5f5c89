#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What is said about wrong calls, files, policies and signatures, word for word: one clear line each, all errors of a file at once, the
nearest right word, and nothing on standard output where nothing was analysed."""
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, SEKIMORI, main

RA = ROOT / "captures/attacks/ra_plain.pcap"
FILES = {
    "traps.yml": """sekimori-policy: 1
segments:
  a: {vlan: 30, ipv6: forbidden, routers: [{mac: 11:22:33:44:55:06}]}
  b:
    ipv6: on
  a: {vlan: 31}
dns:
  resolvers: [fe80::, ::1]
""",
    "values.yml": """sekimori-policy: 1
segments:
  a: {vlan: 30, ipv6: forbiden}
  b: {vlan: 4099, ipv6: unknown}
  c: {vlan: 30, ipv6: unknown, routers6: []}
dns:
  resolvers: [10.0.0.300]
""",
    "rules/rogue.yml": """title: x
id: 6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0affff
name: x-y
status: experimental
description: d
author: a
date: 2026-11-26
logsource: {product: sekimori, category: icmpv6.ra}
detection:
  a:
    icmpv6.ra.lifetime|gt: 0
    icmpv6.ra.router_lifetime|gt: 1800s
    icmpv6.ra.router_lifetime|windash: 3
  condition: a and b
level: hihg
sekimori: {detection: X-001}
""",
    "text.txt": "hello, I am a letter\n",
    "empty": "",
    "folder/": None,
}

# arguments: exit status, lines of standard error
CASES = {
    "read text.txt": (1, ['sekimori: text.txt: not a capture file (starts with "hello, I am a le": text)']),
    "read folder": (1, ['sekimori: folder: folder holds no files']),
    "read none.pcap": (1, ['sekimori: none.pcap: no such file']),
    "read empty": (1, ['sekimori: empty: empty: 0 bytes, not a capture']),
    "read -": (1, ['sekimori: -: empty: 0 bytes, not a capture']),
    "read --lanes x RA": (2, ['sekimori: --lanes needs a number from 0 to 64, got `x`']),
    "read --lang fr RA": (2, ['sekimori: --lang: no such word `fr`. It takes: en, ja']),
    "read -x RA": (2, ['sekimori: no option `-x`. See: sekimori read --help']),
    "read -c values.yml --tap cor RA": (2, ['values.yml:3:23: `forbiden` is no word of this key. Did you mean `forbidden`? Words: unknown, forbidden, dual-stack, ipv6-only',
        'values.yml:4:13: 4099 is no VLAN. Write a number from 0 (untagged) to 4094, a list of them, or any',
        'values.yml:5:3: segment `c` ties with `a` (line 3): both could hold the same packet. Make one more exact: VNI before VLAN before tap before prefix',
        'values.yml:5:32: unknown key `routers6`. The key is `routers`',
        'values.yml:7:15: 10.0.0.300 is not an address or prefix. Write it like 10.30.0.0/24 or "2001:db8:30::/64"']),
    "schema --stirct": (2, ['sekimori: no option `--stirct`. Did you mean `--strict`?']),
    "schema alerts --stirct": (2, ['sekimori: no option `--stirct`. Did you mean `--strict`?']),
    "explain": (2, ['sekimori: explain what? A detection (V6-011), the id of an alert, or - for an alert line on standard input']),
    "policy check none.yml": (2, ['none.yml: no such file']),
    "policy check folder": (1, ['folder: no policy in this folder. A policy is a file NAME.yml, or several: they are read together']),
    "policy check text.txt": (1, ['text.txt:1:1: a map (key: value) is needed here, got text "hello, I am a letter"']),
    "policy check traps.yml": (1, ['traps.yml:3:50: 11:22:33:44:55:06 is a number of base 60 to some YAML readers; write MAC addresses with hyphens, or put it in quotes',
        'traps.yml:4:3: segment `b` names neither vlan, vni, tap nor prefixes: no packet can be in it. Write vlan: any if it is all there is',
        'traps.yml:5:11: on means true or false to some YAML readers and text to others; write true or false, or put it in quotes',
        'traps.yml:6:3: the key a stands on line 3 already; keep one of them',
        'traps.yml:8:15: fe80:: ends with a colon, which YAML takes for the end of a key; put it in quotes: "fe80::"',
        'traps.yml:8:23: ::1 begins with a colon, which YAML takes for the end of a key inside brackets; put it in quotes: "::1"']),
    "policy check values.yml": (1, ['values.yml:3:23: `forbiden` is no word of this key. Did you mean `forbidden`? Words: unknown, forbidden, dual-stack, ipv6-only',
        'values.yml:4:13: 4099 is no VLAN. Write a number from 0 (untagged) to 4094, a list of them, or any',
        'values.yml:5:3: segment `c` ties with `a` (line 3): both could hold the same packet. Make one more exact: VNI before VLAN before tap before prefix',
        'values.yml:5:32: unknown key `routers6`. The key is `routers`',
        'values.yml:7:15: 10.0.0.300 is not an address or prefix. Write it like 10.30.0.0/24 or "2001:db8:30::/64"']),
    "read -c values.yml RA": (2, ['values.yml:3:23: `forbiden` is no word of this key. Did you mean `forbidden`? Words: unknown, forbidden, dual-stack, ipv6-only',
        'values.yml:4:13: 4099 is no VLAN. Write a number from 0 (untagged) to 4094, a list of them, or any',
        'values.yml:5:3: segment `c` ties with `a` (line 3): both could hold the same packet. Make one more exact: VNI before VLAN before tap before prefix',
        'values.yml:5:32: unknown key `routers6`. The key is `routers`',
        'values.yml:7:15: 10.0.0.300 is not an address or prefix. Write it like 10.30.0.0/24 or "2001:db8:30::/64"']),
    "signatures check rules": (1, ['rules/rogue.yml:11:5: field `icmpv6.ra.lifetime` does not exist. Did you mean `icmpv6.ra.router_lifetime` (number, seconds)?',
        'rules/rogue.yml:12:35: `gt` needs a number, got text "1800s". Write 1800.',
        'rules/rogue.yml:13:5: modifier `windash` is not supported (it is about command lines).',
        'rules/rogue.yml:14:20: condition: there is no search identifier `b`',
        'rules/rogue.yml:15:8: `level` cannot be `hihg`. Did you mean `high`?']),
    "read --signatures rules RA": (2, ['rules/rogue.yml:11:5: field `icmpv6.ra.lifetime` does not exist. Did you mean `icmpv6.ra.router_lifetime` (number, seconds)?',
        'rules/rogue.yml:12:35: `gt` needs a number, got text "1800s". Write 1800.',
        'rules/rogue.yml:13:5: modifier `windash` is not supported (it is about command lines).',
        'rules/rogue.yml:14:20: condition: there is no search identifier `b`',
        'rules/rogue.yml:15:8: `level` cannot be `hihg`. Did you mean `high`?']),
}


def test_every_case_says_these_words():
    bad = []
    for line, want in CASES.items():
        got = say(line)
        if got != want:
            bad.append(f"{line}\n      {got}\n      {want} was wanted")
    assert not bad, "\n    ".join(bad)


def say(line):
    with tempfile.TemporaryDirectory() as tmp:
        for name, text in FILES.items():
            path = Path(tmp) / name
            (path if text is None else path.parent).mkdir(exist_ok=True)
            if text is not None:
                path.write_text(text)
        p = subprocess.run([SEKIMORI, *(str(RA) if w == "RA" else w for w in line.split())], cwd=tmp, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    checking = " check " in line
    assert checking or p.stdout == b"", f"{line}: something on standard output"
    return p.returncode, p.stderr.decode().splitlines()


if __name__ == "__main__":
    if "--print" in sys.argv:
        for key in CASES:
            code, lines = say(key)
            print(f'    "{key}": ({code}, [' + ",\n        ".join(repr(x) for x in lines) + "]),")
        sys.exit(0)
    main(globals())
