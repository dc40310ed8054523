"""An incident's story reads as sentences, in both languages, whatever is in the log."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from bridgewatch.model.bandwidth import Direction, Hindrance, Method, ThroughputEnd
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.ids import (
    CarrierId,
    EventId,
    GatewayId,
    IncidentId,
    LinkId,
    MessageId,
    PolicyId,
    RosterId,
    SilenceId,
    SiteId,
    TestId,
)
from bridgewatch.model.log import (
    Acknowledged,
    AnyEntry,
    Attempted,
    BandwidthTold,
    Called,
    ClockStepped,
    Closed,
    Composed,
    DeadLetter,
    Declined,
    DeliveryTold,
    EventOrdered,
    Folded,
    GapFound,
    Grew,
    Hastened,
    HelpAsked,
    Informed,
    InterfaceTold,
    Muted,
    Noticed,
    Opened,
    Proof,
    PutOff,
    RaisedAgain,
    Recovered,
    Shrank,
    SilenceLifted,
    SilenceSet,
    Stepped,
    ThroughputAsked,
    ThroughputBegan,
    ThroughputEnded,
    Unreached,
    Weighed,
)
from bridgewatch.model.paging import (
    AckWay,
    Audience,
    FaultKind,
    Lapse,
    MessageKind,
    Phase,
    Role,
    Urgency,
    Why,
)
from bridgewatch.model.words import Language, Level, Reason, Severity
from bridgewatch.texts.tale import Teller
from bridgewatch.texts.tale_words import tale_words
from tests.answers.desk import AN, BINH, NOW_NS, ONE, TWO, inventory
from tests.api.serving import serving
from tests.web.serving import run

INVENTORY = inventory()
LINKS = tuple(INVENTORY.links)
SITES = tuple(INVENTORY.sites)
AT = {"at_ns": NOW_NS, "incident": ONE}
SECOND_NS = 10**9
PROOF = Proof(Reason.SILENT_WITH_WITNESS, 8, 8, NOW_NS - 2 * SECOND_NS, NOW_NS - SECOND_NS, 0.004)
LOSSY = Proof(Reason.LOSS, severity=Severity.CRITICAL)
PAGE = MessageId("m1")
STORY: tuple[AnyEntry, ...] = (
    Noticed(
        **AT,
        code="K7P",
        kind=FaultKind.LINK,
        subject=LINKS[0],
        audience=Audience.CARRIER,
        began_ns=NOW_NS - SECOND_NS,
        carrier=CarrierId("vnpt"),
        suspected=True,
    ),
    Grew(**AT, links=((LINKS[0], PROOF),), why=Why.LINK_DOWN),
    Grew(**AT, links=tuple((link, LOSSY) for link in LINKS[1:6]), why=Why.BEHIND_ROOT),
    InterfaceTold(**AT, link=LINKS[0], oper_up=False),
    DeliveryTold(**AT, detail="HTTP 502"),
    DeliveryTold(**AT, detail="ESMS_API_KEY", lapse=Lapse.VARIABLE_EMPTY),
    InterfaceTold(**AT, link=LINKS[0], oper_up=False, admin_up=False),
    InterfaceTold(**AT, link=LINKS[0], oper_up=True, errors=12.5, discards=0.01),
    InterfaceTold(**AT, link=LINKS[0], oper_up=True, errors=0.0),
    InterfaceTold(**AT, link=LINKS[0], oper_up=None, errors=0.0),
    BandwidthTold(**AT, link=LINKS[0], direction=Direction.DOWN, rate=17_300_000, limit=20_000_000),
    BandwidthTold(
        **AT, link=LINKS[0], direction=Direction.UP, rate=2_000_000, limit=4_800_000, event=EventId("gone")
    ),
    Weighed(**AT, urgency=Urgency.DARK, dark=SITES[:2], impaired=SITES[2:3], reduced=SITES[3:4]),
    Opened(**AT, phase=Phase.LIVE, policy=PolicyId("live"), hold=5.0, why=Why.HELD, event=EventId("gone")),
    PutOff(**AT, policy=PolicyId("bandwidth"), until_ns=NOW_NS + 3600 * SECOND_NS),
    Stepped(**AT, step=0, policy=PolicyId("live"), next_ns=NOW_NS + 120 * SECOND_NS, why=Why.FIRST_STEP),
    Called(
        **AT,
        contact=AN,
        step=0,
        audience=Audience.CARRIER,
        role=Role.DUTY,
        why=Why.ON_DUTY,
        roster=RosterId("vnpt-gialai/duty"),
        level=Level.PROVINCE,
        climbed=True,
    ),
    GapFound(**AT, step=0, audience=Audience.CARRIER, role=Role.RESCUE, area=SITES[0], level=Level.COMMUNE),
    GapFound(**AT, step=0, audience=Audience.OWN, role=Role.LEAD, area=None, level=None),
    Composed(
        at_ns=NOW_NS,
        message=PAGE,
        contact=AN,
        kind=MessageKind.PAGE,
        incidents=(ONE, TWO),
        urgency=Urgency.DARK,
    ),
    Attempted(
        at_ns=NOW_NS,
        message=PAGE,
        gateway=GatewayId("tele"),
        attempt=1,
        delivered=False,
        detail="HTTP 500",
        retry_ns=NOW_NS + 2 * SECOND_NS,
    ),
    Attempted(
        at_ns=NOW_NS, message=PAGE, gateway=GatewayId("old"), attempt=2, delivered=False, permanent=True
    ),
    Attempted(
        at_ns=NOW_NS, message=PAGE, gateway=GatewayId("sms"), attempt=3, delivered=True, detail="accepted"
    ),
    Attempted(at_ns=NOW_NS, message=MessageId("m0"), gateway=GatewayId("sms"), attempt=1, delivered=True),
    Unreached(at_ns=NOW_NS, message=PAGE, contact=AN, incidents=(ONE,)),
    DeadLetter(at_ns=NOW_NS, message=PAGE, contact=AN, incidents=(ONE,)),
    HelpAsked(**AT, actor="Nguyễn Văn An", way=AckWay.LINK, contact=AN, message=PAGE),
    Hastened(**AT, policy=PolicyId("live"), next_ns=NOW_NS + SECOND_NS, why=Why.GREW_WORSE),
    Declined(**AT, actor="Trần Thị Bình", way=AckWay.CHAT, contact=BINH),
    Acknowledged(**AT, actor="hoa", way=AckWay.PHONE, contact=AN),
    Acknowledged(**AT, actor="hoa", way=AckWay.DESK),
    RaisedAgain(**AT, why=Why.STILL_DARK),
    SilenceSet(
        at_ns=NOW_NS,
        silence=SilenceId("s1"),
        starts_ns=NOW_NS,
        ends_ns=NOW_NS + SECOND_NS,
        actor="hoa",
        note="kéo cáp",
        carrier=CarrierId("vnpt"),
        area=SiteId("gone"),
        forced=True,
    ),
    Muted(**AT, silence=SilenceId("s1")),
    SilenceLifted(at_ns=NOW_NS, silence=SilenceId("s1"), actor="hoa"),
    Muted(**AT, silence=None),
    EventOrdered(at_ns=NOW_NS, order=EventOrder(EventId("e"), NOW_NS, "hoa", ends_ns=NOW_NS + SECOND_NS)),
    EventOrdered(at_ns=NOW_NS, order=EventOrder(EventId("e"), NOW_NS, "hoa", close=True)),
    ThroughputAsked(
        at_ns=NOW_NS,
        test=TestId("t1"),
        link=LINKS[0],
        methods=(Method.TCP,),
        directions=(Direction.DOWN,),
        earliest_ns=NOW_NS,
        latest_ns=NOW_NS + SECOND_NS,
        seconds=10.0,
        streams=4,
        actor="hoa",
        note="sau sửa chữa",
    ),
    ThroughputBegan(at_ns=NOW_NS, test=TestId("t1"), octets=25_000_000),
    ThroughputEnded(
        at_ns=NOW_NS, test=TestId("t1"), end=ThroughputEnd.ABORTED, octets=9, hindrance=Hindrance.LIVE
    ),
    ClockStepped(at_ns=NOW_NS, by_ns=-1_500_000_000),
    Shrank(**AT, links=(LINKS[0], LinkId("gone/wan")), why=Why.ANSWERS_AGAIN),
    Folded(**AT, into=TWO, why=Why.BEHIND_ROOT),
    Recovered(**AT),
    Informed(**AT, contact=AN, kind=MessageKind.RECOVERED, why=Why.RECOVERED),
    Closed(**AT, why=Why.RESOLVED, actor="hoa", note="đã thay thiết bị"),
)


def told(language: Language) -> list[str]:
    teller = Teller(INVENTORY, language, {ONE: "K7P", TWO: "M2Q"})
    return [teller.tell(entry) for entry in STORY]


def test_the_story_of_these_tests_has_every_kind_of_entry() -> None:
    assert {type(entry) for entry in STORY} == set(get_args(AnyEntry))


@pytest.mark.parametrize("language", Language)
def test_every_entry_is_one_sentence_without_a_gap(language: Language) -> None:
    for sentence in told(language):
        assert sentence.strip() == sentence != ""
        for leftover in ("{", "}", "None", "\n", "_ns", "()"):
            assert leftover not in sentence


def test_vietnamese_is_no_english() -> None:
    assert not set(told(Language.VI)) & set(told(Language.EN))
    assert tale_words(Language.VI) != tale_words(Language.EN)


def test_the_evidence_is_told_in_packets_thresholds_and_times() -> None:
    text = " ".join(told(Language.EN))
    for fact in (
        "8 probes in a row unanswered (8 needed) since 08:44:58.000",
        "others on the same egress answered at 08:44:59.000",
        "usually loses 0.4 %",
        "loss above its threshold 3 % of profile",
        "and 2 more",
        "from now on: it outlasted its hold (5 s); live, policy live",
        "roster vnpt-gialai/duty, province",
        "nobody is on duty lower down",
        "message 1 to Nguyễn Văn An through tele (Telegram): failed, again at 08:45:02 (HTTP 500)",
        "message 1 to Nguyễn Văn An through old, attempt 2: refused for good",
        "Nguyễn Văn An has it, by phone to the NOC, entered by hoa",
        "hoa has it, at the NOC's desk",
        "K7P was folded into incident M2Q",
        "(forced)",
        "closed by hoa: đã thay thiết bị",
        "no signal on the interface of its router",
        "somebody shut the interface of its router down",
        "interface of its router: 12 spoiled packets/s: cable or port",
        "the interface of its router is up: the fault lies beyond it",
        "its router reports no errors",
        "down 17.3 Mbit/s of 20 Mbit/s (86 %)",
        "up 2 Mbit/s, gone needs 4.8 Mbit/s",
        "policy bandwidth: quiet hours, nobody is called before 09:45:00",
    ):
        assert fact in text


def test_the_story_in_vietnamese_has_commas_and_names_and_no_ids() -> None:
    text = "\n".join(told(Language.VI))
    for fact in (
        "từ 08:44:58,000",
        "bình thường mất gói 0,4 %",
        "vượt ngưỡng 3 % của hồ sơ",
        "Điểm cầu UBND tỉnh số 0, TSLCD VNPT",
        "tin 1 cho Nguyễn Văn An qua sms (webhook), lần 3: đã gửi",
        "kéo dài quá thời gian chờ (5 giây)",
        "đồng hồ được chỉnh -1,500 s",
    ):
        assert fact in text
    assert not any(raw in text for raw in (*LINKS, *SITES, "m1"))


def test_a_time_of_another_day_has_its_date() -> None:
    teller = Teller(INVENTORY, Language.VI, {})
    silence = next(entry for entry in STORY if isinstance(entry, SilenceSet))
    assert "đến 08:45:01 26/11/2026: kéo cáp" in teller.tell(
        replace(silence, ends_ns=silence.ends_ns + 86_400 * SECOND_NS)
    )


def test_a_link_that_flaps_says_so_with_its_evidence() -> None:
    flaps = Grew(**AT, links=((LINKS[0], replace(PROOF, reason=Reason.FLAPS)),), why=Why.LINK_FLAPPING)
    sentence = Teller(INVENTORY, Language.VI, {}).tell(flaps)
    assert sentence.startswith("đường truyền chập chờn: Điểm cầu UBND tỉnh số 0, TSLCD VNPT")
    assert "mất kết nối ba lần trong mười phút" in sentence
    assert "8 gói đo liên tiếp không phản hồi" in sentence


def test_what_the_network_said_is_told_beside_the_silence_and_who_said_it() -> None:
    teller = Teller(INVENTORY, Language.EN, {})
    rejected = replace(PROOF, reason=Reason.UNREACHABLE, router="198.51.100.1")
    sentence = teller.tell(Grew(**AT, links=((LINKS[0], rejected),), why=Why.LINK_DOWN))
    assert "8 probes in a row unanswered" in sentence
    assert "a router on the way answers that the target cannot be reached (198.51.100.1)" in sentence
    refused = Proof(Reason.TARGET_REFUSES, 4, 8, NOW_NS - 2 * SECOND_NS)
    sentence = teller.tell(Grew(**AT, links=((LINKS[0], refused),), why=Why.TARGET_REFUSES))
    assert "the path is alive, but the target refuses" in sentence
    assert "probes refused by the target since 08:44:58.000: 4" in sentence
    assert "unanswered" not in sentence


def test_it_is_told_when_a_suspicion_turns_out_to_be_right_and_once_only() -> None:
    noticed = Noticed(
        **AT,
        code="K7P",
        kind=FaultKind.HANDOVER,
        subject="vnpt/pop",
        audience=Audience.CARRIER,
        began_ns=NOW_NS,
        suspected=True,
    )
    grew = [
        Grew(**AT, links=((LINKS[0], PROOF),), why=why)
        for why in (Why.CARRIER_AREA, Why.BEHIND_HANDOVER, Why.BEHIND_HANDOVER)
    ]
    for language in Language:
        words, teller = tale_words(language), Teller(INVENTORY, language, {})
        lines = [teller.tell(entry) for entry in (noticed, *grew)]
        suspected = words.suspected.format("")
        assert [suspected in line for line in lines[:2]] == [True, False]
        assert [words.certain in line for line in lines] == [False, False, True, False]


def test_what_no_longer_exists_is_called_by_its_id() -> None:
    bare = replace(
        INVENTORY, links={}, sites={}, carriers={}, directory=replace(INVENTORY.directory, contacts={})
    )
    teller = Teller(bare, Language.EN, {})
    text = " ".join(teller.tell(entry) for entry in STORY)
    assert str(LINKS[0]) in text
    assert "call an" in text


def test_the_story_is_served_with_its_entries(tmp_path: Path) -> None:
    async def serve() -> None:
        async with serving(tmp_path) as api:
            api.desk.stories[ONE] = STORY
            _, value = await api.ask("GET", "/incidents/K7P/story?lang=vi")
            assert [line["text"] for line in value["lines"]] == told(Language.VI)
            assert value["lines"][0]["fields"]["kind"] == "link"
            weighed = next(line for line in value["lines"] if line["entry"] == "Weighed")
            assert weighed["fields"]["urgency"] == "dark"
            composed = next(line for line in value["lines"] if line["entry"] == "Composed")
            assert composed["message"] == "m1"
            assert value["incident"]["code"] == "K7P"
            api.desk.stories[IncidentId("old")] = STORY[:1]
            _, old = await api.ask("GET", "/incidents/old/story")
            assert old["incident"] is None
            assert len(old["lines"]) == 1
            assert (await api.ask("GET", "/incidents/never/story"))[0] == 404

    run(serve())


def test_the_catch_all_is_called_as_such_for_the_reason_that_who_tells() -> None:
    called = Called(
        **AT, contact=AN, step=2, audience=Audience.OWN, role=Role.DUTY, why=Why.CATCH_ALL, roster=None
    )
    teller = Teller(INVENTORY, Language.VI, {})
    assert teller.tell(called).endswith(": đầu mối cuối cùng; không có ai khác để gọi")
    assert Teller(INVENTORY, Language.EN, {}).tell(called).endswith(": catch-all; nobody else was found")
    at_duty = teller.tell(replace(called, why=Why.ON_DUTY))
    assert "trực" in at_duty
    assert "đầu mối cuối cùng" not in at_duty
