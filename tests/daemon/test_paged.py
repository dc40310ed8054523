"""From a real cut to an acknowledged page: who is called, in which order, and what the story says of it."""

import contextlib
import re
from collections.abc import Iterator
from itertools import chain, pairwise

import pytest

from bridgewatch.model.words import EgressState, Reason, SiteState
from tests.daemon.conference import Desk
from tests.daemon.daemon import PORT
from tests.daemon.district import ANSWERS, REDUCED_HOLD, VANTAGE_ADDRESS, District, district
from tests.daemon.province import BLIND, DOWN, UNKNOWN, UP
from tests.lab.namespaces import unavailable
from tests.lab.topology import Lab
from tests.notify.gateways import HttpGateways

pytestmark = pytest.mark.root

# What was measured of a link that is down, in numbers.
EVIDENCE = (
    r"\[\d+ probes in a row unanswered \(8 needed\) since [\d:.]+; "
    r"others on the same egress answered at [\d:.]+"
)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    """One district for all: it takes longer to start than a case takes, and each case has its own sites."""
    if reason := unavailable():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("district")
    with Lab(folder) as lab, district(lab, folder) as made:
        yield made


def recovered(desk: Desk, code: str, people: list[str], *, by: HttpGateways | None = None) -> str:
    """The recovery reaches exactly those who were paged, and by the log nobody else ever was. The story."""
    desk.wait_told(code, "recovered", people, by=by)
    lines = desk.asks("explain", code)["lines"]
    for entry in ("Called", "Informed"):
        assert {line["fields"]["contact"] for line in lines if line["entry"] == entry} == set(people)
    return desk.explain(code)


def tells(story: str, *parts: str) -> None:
    """The story tells all this, in this order. Parts are patterns."""
    at = 0
    for part in parts:
        found = re.compile(part).search(story, at)
        assert found, f"{part!r} is not told, or not there: {story}"
        at = found.end()


def site_state(desk: Desk, site: str) -> SiteState:
    return SiteState(int(desk.daemon.series("bridgewatch_site_state", "site")[site]))


def egress_state(desk: Desk, egress: str) -> EgressState:
    return EgressState(int(desk.daemon.series("bridgewatch_egress_state", "egress")[egress]))


def test_a_breaker_calls_the_room_first_then_both_carriers_and_our_own(there: District) -> None:
    desk = there.desk
    steps = [["phong-cau-dao"], ["vnpt-duty", "viettel-duty", "own-duty"]]
    with there.cut(("cau-dao", "wan"), ("cau-dao", "internet")):
        code, pages = desk.wait_pages("cau-dao", steps)
        theirs = next(page for page in pages if page.address == "viettel-duty")
        assert "you have it" in desk.press(theirs, "acknowledge")
        desk.wait_told(code, "taken", ["phong-cau-dao", "vnpt-duty", "own-duty"])
        assert site_state(desk, "cau-dao") is SiteState.DARK
    assert not any("usually loses" in page.text for page in pages)  # it never lost anything
    first, second = (page.monotonic for page in pages[:2])
    assert second - first > 2.0  # nobody answered for the three seconds of a repeat
    tells(
        recovered(desk, code, list(chain(*steps))),
        r"suspected power or router failure at a site, Điểm cầu cau-dao; code \w+; for the room",
        r"2 links joined \(links of different carriers at the site fell within seconds\)",
        EVIDENCE,
        EVIDENCE,
        r"sites dark: Điểm cầu cau-dao",
        r"it outlasted its hold \(1 s\); Hội nghị đang họp \(live\), policy live",
        r"step 1 of policy live; the next follows at",
        r"call Room of cau-dao: room contact, the room, commune; contact of the room",
        r"to Room of cau-dao through office \(webhook\): delivered",
        r"step 2 of policy live: nobody answered the step before",
        r"call VNPT duty: duty, carrier, roster vnpt/duty, province; on duty now",
        r"call VIETTEL duty: duty, carrier, roster viettel/duty, province; on duty now",
        r"call Our duty: duty, our own staff, roster own/duty; on duty now",
        r"VIETTEL duty has it, through the link",
        r"everything recovered",
    )


def test_a_carriers_handover_calls_its_duty_and_nobody_else(there: District) -> None:
    desk = there.desk
    names = ("pop-1", "pop-2", "pop-3")
    with there.cut(*((name, "wan") for name in names)):
        code, (page,) = desk.wait_pages("pop", [["vnpt-duty"]])
        assert desk.run("ack", code, "--for", "vnpt-duty", "--via", "phone") == f"{code}: VNPT duty has it."
        assert {desk.daemon.states()[f"{name}/wan"] for name in names} == {DOWN}
        assert desk.daemon.series("bridgewatch_egress_state", "egress")["wan"] == EgressState.OK
        assert all(name in page.text for name in names)
    tells(
        recovered(desk, code, ["vnpt-duty"]),
        r"noticed: handover of the carrier down, VNPT pop; code \w+; for carrier VNPT",
        r"3 links joined \(every visible link of that handover is down\)",
        EVIDENCE,
        r"call VNPT duty: duty, carrier, roster vnpt/duty, province; on duty now",
        r"to VNPT duty through office \(webhook\): delivered",
        r"VNPT duty has it, by phone to the NOC, entered by ",
        r"everything recovered",
    )


def test_our_own_egress_calls_our_own_staff_and_no_carrier(there: District) -> None:
    desk = there.desk
    before = len(desk.hooks.received)
    with there.cut_egress("wan"):
        code, pages = desk.wait_pages("wan", [["own-duty"], ["own-lead"]])
        wan = {state for link, state in desk.daemon.states().items() if link.endswith("/wan")}
        assert wan == {BLIND}
        (told,) = desk.asks("incidents")["incidents"]
        assert (told["kind"], told["audience"], told["code"]) == ("egress", "own", code)
        assert "Our lead has it" in desk.run("ack", code, "--for", "own-lead", "--via", "phone")
    assert all(later.monotonic - earlier.monotonic > 2.0 for earlier, later in pairwise(pages))
    story = recovered(desk, code, ["own-duty", "own-lead"])
    assert {one.address for one in desk.hooks.received[before:]} == {"own-duty", "own-lead"}
    tells(
        story,
        r"noticed: .*wan; code \w+; for our own staff",
        r"the references of the egress do not answer",
        r"it outlasted its hold \(1 s\)",
        r"call Our duty: duty, our own staff, roster own/duty; on duty now",
        r"to Our duty through office \(webhook\): delivered",
        r"step 2 of policy live: nobody answered the step before",
        r"call Our lead: lead, our own staff, roster own/lead; on duty now",
        r"Our lead has it, by phone to the NOC",
        r"everything recovered",
    )


def test_a_stopped_reflector_calls_our_own_staff_and_a_cut_behind_it_the_carrier(there: District) -> None:
    desk = there.desk
    before = len(desk.hooks.received)
    with contextlib.ExitStack() as line, there.stopped_reflector():
        ours, (page,) = desk.wait_pages("Reflector of a site not running", [["own-duty"]])
        assert desk.daemon.states()["phan-hoi/wan"] == UNKNOWN
        assert desk.daemon.series("bridgewatch_link_reason")["phan-hoi/wan"] == Reason.TARGET_REFUSES
        assert site_state(desk, "phan-hoi") is SiteState.UNKNOWN
        assert "you have it" in desk.press(page, "acknowledge")
        story = desk.explain(ours)
        assert {one.address for one in desk.hooks.received[before:]} == {"own-duty"}
        line.enter_context(there.cut(("phan-hoi", "wan")))
        code, (page,) = desk.wait_pages("Site dark: phan-hoi", [["mobifone-duty"]])
        assert desk.daemon.states()["phan-hoi/wan"] == DOWN
        desk.wait_told(ours, "folded", ["own-duty"])
        assert "you have it" in desk.press(page, "acknowledge")
    desk.wait_told(
        code, "recovered", ["mobifone-duty", "own-duty"]
    )  # ours hear of what theirs was folded into
    tells(
        story,
        r"noticed: reflector of a site not running, Điểm cầu phan-hoi; code \w+; for our own staff",
        r"the path is alive, but the target refuses probes: Điểm cầu phan-hoi, WAN MOBIFONE TSLCD-phan-hoi "
        r"\[probes refused by the target since [\d:.]+: \d+\]",
        r"it means: fault of our own",
        r"it outlasted its hold \(1 s\); Hội nghị đang họp \(live\)",
        r"call Our duty: duty, our own staff, roster own/duty; on duty now",
    )


def test_a_codec_on_the_wan_is_dark_although_its_internet_works(there: District) -> None:
    desk = there.desk
    with there.cut(("codec", "wan")):
        code, (page,) = desk.wait_pages("codec", [["mobifone-duty"]])
        assert page.body["urgency"] == "dark"
        assert site_state(desk, "codec") is SiteState.DARK
        assert desk.daemon.states()["codec/internet"] == UP
        assert "you have it" in desk.press(page, "acknowledge")
    tells(
        recovered(desk, code, ["mobifone-duty"]),
        r"noticed: link down, Điểm cầu codec; code \w+; for carrier MOBIFONE",
        r"the link is down: Điểm cầu codec, WAN MOBIFONE TSLCD-codec " + EVIDENCE,
        r"sites dark: Điểm cầu codec",
        r"it outlasted its hold \(1 s\)",
        r"call MOBIFONE duty: duty, carrier, roster mobifone/duty, province; on duty now",
        r"delivered",
        r"MOBIFONE duty has it, through the link",
    )


def test_a_codec_on_the_wan_that_lost_only_its_spare_is_reduced_and_held_longer(there: District) -> None:
    desk = there.desk
    with there.cut(("du-phong", "internet")):
        code, (page,) = desk.wait_pages("du-phong", [["fpt-duty"]])
        assert page.body["urgency"] == "reduced"
        assert site_state(desk, "du-phong") is SiteState.REDUCED
        assert "you have it" in desk.press(page, "acknowledge")
    tells(
        recovered(desk, code, ["fpt-duty"]),
        r"Điểm cầu du-phong, Internet FPT " + EVIDENCE,
        r"sites without a spare: Điểm cầu du-phong",
        rf"it outlasted its hold \({REDUCED_HOLD:g} s\)",
        r"call FPT duty: duty, carrier, roster fpt/duty, province; on duty now",
        r"FPT duty has it, through the link",
    )


def test_a_page_takes_the_next_channel_when_the_first_runs_over_the_cut_internet(there: District) -> None:
    desk = there.desk
    with there.cut(("kenh", "wan")):
        with there.cut_egress("internet"):
            # Nobody here is told over what is cut: our own staff through the office ...
            ours, _ = desk.wait_pages("internet", [["own-duty"]])
            desk.run("ack", ours, "--for", "own-duty")
            # ... and the carrier's duty too, whose chat is behind the Internet.
            code, (page,) = desk.wait_pages("kenh", [["cmc-duty"]])
            assert there.afar.received == []
            assert "you have it" in desk.press(page, "acknowledge")
        desk.daemon.until(lambda: egress_state(desk, "internet") is EgressState.OK)
    recovered(desk, ours, ["own-duty"])
    tells(
        recovered(desk, code, ["cmc-duty"], by=there.afar),  # the chat can be reached again
        r"to CMC duty through office \(webhook\): delivered; what needs egress internet comes last",
        r"CMC duty has it, through the link",
        r"to CMC duty through chat \(webhook\): delivered",
    )


def test_the_doors_open_only_where_they_listen(there: District) -> None:
    lab = there.lab
    assert lab.fetch("office", f"http://{ANSWERS}/a/nothing").status == 404
    for path in ("/", "/metrics", "/api/v1/incidents", "/status"):
        assert lab.fetch("office", f"http://{ANSWERS}{path}").status == 404
    for host, place in (
        ("office", f"{VANTAGE_ADDRESS}:{PORT}"),
        ("vantage", "127.0.0.1:9641"),
        ("wan", "192.0.2.65:9641"),
        ("internet", f"192.0.2.129:{PORT}"),
    ):
        with pytest.raises(ConnectionRefusedError):
            lab.fetch(host, f"http://{place}/")
    incidents = f"http://127.0.0.1:{PORT}/api/v1/incidents"
    assert lab.fetch("vantage", incidents).status == 401
    bearer = {"Authorization": f"Bearer {there.desk.run('token', 'add', 'wall', '--may', 'read')}"}
    assert lab.fetch("vantage", incidents, headers=bearer).status == 200
    assert lab.fetch("office", f"http://{ANSWERS}/api/v1/incidents", headers=bearer).status == 404
