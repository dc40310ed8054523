"""The door of a watchdog that heartbeats come in by.

Whoever cannot sign learns nothing, not even whether a vantage is watched.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import web

from bridgewatch.adapters.heartbeats import wire
from bridgewatch.adapters.throttle import Throttle, client_of
from bridgewatch.model.heartbeats import Heartbeat, Reception
from bridgewatch.model.secret import Secret

log = logging.getLogger(__name__)

_REQUESTS_A_SECOND: Final = 5.0
_REQUESTS_AT_ONCE: Final = 50
_BODY_SECONDS: Final = 5.0
_NO_KEY: Final = "0" * 32  # what is signed for nobody takes as long to refuse as a wrong signature
_STATUS: Final = {
    Reception.ACCEPTED: 200,
    Reception.FORGED: 403,
    Reception.MALFORMED: 422,
    Reception.STALE: 409,
    Reception.REPLAYED: 409,
}
_NS: Final = 1_000_000_000


class Door:
    """`counts` by vantage and reception; of what nobody signed the vantage is ''.

    `keys` are those of the daemons that are watched now. `take` has a heartbeat whose signature is right
    counted. `secret` reads a secret of the configuration, and raises where it cannot.
    """

    def __init__(
        self,
        keys: Callable[[], Mapping[str, Secret]],
        take: Callable[[Heartbeat], Reception],
        secret: Callable[[Secret], str],
    ) -> None:
        self._keys = keys
        self._take = take
        self._secret = secret
        self._throttle = Throttle(_REQUESTS_A_SECOND, _REQUESTS_AT_ONCE)
        self._last: dict[str, Reception] = {}
        self.counts: Counter[tuple[str, Reception]] = Counter()

    def application(self) -> web.Application:
        """The application, to be mounted below `wire.PATH`."""
        app = web.Application(client_max_size=wire.LONGEST)
        app.router.add_post("", self._receive)
        return app

    async def _receive(self, request: web.Request) -> web.Response:
        if not self._throttle.allows(client_of(request), time.monotonic()):
            return _answer(429, Reception.FORGED, "too many requests")
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await request.read()
        except TimeoutError:
            return _answer(408, Reception.FORGED, "no body in time")
        vantage = request.headers.get(wire.VANTAGE, "")
        reception, detail = self._judge(vantage, request.headers.get(wire.SIGNATURE, ""), body)
        if reception is Reception.FORGED:
            detail = "the signature is not right"
        return _answer(_STATUS[reception], reception, detail)

    def _judge(self, vantage: str, signature: str, body: bytes) -> tuple[Reception, str]:
        """What to make of a request, counted and logged."""
        secret = self._keys().get(vantage)
        known = secret is not None  # whatever else a request says of itself is neither kept nor logged
        try:
            key = self._secret(secret) if secret is not None else _NO_KEY
            genuine = wire.verify(key, body, signature)
        except Exception as error:  # noqa: BLE001 - without a key nobody is believed, and the log says why
            return self._note(vantage if known else "", Reception.FORGED, str(error))
        if not (known and genuine):
            return self._note("", Reception.FORGED, "signed by nobody who is watched here")
        try:
            beat = wire.decode(body)
        except ValueError as error:
            return self._note(vantage, Reception.MALFORMED, str(error))
        if beat.vantage != vantage:
            return self._note(vantage, Reception.MALFORMED, "of another vantage than its header says")
        return self._note(vantage, *self._counted(beat))

    def _counted(self, beat: Heartbeat) -> tuple[Reception, str]:
        reception = self._take(beat)
        match reception:
            case Reception.STALE:
                apart = abs(beat.sent_ns - time.time_ns()) / _NS
                return reception, f"the clocks of daemon and watchdog are {apart:.0f} s apart"
            case Reception.REPLAYED:
                return reception, "it came before, or two daemons have this vantage"
            case _:
                return reception, ""

    def _note(self, vantage: str, reception: Reception, detail: str) -> tuple[Reception, str]:
        """Count it, and log what is not as it was the last time."""
        self.counts[vantage, reception] += 1
        last, self._last[vantage] = self._last.get(vantage), reception
        if reception is not last and reception is Reception.ACCEPTED:
            log.info("heartbeats of %s are accepted", vantage)
        elif reception is not last and vantage:
            log.error("heartbeats of %s are not accepted: %s: %s", vantage, reception, detail)
        elif reception is not last:
            log.warning("a heartbeat is not accepted, and others like it are only counted: %s", detail)
        return reception, detail


def _answer(status: int, reception: Reception, detail: str) -> web.Response:
    told = {"reception": reception, "detail": detail}
    return web.json_response(told, status=status, headers={"Cache-Control": "no-store"})
