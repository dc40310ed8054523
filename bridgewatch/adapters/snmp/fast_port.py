"""The `SnmpPort` by gufo-snmp where that is good enough, and by pysnmp for the rest.

gufo-snmp gets objects with version 2c in a sixth of pysnmp's CPU. It does not check who made an answer of
version 3, so it is never used for that, and it cannot tell errors apart: what it cannot read, and whatever is
asked again, is asked by pysnmp, whose word counts. Its sockets are connected, so the kernel drops strangers.
"""

import select
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gufo.snmp._fast import SnmpError, SnmpV2cClientSocket  # the public sessions wait; this must not

from bridgewatch.adapters.snmp.pysnmp_port import PysnmpPort
from bridgewatch.model.ids import CredentialsId
from bridgewatch.model.ports import Clock
from bridgewatch.model.snmp import Dropped, Login, Outcome, SnmpAnswer, SnmpRequest, Value


@dataclass(slots=True)
class _Open:
    request: SnmpRequest
    socket: Any
    asked_ns: int


class FastPort:
    """A socket for each open question of version 2c."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._slow = PysnmpPort(clock)
        self._logins: Mapping[CredentialsId, Login] = {}
        self._poll = select.epoll()
        self._open: dict[int, _Open] = {}  # by the request's id
        self._files: dict[int, int] = {}  # file descriptor -> the request's id

    @property
    def name(self) -> str:
        """What it is, for people."""
        fast = any(login.fast for login in self._logins.values())
        return "gufo-snmp for v2c, pysnmp" if fast else self._slow.name

    @property
    def dropped(self) -> Counter[Dropped]:
        """Datagrams that were no answer to anything, cumulative; what the kernel dropped is not known."""
        return self._slow.dropped

    def know(self, logins: Mapping[CredentialsId, Login]) -> None:
        """Ask with these from now on, and with no others."""
        self._logins = dict(logins)
        self._slow.know(logins)

    def send(self, requests: Sequence[SnmpRequest]) -> None:
        """Ask; never blocks, never raises for a request. One that is sent again keeps its id."""
        for request in requests:
            login = self._logins.get(request.agent.credentials)
            fast = login is not None and login.fast and not request.repetitions
            if login is None or not fast or request.id in self._open or not self._ask(request, login):
                self._slow.send([request])

    def take(self) -> Sequence[SnmpAnswer]:
        """The answers that are there; never blocks."""
        answers = []
        for file, _ in self._poll.poll(0):
            answer = self._hear(self._open[self._files[file]])
            if answer is not None:
                answers.append(answer)
        self._slow.give_up([answer.request for answer in answers])
        slow = self._slow.take()
        for answer in slow:
            self._close(answer.request)
        return [*answers, *slow]

    def give_up(self, requests: Iterable[int]) -> Sequence[SnmpAnswer]:
        """Wait no longer for these: of each, what can be told of why no answer came."""
        given_up = tuple(requests)
        for number in given_up:
            self._close(number)
        return self._slow.give_up(given_up)

    def close(self) -> None:
        """Close the sockets."""
        for number in tuple(self._open):
            self._close(number)
        self._poll.close()
        self._slow.close()

    def _ask(self, request: SnmpRequest, login: Login) -> bool:
        """Ask by a socket of its own; False if that cannot be done."""
        try:
            community = login.community.decode()
            socket = SnmpV2cClientSocket(str(request.agent), community, 0, 0, 0, 0)
            asked_ns = self._clock.monotonic_ns()
            socket.send_get_many(list(request.oids))
        except (OSError, SnmpError, ValueError):
            return False  # pysnmp says why
        self._open[request.id] = _Open(request, socket, asked_ns)
        self._files[socket.get_fd()] = request.id
        self._poll.register(socket.get_fd(), select.EPOLLIN)
        return True

    def _hear(self, known: _Open) -> SnmpAnswer | None:
        """The answer that is there, if it is one. What cannot be read is asked for again by pysnmp."""
        try:
            found = known.socket.recv_get_many()
        except BlockingIOError:
            return None  # not the answer to this question
        except (OSError, SnmpError, ValueError):
            found = {}
        if not found:
            self._close(known.request.id)
            self._slow.send([known.request])
            return None
        self._close(known.request.id)
        varbinds = tuple((oid, _value(found.get(oid))) for oid in known.request.oids)
        now_ns = self._clock.monotonic_ns()
        return SnmpAnswer(known.request.id, Outcome.ANSWERED, known.asked_ns, now_ns, varbinds)

    def _close(self, number: int) -> None:
        known = self._open.pop(number, None)
        if known is not None:
            file = known.socket.get_fd()
            self._poll.unregister(file)
            del self._files[file]  # the socket closes itself with its last reference


def _value(value: object) -> Value:
    return value if isinstance(value, (int, bytes)) else None
