"""Which agents are asked when, and what comes of it. Nothing here knows sockets or clocks.

Every agent has a phase of its own within the interval, hashed from who it is, so a country is asked evenly
and the next due time is the previous one plus the interval. An agent has one question open at a time, all
agents together `in_flight`; those that have to wait for room are asked in the order they were due, at most
four times as fast as they fall due, so that catching up is no burst on a line that carries a conference. A
poll that is still under way when the next is due lets that one pass: nothing piles up.
"""

import heapq
from collections import Counter, deque
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from zlib import crc32

from bridgewatch.core.bandwidth.agents import Agent, AgentChange
from bridgewatch.core.bandwidth.asking import Found, Poll, Question, poll
from bridgewatch.core.bandwidth.counters import Meter
from bridgewatch.core.bandwidth.interfaces import Interface
from bridgewatch.model.bandwidth import AgentState, CounterGap, Use
from bridgewatch.model.ids import CredentialsId
from bridgewatch.model.snmp import AgentKey, Outcome, SnmpAnswer, SnmpRequest

_NS: Final = 1_000_000_000
_LATE: Final = 10  # a poll that begins a tenth of the interval after it was due is late
_HASHES: Final = 1 << 32
_CATCH_UP: Final = 4.0  # times the regular rate
_BURST: Final = 0.25  # seconds of that rate, and
_LEAST_BURST: Final = 10.0  # polls


@dataclass(frozen=True, slots=True)
class Terms:
    """How agents are polled. As in `SnmpSettings`, times in nanoseconds."""

    interval_ns: int = 60 * _NS
    timeout_ns: int = 2 * _NS
    retries: int = 1
    in_flight: int = 500


@dataclass(frozen=True, slots=True)
class MissingInterface:
    """An agent has no interface of that name, or `count` of them, since just now."""

    agent: AgentKey
    interface: Interface
    count: int


@dataclass(slots=True)
class Tally:
    """What was done, cumulative. `late`: polls that began late, or not at all; `gaps`: no rate, and why."""

    polls: int = 0
    requests: int = 0
    timeouts: int = 0
    unsent: int = 0
    late: int = 0
    gaps: Counter[CounterGap] = field(default_factory=Counter)


@dataclass(slots=True)
class Outbound:
    """What is to be done now: ask these, and wait no longer for those."""

    ask: list[SnmpRequest] = field(default_factory=list)
    give_up: list[int] = field(default_factory=list)


@dataclass(slots=True)
class News:
    """What was found out."""

    uses: list[Use] = field(default_factory=list)
    changes: list[AgentChange] = field(default_factory=list)
    missing: list[MissingInterface] = field(default_factory=list)


@dataclass(slots=True)
class _Talk:
    """A poll under way, and its open question."""

    agent: Agent
    poll: Poll
    request: SnmpRequest
    deadline_ns: int
    tries: int


_Place: TypeAlias = tuple[AgentKey, Interface]


class Poller:
    """Polls the agents it was last configured with."""

    def __init__(self, terms: Terms) -> None:
        self.tally = Tally()
        self._terms = terms
        self._agents: dict[AgentKey, Agent] = {}
        self._meters: dict[_Place, Meter] = {}
        self._missing: dict[_Place, int] = {}
        self._due: list[tuple[int, AgentKey]] = []
        self._waiting: deque[tuple[int, AgentKey]] = deque()
        self._talks: dict[int, _Talk] = {}  # by the id of the open question
        self._busy: set[AgentKey] = set()
        self._last_id = 0
        self._tokens = _LEAST_BURST
        self._filled_ns: int | None = None

    @property
    def in_flight(self) -> int:
        """Questions that are open."""
        return len(self._talks)

    def states(self) -> Mapping[AgentState, int]:
        """How many agents are in each state."""
        counts = Counter(agent.state for agent in self._agents.values())
        return {state: counts[state] for state in AgentState}

    def configure(
        self, agents: Mapping[AgentKey, Sequence[Interface]], terms: Terms, now_ns: int
    ) -> list[int]:
        """Poll exactly these from now on. What stays keeps its place, its state and its last reading.

        Returns the questions that nobody waits for any more.
        """
        regular = terms.interval_ns == self._terms.interval_ns
        former, self._agents, self._terms = self._agents, {}, terms
        for key, interfaces in agents.items():
            self._agents[key] = agent = former.get(key) or Agent(key, ())
            agent.take_on(interfaces)
        kept = {(agent.key, interface) for agent in self._agents.values() for interface in agent.interfaces}
        self._meters = {place: meter for place, meter in self._meters.items() if place in kept}
        self._missing = {place: count for place, count in self._missing.items() if place in kept}
        due = {key: due_ns for due_ns, key in self._due} if regular else {}
        self._due = [(due.get(key) or self._first_due(key, now_ns), key) for key in self._agents]
        heapq.heapify(self._due)
        self._waiting = deque(entry for entry in self._waiting if entry[1] in self._agents)
        gone = [number for number, talk in self._talks.items() if talk.agent.key not in self._agents]
        for number in gone:
            self._busy.discard(self._talks.pop(number).agent.key)
        return gone

    def forgive(self, credentials: Container[CredentialsId], now_ns: int) -> None:
        """Try those agents again at their next turn: what they are asked with has changed."""
        for agent in self._agents.values():
            if agent.key.credentials in credentials:
                agent.failures = 0
        self._due = [
            (self._first_due(key, now_ns) if key.credentials in credentials else due_ns, key)
            for due_ns, key in self._due
        ]
        heapq.heapify(self._due)

    def step(self, now_ns: int) -> Outbound:
        """What to do now. Answers that are there have been taken before, or they would be given up."""
        out = Outbound()
        for number, talk in self._talks.items():
            if talk.deadline_ns > now_ns:
                continue
            if talk.tries > 1:
                talk.tries -= 1
                talk.deadline_ns = now_ns + self._terms.timeout_ns
                self.tally.requests += 1
                out.ask.append(talk.request)
            else:
                talk.deadline_ns = now_ns + self._terms.timeout_ns  # its answer comes at once
                self.tally.timeouts += 1
                out.give_up.append(number)
        self._collect_due(now_ns)
        self._fill(now_ns)
        while self._waiting and len(self._talks) < self._terms.in_flight and self._tokens >= 1.0:
            self._tokens -= 1.0
            out.ask += self._begin(*self._waiting.popleft(), now_ns)
        return out

    def take(self, answers: Iterable[SnmpAnswer], now_ns: int, news: News) -> list[SnmpRequest]:
        """Take answers in; what is found out is added to `news`. Returns what to ask next, at once."""
        asked = []
        for answer in answers:
            talk = self._talks.pop(answer.request, None)
            if talk is None:
                continue
            if answer.outcome is Outcome.UNSENT:
                self.tally.unsent += 1
            try:
                question = talk.poll.send(answer)
            except StopIteration as end:
                self._busy.discard(talk.agent.key)
                self._end(talk.agent, end.value, now_ns, news)
            else:
                asked.append(self._open(talk.agent, talk.poll, question, now_ns))
        return asked

    def _fill(self, now_ns: int) -> None:
        """Earn the right to begin polls by the time that passed."""
        a_second = _CATCH_UP * len(self._agents) * _NS / self._terms.interval_ns
        passed = 0 if self._filled_ns is None else now_ns - self._filled_ns
        self._filled_ns = now_ns
        burst = max(_LEAST_BURST, a_second * _BURST)
        self._tokens = min(burst, self._tokens + a_second * passed / _NS)

    def _first_due(self, key: AgentKey, now_ns: int) -> int:
        interval = self._terms.interval_ns
        phase = crc32(repr(key).encode()) * interval // _HASHES
        return now_ns + (phase - now_ns) % interval

    def _collect_due(self, now_ns: int) -> None:
        """Move what is due to those who wait for room, and tell when it is due again."""
        interval = self._terms.interval_ns
        waiting = {key for _, key in self._waiting}
        while self._due and self._due[0][0] <= now_ns:
            due_ns, key = self._due[0]
            agent = self._agents[key]
            if key in self._busy or key in waiting:
                self.tally.late += 1
            else:
                self._waiting.append((due_ns, key))
                waiting.add(key)
            next_ns = due_ns + interval * agent.backoff
            if next_ns <= now_ns:  # after a standstill: what passed is passed
                next_ns += (now_ns - next_ns) // interval * interval + interval
            heapq.heapreplace(self._due, (next_ns, key))

    def _begin(self, due_ns: int, key: AgentKey, now_ns: int) -> list[SnmpRequest]:
        agent = self._agents.get(key)
        if agent is None or not agent.interfaces:
            return []
        self.tally.polls += 1
        self.tally.late += now_ns - due_ns > self._terms.interval_ns // _LATE
        self._busy.add(key)
        talk = poll(agent.interfaces, agent.memory)
        return [self._open(agent, talk, next(talk), now_ns)]

    def _open(self, agent: Agent, talk: Poll, question: Question, now_ns: int) -> SnmpRequest:
        self._last_id += 1
        request = SnmpRequest(self._last_id, agent.key, question.oids, question.repetitions)
        tries = 1 + self._terms.retries if agent.patient else 1
        self._talks[request.id] = _Talk(agent, talk, request, now_ns + self._terms.timeout_ns, tries)
        self.tally.requests += 1
        return request

    def _end(self, agent: Agent, found: Found, now_ns: int, news: News) -> None:
        uses = []
        for interface, reading in found.readings:
            place = (agent.key, interface)
            if place not in self._meters:
                self._meters[place] = Meter(interface.link, facing_site=interface.facing_site)
            uses.append(self._meters[place].take(reading))
            self._missing.pop(place, None)
        for interface, count in found.missing.items():
            uses.append(Use(interface.link, now_ns, 0.0, CounterGap.MISSING))
            if self._missing.get((agent.key, interface)) != count:
                self._missing[agent.key, interface] = count
                news.missing.append(MissingInterface(agent.key, interface, count))
        self.tally.gaps.update(use.gap for use in uses if use.gap is not CounterGap.NONE)
        news.uses += uses
        change = agent.note(found.failure)
        if change is not None:
            news.changes.append(change)
