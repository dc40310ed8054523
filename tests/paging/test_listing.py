"""In which order incidents are listed, which steps they have come to, and what is told of those closed early."""

from bridgewatch.model.commands import Acknowledge, Resolve
from bridgewatch.model.desk import Stage
from bridgewatch.model.ids import EventId
from bridgewatch.model.paging import AckWay, Phase
from bridgewatch.model.policy import numbered
from tests.incidents.worlds import START, live_event
from tests.paging.test_story import minutes, running
from tests.paging.worlds import STEPS, at_once, village


def test_what_nobody_has_comes_before_what_somebody_has_everywhere() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    [first] = house.paging.snapshot(house.now_ns).incidents
    house.wait(200)
    house.down("thon/wan")
    assert house.paging.snapshot(house.now_ns).incidents[0].id == first.id
    house.command(Acknowledge(actor="NOC", incidents=(first.id,), way=AckWay.DESK))
    snapshot = house.paging.snapshot(house.now_ns).incidents
    assert [row.stage for row in snapshot] == [Stage.CALLING, Stage.TAKEN]
    standings = house.paging.standings(house.now_ns)
    assert [each.told.id for each in standings] == [row.id for row in snapshot]
    house.up("thon/wan")
    assert [each.stage for each in house.paging.standings(house.now_ns, over=True)] == [
        Stage.TAKEN,
        Stage.OVER,
    ]


def test_a_standing_knows_how_many_steps_there_are_and_its_one_link() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    [row] = house.paging.snapshot(house.now_ns).incidents
    assert row.link == "xa/wan"
    assert not row.suspected
    house.wait(3600 * 3)
    found = house.paging.standing(row.id, house.now_ns)
    assert found is not None
    assert found.steps == len(STEPS)
    assert found.step is not None
    assert found.step > len(STEPS)
    assert numbered(found.step, found.steps).number == len(STEPS)


def test_the_phase_of_an_event_under_way_has_its_end() -> None:
    event = live_event("xa", ends_ns=START + minutes(60))
    house = running(village(events=[event]))
    assert house.paging.snapshot(house.now_ns).phases == {event.id: Phase.LIVE}
    ends_ns = house.paging.snapshot(house.now_ns).phase_ends[EventId(event.id)]
    assert house.paging.agenda.phase(event.id, ends_ns - 1) is Phase.LIVE
    assert house.paging.agenda.phase(event.id, ends_ns) is not Phase.LIVE
    assert house.paging.agenda.ends(event.starts_ns - minutes(60 * 24 * 30)) == {}


def test_what_is_closed_while_it_is_broken_is_remembered_until_it_begins_anew() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    [incident] = house.paging._incidents.open
    house.command(Resolve(actor="An", incidents=(incident,)))
    for paging in (house.paging, house.replayed()):
        [row] = paging.snapshot(house.now_ns).resolved
        assert (row.id, row.by, row.subject) == (incident, "An", "xa/wan")
    house.up("xa/wan")
    house.wait(1000)
    house.down("xa/wan")
    assert house.paging.snapshot(house.now_ns).resolved == ()


def test_what_recovered_before_it_was_closed_is_not_kept() -> None:
    house = running(village(directory=at_once()))
    house.down("xa/wan")
    [incident] = house.paging._incidents.open
    house.up("xa/wan")
    house.command(Resolve(actor="An", incidents=(incident,)))
    assert house.paging.snapshot(house.now_ns).resolved == ()
