"""The keys that two ends of a path share: where those lie that anything names."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from bridgewatch.config.documents.keys import KeysDocument
from bridgewatch.config.named import Named
from bridgewatch.config.parse import Parsed
from bridgewatch.config.plan import NamedKey, Segment
from bridgewatch.config.survey import Survey
from bridgewatch.model.ids import KeyId
from bridgewatch.model.secret import Secret, SecretSource

_NAME: Final = "keys"


def key_segment(document: KeysDocument, used: Iterable[str]) -> Segment:
    """The keys that are named one by one, and those of `used` that lie in the directory."""
    keys = {KeyId(name): secret for name, secret in document.keys.items()}
    if document.directory is not None:
        for name in used:
            keys.setdefault(KeyId(name), _within(document.directory, name))
    return Segment(_NAME, keys=tuple(NamedKey(*key) for key in keys.items()))


def _within(folder: Secret, name: str) -> Secret:
    """A file of a directory. Of one that is a credential, systemd passes on every file as NAME_FILE."""
    between = "_" if folder.source is SecretSource.CREDENTIAL else "/"
    return Secret(folder.source, f"{folder.name}{between}{name}")


def used_keys(surveys: Iterable[Survey], files: Mapping[str, Parsed]) -> Iterator[str]:
    """The keys that targets name, of links and of egresses."""
    for survey in surveys:
        yield from (use.key for use in survey.keys)
    for parsed in files.values():
        yield from (mention.name for mention in parsed.mentions if mention.named is Named.KEY)
