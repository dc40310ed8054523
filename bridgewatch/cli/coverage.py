"""What `bridgewatch check` says of people: weak points, and gaps in the coverage of events."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgewatch.model.calendar import EventOrder
    from bridgewatch.model.inventory import Inventory
    from bridgewatch.views.terminal.look import Look

_MOST = 50  # gaps that are told one by one; all are counted


class Told(NamedTuple):
    """Lines for the operator. Each gap, and each `early` one, says itself how grave it is."""

    errors: list[str]
    warnings: list[str]
    early: list[str]
    gaps: list[str]


def tell_coverage(inventory: "Inventory", orders: "Iterable[EventOrder]", now_ns: int, look: "Look") -> Told:
    """Everything from `now_ns` on.

    Errors are weak points with which a page may reach nobody at all. Gaps are those between check and closed,
    `early` ones in waves and the freeze before.
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
    return Told(
        [flaw_line(flaw, inventory, look) for flaw in found if flaw.kind in GRAVE_FLAWS],
        [flaw_line(flaw, inventory, look) for flaw in found if flaw.kind not in GRAVE_FLAWS],
        list(gap_lines((gap for gap in gaps if not gap.guarded), inventory, look)),
        list(gap_lines((gap for gap in gaps if gap.guarded), inventory, look)),
    )


def shortened(lines: list[str], look: "Look") -> "Iterator[str]":
    """The first of them, and how many more there are."""
    from bridgewatch.texts.duty import duty_words

    yield from lines[:_MOST]
    if len(lines) > _MOST:
        yield duty_words(look.language).and_more.format(len(lines) - _MOST)
