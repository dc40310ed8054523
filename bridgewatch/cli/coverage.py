"""What `bridgewatch check` says of people: weak points, and gaps in the coverage of events."""

import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bridgewatch.model.inventory import Inventory
    from bridgewatch.views.terminal.look import Look

_MOST = 50  # gaps that are told one by one; all are counted


class Told(NamedTuple):
    """Lines for the operator."""

    errors: list[str]
    warnings: list[str]
    gaps: list[str]


def tell_coverage(inventory: "Inventory", look: "Look") -> Told:
    """Everything from now on.

    Errors are weak points with which a page may reach nobody at all. Gaps are warnings: a roster for next
    month is seldom complete today.
    """
    from bridgewatch.core.calendar.agenda import Agenda
    from bridgewatch.core.oncall.coverage import Coverage
    from bridgewatch.core.oncall.find import Oncall
    from bridgewatch.core.oncall.flaws import flaws
    from bridgewatch.model.coverage import GRAVE_FLAWS
    from bridgewatch.texts.duty import duty_words
    from bridgewatch.views.terminal.gaps import flaw_line, gap_lines

    now_ns, oncall = time.time_ns(), Oncall(inventory)
    words = duty_words(look.language)
    if not inventory.directory.pages:
        return Told([], [words.paging_off] if inventory.events else [], [])
    found = flaws(inventory, now_ns, oncall)
    lines = list(gap_lines(Coverage(inventory, Agenda(inventory), oncall).gaps(now_ns), inventory, look))
    gaps = [*lines[:_MOST], words.and_more.format(len(lines) - _MOST)] if len(lines) > _MOST else lines
    return Told(
        [flaw_line(flaw, inventory, look) for flaw in found if flaw.kind in GRAVE_FLAWS],
        [flaw_line(flaw, inventory, look) for flaw in found if flaw.kind not in GRAVE_FLAWS],
        gaps,
    )
