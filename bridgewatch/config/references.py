"""Checks across files: names that must exist, ids and addresses that must differ, chains that must end."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from bridgewatch.config.errors import KeyPath, Place, Problem, describe, one_of, shorten
from bridgewatch.config.hints import nearest
from bridgewatch.config.hosts import HostPort
from bridgewatch.config.survey import Endpoint, Mention, Survey, SurveyedLink, SurveyedSite
from bridgewatch.model.words import AdministrativeModel, Level, Network, ProbeKind

_RANK: Final = {Level.PROVINCE: 0, Level.DISTRICT: 1, Level.COMMUNE: 2}
_FEW: Final = 12  # names that still fit into a message
_SUGGESTIONS: Final = 50  # comparing a name with a whole country takes 0.1 s or more, so not for every error
_SHOWN_CHAIN: Final = 8
_CHAIN_CHARACTERS: Final = 400


@dataclass(frozen=True, slots=True)
class Names:
    """What references may name. None: unknown, because the file that says it could not be read.

    `file` is the daemon's own, where `default_profile` is stated.
    """

    file: str
    model: AdministrativeModel | None
    carriers: frozenset[str] | None
    profiles: frozenset[str] | None
    egresses: Mapping[str, frozenset[Network]] | None
    default_profile: str | None = None


class Finding(NamedTuple):
    """A problem and the file it is in."""

    file: str
    problem: Problem


def check_references(surveys: Mapping[str, Survey], names: Names) -> list[Finding]:
    """Everything that is wrong between the files. `surveys` by file name, in reading order."""
    return list(_Checker(surveys, names).findings())


def egress_of(stated: str | None, network: Network, egresses: Mapping[str, frozenset[Network]]) -> str | None:
    """The egress of a link: the one it names, else the only one of its network, else None."""
    if stated is not None:
        return stated if stated in egresses else None
    candidates = [name for name, networks in egresses.items() if network in networks]
    return candidates[0] if len(candidates) == 1 else None


@dataclass(slots=True)
class _Checker:
    surveys: Mapping[str, Survey]
    names: Names
    sites: dict[str, tuple[str, SurveyedSite]] = field(default_factory=dict)
    links: dict[str, tuple[str, SurveyedLink]] = field(default_factory=dict)
    links_of: dict[str, list[str]] = field(default_factory=dict)
    suggested: dict[str, str | None] = field(default_factory=dict)

    def findings(self) -> Iterator[Finding]:
        """Every finding; the order is of no importance."""
        yield from self._unique_sites()
        self._index_links()
        for file, survey in self.surveys.items():
            for site in survey.sites:
                yield from (Finding(file, problem) for problem in self._site(site))
            yield from (Finding(file, problem) for problem in self._links(survey))
        yield from self._cycles()
        yield from self._unique_endpoints()
        yield from self._default_profile()

    def _index_links(self) -> None:
        for file, survey in self.surveys.items():
            for link in survey.links:
                if self.links.setdefault(link.id, (file, link))[1] is link:
                    self.links_of.setdefault(link.id.partition("/")[0], []).append(link.id)

    def _unique_sites(self) -> Iterator[Finding]:
        for file, survey in self.surveys.items():
            for site in survey.sites:
                first_file, first = self.sites.setdefault(site.id, (file, site))
                if first is not site:
                    found, other = (
                        f"the id {describe(site.id)} a second time",
                        Place(first_file, (*first.path, "id")),
                    )
                    yield Finding(file, Problem((*site.path, "id"), found, "an id of its own", other=other))

    def _site(self, site: SurveyedSite) -> Iterator[Problem]:
        model = self.names.model
        if model is AdministrativeModel.TWO_TIER and site.level is Level.DISTRICT:
            expected = "province or commune: the administrative model is 2tier"
            yield Problem((*site.path, "level"), "'district'", expected)
        if site.parent is None:
            return
        path = (*site.path, "parent")
        if site.parent not in self.sites:
            if self._all_known():
                yield Problem(
                    path, f"the unknown site {describe(site.parent)}", self._known(site.parent, self.sites)
                )
        elif (problem := self._order(path, site, self.sites[site.parent][1])) is not None:
            yield problem

    def _order(self, path: KeyPath, site: SurveyedSite, parent: SurveyedSite) -> Problem | None:
        """A parent is above its child. Departments of a province may stand below its committee."""
        if site.level is None or parent.level is None or parent.id == site.id:
            return None
        if _RANK[parent.level] < _RANK[site.level] or site.level is parent.level is Level.PROVINCE:
            return None
        above = [level for level in Level if _RANK[level] < _RANK[site.level]] or [Level.PROVINCE]
        if self.names.model is AdministrativeModel.TWO_TIER:
            above = [level for level in above if level is not Level.DISTRICT]
        found = f"{describe(parent.id)}, a {parent.level}"
        return Problem(path, found, f"a {one_of(above)} above this {site.level}")

    def _links(self, survey: Survey) -> Iterator[Problem]:
        # Looking at the few different mentions first spares looking at every link of a country.
        wrong = {mention for mention in survey.mentions if any(self._mention((), mention))}
        for link in survey.links:
            if link.mention in wrong:
                yield from self._mention(link.path, link.mention)
            if link.via is not None and link.via not in self.links and self._all_known():
                found = f"the unknown link {describe(link.via)}"
                yield Problem((*link.path, "via"), found, self._known_link(link.via))

    def _mention(self, path: KeyPath, mention: Mention) -> Iterator[Problem]:
        names = self.names
        for key, name, known in (
            ("carrier", mention.carrier, names.carriers),
            ("profile", mention.profile, names.profiles),
            ("egress", mention.egress, names.egresses),
        ):
            if name is not None and known is not None and name not in known:
                yield Problem((*path, key), f"the unknown {key} {describe(name)}", self._known(name, known))
        if mention.network is None:
            expected = "`network: wan` or `network: internet`, because the link's name does not say it"
            yield Problem(path, "no network", expected)
        elif mention.egress is None and self._egress(mention) is None and self._egresses_known():
            egresses = names.egresses or {}
            candidates = [name for name, networks in egresses.items() if mention.network in networks]
            some = "several egresses" if candidates else "no egress"
            expected = f"`egress:` {one_of(candidates or egresses)}"
            yield Problem(path, f"{some} for {mention.network} links", expected)

    def _egresses_known(self) -> bool:
        """Whether all egresses say their networks; else the right one may be among those that do not."""
        return self.names.egresses is not None and all(self.names.egresses.values())

    def _egress(self, mention: Mention) -> str | None:
        if mention.network is None:
            return mention.egress
        return egress_of(mention.egress, mention.network, self.names.egresses or {})

    def _unique_endpoints(self) -> Iterator[Finding]:
        """A reply must belong to one link: no two links share a target on the same way out."""
        egresses = {
            mention: self._egress(mention) for survey in self.surveys.values() for mention in survey.mentions
        }
        seen: dict[tuple[Endpoint, str | None], Place] = {}
        for file, survey in self.surveys.items():
            for link in survey.links:
                egress = egresses[link.mention]
                for path, endpoint in link.endpoints:
                    first = seen.setdefault((endpoint, egress), place := Place(file, path))
                    if first is not place:
                        found = f"the target {_endpoint_text(endpoint)} a second time"
                        expected = "a target of its own, or another egress"
                        yield Finding(file, Problem(path, found, expected, other=first))

    def _default_profile(self) -> Iterator[Finding]:
        name, known = self.names.default_profile, self.names.profiles
        if name is not None and known is not None and name not in known:
            found = f"the unknown profile {describe(name)}"
            yield Finding(self.names.file, Problem(("defaults", "profile"), found, self._known(name, known)))

    def _cycles(self) -> Iterator[Finding]:
        parents = {site.id: site.parent for _, site in self.sites.values()}
        for cycle in find_cycles(parents):
            file, site = self.sites[cycle[0]]
            yield Finding(file, _cycle_problem((*site.path, "parent"), cycle))
        vias = {link.id: link.via for _, link in self.links.values()}
        for cycle in find_cycles(vias):
            file, link = self.links[cycle[0]]
            yield Finding(file, _cycle_problem((*link.path, "via"), cycle))

    def _all_known(self) -> bool:
        """Whether every site could be read; else a name may well be in the part that could not."""
        return all(survey.complete for survey in self.surveys.values())

    def _known(self, name: str, known: Collection[str]) -> str:
        """What may have been meant by `name`."""
        fallback = one_of(known) if len(known) <= _FEW else f"one of the {len(known):,} known ones"
        return self._nearest(name, known) or fallback

    def _known_link(self, link: str) -> str:
        site, _, name = link.partition("/")
        if site in self.sites:
            links = self.links_of.get(site, [])
            return self._known(link, links) if links else f"another site: {site} has no links"
        meant = self._nearest(site, self.sites)
        if meant is None:
            return "a link as site/link of a known site"
        return f"{meant}/{name}" if f"{meant}/{name}" in self.links else f"a link of {meant}"

    def _nearest(self, name: str, known: Collection[str]) -> str | None:
        if len(known) <= _FEW:
            return nearest(name, known)
        if name not in self.suggested:
            self.suggested[name] = nearest(name, known) if len(self.suggested) < _SUGGESTIONS else None
        return self.suggested[name]


def find_cycles(next_of: Mapping[str, str | None]) -> list[tuple[str, ...]]:
    """The cycles in a graph where every node points to one other at most; each from its first member on."""
    finished: set[str] = set()
    cycles = []
    for start, following in next_of.items():
        if following is None or start in finished:
            continue
        chain: dict[str, int] = {}
        node: str | None = start
        while node is not None and node not in finished and node not in chain:
            chain[node] = len(chain)
            node = next_of.get(node)
        if node is not None and node in chain:
            cycles.append(tuple(chain)[chain[node] :])
        finished.update(chain)
    return cycles


def _cycle_problem(path: KeyPath, cycle: tuple[str, ...]) -> Problem:
    shown = cycle if len(cycle) <= _SHOWN_CHAIN else (*cycle[: _SHOWN_CHAIN - 1], "…")
    chain = " → ".join((*shown, cycle[0]))
    return Problem(path, f"a cycle: {shorten(chain, _CHAIN_CHARACTERS)}", f"a {path[-1]} that ends")


def _endpoint_text(endpoint: Endpoint) -> str:
    host, port = endpoint.host, endpoint.port
    return str(HostPort(host, port)) if endpoint.kind is ProbeKind.STAMP else host
