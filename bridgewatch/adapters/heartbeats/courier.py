"""Takes heartbeats to watchdogs."""

import json
from collections.abc import Callable
from typing import Any, Final

import aiohttp

from bridgewatch.adapters.heartbeats import wire
from bridgewatch.model.heartbeats import Answered, Heartbeat, Reception, Watchdog
from bridgewatch.model.secret import Secret

_SECONDS: Final = 5.0  # for one heartbeat
_LONGEST_ANSWER: Final = 2048


class Courier:
    """One at a time to each watchdog, over a new connection each, as a fresh start of either side would be.

    `secret` reads a secret of the configuration, and raises where it cannot.
    """

    def __init__(self, secret: Callable[[Secret], str]) -> None:
        self._secret = secret
        self._session: aiohttp.ClientSession | None = None

    async def send(self, watchdog: Watchdog, beat: Heartbeat) -> tuple[Answered, str]:
        """Send one; what became of it, and the reason if it was not accepted. Never raises for what fails."""
        try:
            body = wire.encode(beat)
            signature = wire.sign(self._secret(watchdog.key), body)
            async with self._client().post(
                f"{watchdog.url}{wire.PATH}",
                data=body,
                headers={
                    "Content-Type": "application/json",
                    wire.VANTAGE: beat.vantage,
                    wire.SIGNATURE: signature,
                },
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=min(_SECONDS, watchdog.every)),
            ) as answer:
                return _judged(answer.status, await answer.content.read(_LONGEST_ANSWER))
        except TimeoutError:
            return Answered.FAILED, f"no answer within {min(_SECONDS, watchdog.every):g} s"
        except Exception as error:  # noqa: BLE001 - whatever it is, the next heartbeat is sent all the same
            return Answered.FAILED, str(error) or type(error).__name__

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(force_close=True, use_dns_cache=False)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _judged(status: int, body: bytes) -> tuple[Answered, str]:
    told = _told(body)
    reception = told.get("reception")
    if reception not in list(Reception):
        return Answered.FAILED, f"what answers there is no watchdog: HTTP status {status}"
    if reception == Reception.ACCEPTED:
        return Answered.ACCEPTED, ""
    detail = told.get("detail")
    return Answered.REFUSED, detail if isinstance(detail, str) else str(reception)


def _told(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
