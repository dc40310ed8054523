"""The daemon's answers about silences as a table or, on a narrow terminal, as a list."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from bridgewatch.adapters.api.silence_forms import SilenceTold
from bridgewatch.cli.desk_view import Paper
from bridgewatch.texts.times import duration, short_moment, weekday_moment
from bridgewatch.views.terminal.look import QUIET

_TABLE_COLUMNS: Final = 72  # in fewer, the cells of a table are a word or two wide
_INDENT: Final = (0, 0, 0, 2)


def silence_set(silence: SilenceTold, paper: Paper) -> list[Text]:
    """A silence that was set just now, as it was understood: whether it holds, what it covers, and when."""
    words, language = paper.words, paper.language
    starts, ends = (weekday_moment(at.replace(second=0), language) for at in (silence.starts, silence.ends))
    length = duration(round((silence.ends - silence.starts).total_seconds() * 1e9), language)
    return [
        paper.text((words.silence_set if silence.holds else words.silence_to_come).format(silence.id)),
        paper.text(words.silence_covers.format(silence.covers)),
        paper.text(words.silence_lasts.format(starts, ends, length)),
    ]


def silences_list(silences: Iterable[SilenceTold], paper: Paper) -> Sequence[RenderableType]:
    """A row per silence or, where those would be too narrow, some lines; its id is whole in both."""
    if paper.look.width < _TABLE_COLUMNS:
        return [line for silence in silences for line in _lines(silence, paper)]
    words = paper.words
    table = paper.table([words.silence, words.covers, words.from_to, words.set_by, words.note])
    table.columns[0].no_wrap = True
    for silence in silences:
        table.add_row(paper.text(silence.id, "bold"), *(paper.text(cell) for cell in _cells(silence, paper)))
    return [table]


def _lines(silence: SilenceTold, paper: Paper) -> list[RenderableType]:
    covers, when, by, note = _cells(silence, paper)
    name = paper.text(silence.id, "bold")
    name.no_wrap, name.overflow = True, "ignore"
    cells = (covers, when, f"{by}: {note}")
    return [name, *(Padding(paper.text(cell, QUIET), _INDENT) for cell in cells)]


def _cells(silence: SilenceTold, paper: Paper) -> tuple[str, str, str, str]:
    """What it covers, from when to when, who set it and why."""
    things = (silence.link, silence.site, silence.carrier, silence.area)
    forced = f" ({paper.words.forced})" if silence.forced else ""
    return (
        " ".join(thing for thing in things if thing) + forced,
        " - ".join(short_moment(at, paper.language) for at in (silence.starts, silence.ends)),
        silence.by,
        silence.note,
    )
