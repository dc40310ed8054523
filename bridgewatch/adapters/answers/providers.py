"""How gateways hand in what people answered: how each proves itself, what it says, how it is replied to."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import parse_qs

from aiohttp import web

from bridgewatch.model.paging import AckWay, GatewayKind, TextForm
from bridgewatch.model.people import Gateway

SECRET: Final = "inbound"  # noqa: S105 - the name of one
"""The name, among a gateway's secrets, of the one that what comes in is proven with."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request as it came in. `path_secret` is what stood behind the gateway's id in the path."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    path_secret: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Incoming:
    """What somebody answered.

    `chat` is where it was written and `sender` who wrote it; a group has many senders. A `token` says by
    itself who was asked what. `sent_ns` is when it was written, None for just now.
    """

    text: str
    sender: str = ""
    chat: str = ""
    token: str | None = None
    sent_ns: int | None = None


class Provider(Protocol):
    """One kind of gateway. `calls_back`: a person is told by a call of our own, not by the response."""

    @property
    def calls_back(self) -> bool:
        """Whether its response tells nobody anything."""
        ...

    def genuine(self, arrived: Arrived, gateway: Gateway, secret: str) -> bool:
        """Whether the gateway itself sent this."""
        ...

    def read(self, arrived: Arrived, gateway: Gateway) -> Incoming | None:
        """What it says; None for what is no answer of anybody. Raises ValueError for what is malformed."""
        ...

    def reply(self, text: str, incoming: Incoming) -> web.Response:
        """The response; it tells the person `text`, where it can."""
        ...


def provider_of(gateway: Gateway) -> Provider:
    """How to listen to `gateway`."""
    return _PROVIDERS.get(gateway.kind, _PlainGateway())


def way_of(gateway: Gateway) -> AckWay:
    """How answers come through `gateway`."""
    return {TextForm.SPOKEN: AckWay.VOICE, TextForm.SHORT: AckWay.SMS}.get(gateway.form, AckWay.CHAT)


def same(given: str, expected: str) -> bool:
    """Compare without telling by the time taken how much was right. Nothing equals an empty secret."""
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


class _BotHeader:
    """Telegram and Zalo Bot put the secret word that the webhook was set with into a header."""

    def __init__(self, header: str, *, calls_back: bool) -> None:
        self._header = header
        self._calls_back = calls_back

    @property
    def calls_back(self) -> bool:
        return self._calls_back

    def genuine(self, arrived: Arrived, _: Gateway, secret: str) -> bool:
        return same(arrived.headers.get(self._header, ""), secret)

    def read(self, arrived: Arrived, _: Gateway) -> Incoming | None:
        update = _object(arrived.body)
        message = _inner(_inner(update, "result") or update, "message")
        text = message.get("text")
        if not isinstance(text, str):
            return None
        sent = message.get("date")
        return Incoming(
            text,
            sender=_id(_inner(message, "from")),
            chat=_id(_inner(message, "chat")),
            sent_ns=_seconds_or_milliseconds(sent),
        )

    def reply(self, text: str, incoming: Incoming) -> web.Response:
        if self._calls_back:
            return web.json_response({"ok": True})
        # Telegram takes a method call as the response to its own request.
        return web.json_response({"method": "sendMessage", "chat_id": incoming.chat, "text": text})


class _ZaloOa:
    """Zalo OA signs with the application's key: SHA-256 of app id, body, timestamp and key."""

    calls_back = True

    def genuine(self, arrived: Arrived, gateway: Gateway, secret: str) -> bool:
        stamp = _object(arrived.body).get("timestamp", "")
        signed = gateway.settings.get("app_id", "").encode() + arrived.body + f"{stamp}{secret}".encode()
        expected = hashlib.sha256(signed).hexdigest()
        given = arrived.headers.get("X-ZEvent-Signature", "").removeprefix("mac=").strip().lower()
        return bool(secret) and same(given, expected)

    def read(self, arrived: Arrived, _: Gateway) -> Incoming | None:
        event = _object(arrived.body)
        text = _inner(event, "message").get("text")
        if event.get("event_name") != "user_send_text" or not isinstance(text, str):
            return None
        sender = _id(_inner(event, "sender"))
        return Incoming(text, sender, sender, sent_ns=_seconds_or_milliseconds(event.get("timestamp")))

    def reply(self, text: str, incoming: Incoming) -> web.Response:
        del text, incoming
        return web.json_response({"error": 0})


class _Stringee:
    """Stringee signs the body of an event with the project's signing key: base64 of HMAC-SHA-1.

    The event of a pressed key names no number; the address that it is sent to carries the answer's token.
    """

    calls_back = False

    def genuine(self, arrived: Arrived, _: Gateway, secret: str) -> bool:
        expected = base64.b64encode(hmac.digest(secret.encode(), arrived.body, "sha1")).decode()
        return bool(secret) and same(arrived.headers.get("X-STRINGEE-SIGNATURE", ""), expected)

    def read(self, arrived: Arrived, _: Gateway) -> Incoming | None:
        pressed = _object(arrived.body).get("dtmf")
        if not isinstance(pressed, str) or not pressed:
            return None
        return Incoming(pressed[:1], token=arrived.query.get("t", ""))

    def reply(self, text: str, incoming: Incoming) -> web.Response:
        del incoming
        return web.json_response([{"action": "talk", "text": text}])


class _PlainGateway:
    """An SMS modem or any gateway that posts JSON or a form, whatever its header calls it.

    Its settings: `inbound_from` and `inbound_text` name the fields (from, text); `inbound_auth` is `header`
    (the secret stands in `inbound_header`, X-Gateway-Secret), `path` (behind the gateway's id) or `hmac`
    (`inbound_header` holds HMAC-SHA-256 of the body in hexadecimal).
    """

    calls_back = False

    def genuine(self, arrived: Arrived, gateway: Gateway, secret: str) -> bool:
        given = arrived.headers.get(gateway.settings.get("inbound_header", "X-Gateway-Secret"), "")
        match gateway.settings.get("inbound_auth", "header"):
            case "path":
                return same(arrived.path_secret, secret)
            case "hmac":
                expected = hmac.digest(secret.encode(), arrived.body, "sha256").hex()
                return bool(secret) and same(given.removeprefix("sha256=").lower(), expected)
            case _:
                return same(given.removeprefix("Bearer "), secret)

    def read(self, arrived: Arrived, gateway: Gateway) -> Incoming | None:
        fields = _fields(arrived.body)
        of_text = gateway.settings.get("inbound_text", "text")
        of_sender = gateway.settings.get("inbound_from", "from")
        text, sender = fields.get(of_text), fields.get(of_sender)
        if text is None and sender is None:  # a report on a message has one of them at least
            raise ValueError(f"it has neither {of_sender!r} nor {of_text!r}")
        if not isinstance(text, str) or not isinstance(sender, str | int):
            return None
        return Incoming(text, sender=str(sender), chat=str(sender))

    def reply(self, text: str, incoming: Incoming) -> web.Response:
        del incoming
        return web.json_response({"reply": text})


_PROVIDERS: Final[dict[GatewayKind, Provider]] = {
    GatewayKind.TELEGRAM: _BotHeader("X-Telegram-Bot-Api-Secret-Token", calls_back=False),
    GatewayKind.ZALO_BOT: _BotHeader("X-Bot-Api-Secret-Token", calls_back=True),
    GatewayKind.ZALO_OA: _ZaloOa(),
    GatewayKind.STRINGEE: _Stringee(),
}


def _fields(body: bytes) -> Mapping[str, Any]:
    """The fields of a JSON object, else of a form. Programs that post JSON often call it a form."""
    try:
        return _object(body)
    except ValueError as no_json:
        pairs = parse_qs(body.decode(), max_num_fields=50)
        if not pairs:
            raise ValueError("it is neither a JSON object nor a form") from no_json
        return {name: values[-1] for name, values in pairs.items()}


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("no JSON object")  # noqa: TRY004
    return value


def _inner(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def _id(value: Mapping[str, Any]) -> str:
    identity = value.get("id")
    return str(identity) if isinstance(identity, str | int) else ""


def _seconds_or_milliseconds(value: object) -> int | None:
    """When it was sent, to the end of that unit. Telegram counts seconds, Zalo milliseconds."""
    text = str(value) if isinstance(value, str | int) else ""
    if not text.isascii() or not text.isdecimal() or len(text) > len("1790000000000"):
        return None
    milliseconds = len(text) > len("1790000000")
    unit = 10**6 if milliseconds else 10**9
    return (int(text) + 1) * unit
