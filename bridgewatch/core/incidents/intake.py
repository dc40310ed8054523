"""What health says becomes what incidents grow and shrink by."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from bridgewatch.core import portion
from bridgewatch.core.health.changes import EgressTransition
from bridgewatch.core.incidents.causes import QUALITY_SKEW_NS, SKEW_NS, Causes
from bridgewatch.core.incidents.explanation import Explainer, Explanation, WhyOwn
from bridgewatch.core.incidents.groups import Claim, Groups
from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.incidents.sight import News
from bridgewatch.core.incidents.view import View
from bridgewatch.core.incidents.weights import is_noise
from bridgewatch.core.incidents.writer import About
from bridgewatch.core.steps import portions
from bridgewatch.model.ids import LinkId, SiteId
from bridgewatch.model.log import Proof
from bridgewatch.model.paging import STORE, Audience, FaultKind, Why
from bridgewatch.model.words import EgressState, Reason

Piece = Callable[[int], None]
"""A part of the work, to be carried out at an instant (ns)."""

_OF_EGRESS: Final = {EgressState.DARK: Why.EGRESS_DARK, EgressState.IMPAIRED: Why.EGRESS_IMPAIRED}


class Intake:
    """Takes in what is new of links and egresses. Ends and beginnings only; what follows is decided later."""

    def __init__(self, view: View) -> None:
        self._view = view

    def links(self, news: News, now_ns: int) -> Iterator[Piece]:
        """A tick's news in pieces: first what answers, then what fell, then what answers poorly or refuses.

        Each is to be carried out before the next is asked for.
        """
        ledger = self._view.ledger
        down, poor, refusing = ledger.down, ledger.poor, ledger.refusing
        before = self._broken_at(news.moved)
        yield from self._leaving(down, news.answered, Why.ANSWERS_AGAIN)
        yield from self._leaving(poor, news.good, Why.GOOD_AGAIN)
        yield from self._leaving(refusing, news.answered - news.refusing.keys(), Why.ANSWERS_AGAIN)
        for index in (down, poor, refusing):
            yield from self._leaving(index, news.paused, Why.LEFT_CONFIGURATION)
        fallen = {link: proof for link, proof in news.fell.items() if link not in down}
        yield partial(self._stay_down, news)
        if fallen:
            yield from self._falling(fallen, news.flapping, now_ns)
        if news.poor:
            yield from self._worsening(news.poor, now_ns)
        fresh = (link for link in news.refusing if link not in refusing)
        for link in sorted(fresh, key=self._view.topology.place.__getitem__):
            yield partial(self._refuse, link, news.refusing[link])
        yield lambda _: self._stir(before)

    def gone(self, now_ns: int) -> None:
        """Take out links that left the configuration, and end what was about nothing else."""
        ledger, known = self._view.ledger, self._view.topology.place
        for index in (ledger.down, ledger.poor, ledger.refusing):
            self._leave(index, [link for link in index if link not in known], Why.LEFT_CONFIGURATION, now_ns)
        for incident in list(ledger.open.values()):
            if self._is_gone(incident):
                self._view.writer.close(incident, Why.LEFT_CONFIGURATION, now_ns)

    def _is_gone(self, incident: Incident) -> bool:
        """Whether it is about a thing of our own house that is not there any more."""
        inventory = self._view.topology.inventory
        match incident.kind:
            case FaultKind.EGRESS:
                return incident.subject not in inventory.egresses
            case FaultKind.DELIVERY:
                return incident.subject not in {STORE, *inventory.directory.gateways}
            case FaultKind.USE | FaultKind.CAPACITY | FaultKind.NEED:
                return incident.subject not in inventory.links
            case _:
                return False

    def stayed(self, incident: Incident, links: Iterable[LinkId], now_ns: int) -> list[Incident]:
        """These stayed down although what explained them is over. Returns the new incidents that they are."""
        view = self._view
        index = view.ledger.links_of(incident.kind)
        proofs = {link: incident.links[link].dated() for link in links}
        view.writer.shrink(incident, proofs, Why.STAYED_DOWN, now_ns)
        quality = incident.kind is FaultKind.QUALITY
        explanation = self._explain(
            proofs, index, now_ns, lambda _: Why.STAYED_DOWN, quality=quality, services_only=True
        )
        new = view.writer.move(explanation, proofs, index, now_ns)
        if not incident.links:
            view.writer.recover(incident, now_ns)
        return new

    def raised(
        self,
        key: tuple[FaultKind, str],
        about: About,
        why: Why,
        now_ns: int,
        began_ns: int | None = None,
    ) -> None:
        """A fault that no link tells of is there; again, it changes nothing."""
        ledger, writer = self._view.ledger, self._view.writer
        incident = ledger.of_key.get(key)
        if incident is not None and incident.audience is not about.audience:  # it is for other people now
            writer.close(incident, Why.RECOVERED, now_ns)
            incident = None
        if incident is None:
            incident = writer.notice(key, about, now_ns if began_ns is None else began_ns, now_ns)
            writer.grow(incident, (), why, now_ns)
        elif not incident.broken:
            writer.grow(incident, (), Why.RELAPSED, now_ns)
        if incident.why is not why:
            writer.grow(incident, (), why, now_ns)

    def cleared(self, key: tuple[FaultKind, str], now_ns: int) -> None:
        """It is over; where there is none, nothing happens."""
        incident = self._view.ledger.of_key.get(key)
        if incident is not None and incident.broken:
            self._view.writer.recover(incident, now_ns)

    def egresses(self, changes: Iterable[EgressTransition], now_ns: int) -> None:
        """Take in changes of our own ways out."""
        for change in changes:
            key = (FaultKind.EGRESS, str(change.egress))
            why = _OF_EGRESS.get(change.new)
            if why is not None:
                self.raised(key, About(Audience.OWN), why, now_ns)
            elif change.new is EgressState.OK:
                self.cleared(key, now_ns)

    def _leaving(
        self, index: Mapping[LinkId, Incident], links: Iterable[LinkId], why: Why
    ) -> Iterator[Piece]:
        """Links are broken no more, or not watched. Those of one incident leave it together."""
        for some in portions(_by_incident(index, links), portion.INCIDENTS):
            yield partial(self._leave, index, [link for _, its in some for link in its], why)

    def _leave(
        self, index: Mapping[LinkId, Incident], links: Iterable[LinkId], why: Why, now_ns: int
    ) -> None:
        """Links leave the incidents that they are in by now; one that loses its last is over."""
        writer = self._view.writer
        for incident, its in _by_incident(index, links):
            writer.shrink(incident, its, why, now_ns)
            if incident.links:
                continue
            if why is Why.LEFT_CONFIGURATION:
                writer.close(incident, why, now_ns)
            else:
                writer.recover(incident, now_ns)

    def _falling(
        self, fallen: Mapping[LinkId, Proof], flapping: Collection[LinkId], now_ns: int
    ) -> Iterator[Piece]:
        of_key, down = self._view.ledger.of_key, self._view.ledger.down

        def why(link: LinkId) -> Why:
            if link in flapping:
                return Why.LINK_FLAPPING
            return Why.RELAPSED if (FaultKind.LINK, link) in of_key else Why.LINK_DOWN

        return self._moving(self._explain(fallen, down, now_ns, why), fallen, down)

    def _moving(
        self, explanation: Explanation, fallen: Mapping[LinkId, Proof], members: Mapping[LinkId, Incident]
    ) -> Iterator[Piece]:
        """Everything goes where it belongs, and with it the quality of what is down."""
        for part in explanation.parts(fallen, portion.INCIDENTS):
            yield partial(self._move, part, fallen, members)

    def _move(
        self,
        part: Explanation,
        fallen: Mapping[LinkId, Proof],
        members: Mapping[LinkId, Incident],
        now_ns: int,
    ) -> None:
        ledger = self._view.ledger
        self._view.writer.move(part, fallen, members, now_ns)
        if members is ledger.down:
            for index in (ledger.poor, ledger.refusing):
                if index:
                    self._follow_down(index, part.moves, now_ns)

    def _stay_down(self, news: News, now_ns: int) -> None:
        """What flapped and does not answer any more is told anew: it is down now."""
        down = self._view.ledger.down
        for link in sorted(link for link in news.fell if link in down and link not in news.flapping):
            incident = down[link]
            member = incident.links[link]
            if member.proof.reason is Reason.FLAPS:
                why = Why.LINK_DOWN if incident.key == (FaultKind.LINK, link) else member.why
                self._view.writer.grow(incident, [(link, news.fell[link])], why, now_ns)

    def _worsening(self, poor: Mapping[LinkId, Proof], now_ns: int) -> Iterator[Piece]:
        ledger = self._view.ledger

        def why(link: LinkId) -> Why:
            return Why.RELAPSED if (FaultKind.QUALITY, link) in ledger.of_key else Why.QUALITY_CRITICAL

        fallen = {link: proof for link, proof in poor.items() if link not in ledger.poor}
        for link in sorted(poor.keys() - fallen.keys()):
            yield partial(self._retell, link, poor[link])
        if fallen:
            explanation = self._explain(fallen, ledger.poor, now_ns, why, quality=True)
            yield from self._moving(explanation, fallen, ledger.poor)

    def _retell(self, link: LinkId, proof: Proof, now_ns: int) -> None:
        """Still critical: told again only if it matters whether a router's CPU may be to blame."""
        incident = self._view.ledger.poor.get(link)
        if incident is None:
            return
        member = incident.links[link]
        if is_noise(proof) != is_noise(member.proof):
            told = replace(proof, since_ns=member.since_ns)
            self._view.writer.grow(incident, [(link, told)], member.why, now_ns)

    def _follow_down(self, index: Mapping[LinkId, Incident], down: Iterable[LinkId], now_ns: int) -> None:
        """What is down has no quality and no reflector any more: the one fault is that it is down."""
        ledger, writer = self._view.ledger, self._view.writer
        for link in sorted(link for link in down if link in index):
            incident = index[link]
            if len(incident.links) == 1:
                writer.folding.append((incident, ledger.down[link], Why.LINK_DOWN))
            else:
                writer.shrink(incident, [link], Why.LINK_DOWN, now_ns)

    def _refuse(self, link: LinkId, proof: Proof, now_ns: int) -> None:
        """Its target refuses: one box serves all links of a site, so they are one fault."""
        writer, site = self._view.writer, self._view.topology.inventory.links[link].site
        key = (FaultKind.TARGET, str(site))
        incident, why = self._view.ledger.of_key.get(key), Why.TARGET_REFUSES
        if incident is None:
            incident = writer.notice(key, About(Audience.OWN, site=site), proof.since_ns, now_ns)
        elif not incident.broken:
            why = Why.RELAPSED
        writer.grow(incident, [(link, proof)], why, now_ns)

    def _explain(
        self,
        fallen: Mapping[LinkId, Proof],
        members: Mapping[LinkId, Incident],
        now_ns: int,
        why_own: WhyOwn,
        *,
        quality: bool = False,
        services_only: bool = False,
    ) -> Explanation:
        view = self._view
        causes = Causes(view.topology, fallen, members, QUALITY_SKEW_NS if quality else SKEW_NS)

        def groups(fresh: list[LinkId], loose: frozenset[LinkId]) -> Mapping[LinkId, Claim]:
            if quality:
                return {}
            found = Groups(
                view.topology,
                view.ledger,
                view.sight,
                causes,
                view.scale.dark,
                not view.settled_in,
                now_ns,
                tuple(fallen),
                fresh,
                loose,
            )
            return found.find_services() if services_only else found.find()

        own = FaultKind.QUALITY if quality else FaultKind.LINK
        return Explainer(view.topology, fallen, members, causes, own, why_own, groups).explain()

    def _broken_at(self, links: Iterable[LinkId]) -> list[tuple[Incident, SiteId]]:
        """What is broken at the sites of these links."""
        ledger, inventory = self._view.ledger, self._view.topology.inventory
        if not (ledger.down or ledger.poor):
            return []
        sites = {inventory.links[link].site for link in links}
        found: list[tuple[Incident, SiteId]] = []
        for index in (ledger.down, ledger.poor):
            if len(index) < len(sites):
                there = ((inventory.links[link].site, incident) for link, incident in index.items())
                found += [(incident, site) for site, incident in there if site in sites]
            else:
                near = ((site, link) for site in sites for link in inventory.sites[site].links)
                found += [(index[link], site) for site, link in near if link in index]
        return found

    def _stir(self, broken: Iterable[tuple[Incident, SiteId]]) -> None:
        """Have what was broken where links moved, and still is, weighed there; what broke now is anyway."""
        for incident, site in broken:
            if incident.broken:
                self._view.writer.stir(incident, site)


def _by_incident(
    index: Mapping[LinkId, Incident], links: Iterable[LinkId]
) -> list[tuple[Incident, list[LinkId]]]:
    """Those of the links that are in an incident, by it, in the order in which they were noticed."""
    found: dict[str, tuple[Incident, list[LinkId]]] = {}
    for link in links:
        incident = index.get(link)
        if incident is not None:
            found.setdefault(incident.id, (incident, []))[1].append(link)
    return sorted(found.values(), key=lambda item: item[0].number)
