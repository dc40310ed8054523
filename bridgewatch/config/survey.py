"""What a file of sites declares and refers to, read tolerantly.

References are checked on surveys, not on validated documents: a site with a mistyped contract still
exists, and its neighbours' references to it are right. Whatever has the wrong shape is left out here;
that it is wrong the documents say.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from bridgewatch.config.errors import KeyPath
from bridgewatch.config.hints import as_id
from bridgewatch.config.hosts import parse_host, parse_socket
from bridgewatch.config.tree import Node
from bridgewatch.model.words import CarriedBy, Level, Network, ProbeKind

_LEVELS: Final = {level.value: level for level in Level}
_CARRIED_BY: Final = {carried_by.value: carried_by for carried_by in CarriedBy}
_NETWORKS: Final = {network.value: network for network in Network}


class Endpoint(NamedTuple):
    """One thing that is probed, as far as two links may not share it."""

    kind: ProbeKind
    host: str
    port: int


class SurveyedSite(NamedTuple):
    """A site that some file declares. `networks` are those of its links; None stands for one not told."""

    path: KeyPath
    id: str
    level: Level | None
    parent: str | None
    carried_by: CarriedBy | None
    networks: frozenset[Network | None]
    contacts: tuple[str | None, ...] = ()
    credentials: str | None = None  # of its router
    idle_router: bool = False  # it names one, and no link says its interface

    def lacks(self, carried_by: CarriedBy) -> bool:
        """Whether the site has links, and none of them can carry its meetings."""
        return (
            bool(self.networks)
            and carried_by is not CarriedBy.ANY
            and None not in self.networks
            and _NETWORKS[carried_by.value] not in self.networks
        )


class Mention(NamedTuple):
    """What a link says about things that many links share: a file has few different ones."""

    network: Network | None
    carrier: str | None
    egress: str | None
    profile: str | None
    credentials: str | None = None
    server: str | None = None
    methods: tuple[str | None, ...] = ()


class KeyUse(NamedTuple):
    """A key that a target names. `dial_in`: whoever has it is the link's box."""

    path: KeyPath
    key: str
    dial_in: bool


class SurveyedLink(NamedTuple):
    """A link that some file declares. `endpoints` are (path, endpoint) pairs."""

    path: KeyPath
    id: str
    mention: Mention
    via: str | None
    endpoints: tuple[tuple[KeyPath, Endpoint], ...]


class Reserved(NamedTuple):
    """What an egress has for itself: `what` is the key it stands under, `references` or `source`."""

    path: KeyPath
    egress: str
    what: str
    endpoint: Endpoint


class Survey(NamedTuple):
    """Everything one file of sites declares.

    Not `complete` when some of the file could not be read, or a site in it says no id: it may be any.
    """

    sites: tuple[SurveyedSite, ...] = ()
    links: tuple[SurveyedLink, ...] = ()
    mentions: frozenset[Mention] = frozenset()
    keys: tuple[KeyUse, ...] = ()
    complete: bool = True


def network_of(name: str, network: Network | None) -> Network | None:
    """The network of a link: what it says, or what its name begins with (`wan`, `internet-2`)."""
    return network or _NETWORKS.get(name.partition("-")[0])


def survey_names(root: Node, key: str) -> frozenset[str]:
    """The names that the mapping under `key` declares; a name of the wrong form as the id it should be."""
    return frozenset(map(as_id, mapping_of(mapping_of(root).get(key))))


def survey_egresses(root: Node) -> dict[str, frozenset[Network]]:
    """The egresses that bridgewatch.yaml declares, with the networks each is for.

    No networks: it does not say them, or one of them is wrong and may be any.
    """
    egresses = mapping_of(mapping_of(root).get("egresses"))
    return {as_id(name): _networks(mapping_of(egress).get("networks")) for name, egress in egresses.items()}


def survey_reserved(root: Node) -> tuple[Reserved, ...]:
    """The source addresses and references of the egresses that bridgewatch.yaml declares."""
    egresses = mapping_of(mapping_of(root).get("egresses"))
    return tuple(
        Reserved(where, as_id(name), key, endpoint)
        for name, egress in egresses.items()
        for key in ("source", "references")
        for where, endpoint in _found(_members(("egresses", name, key), mapping_of(egress).get(key)))
    )


def survey_default_profile(root: Node) -> str | None:
    """The profile that bridgewatch.yaml gives to links that name none."""
    return _text(mapping_of(mapping_of(root).get("defaults")), "profile")


def survey_servers(root: Node) -> dict[str, str | None]:
    """The test servers that bandwidth.yaml declares, each with the key that says what it is."""
    servers = mapping_of(mapping_of(root).get("servers"))
    return {
        as_id(name): next((kind for kind in ("iperf3", "http") if kind in mapping_of(server)), None)
        for name, server in servers.items()
    }


def survey_sites(root: Node, *, complete: bool) -> Survey:
    """Survey the tree of one file."""
    sites: list[SurveyedSite] = []
    links: list[SurveyedLink] = []
    keys: list[KeyUse] = []
    for group, level in (("sites", None), ("services", Level.PROVINCE)):
        members = mapping_of(root).get(group, [])
        complete = complete and isinstance(members, list)
        for index, member in enumerate(members if isinstance(members, list) else ()):
            site = mapping_of(member)
            if (site_id := _text(site, "id")) is None:
                complete = False
            else:
                path = (group, index)
                own = _links(path, site_id, mapping_of(site.get("links")), keys)
                sites.append(_site(path, site_id, site, _LEVELS.get(_text(site, "level") or "", level), own))
                links.extend(own)
    mentions = frozenset(link.mention for link in links)
    return Survey(tuple(sites), tuple(links), mentions, tuple(keys), complete)


def _site(
    path: KeyPath, site_id: str, site: dict[str, Node], level: Level | None, links: list[SurveyedLink]
) -> SurveyedSite:
    router = mapping_of(site.get("snmp"))
    return SurveyedSite(
        path=path,
        id=site_id,
        level=level,
        parent=_text(site, "parent"),
        carried_by=_CARRIED_BY.get(_text(site, "carried_by") or ""),
        networks=frozenset([link.mention.network for link in links]),
        contacts=_texts(site.get("contacts")),
        credentials=_text(router, "credentials"),
        idle_router=bool(router) and not _reads_counters(mapping_of(site.get("links"))),
    )


def _reads_counters(links: dict[str, Node]) -> bool:
    return any("snmp" in mapping_of(link) for link in links.values())


def _links(path: KeyPath, site_id: str, links: dict[str, Node], keys: list[KeyUse]) -> list[SurveyedLink]:
    """The links of a site; the keys that they name are added to `keys`."""
    return [
        _link((*path, "links", name), site_id, name, mapping_of(value), keys) for name, value in links.items()
    ]


def _link(path: KeyPath, site_id: str, name: str, link: dict[str, Node], keys: list[KeyUse]) -> SurveyedLink:
    snmp, throughput = mapping_of(link.get("snmp")), mapping_of(link.get("throughput"))
    # A link that has both has one mistake already.
    key = "target" if "target" in link else "targets"
    targets = list(_members((*path, key), link.get(key)))
    keys += _key_uses(targets)
    return SurveyedLink(
        path=path,
        id=f"{site_id}/{name}",
        mention=Mention(
            network=network_of(name, _NETWORKS.get(_text(link, "network") or "")),
            carrier=_text(link, "carrier"),
            egress=_text(link, "egress"),
            profile=_text(link, "profile"),
            credentials=_text(snmp, "credentials"),
            server=_text(throughput, "server"),
            methods=_texts(throughput.get("methods")),
        ),
        via=_text(link, "via"),
        endpoints=_found(targets),
    )


def _key_uses(targets: Iterable[tuple[KeyPath, Node]]) -> Iterator[KeyUse]:
    for path, target in targets:
        for key in ("key", "dialin") if isinstance(target, dict) else ():
            if (name := _text(target, key)) is not None:
                yield KeyUse((*path, key), name, key == "dialin")


def _members(path: KeyPath, value: Node) -> Iterable[tuple[KeyPath, Node]]:
    """The members of a list, or the one value that stands for a list of one."""
    return (((*path, i), one) for i, one in enumerate(value)) if isinstance(value, list) else [(path, value)]


def _found(targets: Iterable[tuple[KeyPath, Node]]) -> tuple[tuple[KeyPath, Endpoint], ...]:
    found = [(where, _endpoint(target)) for where, target in targets]
    return tuple([(where, endpoint) for where, endpoint in found if endpoint is not None])


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


def _networks(stated: Node) -> frozenset[Network]:
    texts = stated if isinstance(stated, list) else []
    known = [_NETWORKS[text] for text in texts if isinstance(text, str) and text in _NETWORKS]
    return frozenset(known if len(known) == len(texts) else ())


def mapping_of(value: Node) -> dict[str, Any]:
    """`value` if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def _texts(value: Node) -> tuple[str | None, ...]:
    """The members of a list; None for one that is no text."""
    members = value if isinstance(value, list) else ()
    return tuple([member if isinstance(member, str) else None for member in members])


def _text(mapping: dict[str, Any], key: str) -> str | None:
    value = mapping.get(key)
    return value if isinstance(value, str) else None
