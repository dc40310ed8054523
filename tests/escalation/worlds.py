"""An escalation over a ledger of incidents, driven by entries; people, rosters and one policy.

Bản is a commune on VNPT: duty, then the carrier's lead and our duty, then our lead. Instants are seconds since
START, which no event meets unless a test plans one.
"""

from collections.abc import Iterable

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.escalation.answers import Answered, answer
from bridgewatch.core.escalation.escalation import Escalation
from bridgewatch.core.incidents.ledger import Ledger
from bridgewatch.core.oncall.find import Oncall
from bridgewatch.model.commands import Acknowledge, Answer, AskHelp, Decline
from bridgewatch.model.ids import ContactId, IncidentId, LinkId, MessageId, PolicyId, SilenceId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import (
    AnyEntry,
    Called,
    Closed,
    Composed,
    DeadLetter,
    Folded,
    Grew,
    Informed,
    Noticed,
    Opened,
    Proof,
    Recovered,
    SilenceSet,
    Stepped,
    Unreached,
    Weighed,
)
from bridgewatch.model.paging import AckWay, Audience, FaultKind, MessageKind, Phase, Role, Urgency, Why
from bridgewatch.model.policy import Call, Policy, Step
from bridgewatch.model.words import Reason
from tests.oncall.worlds import COMMUNE, DUTY, LEAD, OWN_DUTY, POLICY, VNPT, roster, world

SECOND = 1_000_000_000
START = 1_790_035_200 * SECOND  # 08:00 in Việt Nam
OWN_LEAD = Call(Audience.OWN, Role.LEAD)
LINK, LINK_TOO = LinkId("xa/wan"), LinkId("xa-kia/wan")
AN, BINH, CHI, DUNG, NOC = map(ContactId, ("an", "binh", "chi", "dung", "noc"))
REPEAT, RAISE = 120.0, 600.0
ROSTERS = (
    roster("vnpt", "an"),
    roster("vnpt", "binh", role=Role.LEAD),
    roster("own", "chi", carrier=None, area=None),
    roster("own", "dung", carrier=None, area=None, role=Role.LEAD),
)
STEPS = (Step((DUTY,)), Step((LEAD, OWN_DUTY)), Step((OWN_LEAD,), after=60.0))


def strict(
    steps: Iterable[Step] = STEPS,
    name: PolicyId = POLICY,
    repeat: float = REPEAT,
    raise_again: float | None = RAISE,
) -> Policy:
    return Policy(
        name,
        hold=dict.fromkeys(Urgency, 5.0),
        repeat={urgency: repeat * (2 if urgency < Urgency.DARK else 1) for urgency in Urgency},
        steps={Audience.CARRIER: tuple(steps), Audience.OWN: (Step((OWN_DUTY,)),)},
        raise_again=raise_again,
    )


def province(policy: Policy | None = None, **more: object) -> Inventory:
    return world(**{"rosters": ROSTERS, "steps": policy or strict(), **more})  # type: ignore[arg-type]


class House:
    """Drives one escalation; the outbox is played by the test."""

    def __init__(self, inventory: Inventory | None = None) -> None:
        self.inventory = inventory or province()
        self.ledger = Ledger()
        self.agenda = Agenda(self.inventory)
        self.escalation = Escalation(self.inventory, self.agenda, self.ledger, Oncall(self.inventory))
        self.log: list[AnyEntry] = []

    def write(self, at: float, *entries: AnyEntry) -> list[AnyEntry]:
        """Apply entries and see what escalation makes of them."""
        for entry in entries:
            self.ledger.apply(entry)
            self.escalation.apply(entry)
        self.log += entries
        return self.advance(at)

    def advance(self, at: float) -> list[AnyEntry]:
        written = self.escalation.advance(ns(at))
        for entry in written:
            self.ledger.apply(entry)
        self.log += written
        return written

    def adopt(self, inventory: Inventory, at: float) -> list[AnyEntry]:
        self.inventory, self.agenda = inventory, Agenda(inventory)
        self.escalation.adopt(inventory, self.agenda, Oncall(inventory))
        return self.advance(at)

    def notice(
        self, number: int, at: float, urgency: Urgency = Urgency.DARK, link: LinkId = LINK
    ) -> list[AnyEntry]:
        site = SiteId(link.partition("/")[0])
        return self.write(
            at,
            Noticed(
                at_ns=ns(at),
                incident=inc(number),
                code=f"C{number}",
                kind=FaultKind.LINK,
                subject=link,
                audience=Audience.CARRIER,
                began_ns=ns(at),
                carrier=VNPT,
                site=site,
            ),
            Grew(
                at_ns=ns(at),
                incident=inc(number),
                links=((link, Proof(Reason.SILENT_WITH_WITNESS, since_ns=ns(at))),),
                why=Why.LINK_DOWN,
            ),
            weighed(number, at, urgency, site),
        )

    def open(
        self, number: int, at: float, urgency: Urgency = Urgency.DARK, link: LinkId = LINK
    ) -> list[AnyEntry]:
        """Notice it and let it outlast its hold."""
        self.notice(number, at, urgency, link)
        return self.write(at, opened(number, at))

    def compose(self, number: int, at: float, contact: ContactId = AN) -> MessageId:
        message = MessageId(f"m{number}-{contact}-{at}")
        self.write(
            at,
            Composed(
                at_ns=ns(at),
                message=message,
                contact=contact,
                kind=MessageKind.PAGE,
                incidents=(inc(number),),
                urgency=Urgency.DARK,
            ),
        )
        return message

    def unreached(
        self, number: int, at: float, message: MessageId, contact: ContactId = AN
    ) -> list[AnyEntry]:
        return self.write(
            at, Unreached(at_ns=ns(at), message=message, contact=contact, incidents=(inc(number),))
        )

    def dead(self, number: int, at: float, message: MessageId, contact: ContactId = AN) -> list[AnyEntry]:
        return self.write(
            at, DeadLetter(at_ns=ns(at), message=message, contact=contact, incidents=(inc(number),))
        )

    def recover(self, number: int, at: float) -> list[AnyEntry]:
        return self.write(at, Recovered(at_ns=ns(at), incident=inc(number)))

    def relapse(self, number: int, at: float, link: LinkId = LINK) -> list[AnyEntry]:
        proof = Proof(Reason.SILENT_WITH_WITNESS, since_ns=ns(at))
        return self.write(
            at, Grew(at_ns=ns(at), incident=inc(number), links=((link, proof),), why=Why.LINK_DOWN)
        )

    def weigh(self, number: int, at: float, urgency: Urgency) -> list[AnyEntry]:
        return self.write(at, weighed(number, at, urgency, COMMUNE))

    def fold(self, number: int, into: int, at: float) -> list[AnyEntry]:
        return self.write(at, Folded(at_ns=ns(at), incident=inc(number), into=inc(into), why=Why.BEHIND_ROOT))

    def resolve(self, number: int, at: float) -> list[AnyEntry]:
        return self.write(at, Closed(at_ns=ns(at), incident=inc(number), why=Why.RESOLVED, actor="NOC"))

    def silence(self, at: float, starts: float, ends: float, **what: object) -> list[AnyEntry]:
        what = what or {"link": LINK}
        return self.write(
            at,
            SilenceSet(
                at_ns=ns(at),
                silence=SilenceId(f"s{at}-{starts}"),
                starts_ns=ns(starts),
                ends_ns=ns(ends),
                actor="NOC",
                note="",
                **what,
            ),
        )  # type: ignore[arg-type]

    def ack(self, at: float, *numbers: int, contact: ContactId | None = AN) -> Answered:
        return self.answer(
            Acknowledge(actor="An", incidents=incs(*numbers), way=AckWay.LINK, contact=contact), at
        )

    def help(self, at: float, *numbers: int, contact: ContactId | None = AN) -> Answered:
        return self.answer(
            AskHelp(actor="An", incidents=incs(*numbers), way=AckWay.LINK, contact=contact), at
        )

    def decline(self, at: float, *numbers: int, contact: ContactId | None = AN) -> Answered:
        return self.answer(
            Decline(actor="An", incidents=incs(*numbers), way=AckWay.LINK, contact=contact), at
        )

    def answer(self, command: Answer, at: float) -> Answered:
        """Give an answer; its entries are followed by what escalation made of them."""
        answered = answer(command, self.escalation.cases, self.inventory.directory, ns(at))
        answered.entries += self.write(at, *answered.entries) if answered.entries else []
        return answered

    def restarted(self) -> "House":
        """What another process makes of the log."""
        other = House(self.inventory)
        for entry in self.log:
            other.ledger.apply(entry)
            other.escalation.apply(entry)
        other.escalation.replayed()
        other.log = list(self.log)
        return other


def ns(at: float) -> int:
    return START + round(at * SECOND)


def inc(number: int) -> IncidentId:
    return IncidentId(f"INC-{number}")


def incs(*numbers: int) -> tuple[IncidentId, ...]:
    return tuple(inc(number) for number in numbers)


def weighed(number: int, at: float, urgency: Urgency, site: SiteId) -> Weighed:
    return Weighed(
        at_ns=ns(at),
        incident=inc(number),
        urgency=urgency,
        dark=(site,) if urgency is Urgency.DARK else (),
        impaired=(site,) if urgency is Urgency.IMPAIRED else (),
        reduced=(site,) if urgency is Urgency.REDUCED else (),
    )


def opened(number: int, at: float, phase: Phase = Phase.NONE) -> Opened:
    return Opened(at_ns=ns(at), incident=inc(number), phase=phase, policy=POLICY, hold=5.0, why=Why.HELD)


def called(entries: Iterable[AnyEntry]) -> list[ContactId]:
    return [entry.contact for entry in entries if isinstance(entry, Called)]


def steps(entries: Iterable[AnyEntry]) -> list[tuple[int, Why]]:
    return [(entry.step, entry.why) for entry in entries if isinstance(entry, Stepped)]


def informed(entries: Iterable[AnyEntry]) -> list[tuple[ContactId, MessageKind]]:
    return [(entry.contact, entry.kind) for entry in entries if isinstance(entry, Informed)]
