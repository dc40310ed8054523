"""The whole people's side of a small world, driven by hand: health, time, gateways, commands, restarts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import cast

from bridgewatch.core.incidents.incidents import Incidents
from bridgewatch.core.paging import Paging
from bridgewatch.model.calendar import Event
from bridgewatch.model.commands import AnyCommand, Verdict
from bridgewatch.model.delivery import Attempt, Result
from bridgewatch.model.ids import CarrierId, ContactId, GatewayId, PolicyId, RosterId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import AnyEntry, Called, Composed, Informed, Stepped
from bridgewatch.model.paging import (
    AckWay,
    Audience,
    GatewayKind,
    MessageKind,
    Phase,
    Role,
    TextForm,
    Urgency,
)
from bridgewatch.model.people import Channel, Contact, Directory, Gateway, Roster
from bridgewatch.model.policy import Call, Policy, Step
from bridgewatch.model.words import Language
from tests.incidents.worlds import CALM, LIVE, SECOND, Room, world

AN, BINH, CHI, DUNG, NOC = map(ContactId, ("an", "binh", "chi", "dung", "noc"))
CHAT, SMS = GatewayId("chat"), GatewayId("sms")
DELIVERED, FAILED = Result(delivered=True), Result(delivered=False, detail="HTTP 500")
REFUSED = Result(delivered=False, permanent=True, detail="no such user")
ZONE = "Asia/Ho_Chi_Minh"
STEPS = (
    Step((Call(Audience.CARRIER, Role.DUTY),)),
    Step((Call(Audience.CARRIER, Role.LEAD), Call(Audience.OWN, Role.DUTY))),
    Step((Call(Audience.OWN, Role.LEAD),)),
)

OWN_STEPS = (Step((Call(Audience.OWN, Role.DUTY),)), Step((Call(Audience.OWN, Role.LEAD),)))


def policy(name: PolicyId, hold: float, repeat: float, **more: float) -> Policy:
    return Policy(
        name,
        hold={urgency: hold for urgency in Urgency if urgency},
        repeat=dict.fromkeys(Urgency, repeat),
        steps={Audience.CARRIER: STEPS, Audience.ROOM: STEPS, Audience.OWN: OWN_STEPS},
        **{"raise_again": 600.0, "group": 30.0, "ceiling": 10, "digest": 300.0, **more},  # type: ignore[arg-type]
    )


def people(calm: Policy | None = None, live: Policy | None = None) -> Directory:
    """An and Bình of VNPT, Chi and Dũng of ours; Em of Viettel; each by chat, then SMS."""
    names = {AN: "vnpt", BINH: "vnpt", CHI: None, DUNG: None, NOC: None, ContactId("em"): "viettel"}
    channels = {name: (Channel(CHAT, f"{name}@chat"), Channel(SMS, f"{name}@sms")) for name in names}
    contacts = [
        Contact(name, name.capitalize(), Language.VI, channels[name], CarrierId(carrier) if carrier else None)
        for name, carrier in names.items()
    ]
    duties = [
        (AN, "vnpt", Role.DUTY),
        (BINH, "vnpt", Role.LEAD),
        (CHI, None, Role.DUTY),
        (DUNG, None, Role.LEAD),
        (ContactId("em"), "viettel", Role.DUTY),
    ]
    rosters = [
        Roster(
            RosterId(f"{carrier or 'own'}/{role}"),
            role,
            ZONE,
            carrier=CarrierId(carrier) if carrier else None,
            always=(name,),
        )
        for name, carrier, role in duties
    ]
    ways = frozenset({AckWay.LINK, AckWay.CHAT})
    gateways = [Gateway(name, GatewayKind.WEBHOOK, TextForm.LONG, ways, timeout=10.0) for name in (CHAT, SMS)]
    policies = [calm or policy(CALM, 60.0, 900.0), live or policy(LIVE, 5.0, 120.0, digest=60.0)]
    return Directory(
        gateways={each.id: each for each in gateways},
        contacts={each.id: each for each in contacts},
        rosters=tuple(rosters),
        policies={each.id: each for each in policies},
        policy_of_phase={phase: LIVE if phase is Phase.LIVE else CALM for phase in Phase},
        catch_all=(NOC,),
        public_url="https://noc.example.vn",
    )


def village(*links: str, directory: Directory | None = None, events: Iterable[Event] = ()) -> Inventory:
    return world(links or ("xa/wan", "ban/wan", "thon/wan"), people=directory or people(), events=events)


def at_once(**more: float) -> Directory:
    return people(policy(CALM, 0.0, 900.0, **more), policy(LIVE, 0.0, 120.0, **{"digest": 60.0, **more}))


@dataclass
class House(Room):
    """Attempts are answered by `gateway`, at once; None: they hang."""

    gateway: Callable[[Attempt], Result | None] = lambda _: DELIVERED
    sent: list[Attempt] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.paging = Paging(self.inventory, self.now_ns)
        # A room has the same doors for health and time as all of them together.
        self.room = cast("Incidents", self.paging)

    def note(self, entries: Iterable[AnyEntry]) -> list[AnyEntry]:  # type: ignore[override]
        """Keep what was written, carry out what it causes, and go on while that is more than a portion."""
        before = len(self.log)
        for _ in range(10_000):
            self.log += entries
            self._carry_out()
            if not self.paging.unfinished and self.paging.next_deadline_ns() != 0:
                return self.log[before:]
            entries = self.paging.advance(self.now_ns)
        raise AssertionError("portions that never end")

    def _carry_out(self) -> None:
        for _ in range(1000):
            attempts = self.paging.due(self.now_ns)
            if not attempts:
                return
            for attempt in attempts:
                self.sent.append(attempt)
                result = self.gateway(attempt)
                if result is not None:
                    self.log += self.paging.result(attempt, result, self.now_ns)
        raise AssertionError("attempts that never end")

    def command(self, command: AnyCommand) -> Verdict:
        verdict = self.paging.command(command, self.now_ns)
        self.note(verdict.entries)
        return verdict

    def adopt(self, inventory: Inventory) -> list[AnyEntry]:
        self.inventory, self.names = inventory, tuple(inventory.links)
        return self.note(self.paging.adopt(inventory, self.now_ns))

    def replayed(self) -> Paging:
        """What another process makes of the log."""
        paging = Paging(self.inventory, self.now_ns)
        paging.replay(self.log)
        return paging

    def restart(self) -> None:
        self.paging = self.replayed()
        self.room = cast("Incidents", self.paging)
        self.states = {}
        self.note(self.paging.advance(self.now_ns))

    def step_clock(self, by_ns: int) -> None:
        self.now_ns += by_ns
        self.offset_ns += by_ns
        self.note(self.paging.clock_stepped(by_ns, self.now_ns))

    def messages(self, kind: MessageKind | None = None) -> list[Composed]:
        composed = [entry for entry in self.log if isinstance(entry, Composed)]
        return [each for each in composed if kind in (None, each.kind)]


def running(inventory: Inventory | None = None) -> House:
    """A house in which health has seen everything."""
    house = House(inventory or village())
    house.all_up()
    return house


def state(paging: Paging) -> tuple[object, ...]:
    """Everything that is folded."""
    escalation, outbox = paging._escalation, paging._outbox
    return (
        dict(paging._incidents.open),
        escalation.cases.by_incident,
        escalation.silences.by_id,
        outbox.state,
        paging._orders,
    )


def called(entries: Iterable[AnyEntry]) -> list[ContactId]:
    return [entry.contact for entry in entries if isinstance(entry, Called)]


def steps(entries: Iterable[AnyEntry]) -> list[int]:
    return [entry.step for entry in entries if isinstance(entry, Stepped)]


def informed(entries: Iterable[AnyEntry]) -> list[tuple[ContactId, MessageKind]]:
    return [(entry.contact, entry.kind) for entry in entries if isinstance(entry, Informed)]


def minutes(count: float) -> int:
    return round(count * 60 * SECOND)
