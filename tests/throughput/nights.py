"""Nights of throughput tests without a network: a queue, virtual time, and a runner that takes what it is given."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.throughput.queue import Queue
from bridgewatch.core.throughput.shares import Share, ShareKind, Shares
from bridgewatch.model.bandwidth import (
    Contract,
    Method,
    Server,
    Throughput,
    ThroughputOrder,
    ThroughputTerms,
    Window,
)
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.commands import AskThroughput
from bridgewatch.model.ids import LinkId, ServerId, TestId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import AnyEntry, EventOrdered, ThroughputAsked
from tests.calendar.events import DAY, EIGHT, HOUR, SECOND

SERVER = Server(ServerId("far"), Method.TCP, host="192.0.2.1")
TERMS = ThroughputTerms(server=SERVER, methods=(Method.TCP,), seconds=10.0)
TEN_AT_NIGHT = EIGHT + 14 * HOUR
NIGHT = Window(22 * 60, 5 * 60)


def measurable(inventory: Inventory, terms: ThroughputTerms = TERMS, down: int = 20_000_000) -> Inventory:
    """Every link may be tested, and is sold at `down` and half as much up."""
    links = {
        link.id: replace(link, throughput=terms, contract=Contract(down, down // 2))
        for link in inventory.links.values()
    }
    return replace(inventory, links=links)


def ask(*links: LinkId, now_ns: int = EIGHT, **changes: object) -> AskThroughput:
    command = AskThroughput(actor="An", links=links, earliest_ns=now_ns, latest_ns=now_ns + 3 * DAY)
    return replace(command, **changes)  # type: ignore[arg-type]


@dataclass
class Flight:
    """A test on the line."""

    order: ThroughputOrder
    ends_ns: int
    began_ns: int


@dataclass
class Night:
    """Drives a queue as the daemon does. `look` is called at every instant at which something happened."""

    inventory: Inventory
    now_ns: int
    look: Callable[["Night"], None] = lambda _: None
    orders: list[EventOrder] = field(default_factory=list)
    log: list[AnyEntry] = field(default_factory=list)
    flying: dict[TestId, Flight] = field(default_factory=dict)
    stopped_ns: dict[TestId, int] = field(default_factory=dict)
    share: float = 1.0  # of its time that a test takes

    def __post_init__(self) -> None:
        self.shares = Shares(self.inventory)
        self.queue = Queue(self.inventory, self.agenda())

    def agenda(self) -> Agenda:
        return Agenda(self.inventory, self.orders)

    def asks(self, command: AskThroughput) -> None:
        asking = self.queue.ask(command, self.now_ns)
        self.log += asking.entries
        self.turn()

    def reload(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.queue.adopt(inventory, self.agenda())
        self.turn()

    def orders_event(self, order: EventOrder) -> None:
        self.orders.append(order)
        self.log.append(EventOrdered(at_ns=self.now_ns, order=order))
        self.queue.adopt(self.inventory, self.agenda())
        self.turn()

    def turn(self) -> None:
        for _ in range(100):
            entries = self.queue.advance(self.now_ns)
            self.log += entries
            if not entries:
                break
        else:
            raise AssertionError("the queue never comes to rest")
        for order in self.queue.due(self.now_ns):
            length_ns = round(order.seconds * self.share * SECOND)
            self.flying[order.test] = Flight(order, self.now_ns + length_ns, self.now_ns)
        for test in self.queue.stops():
            self.stopped_ns[test] = self.now_ns
            self.land(test, 0.5)
        self.look(self)

    def land(self, test: TestId, share: float = 1.0) -> None:
        flight = self.flying.pop(test)
        octets = round(sum(leg.rate * leg.seconds / 8 for leg in flight.order.legs) * share)
        results = tuple(
            Throughput(leg.direction, leg.method, leg.rate * 0.95, octets, leg.seconds)
            for leg in flight.order.legs
        )
        self.log += self.queue.result(test, results if share == 1.0 else (), octets, "", self.now_ns)

    def restart(self) -> None:
        """The process dies: what is on the line is gone, the log is all that is left."""
        self.flying.clear()
        self.queue = Queue(self.inventory, self.agenda())
        for entry in self.log:
            self.queue.apply(entry)
        self.turn()

    def next_ns(self) -> int | None:
        due = [flight.ends_ns for flight in self.flying.values()]
        deadline = self.queue.next_deadline_ns()
        return min([*due, *([] if deadline is None else [deadline])], default=None)

    def until(self, end_ns: int) -> None:
        """Let time pass up to `end_ns`."""
        for _ in range(200_000):
            next_ns = self.next_ns()
            if next_ns is None or next_ns >= end_ns:
                break
            self.now_ns = max(next_ns, self.now_ns)
            for test in [test for test, flight in self.flying.items() if flight.ends_ns <= self.now_ns]:
                self.land(test)
            self.turn()
        else:
            raise AssertionError("the night never ends")
        self.now_ns = end_ns
        self.turn()

    def asked(self) -> dict[TestId, ThroughputAsked]:
        return {entry.test: entry for entry in self.log if isinstance(entry, ThroughputAsked)}

    def taken(self) -> list[Share]:
        """Every share that is taken now, once for each test that takes it; egresses only where they are one's own."""
        rates = self.inventory.bandwidth.egress_rate
        return [
            share
            for flight in self.flying.values()
            for share in self.shares.of_link(flight.order.link)
            if share.kind is not ShareKind.EGRESS or share.name not in rates
        ]
