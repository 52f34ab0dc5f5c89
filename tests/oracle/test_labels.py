#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts on every labelled capture of the corpus equal the oracle's, or the difference stands in differences.tsv with its reason.

A label is a number of frames that match a tshark filter at any depth, packets quoted by ICMP errors included. Ours comes from
  COUNT   `read --count`: layers and events; what is quoted is added
  EVENTS  `read --events=...`: values of events, frames counted once
  FRAMES  the program frames.c: what the decoder, the table of fragments and the reader of DNS messages find in each frame
What is no fact of ours stands in NOT_OURS with the reason; the four lists together are all the labels there are.

A row of the table that no longer differs is stale and fails; a difference without a row fails. `--list` prints the differences
there are, as rows without a reason."""
import concurrent.futures
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEKIMORI = os.environ.get("SEKIMORI") or str(ROOT / "build/release/sekimori")
FRAMES_PROGRAM = Path(SEKIMORI).resolve().parent / "tests/oracle/frames"
CORPUS = os.environ.get("CORPUS", "")
TABLE = ROOT / "tests/oracle/differences.tsv"
# What is counted does not hang on signatures, whose loading takes most of a short run.
FEW = dict(os.environ, SEKIMORI_SIGNATURES=str(ROOT / "signatures/dns"))


def events(*names):
    return lambda c: sum(c["events"].get(n, 0) + c["quoted"].get(n, 0) for n in names)


def layers(*names):
    return lambda c: sum(c["layers"].get(n, 0) + c["quoted"].get(n, 0) for n in names)


# label -> what it is with us
COUNT = {
    "rs": events("icmpv6.rs"), "ra": events("icmpv6.ra"), "ns": events("icmpv6.ns"), "na": events("icmpv6.na"),
    "redirect": events("icmpv6.redirect"), "mld": events("icmpv6.mld"), "dhcpv6": events("dhcpv6.message"),
    "arp": layers("arp"), "vlan": layers("vlan"), "proto41": layers("6in4", "6to4", "isatap", "6over4"), "teredo": layers("teredo"),
    "gre": layers("gre"), "v6_hopopts": layers("hopopts"), "v6_routing": layers("routing"), "v6_dstopts": layers("dstopts"),
    "v6_frag": layers("fragment"), "v6_mobility": layers("mobility"), "mpls": layers("mpls"), "ppp": layers("ppp"),
    "l2tp": layers("l2tp"), "vxlan": layers("vxlan"), "geneve": layers("geneve"), "gtp": layers("gtpu"), "wlan": layers("wlan"),
    "esp": layers("esp"), "lisp": layers("lisp"), "capwap": layers("capwap"), "sctp": layers("sctp"), "ayiya": layers("ayiya"),
    "etherip": layers("etherip"),
}
SUMS = {"mld": ("mld_query", "mldv1_report", "mldv1_done", "mldv2_report")}
# A packet that is quoted stands mostly in a frame that has its own header of the same kind, and counts once there: ours, which
# counts it apart, says only that the label lies between what is not quoted and all.
BETWEEN = {"ip": "ipv4", "ipv6": "ipv6"}


def mld(kind, version=None):
    return "icmpv6.mld", lambda e: e["icmpv6"]["mld"]["kind"] == kind and version in (None, e["icmpv6"]["mld"]["version"])


def dhcpv6(*types):
    return "dhcpv6.message", lambda e: bool({e["dhcpv6"].get("type"), e["dhcpv6"].get("inner", {}).get("type")} & set(types))


def advertised(what):
    return "icmpv6.ra", lambda e: what in e["icmpv6"]["ra"]


# label -> type of event, and does this one count? (RFC 2710, RFC 9777; RFC 9915; RFC 4861, RFC 8106; RFC 5321)
EVENTS = {
    "mld_query": mld("query"), "mldv1_report": mld("report", 1), "mldv1_done": mld("done", 1), "mldv2_report": mld("report", 2),
    "dhcpv6_solicit": dhcpv6("solicit"), "dhcpv6_advertise": dhcpv6("advertise"), "dhcpv6_reply": dhcpv6("reply"),
    "dhcpv6_relay": dhcpv6("relay-forward", "relay-reply"), "ra_prefix": advertised("prefix"), "ra_rdnss": advertised("rdnss"),
    "smtp_mailfrom": ("smtp.transaction", lambda e: "mail_from" in e["smtp"]),
    "smtp_starttls": ("smtp.transaction", lambda e: e["smtp"].get("tls", False)),
}
TYPES = sorted({t for t, _ in EVENTS.values()})
FRAMES = """ip ipv6 ipv6_and_ip icmpv6 icmpv6_ptb nd_hlim_not255 nd_with_exthdr nd_fragmented proto41_mcast6over4 relay_192_88_99
addr_6to4 addr_teredo addr_64ff9b proto41_and_6to4addr teredo_auth teredo_orig udp3544 isatap_5efe isatap_dns teredo_dns wpad_dns
gre_ipv6 gre_teb erspan tsp_port ipip_proto4 ipv6_nxt4 ipv6_nxt41 v6_rh0 v6_srh v6_jumbo v6_ah_esp v6_nonext v4_frag dns mdns llmnr
dns_resp dns_resp_ra dns_resp_ra_answers dns_qtype16 dns_spf99 dns_dmarc dns_mx dns_axfr dns_ixfr dns_aaaa_q dns_do dns_ad dns_cd
dns_edns dns_any smtp_ports qinq pppoes pppoed inner_ipv6_any_tunnel""".split()
NOT_OURS = {
    "dns_tcp": "no event is made of DNS over TCP: its flow is told (port 53)",
    "dns_txt": "texts are not kept; of an answer to a TXT question its SPF is told (test_entities.py compares it)",
    "dns_txt_spf1": "a record of a transaction, not of a frame: dns.txt.spf (test_entities.py compares it)",
    "smtp": "commands, replies and mail are told as one transaction, not as frames",
    "smtp_auth": "credentials are none of its business: AUTH is read over",
    "smtp_ehlo": "the name is a value of a transaction (smtp.helo); a session without one makes no event",
    "imf": "the mail itself is never read",
    "http": "the application is named by the flow, not by frames", "http_req": "as http", "http_connect": "as http",
    "http_absuri": "as http", "http2": "as http", "socks": "as http", "tls": "as http", "tls_ch": "as http", "dtls": "as http",
    "quic": "as http", "gquic": "as http", "dot853": "as http", "sni": "as http", "ssh": "as http", "openvpn": "as http",
    "wireguard": "as http", "ftp": "as http",
    "sixlowpan": "IEEE 802.15.4 is no link of an office network; its link type is named as not decoded",
    "cand_v6_in_udp": "candidates for Teredo on any port: ours is the decision (teredo), not the suspicion",
    "short": "some dissector of tshark ran out of captured bytes, however deep; ours (truncated) is that a declared length did",
    "malformed": "what tshark's dissectors of all protocols stumble over; ours are the anomalies of layers.h",
    "expert_error": "tshark's opinion of all protocols; ours are the anomalies of layers.h",
}


def label(row, name):
    return sum(row["frames"].get(k, 0) for k in SUMS.get(name, (name,)))


def path(row):
    return str(Path(CORPUS) / "captures" / row["file"])


def read(row, *options):
    return subprocess.run([SEKIMORI, "read", *options, "--quiet", path(row)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False, cwd=ROOT, env=FEW)


def of_events(row, c):
    """Frames by values of events; only files that have any are read a second time."""
    n = dict.fromkeys(EVENTS, 0)
    if not any(c["events"].get(t) for t in TYPES):
        return n
    frames = set()
    for line in read(row, "--events=" + ",".join(TYPES)).stdout.splitlines():
        e = json.loads(line)
        for name, (kind, counts) in EVENTS.items():
            if e["event"]["dataset"] == kind and counts(e):
                frames.add((name, e["sekimori"]["packet"]["number"]))
    for name, _ in frames:
        n[name] += 1
    return n


def count(row):
    """@return the row, ours by label (a number, or a range), what went wrong"""
    p = read(row, "--count")
    if p.returncode not in (0, 1, 3) or not p.stdout:
        return row, None, p.stderr.decode("utf-8", "replace")[-2000:]
    c = json.loads(p.stdout)
    ours = [(name, f(c), f(c)) for name, f in COUNT.items()]
    ours += [(name, c["layers"].get(x, 0), c["layers"].get(x, 0) + c["quoted"].get(x, 0)) for name, x in BETWEEN.items()]
    ours += [(name, n, n) for name, n in of_events(row, c).items()]
    return row, ours, ""


def frames(rows):
    """@return ours by index of the row"""
    if not FRAMES_PROGRAM.exists():
        sys.exit(f"{FRAMES_PROGRAM} is not there: make MODE=... suite builds it")
    p = subprocess.run([FRAMES_PROGRAM, *map(path, rows)], stdout=subprocess.PIPE, check=True)
    return {x["file"]: x["frames"] for x in map(json.loads, p.stdout.splitlines())}


def differences():
    rows = [json.loads(x) for x in open(Path(CORPUS) / "captures/labels.jsonl", encoding="utf-8")]
    found, broken = {}, []
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        by_frame = pool.submit(frames, rows)
        for row, ours, err in pool.map(count, rows):
            if ours is None:
                broken.append(f"{row['file']}: {err}")
                continue
            for name, low, high in ours:
                if not low <= label(row, name) <= high:
                    found[row["file"], name] = (label(row, name), low)
        for i, row in enumerate(rows):
            n = by_frame.result().get(i, {})
            for name in FRAMES:
                if label(row, name) != n.get(name, 0):
                    found[row["file"], name] = (label(row, name), n.get(name, 0))
    return found, broken, len(rows)


def all_labels():
    """Every label is ours, or it is said why not; a new one is neither."""
    there = [x.split("\t")[0] for x in open(Path(CORPUS) / "captures/categories.tsv", encoding="utf-8")][1:]
    ours = (set(COUNT) - set(SUMS)) | set(EVENTS) | set(FRAMES)
    both = ours & set(NOT_OURS)
    return [f"label {x}: neither ours nor in NOT_OURS, or not there, or both" for x in sorted((set(there) ^ (ours | set(NOT_OURS))) | both)]


def main():
    if not CORPUS:
        print("no CORPUS: the oracle's labels are not there")
        sys.exit(77)
    found, broken, n = differences()
    if "--list" in sys.argv:
        for (f, name), (a, b) in sorted(found.items()):
            print(f"{f}\t{name}\t{a}\t{b}\t")
        return
    want = {}
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            f, name, a, b, reason = line.split("\t")
            assert reason, f"{f} {name}: no reason"
            want[f, name] = (int(a), int(b))
    bad = all_labels() + broken
    bad += [f"{f}: {name}: label {a}, ours {b}: not explained" for (f, name), (a, b) in sorted(found.items()) if want.get((f, name)) != (a, b)]
    bad += [f"{f}: {name}: stale row" for (f, name) in sorted(want) if (f, name) not in found]
    print(f"{n} files, {len(found)} differences, {len(want)} explained")
    print("\n".join(bad))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
