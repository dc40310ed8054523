"""Telegram through Apprise's `tgram`: a bot writes into the chat that the address names.

Setting: `url` for a Bot API server of one's own; secret: `token`. Its API has no field for a stable id: a
repetition shows the same code.
"""

from typing import Final

from apprise import NotifyBase

from bridgewatch.adapters.notify.kind import Kind, Order, addressed, through_apprise

_API: Final = "https://api.telegram.org"


def _build(order: Order) -> NotifyBase:
    plugin = through_apprise(
        order,
        {
            "schema": "tgram",
            "bot_token": order.secret("token"),
            "targets": [order.attempt.address],
            "detect_owner": False,
        },
    )
    addressed(order, plugin.targets)  # type: ignore[attr-defined]
    # The plugin has its host as an attribute, and no part of its URL for it.
    plugin.notify_url = f"{order.base(_API)}/bot"  # type: ignore[attr-defined]
    return plugin


KIND: Final = Kind(_build, settings={"url": False}, secrets={"token": True}, html=True)
