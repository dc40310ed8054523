"""Identifiers. A link id is `site/link`, as operators write it."""

from typing import NamedTuple, NewType

from bridgewatch.model.words import Family

SiteId = NewType("SiteId", str)
LinkId = NewType("LinkId", str)
EgressId = NewType("EgressId", str)
CarrierId = NewType("CarrierId", str)
ContactId = NewType("ContactId", str)
GatewayId = NewType("GatewayId", str)
RosterId = NewType("RosterId", str)
EventId = NewType("EventId", str)
IncidentId = NewType("IncidentId", str)
MessageId = NewType("MessageId", str)
SilenceId = NewType("SilenceId", str)
PolicyId = NewType("PolicyId", str)
CredentialsId = NewType("CredentialsId", str)
ServerId = NewType("ServerId", str)
TestId = NewType("TestId", str)
KeyId = NewType("KeyId", str)


def link_id(site: SiteId, link: str) -> LinkId:
    """The id of a site's link: `gialai-iape/wan`."""
    return LinkId(f"{site}/{link}")


class PathKey(NamedTuple):
    """What makes a path the same path across a reload: owner, target, vantage and family.

    `owner` is a link id, or `egress:NAME` for a reference of an egress.
    """

    owner: str
    target: str
    vantage: str
    family: Family
