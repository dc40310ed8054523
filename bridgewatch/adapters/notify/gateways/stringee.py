"""A call through Stringee: v1/call2/callout reads the message aloud and takes a key.

Settings: `from` (the number that calls), `key_sid`, `voice`, `url`; secret: `key_secret`. Its API has no
field for a stable id; the address that a pressed key is reported to names the message. `r` 0 says that
Stringee took the call, not that anybody answered it: only the key does.
"""

import time
from typing import Any, Final

import jwt

from bridgewatch.adapters.notify import judge
from bridgewatch.adapters.notify.http import post
from bridgewatch.adapters.notify.kind import Kind, Order, OwnPlugin
from bridgewatch.model.delivery import Result

_API: Final = "https://api.stringee.com"
_PATH: Final = "/v1/call2/callout"
_TOKEN_SECONDS: Final = 300
_KEY_SECONDS: Final = 20  # how long a key is waited for after the text
_READINGS: Final = 2  # nobody catches a code at once


class Stringee(OwnPlugin):
    """One call to one phone."""

    body_maxlen = 4_000

    def deliver(self, body: str) -> Result:
        """Raises what `requests` raises, and UnfitError."""
        order = self.order
        caller = order.setting("from")
        request = {
            "from": {"type": "external", "number": caller, "alias": caller},
            "to": [{"type": "external", "number": order.attempt.address, "alias": order.attempt.address}],
            "actions": _actions(order, body),
        }
        token = _token(order)
        order.secrets.hide(token)
        answer = post(
            order.base(_API) + _PATH,
            order.gateway.timeout,
            body=request,
            headers={"X-STRINGEE-AUTH": token},
        )
        judged = judge.of_status(answer.status, judge.told(answer.fields))
        if not judged.delivered:
            return judged
        code = answer.number("r")
        if code == 0:
            return judge.delivered("call placed")
        return judge.passing(f"r {code} {judge.told(answer.fields)}")


def _actions(order: Order, body: str) -> list[dict[str, Any]]:
    talk: dict[str, Any] = {"action": "talk", "text": body, "loop": _READINGS}
    if voice := order.setting("voice", ""):
        talk["voice"] = voice
    if order.answer_url is None:
        return [{**talk, "bargeIn": False}]
    # With bargeIn the key may be pressed while the text is still being read.
    key = {
        "action": "input",
        "eventUrl": order.answer_url,
        "maxDigits": "1",
        "submitOnHash": "false",
        "timeout": str(_KEY_SECONDS),
    }
    return [{**talk, "bargeIn": True}, key]


def _token(order: Order) -> str:
    sid, now = order.setting("key_sid"), int(time.time())
    claims = {
        "jti": f"{sid}-{order.once}-{order.attempt.number}",
        "iss": sid,
        "exp": now + _TOKEN_SECONDS,
        "rest_api": True,
    }
    return jwt.encode(
        claims, order.secret("key_secret"), algorithm="HS256", headers={"cty": "stringee-api;v=1"}
    )


KIND: Final = Kind(
    Stringee,
    settings={"from": True, "key_sid": True, "voice": False, "url": False},
    secrets={"key_secret": True},
)
