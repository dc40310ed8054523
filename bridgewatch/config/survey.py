"""What a file of sites declares and refers to, read tolerantly.

References are checked on surveys, not on validated documents: a site with a mistyped contract still
exists, and its neighbours' references to it are right. Whatever has the wrong shape is left out here;
that it is wrong the documents say.
"""

from typing import Any, Final, NamedTuple

from bridgewatch.config.errors import KeyPath
from bridgewatch.config.hosts import parse_host, parse_socket
from bridgewatch.config.tree import Node
from bridgewatch.model.words import Level, Network, ProbeKind

_LEVELS: Final = {level.value: level for level in Level}
_NETWORKS: Final = {network.value: network for network in Network}


class Endpoint(NamedTuple):
    """One thing that is probed, as far as two links may not share it."""

    kind: ProbeKind
    host: str
    port: int


class SurveyedSite(NamedTuple):
    """A site that some file declares."""

    path: KeyPath
    id: str
    level: Level | None
    parent: str | None


class Mention(NamedTuple):
    """What a link says about things that many links share: a file has few different ones."""

    network: Network | None
    carrier: str | None
    egress: str | None
    profile: str | None


class SurveyedLink(NamedTuple):
    """A link that some file declares. `endpoints` are (path, endpoint) pairs."""

    path: KeyPath
    id: str
    mention: Mention
    via: str | None
    endpoints: tuple[tuple[KeyPath, Endpoint], ...]


class Survey(NamedTuple):
    """Everything one file of sites declares. Not `complete` when some of the file could not be read."""

    sites: tuple[SurveyedSite, ...] = ()
    links: tuple[SurveyedLink, ...] = ()
    mentions: frozenset[Mention] = frozenset()
    complete: bool = True


def network_of(name: str, network: Network | None) -> Network | None:
    """The network of a link: what it says, or what its name begins with (`wan`, `internet-2`)."""
    return network or _NETWORKS.get(name.partition("-")[0])


def survey_names(root: Node, key: str) -> frozenset[str]:
    """The names that the mapping under `key` declares."""
    return frozenset(_mapping(_mapping(root).get(key)))


def survey_egresses(root: Node) -> dict[str, frozenset[Network]]:
    """The egresses that bridgewatch.yaml declares, with the networks each is for."""
    egresses = {}
    for name, egress in _mapping(_mapping(root).get("egresses")).items():
        networks = _mapping(egress).get("networks")
        stated = networks if isinstance(networks, list) else ()
        egresses[name] = frozenset(
            _NETWORKS[text] for text in stated if isinstance(text, str) and text in _NETWORKS
        )
    return egresses


def survey_default_profile(root: Node) -> str | None:
    """The profile that bridgewatch.yaml gives to links that name none."""
    return _text(_mapping(_mapping(root).get("defaults")), "profile")


def survey_sites(root: Node, *, complete: bool) -> Survey:
    """Survey the tree of one file."""
    sites: list[SurveyedSite] = []
    links: list[SurveyedLink] = []
    for group, level in (("sites", None), ("services", Level.PROVINCE)):
        members = _mapping(root).get(group)
        for index, member in enumerate(members if isinstance(members, list) else ()):
            site = _mapping(member)
            if (site_id := _text(site, "id")) is not None:
                path = (group, index)
                stated = _LEVELS.get(_text(site, "level") or "", level)
                sites.append(SurveyedSite(path, site_id, stated, _text(site, "parent")))
                links.extend(_links(path, site_id, _mapping(site.get("links"))))
    mentions = frozenset(link.mention for link in links)
    return Survey(tuple(sites), tuple(links), mentions, complete)


def _links(path: KeyPath, site_id: str, links: dict[str, Node]) -> list[SurveyedLink]:
    return [
        SurveyedLink(
            path=(*path, "links", name),
            id=f"{site_id}/{name}",
            mention=Mention(
                network=network_of(name, _NETWORKS.get(_text(link, "network") or "")),
                carrier=_text(link, "carrier"),
                egress=_text(link, "egress"),
                profile=_text(link, "profile"),
            ),
            via=_text(link, "via"),
            endpoints=_endpoints((*path, "links", name), link),
        )
        for name, value in links.items()
        for link in (_mapping(value),)
    ]


def _endpoints(path: KeyPath, link: dict[str, Node]) -> tuple[tuple[KeyPath, Endpoint], ...]:
    several = link.get("targets")
    targets = [((*path, "target"), link.get("target"))]
    targets += [
        ((*path, "targets", i), t) for i, t in enumerate(several if isinstance(several, list) else ())
    ]
    found = ((where, _endpoint(target)) for where, target in targets)
    return tuple((where, endpoint) for where, endpoint in found if endpoint is not None)


def _endpoint(target: Node) -> Endpoint | None:
    try:
        match target:
            case str() | {"icmp": str()}:
                return Endpoint(
                    ProbeKind.ICMP, parse_host(target if isinstance(target, str) else target["icmp"]), 0
                )
            case {"stamp": str(socket)}:
                return Endpoint(ProbeKind.STAMP, *parse_socket(socket))
            case _:
                return None
    except ValueError:
        return None


def _mapping(value: Node) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(mapping: dict[str, Any], key: str) -> str | None:
    value = mapping.get(key)
    return value if isinstance(value, str) else None
