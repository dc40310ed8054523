"""The simulated network as elements that paths cross, and the fate of any probe in it.

`World.fates` is a pure function of (path, sequence, instant of sending): no state, no order, no batch. Two
runs that send the same probe at the same instant see the same fate, whatever else they send.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.probing.mac import Mac
from bridgewatch.model.ids import KeyId
from bridgewatch.model.inventory import Inventory, Link, PathSpec
from bridgewatch.model.observations import NO_TIME, Flag, Int8, Int32, Int64, Real, Word
from bridgewatch.model.words import ProbeKind
from bridgewatch.sim.chance import counters, high_uniform, lanes, low_uniform, mix, name_key
from bridgewatch.sim.delay import constant, day_wave, gamma
from bridgewatch.sim.timeline import Rows, Timeline
from bridgewatch.sim.weather import CALM, Direction, Spell, Weather

Climate = Callable[[str], Weather]

COPY_LAG_NS: Final = 150_000  # a duplicate comes this much behind its original
_AIR: Final = ""  # the element that fills short crossings up; nothing happens in it
_MS: Final = 1_000_000

# Streams of chance of one crossing; each has a block of lanes per direction.
_FATE: Final = 0  # upper half of a word: loss; lower half: delay
_COPY: Final = 1  # upper half: duplication; lower half: corruption
_ORDER: Final = 2


class Fate(IntEnum):
    """What the network did to a probe; whether it is judged lost or late is not the network's business."""

    ANSWERED = 0
    LOST_FORWARD = 1
    LOST_BACKWARD = 2
    UNREACHABLE = 3  # lost forward, and a router said so
    REFUSED = 4  # it reached a host where no reflector runs, which says so as often as it may


@dataclass(frozen=True, slots=True)
class FarEnd:
    """What answers: `turnaround_ns` from receipt to reply, and a clock `clock_offset_ns` ahead of true time.

    True time is our own wall clock as it would be had it never stepped.
    """

    turnaround_ns: int = 50_000
    clock_offset_ns: int = 0
    synchronised: bool = False


@dataclass(frozen=True, slots=True)
class Fates:
    """Fates of n probes and of the copies the network made: the first n rows are the probes, in order.

    `probe` is the row of the probe a packet stems from. `reflection` is the row whose reply it carries: its
    own, save for a reply that was copied on its way back. Times are monotonic, NO_TIME where it never came so
    far: `reached_ns` to a reflector, `left_ns` to where it is answered; `ended_ns` is when the reply or the
    ICMP error reaches us. A corrupt reply arrives, damaged.
    """

    probe: NDArray[np.intp]
    reflection: NDArray[np.intp]
    fate: Int8
    reached_ns: Int64
    left_ns: Int64
    ended_ns: Int64
    corrupt: Flag


@dataclass(frozen=True, slots=True)
class _Crossing:
    delay_ns: Int64
    lost: Flag
    error_ns: Int64 | None  # there and back to the router that answers, NO_TIME where none does
    duplicate: Flag | None
    corrupt: Flag | None


def typical_climate(seed: int = 0) -> Climate:
    """A calm country: 4 to 28 ms there and back, gamma queueing well below a millisecond, no loss."""

    def weather(element: str) -> Weather:
        share = name_key(seed, f"climate/{element}") / 2**64
        kind = element.partition(":")[0]
        if kind == "link":
            return Weather(delay=gamma(int((1 + 9 * share) * _MS), 0.2 * _MS))
        if kind == "handover":
            return Weather(delay=gamma(int((1 + 3 * share) * _MS), 0.1 * _MS))
        if kind in {"egress", "reference"}:
            return Weather(delay=gamma(50_000, 20_000))
        return CALM

    return weather


def still_climate(one_way_ns: int) -> Climate:
    """Every path takes `one_way_ns` there and as much back, exactly, and loses nothing."""

    def weather(element: str) -> Weather:
        ends = element.partition(":")[0] in {"link", "reference"}
        return Weather(delay=constant(one_way_ns)) if ends else CALM

    return weather


def handover_of(inventory: Inventory, link: Link) -> str:
    """The element where the link's carrier takes over: the named one, else one by network and province."""
    name = link.handover or f"{link.carrier}-{link.network}-{inventory.sites[link.site].province}"
    return f"handover:{name}"


def crossing_of(inventory: Inventory, spec: PathSpec) -> tuple[str, ...]:
    """The elements a path crosses, from us outwards.

    `egress:ID`, then `reference:ID/NAME` for a reference; for a link `handover:NAME`, the `site:ID` and
    `link:ID` of each link it runs via, `site:ID` (its power) and `link:ID` (its access line).
    """
    egress = f"egress:{spec.egress}"
    if spec.link is None:
        return egress, f"reference:{spec.egress}/{spec.key.target}"
    link = inventory.links[spec.link]
    chain = [link]
    while chain[-1].via is not None:
        chain.append(inventory.links[chain[-1].via])
    access = [name for hop in reversed(chain) for name in (f"site:{hop.site}", f"link:{hop.id}")]
    return egress, handover_of(inventory, link), *access


def key_of(name: KeyId) -> bytes:
    """What the reflectors of a world hold under that name, and their senders have to use."""
    return hashlib.sha256(name.encode()).digest()


def keys_of(inventory: Inventory) -> dict[KeyId, bytes]:
    """The keys of all its authenticated paths, as a sender of this world has to hold them."""
    return {spec.stamp_key: key_of(spec.stamp_key) for spec in inventory.paths if spec.stamp_key is not None}


class World:
    """Paths, the elements they cross, the elements' weather and script, and the far ends."""

    def __init__(
        self,
        paths: Sequence[PathSpec],
        crossings: Sequence[tuple[str, ...]],
        *,
        seed: int = 0,
        climate: Climate | None = None,
        script: Sequence[Spell] = (),
        far_ends: Mapping[str, FarEnd] | None = None,
    ) -> None:
        """Lay out the network. `far_ends` by host, others have the default one.

        Raises ValueError when the script names an element that no path crosses.
        """
        self.paths = tuple(paths)
        self.seed = seed
        climate = climate or typical_climate(seed)
        names = dict.fromkeys((_AIR, *(name for crossing in crossings for name in crossing)))
        self.elements: tuple[str, ...] = tuple(names)[1:]
        self.timeline = Timeline({n: climate(n) if n else CALM for n in names}, script, seed)
        self._crossing = _crossing_matrix(crossings, list(names))
        self._end: NDArray[np.int32] = np.asarray(
            [self._crossing[row, len(crossing) - 1] for row, crossing in enumerate(crossings)], np.int32
        )
        self._key: Word = np.asarray([name_key(seed, "/".join(map(str, p.key))) for p in paths], np.uint64)
        ends = [(far_ends or {}).get(path.host, FarEnd()) for path in paths]
        self.turnaround_ns: Int64 = np.asarray([e.turnaround_ns for e in ends], np.int64)
        self.clock_offset_ns: Int64 = np.asarray([e.clock_offset_ns for e in ends], np.int64)
        self.synchronised: Flag = np.asarray([e.synchronised for e in ends], np.bool_)
        self.stateful: Flag = np.asarray([p.stateful for p in paths], np.bool_)
        self._stamp: Flag = np.asarray([p.kind is not ProbeKind.ICMP for p in paths], np.bool_)
        self.macs = {row: Mac(key_of(p.stamp_key)) for row, p in enumerate(paths) if p.stamp_key is not None}
        deepest = self._crossing.shape[1]
        self._lanes = {
            (draw, direction): lanes((2 * draw + direction) * deepest, deepest)
            for draw in (_FATE, _COPY, _ORDER)
            for direction in Direction
        }

    @classmethod
    def of(
        cls,
        inventory: Inventory,
        *,
        seed: int = 0,
        climate: Climate | None = None,
        script: Sequence[Spell] = (),
        far_ends: Mapping[str, FarEnd] | None = None,
    ) -> "World":
        """The network around every path of `inventory`, crossed as `crossing_of` says."""
        crossings = [crossing_of(inventory, spec) for spec in inventory.paths]
        return cls(inventory.paths, crossings, seed=seed, climate=climate, script=script, far_ends=far_ends)

    def fates(self, path: Int32, seq: Int64, sent_ns: Int64) -> Fates:
        """What becomes of probes [n]: row of `paths`, full sequence number, monotonic instant of sending."""
        probes = len(path)
        probe = np.arange(probes)
        count = counters(self._key[path], seq)
        out = self._cross(path, count, sent_ns, Direction.FORWARD)
        gone = out.lost if out.corrupt is None else out.lost | out.corrupt
        reached = sent_ns + out.delay_ns
        if out.duplicate is not None and len(twin := np.flatnonzero(out.duplicate & ~gone)):
            probe = np.concatenate((probe, twin))
            path, gone = path[probe], gone[probe]
            count = np.concatenate((count, mix(count[twin])))
            reached = np.concatenate((reached, reached[twin] + COPY_LAG_NS))
        left = reached + self.turnaround_ns[path]
        back = self._cross(path, count, left, Direction.BACKWARD)
        fate = np.zeros(len(path), np.uint8)
        ended = left + back.delay_ns
        if self.timeline.refusals:
            refused = self._refused(path, reached)
            fate[refused] = Fate.REFUSED
            reached[refused] = NO_TIME
        if back.lost.any():
            fate[back.lost] = Fate.LOST_BACKWARD
            ended[back.lost] = NO_TIME
        if gone.any():
            fate[gone] = Fate.LOST_FORWARD
            reached[gone] = left[gone] = ended[gone] = NO_TIME
        if out.error_ns is not None:
            heard = np.flatnonzero(out.error_ns != NO_TIME)
            fate[heard] = Fate.UNREACHABLE
            ended[heard] = sent_ns[heard] + out.error_ns[heard]
        corrupt = back.corrupt if back.corrupt is not None else np.zeros(len(path), np.bool_)
        fates = Fates(probe, np.arange(len(probe)), fate, reached, left, ended, corrupt)
        return fates if back.duplicate is None else _with_copied_replies(fates, back.duplicate)

    def _refused(self, path: Int32, at_ns: Int64) -> Flag:
        """Which packets come to the end of their paths while no reflector runs there."""
        rows = self.timeline.rows(self._end[path][:, None], at_ns, Direction.FORWARD)[:, 0]
        refused: Flag = self._stamp[path] & self.timeline.refuses[rows]
        return refused

    def _cross(self, path: Int32, count: Word, at_ns: Int64, direction: Direction) -> _Crossing:
        table = self.timeline
        rows = table.rows(self._crossing[path], at_ns, direction)
        words = self._words(count, _FATE, direction)
        dropped = high_uniform(words) < self._loss(rows, at_ns)
        delays = self._delays(rows, words, at_ns)
        if table.reorders:
            held = high_uniform(self._words(count, _ORDER, direction)) < table.reorder[rows]
            delays += held * table.reorder_ns[rows]
        lost: Flag = np.asarray(dropped.any(axis=1))
        error = None
        if direction is Direction.FORWARD and lost.any():
            error = _error_times(dropped, delays, table.unreachable[rows])
        duplicate: Flag | None = None
        corrupt: Flag | None = None
        if table.duplicates or table.corrupts:
            words = self._words(count, _COPY, direction)
            duplicate = np.asarray((high_uniform(words) < table.duplicate[rows]).any(axis=1))
            corrupt = np.asarray((low_uniform(words) < table.corrupt[rows]).any(axis=1))
        return _Crossing(delays.sum(axis=1).astype(np.int64), lost, error, duplicate, corrupt)

    def _words(self, count: Word, draw: int, direction: Direction) -> Word:
        return mix(count[:, None] + self._lanes[draw, direction])

    def _loss(self, rows: Rows, at_ns: Int64) -> Real:
        table = self.timeline
        loss: Real = table.loss[rows]
        if table.bursts is not None:
            burst = table.burst[rows]
            line, column = np.nonzero(burst >= 0)
            if len(line):
                bad = table.bursts.bad(burst[line, column], at_ns[line])
                line, column = line[bad], column[bad]
                loss[line, column] = table.burst_loss[rows[line, column]]
        return loss

    def _delays(self, rows: Rows, words: Word, at_ns: Int64) -> Real:
        table = self.timeline
        delays = table.quantiles.draw(table.shape[rows], low_uniform(words))
        delays *= table.unit_ns[rows]
        if table.swings:
            delays *= day_wave(at_ns[:, None], table.swing[rows], table.peak_ns[rows])
        delays += table.floor_ns[rows]
        return np.maximum(delays, 0.0, out=delays)


def _crossing_matrix(crossings: Sequence[tuple[str, ...]], names: Sequence[str]) -> NDArray[np.int32]:
    number = {name: position for position, name in enumerate(names)}
    matrix = np.zeros((len(crossings), max(map(len, crossings), default=1)), np.int32)
    for row, crossing in enumerate(crossings):
        matrix[row, : len(crossing)] = [number[name] for name in crossing]
    return matrix


def _error_times(dropped: Flag, delays: Real, unreachable: Flag) -> Int64:
    """Time [n] to the element that dropped and back, NO_TIME where nothing was dropped or none answers."""
    line = np.flatnonzero(dropped.any(axis=1))
    column = dropped[line].argmax(axis=1)
    answered = unreachable[line, column]
    line, column = line[answered], column[answered]
    times = np.full(len(dropped), NO_TIME, np.int64)
    times[line] = 2 * np.cumsum(delays[line], axis=1)[np.arange(len(line)), column]
    return times


def _with_copied_replies(fates: Fates, duplicate: Flag) -> Fates:
    twin = np.flatnonzero(duplicate & (fates.fate == Fate.ANSWERED))
    if not len(twin):
        return fates
    row = np.concatenate((np.arange(len(fates.probe)), twin))
    ended = fates.ended_ns[row]
    ended[-len(twin) :] += COPY_LAG_NS
    return Fates(
        fates.probe[row],
        row,
        fates.fate[row],
        fates.reached_ns[row],
        fates.left_ns[row],
        ended,
        fates.corrupt[row],
    )
