"""The `SnmpPort` by pysnmp: versions 2c and 3.

A datagram counts only from the address that was asked, if it holds the number of the question, and in
version 3 if the agent's key made it. Anything else is dropped and counted; what comes from the right address
with the right number and cannot be read makes the agent `BROKEN` if nothing better comes.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from bridgewatch.adapters.snmp.messages import (
    FIRST_NUMBER,
    NUMBERS,
    MalformedError,
    Response,
    Template,
    community_message,
    make_template,
    mark,
    question,
    read_community_message,
)
from bridgewatch.adapters.snmp.sockets import LARGEST, Sockets, Source
from bridgewatch.adapters.snmp.usm import ForgedError, Heard, Keys, Peer, discovery, master_keys
from bridgewatch.model.bandwidth import SnmpVersion
from bridgewatch.model.ids import CredentialsId
from bridgewatch.model.ports import Clock
from bridgewatch.model.snmp import (
    AgentKey,
    Dropped,
    Login,
    Outcome,
    Refusal,
    SnmpAnswer,
    SnmpRequest,
    Varbind,
)

_UPTIME: Final = "1.3.6.1.2.1.1.3.0"
_TOO_BIG: Final = 1
_NO_ACCESS: Final = frozenset({6, 16})  # noAccess, authorizationError
_TIME_REPORT: Final = "1.3.6.1.6.3.15.1.1.2.0"
_ENGINE_REPORT: Final = "1.3.6.1.6.3.15.1.1.4.0"
_REPORTS: Final = {
    "1.3.6.1.6.3.15.1.1.1.0": Refusal.LEVEL,
    _TIME_REPORT: Refusal.TIME,
    "1.3.6.1.6.3.15.1.1.3.0": Refusal.USER,
    _ENGINE_REPORT: Refusal.ENGINE,
    "1.3.6.1.6.3.15.1.1.5.0": Refusal.AUTH,
    "1.3.6.1.6.3.15.1.1.6.0": Refusal.PRIVACY,
    "1.3.6.1.6.3.12.1.4.0": Refusal.CONTEXT,
    "1.3.6.1.6.3.12.1.5.0": Refusal.CONTEXT,
}
"""The counters that reports carry (usmStats, snmpTargetMIB): what they say is wrong."""

_MOST_TEMPLATES: Final = 65_536


class _Purpose(Enum):
    QUESTION = auto()
    DISCOVERY = auto()
    PROBE = auto()  # whether an agent that answers nothing answers this user in plain text, in no context


@dataclass(slots=True)
class _Open:
    """A question that is waited for. `numbers`: what was sent for it, by purpose."""

    request: SnmpRequest
    login: Login
    asked_ns: int
    numbers: dict[_Purpose, int] = field(default_factory=dict)
    asked: bool = False  # the question itself has been sent
    asked_anew: bool = False  # after a report, once
    malformed: str = ""
    probed: bool = False  # the probe was answered


class PysnmpPort:
    """One socket a family for all agents."""

    name = "pysnmp"

    def __init__(self, clock: Clock, pick: Callable[[int], int] = secrets.randbelow) -> None:
        self.dropped: Counter[Dropped] = Counter()
        self._clock = clock
        self._pick = pick
        self._sockets = Sockets()
        self._logins: Mapping[CredentialsId, Login] = {}
        self._masters: dict[Login, Keys] = {}
        self._peers: dict[tuple[AgentKey, Login], Peer] = {}
        self._templates: dict[tuple[object, ...], Template] = {}
        self._open: dict[int, _Open] = {}  # by the request's id
        self._sources: dict[Source, dict[int, tuple[_Open, _Purpose]]] = {}  # by number
        self._answers: list[SnmpAnswer] = []

    def know(self, logins: Mapping[CredentialsId, Login]) -> None:
        """Ask with these from now on, and with no others."""
        self._logins = dict(logins)
        valid = set(logins.values())
        self._masters = {login: keys for login, keys in self._masters.items() if login in valid}
        self._peers = {whom: peer for whom, peer in self._peers.items() if whom[1] in valid}
        self._templates.clear()

    def send(self, requests: Sequence[SnmpRequest]) -> None:
        """Ask; never blocks, never raises for a request. One that is sent again keeps its id."""
        for request in requests:
            known = self._open.get(request.id)
            if known is None:
                login = self._logins.get(request.agent.credentials)
                if login is None:
                    now_ns = self._clock.monotonic_ns()
                    self._answers.append(
                        SnmpAnswer(request.id, Outcome.UNSENT, now_ns, now_ns, detail="no credentials")
                    )
                    continue
                known = self._open[request.id] = _Open(request, login, self._clock.monotonic_ns())
            self._ask(known)

    def take(self) -> Sequence[SnmpAnswer]:
        """The answers that are there; never blocks."""
        for datagram, source in self._sockets.receive():
            dropped = self._hear(datagram, source)
            if dropped is not None:
                self.dropped[dropped] += 1
        answers, self._answers = self._answers, []
        return answers

    def give_up(self, requests: Iterable[int]) -> Sequence[SnmpAnswer]:
        """Wait no longer for these: of each, what can be told of why no answer came."""
        now_ns = self._clock.monotonic_ns()
        verdicts = []
        for number in requests:
            known = self._open.get(number)
            if known is None:
                verdicts.append(SnmpAnswer(number, Outcome.SILENT, now_ns, now_ns))
            else:
                verdicts.append(self._verdict(known))
                self._close(known)
        return verdicts

    def close(self) -> None:
        """Close the sockets."""
        self._sockets.close()

    def _ask(self, known: _Open) -> None:
        """Send what has to be sent next for this question."""
        try:
            if known.login.version is SnmpVersion.V2C:
                number = self._number(known, _Purpose.QUESTION)
                self._transmit(known, self._community_template(known).numbered(number))
            else:
                self._ask_peer(known, self._peer(known))
        except OSError as error:
            self._finish(known, Outcome.UNSENT, detail=error.strerror or "")
        except Exception:  # noqa: BLE001 - pysnmp refuses what the operator wrote: one agent, never the others
            self._finish(known, Outcome.UNSENT, detail="these credentials cannot be used")

    def _ask_peer(self, known: _Open, peer: Peer) -> None:
        if not peer.known:
            self._transmit(known, discovery(self._number(known, _Purpose.DISCOVERY)))
            return
        now_ns = self._clock.monotonic_ns()
        number = self._number(known, _Purpose.QUESTION)
        scoped = self._scoped_template(known, peer).numbered(number)
        self._transmit(known, peer.wrap(number, scoped, now_ns))
        if known.asked and (known.login.priv is not None or known.login.context):
            number = self._number(known, _Purpose.PROBE)
            self._transmit(known, peer.wrap(number, peer.plain(number, _UPTIME), now_ns, encrypted=False))
        known.asked = True

    def _transmit(self, known: _Open, message: bytes) -> None:
        self._sockets.send(message, known.request.agent.address, known.request.agent.port)

    def _hear(self, datagram: bytes, source: Source) -> Dropped | None:
        """Take a datagram in; why it is dropped, if it is."""
        if len(datagram) > LARGEST:
            return Dropped.OVERSIZED
        numbers = self._sources.get(source)
        if not numbers:
            return Dropped.STRANGER
        for number, (known, purpose) in tuple(numbers.items()):
            if mark(number) in datagram:
                return self._hear_of(known, purpose, number, datagram)
        return Dropped.UNASKED

    def _hear_of(self, known: _Open, purpose: _Purpose, number: int, datagram: bytes) -> Dropped | None:
        try:
            if known.login.version is SnmpVersion.V2C:
                response = read_community_message(datagram, known.login.community)
                if response.number != number or response.is_report:
                    return Dropped.UNASKED
                self._answer(known, response)
            else:
                self._hear_peer(known, purpose, number, datagram)
        except MalformedError as error:
            known.malformed = str(error)
            return Dropped.MALFORMED
        except ForgedError:
            return Dropped.FORGED
        return None

    def _hear_peer(self, known: _Open, purpose: _Purpose, number: int, datagram: bytes) -> None:
        peer, now_ns = self._peer(known), self._clock.monotonic_ns()
        heard = peer.hear(datagram, now_ns, encrypted=purpose is _Purpose.QUESTION)
        if purpose is _Purpose.DISCOVERY:
            if not heard.response.is_report:
                raise MalformedError("a discovery is answered by a report")
            if not peer.known:
                peer.meet(heard, now_ns)
                self._ask(known)
        elif purpose is _Purpose.PROBE:
            known.probed = known.probed or heard.authenticated
        elif heard.response.is_report:
            self._take_report(known, peer, heard, now_ns)
        elif heard.response.number == number:
            self._answer(known, heard.response)
        else:
            raise MalformedError("the answer to another question")

    def _take_report(self, known: _Open, peer: Peer, heard: Heard, now_ns: int) -> None:
        """An agent that has another time or engine id than believed is asked anew, once."""
        names = [oid for oid, _ in heard.response.varbinds]
        name = names[0] if names else ""
        refusal = _REPORTS.get(name)
        if refusal is None:
            raise MalformedError("a report of nothing known")
        curable = (name == _TIME_REPORT and heard.authenticated) or name == _ENGINE_REPORT
        if curable and not known.asked_anew:
            known.asked_anew, known.asked = True, False
            if name == _TIME_REPORT:
                peer.set_clock(heard, now_ns)
            else:
                peer.forget()
            self._ask(known)
            return
        if refusal in {Refusal.TIME, Refusal.ENGINE}:
            peer.forget()
        self._finish(known, Outcome.REFUSED, refusal=refusal)

    def _answer(self, known: _Open, response: Response) -> None:
        if response.error_status == 0:
            if self._fits(known.request, response.varbinds):
                self._finish(known, Outcome.ANSWERED, varbinds=response.varbinds)
            else:
                self._finish(
                    known, Outcome.BROKEN, detail="it answers for other objects than it was asked for"
                )
        elif response.error_status == _TOO_BIG:
            self._finish(known, Outcome.TOO_BIG)
        elif response.error_status in _NO_ACCESS:
            self._finish(known, Outcome.REFUSED, refusal=Refusal.ACCESS)
        else:
            self._finish(known, Outcome.BROKEN, detail=f"it answers with error {response.error_status}")

    def _fits(self, request: SnmpRequest, varbinds: Sequence[Varbind]) -> bool:
        if request.repetitions:
            return len(varbinds) <= request.repetitions
        return tuple(oid for oid, _ in varbinds) == request.oids

    def _finish(
        self,
        known: _Open,
        outcome: Outcome,
        *,
        varbinds: tuple[Varbind, ...] = (),
        refusal: Refusal | None = None,
        detail: str = "",
    ) -> None:
        now_ns = self._clock.monotonic_ns()
        self._answers.append(
            SnmpAnswer(known.request.id, outcome, known.asked_ns, now_ns, varbinds, refusal, detail)
        )
        self._close(known)

    def _verdict(self, known: _Open) -> SnmpAnswer:
        now_ns = self._clock.monotonic_ns()
        outcome, refusal, detail = Outcome.SILENT, None, ""
        if known.malformed:
            outcome, detail = Outcome.BROKEN, f"it answers with {known.malformed}"
        elif known.probed:
            outcome, refusal = Outcome.REFUSED, Refusal.PRIVACY
        elif known.login.version is SnmpVersion.V3:
            self._peer(known).forget()  # whoever has that address now may be another
        return SnmpAnswer(known.request.id, outcome, known.asked_ns, now_ns, (), refusal, detail)

    def _close(self, known: _Open) -> None:
        del self._open[known.request.id]
        source = (known.request.agent.address, known.request.agent.port)
        numbers = self._sources.get(source, {})
        for number in known.numbers.values():
            numbers.pop(number, None)
        if not numbers:
            self._sources.pop(source, None)

    def _number(self, known: _Open, purpose: _Purpose) -> int:
        """The number that this question is sent with: one that nobody guesses."""
        if purpose not in known.numbers:
            number = FIRST_NUMBER + self._pick(NUMBERS)
            known.numbers[purpose] = number
            source = (known.request.agent.address, known.request.agent.port)
            self._sources.setdefault(source, {})[number] = (known, purpose)
        return known.numbers[purpose]

    def _peer(self, known: _Open) -> Peer:
        whom = (known.request.agent, known.login)
        if whom not in self._peers:
            if known.login not in self._masters:
                self._masters[known.login] = master_keys(known.login)
            self._peers[whom] = Peer(known.login, self._masters[known.login])
        return self._peers[whom]

    def _community_template(self, known: _Open) -> Template:
        request, community = known.request, known.login.community
        return self._template(
            (community, request.oids, request.repetitions),
            lambda number: community_message(community, question(number, request.oids, request.repetitions)),
        )

    def _scoped_template(self, known: _Open, peer: Peer) -> Template:
        request = known.request
        return self._template(
            (peer.engine_id, known.login.context, request.oids, request.repetitions),
            lambda number: peer.scoped(question(number, request.oids, request.repetitions)),
        )

    def _template(self, key: tuple[object, ...], encode: Callable[[int], bytes]) -> Template:
        template = self._templates.get(key)
        if template is None:
            if len(self._templates) >= _MOST_TEMPLATES:
                self._templates.clear()
            template = self._templates[key] = make_template(encode)
        return template
