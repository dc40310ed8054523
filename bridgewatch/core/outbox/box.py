"""What waits to be told to one contact, and when it leaves.

Four rules, from the most to the least urgent:

* The first page leaves at once. What follows within the policy's `group` seconds of a page waits until they
  are over and leaves as one message.
* Once as many pages as the policy's `ceiling` left within ten minutes, pages leave as digests, each `digest`
  seconds at least. A site that the contact was not yet told is dark never waits for a digest.
* What informs is grouped in the same way, one message per kind, and counts every message of the ten minutes:
  it makes room for pages and never takes it from them. It waits `digest` seconds at most.
* Notes are collected for `digest` seconds from the first on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from bridgewatch.model.ids import IncidentId, PolicyId
from bridgewatch.model.paging import ASKING, MessageKind
from bridgewatch.model.policy import Policy

_SECOND_NS: Final = 1_000_000_000
_WINDOW_NS: Final = 600 * _SECOND_NS  # the ten minutes of the ceiling


@dataclass(slots=True)
class Waiting:
    """One incident that a contact is to hear of, since when, and by which policy it is grouped."""

    kind: MessageKind
    since_ns: int
    policy: PolicyId | None


class Pace(NamedTuple):
    """How messages are grouped, in nanoseconds; the quickest of the policies that have a say."""

    digest_ns: int
    group_ns: int
    ceiling: int

    @classmethod
    def of(cls, policy: Policy) -> "Pace":
        """The pace of one policy."""
        digest_ns, group_ns = round(policy.digest * _SECOND_NS), round(policy.group * _SECOND_NS)
        return cls(digest_ns, group_ns, max(1, policy.ceiling))


_UNGROUPED: Final = Pace(0, 0, 1_000_000)  # where no policy is known


class Departure(NamedTuple):
    """A message that leaves now."""

    kind: MessageKind
    incidents: tuple[IncidentId, ...]


@dataclass(slots=True)
class Queue:
    """Incidents that wait, in the order they came, and which policies they came under."""

    waiting: dict[IncidentId, Waiting] = field(default_factory=dict)
    policies: dict[PolicyId | None, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.waiting)

    @property
    def since_ns(self) -> int:
        """When the first of them came. Raises StopIteration if nothing waits."""
        return next(iter(self.waiting.values())).since_ns

    def put(self, incident: IncidentId, waiting: Waiting) -> None:
        """Let an incident wait; one that waits already keeps its place."""
        known = self.waiting.get(incident)
        if known is not None:
            self._count(known.policy, -1)
            known.kind, known.policy = waiting.kind, waiting.policy
        else:
            self.waiting[incident] = waiting
        self._count(waiting.policy, 1)

    def take(self, incident: IncidentId) -> Waiting | None:
        """Let an incident wait no longer."""
        waiting = self.waiting.pop(incident, None)
        if waiting is not None:
            self._count(waiting.policy, -1)
        return waiting

    def pace(self, policies: Mapping[PolicyId, Policy]) -> Pace:
        """The quickest pace of all that wait."""
        known = (policies.get(policy) for policy in self.policies if policy is not None)
        paces = [Pace.of(policy) for policy in known if policy is not None]
        return min(paces, default=_UNGROUPED)

    def shift(self, by_ns: int) -> None:
        """Move along with the wall clock."""
        for waiting in self.waiting.values():
            waiting.since_ns += by_ns

    def _count(self, policy: PolicyId | None, change: int) -> None:
        count = self.policies.get(policy, 0) + change
        if count:
            self.policies[policy] = count
        else:
            del self.policies[policy]


@dataclass(slots=True)
class Box:
    """What waits for one contact. `dark`: those waiting pages that tell of a site newly dark to them."""

    asks: Queue = field(default_factory=Queue)
    informs: Queue = field(default_factory=Queue)
    notes: Queue = field(default_factory=Queue)
    dark: set[IncidentId] = field(default_factory=set)
    asked_ns: list[int] = field(default_factory=list)  # when pages and digests of the window left
    informed_ns: list[int] = field(default_factory=list)  # when other messages of the window left

    def queue(self, kind: MessageKind) -> Queue:
        """Where messages of a kind wait."""
        if kind in ASKING:
            return self.asks
        return self.notes if kind is MessageKind.NOTES else self.informs

    def left(self, kind: MessageKind, incidents: tuple[IncidentId, ...], at_ns: int) -> None:
        """Note that a message left."""
        queue = self.queue(kind)
        for incident in incidents:
            queue.take(incident)
            if kind in ASKING:
                self.dark.discard(incident)
        times = self.asked_ns if kind in ASKING else self.informed_ns
        times.append(at_ns)
        for each in (self.asked_ns, self.informed_ns):
            while each and each[0] <= at_ns - _WINDOW_NS:
                del each[0]

    def shift(self, by_ns: int) -> None:
        """Move along with the wall clock."""
        for queue in (self.asks, self.informs, self.notes):
            queue.shift(by_ns)
        self.asked_ns = [at_ns + by_ns for at_ns in self.asked_ns]
        self.informed_ns = [at_ns + by_ns for at_ns in self.informed_ns]

    def departures(self, policies: Mapping[PolicyId, Policy], now_ns: int) -> Iterator[Departure]:
        """What leaves now. Changes nothing; `left` does."""
        if self.asks and self._ask_ns(policies, now_ns) <= now_ns:
            digest = self._full(self.asks.pace(policies), self.asked_ns, now_ns) and not self.dark
            kind = MessageKind.DIGEST if digest else MessageKind.PAGE
            yield Departure(kind, tuple(self.asks.waiting))
        if self.informs and self._inform_ns(policies, now_ns) <= now_ns:
            by_kind: dict[MessageKind, list[IncidentId]] = {}
            for incident, waiting in self.informs.waiting.items():
                by_kind.setdefault(waiting.kind, []).append(incident)
            for kind, incidents in by_kind.items():
                yield Departure(kind, tuple(incidents))
        if self.notes and self._note_ns(policies) <= now_ns:
            yield Departure(MessageKind.NOTES, tuple(self.notes.waiting))

    def next_ns(self, policies: Mapping[PolicyId, Policy], now_ns: int) -> int | None:
        """When the next message leaves, None if nothing waits."""
        instants = []
        if self.asks:
            instants.append(self._ask_ns(policies, now_ns))
        if self.informs:
            instants.append(self._inform_ns(policies, now_ns))
        if self.notes:
            instants.append(self._note_ns(policies))
        return min(instants, default=None)

    def _ask_ns(self, policies: Mapping[PolicyId, Policy], now_ns: int) -> int:
        pace = self.asks.pace(policies)
        return self._leave_ns(self.asks, pace, self.asked_ns, now_ns, hurry=bool(self.dark))

    def _inform_ns(self, policies: Mapping[PolicyId, Policy], now_ns: int) -> int:
        times = sorted(self.asked_ns + self.informed_ns)
        return self._leave_ns(self.informs, self.informs.pace(policies), times, now_ns, hurry=False)

    def _note_ns(self, policies: Mapping[PolicyId, Policy]) -> int:
        return self.notes.since_ns + self.notes.pace(policies).digest_ns

    def _leave_ns(self, queue: Queue, pace: Pace, times: list[int], now_ns: int, *, hurry: bool) -> int:
        """When `queue` leaves, after messages at `times`."""
        if not times:
            return queue.since_ns
        leave_ns = max(queue.since_ns, times[-1] + pace.group_ns)
        if hurry or not self._full(pace, times, now_ns):
            return leave_ns
        room_ns = times[-pace.ceiling] + _WINDOW_NS
        # Pages that go on leaving do not put off what informs.
        latest_ns = min(times[-1], queue.since_ns) + max(pace.digest_ns, pace.group_ns)
        return max(queue.since_ns, min(latest_ns, max(room_ns, leave_ns)))

    @staticmethod
    def _full(pace: Pace, times: list[int], now_ns: int) -> bool:
        """Whether as many messages as the ceiling left within the window."""
        return len(times) >= pace.ceiling and times[-pace.ceiling] > now_ns - _WINDOW_NS
