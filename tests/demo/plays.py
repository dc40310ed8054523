"""A province, its script and what its phones take, without a daemon."""

from bridgewatch.app.demo.calls import Calls
from bridgewatch.app.demo.cast import Setting
from bridgewatch.app.demo.phones import Answer, Letter, Phones
from bridgewatch.app.demo.province import make_province
from bridgewatch.app.demo.script import Act, make_script
from bridgewatch.model.desk import Stage
from bridgewatch.model.ids import ContactId, IncidentId, MessageId
from bridgewatch.model.paging import FaultKind, MessageKind, Urgency
from bridgewatch.model.snapshot import OpenIncident
from bridgewatch.model.words import Language

START = 1_790_000_000_000_000_000
SETTING = Setting(phones=9001, answers=9002, now=START // 1_000_000_000, language=Language.EN)
PROVINCE = make_province(8620, SETTING, icmp=False)
SCRIPT = make_script(PROVINCE, 60)


def act(key: str) -> Act:
    """An act of the script."""
    return next(one for one in SCRIPT.acts if one.key == key)


def wall(seconds: float) -> int:
    """That many seconds into the script, by the wall clock."""
    return START + round(seconds * 1e9)


def incident(
    one: Act, *, name: str = "", taken_by: str | None = None, links: int | None = None
) -> OpenIncident:
    """The incident that an act becomes, as readers see it."""
    assert one.paged is not None
    return OpenIncident(
        id=IncidentId(name or one.key),
        code="K7F2",
        kind=one.paged.kind,
        subject=one.paged.subject,
        urgency=Urgency.DARK,
        stage=Stage.CALLING if taken_by is None else Stage.TAKEN,
        began_ns=wall(one.start),
        links=len(one.links) if links is None else links,
        dark=1,
        taken_by=taken_by,
    )


class Performance:
    """What arrived, in the order it is told here; `after` are seconds since the beginning of the act."""

    def __init__(self) -> None:
        self.phones = Phones({})
        self.calls = Calls(SCRIPT, START, self.phones)
        self._incidents: list[OpenIncident] = []

    def message(
        self, one: Act, contact: ContactId, kind: MessageKind, after: float, about: str = ""
    ) -> Letter:
        """A message about the act, or about the incident `about`."""
        letter = Letter(
            at_ns=wall(one.start + after),
            id=MessageId(f"m{len(self.phones.letters)}"),
            contact=contact,
            kind=kind,
            incidents=(IncidentId(about or one.key),),
            title=f"[K7F2] {kind}: {one.key}",
            lines=("Sự kiện: họp", "http://127.0.0.1:9002/a/TOKEN-THAT-IS-LONG"),
            link="http://127.0.0.1:9002/a/TOKEN-THAT-IS-LONG",
        )
        self.phones.letters.append(letter)
        return letter

    def pages(self, one: Act, *steps: tuple[float, tuple[ContactId, ...]]) -> None:
        """Steps of the escalation: when, and to whom."""
        for after, contacts in steps:
            for contact in contacts:
                self.message(one, contact, MessageKind.PAGE, after)

    def taken(self, one: Act, contact: ContactId, after: float) -> None:
        """Somebody presses the link of their page; the others are told."""
        letter = next(each for each in self.phones.letters if each.contact == contact and each.asks)
        self.phones.answers[IncidentId(one.key)] = Answer(wall(one.start + after), contact, letter)
        self.see(incident(one, taken_by=contact))
        for other in self.paged(one) - {contact}:
            self.message(one, other, MessageKind.TAKEN, after)

    def recovered(self, one: Act, *contacts: ContactId) -> None:
        """Those who were paged, or `contacts`, are told of the recovery."""
        for contact in contacts or self.paged(one):
            self.message(one, contact, MessageKind.RECOVERED, one.end - one.start + 0.2)

    def paged(self, one: Act) -> set[ContactId]:
        """Everybody who was paged for the act."""
        mine = IncidentId(one.key)
        return {each.contact for each in self.phones.letters if each.asks and mine in each.incidents}

    def see(self, *incidents: OpenIncident) -> None:
        """What the daemon says of its incidents."""
        self._incidents += incidents
        self.calls.look(self._incidents)

    def failures(self) -> list[str]:
        """What is owed, as of the end."""
        self.calls.look(self._incidents)
        return self.calls.failures()


def unexplained(name: str) -> OpenIncident:
    """An incident that no act is paged for."""
    return OpenIncident(
        IncidentId(name), "AAAA", FaultKind.QUALITY, "x/wan", Urgency.NOTE, Stage.HELD, START, 1, 0
    )
