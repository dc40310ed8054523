"""A real Prometheus scrapes a real application over loopback."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession

from bridgewatch.model.calendar import Event
from bridgewatch.model.dial_in import CalledIn
from bridgewatch.model.ids import EventId
from bridgewatch.model.paging import Phase
from bridgewatch.model.snapshot import Snapshot
from tests.exposition.bandwidths import with_judgements, with_readings
from tests.exposition.reading import rendered, samples
from tests.exposition.synthetic import WALL_NS, synthetic_snapshot, with_calls, with_columns
from tests.web.observability import dashboard_queries, rule_queries, variable_queries
from tests.web.serving import Served, run, serving, until

pytestmark = pytest.mark.skipif(
    not shutil.which("prometheus"), reason="prometheus (Debian package prometheus) is not installed"
)

CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: bridgewatch
    static_configs: [{{targets: ["127.0.0.1:{live}", "127.0.0.1:{dead}"]}}]
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Prometheus:
    """The API of a running server."""

    client: ClientSession
    port: int

    async def get(self, path: str, **parameters: str) -> Any:
        async with self.client.get(f"http://127.0.0.1:{self.port}{path}", params=parameters) as response:
            assert response.status == 200, await response.text()
            return (await response.json())["data"]

    async def query(self, expression: str) -> list[dict[str, Any]]:
        result: list[dict[str, Any]] = (await self.get("/api/v1/query", query=expression))["result"]
        return result

    async def number(self, expression: str) -> float:
        result = await self.query(expression)
        return float(result[0]["value"][1]) if result else 0.0

    async def is_ready(self) -> bool:
        try:
            async with self.client.get(f"http://127.0.0.1:{self.port}/-/ready") as response:
                return response.status == 200
        except ClientError:
            return False

    async def silent(self, expressions: Iterable[str]) -> list[str]:
        """Those of the expressions that return nothing."""
        return [expression for expression in expressions if not await self.query(expression)]


@asynccontextmanager
async def watching(served: Served, folder: Path) -> AsyncIterator[Prometheus]:
    port = free_port()
    config = folder / "prometheus.yml"
    config.write_text(CONFIG.format(live=served.port, dead=free_port()))
    server = await asyncio.create_subprocess_exec(
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with ClientSession() as client:
            prometheus = Prometheus(client, port)
            await until(prometheus.is_ready)
            yield prometheus
    finally:
        server.terminate()
        await server.wait()


def moved(snapshot: Snapshot, by: int) -> Snapshot:
    """The snapshot some probes later: counters grow, most sends are late, receive buffers overflow."""
    links, stats, carriers = snapshot.links, snapshot.self_stats, snapshot.carrier_rtt
    later = with_columns(
        snapshot, received=links.received + 10 * by, sent=links.sent + 11 * by, lost=links.lost + by
    )
    people = snapshot.people
    assert people is not None
    paging = replace(
        people.paging,
        dead_letters=by,
        notifications={key: count + by for key, count in people.paging.notifications.items()},
    )
    return replace(
        later,
        people=replace(people, paging=paging),
        carrier_rtt=replace(carriers, counts=carriers.counts + by),
        self_stats=replace(
            stats,
            lateness_counts=stats.lateness_counts + by,
            receive_overflows=by,
            probes_due=stats.probes_due + by,
            slowdown=1.5,
        ),
    )


def with_live_event(snapshot: Snapshot) -> Snapshot:
    """The snapshot while an event of all its sites is live."""
    event = Event(
        EventId("hop"), "Hội nghị", tuple(snapshot.inventory.sites), WALL_NS - 10**9, WALL_NS + 10**12
    )
    inventory = replace(snapshot.inventory, events={event.id: event})
    return replace(snapshot, inventory=inventory, phases={event.id: Phase.LIVE})


def with_silent_boxes(snapshot: Snapshot) -> Snapshot:
    """The snapshot where boxes called, and none is heard."""
    gone = CalledIn("203.0.113.7:40001", WALL_NS - 10**12, 0, heard_wall_ns=WALL_NS - 10**11)
    return with_calls(snapshot, dict.fromkeys(list(snapshot.inventory.links)[:2], gone), sessions=0)


class Moving(Served):
    """Shows a later snapshot at each scrape."""

    def take(self) -> Snapshot:
        return moved(super().take(), self.taken)


def test_prometheus_takes_every_series_as_openmetrics_and_every_query_finds_data(tmp_path: Path) -> None:
    snapshot = with_silent_boxes(with_readings(with_judgements(with_live_event(synthetic_snapshot(48)))))
    written = samples(rendered(snapshot, openmetrics=True), openmetrics=True)
    expected = sum(name.startswith("bridgewatch_") for name, _ in written)

    async def test() -> None:
        async with serving(snapshot, Moving) as served, watching(served, tmp_path) as prometheus:

            async def scraped() -> bool:
                return await prometheus.number('count({__name__=~"bridgewatch_.+"})') > 0

            await until(scraped)
            assert await prometheus.number('count({__name__=~"bridgewatch_.+"})') == expected
            metadata = await prometheus.get("/api/v1/metadata", metric="bridgewatch_rtt_seconds")
            # Only OpenMetrics tells units.
            assert [about["unit"] for about in metadata["bridgewatch_rtt_seconds"]] == ["seconds"]

            queries = [*dashboard_queries(), *variable_queries().values(), *rule_queries().values()]

            async def all_answer() -> bool:
                return not await prometheus.silent(queries)

            try:
                await until(all_answer, tries=150)
            except AssertionError:
                assert await prometheus.silent(queries) == []

    run(test())


def test_series_of_links_that_left_are_stale_after_the_next_scrape(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(synthetic_snapshot(40)) as served, watching(served, tmp_path) as prometheus:

            async def links(count: int) -> bool:
                return await prometheus.number("count(bridgewatch_link_state)") == count

            await until(lambda: links(40))
            before = await prometheus.number('count({link!=""})')
            served.snapshot = synthetic_snapshot(10, generation=2)
            await until(lambda: links(10))
            left = samples(rendered(served.snapshot, openmetrics=True), openmetrics=True)
            with_link = sum("link" in dict(labels) for _, labels in left)
            assert await prometheus.number('count({link!=""})') == with_link < before
            assert await prometheus.query('{link="tinh00-xa019/wan"}') == []

    run(test())
