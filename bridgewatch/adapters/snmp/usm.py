"""SNMPv3's user-based security (RFC 3414, 3826, 7860): keys, clocks and messages, with pysnmp's algorithms.

pysnmp's own engine keeps all this too, by engine id and with every key in a tree of MIB objects, which takes
5.5 ms of CPU a question; and routers that were cloned share an engine id. Here each agent has a peer.
"""

from dataclasses import dataclass
from typing import Any, Final

from pyasn1.codec.ber import encoder
from pyasn1.type import univ
from pysnmp.proto.mpmod.rfc3412 import ScopedPDU, SNMPv3Message
from pysnmp.proto.secmod.rfc3414.service import (
    SnmpUSMSecurityModel,
    UsmSecurityParameters,
    aes192,
    aes256,
    des,
    hmacmd5,
    hmacsha,
    hmacsha2,
)
from pysnmp.proto.secmod.rfc3414.service import aes as aes128

from bridgewatch.adapters.snmp.messages import MalformedError, Response, decode, question, read_pdu
from bridgewatch.model.bandwidth import AuthProtocol, PrivProtocol
from bridgewatch.model.snmp import Login

_AUTH_IDS: Final = {
    AuthProtocol.MD5: hmacmd5.HmacMd5.SERVICE_ID,
    AuthProtocol.SHA: hmacsha.HmacSha.SERVICE_ID,
    AuthProtocol.SHA224: hmacsha2.HmacSha2.SHA224_SERVICE_ID,
    AuthProtocol.SHA256: hmacsha2.HmacSha2.SHA256_SERVICE_ID,
    AuthProtocol.SHA384: hmacsha2.HmacSha2.SAH384_SERVICE_ID,
    AuthProtocol.SHA512: hmacsha2.HmacSha2.SHA512_SERVICE_ID,
}
_PRIV_IDS: Final = {
    PrivProtocol.DES: des.Des.SERVICE_ID,
    PrivProtocol.AES128: aes128.Aes.SERVICE_ID,
    PrivProtocol.AES192: aes192.AesBlumenthal192.SERVICE_ID,
    PrivProtocol.AES256: aes256.AesBlumenthal256.SERVICE_ID,
    PrivProtocol.AES192_CISCO: aes192.Aes192.SERVICE_ID,
    PrivProtocol.AES256_CISCO: aes256.Aes256.SERVICE_ID,
}
_AUTH: Final[dict[AuthProtocol, Any]] = {
    name: SnmpUSMSecurityModel.AUTH_SERVICES[number] for name, number in _AUTH_IDS.items()
}
_PRIV: Final[dict[PrivProtocol, Any]] = {
    name: SnmpUSMSecurityModel.PRIV_SERVICES[number] for name, number in _PRIV_IDS.items()
}

_VERSION: Final = 3
_USM: Final = 3
_LARGEST_ANSWER: Final = 8_192  # what an agent is told it may answer, in octets
_AUTHENTICATED, _ENCRYPTED, _REPORTABLE = 1, 2, 4
_WINDOW: Final = 150  # seconds that clocks may be apart
_LAST_BOOTS: Final = (1 << 31) - 1
_LAST_TIME: Final = (1 << 31) - 1
_LONGEST_ENGINE_ID: Final = 32
_NS: Final = 1_000_000_000


class ForgedError(Exception):
    """A message that the agent's key did not make, or an old one again."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a user as pysnmp's services take them: of everywhere, or of one engine."""

    auth: Any = None
    priv: Any = None


def master_keys(login: Login) -> Keys:
    """The keys that a user's passphrases come to. Ten milliseconds each."""
    if login.auth is None:
        return Keys()
    auth = _AUTH[login.auth].hash_passphrase(login.auth_key)
    if login.priv is None:
        return Keys(auth)
    return Keys(auth, _PRIV[login.priv].hash_passphrase(_AUTH_IDS[login.auth], login.priv_key))


@dataclass(slots=True)
class Clock:
    """An engine's boots and time, and when that was heard (monotonic)."""

    boots: int = 0
    seconds: int = 0
    heard_ns: int = 0

    def now(self, now_ns: int) -> int:
        """Its time by now."""
        return min(_LAST_TIME, self.seconds + (now_ns - self.heard_ns) // _NS)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message, and whether the agent's key vouches for it."""

    engine_id: bytes
    boots: int
    seconds: int
    authenticated: bool
    response: Response


def discovery(number: int) -> bytes:
    """A question that every agent answers with who it is and what time it has (RFC 3414 section 4)."""
    return _message(number, _REPORTABLE, _Parameters(), _scoped(b"", b"", question(number, (), 0)))


class Peer:
    """One agent as one user speaks to it. It is `known` once it has said who it is."""

    def __init__(self, login: Login, master: Keys) -> None:
        self._login = login
        self._master = master
        self._keys = Keys()
        self._clock = Clock()
        self.engine_id = b""

    @property
    def known(self) -> bool:
        """Whether it can be asked for anything but who it is."""
        return bool(self.engine_id)

    def meet(self, heard: Heard, now_ns: int) -> None:
        """Take from the answer to a discovery who it is. Raises MalformedError."""
        if not 0 < len(heard.engine_id) <= _LONGEST_ENGINE_ID:
            raise MalformedError("no engine id")
        self.engine_id = heard.engine_id
        self._keys = self._localized()
        self.set_clock(heard, now_ns)

    def set_clock(self, heard: Heard, now_ns: int) -> None:
        """Believe what time it says it is."""
        self._clock = Clock(heard.boots, heard.seconds, now_ns)

    def forget(self) -> None:
        """Ask it anew who it is."""
        self.engine_id = b""

    def scoped(self, pdu: Any) -> bytes:
        """A PDU in this agent's context, encoded."""
        return _scoped(self.engine_id, self._login.context, pdu)

    def plain(self, number: int, oid: str) -> bytes:
        """The question for one object in no context, encoded."""
        return _scoped(self.engine_id, b"", question(number, (oid,), 0))

    def wrap(self, number: int, scoped: bytes, now_ns: int, *, encrypted: bool = True) -> bytes:
        """A message around an encoded scoped PDU, as secure as the login can. Raises what pysnmp raises."""
        login, keys, clock = self._login, self._keys, self._clock
        parameters = _Parameters(self.engine_id, clock.boots, clock.now(now_ns), login.user)
        if login.auth is None:
            return _message(number, _REPORTABLE, parameters, scoped)
        flags = _REPORTABLE | _AUTHENTICATED
        parameters.digest = bytes(_AUTH[login.auth].digest_length)
        if encrypted and login.priv is not None:
            flags |= _ENCRYPTED
            spoken = (parameters.boots, parameters.seconds, None)
            hidden, salt = _PRIV[login.priv].encrypt_data(keys.priv, spoken, scoped)
            scoped, parameters.salt = bytes(encoder.encode(hidden)), bytes(salt)
        message = _message(number, flags, parameters, scoped)
        return bytes(_AUTH[login.auth].authenticate_outgoing_message(keys.auth, message))

    def hear(self, datagram: bytes, now_ns: int, *, encrypted: bool = True) -> Heard:
        """What a message says. A response has to be as secure as its question; a report need not be.

        `encrypted` as the question was wrapped.

        Raises MalformedError and ForgedError.
        """
        message = decode(datagram, SNMPv3Message())
        try:
            return self._hear(message, datagram, now_ns, encrypted=encrypted)
        except (MalformedError, ForgedError):
            raise
        except Exception as error:
            raise MalformedError("not what a message consists of") from error

    def _hear(self, message: Any, datagram: bytes, now_ns: int, *, encrypted: bool) -> Heard:
        version, header, security, data = (message[index] for index in range(4))
        if int(version) != _VERSION or int(header[3]) != _USM:
            raise MalformedError("another version or security model")
        flags = bytes(header[2])[0]
        parameters = decode(bytes(security), UsmSecurityParameters())
        engine_id, boots, seconds = bytes(parameters[0]), int(parameters[1]), int(parameters[2])
        authenticated = bool(flags & _AUTHENTICATED)
        if authenticated:
            self._verify(engine_id, parameters[4], datagram)
        if flags & _ENCRYPTED:
            if not authenticated:
                raise MalformedError("encrypted but not authenticated")
            scoped = self._decrypted(data[1], (boots, seconds, parameters[5]))
        else:
            scoped = data[0]
        response = read_pdu(scoped[2].getComponent())
        if not response.is_report:
            self._demand(flags, engine_id, bytes(parameters[3]), encrypted=encrypted)
            if authenticated:
                self._check_clock(boots, seconds, now_ns)
        return Heard(engine_id, boots, seconds, authenticated, response)

    def _demand(self, flags: int, engine_id: bytes, user: bytes, *, encrypted: bool) -> None:
        """A response that is less secure than its question could be anybody's."""
        login = self._login
        wanted = _AUTHENTICATED if login.auth is not None else 0
        if encrypted and login.priv is not None:
            wanted |= _ENCRYPTED
        if flags & wanted != wanted or engine_id != self.engine_id or user != login.user:
            raise ForgedError("less secure than the question, or of another engine or user")

    def _verify(self, engine_id: bytes, digest: Any, datagram: bytes) -> None:
        if self._login.auth is None or engine_id != self.engine_id:
            raise ForgedError("authenticated by somebody else")
        try:
            _AUTH[self._login.auth].authenticate_incoming_message(self._keys.auth, digest, datagram)
        except Exception as error:
            raise ForgedError("a wrong digest") from error

    def _decrypted(self, hidden: Any, spoken: tuple[int, int, Any]) -> Any:
        if self._login.priv is None:
            raise MalformedError("encrypted, though nobody asked for it")
        plain = _PRIV[self._login.priv].decrypt_data(self._keys.priv, spoken, hidden)
        return decode(bytes(plain), ScopedPDU(), padded=True)

    def _check_clock(self, boots: int, seconds: int, now_ns: int) -> None:
        """RFC 3414 section 3.2.7 b: newer than all before sets the clock; too old is an old message again."""
        clock = self._clock
        if (boots, seconds) > (clock.boots, clock.seconds):
            self._clock = clock = Clock(boots, seconds, now_ns)
        if boots < clock.boots or boots == _LAST_BOOTS or seconds < clock.now(now_ns) - _WINDOW:
            raise ForgedError("outside the time window")

    def _localized(self) -> Keys:
        login, engine_id = self._login, univ.OctetString(self.engine_id)
        if login.auth is None:
            return Keys()
        auth = _AUTH[login.auth].localize_key(self._master.auth, engine_id)
        if login.priv is None:
            return Keys(auth)
        service = _PRIV[login.priv]
        return Keys(auth, service.localize_key(_AUTH_IDS[login.auth], self._master.priv, engine_id))


@dataclass(slots=True)
class _Parameters:
    engine_id: bytes = b""
    boots: int = 0
    seconds: int = 0
    user: bytes = b""
    digest: bytes = b""
    salt: bytes = b""


def _scoped(engine_id: bytes, context: bytes, pdu: Any) -> bytes:
    scoped = ScopedPDU()
    scoped[0], scoped[1] = engine_id, context
    scoped[2].setComponentByType(pdu.tagSet, pdu, verifyConstraints=False)
    return bytes(encoder.encode(scoped))


def _message(number: int, flags: int, parameters: _Parameters, data: bytes) -> bytes:
    """A whole message; `data` is encoded already, so the frame around it is put together here."""
    header = _frame(b"\x30", _whole(number), _whole(_LARGEST_ANSWER), _text(bytes([flags])), _whole(_USM))
    security = _frame(
        b"\x30",
        _text(parameters.engine_id),
        _whole(parameters.boots),
        _whole(parameters.seconds),
        _text(parameters.user),
        _text(parameters.digest),
        _text(parameters.salt),
    )
    return _frame(b"\x30", _whole(_VERSION), header, _text(security), data)


def _frame(tag: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:  # noqa: PLR2004 - the short form of BER's lengths ends there
        return tag + bytes([size]) + body
    octets = size.to_bytes(-(-size.bit_length() // 8))
    return tag + bytes([0x80 | len(octets)]) + octets + body


def _whole(number: int) -> bytes:
    return _frame(b"\x02", number.to_bytes(number.bit_length() // 8 + 1))


def _text(octets: bytes) -> bytes:
    return _frame(b"\x04", octets)
