"""Who may use the API: named tokens with rights, of which only hashes are kept."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bridgewatch.adapters import private
from bridgewatch.core.nearest import suggesting
from bridgewatch.model.phrases import phrase

FILE_NAME: Final = "api-tokens.json"
_PREFIX: Final = "bw_"  # so that scanners for leaked secrets know one when they see it
_OCTETS: Final = 32
_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


@unique
class Right(StrEnum):
    """What a caller may do. Whoever may do anything may read."""

    READ = "read"
    ANSWER = "answer"  # acknowledge, ask for help, decline, resolve
    SILENCE = "silence"  # set and lift silences
    ALL = "all"  # these, and close or extend events


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what they may do."""

    name: str
    may: frozenset[Right]

    def can(self, right: Right) -> bool:
        """Whether they have `right`."""
        return right is Right.READ or Right.ALL in self.may or right in self.may


class BearersError(Exception):
    """The file cannot be used, or what is asked of it cannot be done; a phrase says what to do."""


class Bearer(BaseModel):
    """One token. 256 random bits need no slow hash: nobody can try them all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=_NAME)
    may: tuple[Right, ...] = Field(min_length=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$", repr=False)
    made_ns: int


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: tuple[Bearer, ...] = ()


class Bearers:
    """The tokens of one state directory. Commands write the file, the daemon sees it change."""

    def __init__(self, state_dir: Path) -> None:
        self._path: Final = state_dir / FILE_NAME
        self._seen: tuple[int, int, int] | None = None
        self._held: tuple[Bearer, ...] = ()

    def caller(self, token: str) -> Caller | None:
        """Whose token this is; None for nobody's. Raises BearersError, or OSError where it cannot be read."""
        given = _hash(token)
        found = None
        for bearer in self.all():
            if hmac.compare_digest(bearer.sha256, given):
                found = bearer
        return Caller(found.name, frozenset(found.may)) if found else None

    def all(self) -> Sequence[Bearer]:
        """Every token, by age. Raises BearersError or OSError."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._seen, self._held = None, ()
            return ()
        seen = (status.st_mtime_ns, status.st_ino, status.st_size)
        if seen != self._seen:
            self._held, self._seen = self._read(), seen
        return self._held

    def add(self, name: str, may: Iterable[Right], now_ns: int) -> str:
        """Make a token; it is returned this once and kept nowhere. Raises BearersError or OSError."""
        if re.fullmatch(_NAME, name) is None:
            raise BearersError(
                phrase(
                    "{name} is no name for a token: letters, digits, '.', '_' and '-', at most 64",
                    name=repr(name),
                )
            )
        token = _PREFIX + secrets.token_urlsafe(_OCTETS)
        new = Bearer(name=name, may=tuple(sorted(set(may))), sha256=_hash(token), made_ns=now_ns)
        with private.locked(self._path):
            held = self._read()
            if any(bearer.name == name for bearer in held):
                raise BearersError(
                    phrase("there is a token named {name} already; remove it first", name=name)
                )
            self._write((*held, new))
        return token

    def remove(self, name: str) -> None:
        """Let a token open nothing from now on. Raises BearersError or OSError."""
        with private.locked(self._path):
            held = self._read()
            kept = tuple(bearer for bearer in held if bearer.name != name)
            if kept == held:
                said = phrase("there is no token named {name}", name=name)
                raise BearersError(suggesting(said, name, (bearer.name for bearer in held)))
            self._write(kept)

    def _read(self) -> tuple[Bearer, ...]:
        content = private.read(self._path)
        if content is None:
            return ()
        try:
            return _File.model_validate_json(content).tokens
        except ValidationError:
            raise BearersError(
                phrase("{path} is damaged; move it away and add the tokens again", path=str(self._path))
            ) from None

    def _write(self, bearers: tuple[Bearer, ...]) -> None:
        text = _File(tokens=bearers).model_dump_json(indent=1)
        private.write(self._path, text.encode() + b"\n")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
