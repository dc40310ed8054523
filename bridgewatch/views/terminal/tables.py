"""Tables of a terminal, on paper or piped: what gapes is said in words and shapes, colours only repeat it."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from bridgewatch.texts.times import instant_of, weekday_moment, zone_of
from bridgewatch.views.terminal.look import QUIET, Look, spelt

Cell = str | Text


_FRAME: Final = 3  # columns beside the text of each column: blanks and the line between two


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], look: Look) -> Table:
    """A table whose cells the terminal can spell; cells are wrapped, never cut.

    Where there is room for every word, none is broken: it may be an id that somebody has to type.
    """
    made = Table(box=box.ASCII2 if look.plain else box.SIMPLE_HEAD, pad_edge=False, header_style=QUIET)
    heads = [spelt(Text(column), look) for column in columns]
    spelt_rows = [
        [spelt(cell if isinstance(cell, Text) else Text(cell), look) for cell in row] for row in rows
    ]
    widths = _widths(list(zip(heads, *spelt_rows, strict=True)), look.width - _FRAME * len(heads) + 1)
    for head, width in zip(heads, widths, strict=True):
        made.add_column(head, overflow="fold", width=width)
    for row in spelt_rows:
        made.add_row(*row)
    return made


def _widths(columns: Sequence[Sequence[Text]], room: int) -> Sequence[int | None]:
    """How wide each column is: its longest word, and an equal share of what is left if it wants that much.

    None: as it comes, because there is room for all, or not even for words.
    """
    longest = [max(map(_longest_line, column)) for column in columns]
    least = [max(map(_longest_word, column)) for column in columns]
    wanted = [most - some for most, some in zip(longest, least, strict=True)]
    left = room - sum(least)
    if left < 0 or sum(wanted) <= left:
        return [None] * len(columns)
    widths = list(least)
    modest_first = sorted(range(len(columns)), key=wanted.__getitem__)
    for served, column in enumerate(modest_first):
        share = min(wanted[column], left // (len(columns) - served))
        widths[column] += share
        left -= share
    return widths


def _longest_line(text: Text) -> int:
    return max(map(cell_len, text.plain.split("\n")))


def _longest_word(text: Text) -> int:
    return max(map(cell_len, text.plain.split()), default=0)


def moment(wall_ns: int, look: Look) -> str:
    """Time, weekday and date of an instant in the look's zone: 08:00 Sun 1 Mar 2026."""
    return weekday_moment(instant_of(wall_ns, zone_of(look.timezone)), look.language)


def span(seconds: float, look: Look) -> str:
    """A duration without units that are nought: 5 min, 2 min 5 s."""
    parts = look.duration(seconds).split(" ")
    kept = parts[:-2] if len(parts) > 2 and parts[-2] == "0" else parts  # noqa: PLR2004 - pairs
    return " ".join(kept)
