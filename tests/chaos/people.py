"""People who answer: by the links in their messages, and at the desk over the control socket.

Whoever finds nobody there tries again until the daemon is back.
"""

import contextlib
import heapq
import http.client
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlencode, urlsplit

from bridgewatch.adapters.answers.press import Press
from bridgewatch.model.paging import ASKING
from tests.chaos.daemon import Daemon
from tests.chaos.receivers import Letter

API: Final = "/api/v1"
_LINK: Final = re.compile(r"http://127\.0\.0\.1:\d+/a/\S+")
_FORM: Final = re.compile(r'name="form" value="([^"]+)"')
_AGAIN_SECONDS: Final = 0.25
_PATIENCE: Final = 200  # tries
_AWAY: Final = (OSError, http.client.HTTPException)


@dataclass(frozen=True)
class Promise:
    """The daemon took an answer, to this message or at the desk to this incident, between two instants."""

    press: Press
    message: str | None
    incident: str | None
    begun_ns: int
    told_ns: int


class People:
    """Answers to some of the letters it hears of, and does at the desk what a desk does. A thread."""

    def __init__(self, daemon: Daemon, seed: int, share: float, links: Sequence[str] = ()) -> None:
        self._daemon = daemon
        self._chance = random.Random(seed)
        self._share = share
        self._links = links
        self._due: list[tuple[float, int, Callable[[], bool]]] = []
        self._changed = threading.Condition()
        self._numbers = 0
        self._over = False
        self.promises: list[Promise] = []
        self.counts: Counter[str] = Counter()
        self._thread = threading.Thread(target=self._live, name="people", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if self._links:
            self._later(1.0, self._at_the_desk)
        return self

    def __exit__(self, *_: object) -> None:
        self.rest()

    def hear(self, letter: Letter) -> None:
        """Perhaps answer it, after a while."""
        if letter.kind not in ASKING or (found := _LINK.search(letter.text)) is None:
            return
        with self._changed:
            answers, after = self._chance.random() < self._share, self._chance.uniform(0.0, 0.6)
            press = self._chance.choices(list(Press), [70, 20, 10])[0]
        if answers:
            self._later(after, lambda: self._press(letter, found[0], press))

    def rest(self) -> None:
        """Answer nothing more; what is under way is brought to its end, or given up."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(30)

    def _later(self, seconds: float, action: Callable[[], bool]) -> None:
        with self._changed:
            self._numbers += 1
            heapq.heappush(self._due, (time.monotonic() + seconds, self._numbers, action))
            self._changed.notify_all()

    def _live(self) -> None:
        tries: Counter[Callable[[], bool]] = Counter()
        while (action := self._next()) is not None:
            try:
                done = action()
            except _AWAY:
                done = False
            tries[action] += 1
            if not done and tries[action] < _PATIENCE:
                self._later(_AGAIN_SECONDS, action)

    def _next(self) -> Callable[[], bool] | None:
        with self._changed:
            while not self._over:
                now = time.monotonic()
                if self._due and self._due[0][0] <= now:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(self._due[0][0] - now if self._due else None)
            return None

    def _press(self, letter: Letter, url: str, press: Press) -> bool:
        """Open the page, press a button. Whether it is done."""
        begun_ns = time.time_ns()
        status, page = self._web("GET", url)
        if status == 429:
            return False
        form = _FORM.search(page)
        if status != 200 or form is None:
            self.counts[f"nothing to press, {status}"] += 1
            return True
        status, _ = self._web("POST", url, urlencode({"form": form[1], "answer": press}))
        if status != 303:
            self.counts[f"refused, {status}"] += 1
            return status not in (429, 503)
        self.counts[f"pressed {press}"] += 1
        self.promises.append(Promise(press, letter.message, None, begun_ns, time.time_ns()))
        return True

    def _web(self, method: str, url: str, body: str | None = None) -> tuple[int, str]:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
        try:
            headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
            # Each comes from a phone of its own, or a storm's answers would be one client's.
            headers["X-Forwarded-For"] = f"198.51.100.{self._chance.randrange(1, 255)}"
            connection.request(method, parts.path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def _at_the_desk(self) -> bool:
        """Acknowledge something, or silence a link for a moment; then do something again."""
        self._later(self._chance.uniform(0.5, 2.0), self._at_the_desk)
        with contextlib.suppress(*_AWAY):
            self._work()
        return True

    def _work(self) -> None:
        link, quiet = self._chance.choice(self._links), self._chance.random() < 0.3
        if quiet:
            lasts = f"{self._chance.randrange(1, 4)}s"
            status, _ = self._daemon.ask(
                "POST", f"{API}/silences", {"link": link, "lasts": lasts, "note": "thử"}
            )
            self.counts[f"silence, {status}"] += 1
            return
        status, told = self._daemon.ask("GET", f"{API}/incidents")
        if status != 200:
            self.counts[f"incidents, {status} {told}"] += 1
            return
        waiting = [one["id"] for one in told["incidents"] if one["taken"] is None and one["step"] is not None]
        if waiting:
            incident, begun_ns = self._chance.choice(waiting), time.time_ns()
            status, _ = self._daemon.ask("POST", f"{API}/incidents/{incident}/acknowledge", {})
            self.counts[f"desk, {status}"] += 1
            if status == 200:
                self.promises.append(Promise(Press.ACKNOWLEDGE, None, incident, begun_ns, time.time_ns()))
