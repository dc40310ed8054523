"""What the files refer to by name, and how a name that nobody declares is told."""

from enum import StrEnum, unique
from typing import Final

from bridgewatch.config.errors import describe
from bridgewatch.model.phrases import Phrase, phrase


@unique
class Named(StrEnum):
    """The kinds of things that are named, by the key they are named under where there is one."""

    CARRIER = "carrier"
    CONTACT = "contact"
    EGRESS = "egress"
    GATEWAY = "gateway"
    LINK = "link"
    POLICY = "policy"
    PROFILE = "profile"
    SHIPPED = "shipped policy"
    SITE = "site"


_THINGS: Final = {
    Named.CARRIER: phrase("carrier"),
    Named.CONTACT: phrase("contact"),
    Named.EGRESS: phrase("egress"),
    Named.GATEWAY: phrase("gateway"),
    Named.LINK: phrase("link"),
    Named.POLICY: phrase("policy"),
    Named.PROFILE: phrase("profile"),
    Named.SHIPPED: phrase("shipped policy"),
    Named.SITE: phrase("site"),
}


def unknown(named: Named, name: str) -> Phrase:
    """What was found where a name of that kind is expected."""
    return phrase("the unknown {thing} {name}", thing=_THINGS[named], name=describe(name))
