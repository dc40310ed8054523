"""The search: the lowest roster of the same carrier and role, upwards, to people who can be reached."""

from dataclasses import replace

from bridgewatch.core.oncall.find import Found, Oncall, Where
from bridgewatch.core.oncall.reach import is_independent, is_reachable, ways_to_answer
from bridgewatch.model.coverage import GapKind
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import AckWay, Role, Why
from bridgewatch.model.people import Roster, Shift
from bridgewatch.model.policy import Call
from bridgewatch.model.words import Level
from tests.oncall.worlds import (
    CHAT,
    COMMUNE,
    DISTRICT,
    DUTY,
    GATEWAYS,
    MONITORED,
    NO_TEMPLATE,
    ONE_WAY,
    OTHER,
    OWN_DUTY,
    ROOM,
    VIETTEL,
    VNPT,
    at,
    contact,
    gateway,
    roster,
    who,
    world,
)

NOON = at("2026-03-02 12:00")
NIGHT = (Shift(frozenset(range(1, 8)), 1320, 360, who("dem")),)  # nobody at noon


def found(
    inventory: Inventory, call: Call = DUTY, where: Where | None = None, level: Level | None = None
) -> Found:
    return Oncall(inventory, ends=True).find(call, where or Where((VNPT,), COMMUNE), level, NOON)


def names(answer: Found) -> list[str]:
    return [one.contact for one in answer.people]


def test_the_lowest_roster_that_covers_the_place_answers() -> None:
    answer = found(world(rosters=[roster("tinh", "an"), roster("xa", "binh", area=COMMUNE)]))
    assert names(answer) == ["binh"]
    (one,) = answer.people
    assert (one.roster, one.level, one.why, one.climbed) == ("xa/duty", Level.COMMUNE, Why.ON_DUTY, False)
    assert not answer.gap


def test_a_roster_of_the_province_covers_its_communes_without_any_gap() -> None:
    answer = found(world(rosters=[roster("tinh", "an")]))
    assert names(answer) == ["an"]
    assert not answer.gap
    assert not answer.people[0].climbed


def test_where_nobody_is_on_duty_the_next_above_is_asked_and_the_gap_is_told() -> None:
    rosters = [roster("xa", area=COMMUNE, shifts=NIGHT), roster("huyen", area=DISTRICT, shifts=NIGHT)]
    answer = found(world(rosters=[*rosters, roster("tinh", "an")]))
    assert names(answer) == ["an"]
    assert (answer.gap, answer.lack, answer.people[0].climbed) == (True, GapKind.NOBODY, True)
    assert answer.people[0].level is Level.PROVINCE


def test_a_roster_without_area_is_above_all_others() -> None:
    rosters = [roster("tinh", shifts=NIGHT), roster("tq", "an", area=None)]
    (one,) = found(world(rosters=rosters)).people
    assert (one.contact, one.level, one.climbed) == ("an", None, True)


def test_another_carrier_another_role_and_another_commune_are_never_asked() -> None:
    rosters = [
        roster("a", "an", carrier=VIETTEL),
        roster("b", "binh", role=Role.LEAD),
        roster("c", "chi", area=OTHER),
        roster("d", "em", carrier=None),
    ]
    answer = found(world(rosters=rosters))
    assert (answer.people, answer.gap, answer.lack) == ((), True, GapKind.NO_ROSTER)


def test_a_step_with_a_level_passes_over_what_is_below() -> None:
    rosters = [
        roster("xa", "an", area=COMMUNE),
        roster("huyen", "binh", area=DISTRICT),
        roster("tinh", "chi"),
    ]
    inventory = world(rosters=rosters)
    assert names(found(inventory, level=Level.DISTRICT)) == ["binh"]
    assert names(found(inventory, level=Level.PROVINCE)) == ["chi"]
    assert not found(inventory, level=Level.PROVINCE).gap


def test_who_cannot_be_reached_counts_as_not_there_and_the_search_goes_on() -> None:
    unreachable = [contact("an"), contact("binh", NO_TEMPLATE)]
    rosters = [roster("xa", "an", "binh", area=COMMUNE), roster("tinh", "chi")]
    answer = found(world(rosters=rosters, contacts=unreachable))
    assert names(answer) == ["chi"]
    assert (answer.gap, answer.lack) == (True, GapKind.UNREACHABLE)


def test_a_fault_of_several_carriers_asks_each_and_has_a_gap_where_one_has() -> None:
    where = Where((VNPT, VIETTEL), COMMUNE)
    answer = found(world(rosters=[roster("a", "an")]), where=where)
    assert (names(answer), answer.gap) == (["an"], True)
    both = world(rosters=[roster("a", "an", "chung"), roster("b", "chung", carrier=VIETTEL)])
    assert (names(found(both, where=where)), found(both, where=where).gap) == (["an", "chung"], False)


def test_a_fault_of_an_area_begins_there_and_one_of_no_place_everywhere() -> None:
    rosters = [roster("xa", "an", area=COMMUNE), roster("tinh", "binh"), roster("tq", "chi", area=None)]
    inventory = world(rosters=rosters)
    assert names(found(inventory, where=Where((VNPT,), area=DISTRICT))) == ["binh"]
    assert names(found(inventory, where=Where((VNPT,)))) == ["chi"]
    assert found(inventory, where=Where(())).gap


def test_our_own_rosters_are_those_of_no_carrier() -> None:
    rosters = [roster("ta", "an", carrier=None, area=None), roster("ho", "binh")]
    assert names(found(world(rosters=rosters), OWN_DUTY)) == ["an"]


def test_a_room_is_its_own_contacts_then_rosters_of_rooms_above() -> None:
    inventory = world(rooms={COMMUNE: ("phong",)}, rosters=[roster("p", "an", carrier=None, role=Role.ROOM)])
    (one,) = found(inventory, ROOM).people
    assert (one.contact, one.why, one.roster, one.climbed) == ("phong", Why.ROOM_CONTACT, None, False)
    above = found(inventory, ROOM, Where((VNPT,), OTHER))
    assert (names(above), above.gap, above.lack) == (["an"], True, GapKind.NO_CONTACT)
    assert above.people[0].climbed


def test_a_roster_of_the_room_itself_stands_beside_its_contacts() -> None:
    beside = roster("p", "an", carrier=None, role=Role.ROOM, area=COMMUNE)
    answer = found(world(rooms={COMMUNE: ("phong",)}, rosters=[beside]), ROOM)
    assert (names(answer), answer.gap) == (["phong", "an"], False)


def test_a_room_whose_contacts_cannot_be_reached_says_so() -> None:
    answer = found(world(rooms={COMMUNE: ("phong",)}, contacts=[contact("phong")]), ROOM)
    assert (answer.people, answer.lack) == ((), GapKind.UNREACHABLE)


def test_a_site_that_left_the_inventory_is_everywhere() -> None:
    inventory = world(rosters=[roster("tq", "an", area=None)])
    gone = Where((VNPT,), type(COMMUNE)("da-bo"))
    assert names(found(inventory, where=gone)) == ["an"]
    assert found(inventory, ROOM, gone).gap


def test_two_rosters_of_one_area_answer_together() -> None:
    rosters = [roster("a", "an", "chung"), roster("b", "chung", "binh")]
    assert names(found(world(rosters=rosters))) == ["an", "chung", "binh"]


def test_the_catch_all_are_our_own_who_can_be_reached() -> None:
    inventory = world(catch_all=("noc", "mat"), contacts=[contact("mat")])
    (one,) = Oncall(inventory).catch_all()
    assert (one.contact, one.why, one.roster) == ("noc", Why.CATCH_ALL, None)


def test_when_the_duty_ends_is_told() -> None:
    given: Roster = roster("r", shifts=(Shift(frozenset({1}), 480, 1020, who("an")),))
    assert found(world(rosters=[given])).people[0].until_ns == at("2026-03-02 17:00")


def test_a_template_makes_a_gateway_of_templates_usable() -> None:
    directory = type(world().directory)
    people = {who("a")[0]: contact("a", NO_TEMPLATE)}
    assert not is_reachable(who("a")[0], directory(gateways=GATEWAYS, contacts=people))
    registered = {NO_TEMPLATE: replace(GATEWAYS[NO_TEMPLATE], template="t1")}
    assert is_reachable(who("a")[0], directory(gateways=registered, contacts=people))


def test_a_link_is_a_way_to_answer_only_where_there_is_a_page_to_open() -> None:
    links = {CHAT: gateway(CHAT, ways=[AckWay.LINK])}
    one = contact("a", CHAT)
    directory = type(world().directory)
    assert not ways_to_answer(one, directory(gateways=links))
    assert ways_to_answer(one, directory(gateways=links, public_url="https://bw.example"))


def test_independent_is_who_has_one_usable_channel_beside_what_is_watched() -> None:
    directory = type(world().directory)(gateways=GATEWAYS)
    assert not is_independent(contact("a", MONITORED), directory)
    assert is_independent(contact("a", MONITORED, ONE_WAY), directory)
    assert not is_independent(contact("a", MONITORED, NO_TEMPLATE), directory)
