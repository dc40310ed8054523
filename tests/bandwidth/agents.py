"""Agents as tables of objects, and a loop that lets a poller ask them in virtual time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bridgewatch.core.bandwidth.interfaces import Interface
from bridgewatch.core.bandwidth.polling import News, Poller, Terms
from bridgewatch.model.bandwidth import InterfaceBy, Use
from bridgewatch.model.ids import CredentialsId, LinkId
from bridgewatch.model.snmp import AgentKey, Outcome, Refusal, SnmpAnswer, SnmpRequest, Value

SECOND = 1_000_000_000
TICK = SECOND // 10
TABLE, EXTENDED = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
UPTIME = "1.3.6.1.2.1.1.3.0"


def key(number: int = 1) -> AgentKey:
    return AgentKey(f"192.0.2.{number}", 161, CredentialsId("default"))


def interface(link: str, name: str, by: InterfaceBy = InterfaceBy.NAME) -> Interface:
    return Interface(LinkId(link), name, by)


@dataclass
class Port:
    """One interface of a router."""

    name: str
    alias: str = ""
    description: str = ""
    rate: int = 1_000  # octets/s in and out
    wide: bool = True
    counted: bool = True


@dataclass
class Router:
    """Its interfaces by index, and how its agent behaves."""

    ports: dict[int, Port]
    silent: bool = False
    refusal: Refusal | None = None
    unsent: bool = False
    largest: int = 1_000  # objects an answer holds
    delay_ns: int = 5_000_000
    booted_ns: int = -86_400 * SECOND
    asked: list[SnmpRequest] = field(default_factory=list)

    def objects(self, now_ns: int) -> dict[str, Value]:
        """Everything it tells, in the order of walks."""
        up = (now_ns - self.booted_ns) / SECOND
        columns: dict[str, Callable[[Port], Value]] = {
            f"{TABLE}.2": lambda port: port.description.encode(),
            f"{TABLE}.7": lambda _: 1,
            f"{TABLE}.8": lambda _: 1,
            f"{TABLE}.10": lambda port: round(port.rate * up) % (1 << 32) if port.counted else None,
            f"{TABLE}.13": lambda _: 0,
            f"{TABLE}.14": lambda _: 0,
            f"{TABLE}.16": lambda port: round(port.rate * up) % (1 << 32) if port.counted else None,
            f"{TABLE}.19": lambda _: 0,
            f"{TABLE}.20": lambda _: 0,
            f"{TABLE}.5": lambda _: 10_000_000,
            f"{EXTENDED}.1": lambda port: port.name.encode(),
            f"{EXTENDED}.6": lambda port: round(port.rate * up) if port.wide and port.counted else None,
            f"{EXTENDED}.10": lambda port: round(port.rate * up) if port.wide and port.counted else None,
            f"{EXTENDED}.15": lambda _: 10,
            f"{EXTENDED}.18": lambda port: port.alias.encode(),
            f"{EXTENDED}.19": lambda _: 0,
        }
        found: dict[str, Value] = {UPTIME: round(up * 100)}
        for column, value in columns.items():
            found |= {f"{column}.{index}": value(port) for index, port in sorted(self.ports.items())}
        return found

    def answer(self, request: SnmpRequest, asked_ns: int) -> SnmpAnswer | None:
        """What it answers, in its own time; None: nothing."""
        self.asked.append(request)
        at_ns = asked_ns + self.delay_ns
        if self.silent:
            return None
        outcome = Outcome.UNSENT if self.unsent else Outcome.REFUSED if self.refusal else Outcome.ANSWERED
        if outcome is not Outcome.ANSWERED:
            return SnmpAnswer(request.id, outcome, asked_ns, at_ns, refusal=self.refusal)
        objects = self.objects(at_ns)
        if request.repetitions:
            return SnmpAnswer(request.id, outcome, asked_ns, at_ns, self._walk(request, objects))
        if len(request.oids) > self.largest:
            return SnmpAnswer(request.id, Outcome.TOO_BIG, asked_ns, at_ns)
        return SnmpAnswer(
            request.id, outcome, asked_ns, at_ns, tuple((oid, objects.get(oid)) for oid in request.oids)
        )

    @staticmethod
    def _walk(request: SnmpRequest, objects: dict[str, Value]) -> tuple[tuple[str, Value], ...]:
        def place(oid: str) -> list[int]:
            return [int(part) for part in oid.split(".")]

        after = sorted(oid for oid in objects if place(oid) > place(request.oids[0]))
        after.sort(key=place)
        return tuple((oid, objects[oid]) for oid in after[: request.repetitions])


class World:
    """Routers, and a poller that asks them. `waiting` are answers on their way."""

    def __init__(self, routers: dict[AgentKey, Router], terms: Terms | None = None) -> None:
        self.routers = routers
        self.terms = terms or Terms()
        self.poller = Poller(self.terms)
        self.news = News()
        self.now_ns = 1_000 * SECOND
        self.most_in_flight = 0
        self._waiting: list[SnmpAnswer] = []

    def configure(self, plan: dict[AgentKey, Sequence[Interface]]) -> None:
        for gone in self.poller.configure(plan, self.terms, self.now_ns):
            self._waiting = [answer for answer in self._waiting if answer.request != gone]

    def run(self, seconds: float) -> News:
        """Let time pass; what was found out meanwhile."""
        self.news = News()
        end_ns = self.now_ns + round(seconds * SECOND)
        while self.now_ns < end_ns:
            self.now_ns += TICK
            here = [answer for answer in self._waiting if answer.at_ns <= self.now_ns]
            self._waiting = [answer for answer in self._waiting if answer.at_ns > self.now_ns]
            self._send(self.poller.take(here, self.now_ns, self.news))
            out = self.poller.step(self.now_ns)
            self._send(out.ask)
            nothing = [SnmpAnswer(each, Outcome.SILENT, self.now_ns, self.now_ns) for each in out.give_up]
            self._send(self.poller.take(nothing, self.now_ns, self.news))
            self.most_in_flight = max(self.most_in_flight, self.poller.in_flight)
        return self.news

    def uses(self, link: str) -> list[Use]:
        return [use for use in self.news.uses if use.link == link]

    def _send(self, requests: Sequence[SnmpRequest]) -> None:
        for request in requests:
            answer = self.routers[request.agent].answer(request, self.now_ns)
            if answer is not None:
                self._waiting.append(answer)
