"""Events and inventories for the tests of the calendar."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from bridgewatch.model.calendar import Event, EventOrder, PhaseSettings, Wave
from bridgewatch.model.ids import EventId, PolicyId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Phase, Urgency
from bridgewatch.model.people import Directory
from bridgewatch.model.policy import Policy
from bridgewatch.model.words import CarriedBy
from bridgewatch.sim.country import Plan, country

SECOND = 1_000_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
EIGHT = 1_790_038_800 * SECOND  # 08:00 in Việt Nam
TEN = EIGHT + 2 * HOUR
CALM, LIVELY = PolicyId("calm"), PolicyId("lively")


def policy(name: PolicyId, hold: float, repeat: float = 60.0) -> Policy:
    return Policy(name, hold={Urgency.DARK: hold}, repeat={Urgency.DARK: repeat}, steps={})


def directory(holds: Mapping[Phase, float] | None = None) -> Directory:
    """One policy per phase, named after it; `holds` in seconds."""
    table = {
        Phase.NONE: 300,
        Phase.DRAFT: 300,
        Phase.PLANNED: 300,
        Phase.WAVE: 30,
        Phase.FREEZE: 60,
        Phase.CHECK: 15,
        Phase.LIVE: 5,
        Phase.REPORT: 300,
        **(holds or {}),
    }
    policies = {named(phase): policy(named(phase), hold) for phase, hold in table.items()}
    return Directory(
        policies={**policies, CALM: policy(CALM, 900.0), LIVELY: policy(LIVELY, 1.0)},
        policy_of_phase={phase: named(phase) for phase in Phase},
    )


def named(phase: Phase) -> PolicyId:
    return PolicyId(phase.name.lower())


def event(name: str = "hoi-nghi", sites: Iterable[SiteId] = (), **changes: Any) -> Event:
    """A conference from eight to ten; its wave runs from eight to nine two days before."""
    planned = Event(
        id=EventId(name),
        name=f"Hội nghị {name}",
        sites=tuple(sites),
        starts_ns=EIGHT,
        ends_ns=TEN,
        waves=(Wave("dot-1", "Đợt 1", EIGHT - 2 * DAY, EIGHT - 2 * DAY + HOUR),),
    )
    return replace(planned, **changes)


def with_events(inventory: Inventory, *events: Event) -> Inventory:
    return replace(inventory, events={one.id: one for one in events}, directory=directory())


def close(at_ns: int, name: str = "hoi-nghi") -> EventOrder:
    return EventOrder(EventId(name), at_ns, "An", close=True)


def extend(at_ns: int, ends_ns: int, name: str = "hoi-nghi") -> EventOrder:
    return EventOrder(EventId(name), at_ns, "An", ends_ns=ends_ns)


VILLAGE = country(Plan(communes=5))
SITES = tuple(VILLAGE.sites)

# Everything within a few units, so that boundaries meet; a unit is a second.
_unit = st.integers(-12, 24).map(lambda number: EIGHT + number * SECOND)
_length = st.integers(0, 8).map(lambda number: number * SECOND)
settings = st.builds(
    PhaseSettings,
    interval=st.sampled_from([None, 0.02, 0.5, 2.0]),
    profile=st.sampled_from([None, "voice", "backup"]),
    policy=st.sampled_from([None, CALM, LIVELY]),
)


@st.composite
def _waves(draw: st.DrawFn) -> tuple[Wave, ...]:
    starts = draw(st.lists(_unit, max_size=2))
    return tuple(
        Wave(f"w{number}", "", start, start + SECOND + draw(_length)) for number, start in enumerate(starts)
    )


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    """Up to four events on the sites of VILLAGE, some of them on the same ones."""
    found = []
    for number in range(draw(st.integers(0, 4))):
        starts = draw(_unit)
        found.append(
            Event(
                id=EventId(f"e{number}"),
                name="",
                sites=draw(st.sampled_from([SITES, SITES[:3], SITES[2:], ()])),
                starts_ns=starts,
                ends_ns=starts + SECOND + draw(_length),
                draft=draw(st.sampled_from([False, False, False, True])),
                cancelled=draw(st.sampled_from([False, False, False, True])),
                carried_by=draw(st.sampled_from([None, *CarriedBy])),
                waves=draw(_waves()),
                freeze_ns=draw(_length),
                check_ns=draw(_length),
                overrun_ns=draw(_length),
                report_ns=draw(_length),
                settings=draw(st.dictionaries(st.sampled_from(Phase), settings, max_size=3)),
            )
        )
    return found


@st.composite
def orders(draw: st.DrawFn) -> list[EventOrder]:
    """Orders of any kind for those events, given at any time."""
    return [
        EventOrder(
            EventId(f"e{draw(st.integers(0, 4))}"),
            draw(_unit),
            "An",
            close=draw(st.booleans()),
            ends_ns=draw(st.none() | _unit),
        )
        for _ in range(draw(st.integers(0, 5)))
    ]


INSTANTS = range(EIGHT - 30 * SECOND, EIGHT + 70 * SECOND, SECOND)
"""Every instant at which anything in `events` and `orders` can change, and some before and after."""
