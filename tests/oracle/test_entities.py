#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the oracle read out of messages equals what our events say, or the difference stands in entities-differences.tsv with its reason.

Routers, neighbours, DHCPv6 servers, ends of protocol 41 and of Teredo, resolvers, senders of mail, SPF records: of each the oracle
has a line and the number of frames that say it (30 lines a kind at most; a file with so many is not compared in that kind). A row
of the table that no longer differs is stale and fails; a difference without a row fails. `--list` prints the differences there
are, as rows without a reason."""
import collections
import concurrent.futures
import ipaddress
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEKIMORI = os.environ.get("SEKIMORI") or str(ROOT / "build/release/sekimori")
CORPUS = os.environ.get("CORPUS", "")
TABLE = ROOT / "tests/oracle/entities-differences.tsv"
MOST = 30
RCODES = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5, "YXDOMAIN": 6, "YXRRSET": 7, "NXRRSET": 8,
          "NOTAUTH": 9, "NOTZONE": 10, "DSOTYPENI": 11, "BADVERS": 16, "BADCOOKIE": 23}
PROTO41 = ("6in4", "6to4", "isatap", "6over4")


def at(event, path):
    for key in path.split("."):
        event = event.get(key) if isinstance(event, dict) else None
    return event


def mac(text):
    return (text or "").lower().replace("-", ":")


def address(text):
    return str(ipaddress.ip_address(text)) if text else ""


def network(text):
    return address((text or "").split("/")[0])


def several(event, path):
    v = at(event, path)
    return v if isinstance(v, list) else [] if v is None else [v]


def sender(e):
    return f"{mac(at(e, 'source.mac'))} {address(at(e, 'source.ip'))}"


def ra(e):
    prefixes = sorted(network(x) for x in several(e, "icmpv6.ra.prefix") + several(e, "icmpv6.ra.route"))
    servers = ",".join(map(address, several(e, "icmpv6.ra.rdnss")))
    return "ra", f"{sender(e)} life={at(e, 'icmpv6.ra.router_lifetime')} prefix={','.join(prefixes)} rdnss={servers}"


def na(e):
    return "na", f"{sender(e)} tgt={address(at(e, 'icmpv6.na.target'))} lla={mac(at(e, 'icmpv6.nd.tlla'))}"


def dhcpv6(e):
    number = {"advertise": 2, "reply": 7}.get(at(e, "dhcpv6.type"))
    return ("dhcpv6_server", f"{sender(e)} msg={number}") if number else None


def tunnel(e):
    inner = f"[{address(at(e, 'tunnel.inner.source.ip'))}>{address(at(e, 'tunnel.inner.destination.ip'))}]"
    outer = f"{at(e, 'source.ip')}>{at(e, 'destination.ip')}"
    if at(e, "tunnel.kind") in PROTO41:
        return "proto41", f"{outer} {inner}"
    if at(e, "tunnel.kind") == "teredo":
        return "teredo", f"{outer} udp {at(e, 'source.port')}>{at(e, 'destination.port')} {inner}"
    return None


def mail(e):
    return ("mail_from", at(e, "smtp.mail_from.domain")) if at(e, "smtp.mail_from") else None


def resolver(e):
    if not at(e, "dns.answered") or "RA" not in several(e, "dns.header_flags"):
        return None
    code = at(e, "dns.response_code")
    code = (RCODES[code] if code in RCODES else int(code)) & 15  # the oracle's is the header's, ours with EDNS
    answers = ">0" if at(e, "dns.answers_count") else "0"
    return "dns_ra_responder", f"{address(at(e, 'destination.ip'))}>{address(at(e, 'source.ip'))} rcode={code} ans={answers}"


def spf(e):
    return ("spf_txt", at(e, "dns.question.name")) if at(e, "dns.txt.spf") == "present" else None


READ = {"icmpv6.ra": [ra], "icmpv6.na": [na], "dhcpv6.message": [dhcpv6], "tunnel.frame": [tunnel], "smtp.transaction": [mail],
        "dns.transaction": [resolver, spf]}


def theirs(kind, text):
    """The oracle's line as ours: of addresses at several depths the innermost, of prefixes no order, of a sender the domain."""
    if kind == "dns_ra_responder":
        ends, rest = text.split(" ", 1)
        return ">".join(address(x.split(",")[-1]) for x in ends.split(">")) + " " + rest
    if kind == "ra":
        return re.sub(r"prefix=(\S*)", lambda m: "prefix=" + ",".join(sorted(map(address, filter(None, m[1].split(","))))), text)
    if kind == "mail_from":
        return re.search(r"@([^>]*)", text)[1]
    return text.split(" ")[0] if kind == "spf_txt" else text


KINDS = ("ra", "na", "dhcpv6_server", "proto41", "teredo", "mail_from", "dns_ra_responder", "spf_txt")


def compare(row):
    p = subprocess.run([SEKIMORI, "read", "--events=" + ",".join(READ), "--quiet", str(Path(CORPUS) / "captures" / row["file"])],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, cwd=ROOT)
    if p.returncode not in (0, 1, 3):
        return {(row["file"], "", p.stderr.decode("utf-8", "replace")[-500:]): (0, 0)}
    want, ours = collections.Counter(), collections.Counter()
    skip = {k for k, v in row["entities"].items() if len(v) >= MOST}
    for kind, lines in row["entities"].items():
        for text, n in lines.items():
            if kind in KINDS and kind not in skip:
                want[kind, theirs(kind, text)] += n
    for line in p.stdout.splitlines():
        e = json.loads(line)
        for f in READ[e["event"]["dataset"]]:
            found = f(e)
            if found and found[0] not in skip:
                ours[found] += 1
    return {(row["file"], *k): (want[k], ours[k]) for k in want.keys() | ours.keys() if want[k] != ours[k]}


def main():
    if not CORPUS:
        print("no CORPUS: the oracle's entities are not there")
        sys.exit(77)
    rows = [json.loads(x) for x in open(Path(CORPUS) / "captures/labels.jsonl", encoding="utf-8")]
    rows = [r for r in rows if set(r["entities"]) & set(KINDS)]
    found = {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for differences in pool.map(compare, rows):
            found.update(differences)
    if "--list" in sys.argv:
        for k, (a, b) in sorted(found.items()):
            print("\t".join((*k, str(a), str(b), "")))
        return
    want = {}
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            f, kind, text, a, b, reason = line.split("\t")
            assert reason, f"{f} {kind}: no reason"
            want[f, kind, text] = (int(a), int(b))
    bad = [f"{k}: oracle {a}, ours {b}: not explained" for k, (a, b) in sorted(found.items()) if want.get(k) != (a, b)]
    bad += [f"{k}: stale row" for k in sorted(want) if k not in found]
    print(f"{len(rows)} files, {len(found)} differences, {len(want)} explained")
    print("\n".join(bad))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
