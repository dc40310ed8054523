"""The live picture of the demo: how things stand, the script, the map, and a phone with the newest message.

On a wide terminal the phone lies beside the map, on a narrow one above it. Carriers and links are left out
where there is no room for them.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from bridgewatch.app.demo import heard
from bridgewatch.app.demo.cast import OWN_DUTY
from bridgewatch.app.demo.phones import Letter
from bridgewatch.app.demo.run import Scene
from bridgewatch.app.demo.script import Act
from bridgewatch.app.demo.telling import story
from bridgewatch.texts.story import story_words
from bridgewatch.views.terminal import sections
from bridgewatch.views.terminal.look import QUIET, TITLE, Look, fit, hanging
from bridgewatch.views.terminal.troubles import troubles

_WIDE: Final = 100
_TALL: Final = 30
_VERY_TALL: Final = 40
_PHONE: Final = 48  # columns of a phone beside the map
_LEAST_PHONE: Final = 6  # rows
_MOST_PHONE: Final = 18
_INCIDENTS: Final = 2
_LISTED: Final = 2  # rows of a list that is worth its title
_TOGETHER_NS: Final = 1_000_000_000


def picture(scene: Scene, duration: float, look: Look, height: int, *, keys: bool) -> list[Text]:
    """Lines for a terminal of the look's width and `height` rows."""
    wide = look.width >= _WIDE and height >= _TALL
    top = [*sections.header(scene.report, look), *sections.incidents(scene.report, look, _INCIDENTS)]
    acts = 1 + wide + (height >= _VERY_TALL)
    script = story(scene.account, scene.at, duration, look, acts, lambda act: _course(act, scene, look))
    own = sections.itself(scene.report, look)
    room = height - len(top) - len(script) - len(own)
    middle = (_beside if wide else _stacked)(scene, look, room, keys=keys)
    gap = [Text()] * max(0, room - len(middle))
    return [*top, *script, *middle[:room], *gap, *own]


def _course(act: Act, scene: Scene, look: Look) -> Sequence[str]:
    told = scene.calls.told.get(act.key)
    return heard.course(told, scene.calls, scene.inventory, look) if told is not None else ()


def _beside(scene: Scene, look: Look, room: int, *, keys: bool) -> list[Text]:
    """The map and the carriers beside a phone, lists below."""
    report, gap = scene.report, Text()
    left_look = replace(look, width=look.width - _PHONE - 1)
    left = [gap, *sections.site_map(report, left_look, 3), gap, *sections.carriers(report, left_look), gap]
    rows = max(_LEAST_PHONE, min(_MOST_PHONE, room * 2 // 3))
    left += troubles(report, left_look, max(_LISTED, rows - len(left) - 1))
    right = [gap, *phone(scene, look, _PHONE, rows, keys=keys)]
    split = left_look.width + 1
    block = sections.beside([fit(line, left_look.width) for line in left[: rows + 1]], right, split)
    most = max(1, room - len(block) - 2)
    return [*block, gap, *sections.happenings(scene.recent, look, most)]


def _stacked(scene: Scene, look: Look, room: int, *, keys: bool) -> list[Text]:
    """One below the other, as far as there is room."""
    report = scene.report
    sites = sections.site_map(report, look, 2)
    rows = max(_LEAST_PHONE, min(_MOST_PHONE, room // 2 - 1))
    lines = [*phone(scene, look, look.width, rows, keys=keys), *sites]
    carriers = sections.carriers(report, look)
    rest = room - len(lines)
    if rest >= len(carriers) + 2 * (_LISTED + 1):
        lines += carriers
        rest -= len(carriers)
    if rest >= 4 * _LISTED + 2:
        lines += troubles(report, look, rest // 2 - 1)
        rest = room - len(lines)
    return [*lines, *sections.happenings(scene.recent, look, max(1, rest - 1))]


def phone(scene: Scene, look: Look, width: int, rows: int, *, keys: bool) -> list[Text]:
    """A phone with the newest message on it: `rows` lines of `width` columns."""
    letter = newest(scene.calls.phones.letters)
    if letter is None:
        words = story_words(look.language)
        return _box(Text(), [Text(words.no_message, QUIET)], Text(), look, width, rows)
    name = heard.short_name(letter.contact, scene.inventory)
    head = Text(f"{name}{look.dot}{look.clock(letter.at_ns)}", TITLE)
    foot = heard.standing(letter, scene.calls, scene.inventory, look, keys=keys)
    lines = hanging(Text(letter.title, "bold"), width - 4)
    for line in heard.body(letter):
        lines += hanging(Text(line), width - 4)
    return _box(head, lines, foot, look, width, rows)


def newest(letters: Sequence[Letter]) -> Letter | None:
    """The message to show; of several that came together, our own duty's."""
    if not letters:
        return None
    last = letters[-1]
    together = (one for one in letters if one.kind is last.kind and last.at_ns - one.at_ns < _TOGETHER_NS)
    return next((one for one in together if one.contact == OWN_DUTY), last)


def _box(head: Text, lines: Sequence[Text], foot: Text, look: Look, width: int, rows: int) -> list[Text]:
    across, down = ("-", "|") if look.plain else ("─", "│")
    corners = "++++" if look.plain else "╭╮╰╯"

    def edge(left: str, text: Text, right: str) -> Text:
        label = Text.assemble(" ", text, " ") if text else Text()
        rest = across * max(0, width - 3 - label.cell_len)
        return Text.assemble((left + across, QUIET), label, (rest + right, QUIET))

    room = rows - 2
    shown = [*lines[:room], *[Text()] * (room - len(lines))]
    inner = width - 2 - 2 * cell_len(down)
    middle = [Text.assemble((f"{down} ", QUIET), fit(line, inner), (f" {down}", QUIET)) for line in shown]
    return [edge(corners[0], head, corners[1]), *middle, edge(corners[2], foot, corners[3])]
