"""The word in an answer's link: signed, expiring, bound to one message, its contact and its incidents.

`MESSAGE.MINUTE.SIGNATURE`: it carries the message's id and when it expires; contact and incidents are signed
and looked up, so that the link stays short enough for an SMS.
"""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import Final

from itsdangerous import Signer
from itsdangerous.signer import SigningAlgorithm

from bridgewatch.adapters.answers.keys import Keys
from bridgewatch.model.delivery import Attempt
from bridgewatch.model.ids import MessageId
from bridgewatch.model.log import Composed

Asking = Attempt | Composed
"""A message: either says which one, to whom, and about which incidents."""

_MINUTE_NS: Final = 60 * 10**9
# 144 bits: no fewer than half of SHA-256 (RFC 2104, section 5), and base64 of it has no spare bits to change.
_SIGNATURE_OCTETS: Final = 18
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_SHAPE: Final = re.compile(
    r"(?P<message>[A-Za-z0-9_-]{1,64})\.(?P<minute>[1-9a-z][0-9a-z]{0,7})\.(?P<signature>[A-Za-z0-9_-]{24})",
    re.ASCII,
)
_LINK_SALT: Final = b"bridgewatch answer link"
_FORM_SALT: Final = b"bridgewatch answer form"


class _ShortHmac(SigningAlgorithm):
    """HMAC-SHA-256, cut to what a link has room for."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.new(key, value, hashlib.sha256).digest()[:_SIGNATURE_OCTETS]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says of itself; believed only after `verify`."""

    message: MessageId
    minute: str
    signature: str

    @property
    def expires_ns(self) -> int:
        """From when on it opens nothing."""
        return int(self.minute, len(_DIGITS)) * _MINUTE_NS


def sign(message: Asking, keys: Keys, expires_ns: int) -> str:
    """The token of a message; it opens until the minute that begins at or after `expires_ns`.

    Raises ValueError for an id that cannot stand in a link.
    """
    minute = _minute(expires_ns)
    signature = _signer(keys, _LINK_SALT).get_signature(_signed(message, minute)).decode()
    token = f"{message.message}.{minute}.{signature}"
    if _SHAPE.fullmatch(token) is None:
        raise ValueError(f"a message's id that cannot stand in a link: {message.message!r}")
    return token


def read(token: str) -> Claim | None:
    """What `token` claims; None where it has not even the shape of one."""
    shape = _SHAPE.fullmatch(token)
    return Claim(MessageId(shape["message"]), shape["minute"], shape["signature"]) if shape else None


def verify(claim: Claim, message: Composed | None, keys: Keys, now_ns: int) -> bool:
    """Whether `claim` was signed for exactly this message and has not expired.

    An unknown message takes as long to refuse as a wrong signature.
    """
    known = message is not None and message.message == claim.message
    value = _signed(message, claim.minute) if message is not None else _nobodys(claim)
    genuine = _signer(keys, _LINK_SALT).verify_signature(value, claim.signature)
    return known and genuine and now_ns < claim.expires_ns


def form_word(token: str, keys: Keys) -> str:
    """What the forms of a token's page carry: only who was shown that page can send them."""
    return _signer(keys, _FORM_SALT).get_signature(token).decode()


def verify_form(token: str, word: str, keys: Keys) -> bool:
    """Whether `word` came out of the page of `token`."""
    return _signer(keys, _FORM_SALT).verify_signature(token, word)


def _signer(keys: Keys, salt: bytes) -> Signer:
    return Signer(
        keys.secrets, salt, key_derivation="hmac", digest_method=hashlib.sha256, algorithm=_ShortHmac()
    )


def _signed(message: Asking, minute: str) -> bytes:
    fields = [message.message, message.contact, list(message.incidents), minute]
    return json.dumps(fields, ensure_ascii=True).encode()


def _nobodys(claim: Claim) -> bytes:
    return json.dumps([claim.message, None, [], claim.minute]).encode()


def _minute(at_ns: int) -> str:
    """The minute that begins at or after `at_ns`, in few characters."""
    number, digits = -(-at_ns // _MINUTE_NS), ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
