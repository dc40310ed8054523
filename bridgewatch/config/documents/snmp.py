"""How routers' counters are read: of one link, of a whole site, and with which credentials."""

from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from bridgewatch.config.documents.base import Document
from bridgewatch.config.errors import describe, mistake, one_of
from bridgewatch.config.reach import SecretField
from bridgewatch.config.scalars import Duration, Flag, Host, Id, Text, Timeout, Whole
from bridgewatch.model.bandwidth import AuthProtocol, PrivProtocol, SnmpVersion
from bridgewatch.model.phrases import phrase

Port = Annotated[int, Whole(1, 65_535)]
Index = Annotated[int, Whole(1, 2**31 - 1)]


def _parse_version(value: Any) -> SnmpVersion:
    if isinstance(value, str) and value in set(SnmpVersion):
        return SnmpVersion(str(value))
    raise mistake(one_of(SnmpVersion))


Version = Annotated[SnmpVersion, PlainValidator(_parse_version), WithJsonSchema({"enum": ["2c", "3", 3]})]


class SiteSnmpDocument(Document):
    """The router of a site, where it is that of several links."""

    host: Host | None = None
    credentials: Id | None = Field(
        default=None, description="of `snmp: credentials:` in bandwidth.yaml; by default those named default"
    )
    port: Port | None = None


class SnmpDocument(SiteSnmpDocument):
    """Where the interface counters of a link are read. Give `interface`, `alias` or `index`."""

    interface: Text | None = Field(default=None, description="by its name (ifName): GigabitEthernet0/1")
    alias: Text | None = Field(default=None, description="by its description (ifAlias): the circuit number")
    index: Index | None = Field(default=None, description="by its number (ifIndex); a reboot may change it")
    facing_site: Flag = Field(
        default=False, description="the interface is the province's and faces the site: its out is down"
    )

    @model_validator(mode="after")
    def _one_interface(self) -> "SnmpDocument":
        told = [key for key in ("interface", "alias", "index") if getattr(self, key) is not None]
        if not told:
            raise mistake(phrase("`interface:`, `alias:` or `index:`"), phrase("no interface"))
        if len(told) > 1:
            found = phrase("both `{one}` and `{other}`", one=told[0], other=told[1])
            raise mistake(phrase("one of them"), found, told[1])
        return self


_V2C = ("community",)
_V3 = ("user", "auth", "auth_key", "priv", "priv_key", "context")


class CredentialsDocument(Document):
    """What agents want to hear."""

    version: Version
    community: SecretField | None = Field(default=None, description="of version 2c")
    user: Text | None = Field(default=None, description="of version 3, as all below")
    auth: AuthProtocol | None = None
    auth_key: SecretField | None = Field(default=None, description="a passphrase of 8 characters or more")
    priv: PrivProtocol | None = None
    priv_key: SecretField | None = Field(default=None, description="a passphrase of 8 characters or more")
    context: Text | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "CredentialsDocument":
        community = self.version is SnmpVersion.V2C
        needed = "community" if community else "user"
        expected = phrase("`{key}` for version {version}", key=needed, version=self.version)
        for key in _V3 if community else _V2C:
            if getattr(self, key) is not None:
                raise mistake(expected, phrase("`{key}` of another version", key=key), key)
        if getattr(self, needed) is None:
            raise mistake(expected, describe(None))
        for protocol, key in (("auth", "auth_key"), ("priv", "priv_key")):
            if (getattr(self, protocol) is None) != (getattr(self, key) is None):
                told = protocol if getattr(self, key) is None else key
                other = key if told == protocol else protocol
                found = phrase("`{one}` without `{other}`", one=told, other=other)
                raise mistake(phrase("both of them"), found, told)
        if self.priv is not None and self.auth is None:
            found = phrase("`{one}` without `{other}`", one="priv", other="auth")
            raise mistake(phrase("both of them"), found, "priv")
        return self


class SnmpSettingsDocument(Document):
    """How routers are polled."""

    interval: Annotated[float, Duration(2, 3600, "60s")] = 60.0
    timeout: Timeout = 2.0
    retries: Annotated[int, Whole(0, 10)] = 1
    in_flight: Annotated[int, Whole(1, 10_000)] = Field(
        default=500, description="unanswered requests at most"
    )
    fast: Flag = Field(default=False, description="version 2c by gufo-snmp, where that is installed")
    credentials: dict[Id, CredentialsDocument] = {}
