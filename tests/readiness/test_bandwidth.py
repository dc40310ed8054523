"""Links too small for the event are no-go; what nobody knows is told and decides nothing."""

import json
from dataclasses import replace

import numpy as np
import pytest

from bridgewatch.core.readiness.judge import judge
from bridgewatch.model.bandwidth import (
    CapacityState,
    Contract,
    Direction,
    NeedState,
    Raise,
    RoomType,
    UseState,
)
from bridgewatch.model.calendar import Event
from bridgewatch.model.ids import EventId, LinkId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.readiness import (
    BandwidthSight,
    EventReadiness,
    LinkReadiness,
    LinkSight,
    Readiness,
    ReadyReason,
)
from bridgewatch.model.snapshot import Snapshot
from bridgewatch.model.words import Language, LinkState, Reason
from bridgewatch.texts.readiness import tell_need
from bridgewatch.views import links
from bridgewatch.views.readiness import to_json
from tests.exposition.bandwidths import with_judgements
from tests.exposition.synthetic import synthetic_snapshot
from tests.oncall.worlds import COMMUNE, EVENT, HOUR, SECOND
from tests.readiness.test_judge import GOOD, MEETING, NOW, inventory

M = 1_000_000
WAN, ROOT = LinkId("xa/wan"), LinkId("tinh/wan")
DAY = 24 * HOUR


def sold(contract: Contract | None, *, root: Contract | None = None, event: Event = MEETING) -> Inventory:
    """The commune's links have this contract; its WAN runs via the province's, of which `root` was sold."""
    given = inventory(event=event)
    known = {
        name: replace(
            link,
            contract=contract if link.site == COMMUNE else root if name == ROOT else Contract(99 * M, 99 * M),
            via=ROOT if name == WAN else None,
        )
        for name, link in given.links.items()
    }
    return replace(given, links=known)


def judged(given: Inventory, **seen: object) -> EventReadiness:
    """All links are up; of the commune's WAN that is known of its bandwidth."""
    sights: dict[LinkId, LinkSight] = dict.fromkeys(given.links, GOOD)
    sights[WAN] = replace(GOOD, bandwidth=BandwidthSight(**seen))  # type: ignore[arg-type]
    return judge(given, EVENT, sights, NOW)


def wan(report: EventReadiness) -> LinkReadiness:
    return next(link for site in report.sites for link in site.links if link.link == WAN)


def found(least: float, most: float | None = None, days: int = 1) -> dict[str, object]:
    limit = least if most is None else most
    return {
        "tested_ns": NOW - days * DAY,
        "least": dict.fromkeys(Direction, least * M),
        "most": dict.fromkeys(Direction, limit * M),
    }


def told(report: EventReadiness) -> str:
    link = wan(report)
    assert link.bandwidth is not None
    return tell_need(link.bandwidth, WAN, "hôm qua", Language.EN)


@pytest.mark.parametrize(
    ("contract", "seen", "verdict", "reason", "need"),
    [
        (Contract(20 * M, 20 * M), {}, "GO", "UP", "ENOUGH"),
        (Contract(20 * M, 20 * M), found(19), "GO", "UP", "ENOUGH"),
        (Contract(20 * M, 2 * M), {}, "NO_GO", "CONTRACT_SMALL", "CONTRACT_SMALL"),
        (Contract(20 * M, 20 * M), found(2), "NO_GO", "DELIVERY_SMALL", "DELIVERY_SMALL"),
        (Contract(20 * M, 20 * M), found(2, 99), "GO", "UP", "ENOUGH"),  # it asked for no more
        (None, {}, "GO", "UP", "UNKNOWN"),
        (None, found(5), "GO", "UP", "ENOUGH"),
    ],
)
def test_it_is_held_against_contract_and_tests(
    contract: Contract | None, seen: dict[str, object], verdict: str, reason: str, need: str
) -> None:
    report = judged(sold(contract, root=Contract(99 * M, 99 * M)), **seen)
    link = wan(report)
    assert (link.verdict, link.reason) == (Readiness[verdict], ReadyReason[reason])
    assert link.bandwidth is not None
    assert (link.bandwidth.need, link.bandwidth.needed) == (NeedState[need], 2_400_000)
    assert report.verdict is Readiness[verdict]
    assert report.unmeasured == (need == "UNKNOWN")


def test_a_link_that_it_runs_via_is_part_of_its_way() -> None:
    report = judged(sold(Contract(20 * M, 20 * M), root=Contract(3 * M, 3 * M)))
    link = wan(report)
    assert (link.verdict, link.reason) == (Readiness.NO_GO, ReadyReason.CONTRACT_SMALL)
    assert link.bandwidth is not None
    assert (link.bandwidth.link, link.bandwidth.needed) == (ROOT, 4_800_000)  # the province meets too
    assert told(report).startswith("tinh/wan: 4.8 Mbit/s each way are needed, contract 3 Mbit/s")


def test_a_raise_that_is_in_force_when_the_event_meets_counts() -> None:
    raised = Raise(MEETING.starts_ns, MEETING.ends_ns, 50 * M, 50 * M)
    report = judged(sold(Contract(M, M, (raised,)), root=Contract(99 * M, 99 * M)), **found(0.9))
    assert wan(report).verdict is Readiness.GO  # what was measured before it says nothing of it
    ends_early = replace(raised, ends_ns=MEETING.ends_ns - SECOND)
    report = judged(sold(Contract(M, M, (ends_early,)), root=Contract(99 * M, 99 * M)))
    assert wan(report).reason is ReadyReason.CONTRACT_SMALL


def test_what_else_meets_then_needs_its_share() -> None:
    given = sold(Contract(5 * M, 5 * M), root=Contract(8 * M, 8 * M))
    other = replace(MEETING, id=EventId("khac"), room=RoomType.FULL_HD)
    both = replace(given, events={**given.events, other.id: other})
    assert wan(judged(given)).verdict is Readiness.GO
    assert wan(judged(both)).reason is ReadyReason.CONTRACT_SMALL
    draft = replace(given, events={**given.events, other.id: replace(other, draft=True)})
    assert wan(judged(draft)).verdict is Readiness.GO


def test_a_spare_is_not_measured_and_a_link_that_is_down_is_down() -> None:
    given = sold(Contract(2 * M, 2 * M), root=Contract(99 * M, 99 * M))
    down = LinkSight(LinkState.DOWN, Reason.SILENT, NOW - HOUR, 9)
    report = judge(given, EVENT, {**dict.fromkeys(given.links, GOOD), WAN: down}, NOW)
    assert wan(report).reason is ReadyReason.DOWN
    spare = next(link for site in report.sites for link in site.links if link.link == "xa/internet")
    assert (spare.bandwidth, spare.verdict) == (None, Readiness.GO)
    nobody = judge(given, EVENT, None, NOW)
    assert wan(nobody).reason is ReadyReason.CONTRACT_SMALL  # that much the files say


def test_what_a_carrier_owes_is_told_of_a_link_that_is_go() -> None:
    given = sold(Contract(20 * M, 20 * M), root=Contract(99 * M, 99 * M))
    report = judged(given, capacity=CapacityState.SHORT, use=UseState.OVER, **found(9.5))
    assert wan(report).verdict is Readiness.GO
    assert told(report) == (
        "2.4 Mbit/s each way are needed, contract 20 Mbit/s, measured 9.5 Mbit/s, hôm qua, below contract, over-used now"
    )
    assert told(judged(given)).endswith("contract 20 Mbit/s, never measured")
    page = to_json(report, given)
    link = next(link for site in page["sites"] for link in site["links"] if link["link"] == WAN)
    assert link["bandwidth"] == {
        "link": WAN,
        "need": "enough",
        "needed": 2_400_000,
        "direction": "down",
        "contract": 20 * M,
        "measured": 9.5 * M,
        "tested": link["bandwidth"]["tested"],
        "capacity": "short",
        "use": "over",
    }


def test_what_the_daemon_knows_survives_its_page() -> None:
    snapshot: Snapshot = with_judgements(synthetic_snapshot(60))
    columns = snapshot.judged
    assert columns is not None
    most = np.where(np.isnan(columns.measured_down), np.nan, np.inf)
    assert snapshot.people is not None
    people = replace(snapshot.people, judged=replace(columns, most_down=most))
    page = json.loads(json.dumps(links.to_json(replace(snapshot, people=people))))
    _, sights = links.from_json(page)
    for row, sight in enumerate(sights.values()):
        known = sight.bandwidth
        assert (known.use, known.tested_ns) == (columns.use[row], columns.tested_ns[row])
        measured = columns.measured_down[row]
        assert known.least == ({} if np.isnan(measured) else {Direction.DOWN: measured})
        assert known.most == ({} if np.isnan(measured) else {Direction.DOWN: np.inf})
    for broken in ({"use": "!"}, {"use": "/w=="}, {"most_up": ""}, {"tested_ns": "AAA="}):
        with pytest.raises(ValueError, match="not a page of links"):
            links.from_json({**page, "bandwidth": {**page["bandwidth"], **broken}})
