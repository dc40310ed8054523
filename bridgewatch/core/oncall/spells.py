"""Duty as times with a beginning and an end: of a roster as a whole, and of each of its people."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Final, NamedTuple

from bridgewatch.core.oncall.duty import Timetable, Turn
from bridgewatch.core.oncall.find import Oncall, OnDuty, Where
from bridgewatch.core.oncall.zones import local_day
from bridgewatch.model.ids import ContactId, RosterId
from bridgewatch.model.paging import Audience, Why
from bridgewatch.model.policy import Call

_DAY_NS: Final = 24 * 3600 * 1_000_000_000
_LOOK_NS: Final = 400 * _DAY_NS  # longer than any turn of a rotation


class Stint(NamedTuple):
    """A time in which a roster's answer stays the same.

    Without turns nobody is on duty by it; `covered` are those who are called instead, by another roster of
    that place or by one above. Without them it is a gap.
    """

    roster: RosterId
    from_ns: int
    to_ns: int
    turns: tuple[Turn, ...]
    covered: tuple[OnDuty, ...] = ()


class Spell(NamedTuple):
    """Somebody's duty without interruption. None: it began, or ends, more than a year away, if ever.

    `day` is the local date (ordinal) on which it begins, 0 for such a one, and `place` counts the contact's
    duties of that roster and date from 0: together they name it, though its hours be moved.
    """

    roster: RosterId
    contact: ContactId
    why: Why
    from_ns: int | None
    to_ns: int | None
    day: int
    place: int


def stints(timetable: Timetable, from_ns: int, to_ns: int) -> Iterator[Stint]:
    """The roster's answers from `from_ns` up to `to_ns`, in order and without a break."""
    for starts_ns, ends_ns in pairwise((from_ns, *timetable.changes(from_ns, to_ns), to_ns)):
        yield Stint(timetable.roster.id, starts_ns, ends_ns, timetable.on_duty(starts_ns))


def covered_stints(oncall: Oncall, timetable: Timetable, from_ns: int, to_ns: int) -> Iterator[Stint]:
    """As `stints`; where nobody is on duty they say who covers it, and are split where that changes."""
    roster = timetable.roster
    audience = Audience.OWN if roster.carrier is None else Audience.CARRIER
    call = Call(audience, roster.role)
    where = Where(() if roster.carrier is None else (roster.carrier,), area=roster.area)
    for stint in stints(timetable, from_ns, to_ns):
        if stint.turns:
            yield stint
            continue
        edges = oncall.edges(call, where, None, stint.from_ns, stint.to_ns)
        parts = [
            Stint(roster.id, starts_ns, ends_ns, (), oncall.find(call, where, None, starts_ns).people)
            for starts_ns, ends_ns in pairwise((stint.from_ns, *sorted(edges), stint.to_ns))
        ]
        for _, alike in groupby(parts, key=attrgetter("covered")):
            same = list(alike)
            yield same[0]._replace(to_ns=same[-1].to_ns)


def spells(timetable: Timetable, from_ns: int, to_ns: int) -> tuple[Spell, ...]:
    """All duty of a roster that touches the time, each with its true beginning and end; by beginning."""
    first_ns, last_ns = from_ns - _LOOK_NS, to_ns + _LOOK_NS
    found = []
    begun: Counter[tuple[ContactId, int]] = Counter()
    for starts_ns, contact, why, ends_ns in sorted(_runs(stints(timetable, first_ns, last_ns))):
        known = starts_ns > first_ns
        day = local_day(timetable.roster.timezone, starts_ns) if known else 0
        place = begun[contact, day]
        begun[contact, day] += 1
        if starts_ns < to_ns and ends_ns > from_ns:
            bounds = starts_ns if known else None, ends_ns if ends_ns < last_ns else None
            found.append(Spell(timetable.roster.id, contact, why, *bounds, day, place))
    return tuple(found)


def _runs(times: Iterable[Stint]) -> Iterator[tuple[int, ContactId, Why, int]]:
    running: dict[Turn, int] = {}
    end_ns = 0
    for stint in times:
        for turn in [turn for turn in running if turn not in stint.turns]:
            yield running.pop(turn), *turn, stint.from_ns
        for turn in stint.turns:
            running.setdefault(turn, stint.from_ns)
        end_ns = stint.to_ns
    for turn, starts_ns in running.items():
        yield starts_ns, *turn, end_ns
