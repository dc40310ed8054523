"""What health says of the links now. Not part of the log: after a restart nothing is known until it is seen.

What cannot be seen (blind, unknown, suspect) is taken to be as it was seen last, so that our own blindness
neither raises nor ends anything. A link whose target refuses is unknown too, but its path was seen alive.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from bridgewatch.core.addresses import written
from bridgewatch.core.columns import kept
from bridgewatch.core.health.changes import TransitionColumns, Transitions
from bridgewatch.core.incidents.topology import Topology
from bridgewatch.model.ids import LinkId
from bridgewatch.model.log import Proof
from bridgewatch.model.observations import NO_TIME, Flag, Int8, Int32
from bridgewatch.model.words import LinkState, Reason, Severity


def _states(*states: LinkState) -> Flag:
    """A set of states as a table [state]."""
    return np.isin(np.arange(len(LinkState)), states)


_SEEN: Final = _states(LinkState.UP, LinkState.DEGRADED, LinkState.DOWN, LinkState.FLAPPING, LinkState.PAUSED)
_ANSWERING: Final = _states(LinkState.UP, LinkState.DEGRADED, LinkState.SUSPECT)
# Plain numbers: an array that is compared with a member of an enumeration asks it for attributes it has not.
_UNKNOWN: Final = int(LinkState.UNKNOWN)
_REFUSES: Final = int(Reason.TARGET_REFUSES)
_BROKEN: Final = (LinkState.DOWN, LinkState.FLAPPING)
_UNSEEN: Final = (LinkState.UNKNOWN, LinkState.BLIND)

_REASONS: Final = tuple(Reason)
_SEVERITIES: Final = tuple(Severity)


@dataclass(frozen=True, slots=True)
class News:
    """What one tick said of links. A link is in `fell` or in `answered`; of the latter in one of the last."""

    moved: tuple[LinkId, ...] = ()  # all whose seen state changed
    fell: dict[LinkId, Proof] = field(default_factory=dict)
    flapping: set[LinkId] = field(default_factory=set)  # those of `fell` that are
    answered: set[LinkId] = field(default_factory=set)
    paused: set[LinkId] = field(default_factory=set)
    poor: dict[LinkId, Proof] = field(default_factory=dict)  # critical
    good: set[LinkId] = field(default_factory=set)
    refusing: dict[LinkId, Proof] = field(default_factory=dict)  # the path answers, through a refusal


class Sight:
    """The states of all links, in inventory order with nobody's last [L+1]."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        size = len(topology.names) + 1
        self.state: Int8 = np.full(size, LinkState.UNKNOWN, dtype=np.uint8)
        self.seen: Int8 = np.full(size, LinkState.UNKNOWN, dtype=np.uint8)  # when it was seen last
        self.seen[-1] = LinkState.PAUSED
        self.refuses: Flag = np.zeros(size, dtype=np.bool_)  # seen last to be alive, with nobody to answer
        self._health: tuple[LinkId, ...] | None = None  # the order in which health numbers the links
        self._place: Int32 = np.empty(0, dtype=np.int32)  # and where each is here, L for none

    def moved(self, topology: Topology) -> "Sight":
        """The same sight of another inventory."""
        new = Sight(topology)
        source, target = kept(self._topology.place, topology.names)
        new.state[target] = self.state[source]
        new.seen[target] = self.seen[source]
        new.refuses[target] = self.refuses[source]
        return new

    def believe(self, links: Iterable[LinkId]) -> None:
        """These are known to be down from the log; health has not seen them yet."""
        for link in links:
            place = self._topology.place[link]
            if self.seen[place] == LinkState.UNKNOWN:
                self.seen[place] = LinkState.DOWN

    def suspect(self, link: LinkId) -> bool:
        """Whether health asks itself just now whether it is down."""
        return bool(self.state[self._topology.place[link]] == LinkState.SUSPECT)

    def hidden(self, link: LinkId) -> bool:
        """Whether it cannot be seen now."""
        return bool(self.state[self._topology.place[link]] in _UNSEEN)

    def unknown(self, link: LinkId) -> bool:
        """Whether health knows nothing of it, or not any more."""
        return bool(self.unheard(np.array([self._topology.place[link]], dtype=np.int32))[0])

    def unheard(self, places: Int32) -> Flag:
        """Of which of these links health knows nothing."""
        flags: Flag = (self.state[places] == _UNKNOWN) & ~self.refuses[places]
        return flags

    def answering(self, places: Int32) -> Flag:
        """Which of these links answer, or are not yet known not to."""
        state = self.state[places]
        flags: Flag = _ANSWERING[state] | ((state == _UNKNOWN) & self.refuses[places])
        return flags

    def take(self, transitions: Transitions, offset_ns: int) -> News:
        """Take in the links' changes of a tick; monotonic instants become wall time by `offset_ns`."""
        news = News()
        moved: list[Int32] = []
        for batch in transitions.passes:
            place = self._places(transitions.names)[batch.link]
            known = place < len(self._topology.names)
            self._take(place, batch, known)
            telling = _seen(batch) & known
            if telling.any():
                moved.append(place[telling])
                self._tell(_rows(place, batch, telling), transitions.at_ns + offset_ns, offset_ns, news)
        if not moved:
            return news
        names = self._topology.names
        places = np.unique(np.concatenate(moved))
        return News(
            tuple(names[place] for place in places.tolist()),
            news.fell,
            news.flapping,
            news.answered,
            news.paused,
            news.poor,
            news.good,
            news.refusing,
        )

    def _places(self, names: tuple[LinkId, ...]) -> Int32:
        """Where the links are here that health numbers in this order; a reload may reach it first."""
        if names is not self._health:
            places, nobody = self._topology.place, len(self._topology.names)
            self._place = np.array([places.get(name, nobody) for name in names], dtype=np.int32)
            self._health = names
        return self._place

    def _take(self, place: Int32, batch: TransitionColumns, known: Flag) -> None:
        self.state[place[known]] = batch.new[known]
        seen = _seen(batch) & known
        self.seen[place[seen]] = batch.new[seen]
        self.refuses[place[seen]] = batch.reason[seen] == _REFUSES

    def _tell(self, rows: "_Rows", at_ns: int, offset_ns: int, news: News) -> None:
        names = self._topology.names
        for link, state, reason, unanswered, needed, since_ns, witness_ns, loss, severity, router in rows:
            name = names[link]
            critical = state == LinkState.DEGRADED and severity == Severity.CRITICAL
            refuses = state == _UNKNOWN
            if critical or refuses or state in _BROKEN:
                proof = Proof(
                    _REASONS[reason],
                    unanswered,
                    needed,
                    # What was never silent is broken since it was judged so.
                    at_ns if critical or since_ns == NO_TIME else since_ns + offset_ns,
                    None if refuses or witness_ns == NO_TIME else witness_ns + offset_ns,
                    None if refuses else loss,
                    _SEVERITIES[severity],
                    written(router) if reason == Reason.UNREACHABLE else "",
                )
            news.refusing.pop(name, None)
            if state in _BROKEN:
                news.fell[name] = proof
                news.answered.discard(name)
                news.poor.pop(name, None)
                if state == LinkState.FLAPPING:
                    news.flapping.add(name)
                continue
            news.fell.pop(name, None)
            if state == LinkState.PAUSED:
                news.paused.add(name)
                continue
            news.answered.add(name)
            if refuses:
                news.refusing[name] = proof
                news.poor.pop(name, None)
                news.good.discard(name)
            elif critical:
                news.poor[name] = proof
                news.good.discard(name)
            else:
                news.poor.pop(name, None)
                news.good.add(name)


_Rows = Iterable[tuple[int, int, int, int, int, int, int, float, int, list[int]]]


def _seen(batch: TransitionColumns) -> Flag:
    """Which of these changes say how the link is."""
    flags: Flag = _SEEN[batch.new] | (batch.reason == _REFUSES)
    return flags


def _rows(place: Int32, batch: TransitionColumns, chosen: Flag) -> _Rows:
    columns = (
        place,
        batch.new,
        batch.reason,
        batch.unanswered,
        batch.needed,
        batch.since_ns,
        batch.witness_ns,
        batch.loss,
        batch.severity,
        batch.router,
    )
    return zip(*(column[chosen].tolist() for column in columns), strict=True)
