"""Which sites an event is held at: by id, area, level and carrier, found in the surveys of all files."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from bridgewatch.config.survey import Survey, SurveyedSite
from bridgewatch.config.tree import Node
from bridgewatch.model.words import Level

_LEVELS: Final = {level.value: level for level in Level}


class Choice(NamedTuple):
    """One site, or all that fit everything that is said. An empty choice is every site."""

    site: str | None = None
    area: str | None = None
    level: Level | None = None
    carrier: str | None = None


def choice_of(node: Node) -> Choice | None:
    """What one member of `sites` or `except` chooses; None if it has not the right form."""
    match node:
        case str():
            return Choice(site=node)
        case dict():
            known = {key: value for key, value in node.items() if key in {"area", "level", "carrier"}}
            level = known.pop("level", None)
            if len(known) + (level is not None) != len(node) or not node:
                return None
            if level is not None and level not in _LEVELS:
                return None
            texts: dict[str, Any] = {key: value for key, value in known.items() if isinstance(value, str)}
            if len(texts) < len(known):
                return None
            return Choice(level=None if level is None else _LEVELS[level], **texts)
        case _:
            return None


class Places:
    """All sites that the files declare, as far as choosing among them needs."""

    def __init__(self, surveys: Iterable[Survey]) -> None:
        self._sites: dict[str, SurveyedSite] = {}
        self._below: dict[str, list[str]] = {}
        self._carriers: dict[str, set[str]] = {}
        self._areas: dict[str, frozenset[str]] = {}
        for survey in surveys:
            for site in survey.sites:
                if self._sites.setdefault(site.id, site) is site and site.parent is not None:
                    self._below.setdefault(site.parent, []).append(site.id)
            for link in survey.links:
                if link.mention.carrier is not None:
                    self._carriers.setdefault(link.id.partition("/")[0], set()).add(link.mention.carrier)

    def __contains__(self, site: str) -> bool:
        return site in self._sites

    @property
    def services(self) -> list[str]:
        """The sites that are services."""
        return [site.id for site in self._sites.values() if _is_service(site)]

    def chosen(self, choices: Iterable[Choice], excepted: Iterable[Choice] = ()) -> tuple[str, ...]:
        """The sites of any of `choices` and none of `excepted`, in the order of the files."""
        wanted = {site for choice in choices for site in self.fitting(choice)}
        wanted -= {site for choice in excepted for site in self.fitting(choice)}
        return tuple(site for site in self._sites if site in wanted)

    def fitting(self, choice: Choice) -> Iterator[str]:
        """The sites that one choice means, in no particular order. A level is one of rooms."""
        if choice.site is not None:
            candidates: Iterable[str] = (choice.site,) if choice.site in self._sites else ()
        else:
            candidates = self._sites if choice.area is None else self._area(choice.area)
        for site in candidates:
            surveyed = self._sites[site]
            if choice.level is not None and (surveyed.level is not choice.level or _is_service(surveyed)):
                continue
            if choice.carrier is None or choice.carrier in self._carriers.get(site, ()):
                yield site

    def _area(self, top: str) -> frozenset[str]:
        if top not in self._areas:
            found = {top} & self._sites.keys()
            pending = list(found)
            while pending:
                fresh = [site for site in self._below.get(pending.pop(), ()) if site not in found]
                found.update(fresh)
                pending += fresh
            self._areas[top] = frozenset(found)
        return self._areas[top]


def _is_service(site: SurveyedSite) -> bool:
    return site.path[0] == "services"


def choices_of(node: Node) -> list[Choice]:
    """What `sites` or `except` chooses, as far as it has the right form."""
    if node == "all":
        return [Choice()]
    members = node if isinstance(node, list) else ()
    return [choice for member in members if (choice := choice_of(member)) is not None]
