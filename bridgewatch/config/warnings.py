"""What is allowed, but will disappoint."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from bridgewatch.config.defaults import DEFAULT_EGRESS
from bridgewatch.config.errors import KeyPath, Remark
from bridgewatch.config.plan import Segment
from bridgewatch.config.repeats import first_of_many
from bridgewatch.config.settings import Settings
from bridgewatch.config.survey import Survey
from bridgewatch.model.ids import EgressId
from bridgewatch.model.inventory import Egress, Link, PathSpec
from bridgewatch.model.phrases import Phrase, phrase
from bridgewatch.model.words import Family

_DAEMON: Final = "bridgewatch.yaml"
_ENOUGH_REFERENCES: Final = 2
_NO_EGRESS: Final = phrase(
    "no egress is configured: own faults cannot be told from the links' faults; "
    "name egresses and references in bridgewatch.yaml"
)


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
    text = phrase("not read: it is no file named *.yaml or *.yml")
    return [Remark(name, (), text) for name in ignored]


def active_paths(paths: Iterable[PathSpec], links: Iterable[Link]) -> list[PathSpec]:
    """The paths that are probed: references, and targets of links that are not paused."""
    paused = {link.id for link in links if link.paused}
    return [path for path in paths if path.link not in paused]


def probes_per_second(paths: Iterable[PathSpec]) -> float:
    """How many packets these paths send a second."""
    return sum(1e9 / path.interval_ns for path in paths)


def _reference_warnings(settings: Settings, paths: Iterable[PathSpec]) -> list[tuple[KeyPath, Phrase]]:
    used = sorted({(path.egress, path.family) for path in paths if path.link})
    if DEFAULT_EGRESS.id in settings.egresses and settings.egresses[DEFAULT_EGRESS.id] == DEFAULT_EGRESS:
        return [((), _NO_EGRESS)]
    return [
        (("egresses", egress, "references"), _too_few(count, egress, family))
        for egress, family in used
        if (count := _references(settings.egresses, egress, family)) < _ENOUGH_REFERENCES
    ]


def _references(egresses: Mapping[EgressId, Egress], egress: EgressId, family: Family) -> int:
    return sum((target.family or Family.V4) is family for target in egresses[egress].references)


def _too_few(count: int, egress: EgressId, family: Family) -> Phrase:
    return phrase(
        "egress {egress} has {some} over {family}; own faults cannot be told from the links' faults: "
        "name two hosts inside the building",
        egress=egress,
        some=phrase("one reference") if count == 1 else phrase("no reference"),
        family=f"IPv{family.value}",
    )


def _rate_warnings(settings: Settings, paths: Iterable[PathSpec]) -> list[tuple[KeyPath, Phrase]]:
    rate, limit = probes_per_second(paths), settings.limits.sends_per_second
    if rate <= limit:
        return []
    text = phrase(
        "links and references ask for {rate} probes/s, above the limit of {limit}: all are probed slower",
        rate=round(rate),
        limit=limit,
    )
    return [(("limits", "sends_per_second"), text)]


def _site_warnings(settings: Settings, surveys: Mapping[str, Survey]) -> Iterator[Remark]:
    default = settings.defaults.carried_by
    bare, uncarried = [], []
    for file, survey in surveys.items():
        for site in survey.sites:
            path = (*site.path, "id")
            if not site.networks:
                text = phrase("{site} has no links: it cannot be watched", site=site.id)
                bare.append(Remark(file, path, text))
            elif site.carried_by is None and site.lacks(default):
                text = phrase(
                    "{site} is carried by {network} by default and has no such link: its state stays unknown",
                    site=site.id,
                    network=default,
                )
                uncarried.append(Remark(file, path, text))
    yield from first_of_many(bare)
    yield from first_of_many(uncarried)
