"""Reports in a row: a screen that is redrawn, or lines where only what changed is said."""

from collections.abc import Sequence
from typing import Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from bridgewatch.model.words import Language
from bridgewatch.views.happenings import Happening, grouped
from bridgewatch.views.status.report import StatusReport
from bridgewatch.views.terminal import sections
from bridgewatch.views.terminal.look import Look, fit, spelt
from bridgewatch.views.terminal.screen import look_for, look_of, screen


class LiveWatch:
    """Takes the whole terminal and gives it back as it was; use as `with`."""

    def __init__(self, console: Console, language: Language) -> None:
        self._console: Final = console
        self._language: Final = language
        self._live = Live(console=console, screen=True, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def shows(self, report: StatusReport, recent: Sequence[Happening]) -> None:
        """Draw; the size is asked for each time, because terminals are resized."""
        look = look_of(self._console, self._language)
        self._live.update(screen(report, recent, look, self._console.size.height), refresh=True)

    def draw(self, lines: Sequence[Text], look: Look) -> None:
        """Draw another picture: lines that fit the terminal."""
        height = self._console.size.height
        self._live.update(
            Group(*(spelt(fit(line, look.width), look) for line in lines[:height])), refresh=True
        )


class PlainWatch:
    """The verdict whenever it changes, and each change of a link, site or egress once; use as `with`."""

    def __init__(self, console: Console, language: Language) -> None:
        self._console: Final = console
        self._language: Final = language
        self._standing = ""
        self._told_ns = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def shows(self, report: StatusReport, recent: Sequence[Happening]) -> None:
        """Say what is new since the last report."""
        look = look_for(report, look_of(self._console, self._language))
        if self._told_ns >= 0:
            for group in grouped(one for one in recent if one.wall_ns > self._told_ns):
                self._say(sections.happening(group, look))
        self._told_ns = max([self._told_ns, 0, *(one.wall_ns for one in recent)])
        standing = [
            *sections.standing(report, look),
            *sections.config_errors(report, look),
            *sections.deliveries(report, look),
        ]
        text = "\n".join(line.plain for line in standing)
        if text != self._standing:
            self._standing = text
            for line in standing:
                self._say(line)

    def _say(self, line: Text) -> None:
        line = spelt(line, look_of(self._console, self._language))
        self._console.print(line, soft_wrap=True, highlight=False, markup=False)
