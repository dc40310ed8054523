"""Who is on duty by one roster: shifts, rotations, overrides and swaps, at the edges where rosters go wrong."""

import random
from itertools import pairwise

import pytest

from bridgewatch.core.oncall.duty import Timetable, everybody
from bridgewatch.core.oncall.find import Oncall, Where
from bridgewatch.core.oncall.spells import covered_stints, spells, stints
from bridgewatch.model.paging import Audience, Why
from bridgewatch.model.people import Override, Roster, Rotation, Shift
from bridgewatch.model.policy import Call
from tests.oncall.chance import TURNS, random_roster, random_world, window
from tests.oncall.worlds import COMMUNE, DAY, HOUR, MINUTE, SECOND, at, roster, who, world

EVERY_DAY = frozenset(range(1, 8))
WEEKDAYS = frozenset(range(1, 6))
DAYS_AND_NIGHTS = (Shift(EVERY_DAY, 420, 1140, who("an")), Shift(EVERY_DAY, 1140, 420, who("binh")))


def names(given: Roster, text: str, zone: str = "Asia/Ho_Chi_Minh") -> list[str]:
    return [turn.contact for turn in Timetable(given).on_duty(at(text, zone))]


def override(starts: str, ends: str, *stand_ins: str, instead_of: str | None = None) -> Override:
    return Override(at(starts), at(ends), who(*stand_ins), who(instead_of)[0] if instead_of else None)


def test_a_shift_is_on_from_its_first_minute_up_to_its_last() -> None:
    given = roster("r", shifts=(Shift(frozenset({1}), 480, 1200, who("an")),))
    assert names(given, "2026-03-02 07:59") == []
    assert names(given, "2026-03-02 08:00") == ["an"]
    assert names(given, "2026-03-02 19:59") == ["an"]
    assert names(given, "2026-03-02 20:00") == []
    assert names(given, "2026-03-03 12:00") == []


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    given = roster("r", shifts=(Shift(WEEKDAYS, 1200, 480, who("an")),))
    assert names(given, "2026-03-07 07:59") == ["an"]  # Saturday morning: Friday's night
    assert names(given, "2026-03-07 20:00") == []
    assert names(given, "2026-03-09 03:00") == []  # Monday morning: there is no Sunday's night


def test_a_shift_from_midnight_to_midnight_is_the_whole_day() -> None:
    given = roster("r", shifts=(Shift(frozenset({6, 7}), 0, 0, who("an")),))
    assert names(given, "2026-03-06 23:59") == []
    assert names(given, "2026-03-07 00:00") == ["an"]
    assert names(given, "2026-03-08 23:59") == ["an"]
    assert names(given, "2026-03-09 00:00") == []


def test_shifts_rotation_and_always_add_up_in_the_order_of_the_file_and_nobody_is_twice() -> None:
    given = roster(
        "r", "chi", shifts=DAYS_AND_NIGHTS, rotation=Rotation("2026-01-01", 0, 1, (who("an", "em"),))
    )
    assert names(given, "2026-03-02 12:00") == ["chi", "an", "em"]


def test_before_its_first_day_a_rotation_has_nobody() -> None:
    given = roster("r", rotation=Rotation("2026-03-02", 480, 7, (who("an"), who("binh"))))
    assert names(given, "2026-03-02 07:59") == []
    assert names(given, "2025-01-01 12:00") == []
    assert names(given, "2026-03-02 08:00") == ["an"]


def test_teams_take_turns_over_month_ends_and_leap_days() -> None:
    given = roster("r", rotation=Rotation("2028-02-28", 480, 1, (who("an"), who("binh"), who("chi"))))
    days = ["2028-02-28", "2028-02-29", "2028-03-01", "2028-03-02"]
    assert [names(given, f"{day} 08:00") for day in days] == [["an"], ["binh"], ["chi"], ["an"]]
    assert names(given, "2028-03-01 07:59") == ["binh"]


def test_a_week_of_a_rotation_is_seven_local_days_though_clocks_change() -> None:
    zone = "Europe/Berlin"
    given = roster("r", zone=zone, rotation=Rotation("2026-03-23", 480, 7, (who("an"), who("binh"))))
    changes = Timetable(given).changes(at("2026-03-23 08:00", zone), at("2026-04-07 12:00", zone))
    assert changes == (at("2026-03-30 08:00", zone), at("2026-04-06 08:00", zone))
    assert changes[0] - at("2026-03-23 08:00", zone) == 7 * DAY - HOUR


def test_no_gap_and_no_overlap_where_clocks_change() -> None:
    zone = "Europe/Berlin"
    shifts = (
        Shift(EVERY_DAY, 150, 840, who("an")),
        Shift(EVERY_DAY, 840, 150, who("binh")),
    )  # 02:30 and 14:00
    given = Timetable(roster("r", zone=zone, shifts=shifts))
    for day in ("2026-03-29", "2026-10-25"):
        midnight = at(f"{day} 00:00", zone)
        assert all(len(given.on_duty(midnight + minute * MINUTE)) == 1 for minute in range(25 * 60))
    assert len(given.changes(at("2026-10-25 00:00", zone), at("2026-10-26 00:00", zone))) == 2


def test_somebody_stands_in_where_that_one_would_be_on_duty_and_nowhere_else() -> None:
    given = roster(
        "r",
        shifts=(Shift(WEEKDAYS, 480, 1020, who("an", "binh")),),
        overrides=(override("2026-03-02 00:00", "2026-03-05 00:00", "chi", instead_of="an"),),
    )
    assert names(given, "2026-03-02 09:00") == ["chi", "binh"]
    assert names(given, "2026-03-02 18:00") == []  # the gap between two shifts stays one
    assert names(given, "2026-03-05 09:00") == ["an", "binh"]
    turns = Timetable(given).on_duty(at("2026-03-02 09:00"))
    assert [turn.why for turn in turns] == [Why.STANDS_IN, Why.ON_DUTY]


def test_an_override_for_everybody_fills_a_gap_too() -> None:
    given = roster("r", overrides=(override("2026-03-02 00:00", "2026-03-03 00:00", "chi"),))
    assert names(given, "2026-03-02 09:00") == ["chi"]
    assert names(given, "2026-03-03 00:00") == []


def test_an_override_within_a_rotation_ends_with_the_turn_of_the_one_it_is_for() -> None:
    given = roster(
        "r",
        rotation=Rotation("2026-03-02", 480, 7, (who("an"), who("binh"))),
        overrides=(override("2026-03-08 00:00", "2026-03-20 00:00", "chi", instead_of="an"),),
    )
    assert names(given, "2026-03-08 00:00") == ["chi"]
    assert names(given, "2026-03-09 07:59") == ["chi"]
    assert names(given, "2026-03-09 08:00") == ["binh"]
    assert names(given, "2026-03-16 08:00") == ["chi"]
    assert names(given, "2026-03-20 00:00") == ["an"]


def test_a_swap_is_two_overrides_and_works_where_they_overlap() -> None:
    swap = (
        override("2026-03-02 00:00", "2026-03-04 00:00", "binh", instead_of="an"),
        override("2026-03-02 00:00", "2026-03-04 00:00", "an", instead_of="binh"),
    )
    given = roster("r", shifts=DAYS_AND_NIGHTS, overrides=swap)
    assert names(given, "2026-03-02 12:00") == ["binh"]
    assert names(given, "2026-03-02 20:00") == ["an"]
    assert names(given, "2026-03-04 12:00") == ["an"]


def test_of_overlapping_overrides_the_later_in_the_file_wins_for_each_one() -> None:
    given = roster(
        "r",
        "an",
        "binh",
        overrides=(
            override("2026-03-02 00:00", "2026-03-04 00:00", "chi"),
            override("2026-03-03 00:00", "2026-03-05 00:00", "em", instead_of="an"),
        ),
    )
    assert names(given, "2026-03-02 12:00") == ["chi"]
    assert names(given, "2026-03-03 12:00") == ["em", "chi"]
    assert names(given, "2026-03-04 12:00") == ["em", "binh"]


def test_an_override_by_nobody_is_a_gap() -> None:
    given = roster("r", "an", overrides=(override("2026-03-02 00:00", "2026-03-03 00:00", instead_of="an"),))
    assert names(given, "2026-03-02 12:00") == []


def test_until_is_the_end_of_the_duty_and_not_of_the_shift() -> None:
    shifts = (Shift(EVERY_DAY, 0, 480, who("an")), Shift(EVERY_DAY, 480, 1200, who("an", "binh")))
    timetable = Timetable(roster("r", shifts=shifts))
    for _ in range(2):  # the second time from memory
        assert timetable.until_ns(who("an")[0], at("2026-03-02 03:00")) == at("2026-03-02 20:00")
    assert timetable.until_ns(who("an")[0], at("2026-03-03 03:00")) == at("2026-03-03 20:00")


def test_who_is_always_on_duty_has_no_end() -> None:
    timetable = Timetable(roster("r", "an", shifts=DAYS_AND_NIGHTS))
    assert timetable.until_ns(who("an")[0], at("2026-03-02 03:00")) is None


def test_everybody_is_whoever_is_named_as_on_duty() -> None:
    given = roster(
        "r",
        "an",
        shifts=DAYS_AND_NIGHTS,
        rotation=Rotation("2026-03-02", 0, 1, (who("chi"),)),
        overrides=(override("2026-03-02 00:00", "2026-03-03 00:00", "em", instead_of="x"),),
    )
    assert list(everybody(given)) == ["an", "binh", "chi", "em"]


@pytest.mark.parametrize("seed", range(60))
def test_changes_are_exact_and_complete(seed: int) -> None:
    chance = random.Random(seed)
    around_ns, zone = chance.choice(TURNS)
    timetable = Timetable(random_roster(chance, 0, around_ns, zone))
    from_ns, to_ns = around_ns - DAY, around_ns + DAY
    changes = timetable.changes(from_ns, to_ns)
    for change in changes:
        assert timetable.on_duty(change - 1) != timetable.on_duty(change)
    found = tuple(
        now
        for now in range(from_ns + MINUTE, to_ns, MINUTE)
        if timetable.on_duty(now) != timetable.on_duty(now - MINUTE)
    )
    assert found == changes


@pytest.mark.parametrize("seed", range(20))
def test_stints_and_spells_say_what_on_duty_says(seed: int) -> None:
    chance = random.Random(seed)
    around_ns, zone = chance.choice(TURNS)
    timetable = Timetable(random_roster(chance, 0, around_ns, zone))
    from_ns, to_ns = around_ns - DAY, around_ns + DAY
    times = list(stints(timetable, from_ns, to_ns))
    assert (times[0].from_ns, times[-1].to_ns) == (from_ns, to_ns)
    duty = spells(timetable, from_ns, to_ns)
    for now in range(from_ns, to_ns, 13 * MINUTE):
        turns = set(timetable.on_duty(now))
        assert next(set(one.turns) for one in times if one.from_ns <= now < one.to_ns) == turns
        running = [
            one for one in duty if (one.from_ns or 0) <= now and (one.to_ns is None or now < one.to_ns)
        ]
        assert {(one.contact, one.why) for one in running} == turns


@pytest.mark.parametrize("seed", range(20))
def test_who_covers_a_roster_that_has_nobody_is_whom_the_search_from_its_area_finds(seed: int) -> None:
    inventory = random_world(seed)
    oncall = Oncall(inventory)
    from_ns, to_ns = window(inventory)
    for timetable in oncall.timetables:
        roster = timetable.roster
        call = Call(Audience.OWN if roster.carrier is None else Audience.CARRIER, roster.role)
        where = Where(() if roster.carrier is None else (roster.carrier,), area=roster.area)
        times = list(covered_stints(oncall, timetable, from_ns, to_ns))
        assert all(one.to_ns == following.from_ns for one, following in pairwise(times))
        assert (times[0].from_ns, times[-1].to_ns) == (from_ns, to_ns)
        for now in range(from_ns, to_ns, 17 * MINUTE):
            (stint,) = (one for one in times if one.from_ns <= now < one.to_ns)
            assert stint.turns == timetable.on_duty(now)
            found = oncall.find(call, where, None, now).people
            assert stint.covered == (() if stint.turns else found)


def test_a_commune_beyond_its_office_hours_is_covered_by_its_province() -> None:
    hours = roster("xa", area=COMMUNE, shifts=(Shift(EVERY_DAY, 420, 1020, who("an")),))
    inventory = world(rosters=[hours, roster("tinh", "binh")])
    oncall = Oncall(inventory)
    day = at("2026-03-02 00:00"), at("2026-03-03 00:00")
    night, work, evening = covered_stints(oncall, oncall.timetables[0], *day)
    assert [one.contact for one in (*night.covered, *evening.covered)] == ["binh", "binh"]
    assert (night.covered[0].roster, night.covered[0].climbed) == ("tinh/duty", True)
    assert (work.covered, [turn.contact for turn in work.turns]) == ((), ["an"])
    alone = Oncall(world(rosters=[hours]))
    assert [one.covered for one in covered_stints(alone, alone.timetables[0], *day)] == [(), (), ()]


def test_a_spell_is_named_by_its_day_and_not_by_its_hours() -> None:
    def only(starts: int, ends: int) -> list[tuple[int, int]]:
        shifts = (Shift(EVERY_DAY, 60, 120, who("an")), Shift(EVERY_DAY, starts, ends, who("an")))
        found = spells(Timetable(roster("r", shifts=shifts)), at("2026-03-02 09:00"), at("2026-03-02 10:00"))
        return [(one.day, one.place) for one in found]

    assert only(480, 1020) == only(510, 1200)
    assert len(only(480, 1020)) == 1
    assert only(480, 1020)[0][1] == 1  # the second of that day, though the first is over


def test_a_spell_without_beginning_or_end_says_so() -> None:
    (one,) = spells(Timetable(roster("r", "an")), at("2026-03-02 09:00"), at("2026-03-02 10:00"))
    assert (one.from_ns, one.to_ns, one.day, one.place) == (None, None, 0, 0)


def test_an_instant_between_two_seconds_belongs_to_the_earlier() -> None:
    given = Timetable(roster("r", shifts=DAYS_AND_NIGHTS))
    edge = at("2026-03-02 19:00")
    assert [turn.contact for turn in given.on_duty(edge - 1)] == ["an"]
    assert [turn.contact for turn in given.on_duty(edge + SECOND // 2)] == ["binh"]
