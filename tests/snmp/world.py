"""Inventories whose links have counters, written by hand."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bridgewatch.model.bandwidth import (
    AuthProtocol,
    BandwidthSettings,
    Contract,
    Credentials,
    InterfaceBy,
    PrivProtocol,
    Snmp,
    SnmpSettings,
    SnmpVersion,
)
from bridgewatch.model.ids import CredentialsId, EgressId, SiteId, link_id
from bridgewatch.model.inventory import Egress, Inventory, Limits, Link, Profile, Site
from bridgewatch.model.secret import Secret, SecretSource
from bridgewatch.model.words import AdministrativeModel, CarriedBy, Level, Network, SiteKind

SITE = SiteId("gialai-iape")
EGRESS = EgressId("main")
MEGABIT = 1_000_000


def snmp(host: str, port: int, interface: str, *, credentials: str = "default", **other: object) -> Snmp:
    return Snmp(host, interface, InterfaceBy.NAME, CredentialsId(credentials), port, **other)


def link(name: str, read_by: Snmp | None, contract: Contract | None = None) -> Link:
    """One link of the one site; nobody probes it."""
    return Link(
        link_id(SITE, name),
        SITE,
        name,
        Network.WAN,
        carrier="vnpt",
        egress=EGRESS,
        profile=Profile("conference"),
        targets=(),
        contract=contract or Contract(20 * MEGABIT, 20 * MEGABIT),
        snmp=read_by,
    )


def inventory(links: Sequence[Link], settings: SnmpSettings) -> Inventory:
    """A country of one site with those links."""
    site = Site(
        SITE,
        "Điểm cầu UBND xã Ia Pê",
        Level.COMMUNE,
        SiteKind.ROOM,
        "gialai-ubnd",
        CarriedBy.ANY,
        links=tuple(each.id for each in links),
    )
    return Inventory(
        vantage="hanoi",
        model=AdministrativeModel.TWO_TIER,
        timezone="Asia/Ho_Chi_Minh",
        limits=Limits(),
        egresses={EGRESS: Egress(EGRESS, frozenset(Network))},
        carriers={},
        sites={SITE: site},
        links={each.id: each for each in links},
        paths=(),
        bandwidth=replace(BandwidthSettings(), snmp=settings),
    )


class Secrets:
    """Files with secrets, and the credentials that name them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, value: str) -> Secret:
        """A secret in a file of that name."""
        file = self._folder / name
        file.write_text(value + "\n", encoding="utf-8")
        return Secret(SecretSource.FILE, str(file))

    def community(self, value: str, *, name: str = "default") -> Credentials:
        return Credentials(
            CredentialsId(name), SnmpVersion.V2C, community=self.write(f"{name}.community", value)
        )

    def user(
        self,
        user: str,
        auth_key: str,
        priv_key: str,
        *,
        name: str = "default",
        auth: AuthProtocol = AuthProtocol.SHA,
    ) -> Credentials:
        return Credentials(
            CredentialsId(name),
            SnmpVersion.V3,
            user=user,
            auth=auth,
            auth_key=self.write(f"{name}.auth", auth_key),
            priv=PrivProtocol.AES128,
            priv_key=self.write(f"{name}.priv", priv_key),
        )


def settings(*credentials: Credentials, interval: float = 0.5, **other: object) -> SnmpSettings:
    return SnmpSettings(
        interval=interval,
        timeout=0.4,
        retries=1,
        credentials={each.id: each for each in credentials},
        **other,
    )
