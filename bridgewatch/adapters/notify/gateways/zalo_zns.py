"""Zalo ZNS: message/template, a notification to a phone number by a template that Zalo has approved.

Settings: `app_id`, `templates`, `url`, `oauth_url`; secrets: `secret_key`, and `refresh_token` to begin with:
those of the Official Account that sends. The stable id is tracking_id; Zalo does not say that it tells a
repetition by it. HTTP 200 may be a failure; `error` 0 is success. Codes: zalo.cloud, "Cách xử lý mã lỗi".
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from bridgewatch.adapters.notify import judge
from bridgewatch.adapters.notify.http import Answer, post
from bridgewatch.adapters.notify.kind import Kind, Order, OwnPlugin, UnfitError
from bridgewatch.adapters.notify.zalo_tokens import of_account
from bridgewatch.model.delivery import Result
from bridgewatch.model.paging import MessageKind

_API: Final = "https://business.openapi.zalo.me"
_PATH: Final = "/message/template"
_TOKEN_INVALID: Final = frozenset({-124, -216})
_PHONE: Final = re.compile(r"(?:\+?84|0)(\d{9,10})")
_SEPARATORS: Final = re.compile(r"[\s.()-]")
_TEMPLATE_DATA: Final = range(-1129, -1120)
_FINAL: Final = {
    **dict.fromkeys(range(-105, -100), "the application or its secret key is not valid"),
    -108: "this is no phone number",
    -109: "there is no such template",
    -110: "this person's Zalo is too old",
    -111: "the template's data is missing",
    -112: "the template's data is not valid",
    -113: "the template's button is not valid",
    -114: "this person cannot receive it, or refuses such messages",
    -115: "not enough balance",
    -116: "the text is not valid",
    -117: "the account may not use this template",
    -118: "nobody has Zalo with this phone number",
    -119: "this person cannot receive such messages",
    -131: "the template is not approved",
    -133: "this template is barred from 22:00 to 06:00",
    -139: "this person refuses such messages",
    -144: "the account has sent as many as it may today",
    -147: "the template has been sent as often as it may be today",
    **dict.fromkeys(_TEMPLATE_DATA, "the template's data is missing or not valid"),
}


class ZaloZns(OwnPlugin):
    """One notification to one phone."""

    def deliver(self, body: str) -> Result:
        """Raises what `requests` raises, and UnfitError."""
        order = self.order
        template_id, params = _template(order)
        fields = {**order.text.fields, "text": body}
        request = {
            "phone": _phone(order),
            "template_id": template_id,
            "template_data": {name: text.format(**fields) for name, text in params.items()},
            "tracking_id": order.once,
        }
        tokens = of_account(order)
        token = tokens.access() or tokens.refreshed(after=None)
        answer = self._post(token, request)
        if answer.number("error") in _TOKEN_INVALID:
            answer = self._post(tokens.refreshed(after=token), request)
        return _judge(answer)

    def _post(self, token: str, request: Mapping[str, Any]) -> Answer:
        self.order.secrets.hide(token)
        return post(
            self.order.base(_API) + _PATH,
            self.order.gateway.timeout,
            body=request,
            headers={"access_token": token},
        )


def _template(order: Order) -> tuple[str, Mapping[str, str]]:
    """The template of this kind of message. Raises UnfitError where it has none."""
    templates = json.loads(order.setting("templates"))
    kind = order.attempt.kind
    names = (kind, MessageKind.PAGE, "any") if kind is MessageKind.DIGEST else (kind, "any")
    found = next((templates[name] for name in names if name in templates), None)
    if found is None:
        raise UnfitError(f"gateway {order.gateway.id}: no template is for messages of the kind {kind}")
    return found["id"], found["params"]


def _phone(order: Order) -> str:
    """The number as Zalo wants it: 84 and the rest. Raises UnfitError."""
    number = _PHONE.fullmatch(_SEPARATORS.sub("", order.attempt.address))
    if number is None:
        raise UnfitError(f"gateway {order.gateway.id}: the address is no Vietnamese phone number")
    return f"84{number[1]}"


def _judge(answer: Answer) -> Result:
    said = judge.told(answer.fields)
    by_status = judge.of_status(answer.status, said)
    error = answer.number("error")
    if not by_status.delivered or error is None:
        return judge.passing("no error code in the answer") if by_status.delivered else by_status
    if error == 0:
        return judge.delivered()
    if error in _FINAL:
        return judge.permanent(f"{error} {_FINAL[error]}")
    return judge.passing(f"{error} {said}")


KIND: Final = Kind(
    ZaloZns,
    settings={"app_id": True, "templates": True, "url": False, "oauth_url": False},
    secrets={"secret_key": True, "refresh_token": True},
)
