"""Simulated routers: one UDP socket for every address of loopback, answering for the router it was asked as.

    python -m tests.bench.routers PORT

Each has two interfaces whose octets rise at known rates. Answers are put together once for each shape of
question and patched; of version 3 every answer is authenticated and encrypted.
"""

# ruff: noqa: T201 - it says when it listens

import hashlib
import hmac
import os
import socket
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from pyasn1.codec.ber import encoder
from pyasn1.type import univ

COMMUNITY = b"khoa-phong-hop"
USER, AUTH_KEY, PRIV_KEY = b"noc", b"xac-thuc-0650", b"ma-hoa-0650"
NAMES = {1: b"Gi0/0", 2: b"Gi0/1"}
RATES = {1: 250_000, 2: 1_250_000}  # octets/s, in; half of it out
_NAME_COLUMN = "1.3.6.1.2.1.31.1.1.1.1"
_WIDE = {"1.3.6.1.2.1.31.1.1.1.6": 1.0, "1.3.6.1.2.1.31.1.1.1.10": 0.5}
_UPTIME = "1.3.6.1.2.1.1.3.0"
_FIXED = {
    "1.3.6.1.2.1.31.1.1.1.15": b"\x42\x02\x03\xe8",
    "1.3.6.1.2.1.2.2.1.8": b"\x02\x01\x01",
    "1.3.6.1.2.1.2.2.1.13": b"\x41\x01\x00",
    "1.3.6.1.2.1.2.2.1.14": b"\x41\x01\x00",
    "1.3.6.1.2.1.2.2.1.19": b"\x41\x01\x00",
    "1.3.6.1.2.1.2.2.1.20": b"\x41\x01\x00",
    "1.3.6.1.2.1.31.1.1.1.19": b"\x43\x01\x00",
}
_FIRST_OCTETS = 1 << 56  # so that counters take eight octets, and uptimes four
_FIRST_TICKS = 1 << 28
_ENGINE = b"\x80\x00\x1f\x88\x01"  # and the router's address
_IP_PKTINFO = 8  # Linux; the socket module has it from 3.14 on
_PACKET_INFO = struct.Struct("=I4s4s")
_BUFFER = 8 << 20


def tlv(tag: int, *parts: bytes) -> bytes:
    """BER, in the shortest form."""
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes(2)
    return bytes([tag, 0x82]) + size + body


def parts(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Tags and bodies, one after the other."""
    at = 0
    while at < len(octets):
        tag, size, at = octets[at], octets[at + 1], at + 2
        if size & 0x80:
            many = size & 0x7F
            size, at = int.from_bytes(octets[at : at + many]), at + many
        yield tag, octets[at : at + size]
        at += size


def whole(number: int) -> bytes:
    """An INTEGER."""
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1))


@dataclass
class Shape:
    """An answer's PDU without its number: what is before and after, and where what moves is in it."""

    varbinds: bytes
    counters: tuple[tuple[int, float], ...]  # place, octets/s
    uptimes: tuple[int, ...]

    def pdu(self, number: bytes, seconds: float) -> bytes:
        """The answer at an instant."""
        now = bytearray(self.varbinds)
        for place, rate in self.counters:
            struct.pack_into("!Q", now, place, _FIRST_OCTETS + int(rate * seconds))
        for place in self.uptimes:
            struct.pack_into("!I", now, place, _FIRST_TICKS + int(seconds * 100))
        return tlv(0xA2, tlv(0x02, number), whole(0), whole(0), tlv(0x30, bytes(now)))


def shape_of(oids: list[str], *, bulk: bool) -> Shape:
    """What is answered to a question for those objects."""
    varbinds, places = [], []
    if bulk:
        rows = [
            (f"{_NAME_COLUMN}.{index}", tlv(0x04, name))
            for index, name in NAMES.items()
            if f"{_NAME_COLUMN}.{index}" > oids[0]
        ]
        rows.append(("1.3.6.1.2.1.31.1.1.1.2.1", whole(0)))
    else:
        rows = [(oid, value_of(oid, number)) for number, oid in enumerate(oids)]
    for oid, value in rows:
        varbinds.append(tlv(0x30, encoder.encode(univ.ObjectIdentifier(oid)), value))
        places.append(oid)
    octets = b"".join(varbinds)
    counters, uptimes = [], []
    for number, oid in enumerate(places):
        column, _, index = oid.rpartition(".")
        if column in _WIDE:
            counters.append((octets.index(mark(number)), _WIDE[column] * RATES[int(index)]))
        elif oid == _UPTIME:
            uptimes.append(octets.index(mark(number)[:4]))
    return Shape(octets, tuple(counters), tuple(uptimes))


def mark(number: int) -> bytes:
    """Eight octets that are nowhere else."""
    return b"\x01\xfe\xfd" + number.to_bytes(1) + b"\xfc\xfb\xfa\xf9"


def value_of(oid: str, number: int) -> bytes:
    """An object's value, marked where it moves."""
    column, _, index = oid.rpartition(".")
    if oid == _UPTIME:
        return tlv(0x43, mark(number)[:4])
    if column in _WIDE:
        return tlv(0x46, mark(number))
    if column == _NAME_COLUMN:
        return tlv(0x04, NAMES[int(index)])
    return _FIXED.get(column, b"\x80\x00")


class Routers:
    """All of them."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shapes: dict[tuple[int, bytes], Shape] = {}
        self._keys: dict[bytes, tuple[bytes, bytes]] = {}
        self._masters = tuple(master(key) for key in (AUTH_KEY, PRIV_KEY))

    def answer(self, question: bytes, address: bytes) -> bytes:
        """What the router of that address answers."""
        ((_, message),) = parts(question)
        version, second, third, *rest = parts(message)
        if version[1] == b"\x01":
            return tlv(0x30, whole(1), tlv(0x04, second[1]), self._pdu(third))
        return self._answer_v3(second[1], third[1], rest[0], address)

    def _pdu(self, asked: tuple[int, bytes]) -> bytes:
        tag, body = asked
        (_, number), *_, (_, varbinds) = parts(body)
        key = (tag, varbinds)
        if key not in self._shapes:
            oids = [str(univ.ObjectIdentifier(decoded(next(parts(each))[1]))) for _, each in parts(varbinds)]
            self._shapes[key] = shape_of(oids, bulk=tag == 0xA5)
        return self._shapes[key].pdu(number, time.monotonic() - self._began)

    def _answer_v3(self, header: bytes, security: bytes, data: tuple[int, bytes], address: bytes) -> bytes:
        number = next(parts(header))[1]
        ((_, parameters),) = parts(security)
        engine, user = _ENGINE + address, list(parts(parameters))[3][1]
        seconds = int(time.monotonic() - self._began)
        if not user:
            pdu = tlv(
                0xA8,
                tlv(0x02, number),
                whole(0),
                whole(0),
                tlv(
                    0x30, tlv(0x30, encoder.encode(univ.ObjectIdentifier("1.3.6.1.6.3.15.1.1.4.0")), whole(1))
                ),
            )
            scoped = tlv(0x30, tlv(0x04, engine), tlv(0x04), pdu)
            return message_v3(number, 0, (engine, seconds, b"", b"", b""), scoped)
        auth, priv = self._localized(engine)
        _, boots, time_, _, _, (_, salt) = parts(parameters)
        plain = cipher(priv, int.from_bytes(boots[1]), int.from_bytes(time_[1]), salt, data[1], encrypt=False)
        ((_, scoped),) = parts(plain)
        *_, asked = parts(scoped)
        told = tlv(0x30, tlv(0x04, engine), tlv(0x04), self._pdu(asked))
        salt = os.urandom(8)
        hidden = tlv(0x04, cipher(priv, 1, seconds, salt, told, encrypt=True))
        unsigned = message_v3(number, 3, (engine, seconds, user, bytes(12), salt), hidden)
        digest = hmac.digest(auth, unsigned, "sha1")[:12]
        return unsigned.replace(bytes(12), digest, 1)

    def _localized(self, engine: bytes) -> tuple[bytes, bytes]:
        if engine not in self._keys:
            auth, priv = (hashlib.sha1(key + engine + key).digest() for key in self._masters)
            self._keys[engine] = (auth, priv[:16])
        return self._keys[engine]


def decoded(oid: bytes) -> tuple[int, ...]:
    """An OBJECT IDENTIFIER's numbers."""
    numbers, now = [oid[0] // 40, oid[0] % 40], 0
    for octet in oid[1:]:
        now = now << 7 | octet & 0x7F
        if not octet & 0x80:
            numbers.append(now)
            now = 0
    return tuple(numbers)


def master(key: bytes) -> bytes:
    """RFC 3414 A.2.2."""
    return hashlib.sha1((key * (1_048_576 // len(key) + 1))[:1_048_576]).digest()


def cipher(key: bytes, boots: int, seconds: int, salt: bytes, octets: bytes, *, encrypt: bool) -> bytes:
    """AES-128 as RFC 3826 has it."""
    made = Cipher(algorithms.AES(key), CFB(struct.pack("!II", boots, seconds) + salt))
    worker = made.encryptor() if encrypt else made.decryptor()
    return worker.update(octets) + worker.finalize()


def message_v3(
    number: bytes, flags: int, spoken: tuple[bytes, int, bytes, bytes, bytes], data: bytes
) -> bytes:
    """A message of version 3."""
    engine, seconds, user, digest, salt = spoken
    header = tlv(0x30, tlv(0x02, number), whole(65_507), tlv(0x04, bytes([flags])), whole(3))
    texts = (tlv(0x04, user), tlv(0x04, digest), tlv(0x04, salt))
    parameters = tlv(0x30, tlv(0x04, engine), whole(1), whole(seconds), *texts)
    return tlv(0x30, whole(3), header, tlv(0x04, parameters), data)


def serve(port: int) -> None:
    """Answer until it is killed, on loopback only, as whoever was asked."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        opened.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        opened.bind(("0.0.0.0", port))
        print("listening", flush=True)
        routers = Routers()
        while True:
            question, ancillary, _, asker = opened.recvmsg(65_535, 64)
            _, _, address = _PACKET_INFO.unpack(ancillary[0][2])
            info = _PACKET_INFO.pack(0, address, b"\0\0\0\0")
            answer = routers.answer(question, address)
            opened.sendmsg([answer], [(socket.IPPROTO_IP, _IP_PKTINFO, info)], 0, asker)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
