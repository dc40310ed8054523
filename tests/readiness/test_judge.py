"""GO only what was seen, long enough, well, and with people behind it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bridgewatch.core.readiness.judge import REQUIRED, judge
from bridgewatch.model.ids import EventId, LinkId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Role
from bridgewatch.model.policy import Step
from bridgewatch.model.readiness import EventReadiness, LinkSight, Readiness, ReadyReason, SiteReadiness
from bridgewatch.model.words import CarriedBy, Level, LinkState, Reason
from tests.oncall.worlds import (
    COMMUNE,
    DUTY,
    EVENT,
    HOUR,
    LEAD,
    OTHER,
    OWN_DUTY,
    PROVINCE,
    SECOND,
    VIETTEL,
    VNPT,
    conference,
    policy,
    roster,
    world,
)

MEETING = conference((PROVINCE, COMMUNE, OTHER), "2026-03-02 08:00", "2026-03-02 11:00")
NOW = MEETING.starts_ns - HOUR
GOOD = LinkSight(LinkState.UP, Reason.ANSWERED, NOW - 3600 * SECOND, answered=3600)
WAN, INTERNET = LinkId("xa/wan"), LinkId("xa/internet")


def inventory(**more: object) -> Inventory:
    values: dict[str, object] = {
        "rosters": [roster("d", "an"), roster("v", "chi", carrier=VIETTEL)],
        "event": MEETING,
        "carriers": {COMMUNE: (VNPT, VIETTEL)},
        **more,
    }
    return world(**values)  # type: ignore[arg-type]


def judged(
    given: Inventory, sights: Mapping[LinkId, LinkSight] | None = None, **seen: LinkSight
) -> EventReadiness:
    """All links good, but for those of the commune that `seen` names."""
    good = dict.fromkeys(given.links, GOOD) | {LinkId(f"xa/{name}"): sight for name, sight in seen.items()}
    return judge(given, EVENT, good if sights is None else sights, NOW)


def commune(report: EventReadiness) -> SiteReadiness:
    return next(site for site in report.sites if site.site == COMMUNE)


def state(
    which: LinkState, reason: Reason = Reason.NONE, *, seconds: float = 3600, answered: int = 9
) -> LinkSight:
    return LinkSight(which, reason, NOW - round(seconds * SECOND), answered)


def test_all_is_go_and_counted_by_level_and_carrier() -> None:
    report = judged(inventory())
    assert report.verdict is Readiness.GO
    assert {site.verdict for site in report.sites} == {Readiness.GO}
    assert report.by_level == {Level.PROVINCE: {Readiness.GO: 1}, Level.COMMUNE: {Readiness.GO: 2}}
    assert report.by_carrier == {VIETTEL: {Readiness.GO: 1}, VNPT: {Readiness.GO: 3}}


@pytest.mark.parametrize(
    ("sight", "verdict", "reason"),
    [
        (state(LinkState.DOWN), Readiness.NO_GO, ReadyReason.DOWN),
        (state(LinkState.FLAPPING), Readiness.NO_GO, ReadyReason.FLAPPING),
        (state(LinkState.DEGRADED, Reason.LOSS), Readiness.NO_GO, ReadyReason.POOR_QUALITY),
        (state(LinkState.BLIND), Readiness.UNKNOWN, ReadyReason.NOT_SEEN),
        (state(LinkState.UNKNOWN), Readiness.UNKNOWN, ReadyReason.NOT_KNOWN),
        (state(LinkState.SUSPECT), Readiness.UNKNOWN, ReadyReason.IN_DOUBT),
        (state(LinkState.PAUSED), Readiness.UNKNOWN, ReadyReason.PAUSED),
        (state(LinkState.UP, seconds=REQUIRED - 1), Readiness.UNKNOWN, ReadyReason.TOO_SHORT),
        (state(LinkState.UP, seconds=REQUIRED), Readiness.GO, ReadyReason.UP),
        (state(LinkState.UP, answered=0), Readiness.UNKNOWN, ReadyReason.PATH_UNPROVEN),
    ],
)
def test_the_carrying_link_decides(sight: LinkSight, verdict: Readiness, reason: ReadyReason) -> None:
    report = judged(inventory(), wan=sight)
    site = commune(report)
    assert (site.verdict, site.reason, report.verdict) == (verdict, reason, verdict)
    assert next(link.state_reason for link in site.links if link.link == WAN) == (
        sight.reason if verdict is not Readiness.GO else Reason.NONE
    )


def test_every_state_has_a_judgement() -> None:
    for which in LinkState:
        assert commune(judged(inventory(), wan=state(which))).verdict in Readiness


def test_a_spare_is_told_of_and_decides_nothing() -> None:
    site = commune(judged(inventory(), internet=state(LinkState.DOWN)))
    spare = next(link for link in site.links if link.link == INTERNET)
    assert (site.verdict, spare.verdict, spare.carrying) == (Readiness.GO, Readiness.NO_GO, False)


@pytest.mark.parametrize(
    ("other", "verdict"),
    [(LinkState.UP, Readiness.GO), (LinkState.BLIND, Readiness.UNKNOWN), (LinkState.DOWN, Readiness.NO_GO)],
)
def test_of_several_carrying_links_the_best_decides(other: LinkState, verdict: Readiness) -> None:
    given = inventory()
    any_network = replace(given.sites[COMMUNE], carried_by=CarriedBy.ANY)
    given = replace(given, sites={**given.sites, COMMUNE: any_network})
    assert commune(judged(given, wan=state(LinkState.DOWN), internet=state(other))).verdict is verdict


def test_the_event_says_what_carries_it_where_the_site_does_not() -> None:
    given = inventory(event=replace(MEETING, carried_by=CarriedBy.INTERNET))
    own_word = commune(judged(given, wan=state(LinkState.DOWN)))
    assert own_word.verdict is Readiness.NO_GO
    by_default = replace(given.sites[COMMUNE], carried_by_default=True)
    given = replace(given, sites={**given.sites, COMMUNE: by_default})
    assert commune(judged(given, wan=state(LinkState.DOWN))).verdict is Readiness.GO


def test_a_site_whose_meeting_nothing_carries_is_unknown() -> None:
    given = inventory()
    nothing = replace(given.sites[OTHER], carried_by=CarriedBy.INTERNET)
    report = judged(replace(given, sites={**given.sites, OTHER: nothing}))
    assert next(site.reason for site in report.sites if site.site == OTHER) is ReadyReason.NO_CARRYING_LINK
    assert report.verdict is Readiness.UNKNOWN


def test_a_gap_of_rosters_is_a_no_go_for_the_sites_it_is_about() -> None:
    report = judged(inventory(rosters=[roster("d", "an")]))
    assert (commune(report).verdict, commune(report).reason) == (Readiness.NO_GO, ReadyReason.ROSTER_GAP)
    assert [gap.carrier for gap in commune(report).gaps] == [VIETTEL]
    assert {site.verdict for site in report.sites if site.site != COMMUNE} == {Readiness.GO}


def test_gaps_of_our_own_are_the_events() -> None:
    report = judged(inventory(steps=policy([DUTY], own=(Step((OWN_DUTY,)),))))
    assert {site.verdict for site in report.sites} == {Readiness.GO}
    assert (len(report.own), report.verdict) == (1, Readiness.NO_GO)


def test_without_a_daemon_nothing_is_known_of_links_and_all_of_rosters() -> None:
    report = judge(inventory(), EVENT, None, NOW)
    assert {link.reason for site in report.sites for link in site.links} == {ReadyReason.NO_DAEMON}
    assert report.verdict is Readiness.UNKNOWN
    assert judge(inventory(rosters=[]), EVENT, None, NOW).verdict is Readiness.NO_GO


def test_a_link_the_daemon_does_not_know_is_unknown() -> None:
    report = judged(inventory(), {WAN: GOOD})
    assert commune(report).verdict is Readiness.GO
    others = {site.reason for site in report.sites if site.site != COMMUNE}
    assert others == {ReadyReason.NOT_WATCHED}


def test_a_draft_is_judged_as_if_it_were_promised() -> None:
    given = inventory(event=replace(MEETING, draft=True), rosters=[roster("d", "an")])
    assert commune(judged(given)).gaps


def test_without_any_contact_nobody_would_be_told() -> None:
    report = judged(inventory(rosters=[], catch_all=()))
    assert (report.nobody_paged, report.verdict) == (True, Readiness.NO_GO)


def test_how_long_is_asked_for_can_be_chosen() -> None:
    given = inventory()
    sights = dict.fromkeys(given.links, state(LinkState.UP, seconds=60))
    assert judge(given, EVENT, sights, NOW, required=30).verdict is Readiness.GO
    assert judge(given, EVENT, sights, NOW).verdict is Readiness.UNKNOWN


def test_one_person_for_every_step_is_a_no_go() -> None:
    rosters = [roster("d", "an"), roster("l", "an", role=Role.LEAD), roster("v", "chi", carrier=VIETTEL)]
    rosters.append(roster("vl", "em", carrier=VIETTEL, role=Role.LEAD))
    report = judged(inventory(rosters=rosters, steps=policy([DUTY], [LEAD])))
    assert {site.verdict for site in report.sites} == {Readiness.NO_GO}


def test_an_unknown_event_is_an_error() -> None:
    with pytest.raises(KeyError):
        judge(inventory(), EventId("khong"), {}, NOW)
