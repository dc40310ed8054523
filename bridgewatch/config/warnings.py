"""What is allowed, but will disappoint."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

from bridgewatch.config.build import Segment
from bridgewatch.config.defaults import DEFAULT_EGRESS
from bridgewatch.config.settings import Settings
from bridgewatch.model.ids import EgressId
from bridgewatch.model.inventory import Egress, PathSpec
from bridgewatch.model.words import Family

_ENOUGH_REFERENCES: Final = 2
_CONSEQUENCE: Final = "own faults cannot be told from the links' faults"
_NO_EGRESS: Final = (
    f"no egress is configured: {_CONSEQUENCE}; name egresses and references in bridgewatch.yaml"
)
_TOO_FEW: Final = f"{_CONSEQUENCE}: name two hosts inside the building"


def warnings_of(settings: Settings, segments: Sequence[Segment], unused: Iterable[str]) -> tuple[str, ...]:
    """Warnings in the order of their weight. `unused` are the names of files that no room reads."""
    paths = [path for path in chain.from_iterable(segment.paths for segment in segments) if path.link]
    return (
        *_reference_warnings(settings, paths),
        *_rate_warnings(settings, paths),
        *(f"{name}: not used by this version" for name in unused),
    )


def probes_per_second(paths: Iterable[PathSpec]) -> float:
    """How many packets these paths send a second."""
    return sum(1e9 / path.interval_ns for path in paths)


def _reference_warnings(settings: Settings, paths: Iterable[PathSpec]) -> list[str]:
    used = sorted({(path.egress, path.family) for path in paths})
    if DEFAULT_EGRESS.id in settings.egresses and settings.egresses[DEFAULT_EGRESS.id] == DEFAULT_EGRESS:
        return [_NO_EGRESS]
    return [
        f"egress {egress} has {_some(count)} over IPv{family.value}; {_TOO_FEW}"
        for egress, family in used
        if (count := _references(settings.egresses, egress, family)) < _ENOUGH_REFERENCES
    ]


def _references(egresses: Mapping[EgressId, Egress], egress: EgressId, family: Family) -> int:
    return sum((target.family or Family.V4) is family for target in egresses[egress].references)


def _some(count: int) -> str:
    return "one reference" if count == 1 else "no reference"


def _rate_warnings(settings: Settings, paths: Iterable[PathSpec]) -> list[str]:
    rate, limit = probes_per_second(paths), settings.limits.sends_per_second
    if rate <= limit:
        return []
    return [f"the links ask for {rate:,.0f} probes/s, above the limit of {limit:,}: all are probed slower"]
