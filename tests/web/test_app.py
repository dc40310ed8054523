import asyncio
import gzip
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from bridgewatch.views.web import scrape
from bridgewatch.views.web.negotiation import OPENMETRICS, TEXT
from tests.exposition.reading import names, samples
from tests.exposition.synthetic import synthetic_snapshot
from tests.web.serving import Served, run, serving, until

ASK_OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0", "Accept-Encoding": "identity"}
ASK_TEXT = {"Accept": "text/plain", "Accept-Encoding": "identity"}


def test_a_scraper_gets_the_format_it_asks_for() -> None:
    async def test() -> None:
        async with serving(synthetic_snapshot(16)) as served:
            async with served.client.get(served.url("/metrics"), headers=ASK_OPENMETRICS) as response:
                assert response.headers["Content-Type"] == OPENMETRICS
                openmetrics = samples(await response.text(), openmetrics=True)
            async with served.client.get(served.url("/metrics"), headers=ASK_TEXT) as response:
                assert response.headers["Content-Type"] == TEXT
                text = samples(await response.text(), openmetrics=False)
            assert names(openmetrics) == names(text)
            assert "bridgewatch_send_lateness_seconds_bucket" in names(text)

    run(test())


def test_gzip_carries_the_very_same_series() -> None:
    async def test() -> None:
        async with serving(synthetic_snapshot(3000)) as served:
            async with served.client.get(
                served.url("/metrics"), headers=ASK_OPENMETRICS | {"Accept-Encoding": "gzip"}
            ) as response:
                assert response.headers["Content-Encoding"] == "gzip"
                packed = await response.read()
            async with served.client.get(served.url("/metrics"), headers=ASK_OPENMETRICS) as response:
                assert "Content-Encoding" not in response.headers
                plain = await response.read()
        unpacked = gzip.decompress(packed)
        ours = [line for line in unpacked.splitlines() if b"process_" not in line]
        assert ours == [line for line in plain.splitlines() if b"process_" not in line]
        assert len(packed) * 5 < len(unpacked)

    run(test())


def test_scrapes_at_once_all_get_whole_pages() -> None:
    async def test() -> None:
        async with serving(synthetic_snapshot(2500)) as served:

            async def scraped() -> int:
                async with served.client.get(served.url("/metrics"), headers=ASK_OPENMETRICS) as response:
                    text = await response.text()
                assert text.endswith("# EOF\n")
                return text.count("bridgewatch_link_state{")

            counts = await asyncio.gather(*(scraped() for _ in range(scrape.SCRAPES_AT_ONCE)))
            assert counts == [2500] * scrape.SCRAPES_AT_ONCE

    run(test())


def test_one_slice_is_rendered_per_pass_of_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    passes = 0
    rendered_in: list[int] = []

    def slices(*_: object, **__: object) -> Iterator[bytes]:
        for _number in range(20):
            rendered_in.append(passes)
            yield b"x\n"

    async def test() -> None:
        async with serving(synthetic_snapshot(2)) as served:
            going = True

            def count() -> None:
                nonlocal passes
                passes += 1
                if going:
                    asyncio.get_running_loop().call_soon(count)

            count()

            async def scraped() -> None:
                async with served.client.get(served.url("/metrics"), headers=ASK_TEXT) as response:
                    assert await response.text() == "x\n" * 20

            await asyncio.gather(scraped(), scraped(), scraped())
            going = False

    monkeypatch.setattr(scrape.Page, "slices", slices)
    run(test())
    assert len(rendered_in) == 60
    assert len(set(rendered_in)) == 60


async def open_scrape(served: Served) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A scraper that asks, reads the headers and then nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: identity\r\n\r\n")
    assert b"200" in await reader.readline()
    return reader, writer


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that never end: what a scraper holds, it holds."""

    def slices(*_: object, **__: object) -> Iterator[bytes]:
        while True:
            yield b"x" * 65_536

    monkeypatch.setattr(scrape.Page, "slices", slices)


@pytest.mark.usefixtures("endless")
def test_more_scrapes_than_the_bound_are_turned_away_and_may_return() -> None:
    async def test() -> None:
        async with serving(synthetic_snapshot(2)) as served:
            stalled = [await open_scrape(served) for _ in range(scrape.SCRAPES_AT_ONCE)]
            async with served.client.get(served.url("/metrics")) as response:
                assert response.status == 503
                assert response.headers["Retry-After"] == "1"
            assert served.taken == scrape.SCRAPES_AT_ONCE
            for _, writer in stalled:
                writer.transport.abort()

            async def room_again() -> bool:
                async with served.client.get(served.url("/metrics")) as response:
                    return response.status == 200

            await until(room_again)

    run(test())


@pytest.mark.usefixtures("endless")
def test_a_reader_that_takes_too_long_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(scrape, "SCRAPE_SECONDS", 0.2)

    async def test() -> None:
        async with serving(synthetic_snapshot(2)) as served:
            reader, writer = await open_scrape(served)
            tail = b"none"
            with suppress(ConnectionResetError):
                while octets := await reader.read(65_536):
                    tail = octets[-5:]
            assert tail != b"0\r\n\r\n"  # the end of a chunked body (RFC 9112, section 7.1)
            writer.close()

    run(test())
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    assert "cut off" in caplog.text


def test_a_head_request_renders_nothing() -> None:
    async def test() -> None:
        async with (
            serving(synthetic_snapshot(4)) as served,
            served.client.head(served.url("/metrics")) as response,
        ):
            assert response.status == 200
            assert await response.read() == b""

    run(test())


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_and_readiness_say_yes_or_why_not(path: str) -> None:
    async def test() -> None:
        async with serving(synthetic_snapshot(2)) as served:
            async with served.client.get(served.url(path)) as response:
                assert response.status == 200
            served.alive = served.ready = (False, "no results yet")
            async with served.client.get(served.url(path)) as response:
                assert (response.status, await response.text()) == (503, "no results yet\n")

    run(test())


@pytest.mark.parametrize("path", ["/", "/metrics", "/healthz", "/nowhere", "/%2e%2e/%2e%2e/etc/passwd"])
def test_every_answer_carries_the_security_headers(path: str) -> None:
    async def test() -> None:
        async with serving(synthetic_snapshot(2)) as served, served.client.get(served.url(path)) as response:
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert response.headers["Server"] == "bridgewatch"
            assert response.status == (200 if path in {"/", "/metrics", "/healthz"} else 404)

    run(test())


def test_only_reading_is_allowed() -> None:
    async def test() -> None:
        async with serving(synthetic_snapshot(2)) as served:
            for path in ("/", "/metrics", "/healthz"):
                async with served.client.post(served.url(path), data=b"x") as response:
                    assert response.status == 405

    run(test())


@pytest.mark.parametrize(
    "request_text",
    [
        b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 10_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(100)) + b"\r\n",
        b"\x00\xff\x16\x03\x01 nonsense\r\n\r\n",
    ],
    ids=["long path", "long header", "many headers", "not http"],
)
def test_oversized_and_broken_requests_are_refused(request_text: bytes) -> None:
    async def test() -> None:
        async with serving(synthetic_snapshot(2)) as served:
            reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(request_text)
            status = await reader.readline()
            assert status.split()[1].startswith(b"4")
            writer.close()
            assert served.taken == 0

    run(test())


def test_a_reload_between_scrapes_shows_in_the_next() -> None:
    async def test() -> None:
        async with serving(synthetic_snapshot(8)) as served:
            for links, generation in ((8, 1), (6, 2), (12, 3)):
                served.snapshot = replace(synthetic_snapshot(links, generation=generation))
                async with served.client.get(served.url("/metrics"), headers=ASK_TEXT) as response:
                    assert (await response.text()).count("\nbridgewatch_link_state{") == links

    run(test())
