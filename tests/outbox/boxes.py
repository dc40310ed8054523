"""An outbox with two people, for tests: An by chat then by SMS, Bình by mail alone."""

from bridgewatch.core.outbox.outbox import Outbox
from bridgewatch.model.delivery import Attempt, Result
from bridgewatch.model.ids import ContactId, EgressId, GatewayId, IncidentId, PolicyId
from bridgewatch.model.inventory import Inventory, Limits
from bridgewatch.model.log import (
    Acknowledged,
    AnyEntry,
    Called,
    Closed,
    Composed,
    Grew,
    Informed,
    Noticed,
    Opened,
    Recovered,
    Stepped,
    Weighed,
)
from bridgewatch.model.paging import (
    AckWay,
    Audience,
    FaultKind,
    GatewayKind,
    MessageKind,
    Phase,
    Role,
    TextForm,
    Urgency,
    Why,
)
from bridgewatch.model.people import Channel, Contact, Directory, Gateway
from bridgewatch.model.policy import Policy
from bridgewatch.model.words import AdministrativeModel, Language

SECOND = 1_000_000_000
START = 1_790_035_200 * SECOND  # 08:00 in Việt Nam
AN, BINH, NOBODY = ContactId("an"), ContactId("binh"), ContactId("nobody")
MAIN = EgressId("main")
CHAT, SMS, MAIL = GatewayId("chat"), GatewayId("sms"), GatewayId("mail")
LIVE, CALM = PolicyId("live"), PolicyId("calm")
DELIVERED, FAILED = Result(delivered=True), Result(delivered=False)
CROWDED = Result(delivered=False, crowded=True)
REFUSED = Result(delivered=False, permanent=True, detail="no such user")


def directory() -> Directory:
    """Chat and mail leave by our own way out, SMS by none that is watched."""
    gateways = [
        Gateway(
            name, GatewayKind.WEBHOOK, TextForm.LONG, frozenset({AckWay.LINK}), egress=egress, timeout=10.0
        )
        for name, egress in ((CHAT, MAIN), (SMS, None), (MAIL, MAIN))
    ]
    people = [
        Contact(AN, "An", Language.VI, (Channel(CHAT, "an"), Channel(SMS, "+84000000001"))),
        Contact(BINH, "Bình", Language.VI, (Channel(MAIL, "binh@example.vn"),)),
    ]
    policies = [
        Policy(CALM, hold={}, repeat={}, steps={}, group=30.0, ceiling=3, digest=300.0),
        Policy(LIVE, hold={}, repeat={}, steps={}, group=10.0, ceiling=3, digest=60.0),
    ]
    return Directory(
        gateways={each.id: each for each in gateways},
        contacts={each.id: each for each in people},
        policies={each.id: each for each in policies},
    )


def inventory() -> Inventory:
    return Inventory(
        "noc",
        AdministrativeModel.TWO_TIER,
        "Asia/Ho_Chi_Minh",
        Limits(),
        {},
        {},
        {},
        {},
        (),
        directory=directory(),
    )


class Desk:
    """Drives one outbox: instants are seconds since START."""

    def __init__(self) -> None:
        self.outbox = Outbox(inventory())
        self.log: list[AnyEntry] = []

    def write(self, *entries: AnyEntry) -> None:
        for entry in entries:
            self.outbox.apply(entry)
        self.log += entries

    def advance(self, at: float) -> list[AnyEntry]:
        written = self.outbox.advance(ns(at))
        self.log += written
        return written

    def open(
        self, number: int, at: float, urgency: Urgency = Urgency.IMPAIRED, policy: PolicyId = CALM
    ) -> IncidentId:
        incident = inc(number)
        self.write(
            Weighed(at_ns=ns(at), incident=incident, urgency=urgency),
            Opened(at_ns=ns(at), incident=incident, phase=Phase.NONE, policy=policy, hold=0.0, why=Why.HELD),
            Stepped(
                at_ns=ns(at),
                incident=incident,
                step=0,
                policy=policy,
                next_ns=ns(at + 900),
                why=Why.FIRST_STEP,
            ),
        )
        return incident

    def call(self, number: int, at: float, contact: ContactId = AN) -> None:
        self.write(
            Called(
                at_ns=ns(at),
                incident=inc(number),
                contact=contact,
                step=0,
                audience=Audience.OWN,
                role=Role.DUTY,
                why=Why.ON_DUTY,
            )
        )

    def egress(self, number: int, at: float, why: Why = Why.EGRESS_DARK) -> None:
        """Our own way out has an incident."""
        self.write(
            Noticed(
                at_ns=ns(at),
                incident=inc(number),
                code=f"E{number}",
                kind=FaultKind.EGRESS,
                subject=MAIN,
                audience=Audience.OWN,
                began_ns=ns(at),
            ),
            Grew(at_ns=ns(at), incident=inc(number), links=(), why=why),
        )

    def grow(self, number: int, at: float, why: Why) -> None:
        self.write(Grew(at_ns=ns(at), incident=inc(number), links=(), why=why))

    def page(
        self,
        number: int,
        at: float,
        contact: ContactId = AN,
        urgency: Urgency = Urgency.IMPAIRED,
        policy: PolicyId = CALM,
    ) -> list[Composed]:
        """Open an incident, call somebody for it, and see what leaves."""
        self.open(number, at, urgency, policy)
        self.call(number, at, contact)
        return self.composed(at)

    def composed(self, at: float) -> list[Composed]:
        return [entry for entry in self.advance(at) if isinstance(entry, Composed)]

    def inform(
        self,
        number: int,
        at: float,
        kind: MessageKind = MessageKind.RECOVERED,
        contact: ContactId = AN,
        policy: PolicyId = CALM,
    ) -> None:
        self.write(
            Informed(
                at_ns=ns(at),
                incident=inc(number),
                contact=contact,
                kind=kind,
                why=Why.RECOVERED,
                policy=policy,
            )
        )

    def recover(self, number: int, at: float) -> None:
        self.write(Recovered(at_ns=ns(at), incident=inc(number)))

    def acknowledge(self, number: int, at: float) -> None:
        self.write(Acknowledged(at_ns=ns(at), incident=inc(number), actor="An", way=AckWay.LINK, contact=AN))

    def close(self, number: int, at: float) -> None:
        self.write(Closed(at_ns=ns(at), incident=inc(number), why=Why.RECOVERED))

    def due(self, at: float) -> tuple[Attempt, ...]:
        return self.outbox.due(ns(at))

    def result(self, attempt: Attempt, result: Result, at: float) -> list[AnyEntry]:
        booked = self.outbox.result(attempt, result, ns(at))
        self.log += booked
        return booked + self.advance(at)

    def restarted(self) -> "Desk":
        """What another process makes of the log."""
        other = Desk()
        other.write(*self.log)
        return other


def ns(at: float) -> int:
    return START + round(at * SECOND)


def inc(number: int) -> IncidentId:
    return IncidentId(f"INC-{number}")


def incs(*numbers: int) -> tuple[IncidentId, ...]:
    return tuple(inc(number) for number in numbers)
