"""Reads a rendered page back with prometheus_client's own parsers."""

from collections.abc import Iterable, Mapping

from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from bridgewatch.model.snapshot import Snapshot
from bridgewatch.views.exposition.page import Page

Series = tuple[str, frozenset[tuple[str, str]]]


def rendered(snapshot: Snapshot, *, openmetrics: bool, page: Page | None = None) -> str:
    return b"".join((page or Page()).slices(snapshot, openmetrics=openmetrics)).decode()


def families(text: str, *, openmetrics: bool) -> list[Metric]:
    return list(parse_openmetrics(text) if openmetrics else parse_text(text))


def samples(text: str, *, openmetrics: bool) -> dict[Series, float]:
    """Every series of a page with its value; fails if one comes twice."""
    found: dict[Series, float] = {}
    for family in families(text, openmetrics=openmetrics):
        for sample in family.samples:
            series = (sample.name, frozenset(sample.labels.items()))
            assert series not in found
            found[series] = sample.value
    return found


def of_link(found: Mapping[Series, float], name: str, link: str, **labels: str) -> float | None:
    """The value of a link's series, None if the page has none."""
    wanted = {("link", link), *labels.items()}
    values = [value for (series, pairs), value in found.items() if series == name and wanted <= pairs]
    assert len(values) <= 1
    return values[0] if values else None


def names(found: Iterable[Series]) -> set[str]:
    return {name for name, _ in found}
