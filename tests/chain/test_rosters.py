"""Who is on duty at that minute: faults just before and just after every kind of edge of a roster."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bridgewatch.model.ids import CarrierId, ContactId, RosterId
from bridgewatch.model.paging import Role
from bridgewatch.model.people import Override, Roster, Rotation, Shift
from bridgewatch.sim.weather import cut
from tests.chain.duty import SECOND, at, duty
from tests.chain.places import ZONE, contact, people, place

EVERY_DAY = frozenset(range(1, 8))
AN, BINH = ContactId("an"), ContactId("binh")
EDGE = 20.0  # the second of the night at which the roster changes


def local(year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    """What a clock on the wall of the roster's zone says."""
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - the zone is the roster's


@dataclass(frozen=True)
class Edge:
    """A roster, and the local instant at which An goes and Bình comes."""

    at: datetime
    zone: str = ZONE
    shifts: tuple[Shift, ...] = ()
    rotation: Rotation | None = None
    override: tuple[datetime, datetime] | None = None  # Bình stands in for An

    def roster(self) -> Roster:
        overrides = ()
        if self.override is not None:
            starts, ends = (to_ns(clock, self.zone) for clock in self.override)
            overrides = (Override(starts, ends, (BINH,), AN),)
        return Roster(
            RosterId("vnpt/duty"),
            Role.DUTY,
            self.zone,
            carrier=CarrierId("vnpt"),
            shifts=self.shifts,
            rotation=self.rotation,
            overrides=overrides,
        )


def to_ns(clock: datetime, zone: str) -> int:
    return round(clock.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp()) * SECOND


def by_day(first: tuple[ContactId, ...], second: tuple[ContactId, ...], hour: int) -> tuple[Shift, ...]:
    """The first until that hour, the second from then on, every day."""
    return (
        Shift(EVERY_DAY, 0 if hour else 12 * 60, hour * 60, first),
        Shift(EVERY_DAY, hour * 60, 0 if hour else 12 * 60, second),
    )


EDGES = {
    "midnight": Edge(local(2025, 7, 2, 0, 0), shifts=by_day((AN,), (BINH,), 0)),
    "a shift that began yesterday ends": Edge(
        local(2025, 7, 2, 7, 0),
        shifts=(Shift(EVERY_DAY, 19 * 60, 7 * 60, (AN,)), Shift(EVERY_DAY, 7 * 60, 19 * 60, (BINH,))),
    ),
    "the end of a month": Edge(
        local(2025, 2, 1, 8, 0), rotation=Rotation("2025-01-25", 8 * 60, 7, ((AN,), (BINH,)))
    ),
    "the end of a February": Edge(
        local(2024, 3, 1, 8, 0), rotation=Rotation("2024-02-29", 8 * 60, 1, ((AN,), (BINH,)))
    ),
    "an override within a rotation begins": Edge(
        local(2025, 1, 27, 13, 30),
        rotation=Rotation("2025-01-25", 8 * 60, 7, ((AN,), (ContactId("vnpt-lead"),))),
        override=(local(2025, 1, 27, 13, 30), local(2025, 1, 28, 13, 30)),
    ),
    "clocks are set back: three o'clock comes one hour later than it seems": Edge(
        local(2025, 10, 26, 3, 0), zone="Europe/Berlin", shifts=by_day((AN,), (BINH,), 3)
    ),
    "clocks are set forward: half past two is the instant of the change": Edge(
        local(2025, 3, 30, 3, 0),
        zone="Europe/Berlin",
        shifts=(
            Shift(EVERY_DAY, 20 * 60, 2 * 60 + 30, (AN,)),
            Shift(EVERY_DAY, 2 * 60 + 30, 20 * 60, (BINH,)),
        ),
    ),
}


@pytest.mark.parametrize("edge", EDGES.values(), ids=EDGES)
def test_who_is_paged_is_who_is_on_duty_at_that_minute(tmp_path, edge):
    inventory = place(
        directory=people(rosters=[edge.roster()], extra=[contact("an", "vnpt"), contact("binh", "vnpt")])
    )
    before, after = "xa-00002/wan", "xa-00004/wan"
    night = duty(
        inventory,
        tmp_path,
        until=EDGE + 9,
        script=[cut(f"link:{before}", at(6), at(90)), cut(f"link:{after}", at(EDGE - 3), at(90))],
        wall_ns=to_ns(edge.at, edge.zone) - round(EDGE * SECOND),
    )
    first = night.pages(about=before)[0]
    second = night.pages(about=after)[0]
    assert first.at < EDGE < second.at
    assert (first.contact, second.contact) == ("an", "binh")


def test_an_override_that_ends_gives_the_duty_back(tmp_path):
    edge = Edge(
        local(2025, 1, 28, 13, 30),
        rotation=Rotation("2025-01-25", 8 * 60, 7, ((AN,), (ContactId("vnpt-lead"),))),
        override=(local(2025, 1, 27, 13, 30), local(2025, 1, 28, 13, 30)),
    )
    inventory = place(
        directory=people(rosters=[edge.roster()], extra=[contact("an", "vnpt"), contact("binh", "vnpt")])
    )
    links = ("xa-00002/wan", "xa-00004/wan")
    night = duty(
        inventory,
        tmp_path,
        until=EDGE + 9,
        script=[
            cut(f"link:{link}", at(begins), at(90)) for link, begins in zip(links, (6, EDGE - 3), strict=True)
        ],
        wall_ns=to_ns(edge.at, edge.zone) - round(EDGE * SECOND),
    )
    assert [night.pages(about=link)[0].contact for link in links] == ["binh", "an"]
