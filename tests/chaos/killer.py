"""Kills the daemon at instants that a seed chooses, above all between sent and recorded."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from enum import StrEnum, unique
from http.client import HTTPException
from typing import Final

from bridgewatch.adapters.store import store
from tests.chaos.daemon import Daemon
from tests.chaos.receivers import Letter
from tests.lab.namespaces import LabError

_LONGEST_LIFE: Final = 3.0  # seconds after it is ready
_SLOW_START: Final = 1.5
_COMMIT_POLL: Final = 0.0005


@unique
class When(StrEnum):
    """What the instant of a kill is tied to."""

    SENT = "sent"  # a gateway has taken a message, and has not said so
    HELD = "held"  # as above, and the gateway lets it wait
    ANSWERED = "answered"  # just after the gateway said so
    COMMIT = "commit"  # the store is being written
    START = "start"  # the daemon is starting
    ANY = "any"


_SHARES: Final = {
    When.SENT: 40,
    When.HELD: 15,
    When.ANSWERED: 10,
    When.COMMIT: 15,
    When.START: 10,
    When.ANY: 10,
}
_OF_LETTERS: Final = frozenset({When.SENT, When.HELD, When.ANSWERED})


class Killer:
    """Gives the daemon one life after another."""

    def __init__(self, daemon: Daemon, chance: random.Random) -> None:
        self._daemon = daemon
        self._chance = chance
        self._lock = threading.Lock()
        self._left = 0  # letters up to the one at which it is killed; none is where it is not positive
        self._when = When.ANY
        self._after = 0.0
        self.counts: Counter[str] = Counter()

    def hear(self, letter: Letter) -> float | None:
        """A gateway took a message and has not answered yet; for how long it is to wait."""
        with self._lock:
            self._left -= 1
            if self._left != 0:
                return None
            when, after, life = self._when, self._after, self._daemon.lives[-1].number
        if when is When.SENT or letter.gateway == "mail":
            self._daemon.kill(life)
            return None
        timer = threading.Timer(after, self._daemon.kill, (life,))
        timer.daemon = True
        timer.start()
        return after + 0.2 if when is When.HELD else None

    def one_life(self, once_ready: Callable[[], None]) -> None:
        """Start the daemon and kill it."""
        daemon, chance = self._daemon, self._chance
        when = chance.choices([*_SHARES], [*_SHARES.values()])[0]
        letters, lasts = chance.randrange(1, 4), chance.uniform(0, 1.5)
        starts, held = chance.uniform(0, _SLOW_START), chance.uniform(0, 0.3)
        answered = chance.choice([0.0, 0.001, 0.005, 0.03])
        with self._lock:
            self._when, self._after = when, held if when is When.HELD else answered
            self._left = letters if when in _OF_LETTERS else 0
        daemon.spawn()
        try:
            if when is When.START:
                daemon.killed.wait(starts)
            else:
                daemon.wait_until_ready()
                once_ready()
                daemon.killed.wait(_LONGEST_LIFE if when in _OF_LETTERS else lasts)
                if when is When.COMMIT:
                    self._await_commit()
        except (LabError, OSError, HTTPException):
            if not daemon.killed.wait(1.0):  # killed before it was ready
                raise
        by_letter = daemon.killed.is_set()
        self.counts[when if by_letter or when not in _OF_LETTERS else "no letter came"] += 1
        daemon.kill()
        daemon.bury()

    def _await_commit(self) -> None:
        """Until the first write into the store."""
        journal = self._daemon.state / f"{store.FILE_NAME}-wal"
        ends, before = time.monotonic() + _LONGEST_LIFE, journal.stat()
        while time.monotonic() < ends and not self._daemon.killed.wait(_COMMIT_POLL):
            now = journal.stat()
            if (now.st_mtime_ns, now.st_size) != (before.st_mtime_ns, before.st_size):
                return
