"""What became of an attempt, from what a gateway said: delivered, in vain, or worth another try.

A failure is permanent where the same message would fail again: a refused address, text or account. It is
passing where the gateway was busy, broken or out of reach.
"""

import ast
import json
import re
import smtplib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, quote_plus

from bridgewatch.model.delivery import Result
from bridgewatch.model.paging import Lapse

_LONGEST: Final = 200  # characters of a result's detail
_MASK: Final = "***"
_SHORTEST_SECRET: Final = 4  # characters
_OK: Final = range(200, 300)
_FINAL: Final = range(300, 500)  # redirects too: none is followed, a POST would leak elsewhere
_PASSING_STATUS: Final = frozenset({408, 425, 429})
_SMTP_FINAL: Final = 500

_STATUS: Final = re.compile(r"\berror=(\d{3})\b")
_ANSWER: Final = re.compile(r"Response Details:\s*(b(?P<quote>['\"]).*(?P=quote))", re.DOTALL)
_SOCKET: Final = re.compile(r"Socket Exception: (.*)", re.DOTALL)
_ERRNO: Final = re.compile(r"\[Errno -?\d+\] ([^'\")\]]+)")
_UNTRUSTED: Final = ("CERTIFICATE_VERIFY_FAILED", "certificate verify failed")
_USER_INFO: Final = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")


def delivered(detail: str = "") -> Result:
    """The gateway took it."""
    return Result(delivered=True, detail=detail)


def passing(detail: str) -> Result:
    """It failed, and may succeed another time."""
    return Result(delivered=False, detail=detail)


def crowded(detail: str) -> Result:
    """It was not made: others had their turn."""
    return Result(delivered=False, crowded=True, detail=detail)


def permanent(detail: str) -> Result:
    """It failed, and would again."""
    return Result(delivered=False, permanent=True, detail=detail)


def lapsed(lapse: Lapse, detail: str) -> Result:
    """It was not made for a mistake of our own, and would not be again."""
    return Result(delivered=False, permanent=True, detail=detail, lapse=lapse)


def of_status(status: int, said: str = "") -> Result:
    """By an HTTP status, and what came with it."""
    detail = f"{status} {said}".strip()
    if status in _OK:
        return delivered(detail)
    if status in _FINAL and status not in _PASSING_STATUS:
        return permanent(detail)
    return passing(detail)


def of_socket(text: str) -> Result:
    """By what a socket, TLS or the requests library complained of."""
    if any(word in text for word in _UNTRUSTED):
        return permanent("its certificate is not trusted")
    if "timed out" in text.lower():
        return passing("no answer in time")
    if found := _ERRNO.search(text):
        return passing(found[1].strip())
    return passing(text.rsplit(": ", 1)[-1])


def of_smtp(error: Exception) -> Result:
    """By what SMTP raised: 5xx is final, 4xx (greylisting, quotas) is not."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return _of_reply(code, said)
    if isinstance(error, smtplib.SMTPResponseException):
        return _of_reply(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return permanent(str(error))
    if isinstance(error, smtplib.SMTPServerDisconnected) and "timed out" not in str(error):
        return passing("the server hung up")
    return of_socket(str(error))


def _of_reply(code: int, said: str | bytes) -> Result:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    detail = f"{code} {words}"
    return permanent(detail) if code >= _SMTP_FINAL else passing(detail)


def of_lines(lines: Iterable[str]) -> Result:
    """By what one of Apprise's own plugins logged: it returns no more than False.

    They log the HTTP status as `error=404`, the answer as `Response Details: b'...'`, and what the socket
    raised as `Socket Exception: ...`.
    """
    said = list(lines)
    if (status := _last(_STATUS, said)) is not None:
        answer = _answer(said)
        code = _number(answer.get("error_code"))
        # Zalo Bot refuses with HTTP 200, and the true status inside.
        judged = of_status(code if int(status) in _OK and code else int(status), told(answer))
        return passing(judged.detail) if judged.delivered else judged
    if (complaint := _last(_SOCKET, said)) is not None:
        return of_socket(complaint)
    return passing(said[-1] if said else "Apprise gave no reason")


def told(answer: Mapping[str, Any]) -> str:
    """The words of a JSON answer, by the keys that gateways use for them."""
    for key in ("description", "message", "error_description", "ErrorMessage", "error_name", "error"):
        if isinstance(words := answer.get(key), str) and words:
            return words
    return ""


def _last(pattern: re.Pattern[str], lines: list[str]) -> str | None:
    found = [match[1] for line in lines if (match := pattern.search(line))]
    return found[-1] if found else None


def _answer(lines: list[str]) -> Mapping[str, Any]:
    quoted = _last(_ANSWER, lines)
    if quoted is None:
        return {}
    try:
        answer = json.loads(ast.literal_eval(quoted))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def scrub(result: Result, secrets: Iterable[str]) -> Result:
    """The same result with a detail that is short, one line, and free of secrets and of user names in URLs.

    Short values are left alone: they would blot out ordinary words.
    """
    detail = result.detail
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) < _SHORTEST_SECRET:
            continue
        for written in {
            secret,
            quote(secret, safe=""),
            quote(secret),
            quote_plus(secret),
            repr(secret)[1:-1],
        }:
            detail = detail.replace(written, _MASK)
    detail = _USER_INFO.sub(_MASK, detail)
    detail = _CONTROL.sub(" ", detail).strip()
    if len(detail) > _LONGEST:
        detail = detail[: _LONGEST - 1] + "…"
    return replace(result, detail=detail)
