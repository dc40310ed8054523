"""What the routes do: requests become commands of the desk, and what came of them is told."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from datetime import tzinfo
from enum import IntEnum
from typing import Any, Final

from bridgewatch.adapters.api.forms import (
    AnswerGiven,
    IncidentsTold,
    IncidentTold,
    KeysTold,
    LineTold,
    OutcomeTold,
    PastTold,
    RefusedTold,
    SilenceGiven,
    StoryTold,
    incident_told,
    past_told,
    person_told,
)
from bridgewatch.adapters.api.refusals import RefusedError, refused_told
from bridgewatch.adapters.api.routes import Call, Handler
from bridgewatch.adapters.api.silence_forms import SilencesTold, SilenceTold, silence_told
from bridgewatch.adapters.api.throughput import ThroughputService
from bridgewatch.adapters.api.times import at, parse_instant, parse_past, parse_span, parse_start
from bridgewatch.adapters.api.whose import check_who_closes, check_whose
from bridgewatch.model.commands import (
    Acknowledge,
    AnyCommand,
    AskHelp,
    Decline,
    LiftSilence,
    OrderEvent,
    Refusal,
    Resolve,
    SetSilence,
    Verdict,
)
from bridgewatch.model.desk import Desk, Standing
from bridgewatch.model.ids import CarrierId, ContactId, EventId, IncidentId, LinkId, SilenceId, SiteId
from bridgewatch.model.log import AnyEntry, MessageEntry, Noticed, SilenceSet
from bridgewatch.model.paging import AckWay, PastIncident
from bridgewatch.model.phrases import Words, phrase
from bridgewatch.model.words import Language
from bridgewatch.texts.answers import tell_refusal
from bridgewatch.texts.names import Names
from bridgewatch.texts.tale import Teller
from bridgewatch.texts.times import weekday_moment, zone_of

Rotate = Callable[[bool], int]
"""Rotates the keys of answer links, forgetting the others or not; how many verify from now on."""

_PAGE: Final = 50  # incidents of the past that are told at once, unless it is said
_MOST: Final = 1000
_OF_TIMES: Final = frozenset({Refusal.NO_END, Refusal.OVER_LIVE_EVENT})


class Service:
    """The handlers by their operations. `way`: how an answer comes that names neither way nor contact.

    They raise RefusedError, ValueError with a message for people, and what the desk raises.
    """

    def __init__(self, desk: Desk, way: AckWay, rotate: Rotate | None = None) -> None:
        self._desk = desk
        self._way = way
        self._rotate = rotate
        self.handlers: Final[Mapping[str, Handler]] = {
            "listIncidents": self.list_incidents,
            "listPast": self.list_past,
            "readIncident": self.read_incident,
            "readStory": self.read_story,
            "acknowledge": self.acknowledge,
            "askHelp": self.ask_help,
            "decline": self.decline,
            "resolve": self.resolve,
            "listSilences": self.list_silences,
            "setSilence": self.set_silence,
            "liftSilence": self.lift_silence,
            "closeEvent": self.close_event,
            "extendEvent": self.extend_event,
            "rotateKeys": self.rotate_keys,
            **ThroughputService(desk).handlers,
        }

    async def list_incidents(self, call: Call) -> IncidentsTold:
        """Those that are not over, or all that are known."""
        standings = await self._desk.incidents(over=call.query.get("all") == "1")
        told = [self._told(standing) for standing in standings]
        return IncidentsTold(at=at(self._desk.now_ns(), self._zone), incidents=told)

    async def list_past(self, call: Call) -> PastTold:
        """Those of a time, from the log."""
        now_ns, asked = self._desk.now_ns(), call.query.get("most", str(_PAGE))
        most = min(int(asked), _MOST) if asked.isascii() and asked.isdigit() else 0
        if not most:
            raise ValueError(phrase("{text} is no number of incidents", text=repr(asked)))
        since_ns, until_ns = self._time_asked(call.query.get("since"), call.query.get("until"), now_ns)
        found = await self._desk.history(since_ns, until_ns, most + 1)
        names, codes = Names(self._desk.inventory), await self._codes_of_roots(found)
        return PastTold(
            at=at(now_ns, self._zone),
            since=at(since_ns, self._zone) if since_ns is not None else None,
            until=at(until_ns, self._zone) if until_ns is not None else None,
            incidents=[past_told(one, names, codes, self._zone) for one in _whole_page(found, most)],
            more=len(found) > most,
        )

    def _time_asked(self, since: str | None, until: str | None, now_ns: int) -> tuple[int | None, int | None]:
        """A time of the past. Where its end would be before its beginning, a time of day is the next one."""
        since_ns = parse_past(since, now_ns, self._zone) if since else None
        until_ns = parse_past(until, now_ns, self._zone) if until else None
        if until and until_ns is not None and since_ns is not None and until_ns <= since_ns:
            until_ns = parse_instant(until, self._zone, after_ns=since_ns)
        return since_ns, until_ns

    async def read_incident(self, call: Call) -> IncidentTold:
        """One incident, by id or code."""
        return self._told(await self._standing(call))

    async def read_story(self, call: Call) -> StoryTold:
        """The log of one incident, told; also of one that is long over."""
        name = call.path["incident"]
        standing = await self._find(name)
        incident = standing.told.id if standing else await self._desk.past(name)
        if incident is None:
            raise await self._unknown_incident(name, call.language)
        entries = await self._desk.story(incident)
        teller = Teller(self._desk.inventory, call.language, await self._codes(entries))
        lines = [
            LineTold(
                at=at(entry.at_ns, self._zone),
                entry=type(entry).__name__,
                text=teller.tell(entry),
                message=entry.message if isinstance(entry, MessageEntry) else None,
                fields=_plain(entry),
            )
            for entry in entries
        ]
        return StoryTold(
            at=at(self._desk.now_ns(), self._zone),
            incident=self._told(standing) if standing else None,
            lines=lines,
        )

    async def acknowledge(self, call: Call) -> OutcomeTold:
        """Somebody has it."""
        return await self._answer(call, Acknowledge)

    async def ask_help(self, call: Call) -> OutcomeTold:
        """Somebody needs help."""
        return await self._answer(call, AskHelp)

    async def decline(self, call: Call) -> OutcomeTold:
        """A contact says that it is not theirs."""
        if call.body.contact is None:
            raise ValueError(phrase("say for whom: declining is the answer of a contact who was called"))
        return await self._answer(call, Decline)

    async def resolve(self, call: Call) -> OutcomeTold:
        """It is over."""
        standing = await self._standing(call)
        check_who_closes(call.actor, self._way)
        command = Resolve(actor=call.actor, incidents=(standing.told.id,), note=call.body.note)
        return await self._command(call, command, standing.told.id)

    async def list_silences(self, call: Call) -> SilencesTold:
        """Silences that hold or are to come."""
        silences = [self._silence_told(silence, call.language) for silence in await self._desk.silences()]
        return SilencesTold(at=at(self._desk.now_ns(), self._zone), silences=silences)

    async def set_silence(self, call: Call) -> OutcomeTold:
        """Announce planned work."""
        given: SilenceGiven = call.body
        now_ns = self._desk.now_ns()
        starts_ns = parse_start(given.starts, now_ns, self._zone) if given.starts else now_ns
        if given.ends is not None:
            ends_ns = parse_instant(given.ends, self._zone, after_ns=starts_ns)
        else:
            ends_ns = starts_ns + parse_span(given.lasts or "")
        command = SetSilence(
            actor=call.actor,
            starts_ns=starts_ns,
            ends_ns=ends_ns,
            note=given.note,
            link=LinkId(given.link) if given.link else None,
            site=SiteId(given.site) if given.site else None,
            carrier=CarrierId(given.carrier) if given.carrier else None,
            area=SiteId(given.area) if given.area else None,
            forced=given.force,
        )
        return await self._command(call, command)

    async def lift_silence(self, call: Call) -> OutcomeTold:
        """It ends now."""
        command = LiftSilence(actor=call.actor, silence=SilenceId(call.path["silence"]))
        return await self._command(call, command)

    async def close_event(self, call: Call) -> OutcomeTold:
        """A live event is over."""
        event = EventId(call.path["event"])
        return await self._command(call, OrderEvent(actor=call.actor, event=event, close=True))

    async def extend_event(self, call: Call) -> OutcomeTold:
        """A live event ends later."""
        now_ns = self._desk.now_ns()
        ends_ns = parse_instant(call.body.ends, self._zone, after_ns=now_ns)
        event = EventId(call.path["event"])
        outcome = await self._command(call, OrderEvent(actor=call.actor, event=event, ends_ns=ends_ns))
        return outcome.model_copy(update={"ends": at(ends_ns, self._zone)})

    async def rotate_keys(self, call: Call) -> KeysTold:
        """Sign links with a new key."""
        if self._rotate is None:
            raise ValueError(phrase("this daemon sends no links to answer with"))
        return KeysTold(keys=self._rotate(call.query.get("forget") == "1"))

    async def _answer(self, call: Call, kind: type[Acknowledge | AskHelp | Decline]) -> OutcomeTold:
        given: AnswerGiven = call.body
        standing = await self._standing(call)
        contact = await self._contact(given.contact, call.language) if given.contact else None
        check_whose(standing, call.actor, contact, self._way)
        way = given.via or (AckWay.PHONE if contact else self._way)
        incident = standing.told.id
        command = kind(actor=call.actor, incidents=(incident,), way=way, contact=contact)
        outcome = await self._command(call, command, incident)
        if contact is None or contact in standing.called:
            return outcome
        people = self._desk.inventory.directory.contacts
        return outcome.model_copy(update={"not_called": person_told(contact, people)})

    async def _command(
        self, call: Call, command: AnyCommand, incident: IncidentId | None = None
    ) -> OutcomeTold:
        verdict = await self._desk.command(command)
        refused = await self._refusals(command, verdict, call.language)
        if refused and not verdict.accepted:
            raise RefusedError(refused)
        standing = await self._desk.incident(incident) if incident else None
        planned = next((entry for entry in verdict.entries if isinstance(entry, SilenceSet)), None)
        return OutcomeTold(
            changed=verdict.accepted,
            actor=call.actor,
            incidents=[self._told(standing)] if standing else [],
            refused=refused,
            silence=verdict.created,
            planned=self._silence_told(planned, call.language) if planned else None,
            handed_back=standing is not None and _hands_back(command, standing),
        )

    async def _standing(self, call: Call) -> Standing:
        name = call.path["incident"]
        standing = await self._find(name)
        if standing is None:
            raise await self._unknown_incident(name, call.language)
        return standing

    async def _find(self, name: str) -> Standing | None:
        """An incident by id or code in any case; by a code also the latest that is over."""
        for spelt in dict.fromkeys((name, name.upper())):
            if standing := await self._desk.incident(spelt):
                return standing
        known = await self._desk.incidents(over=True)
        return next((one for one in known if one.told.code == name.upper()), None)

    async def _unknown_incident(self, name: str, language: Language) -> RefusedError:
        known = [one.told for one in await self._desk.incidents(over=True)]
        names = [*(told.code for told in known), *(told.id for told in known)]
        return RefusedError([await refused_told(name, Refusal.UNKNOWN_INCIDENT, language, names)])

    async def _contact(self, name: str, language: Language) -> ContactId:
        """A contact by id, or by a name that only one has."""
        contacts = self._desk.inventory.directory.contacts
        if name in contacts:
            return ContactId(name)
        named = [contact.id for contact in contacts.values() if contact.name.casefold() == name.casefold()]
        if len(named) != 1:
            names = [*contacts, *(contact.name for contact in contacts.values())]
            raise RefusedError([await refused_told(name, Refusal.UNKNOWN_CONTACT, language, names)])
        return named[0]

    async def _codes(self, entries: Sequence[AnyEntry]) -> dict[str, str]:
        known: dict[str, str] = {
            standing.told.id: standing.told.code for standing in await self._desk.incidents(over=True)
        }
        return known | {entry.incident: entry.code for entry in entries if isinstance(entry, Noticed)}

    async def _codes_of_roots(self, found: Sequence[PastIncident]) -> dict[str, str]:
        """The codes of what explains incidents, as far as the same list or the desk knows them."""
        codes: dict[str, str] = {one.id: one.code for one in found}
        roots = {one.folded_into for one in found if one.folded_into is not None}
        return codes if roots <= codes.keys() else codes | await self._codes(())

    async def _refusals(self, command: AnyCommand, verdict: Verdict, language: Language) -> list[RefusedTold]:
        """What was refused; incidents by the codes that people know them by."""
        takers, told = dict(verdict.taken_by), []
        for subject, refusal in verdict.refusals:
            standing = await self._desk.incident(subject)
            name, known = await self._meant(command, standing.told.code if standing else subject, refusal)
            taker, why = takers.get(IncidentId(subject)), self._why(command, verdict, refusal, language)
            told.append(await refused_told(name, refusal, language, known, taker, why))
        return told

    def _why(self, command: AnyCommand, verdict: Verdict, refusal: Refusal, language: Language) -> Words:
        """Why something was refused; where times are why, with the times as they were read."""

        def moment(wall_ns: int) -> str:
            return weekday_moment(at(wall_ns, self._zone), language)

        why = tell_refusal(refusal, language)
        if isinstance(command, SetSilence) and refusal in _OF_TIMES:
            starts, ends = moment(command.starts_ns), moment(command.ends_ns)
            return phrase("{why} (read as: from {starts} to {ends})", why=why, starts=starts, ends=ends)
        if verdict.ends_ns is not None:
            return phrase(
                "{why}: the event goes on until {ends} as it is", why=why, ends=moment(verdict.ends_ns)
            )
        return why

    async def _meant(
        self, command: AnyCommand, subject: str, refusal: Refusal
    ) -> tuple[str, Collection[str]]:
        """What was named, and the names that would have been known; none where that is not what is wrong."""
        inventory = self._desk.inventory
        if refusal is Refusal.UNKNOWN_EVENT:
            return subject, inventory.events
        if refusal is Refusal.UNKNOWN_SILENCE:
            return subject, [silence.silence for silence in await self._desk.silences()]
        named: Sequence[tuple[str | None, Collection[str]]] = ()
        if refusal is Refusal.UNKNOWN_SUBJECT and isinstance(command, SetSilence):
            named = (
                (command.link, inventory.links),
                (command.site, inventory.sites),
                (command.carrier, inventory.carriers),
                (command.area, inventory.sites),
            )
        return next(((name, known) for name, known in named if name and name not in known), (subject, ()))

    def _told(self, standing: Standing) -> IncidentTold:
        return incident_told(standing, self._desk.inventory.directory.contacts, self._zone)

    def _silence_told(self, silence: SilenceSet, language: Language) -> SilenceTold:
        names = Names(self._desk.inventory)
        return silence_told(silence, names, self._zone, self._desk.now_ns(), language)

    @property
    def _zone(self) -> tzinfo:
        return zone_of(self._desk.inventory.timezone)


def _hands_back(command: AnyCommand, after: Standing) -> bool:
    """Whether who declined had it until then."""
    if not isinstance(command, Decline) or command.contact is None:
        return False
    return after.handed_back == command.contact


def _whole_page(found: Sequence[PastIncident], most: int) -> Sequence[PastIncident]:
    """The first of them, so that those left out began before the last of these, by the millisecond told."""
    page = found[:most]
    if len(found) <= most:
        return page
    next_ms = found[most].began_ns // 1_000_000
    return [one for one in page if one.began_ns // 1_000_000 != next_ms] or page


def _plain(value: Any) -> Any:
    """Values of the log as JSON: enumerations by name, instants as they are."""
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
