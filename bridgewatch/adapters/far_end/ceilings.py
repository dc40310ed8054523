"""How much each sender may take: connections at once, a rate, and octets a day. Bounded whatever comes."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

_BITS: Final = 8
_SENDERS: Final = 4096
_DAY: Final = 86_400.0
_BURST: Final = 0.1  # seconds' worth that may go at once


@dataclass(frozen=True, slots=True)
class Ceilings:
    """Of one sender address: `rate` bit/s, `octets` in 24 hours of its first on, `connections` at once."""

    rate: float = 1_000_000_000.0
    octets: int = 20_000_000_000
    connections: int = 32


@dataclass(slots=True)
class _Sender:
    day: float
    due: float
    octets: int = 0
    connections: int = 0


class Ledger:
    """What each sender has taken. Times in seconds, of any origin, that never go back."""

    def __init__(self, ceilings: Ceilings) -> None:
        self._ceilings = ceilings
        self._senders: OrderedDict[str, _Sender] = OrderedDict()

    def connect(self, sender: str, now: float) -> bool:
        """Whether it may have one more connection; then `disconnect` ends it."""
        held = self._of(sender, now)
        if held.connections >= self._ceilings.connections:
            return False
        held.connections += 1
        return True

    def disconnect(self, sender: str, now: float) -> None:
        """One connection less."""
        held = self._of(sender, now)
        held.connections = max(0, held.connections - 1)

    def left(self, sender: str, now: float) -> int:
        """Octets that it may still take."""
        return max(0, self._ceilings.octets - self._of(sender, now).octets)

    def take(self, sender: str, octets: int, now: float) -> float:
        """Book octets that go or came; returns the seconds to pause before more."""
        held = self._of(sender, now)
        held.octets += octets
        held.due = max(held.due, now - _BURST) + octets * _BITS / self._ceilings.rate
        return max(0.0, held.due - now)

    def _of(self, sender: str, now: float) -> _Sender:
        held = self._senders.get(sender)
        if held is None:
            held = self._senders[sender] = _Sender(now, now)
        elif now - held.day >= _DAY:
            held.day, held.octets = now, 0
        self._senders.move_to_end(sender)
        if len(self._senders) > _SENDERS:
            self._forget()
        return held

    def _forget(self) -> None:
        """The one that was longest silent, of those without a connection."""
        for sender, held in self._senders.items():
            if not held.connections:
                del self._senders[sender]
                return
