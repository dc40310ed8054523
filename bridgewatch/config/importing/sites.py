"""The site and the link that a line of a list names."""

from collections.abc import Mapping
from typing import Final

from pydantic_core import PydanticCustomError

from bridgewatch.config.hints import as_id
from bridgewatch.config.hosts import parse_host
from bridgewatch.config.importing.cells import Cell
from bridgewatch.config.importing.checking import check
from bridgewatch.config.importing.columns import Column
from bridgewatch.config.importing.draft import Value
from bridgewatch.config.importing.reasons import Reasons, RefusedError
from bridgewatch.config.importing.values import (
    access_of,
    carrier_of,
    level_of,
    network_of_cell,
    rates_of,
    site_id_of,
    unit_of,
)
from bridgewatch.model.phrases import phrase
from bridgewatch.model.words import Level, Network

# In place of what is missing or refused, so that a file's rules are asked about all the rest.
ANY_SITE: Final[Value] = {"id": "site", "name": "site", "level": Level.COMMUNE.value}
_ANY_CARRIER: Final = "carrier"
_ANY_TARGET: Final = "192.0.2.1"


def id_and_name_of(fields: Mapping[Column, Cell]) -> tuple[str, str]:
    """The id and the name of a line's site. Raises RefusedError."""
    stated, named = fields.get(Column.SITE), fields.get(Column.SITE_NAME)
    name = (named or fields[Column.SITE]).text
    if stated is None or (named is None and as_id(stated.text) != stated.text):
        site = site_id_of(name, fields.get(Column.PROVINCE))
    elif as_id(stated.text) != stated.text:
        raise RefusedError(
            phrase(
                "the id {text} is none; one would be {fit}",
                text=repr(stated.text),
                fit=as_id(stated.text) or "xa-ia-pe",
            )
        )
    else:
        site = stated.text
    if not site:
        raise RefusedError(phrase("the site {name} has no letter in its name", name=repr(name)))
    return site, name


def site_of(fields: Mapping[Column, Cell], site: str, name: str) -> Value:
    """The site as a file would hold it, without links. Raises RefusedError."""
    reasons = Reasons()
    level = reasons.of(level_of, fields.get(Column.LEVEL), name) or Level.COMMUNE
    value: Value = {"id": site, "name": name, "level": level.value}
    for key, column in (("unit", Column.UNIT), ("legacy_unit", Column.LEGACY_UNIT)):
        if column in fields and (unit := reasons.of(unit_of, fields[column], level)):
            value[key] = unit
    reasons.of(check, "sites", {"sites": [value]})
    reasons.tell()
    return value


def link_of(
    fields: Mapping[Column, Cell], site: Value, carriers: dict[str, str] | None, targets: Mapping[str, str]
) -> tuple[str, Value]:
    """A further link of `site`: its name there, and the link as a file would hold it. Raises RefusedError.

    `carriers` as in `Existing`; `targets` are the hosts that links have already, and of which link each is.
    """
    reasons = Reasons()
    network = reasons.of(network_of_cell, fields.get(Column.NETWORK)) or Network.WAN
    carrier = reasons.of(_carrier_of, fields, carriers) or _ANY_CARRIER
    if Column.TARGET not in fields:
        reasons.add(phrase("a link without an IP address"))
    link: Value = {"carrier": carrier}
    if Column.CIRCUIT in fields:
        link["circuit"] = fields[Column.CIRCUIT].text
    if access := reasons.of(access_of, fields.get(Column.ACCESS), fields.get(Column.NETWORK)):
        link["access"] = access.value
    rates = reasons.of(rates_of, fields.get(Column.BANDWIDTH), fields.get(Column.DOWN), fields.get(Column.UP))
    if rates:
        link["contract"] = {"down": rates[0], "up": rates[1]}
    if Column.VIA in fields:
        link["via"] = fields[Column.VIA].text
    link["target"] = fields[Column.TARGET].text if Column.TARGET in fields else _ANY_TARGET
    name = _free(network.value, site.get("links", {}))
    reasons.of(check, "sites", {"sites": [site | {"links": {name: link}}]}, f"links.{name}.")
    if Column.TARGET in fields:
        reasons.of(_check_free, link["target"], targets)
    reasons.tell()
    link["target"] = parse_host(link["target"])
    return name, link


def _carrier_of(fields: Mapping[Column, Cell], carriers: dict[str, str] | None) -> str:
    if Column.CARRIER not in fields:
        raise RefusedError(phrase("a link without a carrier"))
    return carrier_of(fields[Column.CARRIER], carriers)


def _check_free(target: str, targets: Mapping[str, str]) -> None:
    try:
        host = parse_host(target)
    except PydanticCustomError:
        return  # no host, which is told where files are checked
    if host in targets:
        raise RefusedError(
            phrase("the IP address {ip} is that of {owner} already", ip=host, owner=targets[host])
        )


def _free(network: str, links: Mapping[str, Value]) -> str:
    """`wan`, or `wan-2` where there is one."""
    return next(
        name
        for number in range(1, len(links) + 2)
        if (name := network if number == 1 else f"{network}-{number}") not in links
    )
