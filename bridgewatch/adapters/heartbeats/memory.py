"""What a watchdog remembers of heartbeats over its own restart: a small file, replaced whole each time."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from bridgewatch.adapters import private
from bridgewatch.core.heartbeats.register import Remembered

log = logging.getLogger(__name__)

FILE_NAME: Final = "heartbeats.json"
_CODEC: Final = TypeAdapter(tuple[Remembered, ...])


class Memory:
    """The file in a state directory. What cannot be read or written is said once, and the work goes on.

    Reading and writing may wait for the disk.
    """

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / FILE_NAME
        self._failing = False

    def load(self) -> Sequence[Remembered]:
        """What was saved last; nothing where there is no such file, or none that can be understood."""
        try:
            content = private.read(self._path)
            return _CODEC.validate_json(content) if content is not None else ()
        except ValidationError:
            log.warning("what was known of earlier heartbeats is lost: %s is not ours", self._path)
        except OSError as error:
            log.warning("what was known of earlier heartbeats is lost: %s", error)
        return ()

    def save(self, remembered: Sequence[Remembered]) -> None:
        """Replace what was saved."""
        try:
            private.write(self._path, _CODEC.dump_json(tuple(remembered)))
        except OSError as error:
            if not self._failing:
                log.error("heartbeats are not remembered over a restart: %s", error)  # noqa: TRY400 - a sentence
            self._failing = True
        else:
            self._failing = False
