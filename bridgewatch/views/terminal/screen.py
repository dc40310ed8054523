"""The whole screen: sections share the rows there are; what does not fit is counted, never scrolled away."""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.text import Text

from bridgewatch.model.words import Language
from bridgewatch.views.happenings import Happening, grouped
from bridgewatch.views.status.report import StatusReport
from bridgewatch.views.terminal import sections, troubles
from bridgewatch.views.terminal.bandwidth import bandwidth
from bridgewatch.views.terminal.look import Look, fit, hanging, spelt

_LEAST_ROWS: Final = 3  # a list shorter than this tells nothing
_ENOUGH_ROWS: Final = 24  # for both lists: with these, blank lines between the sections cost nothing
_UNBOUNDED: Final = 1000
_PAPER_EVENTS: Final = 20
_PAPER_COLUMNS: Final = 120  # a pipe has no width, and cuts no names
_LEAST_COLUMNS: Final = 20
_EMPTY: Final = Text()


def is_bounded(console: Console) -> bool:
    """Whether lines have to fit: a terminal, or COLUMNS for what is piped to a pager or printed."""
    columns = os.environ.get("COLUMNS", "")
    return console.is_terminal or (columns.isdecimal() and int(columns) >= _LEAST_COLUMNS)


def look_of(console: Console, language: Language) -> Look:
    """What this terminal can show."""
    width = console.width if is_bounded(console) else _PAPER_COLUMNS
    return Look(width, language, plain=not console.encoding.lower().startswith("utf"))


def look_for(report: StatusReport, look: Look) -> Look:
    """The look with the report's time zone."""
    return replace(look, timezone=report.timezone)


def screen(
    report: StatusReport,
    recent: Sequence[Happening],
    look: Look,
    height: int,
) -> RenderableType:
    """A picture of exactly what fits `height` rows."""
    lines = compose(report, recent, look_for(report, look), height)
    return Group(*(spelt(fit(line, look.width), look) for line in lines[:height]))


def compose(
    report: StatusReport,
    recent: Sequence[Happening],
    look: Look,
    height: int,
    *,
    piped: bool = False,
) -> list[Text]:
    """The lines of the screen, from top to bottom. `piped`: no line has to fit a width."""
    top = [*sections.header(report, look), *sections.config_errors(report, look)]
    top += sections.deliveries(report, look)
    top += sections.events(report, look, max(1, height // 12))
    top += sections.incidents(report, look, max(_LEAST_ROWS, height // 6))
    top += sections.resolved(report, look, max(1, height // 12))
    world = _world(report, look, max(_LEAST_ROWS, (height - len(top)) // 4))
    world += bandwidth(report, look, height // 8, piped=piped)
    own = sections.itself(report, look)
    events = len(grouped(recent))
    needed = troubles.wanted(report, look, piped=piped) if report.troubles else 0
    free = height - len(top) - len(world) - len(own)
    airy = free >= min(needed + min(events, _LEAST_ROWS) + 2 + 4, _ENOUGH_ROWS)
    gap = [_EMPTY] if airy else []
    listed = _share(free - 4 * len(gap) - 2, needed, events)
    troubled = troubles.troubles(report, look, listed[0], piped=piped)
    # On paper there is room for all, but nobody reads all: grouped first, or one fault would fill the list.
    told = sections.happenings(recent, look, min(listed[1], _PAPER_EVENTS))
    body = [*top, *gap, *world, *gap, *troubled, *gap, *told]
    filler = [_EMPTY] * max(len(gap), height - len(body) - len(own)) if height < _UNBOUNDED else gap
    return [*body, *filler, *own]


def paper(report: StatusReport, recent: Sequence[Happening], look: Look, *, piped: bool = True) -> list[Text]:
    """Every line there is: cut nowhere for a pipe or a file, else broken where the terminal ends."""
    lines = compose(report, recent, look_for(report, look), _UNBOUNDED, piped=piped)
    if not piped:
        lines = [part for line in lines for part in hanging(line, look.width)]
    for line in lines:
        line.rstrip()
    return [spelt(line, look) for line in lines]


def _world(report: StatusReport, look: Look, most: int) -> list[Text]:
    if look.width < sections.WIDE:
        return [*sections.site_map(report, look, most), *sections.carriers(report, look, most)]
    split = look.width // 2
    left = sections.site_map(report, replace(look, width=split - 2), most)
    return sections.beside([fit(line, split - 2) for line in left], sections.carriers(report, look), split)


def _share(rows: int, troubles: int, events: int) -> tuple[int, int]:
    """Rows for the list of troubles and that of events: each what it needs, else half, but never nothing."""
    rows = max(rows, 2)
    half = max(1, rows // 2)
    first = min(max(troubles, 1), max(half, rows - max(events, 1)))
    return first, max(1, rows - first)
