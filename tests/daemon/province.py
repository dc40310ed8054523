"""A small province behind two ways out, watched by the real process."""

from ipaddress import ip_network
from pathlib import Path
from typing import Final, NamedTuple

from bridgewatch.model.words import LinkState
from tests.daemon.daemon import Circuit, Plan, Running
from tests.lab.impairment import Impairment
from tests.lab.topology import Lab
from tests.wire.two_ways import REFERENCES, TARGETS, Way, two_ways_out

UNKNOWN: Final = int(LinkState.UNKNOWN)
UP: Final = int(LinkState.UP)
DOWN: Final = int(LinkState.DOWN)
BLIND: Final = int(LinkState.BLIND)


class Province(NamedTuple):
    """The lab's ways, what is configured, and the daemon that watches it."""

    ways: dict[str, Way]
    plan: Plan
    daemon: Running


def address(number: int, family: int) -> str:
    """Target `number` of the site."""
    return str(ip_network(TARGETS[family == 6])[number])


def plan_of(family: int, *, wan: int = 4, internet: int = 2, interval: str = "1s") -> Plan:
    """`wan` and `internet` links; the carriers take turns on the WAN."""
    circuits = [
        Circuit(f"xa-{n}", address(n, family), "wan", ("vnpt", "viettel")[n % 2]) for n in range(1, wan + 1)
    ]
    circuits += [
        Circuit(f"net-{n}", address(100 + n, family), "internet", "fpt") for n in range(1, internet + 1)
    ]
    references = {
        network: [str(ip_network(subnets[family == 6])[n]) for n in (1, 2)]
        for network, subnets in REFERENCES.items()
    }
    return Plan(circuits, references, {"wan": "wan", "internet": "internet"}, interval)


def watched(
    lab: Lab, directory: Path, plan: Plan, *, delay: float | None = None, seconds: float = 30.0
) -> Province:
    """The province, all of it up."""
    ways = two_ways_out(lab, wan=None if delay is None else Impairment(delay=delay))
    plan.write(directory / "config")
    daemon = Running(lab, directory / "config")
    daemon.until(lambda: set(daemon.states().values()) == {UP}, seconds)
    return Province(ways, plan, daemon)


def links(plan: Plan, network: str, carrier: str = "") -> list[str]:
    """Ids of the links of a network, or of one carrier there."""
    return [
        f"{circuit.name}/{network}"
        for circuit in plan.circuits
        if circuit.network == network and carrier in ("", circuit.carrier)
    ]


def targets(plan: Plan, network: str, carrier: str = "") -> list[str]:
    """Their targets."""
    return [
        circuit.target
        for circuit in plan.circuits
        if circuit.network == network and carrier in ("", circuit.carrier)
    ]
