"""A small desk with real incidents of an invented province: what the doors are tested on."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from bridgewatch.model.bandwidth import (
    Direction,
    Hindrance,
    Leg,
    Method,
    Server,
    Throughput,
    ThroughputEnd,
)
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.commands import (
    Acknowledge,
    AnyCommand,
    AskHelp,
    AskThroughput,
    CancelThroughput,
    Decline,
    Hindered,
    LiftSilence,
    OrderEvent,
    Refusal,
    Resolve,
    SetSilence,
    Verdict,
)
from bridgewatch.model.delivery import BriefIncident, BriefLink
from bridgewatch.model.desk import LinkTest, Stage, Standing
from bridgewatch.model.ids import (
    CarrierId,
    ContactId,
    EventId,
    GatewayId,
    IncidentId,
    LinkId,
    MessageId,
    ServerId,
    SilenceId,
    TestId,
)
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import (
    Acknowledged,
    AnyEntry,
    Closed,
    Composed,
    Declined,
    Entry,
    EventOrdered,
    HelpAsked,
    Proof,
    SilenceLifted,
    SilenceSet,
    ThroughputAsked,
    ThroughputEnded,
)
from bridgewatch.model.paging import (
    AckWay,
    Audience,
    FaultKind,
    GatewayKind,
    MessageKind,
    PastIncident,
    Phase,
    TextForm,
    Urgency,
    Why,
)
from bridgewatch.model.people import Channel, Contact, Directory, Gateway
from bridgewatch.model.ports import ThroughputProgress
from bridgewatch.model.secret import Secret, SecretSource
from bridgewatch.model.words import Language, Reason
from tests.exposition.synthetic import synthetic_inventory

NOW_NS = 1_795_571_100_000_000_000  # 25 November 2026, 08:45 in Vietnam
MINUTE_NS = 60 * 10**9
AN, BINH = ContactId("an"), ContactId("binh")
ONE, TWO, THREE = IncidentId("i1"), IncidentId("i2"), IncidentId("i3")
PAGE, DIGEST, HERS = MessageId("m-1"), MessageId("m-2"), MessageId("m-3")


def gateway(key: str, kind: GatewayKind, form: TextForm, way: AckWay, **settings: str) -> Gateway:
    secrets = {"inbound": Secret(SecretSource.ENVIRONMENT, key)}
    return Gateway(
        GatewayId(key), kind, form, frozenset({way, AckWay.LINK}), settings=settings, secrets=secrets
    )


def inventory() -> Inventory:
    gateways = (
        gateway("tele", GatewayKind.TELEGRAM, TextForm.LONG, AckWay.CHAT),
        gateway("zalo", GatewayKind.ZALO_BOT, TextForm.LONG, AckWay.CHAT),
        gateway("oa", GatewayKind.ZALO_OA, TextForm.LONG, AckWay.CHAT, app_id="4100"),
        gateway("goi", GatewayKind.STRINGEE, TextForm.SPOKEN, AckWay.VOICE),
        gateway("sms", GatewayKind.WEBHOOK, TextForm.SHORT, AckWay.SMS, inbound_keyword="BW"),
    )
    an = Contact(
        AN,
        "Nguyễn Văn An",
        Language.VI,
        (
            Channel(GatewayId("tele"), "1001"),
            Channel(GatewayId("zalo"), "z-1"),
            Channel(GatewayId("oa"), "oa-1"),
            Channel(GatewayId("sms"), "0901 000 001"),
        ),
        CarrierId("vnpt"),
        "+84901000001",
    )
    binh = Contact(BINH, "Trần Thị Bình", Language.EN, (Channel(GatewayId("tele"), "1002"),))
    directory = Directory(
        gateways={one.id: one for one in gateways},
        contacts={AN: an, BINH: binh},
        catch_all=(BINH,),
        public_url="https://truc.example.vn",
    )
    return replace(synthetic_inventory(8), directory=directory)


def told(incident: IncidentId, code: str, **changes: object) -> BriefIncident:
    since = NOW_NS - 7 * MINUTE_NS
    proof = Proof(Reason.SILENT_WITH_WITNESS, 8, 8, since, since + 10**9)
    link = BriefLink(
        LinkId("gialai-iape/wan"), "Điểm cầu UBND xã Ia Pê", "wan", "VNPT", "GLI-TSLCD-0650", since, proof
    )
    made = BriefIncident(
        id=incident,
        code=code,
        kind=FaultKind.LINK,
        subject="Điểm cầu UBND xã Ia Pê",
        suspected=False,
        audience=Audience.CARRIER,
        urgency=Urgency.DARK,
        why=Why.LINK_DOWN,
        phase=Phase.LIVE,
        began_ns=since,
        links=(link,),
        links_total=1,
        dark=("Điểm cầu UBND xã Ia Pê",),
        impaired=(),
        reduced=(),
        carrier=CarrierId("vnpt"),
        event=EventId("tiep-xuc-cu-tri"),
        event_name="Tiếp xúc cử tri",
        link=link,
    )
    return replace(made, **changes)


def test_asked(name: str, link: LinkId, **changes: object) -> ThroughputAsked:
    asked = ThroughputAsked(
        at_ns=NOW_NS - MINUTE_NS,
        test=TestId(name),
        link=link,
        methods=(Method.TCP,),
        directions=(Direction.DOWN, Direction.UP),
        earliest_ns=NOW_NS - MINUTE_NS,
        latest_ns=NOW_NS + 60 * MINUTE_NS,
        seconds=10.0,
        streams=4,
        actor="noc",
        plan="p1",
    )
    return replace(asked, **changes)


def link_tests() -> dict[TestId, LinkTest]:
    """One that runs, t1, one that waits for it, t2, and two that are over: t3 measured, t4 expired."""
    links = list(inventory().links)[:4]
    running, waiting, done, late = (test_asked(f"t{n}", link) for n, link in enumerate(links, 1))
    server = Server(ServerId("hcm"), Method.TCP, "198.51.100.7")
    results = (
        Throughput(Direction.DOWN, Method.TCP, 19.1e6, 25e6, 10.0, 4, 0.999, 0.004, 0.048),
        Throughput(Direction.UP, Method.TCP, 4.2e6, 6e6, 10.0, 4, 0.97, 0.004, 0.31),
    )
    over = {"at_ns": NOW_NS - MINUTE_NS, "octets": 31_000_000}
    ended = ThroughputEnded(test=done.test, end=ThroughputEnd.DONE, results=results, **over)
    expired = ThroughputEnded(
        test=late.test, end=ThroughputEnd.EXPIRED, hindrance=Hindrance.LIVE, subject="gialai-iape", **over
    )
    tests = (
        LinkTest(
            running,
            began_ns=NOW_NS - MINUTE_NS // 6,
            leg=Leg(server, Method.TCP, Direction.DOWN, 10.0, 4, 20_000_000),
            progress=ThroughputProgress(12_000_000, 5.0, 19.2e6),
        ),
        LinkTest(waiting, Hindered(waiting.link, Hindrance.PATH_BUSY, running.link)),
        LinkTest(done, results=results, ended=ended),
        LinkTest(late, ended=expired),
    )
    return {test.asked.test: test for test in tests}


class FakeDesk:
    """Incidents i1 (code K7P), i2 (M2Q) and i3 (X9T); An was called for the first two, Bình for the last two."""

    def __init__(self) -> None:
        self.inventory = inventory()
        self.time_ns = NOW_NS
        calls = {ONE: (AN,), TWO: (AN, BINH), THREE: (BINH,)}
        codes = {ONE: "K7P", TWO: "M2Q", THREE: "X9T"}
        self.standings = {
            incident: Standing(told(incident, codes[incident]), Stage.CALLING, 0, NOW_NS + MINUTE_NS, called)
            for incident, called in calls.items()
        }
        self.messages = {
            message: Composed(
                at_ns=NOW_NS - MINUTE_NS,
                message=message,
                contact=contact,
                kind=kind,
                incidents=incidents,
                urgency=Urgency.DARK,
            )
            for message, contact, kind, incidents in (
                (PAGE, AN, MessageKind.PAGE, (ONE,)),
                (DIGEST, AN, MessageKind.DIGEST, (ONE, TWO)),
                (HERS, BINH, MessageKind.PAGE, (TWO,)),
            )
        }
        self.silence: dict[SilenceId, SilenceSet] = {}
        self.stories: dict[IncidentId, tuple[AnyEntry, ...]] = {}
        self.commands: list[AnyCommand] = []
        self.live = {EventId("tiep-xuc-cu-tri"): NOW_NS + 60 * MINUTE_NS}  # with their planned ends
        self.link_tests = link_tests()
        self.log: list[PastIncident] = []

    def now_ns(self) -> int:
        return self.time_ns

    async def history(self, since_ns: int | None, until_ns: int | None, most: int) -> Sequence[PastIncident]:
        wanted = (
            one
            for one in self.log
            if (until_ns is None or one.began_ns < until_ns)
            and (since_ns is None or one.closed_ns is None or one.closed_ns >= since_ns)
        )
        return sorted(wanted, key=lambda one: -one.began_ns)[:most]

    def over(self, incident: IncidentId) -> None:
        standing = self.standings[incident]
        ended = replace(standing.told, ended_ns=self.time_ns)
        self.standings[incident] = replace(standing, told=ended, stage=Stage.OVER)

    def takers(self) -> dict[IncidentId, str | None]:
        return {incident: standing.told.taken_by for incident, standing in self.standings.items()}

    async def incidents(self, *, over: bool = False) -> Sequence[Standing]:
        order = sorted(self.standings.values(), key=lambda standing: standing.stage is Stage.OVER)
        return [standing for standing in order if over or standing.stage is not Stage.OVER]

    async def incident(self, name: str) -> Standing | None:
        by_code = {standing.told.code: standing for standing in await self.incidents()}
        return self.standings.get(IncidentId(name)) or by_code.get(name.upper())

    async def message(self, message: MessageId) -> Composed | None:
        return self.messages.get(message)

    async def silences(self) -> Sequence[SilenceSet]:
        return list(self.silence.values())

    async def tests(self, links: Collection[LinkId] | None = None) -> Sequence[LinkTest]:
        return [test for test in self.link_tests.values() if links is None or test.asked.link in links]

    async def test(self, test: TestId) -> LinkTest | None:
        return self.link_tests.get(test)

    async def past(self, name: str) -> IncidentId | None:
        return IncidentId(name) if name in self.stories else None

    async def story(self, incident: IncidentId) -> Sequence[AnyEntry]:
        return self.stories.get(incident, ())

    async def command(self, command: AnyCommand) -> Verdict:
        self.commands.append(command)
        if isinstance(command, Acknowledge | AskHelp | Decline):
            return self._answered(command)
        if isinstance(command, Resolve):
            return self._resolved(command)
        if isinstance(command, SetSilence):
            return self._silenced(command)
        if isinstance(command, AskThroughput):
            return self._asked(command)
        if isinstance(command, CancelThroughput):
            return self._cancelled(command)
        return self._lifted(command) if isinstance(command, LiftSilence) else self._ordered(command)

    def _lifted(self, command: LiftSilence) -> Verdict:
        if self.silence.pop(command.silence, None) is None:
            return Verdict(refusals=((command.silence, Refusal.UNKNOWN_SILENCE),))
        return Verdict((SilenceLifted(at_ns=self.time_ns, silence=command.silence, actor=command.actor),))

    def _ordered(self, command: OrderEvent) -> Verdict:
        if command.event not in self.live:
            return Verdict(refusals=((command.event, Refusal.UNKNOWN_EVENT),))
        ends_ns = self.live[command.event]
        if command.ends_ns is not None and command.ends_ns <= ends_ns:
            return Verdict(refusals=((command.event, Refusal.NOT_LATER),), ends_ns=ends_ns)
        order = EventOrder(command.event, self.time_ns, command.actor, command.close, command.ends_ns)
        return Verdict((EventOrdered(at_ns=self.time_ns, order=order),))

    def _asked(self, command: AskThroughput) -> Verdict:
        """The first link of the desk's inventory is in its meeting, the others are free."""
        live = next(iter(self.inventory.links))
        asked = [
            test_asked(f"t{number}", link, actor=command.actor, note=command.note, plan=command.plan)
            for number, link in enumerate(command.links, len(self.link_tests) + 1)
            if link != live
        ]
        self.link_tests |= {each.test: LinkTest(each) for each in asked}
        if live not in command.links:
            return Verdict(tuple(asked))
        hindered = Hindered(live, Hindrance.LIVE, self.inventory.links[live].site)
        return Verdict(tuple(asked), ((live, Refusal.HINDERED),), hindered=(hindered,))

    def _cancelled(self, command: CancelThroughput) -> Verdict:
        open_tests = {name for name, test in self.link_tests.items() if test.ended is None}
        refused = tuple((test, Refusal.UNKNOWN_TEST) for test in command.tests if test not in open_tests)
        for test in open_tests & set(command.tests):
            ended = ThroughputEnded(
                at_ns=self.time_ns, test=test, end=ThroughputEnd.CANCELLED, actor=command.actor
            )
            self.link_tests[test] = replace(self.link_tests[test], ended=ended)
        return Verdict(refusals=refused, stopping=tuple(open_tests & set(command.tests)))

    def _answered(self, command: Acknowledge | AskHelp | Decline) -> Verdict:
        entries: list[Entry] = []
        refusals: list[tuple[str, Refusal]] = []
        taken: list[tuple[IncidentId, str]] = []
        for incident in command.incidents:
            standing = self.standings.get(incident)
            if standing is None:
                refusals.append((incident, Refusal.UNKNOWN_INCIDENT))
            elif standing.stage is Stage.OVER:
                refusals.append((incident, Refusal.ALREADY_OVER))
            elif isinstance(command, Acknowledge) and standing.told.taken_by is not None:
                refusals.append((incident, Refusal.ALREADY_TAKEN))
                taken.append((incident, standing.told.taken_by))
            elif isinstance(command, Decline) and command.contact not in standing.called:
                refusals.append((incident, Refusal.NOT_CALLED))
            else:
                entries.append(self._answer(command, standing))
        return Verdict(tuple(entries), tuple(refusals), tuple(taken))

    def _answer(self, command: Acknowledge | AskHelp | Decline, standing: Standing) -> Entry:
        incident = standing.told.id
        common = {
            "at_ns": self.time_ns,
            "incident": incident,
            "actor": command.actor,
            "way": command.way,
            "contact": command.contact,
            "message": command.message,
        }
        if isinstance(command, Acknowledge):
            self.standings[incident] = replace(
                standing,
                told=replace(standing.told, taken_by=command.actor),
                stage=Stage.TAKEN,
                taken_contact=command.contact,
                taken_ns=self.time_ns,
            )
            return Acknowledged(**common)
        if isinstance(command, AskHelp):
            return HelpAsked(**common)
        standing = replace(standing, declined=(*standing.declined, command.contact))
        if standing.taken_contact == command.contact:
            free = replace(standing, told=replace(standing.told, taken_by=None), stage=Stage.CALLING)
            standing = replace(free, taken_contact=None, handed_back=command.contact)
        self.standings[incident] = standing
        return Declined(**common)

    def _resolved(self, command: Resolve) -> Verdict:
        known = [incident for incident in command.incidents if incident in self.standings]
        for incident in known:
            self.over(incident)
        return Verdict(
            tuple(
                Closed(
                    at_ns=self.time_ns,
                    incident=incident,
                    why=Why.RESOLVED,
                    actor=command.actor,
                    note=command.note,
                )
                for incident in known
            )
        )

    def _silenced(self, command: SetSilence) -> Verdict:
        if command.ends_ns <= max(command.starts_ns, self.time_ns):
            return Verdict(refusals=(("silence", Refusal.NO_END),))
        if command.area is not None and not command.forced:
            return Verdict(refusals=((command.area, Refusal.OVER_LIVE_EVENT),))
        key = SilenceId(f"s{len(self.silence) + 1}")
        entry = SilenceSet(
            at_ns=self.time_ns,
            silence=key,
            starts_ns=command.starts_ns,
            ends_ns=command.ends_ns,
            actor=command.actor,
            note=command.note,
            link=command.link,
            site=command.site,
            carrier=command.carrier,
            area=command.area,
            forced=command.forced,
        )
        self.silence[key] = entry
        return Verdict((entry,), created=key)
