from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from bridgewatch.model.bandwidth import AgentState, CounterGap, NeedState, Snmp, UseState
from bridgewatch.model.calendar import Event
from bridgewatch.model.desk import Stage
from bridgewatch.model.ids import ContactId, EventId, GatewayId
from bridgewatch.model.paging import Why
from bridgewatch.model.people import Contact
from bridgewatch.model.snapshot import LinkTestCounts, LostContact
from bridgewatch.model.words import EgressState, Language, LinkState, Reason, SiteState
from bridgewatch.texts.bandwidth import rate, tell_bandwidth, tell_unread
from bridgewatch.texts.people import tell_people
from bridgewatch.views.web import home
from bridgewatch.views.web.home import home_page
from bridgewatch.views.web.words import EGRESS_STATES, LINK_STATES, PAGE, REASONS, SITE_STATES
from tests.exposition.bandwidths import with_judgements, with_readings
from tests.exposition.synthetic import WALL_NS, synthetic_snapshot, with_columns


class Reader(HTMLParser):
    """The text a reader sees, and whether every tag that opens closes."""

    VOID = frozenset({"meta", "br", "link"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows = 0
        self.words: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.rows += tag == "tr"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.mark.parametrize("language", Language)
def test_all_is_well_says_so(language: Language) -> None:
    text = Reader(home_page(synthetic_snapshot(8, healthy=True), language)).text
    for key in ("self_fine", "all_sites_ok", "all_links_up"):
        assert PAGE[language][key] in text


@pytest.mark.parametrize("language", Language)
def test_links_that_are_not_up_are_listed_with_state_and_reason(language: Language) -> None:
    snapshot = synthetic_snapshot(8)
    text = Reader(home_page(snapshot, language)).text
    for state, reason in zip(snapshot.links.state, snapshot.links.reason, strict=True):
        assert LINK_STATES[language][state] in text
        if state != LinkState.UP:
            assert REASONS[language][reason] in text


def test_the_worst_come_first_and_the_rest_is_counted() -> None:
    snapshot = synthetic_snapshot(2000)
    reader = Reader(home_page(snapshot, Language.VI))
    assert reader.rows == 2 * (home.ROWS_SHOWN + 1)
    listed = reader.text.split(PAGE[Language.VI]["links_not_up"])[1]
    assert "suy giảm" not in listed
    assert f"+ {1750 - home.ROWS_SHOWN} " in listed


def test_a_site_shows_the_states_of_its_links() -> None:
    columns = {"state": np.array([LinkState.DOWN, LinkState.UP], np.uint8)}
    snapshot = with_columns(synthetic_snapshot(2), **columns)
    text = Reader(home_page(snapshot, Language.VI)).text
    assert "wan: ✖ mất kết nối internet: ✔ thông suốt" in text.split(PAGE[Language.VI]["sites_not_ok"])[1]


def test_our_own_faults_are_told_before_anything_else() -> None:
    text = Reader(home_page(synthetic_snapshot(8), Language.VI)).text
    fault = text.index("Đường ra của máy đo internet: mất kết nối")
    mistake = text.index("sites.d/gia-lai.yaml:3:9: sites[0].level: thấy 'xa', cần commune")
    assert fault < mistake < text.index("Điểm cầu: 4")


@pytest.mark.parametrize("language", Language)
def test_what_keeps_messages_from_people_is_told_and_whom_to_phone(language: Language) -> None:
    snapshot = synthetic_snapshot(8, healthy=True)
    truc = Contact(ContactId("truc"), "Ksor H'Ha", language, (), phone="0100 000 011")
    directory = replace(snapshot.inventory.directory, contacts={truc.id: truc})
    snapshot = replace(snapshot, inventory=replace(snapshot.inventory, directory=directory))
    assert snapshot.people is not None
    well = snapshot.people.paging
    ill = replace(
        well,
        gateways={GatewayId("zalo"): Why.SECRET_MISSING, GatewayId("sms"): None},
        lost=(LostContact(truc.id, WALL_NS - 10**9, 22),),
    )
    text = Reader(home_page(snapshot, language, ill)).text
    assert PAGE[language]["self_fine"] not in text
    assert f"zalo: {tell_people(Why.SECRET_MISSING, language)}" in text
    assert "Ksor H'Ha (0100 000 011)" in text
    assert "sms:" not in text
    assert PAGE[language]["self_fine"] in Reader(home_page(snapshot, language, well)).text
    broken = replace(snapshot, people=replace(snapshot.people, store_working=False))
    assert PAGE[language]["self_fine"] not in Reader(home_page(broken, language, well)).text


def test_an_incident_that_nobody_has_names_whom_to_phone_the_latest_called_first() -> None:
    snapshot = synthetic_snapshot(8)
    people = [
        Contact(ContactId(f"p{n}"), f"Người {n}", Language.VI, (), phone=f"0100 000 00{n}") for n in range(6)
    ]
    directory = replace(snapshot.inventory.directory, contacts={one.id: one for one in people})
    snapshot = replace(snapshot, inventory=replace(snapshot.inventory, directory=directory))
    assert snapshot.people is not None
    paging = snapshot.people.paging
    calling = replace(paging.incidents[0], called=tuple(one.id for one in people))
    text = Reader(home_page(snapshot, Language.VI, replace(paging, incidents=(calling,)))).text
    assert "chưa có ai đã gọi: Người 5 (0100 000 005) Người 4" in text
    assert "Người 2 (0100 000 002) + 2" in text
    taken = replace(calling, stage=Stage.TAKEN, taken_by="Người 1", taken_contact=ContactId("p1"))
    text = Reader(home_page(snapshot, Language.VI, replace(paging, incidents=(taken,)))).text
    assert "Người 1 (0100 000 001)" in text
    assert "Người 5" not in text


def test_a_held_bound_is_told() -> None:
    snapshot = synthetic_snapshot(2, healthy=True)
    slow = replace(snapshot, self_stats=replace(snapshot.self_stats, slowdown=2.0))
    assert "factor 2" in Reader(home_page(slow, Language.EN)).text


def test_links_under_test_are_named_as_nobody_should_wonder_at_their_delays() -> None:
    snapshot = synthetic_snapshot(12, healthy=True)
    assert snapshot.people is not None
    felt = frozenset(list(snapshot.inventory.links)[:12])
    paging = replace(snapshot.people.paging, tests=LinkTestCounts(running=(min(felt),), felt=felt))
    text = Reader(home_page(snapshot, Language.EN, paging)).text
    assert f"quality is not judged of {min(felt)}" in text
    assert "+ 2" in text
    assert "quality is not judged" not in Reader(home_page(snapshot, Language.EN)).text


def test_what_operators_wrote_cannot_become_markup() -> None:
    snapshot = synthetic_snapshot(8)
    hostile = "<script>alert(1)</script>\"&'"
    sites = {key: replace(site, name=hostile) for key, site in snapshot.inventory.sites.items()}
    page = home_page(
        replace(snapshot, inventory=replace(snapshot.inventory, sites=sites, vantage=hostile)), Language.VI
    )
    assert "<script" not in page
    assert hostile in Reader(page).text


def test_times_are_in_the_zone_of_the_operators() -> None:
    snapshot = synthetic_snapshot(8)
    assert "21:13:20 21/09/2026 (UTC+07:00)" in Reader(home_page(snapshot, Language.VI)).text
    odd = replace(snapshot, inventory=replace(snapshot.inventory, timezone="Nowhere/Land"))
    assert "14:13:20 21/09/2026 (UTC+00:00)" in Reader(home_page(odd, Language.VI)).text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 giây"),
        (59, "59 giây"),
        (61, "1 phút 1 giây"),
        (7_260, "2 giờ 1 phút"),
        (90_000, "1 ngày 1 giờ"),
    ],
)
def test_durations_read_in_two_units(seconds: int, text: str) -> None:
    columns = {
        "state": np.array([LinkState.DOWN], np.uint8),
        "since_wall_ns": np.array([WALL_NS - seconds * 10**9]),
    }
    assert (
        text
        in Reader(home_page(with_columns(synthetic_snapshot(1, healthy=True), **columns), Language.VI)).text
    )


@pytest.mark.parametrize("language", Language)
def test_every_word_exists_in_every_language(language: Language) -> None:
    assert set(LINK_STATES[language]) == set(LinkState)
    assert set(SITE_STATES[language]) == set(SiteState)
    assert set(EGRESS_STATES[language]) == set(EgressState)
    assert set(REASONS[language]) == set(Reason)
    assert set(PAGE[language]) == set(PAGE[Language.VI])


def test_an_empty_inventory_has_a_page() -> None:
    Reader(home_page(synthetic_snapshot(0), Language.VI))


@pytest.mark.parametrize("language", Language)
def test_links_that_are_short_of_bandwidth_are_listed_with_what_each_lacks(language: Language) -> None:
    snapshot = with_judgements(synthetic_snapshot(60))
    judged = snapshot.judged
    assert judged is not None
    people = snapshot.people
    assert people is not None
    quiet = replace(judged, use=judged.use * 0, capacity=judged.capacity * 0, need=judged.need * 0)
    fine = replace(snapshot, people=replace(people, judged=quiet))
    assert PAGE[language]["links_too_small"] not in Reader(home_page(fine, language)).text
    need, use = quiet.need.copy(), quiet.use.copy()
    need[10], use[[10, 14]] = NeedState.CONTRACT_SMALL, UseState.OVER
    short = replace(snapshot, people=replace(people, judged=replace(quiet, need=need, use=use)))
    text = Reader(home_page(short, language)).text
    _, _, section = text.partition(PAGE[language]["links_too_small"])
    names = list(snapshot.inventory.links)
    assert section.index(names[10]) < section.index(names[14])
    for word in (NeedState.CONTRACT_SMALL, UseState.OVER):
        assert tell_bandwidth(word, language) in section
    assert rate(4_800_000, language) in section
    assert f"↓ {rate(100e6, language)}" in section


@pytest.mark.parametrize("language", Language)
def test_an_interface_that_its_router_does_not_have_is_on_the_page_with_its_link(language: Language) -> None:
    snapshot = with_readings(synthetic_snapshot(60))
    name, link = list(snapshot.inventory.links.items())[7]
    assert snapshot.bandwidth is not None
    read = replace(snapshot.bandwidth, gap=np.zeros(60, int), agent=np.full(60, AgentState.ANSWERING))
    links = {**snapshot.inventory.links, name: replace(link, snmp=Snmp("192.0.2.9", "<eth9>"))}
    fine = replace(snapshot, bandwidth=read)
    assert tell_unread(1, language) not in Reader(home_page(fine, language)).text
    wrong = replace(read, gap=np.where(np.arange(60) == 7, CounterGap.MISSING, 0))
    inventory = replace(snapshot.inventory, links=links)
    text = Reader(home_page(replace(fine, inventory=inventory, bandwidth=wrong), language)).text
    assert tell_unread(1, language) in text
    assert "<eth9> (192.0.2.9)" in text.partition(tell_unread(1, language))[2]


@pytest.mark.parametrize("language", Language)
def test_a_need_is_said_with_the_events_that_it_is_of(language: Language) -> None:
    snapshot = with_judgements(synthetic_snapshot(60))
    people, quiet = snapshot.people, snapshot.judged
    assert people is not None
    assert quiet is not None
    need, whose = np.full_like(quiet.need, NeedState.ENOUGH), quiet.needed_for.copy()
    need[0], whose[0] = NeedState.CONTRACT_SMALL, ("one", "two", "gone")
    judged = replace(quiet, need=need, use=np.zeros_like(quiet.use), capacity=np.zeros_like(quiet.capacity))
    events = {
        EventId(name): Event(EventId(name), title, (), 0, 1)
        for name, title in (("one", "Họp <b>một</b>"), ("two", "Họp hai"))
    }
    inventory = replace(snapshot.inventory, events=events)
    judged = replace(judged, inventory=inventory, needed_for=whose)
    page = home_page(replace(snapshot, inventory=inventory, people=replace(people, judged=judged)), language)
    assert "Họp &lt;b&gt;một&lt;/b&gt;, Họp hai +1</span>" in page
    assert f'title="Họp &lt;b&gt;một&lt;/b&gt;, Họp hai, gone: {PAGE[language]["needed_then"]}"' in page
