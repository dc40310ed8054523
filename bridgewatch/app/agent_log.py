"""Says in the log how agents are doing: once per change, and never more than a screen a minute."""

import logging
from collections.abc import Sequence
from typing import Final

from bridgewatch.core.bandwidth.agents import AgentChange
from bridgewatch.core.bandwidth.polling import MissingInterface
from bridgewatch.model.bandwidth import AgentState
from bridgewatch.model.ids import LinkId
from bridgewatch.model.ports import Clock
from bridgewatch.model.snmp import AgentKey, Refusal

log = logging.getLogger(__name__)

_MOST_A_MINUTE: Final = 20
_MINUTE_NS: Final = 60 * 1_000_000_000
_LINKS_NAMED: Final = 3

_REFUSALS: Final = {
    Refusal.USER: "it does not know the user",
    Refusal.AUTH: "the authentication key or protocol is not the one it has for this user",
    Refusal.PRIVACY: "it answers nothing encrypted with this privacy key and protocol in this context",
    Refusal.LEVEL: "it wants this user to authenticate or encrypt otherwise",
    Refusal.TIME: "it takes every question for too old or too new",
    Refusal.ENGINE: "it says each time that it is another engine",
    Refusal.CONTEXT: "it does not know the context",
    Refusal.ACCESS: "the user or community may not read its interfaces",
}


class AgentLog:
    """Says what changed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[AgentKey, AgentState] = {}
        self._minute_ns = -_MINUTE_NS
        self._said = 0
        self._unsaid = 0

    def say(self, change: AgentChange, links: Sequence[LinkId]) -> None:
        """An agent answers otherwise than before."""
        former = self._known.get(change.agent, AgentState.UNKNOWN)
        self._known[change.agent] = change.state
        who = f"SNMP agent {change.agent} of {_named(links)}"
        match change.state:
            case AgentState.SILENT:
                self._warn(f"{who} does not answer: dead, filtered, or not to this community")
            case AgentState.REFUSING:
                self._warn(f"{who} refuses credentials {change.agent.credentials}: {_refusal(change)}")
            case AgentState.BROKEN:
                self._warn(f"{who} cannot be understood: {change.detail}")
            case AgentState.ANSWERING if former is not AgentState.UNKNOWN:
                self._warn(f"{who} answers again", logging.INFO)
            case _:
                pass

    def say_missing(self, absence: MissingInterface) -> None:
        """An agent has no interface of that name, or too many."""
        interface = absence.interface
        found = f"{absence.count} interfaces" if absence.count else "no interface"
        self._warn(
            f"{interface.link}: SNMP agent {absence.agent} has {found} of {interface.by} {interface.name!r}"
        )

    def _warn(self, text: str, level: int = logging.WARNING) -> None:
        now_ns = self._clock.monotonic_ns()
        if now_ns - self._minute_ns >= _MINUTE_NS:
            if self._unsaid:
                log.warning("and %d more of SNMP agents, in the minute before", self._unsaid)
            self._minute_ns, self._said, self._unsaid = now_ns, 0, 0
        if self._said < _MOST_A_MINUTE:
            self._said += 1
            log.log(level, "%s", text)
        else:
            self._unsaid += 1


def _named(links: Sequence[LinkId]) -> str:
    more = len(links) - _LINKS_NAMED
    return ", ".join(links[:_LINKS_NAMED]) + (f" and {more} more" if more > 0 else "")


def _refusal(change: AgentChange) -> str:
    return _REFUSALS[change.refusal] if change.refusal is not None else change.detail
