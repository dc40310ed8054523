"""Briefs of every shape, and one that people would recognise."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from bridgewatch.model.delivery import Brief, BriefBefore, BriefIncident, BriefLink, LinkFigures
from bridgewatch.model.dial_in import CalledIn
from bridgewatch.model.ids import CarrierId, EventId, IncidentId, LinkId, MessageId
from bridgewatch.model.log import Proof
from bridgewatch.model.paging import AckWay, Audience, FaultKind, MessageKind, Phase, Role, Urgency, Why
from bridgewatch.model.words import Language, LinkState, Reason, Severity

SECOND = 1_000_000_000
NOW = 1_795_136_112 * SECOND  # 07:55:12 on 20 November 2026 in Pleiku
IDS = ("INC-17", "gialai-iape/wan", "vnpt-id", "event-id", "message-id")
LINK = "https://noc.example.vn/a/signed.token"
ALL_WAYS = frozenset({AckWay.LINK, AckWay.CHAT, AckWay.SMS, AckWay.VOICE})


def link(**changes: Any) -> BriefLink:
    proof = Proof(
        Reason.SILENT_WITH_WITNESS,
        unanswered=9,
        needed=8,
        since_ns=NOW - 15 * SECOND,
        witness_ns=NOW - 14 * SECOND,
        loss=0.021,
    )
    made = BriefLink(
        LinkId(IDS[1]), "Điểm cầu UBND xã Ia Pê", "wan", "VNPT", "GLI-TSLCD-0650", NOW - 15 * SECOND, proof
    )
    return replace(made, **changes)


def incident(code: str = "K7F2", **changes: Any) -> BriefIncident:
    made = BriefIncident(
        id=IncidentId(IDS[0]),
        code=code,
        kind=FaultKind.LINK,
        subject="Điểm cầu UBND xã Ia Pê",
        suspected=False,
        audience=Audience.CARRIER,
        urgency=Urgency.DARK,
        why=Why.LINK_DOWN,
        phase=Phase.LIVE,
        began_ns=NOW - 15 * SECOND,
        links=(link(),),
        links_total=1,
        dark=("Điểm cầu UBND xã Ia Pê",),
        impaired=(),
        reduced=(),
        carrier=CarrierId(IDS[2]),
        event=EventId(IDS[3]),
        event_name="Tiếp xúc cử tri trước kỳ họp",
        link=link(),
    )
    return replace(made, **changes)


def brief(*incidents: BriefIncident, **changes: Any) -> Brief:
    made = Brief(
        message=MessageId(IDS[4]),
        kind=MessageKind.PAGE,
        at_ns=NOW,
        language=Language.VI,
        timezone="Asia/Ho_Chi_Minh",
        vantage="noc-pleiku",
        contact_name="Nguyễn Văn An",
        incidents=incidents or (incident(),),
        role=Role.OPERATIONS,
        why=Why.ON_DUTY,
        link=LINK,
        answers=ALL_WAYS,
    )
    return replace(made, **changes)


_NAMES = st.text(max_size=120) | st.sampled_from(
    ["UBND xã Ia Pê", "Điểm cầu phường Diên Hồng 2", "{0} {name} %s", "Đắk Đoa" * 30, "会议室", "A\nB\tC"]
)
_CODES = st.text("23456789ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=4, max_size=4)
_INSTANTS = st.integers(NOW - 10**6 * SECOND, NOW)
_PROOFS = st.builds(
    Proof,
    reason=st.sampled_from(Reason),
    unanswered=st.integers(0, 500),
    needed=st.integers(0, 50),
    since_ns=_INSTANTS,
    witness_ns=st.none() | _INSTANTS,
    loss=st.none() | st.floats(0, 1),
    severity=st.sampled_from(Severity),
)
_CALLS = st.builds(
    CalledIn,
    address=st.just("[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]:65535"),
    since_wall_ns=_INSTANTS,
    moves=st.just(0),
    heard_wall_ns=st.none() | _INSTANTS,
    awaited=st.booleans(),
)
_LINKS = st.builds(
    BriefLink,
    id=st.just(LinkId("no-such-id/raw")),
    site=_NAMES,
    network=st.sampled_from(["wan", "internet"]),
    carrier=_NAMES,
    circuit=st.none() | _NAMES,
    since_ns=_INSTANTS,
    proof=_PROOFS,
    limit=st.none() | st.floats(0, 3),
    address=st.sampled_from([None, "192.0.2.7:862", "[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]:65535"]),
    figures=st.none()
    | st.builds(
        LinkFigures,
        state=st.sampled_from(LinkState),
        since_ns=_INSTANTS,
        loss=st.none() | st.floats(0, 1),
        rtt=st.none() | st.floats(0, 3),
        jitter=st.none() | st.floats(0, 3),
        call=st.none() | _CALLS,
    ),
)


def _incidents(code: str) -> st.SearchStrategy[BriefIncident]:
    places = st.lists(_NAMES, max_size=8).map(tuple)
    return st.builds(
        BriefIncident,
        id=st.just(IncidentId("no-such-id/raw")),
        code=st.just(code),
        kind=st.sampled_from(FaultKind),
        subject=_NAMES,
        suspected=st.booleans(),
        audience=st.sampled_from(Audience),
        urgency=st.sampled_from(Urgency),
        why=st.sampled_from(Why),
        phase=st.sampled_from(Phase),
        began_ns=_INSTANTS,
        links=st.lists(_LINKS, max_size=3).map(tuple),
        links_total=st.integers(0, 20_000),
        dark=places,
        impaired=places,
        reduced=places,
        carrier=st.just(CarrierId("no-such-id/raw")),
        event=st.just(EventId("no-such-id/raw")),
        event_name=st.none() | _NAMES,
        ended_ns=st.none() | st.integers(NOW, NOW + 10**5 * SECOND),
        taken_by=st.none() | _NAMES,
        into=st.none() | _CODES,
        spells=st.integers(1, 9),
        first_ns=st.none() | _INSTANTS,
        link=st.none() | _LINKS,
        before=st.none()
        | st.builds(
            BriefBefore,
            why=st.sampled_from(Why),
            who=st.lists(_NAMES, max_size=4).map(tuple),
            called=st.integers(0, 99),
        ),
        closed_by=st.none() | _NAMES,
        area=st.none() | _NAMES,
    )


@st.composite
def briefs(draw: st.DrawFn) -> Brief:
    """Whatever the outbox can come up with."""
    kind = draw(st.sampled_from(MessageKind))
    codes = draw(st.lists(_CODES, unique=True, max_size=12))
    if kind is MessageKind.TEST:
        codes = []
    return Brief(
        message=MessageId("no-such-id/raw"),
        kind=kind,
        at_ns=NOW,
        language=draw(st.sampled_from(Language)),
        timezone=draw(st.sampled_from(["Asia/Ho_Chi_Minh", "UTC", "America/New_York"])),
        vantage="noc-pleiku",
        contact_name=draw(_NAMES),
        incidents=tuple(draw(_incidents(code)) for code in codes),
        role=draw(st.none() | st.sampled_from(Role)),
        why=draw(st.none() | st.sampled_from(Why)),
        step=draw(st.integers(0, 9)),
        link=draw(st.none() | st.just(LINK)),
        answers=draw(st.frozensets(st.sampled_from(AckWay))),
    )
