"""The daemon's side: who called, where they are now, and what becomes of each word that arrives.

Nothing is remembered of anybody who has not proven, with a cookie, that they are where they say (as in RFC
9147 section 5.1), and, with the cookie's seal, that they hold the key now: a HELLO that is forged or played
again costs a look-up, or one answer of its own size. A session stays where it is until its box, asked at the
new place, has answered from there (as in RFC 9000 section 8.2). So tables are as long as the list of keys,
and no packet that anybody kept moves a session or opens one.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto, unique
from hmac import compare_digest
from struct import Struct
from typing import Final, NamedTuple

from bridgewatch.core.dialin import packets
from bridgewatch.core.dialin.keys import Greeting, SessionSeals, greeting, name_of, session_seals
from bridgewatch.core.dialin.packets import Handshake, Kind, Word
from bridgewatch.core.dialin.window import Window
from bridgewatch.core.probing.mac import Mac
from bridgewatch.model.ids import KeyId

COOKIE_NS: Final = 10 * 10**9  # how long a cookie is good: a round trip, and a lost packet or two
TOKEN_NS: Final = 5 * 10**9
HANDSHAKES_A_SECOND: Final = 5_000
_SECOND: Final = 10**9
_PEER: Final = Struct("!HQQHQQ")
_STAMP: Final = 8  # octets of the instant a cookie or token was made
_TAG: Final = packets.TOKEN_SIZE - _STAMP


class Peer(NamedTuple):
    """Where a packet came from, and to which socket and address of ours; addresses as in `Arrivals`."""

    door: int
    address: tuple[int, int]
    port: int
    local: tuple[int, int]

    def octets(self) -> bytes:
        """The same as octets, for a seal over it."""
        return _PEER.pack(self.door, *self.address, self.port, *self.local)


@unique
class Refusal(StrEnum):
    """Why a packet was answered with silence."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SEAL = "bad_seal"  # the key did not seal it
    BAD_COOKIE = "bad_cookie"  # not ours, not for that address, or too old
    REPLAYED = "replayed"
    UNKNOWN_SESSION = "unknown_session"
    TOO_MANY = "too_many"


@unique
class What(Enum):
    """What became of a session."""

    OPENED = auto()
    MOVED = auto()
    GONE = auto()  # its box was not heard for too long
    BACK = auto()
    CLOSED = auto()  # its key is not in use any more


@dataclass(slots=True)
class Session:
    """A box that called. `heard_ns` is when it last said something; `peer` has proven to be its place.

    `mark` is that of its key, see `Greeting`.
    """

    key: KeyId
    mark: str
    id: bytes
    nonce: bytes
    cookie: bytes
    seals: SessionSeals = field(repr=False)
    peer: Peer
    since_ns: int
    heard_ns: int
    moves: int = 0
    gone: bool = False
    said: int = 0
    heard: Window = field(default_factory=Window, repr=False)


class Change(NamedTuple):
    """Something became of a session. `former`: where its box was before, None if it is still there."""

    what: What
    session: Session
    former: Peer | None = None


class Answer(NamedTuple):
    """What is to be sent back to where the packet came from, what it changed, and what it told of a test."""

    packet: bytes | None = None
    change: Change | None = None
    told: tuple[KeyId, bytes] | None = None


_SILENCE: Final = Answer()


@dataclass(slots=True)
class _Known:
    key: KeyId
    octets: bytes = field(repr=False)
    seals: Greeting = field(repr=False)


class Sessions:
    """Takes words one by one. `secret` is fresh entropy: what it makes, nobody can foresee.

    `refused` counts by reason, cumulative; `refused_key` tells of which key's packets the last was that its
    key did not seal.
    """

    def __init__(self, secret: bytes, dead_ns: int) -> None:
        self._secret = Mac(secret)
        self._dead_ns = dead_ns
        self._known: dict[bytes, _Known] = {}
        self._by_key: dict[KeyId, Session] = {}
        self._by_id: dict[bytes, Session] = {}
        self._accepted: dict[KeyId, int] = {}  # when the cookie was made that was accepted last
        self._made = 0
        self._allowed = HANDSHAKES_A_SECOND * _SECOND
        self._filled_ns: int | None = None
        self.refused: Counter[Refusal] = Counter()
        self.refused_key: KeyId | None = None
        self.moves = 0

    @property
    def living(self) -> int:
        """How many boxes are there now."""
        return sum(not session.gone for session in self._by_key.values())

    @property
    def marks(self) -> Mapping[KeyId, str]:
        """The marks of the keys that may call."""
        return {known.key: known.seals.mark for known in self._known.values()}

    @property
    def all(self) -> Collection[Session]:
        """Those there are, gone or not."""
        return self._by_key.values()

    def of(self, key: KeyId) -> Session | None:
        """The session of a key, gone or not."""
        return self._by_key.get(key)

    def know(self, keys: Mapping[KeyId, bytes], dead_ns: int, now: int) -> list[Change]:
        """These keys may call from now on; the sessions of others, and of keys that changed, are over."""
        self._dead_ns = dead_ns
        before = {known.key: known for known in self._known.values()}
        self._known = {}
        for key, octets in keys.items():
            known = before.pop(key, None)
            if known is None or known.octets != octets:
                if known is not None:
                    before[key] = known
                known = _Known(key, octets, greeting(octets))
            self._known[name_of(key)] = known
        # A cookie that is too old is refused without being remembered.
        self._accepted = {key: made for key, made in self._accepted.items() if now - made <= COOKIE_NS}
        return [Change(What.CLOSED, over) for key in before if (over := self.close(key)) is not None]

    def close(self, key: KeyId) -> Session | None:
        """End the session of a key; its box will call again."""
        session = self._by_key.pop(key, None)
        if session is not None:
            del self._by_id[session.id]
        return session

    def sweep(self, now: int) -> list[Change]:
        """Whose boxes were not heard for too long."""
        silent = [
            session
            for session in self._by_key.values()
            if not session.gone and now - session.heard_ns >= self._dead_ns
        ]
        for session in silent:
            session.gone = True
        return [Change(What.GONE, session) for session in silent]

    def take(self, packet: bytes, peer: Peer, now: int) -> Answer:
        """Decide on one packet. Whatever is refused gets no answer."""
        kind = packets.kind_of(packet)
        match kind:
            case Kind.HELLO | Kind.CALL:
                return self._take_handshake(packet, packets.read_handshake(packet), peer, now)
            case Kind.ALIVE | Kind.HERE | Kind.TOLD:
                return self._take_word(packet, packets.read_word(packet), peer, now)
            case _:
                return self._refuse(Refusal.MALFORMED)

    def _refuse(self, why: Refusal) -> Answer:
        self.refused[why] += 1
        return _SILENCE

    def _take_handshake(self, packet: bytes, said: Handshake, peer: Peer, now: int) -> Answer:
        known = self._known.get(said.name)
        if known is None:
            return self._refuse(Refusal.UNKNOWN_KEY)
        if not self._may_greet(now):
            return self._refuse(Refusal.TOO_MANY)
        if said.kind is Kind.HELLO:
            return self._greet(packet, said, known, peer, now)
        return self._accept(packet, said, known, peer, now)

    def _may_greet(self, now: int) -> bool:
        full = HANDSHAKES_A_SECOND * _SECOND
        if self._filled_ns is not None:
            self._allowed = min(full, self._allowed + (now - self._filled_ns) * HANDSHAKES_A_SECOND)
        self._filled_ns = now
        if self._allowed < _SECOND:
            return False
        self._allowed -= _SECOND
        return True

    def _greet(self, packet: bytes, said: Handshake, known: _Known, peer: Peer, now: int) -> Answer:
        if not packets.sealed_by(packet, known.seals.box):
            self.refused_key = known.key
            return self._refuse(Refusal.BAD_SEAL)
        made = now.to_bytes(_STAMP, "big")
        cookie = made + self._cookie_tag(made, said, peer)
        challenge = Handshake(Kind.CHALLENGE, said.name, said.nonce, cookie)
        return Answer(packets.write(challenge, known.seals.daemon))

    def _cookie_tag(self, made: bytes, said: Handshake, peer: Peer) -> bytes:
        return self._secret.tag(b"cookie" + made + said.name + said.nonce + peer.octets())

    def _accept(self, packet: bytes, said: Handshake, known: _Known, peer: Peer, now: int) -> Answer:
        made = said.cookie[:_STAMP]
        made_ns = int.from_bytes(made, "big")
        ours = compare_digest(self._cookie_tag(made, said, peer), said.cookie[_STAMP:])
        if not ours or now - made_ns > COOKIE_NS:
            return self._refuse(Refusal.BAD_COOKIE)
        former = self._by_key.get(known.key)
        if former is not None and (former.nonce, former.cookie) == (said.nonce, said.cookie):
            # The answer was lost, or somebody plays it again: it is said again and nothing begins anew.
            return Answer(self._acceptance(former, said))
        if made_ns <= self._accepted.get(known.key, -1):
            return self._refuse(Refusal.REPLAYED)
        seals = session_seals(known.octets, said.nonce, said.cookie)
        if not packets.sealed_by(packet, seals.up):
            self.refused_key = known.key
            return self._refuse(Refusal.BAD_SEAL)
        self._accepted[known.key] = made_ns
        return self._open(said, known, seals, peer, now)

    def _open(self, said: Handshake, known: _Known, seals: SessionSeals, peer: Peer, now: int) -> Answer:
        key, mark = known.key, known.seals.mark
        former = self.close(key)
        before = None if former is None or former.peer == peer else former.peer
        self._made += 1
        name = self._secret.tag(b"session" + self._made.to_bytes(8, "big"))[: packets.SESSION_SIZE]
        session = Session(key, mark, name, said.nonce, said.cookie, seals, peer, now, now)
        if former is not None:
            session.moves = former.moves + (before is not None)
            self.moves += before is not None
        self._by_key[key] = self._by_id[name] = session
        return Answer(self._acceptance(session, said), Change(What.OPENED, session, before))

    def _acceptance(self, session: Session, said: Handshake) -> bytes:
        accept = Handshake(
            Kind.ACCEPT, said.name, said.nonce, said.cookie, session.id, self._dead_ns // 1_000_000
        )
        return packets.write(accept, session.seals.down)

    def _take_word(self, packet: bytes, said: Word, peer: Peer, now: int) -> Answer:
        session = self._by_id.get(said.session)
        if session is None:
            return self._refuse(Refusal.UNKNOWN_SESSION)
        if not packets.sealed_by(packet, session.seals.up):
            return self._refuse(Refusal.BAD_SEAL)
        if not session.heard.take(said.seq):
            return self._refuse(Refusal.REPLAYED)
        return self._heard(said, session, peer, now)

    def _heard(self, said: Word, session: Session, peer: Peer, now: int) -> Answer:
        change = Change(What.BACK, session) if session.gone else None
        session.heard_ns, session.gone = now, False
        if said.kind is Kind.TOLD:
            return Answer(None, change, (session.key, said.body))
        if peer == session.peer:
            return Answer(self._say(session, Kind.HEARD, packets.token_of(said.seq)), change)
        if said.kind is Kind.ALIVE:
            return Answer(self._say(session, Kind.WHERE, self._token(session, peer, now)), change)
        if not self._proves(said.token, session, peer, now):
            self.refused[Refusal.BAD_COOKIE] += 1
            return Answer(None, change)
        before, session.peer = session.peer, peer
        session.moves += 1
        self.moves += 1
        heard = self._say(session, Kind.HEARD, packets.token_of(said.seq))
        return Answer(heard, Change(What.MOVED, session, before))

    def word(self, key: KeyId, kind: Kind, body: bytes) -> tuple[Peer, bytes] | None:
        """A word to the box of a key, and where it is; None while there is none."""
        session = self._by_key.get(key)
        if session is None or session.gone:
            return None
        return session.peer, self._say(session, kind, body=body)

    def _say(
        self,
        session: Session,
        kind: Kind,
        token: bytes = bytes(packets.TOKEN_SIZE),
        body: bytes = bytes(packets.BODY_SIZE),
    ) -> bytes:
        session.said += 1
        return packets.write(Word(kind, session.id, session.said, token, body), session.seals.down)

    def _token(self, session: Session, peer: Peer, now: int) -> bytes:
        made = now.to_bytes(_STAMP, "big")
        return made + self._token_tag(made, session, peer)

    def _token_tag(self, made: bytes, session: Session, peer: Peer) -> bytes:
        return self._secret.tag(b"where" + made + session.id + peer.octets())[:_TAG]

    def _proves(self, token: bytes, session: Session, peer: Peer, now: int) -> bool:
        made = token[:_STAMP]
        ours = compare_digest(self._token_tag(made, session, peer), token[_STAMP:])
        return ours and now - int.from_bytes(made, "big") <= TOKEN_NS
