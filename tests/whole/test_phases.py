"""An event from its wave to its end over a simulated country: rates follow, and nothing is lost by that."""

import asyncio
import logging
from dataclasses import replace

import numpy as np
import pytest

from bridgewatch.app.station import Ready
from bridgewatch.core.calendar.effective import make_effective
from bridgewatch.model.calendar import Event, EventOrder, PhaseSettings, Wave
from bridgewatch.model.ids import EventId, LinkId, PolicyId
from bridgewatch.model.inventory import Inventory, Profile, Threshold
from bridgewatch.model.paging import Phase
from bridgewatch.model.people import Directory
from bridgewatch.model.words import CarriedBy, LinkState, SiteState
from bridgewatch.sim.clock import START_WALL_NS
from bridgewatch.sim.country import Plan, country
from bridgewatch.sim.weather import cut, spell
from tests.whole.nights import SECOND, START, Night, seconds, watch

ID = EventId("hoi-nghi")
WHOLE = country(Plan(provinces=1, communes=4))
SITES = tuple(WHOLE.sites)
HALF = SITES[:2]
FAST = tuple(link for site in HALF for link in WHOLE.sites[site].links)
SLOW = tuple(link for link in WHOLE.links if link not in FAST)


def wall(second: float) -> int:
    return START_WALL_NS + round(second * SECOND)


def planned(**changes) -> Event:
    """Wave 10 to 20, freeze from 30, check from 40, live 50 to 80, overrun to 90, report to 110."""
    event = Event(
        id=ID,
        name="Hội nghị tiếp xúc cử tri",
        sites=HALF,
        starts_ns=wall(50),
        ends_ns=wall(80),
        waves=(Wave("dot-1", "Đợt 1", wall(10), wall(20)),),
        freeze_ns=20 * SECOND,
        check_ns=10 * SECOND,
        overrun_ns=10 * SECOND,
        report_ns=20 * SECOND,
    )
    return replace(event, **changes)


def with_event(event: Event | None, inventory: Inventory = WHOLE) -> Inventory:
    policies = Directory(policy_of_phase={phase: PolicyId(phase.name.lower()) for phase in Phase})
    return replace(inventory, events={event.id: event} if event else {}, directory=policies)


def close(second: float) -> list[EventOrder]:
    return [EventOrder(ID, wall(second), "An", close=True)]


class Counts:
    """What was counted of every link at some seconds."""

    def __init__(self) -> None:
        self.taken: dict[float, tuple[dict[LinkId, int], Phase]] = {}

    def at(self, *seconds: float):
        return [(second, lambda night, second=second: self._take(night, second)) for second in seconds]

    def _take(self, night: Night, second: float) -> None:
        snapshot = night.snapshot()
        links = zip(snapshot.inventory.links, snapshot.links.sent.tolist(), strict=True)
        self.taken[second] = dict(links), snapshot.phases.get(ID, Phase.NONE)

    def between(self, first: float, last: float, links=FAST) -> list[int]:
        """Probes sent to each of `links` in that time."""
        return [self.taken[last][0][link] - self.taken[first][0][link] for link in links]

    def phase(self, second: float) -> Phase:
        return self.taken[second][1]


def test_rates_follow_an_event_from_its_wave_to_its_end_and_nothing_is_lost(caplog):
    caplog.set_level(logging.INFO, "bridgewatch.app.phases")
    counts = Counts()
    marks = (5, 10, 11, 20, 21, 30, 40, 41, 50, 60, 61, 80, 100)
    night = watch(
        with_event(planned()),
        until=110,
        at=[*counts.at(*marks), (60.0, lambda night: night.phases.order(close(60)))],
    )
    assert {counts.phase(second) for second in (11, 20)} == {Phase.WAVE}
    assert [counts.phase(second) for second in (5, 21, 41, 61)] == [
        Phase.PLANNED,
        Phase.PLANNED,
        Phase.CHECK,
        Phase.REPORT,
    ]
    assert counts.between(5, 10) == [5] * len(FAST)
    assert counts.between(10, 20) == pytest.approx([100] * len(FAST), abs=1)
    assert counts.between(21, 30) == pytest.approx([9] * len(FAST), abs=1)
    assert counts.between(30, 40) == pytest.approx([10] * len(FAST), abs=1)
    assert counts.between(40, 60) == pytest.approx([200] * len(FAST), abs=1)
    assert counts.between(61, 80) == pytest.approx([19] * len(FAST), abs=1)
    assert counts.between(5, 100, SLOW) == [95] * len(SLOW)
    links = night.snapshot().links
    assert links.lost.sum() == links.late.sum() == links.local_error.sum() == links.duplicate.sum() == 0
    assert set(links.state.tolist()) == {LinkState.UP}
    assert night.snapshot().self_stats.intervals_skipped == 0
    said = [record.getMessage().split(",")[0] for record in caplog.records]
    assert said == [
        "event hoi-nghi: none -> planned",
        "event hoi-nghi: planned -> wave",
        "event hoi-nghi: wave -> planned",
        "event hoi-nghi: planned -> freeze",
        "event hoi-nghi: freeze -> check",
        "event hoi-nghi: check -> live",
        "event hoi-nghi: live -> report",
        "event hoi-nghi: report -> none",
    ]


def test_through_all_phases_every_counter_equals_what_the_world_really_did():
    """Windows and counters go on through each change: no probe is counted twice or forgotten."""
    lossy, doubled = FAST[:2]
    ends = START + 95 * SECOND
    script = [
        spell(f"link:{lossy}", START, ends, loss=0.2),
        spell(f"link:{SLOW[0]}", START, ends, loss=0.2),
        spell(f"link:{doubled}", START, ends, duplicate=0.1),
    ]
    night = watch(with_event(planned()), until=105, script=script)
    truth, links = night.engine.truth, night.snapshot().links
    references = sum(spec.link is None for spec in WHOLE.paths)
    lost = truth.lost_forward + truth.lost_backward
    assert links.lost.tolist() == lost[references:].tolist()
    assert links.sent.tolist() == truth.sent[references:].tolist()
    assert links.rtt_count.tolist() == links.received.tolist()
    assert links.duplicate.sum() == truth.copies.sum() > 0
    assert (links.sent - links.received - links.lost).max() <= 3, "but for what was in flight"
    assert links.lost[list(WHOLE.links).index(lossy)] > 100


def test_references_are_probed_as_often_as_the_quickest_link_of_their_egress():
    sent = {}

    def note(night: Night) -> None:
        counters = night.station.watch.counters()
        rows = night.station.watch.rows
        sent[len(sent)] = [int(counters.sent[rows[spec.key]]) for spec in WHOLE.paths if spec.link is None]

    watch(with_event(planned()), until=61, at=[(41.0, note), (51.0, note)])
    assert np.subtract(sent[1], sent[0]).tolist() == pytest.approx([100] * len(sent[0]), abs=1)


def test_a_cut_that_lasts_from_one_phase_into_the_next_stays_one_cut():
    victim = FAST[0]
    night = watch(
        with_event(planned()),
        until=60,
        script=[cut(f"link:{victim}", START + 45 * SECOND, START + 55 * SECOND)],
    )
    downs = [change for change in night.links if change.new is LinkState.DOWN]
    assert [change.link for change in downs] == [victim]
    assert downs[0].at_ns - START <= 46.5 * SECOND, "at the rate of a check"


def test_an_event_that_begins_with_the_daemon_is_probed_at_its_rate_from_the_first_second():
    counts = Counts()
    watch(with_event(planned(starts_ns=wall(-10), ends_ns=wall(80))), until=12, at=counts.at(1, 11))
    assert counts.between(1, 11) == pytest.approx([100] * len(FAST), abs=1)
    assert counts.phase(1) is Phase.LIVE


def test_a_reload_moves_a_live_event_and_its_rate_goes_with_it():
    counts = Counts()
    later = with_event(planned(starts_ns=wall(500), ends_ns=wall(600)))
    watch(
        with_event(planned()),
        until=75,
        at=[*counts.at(50, 60, 61, 71), (60.0, lambda night: night.phases.configure(later))],
    )
    assert counts.between(50, 60) == pytest.approx([100] * len(FAST), abs=1)
    assert counts.between(61, 71) == [10] * len(FAST)
    assert (counts.phase(60), counts.phase(71)) == (Phase.LIVE, Phase.PLANNED)


def test_a_reload_that_takes_the_event_away_takes_its_rate_away():
    counts = Counts()
    watch(
        with_event(planned()),
        until=75,
        at=[*counts.at(61, 71), (60.0, lambda night: night.phases.configure(with_event(None)))],
    )
    assert counts.between(61, 71) == [10] * len(FAST)
    assert counts.phase(61) is Phase.NONE


def test_an_extended_event_stays_live():
    counts = Counts()
    longer = [EventOrder(ID, wall(85), "An", ends_ns=wall(100))]
    watch(
        with_event(planned()),
        until=111,
        at=[*counts.at(80, 90, 100, 105), (85.0, lambda night: night.phases.order(longer))],
    )
    assert counts.between(90, 100) == pytest.approx([100] * len(FAST), abs=1)
    assert counts.phase(105) is Phase.LIVE


@pytest.mark.parametrize(
    ("step", "phase"),
    [(+30.0, Phase.LIVE), (-10.0, Phase.WAVE)],
)
def test_a_wall_clock_that_is_set_is_followed_within_seconds(step, phase):
    counts = Counts()
    watch(
        with_event(planned()),
        until=35,
        at=counts.at(24, 28),
        clock_steps=[(25.0, round(step * SECOND))],
    )
    assert (counts.phase(24), counts.phase(28)) == (Phase.PLANNED, phase)


def test_a_profile_and_what_carries_the_meeting_hold_while_it_is_live():
    strict = Profile("strict", rtt=Threshold(0.000_001, 0.000_002))
    inventory = replace(
        WHOLE,
        profiles={"strict": strict},
        sites={name: replace(site, carried_by_default=True) for name, site in WHOLE.sites.items()},
    )
    event = planned(
        waves=(),
        starts_ns=wall(10),
        ends_ns=wall(60),
        freeze_ns=0,
        check_ns=0,
        carried_by=CarriedBy.INTERNET,
        settings={Phase.LIVE: PhaseSettings(profile="strict")},
    )
    seen = {}

    def look(night: Night) -> None:
        snapshot = night.snapshot()
        states = zip(snapshot.inventory.links, snapshot.links.state.tolist(), strict=True)
        seen[len(seen)] = (
            {link for link, state in states if state == LinkState.DEGRADED},
            {
                site
                for site, state in zip(snapshot.inventory.sites, snapshot.sites.state.tolist(), strict=True)
                if state == SiteState.IMPAIRED
            },
        )

    watch(with_event(event, inventory), until=66, at=[(8.0, look), (65.0, look)])
    assert seen[0] == (set(), set())
    assert seen[1] == ({link for link in FAST if link.endswith("/internet")}, set(HALF))


def test_a_change_that_cannot_be_put_in_force_is_tried_again():
    failing = [True]

    async def disturb(night: Night) -> None:
        put = night.phases._put_in_force

        async def refuse(ready: Ready) -> None:
            if failing and failing.pop():
                raise OSError("no more sockets")
            await put(ready)

        night.phases._put_in_force = refuse
        with pytest.raises(OSError, match="sockets"):
            await night.phases.configure(with_event(planned(starts_ns=wall(5))))
        await asyncio.sleep(3)
        assert night.phases.phases[ID] is Phase.LIVE

    watch(with_event(planned()), until=20, at=[(8.0, disturb)])


def test_what_a_phase_wants_is_made_before_it_begins_and_made_again_if_a_reload_changes_it(monkeypatch):
    made: list[Phase] = []
    before_the_freeze: list[Phase] = []

    def noted(inventory, rulings, before=None):
        made.extend({ruling.phase for ruling in rulings.values()})
        return make_effective(inventory, rulings, before)

    monkeypatch.setattr("bridgewatch.app.phases.make_effective", noted)
    event = with_event(planned(waves=()))
    other = replace(event, warnings=("another",))
    watch(
        event,
        until=31,
        at=[
            (10.0, lambda night: night.phases.configure(other)),
            (29.9, lambda _: before_the_freeze.extend(made)),
        ],
    )
    assert before_the_freeze == [Phase.PLANNED, Phase.FREEZE, Phase.PLANNED, Phase.FREEZE]
    assert made == [*before_the_freeze, Phase.CHECK]


def test_at_its_boundary_a_phase_needs_the_change_over_only():
    steps: list[tuple[str, float]] = []

    def note(night: Night) -> None:
        prepare, put = night.phases._prepare, night.phases._put_in_force

        async def noted_prepare(inventory: Inventory) -> Ready:
            steps.append(("ready", round(seconds(night.station._clock.monotonic_ns()))))
            return await prepare(inventory)

        async def noted_put(ready: Ready) -> None:
            assert ready is night.station._ready
            steps.append(("in force", round(seconds(night.station._clock.monotonic_ns()))))
            await put(ready)

        night.phases._prepare, night.phases._put_in_force = noted_prepare, noted_put

    night = watch(
        with_event(planned(waves=())),
        until=65,
        at=[(1.0, note), (60.0, lambda night: night.phases.order(close(60)))],
    )
    in_force = [at for what, at in steps if what == "in force"]
    assert (in_force, night.phases.phases[ID]) == ([40, 60], Phase.REPORT)
    assert [what for what, _ in steps] == ["ready", "in force"] * 2
    assert steps[0][1] < 35
