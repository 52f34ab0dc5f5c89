#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema of the policy: the one shipped is the one the program prints, every right policy fits it, and of a table of wrong
ones it refuses what `policy check` refuses, as far as one file alone shows it."""
import json
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import CORPUS, ROOT, main, run

import jsonschema
import yaml

TMP = tempfile.TemporaryDirectory(prefix="sekimori-policy-schema-")
DIR = Path(TMP.name)
SCHEMA = json.loads(run("schema", "policy")[1])
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


class Yaml12(yaml.SafeLoader):
    """Scalars as YAML 1.2 has them: a date is text, `yes` is text, no base 60."""


Yaml12.yaml_implicit_resolvers = {}
for tag, pattern, first in (("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]), ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
                            ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
                            ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?$", list("-+.0123456789"))):
    Yaml12.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), first)


def fits(text):
    """@return None, or why not"""
    error = jsonschema.exceptions.best_match(VALIDATOR.iter_errors(yaml.load(text, Yaml12)))
    return error and f"{list(error.absolute_path)}: {error.message[:200]}"


def quoted(text):
    """The traps of YAML 1.1 readers that libyaml falls into, and PyYAML with it: addresses in brackets that begin or end with a colon."""
    return re.sub(r"(?<=[\[, ])((?:[0-9A-Fa-f]*:)+[0-9A-Fa-f:.]*(?:/\d+)?)(?=[\],}]|$)", r'"\1"', text, flags=re.M)


def test_the_shipped_schema_is_the_programs():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    shipped = json.loads((ROOT / "deploy/schema/sekimori-policy-1.schema.json").read_text())
    assert shipped == SCHEMA, "deploy/schema/sekimori-policy-1.schema.json is not what `sekimori schema policy` prints. Write it anew: " \
        "sekimori schema policy | python3 -m json.tool --no-ensure-ascii --indent 1 > deploy/schema/sekimori-policy-1.schema.json"


def test_every_key_says_what_it_is():
    def keys(o, path):
        for name, v in o.get("properties", {}).items():
            assert v.get("description"), f"{path}.{name}"
            for child in children(v):
                yield from keys(child, f"{path}.{name}")
            yield f"{path}.{name}"

    def children(v):
        if isinstance(v, dict):
            if "properties" in v:
                yield v
            else:
                for x in v.values():
                    yield from children(x)
        elif isinstance(v, list):
            for x in v:
                yield from children(x)
    assert len(list(keys(SCHEMA, ""))) > 180


def test_right_policies_fit():
    paths = [ROOT / "deploy/policy.yml", ROOT / "deploy/policy-minimal.yml", *sorted((ROOT / "captures/policy").glob("*.yml"))]
    if CORPUS:
        paths += sorted(Path(CORPUS, "examples").glob("policy*.yml"))
    for path in paths:
        code, _, err = run("policy", "check", path)
        assert code == 0, err
        why = fits(quoted(path.read_text()))
        if "is cut off: a comma within" in err:  # told as a warning: the rest of a text became keys without values
            assert why and ("他団体" in why or "None" in why), why
            continue
        assert not why, f"{path}: {why}"


ROUTER = "segments: {{s: {{vlan: 1, routers: [{{link_local: 'fe80::1', {}}}]}}}}"
EXCEPTION = "exceptions: [{{id: e, rule: r, where: {{port: 1}}, effect: mute, owner: o, approver: a, reason: r, until: 2200-01-01{}}}]"
# (policy, wrong for the schema too); all are wrong for policy check
WRONG = [
    ("segements: {}", True), ("site: {nmae: x}", True), ("site: {language: jp}", True), ("site: {review: {last: 2026-1-1}}", True),
    ("site: {review: {every: monthly}}", True), ("site: {model: gamma}", True), ("site: {hours: {weekdays: '8-17'}}", True),
    ("site: {authority: {payload: all}}", True), ("site: []", True), ("site: {own_clauses: {abc: x}}", True),
    ("taps: {a: {sees: both}}", True), ("taps: [a]", True), ("taps: {any: {}}", True), ("taps: {'a b': {}}", True),
    ("mirror_encap: [erspam]", True), ("mirror_encap: [{kind: tzsp, to: []}]", True), ("mirror_encap: [{kind: tzsp, port: 1}]", True),
    ("segments: {s: {vlan: 4095}}", True), ("segments: {s: {vlan: [1, 1]}}", True), ("segments: {s: {vlan: []}}", True),
    ("segments: {s: {vlan: '30'}}", True), ("segments: {s: {vni: 16777216}}", True), ("segments: {s: {vlan: 1, ipv6: maybe}}", True),
    ("segments: {s: {vlan: 1, since: tomorrow}}", True), ("segments: {s: {vlan: 1, clients: 1}}", True),
    ("segments: {s: {vlan: 1, routers6: []}}", True), ("segments: {s: {vlan: 1, prefixes: [10.0.0.1]}}", True),
    ("segments: {s: {vlan: 1, prefixes: [10.0.0.0/33]}}", True), ("segments: {s: {vlan: 1, tolerate: {kinds: [ra], until: 2200-01-01}}}", True),
    (ROUTER.format("flags: [X]"), True), (ROUTER.format("pref: higher"), True), (ROUTER.format("mtu: 1279"), True),
    (ROUTER.format("lifetime_max: soon"), True), (ROUTER.format("mac: 00-0O-5E-00-53-01"), True), (ROUTER.format("rdnss: [10.0.0.0/8]"), True),
    (ROUTER.format("dnssl: ['*.a.example']"), True), (ROUTER.format("pd_dynamic: sometimes"), True), (ROUTER.format("prefixes: {}"), True),
    ("segments: {s: {vlan: 1, routers: {mac: 00-00-5E-00-53-01}}}", True), ("segments: {s: {vlan: 1, dhcpv6_servers: [{duid: 'xx'}]}}", True),
    ("segments: {s: {vlan: 1, nd_scope: near}}", True), ("segments: {s: {vlan: 1, icmpv6_echo_inbound: yes please}}", True),
    ("segments: {s: {vlan: 1, mld_queriers: [me]}}", True), ("zones: {z: {side: above}}", True), ("zones: {z: {weight: 3}}", True),
    ("zones: {z: {web: proxy}}", True), ("flows: [{to: any, service: any}]", True), ("flows: [{from: any, to: any}]", True),
    ("flows: [{from: any, to: any, service: any, action: block}]", True), ("flows: [{from: any, to: any, service: any, ip: 5}]", True),
    ("flows: [{from: [], to: any, service: any}]", True), ("flows: {from: any}", True), ("one_way: [{from: internet, to: internet}]", True),
    ("one_way: [{from: internet, to: internet, back: all}]", True), ("one_way: [{from: internet, to: internet, back: {bytes: 1}}]", True),
    ("proxies: [{ports: [1]}]", True), ("proxies: [{ip: 10.0.0.1, ports: [0]}]", True), ("proxies: [{ip: 10.0.0.1, kind: open}]", True),
    ("proxies: 10.0.0.1", True), ("no_proxy: [{hosts: [10.0.0.1], until: soon}]", True), ("no_proxy: [{to: {names: ['*']}}]", True),
    ("dns: {resolvers: [10.0.0.300]}", True), ("dns: {resolver: []}", True), ("dns: {authoritative: [{ip: 10.0.0.1}]}", True),
    ("dns: {nat64_prefixes: ['64:ff9b::']}", True), ("dns: {internal_names: ['a b']}", True), ("mail: {mx: [mail]}", True),
    ("mail: {spf_own_must_end: '+all'}", True), ("mail: {show_local_parts: no way}", True), ("ntp_servers: {a: 1}", True),
    ("tunnels: [{id: x}]", True), ("tunnels: [{kind: 6in5}]", True), ("tunnels: [{kind: 6rd, ipv4_mask_len: 33}]", True),
    ("scanners: [{why: x}]", True), ("services: [{names: [a.example]}]", True), ("services: [{id: x, ips: 10.0.0.1, approved: 1}]", True),
    ("services_unlisted: ask", True), ("services_ports: {a: 443}", True), ("srv6_domains: ['5f00::']", True),
    ("devices: {encoding: ebcdic}", True), ("devices: [{ip: 10.0.0.1, state: gone}]", True), ("devices: [{ip: 10.0.0.1, colour: red}]", True),
    ("devices: {also: {ip: 10.0.0.1}}", True), ("devices: [{ip: 10.0.0.0/24}]", True),
    *((re.sub(rf"\b{k}: ({{[^}}]*}}|[^,}}]*)(, )?", "", EXCEPTION.format("")).replace(", }", "}"), True)
      for k in ("id", "rule", "where", "effect", "owner", "approver", "reason", "until")),
    (EXCEPTION.format(", note: x"), True), (EXCEPTION.format("").replace("{port: 1}", "{}"), True), (EXCEPTION.format("").replace("mute", "hide"), True),
    (EXCEPTION.format("").replace("rule: r,", "rule: 'a b',"), True), (EXCEPTION.format("").replace("port: 1", "sorce: 10.0.0.1"), True),
    ("watch: {ra-flood: 50}", True), ("watch: {ra-flood: {gtt: 50}}", True), ("watch: {ra-flood: {gt: many}}", True), ("watch: {loss_alert: much}", True),
    ("watch: {silent_mirror: {core: long}}", True), ("sekimori-policy: 2", True),
    # what only the whole tells
    ("segments: {s: {vlan: 1, zone: none}}", False), ("segments: {a: {vlan: 1}, b: {vlan: 1}}", False), ("segments: {s: {ipv6: unknown}}", False),
    ("segments: {s: {vlan: 1, since: 2026-02-30}}", False), ("proxies: [{ip: 10.0.0.1/8}]", False), ("flows: [{from: a, to: any, service: any}]", False),
    ("flows: [{from: any, to: any, service: [htps]}]", False), ("tunnels: [{kind: gre, id: A}, {kind: gre, id: A}]", False),
    ("watch: {ra-flood: {gt: 1, lt: 2}}", False), ("no_proxy: [{why: x}]", False), ("devices: [{name: x}]", False),
]


def test_check_and_schema_refuse_the_same():
    wrong = []
    for text, too in WRONG:
        path = DIR / "wrong.yml"
        path.write_text(text + "\n" if text.startswith("sekimori-policy") else f"sekimori-policy: 1\n{text}\n")
        code, _, err = run("policy", "check", path)
        why = fits(path.read_text())
        if code != 1:
            wrong.append(f"policy check takes it: {text}\n{err}")
        if bool(why) != too:
            wrong.append(f"the schema {'takes' if too else 'refuses'} it: {text} ({why})")
    assert not wrong, "\n".join(wrong)


if __name__ == "__main__":
    main(dict(globals()))
