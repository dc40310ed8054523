"""What the calendar command tells: what holds now and what comes next, as values and as JSON."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.calendar.course import BEGINNING
from bridgewatch.core.calendar.effective import effective
from bridgewatch.core.calendar.overlaps import Claim, policy_of
from bridgewatch.model.calendar import Event, EventOrder
from bridgewatch.model.ids import CarrierId, EventId, PolicyId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Phase
from bridgewatch.model.words import CarriedBy, Level, SiteKind
from bridgewatch.texts.times import instant_of

_NS: Final = 1e9


@dataclass(frozen=True, slots=True)
class Stage:
    """A phase of one event and what the event asks for in it; None leaves what the inventory says.

    From `starts_ns` up to `ends_ns`; None: since ever, for ever. `waves` are the names of
    those that begin it.
    """

    phase: Phase
    starts_ns: int | None
    ends_ns: int | None
    interval: float | None  # seconds between probes
    profile: str | None
    policy: PolicyId
    waves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `stages` are all of its phases in order, `stage` is the present one.

    `order`: what it goes by, if anybody gave one. `rooms` by level; `links` by carrier, paused ones left out.
    """

    event: Event
    order: EventOrder | None
    stage: Stage
    stages: tuple[Stage, ...]
    rooms: Mapping[Level, int]
    services: int
    links: Mapping[CarrierId, int]


@dataclass(frozen=True, slots=True)
class CalendarReport:
    """The events that are not over, and those of the days shown: from `from_ns` up to `until_ns`.

    `carriers`: what those of the inventory are called.
    """

    vantage: str
    timezone: str
    now_ns: int
    from_ns: int
    until_ns: int
    change_ns: int | None  # when the next event changes its phase
    changes: tuple[tuple[EventId, Phase], ...]  # what it changes to then
    probes_per_second: float
    probes_after: float  # from that change on
    bound: int  # no more probes per second than this are sent
    entries: tuple[Entry, ...]
    carriers: Mapping[CarrierId, str]


def calendar(
    inventory: Inventory, agenda: Agenda, now_ns: int, from_ns: int, until_ns: int
) -> CalendarReport:
    """Look `inventory`, as it is configured, up in its agenda."""
    change_ns = agenda.next_change_ns(now_ns)
    before = agenda.phases(now_ns)
    after = agenda.phases(change_ns) if change_ns is not None else before
    return CalendarReport(
        vantage=inventory.vantage,
        timezone=inventory.timezone,
        now_ns=now_ns,
        from_ns=from_ns,
        until_ns=until_ns,
        change_ns=change_ns,
        changes=tuple((event, phase) for event, phase in after.items() if phase is not before[event]),
        probes_per_second=_probes_per_second(inventory, agenda, now_ns),
        probes_after=_probes_per_second(inventory, agenda, now_ns if change_ns is None else change_ns),
        bound=inventory.limits.sends_per_second,
        entries=tuple(
            _entry(event, inventory, agenda, now_ns)
            for event in sorted(inventory.events.values(), key=lambda event: event.starts_ns)
            if _is_shown(event, agenda, now_ns, from_ns, until_ns)
        ),
        carriers={carrier.id: carrier.name for carrier in inventory.carriers.values()},
    )


def _is_shown(event: Event, agenda: Agenda, now_ns: int, from_ns: int, until_ns: int) -> bool:
    if event.cancelled:
        return from_ns < event.ends_ns and event.starts_ns < until_ns
    return agenda.phase(event.id, min(now_ns, from_ns)) is not Phase.NONE


def _probes_per_second(inventory: Inventory, agenda: Agenda, at_ns: int) -> float:
    watched = effective(inventory, agenda.rulings(at_ns))
    paused = {link.id for link in watched.links.values() if link.paused}
    return sum(_NS / spec.interval_ns for spec in watched.paths if spec.link not in paused)


def _entry(event: Event, inventory: Inventory, agenda: Agenda, now_ns: int) -> Entry:
    sites = [inventory.sites[site] for site in event.sites if site in inventory.sites]
    rooms = Counter(site.level for site in sites if site.kind is SiteKind.ROOM)
    links = [inventory.links[link] for site in sites for link in site.links]
    carriers = Counter(link.carrier for link in links if not link.paused)
    stages = tuple(_stages(event, inventory, agenda))
    return Entry(
        event=event,
        order=agenda.order(event.id),
        stage=next(s for s in reversed(stages) if s.starts_ns is None or s.starts_ns <= now_ns),
        stages=stages,
        rooms={level: rooms[level] for level in Level if rooms[level]},
        services=len(sites) - rooms.total(),
        links=dict(carriers.most_common()),
    )


def _stages(event: Event, inventory: Inventory, agenda: Agenda) -> Iterator[Stage]:
    course = agenda.course(event.id)
    for number, (starts_ns, phase) in enumerate(course):
        claim = Claim(event, phase)
        yield Stage(
            phase=phase,
            starts_ns=None if starts_ns == BEGINNING else starts_ns,
            ends_ns=course[number + 1].starts_ns if number + 1 < len(course) else None,
            interval=claim.interval if phase is not Phase.NONE else None,
            profile=claim.settings.profile,
            policy=policy_of(event, phase, inventory.directory),
            waves=tuple(wave.name for wave in event.waves if wave.starts_ns == starts_ns)
            if phase is Phase.WAVE
            else (),
        )


def to_json(report: CalendarReport, zone: tzinfo) -> dict[str, Any]:
    """The report as JSON: instants in ISO 8601 with the offset of `zone`, intervals in seconds."""

    def iso(instant_ns: int | None) -> str | None:
        return instant_of(instant_ns, zone).isoformat() if instant_ns is not None else None

    def stage_of(stage: Stage) -> dict[str, Any]:
        return {
            "phase": stage.phase.name.lower(),
            "starts": iso(stage.starts_ns),
            "ends": iso(stage.ends_ns),
            "interval": stage.interval,
            "profile": stage.profile,
            "policy": stage.policy,
            "waves": list(stage.waves),
        }

    def order_of(order: EventOrder | None) -> dict[str, Any] | None:
        if order is None:
            return None
        return {
            "at": iso(order.at_ns),
            "by": order.actor,
            "close": order.close,
            "ends": iso(order.ends_ns),
        }

    def entry_of(entry: Entry) -> dict[str, Any]:
        event = entry.event
        return {
            "event": event.id,
            "name": event.name,
            "draft": event.draft,
            "cancelled": event.cancelled,
            "starts": iso(event.starts_ns),
            "ends": iso(event.ends_ns),
            "contacts_due": iso(event.contacts_due_ns),
            "carried_by": _word(event.carried_by),
            "order": order_of(entry.order),
            "now": stage_of(entry.stage),
            "stages": [stage_of(stage) for stage in entry.stages],
            "sites": len(event.sites),
            "rooms": dict(entry.rooms),
            "services": entry.services,
            "links": dict(entry.links),
        }

    return {
        "vantage": report.vantage,
        "timezone": report.timezone,
        "now": iso(report.now_ns),
        "from": iso(report.from_ns),
        "until": iso(report.until_ns),
        "next_change": iso(report.change_ns),
        "changes": {event: phase.name.lower() for event, phase in report.changes},
        "probes_per_second": report.probes_per_second,
        "probes_per_second_after": report.probes_after,
        "sends_per_second_bound": report.bound,
        "events": [entry_of(entry) for entry in report.entries],
    }


def _word(carried_by: CarriedBy | None) -> str | None:
    return carried_by.value if carried_by else None


_ORDERS: Final = TypeAdapter(tuple[EventOrder, ...])


def orders_to_json(orders: Sequence[EventOrder]) -> list[dict[str, Any]]:
    """The orders about events as JSON values."""
    values: list[dict[str, Any]] = _ORDERS.dump_python(tuple(orders), mode="json")
    return values


def orders_from_json(values: object) -> tuple[EventOrder, ...]:
    """Back from what `orders_to_json` made. Raises ValueError for anything else."""
    try:
        return _ORDERS.validate_python(values)
    except ValidationError as error:
        raise ValueError(f"not a list of orders: {error}") from None
