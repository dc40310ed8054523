"""A watchdog's HTTP application: /metrics, /healthz, and what is mounted in it."""

from collections.abc import Callable, Mapping

from aiohttp import web

from bridgewatch.views.web.app import add_headers, verdict
from bridgewatch.views.web.negotiation import OPENMETRICS, TEXT, wants_openmetrics


def make_watchdog_app(
    page: Callable[[bool], bytes],
    alive: Callable[[], tuple[bool, str]],
    mounts: Mapping[str, web.Application],
    *,
    longest_body: int,
) -> web.Application:
    """The application. `page` makes the metrics, in OpenMetrics or plain; `alive` as in the daemon's.

    `mounts` are prefixes and the applications below them; `longest_body` is what they need in octets.
    """
    app = web.Application(client_max_size=longest_body)

    async def metrics(request: web.Request) -> web.Response:
        openmetrics = wants_openmetrics(request.headers.get("Accept", ""))
        headers = {"Content-Type": OPENMETRICS if openmetrics else TEXT, "Vary": "Accept"}
        return web.Response(body=page(openmetrics), headers=headers)

    app.router.add_get("/metrics", metrics)
    app.router.add_get("/healthz", verdict(alive))
    for prefix, mounted in mounts.items():
        app.add_subapp(prefix, mounted)
    app.on_response_prepare.append(add_headers)
    return app
