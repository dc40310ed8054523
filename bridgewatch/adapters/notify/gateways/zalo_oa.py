"""Zalo Official Account: v3.0/oa/message/cs. HTTP 200 may be a failure; `error` 0 is success.

Settings: `app_id`, `url`, `oauth_url`; secrets: `secret_key`, and `refresh_token` to begin with. Its API has
no field for a stable id: a repetition shows the same code.

Zalo takes a message only for somebody who wrote to the account within the last seven days (-230), and some
not from 22:00 to 06:00 (-234): the next channel has to go then, so both are final for a message.
"""

from typing import Final

from bridgewatch.adapters.notify import judge
from bridgewatch.adapters.notify.http import Answer, post
from bridgewatch.adapters.notify.kind import Kind, OwnPlugin
from bridgewatch.adapters.notify.zalo_tokens import of_account
from bridgewatch.model.delivery import Result

_API: Final = "https://openapi.zalo.me"
_PATH: Final = "/v3.0/oa/message/cs"
_EXPIRED: Final = frozenset({-216, -124})
_FINAL: Final = {
    -201: "a parameter is not valid",
    -210: "a parameter is beyond its limit",
    -213: "this person does not follow the account",
    -214: "the account is being reviewed",
    -217: "this person blocked messages of the account",
    -224: "the account has no package that may do this",
    -227: "this person's Zalo is locked or not used any more",
    -230: "this person has not written to the account within seven days",
    -232: "this person has never written to the account",
    -233: "the account may not send this type of message",
    -234: "such messages are barred from 22:00 to 06:00",
}


class ZaloOa(OwnPlugin):
    """One message to one follower."""

    body_maxlen = 2_000

    def deliver(self, body: str) -> Result:
        """Raises what `requests` raises, and UnfitError."""
        tokens = of_account(self.order)
        token = tokens.access() or tokens.refreshed(after=None)
        answer = self._post(token, body)
        if answer.number("error") in _EXPIRED:
            answer = self._post(tokens.refreshed(after=token), body)
        return _judge(answer)

    def _post(self, token: str, body: str) -> Answer:
        self.order.secrets.hide(token)
        return post(
            self.order.base(_API) + _PATH,
            self.order.gateway.timeout,
            body={"recipient": {"user_id": self.order.attempt.address}, "message": {"text": body}},
            headers={"access_token": token},
        )


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
    ZaloOa,
    settings={"app_id": True, "url": False, "oauth_url": False},
    secrets={"secret_key": True, "refresh_token": True},
)
