"""One engine and one pipeline on real sockets, driven tick by tick, with a ledger of all they said."""

import itertools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.adapters.wire.addresses import halves
from bridgewatch.adapters.wire.batch import BatchEngine
from bridgewatch.core.health.changes import Changes
from bridgewatch.core.probing.packets import nearest_size
from bridgewatch.core.probing.prober import Launch
from bridgewatch.core.watch import Location, Watch
from bridgewatch.model.ids import CarrierId, EgressId, KeyId, LinkId, PathKey, SiteId
from bridgewatch.model.inventory import Carrier, Egress, Inventory, Limits, Link, PathSpec, Profile, Site
from bridgewatch.model.observations import Observations
from bridgewatch.model.ports import Arrivals, Clock, Endpoint, SendReport
from bridgewatch.model.words import (
    AdministrativeModel,
    CarriedBy,
    Family,
    Level,
    Network,
    Outcome,
    ProbeKind,
    SiteKind,
)

TICK_NS: Final = 10_000_000
SECOND: Final = 1_000_000_000
COPIES_SECONDS: Final = 0.4  # within which the lab delivers a duplicate
STAMP_PORT: Final = 862
UNDECIDED: Final = 255
_EGRESS: Final = EgressId("wan")
_idents = itertools.count(4000)

# One row per probe the pipeline launched. `outcome` is UNDECIDED until its fate was told.
PROBE: Final = np.dtype(
    [
        ("path", "i4"),
        ("seq", "i8"),
        ("token", "u8"),
        ("errno", "i4"),
        ("outcome", "u1"),
        ("sent_ns", "i8"),
        ("rtt_ns", "i8"),
        ("forward_ns", "i8"),
        ("backward_ns", "i8"),
        ("reflected", "i8"),
    ]
)
_TOLD: Final = ("outcome", "sent_ns", "rtt_ns", "forward_ns", "backward_ns", "reflected")


def spec(
    number: int, address: str, *, kind: ProbeKind = ProbeKind.ICMP, interval: float = 0.1, **wanted: object
) -> PathSpec:
    """Path `number` to a numeric address; `wanted` are fields of PathSpec by name."""
    family = Family.V6 if ":" in address else Family.V4
    link = LinkId(f"site-{number}/wan")
    plain = PathSpec(
        PathKey(link, address, "vantage", family),
        link,
        _EGRESS,
        kind,
        family,
        address,
        0 if kind is ProbeKind.ICMP else STAMP_PORT,
        None,
        None,
        0,
        nearest_size(kind, 64),
        round(interval * SECOND),
    )
    return replace(plain, **wanted)


def reference(number: int, address: str, *, interval: float = 0.1) -> PathSpec:
    """Reference `number` of the one egress."""
    plain = spec(number, address, interval=interval)
    return replace(plain, link=None, key=plain.key._replace(owner=f"egress:{_EGRESS}"))


def inventory(specs: Sequence[PathSpec], limits: Limits) -> Inventory:
    """One egress, and a site with one link for every path that is no reference."""
    links = {path.link: _link(path) for path in specs if path.link is not None}
    sites = {
        link.site: Site(
            link.site,
            f"Điểm cầu {link.site}",
            Level.COMMUNE,
            SiteKind.ROOM,
            "",
            CarriedBy.ANY,
            links=(link.id,),
        )
        for link in links.values()
    }
    return Inventory(
        vantage="vantage",
        model=AdministrativeModel.TWO_TIER,
        timezone="Asia/Ho_Chi_Minh",
        limits=limits,
        egresses={_EGRESS: Egress(_EGRESS, frozenset(Network))},
        carriers={CarrierId("vnpt"): Carrier(CarrierId("vnpt"), "VNPT")},
        sites=sites,
        links=links,
        paths=tuple(specs),
    )


def _link(path: PathSpec) -> Link:
    site, _, name = str(path.link).partition("/")
    return Link(
        path.link,
        SiteId(site),
        name,
        Network.WAN,
        CarrierId("vnpt"),
        _EGRESS,
        Profile("conference"),
        (),
        interval=path.interval_ns / SECOND,
    )


@dataclass
class Ledger:
    """What was launched, what the kernel said of it, and what became known."""

    launches: list[tuple[Launch, SendReport]] = field(default_factory=list)
    observations: list[Observations] = field(default_factory=list)
    changes: list[Changes] = field(default_factory=list)
    stamped: dict[int, int] = field(default_factory=dict)  # transmit stamps by token, monotonic ns
    overflows: int = 0

    def probes(self) -> NDArray[np.void]:
        """Rows of PROBE in the order they were launched.

        Raises:
            AssertionError: a fate was told of an unknown probe, or twice of one.

        """
        probes = np.zeros(sum(len(launch.seq) for launch, _ in self.launches), PROBE)
        at = 0
        for launch, report in self.launches:
            rows = probes[at : at + len(launch.seq)]
            rows["path"], rows["seq"], rows["errno"] = launch.batch.path, launch.seq, report.errno
            rows["token"] = launch.batch.token
            at += len(rows)
        probes["outcome"] = UNDECIDED
        places = {key: place for place, key in enumerate(self._keys(probes["path"], probes["seq"]))}
        for told in self.observations:
            where = [places.pop(key, -1) for key in self._keys(told.path, told.seq)]
            assert -1 not in where, "a fate of an unknown probe, or a second one"
            for name in _TOLD:
                probes[name][where] = getattr(told, name)
        return probes

    @staticmethod
    def _keys(path: NDArray[np.int32], seq: NDArray[np.int64]) -> Iterable[tuple[int, int]]:
        return zip(path.tolist(), seq.tolist(), strict=True)

    def duplicates(self) -> NDArray[np.int32]:
        """Paths, one per duplicate packet."""
        return np.concatenate([told.duplicates for told in self.observations])

    def reordered(self) -> NDArray[np.int32]:
        """Paths, one per reordered answer."""
        return np.concatenate([told.reordered for told in self.observations])


class Rig:
    """Engine and Watch over `specs`; sockets belong to the network of the thread that makes it."""

    def __init__(
        self,
        specs: Sequence[PathSpec],
        *,
        limits: Limits | None = None,
        clock: Clock | None = None,
        keys: Mapping[KeyId, bytes] = MappingProxyType({}),
        prepare: Callable[[BatchEngine], None] = lambda _: None,
    ) -> None:
        self.clock = clock or SystemClock()
        self.specs = list(specs)
        self.engine = BatchEngine(self.clock, echo_ident=next(_idents))
        self.ledger = Ledger()
        self.sending = True
        self.stall = 0.0  # seconds the next tick is held up before it begins: an injected fault
        self._limits = limits or Limits(tmax=1.0)
        now = self.clock.monotonic_ns()
        self.watch = Watch(
            inventory(specs, self._limits), now, echo_ident=self.engine.echo_ident, seed=next(_idents)
        )
        self.watch.know(keys, now)
        self.rows = {path.key: self.watch.rows[path.key] for path in specs}
        for path in specs:
            row = self.rows[path.key]
            interface = self.engine.assign(row, endpoint(path))
            self.watch.locate(row, path, Location(halves(path.host), interface), now)
        self._eavesdrop()
        prepare(self.engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    def _eavesdrop(self) -> None:
        """`judge` takes the observations for itself; let the ledger hear them as well."""
        prober = self.watch.prober
        take = prober.observations

        def observations() -> Observations:
            told = take()
            self.ledger.observations.append(told)
            return told

        prober.observations = observations

    def round(self) -> Arrivals:
        """One round, as the daemon's ticker makes it."""
        arrivals = self.engine.poll()
        now = self.clock.monotonic_ns()
        self.watch.receive(arrivals, now)
        if self.sending and (launch := self.watch.launch(now, now + arrivals.wall_offset_ns)) is not None:
            report = self.engine.send(launch.batch)
            self.watch.launched(launch, report, now)
            self.ledger.launches.append((launch, report))
        self.ledger.changes.append(self.watch.judge(now))
        self.ledger.overflows += arrivals.overflows
        stamps = zip(arrivals.tx_token.tolist(), arrivals.tx_at_ns.tolist(), strict=True)
        self.ledger.stamped.update(stamps)
        return arrivals

    def run(self, seconds: float) -> None:
        """Tick for that long, on the daemon's grid."""
        due = time.monotonic_ns()
        for _ in range(round(seconds * SECOND) // TICK_NS):
            if self.stall:
                time.sleep(self.stall)
                self.stall = 0.0
            self.round()
            due += TICK_NS
            time.sleep(max(0, due - time.monotonic_ns()) / SECOND)

    def settle(self) -> None:
        """Send no more, and tick until every probe's fate is told and no copy of a reply is on its way."""
        self.sending = False
        for _ in range(1 + round((self._limits.tmax + 2.0) * SECOND) // TICK_NS):
            self.run(TICK_NS / SECOND)
            if not self.watch.prober.in_flight:
                self.run(COPIES_SECONDS)
                return
        raise AssertionError(f"{self.watch.prober.in_flight} probes are still in flight")

    def probes(self) -> NDArray[np.void]:
        """The ledger's probes."""
        return self.ledger.probes()


def endpoint(path: PathSpec) -> Endpoint:
    """Where a path's packets go."""
    return Endpoint(path.kind, path.family, path.host, path.port, path.source, path.interface, path.dscp)


def count(probes: NDArray[np.void], outcome: Outcome) -> int:
    """How many probes had that fate."""
    return int(np.count_nonzero(probes["outcome"] == outcome))
