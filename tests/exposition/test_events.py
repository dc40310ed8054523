"""What the page says of events: their phases, their names, and which sites take part."""

from dataclasses import replace

import pytest

from bridgewatch.model.calendar import Event
from bridgewatch.model.ids import EventId
from bridgewatch.model.paging import Phase
from bridgewatch.model.snapshot import Snapshot
from bridgewatch.views.exposition.page import Page
from tests.exposition.reading import rendered, samples
from tests.exposition.synthetic import synthetic_snapshot

NEXT, LAST = EventId("hoi-nghi"), EventId("nam-ngoai")


def with_events(phases: dict[EventId, Phase]) -> Snapshot:
    snapshot = synthetic_snapshot(8)
    sites = tuple(snapshot.inventory.sites)
    events = {
        NEXT: Event(NEXT, 'Hội nghị "tiếp xúc" cử tri', sites[:2], 1, 2),
        LAST: Event(LAST, "Hội nghị năm ngoái", sites, 1, 2),
    }
    return replace(snapshot, inventory=replace(snapshot.inventory, events=events), phases=phases)


def event_series(text: str, *, openmetrics: bool) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for (name, labels), value in samples(text, openmetrics=openmetrics).items():
        if name.startswith("bridgewatch_event"):
            found.setdefault(name, []).append((dict(labels), value))
    return found


@pytest.mark.parametrize("openmetrics", [True, False])
def test_each_event_has_its_phase_and_its_name_and_those_under_way_their_sites(*, openmetrics: bool) -> None:
    snapshot = with_events({NEXT: Phase.LIVE, LAST: Phase.NONE})
    vantage = snapshot.inventory.vantage
    first, second, *_ = snapshot.inventory.sites
    assert event_series(rendered(snapshot, openmetrics=openmetrics), openmetrics=openmetrics) == {
        "bridgewatch_event_phase": [
            ({"event": NEXT, "vantage": vantage}, 6.0),
            ({"event": LAST, "vantage": vantage}, 0.0),
        ],
        "bridgewatch_event_info": [
            ({"event": NEXT, "vantage": vantage, "event_name": 'Hội nghị "tiếp xúc" cử tri'}, 1.0),
            ({"event": LAST, "vantage": vantage, "event_name": "Hội nghị năm ngoái"}, 1.0),
        ],
        "bridgewatch_event_site_info": [
            ({"event": NEXT, "site": site, "vantage": vantage}, 1.0) for site in (first, second)
        ],
    }


def test_an_event_that_is_over_loses_its_sites_though_nothing_else_changed() -> None:
    page = Page()
    before, after = (with_events({NEXT: phase}) for phase in (Phase.REPORT, Phase.NONE))
    assert "bridgewatch_event_site_info{" in rendered(before, openmetrics=True, page=page)
    assert "bridgewatch_event_site_info{" not in rendered(after, openmetrics=True, page=page)


def test_an_event_whose_phase_nobody_knows_yet_is_none() -> None:
    text = rendered(with_events({}), openmetrics=True)
    assert [value for _, value in event_series(text, openmetrics=True)["bridgewatch_event_phase"]] == [
        0.0,
        0.0,
    ]


def test_without_events_there_is_no_series_of_them() -> None:
    assert event_series(rendered(synthetic_snapshot(8), openmetrics=True), openmetrics=True) == {}
