"""The kinds of scalar that operators write, as annotated types for the documents.

Each parser takes what the tree holds (see `tree`) and returns a value in base units, or raises a mistake that
says what was expected. JSON Schema types are given by hand: the schema describes YAML as an editor reads it.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import AfterValidator, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import core_schema

from bridgewatch.config.errors import describe, mistake, one_of
from bridgewatch.config.hosts import (
    HostPort,
    check_unicast,
    check_unicast_socket,
    parse_address,
    parse_host,
    parse_socket,
)
from bridgewatch.config.tree import Quoted
from bridgewatch.model.phrases import Phrase, Words, phrase
from bridgewatch.model.words import Family

ID_PATTERN: Final = "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"
LINK_ID_PATTERN: Final = "^[a-z0-9-]{1,64}/[a-z0-9-]{1,64}$"
TEXT_PATTERN: Final = r"^[^\x00-\x1f\x7f]{1,200}$"
CODE_PATTERN: Final = "^[0-9]{1,10}$"
VARIABLE_PATTERN: Final = "^[a-z][a-z0-9_]{0,31}$"
INTERFACE_PATTERN: Final = r"^[^\s/\x00-\x1f\x7f]{1,15}$"

PATTERN_MEANINGS: Final = {
    ID_PATTERN: phrase("lower-case letters, digits and hyphens, at most 64"),
    LINK_ID_PATTERN: phrase("a link as site/link"),
    TEXT_PATTERN: phrase("text of 1 to 200 printable characters"),
    CODE_PATTERN: phrase("a code of digits"),
    VARIABLE_PATTERN: phrase("lower-case letters, digits and underscores, at most 32"),
    INTERFACE_PATTERN: phrase("the name of a network interface"),
}

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
LinkPath = Annotated[str, StringConstraints(pattern=LINK_ID_PATTERN)]
Text = Annotated[str, StringConstraints(pattern=TEXT_PATTERN)]
Code = Annotated[str, StringConstraints(pattern=CODE_PATTERN)]
Interface = Annotated[str, StringConstraints(pattern=INTERFACE_PATTERN)]

_NUMBER: Final = re.compile(r"\d+(\.\d+)?", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,18}", re.ASCII)
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?", re.ASCII)
_SECONDS: Final = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_SECONDS_EXAMPLE: Final = one_of(("1s", "500ms"))
_RATIO: Final = re.compile(r"(\d+(?:\.\d+)?)\s?(%)?", re.ASCII)
_RATE: Final = re.compile(r"(\d+(?:\.\d+)?)([kMG])?", re.ASCII)
_FACTORS: Final = {None: 1, "k": 10**3, "M": 10**6, "G": 10**9}
_MAX_RATE: Final = 10**13
_OCTETS: Final = re.compile(r"(\d+(?:\.\d+)?)\s?(kB|MB|GB|TB)?", re.ASCII)
_SIZE_FACTORS: Final = {None: 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_MAX_OCTETS: Final = 10**15
_MOST_TIMES: Final = 10.0
_MAX_DSCP: Final = 63

# RFC 2474, 2597, 3246 and 5865: the names routers' configurations use.
_DSCP_NAMES: Final = (
    {f"CS{n}": 8 * n for n in range(8)}
    | {f"AF{c}{d}": 8 * c + 2 * d for c in range(1, 5) for d in range(1, 4)}
    | {"BE": 0, "EF": 46, "VA": 44}
)


def parse_ratio(value: Any) -> float:
    """A ratio from 0 to 1: `0.01` or `1%`."""
    match = _RATIO.fullmatch(value) if isinstance(value, str) else None
    ratio = float(match[1]) / (100 if match[2] else 1) if match else 2.0
    if ratio > 1:
        raise mistake(phrase("a ratio such as 1% or 0.01"))
    return ratio


def parse_share(value: Any) -> float:
    """A share of something that may be more than all of it: `80%`, `120%`, `1.2`."""
    match = _RATIO.fullmatch(value) if isinstance(value, str) else None
    share = float(match[1]) / (100 if match[2] else 1) if match else 0.0
    if not 0 < share <= _MOST_TIMES:
        raise mistake(phrase("a share such as 80%, 120% or 1.2"))
    return share


def parse_octets(value: Any) -> int:
    """Octets: `500MB`, `2GB`; powers of ten, and never bits."""
    match = _OCTETS.fullmatch(value) if isinstance(value, str) else None
    octets = round(float(match[1]) * _SIZE_FACTORS[match[2]]) if match else 0
    if not 1 <= octets <= _MAX_OCTETS:
        raise mistake(phrase("a size in octets such as 500MB or 2GB"))
    return octets


def parse_rate(value: Any) -> int:
    """bit/s: `20M`, `1.5G`, `512k`, `64000`; powers of ten, as carriers sell them."""
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    rate = round(float(match[1]) * _FACTORS[match[2]]) if match else 0
    if not 1 <= rate <= _MAX_RATE:
        raise mistake(phrase("a rate in bit/s such as 20M, 1.5G or 512k"))
    return rate


def parse_dscp(value: Any) -> int:
    """A DiffServ code point as number or name: `34`, `AF41`."""
    if isinstance(value, str):
        if value.upper() in _DSCP_NAMES:
            return _DSCP_NAMES[value.upper()]
        if _WHOLE.fullmatch(value) and int(value) <= _MAX_DSCP:
            return int(value)
    raise mistake(phrase("a DSCP from 0 to 63, or a name such as AF41 or EF"))


def parse_flag(value: Any) -> bool:
    """`true` or `false`; YAML 1.1's yes, no, on and off mean nothing here."""
    if type(value) is str and value in {"true", "false"}:
        return value == "true"
    raise mistake(one_of(("true", "false")), _unquote_hint(value))


def _unquote_hint(value: Any) -> Phrase | None:
    if not isinstance(value, Quoted):
        return None
    return phrase("the text {text} in quotes", text=describe(str(value)))


def described(kind: str | list[str], description: str) -> WithJsonSchema:
    """The JSON Schema of a scalar, as an editor shows it."""
    return WithJsonSchema({"type": kind, "description": description})


@dataclass(frozen=True, slots=True)
class Whole:
    """Annotates a whole number, both bounds included, written without quotes."""

    low: int
    high: int

    def parse(self, value: Any) -> int:
        """The number that `value` says."""
        if type(value) is str and _WHOLE.fullmatch(value) and self.low <= int(value) <= self.high:
            return int(value)
        expected = phrase("a whole number from {low} to {high}", low=str(self.low), high=str(self.high))
        raise mistake(expected, _unquote_hint(value))

    def __get_pydantic_core_schema__(self, *_: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, *_: Any) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Duration:
    """Annotates a duration in seconds, both bounds included: `1`, `0.1`, `500ms`, `2s`, `5m`, `24h`, `7d`."""

    low: float
    high: float
    example: Words = _SECONDS_EXAMPLE

    def parse(self, value: Any) -> float:
        """The seconds that `value` says."""
        match = _DURATION.fullmatch(value) if isinstance(value, str) else None
        seconds = float(match[1]) * _SECONDS[match[2]] if match else -1.0
        if self.low <= seconds <= self.high:
            return seconds
        raise mistake(
            phrase(
                "a duration from {low} to {high}, such as {example}",
                low=_shown(self.low),
                high=_shown(self.high),
                example=self.example,
            )
        )

    def __get_pydantic_core_schema__(self, *_: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, *_: Any) -> dict[str, Any]:
        description = "a duration: 500ms, 1s, 5m, 24h, 7d; a plain number is seconds"
        return {"type": ["string", "number"], "description": description}


def _shown(seconds: float) -> str:
    return f"{seconds / 86_400:g}d" if seconds and seconds % 86_400 == 0 else f"{seconds:g}s"


Host = Annotated[
    str,
    PlainValidator(parse_host),
    AfterValidator(check_unicast),
    described("string", "an IP address or a DNS name"),
]
Address = Annotated[
    str, PlainValidator(parse_address), AfterValidator(check_unicast), described("string", "an IP address")
]
Socket = Annotated[
    HostPort,
    PlainValidator(parse_socket),
    AfterValidator(check_unicast_socket),
    described("string", "host:port or [IPv6]:port"),
]
Rate = Annotated[int, PlainValidator(parse_rate), described(["string", "integer"], "bit/s: 20M, 1.5G, 512k")]
Ratio = Annotated[float, PlainValidator(parse_ratio), described(["string", "number"], "a ratio: 1% or 0.01")]
Share = Annotated[
    float, PlainValidator(parse_share), described(["string", "number"], "a share: 80%, 120% or 1.2")
]
Octets = Annotated[
    int, PlainValidator(parse_octets), described(["string", "integer"], "octets: 500MB, 2GB, 2000000000")
]
Dscp = Annotated[
    int, PlainValidator(parse_dscp), described(["string", "integer"], "0 to 63, or AF41, EF ...")
]
Flag = Annotated[bool, PlainValidator(parse_flag), described("boolean", "true or false")]
Delay = Annotated[float, Duration(0.0, 60.0)]
Interval = Annotated[float, Duration(0.02, 3600.0)]
Timeout = Annotated[float, Duration(0.1, 60.0)]


def _parse_family(value: Any) -> Family:
    if type(value) is str and value in {"4", "6"}:
        return Family(int(value))
    raise mistake(one_of(("4", "6")), _unquote_hint(value))


FamilyNumber = Annotated[
    Family, PlainValidator(_parse_family), WithJsonSchema({"enum": [4, 6], "description": "address family"})
]
