"""A scrape of the whole country: the prepared page against plain prometheus_client, in one run.

    python -m tests.bench.scrape [LINKS]

Prints CPU time per sample, samples, octets, the longest slice, the cost of gzip and of a new generation.
"""

# ruff: noqa: T201 - a bench prints

import gc
import statistics
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector

from bridgewatch.model.snapshot import Snapshot
from bridgewatch.views.exposition.page import Page
from tests.exposition.synthetic import NATIONAL_LINKS, synthetic_snapshot

ROUNDS = 7


@dataclass(frozen=True)
class Scrape:
    """One rendering: CPU seconds, and what came out."""

    seconds: float
    longest_slice: float
    samples: int
    octets: int


def scrape(page: Page, snapshot: Snapshot) -> Scrape:
    """Render once, slice by slice, as the web server does."""
    samples = octets = 0
    total = longest = 0.0
    slices = page.slices(snapshot, openmetrics=True)
    while True:
        began = time.process_time()
        piece = next(slices, None)
        spent = time.process_time() - began
        if piece is None:
            return Scrape(total, longest, samples, octets)
        total += spent
        longest = max(longest, spent)
        octets += len(piece)
        samples += piece.count(b"\n") - piece.count(b"# ")


class PlainCollector(Collector):
    """A few of the same families, as one would write them with prometheus_client alone."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        columns, labels = self._snapshot.links, list(self._labels())
        names = ["link", "site", "network", "level", "province", "carrier", "vantage"]
        for name in ("sent", "received", "lost"):
            counter = CounterMetricFamily(f"bridgewatch_probes_{name}", "Probes.", labels=names)
            for row, value in zip(labels, getattr(columns, name).tolist(), strict=True):
                counter.add_metric(row, value)
            yield counter
        for name in ("loss_ratio", "rtt_min", "jitter_rfc3550"):
            gauge = GaugeMetricFamily(f"bridgewatch_{name}", "Quality.", labels=names)
            for row, value in zip(labels, getattr(columns, name).tolist(), strict=True):
                gauge.add_metric(row, value)
            yield gauge
        summary = SummaryMetricFamily("bridgewatch_rtt_seconds", "Round-trip time.", labels=names)
        for row, count, sum_ in zip(
            labels, columns.rtt_count.tolist(), columns.rtt_sum.tolist(), strict=True
        ):
            summary.add_metric(row, count, sum_)
        yield summary

    def _labels(self) -> Iterator[list[str]]:
        inventory = self._snapshot.inventory
        for link in inventory.links.values():
            site = inventory.sites[link.site]
            yield [
                link.id,
                link.site,
                link.network,
                site.level,
                site.province,
                link.carrier,
                inventory.vantage,
            ]


def plain(snapshot: Snapshot) -> Scrape:
    """The same with prometheus_client alone: one slice, everything."""
    registry = CollectorRegistry()
    registry.register(PlainCollector(snapshot))
    began = time.process_time()
    text = generate_latest(registry)
    spent = time.process_time() - began
    return Scrape(spent, spent, text.count(b"\n") - text.count(b"# "), len(text))


def gzip_seconds(page: Page, snapshot: Snapshot) -> tuple[float, int]:
    """CPU seconds of compressing a page at level 1, and the octets left."""
    compressor = zlib.compressobj(1, zlib.DEFLATED, 31)
    seconds, octets = 0.0, 0
    for piece in page.slices(snapshot, openmetrics=True):
        began = time.process_time()
        octets += len(compressor.compress(piece))
        seconds += time.process_time() - began
    return seconds, octets + len(compressor.flush())


def median(measure: Callable[[], Scrape], rounds: int) -> Scrape:
    """The middle one of some rounds."""
    found = [measure() for _ in range(rounds)]
    middle = statistics.median_low(round_.seconds for round_ in found)
    return next(round_ for round_ in found if round_.seconds == middle)


def shown(title: str, found: Scrape) -> str:
    """One line of the report."""
    return (
        f"{title:24} {found.seconds / found.samples * 1e6:7.3f} µs/sample  {found.samples:8,} samples  "
        f"{found.octets / 1e6:7.1f} MB  {found.seconds * 1e3:8.1f} ms  longest slice {found.longest_slice * 1e3:7.2f} ms"
    )


def main(links: int) -> None:
    """Measure and print."""
    snapshot = synthetic_snapshot(links)
    full = synthetic_snapshot(links, generation=2, healthy=True)
    gc.collect()
    gc.freeze()  # as the daemon does after loading
    page = Page()
    print(f"{links:,} links, OpenMetrics, median of {ROUNDS} rounds")
    print(shown("page, new generation", scrape(page, snapshot)))
    ours = median(lambda: scrape(page, snapshot), ROUNDS)
    print(shown("page, all states", ours))
    scrape(page, full)
    every = median(lambda: scrape(page, full), ROUNDS)
    print(shown("page, all links up", every))
    theirs = plain(snapshot)
    print(shown("prometheus_client", theirs))
    ratio = (theirs.seconds / theirs.samples) / (ours.seconds / ours.samples)
    seconds, octets = gzip_seconds(page, full)
    print(f"prometheus_client costs {ratio:.0f} times as much a sample")
    print(f"gzip of all links up: {seconds * 1e3:.0f} ms in a thread beside the loop, {octets / 1e6:.1f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else NATIONAL_LINKS)
