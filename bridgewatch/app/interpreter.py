"""How the daemon shares one interpreter between probing, people and pages."""

import gc
import sys
from typing import Final

_THRESHOLDS: Final = (50_000, 20, 100)  # young garbage is rare here and a full collection is a stall
# A tick calls numpy some hundred times on arrays for which numpy gives the interpreter away, and each time a
# busy thread (people's, a page's) may keep it for this long: by Python's own 5 ms a tick takes half a second.
_SWITCH_SECONDS: Final = 50e-6
_LONGEST: Final = 1000  # turns; the fault of a whole country takes some hundred


def tune() -> None:
    """Once all is there that stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    sys.setswitchinterval(_SWITCH_SECONDS)


class Storm:
    """No cyclic garbage is looked for while many faults are decided.

    What they leave stays, and has no cycles: to look through some hundred thousand things of it would keep
    the interpreter from the probes for tens of milliseconds, again and again. A storm is all turns up to the
    first after which nothing is left to decide; of one turn alone little is left.
    """

    def __init__(self) -> None:
        self._turns = 0

    def begin_turn(self) -> None:
        """A turn begins, maybe a storm."""
        gc.disable()

    def end_turn(self, *, more: bool) -> None:
        """It is over; `more`: the storm is not."""
        self._turns += 1
        if not more or self._turns >= _LONGEST:
            self.end()

    def end(self) -> None:
        """Whatever it was is over."""
        if self._turns > 1:
            gc.freeze()
        self._turns = 0
        gc.enable()
