"""Gateways, contacts and rosters, as the model has them."""

import json

from bridgewatch.config.documents.contacts import ContactDocument, ContactsDocument
from bridgewatch.config.documents.gateways import GatewayDocument, GatewayField, GatewaysDocument
from bridgewatch.config.documents.rosters import (
    OverrideDocument,
    RoleDocument,
    RosterDocument,
    RostersDocument,
    RotationDocument,
    SwapDocument,
)
from bridgewatch.config.times import instant_ns
from bridgewatch.model.ids import CarrierId, ContactId, EgressId, GatewayId, RosterId, SiteId
from bridgewatch.model.paging import AckWay, GatewayKind, Role, TextForm
from bridgewatch.model.people import Channel, Contact, Gateway, Override, Roster, Rotation, Shift
from bridgewatch.model.secret import Secret

_FORMS = {
    GatewayKind.ZALO_ZNS: TextForm.SHORT,
    GatewayKind.ESMS: TextForm.SHORT,
    GatewayKind.STRINGEE: TextForm.SPOKEN,
}
"""Every other kind carries long text."""

_ANSWERS: dict[GatewayKind, frozenset[AckWay]] = {
    GatewayKind.TELEGRAM: frozenset({AckWay.LINK, AckWay.CHAT}),
    GatewayKind.ZALO_ZNS: frozenset(),  # a template may have a button with the link: `answers` says so
    GatewayKind.ESMS: frozenset(),  # brandname SMS is one-way, and too short for a signed link
    GatewayKind.STRINGEE: frozenset({AckWay.VOICE}),
}
"""Every other kind carries a link."""

_COMMON = frozenset(GatewayDocument.model_fields) | {"kind"}


def make_gateways(document: GatewaysDocument) -> dict[GatewayId, Gateway]:
    """The gateways by id, what their kinds have by default filled in."""
    return {GatewayId(name): _gateway(GatewayId(name), one) for name, one in document.gateways.items()}


def _gateway(name: GatewayId, document: GatewayField) -> Gateway:
    kind = GatewayKind(document.kind)
    own = _own_keys(document) | _inbound_keys(document)
    return Gateway(
        id=name,
        kind=kind,
        form=document.form or _FORMS.get(kind, TextForm.LONG),
        answers=_answers(kind, document),
        egress=EgressId(document.egress) if document.egress is not None else None,
        timeout=document.timeout,
        settings={key: _plain(value) for key, value in own.items() if not isinstance(value, Secret | None)},
        secrets={key: value for key, value in own.items() if isinstance(value, Secret)},
        free_text=document.takes_free_text(),
        template=document.page_template(),
    )


def _own_keys(document: GatewayDocument) -> dict[str, object]:
    """What the gateways of a kind say beside what all say, by the keys of the file that are set."""
    fields = {key: field for key, field in type(document).model_fields.items() if key not in _COMMON}
    own = {field.alias or key: getattr(document, key) for key, field in fields.items()}
    several = own.pop("secrets", {})
    return {**own, **several}


def _plain(value: object) -> str:
    """A setting as text; what is more than a scalar as JSON."""
    if isinstance(value, dict):
        return json.dumps({key: one.model_dump() for key, one in value.items()})
    return str(value)


def _answers(kind: GatewayKind, document: GatewayDocument) -> frozenset[AckWay]:
    """As it is said, or those of its kind; where nothing comes in, only by the link."""
    if document.answers is not None:
        return frozenset(document.answers)
    ways = _ANSWERS.get(kind, frozenset({AckWay.LINK}))
    return ways if document.inbound is not None else ways & {AckWay.LINK}


def _inbound_keys(document: GatewayDocument) -> dict[str, object]:
    """How answers come in: `inbound` is the secret, `inbound_...` the settings that are set."""
    inbound = document.inbound
    if inbound is None:
        return {}
    settings = {"auth": inbound.auth, "header": inbound.header, "from": inbound.from_, "text": inbound.text}
    settings["keyword"] = inbound.keyword
    return {
        "inbound": inbound.secret,
        **{f"inbound_{key}": value for key, value in settings.items() if value},
    }


def make_contacts(document: ContactsDocument) -> tuple[Contact, ...]:
    """The contacts of one file, in its order."""
    return tuple(_contact(ContactId(name), contact) for name, contact in document.contacts.items())


def _contact(name: ContactId, document: ContactDocument) -> Contact:
    return Contact(
        id=name,
        name=document.name,
        language=document.language,
        channels=tuple(Channel(GatewayId(channel.via), channel.to) for channel in document.channels),
        carrier=CarrierId(document.carrier) if document.carrier is not None else None,
        phone=document.phone,
    )


def make_rosters(document: RostersDocument, timezone: str) -> tuple[Roster, ...]:
    """The rosters of one file, one a role. `timezone`: of those that do not say one; it exists."""
    return tuple(
        _roster(RosterId(f"{name}/{role}"), role, roster, one, roster.timezone or timezone)
        for name, roster in document.rosters.items()
        for role, one in roster.roles()
    )


def _roster(
    name: RosterId, role: Role, roster: RosterDocument, document: RoleDocument, timezone: str
) -> Roster:
    return Roster(
        id=name,
        role=role,
        timezone=timezone,
        carrier=CarrierId(roster.carrier) if roster.carrier is not None else None,
        area=SiteId(roster.area) if roster.area is not None else None,
        always=_people(document.always),
        shifts=tuple(Shift(s.days, s.from_, s.to, _people(s.who)) for s in document.shifts),
        rotation=_rotation(document.rotation) if document.rotation else None,
        overrides=(
            *(_override(override, timezone) for override in document.overrides),
            *(override for swap in document.swaps for override in _swap(swap, timezone)),
        ),
    )


def _rotation(document: RotationDocument) -> Rotation:
    teams = tuple(_people(team) for team in document.teams)
    return Rotation(document.first_day, document.handover, document.days, teams)


def _override(document: OverrideDocument, zone: str) -> Override:
    instead_of = ContactId(document.instead_of) if document.instead_of is not None else None
    starts_ns, ends_ns = instant_ns(document.from_, zone), instant_ns(document.to, zone)
    return Override(starts_ns, ends_ns, _people(document.who), instead_of, document.note or "")


def _swap(document: SwapDocument, zone: str) -> tuple[Override, Override]:
    """Each stands in for the other, where the other would be on duty."""
    starts_ns, ends_ns = instant_ns(document.from_, zone), instant_ns(document.to, zone)
    one, other = _people(document.between)
    note = document.note or ""
    return (
        Override(starts_ns, ends_ns, (one,), other, note),
        Override(starts_ns, ends_ns, (other,), one, note),
    )


def _people(ids: tuple[str, ...]) -> tuple[ContactId, ...]:
    return tuple(map(ContactId, ids))
