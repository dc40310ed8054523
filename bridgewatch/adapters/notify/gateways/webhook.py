"""A generic webhook through Apprise's `json`: a JSON object is posted to an address.

Setting: `url`, where every contact's address fills in `{address}`; without it the address is the URL.
Secret: `token`, sent as a bearer token. The stable id is the field `message_id`, and for each receiver the
Idempotency-Key header.
"""

from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from apprise import NotifyBase

from bridgewatch.adapters.notify.kind import Kind, Order, UnfitError, through_apprise
from bridgewatch.model.hosts import bracketed

_SCHEMES: Final = {"http": "json", "https": "jsons"}


def _build(order: Order) -> NotifyBase:
    address = order.attempt.address
    template = order.setting("url", "{address}")
    # An address that is the whole URL is one already; within a URL it is one part of it.
    url = urlsplit(
        address if template == "{address}" else template.replace("{address}", quote(address, safe=""))
    )
    if url.scheme not in _SCHEMES or not url.hostname:
        raise UnfitError(f"gateway {order.gateway.id}: the address is no http or https URL")
    attempt = order.attempt
    headers = {"Idempotency-Key": order.once}
    if token := order.secrets.get("token"):
        headers["Authorization"] = f"Bearer {token}"
    return through_apprise(
        order,
        {
            "schema": _SCHEMES[url.scheme],
            "host": bracketed(url.hostname),
            "port": url.port,
            "user": url.username,
            "password": url.password,
            "fullpath": url.path or "/",
            "params": dict(parse_qsl(url.query, keep_blank_values=True)),
            "headers": headers,
            "payload": {
                "message_id": attempt.message,
                "kind": attempt.kind.value,
                "attempt": attempt.number,
                "urgency": attempt.urgency.name.lower(),
                "contact": attempt.contact,
                "incidents": list(attempt.incidents),
                "codes": list(order.text.codes),
            },
        },
    )


KIND: Final = Kind(_build, settings={"url": False}, secrets={"token": False})
