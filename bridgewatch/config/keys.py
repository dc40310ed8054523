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
            keys.setdefault(KeyId(name), Secret(SecretSource.FILE, f"{document.directory}/{name}"))
    return Segment(_NAME, keys=tuple(NamedKey(*key) for key in keys.items()))


def used_keys(surveys: Iterable[Survey], files: Mapping[str, Parsed]) -> Iterator[str]:
    """The keys that targets name, of links and of egresses."""
    for survey in surveys:
        yield from (use.key for use in survey.keys)
    for parsed in files.values():
        yield from (mention.name for mention in parsed.mentions if mention.named is Named.KEY)
