"""The box's side: calls, stays in touch, and notices within seconds when nothing comes back any more.

Pure: the shell sends what `due` and `take` return and asks again at `deadline`. Its instants only need to
grow; a box has no clock worth the name.
"""

from collections import deque
from dataclasses import dataclass, field
from statistics import median
from typing import Final, NamedTuple

from bridgewatch.core.dialin import packets
from bridgewatch.core.dialin.keys import SessionSeals, greeting, name_of, session_seals
from bridgewatch.core.dialin.packets import Handshake, Kind, Word
from bridgewatch.core.dialin.window import Window
from bridgewatch.core.probing.mac import Mac
from bridgewatch.model.ids import KeyId

ALIVE_NS: Final = 15 * 10**9  # the longest between two signs of life: NATs forget after 30 s
_SECOND: Final = 10**9
_ASK_AGAIN_NS: Final = _SECOND
_ASKED: Final = 3  # signs of life after which, if nothing was heard, the session is taken for lost
_UNANSWERED_NS: Final = 10 * _SECOND  # the same if none was answered, whatever was heard
# What is suspicious: twice the usual, within these. So probes follow a move before the link is taken for
# down, which at the rate of a meeting is 1.2 s after it, and 3 s at a probe a second.
_QUIET_NS: Final = (_SECOND // 2, ALIVE_NS)
_QUIET_AT_FIRST_NS: Final = 3 * _SECOND
_USUAL: Final = 5  # gaps between probes that tell what is usual
_PAUSES_NS: Final = (_SECOND, 2 * _SECOND, 3 * _SECOND)  # between calls; the last one for good
_COOKIE_TRIES: Final = 3
_SEQUENCE: Final = slice(0, 4)
_ZERO: Final = bytes(4)


@dataclass(slots=True)
class Line:
    """A session as the box has it. `reflected` counts the probes answered, as a stateful reflector does."""

    seals: SessionSeals = field(repr=False)
    id: bytes = b""
    said: int = 0
    reflected: int = 0
    heard: Window = field(default_factory=Window, repr=False)
    probed: Window = field(default_factory=lambda: Window(bits=32), repr=False)


class Reflect(NamedTuple):
    """A probe that is to be answered: with this number of ours and this seal."""

    number: int
    mac: Mac


class Asked(NamedTuple):
    """A throughput test that the daemon wants, or wants no more."""

    body: bytes
    enough: bool


class Taken(NamedTuple):
    """What a packet asks for: words to send, a reply to the probe that it is, or a throughput test."""

    words: tuple[bytes, ...] = ()
    reflect: Reflect | None = None
    asked: Asked | None = None


_NOTHING: Final = Taken()


class Caller:
    """Keeps one call up with one key. `seed` is fresh entropy, which makes nonces and jitter.

    What is heard says that the line works, so a probe answers for the daemon; but somebody may have kept it
    back. So each sign of life has to be answered as well, which nobody can keep ready.

    `attempts` counts greetings since the call was last good: a shell opens another socket now and then.
    """

    def __init__(self, key_id: KeyId, key: bytes, seed: bytes, now: int) -> None:
        self._name = name_of(key_id)
        self._key = key
        self._greeting = greeting(key)
        self._chance = Mac(seed)
        self._drawn = 0
        self._line: Line | None = None
        self._offered: Line | None = None  # what the cookie would make, until it is accepted
        self._calling = True
        self._nonce = self._draw()
        self._cookie: bytes | None = None
        self._cookie_tries = 0
        self._alive_ns = ALIVE_NS
        self._asked = 0  # signs of life since something was heard
        self._round = 0  # the first one of those that were not answered, 0 for none ...
        self._round_ns = now  # ... and when it was given
        self._answered_ns = now
        self._said_ns = now
        self._probed_ns = now  # or when the session began
        self._gaps: deque[int] = deque(maxlen=_USUAL)
        self.attempts = 0
        self.unproven = 0  # packets that nobody with the key sealed, or played again
        self.deadline = now

    @property
    def connected(self) -> bool:
        """Whether it has a session that it has no reason to doubt."""
        return not self._calling

    @property
    def doubtful(self) -> bool:
        """Whether something that was asked has not been answered yet."""
        return self._calling or self._round > 0

    def due(self, now: int) -> list[bytes]:
        """What is to be sent now."""
        if now < self.deadline:
            return []
        if not self._calling and self._is_lost(now):
            self._call()
        if self._calling and not self._answers_in_vain(now):
            return [self._next_of_call(now)]
        self.deadline = now + _ASK_AGAIN_NS
        return [self._sign_of_life(now)]

    def _is_lost(self, now: int) -> bool:
        return self._asked >= _ASKED or (self._round > 0 and now - self._round_ns >= _UNANSWERED_NS)

    def _sign_of_life(self, now: int) -> bytes:
        word = self._say(Kind.ALIVE)
        if not self._round and self._line is not None:
            self._round, self._round_ns = self._line.said, now
        self._asked += 1
        self._said_ns = now
        return word

    def _answers_in_vain(self, now: int) -> bool:
        """Whether nobody took up a call that the former session made needless: that one lives."""
        if self._offered is None or self._cookie_tries < _COOKIE_TRIES:
            return False
        self._nonce, self._cookie, self._offered = self._draw(), None, None
        self._calling = self._line is None or now - self._answered_ns > _COOKIE_TRIES * _ASK_AGAIN_NS
        return not self._calling

    def _call(self) -> None:
        self._calling, self._nonce, self._cookie, self._offered = True, self._draw(), None, None
        self._cookie_tries = self.attempts = 0

    def _next_of_call(self, now: int) -> bytes:
        if self._cookie is not None:
            return self._answer_challenge(now)
        pause = _PAUSES_NS[min(self.attempts, len(_PAUSES_NS) - 1)]
        self.attempts += 1
        # A quarter more or less, so that boxes that lost the daemon together do not call together.
        self.deadline = now + pause * 3 // 4 + int.from_bytes(self._draw()[:4], "big") * pause // 2**33
        return packets.write(Handshake(Kind.HELLO, self._name, self._nonce), self._greeting.box)

    def _answer_challenge(self, now: int) -> bytes:
        if self._cookie is None or self._offered is None:
            raise RuntimeError("there is no challenge to answer")
        self._cookie_tries += 1
        self.deadline = now + _ASK_AGAIN_NS
        said = Handshake(Kind.CALL, self._name, self._nonce, self._cookie)
        return packets.write(said, self._offered.seals.up)

    def _draw(self) -> bytes:
        self._drawn += 1
        return self._chance.tag(self._drawn.to_bytes(8, "big"))

    def tell(self, body: bytes) -> bytes | None:
        """A word about a throughput test; None before there is a session."""
        return None if self._line is None else self._say(Kind.TOLD, body=body)

    def _say(
        self,
        kind: Kind,
        token: bytes = bytes(packets.TOKEN_SIZE),
        body: bytes = bytes(packets.BODY_SIZE),
    ) -> bytes:
        line = self._line
        if line is None:
            raise RuntimeError("nobody listens before a session")
        line.said += 1
        return packets.write(Word(kind, line.id, line.said, token, body), line.seals.up)

    def take(self, packet: bytes, now: int) -> Taken:
        """Take one packet that came from where this box calls."""
        kind = packets.kind_of(packet)
        match kind:
            case Kind.CHALLENGE:
                return self._take_challenge(packet, packets.read_handshake(packet), now)
            case Kind.ACCEPT:
                return self._take_acceptance(packet, packets.read_handshake(packet), now)
            case Kind.HEARD | Kind.WHERE | Kind.ASK | Kind.ENOUGH:
                return self._take_word(packet, packets.read_word(packet), now)
            case None if len(packet) >= packets.SIZE and packet[packets.MAGIC_AT] == _ZERO:
                return self._take_probe(packet, now)
            case _:
                return self._doubt()

    def _doubt(self) -> Taken:
        self.unproven += 1
        return _NOTHING

    def _take_challenge(self, packet: bytes, said: Handshake, now: int) -> Taken:
        if not self._calling or said.nonce != self._nonce or self._cookie is not None:
            return _NOTHING  # an answer to a greeting that is over
        if not packets.sealed_by(packet, self._greeting.daemon):
            return self._doubt()
        self._cookie, self._cookie_tries = said.cookie, 0
        self._offered = Line(session_seals(self._key, said.nonce, said.cookie))
        return Taken((self._answer_challenge(now),))

    def _take_acceptance(self, packet: bytes, said: Handshake, now: int) -> Taken:
        offered = self._offered
        if offered is None or (said.nonce, said.cookie) != (self._nonce, self._cookie):
            return _NOTHING
        if not packets.sealed_by(packet, offered.seals.down):
            return self._doubt()
        offered.id = said.session
        self._line, self._offered, self._cookie = offered, None, None
        self._alive_ns = min(ALIVE_NS, said.dead_ms * 1_000_000 // _ASKED) or ALIVE_NS
        self._gaps.clear()
        self._said_ns = self._probed_ns = now
        self._note_answered(now)
        return _NOTHING

    def _take_word(self, packet: bytes, said: Word, now: int) -> Taken:
        line = self._line
        if line is None or said.session != line.id or not packets.sealed_by(packet, line.seals.down):
            return self._doubt()
        if not line.heard.take(said.seq):
            return self._doubt()
        checks = self._note_heard(now) if line.heard.is_newest(said.seq) else ()
        match said.kind:
            case Kind.HEARD if self._round and packets.answered(said) >= self._round:
                self._note_answered(now)
                return _NOTHING
            case Kind.WHERE:
                return Taken((self._say(Kind.HERE, said.token),))
            case Kind.ASK | Kind.ENOUGH:
                return Taken(asked=Asked(said.body, enough=said.kind is Kind.ENOUGH))
        return Taken(checks)

    def _take_probe(self, packet: bytes, now: int) -> Taken:
        seq = int.from_bytes(packet[_SEQUENCE], "big")
        for line in (self._line, self._offered):
            if line is not None and packets.sealed_by(packet, line.seals.probe):
                if not line.probed.take(seq):
                    return self._doubt()
                line.reflected += 1
                newest = line is self._line and line.probed.is_newest(seq)
                checks = self._note_probed(now) if newest else ()
                return Taken(checks, Reflect(line.reflected - 1, line.seals.reply))
        return self._doubt()

    def _note_probed(self, now: int) -> tuple[bytes, ...]:
        self._gaps.append(now - self._probed_ns)
        self._probed_ns = now
        return self._note_heard(now)

    def _note_heard(self, now: int) -> tuple[bytes, ...]:
        """The line works. While calling that is a reason to ask whether the session is still good."""
        self._asked = 0
        if self._calling:
            return (self._sign_of_life(now),) if now - self._said_ns >= _ASK_AGAIN_NS else ()
        self._set_deadline(now)
        return ()

    def _note_answered(self, now: int) -> None:
        """The session is good; a call begun meanwhile is off, unless the daemon may have taken it up."""
        self._asked = self._round = self.attempts = 0
        self._answered_ns = now
        if self._offered is None:
            self._calling = False
            self._set_deadline(now)

    def _set_deadline(self, now: int) -> None:
        """When it is time for a sign of life."""
        pause_ns = _ASK_AGAIN_NS if self._round else self._alive_ns
        self.deadline = min(self._said_ns + pause_ns, now + self._quiet_ns(now))

    def _quiet_ns(self, now: int) -> int:
        """How long it may be quiet before that is suspicious: longer where probes do not come."""
        least, most = _QUIET_NS
        usual = 2 * int(median(self._gaps)) if len(self._gaps) == _USUAL else _QUIET_AT_FIRST_NS
        return min(max(usual, (now - self._probed_ns) // 4, least), most)
