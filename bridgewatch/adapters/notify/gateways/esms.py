"""SMS through eSMS: MainService.svc/json/SendMultipleMessage_V4_post_json.

Settings: `brandname`, `type` (2: customer care), `url`, `callback_url`, `sandbox`; secrets: `api_key`,
`secret_key`. The stable id is RequestId: eSMS refuses a repetition with 124, and has the message then.

CodeResult 100 says that eSMS took the message, not that a phone did. A brandname must follow a registered
template: where the gateway takes no free text, its `template` carries the message, with `{text}` and `{code}`
filled in. Codes: developers.esms.vn, table of error codes.
"""

from typing import Final

from bridgewatch.adapters.notify import judge
from bridgewatch.adapters.notify.http import Answer, post
from bridgewatch.adapters.notify.kind import Kind, Order, OwnPlugin
from bridgewatch.model.delivery import Result

_API: Final = "https://rest.esms.vn"
_PATH: Final = "/MainService.svc/json/SendMultipleMessage_V4_post_json/"
_CUSTOMER_CARE: Final = "2"
_ACCEPTED: Final = 100
_REPEATED: Final = 124
_MEANINGS: Final = {
    99: "this phone is blocked at eSMS",
    101: "api_key or secret_key is wrong",
    102: "no price list",
    103: "not enough balance",
    104: "the brandname does not exist",
    108: "this is no phone number",
    118: "this type of message is not supported",
    120: "too many messages to this phone",
    140: "our address is not on eSMS' list",
    146: "the text does not follow a registered template",
    177: "the brandname is not registered with this phone's network",
}


class Esms(OwnPlugin):
    """One SMS to one phone."""

    def deliver(self, body: str) -> Result:
        """Raises what `requests` raises, and UnfitError."""
        order = self.order
        request = {
            "ApiKey": order.secret("api_key"),
            "SecretKey": order.secret("secret_key"),
            "Phone": order.attempt.address,
            "Content": _content(order, body),
            "Brandname": order.setting("brandname"),
            "SmsType": order.setting("type", _CUSTOMER_CARE),
            "IsUnicode": "0",
            "Sandbox": order.setting("sandbox", "0"),
            "RequestId": order.once,
        }
        if callback := order.setting("callback_url", ""):
            request["CallbackUrl"] = callback
        answer = post(order.base(_API) + _PATH, order.gateway.timeout, body=request)
        return _judge(answer)


def _content(order: Order, body: str) -> str:
    template = order.gateway.template
    if order.gateway.free_text or template is None:
        return body
    return template.replace("{text}", body).replace("{code}", next(iter(order.text.codes), ""))


def _judge(answer: Answer) -> Result:
    by_status = judge.of_status(answer.status, judge.told(answer.fields))
    code = answer.number("CodeResult")
    if not by_status.delivered or code is None:
        return judge.passing("no CodeResult") if by_status.delivered else by_status
    if code == _ACCEPTED:
        return judge.delivered(f"accepted as {answer.fields.get('SMSID', '')}")
    if code == _REPEATED:
        return judge.delivered("accepted before")
    # eSMS has refused this message for good: a repetition would only be called one.
    return judge.permanent(f"{code} {_MEANINGS.get(code) or judge.told(answer.fields)}")


KIND: Final = Kind(
    Esms,
    settings={"brandname": True, "type": False, "url": False, "callback_url": False, "sandbox": False},
    secrets={"api_key": True, "secret_key": True},
)
