"""One poll of one agent: what is asked in which order, and what is learnt on the way.

A poll is a generator. It yields a `Question` and is sent its `Reply`; it ends with what it found out. An
interface that is not where it was is looked for by walking one column, at once; one that is not there at
all is looked for again after 2, 4, 8 and then every 16 polls, and whenever the agent restarts.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from bridgewatch.core.bandwidth.counters import Reading
from bridgewatch.core.bandwidth.interfaces import (
    COLUMNS,
    UPTIME,
    Interface,
    Place,
    indexed,
    look_up,
    rows_of,
)
from bridgewatch.model.snmp import Outcome, SnmpAnswer, Value

REPETITIONS: Final = 25
MOST_STEPS: Final = 400  # of a walk: 10,000 interfaces
INTERFACES_A_REQUEST: Final = 4  # 45 objects: asked and answered in one packet of an Ethernet
_LONGEST_REST: Final = 16  # polls


@dataclass(frozen=True, slots=True)
class Question:
    """What an agent is to be asked next. `repetitions` as in `SnmpRequest`."""

    oids: tuple[str, ...]
    repetitions: int = 0


@dataclass(slots=True)
class Memory:
    """What is known of one agent from poll to poll.

    `missing` as in `Found`, of the last walk; `rest`: polls until what is missing is looked for again.
    """

    places: dict[Interface, Place] = field(default_factory=dict)
    missing: dict[Interface, int] = field(default_factory=dict)
    interfaces_a_request: int = INTERFACES_A_REQUEST
    uptime: int | None = None
    rest: int = 0
    next_rest: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """What a poll came to.

    `failure` is the answer that ended it early; what was read before it counts. `missing` maps what was not
    found to how many interfaces have its name: none, or too many.
    """

    readings: tuple[tuple[Interface, Reading], ...]
    missing: Mapping[Interface, int]
    failure: SnmpAnswer | None = None


Poll: TypeAlias = Generator[Question, SnmpAnswer, Found]


class _FailedError(Exception):
    """A question that got no answer to work with."""

    def __init__(self, answer: SnmpAnswer) -> None:
        super().__init__(answer.outcome.name)
        self.answer = answer


def poll(interfaces: Sequence[Interface], memory: Memory) -> Poll:
    """Read the counters of all `interfaces` of an agent."""
    readings: dict[Interface, Reading] = {}
    missing: dict[Interface, int] = {}
    failure = None
    try:
        placed = [interface for interface in interfaces if _placed(interface, memory)]
        moved = yield from _read(placed, memory, readings)
        lost = [interface for interface in interfaces if interface not in memory.places]
        if lost:
            if memory.rest and not (readings or moved):
                yield from _greet(memory)
            missing = yield from _find(lost, memory, at_once=bool(moved))
            found = [interface for interface in lost if interface in memory.places]
            gone = yield from _read(found, memory, readings)
            if gone:  # what a walk shows is not what is there: a rest, or every poll would be a walk
                missing |= dict.fromkeys(gone, 0)
                _rest(memory)
    except _FailedError as failed:
        failure = failed.answer
    return Found(tuple(readings.items()), missing, failure)


def _placed(interface: Interface, memory: Memory) -> bool:
    """Whether it is known where the interface is."""
    place = memory.places.get(interface) or indexed(interface)
    if place is not None:
        memory.places[interface] = place
    return place is not None


def _ask(question: Question) -> Generator[Question, SnmpAnswer, SnmpAnswer]:
    answer = yield question
    if answer.outcome not in {Outcome.ANSWERED, Outcome.TOO_BIG}:
        raise _FailedError(answer)
    return answer


def _greet(memory: Memory) -> Generator[Question, SnmpAnswer, None]:
    """Ask for nothing but the time, so that the agent is heard of also where it knows no interface."""
    answer = yield from _ask(Question((UPTIME,)))
    _note_uptime(memory, dict(answer.varbinds))


def _note_uptime(memory: Memory, values: Mapping[str, Value]) -> None:
    uptime = values.get(UPTIME)
    if isinstance(uptime, int):
        if memory.uptime is not None and uptime < memory.uptime:
            memory.rest, memory.next_rest = 0, 1  # it restarted: everything may be elsewhere
        memory.uptime = uptime


def _read(
    interfaces: Sequence[Interface], memory: Memory, readings: dict[Interface, Reading]
) -> Generator[Question, SnmpAnswer, list[Interface]]:
    """Read the counters of interfaces whose places are known; those that are not there any more."""
    waiting, gone = list(interfaces), []
    while waiting:
        some = waiting[: memory.interfaces_a_request]
        oids = dict.fromkeys(oid for interface in some for oid in memory.places[interface].oids())
        answer = yield from _ask(Question((UPTIME, *oids)))
        if answer.outcome is Outcome.TOO_BIG:
            if len(some) == 1:
                raise _FailedError(replace(answer, outcome=Outcome.BROKEN, detail="one interface is too big"))
            memory.interfaces_a_request = max(1, len(some) // 2)
            continue
        del waiting[: len(some)]
        values = dict(answer.varbinds)
        _note_uptime(memory, values)
        for interface in some:
            if not _take(interface, memory, values, answer, readings):
                waiting.append(interface)
            elif interface not in memory.places:
                gone.append(interface)
    return gone


def _take(
    interface: Interface,
    memory: Memory,
    values: Mapping[str, Value],
    answer: SnmpAnswer,
    readings: dict[Interface, Reading],
) -> bool:
    """Take an interface's reading out of an answer. False: it is to be asked for again, in 32 bits."""
    place = memory.places[interface]
    if not place.is_same(values):
        del memory.places[interface]
        return True
    reading = place.reading(values, answer.asked_ns, answer.at_ns)
    counted = reading.octets_in is not None or reading.octets_out is not None
    if not counted and place.wide:
        memory.places[interface] = replace(place, wide=False)
        return False
    if not counted:
        memory.places[interface] = replace(place, wide=True)  # whichever it counts in when it counts again
    readings[interface] = reading
    return True


def _find(
    interfaces: Sequence[Interface], memory: Memory, *, at_once: bool
) -> Generator[Question, SnmpAnswer, dict[Interface, int]]:
    """Look for interfaces by their names; how many have the name of those that are not found."""
    if memory.rest > 0 and not at_once:
        memory.rest -= 1
        return {interface: memory.missing.get(interface, 0) for interface in interfaces}
    missing: dict[Interface, int] = {}
    columns: dict[str, dict[int, bytes]] = {}
    for interface in interfaces:
        missing[interface] = 0
        for column in COLUMNS[interface.by]:
            if column not in columns:
                columns[column] = yield from _walk(column)
            places = look_up(interface, column, columns[column])
            if len(places) == 1:
                memory.places[interface] = places[0]
                del missing[interface]
            elif places:
                missing[interface] = len(places)
            if places:
                break
    memory.missing = missing
    if missing:
        _rest(memory)
    else:
        memory.rest, memory.next_rest = 0, 1
    return missing


def _rest(memory: Memory) -> None:
    memory.rest = memory.next_rest = min(2 * memory.next_rest, _LONGEST_REST)


def _walk(column: str) -> Generator[Question, SnmpAnswer, dict[int, bytes]]:
    """All rows of a column."""
    rows: dict[int, bytes] = {}
    last = column
    for _ in range(MOST_STEPS):
        answer = yield from _ask(Question((last,), REPETITIONS))
        if answer.outcome is Outcome.TOO_BIG:
            raise _FailedError(replace(answer, outcome=Outcome.BROKEN, detail="a walk is too big"))
        fresh = dict(rows_of(column, answer.varbinds))
        before = len(rows)
        rows |= fresh
        if len(fresh) < len(answer.varbinds) or len(rows) == before:
            break  # beyond the column's end, or round in circles
        last = answer.varbinds[-1][0]
    return rows
