"""The daemon's HTTP application: /metrics, /healthz, /readyz and a page at /, which change nothing."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web

from bridgewatch.model.snapshot import PagingSnapshot, Snapshot
from bridgewatch.model.words import Language
from bridgewatch.views.web.home import home_page
from bridgewatch.views.web.scrape import Scrapes
from bridgewatch.views.web.style import CONTENT_SECURITY_POLICY

_KEEPALIVE_SECONDS: Final = 75.0  # longer than scrape intervals; also how long a silent newcomer may stay
_LONGEST_BODY: Final = 16 * 1024  # of the API's; nothing else here reads one
_HEADERS: Final = {
    "Server": "bridgewatch",
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def make_app(
    snapshot: Callable[[], Snapshot],
    ready: Callable[[], tuple[bool, str]],
    alive: Callable[[], tuple[bool, str]],
    mounts: Mapping[str, web.Application] | None = None,
    paging: Callable[[], PagingSnapshot] | None = None,
) -> web.Application:
    """The application over what the composition root hands in.

    `ready`: whether the configuration is loaded and first results are in; `alive`: whether the probing loop
    runs; each with a sentence that says why or why not. `snapshot` must always have one to give. `mounts` are
    prefixes and the applications below them: the API, which has its own word on who may do what. `paging` is
    the people's side, where there is one.
    """
    app = web.Application(client_max_size=_LONGEST_BODY)
    scrapes = Scrapes(snapshot)

    async def home(request: web.Request) -> web.Response:
        language = Language.EN if request.query.get("lang") == Language.EN else Language.VI
        text = home_page(snapshot(), language, paging() if paging else None)
        return web.Response(text=text, content_type="text/html")

    async def close(_: web.Application) -> None:
        await scrapes.close()

    app.router.add_get("/", home)
    app.router.add_get("/metrics", scrapes.handle)
    app.router.add_get("/healthz", verdict(alive))
    app.router.add_get("/readyz", verdict(ready))
    for prefix, mounted in (mounts or {}).items():
        app.add_subapp(prefix, mounted)
    app.on_response_prepare.append(add_headers)
    app.on_cleanup.append(close)
    return app


def make_runner(app: web.Application) -> web.AppRunner:
    """A runner with bounds on what a client may send and how long it may idle."""
    return web.AppRunner(
        app,
        access_log=None,
        handler_cancellation=True,  # a scraper that leaves takes its rendering with it
        keepalive_timeout=_KEEPALIVE_SECONDS,
        shutdown_timeout=2.0,  # stopping does not wait for a slow reader
        max_line_size=4096,
        max_field_size=4096,
        max_headers=64,
    )


def verdict(check: Callable[[], tuple[bool, str]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Answers 200 or 503 with the sentence that says why."""

    async def answer(_: web.Request) -> web.Response:
        good, why = check()
        return web.Response(status=200 if good else 503, text=f"{why}\n")

    return answer


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """What every answer carries."""
    response.headers.update(_HEADERS)
