"""The keys that links are signed with: made at the first start, kept in the state directory, rotated."""

import base64
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, ValidationError

from bridgewatch.adapters import private
from bridgewatch.model.phrases import phrase

FILE_NAME: Final = "answer-keys.json"
_KEY_OCTETS: Final = 32
_LEAST_OCTETS: Final = 16
_DAY_NS: Final = 24 * 3600 * 10**9
ROTATE_AFTER_NS: Final = 30 * _DAY_NS


class KeysError(Exception):
    """The file is there and cannot be used; a phrase says what to do."""


class _Key(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    made_ns: int
    key: Base64Bytes = Field(min_length=_LEAST_OCTETS, repr=False)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[_Key, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys from the oldest to the newest; the newest signs, all of them verify."""

    secrets: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"Keys({len(self.secrets)})"


class KeyRing:
    """The keys of one state directory. `overlap_ns`: how long a key that was replaced still verifies.

    The order of the file is the order of the keys, so a clock that was set back orders nothing anew.
    """

    def __init__(self, state_dir: Path, overlap_ns: int) -> None:
        self._path: Final = state_dir / FILE_NAME
        self._overlap_ns = overlap_ns
        self._held: tuple[_Key, ...] = ()

    def open(self, now_ns: int) -> None:
        """Read the keys, or make the first one. Raises KeysError, or OSError where the disk refuses."""
        content = private.read(self._path)
        if content is None:
            self.rotate(now_ns)
            return
        try:
            self._held = _File.model_validate_json(content).keys
        except ValidationError:
            raise KeysError(
                phrase(
                    "{path} is damaged; move it away and start again: links that were sent before then "
                    "no longer open",
                    path=str(self._path),
                )
            ) from None
        self.refresh(now_ns)

    def refresh(self, now_ns: int) -> bool:
        """Rotate where the newest key is old, and forget what has been replaced for long; whether it did."""
        if now_ns - self._held[-1].made_ns >= ROTATE_AFTER_NS:
            self.rotate(now_ns)
            return True
        kept = self._kept(now_ns)
        if kept == self._held:
            return False
        self._save(kept)
        return True

    def rotate(self, now_ns: int, *, forget: bool = False) -> None:
        """Sign with a new key from now on. `forget`: what was signed with others no longer opens.

        Raises OSError, and then everything is as it was.
        """
        new = _Key.model_construct(made_ns=now_ns, key=secrets.token_bytes(_KEY_OCTETS))
        self._save((new,) if forget else (*self._kept(now_ns), new))

    def keys(self) -> Keys:
        """What to sign and verify with."""
        return Keys(tuple(held.key for held in self._held))

    def _kept(self, now_ns: int) -> tuple[_Key, ...]:
        """All but those whose successor has been signing for longer than the overlap."""
        if not self._held:
            return ()
        replaced_ns = (*(key.made_ns for key in self._held[1:]), now_ns)
        return tuple(
            key
            for key, since_ns in zip(self._held, replaced_ns, strict=True)
            if now_ns - since_ns <= self._overlap_ns
        )

    def _save(self, keys: tuple[_Key, ...]) -> None:
        values = {
            "keys": [{"made_ns": key.made_ns, "key": base64.b64encode(key.key).decode()} for key in keys]
        }
        private.write(self._path, json.dumps(values, indent=1).encode() + b"\n")
        self._held = keys
