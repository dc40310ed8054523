"""What `bridgewatch check` says of people: weak points, and gaps in the coverage of events."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from bridgewatch.model.calendar import EventOrder
    from bridgewatch.model.inventory import Inventory
    from bridgewatch.views.holes import Hole
    from bridgewatch.views.terminal.look import Look

_MOST = 20  # gaps that are told one by one, unless all are wanted; all are counted


class Told(NamedTuple):
    """What the operator is told. Each gap, and each `early` one, says itself how grave it is."""

    errors: list[str]
    warnings: list[str]
    early: list[str]
    gaps: list[str]


def tell_coverage(
    inventory: "Inventory",
    orders: "Iterable[EventOrder]",
    now_ns: int,
    look: "Look",
    directory: "Path",
    *,
    every: bool = False,
) -> Told:
    """Everything from `now_ns` on. `every`: name all sites of a gap.

    Errors are weak points with which a page may reach nobody at all. Gaps are those between check and closed,
    `early` ones are in waves and the freeze before only.
    """
    from bridgewatch.core.calendar.agenda import Agenda
    from bridgewatch.core.oncall.coverage import Coverage
    from bridgewatch.core.oncall.find import Oncall
    from bridgewatch.core.oncall.flaws import flaws
    from bridgewatch.model.coverage import EARLY, GRAVE_FLAWS, GUARDED
    from bridgewatch.texts.duty import duty_words
    from bridgewatch.views.terminal.gaps import flaw_line, gap_lines

    if not inventory.directory.pages:
        return Told([], [duty_words(look.language).paging_off] if inventory.events else [], [], [])
    oncall = Oncall(inventory)
    found = flaws(inventory, now_ns, oncall)
    gaps = Coverage(inventory, Agenda(inventory, orders), oncall).gaps(now_ns, phases=GUARDED | EARLY)
    told = list(gap_lines(gaps, inventory, look, _places(inventory, directory), every=every))
    return Told(
        [flaw_line(flaw, inventory, look) for flaw in found if flaw.kind in GRAVE_FLAWS],
        [flaw_line(flaw, inventory, look) for flaw in found if flaw.kind not in GRAVE_FLAWS],
        [line for hole, line in told if not hole.guarded],
        [line for hole, line in told if hole.guarded],
    )


def shortened(told: list[str], look: "Look", *, every: bool) -> "Iterator[str]":
    """The first of them, and how many more there are; or `every` one."""
    from bridgewatch.texts.duty import duty_words

    most = len(told) if every else _MOST
    yield from told[:most]
    if len(told) > most:
        yield duty_words(look.language).all_shows.format(len(told) - most)


def _places(inventory: "Inventory", directory: "Path") -> "Callable[[Hole], str]":
    """Where a gap is mended: at the site, or at a roster whose people they are."""
    from bridgewatch.config.loader import DEFAULT_BOUNDS
    from bridgewatch.config.whereabouts import Whereabouts
    from bridgewatch.model.coverage import GapKind
    from bridgewatch.model.paging import Audience

    files = Whereabouts(directory, DEFAULT_BOUNDS)

    def place(hole: "Hole") -> str:
        missing = hole.missing
        if missing.kind is GapKind.NO_CONTACT and hole.sites:
            return files.of("sites", hole.sites[0])
        if missing.contact is not None:
            return files.of("contacts", missing.contact)
        theirs = [
            roster
            for roster in inventory.directory.rosters
            if roster.carrier == missing.carrier and missing.audience is not Audience.ROOM
        ]
        same = [
            roster for roster in theirs if roster.role is missing.role and roster.area in {None, hole.area}
        ]
        chosen = next(iter([*same, *theirs]), None)
        return files.of("rosters", chosen.id.partition("/")[0] if chosen is not None else "")

    return place
