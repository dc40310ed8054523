"""Says when refusing begins and when it is over, not every time it happens."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np

from bridgewatch.core.reflecting.reflection import Verdict
from bridgewatch.model.observations import Int64

QUIET_NS: Final = 60 * 1_000_000_000

_TEXTS: Final[Mapping[Verdict, str]] = {
    Verdict.STRANGER: "packets of strangers",
    Verdict.UNANSWERABLE: "packets sent to a group address or from port 0",
    Verdict.TOO_SHORT: "packets too short for a request",
    Verdict.TOO_LONG: "packets too long to be reflected whole",
    Verdict.REPLY: "replies of another reflector",
    Verdict.SENDER_RATE: "packets over a sender's rate",
    Verdict.TOTAL_RATE: "packets over the total rate",
    Verdict.BAD_HMAC: "packets that no key of their sender sealed",
    Verdict.UNAUTHENTICATED: "packets that are not authenticated",
}


class Change(NamedTuple):
    """A kind of refusal that began, or that has been over for a minute with `refused` packets in all."""

    verdict: Verdict
    began: bool
    refused: int

    def __str__(self) -> str:
        what = _TEXTS[self.verdict]
        return f"refusing {what}" if self.began else f"no more {what}: {self.refused} refused"


class _Spell(NamedTuple):
    before: int
    counted: int
    grew_ns: int


class Refusals:
    """Follows the counts of every verdict but ANSWERED."""

    def __init__(self) -> None:
        self._seen = np.zeros(len(Verdict), np.int64)
        self._spells: dict[Verdict, _Spell] = {}

    def look(self, counts: Int64, now_ns: int) -> Iterator[Change]:
        """What changed since the last look, given cumulative `counts` [Verdict]."""
        for verdict in _TEXTS:
            count, seen = int(counts[verdict]), int(self._seen[verdict])
            spell = self._spells.get(verdict)
            if count > seen:
                self._spells[verdict] = _Spell(spell.before if spell else seen, count, now_ns)
                if spell is None:
                    yield Change(verdict, began=True, refused=count - seen)
            elif spell is not None and now_ns - spell.grew_ns >= QUIET_NS:
                del self._spells[verdict]
                yield Change(verdict, began=False, refused=spell.counted - spell.before)
        self._seen = counts.copy()


def summary(counts: Int64, sessions: int, unsent: int, overflows: int) -> str:
    """One line for people: what was answered, what was not and why."""
    parts = [f"{counts[Verdict.ANSWERED]} answered", f"{sessions} sessions"]
    parts += [f"{counts[verdict]} {text}" for verdict, text in _TEXTS.items() if counts[verdict]]
    parts += [f"{unsent} replies the kernel refused"] if unsent else []
    parts += [f"{overflows} lost in the receive buffer"] if overflows else []
    return ", ".join(parts)
