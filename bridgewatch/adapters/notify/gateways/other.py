"""Any other gateway that Apprise knows, by a URL with braces.

Setting: `url`, in which `{address}` and the name of each secret in braces are filled in, quoted. What else
the URL asks for is Apprise's business; retries are the outbox's, so `retry` is not honoured.
"""

from typing import Final
from urllib.parse import quote

from apprise import NotifyBase

from bridgewatch.adapters.notify.kind import Kind, Order, through_apprise


def _build(order: Order) -> NotifyBase:
    url = order.setting("url")
    for name in order.secrets.names():
        if f"{{{name}}}" in url:
            url = url.replace(f"{{{name}}}", quote(order.secret(name), safe=""))
    url = url.replace("{address}", quote(order.attempt.address, safe=""))
    plugin = through_apprise(order, url)
    plugin.socket_connect_timeout = plugin.socket_read_timeout = order.gateway.timeout
    plugin.retry = 0
    return plugin


KIND: Final = Kind(_build, settings={"url": True}, any_secrets=True)
