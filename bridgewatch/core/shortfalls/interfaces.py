"""What routers say of the interfaces of links that are broken: evidence of whose side it is.

A link that is down or of poor quality is told of with the first reading after it broke, and again when what
the router says changes. A reading of before says nothing of the fault.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.incidents.incidents import Incidents
from bridgewatch.model.bandwidth import Use
from bridgewatch.model.ids import LinkId
from bridgewatch.model.log import AnyEntry, InterfaceTold

NOTABLE: Final = 0.1
"""Packets per second, six a minute: fewer spoiled or dropped ones are on any line."""

MOST_TOLD: Final = 16
"""Links of one incident whose interfaces are told of."""


class _Read(NamedTuple):
    at_ns: int  # wall clock
    use: Use


class Interfaces:
    """The last reading of every link, and what of it belongs into an incident."""

    def __init__(self) -> None:
        self._read: dict[LinkId, _Read] = {}
        self._look: dict[LinkId, None] = {}

    def observe(self, uses: Iterable[Use], offset_ns: int, incidents: Incidents) -> None:
        """Take in readings; `offset_ns` makes wall-clock instants of theirs."""
        for use in uses:
            self._read[use.link] = _Read(use.at_ns + offset_ns, use)
            if incidents.breaks(use.link):
                self._look[use.link] = None

    def broke(self, links: Iterable[LinkId]) -> None:
        """Links came to an incident."""
        self._look.update((link, None) for link in links if link in self._read)

    def shift(self, by_ns: int) -> None:
        """The wall clock was set."""
        self._read = {link: _Read(read.at_ns + by_ns, read.use) for link, read in self._read.items()}

    def keep(self, links: Iterable[LinkId]) -> None:
        """Forget all others."""
        self._read = {link: self._read[link] for link in links if link in self._read}

    @property
    def waiting(self) -> bool:
        """Whether there is something to look at."""
        return bool(self._look)

    def tell(self, incidents: Incidents, now_ns: int) -> Sequence[AnyEntry]:
        """Tell what is new in the incidents of broken links."""
        look, self._look = self._look, {}
        entries: list[AnyEntry] = []
        for link in look:
            read = self._read.get(link)
            if read is None:
                continue
            for incident in incidents.breaks(link):
                told = _told(read, incident, now_ns)
                if read.at_ns >= incident.links[link].since_ns and _is_news(told, incident):
                    entries += incidents.tell(told)
        return entries


def _told(read: _Read, incident: Incident, now_ns: int) -> InterfaceTold:
    return InterfaceTold(
        at_ns=now_ns,
        incident=incident.id,
        link=read.use.link,
        oper_up=read.use.oper_up,
        errors=read.use.errors,
        discards=read.use.discards,
        admin_up=read.use.admin_up,
    )


def _is_news(told: InterfaceTold, incident: Incident) -> bool:
    """Whether it says anything, and other than before; of a fault of thousands of links a few will do."""
    former = incident.interfaces.get(told.link)
    if former is None and len(incident.interfaces) >= MOST_TOLD:
        return False
    said = _says(told)
    return said is not None and (former is None or _says(former) != said)


def _says(told: InterfaceTold) -> tuple[bool | None, ...] | None:
    """What matters of it; None: it says nothing."""
    said = (told.oper_up, told.admin_up, _notable(told.errors), _notable(told.discards))
    return None if said == (None, None, None, None) else said


def _notable(rate: float | None) -> bool | None:
    return None if rate is None else rate >= NOTABLE
