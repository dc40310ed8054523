"""Checks across files: names that must exist and levels that must fit, doubles, and cycles."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from bridgewatch.config.cycles import cycle_problem, find_cycles
from bridgewatch.config.doubles import copies_of, repeated_boxes, repeated_endpoints, repeated_ids
from bridgewatch.config.errors import Finding, KeyPath, Problem, describe, one_of
from bridgewatch.config.hints import as_id
from bridgewatch.config.named import Named, unknown
from bridgewatch.config.names import Names
from bridgewatch.config.suggest import Suggestions
from bridgewatch.config.survey import Mention, Survey, SurveyedLink, SurveyedSite
from bridgewatch.model.bandwidth import METHODS
from bridgewatch.model.mistakes import perhaps
from bridgewatch.model.phrases import Words, phrase
from bridgewatch.model.words import AdministrativeModel, CarriedBy, Level, Network

_RANK: Final = {Level.PROVINCE: 0, Level.DISTRICT: 1, Level.COMMUNE: 2}
_NO_NETWORK: Final = phrase("no network")


def check_references(
    surveys: Mapping[str, Survey], names: Names, wrong: Mapping[str, frozenset[KeyPath]]
) -> list[Finding]:
    """Everything that is wrong between the files. `surveys` by file name, in reading order.

    `wrong` are the places of mistakes that are known already, by file: what follows from them is no mistake.
    """
    checker = _Checker(surveys, names, wrong)
    return [finding for finding in checker.findings() if not checker.follows(finding)]


@dataclass(slots=True)
class _Checker:
    surveys: Mapping[str, Survey]
    names: Names
    wrong: Mapping[str, frozenset[KeyPath]]
    sites: dict[str, tuple[str, SurveyedSite]] = field(default_factory=dict)
    links: dict[str, tuple[str, SurveyedLink]] = field(default_factory=dict)
    links_of: dict[str, list[str]] = field(default_factory=dict)
    meant: set[str] = field(default_factory=set)  # the ids that wrong ids of sites and links should be
    circling: set[str] = field(default_factory=set)  # sites that are above themselves
    suggest: Suggestions = field(default_factory=Suggestions)

    def findings(self) -> Iterator[Finding]:
        """Every finding; those that say the same in reading order."""
        self._index()
        yield from self._cycles()
        for file, survey in self.surveys.items():
            for site in survey.sites:
                yield from (Finding(file, problem) for problem in self._site(site))
            yield from (Finding(file, problem) for problem in self._links(survey))
        copies = copies_of(self.surveys)
        yield from repeated_ids(self.surveys, copies)
        yield from repeated_endpoints(self.surveys, copies, self.names)
        yield from repeated_boxes(self.surveys, copies)
        yield from self._default_profile()

    def follows(self, finding: Finding) -> bool:
        """Whether the finding says of a place again what is known to be wrong there."""
        wrong, problem = self.wrong.get(finding.file, frozenset()), finding.problem
        return problem.path in wrong or (problem.found == _NO_NETWORK and (*problem.path, "network") in wrong)

    def _index(self) -> None:
        for file, survey in self.surveys.items():
            for site in survey.sites:
                self.sites.setdefault(site.id, (file, site))
            for link in survey.links:
                if self.links.setdefault(link.id, (file, link))[1] is link:
                    self.links_of.setdefault(link.id.partition("/")[0], []).append(link.id)
            if wrong := self.wrong.get(file):
                self.meant |= meant_ids(survey, wrong)

    def _cycles(self) -> Iterator[Finding]:
        for cycle in find_cycles({site.id: site.parent for _, site in self.sites.values()}):
            self.circling |= set(cycle)
            file, site = self.sites[cycle[0]]
            yield Finding(file, cycle_problem((*site.path, "parent"), cycle))
        for cycle in find_cycles({link.id: link.via for _, link in self.links.values()}):
            file, link = self.links[cycle[0]]
            yield Finding(file, cycle_problem((*link.path, "via"), cycle))

    def _site(self, site: SurveyedSite) -> Iterator[Problem]:
        model = self.names.model
        if model is AdministrativeModel.TWO_TIER and site.level is Level.DISTRICT:
            expected = phrase(
                "{levels}: the administrative model is 2tier", levels=one_of((Level.PROVINCE, Level.COMMUNE))
            )
            yield Problem((*site.path, "level"), describe(Level.DISTRICT.value), expected)
        if site.carried_by is not None and site.lacks(site.carried_by):
            found = phrase("{value}, but no link of that network", value=describe(site.carried_by.value))
            networks = one_of(sorted({*filter(None, site.networks), CarriedBy.ANY}))
            yield Problem((*site.path, "carried_by"), found, networks)
        yield from self._contacts(site)
        where = (*site.path, "snmp", Named.CREDENTIALS.value)
        yield from self._named(where, Named.CREDENTIALS, site.credentials, self.names.credentials)
        if site.parent is None:
            return
        path = (*site.path, "parent")
        if site.parent not in self.sites:
            if self._all_known() and site.parent not in self.meant:
                yield Problem(
                    path, unknown(Named.SITE, site.parent), self.suggest.known(site.parent, self.sites)
                )
        elif (problem := self._order(path, site, self.sites[site.parent][1])) is not None:
            yield problem

    def _contacts(self, site: SurveyedSite) -> Iterator[Problem]:
        known = self.names.contacts
        for index, contact in enumerate(site.contacts if known is not None else ()):
            if contact is not None and known is not None and contact not in known:
                path = (*site.path, "contacts", index)
                yield Problem(path, unknown(Named.CONTACT, contact), self.suggest.known(contact, known))

    def _order(self, path: KeyPath, site: SurveyedSite, parent: SurveyedSite) -> Problem | None:
        """A parent is above its child. Departments of a province may stand below its committee."""
        if site.level is None or parent.level is None or site.id in self.circling:
            return None
        if is_above(parent.level, site.level):
            return None
        above = [level for level in Level if _RANK[level] < _RANK[site.level]] or [Level.PROVINCE]
        if self.names.model is AdministrativeModel.TWO_TIER:
            above = [level for level in above if level is not Level.DISTRICT]
        found = phrase("{value}, a {level}", value=describe(parent.id), level=parent.level)
        expected = phrase("a {levels} above this {level}", levels=one_of(above), level=site.level)
        return Problem(path, found, expected)

    def _links(self, survey: Survey) -> Iterator[Problem]:
        # Looking at the few different mentions first spares looking at every link of a country.
        wrong = {mention for mention in survey.mentions if any(self._mention((), mention))}
        for use in survey.keys:
            yield from self._named(use.path, Named.KEY, use.key, self.names.keys)
        for link in survey.links:
            if link.mention in wrong:
                yield from self._mention(link.path, link.mention)
            if link.via is not None and self._is_unknown(link.via):
                yield Problem((*link.path, "via"), unknown(Named.LINK, link.via), self._known_link(link.via))

    def _mention(self, path: KeyPath, mention: Mention) -> Iterator[Problem]:
        names = self.names
        for where, named, name, known in (
            ((), Named.CARRIER, mention.carrier, names.carriers),
            ((), Named.PROFILE, mention.profile, names.profiles),
            ((), Named.EGRESS, mention.egress, names.egresses),
            (("snmp",), Named.CREDENTIALS, mention.credentials, names.credentials),
            (("throughput",), Named.SERVER, mention.server, names.servers),
        ):
            yield from self._named((*path, *where, named.value), named, name, known)
        yield from self._methods((*path, "throughput", "methods"), mention)
        if mention.network is None:
            expected = phrase(
                "{networks}, because the link's name does not say it",
                networks=one_of(f"`network: {network}`" for network in Network),
            )
            yield Problem(path, _NO_NETWORK, expected)
        elif mention.egress is None and names.egress_of(mention) is None and names.networks_known():
            yield _egress_problem((*path, "egress"), mention.network, names)

    def _named(
        self, path: KeyPath, named: Named, name: str | None, known: Collection[str] | None
    ) -> Iterator[Problem]:
        if name is not None and known is not None and name not in known:
            yield Problem(path, unknown(named, name), self.suggest.known(name, known))

    def _methods(self, path: KeyPath, mention: Mention) -> Iterator[Problem]:
        """That a server of bandwidth.yaml can do what a link wants of it."""
        kind = (self.names.servers or {}).get(mention.server or "")
        able = METHODS.get(kind or "", ())
        for index, method in enumerate(mention.methods if able else ()):
            if method is not None and method not in able:
                found = phrase(
                    "{method}, which the test server {server} cannot",
                    method=describe(method),
                    server=mention.server or "",
                )
                yield Problem((*path, index), found, one_of(able))

    def _default_profile(self) -> Iterator[Finding]:
        name, known = self.names.default_profile, self.names.profiles
        if name is not None and known is not None and name not in known:
            problem = Problem(
                ("defaults", "profile"), unknown(Named.PROFILE, name), self.suggest.known(name, known)
            )
            yield Finding(self.names.file, problem)

    def _is_unknown(self, link: str) -> bool:
        """Whether nobody declares `link`, nor meant to."""
        site = link.partition("/")[0]
        if link in self.links or link in self.meant or site in self.meant or not self._all_known():
            return False
        if site in self.sites and site not in self.links_of:
            # Its links may stand under a mistyped key, or in the wrong form.
            file, declared = self.sites[site]
            return not any(path[:2] == declared.path for path in self.wrong.get(file, ()))
        return True

    def _all_known(self) -> bool:
        """Whether every site could be read; else a name may well be in the part that could not."""
        return all(survey.complete for survey in self.surveys.values())

    def _known_link(self, link: str) -> Words:
        site, _, name = link.partition("/")
        if site in self.sites:
            links = self.links_of.get(site, [])
            if not links:
                return phrase("another site: {site} has no links", site=site)
            return self.suggest.known(link, links)
        meant = self.suggest.nearest(site, self.sites)
        if meant is None:
            return phrase("a link as site/link of a known site")
        known = f"{meant}/{name}"
        return perhaps(known if known in self.links else phrase("a link of {site}", site=meant))


def _egress_problem(path: KeyPath, network: Network, names: Names) -> Problem:
    egresses = names.egresses or {}
    candidates = [name for name, networks in egresses.items() if network in networks]
    if candidates:
        found = phrase("several egresses for {network} links", network=network)
        return Problem(path, found, phrase("`egress:` {names}", names=one_of(candidates)))
    expected = phrase(
        "`networks: [{network}]` in {file}, or `egress:` {names}",
        network=network,
        file=names.file,
        names=one_of(egresses),
    )
    return Problem(path, phrase("no egress for {network} links", network=network), expected)


def is_above(parent: Level, site: Level) -> bool:
    """Whether a site of the one level may be administratively above one of the other."""
    return _RANK[parent] < _RANK[site] or parent is site is Level.PROVINCE


def meant_ids(survey: Survey, wrong: frozenset[KeyPath]) -> set[str]:
    """The ids that the sites and links of a file should have whose own ids are of the wrong form."""
    sites = {as_id(site.id) for site in survey.sites if (*site.path, "id") in wrong}
    links = (link.id.partition("/") for link in survey.links if link.path in wrong)
    return sites | {f"{site}/{as_id(name)}" for site, _, name in links}
