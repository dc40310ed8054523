"""Throughput tests: where to, when, and what they may cost."""

from typing import Annotated, Any, Final

from pydantic import Discriminator, Field, PlainValidator, Tag, model_validator

from bridgewatch.config.documents.base import Document
from bridgewatch.config.errors import mistake, one_of
from bridgewatch.config.hosts import HostPort, check_unicast_socket, parse_socket
from bridgewatch.config.reach import Url
from bridgewatch.config.scalars import Duration, Id, Octets, Rate, Share, Whole, described
from bridgewatch.config.times import DailyWindow
from bridgewatch.model.bandwidth import METHODS, Method
from bridgewatch.model.phrases import phrase

IPERF3_PORT: Final = 5201
_DAY: Final = 86_400.0
_EVERY: Final = Duration(3600, 366 * _DAY, "7d")
NEVER: Final = "never"


def _parse_server(value: Any) -> HostPort:
    return check_unicast_socket(parse_socket(value, otherwise=IPERF3_PORT))


def _parse_path(value: Any) -> str:
    if isinstance(value, str) and value.startswith("/") and value.isprintable() and " " not in value:
        return str(value)
    raise mistake(phrase("a path that begins with /, such as {example}", example="/backend/garbage.php"))


def parse_never(value: Any) -> str:
    """The word `never`."""
    if value != NEVER:
        raise mistake(phrase("`never`, or a mapping with `server`"))
    return NEVER


def _parse_every(value: Any) -> float:
    """Seconds; 0 for never."""
    return 0.0 if value == NEVER else _EVERY.parse(value)


UrlPath = Annotated[str, PlainValidator(_parse_path), described("string", "a path that begins with /")]

Iperf3Server = Annotated[
    HostPort, PlainValidator(_parse_server), described("string", "host:port; the port is 5201 unless given")
]


class ServerDocument(Document):
    """A far end of throughput tests: `iperf3` or `http`."""

    iperf3: Iperf3Server | None = None
    http: Url | None = None
    download: UrlPath | None = Field(default=None, description="GET url + this; /download unless said")
    upload: UrlPath | None = Field(default=None, description="POST url + this; /upload unless said")

    @model_validator(mode="after")
    def _one_kind(self) -> "ServerDocument":
        if (self.iperf3 is None) == (self.http is None):
            found = phrase("no server") if self.iperf3 is None else phrase("both `iperf3` and `http`")
            raise mistake(phrase("either `iperf3` or `http`"), found)
        for key in ("download", "upload"):
            if self.http is None and getattr(self, key) is not None:
                raise mistake(phrase("`http:` beside it"), phrase("a path of no URL"), key)
        return self

    @property
    def kind(self) -> str:
        """A key of METHODS."""
        return "http" if self.iperf3 is None else "iperf3"


def _windows_kind(value: Any) -> str:
    return "~list" if isinstance(value, list) else "~window"


WindowsField = Annotated[
    Annotated[DailyWindow, Tag("~window")]
    | Annotated[list[DailyWindow], Field(min_length=1, max_length=16), Tag("~list")],
    Discriminator(_windows_kind),
]


class TermsDocument(Document):
    """What tests of a link may cost; what is left out is taken from `tests` of bandwidth.yaml."""

    windows: WindowsField | None = Field(
        default=None, description="when tests may run, local time: 22:00-05:00, or a list"
    )
    methods: list[Method] | None = Field(
        default=None, min_length=1, max_length=3, description="those that the server can do"
    )
    seconds: Annotated[float, Duration(3, 120, one_of(("10s", "30s")))] | None = Field(
        default=None, description="of each direction"
    )
    streams: Annotated[int, Whole(1, 64)] | None = None
    share: Share | None = Field(default=None, description="of the contract in force, the most to ask for")
    rate: Rate | None = Field(default=None, description="the most to ask for, whatever the contract says")
    per_day: Octets | None = Field(default=None, description="ceiling of both directions: 500MB, 2GB")
    every: (
        Annotated[
            float, PlainValidator(_parse_every), described("string", "how often by itself: 7d, or never")
        ]
        | None
    ) = None

    def windows_said(self) -> list[Any]:
        """The windows, however they were written."""
        if self.windows is None:
            return []
        return self.windows if isinstance(self.windows, list) else [self.windows]


def _server_kind(value: Any) -> str:
    return "~server" if isinstance(value, dict) else "~id"


ServerField = Annotated[
    Annotated[Id, Tag("~id")] | Annotated[ServerDocument, Tag("~server")], Discriminator(_server_kind)
]


class ThroughputDocument(TermsDocument):
    """How a link is tested, where that is not as all are."""

    server: ServerField = Field(description="the far end: one of bandwidth.yaml, or {iperf3: host:port}")

    @model_validator(mode="after")
    def _server_can(self) -> "ThroughputDocument":
        if isinstance(self.server, ServerDocument) and self.methods is not None:
            able = METHODS[self.server.kind]
            for index, method in enumerate(self.methods):
                if method not in able:
                    raise mistake(one_of(able), phrase("a method that the server cannot"), ("methods", index))
        return self


def _throughput_kind(value: Any) -> str:
    return "~never" if isinstance(value, str) else "~throughput"


ThroughputField = Annotated[
    Annotated[str, PlainValidator(parse_never), described("string", "never: no test at all"), Tag("~never")]
    | Annotated[ThroughputDocument, Tag("~throughput")],
    Discriminator(_throughput_kind),
]
