"""What is allowed, but will disappoint."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from bridgewatch.config.defaults import DEFAULT_EGRESS
from bridgewatch.config.errors import KeyPath, Remark
from bridgewatch.config.plan import Segment
from bridgewatch.config.settings import Settings
from bridgewatch.config.survey import Survey, SurveyedSite
from bridgewatch.model.ids import EgressId
from bridgewatch.model.inventory import Egress, Link, PathSpec
from bridgewatch.model.words import Family

_DAEMON: Final = "bridgewatch.yaml"
_FEW: Final = 3  # sites of one kind that are named one by one
_ENOUGH_REFERENCES: Final = 2
_CONSEQUENCE: Final = "own faults cannot be told from the links' faults"
_NO_EGRESS: Final = (
    f"no egress is configured: {_CONSEQUENCE}; name egresses and references in bridgewatch.yaml"
)
_TOO_FEW: Final = f"{_CONSEQUENCE}: name two hosts inside the building"


def warnings_of(
    settings: Settings, segments: Sequence[Segment], surveys: Mapping[str, Survey], daemon: str | None
) -> list[Remark]:
    """Warnings in the order of their weight. `daemon` is the name of the daemon's own file, if any."""
    paths = list(chain.from_iterable(segment.paths for segment in segments))
    links = chain.from_iterable(segment.links for segment in segments)
    stated = [*_reference_warnings(settings, paths), *_rate_warnings(settings, active_paths(paths, links))]
    return [*(Remark(daemon or _DAEMON, *one) for one in stated), *_site_warnings(settings, surveys)]


def file_warnings(ignored: Iterable[str]) -> list[Remark]:
    """Warnings of the files that nobody reads, by name."""
    return [Remark(name, (), "not read: it is no file named *.yaml or *.yml") for name in ignored]


def active_paths(paths: Iterable[PathSpec], links: Iterable[Link]) -> list[PathSpec]:
    """The paths that are probed: references, and targets of links that are not paused."""
    paused = {link.id for link in links if link.paused}
    return [path for path in paths if path.link not in paused]


def probes_per_second(paths: Iterable[PathSpec]) -> float:
    """How many packets these paths send a second."""
    return sum(1e9 / path.interval_ns for path in paths)


def _reference_warnings(settings: Settings, paths: Iterable[PathSpec]) -> list[tuple[KeyPath, str]]:
    used = sorted({(path.egress, path.family) for path in paths if path.link})
    if DEFAULT_EGRESS.id in settings.egresses and settings.egresses[DEFAULT_EGRESS.id] == DEFAULT_EGRESS:
        return [((), _NO_EGRESS)]
    return [
        (
            ("egresses", egress, "references"),
            f"egress {egress} has {_some(count)} over IPv{family.value}; {_TOO_FEW}",
        )
        for egress, family in used
        if (count := _references(settings.egresses, egress, family)) < _ENOUGH_REFERENCES
    ]


def _references(egresses: Mapping[EgressId, Egress], egress: EgressId, family: Family) -> int:
    return sum((target.family or Family.V4) is family for target in egresses[egress].references)


def _some(count: int) -> str:
    return "one reference" if count == 1 else "no reference"


def _rate_warnings(settings: Settings, paths: Iterable[PathSpec]) -> list[tuple[KeyPath, str]]:
    rate, limit = probes_per_second(paths), settings.limits.sends_per_second
    if rate <= limit:
        return []
    asked = f"links and references ask for {rate:,.0f} probes/s"
    return [(("limits", "sends_per_second"), f"{asked}, above the limit of {limit:,}: all are probed slower")]


def _site_warnings(settings: Settings, surveys: Mapping[str, Survey]) -> Iterator[Remark]:
    default = settings.defaults.carried_by
    bare, uncarried = [], []
    for file, survey in surveys.items():
        for site in survey.sites:
            if not site.networks:
                bare.append((file, site))
            elif site.carried_by is None and site.lacks(default):
                uncarried.append((file, site))
    yield from _named(bare, "has no links: it cannot be watched")
    consequence = f"is carried by {default} by default and has no such link: its state stays unknown"
    yield from _named(uncarried, consequence)


def _named(sites: Sequence[tuple[str, SurveyedSite]], text: str) -> Iterator[Remark]:
    """A warning for each site, or for the first of many."""
    many = len(sites) > _FEW
    more = f" ({len(sites) - 1:,} more sites likewise)" if many else ""
    for file, site in sites[:1] if many else sites:
        yield Remark(file, (*site.path, "id"), f"{site.id} {text}{more}")
