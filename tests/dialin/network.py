"""A box, a daemon, and a hostile network between them, in virtual time.

The network loses, doubles, delays, reorders and spoils packets, and moves the box to other addresses. Somebody
who reads along plays copies, whole or spoilt, again at either end, from the box's address or from others.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Final

import numpy as np

from bridgewatch.core.dialin.caller import Caller
from bridgewatch.core.dialin.sessions import Change, Peer, Sessions
from bridgewatch.core.probing import stamp
from bridgewatch.core.probing.mac import seal
from bridgewatch.core.probing.stamp_layout import AUTHENTICATED
from bridgewatch.model.ids import KeyId

SECOND: Final = 10**9
KEY_ID: Final = KeyId("gialai-iape-hop")
KEY: Final = bytes(range(32))
DEAD_NS: Final = 45 * SECOND
_V4: Final = 0xFFFF00000000
_DAEMON: Final = (0, _V4 | 0xC0000201)


def place(number: int) -> Peer:
    """A place in the world, the box's or a stranger's."""
    return Peer(0, (0, _V4 | 0xCB007100 | number % 256), 40_000 + number, _DAEMON)


def stranger(number: int) -> Peer:
    """A place where the box never is."""
    return Peer(0, (0, _V4 | 0xC6336400 | number % 256), 50_000 + number, _DAEMON)


def probe(seq: int, session_seal: object) -> bytes:
    """An authenticated STAMP packet."""
    packet = stamp.build(
        np.array([seq], np.int64), np.array([seq + 1], np.uint64), 0, 1, AUTHENTICATED.size, AUTHENTICATED
    )
    seal(packet, [session_seal])
    return packet.tobytes()


@dataclass
class Weather:
    """How bad the network is; ratios of packets, delays in seconds."""

    loss: float = 0.0
    doubled: float = 0.0
    spoilt: float = 0.0
    delay: tuple[float, float] = (0.005, 0.05)
    replayed: float = 0.0  # copies that somebody sends later, for each packet


@dataclass
class World:
    """Both ends and what is on the way. Time is virtual; `run` goes on with it."""

    random: Random
    weather: Weather = field(default_factory=Weather)
    interval: float = 1.0
    now: int = 1_000 * SECOND
    changes: list[tuple[int, Change, Peer]] = field(default_factory=list)
    reflected: list[tuple[int, bytes]] = field(default_factory=list)
    places: list[Peer] = field(default_factory=lambda: [place(0)])
    probes: set[bytes] = field(default_factory=set)
    answered: list[int] = field(default_factory=list)  # when a probe came back
    kept: list[bytes] = field(default_factory=list)  # everything somebody could read

    def __post_init__(self) -> None:
        """Put the ends in their places."""
        self.sessions = Sessions(b"daemon" * 6, DEAD_NS)
        self.sessions.know({KEY_ID: KEY}, DEAD_NS, self.now)
        self.caller = Caller(KEY_ID, KEY, b"box" * 11, self.now)
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._seq = 0
        self._at(self.now, self._tick)
        self._at(self.now, self._probe)

    @property
    def place(self) -> Peer:
        """Where the box is."""
        return self.places[-1]

    def move(self) -> None:
        """Put the box behind another address and port."""
        self.places.append(place(len(self.places)))

    def restart_daemon(self) -> None:
        """Let the daemon forget everything."""
        self.sessions = Sessions(self.random.randbytes(32), DEAD_NS)
        self.sessions.know({KEY_ID: KEY}, DEAD_NS, self.now)

    def run(self, seconds: float) -> None:
        """Let time go by."""
        end = self.now + round(seconds * SECOND)
        while self._events and self._events[0][0] <= end:
            self.now, _, what = heapq.heappop(self._events)
            what()
        self.now = end

    def _at(self, when: int, what: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), what))

    def _tick(self) -> None:
        for packet in self.caller.due(self.now):
            self.to_daemon(packet, self.place)
        self.sessions.sweep(self.now)
        self._at(self.now + SECOND // 20, self._tick)

    def _probe(self) -> None:
        session = self.sessions.of(KEY_ID)
        if session is not None:
            self._seq += 1
            packet = probe(self._seq, session.seals.probe)
            self.probes.add(packet)
            self.to_box(packet, session.peer)
        self._at(self.now + round(self.interval * SECOND), self._probe)

    def _carry(self, packet: bytes, deliver: Callable[[bytes], None]) -> None:
        self.kept.append(packet)
        copies = 0 if self.random.random() < self.weather.loss else 1
        copies += self.random.random() < self.weather.doubled
        for _ in range(copies):
            octets = self._spoil(packet) if self.random.random() < self.weather.spoilt else packet
            delay = self.random.uniform(*self.weather.delay)
            self._at(self.now + round(delay * SECOND), lambda octets=octets: deliver(octets))
        if self.random.random() < self.weather.replayed:
            self._replay()

    def _spoil(self, packet: bytes) -> bytes:
        at = self.random.randrange(8 * len(packet))
        octets = bytearray(packet)
        octets[at // 8] ^= 1 << at % 8
        return bytes(octets)

    def _replay(self) -> None:
        packet = self.random.choice(self.kept)
        if self.random.random() < 0.3:
            packet = self._spoil(packet)
        later = self.now + round(self.random.uniform(0, 30) * SECOND)
        source = self.random.choice([*self.places, *map(stranger, range(5))])
        if self.random.random() < 0.5:
            self._at(later, lambda: self.arrive_at_daemon(packet, source))
        else:
            self._at(later, lambda: self.arrive_at_box(packet))

    def to_daemon(self, packet: bytes, source: Peer) -> None:
        """Let the box say something."""
        self._carry(packet, lambda octets: self.arrive_at_daemon(octets, source))

    def to_box(self, packet: bytes, target: Peer) -> None:
        """Let the daemon send something to a place; it arrives if the box is still there."""
        self._carry(packet, lambda octets: self.arrive_at_box(octets) if target == self.place else None)

    def arrive_at_daemon(self, packet: bytes, source: Peer) -> None:
        """What the daemon makes of a packet."""
        if packet[4:8] == bytes(4):
            self.answered.append(self.now)
            return
        answer = self.sessions.take(packet, source, self.now)
        if answer.change is not None:
            self.changes.append((self.now, answer.change, answer.change.session.peer))
        if answer.packet is not None:
            assert len(answer.packet) <= len(packet), "an answer is never longer than its question"
            if source in self.places:  # what strangers are sent is lost on them
                self.to_box(answer.packet, source)

    def arrive_at_box(self, packet: bytes) -> None:
        """What the box makes of a packet."""
        taken = self.caller.take(packet, self.now)
        for word in taken.words:
            self.to_daemon(word, self.place)
        if taken.reflect is not None:
            self.reflected.append((self.now, packet))
            self.to_daemon(bytes(len(packet)), self.place)
