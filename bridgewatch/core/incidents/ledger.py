"""The ledger of incidents: a fold over the log, and nothing else changes it.

Entries of incidents that it does not know are passed over: the log that a restart replays may leave out what
belongs to closed ones.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from bridgewatch.core.incidents.codes import code_of, number_of
from bridgewatch.core.incidents.incident import Cut, Incident, Member
from bridgewatch.core.incidents.life import MOVES
from bridgewatch.model.ids import IncidentId, LinkId
from bridgewatch.model.log import (
    BandwidthTold,
    ClockStepped,
    Closed,
    Entry,
    Folded,
    Grew,
    IncidentEntry,
    InterfaceTold,
    Noticed,
    Opened,
    Recovered,
    Shrank,
    Weighed,
)
from bridgewatch.model.paging import FaultKind, Urgency, Why

REMEMBERED: Final = 1000  # closed incidents that can still be looked up
_RESOLVED: Final = 20
_CUTS: Final = 4  # spells remembered; three within a minute are what counts
_LATELY_NS: Final = 60_000_000_000  # longer than verdicts on one fault may lie apart
_UP_TO: Final = tuple(tuple(Urgency)[: urgency + 1] for urgency in Urgency)  # by urgency, those not above it
_ANSWERED: Final = frozenset({Why.ANSWERS_AGAIN, Why.GOOD_AGAIN})
# What says better why it is there than what it grew by first: what its link does now, a handover that is out.
_KNOWN_BETTER: Final[Mapping[FaultKind, frozenset[Why]]] = {
    FaultKind.LINK: frozenset({Why.LINK_DOWN, Why.LINK_FLAPPING}),
    FaultKind.HANDOVER: frozenset({Why.BEHIND_HANDOVER}),
}


class Ledger:
    """All incidents that are not over, the latest of those that are, and which link is in which."""

    def __init__(self) -> None:
        self.number = 0  # the greatest that was ever given
        self.open: dict[IncidentId, Incident] = {}  # neither closed nor folded
        self.folded: dict[IncidentId, Incident] = {}
        self.behind: dict[IncidentId, dict[IncidentId, Incident]] = {}  # what is folded into each
        self.closed: OrderedDict[IncidentId, Incident] = OrderedDict()
        self.resolved: deque[IncidentId] = deque(maxlen=_RESOLVED)  # the latest that persons closed
        self.codes: set[str] = set()  # of those not closed
        self.of_key: dict[tuple[FaultKind, str], Incident] = {}  # those in `open`
        self.down: dict[LinkId, Incident] = {}  # of each link that is down or flapping
        self.poor: dict[LinkId, Incident] = {}  # of each link whose quality is critical
        self.refusing: dict[LinkId, Incident] = {}  # of each link whose target refuses
        self._indexes = {FaultKind.QUALITY: self.poor, FaultKind.TARGET: self.refusing}
        self.left: dict[LinkId, Incident] = {}  # where each link was last down, until that is closed
        self.lately: deque[tuple[int, list[LinkId]]] = deque()  # what went down in the last minute, and when
        self._changes: dict[type[IncidentEntry], Callable[[Any, Incident], None]] = {
            Grew: self._grew,
            Shrank: self._shrank,
            InterfaceTold: self._interface_told,
            BandwidthTold: self._bandwidth_told,
            Weighed: self._weighed,
            Folded: self._folded,
            Opened: self._opened,
            Recovered: self._recovered,
            Closed: self._closed,
        }

    def apply(self, entry: Entry) -> None:
        """Take in one entry of the log; what is other rooms' is passed over."""
        if isinstance(entry, Noticed):
            self.notice(entry)
        elif isinstance(entry, ClockStepped):
            self._stepped(entry)
        elif isinstance(entry, IncidentEntry) and type(entry) in self._changes:
            incident = self.open.get(entry.incident) or self.folded.get(entry.incident)
            if incident is not None:
                self.change(incident, entry)

    def change(self, incident: Incident, entry: IncidentEntry) -> None:
        """Take in an entry of this room about an incident that is not closed."""
        kind = type(entry)
        self._changes[kind](entry, incident)
        incident.life = MOVES[incident.life].get(kind, incident.life)

    def get(self, incident: IncidentId) -> Incident | None:
        """An incident that is not over, or one of the latest that are."""
        return self.open.get(incident) or self.folded.get(incident) or self.closed.get(incident)

    def living(self) -> Iterable[Incident]:
        """Those that are not closed."""
        return (*self.open.values(), *self.folded.values())

    def links_of(self, kind: FaultKind) -> dict[LinkId, Incident]:
        """The index that the links of incidents of this kind are in."""
        return self._indexes.get(kind, self.down)

    def next_number(self) -> tuple[int, str]:
        """The next running number whose code nobody answers with now, and that code."""
        number = self.number + 1
        while (code := code_of(number)) in self.codes:
            number += 1
        return number, code

    def notice(self, entry: Noticed) -> Incident:
        """Take in the beginning of an incident."""
        number = number_of(entry.incident)
        self.number = max(self.number, number)
        incident = Incident(
            entry.incident,
            number,
            entry.code,
            entry.kind,
            entry.subject,
            entry.audience,
            entry.at_ns,
            entry.began_ns,
            entry.carrier,
            entry.site,
            entry.area,
            entry.suspected,
            urgent_ns={Urgency.NOTE: entry.at_ns},
            spell_ns=entry.began_ns,
        )
        self.open[incident.id] = incident
        self.codes.add(incident.code)
        self.of_key[incident.key] = incident
        return incident

    def _grew(self, entry: Grew, incident: Incident) -> None:
        if not incident.broken:
            self._relapse(entry, incident)
        if incident.why is None or (not entry.links and entry.why is not Why.RELAPSED):
            incident.why = entry.why
            if entry.why is Why.STAYED_DOWN:  # it was held with its root
                incident.urgent_ns = {Urgency.NOTE: incident.began_ns}
        if entry.why in _KNOWN_BETTER.get(incident.kind, ()):
            incident.why = entry.why
            incident.suspected = incident.suspected and entry.why is not Why.BEHIND_HANDOVER
        index = self.links_of(incident.kind)
        fresh: list[LinkId] = []
        for link, proof in entry.links:
            former = index.get(link)
            if former is not incident:
                if former is not None:
                    del former.links[link]
                self._enter(link, incident)
                fresh.append(link)
                index[link] = incident
            incident.links[link] = Member(proof, proof.since_ns, entry.why)
        if fresh and index is self.down:
            self._remember(entry.at_ns, fresh)

    def _enter(self, link: LinkId, incident: Incident) -> None:
        """It is counted once, however often it leaves and comes back."""
        if incident.left.pop(link, None) is None:
            incident.fell += 1
        elif self.left.get(link) is incident:
            del self.left[link]

    def _remember(self, at_ns: int, fell: list[LinkId]) -> None:
        while self.lately and self.lately[0][0] < at_ns - _LATELY_NS:
            self.lately.popleft()
        self.lately.append((at_ns, fell))

    def _relapse(self, entry: Grew, incident: Incident) -> None:
        incident.recovered_ns = None
        incident.interfaces = {}
        if incident.why is Why.LINK_FLAPPING:
            incident.why = Why.LINK_DOWN  # unless it flaps again
        incident.spells += 1
        incident.spell_ns = min((proof.since_ns for _, proof in entry.links), default=entry.at_ns)
        incident.spell_worst = incident.urgency
        incident.urgent_ns = dict.fromkeys(_UP_TO[incident.urgency], entry.at_ns)

    def _shrank(self, entry: Shrank, incident: Incident) -> None:
        index = self.links_of(incident.kind)
        answered = entry.why in _ANSWERED
        for link in entry.links:
            if incident.links.pop(link, None) is None:
                continue
            if index.get(link) is incident:
                del index[link]
            if answered:
                incident.left[link] = entry.at_ns
                if index is self.down:
                    self.left[link] = incident
        incident.shrank_ns = entry.at_ns

    def _interface_told(self, entry: InterfaceTold, incident: Incident) -> None:
        incident.interfaces[entry.link] = entry

    def _bandwidth_told(self, entry: BandwidthTold, incident: Incident) -> None:
        incident.told = entry

    def _weighed(self, entry: Weighed, incident: Incident) -> None:
        incident.urgency = entry.urgency
        incident.spell_worst = max(incident.spell_worst, entry.urgency)
        incident.dark, incident.impaired, incident.reduced = entry.dark, entry.impaired, entry.reduced
        incident.weights = dict.fromkeys(entry.dark, Urgency.DARK)
        if entry.impaired:
            incident.weights.update(dict.fromkeys(entry.impaired, Urgency.IMPAIRED))
        if entry.reduced:
            incident.weights.update(dict.fromkeys(entry.reduced, Urgency.REDUCED))
        incident.weighed_ns = entry.at_ns
        if not incident.broken:
            return
        since, reached = incident.urgent_ns, _UP_TO[entry.urgency]
        if entry.at_ns == incident.noticed_ns:  # it counts from where the noticing does
            incident.urgent_ns = dict.fromkeys(reached, since[Urgency.NOTE])
        else:
            incident.urgent_ns = {urgency: since.get(urgency, entry.at_ns) for urgency in reached}

    def _folded(self, entry: Folded, incident: Incident) -> None:
        into = self.open.get(entry.into)
        alike = into is not None and self.links_of(into.kind) is self.links_of(incident.kind)
        if into is not None and alike:  # as long as it was held, its explanation need not be held again
            into.began_ns = min(into.began_ns, incident.began_ns)
            for urgency, since_ns in into.urgent_ns.items():
                into.urgent_ns[urgency] = min(since_ns, incident.urgent_ns.get(urgency, since_ns))
        incident.into = entry.into
        self._take_out(incident)
        self.folded[incident.id] = incident
        self.behind.setdefault(entry.into, {})[incident.id] = incident

    def _opened(self, entry: Opened, incident: Incident) -> None:
        incident.opened = entry

    def _recovered(self, entry: Recovered, incident: Incident) -> None:
        incident.recovered_ns = entry.at_ns
        cut = Cut(incident.spell_ns, entry.at_ns, incident.spell_worst)
        incident.cuts = (*incident.cuts[1 - _CUTS :], cut)
        incident.urgent_ns = {}

    def _closed(self, entry: Closed, incident: Incident) -> None:
        self._take_out(incident)
        self.folded.pop(incident.id, None)
        self.behind.pop(incident.id, None)
        if incident.into is not None and (siblings := self.behind.get(incident.into)) is not None:
            siblings.pop(incident.id, None)
        self.codes.discard(incident.code)
        for link in incident.left:
            if self.left.get(link) is incident:
                del self.left[link]
        incident.left = {}
        incident.closed_ns, incident.closed_why, incident.closed_by = entry.at_ns, entry.why, entry.actor
        self.closed[incident.id] = incident
        if entry.why is Why.RESOLVED:
            self.resolved.append(incident.id)
        if len(self.closed) > REMEMBERED:
            self.closed.popitem(last=False)

    def _take_out(self, incident: Incident) -> None:
        """It is among the open ones no longer, and none of its links is in it."""
        self.open.pop(incident.id, None)
        if self.of_key.get(incident.key) is incident:
            del self.of_key[incident.key]
        index = self.links_of(incident.kind)
        for link in incident.links:
            if index.get(link) is incident:
                del index[link]
        incident.links = {}

    def _stepped(self, entry: ClockStepped) -> None:
        for incident in self.living():
            incident.shift(entry.by_ns)
        self.lately = deque((at_ns + entry.by_ns, fell) for at_ns, fell in self.lately)
