"""What bandwidth.yaml and keys.yaml order, carried out by the real process: from the file to the page."""

import secrets
import signal
import sys
from pathlib import Path

import pytest

from bridgewatch.model.bandwidth import AgentState, CounterGap
from tests.daemon.daemon import ROOT, Plan, Running
from tests.daemon.province import DOWN, UP
from tests.lab.line import Line, plain_line
from tests.lab.process import Process
from tests.snmp.snmpd import AUTH_KEY, COMMUNITY, PRIV_KEY, Snmpd

pytestmark = pytest.mark.root

AUTHENTICATED, ECHOED = Line.targets(2)


def write(directory: Path, sites: str, **files: str) -> Path:
    Plan([], {"wan": ["192.0.2.2", "198.51.100.1"]}, interval="100ms").write(directory)
    (directory / "sites.d" / "sites.yaml").write_text(sites, encoding="utf-8")
    for name, text in files.items():
        (directory / f"{name}.yaml").write_text(text, encoding="utf-8")
    return directory


def reflector(lab, keys: Path) -> Process:
    options = ["--listen", ":862", "--allow", "192.0.2.0/24", "--keys", str(keys), "--require-authentication"]
    process = lab.popen("far", [sys.executable, "-m", "bridgewatch", "reflector", *options], cwd=ROOT)
    process.wait_for("keys of 1 networks read")
    return process


def own_series(daemon: Running, name: str) -> float:
    (line,) = [one for one in daemon.page().splitlines() if one.startswith(f"{name} ")]
    return float(line.split()[1])


SEALED = f"""
sites:
  - id: xa
    name: Điểm cầu xa
    level: province
    links:
      wan: {{carrier: vnpt, target: {{stamp: "{AUTHENTICATED}:862", stateful: true, key: xa-wan}}}}
"""


def test_authenticated_probes_follow_the_key_files_without_a_restart(lab, tmp_path):
    plain_line(lab)
    ours, theirs = tmp_path / "keys" / "xa-wan", tmp_path / "reflector-keys"
    ours.parent.mkdir()
    old, new = secrets.token_hex(32), secrets.token_hex(32)
    ours.write_text(f"{old}\n")
    theirs.write_text(f"192.0.2.0/24 {old}\n192.0.2.0/24 {new}\n")
    far = reflector(lab, theirs)
    daemon = Running(lab, write(tmp_path / "config", SEALED, keys=f"directory: {ours.parent}\n"))
    daemon.until(lambda: daemon.states() == {"xa/wan": UP}, 30.0)
    daemon.until(lambda: "xa/wan" in daemon.series("bridgewatch_one_way_loss_ratio"))

    ours.write_text(f"{new}\n")
    daemon.process.signal(signal.SIGHUP)
    daemon.until(lambda: daemon.series("bridgewatch_config_reloads_total", "outcome")["ok"] == 1)
    theirs.write_text(f"192.0.2.0/24 {new}\n")
    far.signal(signal.SIGHUP)
    received = daemon.series("bridgewatch_probes_received_total")["xa/wan"]
    daemon.until(lambda: daemon.series("bridgewatch_probes_received_total")["xa/wan"] > received + 20)
    assert set(daemon.series("bridgewatch_probes_lost_total").values()) == {0.0}

    # Named elsewhere, and another key: nobody's probes are answered but those of who has the right one.
    other = tmp_path / "elsewhere"
    other.write_text(secrets.token_hex(32))
    write(daemon.directory, SEALED, keys=f"keys: {{xa-wan: {{file: {other}}}}}\n")
    daemon.until(lambda: daemon.states() == {"xa/wan": DOWN}, 30.0)
    other.write_text(new)
    daemon.process.signal(signal.SIGHUP)
    daemon.until(lambda: daemon.states() == {"xa/wan": UP}, 30.0)
    assert new not in daemon.process.output
    assert old not in daemon.process.output


ROUTED = """
sites:
  - id: xa
    name: Điểm cầu xa
    level: province
    snmp: {{host: {host}, port: {port}, credentials: noc}}
    links:
      wan:
        carrier: vnpt
        contract: {{down: 20M, up: 20M}}
        target: {target}
        snmp: {{interface: {interface}, facing_site: true{more}}}
"""
BANDWIDTH = """
snmp:
  interval: 2s
  credentials:
    noc: {{version: 3, user: noc, auth: sha, auth_key: {{file: {auth}}}, priv: aes128, priv_key: {{file: {priv}}}}}
    old: {{version: 2c, community: {{file: {community}}}}}
"""


def test_a_router_is_read_with_the_credentials_that_the_files_name(lab, tmp_path):
    line = plain_line(lab)
    agent = Snmpd(
        tmp_path / "snmpd",
        f"createUser noc SHA {AUTH_KEY} AES {PRIV_KEY}\nrouser noc priv\nrocommunity {COMMUNITY} 192.0.2.0/24",
        address=line.near.b.v4,
        prefix=["ip", "netns", "exec", lab.namespace("router")],
    )
    places = {name: tmp_path / name for name in ("auth", "priv", "community")}
    for name, value in (("auth", AUTH_KEY), ("priv", PRIV_KEY), ("community", COMMUNITY)):
        places[name].write_text(f"{value}\n")

    def sites(interface: str, more: str = "") -> str:
        place = {"host": agent.address, "port": agent.port, "target": ECHOED}
        return ROUTED.format(interface=interface, more=more, **place)

    bandwidth = BANDWIDTH.format(**places)
    with agent:
        daemon = Running(lab, write(tmp_path / "config", sites("no-such-0"), bandwidth=bandwidth))

        def shows(family: str, value: float) -> bool:
            return daemon.series(family).get("xa/wan") == value

        daemon.until(lambda: shows("bridgewatch_snmp_agent_state", AgentState.ANSWERING), 30.0)
        daemon.until(lambda: shows("bridgewatch_counter_gap", CounterGap.MISSING))
        # Named right, and read as another user from now on: both take effect by themselves.
        write(daemon.directory, sites(line.far.a.device, ", credentials: old"), bandwidth=bandwidth)
        daemon.until(lambda: shows("bridgewatch_interface_up", 1))
        daemon.until(lambda: "xa/wan" in daemon.series("bridgewatch_utilization_ratio"))
        rate = daemon.series("bridgewatch_bandwidth_bits_per_second", "direction")
    assert 8 * 10 * 60 < rate["down"] < 100_000  # ten echoes a second, and hardly anything else
    for secret in (AUTH_KEY, PRIV_KEY, COMMUNITY):
        assert secret not in daemon.process.output
