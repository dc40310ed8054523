"""Two stages for the same play: a live screen, and plain lines for pipes and simple terminals."""

from typing import Final, Self

from rich.console import Console
from rich.text import Text

from bridgewatch.app.demo import heard
from bridgewatch.app.demo.keys import Keys
from bridgewatch.app.demo.picture import picture
from bridgewatch.app.demo.province import Province
from bridgewatch.app.demo.run import Scene
from bridgewatch.app.demo.script import Act, Script
from bridgewatch.app.demo.telling import verdict
from bridgewatch.model.words import EgressState, LinkState, SiteState
from bridgewatch.texts.story import story_words
from bridgewatch.views.happenings import Happening, grouped
from bridgewatch.views.terminal import sections
from bridgewatch.views.terminal.look import Look, spelt
from bridgewatch.views.terminal.screen import look_for, look_of
from bridgewatch.views.terminal.watching import LiveWatch

_TOLD: Final = frozenset(
    {LinkState.UP, LinkState.DEGRADED, LinkState.DOWN, LinkState.FLAPPING, LinkState.BLIND}
)
_INDENT: Final = " " * 11
_TOLD_SITES: Final = frozenset({SiteState.DARK, SiteState.IMPAIRED})


class LiveStage:
    """A screen that is redrawn; use as `with`."""

    def __init__(self, console: Console, look: Look) -> None:
        self._console = console
        self._look = look
        self._duration = 0.0
        self._watch = LiveWatch(console, look.language)
        self._keys = Keys()

    def __enter__(self) -> Self:
        self._keys.__enter__()
        self._watch.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.__exit__()
        self._keys.__exit__()

    def opens(self, province: Province, script: Script) -> None:
        """Say what is coming."""
        self._duration = script.duration
        self._console.print(Text(_opening(province, script, self._look)))

    def begins(self, act: Act) -> None:
        """The screen says it by itself."""

    def ends(self, act: Act) -> None:
        """The screen says it by itself."""

    def shows(self, scene: Scene) -> None:
        """Draw: about a probing tick's worth of work. A thread would keep the loop waiting no less."""
        look = look_for(scene.report, look_of(self._console, self._look.language))
        height = self._console.size.height
        self._watch.draw(picture(scene, self._duration, look, height, keys=self._keys.work), look)

    def pressed(self) -> str:
        """The keys pressed since the last call."""
        return self._keys.pressed()


class PlainStage:
    """Lines that say what is done and what is concluded."""

    def __init__(self, console: Console, look: Look) -> None:
        self._console = console
        self._look = look
        self._words = story_words(look.language)
        self._told: set[str] = set()
        self._duration = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def opens(self, province: Province, script: Script) -> None:
        """Say what is coming."""
        self._duration = script.duration
        self._say(_opening(province, script, self._look))

    def begins(self, act: Act) -> None:
        """Announce."""
        self._say(f"{self._clock(act.start)}{self._words.now}: {act.begins[self._look.language]}")

    def ends(self, act: Act) -> None:
        """Announce."""
        self._say(f"{self._clock(act.end)}{self._words.over}: {act.ends[self._look.language]}")

    def shows(self, scene: Scene) -> None:
        """Tell what changed."""
        self._look = look_for(scene.report, self._look)
        news = [one for one in scene.news if _worth_telling(one)]
        for group in grouped(news):
            self._say(sections.happening(group, self._look))
        for finding in scene.account.findings:
            if finding.complete and finding.act.key not in self._told:
                self._told.add(finding.act.key)
                self._say(Text.assemble(self._clock(scene.at), verdict(finding, self._duration, self._look)))
        self._tell_letters(scene)

    def _tell_letters(self, scene: Scene) -> None:
        """What arrived, pages in full, and whose link was pressed."""
        for letter in scene.letters:
            self._say(self._timed(scene, letter.at_ns, heard.headline(letter, scene.inventory, self._look)))
            for line in heard.body(letter) if letter.asks else ():
                self._say(f"{_INDENT}{line}")
        for answer in dict.fromkeys(scene.calls.phones.answers.values()):
            if answer.letter.id not in self._told:
                self._told.add(answer.letter.id)
                self._say(
                    self._timed(scene, answer.at_ns, heard.press(answer.letter, scene.inventory, self._look))
                )

    def pressed(self) -> str:
        """There are no keys."""
        return ""

    def _timed(self, scene: Scene, wall_ns: int, line: Text) -> Text:
        return Text.assemble(self._clock(scene.calls.at(wall_ns)), line)

    def _clock(self, seconds: float) -> str:
        return f"{self._look.figure(seconds):5.1f} s  "

    def _say(self, line: Text | str) -> None:
        told = spelt(Text(line) if isinstance(line, str) else line, self._look)
        self._console.print(told, soft_wrap=True, highlight=False, markup=False)


def _worth_telling(one: Happening) -> bool:
    """Not every suspicion, and of sites only those in trouble: their links have told the rest."""
    state = one.state
    if one.old == one.new:  # worse or better, but the same
        return False
    if isinstance(state, LinkState):
        return state in _TOLD
    return isinstance(state, EgressState) or state in _TOLD_SITES


def _opening(province: Province, script: Script, look: Look) -> str:
    return story_words(look.language).starting.format(
        sites=len(province.site_names),
        links=len(province.links),
        acts=len(script.acts),
        seconds=script.duration,
    )
