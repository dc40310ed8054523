"""An incident's story in sentences: one per entry of the log, in the language of whoever reads it."""

from collections.abc import Callable, Mapping, Sequence
from functools import singledispatchmethod
from typing import Final

from bridgewatch.model.ids import IncidentId, LinkId, MessageId
from bridgewatch.model.inventory import Inventory, Threshold
from bridgewatch.model.log import (
    Acknowledged,
    AnyEntry,
    Attempted,
    Called,
    ClockStepped,
    Closed,
    Composed,
    DeadLetter,
    Declined,
    EventOrdered,
    Folded,
    GapFound,
    Grew,
    Hastened,
    HelpAsked,
    Informed,
    Muted,
    Noticed,
    Opened,
    Proof,
    RaisedAgain,
    Recovered,
    Shrank,
    SilenceLifted,
    SilenceSet,
    Stepped,
    Unreached,
    Weighed,
)
from bridgewatch.model.paging import Phase, Why
from bridgewatch.model.words import Language, Level, Reason, Severity
from bridgewatch.texts.names import Names
from bridgewatch.texts.people import PeopleWord, tell_people
from bridgewatch.texts.tale_words import TaleWords, tale_words
from bridgewatch.texts.times import instant_of, zone_of
from bridgewatch.texts.words import tell, tell_reason

_SHOWN: Final = 3  # of links and sites in one sentence; the entry beside it has them all
_NANO: Final = 1_000_000_000
_MILLI: Final = 1_000_000


class Teller:
    """Tells entries about things of one inventory; what has left it is called by its id."""

    def __init__(self, inventory: Inventory, language: Language, codes: Mapping[str, str]) -> None:
        """`codes`: those of incidents that the story mentions, by their ids."""
        self._inventory = inventory
        self._language = language
        self._codes = codes
        self._names = Names(inventory)
        self._words: TaleWords = tale_words(language)
        self._zone = zone_of(inventory.timezone)
        self._composed: dict[MessageId, Composed] = {}
        self._suspected: set[IncidentId] = set()

    @singledispatchmethod
    def tell(self, entry: AnyEntry) -> str:
        """One entry as a sentence. Entries of messages are understood after the one that composed them."""
        raise TypeError(f"no story tells of {type(entry).__name__}")

    @tell.register
    def _(self, entry: Noticed) -> str:
        suspected = ""
        if entry.suspected:
            self._suspected.add(entry.incident)
            suspected = f" ({self._words.suspected})"
        return self._words.noticed.format(
            kind=self._word(entry.kind) + suspected,
            subject=self._names.subject(entry.kind, entry.subject),
            code=entry.code,
            audience=self._word(entry.audience),
            began=self._clock(entry.began_ns),
        )

    @tell.register
    def _(self, entry: Grew) -> str:
        if not entry.links:  # a fault that is of no link
            return self._words.changed.format(why=self._word(entry.why))
        shown = [self._evidence(link, proof) for link, proof in entry.links[:_SHOWN]]
        return self._words.grew.format(
            links=self._counted(len(entry.links)),
            why=self._word(entry.why),
            which=self._joined(shown, len(entry.links)),
        ) + self._certainly(entry)

    @tell.register
    def _(self, entry: Shrank) -> str:
        if not entry.links:
            return self._words.changed.format(why=self._word(entry.why))
        return self._words.shrank.format(
            links=self._counted(len(entry.links)),
            why=self._word(entry.why),
            which=self._joined([self._names.link(link) for link in entry.links[:_SHOWN]], len(entry.links)),
        )

    @tell.register
    def _(self, entry: Weighed) -> str:
        parts = [
            f"{label}: {self._joined([self._names.site(site) for site in sites[:_SHOWN]], len(sites))}"
            for label, sites in (
                (self._words.dark, entry.dark),
                (self._words.impaired, entry.impaired),
                (self._words.reduced, entry.reduced),
            )
            if sites
        ]
        return "; ".join([self._words.weighed.format(self._word(entry.urgency)), *parts])

    @tell.register
    def _(self, entry: Folded) -> str:
        child, into = (self._codes.get(name, name) for name in (entry.incident, entry.into))
        return self._words.folded.format(child=child, into=into, why=self._word(entry.why))

    @tell.register
    def _(self, entry: Opened) -> str:
        event = self._inventory.events.get(entry.event) if entry.event else None
        phase = self._word(entry.phase)
        if event is not None and entry.phase is not Phase.NONE:
            phase = f"{phase} ({event.name})"
        return self._words.opened.format(
            why=self._word(entry.why), hold=f"{entry.hold:g}", phase=phase, policy=entry.policy
        )

    @tell.register
    def _(self, _entry: Recovered) -> str:
        return self._words.recovered

    @tell.register
    def _(self, entry: Closed) -> str:
        who = self._words.by.format(entry.actor) if entry.actor else ""
        note = f": {entry.note}" if entry.note else ""
        return self._words.closed.format(why=self._word(entry.why)) + who + note

    @tell.register
    def _(self, entry: Stepped) -> str:
        return self._words.stepped.format(
            step=entry.step + 1,
            policy=entry.policy,
            why=self._word(entry.why),
            next=self._clock(entry.next_ns),
        )

    @tell.register
    def _(self, entry: Hastened) -> str:
        return self._words.hastened.format(
            next=self._clock(entry.next_ns), policy=entry.policy, why=self._word(entry.why)
        )

    @tell.register
    def _(self, entry: Called) -> str:
        roster = self._words.of_roster.format(entry.roster) if entry.roster else ""
        level = f", {self._level(entry.level)}" if entry.level else ""
        climbed = f"; {self._words.climbed}" if entry.climbed else ""
        return self._words.called.format(
            who=self._names.contact(entry.contact),
            role=self._word(entry.role),
            audience=self._word(entry.audience),
            roster=roster + level,
            why=self._word(entry.why) + climbed,
        )

    @tell.register
    def _(self, entry: GapFound) -> str:
        area = self._names.site(entry.area) if entry.area else self._words.everywhere
        level = f" ({self._level(entry.level)})" if entry.level else ""
        return self._words.gap.format(
            role=self._word(entry.role),
            audience=self._word(entry.audience),
            area=area + level,
            step=entry.step + 1,
        )

    @tell.register
    def _(self, entry: Acknowledged) -> str:
        return self._answered(self._words.acknowledged, entry)

    @tell.register
    def _(self, entry: HelpAsked) -> str:
        return self._answered(self._words.help_asked, entry)

    @tell.register
    def _(self, entry: Declined) -> str:
        return self._answered(self._words.declined, entry)

    @tell.register
    def _(self, entry: RaisedAgain) -> str:
        return self._words.raised_again.format(self._word(entry.why))

    @tell.register
    def _(self, entry: Muted) -> str:
        return self._words.muted.format(entry.silence) if entry.silence else self._words.unmuted

    @tell.register
    def _(self, entry: Informed) -> str:
        kind, why = self._word(entry.kind), self._word(entry.why)
        what = kind if kind == why else f"{kind} ({why})"
        return self._words.informed.format(who=self._names.contact(entry.contact), what=what)

    @tell.register
    def _(self, entry: Composed) -> str:
        self._composed[entry.message] = entry
        codes = ", ".join(self._codes.get(incident, incident) for incident in entry.incidents)
        return self._words.composed.format(
            message=entry.message,
            kind=self._word(entry.kind),
            who=self._names.contact(entry.contact),
            codes=codes,
        )

    @tell.register
    def _(self, entry: Attempted) -> str:
        composed = self._composed.get(entry.message)
        gateway = self._inventory.directory.gateways.get(entry.gateway)
        through = f"{entry.gateway} ({self._word(gateway.kind)})" if gateway else str(entry.gateway)
        if entry.delivered:
            outcome = self._words.delivered
        elif entry.permanent:
            outcome = self._words.refused
        else:
            outcome = self._words.failed
        retry = self._words.retry.format(self._clock(entry.retry_ns)) if entry.retry_ns else ""
        return self._words.attempted.format(
            message=entry.message,
            number=entry.attempt,
            who=self._words.to_whom.format(self._names.contact(composed.contact)) if composed else "",
            through=through,
            outcome=outcome + retry + (f"; {self._words.past_dark.format(entry.dark)}" if entry.dark else ""),
        ) + (f" ({entry.detail})" if entry.detail else "")

    @tell.register
    def _(self, entry: Unreached) -> str:
        return self._words.unreached.format(message=entry.message, who=self._names.contact(entry.contact))

    @tell.register
    def _(self, entry: DeadLetter) -> str:
        return self._words.dead_letter.format(message=entry.message, who=self._names.contact(entry.contact))

    @tell.register
    def _(self, entry: SilenceSet) -> str:
        things = (
            self._names.link(entry.link) if entry.link else None,
            self._names.site(entry.site) if entry.site else None,
            self._names.carrier(entry.carrier) if entry.carrier else None,
            self._names.site(entry.area) if entry.area else None,
        )
        forced = f" ({self._words.forced})" if entry.forced else ""
        return self._words.silence_set.format(
            silence=entry.silence,
            what=", ".join(thing for thing in things if thing) + forced,
            starts=self._clock(entry.starts_ns),
            ends=self._clock(entry.ends_ns),
            who=entry.actor,
            note=entry.note,
        )

    @tell.register
    def _(self, entry: SilenceLifted) -> str:
        return self._words.silence_lifted.format(silence=entry.silence, who=entry.actor)

    @tell.register
    def _(self, entry: EventOrdered) -> str:
        order = entry.order
        event = self._inventory.events.get(order.event)
        name = event.name if event else order.event
        if order.ends_ns is not None and not order.close:
            return self._words.event_extended.format(name, order.actor, self._clock(order.ends_ns))
        return self._words.event_closed.format(name, order.actor)

    @tell.register
    def _(self, entry: ClockStepped) -> str:
        return self._words.clock_stepped.format(f"{entry.by_ns / _NANO:+.3f}")

    def _answered(self, template: str, entry: Acknowledged | HelpAsked | Declined) -> str:
        actor, contact = entry.actor, entry.contact
        name = self._names.contact(contact) if contact else actor
        by = self._words.entered_by.format(actor) if contact and actor not in {name, contact} else ""
        message = self._words.to_message.format(entry.message) if entry.message else ""
        return template.format(who=name, way=self._word(entry.way)) + by + message

    def _certainly(self, entry: Grew) -> str:
        """That it was suspected until now, if it was."""
        if entry.why is not Why.BEHIND_HANDOVER or entry.incident not in self._suspected:
            return ""
        self._suspected.remove(entry.incident)
        return f"; {self._words.certain}"

    def _evidence(self, link: LinkId, proof: Proof) -> str:
        """A link with what was measured: packets, the witness, what the network said, the limit passed."""
        facts = []
        if proof.reason is Reason.TARGET_REFUSES:
            facts.append(self._words.refusals.format(proof.unanswered, self._precise(proof.since_ns)))
        elif proof.unanswered:
            facts.append(
                self._words.unanswered.format(proof.unanswered, proof.needed, self._precise(proof.since_ns))
            )
        if proof.witness_ns is not None:
            facts.append(self._words.witness.format(self._precise(proof.witness_ns)))
        if limit := self._limit(link, proof):
            facts.append(limit)
        elif proof.reason is Reason.UNREACHABLE or not (proof.unanswered or proof.reason is Reason.NONE):
            facts.append(tell_reason(proof.reason, proof.router, self._language))
        if proof.loss is not None:
            facts.append(self._words.usual_loss.format(f"{proof.loss:.2%}"))
        return f"{self._names.link(link)} [{'; '.join(facts)}]" if facts else self._names.link(link)

    def _limit(self, link: LinkId, proof: Proof) -> str:
        known = self._inventory.links.get(link)
        if known is None or proof.severity is Severity.OK:
            return ""
        profile = known.profile
        limits: dict[Reason, tuple[Threshold, Callable[[float], str]]] = {
            Reason.LOSS: (profile.loss, _percent),
            Reason.RTT: (profile.rtt, _milliseconds),
            Reason.JITTER: (profile.jitter, _milliseconds),
            Reason.PDV: (profile.pdv, _milliseconds),
        }
        if proof.reason not in limits:
            return ""
        threshold, shown = limits[proof.reason]
        limit = threshold.critical if proof.severity is Severity.CRITICAL else threshold.warn
        return self._words.limit.format(
            reason=tell(proof.reason, self._language), limit=shown(limit), profile=profile.name
        )

    def _joined(self, shown: Sequence[str], total: int) -> str:
        more = [self._words.more.format(total - len(shown))] if total > len(shown) else []
        return ", ".join([*shown, *more])

    def _counted(self, count: int) -> str:
        return self._words.one_link if count == 1 else self._words.links.format(count)

    def _word(self, word: PeopleWord) -> str:
        return tell_people(word, self._language)

    def _level(self, level: Level) -> str:
        return getattr(self._words, level.value)  # type: ignore[no-any-return]

    def _clock(self, wall_ns: int) -> str:
        return f"{instant_of(wall_ns, self._zone):%H:%M:%S}"

    def _precise(self, wall_ns: int) -> str:
        return f"{self._clock(wall_ns)}.{wall_ns % _NANO // _MILLI:03}"


def _percent(ratio: float) -> str:
    return f"{ratio * 100:g} %"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:g} ms"
