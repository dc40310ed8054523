"""What the lines of the demo do to packets."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Weather:
    """What a line does to packets: delay each way, and misfortune.

    `queue_ns` is added to the way there of every second packet; `lose_every` n drops each nth packet, 0 none.
    """

    forward_ns: int
    backward_ns: int
    queue_ns: int = 0
    lose_every: int = 0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Spell:
    """Other weather on one line, in monotonic ns."""

    from_ns: int
    to_ns: int
    weather: Weather


@dataclass(slots=True)
class Line:
    """One address: its weather over time, and what happened on it."""

    usual: Weather
    spells: list[Spell] = field(default_factory=list)
    asked: int = 0
    answered: int = 0
    lost: int = 0
    reflected: Counter[bytes] = field(default_factory=Counter)

    def meet(self, now_ns: int, session: bytes) -> tuple[int, int, int] | None:
        """The fate of one packet: (sequence number, ns there, ns back) of its reply, None if it is lost."""
        weather = self._weather(now_ns)
        self.asked += 1
        if weather.cut or (weather.lose_every and self.asked % weather.lose_every == 0):
            self.lost += 1
            return None
        queued_ns = weather.queue_ns if self.asked % 2 else 0
        seq = self.reflected[session]
        self.reflected[session] += 1
        self.answered += 1
        return seq, weather.forward_ns + queued_ns, weather.backward_ns

    def _weather(self, now_ns: int) -> Weather:
        for spell in self.spells:
            if spell.from_ns <= now_ns < spell.to_ns:
                return spell.weather
        return self.usual
