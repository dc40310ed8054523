"""What holds whatever happens: random faults, gateways, answers, silences, clock steps and restarts."""

from collections import defaultdict
from datetime import timedelta
from unittest.mock import patch

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bridgewatch.core import portion
from bridgewatch.model.commands import Acknowledge, AskHelp, Decline, LiftSilence, Resolve, SetSilence
from bridgewatch.model.delivery import Attempt, Result
from bridgewatch.model.ids import ContactId, IncidentId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import (
    Acknowledged,
    AnyEntry,
    Called,
    ClockStepped,
    Closed,
    Composed,
    Declined,
    Folded,
    Grew,
    HelpAsked,
    IncidentEntry,
    Muted,
    RaisedAgain,
    Recovered,
    Stepped,
)
from bridgewatch.model.paging import ASKING, AckWay, MessageKind, Why
from tests.incidents.worlds import SECOND, START, L, live_event, world
from tests.paging.worlds import (
    AN,
    BINH,
    CHI,
    DELIVERED,
    DUNG,
    FAILED,
    LIVE,
    NOC,
    REFUSED,
    House,
    minutes,
    people,
    policy,
    state,
)

LINKS = ("tinh/wan", "xa/wan", "xa/internet", "ban/wan", "thon/wan")
PEOPLE = (AN, BINH, CHI, DUNG, NOC)
MOOT = (Acknowledged, Recovered, Closed, Folded)


def inventory() -> Inventory:
    links = [
        L("tinh/wan"),
        L("xa/wan", via="tinh/wan"),
        L("xa/internet", carrier="viettel"),
        L("ban/wan", via="tinh/wan"),
        L("thon/wan"),
    ]
    quick = policy(LIVE, 2.0, 60.0, digest=60.0, ceiling=4, group=10.0, raise_again=300.0)
    calm = policy(people().policy_of_phase[0], 20.0, 180.0, ceiling=4, raise_again=900.0)
    event = live_event("xa", "ban", starts_ns=START + minutes(30), ends_ns=START + minutes(60))
    return world(links, people=people(calm, quick), events=[event])


class Everything(RuleBasedStateMachine):
    """Attempts that were handed out wait in `flying` until a rule says what became of them."""

    def __init__(self) -> None:
        super().__init__()
        self.house = House(inventory(), gateway=self._fly)
        self.flying: list[Attempt] = []
        self.kills: dict[str, int] = defaultdict(int)
        self.looked = 0
        self.seen: list[int] = []
        self.story = Story()
        self.house.all_up()

    def _fly(self, attempt: Attempt) -> None:
        self.flying.append(attempt)

    def _incidents(self) -> list[IncidentId]:
        return list(self.house.paging._escalation.cases.by_incident)

    @rule(links=st.sets(st.sampled_from(LINKS), min_size=1, max_size=4))
    def fall(self, links: set[str]) -> None:
        self.house.down(*sorted(links))

    @rule(links=st.sets(st.sampled_from(LINKS), min_size=1))
    def answer_again(self, links: set[str]) -> None:
        self.house.up(*sorted(links))

    @rule(seconds=st.sampled_from([0.5, 3, 11, 30, 61, 185, 400, 1000]))
    def wait(self, seconds: float) -> None:
        self.house.wait(seconds)

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), result=st.sampled_from([DELIVERED, DELIVERED, FAILED, REFUSED]))
    def come_back(self, data: st.DataObject, result: Result) -> None:
        attempt = self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
        self.house.note(self.house.paging.result(attempt, result, self.house.now_ns))

    @precondition(lambda self: self.flying)
    @rule()
    def deliver_everything(self) -> None:
        for _ in range(50):
            flying, self.flying = self.flying, []
            for attempt in flying:
                self.house.note(self.house.paging.result(attempt, DELIVERED, self.house.now_ns))
            if not self.flying:
                break

    @rule(
        way=st.sampled_from([Acknowledge, AskHelp, Decline]),
        who=st.sampled_from([*PEOPLE, None]),
        picks=st.sets(st.integers(0, 7), min_size=1, max_size=3),
    )
    def press(self, way: type, who: ContactId | None, picks: set[int]) -> None:
        known = self._incidents()
        chosen = tuple(known[pick % len(known)] for pick in sorted(picks)) if known else ()
        command = way(actor=who or "NOC", incidents=chosen, way=AckWay.CHAT, contact=who)
        self.house.command(command)
        assert self.house.command(command).entries == ()  # a second press is harmless

    @rule(pick=st.integers(0, 7))
    def resolve(self, pick: int) -> None:
        known = self._incidents()
        if known:
            self.house.command(Resolve(actor="NOC", incidents=(known[pick % len(known)],)))

    @rule(
        site=st.sampled_from(["tinh", "xa", "ban"]),
        starts=st.integers(-100, 300),
        lasts=st.integers(1, 900),
        forced=st.booleans(),
    )
    def silence(self, site: str, starts: int, lasts: int, forced: bool) -> None:
        starts_ns = self.house.now_ns + starts * SECOND
        self.house.command(
            SetSilence(
                actor="NOC",
                starts_ns=starts_ns,
                ends_ns=starts_ns + lasts * SECOND,
                note="",
                site=SiteId(site),
                forced=forced,
            )
        )

    @rule()
    def lift(self) -> None:
        for silence in self.house.paging.silences(self.house.now_ns)[:1]:
            assert self.house.command(LiftSilence(actor="NOC", silence=silence.silence)).accepted

    @rule(seconds=st.sampled_from([-3600, -30, -0.5, 0.5, 45, 7200]))
    def set_the_clock(self, seconds: float) -> None:
        self.house.step_clock(round(seconds * SECOND))

    @rule()
    def kill(self) -> None:
        for attempt in self.flying:
            self.kills[attempt.message] += 1
        self.flying = []
        self.house.restart()

    @rule()
    def replay(self) -> None:
        other = self.house.replayed()
        assert state(other) == state(self.house.paging)

    @invariant()
    def the_story_keeps_its_laws(self) -> None:
        log = self.house.log
        for entry in log[self.looked :]:
            self.story.read(entry)
            self.seen.append(hash(entry))
        self.looked = len(log)
        self.story.nobody_waits_long(self.house.now_ns)

    @invariant()
    def nothing_is_stuck(self) -> None:
        house = self.house
        flying = {attempt.message for attempt in self.flying}
        for message in house.paging._outbox.state.undelivered:
            waits = house.paging._outbox._tries._at.get(message)
            assert waits is not None
            assert message in flying or waits <= house.now_ns + 72 * SECOND
        deadline = house.paging.next_deadline_ns()
        assert deadline is None or deadline > house.now_ns

    def teardown(self) -> None:
        house = self.house
        house.gateway = lambda _: DELIVERED
        house.wait(20)
        house.wait(2000)
        self.the_story_keeps_its_laws()
        self.story.nobody_waits_long(house.now_ns)
        assert not house.paging._outbox.state.undelivered
        numbers: dict[tuple[str, int], int] = defaultdict(int)
        for attempt in house.sent:
            numbers[attempt.message, attempt.number] += 1
        for (message, _), times in numbers.items():
            assert times <= 1 + self.kills[message]
        assert state(house.replayed()) == state(house.paging)
        assert [hash(entry) for entry in house.log] == self.seen  # nothing that was written ever changes


class Story:
    """Reads a log entry by entry and checks what must hold of its order."""

    def __init__(self) -> None:
        self.step: dict[IncidentId, int] = {}
        self.round: dict[IncidentId, set[ContactId]] = defaultdict(set)
        self.taken: set[IncidentId] = set()
        self.over: set[IncidentId] = set()
        self.muted: set[IncidentId] = set()
        self.declined: dict[IncidentId, set[ContactId]] = defaultdict(set)
        self.waiting: dict[tuple[IncidentId, ContactId], int] = {}  # since when
        self.told: dict[IncidentId, set[ContactId]] = defaultdict(set)

    def read(self, entry: AnyEntry) -> None:  # noqa: PLR0912 - a case per kind of entry
        match entry:
            case Stepped():
                self._stepped(entry)
            case Called():
                self._called(entry)
            case Composed():
                if entry.kind in ASKING:
                    for incident in entry.incidents:
                        self.waiting.pop((incident, entry.contact), None)
                        assert incident not in self.over
                        self.told[incident].add(entry.contact)
                elif entry.kind is not MessageKind.NOTES:
                    assert all(entry.contact in self.told[incident] for incident in entry.incidents)
            case Acknowledged():
                self.taken.add(entry.incident)
            case HelpAsked() | RaisedAgain():
                self.taken.discard(entry.incident)
            case Declined():
                self.declined[entry.incident].add(entry.contact)
                self.taken.discard(entry.incident)
                self.waiting.pop((entry.incident, entry.contact), None)
            case Muted():
                (self.muted.add if entry.silence else self.muted.discard)(entry.incident)
            case Folded():
                self.told[entry.into] |= self.told[entry.incident]
                self.over.add(entry.incident)
            case Recovered() | Closed():
                self.over.add(entry.incident)
            case Grew() if entry.incident in self.over:
                self.over.discard(entry.incident)
                self.taken.discard(entry.incident)
                self.step.pop(entry.incident, None)
            case ClockStepped():
                self.waiting = {key: at_ns + entry.by_ns for key, at_ns in self.waiting.items()}
            case _:
                pass
        if isinstance(entry, (*MOOT, Muted)) and isinstance(entry, IncidentEntry):
            self.waiting = {key: at_ns for key, at_ns in self.waiting.items() if key[0] != entry.incident}

    def _stepped(self, entry: Stepped) -> None:
        """Steps are counted one by one, from the start after a relapse or a silence."""
        incident = entry.incident
        assert incident not in self.taken
        assert incident not in self.over
        assert incident not in self.muted
        if entry.why in {Why.FIRST_STEP, Why.RELAPSED, Why.MUTED_UNTIL_NOW} and entry.step == 0:
            self.step.pop(incident, None)
        assert entry.step == self.step.get(incident, -1) + 1
        self.step[incident] = entry.step
        self.round[incident].clear()

    def _called(self, entry: Called) -> None:
        """Nobody is called twice for a step, after an acknowledgement, when it is over, muted or declined."""
        incident = entry.incident
        assert incident not in self.over
        assert incident not in self.muted
        assert entry.contact not in self.declined[incident]
        self.waiting.setdefault((incident, entry.contact), entry.at_ns)
        if entry.why is Why.GREW_WORSE:
            return
        assert incident not in self.taken
        assert entry.contact not in self.round[incident]
        self.round[incident].add(entry.contact)

    def nobody_waits_long(self, now_ns: int) -> None:
        """Everybody who was called is sent a message within a digest, unless there is no need any more."""
        assert all(now_ns - at_ns < 301 * SECOND for at_ns in self.waiting.values())


class InPortions(Everything):
    """The same where nearly everything is more than a portion."""

    def __init__(self) -> None:
        self.portions = [patch.object(portion, "INCIDENTS", 2), patch.object(portion, "MESSAGES", 1)]
        for each in self.portions:
            each.start()
        super().__init__()

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            for each in self.portions:
                each.stop()


SETTINGS = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=timedelta(seconds=20),
    suppress_health_check=[HealthCheck.too_slow],
)
TestEverything = Everything.TestCase
TestEverything.settings = SETTINGS
TestInPortions = InPortions.TestCase
TestInPortions.settings = settings(SETTINGS, max_examples=40)
