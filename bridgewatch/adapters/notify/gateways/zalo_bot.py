"""Zalo Bot through Apprise's `zalo`: a bot writes to whoever has written to it.

Setting: `url` for a gateway of one's own; secret: `token`. Its API has no field for a stable id: a repetition
shows the same code. It may refuse with HTTP 200, `ok` false and the true status as `error_code`.
"""

from typing import Final

from apprise import NotifyBase

from bridgewatch.adapters.notify.kind import Kind, Order, addressed, through_apprise

_API: Final = "https://bot-api.zaloplatforms.com"


def _build(order: Order) -> NotifyBase:
    plugin = through_apprise(
        order,
        {"schema": "zalo", "token": order.secret("token"), "targets": [order.attempt.address]},
    )
    addressed(order, plugin.targets)  # type: ignore[attr-defined]
    # The plugin has its host as an attribute, and no part of its URL for it.
    plugin.notify_url = f"{order.base(_API)}/bot{{token}}/sendMessage"  # type: ignore[attr-defined]
    return plugin


KIND: Final = Kind(_build, settings={"url": False}, secrets={"token": True})
