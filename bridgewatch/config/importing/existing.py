"""What the directory has already, and whether it would still load with the new files in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bridgewatch.config.errors import ConfigErrors
from bridgewatch.config.files import list_files
from bridgewatch.config.hints import as_id
from bridgewatch.config.loader import load
from bridgewatch.model.ids import SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.mistakes import ConfigError
from bridgewatch.model.paging import GatewayKind
from bridgewatch.model.people import Contact
from bridgewatch.model.words import Level, SiteKind

_STAND_IN: Final = "bridgewatch-import-stand-in"
_STAND_IN_FILE: Final = f"sites.d/{_STAND_IN}.yaml"


@dataclass(frozen=True, slots=True)
class Existing:
    """What an import must fit into. `carriers` by the id of each spelling, None where any will do."""

    sites: Mapping[str, Level] = field(default_factory=dict)
    tops: tuple[str, ...] = ()  # rooms of provinces
    site_of_name: Mapping[str, str] = field(default_factory=dict)  # by the id of the name
    targets: Mapping[str, str] = field(default_factory=dict)  # hosts, and the link they are of
    carriers: dict[str, str] | None = None
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    gateways: Mapping[GatewayKind, str] = field(default_factory=dict)  # the first of each kind
    catch_all: bool = False


def read_existing(directory: Path) -> Existing:
    """What `directory` has; nothing, if there is none yet. Raises ConfigErrors if it has mistakes."""
    with staged(directory, {}) as copy:
        carriers_listed = (copy / "carriers.yaml").exists() or (copy / "carriers.yml").exists()
        return _existing(load(copy, called=directory), carriers_listed)


def mistakes_with(directory: Path, files: Mapping[str, str]) -> tuple[ConfigError, ...]:
    """What would be wrong with `directory` if `files` were in it, by names as they would have."""
    with staged(directory, files) as copy:
        try:
            load(copy, called=directory)
        except ConfigErrors as failure:
            return failure.errors
    return ()


@contextmanager
def staged(directory: Path, files: Mapping[str, str]) -> Iterator[Path]:
    """The configuration in `directory` as links, with `files` added, and a site if there is none."""
    with TemporaryDirectory(prefix="bridgewatch-import-") as name:
        copy = Path(name)
        there = list_files(directory).files
        if not any(file.kind == "sites" for file in there) and not any("sites.d" in file for file in files):
            files = {**files, _STAND_IN_FILE: f"services: [{{id: {_STAND_IN}, name: x}}]\n"}
        for file in there:
            (copy / file.name).parent.mkdir(exist_ok=True)
            (copy / file.name).symlink_to((directory / file.name).absolute())
        for file_name, text in files.items():
            (copy / file_name).parent.mkdir(exist_ok=True)
            (copy / file_name).write_text(text, encoding="utf-8")
        yield copy


def _existing(inventory: Inventory, carriers_listed: bool) -> Existing:
    sites = {site: one for site, one in inventory.sites.items() if site != SiteId(_STAND_IN)}
    carriers = {
        spelling: str(c.id) for c in inventory.carriers.values() for spelling in (c.id, as_id(c.name))
    }
    gateways: dict[GatewayKind, str] = {}
    for gateway in inventory.directory.gateways.values():
        gateways.setdefault(gateway.kind, gateway.id)
    return Existing(
        sites={str(site): one.level for site, one in sites.items()},
        tops=tuple(
            str(site)
            for site, one in sites.items()
            if one.level is Level.PROVINCE and one.kind is SiteKind.ROOM
        ),
        site_of_name={as_id(one.name): str(site) for site, one in sites.items()},
        targets={path.host: path.key.owner for path in inventory.paths},
        carriers=carriers if carriers_listed else None,
        contacts={str(contact): one for contact, one in inventory.directory.contacts.items()},
        gateways=gateways,
        catch_all=bool(inventory.directory.catch_all),
    )
