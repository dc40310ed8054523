"""The events that are not merely planned, in a line each."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.paging import UNDER_WAY, Phase
from bridgewatch.model.snapshot import PagingSnapshot, Snapshot
from bridgewatch.model.words import Language
from bridgewatch.texts.desk import tell_event
from bridgewatch.texts.times import instant_of, short_moment, zone_of
from bridgewatch.views.fields import PhaseField

MOST_EVENTS: Final = 20  # listed one by one; all are counted
_FIRST: Final = (Phase.LIVE, Phase.CHECK, Phase.FREEZE, Phase.WAVE, Phase.REPORT)


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event, and until when it is in its phase, if that is known."""

    id: str
    name: str
    phase: PhaseField
    until_wall_ns: int | None = None


def event_lines(snapshot: Snapshot, paging: PagingSnapshot | None) -> tuple[EventLine, ...]:
    """The events under way: those that are live first."""
    phases, ends = (paging.phases, paging.phase_ends) if paging is not None else (snapshot.phases, {})
    lines = [
        EventLine(event.id, event.name, phase, ends.get(event.id))
        for event in snapshot.inventory.events.values()
        if (phase := phases.get(event.id, Phase.NONE)) in UNDER_WAY
    ]
    return tuple(sorted(lines, key=lambda line: _FIRST.index(line.phase)))


def told(line: EventLine, timezone: str, language: Language) -> str:
    """The line in words."""
    ends_ns = line.until_wall_ns
    until = None if ends_ns is None else short_moment(instant_of(ends_ns, zone_of(timezone)), language)
    return tell_event(line.name, line.phase, until, language)
