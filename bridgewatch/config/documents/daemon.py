"""bridgewatch.yaml: the daemon's own settings."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, Discriminator, Field, PlainValidator, Tag, model_validator

from bridgewatch.config.defaults import DEFAULT_TIMEZONE
from bridgewatch.config.documents.base import Document
from bridgewatch.config.documents.sites import PacketSize
from bridgewatch.config.documents.targets import ReferenceField, SourceField
from bridgewatch.config.errors import describe, mistake
from bridgewatch.config.hosts import HostPort, family_of, parse_listen
from bridgewatch.config.reach import PostgresUrl, SecretField, Url
from bridgewatch.config.scalars import Dscp, Duration, Id, Interface, Interval, Timeout, Whole, described
from bridgewatch.config.times import Zone
from bridgewatch.model.heartbeats import EVERY
from bridgewatch.model.inventory import KEEP, DialInSettings, StoreSettings
from bridgewatch.model.phrases import phrase
from bridgewatch.model.words import AdministrativeModel, CarriedBy, Network

_DAY: Final = 86_400.0  # seconds


class EgressDocument(Document):
    """A way out of this vantage."""

    networks: list[Network] = Field(min_length=1, description="the networks whose links are probed this way")
    interface: Interface | None = Field(default=None, description="probes leave and replies arrive by it")
    source: SourceField = Field(default=[], description="one source address per family")
    references: list[ReferenceField] = Field(
        default=[],
        max_length=16,
        description="hosts inside the building: they tell our own faults from the links'; two per family",
    )

    @model_validator(mode="after")
    def _one_source_a_family(self) -> "EgressDocument":
        families = [family_of(source) for source in self.sources()]
        if len(set(families)) < len(families):
            raise mistake(phrase("one a family"), phrase("two source addresses of one family"), "source")
        return self

    def sources(self) -> list[str]:
        """The source addresses, however they were written."""
        return [self.source] if isinstance(self.source, str) else self.source


class DefaultsDocument(Document):
    """What links and sites have when they do not say it."""

    profile: Id = "conference"
    interval: Interval = 1.0
    dscp: Dscp = 0
    size: PacketSize = 64
    carried_by: CarriedBy = Field(
        default=CarriedBy.ANY,
        description="the network that carries meetings; any: a site is dark once all its links are down",
    )


class LimitsDocument(Document):
    """Bounds the daemon keeps to."""

    sends_per_second: Annotated[int, Whole(1, 1_000_000)] = 30_000
    in_flight: Annotated[int, Whole(1, 16_777_216)] = 262_144
    suspect_probes_per_second: Annotated[int, Whole(1, 100_000)] = 2_000
    tmax: Timeout = 3.0


class StoreDocument(Document):
    """Where the log of every decision lies, and how long incidents stay in it."""

    keep: Annotated[float, Duration(30 * _DAY, 3650 * _DAY, "400d")] = Field(
        default=KEEP,
        description="how long an incident stays in the log after its end; then it moves to the archive",
    )
    url: PostgresUrl | None = Field(
        default=None, description="a PostgreSQL database; without it a file of the state directory"
    )
    password: SecretField | None = Field(default=None, description="that of the user in `url`")

    @model_validator(mode="after")
    def _password_of_a_server(self) -> "StoreDocument":
        if self.password is not None and self.url is None:
            expected = phrase("`url:` of a PostgreSQL database beside it")
            raise mistake(expected, phrase("a password for a file"), "password")
        return self

    def settings(self) -> StoreSettings:
        """As the daemon has it."""
        return StoreSettings(self.keep, self.url, self.password)


class HeartbeatDocument(Document):
    """Where this daemon's heartbeats go: `bridgewatch watchdog` on another box."""

    url: Url = Field(description="where the watchdog listens, as this daemon reaches it")
    key: SecretField = Field(description="what heartbeats are signed with, the same as in its watchdog.yaml")
    every: Annotated[float, Duration(0.5, 30, "15s")] = Field(
        default=EVERY, description="a quarter of the silence after which the watchdog pages, or less"
    )


def _listen_kind(value: Any) -> str:
    return "~list" if isinstance(value, list) else "~address"


Listen = Annotated[
    tuple[HostPort, ...],
    PlainValidator(parse_listen),
    described("string", "address:port or [IPv6]:port of this machine; :port is every address"),
]
ListenField = Annotated[
    Annotated[Listen, Tag("~address")]
    | Annotated[list[Listen], Field(min_length=1, max_length=16), Tag("~list")],
    Discriminator(_listen_kind),
]


class DialInDocument(Document):
    """Where boxes of sites behind NAT call this daemon; without it nothing is listened on."""

    listen: ListenField = Field(description="UDP sockets of this machine: one, or a list of several")
    dead_after: Annotated[float, Duration(20, 3600, "45s")] = Field(
        default=45.0, description="a box that was not heard for so long is gone"
    )

    def settings(self) -> DialInSettings:
        """As the daemon has it."""
        several = self.listen if isinstance(self.listen, list) else [self.listen]
        listen = dict.fromkeys((one.host, one.port) for sockets in several for one in sockets)
        return DialInSettings(tuple(listen), self.dead_after)


def _check_urls(watchdogs: list[HeartbeatDocument]) -> list[HeartbeatDocument]:
    urls = [watchdog.url for watchdog in watchdogs]
    for index, url in enumerate(urls):
        if url in urls[:index]:
            raise mistake(phrase("each watchdog once"), phrase("{value} a second time", value=describe(url)))
    return watchdogs


def _heartbeat_kind(value: Any) -> str:
    return "~list" if isinstance(value, list) else "~heartbeat"


HeartbeatField = Annotated[
    Annotated[HeartbeatDocument, Tag("~heartbeat")]
    | Annotated[list[HeartbeatDocument], AfterValidator(_check_urls), Tag("~list")],
    Discriminator(_heartbeat_kind),
]


class DaemonDocument(Document):
    """bridgewatch.yaml."""

    vantage: Id = Field(default="main", description="the name of this observation point")
    administrative_model: AdministrativeModel = AdministrativeModel.TWO_TIER
    timezone: Zone = DEFAULT_TIMEZONE
    public_url: Url | None = Field(
        default=None, description="where the links in messages lead: this daemon, as phones reach it"
    )
    watchdog: HeartbeatField = Field(
        default=[], description="whom this daemon's heartbeats are sent to: one, or a list of several"
    )
    defaults: DefaultsDocument = DefaultsDocument()
    limits: LimitsDocument = LimitsDocument()
    store: StoreDocument = StoreDocument()
    dialin: DialInDocument | None = None
    egresses: dict[Id, EgressDocument] = {}

    def watchdogs(self) -> list[HeartbeatDocument]:
        """The watchdogs, however they were written."""
        return self.watchdog if isinstance(self.watchdog, list) else [self.watchdog]
