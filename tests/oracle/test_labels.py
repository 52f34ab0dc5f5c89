#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts on every labelled capture of the corpus equal the oracle's, or the difference stands in differences.tsv with its reason.

A label is a number of frames that match a tshark filter at any depth, packets quoted by ICMP errors included; ours is
`read --count`: what is quoted is added. What a count does not say is read from the events of the frame types. A row of the table
that no longer differs is stale and fails; a difference without a row fails; a label that is neither compared nor named in
NOT_OURS fails. `--list` prints the differences there are, as rows without a reason."""
import concurrent.futures
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEKIMORI = os.environ.get("SEKIMORI") or str(ROOT / "build/release/sekimori")
CORPUS = os.environ.get("CORPUS", "")
TABLE = ROOT / "tests/oracle/differences.tsv"


def events(*names):
    return lambda c: sum(c["events"].get(n, 0) + c["quoted"].get(n, 0) for n in names)


def layers(*names):
    return lambda c: sum(c["layers"].get(n, 0) + c["quoted"].get(n, 0) for n in names)


# label -> what it is with us
MAP = {
    "rs": events("icmpv6.rs"), "ra": events("icmpv6.ra"), "ns": events("icmpv6.ns"), "na": events("icmpv6.na"),
    "redirect": events("icmpv6.redirect"), "mld": events("icmpv6.mld"), "dhcpv6": events("dhcpv6.message"),
    "arp": layers("arp"), "vlan": layers("vlan"), "proto41": layers("6in4", "6to4", "isatap", "6over4"), "teredo": layers("teredo"),
    "gre": layers("gre"), "v6_hopopts": layers("hopopts"), "v6_routing": layers("routing"), "v6_dstopts": layers("dstopts"),
    "v6_frag": layers("fragment"), "v6_mobility": layers("mobility"), "icmpv6": layers("icmpv6"), "v6_ah_esp": layers("ah", "esp"),
    "proto41_mcast6over4": layers("6over4"), "isatap_5efe": layers("isatap"), "ipip_proto4": layers("ipip"), "ipv6_nxt4": layers("4in6"),
    "ipv6_nxt41": layers("ip6ip6"), "ayiya": layers("ayiya"), "erspan": layers("erspan"), "etherip": layers("etherip"),
    "vxlan": layers("vxlan"), "geneve": layers("geneve"), "gtp": layers("gtpu"), "l2tp": layers("l2tp"), "lisp": layers("lisp"),
    "capwap": layers("capwap"), "mpls": layers("mpls"), "pppoe": layers("pppoe"), "ppp": layers("ppp"), "wlan": layers("wlan"),
    "esp": layers("esp"), "sctp": layers("sctp"),
}
SUMS = {"mld": ("mld_query", "mldv1_report", "mldv1_done", "mldv2_report"), "pppoe": ("pppoes", "pppoed")}
# label -> the events that make a frame match (what ICMP errors quote is no event)
ND = {"icmpv6.rs", "icmpv6.ra", "icmpv6.ns", "icmpv6.na", "icmpv6.redirect"}
READ = sorted(ND | {"icmpv6.error", "dhcpv6.message", "tunnel.frame"})


def at(event, path):
    for key in path.split("."):
        event = event.get(key) if isinstance(event, dict) else None
    return event


def is_nd(event, test):
    return event["event"]["dataset"] in ND and bool(test(event))


def dhcpv6(kind):
    return lambda e: kind in (at(e, "dhcpv6.type"), at(e, "dhcpv6.inner.type"))


def ends(event, of, prefix):
    return any((at(event, f"tunnel.{of}.{end}.ip") or "").startswith(prefix) for end in ("source", "destination"))


EVENTS = {
    "icmpv6_ptb": lambda e: at(e, "event.dataset") == "icmpv6.error" and at(e, "icmp.error.kind") == "packet-too-big",
    "ra_rdnss": lambda e: at(e, "icmpv6.ra.rdnss"),
    "ra_prefix": lambda e: at(e, "icmpv6.ra.prefix"),
    "nd_hlim_not255": lambda e: is_nd(e, lambda n: at(n, "icmpv6.hop_limit") != 255),
    "nd_with_exthdr": lambda e: is_nd(e, lambda n: at(n, "icmpv6.extension")),
    "nd_fragmented": lambda e: is_nd(e, lambda n: {"fragment", "atomic-fragment"} & set(at(n, "icmpv6.extension") or ())),
    "dhcpv6_solicit": dhcpv6("solicit"), "dhcpv6_advertise": dhcpv6("advertise"), "dhcpv6_reply": dhcpv6("reply"),
    "dhcpv6_relay": lambda e: (at(e, "dhcpv6.type") or "").startswith("relay"),
    "relay_192_88_99": lambda e: ends(e, "outer", "192.88.99."),
    "proto41_and_6to4addr": lambda e: at(e, "tunnel.kind") in ("6in4", "6to4", "isatap", "6over4") and ends(e, "inner", "2002:"),
    "udp3544": lambda e: at(e, "tunnel.kind") == "teredo" and 3544 in (at(e, "source.port"), at(e, "destination.port")),
    "gre_ipv6": lambda e: "gre/ip6" in (at(e, "tunnel.path") or ""),
    "gre_teb": lambda e: "gre/eth" in (at(e, "tunnel.path") or ""),
}
# label -> why it is no fact of a frame with us
TRANSACTION = "one fact a transaction (dns.transaction, smtp.transaction), not one a frame; tests/unit and tests/golden compare those"
TWO = "two layers in one frame: each of them is compared"
ADDRESS = "an address anywhere in the stack: told with the events that have it, not frame by frame"
DETAIL = "an option or type inside of a header whose layer is compared"
APPLICATION = "an application protocol that nobody asks for: its flows are told, not its messages"
OPINION = "a judgement of the oracle's own dissectors, or a filter that over-matches"
NOT_OURS = {
    TRANSACTION: "dns mdns llmnr dns_tcp dns_resp dns_resp_ra dns_resp_ra_answers dns_txt dns_txt_spf1 dns_qtype16 dns_spf99 dns_dmarc dns_mx dns_axfr "
                 "dns_ixfr dns_aaaa_q dns_do dns_ad dns_cd dns_edns dns_any isatap_dns teredo_dns wpad_dns smtp smtp_mailfrom smtp_starttls "
                 "smtp_auth smtp_ehlo imf smtp_ports",
    TWO: "ipv6_and_ip qinq inner_ipv6_any_tunnel",
    ADDRESS: "addr_6to4 addr_teredo addr_64ff9b tsp_port",
    DETAIL: "v6_rh0 v6_srh v6_jumbo v6_nonext teredo_auth teredo_orig v4_frag",
    APPLICATION: "http http_req http_connect http_absuri http2 socks tls tls_ch dtls quic gquic dot853 sni ssh openvpn wireguard ftp sixlowpan",
    OPINION: "cand_v6_in_udp malformed short expert_error",
}
# A packet that is quoted stands mostly in a frame that has its own header of the same kind, and counts once there: ours, which
# counts it apart, says only that the label lies between what is not quoted and all.
BETWEEN = {"ip": "ipv4", "ipv6": "ipv6"}
# label -> kind and version of the event icmpv6.mld (RFC 2710, RFC 9777)
MLD = {"mld_query": ("query", None), "mldv1_report": ("report", 1), "mldv1_done": ("done", 1), "mldv2_report": ("report", 2)}


def label(row, name):
    return sum(row["frames"].get(k, 0) for k in SUMS.get(name, (name,)))


def count(row):
    p = subprocess.run([SEKIMORI, "read", "--count", "--quiet", str(Path(CORPUS) / "captures" / row["file"])], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, check=False, cwd=ROOT)
    if p.returncode not in (0, 1, 3) or not p.stdout:
        return row, None, p.stderr.decode("utf-8", "replace")[-2000:]
    return row, json.loads(p.stdout), ""


def kinds_of_mld(row, c):
    """Frames of each kind; only files that have any are read a second time."""
    n = dict.fromkeys(MLD, 0)
    if not c["events"].get("icmpv6.mld"):
        return n
    p = subprocess.run([SEKIMORI, "read", "--events=icmpv6.mld", "--quiet", str(Path(CORPUS) / "captures" / row["file"])],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, cwd=ROOT)
    frames = set()
    for line in p.stdout.splitlines():
        e = json.loads(line)
        m = e["icmpv6"]["mld"]
        for name, (kind, version) in MLD.items():
            if m["kind"] == kind and version in (None, m["version"]):
                frames.add((name, e["sekimori"]["packet"]["number"]))
    for name, _ in frames:
        n[name] += 1
    return n


def frames_of_events(row, c):
    """Frames that match, a label; only files that have such events are read a second time."""
    n = {name: set() for name in EVENTS}
    types = [t for t in READ if c["events"].get(t)]
    if types:
        p = subprocess.run([SEKIMORI, "read", "--events=" + ",".join(types), "--quiet", str(Path(CORPUS) / "captures" / row["file"])],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, cwd=ROOT)
        for line in p.stdout.splitlines():
            e = json.loads(line)
            for name, match in EVENTS.items():
                if match(e):
                    n[name].add(e["sekimori"]["packet"]["number"])
    return {name: len(f) for name, f in n.items()}


def unnamed():
    """Labels that nothing is said about, and names that are no labels."""
    with open(Path(CORPUS) / "captures/categories.tsv", encoding="utf-8") as f:
        labels = {line.split("\t")[0] for line in f} - {"label"}
    said = (set(MAP) - set(SUMS)) | {x for names in SUMS.values() for x in names} | set(BETWEEN) | set(MLD) | set(EVENTS) | {x for names in NOT_OURS.values() for x in names.split()}
    return sorted(labels - said), sorted(said - labels)


def compare(row, c):
    """Every (label, the oracle's count, ours) that differs."""
    for name, n in frames_of_events(row, c).items():
        if label(row, name) != n:
            yield name, label(row, name), n
    for name, ours in MAP.items():
        if label(row, name) != ours(c):
            yield name, label(row, name), ours(c)
    for name, layer in BETWEEN.items():
        low, high = c["layers"].get(layer, 0), c["layers"].get(layer, 0) + c["quoted"].get(layer, 0)
        if not low <= label(row, name) <= high:
            yield name, label(row, name), low
    for name, n in kinds_of_mld(row, c).items():
        if label(row, name) != n:
            yield name, label(row, name), n


def differences():
    rows = [json.loads(x) for x in open(Path(CORPUS) / "captures/labels.jsonl", encoding="utf-8")]
    found, broken = {}, []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for row, c, err in pool.map(count, rows):
            if c is None:
                broken.append(f"{row['file']}: {err}")
                continue
            for name, a, b in compare(row, c):
                found[row["file"], name] = (a, b)
    return found, broken, len(rows)


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
    missing, wrong = unnamed()
    bad = broken + [f"{x}: a label that is neither compared nor named" for x in missing] + [f"{x}: no label of the oracle" for x in wrong]
    bad += [f"{f}: {name}: label {a}, ours {b}: not explained" for (f, name), (a, b) in sorted(found.items()) if want.get((f, name)) != (a, b)]
    bad += [f"{f}: {name}: stale row" for (f, name) in sorted(want) if (f, name) not in found]
    print(f"{n} files, {len(found)} differences, {len(want)} explained")
    print("\n".join(bad))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
