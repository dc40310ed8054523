"""What the files refer to by name, and how a name that nobody declares is told."""

from enum import StrEnum, unique
from typing import Final

from bridgewatch.config.errors import describe
from bridgewatch.model.phrases import Phrase, Words, phrase


@unique
class Named(StrEnum):
    """The kinds of things that are named, by the key they are named under where there is one."""

    CARRIER = "carrier"
    CONTACT = "contact"
    CREDENTIALS = "credentials"
    EGRESS = "egress"
    GATEWAY = "gateway"
    KEY = "key"
    LINK = "link"
    POLICY = "policy"
    PROFILE = "profile"
    SERVER = "server"
    SHIPPED = "shipped policy"
    SITE = "site"


_THINGS: Final = {
    Named.CARRIER: phrase("carrier"),
    Named.CONTACT: phrase("contact"),
    Named.CREDENTIALS: phrase("SNMP credentials of bandwidth.yaml"),
    Named.EGRESS: phrase("egress"),
    Named.GATEWAY: phrase("gateway"),
    Named.KEY: phrase("key of keys.yaml"),
    Named.LINK: phrase("link"),
    Named.POLICY: phrase("policy"),
    Named.PROFILE: phrase("profile"),
    Named.SERVER: phrase("test server of bandwidth.yaml"),
    Named.SHIPPED: phrase("shipped policy"),
    Named.SITE: phrase("site"),
}


_UNKNOWN: Final = phrase("the unknown {thing} {name}", thing="", name="").message
_KINDS: Final = {thing: named for named, thing in _THINGS.items()}


def unknown(named: Named, name: str) -> Phrase:
    """What was found where a name of that kind is expected."""
    return phrase("the unknown {thing} {name}", thing=_THINGS[named], name=describe(name))


def kind_of(found: Words) -> Named | None:
    """Of what kind the name is that `found` calls unknown; None if it says another thing."""
    if not isinstance(found, Phrase) or found.message != _UNKNOWN:
        return None
    return next(_KINDS[value] for key, value in found.values if key == "thing" and isinstance(value, Phrase))


def name_in(found: Words) -> str:
    """The name that `found` calls unknown."""
    values = dict(found.values) if isinstance(found, Phrase) else {}
    return str(values["name"])
