"""What a duty engineer may be told: every kind of fault as bad as it gets, and what becomes of it.

`python -m tests.texts` prints all of it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bridgewatch.model.bandwidth import Direction
from bridgewatch.model.delivery import Brief, BriefIncident, LinkFigures
from bridgewatch.model.ids import EventId, IncidentId
from bridgewatch.model.log import BandwidthTold, InterfaceTold, Proof
from bridgewatch.model.paging import ABOUT_A_LINK, Audience, FaultKind, MessageKind, Phase, Urgency, Why
from bridgewatch.model.words import LinkState, Reason, Severity
from tests.texts.briefs import NOW, SECOND, brief, incident, link

SITE = "Điểm cầu UBND xã Ia Pê"
SITES = tuple(f"Điểm cầu UBND xã {name}" for name in ("Ia Pê", "Ia Dok", "Ia Krêl", "Ia Nan", "Đak Pơ"))
PROVINCE = "Điểm cầu UBND tỉnh Gia Lai"
MCU = "MCU hội nghị truyền hình tỉnh Gia Lai"
EVENT = "Tiếp xúc cử tri trước kỳ họp"
FLAPPING = link(proof=Proof(Reason.FLAPS, 9, 8, NOW - 15 * SECOND, NOW - 14 * SECOND, 0.021))
LOSSY = link(
    proof=Proof(Reason.LOSS, since_ns=NOW - 65 * SECOND, loss=0.0007, severity=Severity.CRITICAL),
    limit=0.03,
    figures=LinkFigures(LinkState.DEGRADED, NOW - 65 * SECOND, 0.042, 0.0382, 0.0123),
)
FALLEN = tuple(link(site=site) for site in SITES)
_TOLD: dict[str, Any] = {"at_ns": NOW, "incident": IncidentId("INC-7")}
REFUSED = link(
    proof=Proof(Reason.TARGET_REFUSES, unanswered=4, since_ns=NOW - 3 * SECOND), address="192.0.2.7:862"
)
NO_SIGNAL = replace(link(), interface=InterfaceTold(**_TOLD, link=link().id, oper_up=False, errors=0.0))


def _of(**changes: Any) -> BriefIncident:
    made = incident(link=None, **changes) if "link" not in changes else incident(**changes)
    if made.kind in ABOUT_A_LINK and made.link is None:
        return replace(made, link=made.links[0])
    return made


def _own(kind: FaultKind, why: Why, **changes: Any) -> BriefIncident:
    """A fault of our own house."""
    common: dict[str, Any] = {"subject": "noc-pleiku", "dark": (), "links": (), "links_total": 0}
    return _of(kind=kind, why=why, audience=Audience.OWN, urgency=Urgency.OWN, **(common | changes))


def _short(kind: FaultKind, why: Why, down: float, limit: float, event: str | None = None) -> BriefIncident:
    """Too little bandwidth, in Mbit/s."""
    told = BandwidthTold(
        **_TOLD,
        link=link().id,
        direction=Direction.DOWN,
        rate=round(down * 1e6),
        limit=round(limit * 1e6),
        event=EventId("e") if event else None,
    )
    made = replace(link(proof=Proof(Reason.NONE)), shortfall=told, needed_by=event)
    common: dict[str, Any] = {"dark": (), "links": (), "links_total": 0, "phase": Phase.PLANNED}
    own = kind is FaultKind.USE or why is Why.CONTRACT_TOO_SMALL
    audience = Audience.OWN if own else Audience.CARRIER
    return _of(kind=kind, why=why, audience=audience, urgency=Urgency.NOTE, link=made, **common)


def _group(kind: FaultKind, why: Why, subject: str, **changes: Any) -> BriefIncident:
    """Many links at once."""
    return _of(kind=kind, why=why, subject=subject, links=FALLEN, links_total=40, **changes)


FAULTS: dict[str, BriefIncident] = {
    "link, dark": _of(),
    "link, impaired": _of(urgency=Urgency.IMPAIRED, dark=(), impaired=(SITE,)),
    "link, reduced": _of(urgency=Urgency.REDUCED, dark=(), reduced=(SITE,)),
    "link, note": _of(urgency=Urgency.NOTE, dark=(), event_name=None, phase=Phase.NONE),
    "link, no signal at its router": _of(links=(NO_SIGNAL,)),
    "use": _short(FaultKind.USE, Why.OVER_USED, 17.3, 20),
    "capacity": _short(FaultKind.CAPACITY, Why.LESS_THAN_CONTRACT, 12, 20),
    "capacity, raise": _short(FaultKind.CAPACITY, Why.RAISE_MISSING, 19.4, 100),
    "need, contract": _short(FaultKind.NEED, Why.CONTRACT_TOO_SMALL, 2, 4.8, EVENT),
    "need, delivery": _short(FaultKind.NEED, Why.DELIVERY_TOO_SMALL, 3.1, 4.8, EVENT),
    "link, dark again": _of(spells=2, first_ns=NOW - 200 * SECOND),
    "link, after the event": _of(phase=Phase.REPORT),
    "link, before the event": _of(phase=Phase.CHECK),
    "flapping, impaired": _of(
        urgency=Urgency.IMPAIRED,
        why=Why.LINK_FLAPPING,
        dark=(),
        impaired=(SITE,),
        links=(FLAPPING,),
        spells=3,
        first_ns=NOW - 500 * SECOND,
    ),
    "flapping, reduced": _of(
        urgency=Urgency.REDUCED,
        why=Why.LINK_FLAPPING,
        dark=(),
        reduced=(SITE,),
        links=(FLAPPING,),
        spells=3,
        first_ns=NOW - 500 * SECOND,
    ),
    "root, dark": _of(
        subject=PROVINCE, dark=(PROVINCE, *SITES), links=FALLEN, links_total=41, link=link(site=PROVINCE)
    ),
    "site, dark": _of(
        kind=FaultKind.SITE,
        why=Why.SITE_POWER,
        suspected=True,
        audience=Audience.ROOM,
        links=(link(), link(network="internet", carrier="Viettel", circuit=None)),
        links_total=2,
    ),
    "handover, dark": _group(FaultKind.HANDOVER, Why.BEHIND_HANDOVER, "VNPT pop-pleiku", dark=SITES),
    "handover, reduced": _group(
        FaultKind.HANDOVER,
        Why.BEHIND_HANDOVER,
        "VNPT pop-pleiku",
        suspected=True,
        urgency=Urgency.REDUCED,
        dark=(),
        reduced=SITES,
    ),
    "area, dark": _group(
        FaultKind.AREA, Why.CARRIER_AREA, f"VNPT, {PROVINCE}", suspected=True, dark=SITES, area=PROVINCE
    ),
    "area, in part": _group(
        FaultKind.AREA,
        Why.CARRIER_AREA,
        f"VNPT, {PROVINCE}",
        suspected=True,
        dark=SITES[:2],
        reduced=SITES[2:],
        area=PROVINCE,
    ),
    "service, dark": _of(
        kind=FaultKind.SERVICE,
        why=Why.SERVICE_DARK,
        subject=MCU,
        audience=Audience.OWN,
        dark=(MCU,),
        links=(link(site=MCU),),
    ),
    "quality, impaired": _of(
        kind=FaultKind.QUALITY,
        why=Why.QUALITY_CRITICAL,
        urgency=Urgency.IMPAIRED,
        dark=(),
        impaired=(SITE,),
        links=(LOSSY,),
    ),
    "quality, reduced": _of(
        kind=FaultKind.QUALITY,
        why=Why.QUALITY_CRITICAL,
        urgency=Urgency.REDUCED,
        dark=(),
        reduced=(SITE,),
        links=(LOSSY,),
    ),
    "quality, note": _of(
        kind=FaultKind.QUALITY,
        why=Why.QUALITY_CRITICAL,
        urgency=Urgency.NOTE,
        dark=(),
        links=(LOSSY,),
        event_name=None,
        phase=Phase.NONE,
    ),
    "target": _own(
        FaultKind.TARGET,
        Why.TARGET_REFUSES,
        subject=SITE,
        links=(REFUSED,),
        links_total=1,
        link=REFUSED,
    ),
    "target, two lines": _own(
        FaultKind.TARGET,
        Why.TARGET_REFUSES,
        subject=SITE,
        links=(REFUSED, replace(REFUSED, network="internet", carrier="Viettel", address="[2001:db8::7]:862")),
        links_total=2,
    ),
    "egress, dark": _own(FaultKind.EGRESS, Why.EGRESS_DARK, subject="wan"),
    "egress, impaired": _own(FaultKind.EGRESS, Why.EGRESS_IMPAIRED, subject="wan"),
    "contacts": _own(FaultKind.CONTACTS, Why.CONTACTS_MISSING, subject=EVENT, phase=Phase.PLANNED),
    "delivery": _own(FaultKind.DELIVERY, Why.DEAD_LETTERS),
    "delivery, gateway": _own(FaultKind.DELIVERY, Why.GATEWAY_FAILING, subject="noc-pleiku, telegram"),
    "delivery, secret": _own(FaultKind.DELIVERY, Why.SECRET_MISSING, subject="noc-pleiku, telegram"),
    "delivery, store": _own(FaultKind.DELIVERY, Why.STORE_FAILING),
    "heartbeat": _own(FaultKind.HEARTBEAT, Why.HEARTBEAT_MISSING),
    "heartbeat, probing": _own(FaultKind.HEARTBEAT, Why.PROBING_STANDS, event_name=None),
    "heartbeat, outbox": _own(FaultKind.HEARTBEAT, Why.OUTBOX_STANDS, event_name=None),
}


def messages() -> Iterator[tuple[str, Brief]]:
    """Every message about each of them alone, and some about several."""
    for name, fault in FAULTS.items():
        over = replace(fault, ended_ns=NOW + 65 * SECOND)
        for kind, told in {
            MessageKind.PAGE: fault,
            MessageKind.NOTES: replace(fault, ended_ns=NOW - 3 * SECOND),
            MessageKind.TAKEN: replace(fault, taken_by="Trần Thị Bình"),
            MessageKind.FOLDED: replace(fault, into="M2P4"),
            MessageKind.RECOVERED: over,
            MessageKind.RESOLVED: over,
        }.items():
            yield f"{name}: {kind}", brief(told, kind=kind)
    many = [replace(fault, code=code) for fault, code in zip(FAULTS.values(), _CODES, strict=False)]
    for kind in (MessageKind.DIGEST, MessageKind.NOTES, MessageKind.RECOVERED):
        over = kind is MessageKind.RECOVERED
        told = [replace(one, ended_ns=NOW + 65 * SECOND) for one in many] if over else many
        yield f"several: {kind}", brief(*told, kind=kind)
    yield "test", replace(brief(), incidents=(), kind=MessageKind.TEST)


_CODES = ("K7F2", "M2P4", "Q9XZ", "B3C4", "D5E6")
