"""Draws docs/demo.svg: the demo as a terminal shows it, while a handover is down and somebody has it.

Run by `make picture`; nothing else needs it.
"""

import asyncio
import io
import re
import sys
from pathlib import Path
from typing import Final

from rich.console import Console, Group

from bridgewatch.app.demo.far_ends import FarEnds
from bridgewatch.app.demo.picture import picture
from bridgewatch.app.demo.province import Province
from bridgewatch.app.demo.run import Scene, play
from bridgewatch.app.demo.script import Act, Script
from bridgewatch.model.words import Language
from bridgewatch.views.terminal.look import fit
from bridgewatch.views.terminal.screen import look_for, look_of

_SECONDS: Final = 20.0
_MOMENT: Final = 13.0
_COLUMNS, _ROWS = 110, 40
_ELSEWHERE: Final = re.compile(r" *<!--.*?-->\n|\s*@font-face \{.*?\}", re.DOTALL)
"""What the library adds that a reader's browser would fetch from others."""


class Camera:
    """A stage that keeps one scene as a picture."""

    def __init__(self) -> None:
        self.svg = ""

    def opens(self, province: Province, script: Script) -> None:
        """Nothing is drawn before anything is probed."""

    def begins(self, act: Act) -> None:
        """The scene says it by itself."""

    def ends(self, act: Act) -> None:
        """The scene says it by itself."""

    def shows(self, scene: Scene) -> None:
        """Keep the first scene from the moment on."""
        if self.svg or scene.at < _MOMENT:
            return
        console = Console(
            file=io.StringIO(),
            width=_COLUMNS,
            height=_ROWS,
            record=True,
            force_terminal=True,
            color_system="truecolor",
        )
        look = look_for(scene.report, look_of(console, Language.EN))
        lines = picture(scene, _SECONDS, look, _ROWS, keys=True)
        console.print(Group(*(fit(line, look.width) for line in lines)))
        svg = console.export_svg(title="bridgewatch demo")
        self.svg = _ELSEWHERE.sub("", svg).replace("Fira Code, ", "")

    def pressed(self) -> str:
        """Nobody is at the keys."""
        return ""


def main(path: Path) -> None:
    """Play the demo, and write its picture to `path`."""
    camera = Camera()
    with FarEnds() as far_ends:
        asyncio.run(play(far_ends, _SECONDS, camera, Language.EN))
    path.write_text(camera.svg, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
