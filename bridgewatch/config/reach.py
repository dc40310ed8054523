"""How people and gateways are reached: phone numbers, URLs, and where secrets lie."""

import re
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import PlainValidator, WithJsonSchema

from bridgewatch.config.errors import describe, mistake, one_of
from bridgewatch.config.hosts import parse_host
from bridgewatch.config.scalars import ID_PATTERN, PATTERN_MEANINGS, described
from bridgewatch.model.phrases import phrase
from bridgewatch.model.secret import Secret, SecretSource

_PHONE: Final = re.compile(r"\+?\d{3,15}", re.ASCII)
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[ .-](?=\d)", re.ASCII)
_URL: Final = re.compile(r"https?://[^\s\x00-\x20\x7f]{1,400}", re.ASCII | re.IGNORECASE)
_POSTGRES: Final = re.compile(r"postgres(ql)?://[^\s\x00-\x20\x7f#]{1,400}", re.ASCII)
_PASSWORD_IN_POSTGRES: Final = re.compile(r"://[^/?]*:[^/?]*@|[?&](ssl)?password=", re.ASCII)
_ID: Final = re.compile(ID_PATTERN)
_WHERE_IT_LIES: Final = one_of(("{env: NAME}", "{file: /PATH}", "{credential: NAME}"))
_NAMES: Final = {
    SecretSource.ENVIRONMENT: (re.compile(r"[A-Za-z_]\w{0,127}", re.ASCII), phrase("the name of a variable")),
    SecretSource.FILE: (re.compile(r"/[^\x00-\x1f\x7f]{1,400}"), phrase("a path that begins with /")),
    SecretSource.CREDENTIAL: (
        re.compile(r"[\w-][\w.-]{0,99}", re.ASCII),
        phrase("the name of a credential that systemd passes on"),
    ),
}


def parse_phone(value: Any) -> str:
    """Digits, maybe with a + in front; spaces, dots and hyphens between them are for the eye."""
    digits = _BETWEEN_DIGITS.sub("", value) if isinstance(value, str) else ""
    if not _PHONE.fullmatch(digits):
        raise mistake(phrase("a phone number of digits"))
    return str(digits)


def parse_url(value: Any) -> str:
    """A web address without a slash at its end. What may hold a password is never repeated."""
    if isinstance(value, str) and "@" in value:
        raise mistake(phrase("a URL without a name or password"), phrase("a URL with an @ in it"))
    if isinstance(value, str) and _URL.fullmatch(value):
        try:
            parts = urlsplit(value)
            parse_host(parts.hostname)
            _ = parts.port
        except ValueError:
            raise mistake(phrase("a URL such as https://host.example")) from None
        if not parts.fragment:
            return value.rstrip("/")
    raise mistake(phrase("a URL such as https://host.example"))


def parse_postgres_url(value: Any) -> str:
    """A URL as PostgreSQL's own library reads them. What may hold a password is never repeated."""
    if isinstance(value, str) and _PASSWORD_IN_POSTGRES.search(value):
        expected = phrase("`password:` beside it, saying where the password lies")
        raise mistake(expected, phrase("a URL with a password in it"))
    if isinstance(value, str) and _POSTGRES.fullmatch(value):
        servers = urlsplit(value).netloc.rpartition("@")[2]
        try:
            _ = [urlsplit(f"//{server}").port for server in servers.split(",")]
        except ValueError:
            raise mistake(phrase("ports from 1 to 65535")) from None
        return value
    raise mistake(phrase("a URL such as postgresql://bridgewatch@db.example/bridgewatch"))


def parse_people(value: Any) -> tuple[str, ...]:
    """The ids of one contact or several."""
    people = value if isinstance(value, list) else [value]
    if not people:
        raise mistake(phrase("the id of a contact, or a list of them"))
    for index, person in enumerate(people):
        if not isinstance(person, str) or not _ID.fullmatch(person):
            expected = phrase("ids of contacts: {form}", form=PATTERN_MEANINGS[ID_PATTERN])
            raise mistake(expected, describe(person), index if isinstance(value, list) else None)
    if len(set(people)) < len(people):
        twice = next(person for person in people if people.count(person) > 1)
        raise mistake(phrase("each contact once"), phrase("{value} a second time", value=describe(twice)))
    return tuple(map(str, people))


def parse_folder(value: Any) -> Secret:
    """Where a directory of secrets lies: a path, without a slash at its end, or a credential of systemd's."""
    if isinstance(value, dict) and set(value) == {SecretSource.CREDENTIAL.value}:
        return parse_secret(value)
    pattern, meaning = _NAMES[SecretSource.FILE]
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise mistake(phrase("{path}, or {credential}", path=meaning, credential="{credential: NAME}"))
    return Secret(SecretSource.FILE, value.rstrip("/") or "/")


def parse_secret(value: Any) -> Secret:
    """Where a secret lies. What stands in its place is never repeated: it may be the secret."""
    if not isinstance(value, dict):
        raise mistake(_WHERE_IT_LIES, describe(None) if value is None else phrase("a secret in plain text"))
    sources = {source.value for source in SecretSource}
    if len(value) != 1 or not set(value) <= sources:
        raise mistake(_WHERE_IT_LIES, phrase("a mapping of another form"))
    ((key, name),) = value.items()
    source = SecretSource(key)
    pattern, meaning = _NAMES[source]
    if not isinstance(name, str) or not pattern.fullmatch(name):
        raise mistake(meaning, phrase("something else"), key)
    return Secret(source, str(name))


Phone = Annotated[
    str, PlainValidator(parse_phone), described(["string", "integer"], "a phone number: 0100 000 001")
]
Url = Annotated[str, PlainValidator(parse_url), described("string", "https://host.example")]
PostgresUrl = Annotated[
    str,
    PlainValidator(parse_postgres_url),
    described("string", "postgresql://bridgewatch@db.example/bridgewatch"),
]
People = Annotated[
    tuple[str, ...],
    PlainValidator(parse_people),
    WithJsonSchema(
        {
            "description": "the id of a contact, or a list of them",
            "type": ["string", "array"],
            "items": {"type": "string", "pattern": ID_PATTERN},
        }
    ),
]
SecretField = Annotated[
    Secret,
    PlainValidator(parse_secret),
    WithJsonSchema(
        {
            "description": f"where the secret lies: {_WHERE_IT_LIES}",
            "type": "object",
            "properties": {source.value: {"type": "string"} for source in SecretSource},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
    ),
]
