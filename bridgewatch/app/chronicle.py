"""Tells the daemon's log who was called for what, and who answered: one line a decision.

The whole story, with its evidence, is in the store; this is for whoever reads the journal of the machine.
"""

import logging
from collections.abc import Sequence
from functools import singledispatch
from typing import Final

from bridgewatch.model.log import (
    Acknowledged,
    AnyEntry,
    Called,
    Closed,
    DeadLetter,
    Declined,
    EventOrdered,
    Folded,
    GapFound,
    HelpAsked,
    Muted,
    Opened,
    RaisedAgain,
    Recovered,
    SilenceLifted,
    SilenceSet,
    ThroughputAsked,
    ThroughputBegan,
    ThroughputEnded,
    Unreached,
)
from bridgewatch.model.phrases import unpacked

log = logging.getLogger("bridgewatch.people")

_AT_ONCE: Final = 20  # lines a second: a storm writes thousands of entries, nobody reads thousands of lines
_SECOND_NS: Final = 1_000_000_000


class Chronicle:
    """Tells what is written, turn by turn."""

    def __init__(self) -> None:
        self._second = 0
        self._lines = 0  # of that second
        self._left_out = 0

    def note(self, entries: Sequence[AnyEntry], now_ns: int) -> None:
        """Log what these entries mean for people; of more than anybody reads, how many they are."""
        second = now_ns // _SECOND_NS
        if second != self._second:
            if self._left_out:
                log.info("and %d more decisions within a second", self._left_out)
            self._second, self._lines, self._left_out = second, 0, 0
        for entry in entries:
            line = _line(entry)
            if line and self._lines < _AT_ONCE:
                log.info("%s", line)
            self._lines += bool(line)
        self._left_out = max(0, self._lines - _AT_ONCE)


@singledispatch
def _line(_: AnyEntry) -> str:
    return ""


@_line.register
def _(entry: Opened) -> str:
    phase = entry.phase.name.lower()
    return f"{entry.incident}: people are called ({entry.why}; {phase}, policy {entry.policy})"


@_line.register
def _(entry: Called) -> str:
    return f"{entry.incident}: {entry.contact} is called, step {entry.step + 1} ({entry.why})"


@_line.register
def _(entry: GapFound) -> str:
    return f"{entry.incident}: nobody is on duty as {entry.audience} {entry.role}, step {entry.step + 1}"


@_line.register
def _(entry: Acknowledged) -> str:
    return f"{entry.incident}: {entry.actor} has it (by {entry.way})"


@_line.register
def _(entry: HelpAsked) -> str:
    return f"{entry.incident}: {entry.actor} needs help (by {entry.way})"


@_line.register
def _(entry: Declined) -> str:
    return f"{entry.incident}: {entry.contact} says that it is not theirs (by {entry.way})"


@_line.register
def _(entry: RaisedAgain) -> str:
    return f"{entry.incident}: raised again ({entry.why})"


@_line.register
def _(entry: Muted) -> str:
    return f"{entry.incident}: {f'muted by {entry.silence}' if entry.silence else 'muted no longer'}"


@_line.register
def _(entry: Folded) -> str:
    return f"{entry.incident}: explained by {entry.into} ({entry.why})"


@_line.register
def _(entry: Recovered) -> str:
    return f"{entry.incident}: recovered"


@_line.register
def _(entry: Closed) -> str:
    return f"{entry.incident}: resolved by {entry.actor}" if entry.actor else ""


@_line.register
def _(entry: Unreached) -> str:
    return f"message {entry.message}: no channel of {entry.contact} took it yet"


@_line.register
def _(entry: DeadLetter) -> str:
    return f"message {entry.message}: given up, no channel of {entry.contact} takes it"


@_line.register
def _(entry: SilenceSet) -> str:
    return f"silence {entry.silence} set by {entry.actor}"


@_line.register
def _(entry: SilenceLifted) -> str:
    return f"silence {entry.silence} lifted by {entry.actor}"


@_line.register
def _(entry: EventOrdered) -> str:
    order = entry.order
    return f"event {order.event}: {'closed' if order.close else 'extended'} by {order.actor}"


@_line.register
def _(entry: ThroughputAsked) -> str:
    who = entry.actor or "its terms"
    forced = f", against the rules: {entry.note}" if entry.forced else ""
    return f"test {entry.test} of {entry.link} asked for by {who}{forced}"


@_line.register
def _(entry: ThroughputBegan) -> str:
    return f"test {entry.test} began"


@_line.register
def _(entry: ThroughputEnded) -> str:
    rates = [f"{each.direction} {each.rate / 1e6:.2f} Mbit/s by {each.method}" for each in entry.results]
    hindered = entry.hindrance and f"{entry.hindrance} {entry.subject}".strip()
    causes = [hindered, entry.actor, str(unpacked(entry.detail))]
    told = ", ".join([*rates, *(cause for cause in causes if cause)])
    return f"test {entry.test} {entry.end}{f': {told}' if told else ''}"
