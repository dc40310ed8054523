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
from bridgewatch.model.ids import EventId, LinkId, SiteId
from bridgewatch.model.paging import Phase

HINDRANCE: Final[Mapping[Phase, Hindrance]] = {
    Phase.FREEZE: Hindrance.FROZEN,
    Phase.WAVE: Hindrance.WAVE,
    Phase.CHECK: Hindrance.CHECK,
    Phase.LIVE: Hindrance.LIVE,
}
FORCIBLE: Final = frozenset({Hindrance.FROZEN})
_LOOKS: Final = 8  # changes of phases; a meeting has four
_SPANS: Final = 16  # times between changes that are kept at once; a test sees one or two


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
        self._spans: dict[int | None, Mapping[Share, Met]] = {}  # by their end, which no other has

    def meets(self, link: LinkId, now_ns: int) -> Met | None:
        """What a test of `link` would meet at an instant, None if nothing keeps it from running."""
        of_share = self._span(now_ns)
        met = (of_share.get(share) for share in self._shares.of_link(link))
        return max((each for each in met if each is not None), key=_demand, default=None)

    def meets_within(self, link: LinkId, from_ns: int, to_ns: int, *, forced: bool) -> Met | None:
        """The first that keeps a test from running in [from_ns, to_ns); `forced` ones pass a freeze."""
        at_ns: int | None = from_ns
        while at_ns is not None and at_ns < to_ns:
            met = self.meets(link, at_ns)
            if met is not None and not (forced and met.hindrance in FORCIBLE):
                return met
            at_ns = self._agenda.next_change_ns(at_ns)
        return None

    def free_ns(self, link: LinkId, from_ns: int, length_ns: int, *, forced: bool) -> int | None:
        """From when on something of that length meets nothing; None: not within the next few changes."""
        at_ns: int | None = from_ns
        for _ in range(_LOOKS):
            if at_ns is None or self.meets_within(link, at_ns, at_ns + length_ns, forced=forced) is None:
                return at_ns
            at_ns = self._agenda.next_change_ns(at_ns)
        return None

    def next_change_ns(self, now_ns: int) -> int | None:
        """The first instant after `now_ns` at which a test may meet something else."""
        return self._agenda.next_change_ns(now_ns)

    def _span(self, now_ns: int) -> Mapping[Share, Met]:
        ends_ns = self._agenda.next_change_ns(now_ns)
        known = self._spans.get(ends_ns)
        if known is None:
            if len(self._spans) >= _SPANS:
                self._spans.clear()
            known = self._spans[ends_ns] = self._find(now_ns)
        return known

    def _find(self, now_ns: int) -> Mapping[Share, Met]:
        found: dict[Share, Met] = {}
        for site, ruling in self._agenda.rulings(now_ns).items():
            hindrance = HINDRANCE.get(ruling.phase)
            if hindrance is None:
                continue
            met = Met(hindrance, site, ruling.event)
            for share in self._shares.of_site(site):
                former = found.get(share)
                if former is None or _demand(former) < _demand(met):
                    found[share] = met
        return found


_DEMAND: Final = {hindrance: DEMAND[phase] for phase, hindrance in HINDRANCE.items()}


def _demand(met: Met) -> int:
    return _DEMAND[met.hindrance]
