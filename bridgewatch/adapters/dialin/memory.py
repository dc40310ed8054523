"""What a daemon remembers of the boxes that called it: a small file, replaced whole each time."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from bridgewatch.adapters import private
from bridgewatch.core.dialin.awaited import Remembered

log = logging.getLogger(__name__)

FILE_NAME: Final = "boxes.json"
_CODEC: Final = TypeAdapter(tuple[Remembered, ...])


class Memory:
    """The file in a state directory. What cannot be read or written is said once, and the work goes on.

    Reading and writing may wait for the disk.
    """

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / FILE_NAME
        self._saved: tuple[Remembered, ...] | None = None
        self._failing = False
        self._writing = threading.Lock()

    def load(self) -> Sequence[Remembered]:
        """What was saved last; nothing where there is no such file, or none that can be understood."""
        try:
            content = private.read(self._path)
            return _CODEC.validate_json(content) if content is not None else ()
        except ValidationError:
            log.warning("what was known of boxes that called is lost: %s is not ours", self._path)
        except OSError as error:
            log.warning("what was known of boxes that called is lost: %s", error)
        return ()

    def save(self, remembered: Sequence[Remembered]) -> None:
        """Replace what was saved, unless that is the same. What is being saved meanwhile is older."""
        with self._writing:
            self._save(tuple(remembered))

    def _save(self, boxes: tuple[Remembered, ...]) -> None:
        if boxes == self._saved:
            return
        try:
            private.write(self._path, _CODEC.dump_json(boxes))
        except OSError as error:
            if not self._failing:
                log.error("boxes that call are not remembered over a restart: %s", error)  # noqa: TRY400 - a sentence
            self._failing = True
        else:
            self._saved = boxes
            if self._failing:
                log.info("boxes that call are remembered again")
            self._failing = False
