"""Tables of a terminal, on paper or piped: what gapes is said in words and shapes, colours only repeat it."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from bridgewatch.texts.times import instant_of, weekday_moment, zone_of
from bridgewatch.views.terminal.look import QUIET, Look, spelt

Cell = str | Text


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], look: Look) -> Table:
    """A table whose cells the terminal can spell; cells are wrapped, never cut."""
    made = Table(box=box.ASCII2 if look.plain else box.SIMPLE_HEAD, pad_edge=False, header_style=QUIET)
    for column in columns:
        made.add_column(spelt(Text(column), look), overflow="fold")
    for row in rows:
        made.add_row(*(spelt(cell if isinstance(cell, Text) else Text(cell), look) for cell in row))
    return made


def moment(wall_ns: int, look: Look) -> str:
    """Time, weekday and date of an instant in the look's zone: 08:00 Sun 1 Mar 2026."""
    return weekday_moment(instant_of(wall_ns, zone_of(look.timezone)), look.language)


def span(seconds: float, look: Look) -> str:
    """A duration without units that are nought: 5 min, 2 min 5 s."""
    parts = look.duration(seconds).split(" ")
    kept = parts[:-2] if len(parts) > 2 and parts[-2] == "0" else parts  # noqa: PLR2004 - pairs
    return " ".join(kept)
