"""The boxes that were heard before this start and have not called since: what is remembered, who is overdue.

A session dies with its daemon, so only a new call brings a box back. Until it is overdue, nothing is said of
it; from then on its silence means what any silence means.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, NamedTuple

from bridgewatch.model.ids import EgressId, KeyId

# How long a box that is alive has to call again. What `caller` needs: it asks after 15 s at most in which it
# heard nothing, three times, a second apart, and then it calls: 18 s. Three greetings that are lost in a row
# cost 7.5 s more, the answers to what follows a second or two. A box that calls in vain for longer greets
# every 3.75 s at most.
GRACE_NS: Final = 30 * 10**9
AT_ONCE: Final = 16  # boxes overdue that are told at one look: probing waits while their paths are placed
_LARGEST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class Remembered:
    """What outlives a restart of the daemon, of one box. `mark` is that of its key; `heard_ns` is wall clock.

    Raises ValueError for an `address` that is not numeric, and for a port that is none.
    """

    key: KeyId
    mark: str
    address: str
    port: int
    heard_ns: int

    def __post_init__(self) -> None:
        """Check what came from a file."""
        ip_address(self.address)
        if not 0 < self.port <= _LARGEST_PORT:
            raise ValueError(f"{self.port} is no port")


class Tie(NamedTuple):
    """What a key is tied to now: the mark of its octets, None while they cannot be read, and an egress."""

    mark: str | None
    egress: EgressId


class Look(NamedTuple):
    """What time and our own egresses changed: whose paths are to be probed, and whose no more for now."""

    overdue: Sequence[Remembered]
    held: Sequence[KeyId]


@dataclass(slots=True)
class _Box:
    last: Remembered
    since_ns: int  # it could have called since then
    told: bool = False  # that it is overdue


class Awaited:
    """Boxes by their keys. Instants are monotonic ns and never go back.

    While an egress is dark no call comes in by it, so whoever is awaited there has the whole time again once
    it is light.
    """

    def __init__(self) -> None:
        self._boxes: dict[KeyId, _Box] = {}
        self._ties: Mapping[KeyId, Tie] = {}
        self._dark: frozenset[EgressId] = frozenset()
        self._lit_ns: dict[EgressId, int] = {}  # when an egress that was dark was so no more
        self._due_ns = 0  # nobody is overdue before

    def of(self, key: KeyId) -> Remembered | None:
        """The box of that key, if it is awaited."""
        box = self._boxes.get(key)
        return None if box is None else box.last

    @property
    def remembered(self) -> Sequence[Remembered]:
        """Whoever is awaited, where they were."""
        return [box.last for box in self._boxes.values()]

    @property
    def overdue(self) -> Sequence[Remembered]:
        """Those of them whose paths are to be probed."""
        return [box.last for box in self._boxes.values() if box.told]

    def know(self, ties: Mapping[KeyId, Tie], now: int) -> None:
        """These are the keys in use from now on; boxes of others, and of keys that changed, are forgotten."""
        for key, box in list(self._boxes.items()):
            tie = ties.get(key)
            if tie is None or tie.mark not in {None, box.last.mark}:
                del self._boxes[key]
            elif tie != self._ties.get(key):
                self._expect_anew(box, now)
        self._ties = ties

    def expect(self, boxes: Iterable[Remembered], now: int) -> None:
        """Await these from now on, as far as their keys are in use and the same."""
        for last in boxes:
            tie = self._ties.get(last.key)
            if tie is not None and tie.mark in {None, last.mark}:
                self._boxes[last.key] = _Box(last, now)
        self._due_ns = 0

    def again(self, key: KeyId, now: int) -> None:
        """The path of that key is another one, which was never probed: give its box the time once more."""
        if key in self._boxes:
            self._expect_anew(self._boxes[key], now)

    def _expect_anew(self, box: _Box, now: int) -> None:
        box.since_ns, box.told, self._due_ns = now, False, 0

    def called(self, key: KeyId) -> bool:
        """The box of that key has called; whether it was overdue."""
        box = self._boxes.pop(key, None)
        return box is not None and box.told

    def look(self, now: int, dark: frozenset[EgressId]) -> Look:
        """Who is overdue now, each told once, and who is to be left alone since their egress went dark."""
        held: list[KeyId] = []
        if dark != self._dark:
            held = self._turn(now, dark)
        if now < self._due_ns:
            return Look([], held)
        overdue: list[Remembered] = []
        self._due_ns = now + GRACE_NS
        for key, box in self._boxes.items():
            tie = self._ties[key]
            if box.told or tie.mark is None or tie.egress in dark:
                continue
            due_ns = max(box.since_ns, self._lit_ns.get(tie.egress, box.since_ns)) + GRACE_NS
            if due_ns > now or len(overdue) == AT_ONCE:
                self._due_ns = min(self._due_ns, max(due_ns, now))
                continue
            box.told = True
            overdue.append(box.last)
        return Look(overdue, held)

    def _turn(self, now: int, dark: frozenset[EgressId]) -> list[KeyId]:
        """Egresses turned: whose paths are no longer to be probed."""
        self._lit_ns.update(dict.fromkeys(self._dark - dark, now))
        turned: Collection[EgressId] = dark - self._dark
        self._dark, self._due_ns = dark, 0
        held = [key for key, box in self._boxes.items() if box.told and self._ties[key].egress in turned]
        for key in held:
            self._boxes[key].told = False
        return held
