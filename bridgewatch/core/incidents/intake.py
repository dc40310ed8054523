"""What health says becomes what incidents grow and shrink by."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from bridgewatch.core.health.changes import EgressTransition
from bridgewatch.core.incidents.causes import QUALITY_SKEW_NS, SKEW_NS, Causes
from bridgewatch.core.incidents.explanation import Explainer, WhyOwn
from bridgewatch.core.incidents.groups import Claim, Groups
from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.incidents.sight import News
from bridgewatch.core.incidents.view import View
from bridgewatch.core.incidents.weights import is_noise
from bridgewatch.core.incidents.writer import About
from bridgewatch.model.ids import LinkId
from bridgewatch.model.log import Proof
from bridgewatch.model.paging import Audience, FaultKind, Why
from bridgewatch.model.words import EgressState, Reason

_OF_EGRESS: Final = {EgressState.DARK: Why.EGRESS_DARK, EgressState.IMPAIRED: Why.EGRESS_IMPAIRED}


class Intake:
    """Takes in what is new of links and egresses. Ends and beginnings only; what follows is decided later."""

    def __init__(self, view: View) -> None:
        self._view = view

    def links(self, news: News, now_ns: int) -> None:
        """Take in a tick's news: first what answers, then what fell, then what answers poorly or refuses."""
        ledger = self._view.ledger
        down, poor, refusing = ledger.down, ledger.poor, ledger.refusing
        self._leave(down, news.answered, Why.ANSWERS_AGAIN, now_ns)
        self._leave(poor, news.good, Why.GOOD_AGAIN, now_ns)
        self._leave(refusing, news.answered - news.refusing.keys(), Why.ANSWERS_AGAIN, now_ns)
        for index in (down, poor, refusing):
            self._leave(index, news.paused, Why.LEFT_CONFIGURATION, now_ns)
        fallen = {link: proof for link, proof in news.fell.items() if link not in down}
        self._stay_down(news, now_ns)
        if fallen:
            self._fall(fallen, news.flapping, now_ns)
        for index in (poor, refusing):
            self._follow_down(index, news.fell, now_ns)
        if news.poor:
            self._worsen(news.poor, now_ns)
        if news.refusing:
            self._refuse(news.refusing, now_ns)
        self._stir(news.moved)

    def gone(self, now_ns: int) -> None:
        """Take out links that left the configuration, and end what was about nothing else."""
        ledger, known = self._view.ledger, self._view.topology.place
        for index in (ledger.down, ledger.poor, ledger.refusing):
            self._leave(index, [link for link in index if link not in known], Why.LEFT_CONFIGURATION, now_ns)
        for incident in list(ledger.open.values()):
            egresses = self._view.topology.inventory.egresses
            if incident.kind is FaultKind.EGRESS and incident.subject not in egresses:
                self._view.writer.close(incident, Why.LEFT_CONFIGURATION, now_ns)

    def stayed(self, incident: Incident, links: Iterable[LinkId], now_ns: int) -> list[Incident]:
        """These stayed down although what explained them is over. Returns the new incidents that they are."""
        view = self._view
        index = view.ledger.links_of(incident.kind)
        proofs = {link: incident.links[link].dated() for link in links}
        view.writer.shrink(incident, proofs, Why.STAYED_DOWN, now_ns)
        quality = incident.kind is FaultKind.QUALITY
        new = self._explain(
            proofs, index, now_ns, lambda _: Why.STAYED_DOWN, quality=quality, services_only=True
        )
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

    def _leave(
        self, index: Mapping[LinkId, Incident], links: Collection[LinkId], why: Why, now_ns: int
    ) -> None:
        """Links are broken no more, or not watched; an incident that loses its last link is over."""
        leaving: dict[str, tuple[Incident, list[LinkId]]] = {}
        for link in links:
            incident = index.get(link)
            if incident is not None:
                leaving.setdefault(incident.id, (incident, []))[1].append(link)
        writer = self._view.writer
        for incident, its in sorted(leaving.values(), key=lambda item: item[0].number):
            writer.shrink(incident, its, why, now_ns)
            if incident.links:
                continue
            if why is Why.LEFT_CONFIGURATION:
                writer.close(incident, why, now_ns)
            else:
                writer.recover(incident, now_ns)

    def _fall(self, fallen: Mapping[LinkId, Proof], flapping: Collection[LinkId], now_ns: int) -> None:
        of_key = self._view.ledger.of_key

        def why(link: LinkId) -> Why:
            if link in flapping:
                return Why.LINK_FLAPPING
            return Why.RELAPSED if (FaultKind.LINK, link) in of_key else Why.LINK_DOWN

        self._explain(fallen, self._view.ledger.down, now_ns, why)

    def _stay_down(self, news: News, now_ns: int) -> None:
        """What flapped and does not answer any more is told anew: it is down now."""
        down = self._view.ledger.down
        for link in sorted(news.fell.keys() & down.keys() - news.flapping):
            incident = down[link]
            member = incident.links[link]
            if member.proof.reason is Reason.FLAPS:
                why = Why.LINK_DOWN if incident.key == (FaultKind.LINK, link) else member.why
                self._view.writer.grow(incident, [(link, news.fell[link])], why, now_ns)

    def _worsen(self, poor: Mapping[LinkId, Proof], now_ns: int) -> None:
        ledger = self._view.ledger

        def why(link: LinkId) -> Why:
            return Why.RELAPSED if (FaultKind.QUALITY, link) in ledger.of_key else Why.QUALITY_CRITICAL

        fallen = {link: proof for link, proof in poor.items() if link not in ledger.poor}
        for link in sorted(poor.keys() - fallen.keys()):
            self._retell(link, poor[link], now_ns)
        if fallen:
            self._explain(fallen, ledger.poor, now_ns, why, quality=True)

    def _retell(self, link: LinkId, proof: Proof, now_ns: int) -> None:
        """Still critical: told again only if it matters whether a router's CPU may be to blame."""
        incident = self._view.ledger.poor[link]
        member = incident.links[link]
        if is_noise(proof) != is_noise(member.proof):
            told = replace(proof, since_ns=member.since_ns)
            self._view.writer.grow(incident, [(link, told)], member.why, now_ns)

    def _follow_down(self, index: Mapping[LinkId, Incident], fell: Iterable[LinkId], now_ns: int) -> None:
        """What is down has no quality and no reflector any more: the one fault is that it is down."""
        ledger, writer = self._view.ledger, self._view.writer
        for link in sorted(link for link in fell if link in index):
            incident, down = index[link], ledger.down[link]
            if len(incident.links) == 1:
                writer.folding.append((incident, down, Why.LINK_DOWN))
            else:
                writer.shrink(incident, [link], Why.LINK_DOWN, now_ns)

    def _refuse(self, refusing: Mapping[LinkId, Proof], now_ns: int) -> None:
        """Their targets refuse: one box serves all links of a site, so they are one fault."""
        ledger, writer, topology = self._view.ledger, self._view.writer, self._view.topology
        fresh = (link for link in refusing if link not in ledger.refusing)
        for link in sorted(fresh, key=topology.place.__getitem__):
            site, proof = topology.inventory.links[link].site, refusing[link]
            key = (FaultKind.TARGET, str(site))
            incident, why = ledger.of_key.get(key), Why.TARGET_REFUSES
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
    ) -> list[Incident]:
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
        explainer = Explainer(view.topology, fallen, members, causes, own, why_own, groups)
        return view.writer.move(explainer.explain(), fallen, members, now_ns)

    def _stir(self, moved: Iterable[LinkId]) -> None:
        """Have all that is broken at the sites of these links weighed there."""
        ledger, inventory, stir = self._view.ledger, self._view.topology.inventory, self._view.writer.stir
        for index in (ledger.down, ledger.poor):
            if not index:
                continue
            for site in {inventory.links[link].site for link in moved}:
                for link in inventory.sites[site].links:
                    if link in index:
                        stir(index[link], site)
