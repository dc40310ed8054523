"""Label text of every row of the page, laid out once per generation of the snapshot.

A subject is what the rows of a family are: links, sites, egresses, carriers, events. Its label text lies in
blocks, uint8 [rows, width], NUL-padded on the right, without braces: `link="a/wan",site="a",...`. The page
puts a family's own name before it and its extra labels behind it.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bridgewatch.model.bandwidth import Contract
from bridgewatch.model.calendar import Event
from bridgewatch.model.inventory import Inventory, Link, Site
from bridgewatch.model.observations import Int8, Int64
from bridgewatch.model.paging import Phase
from bridgewatch.model.snapshot import Snapshot

ABSENT: Final = -1
_ROWS_PER_STEP: Final = 256  # laid out between two yields: 1 to 2 ms

Key: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What the rows of a family are: how many of them make one slice, and the label text of each."""

    name: str
    rows_per_block: int
    rows: Callable[[Snapshot], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Layout:
    """The label text of all subjects, and the numbers that change only with it.

    `contract_down` and `contract_up` are bit/s per link, ABSENT where none was sold. `counted` is where the
    links whose counters are read stand among all links.
    """

    key: Key
    blocks: dict[str, tuple[Int8, ...]]  # by name of the subject
    contract_down: Int64
    contract_up: Int64
    counted: NDArray[np.intp]

    def rows(self, subject: Subject) -> int:
        """How many rows the families of `subject` have."""
        return sum(map(len, self.blocks[subject.name]))


def layout_key(snapshot: Snapshot) -> Key:
    """What a layout depends on: snapshots of one key share it."""
    groups = snapshot.carrier_rtt.groups
    under_way = tuple(event.id for event in _under_way(snapshot))
    return (snapshot.generation, snapshot.inventory.vantage, tuple(snapshot.egresses), groups, under_way)


def lay_out(snapshot: Snapshot) -> Generator[bytes, None, Layout]:
    """Lay out all label text in short steps, with an empty slice after each."""
    blocks: dict[str, tuple[Int8, ...]] = {}
    for subject in (
        LINK,
        LINK_INFO,
        COUNTED,
        SITE,
        SITE_INFO,
        EGRESS,
        CARRIER,
        EVENT,
        EVENT_INFO,
        EVENT_SITE,
    ):
        rows = subject.rows(snapshot)
        done: list[Int8] = []
        block: list[str] = []
        while step := list(islice(rows, min(_ROWS_PER_STEP, subject.rows_per_block))):
            block += step
            if len(block) == subject.rows_per_block:
                done.append(_block(block))
                block = []
            yield b""
        if block:
            done.append(_block(block))
        blocks[subject.name] = tuple(done)
    contracts = [link.contract for link in snapshot.inventory.links.values()]
    down = np.array([sold.down if sold else ABSENT for sold in contracts], dtype=np.int64)
    up = np.array([sold.up if sold else ABSENT for sold in contracts], dtype=np.int64)
    counted = [row for row, link in enumerate(snapshot.inventory.links.values()) if link.snmp is not None]
    return Layout(layout_key(snapshot), blocks, down, up, np.array(counted, dtype=np.intp))


def label_text(**labels: str | None) -> str:
    """`name="value",...`, escaped as both formats ask; a label without a value is left out."""
    return ",".join(f'{name}="{escaped(value)}"' for name, value in labels.items() if value is not None)


def escaped(value: str) -> str:
    r"""A label value with `\`, `"` and line feed escaped, and without the page's padding octet."""
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n").replace("\0", "")


def _block(texts: list[str]) -> Int8:
    octets = [text.encode("utf-8", "replace") for text in texts]
    width = max(map(len, octets))
    return np.array(octets, dtype=f"S{width}").view(np.uint8).reshape(len(octets), width)


def _links(snapshot: Snapshot) -> Iterator[str]:
    return _labels(snapshot.inventory, snapshot.inventory.links.values())


def _counted(snapshot: Snapshot) -> Iterator[str]:
    links = snapshot.inventory.links.values()
    return _labels(snapshot.inventory, (link for link in links if link.snmp is not None))


def _labels(inventory: Inventory, links: Iterable[Link]) -> Iterator[str]:
    for link in links:
        site = inventory.sites[link.site]
        yield label_text(
            link=link.id,
            site=link.site,
            network=link.network,
            level=site.level,
            province=site.province,
            carrier=link.carrier,
            vantage=inventory.vantage,
        )


def _link_infos(snapshot: Snapshot) -> Iterator[str]:
    inventory = snapshot.inventory
    for link in inventory.links.values():
        yield _link_info(inventory, link, inventory.sites[link.site])


def _link_info(inventory: Inventory, link: Link, site: Site) -> str:
    carrier = inventory.carriers.get(link.carrier)
    return label_text(
        link=link.id,
        site=link.site,
        vantage=inventory.vantage,
        site_name=site.name,
        carrier_name=carrier.name if carrier else None,
        circuit=link.circuit,
        access=link.access,
        contract=_contract(link.contract),
        via=link.via,
        handover=link.handover,
        egress=link.egress,
        profile=link.profile.name,
        unit=site.unit,
        legacy_unit=site.legacy_unit,
    )


def _contract(sold: Contract | None) -> str | None:
    """`100M/50M`: down and up, as operators write them."""
    return f"{_bit_rate(sold.down)}/{_bit_rate(sold.up)}" if sold else None


def _bit_rate(rate: int) -> str:
    for factor, suffix in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if rate and rate % factor == 0:
            return f"{rate // factor}{suffix}"
    return str(rate)


def _sites(snapshot: Snapshot) -> Iterator[str]:
    vantage = snapshot.inventory.vantage
    for site in snapshot.inventory.sites.values():
        yield label_text(site=site.id, level=site.level, province=site.province, vantage=vantage)


def _site_infos(snapshot: Snapshot) -> Iterator[str]:
    vantage = snapshot.inventory.vantage
    for site in snapshot.inventory.sites.values():
        yield label_text(
            site=site.id,
            vantage=vantage,
            site_name=site.name,
            kind=site.kind,
            carried_by=site.carried_by,
            parent=site.parent,
            unit=site.unit,
            legacy_unit=site.legacy_unit,
        )


def _egresses(snapshot: Snapshot) -> Iterator[str]:
    for egress in snapshot.egresses:
        yield label_text(egress=egress, vantage=snapshot.inventory.vantage)


def _carriers(snapshot: Snapshot) -> Iterator[str]:
    for carrier, network, province in snapshot.carrier_rtt.groups:
        yield label_text(carrier=carrier, network=network, province=province)


def _events(snapshot: Snapshot) -> Iterator[str]:
    for event in snapshot.inventory.events:
        yield label_text(event=event, vantage=snapshot.inventory.vantage)


def _event_infos(snapshot: Snapshot) -> Iterator[str]:
    for event in snapshot.inventory.events.values():
        yield label_text(event=event.id, vantage=snapshot.inventory.vantage, event_name=event.name)


def _event_sites(snapshot: Snapshot) -> Iterator[str]:
    for event in _under_way(snapshot):
        for site in event.sites:
            yield label_text(event=event.id, site=site, vantage=snapshot.inventory.vantage)


def _under_way(snapshot: Snapshot) -> Iterator[Event]:
    """Events that are not over: their sites are worth ten thousand lines, those of last year's are not."""
    for event in snapshot.inventory.events.values():
        if snapshot.phases.get(event.id, Phase.NONE) is not Phase.NONE:
            yield event


# Rows per block times lines per row is what one slice renders: 5,120 lines at the most, some 3 ms.
LINK: Final = Subject("link", 1024, _links)
COUNTED: Final = Subject("counted", 1024, _counted)  # links whose counters are read
LINK_INFO: Final = Subject("link_info", 1024, _link_infos)
SITE: Final = Subject("site", 1024, _sites)
SITE_INFO: Final = Subject("site_info", 1024, _site_infos)
EGRESS: Final = Subject("egress", 256, _egresses)
CARRIER: Final = Subject("carrier", 256, _carriers)
EVENT: Final = Subject("event", 256, _events)
EVENT_INFO: Final = Subject("event_info", 256, _event_infos)
EVENT_SITE: Final = Subject("event_site", 1024, _event_sites)
