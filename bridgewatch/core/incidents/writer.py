"""Writes the entries of decisions into the log, and keeps note of what is to be looked at because of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bridgewatch.core import portion
from bridgewatch.core.incidents.codes import incident_id
from bridgewatch.core.incidents.explanation import Explanation
from bridgewatch.core.incidents.groups import Key
from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.incidents.ledger import Ledger
from bridgewatch.core.incidents.topology import Topology
from bridgewatch.model.ids import CarrierId, IncidentId, LinkId, SiteId
from bridgewatch.model.log import (
    AnyEntry,
    BandwidthTold,
    Closed,
    Folded,
    Grew,
    InterfaceTold,
    Noticed,
    Opened,
    Proof,
    Recovered,
    Shrank,
    Weighed,
)
from bridgewatch.model.paging import Audience, FaultKind, Why

_MANY_LINKS: Final = frozenset({FaultKind.SITE, FaultKind.SERVICE, FaultKind.HANDOVER, FaultKind.AREA})
Broken = tuple[LinkId, Proof]
Change = Grew | Shrank | InterfaceTold | BandwidthTold | Weighed | Folded | Opened | Recovered | Closed


@dataclass(slots=True)
class About:
    """What Noticed says of a fault beside its key."""

    audience: Audience
    carrier: CarrierId | None = None
    site: SiteId | None = None
    area: SiteId | None = None
    suspected: bool = False


@dataclass(slots=True)
class Writer:
    """Applies each entry as it writes it. `touched` and `stirred` are for whoever decides what follows."""

    ledger: Ledger
    topology: Topology
    entries: list[AnyEntry] = field(default_factory=list)
    touched: dict[IncidentId, Incident] = field(default_factory=dict)  # may be due
    later: dict[IncidentId, Incident] = field(default_factory=dict)  # may be too: the next portion's
    stirred: dict[IncidentId, set[SiteId]] = field(default_factory=dict)  # where each is to be weighed
    folding: list[tuple[Incident, Incident, Why]] = field(default_factory=list)  # once both are weighed

    def take(self) -> list[AnyEntry]:
        """What was written since the last time."""
        entries, self.entries = self.entries, []
        return entries

    def portion(self) -> list[Incident]:
        """Of what was touched as much as is looked at together; the rest is put off.

        What is about to fold is looked at with what it folds into: it must not be decided by itself before.
        """
        touched = self.ordered()
        if len(touched) <= portion.INCIDENTS:
            return touched
        together = {each.id for child, root, _ in self.folding for each in (child, root)}
        ahead = [incident for incident in touched if incident.id in together]
        others = [incident for incident in touched if incident.id not in together]
        room = max(0, portion.INCIDENTS - len(ahead))
        self.later = {incident.id: incident for incident in others[room:]}
        chosen = sorted([*ahead, *others[:room]], key=by_number)
        self.touched = {incident.id: incident for incident in chosen}
        return chosen

    def ordered(self) -> list[Incident]:
        """What was touched and is not put off, as it was noticed."""
        return sorted([one for name, one in self.touched.items() if name not in self.later], key=by_number)

    def resume(self) -> None:
        """The portion is done: what was put off is next."""
        self.touched, self.later = {**self.later, **self.touched}, {}

    def put(self, incident: Incident, entry: Change) -> None:
        """Write an entry of an incident from which nothing follows now."""
        self.ledger.change(incident, entry)
        self.entries.append(entry)

    def write(self, incident: Incident, entry: Change) -> None:
        """Write an entry of an incident that is then looked at again."""
        self.put(incident, entry)
        self.touched[incident.id] = incident

    def stir(self, incident: Incident, site: SiteId) -> None:
        """Have an incident weighed at a site."""
        if (sites := self.stirred.get(incident.id)) is not None:
            sites.add(site)
        else:
            self.stirred[incident.id] = {site}
        self.touched[incident.id] = incident

    def notice(self, key: Key, about: About, began_ns: int, now_ns: int) -> Incident:
        """Begin an incident."""
        number, code = self.ledger.next_number()
        entry = Noticed(
            at_ns=now_ns,
            incident=incident_id(number),
            code=code,
            kind=key[0],
            subject=key[1],
            audience=about.audience,
            began_ns=began_ns,
            carrier=about.carrier,
            site=about.site,
            area=about.area,
            suspected=about.suspected,
        )
        incident = self.ledger.notice(entry)
        self.entries.append(entry)
        self.touched[incident.id] = incident
        return incident

    def grow(self, incident: Incident, links: Sequence[tuple[LinkId, Proof]], why: Why, now_ns: int) -> None:
        """Links came to an incident; without links: it broke again, or otherwise."""
        if not incident.broken:
            for site in incident.weights:  # what it did when it was broken last
                self.stir(incident, site)
        self.write(incident, Grew(at_ns=now_ns, incident=incident.id, links=tuple(links), why=why))
        for link, _ in links:
            self.stir(incident, self.topology.inventory.links[link].site)

    def shrink(self, incident: Incident, links: Iterable[LinkId], why: Why, now_ns: int) -> None:
        """Links left an incident."""
        place = self.topology.place
        ordered = tuple(sorted(links, key=lambda link: (place.get(link, -1), link)))
        self.write(incident, Shrank(at_ns=now_ns, incident=incident.id, links=ordered, why=why))
        known = self.topology.inventory.links
        for link in ordered:
            if link in known:
                self.stir(incident, known[link].site)

    def recover(self, incident: Incident, now_ns: int) -> None:
        """Nothing of it is broken any more."""
        self.write(incident, Recovered(at_ns=now_ns, incident=incident.id))

    def close(
        self, incident: Incident, why: Why, now_ns: int, actor: str | None = None, note: str = ""
    ) -> None:
        """End an incident, and what is folded into it."""
        behind = list(self.ledger.behind.get(incident.id, {}).values())
        self.write(incident, Closed(at_ns=now_ns, incident=incident.id, why=why, actor=actor, note=note))
        for folded in behind:
            self.close(folded, Why.FOLDED, now_ns)

    def fold(self, now_ns: int) -> None:
        """Fold what was emptied into what explains it. Who was paged may still answer; else it is the end."""
        folding, self.folding = self.folding, []
        for incident, into, why in folding:
            entry = Folded(at_ns=now_ns, incident=incident.id, into=into.id, why=why)
            self.write(incident, entry)
            self.touched[into.id] = into
            if incident.opened is None and not self.ledger.behind.get(incident.id):
                self.close(incident, Why.FOLDED, now_ns)

    def move(
        self,
        explanation: Explanation,
        fallen: Mapping[LinkId, Proof],
        members: Mapping[LinkId, Incident],
        now_ns: int,
    ) -> list[Incident]:
        """Put links where they belong: `fallen`, and `members` of other incidents. Returns what is new."""
        emptied = [(self.ledger.of_key[key], into) for key, into in explanation.emptied.items()]
        reasons = [_why_folded(home, explanation) for home, _ in emptied]
        arriving: dict[Key, dict[Why, list[Broken]]] = {}
        leaving: dict[tuple[Key, Why], list[LinkId]] = {}
        for link, (key, why) in explanation.moves.items():
            proof = fallen.get(link)
            if proof is None:
                home = members[link]
                proof = home.links[link].dated()
                if home.key not in explanation.emptied:
                    leaving.setdefault((home.key, why), []).append(link)
            if (there := arriving.get(key)) is not None:
                there.setdefault(why, []).append((link, proof))
            else:
                arriving[key] = {why: [(link, proof)]}
        for (key, why), links in leaving.items():
            self.shrink(self.ledger.of_key[key], links, why, now_ns)
        new = self._arrive(arriving, now_ns)
        for (home, into), why in zip(emptied, reasons, strict=True):
            self.folding.append((home, self.ledger.of_key[into], why))
        return new

    def _arrive(self, arriving: Mapping[Key, dict[Why, list[Broken]]], now_ns: int) -> list[Incident]:
        new = []
        for key, by_why in arriving.items():
            growths = sorted(by_why.items(), key=_followers_last) if len(by_why) > 1 else list(by_why.items())
            incident = self.ledger.of_key.get(key)
            if incident is None:
                why, own = growths[0]
                began_ns = min([proof.since_ns for _, links in growths for _, proof in links])
                incident = self.notice(key, self._about(key, own, why), began_ns, now_ns)
                new.append(incident)
            for why, links in growths:
                self.grow(incident, links, why, now_ns)
        return new

    def _about(self, key: Key, own: Sequence[Broken], why: Why) -> About:
        """What a new fault is about; `own` fell by themselves."""
        kind, known = key[0], self.topology.inventory.links
        first = known[own[0][0]]
        if kind not in _MANY_LINKS:
            return About(Audience.CARRIER, first.carrier, first.site)
        if kind is FaultKind.SITE:
            return About(Audience.ROOM, site=first.site, suspected=True)
        if kind is FaultKind.SERVICE:
            return About(Audience.OWN, site=first.site)
        area = self.topology.common_area({known[link].site for link, _ in own})
        suspected = why is not Why.BEHIND_HANDOVER
        return About(Audience.CARRIER, carrier=first.carrier, area=area, suspected=suspected)


def by_number(incident: Incident) -> int:
    """The order in which incidents were noticed."""
    return incident.number


def _followers_last(growth: tuple[Why, Sequence[Broken]]) -> tuple[bool, str]:
    return growth[0] is Why.BEHIND_ROOT, growth[0]


def _why_folded(home: Incident, explanation: Explanation) -> Why:
    """Why the first link that fell by itself moves to where the incident is folded into."""
    into = explanation.emptied[home.key]
    links = [link for link, claim in explanation.moves.items() if link in home.links and claim.key == into]
    own = [link for link in links if home.links[link].why is not Why.BEHIND_ROOT]
    return explanation.moves[(own or links)[0]].why
