"""One test on a terminal while it runs: a bar that moves, and a line for each direction that is over."""

from types import TracebackType
from typing import Self

from rich.live import Live
from rich.text import Text

from bridgewatch.adapters.api.throughput_forms import RUNNING, TestTold
from bridgewatch.cli.bandwidth_view import leg, promised, standing, throughput
from bridgewatch.cli.desk_view import Paper
from bridgewatch.model.words import Language
from bridgewatch.texts.throughput import throughput_words
from bridgewatch.views.terminal.look import spelt
from bridgewatch.views.terminal.throughput import leg_line, result_line


class Screen:
    """A pipe gets the lines of what is over; a terminal sees the bar as well. `silent` shows nothing."""

    def __init__(self, language: Language, *, silent: bool = False) -> None:
        self._paper = Paper(language)
        self._silent = silent
        self._told = 0  # results
        self._asked = False
        self._live = Live(transient=True, auto_refresh=False) if not silent else None

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def say(self, text: str) -> None:
        """Tell something beside the test."""
        if not self._silent:
            self._paper.print(self._paper.text(text))

    def show(self, test: TestTold) -> None:
        """Show how the test stands now."""
        if self._live is None:
            return
        look = self._paper.look
        if not self._asked:
            self._asked = True
            self.say(throughput_words(look.language).asked.format(test.link, test.id))
        for result in test.results[self._told :]:
            line = result_line(throughput(result), look, promised(result, test.contract))
            self._paper.print(line)
        self._told = max(self._told, len(test.results))
        if test.ended is not None:
            self._live.update(Text(), refresh=True)
            end = throughput_words(look.language).ended.format(test.id, "")
            self._paper.print(Text.assemble(self._paper.text(end), spelt(standing(test, look), look)))
            return
        on_link = leg(test.leg) if test.stage == RUNNING and test.leg is not None else None
        line = leg_line(*on_link, look) if on_link is not None else spelt(standing(test, look), look)
        self._live.update(line, refresh=True)
