"""Where links belong that have just fallen, and what else moves because of them.

Nothing is decided by the order in which faults are seen: a child that was seen before its root, and a few
links that were taken for a fault of their own before the rest of their handover was seen, move to what
explains them. What is in an incident stays in it otherwise, also when what once put it there is over.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bridgewatch.core.incidents.causes import Causes
from bridgewatch.core.incidents.groups import GROUPS, Claim, Key, stands
from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.incidents.topology import Topology
from bridgewatch.model.ids import LinkId
from bridgewatch.model.log import Proof
from bridgewatch.model.paging import FaultKind, Why

_ROUNDS: Final = 3  # a group that falls apart may let its links find another

WhyOwn = Callable[[LinkId], Why]
FindGroups = Callable[[list[LinkId], frozenset[LinkId]], Mapping[LinkId, Claim]]
"""Groups of links nothing explains, of whom the second have lost their incident."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where links go, in inventory order. `emptied`: incidents that lose all, and what explains them now."""

    moves: dict[LinkId, Claim] = field(default_factory=dict)
    emptied: dict[Key, Key] = field(default_factory=dict)

    def parts(self, fallen: Container[LinkId], size: int) -> list["Explanation"]:
        """The same in parts of about `size` incidents, each of which is all in one part.

        The first has everything that moves from one to another; the others what has only just fallen.
        """
        place: dict[Key, int] = {claim.key: 0 for link, claim in self.moves.items() if link not in fallen}
        settled = len(place)
        parts = [Explanation(emptied=self.emptied)]
        for link, claim in self.moves.items():
            part = place.setdefault(claim.key, (len(place) - settled) // size)
            if part == len(parts):
                parts.append(Explanation())
            parts[part].moves[link] = claim
        return parts


class Explainer:
    """Explains what fell in one tick, among what is down already.

    `own` is the kind of incident that a link is in by itself, and `why_own` why it is.
    """

    def __init__(
        self,
        topology: Topology,
        fallen: Mapping[LinkId, Proof],
        members: Mapping[LinkId, Incident],
        causes: Causes,
        own: FaultKind,
        why_own: WhyOwn,
        find_groups: FindGroups,
    ) -> None:
        self._topology = topology
        self._fallen = sorted(fallen, key=topology.place.__getitem__)
        self._members = members
        self._causes = causes
        self._own = own
        self._why_own = why_own
        self._find_groups = find_groups
        self._claims: Mapping[LinkId, Claim] = {}
        self._loose: set[LinkId] = set()

    def explain(self) -> Explanation:
        """Where everything goes."""
        causes, members = self._causes, self._members
        tops = [link for link in self._fallen if causes.cause(link) is None]
        behind = [link for link in self._topology.everything_behind(self._fallen) if link in members]
        explained = [link for link in behind if causes.cause(link) is not None]
        for _ in range(_ROUNDS):
            loose = sorted(self._loose, key=self._topology.place.__getitem__)
            self._claims = self._find_groups([*tops, *loose], frozenset(loose))
            moves = {link: self._target(link) for link in self._fallen}
            shaken = self._shaken([*explained, *self._claims, *self._loose])
            for incident in shaken:
                moves |= self._moves_out_of(incident)
            loose_now = {link for incident in shaken for link in self._left_over(incident, moves)}
            if loose_now <= self._loose:
                break
            self._loose |= loose_now
        if not shaken:
            return Explanation(moves)
        moves = {link: moves[link] for link in sorted(moves, key=self._topology.place.__getitem__)}
        fed = {claim.key for claim in moves.values()}
        emptied = {
            incident.key: self._into(incident, moves)
            for incident in shaken
            if incident.key not in fed and all(link in moves for link in incident.links)
        }
        return Explanation(moves, emptied)

    def _target(self, link: LinkId) -> Claim:
        top = self._causes.top(link)
        claim = self._claims.get(top)
        if claim is None:
            incident = self._members.get(top)
            if incident is None or top in self._loose:
                claim = Claim((self._own, top), self._why_own(top))
            else:
                claim = Claim(incident.key, incident.links[top].why)
        return claim if top == link else Claim(claim.key, Why.BEHIND_ROOT)

    def _shaken(self, links: Iterable[LinkId]) -> list[Incident]:
        """The incidents that lose some of these links."""
        shaken: dict[Key, Incident] = {}
        for link in links:
            incident = self._members.get(link)
            if incident is not None and self._target(link).key != incident.key:
                shaken[incident.key] = incident
        return [shaken[key] for key in sorted(shaken)]

    def _moves_out_of(self, incident: Incident) -> dict[LinkId, Claim]:
        targets = ((link, self._target(link)) for link in incident.links)
        return {link: claim for link, claim in targets if claim.key != incident.key}

    def _left_over(self, incident: Incident, moves: Mapping[LinkId, Claim]) -> list[LinkId]:
        """What remains of a group whose remaining links would be no group, and follows nothing."""
        if incident.kind not in GROUPS:
            return []
        rest = [link for link in incident.links if link not in moves]
        own = [link for link in rest if incident.links[link].why is not Why.BEHIND_ROOT]
        if stands(incident, own, self._topology):
            return []
        return [link for link in rest if self._causes.top(link) == link]

    def _into(self, incident: Incident, moves: Mapping[LinkId, Claim]) -> Key:
        """What explains an incident that has lost everything: where its own links went, most of them.

        Of a group that fell apart it is the first of those that are left over.
        """
        own = [link for link, member in incident.links.items() if member.why is not Why.BEHIND_ROOT]
        links = sorted(own or incident.links, key=self._topology.place.__getitem__)
        over = [link for link in links if link in self._loose]
        if over:
            return moves[over[0]].key
        went = Counter(moves[link].key for link in links)
        return went.most_common(1)[0][0]  # of equally many the first
