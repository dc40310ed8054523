"""The daemon's answers about incidents as lists of a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import typer
from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from bridgewatch.adapters.api.forms import IncidentTold, LineTold, PastIncidentTold, PastTold
from bridgewatch.adapters.api.silence_forms import SilenceTold
from bridgewatch.model.desk import Stage
from bridgewatch.model.paging import ABOUT_A_LINK, INFERRED
from bridgewatch.model.policy import numbered
from bridgewatch.model.words import Language
from bridgewatch.texts.calls import tell_call
from bridgewatch.texts.desk import DeskWords, desk_words, tell_found
from bridgewatch.texts.networks import tell_line
from bridgewatch.texts.times import day, duration, short_moment, weekday_moment
from bridgewatch.views.terminal.look import BAD, GOOD, POOR, QUIET, TITLE, Look, spelt
from bridgewatch.views.terminal.screen import look_of

_LINE_STYLES: Final = {
    "Noticed": BAD,
    "Opened": BAD,
    "Called": "bold",
    "Acknowledged": GOOD,
    "Recovered": GOOD,
    "Closed": GOOD,
    "HelpAsked": POOR,
    "RaisedAgain": POOR,
    "GapFound": POOR,
    "Unreached": POOR,
    "DeadLetter": BAD,
    "Muted": QUIET,
}

_CALLED_SHOWN: Final = 4  # the latest of them

Silences = Mapping[str, SilenceTold]
"""Those that are known, by their ids."""


class Paper:
    """Where tables are printed, in one language, as that terminal can spell it."""

    def __init__(self, language: Language) -> None:
        self._console: Final = Console()
        self.look: Look = look_of(self._console, language)
        self.language = language
        self.words: DeskWords = desk_words(language)

    def print(self, *things: RenderableType) -> None:
        """Print things below each other; a pipe gets no blanks at the ends of lines."""
        if self._console.is_terminal:
            for thing in things:
                self._console.print(thing, highlight=False)
            return
        paper = Console(width=self.look.width)
        with paper.capture() as captured:
            for thing in things:
                paper.print(thing, highlight=False)
        for line in captured.get().splitlines():
            typer.echo(line.rstrip())

    def text(self, text: str, style: str = "") -> Text:
        """Text as the terminal can spell it."""
        return spelt(Text(text, style), self.look)

    def table(self, headings: Sequence[str]) -> Table:
        """A table with these headings; the lines of a row stay together."""
        table = Table(box=box.ASCII2 if self.look.plain else box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
        for heading in headings:
            table.add_column(self.text(heading, QUIET))
        return table


def incidents_list(
    incidents: Iterable[IncidentTold], at: datetime, silences: Silences, paper: Paper
) -> RenderableType:
    """An incident in two lines or three beside its code: how far it is, who has it, and what it is."""
    grid = Table.grid(padding=(0, 2, 1, 0))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for incident in incidents:
        body = Text("\n").join([_standing(incident, at, paper), *_what(incident, silences, paper)])
        grid.add_row(paper.text(incident.code, TITLE), body)
    return grid


def past_time(told: PastTold, paper: Paper) -> str:
    """The time that was asked for, as it was read."""
    words = paper.words
    since, until = (weekday_moment(at, paper.language) if at else None for at in (told.since, told.until))
    if since and until:
        return words.between.format(since, until)
    return words.since.format(since) if since else words.before.format(until)


def past_table(incidents: Iterable[PastIncidentTold], at: datetime, paper: Paper) -> RenderableType:
    """An incident in a line beside its code: when and how long, what it was about, and what became of it."""
    words = paper.words
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for one in incidents:
        end = one.recovered or one.closed
        age = duration(round(((end or at) - one.began).total_seconds() * 1e9), paper.language)
        when = paper.text(f"{short_moment(one.began, paper.language)} ({age})")
        parts = [
            when,
            paper.text(one.name, "bold"),
            paper.text(tell_found(one.kind, None, paper.language, suspected=one.kind in INFERRED)),
        ]
        if one.kind in ABOUT_A_LINK and one.name != one.subject:
            parts.append(paper.text(one.subject, QUIET))
        if one.into is not None:
            parts.append(paper.text(words.into.format(one.into_code or one.into), QUIET))
        elif one.paged is None:
            parts.append(paper.text(words.never_paged, QUIET))
        if end is None and one.into is None:
            parts.append(paper.text(words.lasting, BAD))
        grid.add_row(paper.text(one.code, TITLE), Text(paper.look.dot).join(parts))
    return grid


def story(
    incident: IncidentTold | None,
    lines: Sequence[LineTold],
    at: datetime,
    silences: Silences,
    paper: Paper,
) -> list[RenderableType]:
    """A story: its heading, and a line per entry, with the time where it changes."""
    heading: list[RenderableType] = []
    if incident is not None:
        standing = _standing(incident, at, paper)
        heading = [Text.assemble(paper.text(f"{incident.code} ", TITLE), standing)]
        heading += _what(incident, silences, paper)
        heading += _boxes(incident, at, paper)
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column()
    before, today = "", None
    for line in lines:
        if line.at.date() != today:
            today = line.at.date()
            grid.add_row(paper.text(day(line.at, paper.language), TITLE), Text())
        time = f"{line.at:%H:%M:%S}"
        style = _LINE_STYLES.get(line.entry, "")
        if line.entry == "Attempted":
            style = GOOD if line.fields.get("delivered") else POOR
        grid.add_row(paper.text("" if time == before else time, QUIET), paper.text(line.text, style))
        before = time
    return [*heading, grid]


def _standing(incident: IncidentTold, at: datetime, paper: Paper) -> Text:
    """How far it is, since when, and who has it."""
    words = paper.words
    other_day = "" if incident.began.date() == at.date() else f" {day(incident.began, paper.language)}"
    end = incident.ended or at
    age = duration(round((end - incident.began).total_seconds() * 1e9), paper.language)
    parts = [
        spelt(paper.look.stage(incident.stage), paper.look),
        paper.text(f"{incident.began:%H:%M:%S}{other_day} ({age})"),
    ]
    if incident.taken is not None:
        parts.append(paper.text(_reach(incident.taken.by, incident.taken.phone), GOOD))
    elif incident.stage is Stage.CALLING:
        parts.append(paper.text(words.nobody, BAD))
        if incident.next is not None and incident.step is not None:
            following = numbered(incident.step + 1, incident.steps)
            told = words.next_again if following.again else words.next_step
            step = told.format(following.number, f"{incident.next:%H:%M:%S}")
            parts.append(paper.text(step, QUIET))
    if incident.into is not None:
        parts.append(paper.text(words.into.format(incident.into)))
    return Text(paper.look.dot).join(parts)


def _boxes(incident: IncidentTold, at: datetime, paper: Paper) -> list[Text]:
    """Of links that dial in, whether their boxes are heard now: on whose side the silence is."""
    if incident.ended is not None:
        return []
    lines = []
    for link in incident.links:
        if (told := link.box) is not None:
            span = duration(round((at - told.since).total_seconds() * 1e9), paper.language)
            how = tell_call(told.address, span, paper.language, silent=not told.calling, awaited=told.awaited)
            lines.append(paper.text(f"{link.id}: {how}", GOOD if told.calling else POOR))
    return lines


def _what(incident: IncidentTold, silences: Silences, paper: Paper) -> list[Text]:
    words = paper.words
    details = [tell_found(incident.kind, incident.why, paper.language, suspected=incident.suspected)]
    if len(incident.dark) > 1:
        details.append(words.dark.format(len(incident.dark)))
    if incident.links_total > 1:
        details.append(words.links.format(incident.links_total))
    if incident.event is not None and incident.event.name:
        details.append(words.event.format(incident.event.name))
    lines = [paper.text(incident.subject)]
    if incident.links_total == 1 and incident.links:
        only = incident.links[0]
        line = tell_line(only.network, only.carrier, only.circuit, paper.language)
        lines.append(paper.text(f"{line} ({only.id})"))
    lines.append(paper.text(paper.look.dot.join(details), QUIET))
    if (silence := silences.get(incident.silence or "")) is not None:
        until = short_moment(silence.ends, paper.language)
        lines.append(paper.text(words.muted.format(until, silence.by, silence.id), QUIET))
    if incident.stage is Stage.CALLING and incident.called:
        latest = [_reach(one.name, one.phone) for one in incident.called[: -_CALLED_SHOWN - 1 : -1]]
        more = [f"+ {len(incident.called) - len(latest)}"] if len(incident.called) > len(latest) else []
        lines.append(paper.text(words.called.format(", ".join(latest + more))))
    return lines


def _reach(name: str, phone: str | None) -> str:
    """Somebody, with the number to call where there is one."""
    return f"{name} ({phone})" if phone else name
