"""The account knows what was found, how fast, what is owed, and what was false."""

import pytest

from bridgewatch.app.demo.account import Account
from bridgewatch.app.demo.script import Act, make_script
from bridgewatch.app.demo.telling import story, verdict
from bridgewatch.model.words import EgressState, LinkState, Reason, SiteState
from bridgewatch.views.happenings import Happening, happening
from bridgewatch.views.terminal.look import Look
from tests.demo.plays import PROVINCE, SCRIPT, START, act

HEALTHY = "song-may-doi-sim"


def at(seconds: float, subject: str, new, reason: Reason = Reason.NONE, old=None) -> Happening:
    """Something that happened that many seconds into the script."""
    before = old if old is not None else type(new)(1)
    return happening(START + round(seconds * 1e9), subject, before, new, reason)


def found(one: Act, after: float = 1.0) -> list[Happening]:
    """The right verdict on every link of an act."""
    return [at(one.start + after, link, one.verdict, min(one.reasons)) for link in one.links]


def over(one: Act, after: float = 0.5) -> list[Happening]:
    """Every link of an act is up again."""
    return [at(one.end + after, link, LinkState.UP, Reason.ANSWERED, LinkState.DOWN) for link in one.links]


def account(*happenings: Happening) -> Account:
    """An account that has heard this."""
    told = Account(SCRIPT, START)
    told.hear(sorted(happenings, key=lambda one: one.wall_ns))
    return told


def everything() -> list[Happening]:
    """A perfect performance."""
    return [one for a in SCRIPT.acts for one in (*found(a), *over(a))]


def test_a_perfect_performance_owes_nothing() -> None:
    told = account(*everything())
    assert told.failures() == []
    assert all(f.complete and f.cleared for f in told.findings)


def test_how_fast_is_measured_from_the_injection_and_from_its_end() -> None:
    cut = act("cut")
    (finding,) = [f for f in account(*found(cut, 1.25), *over(cut, 0.5)).findings if f.act is cut]
    assert finding.found == {cut.links[0]: pytest.approx(1.25)}
    assert finding.over == {cut.links[0]: pytest.approx(0.5)}


@pytest.mark.parametrize("key", ["loss", "jitter", "cut", "handover"])
def test_what_was_not_found_is_owed(key: str) -> None:
    missing = act(key).links[-1]
    told = account(*(one for one in everything() if one.id != missing))
    assert told.failures() == [f"not found: {key}"]


def test_what_never_clears_is_owed() -> None:
    cut = act("cut")
    told = account(*(one for one in everything() if not (one.id in cut.links and one.state is LinkState.UP)))
    assert told.failures() == ["found but never over: cut"]


def test_what_lasts_to_the_end_need_not_clear() -> None:
    script = make_script(PROVINCE, 20)
    told = Account(script, START)
    for one in script.acts:
        told.hear(at(one.start + 1, link, one.verdict, min(one.reasons)) for link in one.links)
        if one.end < script.duration:
            told.hear(
                at(one.end + 1, link, LinkState.UP, Reason.ANSWERED, LinkState.DOWN) for link in one.links
            )
    assert told.failures() == []


@pytest.mark.parametrize(
    "alarm",
    [
        at(30, f"{HEALTHY}/wan", LinkState.DOWN, Reason.SILENT_WITH_WITNESS),
        at(30, f"{HEALTHY}/wan", LinkState.DEGRADED, Reason.JITTER),
        at(30, f"{HEALTHY}/wan", LinkState.BLIND, Reason.NO_WITNESS),
        at(30, f"{HEALTHY}/wan", LinkState.UNKNOWN, Reason.LOCAL_ERROR),
        at(30, HEALTHY, SiteState.DARK),
        at(30, "wan", EgressState.DARK, Reason.NO_WITNESS),
        at(act("cut").start - 1, act("cut").links[0], LinkState.DOWN, Reason.SILENT_WITH_WITNESS),
        at(act("cut").start + 1, act("cut").links[0], LinkState.DEGRADED, Reason.LOSS),
        at(act("jitter").start + 9, act("jitter").links[0], LinkState.DEGRADED, Reason.LOSS),
        at(act("cut").end + 1, act("cut").links[0], LinkState.DOWN, Reason.SILENT_WITH_WITNESS),
    ],
    ids=lambda one: f"{one.id} {one.new} {one.reason.name}",
)
def test_what_the_script_does_not_explain_is_a_false_alarm(alarm: Happening) -> None:
    assert account(*everything(), alarm).false_alarms == [alarm]


@pytest.mark.parametrize(
    "harmless",
    [
        at(30, f"{HEALTHY}/wan", LinkState.SUSPECT, Reason.SILENT),
        at(30, f"{HEALTHY}/wan", LinkState.UP, Reason.ANSWERED),
        at(30, "wan", EgressState.OK, Reason.ANSWERED),
        at(act("cut").start + 1.2, "song-may-kim-thach", SiteState.DARK),
        at(act("handover").start + 1.2, "song-may-deo-gio", SiteState.DARK),
    ],
    ids=lambda one: f"{one.id} {one.new}",
)
def test_a_suspicion_or_a_consequence_is_no_false_alarm(harmless: Happening) -> None:
    assert account(*everything(), harmless).failures() == []


def test_the_story_tells_what_is_done_and_what_is_made_of_it() -> None:
    handover = act("handover")
    told = account(*found(handover, 1.0))
    lines = [line.plain for line in story(told, handover.start + 2, 60, Look(), 1)]
    assert lines[0].startswith("Script")
    assert "Now: VNPT: the handover" in lines[1]
    assert "12 / 12 down after 1.0 s" in lines[2]
    (waiting,) = [line.plain for line in story(account(), handover.start + 0.1, 60, Look(), 1)][2:]
    assert waiting.endswith("no verdict yet")


def test_the_story_tells_who_was_called_as_far_as_there_is_room() -> None:
    cut = act("cut")
    parts = ["A paged after 2.0 s", "no answer, B paged after 3.5 s", "B has it after 4.7 s"]
    told = account(*found(cut))

    def lines(width: int) -> list[str]:
        return [one.plain for one in story(told, cut.start + 5, 60, Look(width), 1, lambda _: parts)]

    assert lines(120)[-1].strip() == " · ".join(parts)
    assert lines(60)[-1].strip() == "B has it after 4.7 s"


def test_before_anything_happens_the_story_is_calm() -> None:
    assert [line.plain for line in story(account(), 0.1, 60, Look(), 4)] == [
        "Script  0 / 60 s",
        "  all is well",
    ]


def test_what_lasts_to_the_end_is_not_told_as_mended() -> None:
    script = make_script(PROVINCE, 20)
    told = Account(script, START)
    loss = script.acts[0]
    told.hear([at(loss.start + 12, loss.links[0], loss.verdict, Reason.LOSS)])
    assert "lasts to the end" in verdict(told.findings[0], 20, Look()).plain
    assert not any("no more loss" in line.plain for line in story(told, 21, 20, Look(), 4))
