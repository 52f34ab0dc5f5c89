#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every small capture of ours under policies that fit it: all the alerts it raises, with level and count, and no others. The cases
of a signature look at that signature alone; this is what the reader of the alerts gets. A capture without a row fails."""
import json
import struct
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import MODE, ROOT, alerts, main, run

# (capture, policy): [(detection, severity, count)] of the last line of each alert, in the order of ids
TABLE = {
    ("6in4-two-way", "minimal"): [("TUN-001", "critical", 2)],
    ("answers-only", "minimal"): [("BND-001", "medium", 1)],
    ("direct-https", "minimal"): [("BND-001", "high", 1)],
    ("direct-quic-v6", "minimal"): [("BND-001", "high", 1), ("V6-001", "high", 1), ("V6-001", "high", 1), ("V6-050", "critical", 3)],
    ("direct-refused", "minimal"): [("BND-001", "informational", 1)],
    ("dns-fragments", "minimal"): [("DNS-001", "high", 2)],
    ("isatap-inside", "minimal"): [("TUN-005", "high", 1), ("TUN-005", "high", 3)],
    ("air-rogue-ra", "minimal"): [("V6-001", "low", 1), ("V6-011", "critical", 4)],
    ("capwap-rogue-ra", "minimal"): [("V6-001", "low", 1), ("V6-011", "critical", 2)],
    ("air-rogue-ra", "dualstack"): [("V6-011", "critical", 4)],
    ("capwap-rogue-ra", "dualstack"): [("V6-011", "critical", 2)],
    ("air-rogue-ra", "none"): [],
    ("capwap-rogue-ra", "none"): [],
    ("mdns-storm", "minimal"): [],
    ("open-resolver-v4v6", "minimal"): [("DNS-001", "high", 3), ("DNS-001", "high", 3), ("V6-001", "high", 1), ("V6-001", "high", 1), ("V6-050", "high", 1), ("V6-051", "critical", 3)],
    ("resolver-refused", "minimal"): [],
    ("via-squid", "minimal"): [],
    ("rs-two-hosts", "minimal"): [("V6-001", "low", 2), ("V6-003", "low", 2)],
    ("rs-two-hosts", "forbidden"): [("V6-001", "low", 2), ("V6-003", "low", 2)],
    ("office-dualstack-boot", "forbidden"): [("V6-001", "high", 1), ("V6-001", "high", 1), ("V6-001", "low", 11), ("V6-002", "low", 4), ("V6-003", "low", 2), ("V6-011", "critical", 3), ("V6-050", "high", 2)],
    ("two-routers-solicited", "forbidden"): [("V6-001", "low", 2), ("V6-011", "critical", 6), ("V6-011", "critical", 6)],
    ("sleep-proxy", "forbidden"): [("V6-001", "low", 1), ("V6-002", "low", 1)],
    ("dhcpv6-declared", "forbidden"): [("V6-001", "low", 5), ("V6-002", "low", 1), ("V6-003", "low", 1), ("V6-011", "critical", 1), ("V6-020", "low", 2), ("V6-021", "critical", 2)],
    ("vrrp-failover", "forbidden"): [("V6-001", "low", 2), ("V6-001", "medium", 1), ("V6-002", "low", 1), ("V6-011", "critical", 3)],
    ("ra-withdrawal-forged", "dualstack"): [("V6-011", "critical", 1), ("V6-013", "critical", 1), ("V6-030", "critical", 1)],
    ("ra-withdrawal-forged", "none"): [],
    ("ra-withdrawal-contradicted", "dualstack"): [("V6-013", "critical", 2)],
    ("ra-withdrawal-contradicted", "none"): [],
    ("ra-withdrawal-shutdown", "dualstack"): [("V6-013", "high", 1)],
    ("ra-withdrawal-shutdown", "vrrp"): [("V6-013", "low", 1)],
    ("ra-withdrawal-shutdown", "router-declared"): [("V6-013", "high", 1)],
    ("ra-withdrawal-shutdown", "none"): [],
    ("ra-withdrawal-of-two", "dualstack"): [("V6-013", "low", 1)],
    ("ra-withdrawal-of-two", "none"): [],
    ("ra-prefix-deprecated", "dualstack"): [("V6-013", "high", 1)],
    ("ra-prefix-deprecated", "none"): [],
    ("ra-hop-limit-one", "dualstack"): [("V6-011", "high", 1), ("V6-013", "high", 1)],
    ("ra-hop-limit-one", "none"): [("V6-013", "high", 1)],
    ("ra-drift", "router-declared"): [("V6-014", "high", 2), ("V6-014", "high", 2), ("V6-014", "high", 2), ("V6-014", "high", 2), ("V6-014", "medium", 2), ("V6-014", "medium", 2)],
    ("ra-drift", "none"): [],
    ("ra-options-ended", "router-declared"): [],
    ("ra-options-ended", "dualstack-resolvers"): [],
    ("ra-options-ended", "none"): [],
    ("ra-stub-and-more", "router-declared"): [("V6-011", "critical", 1), ("V6-011", "critical", 1), ("V6-011", "critical", 1), ("V6-011", "medium", 1), ("V6-015", "critical", 1), ("V6-015", "critical", 1)],
    ("ra-stub-and-more", "none"): [],
    ("two-routers-differ", "dualstack"): [("V6-014", "low", 1), ("V6-014", "low", 2)],
    ("two-routers-differ", "none"): [],
    ("two-routers-compete", "dualstack"): [("V6-011", "critical", 2)],
    ("two-routers-compete", "dualstack-no-routers"): [("V6-011", "medium", 3)],
    ("two-routers-compete", "none"): [("V6-011", "informational", 3)],
    ("rdnss-self", "router-declared"): [("V6-011", "critical", 2), ("V6-015", "critical", 2)],
    ("rdnss-self", "none"): [],
    ("nat64-rogue", "router-declared"): [("V6-011", "critical", 1), ("V6-016", "critical", 1)],
    ("nat64-rogue", "none"): [],
    ("nat64-answer", "router-declared"): [("TUN-016", "low", 1), ("V6-016", "critical", 1)],
    ("nat64-answer", "none"): [("TUN-016", "informational", 1)],
    ("v6only-rogue", "router-declared"): [("V6-016", "critical", 1)],
    ("v6only-rogue", "none"): [],
    ("ra-drift", "dualstack-resolvers"): [("V6-015", "high", 2), ("V6-016", "critical", 2)],
    ("mitm6", "router-declared"): [("V6-011", "critical", 3), ("V6-015", "critical", 1), ("V6-021", "critical", 4), ("V6-022", "critical", 6)],
    ("mitm6", "forbidden"): [("V6-001", "low", 4), ("V6-001", "medium", 1), ("V6-001", "medium", 1), ("V6-001", "medium", 1), ("V6-011", "critical", 3), ("V6-020", "low", 4), ("V6-021", "critical", 4), ("V6-022", "critical", 6)],
    ("mitm6", "none"): [("V6-022", "critical", 6)],
    ("mitm6-no-ra", "router-declared"): [("V6-015", "critical", 1), ("V6-021", "critical", 4), ("V6-022", "critical", 6)],
    ("mitm6-no-ra", "none"): [("V6-022", "critical", 6)],
    ("dhcpv6-provider-box", "none"): [],
    ("dhcpv6-resolver-box", "none"): [],
    ("ra-flood-few-senders", "dualstack"): [("V6-011", "critical", 25), ("V6-011", "critical", 25), ("V6-012", "critical", 60)],
    ("ra-flood-few-senders", "none"): [("V6-012", "critical", 60)],
    ("ra-flood-slow", "dualstack"): [("V6-011", "critical", 8), ("V6-012", "critical", 4)],
    ("ra-flood-slow", "none"): [],
    ("ra-flood-prefixes", "dualstack"): [("V6-011", "critical", 8), ("V6-012", "critical", 12), ("V6-012", "critical", 30)],
    ("ra-flood-prefixes", "none"): [("V6-012", "critical", 30)],
    ("ra-power-cut", "dualstack"): [],
    ("ra-power-cut", "none"): [],
    ("ra-trunk", "none"): [],
    ("dhcpv6-starvation", "dualstack"): [("V6-023", "high", 100)],
    ("dhcpv6-starvation", "none"): [("V6-023", "high", 100)],
    ("dhcpv6-solicit-flood", "dualstack"): [("V6-023", "high", 150)],
    ("dhcpv6-solicit-flood", "forbidden"): [("V6-001", "low", 101), ("V6-020", "low", 100), ("V6-023", "high", 150)],
    ("dhcpv6-solicit-flood", "none"): [("V6-023", "high", 150)],
    ("dhcpv6-hundred-hosts", "dualstack"): [],
    ("dhcpv6-hundred-hosts", "none"): [],
    ("dhcpv6-boot", "dualstack"): [],
    ("dhcpv6-boot", "none"): [],
    ("dhcpv6-boot", "forbidden"): [("V6-001", "low", 240), ("V6-002", "low", 120), ("V6-020", "low", 240)],
    ("dhcpv6-boot-alone", "dualstack"): [("V6-023", "low", 240)],
    ("dhcpv6-boot-alone", "none"): [("V6-023", "low", 240)],
    ("dhcpv6-solicit-masses", "none"): [("V6-023", "high", 600)],
    ("dhcpv6-one-client", "dualstack"): [("V6-023", "high", 150)],
    ("dhcpv6-one-client", "none"): [("V6-023", "high", 150)],
    ("dhcpv6-three-macs", "dualstack"): [("V6-023", "high", 10)],
    ("dhcpv6-three-macs", "none"): [("V6-023", "high", 10)],
    ("mld-queries", "router-declared"): [("V6-040", "medium", 1), ("V6-040", "medium", 1)],
    ("mld-queries", "none"): [("V6-040", "medium", 1)],
    ("ra-invalid", "none"): [("V6-017", "high", 1), ("V6-017", "medium", 1), ("V6-017", "medium", 1), ("V6-017", "medium", 1)],
    ("ra-invalid", "dualstack"): [("V6-017", "high", 1), ("V6-017", "medium", 1), ("V6-017", "medium", 1), ("V6-017", "medium", 1)],
    ("ra-invalid", "forbidden"): [("V6-001", "high", 1), ("V6-001", "low", 2), ("V6-011", "critical", 1), ("V6-017", "high", 1), ("V6-017", "medium", 1), ("V6-017", "medium", 1), ("V6-017", "medium", 1), ("V6-050", "high", 1)],
    ("nd-later-fragment", "none"): [("V6-018", "critical", 2)],
    ("nd-later-fragment", "dualstack"): [("V6-018", "critical", 2)],
    ("dhcpv6-disguised", "none"): [("V6-018", "critical", 1)],
    ("dhcpv6-disguised", "dualstack"): [("V6-018", "critical", 1), ("V6-021", "critical", 2)],
    ("two-routers-solicited", "forbidden-with-router"): [("V6-001", "low", 2), ("V6-010", "critical", 6), ("V6-011", "critical", 6)],
    ("rs-two-hosts", "dualstack"): [],
    ("benign-dualstack-office", "benign"): [("TUN-016", "low", 6)],
    ("benign-dualstack-office", "none"): [("TUN-016", "informational", 6)],
    ("benign-ipv4-office", "benign"): [("TUN-016", "low", 6), ("V6-001", "low", 39), ("V6-002", "low", 6), ("V6-003", "low", 6), ("V6-020", "low", 15)],
    ("benign-ipv4-office", "none"): [("TUN-016", "informational", 6)],
    ("benign-data-centre", "benign"): [],
    ("benign-data-centre", "none"): [("TUN-013", "informational", 2), ("TUN-014", "informational", 2)],
    ("office-dualstack-boot", "dualstack"): [],
    ("two-routers-solicited", "dualstack"): [],
    ("sleep-proxy", "dualstack"): [],
    ("names", "dualstack"): [], ("identities", "dualstack"): [],
    ("span-doubled-boot", "dualstack"): [],
    ("vrrp-failover", "vrrp"): [],
    ("dhcpv6-declared", "vrrp"): [],
    ("authoritative-ra1", "own-zone"): [],
    ("smtp-no-dns-seen", "mail"): [],
    ("smtp-spf-nodata", "mail"): [("MAIL-001", "low", 1)],
    ("smtp-spf-nxdomain", "mail"): [("MAIL-001", "medium", 1)],
    ("smtp-spf-present", "mail"): [],
    ("smtp-spf-servfail", "mail"): [],
    ("smtp-starttls", "mail"): [],
    ("smtp-torn", "mail"): [("MAIL-001", "low", 1)],
    ("span-doubled-mail", "mail"): [("MAIL-001", "low", 1)],
    ("6in4-two-way", "tunnel-6in4-allowed"): [],
    ("isatap-inside", "tunnel-isatap-allowed"): [],
    ("6in4-two-way", "none"): [("TUN-001", "critical", 2)],
    ("answers-only", "none"): [],
    ("authoritative-ra1", "none"): [],
    ("dhcpv6-declared", "none"): [],
    ("direct-https", "none"): [],
    ("direct-quic-v6", "none"): [],
    ("direct-refused", "none"): [],
    ("dns-fragments", "none"): [],
    ("isatap-inside", "none"): [("TUN-005", "high", 1), ("TUN-005", "high", 3)],
    ("mdns-storm", "none"): [],
    ("office-dualstack-boot", "none"): [],
    ("open-resolver-v4v6", "none"): [],
    ("resolver-refused", "none"): [],
    ("rs-two-hosts", "none"): [],
    ("sleep-proxy", "none"): [],
    ("names", "none"): [], ("identities", "none"): [],
    ("smtp-no-dns-seen", "none"): [],
    ("smtp-spf-nodata", "none"): [],
    ("smtp-spf-nxdomain", "none"): [],
    ("smtp-spf-present", "none"): [],
    ("smtp-spf-servfail", "none"): [],
    ("smtp-starttls", "none"): [],
    ("smtp-torn", "none"): [],
    ("span-doubled-boot", "none"): [],
    ("span-doubled-mail", "none"): [],
    ("two-routers-solicited", "none"): [],
    ("ns-flood", "none"): [("V6-032", "high", 100)],
    ("ns-flood", "dualstack"): [("V6-032", "high", 100)],
    ("redirect-flood", "none"): [("V6-033", "high", 10)],
    ("redirect-flood", "dualstack"): [("V6-033", "high", 1), ("V6-033", "high", 1), ("V6-033", "high", 1), ("V6-033", "high", 1), ("V6-033", "high", 1), ("V6-033", "high", 65)],
    ("smurf-flood", "none"): [("V6-036", "high", 20), ("V6-036", "high", 101)],
    ("smurf-flood", "dualstack"): [("V6-036", "high", 20), ("V6-036", "high", 101)],
    ("name-poisoning", "none"): [("V6-041", "critical", 3), ("V6-041", "medium", 1)],
    ("wpad-answered", "none"): [("V6-041", "medium", 1)],
    ("name-poisoning", "dualstack"): [("V6-041", "critical", 3), ("V6-041", "medium", 1)],
    ("wpad-answered", "dualstack"): [("V6-041", "medium", 1)],
    ("names-benign", "none"): [],
    ("names-benign", "dualstack"): [],
    ("nd-scan", "none"): [("V6-032", "high", 1)],
    ("nd-scan", "reach"): [("V6-032", "high", 1)],
    ("nd-resolve", "none"): [],
    ("nd-resolve", "reach"): [],
    ("v6-scan", "none"): [],
    ("v6-scan", "reach"): [("V6-032", "high", 7), ("V6-051", "high", 1), ("V6-051", "low", 99)],
    ("v6-inbound", "none"): [],
    ("v6-inbound", "reach"): [("DNS-001", "high", 1), ("V6-051", "critical", 1), ("V6-051", "critical", 1), ("V6-051", "high", 1), ("V6-051", "high", 1)],
    ("v6-outbound", "none"): [],
    ("v6-outbound", "reach"): [],
    ("v6-attempts", "none"): [],
    ("v6-attempts", "reach"): [("V6-051", "low", 3)],
    ("v6-echo", "none"): [],
    ("v6-echo", "reach"): [("V6-052", "medium", 1)],
    ("v6-traced", "none"): [],
    ("v6-traced", "reach"): [("V6-052", "medium", 1), ("V6-052", "medium", 1)],
    ("v6-node-info", "none"): [],
    ("v6-node-info", "reach"): [("V6-052", "high", 1)],
    ("v6-forwarder", "none"): [],
    ("v6-forwarder", "reach"): [("V6-053", "high", 1)],
    ("v6-way-out", "none"): [],
    ("v6-way-out", "reach"): [("V6-053", "high", 1)],
    ("nd-spoof", "none"): [("V6-030", "high", 4)],
    ("nd-spoof", "dualstack"): [("V6-030", "high", 4), ("V6-030", "low", 1)],
    ("nd-router-takeover", "none"): [],
    ("nd-router-takeover", "dualstack"): [("V6-030", "critical", 1), ("V6-030", "medium", 1)],
    ("nd-new-card", "none"): [],
    ("nd-new-card", "dualstack"): [("V6-030", "low", 1)],
    ("nd-new-card-soon", "none"): [],
    ("nd-new-card-soon", "dualstack"): [("V6-030", "low", 3)],
    ("nd-override", "none"): [],
    ("nd-override", "dualstack"): [("V6-030", "medium", 1)],
    ("nd-mac-mismatch", "none"): [],
    ("nd-mac-mismatch", "dualstack"): [("V6-030", "low", 1), ("V6-030", "medium", 1)],
    ("nd-router-virtual", "none"): [],
    ("nd-router-virtual", "dualstack"): [("V6-030", "low", 1)],
    ("nd-virtual-turns", "none"): [("V6-030", "medium", 6)],
    ("nd-virtual-turns", "dualstack"): [("V6-030", "medium", 6)],
    ("nd-benign", "none"): [],
    ("nd-benign", "dualstack"): [],
    ("nd-na-flood", "none"): [("V6-030", "high", 30)],
    ("nd-na-flood", "dualstack"): [("V6-030", "high", 30)],
    ("dad-denial", "none"): [("V6-031", "high", 3)],
    ("dad-denial", "dualstack"): [("V6-031", "high", 3)],
    ("dad-duplicate", "none"): [("V6-031", "low", 2)],
    ("dad-duplicate", "dualstack"): [("V6-031", "low", 2)],
    ("redirect", "none"): [("V6-033", "high", 1)],
    ("redirect", "dualstack"): [("V6-033", "critical", 1)],
    ("redirect-declared", "none"): [],
    ("redirect-declared", "dualstack"): [],
    ("redirect-v4", "none"): [],
    ("redirect-v4", "dualstack"): [("V6-033", "high", 1)],
    ("nd-invalid", "none"): [("V6-034", "low", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1)],
    ("nd-invalid", "dualstack"): [("V6-034", "low", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1), ("V6-034", "medium", 1)],
    ("nd-fragmented", "none"): [("V6-018", "critical", 1), ("V6-018", "critical", 1), ("V6-018", "critical", 1), ("V6-035", "high", 1), ("V6-035", "high", 1), ("V6-035", "high", 1)],
    ("nd-fragmented", "dualstack"): [("V6-018", "critical", 1), ("V6-018", "critical", 1), ("V6-018", "critical", 1), ("V6-035", "high", 1), ("V6-035", "high", 1), ("V6-035", "high", 1)],
    ("smurf", "none"): [("V6-036", "high", 1), ("V6-036", "high", 1), ("V6-036", "high", 1)],
    ("smurf", "dualstack"): [("V6-036", "high", 1), ("V6-036", "high", 1), ("V6-036", "high", 1)],
    ("ping-all-nodes", "none"): [("V6-036", "informational", 1)],
    ("ping-all-nodes", "dualstack"): [("V6-036", "informational", 1)],
    ("source-routes", "none"): [("V6-060", "critical", 1), ("V6-060", "critical", 2), ("V6-060", "medium", 1)],
    ("source-routes", "dualstack"): [("V6-060", "critical", 1), ("V6-060", "critical", 2), ("V6-060", "high", 1), ("V6-060", "medium", 1)],
    ("source-routes-usual", "none"): [],
    ("source-routes-usual", "dualstack"): [],
    ("odd-chains", "none"): [("V6-072", "medium", 6), ("V6-074", "informational", 1)],
    ("odd-chains", "dualstack"): [("V6-072", "medium", 6), ("V6-074", "low", 1)],
    ("unusual-chains", "none"): [("V6-072", "informational", 5)],
    ("unusual-chains", "dualstack"): [("V6-072", "medium", 5)],
    ("unusual-chains-inward", "none"): [("V6-072", "informational", 4)],
    ("unusual-chains-inward", "dualstack"): [("V6-072", "high", 4)],
    ("segment-routing-long", "none"): [("V6-072", "informational", 1)],
    ("segment-routing-long", "dualstack"): [("V6-072", "low", 1)],
    ("usual-chains", "none"): [("TUN-013", "informational", 1)],
    ("usual-chains", "dualstack"): [("TUN-013", "informational", 1)],
    ("atomic-fragments", "none"): [("V6-074", "informational", 3)],
    ("atomic-fragments", "dualstack"): [("V6-074", "low", 3)],
    ("tiny-fragments", "none"): [("V6-070", "high", 3), ("V6-070", "high", 3), ("V6-071", "informational", 1), ("V6-072", "informational", 1)],
    ("tiny-fragments", "dualstack"): [("V6-070", "high", 3), ("V6-070", "high", 3), ("V6-071", "informational", 1), ("V6-072", "medium", 1)],
    ("whole-fragments", "none"): [("TUN-013", "informational", 1)],
    ("whole-fragments", "dualstack"): [("TUN-013", "informational", 1)],
    ("overlaps", "none"): [("V6-071", "high", 1), ("V6-071", "high", 3)],
    ("overlaps", "dualstack"): [("V6-071", "critical", 3), ("V6-071", "high", 1)],
    ("overlaps-alike", "none"): [("V6-071", "informational", 1), ("V6-071", "medium", 1)],
    ("overlaps-alike", "dualstack"): [("V6-071", "informational", 1), ("V6-071", "medium", 1)],
    ("malformed", "none"): [("V6-073", "low", 8)],
    ("malformed", "dualstack"): [("V6-073", "low", 8)],
    ("malformed-flood", "none"): [("V6-073", "low", 100), ("V6-073", "medium", 140)],
    ("malformed-flood", "dualstack"): [("V6-073", "low", 100), ("V6-073", "medium", 140)],
    ("too-big", "none"): [("V6-074", "informational", 2)],
    ("too-big", "dualstack"): [("V6-074", "low", 2)],
    ("atomic-fragments-many", "none"): [("V6-074", "informational", 24)],
    ("atomic-fragments-many", "dualstack"): [("V6-074", "low", 10), ("V6-074", "medium", 24)],
    ("wrong-addresses", "none"): [("V6-061", "high", 1), ("V6-061", "high", 2), ("V6-061", "informational", 1), ("V6-061", "informational", 1), ("V6-061", "informational", 1), ("V6-061", "informational", 1), ("V6-061", "informational", 1), ("V6-061", "medium", 1), ("V6-061", "medium", 2)],
    ("wrong-addresses", "dualstack"): [("V6-061", "high", 1), ("V6-061", "high", 2), ("V6-061", "medium", 1), ("V6-061", "medium", 1), ("V6-061", "medium", 1), ("V6-061", "medium", 1), ("V6-061", "medium", 1), ("V6-061", "medium", 1), ("V6-061", "medium", 2)],
    ("wrong-addresses-declared", "none"): [],
    ("wrong-addresses-declared", "dualstack"): [("V6-061", "medium", 1), ("V6-061", "medium", 1)],
    ("right-addresses", "none"): [("TUN-010", "informational", 1)],
    ("right-addresses", "dualstack"): [("TUN-010", "medium", 1)],
    ("sensor-health", "none"): [("SYS-002", "informational", 1), ("SYS-003", "informational", 1), ("SYS-009", "informational", 1), ("SYS-010", "informational", 1), ("SYS-012", "informational", 1)],
    ("sensor-health", "dualstack"): [("SYS-002", "informational", 1), ("SYS-003", "informational", 1), ("SYS-009", "informational", 1), ("SYS-010", "informational", 1), ("SYS-012", "informational", 1)],
    ("sensor-vlans", "none"): [("SYS-007", "informational", 1)],
    ("sensor-vlans", "dualstack"): [("SYS-007", "informational", 1)],
    ("sensor-clock", "none"): [("SYS-004", "informational", 1)],
    ("sensor-clock", "dualstack"): [("SYS-004", "informational", 1)],
    ("spoofed-sources", "none"): [],
    ("spoofed-sources", "dualstack"): [("V6-062", "high", 3)],
    ("spoofed-at-boundary", "none"): [],
    ("spoofed-at-boundary", "dualstack"): [],
    ("covert", "none"): [("V6-075", "informational", 1), ("V6-075", "informational", 12)],
    ("covert", "dualstack"): [("V6-075", "informational", 1), ("V6-075", "informational", 12)],
    ("spoofed-at-boundary", "border"): [("V6-062", "high", 1)],
    ("covert", "echo"): [("V6-075", "high", 12), ("V6-075", "informational", 1), ("V6-075", "informational", 8)],
    ("via-squid", "none"): [],
    ("vrrp-failover", "none"): [],
    ("tunnels-two-way", "none"): [("TUN-001", "critical", 2), ("TUN-007", "high", 1), ("TUN-008", "critical", 2), ("TUN-008", "informational", 2), ("TUN-009", "informational", 2), ("TUN-009", "low", 2), ("TUN-009", "low", 2), ("TUN-011", "high", 2), ("TUN-012", "critical", 2), ("TUN-014", "informational", 2)],
    ("tunnels-two-way", "tunnels"): [("TUN-001", "critical", 2), ("TUN-007", "high", 1), ("TUN-008", "critical", 2), ("TUN-008", "high", 2), ("TUN-009", "critical", 2), ("TUN-009", "critical", 2), ("TUN-009", "critical", 2), ("TUN-011", "high", 2), ("TUN-012", "critical", 2), ("TUN-014", "high", 2)],
    ("tunnels-two-way", "tunnels-allowed"): [],
    ("overlays", "none"): [("TUN-014", "informational", 2), ("TUN-014", "informational", 2), ("TUN-014", "informational", 2), ("TUN-014", "informational", 2), ("TUN-014", "informational", 6)],
    ("overlays", "tunnels"): [("TUN-014", "high", 2), ("TUN-014", "high", 2), ("TUN-014", "low", 2), ("TUN-014", "low", 2), ("TUN-014", "low", 2), ("TUN-014", "low", 2), ("TUN-014", "low", 2)],
    ("overlays", "tunnels-allowed"): [],
    ("tunnels-nested", "none"): [("TUN-001", "high", 1), ("TUN-002", "high", 1), ("TUN-009", "low", 1), ("TUN-015", "high", 1), ("TUN-015", "high", 1)],
    ("tunnels-nested", "tunnels"): [("TUN-001", "high", 1), ("TUN-002", "high", 1), ("TUN-009", "high", 1), ("TUN-015", "high", 1), ("TUN-015", "high", 1)],
    ("tunnels-nested", "tunnels-allowed"): [("TUN-015", "high", 1), ("TUN-015", "high", 1)],
    ("tunnels-nested-eight", "none"): [("TUN-001", "high", 1), ("TUN-009", "low", 1), ("TUN-015", "high", 1)],
    ("stt", "none"): [("TUN-014", "informational", 2)],
    ("stt", "tunnels"): [("TUN-014", "high", 2)],
    ("stt", "tunnels-allowed"): [],
    ("gre-keepalive", "none"): [("TUN-008", "informational", 1)],
    ("gre-keepalive", "tunnels"): [("TUN-008", "medium", 1)],
    ("gre-keepalive", "tunnels-allowed"): [],
    ("teredo-bubbles", "none"): [("TUN-004", "critical", 2), ("TUN-004", "medium", 1)],
    ("teredo-bubbles", "tunnels-allowed"): [],
    ("tunnels-quoted", "none"): [("TUN-017", "informational", 1), ("TUN-017", "medium", 1), ("TUN-017", "medium", 1)],
    ("tunnels-quoted", "tunnels"): [("TUN-017", "medium", 1), ("TUN-017", "medium", 1), ("TUN-017", "medium", 1)],
    ("tunnels-quoted", "tunnels-allowed"): [],
    ("tunnels-quoted-v6", "none"): [("TUN-017", "informational", 1)],
    ("tunnels-quoted-v6", "tunnels"): [("TUN-017", "medium", 1)],
    ("tunnels-quoted-v6", "tunnels-allowed"): [],
    ("nat64", "none"): [("TUN-010", "critical", 2), ("TUN-010", "informational", 2), ("TUN-016", "informational", 1)],
    ("nat64", "tunnels"): [("TUN-010", "critical", 4), ("TUN-016", "low", 1)],
    ("nat64", "tunnels-allowed"): [("TUN-010", "critical", 4), ("TUN-016", "low", 1)],
    ("transition-native", "none"): [("TUN-002", "high", 5), ("TUN-004", "high", 5)],
    ("transition-native", "transition"): [("TUN-002", "critical", 2), ("TUN-002", "low", 3), ("TUN-004", "critical", 2), ("TUN-004", "low", 3)],
    ("transition-native", "tunnels-allowed"): [],
    ("clat-leak", "none"): [("TUN-010", "informational", 2)],
    ("clat-leak", "tunnels-clients"): [("TUN-010", "high", 2)],
    ("tsp-setup", "none"): [("TUN-012", "medium", 3)],
    ("tsp-setup", "tunnels"): [("TUN-012", "medium", 3)],
    ("tsp-setup", "tunnels-allowed"): [],
    ("sixrd", "none"): [("TUN-006", "critical", 2), ("TUN-006", "informational", 2)],
    ("sixrd", "tunnels"): [("TUN-006", "critical", 2), ("TUN-006", "critical", 2)],
    ("sixrd", "tunnels-allowed"): [],
    ("sixrd", "tunnels-6rd"): [("TUN-006", "critical", 2)],
    ("vpns", "none"): [("TUN-013", "informational", 2), ("TUN-013", "informational", 2), ("TUN-013", "informational", 2), ("TUN-013", "informational", 2), ("TUN-013", "informational", 2), ("TUN-013", "informational", 2), ("TUN-013", "informational", 2), ("TUN-013", "informational", 2), ("TUN-013", "informational", 3), ("TUN-013", "informational", 4), ("TUN-013", "informational", 6)],
    ("vpns", "tunnels"): [("TUN-013", "critical", 2), ("TUN-013", "critical", 2), ("TUN-013", "critical", 2), ("TUN-013", "critical", 2), ("TUN-013", "critical", 2), ("TUN-013", "critical", 2), ("TUN-013", "critical", 2), ("TUN-013", "critical", 2), ("TUN-013", "critical", 2), ("TUN-013", "critical", 3), ("TUN-013", "critical", 4), ("TUN-013", "high", 1), ("TUN-013", "low", 1), ("TUN-013", "medium", 2)],
    ("vpns", "tunnels-allowed"): [],
    ("vpn-lookalikes", "none"): [],
    ("vpn-lookalikes", "tunnels"): [],
    ("vpn-lookalikes", "tunnels-allowed"): [],
    ("unknown-encapsulation", "none"): [("TUN-018", "high", 1), ("TUN-018", "high", 1)],
    ("unknown-encapsulation", "tunnels"): [("TUN-018", "high", 1), ("TUN-018", "high", 1)],
    ("unknown-encapsulation", "tunnels-allowed"): [],
    ("tunnel-names", "none"): [("TUN-016", "informational", 5), ("TUN-016", "medium", 1), ("TUN-016", "medium", 1)],
    ("tunnel-names", "tunnels"): [("TUN-016", "low", 5), ("TUN-016", "medium", 1), ("TUN-016", "medium", 1)],
    ("tunnel-names", "tunnels-allowed"): [("TUN-016", "low", 5), ("TUN-016", "medium", 1), ("TUN-016", "medium", 1)],
}


def outcome(capture, policy):
    args = [] if policy == "none" else ["-c", f"captures/policy/{policy}.yml"]
    args += ["--lanes", "2"] if MODE == "tsan" else []  # threads for the one that looks at threads
    last = {}
    for o in alerts(*args, f"captures/{capture}.pcap"):
        last[o["sekimori"]["alert"]["id"]] = (o["rule"]["id"], o["sekimori"]["severity"], o["sekimori"]["alert"]["count"])
    return sorted(last.values())


def test_every_capture_raises_what_the_table_says_and_nothing_else():
    bad = []
    for (capture, policy), want in TABLE.items():
        got = outcome(capture, policy)
        if got != want:
            bad.append(f"{capture} with {policy}: {got}, wanted {want}")
    assert not bad, "\n".join(bad)


def doubled(capture, folder):
    """Every frame of a capture twice, 12 microseconds apart: what a mirror of both a port and its VLAN shows."""
    data, at = (ROOT / f"captures/{capture}.pcap").read_bytes(), 24
    path = Path(folder) / f"{capture}.pcap"
    with open(path, "wb") as f:
        f.write(data[:24])
        while at < len(data):
            second, micro, n, wire = struct.unpack_from("<IIII", data, at)
            frame = data[at + 16:at + 16 + n]
            for later in (0, 12):
                t = second * 1_000_000 + micro + later
                f.write(struct.pack("<IIII", t // 1_000_000, t % 1_000_000, n, wire) + frame)
            at += 16 + n
    return path


def test_a_mirror_that_doubles_every_frame_changes_no_alert_and_no_count():
    if MODE != "release":
        print("the doubled captures are compared with the release build; this build reads each capture once")
        return
    with tempfile.TemporaryDirectory() as folder:
        for (capture, policy), want in TABLE.items():
            path = doubled(capture, folder)
            args = [] if policy == "none" else ["-c", f"captures/policy/{policy}.yml"]
            code, out, err = run("read", "--quiet", "--format", "json", *args, path)
            assert code == 0, err
            last = {}
            for o in map(json.loads, out.splitlines()):
                last[o["sekimori"]["alert"]["id"]] = (o["rule"]["id"], o["sekimori"]["severity"], o["sekimori"]["alert"]["count"])
            last = {k: v for k, v in last.items() if v[0] != "SYS-012" or v in want}  # which says that the mirror doubles
            assert sorted(last.values()) == want, f"{capture} doubled, with {policy}: {sorted(last.values())}, wanted {want}"
            for lanes in (1, 2, 8):
                assert run("read", "--quiet", "--format", "json", "--lanes", lanes, *args, path)[1] == out, f"{capture} doubled: {lanes} lanes"


def test_every_small_capture_has_a_row():
    names = {p.stem for p in (ROOT / "captures").glob("*.pcap")}
    assert names == {capture for capture, _ in TABLE}, names ^ {capture for capture, _ in TABLE}


if __name__ == "__main__":
    if "--print" in sys.argv:
        for key in TABLE:
            print(f"    {key}: {outcome(*key)},".replace("'", '"'))
        sys.exit(0)
    main(globals())
