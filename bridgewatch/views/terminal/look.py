"""How things look: colours only repeat what shape and word already say; figures are written for people."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from bridgewatch.model.desk import Stage
from bridgewatch.model.words import EgressState, Language, LinkState, SiteState
from bridgewatch.texts.desk import tell_stage
from bridgewatch.texts.figures import Figure
from bridgewatch.texts.labels import Labels, labels
from bridgewatch.texts.symbols import State, stage_symbol, symbol
from bridgewatch.texts.words import Code, tell

QUIET: Final = "bright_black"
TITLE: Final = "bold cyan"
GOOD: Final = "green"
POOR: Final = "yellow"
BAD: Final = "bold red"

_LINK_STYLES: Final[Mapping[int, str]] = {
    LinkState.UNKNOWN: QUIET,
    LinkState.UP: GOOD,
    LinkState.DEGRADED: POOR,
    LinkState.SUSPECT: "cyan",
    LinkState.DOWN: BAD,
    LinkState.FLAPPING: "magenta",
    LinkState.BLIND: "blue",
    LinkState.PAUSED: QUIET,
}
_SITE_STYLES: Final[Mapping[int, str]] = {
    SiteState.UNKNOWN: QUIET,
    SiteState.OK: GOOD,
    SiteState.REDUCED: "cyan",
    SiteState.IMPAIRED: POOR,
    SiteState.DARK: BAD,
}
_EGRESS_STYLES: Final[Mapping[int, str]] = {
    EgressState.UNKNOWN: QUIET,
    EgressState.OK: GOOD,
    EgressState.IMPAIRED: POOR,
    EgressState.DARK: BAD,
}

_STAGE_STYLES: Final[Mapping[Stage, str]] = {
    Stage.HELD: QUIET,
    Stage.CALLING: BAD,
    Stage.TAKEN: POOR,
    Stage.MUTED: QUIET,
    Stage.FOLDED: QUIET,
    Stage.OVER: GOOD,
}

_SECOND_NS: Final = 1_000_000_000
_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_MEASURE: Final = Console(width=80)  # wrapping asks one for its tab size
_SIMPLE: Final = {"đ": "d", "Đ": "D", "…": "~", "·": "-", "✔": "+", "✖": "X"}
BLANK: Final = "-"  # where nothing was measured


def style(state: State) -> str:
    """The colour of a state."""
    if isinstance(state, LinkState):
        return _LINK_STYLES[state]
    return _SITE_STYLES[state] if isinstance(state, SiteState) else _EGRESS_STYLES[state]


@dataclass(frozen=True, slots=True)
class Look:
    """What a view must fit: columns, language, and whether the terminal knows only ASCII (`plain`)."""

    width: int = 80
    language: Language = Language.EN
    plain: bool = False
    timezone: str = "Asia/Ho_Chi_Minh"

    @property
    def labels(self) -> Labels:
        """The words around the figures."""
        return labels(self.language)

    def tell(self, code: Code) -> str:
        """A state or a reason in words."""
        return tell(code, self.language)

    def mark(self, state: State) -> Text:
        """The symbol of a state in its colour."""
        return Text(symbol(state, plain=self.plain), style(state))

    def state(self, state: State) -> Text:
        """Symbol and word of a state."""
        return Text.assemble(self.mark(state), " ", (self.tell(state), style(state)))

    def stage(self, stage: Stage) -> Text:
        """Symbol and words of how far an incident has come."""
        shape = stage_symbol(stage, plain=self.plain)
        return Text(f"{shape} {tell_stage(stage, self.language)}", _STAGE_STYLES[stage])

    def clock(self, wall_ns: int) -> str:
        """The time of day in the inventory's time zone."""
        instant = datetime.fromtimestamp(wall_ns // _SECOND_NS, UTC)
        return instant.astimezone(ZoneInfo(self.timezone)).strftime("%H:%M:%S")

    def duration(self, seconds: float) -> str:
        """The two largest units: 2 h 5 min."""
        rest = max(0, int(seconds))
        for number, (unit, length) in enumerate(_UNITS):
            if rest >= length:
                count, rest = divmod(rest, length)
                text = f"{count} {getattr(self.labels, unit)}"
                finer, finer_length = (*_UNITS, ("second", 1))[number + 1]
                return f"{text} {rest // finer_length} {getattr(self.labels, finer)}"
        return f"{rest} {self.labels.second}"

    def figure(self, value: float) -> Figure:
        """A number to be written in this language."""
        return Figure(value, self.language)

    def rule(self, left: Text, right: str = "") -> Text:
        """A line across the view that begins with `left` and ends with `right`."""
        room = self.width - left.cell_len - cell_len(right) - (2 if right else 1)
        dashes = ("-" if self.plain else "─") * max(0, room)
        return Text.assemble(left, " ", (dashes, QUIET), (f" {right}" if right else "", QUIET))

    @property
    def dot(self) -> str:
        """What stands between figures of a line."""
        return " - " if self.plain else " · "


def spelt(line: Text, look: Look) -> Text:
    """The line as the terminal can spell it: without diacritics where it knows only ASCII."""
    if not look.plain:
        return line
    simple = line.copy()
    simple.plain = "".join(_simple(letter) for letter in line.plain)
    return simple


def _simple(letter: str) -> str:
    if letter.isascii():
        return letter
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else _SIMPLE.get(letter, "?")


def fit(text: Text, width: int) -> Text:
    """Exactly `width` columns: cut with an ellipsis, or padded."""
    fitted = text.copy()
    fitted.truncate(width, overflow="ellipsis", pad=True)
    return fitted


def cell(text: str, width: int, shade: str = "") -> Text:
    """`text` in exactly `width` columns."""
    if cell_len(text) > width:
        return fit(Text(text, shade), width)
    return Text(set_cell_size(text, width), shade)


def right(text: str, width: int, shade: str = "") -> Text:
    """`text` at the right end of `width` columns."""
    return cell(" " * max(0, width - cell_len(text)) + text, width, shade)


def hanging(line: Text, width: int) -> list[Text]:
    """`line` broken between words to lines of `width` columns, all of them indented as the first."""
    indent = len(line.plain) - len(line.plain.lstrip(" "))
    if line.cell_len <= width or indent * 2 > width:
        return [line]
    body = line[indent:].wrap(_MEASURE, width - indent)
    return [Text.assemble(" " * indent, part) for part in body]
