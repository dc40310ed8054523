"""What holds whatever traffic, tests, nights, clocks and restarts do: nobody is called at night, nothing is lost."""

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bridgewatch.core.escalation.quiet import ends_ns
from bridgewatch.core.paging import Paging
from bridgewatch.core.shortfalls.findings import judge_link
from bridgewatch.model.bandwidth import Contract, Raise
from bridgewatch.model.calendar import Event
from bridgewatch.model.commands import Acknowledge, Decline, LiftSilence, Resolve, SetSilence
from bridgewatch.model.ids import EventId, IncidentId, SiteId
from bridgewatch.model.log import BandwidthTold, Called, Informed, Noticed, Opened, Stepped
from bridgewatch.model.paging import AckWay, FaultKind
from bridgewatch.model.policy import BANDWIDTH
from tests.paging.worlds import AN, BINH, CHI, DUNG, ZONE
from tests.shortfalls.worlds import BAN, CONTRACT, HOUR, SECOND, TINH, XA, M, Town, at, village

LINKS = (XA, BAN, TINH)
QUIET = village().directory.policies[BANDWIDTH].quiet
RAISED = replace(CONTRACT, raises=(Raise(at("12:00", 1), at("12:00", 3), 100 * M, 50 * M),))
MEETING = Event(EventId("hop"), "Hội nghị", (SiteId("xa"), SiteId("ban")), at("09:00", 60), at("11:00", 60))


def lasting(paging: Paging) -> tuple[object, ...]:
    """What is folded, but for cases that are over: these are forgotten after a day, and no entry says so."""
    cases = paging._escalation.cases.by_incident
    running = {name: case for name, case in cases.items() if not case.over}
    return dict(paging._incidents.open), running, paging._queue.state


class Nights(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        now_ns = at("17:00")
        self.house = Town(village([MEETING]), now_ns=now_ns, offset_ns=now_ns - 500 * SECOND)
        self.house.all_up()
        self.looked = 0
        self.kinds: dict[IncidentId, FaultKind] = {}

    @rule(link=st.sampled_from(LINKS), share=st.sampled_from([0.1, 0.75, 0.95]), count=st.integers(1, 6))
    def read(self, link: str, share: float, count: int) -> None:
        self.house.minute(*[share] * count, link=link)  # type: ignore[arg-type]

    @rule(link=st.sampled_from(LINKS), down=st.sampled_from([1, 9, 19, 97]), cut=st.booleans())
    def measure(self, link: str, down: float, cut: bool) -> None:
        """`cut`: it asks for less than the contract."""
        if self.house.inventory.links[link].contract is not None:  # type: ignore[index]
            self.house.measure(down, down / 2, link, **({"rate": 5 * M} if cut else {}))  # type: ignore[arg-type]

    @rule(hours=st.sampled_from([0.05, 0.2, 1, 5, 13]))
    def wait(self, hours: float) -> None:
        self.house.wait(hours * HOUR)

    @rule(
        way=st.sampled_from([Acknowledge, Decline]),
        who=st.sampled_from([AN, BINH, CHI, DUNG]),
        pick=st.integers(0, 7),
    )
    def press(self, way: type, who: str, pick: int) -> None:
        known = list(self.kinds)
        if known:
            chosen = (known[pick % len(known)],)
            self.house.command(way(actor=who, incidents=chosen, way=AckWay.CHAT, contact=who))

    @rule(pick=st.integers(0, 7))
    def resolve(self, pick: int) -> None:
        known = list(self.kinds)
        if known:
            self.house.command(Resolve(actor="NOC", incidents=(known[pick % len(known)],)))

    @rule(lasts=st.sampled_from([60, HOUR, 15 * HOUR]))
    def silence(self, lasts: int) -> None:
        now_ns = self.house.now_ns
        self.house.command(
            SetSilence(actor="NOC", starts_ns=now_ns, ends_ns=now_ns + lasts * SECOND, note="", link=XA)
        )

    @rule()
    def lift(self) -> None:
        for silence in self.house.paging.silences(self.house.now_ns)[:1]:
            self.house.command(LiftSilence(actor="NOC", silence=silence.silence))

    @rule(contract=st.sampled_from([CONTRACT, RAISED, Contract(2 * M, 2 * M), None]), meets=st.booleans())
    def reload(self, contract: Contract | None, meets: bool) -> None:
        self.house.adopt(village([MEETING] if meets else [], contract=contract))

    @rule(seconds=st.sampled_from([-3600, -1, 1, 7200]))
    def set_the_clock(self, seconds: float) -> None:
        self.house.step_clock(round(seconds * SECOND))

    @rule()
    def kill(self) -> None:
        self.house.restart()
        self.house.all_up()

    @rule()
    def replay(self) -> None:
        assert lasting(self.house.replayed()) == lasting(self.house.paging)

    @invariant()
    def nobody_hears_of_it_in_quiet_hours(self) -> None:
        for entry in self.house.log[self.looked :]:
            if isinstance(entry, Noticed):
                self.kinds[entry.incident] = entry.kind
            if isinstance(entry, Called | Stepped | Informed):
                assert QUIET is not None
                assert ends_ns(QUIET, ZONE, entry.at_ns) is None, entry
        self.looked = len(self.house.log)

    @invariant()
    def each_is_of_a_kind_of_bandwidth_with_its_policy_and_figures(self) -> None:
        log = self.house.log
        told = {entry.incident: entry for entry in log if isinstance(entry, BandwidthTold)}
        for name, kind in self.kinds.items():
            assert kind in {FaultKind.USE, FaultKind.CAPACITY, FaultKind.NEED}
            assert (told[name].event is not None) is (kind is FaultKind.NEED)
            if kind is FaultKind.USE:
                assert told[name].rate >= 0.8 * told[name].limit
            else:
                assert told[name].rate < told[name].limit
        assert {entry.policy for entry in log if isinstance(entry, Opened)} <= {BANDWIDTH}

    @invariant()
    def every_link_is_shown_as_it_would_be_judged_now(self) -> None:
        now_ns, paging = self.house.now_ns, self.house.paging
        room, results = paging._shortfalls, paging.queue.state.results
        shown = paging.judged(now_ns)
        for row, (name, link) in enumerate(self.house.inventory.links.items()):
            measured = tuple(results.get(name, ()))
            judged = judge_link(link, measured, None, room._occasions, room._judgement, now_ns)
            assert (shown.capacity[row], shown.need[row]) == (judged.capacity, judged.need)
            promised = np.array([shown.promised_down[row], shown.promised_up[row]])
            np.testing.assert_array_equal(promised, judged.promised)

    @invariant()
    def nothing_is_stuck(self) -> None:
        deadline = self.house.paging.next_deadline_ns()
        assert deadline is None or deadline > self.house.now_ns

    def teardown(self) -> None:
        """In the morning all that is open and nobody has is called for."""
        house = self.house
        house.wait(40 * HOUR)
        cases = house.paging._escalation.cases.by_incident.values()
        for case in cases:
            if case.running and case.muted is None and case.taken is None:
                assert case.step >= 0
            assert not case.owed
        self.nobody_hears_of_it_in_quiet_hours()


TestNights = Nights.TestCase
TestNights.settings = settings(
    max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
