"""Who is on duty by one roster, and the exact instants at which that changes.

At any instant it is those of `always`, of the shifts that run and of the rotation's present team. For each
of them the last override in the file that holds then, for that one or for everybody, puts others in the
place; it does so only while that one would be on duty, so that the gaps between shifts stay gaps. Where
nobody would be on duty, only an override for everybody puts somebody there.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from bridgewatch.core.oncall.zones import instant, local_day, ordinal
from bridgewatch.model.ids import ContactId
from bridgewatch.model.paging import Why
from bridgewatch.model.people import Override, Roster, Rotation, Shift

_DAY_NS: Final = 24 * 3600 * 1_000_000_000
_KNOWN: Final = 4096  # instants of which the answer is remembered
_LOOKAHEAD_NS: Final = 92 * _DAY_NS
_STRIDE_NS: Final = 8 * _DAY_NS
# A shift of yesterday may still run, and clocks that jump over midnight move one more date.
_DAYS_BACK: Final = 2


class Turn(NamedTuple):
    """Somebody on duty: ON_DUTY by the plan, STANDS_IN by an override."""

    contact: ContactId
    why: Why


class Timetable:
    """One roster, ready to be asked."""

    def __init__(self, roster: Roster) -> None:
        self.roster: Final = roster
        self._known: dict[int, tuple[Turn, ...]] = {}
        self._ends: dict[ContactId, tuple[int, int]] = {}

    def on_duty(self, now_ns: int) -> tuple[Turn, ...]:
        """Who is on duty, in the order of the file; nobody twice."""
        known = self._known.get(now_ns)
        if known is None:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            known = self._known[now_ns] = self._turns(now_ns)
        return known

    def planned(self, now_ns: int) -> tuple[ContactId, ...]:
        """Who would be on duty without overrides."""
        roster = self.roster
        planned = list(roster.always)
        for shift in roster.shifts:
            if _runs(shift, roster.timezone, now_ns):
                planned += shift.who
        if roster.rotation is not None:
            planned += _team(roster.rotation, roster.timezone, now_ns)
        return tuple(dict.fromkeys(planned))

    def edges(self, from_ns: int, to_ns: int) -> list[int]:
        """Every instant in between, both excluded, at which the answer may change; sorted."""
        roster = self.roster
        edges: set[int] = set()
        for override in roster.overrides:
            edges.update((override.starts_ns, override.ends_ns))
        for shift in roster.shifts:
            edges.update(_shift_edges(shift, roster.timezone, from_ns, to_ns))
        if roster.rotation is not None:
            edges.update(_handovers(roster.rotation, roster.timezone, from_ns, to_ns))
        return sorted(edge for edge in edges if from_ns < edge < to_ns)

    def changes(self, from_ns: int, to_ns: int) -> tuple[int, ...]:
        """The instants in between, both excluded, at which the answer changes."""
        changes = []
        former = self.on_duty(from_ns)
        for edge in self.edges(from_ns, to_ns):
            turns = self.on_duty(edge)
            if turns != former:
                changes.append(edge)
            former = turns
        return tuple(changes)

    def until_ns(self, contact: ContactId, now_ns: int) -> int | None:
        """When `contact`, on duty now, no longer is; None if that is not within three months."""
        since_ns, ends_ns = self._ends.get(contact, (now_ns, now_ns))
        if since_ns <= now_ns < ends_ns:
            return ends_ns
        end_ns = self._end_ns(contact, now_ns)
        if end_ns is not None:
            self._ends[contact] = now_ns, end_ns
        return end_ns

    def _end_ns(self, contact: ContactId, now_ns: int) -> int | None:
        starts_ns = now_ns
        while starts_ns < now_ns + _LOOKAHEAD_NS:
            # The stride's own end is looked at too, lest an edge on it is missed.
            for edge in self.edges(starts_ns, starts_ns + _STRIDE_NS + 1):
                if all(turn.contact != contact for turn in self.on_duty(edge)):
                    return edge
            starts_ns += _STRIDE_NS
        return None

    def _turns(self, now_ns: int) -> tuple[Turn, ...]:
        holding = [one for one in self.roster.overrides if one.starts_ns <= now_ns < one.ends_ns]
        planned = self.planned(now_ns)
        if not holding:
            return tuple(Turn(contact, Why.ON_DUTY) for contact in planned)
        turns: dict[ContactId, Why] = {}
        for contact in planned:
            instead = _last(holding, contact)
            if instead is None:
                turns.setdefault(contact, Why.ON_DUTY)
                continue
            for one in instead.who:
                turns.setdefault(one, Why.STANDS_IN)
        if not planned:
            alone = _last(holding, None)
            turns = dict.fromkeys(alone.who, Why.STANDS_IN) if alone is not None else {}
        return tuple(Turn(*turn) for turn in turns.items())


def _last(holding: Sequence[Override], contact: ContactId | None) -> Override | None:
    """The last override in the file for that one or for everybody."""
    return next((one for one in reversed(holding) if one.instead_of in {contact, None}), None)


def _runs(shift: Shift, zone: str, now_ns: int) -> bool:
    today = local_day(zone, now_ns)
    for day in range(today - _DAYS_BACK, today + 2):
        if _begins(shift, day):
            starts_ns, ends_ns = _bounds(shift, zone, day)
            if starts_ns <= now_ns < ends_ns:
                return True
    return False


def _begins(shift: Shift, day: int) -> bool:
    return (day - 1) % 7 + 1 in shift.days  # ordinal 1 was a Monday


def _bounds(shift: Shift, zone: str, day: int) -> tuple[int, int]:
    last = day if shift.ends > shift.starts else day + 1
    return instant(zone, day, shift.starts), instant(zone, last, shift.ends)


def _shift_edges(shift: Shift, zone: str, from_ns: int, to_ns: int) -> Iterator[int]:
    for day in range(local_day(zone, from_ns) - _DAYS_BACK, local_day(zone, to_ns) + 2):
        if _begins(shift, day):
            yield from _bounds(shift, zone, day)


def _team(rotation: Rotation, zone: str, now_ns: int) -> tuple[ContactId, ...]:
    # Clocks that go back over midnight show yesterday's date after today's handover: begin one turn later.
    turn = _turn(rotation, local_day(zone, now_ns)) + 1
    while turn >= 0 and now_ns < _handover(rotation, zone, turn):
        turn -= 1
    return rotation.teams[turn % len(rotation.teams)] if turn >= 0 else ()


def _handovers(rotation: Rotation, zone: str, from_ns: int, to_ns: int) -> Iterator[int]:
    first = max(0, _turn(rotation, local_day(zone, from_ns)) - 1)
    last = _turn(rotation, local_day(zone, to_ns)) + 1
    for turn in range(first, last + 1):
        yield _handover(rotation, zone, turn)


def _turn(rotation: Rotation, day: int) -> int:
    return (day - ordinal(rotation.first_day)) // rotation.days


def _handover(rotation: Rotation, zone: str, turn: int) -> int:
    return instant(zone, ordinal(rotation.first_day) + turn * rotation.days, rotation.handover)


def everybody(roster: Roster) -> Iterator[ContactId]:
    """Everybody the roster may ever put on duty, each once."""
    named = [*roster.always]
    for team in (
        *(shift.who for shift in roster.shifts),
        *(roster.rotation.teams if roster.rotation is not None else ()),
        *(override.who for override in roster.overrides),
    ):
        named += team
    yield from dict.fromkeys(named)
