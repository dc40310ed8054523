"""The token pair of a Zalo Official Account: one owner, one file, one use of each refresh token.

Gateways with the same application and the same first refresh token are of one account, and share its pair.

A refresh token works once: whoever uses it must keep the pair that comes back, or the account has to be
authorised by hand again. So a refresh happens under a lock that processes share (`notify-test` beside the
daemon), looks first whether another one has done it, and saves the new pair durably before using it.
"""

import contextlib
import fcntl
import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from bridgewatch.adapters.notify import judge
from bridgewatch.adapters.notify.http import post
from bridgewatch.adapters.notify.kind import Order, UnfitError

log = logging.getLogger(__name__)

_OAUTH: Final = "https://oauth.zaloapp.com"
_PATH: Final = "/v4/oa/access_token"
_DIGITS: Final = 12  # of the digest; it tells apart, it proves nothing
_USED: Final = frozenset({-14020, -14014})  # used before or expired; never valid
_ODD: Final = re.compile(r"[^A-Za-z0-9._-]")


class RefreshError(Exception):
    """Zalo gave no new pair now, and may another time."""


def of_account(order: Order) -> "Tokens":
    """The tokens of the account that a gateway belongs to. Raises UnfitError where they cannot be kept."""
    if order.state is None:
        raise UnfitError(f"gateway {order.gateway.id}: there is no state directory to keep its tokens in")
    return Tokens(order.state, order, order.setting("oauth_url", _OAUTH).rstrip("/"))


class Tokens:
    """What is kept of one account in `<state>/zalo-<application>-<digest>.json`, readable by nobody else.

    The digest is of the first refresh token: a new one that an operator puts in begins anew.
    """

    def __init__(self, state: Path, order: Order, oauth: str) -> None:
        self._order = order
        self._oauth = oauth
        self._seed = order.secret("refresh_token")
        digest = sha256(self._seed.encode()).hexdigest()[:_DIGITS]
        name = f"zalo-{_ODD.sub('-', order.setting('app_id'))}-{digest}"
        self._file = state / f"{name}.json"
        self._lock = state / f"{name}.lock"

    def access(self) -> str | None:
        """The access token that is kept, None before the first refresh."""
        token = self._load().get("access_token")
        return token if isinstance(token, str) else None

    def refreshed(self, after: str | None) -> str:
        """An access token newer than `after`.

        Raises UnfitError where the account must be authorised again, RefreshError where Zalo may give one
        another time, and what `requests` raises.
        """
        with self._locked():
            kept = self._load()
            token = kept.get("access_token")
            if isinstance(token, str) and token != after:
                return token
            return self._refresh(str(kept.get("refresh_token") or self._seed))

    def _refresh(self, refresh_token: str) -> str:
        self._order.secrets.hide(refresh_token)
        answer = post(
            self._oauth + _PATH,
            self._order.gateway.timeout,
            form={
                "refresh_token": refresh_token,
                "app_id": self._order.setting("app_id"),
                "grant_type": "refresh_token",
            },
            headers={"secret_key": self._order.secret("secret_key")},
        )
        access, follower = answer.fields.get("access_token"), answer.fields.get("refresh_token")
        if isinstance(access, str) and access and isinstance(follower, str) and follower:
            self._order.secrets.hide(access, follower)
            self._save({"access_token": access, "refresh_token": follower})
            return access
        error = answer.number("error")
        if error in _USED:
            complaint = (
                f"gateway {self._order.gateway.id}: Zalo refuses the refresh token ({error}): it was used "
                "before or has expired; authorise the account again and replace the secret refresh_token"
            )
            log.critical("%s", complaint)
            raise UnfitError(complaint)
        raise RefreshError(f"no new token: {error or answer.status} {judge.told(answer.fields)}")

    def _load(self) -> Mapping[str, Any]:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _save(self, pair: Mapping[str, str]) -> None:
        new = self._file.with_suffix(".new")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(handle, 0o600)
            json.dump(pair, file)
            file.flush()
            os.fsync(handle)
        new.replace(self._file)
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        # Each opening has a lock of its own, so threads of one process exclude each other as well.
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
