#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Routers and servers as offices run them, and as intruders do: radvd, dnsmasq, Kea, a DHCPv6 client, a Teredo client and server."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from cases import case, main  # noqa: E402
from lan import wait_for  # noqa: E402
from policies import policy, router  # noqa: E402

PREFIX = "2001:db8:5::/64"
DNS = "2001:db8:5::53"


def gateway(lan):
    return lan.host("gateway", router=True, addresses=["2001:db8:5::1/64"])


def radvd(lan, host, prefix, more="", dns=None):
    """radvd on that host: one prefix, intervals as short as the program allows."""
    answer = f"RDNSS {dns} {{}};" if dns else ""
    conf = lan.file(f"radvd-{host}.conf", f"interface eth0 {{ AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; {more}\n"
                                          f"  prefix {prefix} {{ AdvOnLink on; AdvAutonomous on; }}; {answer}\n}};\n")
    return lan.start(host, ["radvd", "-n", "-C", conf, "-p", lan.tmp / f"radvd-{host}.pid", "-m", "stderr"])


def follows(lan, name, prefix):
    wait_for(lambda: any(a.startswith(prefix) for a in lan.global_addresses(name)), f"{name} does not take {prefix}")


@case("radvd")
def radvd_as_declared(lan):
    g = gateway(lan)
    with lan.watch(policy(routers=[router(g, rdnss=[DNS])], dhcpv6=[], extra=f'dns: {{resolvers: ["{DNS}"]}}\n')) as seen:
        radvd(lan, "gateway", PREFIX, dns=DNS)
        lan.host("client", quiet=False)
        follows(lan, "client", "2001:db8:5:")
    return seen, {}


@case("radvd")
def radvd_of_an_intruder(lan):
    g = gateway(lan)
    lan.host("intruder", router=True)
    with lan.watch(policy(routers=[router(g)], dhcpv6=[])) as seen:
        radvd(lan, "intruder", "2001:db8:bad::/64")
        lan.host("client", quiet=False)
        follows(lan, "client", "2001:db8:bad:")
    return seen, {"V6-011": "critical"}


@case("radvd")
def radvd_where_ipv6_is_forbidden(lan):
    gateway(lan)
    with lan.watch(policy(ipv6="forbidden")) as seen:
        radvd(lan, "gateway", PREFIX)
        lan.host("client", quiet=False)
        follows(lan, "client", "2001:db8:5:")
    return seen, {"V6-001": "high", "V6-002": "low", "V6-003": "low", "V6-011": "critical", "V6-050": "high"}


@case("radvd")
def radvd_of_the_router_says_more_than_declared(lan):
    g = gateway(lan)
    with lan.watch(policy(routers=[router(g, rdnss=[DNS], flags=[])], dhcpv6=[], extra=f'dns: {{resolvers: ["{DNS}"]}}\n')) as seen:
        radvd(lan, "gateway", "2001:db8:6::/64", more="AdvManagedFlag on;", dns="2001:db8:6::53")
        lan.host("client", quiet=False)
        follows(lan, "client", "2001:db8:6:")
    return seen, {"V6-014": "high"}


@case("radvd")
def radvd_goes_away(lan):
    g = gateway(lan)
    with lan.watch(policy(routers=[router(g)], dhcpv6=[])) as seen:
        server = radvd(lan, "gateway", PREFIX)
        lan.host("client", quiet=False)
        follows(lan, "client", "2001:db8:5:")
        lan.stop(server)  # says lifetime 0 (RFC 4861 6.2.5)
    return seen, {"V6-013": "high"}


@case("radvd", "atk6-kill_router6")
def kill_router6_of_a_router_that_advertised(lan):
    """Lifetime 0 in the router's name by another MAC, while the router goes on."""
    g = gateway(lan)
    lan.host("attacker")
    with lan.watch(policy(routers=[router(g)], dhcpv6=[])) as seen:
        radvd(lan, "gateway", PREFIX)
        lan.host("client", quiet=False)
        follows(lan, "client", "2001:db8:5:")
        lan.run("attacker", ["atk6-kill_router6", "eth0", g["ll"]], seconds=2)
    return seen, {"V6-011": "high", "V6-013": "critical", "V6-030": "critical"}


def dnsmasq(lan, host, dns):
    return lan.start(host, ["dnsmasq", "--no-daemon", "--port=0", "--conf-file=/dev/null", "--interface=eth0", f"--dhcp-leasefile={lan.tmp / 'leases'}",
                            "--dhcp-range=2001:db8:5::100,2001:db8:5::1ff,64,12h", f"--dhcp-option=option6:dns-server,[{dns}]"])


def kea(lan, host, dns, lifetime=43200):
    conf = {"Dhcp6": {"interfaces-config": {"interfaces": ["eth0"]}, "lease-database": {"type": "memfile", "persist": False},
                      "renew-timer": lifetime // 2, "rebind-timer": lifetime * 4 // 5, "preferred-lifetime": lifetime, "valid-lifetime": lifetime,
                      "server-id": {"type": "LL", "persist": False},
                      "option-data": [{"name": "dns-servers", "data": dns}],
                      "subnet6": [{"id": 1, "subnet": PREFIX, "interface": "eth0", "pools": [{"pool": "2001:db8:5::100-2001:db8:5::1ff"}]}],
                      "loggers": [{"name": "kea-dhcp6", "output_options": [{"output": "stdout"}], "severity": "INFO"}]}}
    p = lan.start(host, ["env", f"KEA_PIDFILE_DIR={lan.tmp}", f"KEA_LOCKFILE_DIR={lan.tmp}", "kea-dhcp6", "-c", lan.file(f"kea-{host}.json", json.dumps(conf))])
    lan.ready(p, "DHCP6_STARTED")
    return p


def lease(lan, name):
    """A lease taken by ISC's client."""
    leases = lan.tmp / f"lease-{name}"
    p = lan.start(name, ["dhclient", "-6", "-1", "-v", "-d", "-sf", "/bin/true", "-lf", leases, "-pf", lan.tmp / f"pid-{name}", "eth0"])
    wait_for(lambda: leases.exists() and "iaaddr" in leases.read_text() or p.poll() is not None, lambda: f"no lease: {p.log.read_text()[-800:]}")
    lan.stop(p)
    assert "iaaddr" in leases.read_text(), p.log.read_text()[-800:]


def dhcpv6(lan, start, declared, *args):
    g = gateway(lan)
    s = lan.host("server", addresses=["2001:db8:5::2/64"])
    lan.host("client")
    servers = [{"mac": s["policy_mac"]}] if declared else []
    with lan.watch(policy(routers=[router(g)], dhcpv6=servers, extra=f'dns: {{resolvers: ["{DNS}"]}}\n')) as seen:
        start(lan, "server", *args)
        lease(lan, "client")
    return seen


@case("dnsmasq", "dhclient")
def dnsmasq_as_declared(lan):
    return dhcpv6(lan, dnsmasq, True, DNS), {}


@case("dnsmasq", "dhclient")
def dnsmasq_of_an_intruder(lan):
    return dhcpv6(lan, dnsmasq, False, "2001:db8:5::2"), {"V6-015": "critical", "V6-021": "critical"}


@case("kea-dhcp6", "dhclient")
def kea_as_declared(lan):
    return dhcpv6(lan, kea, True, DNS), {}


@case("kea-dhcp6", "dhclient")
def kea_of_an_intruder_names_itself_with_short_lifetimes(lan):
    """mitm6's second half (detections.md 0.3) by a real server."""
    return dhcpv6(lan, kea, False, "2001:db8:5::2", 300), {"V6-015": "critical", "V6-021": "critical", "V6-022": "critical"}


@case("kea-dhcp6", "dhclient", "radvd")
def a_lure_and_a_server_take_dns_over(lan):
    """mitm6's whole pattern by real programs: lifetime 0 with M and O, then DHCPv6 that names itself as DNS server."""
    g = gateway(lan)
    lan.host("intruder", router=True, addresses=["2001:db8:5::2/64"])
    lan.host("client")
    with lan.watch(policy(routers=[router(g)], dhcpv6=[], extra=f'dns: {{resolvers: ["{DNS}"]}}\n')) as seen:
        conf = lan.file("lure.conf", "interface eth0 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime 0; AdvManagedFlag on; AdvOtherConfigFlag on; };\n")
        lan.start("intruder", ["radvd", "-n", "-C", conf, "-p", lan.tmp / "lure.pid", "-m", "stderr"])
        kea(lan, "intruder", lan.hosts["intruder"]["ll"], 300)
        lease(lan, "client")
    return seen, {"V6-011": "critical", "V6-015": "critical", "V6-021": "critical", "V6-022": "critical"}


@case("atk6-fake_dhcps6", "dhclient")
def fake_dhcps6(lan):
    g = gateway(lan)
    lan.host("attacker")
    lan.host("client")
    with lan.watch(policy(routers=[router(g)], dhcpv6=[])) as seen:
        tool = lan.start("attacker", ["atk6-fake_dhcps6", "eth0", "2001:db8:bad::/64", "2001:db8:bad::53"])
        wait_for(lambda: ":547" in lan.inside("attacker", "ss", "-lun").stdout, lambda: f"the tool does not listen: {tool.log.read_text()}")
        lease(lan, "client")
        lan.stop(tool)
    return seen, {"V6-021": "critical"}


@case("miredo", "miredo-server")
def miredo_client_and_server(lan):
    """A Teredo client inside qualifies at a server outside (RFC 4380 5.2)."""
    lan.host("client", ipv6=False, addresses=["192.0.2.10/24"])
    lan.host("world", ipv6=False, addresses=["203.0.113.221/24", "203.0.113.222/24"])
    lan.inside("client", "ip", "route", "add", "203.0.113.0/24", "dev", "eth0")
    lan.inside("world", "ip", "route", "add", "192.0.2.0/24", "dev", "eth0")
    for h in ("client", "world"):
        lan.inside(h, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0")
        lan.inside(h, "sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1")
    with lan.watch(policy(ipv6="unknown")) as seen:
        server = lan.file("server.conf", "ServerBindAddress 203.0.113.221\nServerBindAddress2 203.0.113.222\n")
        lan.start("world", ["miredo-server", "-f", "-u", "nobody", "-c", server, "-p", lan.tmp / "server.pid"])
        wait_for(lambda: ":3544" in lan.inside("world", "ss", "-lun").stdout, "the Teredo server does not listen")
        client = lan.file("client.conf", "InterfaceName teredo\nServerAddress 203.0.113.221\nServerAddress2 203.0.113.222\n")
        lan.start("client", ["miredo", "-f", "-u", "nobody", "-c", client, "-p", lan.tmp / "client.pid"])
        wait_for(lambda: "2001:0:cb00:71dd" in lan.inside("client", "ip", "-6", "addr").stdout.replace("2001::", "2001:0:") or "2001:0:cb00" in lan.inside("client", "ip", "-6", "addr").stdout,
                 lambda: "the client does not qualify: " + lan.inside("client", "ip", "-6", "addr").stdout)
    return seen, {"TUN-003": "high"}


if __name__ == "__main__":
    main()
