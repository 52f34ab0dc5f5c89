#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every file of the corpus, and every capture of ours, without a policy: nothing crashes, the exit status is one of the documented, each line
is JSON, and what is found above informational is only what the table says. Unknown is not forbidden: only tunnels are findings here."""
import collections
import concurrent.futures
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEKIMORI = os.environ.get("SEKIMORI") or str(ROOT / "build/release/sekimori")
CORPUS = os.environ.get("CORPUS", "")
NO_CAPTURES = {".md", ".tsv", ".jsonl"}

# Looked at one by one: each file holds what the detection says.
FOUND = {
    "ntop-nDPI/tests__cfgs__default__pcap__teredo.pcap": ["TUN-003 critical"] + ["TUN-003 high"] * 4,  # five clients qualify, one sends data
    "ntop-nDPI/tests__cfgs__default__pcap__6in4tunnel.pcap": ["TUN-001 high"],
    "ntop-nDPI/tests__cfgs__default__pcap__syslog.pcap": ["TUN-001 high"] * 2,  # syslog over 6in4, two ends each seen one way
    "seladb-PcapPlusPlus/Tests__Packet++Test__PacketExamples__Ftp.pcap": ["TUN-002 high"] * 2,  # FTP through 192.88.99.1, back from elsewhere
    "seladb-PcapPlusPlus/Tests__Packet++Test__PacketExamples__IPv4-encapsulated-IPv6.pcap": ["TUN-002 high"],
    "attacks/teredo.pcap": ["TUN-003 critical"], "attacks/tunnel_teredo_3544.pcap": ["TUN-003 medium"],
    "attacks/tunnel_bubble_arb.pcap": ["TUN-004 medium"], "attacks/v_bubble.pcap": ["TUN-004 medium"],
    "ntop-nDPI/tests__cfgs__default__pcap__6in6tunnel.pcap": ["TUN-001 high"],  # site-local ends, fec0::/10 as it was
    "seladb-PcapPlusPlus/Tests__Packet++Test__PacketExamples__GrePackets.pcap": ["TUN-015 high"],  # 127.0.0.1 inside 127.0.0.1
    "seladb-PcapPlusPlus/Tests__Packet++Test__PacketExamples__ipsec.pcapng": ["TUN-009 low", "TUN-015 high"],  # the same ends outside and inside
    "wireshark-wireshark/test__captures__ipoipoip.pcap": ["TUN-015 high", "TUN-015 high"],  # four headers, one pair twice
    "zeek-zeek/testing__btest__Traces__tunnels__ayiya-large-identity.pcap": ["TUN-011 high"],
    "attacks/tunnel_gre6.pcap": ["TUN-008 high"],
    "attacks/tunnel_6in4.pcap": ["TUN-001 high"], "attacks/v_6to4.pcap": ["TUN-002 high"],
}
# Neighbour discovery: V6-030 to V6-036, V6-041. Whatever else a file holds stands above.
NEIGHBOURS = {
    "attacks/dad.pcap": ["V6-031 low"], "attacks/v_redir.pcap": ["V6-033 high"],
    "attacks/l2_atomic.pcap": ["V6-035 high"], "attacks/v_raatom.pcap": ["V6-035 high"],
    "attacks/ra_ED.pcap": ["V6-035 high"], "attacks/ra_EF.pcap": ["V6-035 high"],
    "attacks/ra_EO.pcap": ["V6-035 high"], "attacks/ra_Eo.pcap": ["V6-035 high"],
    "the-tcpdump-group-tcpdump/tests__icmpv6-length-zero.pcapng": ["V6-034 medium"],  # an option of length 0x1f in 32 bytes, checksum wrong
    # fuzzed: ffc3:b2a1:200:400::6238:2949 as source; an option 0x80 before a report to ff02::1:16
    "ntop-ntopng/fuzz__corpus__fuzz_dissect_packet__mobility_opt_asan_3.pcap": ["V6-036 high"],
    "ntop-ntopng/fuzz__corpus__fuzz_dissect_packet__mobility_opt_asan_7.pcap": ["V6-036 high"],
    "seladb-PcapPlusPlus/Tests__Fuzzers__RegressionTests__regression_samples__radiuslayer": ["V6-036 high"],
    "the-tcpdump-group-tcpdump/tests__mobility_opt_asan_3.pcap": ["V6-036 high"],
    "the-tcpdump-group-tcpdump/tests__mobility_opt_asan_7.pcap": ["V6-036 high"],
}
# Headers and fragments: V6-060, V6-061, V6-070 to V6-073. tshark shows the same; what is malformed was mostly made so to test parsers.
PCPP, TCPDUMP = "seladb-PcapPlusPlus/Tests__", "the-tcpdump-group-tcpdump/tests__"
HEADERS = {
    "attacks/v_rh0.pcap": ["V6-060 critical"], "attacks/v_mapped.pcap": ["V6-061 high"], "attacks/l2_ethtype0800.pcap": ["V6-073 low"],
    "attacks/ra_ED.pcap": ["V6-070 high"], "attacks/ra_EF.pcap": ["V6-060 medium", "V6-070 high", "V6-072 medium"],
    "attacks/ra_EO.pcap": ["V6-071 critical"], "attacks/ra_Eo.pcap": ["V6-071 critical"],
    PCPP + "Packet++Test__PacketExamples__ipv6_options.pcap": ["V6-060 critical"] * 2,  # type 0, two stations left
    TCPDUMP + "ipv6-routing-header.pcap": ["V6-060 critical"],
    "the-tcpdump-group-libpcap/tests__filter__ipv6_ext_headers.pcap": ["V6-060 medium", "V6-072 medium"],  # all kinds, thrice
    PCPP + "Fuzzers__RegressionTests__regression_samples__clusterfuzz-testcase-minimized-FuzzTarget-5757531338309632": ["V6-072 medium"],
    TCPDUMP + "erspan-type-iii-pb-1.pcap": ["V6-072 medium"],  # the outer header is IPv6, its padding holds data
    TCPDUMP + "vrrp-vrrp_print-oobr-2.pcap": ["V6-071 high"],  # fuzzed: one identification, other bytes
    "ntop-nDPI/tests__cfgs__default__pcap__fuzz-2020-02-16-11740.pcap": ["V6-073 low"],
    PCPP + "Fuzzers__RegressionTests__regression_samples__crash-81dba690a3f67ee41a41390a625db732fa1413a1": ["V6-073 low"],
    PCPP + "Fuzzers__RegressionTests__regression_samples__radiuslayer": ["V6-073 low"],  # an option past its header
    "snabbco-snabb/src__program__ipfix__tests__sanitized4k_truncated128.pcap": ["V6-073 low"],  # cut to 128 bytes, says it is whole
    TCPDUMP + "LINKTYPE_IPV4_invalid.pcap": ["V6-073 low"], TCPDUMP + "ipv6-bad-version.pcap": ["V6-073 low"],
    TCPDUMP + "ipv6_invalid_length.pcap": ["V6-073 low"], TCPDUMP + "ipv6_invalid_length_2.pcap": ["V6-073 low"],
    TCPDUMP + "kday1.pcap": ["V6-073 low"], TCPDUMP + "kday3.pcap": ["V6-073 low"], TCPDUMP + "lwres-pointer-arithmetic-ub.pcap": ["V6-073 low"],
}
# Routers and DHCPv6 servers: V6-012 to V6-018, V6-022.
ROUTERS = {
    "attacks/flood_router26_1000.pcap": ["V6-012 critical"],
    "attacks/l2_atomic.pcap": ["V6-018 critical"],
    "attacks/l2_badcksum.pcap": ["V6-017 medium"],
    "attacks/l2_dstopt.pcap": ["V6-018 critical"],
    "attacks/l2_hlim64.pcap": ["V6-017 medium"],
    "attacks/l2_vlan0snap.pcap": ["V6-018 high"],
    "attacks/l2_vlan0x2.pcap": ["V6-018 high"],
    "attacks/ra_ED.pcap": ["V6-018 critical"],
    "attacks/ra_EF.pcap": ["V6-018 critical"],
    "attacks/ra_EH.pcap": ["V6-018 critical"],
    "attacks/ra_EH1.pcap": ["V6-018 critical"],
    "attacks/ra_EH111.pcap": ["V6-018 critical"],
    "attacks/ra_EO.pcap": ["V6-018 critical"],
    "attacks/ra_Eo.pcap": ["V6-018 critical"],
    "attacks/v_mitm6adv.pcap": ["V6-022 critical"],
    "attacks/v_raatom.pcap": ["V6-018 critical"],
    "attacks/v_rahbh.pcap": ["V6-018 critical"],
    "the-tcpdump-group-tcpdump/tests__icmpv6.pcap": ["V6-013 medium"],  # advertises an MTU of 100
}
for _file, _more in [*NEIGHBOURS.items(), *HEADERS.items(), *ROUTERS.items()]:
    FOUND[_file] = sorted(FOUND.get(_file, []) + _more)


def read(path):
    p = subprocess.run([SEKIMORI, "read", "--quiet", "--format", "json", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                       cwd=ROOT)
    return path, p.returncode, p.stdout, p.stderr.decode("utf-8", "replace")


def needy():
    """UUIDs of the signatures that need the policy for what they say: without one they may tell facts, at informational."""
    p = subprocess.run([SEKIMORI, "signatures", "list", "--format", "json"], stdout=subprocess.PIPE, check=True, cwd=ROOT)
    return {o["id"] for o in map(json.loads, p.stdout.splitlines()) if o["needs_any"] or o["needs_all"]}


def main():
    if not CORPUS:
        print("no CORPUS: there is nothing to read")
        sys.exit(77)
    top = Path(CORPUS) / "captures"
    files = sorted(p for p in top.rglob("*") if p.is_file() and p.suffix not in NO_CAPTURES)
    bad, exits, need = [], collections.Counter(), needy()
    assert need, "no signature needs a policy"
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for path, code, out, err in pool.map(read, files):
            name, last = str(path.relative_to(top)), {}
            exits[code] += 1
            if code not in (0, 1, 3):
                bad.append(f"{name}: exit {code}: {err[-2000:]}")
                continue
            if code and not err:
                bad.append(f"{name}: exit {code} and not a word why")
            for line in out.splitlines():
                o = json.loads(line)
                if o["event"]["severity"] > 1 and o["rule"]["uuid"] in need:
                    bad.append(f"{name}: {o['rule']['id']} {o['sekimori']['severity']} needs the policy")
                last[o["sekimori"]["alert"]["id"]] = f"{o['rule']['id']} {o['sekimori']['severity']}"
            got = sorted(x for x in last.values() if not x.endswith("informational"))
            if got != FOUND.get(name, []):
                bad.append(f"{name}: {got}, {FOUND.get(name, [])} in the table")
    print(f"{len(files)} files, exits {dict(sorted(exits.items()))}")
    bad += [f"{f}: not in the corpus" for f in FOUND if not (top / f).exists()]
    print("\n".join(bad))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
