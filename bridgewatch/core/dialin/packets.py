"""The words of dial-in on the wire. All have one size, so no answer is ever longer than its question.

Words and probes share a socket. A probe is an authenticated STAMP packet (RFC 8762 section 4.4), whose
octets 4 to 7 are zero; there, a word has MAGIC. Both are sealed at the same place: octets 96 to 111 hold the
first 16 octets of HMAC-SHA-256 over octets 0 to 95. Integers are big-endian; what no field covers is zero on
sending and ignored on receipt.

    handshake                         within a session
    0      type                       0      type
    1      version                    1      version
    4-7    magic                      4-7    magic
    8-15   session id (ACCEPT)        8-15   session id
    16-31  name of the key            16-23  sequence number
    32-47  nonce of the box           24-39  token of a path check, or what is answered
    48-71  cookie of the daemon
    72-75  ms until a silent box is    40-95  body: a throughput test (`errands`)
           taken for gone (ACCEPT)
    96-111 HMAC                       96-111 HMAC
"""

import struct
from dataclasses import dataclass
from enum import IntEnum, unique
from hmac import compare_digest
from typing import Final

from bridgewatch.core.probing.mac import Mac
from bridgewatch.core.probing.stamp_layout import COVERED, HMAC_SIZE

SIZE: Final = COVERED + HMAC_SIZE
MAGIC: Final = b"BWDI"
MAGIC_AT: Final = slice(4, 8)
VERSION: Final = 1
SESSION_SIZE: Final = 8
NONCE_SIZE: Final = 16
COOKIE_SIZE: Final = 24
TOKEN_SIZE: Final = 16
BODY_SIZE: Final = 56

_HEAD: Final = struct.Struct("!BB2x4s")
_HANDSHAKE: Final = struct.Struct(f"!BB2x4s8s16s{NONCE_SIZE}s{COOKIE_SIZE}sI20x")
_WORD: Final = struct.Struct(f"!BB2x4s8sQ{TOKEN_SIZE}s{BODY_SIZE}s")


@unique
class Kind(IntEnum):
    """What a word says; odd ones come from the box, even ones from the daemon."""

    HELLO = 1
    CHALLENGE = 2  # prove that you are where you say: here is a cookie
    CALL = 3  # the cookie back, sealed with what it makes of the key
    ACCEPT = 4
    ALIVE = 5
    HEARD = 6  # the answer to ALIVE from where the session is; its token begins with the number of that
    WHERE = 8  # the answer to ALIVE from elsewhere: prove that you are there
    HERE = 9
    ASK = 10  # for a throughput test, and again while it is wanted
    TOLD = 11  # how far it is, or what it came to
    ENOUGH = 12  # the daemon wants to know no more of it: stop, and do not say it again


HANDSHAKES: Final = frozenset({Kind.HELLO, Kind.CHALLENGE, Kind.CALL, Kind.ACCEPT})
_KINDS: Final = {int(kind): kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Handshake:
    """One of the four packets that make a session."""

    kind: Kind
    name: bytes
    nonce: bytes
    cookie: bytes = bytes(COOKIE_SIZE)
    session: bytes = bytes(SESSION_SIZE)
    dead_ms: int = 0


@dataclass(frozen=True, slots=True)
class Word:
    """One of the packets of a session that are no probes."""

    kind: Kind
    session: bytes
    seq: int
    token: bytes = bytes(TOKEN_SIZE)
    body: bytes = bytes(BODY_SIZE)


def kind_of(packet: bytes) -> Kind | None:
    """What a word says, None for what is none of this version. Nothing of it is proven yet."""
    if len(packet) != SIZE:
        return None
    kind, version, magic = _HEAD.unpack_from(packet)
    return _KINDS.get(kind) if magic == MAGIC and version == VERSION else None


def read_handshake(packet: bytes) -> Handshake:
    """The fields of a packet whose kind is one of HANDSHAKES."""
    kind, _, _, session, name, nonce, cookie, dead_ms = _HANDSHAKE.unpack_from(packet)
    return Handshake(_KINDS[kind], name, nonce, cookie, session, dead_ms)


def read_word(packet: bytes) -> Word:
    """The fields of a packet of any other kind."""
    kind, _, _, session, seq, token, body = _WORD.unpack_from(packet)
    return Word(_KINDS[kind], session, seq, token, body)


def token_of(seq: int) -> bytes:
    """The token that says which word is answered."""
    return seq.to_bytes(TOKEN_SIZE // 2, "big").ljust(TOKEN_SIZE, b"\0")


def answered(word: Word) -> int:
    """The number of the word that a HEARD answers."""
    return int.from_bytes(word.token[: TOKEN_SIZE // 2], "big")


def write(said: Handshake | Word, mac: Mac) -> bytes:
    """The packet, sealed."""
    if isinstance(said, Handshake):
        covered = _HANDSHAKE.pack(
            said.kind, VERSION, MAGIC, said.session, said.name, said.nonce, said.cookie, said.dead_ms
        )
    else:
        covered = _WORD.pack(said.kind, VERSION, MAGIC, said.session, said.seq, said.token, said.body)
    return covered + mac.tag(covered)


def sealed_by(packet: bytes, mac: Mac) -> bool:
    """Whether that seal is on it."""
    return compare_digest(mac.tag(packet[:COVERED]), packet[COVERED:SIZE])
