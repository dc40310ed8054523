"""How an agent is doing: its state, when it is polled next, and how often it is tried."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from bridgewatch.core.bandwidth.asking import Memory
from bridgewatch.core.bandwidth.interfaces import Interface
from bridgewatch.model.bandwidth import AgentState
from bridgewatch.model.snmp import AgentKey, Outcome, Refusal, SnmpAnswer

FAILURES: Final = 2  # polls in a row before an agent counts as silent or broken
LONGEST_BACKOFF: Final = 5  # intervals

_STATES: Final = {
    Outcome.SILENT: AgentState.SILENT,
    Outcome.REFUSED: AgentState.REFUSING,
    Outcome.BROKEN: AgentState.BROKEN,
}


@dataclass(frozen=True, slots=True)
class AgentChange:
    """An agent is in another state. `refusal` and `detail` say more of what it says."""

    agent: AgentKey
    state: AgentState
    refusal: Refusal | None = None
    detail: str = ""


@dataclass(slots=True)
class Agent:
    """One agent, its interfaces, and what is remembered of it."""

    key: AgentKey
    interfaces: tuple[Interface, ...]
    memory: Memory = field(default_factory=Memory)
    state: AgentState = AgentState.UNKNOWN
    refusal: Refusal | None = None
    failures: int = 0

    @property
    def backoff(self) -> int:
        """Intervals until its next poll: those that keep failing are asked less and less often."""
        return min(1 << min(max(0, self.failures - 1), LONGEST_BACKOFF), LONGEST_BACKOFF)

    @property
    def patient(self) -> bool:
        """Whether it is asked again when an answer fails to come."""
        return self.state in {AgentState.UNKNOWN, AgentState.ANSWERING}

    def take_on(self, interfaces: Iterable[Interface]) -> None:
        """Have exactly these from now on. New ones are looked for at once, whatever was not found before."""
        former, self.interfaces = self.interfaces, tuple(interfaces)
        memory = self.memory
        memory.places = {each: memory.places[each] for each in self.interfaces if each in memory.places}
        if not set(self.interfaces) <= set(former):
            memory.rest, memory.next_rest = 0, 1

    def note(self, failure: SnmpAnswer | None) -> AgentChange | None:
        """Take in how a poll ended, and tell if that is news. What this host could not send says nothing."""
        if failure is None:
            self.failures = 0
            return self._become(AgentState.ANSWERING)
        state = _STATES.get(failure.outcome)
        if state is None:
            return None
        self.failures += 1
        # Privacy is concluded from silence, and silence may be two lost packets; other refusals are spoken.
        spoken = state is AgentState.REFUSING and failure.refusal is not Refusal.PRIVACY
        if not spoken and self.failures < FAILURES:
            return None
        return self._become(state, failure.refusal, failure.detail)

    def _become(
        self, state: AgentState, refusal: Refusal | None = None, detail: str = ""
    ) -> AgentChange | None:
        if (state, refusal) == (self.state, self.refusal):
            return None
        self.state, self.refusal = state, refusal
        return AgentChange(self.key, state, refusal, detail)
