"""Reads secrets where they lie, at the moment they are needed, so that rotating one needs no reload."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from bridgewatch.model.paging import Lapse
from bridgewatch.model.secret import Secret, SecretSource
from bridgewatch.model.words import Language
from bridgewatch.texts.lapses import tell_lapse

_LARGEST: Final = 65_536  # octets; a file that is larger is no secret
_CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"


class SecretMissingError(Exception):
    """A secret cannot be read. Says why of which `thing` (variable, file, credential), never its value."""

    def __init__(self, lapse: Lapse, thing: str) -> None:
        super().__init__(tell_lapse(lapse, thing, Language.EN))
        self.lapse = lapse
        self.thing = thing


def read_secret(secret: Secret) -> str:
    """The value, without the line end that editors append. Raises SecretMissingError."""
    if secret.source is SecretSource.ENVIRONMENT:
        value, empty, thing = os.environ.get(secret.name, ""), Lapse.VARIABLE_EMPTY, secret.name
    else:
        path = _path(secret)
        value, empty, thing = _read(path), Lapse.FILE_UNFIT, str(path)
    value = value.rstrip("\r\n")
    if not value:
        raise SecretMissingError(empty, thing)
    return value


class Vault:
    """The secrets of one gateway for one attempt, read when they are asked for. Never shows a value."""

    def __init__(self, secrets: Mapping[str, Secret]) -> None:
        self._secrets = secrets
        self._read: dict[str, str] = {}
        self._hidden: set[str] = set()

    def get(self, key: str) -> str | None:
        """The value; None where the configuration names no such secret. Raises SecretMissingError."""
        if key in self._secrets and key not in self._read:
            self._read[key] = read_secret(self._secrets[key])
        return self._read.get(key)

    def names(self) -> Iterable[str]:
        """The names that the configuration gives them."""
        return self._secrets.keys()

    def hide(self, *values: str) -> None:
        """Keep these out of what is told as well: tokens that grew from a secret."""
        self._hidden.update(values)

    def values(self) -> Iterable[str]:
        """What is known until now, to be kept out of what is told."""
        return {*self._read.values(), *self._hidden}


def _path(secret: Secret) -> Path:
    if secret.source is SecretSource.FILE:
        return Path(secret.name)
    folder = os.environ.get(_CREDENTIALS)
    if not folder:
        raise SecretMissingError(Lapse.NO_CREDENTIALS, secret.name)
    # A name is one component: it must not lead out of the folder.
    return Path(folder) / Path(secret.name).name


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise SecretMissingError(Lapse.FILE_UNFIT, str(path))
        return content.decode("utf-8")
    except FileNotFoundError:
        raise SecretMissingError(Lapse.FILE_MISSING, str(path)) from None
    except OSError:
        raise SecretMissingError(Lapse.FILE_UNREADABLE, str(path)) from None
    except UnicodeDecodeError:
        raise SecretMissingError(Lapse.FILE_UNFIT, str(path)) from None
