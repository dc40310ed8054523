"""Open incidents stand on top of everything that is looked at: terminal, page, report."""

from dataclasses import replace

import pytest

from bridgewatch.model.desk import Stage
from bridgewatch.model.ids import CarrierId, ContactId, GatewayId, IncidentId
from bridgewatch.model.paging import FaultKind, Urgency, Why
from bridgewatch.model.people import Contact
from bridgewatch.model.snapshot import LinkTestCounts, LostContact, OpenIncident, PagingSnapshot, Snapshot
from bridgewatch.model.words import Language
from bridgewatch.texts.deliveries import tell_gateways
from bridgewatch.views.incidents import MOST_INCIDENTS
from bridgewatch.views.status.report import Verdict, from_json, headline, report, to_json
from bridgewatch.views.terminal.look import Look
from bridgewatch.views.terminal.screen import compose, paper
from bridgewatch.views.web.home import home_page
from tests.exposition.synthetic import WALL_NS, synthetic_snapshot
from tests.web.test_home import Reader

MINUTE_NS = 60 * 10**9
SNAPSHOT: Snapshot = synthetic_snapshot(80, healthy=True)
LINK = next(iter(SNAPSHOT.inventory.links.values()))
SITE = SNAPSHOT.inventory.sites[LINK.site]


def incident(number: int, stage: Stage = Stage.CALLING, **changes: object) -> OpenIncident:
    made = OpenIncident(
        id=IncidentId(f"INC-{number}"),
        code=f"K{number}P",
        kind=FaultKind.LINK,
        subject=LINK.id,
        urgency=Urgency.DARK,
        stage=stage,
        began_ns=WALL_NS - 7 * MINUTE_NS,
        links=1,
        dark=1,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def paging(*incidents: OpenIncident) -> PagingSnapshot:
    return PagingSnapshot(
        wall_ns=WALL_NS,
        incidents=incidents,
        phases={},
        silences=(),
        notifications={},
        dead_letters=0,
        outbox_depth=0,
    )


AREA = incident(
    2,
    Stage.TAKEN,
    kind=FaultKind.AREA,
    subject=f"vnpt@{SITE.id}",
    links=37,
    dark=12,
    carrier=CarrierId("vnpt"),
    taken_by="Nguyễn Văn An",
)
OPEN = paging(incident(1), AREA, incident(3, Stage.OVER))


@pytest.mark.parametrize("language", Language)
def test_the_terminal_shows_them_first_with_who_has_them(language: Language) -> None:
    lines = [line.plain for line in paper(report(SNAPSHOT, paging=OPEN), (), Look(100, language))]
    title = {Language.VI: "Sự cố đang mở: 2", Language.EN: "Open incidents: 2"}[language]
    nobody = {Language.VI: "chưa có ai", Language.EN: "nobody yet"}[language]
    at = lines.index(title)
    assert at <= 3
    assert lines[at + 1].startswith(f"  K1P {SITE.name} · ✖")
    assert nobody in lines[at + 1]
    assert f"VNPT, {SITE.name}" in lines[at + 2]
    assert "Nguyễn Văn An" in lines[at + 2]


@pytest.mark.parametrize(("height", "most"), [(24, 4), (60, 10)])
def test_on_a_screen_they_leave_room_and_the_rest_is_counted(height: int, most: int) -> None:
    told = report(SNAPSHOT, paging=paging(*map(incident, range(70))))
    assert (len(told.incidents), told.more_incidents) == (MOST_INCIDENTS, 20)
    lines = [line.plain for line in compose(told, (), Look(80, Language.EN), height)]
    assert lines[lines.index("Open incidents: 70") + most + 1] == f"  and {70 - most} more"
    assert len(lines) <= height


def test_nothing_is_said_where_there_is_nothing_to_say() -> None:
    assert report(SNAPSHOT, paging=paging(incident(3, Stage.OVER))).incidents == ()
    texts = [line.plain for line in paper(report(SNAPSHOT), (), Look())]
    assert not [text for text in texts if "incident" in text]


def test_an_open_incident_is_trouble_and_the_report_survives_json() -> None:
    told = report(SNAPSHOT, paging=OPEN)
    assert told.verdict is Verdict.TROUBLE
    assert report(SNAPSHOT, paging=paging()).verdict is Verdict.WELL
    assert from_json(to_json(told)) == told
    values = to_json(told)
    assert values["incidents"][0]["urgency"] == "dark"
    del values["incidents"], values["more_incidents"]  # of a daemon that pages nobody
    assert from_json(values).incidents == ()


@pytest.mark.parametrize("language", Language)
def test_the_page_shows_them_before_sites_and_links(language: Language) -> None:
    page = home_page(SNAPSHOT, language, OPEN)
    text = Reader(page).text
    heading = {Language.VI: "Sự cố đang mở", Language.EN: "Open incidents"}[language]
    sites = {Language.VI: "Điểm cầu: 40", Language.EN: "Sites: 40"}[language]
    assert text.index(heading) < text.index("K1P") < text.index("K2P") < text.index(sites)
    assert "K3P" not in text
    assert "Nguyễn Văn An" in text
    assert "37" in text


def test_the_page_says_when_there_is_none_and_nothing_without_a_peoples_side() -> None:
    assert "Không có sự cố nào đang mở." in home_page(SNAPSHOT, Language.VI, paging())
    assert "Sự cố đang mở" not in home_page(SNAPSHOT, Language.VI)


def test_names_in_incidents_cannot_become_markup() -> None:
    hostile = "<script>alert(1)</script>"
    own = incident(1, Stage.TAKEN, kind=FaultKind.EGRESS, subject=hostile, taken_by=hostile, code=hostile)
    page = home_page(SNAPSHOT, Language.VI, paging(own))
    assert "<script" not in page
    assert page.count("&lt;script") == 3


@pytest.mark.parametrize(
    ("language", "flapping", "down"),
    [
        (Language.EN, "link flapping", "link down"),
        (Language.VI, "đường truyền chập chờn", "đường truyền mất kết nối"),
    ],
)
def test_a_link_that_flaps_is_listed_as_that_everywhere(language: Language, flapping: str, down: str) -> None:
    listed = paging(incident(1, why=Why.LINK_FLAPPING, urgency=Urgency.IMPAIRED, dark=0))
    told = from_json(to_json(report(SNAPSHOT, paging=listed)))
    shown = "\n".join(line.plain for line in paper(told, (), Look(200, language)))
    page = Reader(home_page(SNAPSHOT, language, listed)).text
    for text in (shown, page):
        assert flapping in text
        assert down not in text


@pytest.mark.parametrize("language", Language)
def test_what_keeps_messages_from_people_is_trouble_and_stands_at_the_top(language: Language) -> None:
    healthy = synthetic_snapshot(4, healthy=True)
    truc = Contact(ContactId("truc"), "Ksor H'Ha", language, (), phone="0100 000 011")
    directory = replace(healthy.inventory.directory, contacts={truc.id: truc})
    snapshot = replace(healthy, inventory=replace(healthy.inventory, directory=directory))
    ill = replace(
        paging(),
        gateways={GatewayId("zalo"): Why.GATEWAY_FAILING, GatewayId("modem"): None},
        lost=(LostContact(truc.id, WALL_NS - MINUTE_NS, 22),),
    )
    assert report(snapshot, paging=paging()).verdict is Verdict.WELL
    told = report(snapshot, paging=ill)
    assert told.verdict is Verdict.TROUBLE
    assert from_json(to_json(told)) == told
    lines = " ".join(line.plain for line in paper(told, (), Look(100, language))[:6])
    assert tell_gateways(["zalo"], Why.GATEWAY_FAILING, language) in lines
    assert "Ksor H'Ha (0100 000 011)" in lines
    assert "modem" not in lines
    assert "gateways failing: zalo" in headline(told)


def test_a_store_that_takes_nothing_is_trouble() -> None:
    healthy = synthetic_snapshot(4, healthy=True)
    assert healthy.people is not None
    broken = replace(healthy, people=replace(healthy.people, store_working=False))
    assert report(broken, paging=paging()).verdict is Verdict.TROUBLE


def test_links_that_carry_a_test_are_named_beside_the_daemons_own_health() -> None:
    told = report(
        synthetic_snapshot(4, healthy=True),
        paging=replace(paging(), tests=LinkTestCounts(running=(LINK.id,))),
    )
    assert from_json(to_json(told)) == told
    assert f"Throughput tests {LINK.id}" in " ".join(
        line.plain for line in paper(told, (), Look(100, Language.EN))
    )
