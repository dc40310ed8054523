"""An incident's story in sentences: one per entry of the log, in the language of whoever reads it."""

from collections.abc import Mapping, Sequence
from functools import singledispatchmethod
from typing import Final

from bridgewatch.model.ids import IncidentId, MessageId, PolicyId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import (
    Acknowledged,
    AnyEntry,
    Attempted,
    BandwidthTold,
    Called,
    ClockStepped,
    Closed,
    Composed,
    DeadLetter,
    Declined,
    DeliveryTold,
    EventOrdered,
    Folded,
    GapFound,
    Grew,
    Hastened,
    HelpAsked,
    Informed,
    InterfaceTold,
    Muted,
    Noticed,
    Opened,
    PutOff,
    RaisedAgain,
    Recovered,
    Shrank,
    SilenceLifted,
    SilenceSet,
    Stepped,
    ThroughputAsked,
    ThroughputBegan,
    ThroughputEnded,
    Unreached,
    Weighed,
)
from bridgewatch.model.paging import AS_CATCH_ALL, Audience, Phase, Why
from bridgewatch.model.phrases import unpacked
from bridgewatch.model.policy import numbered
from bridgewatch.model.words import Language, Level
from bridgewatch.texts.bandwidth import size, tell_bandwidth, tell_interface, tell_shortfall
from bridgewatch.texts.calendar import tell_settings
from bridgewatch.texts.duty import duty_words
from bridgewatch.texts.figures import with_mark
from bridgewatch.texts.lapses import tell_lapse
from bridgewatch.texts.names import Names
from bridgewatch.texts.people import PeopleWord, tell_people
from bridgewatch.texts.phrases.tell import tell_phrase
from bridgewatch.texts.tale_evidence import Evidence
from bridgewatch.texts.tale_words import TaleWords, tale_words
from bridgewatch.texts.times import duration, time_of_day, zone_of

_SHOWN: Final = 3  # of links and sites in one sentence; the entry beside it has them all
# What begins the calls anew, maybe in another event than the one before.
_RAISED: Final = frozenset({Why.RELAPSED, Why.MUTED_UNTIL_NOW, Why.STILL_DARK, Why.GREW_WORSE})
_NANO: Final = 1_000_000_000


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
        self._evidence = Evidence(inventory, language)
        self._at_ns = 0
        self._composed: dict[MessageId, Composed] = {}
        self._numbers: dict[MessageId, str] = {}
        self._suspected: set[IncidentId] = set()
        self._audiences: dict[IncidentId, Audience] = {}
        self._steps: dict[IncidentId, int | None] = {}  # that the policy has by which it stepped last

    def tell(self, entry: AnyEntry) -> str:
        """One entry as a sentence. Entries of messages are understood after the one that composed them."""
        self._at_ns = entry.at_ns
        return self._tell(entry)

    @singledispatchmethod
    def _tell(self, entry: AnyEntry) -> str:
        raise TypeError(f"no story tells of {type(entry).__name__}")

    @_tell.register
    def _(self, entry: Noticed) -> str:
        self._audiences[entry.incident] = entry.audience
        kind = self._word(entry.kind)
        if entry.suspected:
            self._suspected.add(entry.incident)
            kind = self._words.suspected.format(kind)
        audience = self._word(entry.audience)
        if entry.carrier is not None and entry.audience is Audience.CARRIER:
            audience = f"{audience} {self._names.carrier(entry.carrier)}"
        return self._words.noticed.format(
            kind=kind,
            subject=self._names.subject(entry.kind, entry.subject),
            code=entry.code,
            audience=audience,
            began=self._clock(entry.began_ns),
        )

    @_tell.register
    def _(self, entry: Grew) -> str:
        shown = [self._evidence.of(link, proof) for link, proof in entry.links[:_SHOWN]]
        return self._of_links(entry, shown, self._words.grew) + self._certainly(entry)

    @_tell.register
    def _(self, entry: Shrank) -> str:
        shown = [self._names.link(link, self._language) for link in entry.links[:_SHOWN]]
        return self._of_links(entry, shown, self._words.shrank)

    @_tell.register
    def _(self, entry: InterfaceTold) -> str:
        return f"{self._names.link(entry.link, self._language)}: {tell_interface(entry, self._language)}"

    @_tell.register
    def _(self, entry: BandwidthTold) -> str:
        event = self._inventory.events.get(entry.event) if entry.event is not None else None
        name = event.name if event is not None else entry.event
        told = tell_shortfall(entry, name, self._language)
        return f"{self._names.link(entry.link, self._language)}: {told}"

    @_tell.register
    def _(self, entry: DeliveryTold) -> str:
        if entry.lapse is not None:
            return tell_lapse(entry.lapse, entry.detail, self._language)
        return self._words.last_failure.format(entry.detail)

    @_tell.register
    def _(self, entry: Weighed) -> str:
        parts = [
            label.format(self._joined([self._names.site(site) for site in sites[:_SHOWN]], len(sites)))
            for label, sites in (
                (self._words.dark, entry.dark),
                (self._words.impaired, entry.impaired),
                (self._words.reduced, entry.reduced),
            )
            if sites
        ]
        return "; ".join(parts) or self._words.weighed.format(self._word(entry.urgency))

    @_tell.register
    def _(self, entry: Folded) -> str:
        child, into = (self._codes.get(name, name) for name in (entry.incident, entry.into))
        return self._words.folded.format(child=child, into=into, why=self._word(entry.why))

    @_tell.register
    def _(self, entry: Opened) -> str:
        phase = self._phase(entry) or self._word(entry.phase)
        hold = duration(round(entry.hold * _NANO), self._language)
        why = f"{self._word(entry.why)} ({hold})" if entry.hold else self._word(entry.why)
        return self._words.opened.format(why=why, phase=phase, policy=self._settings(entry.policy))

    @_tell.register
    def _(self, _entry: Recovered) -> str:
        return self._words.recovered

    @_tell.register
    def _(self, entry: Closed) -> str:
        note = f": {entry.note}" if entry.note else ""
        if entry.actor is not None and entry.why is Why.RESOLVED:
            return self._words.closed_by.format(entry.actor) + note
        return self._words.closed.format(why=self._word(entry.why)) + note

    @_tell.register
    def _(self, entry: Stepped) -> str:
        phase = self._phase(entry) if entry.why in _RAISED else ""
        step = numbered(entry.step, self._steps_of(entry))
        told = self._words.stepped_again if step.again else self._words.stepped
        return told.format(
            step=step.number,
            policy=self._settings(entry.policy) + (f", {phase}" if phase else ""),
            why=f": {self._word(entry.why)}" if entry.why is not Why.FIRST_STEP else "",
            next=self._clock(entry.next_ns),
        )

    def _steps_of(self, entry: Stepped) -> int | None:
        """How many steps its policy has, as it is now; the log does not say."""
        policy = self._inventory.directory.policies.get(entry.policy)
        audience = self._audiences.get(entry.incident)
        steps = len(policy.steps.get(audience, ())) if policy is not None and audience is not None else None
        self._steps[entry.incident] = steps
        return steps

    @_tell.register
    def _(self, entry: Hastened) -> str:
        return self._words.hastened.format(
            next=self._clock(entry.next_ns), policy=self._settings(entry.policy), why=self._word(entry.why)
        )

    @_tell.register
    def _(self, entry: PutOff) -> str:
        return self._words.put_off.format(
            policy=self._settings(entry.policy), until=self._clock(entry.until_ns)
        )

    @_tell.register
    def _(self, entry: Called) -> str:
        roster = self._words.of_roster.format(entry.roster) if entry.roster else ""
        level = f", {self._level(entry.level)}" if entry.level else ""
        what = f"{self._word(entry.role)}, {self._word(entry.audience)}{roster}{level}"
        climbed = f"; {self._words.climbed}" if entry.climbed else ""
        return self._words.called.format(
            who=self._names.reach(entry.contact),
            what=duty_words(self._language).catch_all if entry.why in AS_CATCH_ALL else what,
            why=self._word(entry.why) + climbed,
        )

    @_tell.register
    def _(self, entry: GapFound) -> str:
        area = self._names.site(entry.area) if entry.area else self._words.everywhere
        level = f" ({self._level(entry.level)})" if entry.level else ""
        return self._words.gap.format(
            role=self._word(entry.role),
            audience=self._word(entry.audience),
            area=area + level,
            step=numbered(entry.step, self._steps.get(entry.incident)).number,
        )

    @_tell.register
    def _(self, entry: Acknowledged) -> str:
        return self._answered(self._words.acknowledged, entry)

    @_tell.register
    def _(self, entry: HelpAsked) -> str:
        return self._answered(self._words.help_asked, entry)

    @_tell.register
    def _(self, entry: Declined) -> str:
        return self._answered(self._words.declined, entry)

    @_tell.register
    def _(self, entry: RaisedAgain) -> str:
        return self._words.raised_again.format(self._word(entry.why))

    @_tell.register
    def _(self, entry: Muted) -> str:
        return self._words.muted.format(entry.silence) if entry.silence else self._words.unmuted

    @_tell.register
    def _(self, entry: Informed) -> str:
        what = self._word(entry.kind)
        if entry.kind.value != entry.why.value:
            what = f"{what} ({self._word(entry.why)})"
        return self._words.informed.format(who=self._names.contact(entry.contact), what=what)

    @_tell.register
    def _(self, entry: Composed) -> str:
        self._composed[entry.message] = entry
        self._numbers.setdefault(entry.message, str(len(self._numbers) + 1))
        codes = ", ".join(self._codes.get(incident, incident) for incident in entry.incidents)
        return self._words.composed.format(
            message=self._number(entry.message),
            kind=self._word(entry.kind),
            who=self._names.contact(entry.contact),
            codes=codes,
        )

    @_tell.register
    def _(self, entry: Attempted) -> str:
        composed = self._composed.get(entry.message)
        gateway = self._inventory.directory.gateways.get(entry.gateway)
        through = f"{entry.gateway} ({self._word(gateway.kind)})" if gateway else str(entry.gateway)
        detail = f" ({entry.detail})" if entry.detail else ""
        if entry.delivered:
            outcome = self._words.delivered
        elif entry.lapse is not None:
            lapse = tell_lapse(entry.lapse, entry.detail, self._language)
            outcome, detail = self._words.not_sent.format(lapse), ""
        elif entry.permanent:
            outcome = self._words.refused
        else:
            outcome = self._words.failed
        retry = self._words.retry.format(self._clock(entry.retry_ns)) if entry.retry_ns else ""
        dark = f"; {self._words.past_dark.format(entry.dark)}" if entry.dark else ""
        return self._words.attempted.format(
            message=self._number(entry.message),
            again=self._words.attempt.format(entry.attempt) if entry.attempt > 1 else "",
            who=self._words.to_whom.format(self._names.contact(composed.contact)) if composed else "",
            through=through,
            outcome=outcome + retry + dark + detail,
        )

    @_tell.register
    def _(self, entry: Unreached) -> str:
        who = self._names.contact(entry.contact)
        return self._words.unreached.format(message=self._number(entry.message), who=who)

    @_tell.register
    def _(self, entry: DeadLetter) -> str:
        who = self._names.contact(entry.contact)
        return self._words.dead_letter.format(message=self._number(entry.message), who=who)

    @_tell.register
    def _(self, entry: SilenceSet) -> str:
        forced = f" ({self._words.forced})" if entry.forced else ""
        return self._words.silence_set.format(
            silence=entry.silence,
            what=self._names.covered(entry, self._language) + forced,
            starts=self._clock(entry.starts_ns),
            ends=self._clock(entry.ends_ns),
            who=entry.actor,
            note=entry.note,
        )

    @_tell.register
    def _(self, entry: SilenceLifted) -> str:
        return self._words.silence_lifted.format(silence=entry.silence, who=entry.actor)

    @_tell.register
    def _(self, entry: EventOrdered) -> str:
        order = entry.order
        event = self._inventory.events.get(order.event)
        name = event.name if event else order.event
        if order.ends_ns is not None and not order.close:
            return self._words.event_extended.format(name, order.actor, self._clock(order.ends_ns))
        return self._words.event_closed.format(name, order.actor)

    @_tell.register
    def _(self, entry: ClockStepped) -> str:
        return self._words.clock_stepped.format(with_mark(f"{entry.by_ns / _NANO:+.3f}", self._language))

    @_tell.register
    def _(self, entry: ThroughputAsked) -> str:
        link = self._names.link(entry.link, self._language)
        if entry.actor is None:
            return self._words.throughput_by_itself.format(link=link, test=entry.test)
        note = f" ({entry.note})" if entry.note else ""
        return self._words.throughput_asked.format(who=entry.actor, link=link, test=entry.test, note=note)

    @_tell.register
    def _(self, entry: ThroughputBegan) -> str:
        return self._words.throughput_began.format(test=entry.test, size=size(entry.octets, self._language))

    @_tell.register
    def _(self, entry: ThroughputEnded) -> str:
        if entry.hindrance:
            said = tell_bandwidth(entry.hindrance, self._language)
        else:
            said = tell_phrase(unpacked(entry.detail), self._language)
        return self._words.throughput_ended.format(
            test=entry.test,
            end=tell_bandwidth(entry.end, self._language),
            why=f" ({said})" if said else "",
            size=size(entry.octets, self._language),
        )

    def _answered(self, template: str, entry: Acknowledged | HelpAsked | Declined) -> str:
        actor, contact = entry.actor, entry.contact
        name = self._names.contact(contact) if contact else actor
        by = self._words.entered_by.format(actor) if contact and actor not in {name, contact} else ""
        message = self._words.to_message.format(self._number(entry.message)) if entry.message else ""
        return template.format(who=name, way=self._word(entry.way)) + by + message

    def _certainly(self, entry: Grew) -> str:
        """That it was suspected until now, if it was."""
        if entry.why is not Why.BEHIND_HANDOVER or entry.incident not in self._suspected:
            return ""
        self._suspected.remove(entry.incident)
        return f"; {self._words.certain}"

    def _of_links(self, entry: Grew | Shrank, shown: Sequence[str], several: str) -> str:
        """What befell links, the first of which are `shown`; a fault that is of no link has none."""
        why, count = self._word(entry.why), len(entry.links)
        if not count:
            return self._words.changed.format(why=why)
        if count == 1:
            return f"{why}: {shown[0]}"
        return several.format(count=count, why=why, which=self._joined(shown, count))

    def _number(self, message: MessageId) -> str:
        """Messages are numbered as the story goes; one of another story has its id."""
        return self._numbers.get(message, message)

    def _joined(self, shown: Sequence[str], total: int) -> str:
        more = [self._words.more.format(total - len(shown))] if total > len(shown) else []
        return ", ".join([*shown, *more])

    def _word(self, word: PeopleWord) -> str:
        return tell_people(word, self._language)

    def _phase(self, entry: Opened | Stepped) -> str:
        """The event in which people are called, and its phase; '' for none that is known."""
        event = self._inventory.events.get(entry.event) if entry.event is not None else None
        if event is None or entry.phase is Phase.NONE:
            return ""
        return f"{event.name} ({self._word(entry.phase)})"

    def _settings(self, policy: PolicyId) -> str:
        return tell_settings(policy, self._language)

    def _level(self, level: Level) -> str:
        return getattr(self._words, level.value)  # type: ignore[no-any-return]

    def _clock(self, wall_ns: int) -> str:
        """A time; with its date where that is not the entry's own."""
        return time_of_day(wall_ns, self._at_ns, self._zone, self._language)
