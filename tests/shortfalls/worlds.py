"""Houses in which traffic is counted, links are tested, and bandwidth has the shipped policy."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bridgewatch.config.people.shipped import SHIPPED_POLICIES
from bridgewatch.core.oncall.zones import instant, ordinal
from bridgewatch.model.bandwidth import (
    MTU_SHARE,
    Contract,
    Direction,
    Method,
    Server,
    Snmp,
    Throughput,
    ThroughputTerms,
    Use,
)
from bridgewatch.model.calendar import Event
from bridgewatch.model.commands import AskThroughput
from bridgewatch.model.ids import LinkId, ServerId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import AnyEntry
from bridgewatch.model.policy import BANDWIDTH
from tests.incidents.worlds import L, world
from tests.paging.worlds import ZONE, House, people

M = 1_000_000
MINUTE = 60
HOUR = 3600
SECOND = 10**9
XA, BAN, TINH = LinkId("xa/wan"), LinkId("ban/wan"), LinkId("tinh/wan")
DAY = ordinal("2026-11-26")
CONTRACT = Contract(20 * M, 10 * M)


def at(clock: str, day: int = 0) -> int:
    """A local time."""
    hours, minutes = clock.split(":")
    return instant(ZONE, DAY + day, 60 * int(hours) + int(minutes))


def village(events: Iterable[Event] = (), contract: Contract | None = CONTRACT, **changes: Any) -> Inventory:
    """A province and two communes behind it, all counted and testable."""
    directory = people()
    policies = {**directory.policies, BANDWIDTH: SHIPPED_POLICIES[BANDWIDTH]}
    links = [L(TINH), L(XA, via=TINH), L(BAN, via=TINH, carrier="viettel")]
    made = world(links, people=replace(directory, policies=policies), events=events)
    server = Server(ServerId("far"), Method.TCP, host="192.0.2.1")
    terms = ThroughputTerms(server=server, methods=(Method.TCP,), octets_per_day=10**12)
    known = {
        name: replace(
            link,
            contract=Contract(1000 * M, 1000 * M) if name == TINH else contract,
            snmp=Snmp("192.0.2.9", f"Gi0/{name}"),
            throughput=terms,
            **changes,
        )
        for name, link in made.links.items()
    }
    return replace(made, links=known)


class Town(House):
    """A house whose clock begins when a test wants it to."""

    def minute(self, *shares: float, link: LinkId = XA, **told: Any) -> list[AnyEntry]:
        """A minute passes for each share of the contract that goes down the link."""
        written = []
        for share in shares:
            written += self.wait(60)
            written += self.read(link, share * CONTRACT.down, **told)
        return written

    def read(self, link: LinkId = XA, down: float | None = None, **told: Any) -> list[AnyEntry]:
        """One reading."""
        use = Use(
            link, self.now_ns - self.offset_ns, 60.0, down=down, up=None if down is None else 0.0, **told
        )
        return self.note(list(self.paging.observe_use([use], self.now_ns, self.offset_ns)))

    def begin_test(self, link: LinkId = XA, **asked: Any) -> str:
        """A test begins now, and is on the link when this returns."""
        command = AskThroughput(
            actor="An",
            links=(link,),
            earliest_ns=self.now_ns,
            latest_ns=self.now_ns + HOUR * SECOND,
            **asked,
        )
        assert not self.command(command).hindered
        (order,) = self.paging.due_tests(self.now_ns)
        return order.test

    def end_test(self, test: str, down: float | None = None, up: float | None = None) -> list[AnyEntry]:
        """It found these rates, Mbit/s of IP packets."""
        rates = {Direction.DOWN: down, Direction.UP: up}
        results = tuple(
            Throughput(direction, Method.TCP, rate * M * MTU_SHARE, 1000, 10.0)
            for direction, rate in rates.items()
            if rate is not None
        )
        return self.note(
            list(self.paging.test_result(test, results, 2000, "", self.now_ns))  # type: ignore[arg-type]
        )

    def measure(self, down: float, up: float, link: LinkId = XA, **asked: Any) -> list[AnyEntry]:
        """A whole test."""
        test = self.begin_test(link, **asked)
        return self.wait(30) + self.end_test(test, down, up)


def town(clock: str = "09:00", inventory: Inventory | None = None, day: int = 0) -> Town:
    """All links are up at that time."""
    made = inventory or village()
    now_ns = at(clock, day)
    house = Town(made, now_ns=now_ns, offset_ns=now_ns - 500 * SECOND)
    house.all_up()
    return house
