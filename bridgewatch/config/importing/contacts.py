"""The contact that a line of a list names."""

from collections.abc import Mapping
from typing import Final

from bridgewatch.config.errors import describe
from bridgewatch.config.hints import as_id
from bridgewatch.config.importing.cells import Cell
from bridgewatch.config.importing.checking import check
from bridgewatch.config.importing.columns import Column
from bridgewatch.config.importing.draft import Value
from bridgewatch.config.importing.examples import has_example_person
from bridgewatch.config.importing.existing import Existing
from bridgewatch.config.importing.reasons import Reasons, RefusedError
from bridgewatch.config.importing.values import carrier_of, language_of, phone_of
from bridgewatch.config.people.addresses import FORMS
from bridgewatch.model.mistakes import mistaken
from bridgewatch.model.paging import GatewayKind
from bridgewatch.model.phrases import phrase
from bridgewatch.model.words import Language

# In place of what is missing, so that a file's rules are asked about all the rest.
_ANY_ID: Final = "contact"
_ANY_NAME: Final = "contact"
_PHONE_GATEWAYS: Final = (GatewayKind.STRINGEE, GatewayKind.ESMS)


def contact_of(fields: Mapping[Column, Cell], existing: Existing, *, at_room: bool) -> Value:
    """The contact as a file would hold it; `at_room`: the line is of a site too. Raises RefusedError."""
    name = fields[Column.CONTACT].text if Column.CONTACT in fields else _ANY_NAME
    if has_example_person(fields):
        raise RefusedError(phrase("{name} is the template's example, not a contact", name=name))
    reasons = Reasons()
    if Column.CONTACT not in fields:
        reasons.add(phrase("a contact without a name"))
    elif not as_id(name):
        reasons.add(phrase("the contact {name} has no letter in its name", name=repr(name)))
    value: Value = {"name": name}
    if (language := reasons.of(language_of, fields.get(Column.LANGUAGE))) is Language.EN:
        value["language"] = language.value
    # The carrier of a line with a site is the link's: who answers at the room is nobody's but the room's.
    if not at_room and Column.CARRIER in fields:
        value["carrier"] = reasons.of(carrier_of, fields[Column.CARRIER], existing.carriers)
    if Column.PHONE in fields:
        value["phone"] = reasons.of(phone_of, fields[Column.PHONE])
    if channels := reasons.of(_channels, fields, value.get("phone"), existing):
        value["channels"] = channels
    told = {key: one for key, one in value.items() if one is not None}
    reasons.of(check, "contacts", {"contacts": {_ANY_ID: told}}, f"contacts.{_ANY_ID}.")
    reasons.tell()
    return value


def contact_id_of(value: Value, drafted: Mapping[str, Value], existing: Existing) -> str:
    """The id of a contact: that of the same person, or a free one. Raises RefusedError."""
    name = value["name"]
    base = as_id(name)
    for number in range(1, len(drafted) + len(existing.contacts) + 2):
        contact = base if number == 1 else f"{base[:60]}-{number}"
        same, there = drafted.get(contact), existing.contacts.get(contact)
        if same is None and there is None:
            return contact
        phone = same.get("phone") if same is not None else there.phone if there else None
        if phone == value.get("phone"):
            return contact
    raise RefusedError(phrase("too many contacts are called {name}", name=repr(name)))


def _channels(fields: Mapping[Column, Cell], phone: str | None, existing: Existing) -> list[Value]:
    stated = [
        (GatewayKind.TELEGRAM, fields[Column.TELEGRAM].text if Column.TELEGRAM in fields else None),
        *((kind, phone) for kind in _PHONE_GATEWAYS),
        (GatewayKind.MAIL, fields[Column.MAIL].text if Column.MAIL in fields else None),
    ]
    reasons, channels = Reasons(), []
    for kind, address in stated:
        if not address or kind not in existing.gateways:
            continue
        form, meaning = FORMS[kind]
        if not form.fullmatch(address):
            reasons.add(mistaken(describe(address), meaning))
        channels.append({"via": existing.gateways[kind], "to": address})
    reasons.tell()
    return channels
