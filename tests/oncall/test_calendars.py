"""iCalendar: readable by others, and the same duty under the same UID whenever it is exported."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from bridgewatch.core.oncall.duty import Timetable
from bridgewatch.core.oncall.spells import spells
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.people import Override, Shift
from bridgewatch.model.words import Language
from bridgewatch.views.duty_calendar import duty_calendar
from tests.oncall.worlds import DAY, HOUR, at, roster, who, world

DAYS = frozenset(range(1, 8))
MONDAY = at("2026-03-02 09:00")


def exported(
    inventory: Inventory, from_ns: int = MONDAY, days: int = 3, language: Language = Language.VI
) -> list[Event]:
    bounds = from_ns, from_ns + days * DAY
    found = [one for given in inventory.directory.rosters for one in spells(Timetable(given), *bounds)]
    read = Calendar.from_ical(duty_calendar(found, inventory, bounds, from_ns, language))
    return [event for event in read.walk("VEVENT") if isinstance(event, Event)]


def shifts(starts: int = 420) -> tuple[Shift, ...]:
    return Shift(DAYS, starts, 1140, who("an")), Shift(DAYS, 1140, starts, who("binh"))


def test_each_duty_is_an_event_with_its_true_times() -> None:
    first = exported(world(rosters=[roster("r", shifts=shifts())]))[0]
    assert first.decoded("dtstart") == datetime(2026, 3, 2, 0, 0, tzinfo=UTC)  # 07:00 in Vietnam
    assert first.decoded("dtend") == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert str(first["summary"]) == "Ông an: trực VNPT, Điểm cầu tinh"
    assert first.decoded("dtstamp") == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_a_later_export_has_the_same_uids_for_the_same_duties() -> None:
    inventory = world(rosters=[roster("r", shifts=shifts())])
    today = {str(event["uid"]): event.decoded("dtstart") for event in exported(inventory)}
    later = {str(event["uid"]): event.decoded("dtstart") for event in exported(inventory, MONDAY + 8 * HOUR)}
    shared = today.keys() & later.keys()
    assert len(shared) >= 5
    assert all(today[uid] == later[uid] for uid in shared)
    assert len(today) == len(exported(inventory))


def test_a_duty_whose_hours_were_moved_keeps_its_uid() -> None:
    before = exported(world(rosters=[roster("r", shifts=shifts(420))]))
    after = exported(world(rosters=[roster("r", shifts=shifts(450))]))
    assert [event["uid"] for event in before] == [event["uid"] for event in after]
    assert before[0].decoded("dtstart") != after[0].decoded("dtstart")


def test_two_rosters_two_people_and_two_duties_of_one_day_have_uids_of_their_own() -> None:
    twice = (Shift(DAYS, 60, 120, who("an", "binh")), Shift(DAYS, 180, 240, who("an")))
    events = exported(world(rosters=[roster("r", shifts=twice), roster("s", shifts=twice)]))
    assert len({str(event["uid"]) for event in events}) == len(events) >= 18


def test_who_stands_in_has_the_duty_in_the_calendar_and_who_is_stood_in_for_has_not() -> None:
    override = Override(at("2026-03-03 00:00"), at("2026-03-04 00:00"), who("chi"), who("an")[0])
    events = exported(world(rosters=[roster("r", shifts=shifts(), overrides=(override,))]), days=1)
    names = [str(event["summary"]).split(":")[0] for event in events]
    assert names == ["Ông an", "Ông binh", "Ông chi"]
    assert "trực thay" in str(events[-1]["description"])


def test_an_endless_duty_is_cut_to_the_days_asked_for() -> None:
    (event,) = exported(world(rosters=[roster("r", "an")]), language=Language.EN)
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(days=3)
    assert "always" in str(event["description"])


def test_lines_and_commas_of_a_name_do_not_break_the_file() -> None:
    inventory = world(rosters=[roster("r", "an")])
    hostile = "Ông; an, \\ BEGIN:VEVENT\r\nSUMMARY:x"
    people = dict(inventory.directory.contacts)
    people[who("an")[0]] = replace(people[who("an")[0]], name=hostile)
    directory = replace(inventory.directory, contacts=people)
    assert len(exported(replace(inventory, directory=directory))) == 1
