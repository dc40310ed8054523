"""Who was heard when: believes each heartbeat once, and judges every daemon at an instant.

`now_ns` is monotonic: silence is measured by it, whatever happens to the wall clock. `wall_ns` only tells old
heartbeats from new ones. A heartbeat of a start that is not known counts if it was sent lately by the
sender's clock; of the present start, if its sequence number is beyond the last; of a former start, never.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bridgewatch.core.heartbeats.judgement import Ailment, ailment
from bridgewatch.model.heartbeats import Heartbeat, Reception
from bridgewatch.model.paging import Why

SKEW_NS: Final = 300_000_000_000
"""How far the clocks of sender and watchdog may be apart."""

_SECOND_NS: Final = 1_000_000_000
_KEPT_NS: Final = 2 * SKEW_NS  # former starts are known for longer than their heartbeats could be fresh


@dataclass(frozen=True, slots=True)
class Remembered:
    """What outlives a restart of the watchdog, of one daemon. `boots`: when each start was last heard, wall.

    `excused_ns`: until when its silence was announced, wall clock.
    """

    vantage: str
    boot: str
    sequence: int
    boots: Mapping[str, int]
    excused_ns: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How one daemon stands.

    `settled` False: there is nothing to say yet, since the watchdog waits for the first heartbeat, or the
    daemon said that it stops and has time left to come back. `silent` are the seconds since it was last
    heard, or since they are counted. `why` is what people are paged for.
    """

    vantage: str
    settled: bool
    silent: float
    why: Why | None = None
    ailment: Ailment | None = None
    beat: Heartbeat | None = None


@dataclass(slots=True)
class _Watched:
    """One daemon. `counted_ns`: silence counts from here. `excused_ns`: before it, silence means nothing."""

    counted_ns: int
    excused_ns: int = 0
    beat: Heartbeat | None = None  # since the watchdog started
    boot: str = ""
    sequence: int = 0
    boots: dict[str, int] = field(default_factory=dict)


class Register:
    """The daemons of one watchdog."""

    def __init__(self, vantages: Iterable[str], after: float, now_ns: int) -> None:
        self._watched: dict[str, _Watched] = {}
        self.adopt(vantages, after, now_ns)

    def adopt(self, vantages: Iterable[str], after: float, now_ns: int) -> None:
        """Watch these from now on; those that are watched already stay as they are."""
        self._after_ns = round(after * _SECOND_NS)
        self._watched = {name: self._watched.get(name) or _Watched(now_ns) for name in vantages}

    def take(self, beat: Heartbeat, now_ns: int, wall_ns: int) -> Reception:
        """Take in a heartbeat whose signature is right; FORGED for a vantage that is not watched."""
        watched = self._watched.get(beat.vantage)
        if watched is None:
            return Reception.FORGED
        if abs(beat.sent_ns - wall_ns) > SKEW_NS:
            return Reception.STALE
        known = beat.boot in watched.boots
        if known and (beat.boot != watched.boot or beat.sequence <= watched.sequence):
            return Reception.REPLAYED
        watched.beat, watched.boot, watched.sequence = beat, beat.boot, beat.sequence
        watched.boots[beat.boot] = max(beat.sent_ns, wall_ns)
        for boot, heard_ns in list(watched.boots.items()):
            if heard_ns < wall_ns - _KEPT_NS:
                del watched.boots[boot]
        watched.counted_ns = now_ns
        watched.excused_ns = now_ns + round((beat.back_within or 0.0) * _SECOND_NS)
        return Reception.ACCEPTED

    def standings(self, now_ns: int) -> tuple[Standing, ...]:
        """How every daemon stands, in the order of the configuration."""
        return tuple(self._standing(name, watched, now_ns) for name, watched in self._watched.items())

    def _standing(self, vantage: str, watched: _Watched, now_ns: int) -> Standing:
        beat, silent_ns = watched.beat, now_ns - watched.counted_ns
        silent = silent_ns / _SECOND_NS
        if silent_ns >= self._granted_ns(beat) and now_ns >= watched.excused_ns:
            return Standing(vantage, settled=True, silent=silent, why=Why.HEARTBEAT_MISSING, beat=beat)
        if beat is None or beat.back_within is not None:
            return Standing(vantage, settled=False, silent=silent, beat=beat)
        found = ailment(beat.vitals)
        why = found.why if found is not None else None
        return Standing(vantage, settled=True, silent=silent, why=why, ailment=found, beat=beat)

    def _granted_ns(self, beat: Heartbeat | None) -> int:
        """How long a daemon may be silent: one heartbeat that is lost on its way never means anything."""
        every_ns = round(beat.every * _SECOND_NS) if beat is not None else 0
        return max(self._after_ns, 2 * every_ns)

    def remembered(self, now_ns: int, wall_ns: int) -> tuple[Remembered, ...]:
        """What `recall` takes after a restart."""
        return tuple(
            Remembered(
                vantage=name,
                boot=watched.boot,
                sequence=watched.sequence,
                boots=dict(watched.boots),
                excused_ns=wall_ns + watched.excused_ns - now_ns if watched.excused_ns > now_ns else 0,
            )
            for name, watched in self._watched.items()
            if watched.boot
        )

    def recall(self, former: Iterable[Remembered], now_ns: int, wall_ns: int) -> None:
        """Take up what is remembered of daemons that are still watched. Of their silence nothing is known."""
        for one in former:
            watched = self._watched.get(one.vantage)
            if watched is not None:
                watched.boot, watched.sequence, watched.boots = one.boot, one.sequence, dict(one.boots)
                if one.excused_ns > wall_ns:
                    watched.excused_ns = now_ns + one.excused_ns - wall_ns
