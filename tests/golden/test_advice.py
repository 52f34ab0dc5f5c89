#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `sekimori explain` offers to be typed is right, for every signature: each line for nftables is read by nft itself, and each
exception, pasted into the policy, passes `policy check` and is honoured by the next run."""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, main, run

_alerts = {}


def signatures():
    for path in sorted((ROOT / "signatures").glob("*/*.yml")):
        for rule in yaml.safe_load_all(path.read_text()):
            ours = rule.get("sekimori", {})
            if ours.get("detection") and rule.get("id"):
                yield rule["id"], rule.get("name", rule["id"]), [x for x in (ours.get("tests") or {}).get("fires", [])]


def case_of(case):
    policy = case.get("policy", "none")
    return ("-c", policy) if policy != "none" else (), case["capture"]


def read(policy, capture):
    code, out, err = run("read", "--quiet", "--format", "json", *policy, capture)
    assert code in (0, 3), err
    return [json.loads(x) for x in out.splitlines()]


def shipped():
    """uuid -> (policy, capture, last line of its worst alert), from the cases that each signature names."""
    if not _alerts:
        for uuid, _, fires in signatures():
            for case in sorted(fires, key=lambda x: x.get("policy", "none") == "none"):  # stable: with a policy first
                policy, capture = case_of(case)
                lines = [x for x in read(policy, capture) if x["rule"].get("uuid") == uuid]
                if lines:
                    _alerts[uuid] = (policy, capture, max(lines, key=lambda x: (x["event"]["severity"], x["event"]["sequence"])))
                    break
    return _alerts


def explain(line, lang, *policy):
    code, out, err = run("explain", "--lang", lang, *policy, "-", stdin=json.dumps(line).encode())
    assert code == 0, err
    return out


# ---- nftables ----

KINDS = ["6in4", "6to4", "6rd", "isatap", "6over4", "ip6ip6", "gre", "teredo", "ayiya", "l2tp", "vxlan", "geneve", "4in6", "ipip", "etherip",
         "gtp-u", "ds-lite", "erspan", "l2tpv3", "tsp", "ipsec", "openvpn", None]


def invented(uuid, kind, inside, peer):
    facts = {"tunnel": {"kind": kind, "inside": {"ip": inside}, "outer": {"peer": {"ip": peer}}}} if kind else {}
    return {"rule": {"uuid": uuid}, "source": {"ip": inside, "mac": "02-00-00-00-00-AA"}, "destination": {"ip": peer, "port": 443},
            "network": {"name": "office", "transport": "udp"},
            "sekimori": {"device": {"mac": "02-00-00-00-00-AA", "known_by": "frame"}, "facts": facts}}


def nft_rows(text):
    return [shlex.split(x.split("nftables: ", 1)[1]) for x in text.splitlines() if "nftables: nft " in x]


def test_nft_reads_every_line_for_it():
    assert shutil.which("nft"), "nft is not installed"
    alone = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    asked = {}
    for uuid, name, _ in signatures():
        lines = [shipped()[uuid][2]] if uuid in shipped() else []
        lines += [invented(uuid, "gre", "192.0.2.1", "198.51.100.1"), invented(uuid, None, "2001:db8::1", "2001:db8::2")]
        if name == "gre-carrying-ipv6":  # the lines depend on the kind of tunnel, not on the signature
            for kind in KINDS:
                lines += [invented(uuid, kind, "192.0.2.1", "198.51.100.1"), invented(uuid, kind, "2001:db8::1", "2001:db8::2")]
            lines.append(invented(uuid, None, "2001:db8::1", "192.0.2.1"))
        seen = set()
        for line in lines:
            text = explain(line, "en")
            assert text.count("nftables: ") == len(nft_rows(text)), text
            rows = tuple(" ".join(x[1:]) for x in nft_rows(text))
            assert not any("<" in x for x in rows), f"{name}: a place to fill in though there is an alert: {rows}"
            seen.add(rows)
        assert nft_rows(explain(lines[-1], "ja")) == nft_rows(explain(lines[-1], "en")), f"{name}: Japanese differs"
        for rows in seen:
            asked.setdefault(rows, name)
    assert sum(map(len, asked)) > 20
    for rows, name in asked.items():
        p = subprocess.run([*alone, "nft", "-c", "-f", "-"], input="\n".join(rows) + "\n", text=True, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, check=False)
        assert p.returncode == 0, f"{name}: {rows}\n{p.stdout}"


# ---- exceptions ----

def exception_of(text):
    """The YAML that an explanation offers, without the column of labels."""
    rows = text[text.index("exceptions:\n"):].splitlines()
    body = []
    for row in rows[1:]:
        if not re.match(r" {16} +(- id|rule|where|effect|owner|approver|reason|until): ", row):
            break
        body.append(row[16:])
    return "\n".join(["exceptions:"] + body) + "\n"


def pasted(policy, text, folder):
    """The policy with the exception in it, as somebody would do it who has none yet."""
    if not policy:
        whole = "sekimori-policy: 1\n" + text
        target = folder / "new.yml"
    else:
        source = ROOT / policy[1]
        shutil.copytree(source.parent, folder / "p", dirs_exist_ok=True)
        target = folder / "p" / source.name
        whole = source.read_text()
        if re.search(r"^exceptions:", whole, re.M):
            entry = text.split("\n", 1)[1]
            whole = re.sub(r"^exceptions:.*\n", lambda m: "exceptions:\n" + entry, whole, count=1, flags=re.M)
        else:
            whole += text
    target.write_text(whole)
    return target


def test_the_exception_for_every_signature_is_honoured():
    failed, tried = [], 0
    for uuid, (policy, capture, line) in shipped().items():
        name = line["event"]["provider"]
        with tempfile.TemporaryDirectory() as tmp:
            text = exception_of(explain(line, "ja" if tried % 2 else "en", *policy)).replace('"?"', '"network section"')
            target = pasted(policy, text, Path(tmp))
            code, said, err = run("policy", "check", target)
            if code != 0:
                failed.append(f"{name}: policy check: {said}{err}\n{text}")
                continue
            tried += 1
            entry = yaml.safe_load(text)["exceptions"][0]["id"]
            seen = Path(tmp) / "coverage.json"
            for effect in ("lower", "mute") if line["sekimori"]["severity"] != "critical" else ("lower",):
                target.write_text(target.read_text().replace("effect: lower ", f"effect: {effect} "))
                code, _, err = run("read", "--quiet", "--coverage", seen, "-c", target, capture)
                used = {x["id"]: x["matches"] for x in json.loads(seen.read_text()).get("exceptions", [])}
                if code not in (0, 3) or not used.get(entry):
                    failed.append(f"{name}: {effect} holds for nothing: {used} {err}\n{text}")
    assert not failed, "\n".join(failed)
    assert tried > 50, tried


if __name__ == "__main__":
    main(globals())
