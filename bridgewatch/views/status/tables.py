"""What reports need of an inventory and is the same until another one comes."""

import math
from functools import cached_property
from typing import NamedTuple

import numpy as np

from bridgewatch.model.inventory import Inventory
from bridgewatch.model.observations import Int64
from bridgewatch.model.words import SiteKind


class Routers(NamedTuple):
    """The agents that are asked, by host and port, and the number of each link's, -1 where none is."""

    agents: tuple[tuple[str, int], ...]
    of_link: Int64


class Tables:
    """Index tables of one inventory: made once, used for every report until a reload."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.links = tuple(inventory.links.values())
        carriers = {carrier: number for number, carrier in enumerate(inventory.carriers)}
        self.carrier_of_link: Int64 = np.array([carriers[link.carrier] for link in self.links], np.int64)
        names = {site.province: "" for site in inventory.sites.values()}
        names |= {site.id: site.name for site in inventory.sites.values() if site.id in names}
        self.provinces = tuple(names.items())
        number = {province: at for at, province in enumerate(names)}
        self.province_of_site: Int64 = np.array(
            [number[site.province] for site in inventory.sites.values()], np.int64
        )
        self.services = sum(site.kind is SiteKind.SERVICE for site in inventory.sites.values())
        self.probes_per_second = math.fsum(1e9 / path.interval_ns for path in inventory.paths)

    @cached_property
    def routers(self) -> Routers:
        """Of the links that are not paused; looked for when a router fails first."""
        numbers: dict[tuple[str, int], int] = {}
        of_link = np.full(len(self.links), -1, np.int64)
        for row, link in enumerate(self.links):
            if link.snmp is not None and not link.paused:
                of_link[row] = numbers.setdefault((link.snmp.host, link.snmp.port), len(numbers))
        return Routers(tuple(numbers), of_link)
