"""Routers whose counters cannot be read, in the report."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bridgewatch.model.bandwidth import AgentState
from bridgewatch.model.ids import LinkId
from bridgewatch.model.snapshot import BandwidthColumns, Snapshot
from bridgewatch.views.fields import AgentStateField
from bridgewatch.views.shortfalls import unread
from bridgewatch.views.status.tables import Tables

MOST_NAMED: Final = 3  # of the routers in one state; all are counted
_TOLD: Final = (AgentState.SILENT, AgentState.REFUSING, AgentState.BROKEN)


@dataclass(frozen=True, slots=True)
class RouterLine:
    """A router, and one of the `sites` whose links are read there. `since_wall_ns` None: nobody knows."""

    host: str
    port: int
    site_name: str
    sites: int
    since_wall_ns: int | None


@dataclass(frozen=True, slots=True)
class AgentsLine:
    """Routers whose agents fail in one way: how many, and the latest of them first."""

    state: AgentStateField
    routers: int
    latest: tuple[RouterLine, ...]


@dataclass(frozen=True, slots=True)
class UnreadLink:
    """A link, and its interface as configured, which its router does not have or counts nothing on."""

    link: LinkId
    interface: str
    host: str


@dataclass(frozen=True, slots=True)
class UnreadLine:
    """All such links: how many, and the first of them."""

    links: int
    first: tuple[UnreadLink, ...]


def unread_line(snapshot: Snapshot) -> UnreadLine | None:
    """None where every router that answers has all interfaces."""
    links = unread(snapshot)
    first = tuple(UnreadLink(link, snmp.interface, snmp.host) for link, snmp in links[:MOST_NAMED])
    return UnreadLine(len(links), first) if links else None


def agent_lines(snapshot: Snapshot, tables: Tables) -> tuple[AgentsLine, ...]:
    """All ways in which any agent fails."""
    read = snapshot.bandwidth
    if read is None:
        return ()
    lines = (_line(read, state, tables) for state in _TOLD)
    return tuple(line for line in lines if line.routers)


def _line(read: BandwidthColumns, state: AgentState, tables: Tables) -> AgentsLine:
    rows = np.flatnonzero(read.agent == state)
    if not len(rows):
        return AgentsLine(state, 0, ())
    routers = tables.routers.of_link
    rows = rows[routers[rows] >= 0]
    numbers, first = np.unique(routers[rows], return_index=True)
    since = read.agent_since_wall_ns[rows[first]]
    latest = np.argsort(-since, kind="stable")[:MOST_NAMED]
    named = zip(numbers[latest].tolist(), since[latest].tolist(), strict=True)
    return AgentsLine(
        state, len(numbers), tuple(_router(number, since_ns, tables) for number, since_ns in named)
    )


def _router(number: int, since_ns: int, tables: Tables) -> RouterLine:
    host, port = tables.routers.agents[number]
    rows = np.flatnonzero(tables.routers.of_link == number).tolist()
    sites = dict.fromkeys(tables.links[row].site for row in rows)
    name = tables.inventory.sites[next(iter(sites))].name
    return RouterLine(host, port, name, len(sites), since_ns or None)
