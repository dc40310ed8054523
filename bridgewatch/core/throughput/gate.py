"""Whether a throughput test may run as far as meetings are concerned.

A test whose path meets a site in check or live is refused, whoever asks: nothing that bridgewatch does hurts
a conference. In a wave none runs either. In freeze it takes a person's name and a reason.

A path meets a site when they have a share in common, so every site behind the same handover or the same
egress counts: that is strict, and a night without a conference is long enough.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.calendar.overlaps import DEMAND
from bridgewatch.core.throughput.shares import Share, Shares
from bridgewatch.model.bandwidth import Hindrance
from bridgewatch.model.calendar import Ruling
from bridgewatch.model.ids import EventId, LinkId, SiteId
from bridgewatch.model.paging import Phase

HINDRANCE: Final[Mapping[Phase, Hindrance]] = {
    Phase.FREEZE: Hindrance.FROZEN,
    Phase.WAVE: Hindrance.WAVE,
    Phase.CHECK: Hindrance.CHECK,
    Phase.LIVE: Hindrance.LIVE,
}
FORCIBLE: Final = frozenset({Hindrance.FROZEN})


class Met(NamedTuple):
    """A site on the path of a test, and what keeps the test from running: of several the most demanding."""

    hindrance: Hindrance
    site: SiteId
    event: EventId | None


class Gate:
    """The phases of all sites, as tests meet them. Instants are wall-clock nanoseconds."""

    def __init__(self, shares: Shares, agenda: Agenda) -> None:
        self._shares = shares
        self._agenda = agenda
        self._rulings: Mapping[SiteId, Ruling] | None = None
        self._met: dict[Share, Met] = {}

    def meets(self, link: LinkId, now_ns: int) -> Met | None:
        """What a test of `link` would meet at an instant, None if nothing keeps it from running."""
        self._look(now_ns)
        met = (self._met.get(share) for share in self._shares.of_link[link])
        return max((each for each in met if each is not None), key=_demand, default=None)

    def next_change_ns(self, now_ns: int) -> int | None:
        """The first instant after `now_ns` at which a test may meet something else."""
        return self._agenda.next_change_ns(now_ns)

    def _look(self, now_ns: int) -> None:
        rulings = self._agenda.rulings(now_ns)
        if rulings is self._rulings:
            return
        self._rulings = rulings
        self._met = {}
        for site, ruling in rulings.items():
            hindrance = HINDRANCE.get(ruling.phase)
            if hindrance is None:
                continue
            met = Met(hindrance, site, ruling.event)
            for share in self._shares.of_site[site]:
                former = self._met.get(share)
                if former is None or _demand(former) < _demand(met):
                    self._met[share] = met


_DEMAND: Final = {hindrance: DEMAND[phase] for phase, hindrance in HINDRANCE.items()}


def _demand(met: Met) -> int:
    return _DEMAND[met.hindrance]
