"""What is made of a site's key, by both ends: seals for the handshake, and those of one session.

A session's seals come from the key, the box's nonce and the daemon's cookie (HKDF, RFC 5869), so a session
has keys that no other one ever had; each direction has its own, and probes have others than words.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bridgewatch.core.probing.mac import Mac
from bridgewatch.model.ids import KeyId

NAME_SIZE: Final = 16
_MARK_SIZE: Final = 8
_KEY_SIZE: Final = 32
_PURPOSE: Final = b"bridgewatch dial-in 1 "


@dataclass(frozen=True, slots=True)
class Greeting:
    """The seals of a handshake's first two packets: the key alone makes them.

    `mark` tells a key from the one before it, and says nothing else about it.
    """

    box: Mac
    daemon: Mac
    mark: str


@dataclass(frozen=True, slots=True)
class SessionSeals:
    """The seals of one session: words and probes, from the box (up) and from the daemon (down)."""

    up: Mac
    down: Mac
    probe: Mac
    reply: Mac


def name_of(key: KeyId) -> bytes:
    """A key's id as packets carry it: of one size, however long the id is."""
    return hashlib.sha256(_PURPOSE + key.encode()).digest()[:NAME_SIZE]


def greeting(key: bytes) -> Greeting:
    """The seals with which a handshake begins."""
    made = _derive(key, b"", b"greeting", 3)
    return Greeting(Mac(made[0]), Mac(made[1]), made[2][:_MARK_SIZE].hex())


def session_seals(key: bytes, nonce: bytes, cookie: bytes) -> SessionSeals:
    """The seals of the session that this nonce and this cookie began."""
    return SessionSeals(*(Mac(made) for made in _derive(key, nonce + cookie, b"session", 4)))


def seals_of_nobody(secret: bytes, key: KeyId) -> SessionSeals:
    """Seals for the probes of a path whose box has no session: nobody knows `secret`, so nobody answers."""
    return SessionSeals(*(Mac(made) for made in _derive(secret, name_of(key), b"nobody", 4)))


def _derive(key: bytes, salt: bytes, purpose: bytes, count: int) -> list[bytes]:
    octets = HKDF(SHA256(), count * _KEY_SIZE, salt, _PURPOSE + purpose).derive(key)
    return [octets[at : at + _KEY_SIZE] for at in range(0, len(octets), _KEY_SIZE)]
