"""Writes the entries of decisions into the log, and keeps note of what is to be looked at because of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bridgewatch.core import portion
from bridgewatch.core.incidents.codes import incident_id
from bridgewatch.core.incidents.explanation import Explanation
from bridgewatch.core.incidents.groups import Key
from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.incidents.ledger import Ledger
from bridgewatch.core.incidents.topology import Topology
from bridgewatch.model.ids import CarrierId, IncidentId, LinkId, SiteId
from bridgewatch.model.log import AnyEntry, Closed, Folded, Grew, Noticed, Proof, Recovered, Shrank
from bridgewatch.model.paging import Audience, FaultKind, Why


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
    stirred: dict[tuple[SiteId, IncidentId], Incident] = field(default_factory=dict)  # to be weighed there
    folding: list[tuple[Incident, Incident, Why]] = field(default_factory=list)  # once both are weighed

    def take(self) -> list[AnyEntry]:
        """What was written since the last time."""
        entries, self.entries = self.entries, []
        return entries

    def portion(self) -> list[Incident]:
        """Of what was touched as much as is looked at together; the rest is put off.

        What is about to fold is looked at with what it folds into: it must not be decided by itself before.
        """
        touched = sorted(self.touched.values(), key=by_number)
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

    def resume(self) -> None:
        """The portion is done: what was put off is next."""
        self.touched, self.later = {**self.later, **self.touched}, {}

    def put(self, entry: AnyEntry) -> None:
        """Write an entry from which nothing follows now."""
        self.ledger.apply(entry)
        self.entries.append(entry)

    def write(self, incident: Incident, entry: AnyEntry) -> None:
        """Write an entry of an incident that is then looked at again."""
        self.put(entry)
        self.touched[incident.id] = incident

    def stir(self, incident: Incident, site: SiteId) -> None:
        """Have an incident weighed at a site."""
        self.stirred[site, incident.id] = incident
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
        self.put(entry)
        incident = self.ledger.open[entry.incident]
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
        ordered = sorted(explanation.moves, key=self.topology.place.__getitem__)
        emptied = [(self.ledger.of_key[key], into) for key, into in explanation.emptied.items()]
        reasons = [_why_folded(home, ordered, explanation) for home, _ in emptied]
        arriving: dict[Key, dict[Why, list[tuple[LinkId, Proof]]]] = {}
        leaving: dict[tuple[Key, Why], list[LinkId]] = {}
        for link in ordered:
            key, why = explanation.moves[link]
            proof = fallen.get(link)
            if proof is None:
                home = members[link]
                proof = home.links[link].dated()
                if home.key not in explanation.emptied:
                    leaving.setdefault((home.key, why), []).append(link)
            arriving.setdefault(key, {}).setdefault(why, []).append((link, proof))
        for (key, why), links in leaving.items():
            self.shrink(self.ledger.of_key[key], links, why, now_ns)
        new = self._arrive(arriving, now_ns)
        for (home, into), why in zip(emptied, reasons, strict=True):
            self.folding.append((home, self.ledger.of_key[into], why))
        return new

    def _arrive(
        self, arriving: Mapping[Key, Mapping[Why, list[tuple[LinkId, Proof]]]], now_ns: int
    ) -> list[Incident]:
        new = []
        for key, by_why in arriving.items():
            whys = sorted(by_why, key=_followers_last) if len(by_why) > 1 else list(by_why)
            incident = self.ledger.of_key.get(key)
            if incident is None:
                began_ns = min([proof.since_ns for links in by_why.values() for _, proof in links])
                about = self._about(key, [link for link, _ in by_why[whys[0]]], whys[0])
                incident = self.notice(key, about, began_ns, now_ns)
                new.append(incident)
            for why in whys:
                self.grow(incident, by_why[why], why, now_ns)
        return new

    def _about(self, key: Key, own: Sequence[LinkId], why: Why) -> About:
        """What a new fault is about; `own` fell by themselves."""
        kind, known = key[0], self.topology.inventory.links
        first = known[own[0]]
        if kind is FaultKind.SITE:
            return About(Audience.ROOM, site=first.site, suspected=True)
        if kind is FaultKind.SERVICE:
            return About(Audience.OWN, site=first.site)
        if kind is FaultKind.HANDOVER or kind is FaultKind.AREA:
            area = self.topology.common_area({known[link].site for link in own})
            suspected = why is not Why.BEHIND_HANDOVER
            return About(Audience.CARRIER, carrier=first.carrier, area=area, suspected=suspected)
        return About(Audience.CARRIER, carrier=first.carrier, site=first.site)


def by_number(incident: Incident) -> int:
    """The order in which incidents were noticed."""
    return incident.number


def _followers_last(why: Why) -> tuple[bool, str]:
    return why is Why.BEHIND_ROOT, why


def _why_folded(home: Incident, ordered: Iterable[LinkId], explanation: Explanation) -> Why:
    """Why the first link that fell by itself moves to where the incident is folded into."""
    into = explanation.emptied[home.key]
    links = [link for link in ordered if link in home.links and explanation.moves[link].key == into]
    own = [link for link in links if home.links[link].why is not Why.BEHIND_ROOT]
    return explanation.moves[(own or links)[0]].why
