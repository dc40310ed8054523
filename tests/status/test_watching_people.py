"""What a watcher looks for first: the event that is on, what nobody has, and what was closed too early."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from rich.cells import cell_len

from bridgewatch.model.calendar import Event
from bridgewatch.model.desk import Stage
from bridgewatch.model.ids import ContactId, EventId, IncidentId, SiteId
from bridgewatch.model.paging import FaultKind, Phase
from bridgewatch.model.people import Contact
from bridgewatch.model.snapshot import ResolvedIncident, Snapshot
from bridgewatch.model.words import Language, LinkState, Reason, SiteState
from bridgewatch.texts.evidence import Silence, tell_evidence, tell_move
from bridgewatch.texts.names import Names
from bridgewatch.texts.symbols import stage_symbol, symbol
from bridgewatch.views.happenings import grouped, happening
from bridgewatch.views.status.report import StatusReport, from_json, report, to_json
from bridgewatch.views.terminal.look import Look
from bridgewatch.views.terminal.screen import compose, paper
from bridgewatch.views.terminal.sections import happening as told_happening
from bridgewatch.views.web.home import home_page
from tests.exposition.synthetic import WALL_NS, synthetic_snapshot
from tests.status.test_incidents import AREA, LINK, MINUTE_NS, SITE, SNAPSHOT, incident, paging
from tests.web.test_home import Reader

HOUR_NS = 60 * MINUTE_NS


def with_events(phases: Mapping[str, Phase]) -> Snapshot:
    events = {
        EventId(name): Event(
            EventId(name), f"Hội nghị {name}", (SITE.id,), WALL_NS - HOUR_NS, WALL_NS + HOUR_NS
        )
        for name in phases
    }
    return replace(
        SNAPSHOT,
        inventory=replace(SNAPSHOT.inventory, events=events),
        phases={EventId(name): phase for name, phase in phases.items()},
    )


def lines_of(told: StatusReport, language: Language, width: int = 80) -> list[str]:
    return [line.plain for line in paper(told, (), Look(width, language), piped=False)]


@pytest.mark.parametrize(
    ("language", "live", "check"),
    [
        (Language.VI, "Hội nghị a: đang họp, chậm nhất đến ", "Hội nghị b: kiểm tra trước giờ họp, đến "),
        (Language.EN, "Hội nghị a: live, until ", "Hội nghị b: check, until "),
    ],
)
def test_events_under_way_have_a_line_each_and_those_merely_planned_have_none(
    language: Language, live: str, check: str
) -> None:
    phases = {"p": Phase.PLANNED, "b": Phase.CHECK, "a": Phase.LIVE, "d": Phase.DRAFT, "n": Phase.NONE}
    snapshot = with_events(phases)
    people = replace(
        paging(),
        phases=snapshot.phases,
        phase_ends={EventId("a"): WALL_NS + HOUR_NS, EventId("b"): WALL_NS + 2 * HOUR_NS},
    )
    told = report(snapshot, paging=people)
    assert [line.id for line in told.events] == ["a", "b"]
    assert from_json(to_json(told)) == told
    text = "\n".join(lines_of(told, language))
    page = Reader(home_page(snapshot, language, people)).text
    for shown in (text, page):
        assert shown.index(live) < shown.index(check)
        assert "Hội nghị p" not in shown
    assert not report(SNAPSHOT, paging=paging()).events


def test_without_a_peoples_side_the_phase_is_known_and_its_end_is_not() -> None:
    snapshot = with_events({"a": Phase.LIVE})
    assert "  █ Hội nghị a: live" in lines_of(report(snapshot), Language.EN)


@pytest.mark.parametrize("plain", [False, True])
def test_the_mark_of_what_somebody_has_is_that_of_no_state_that_is_well(plain: bool) -> None:
    well = {symbol(state, plain=plain) for state in (LinkState.UP, SiteState.OK)}
    assert stage_symbol(Stage.TAKEN, plain=plain) not in well


@pytest.mark.parametrize("language", Language)
def test_on_forty_columns_the_code_and_the_site_are_there(language: Language) -> None:
    told = report(SNAPSHOT, paging=paging(incident(1)))
    rows = [line.plain[:40] for line in compose(told, (), Look(40, language), 24)]
    assert any(row.startswith(f"  K1P {SITE.name}") for row in rows)
    assert all(cell_len(line) <= 40 for line in lines_of(told, language, 40))


@pytest.mark.parametrize(("language", "word"), [(Language.VI, "(nghi ngờ)"), (Language.EN, "(suspected)")])
def test_what_is_only_suspected_says_so(language: Language, word: str) -> None:
    for suspected in (True, False):
        people = paging(replace(AREA, suspected=suspected))
        told = from_json(to_json(report(SNAPSHOT, paging=people)))
        text = "\n".join(lines_of(told, language, 120))
        page = Reader(home_page(SNAPSHOT, language, people)).text
        assert [word in text, word in page] == [suspected, suspected]


@pytest.mark.parametrize("language", Language)
def test_the_page_names_the_one_link_of_an_incident_and_says_who_was_called(language: Language) -> None:
    an = Contact(ContactId("an"), "Nguyễn Văn An", language, (), phone="0100 000 001")
    directory = replace(SNAPSHOT.inventory.directory, contacts={an.id: an})
    snapshot = replace(SNAPSHOT, inventory=replace(SNAPSHOT.inventory, directory=directory))
    calling = incident(1, link=LINK.id, called=(an.id,))
    text = Reader(home_page(snapshot, language, paging(calling))).text
    assert f"{Names(snapshot.inventory).line(LINK.id, language)} {LINK.id}" in text
    called = {
        Language.VI: "chưa có ai đã gọi: Nguyễn Văn An (0100 000 001)",
        Language.EN: "nobody yet called: Nguyễn Văn An (0100 000 001)",
    }
    assert called[language] in text
    nobody = Reader(home_page(snapshot, language, paging(incident(1)))).text
    assert not any(word in nobody for word in ("đã gọi:", "called:"))


def closed(kind: FaultKind = FaultKind.LINK, subject: str = LINK.id, *sites: SiteId) -> ResolvedIncident:
    return ResolvedIncident(IncidentId("INC-9"), "M2Q", kind, subject, WALL_NS - MINUTE_NS, "An", sites)


def broken(since_wall_ns: int) -> Snapshot:
    """The first link and its site are down since then."""
    snapshot = synthetic_snapshot(80, healthy=True)
    states, since = snapshot.links.state.copy(), snapshot.links.since_wall_ns.copy()
    states[0], since[0] = LinkState.DOWN, since_wall_ns
    site_states, site_since = snapshot.sites.state.copy(), snapshot.sites.since_wall_ns.copy()
    row = list(snapshot.inventory.sites).index(SITE.id)
    site_states[row], site_since[row] = SiteState.DARK, since_wall_ns
    return replace(
        snapshot,
        links=replace(snapshot.links, state=states, since_wall_ns=since),
        sites=replace(snapshot.sites, state=site_states, since_wall_ns=site_since),
    )


@pytest.mark.parametrize(
    "one", [closed(), closed(FaultKind.SITE, SITE.id, SITE.id)], ids=["of a link", "of a site"]
)
@pytest.mark.parametrize("language", Language)
def test_what_was_closed_and_is_broken_still_has_a_quiet_line(
    one: ResolvedIncident, language: Language
) -> None:
    people = replace(paging(), resolved=(one,))
    told = report(broken(WALL_NS - 5 * MINUTE_NS), paging=people)
    assert from_json(to_json(told)) == told
    words = {Language.VI: "An đóng sự cố lúc ", Language.EN: "closed by An at "}[language]
    rest = {Language.VI: ", chưa khôi phục", Language.EN: ", not recovered"}[language]
    [line] = [line for line in lines_of(told, language, 120) if words in line]
    assert line.startswith(f"  M2Q {SITE.name}")
    assert line.endswith(rest)
    page = Reader(home_page(broken(WALL_NS - 5 * MINUTE_NS), language, people)).text
    assert words in page
    assert rest in page
    # What recovered, or broke anew since, is told by its own incident or not at all.
    for now in (SNAPSHOT, broken(WALL_NS - MINUTE_NS // 2)):
        assert report(now, paging=people).resolved == ()


SEEN = Silence(unanswered=9, seconds=1.14, witness=True, router="198.51.100.1")


@pytest.mark.parametrize(
    ("language", "fell", "refused"),
    [
        (
            Language.VI,
            "9 gói đo không phản hồi trong 1,1 s; đường khác cùng đường ra vẫn phản hồi",
            "gói đo bị đích từ chối: 9 trong 1,1 s",
        ),
        (
            Language.EN,
            "9 probes unanswered in 1.1 s; others on the same egress answered",
            "probes refused by the target: 9 in 1.1 s",
        ),
    ],
)
def test_a_change_has_the_same_figures_in_both_languages(language: Language, fell: str, refused: str) -> None:
    both = {each: tell_evidence(SEEN, LinkState.DOWN, Reason.SILENT_WITH_WITNESS, each) for each in Language}
    one = happening(
        WALL_NS,
        LINK.id,
        LinkState.UP,
        LinkState.DOWN,
        Reason.SILENT_WITH_WITNESS,
        evidence=both[Language.EN],
        evidence_vi=both[Language.VI],
    )
    [group] = grouped((one,))
    assert told_happening(group, Look(200, language)).plain.endswith(fell)
    assert tell_evidence(SEEN, LinkState.UP, Reason.TARGET_REFUSES, language) == refused
    for new, reason in ((LinkState.UP, Reason.ANSWERED), (LinkState.DEGRADED, Reason.LOSS)):
        assert tell_evidence(SEEN, new, reason, language) == ""
    assert "198.51.100.1" in tell_evidence(SEEN, LinkState.DOWN, Reason.UNREACHABLE, language)
    assert tell_evidence(SEEN, LinkState.BLIND, Reason.NO_WITNESS, language).count(";") == 1
    move = tell_move("203.0.113.7:1", "203.0.113.8:2", language)
    assert move.index("203.0.113.7:1") < move.index("203.0.113.8:2")
