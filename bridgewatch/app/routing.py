"""Routes paths: numeric targets at once, names as they resolve, and again when their address moves."""

from collections.abc import Callable, Iterable
from itertools import chain
from operator import attrgetter
from typing import Final

import numpy as np

from bridgewatch.adapters.wire.addresses import halves
from bridgewatch.adapters.wire.resolver import Lookup, Resolver, is_numeric
from bridgewatch.core.probing.paths import PathChanges
from bridgewatch.core.steps import MADE, Steps, portions
from bridgewatch.core.watch import Location, Watch
from bridgewatch.model.inventory import PathSpec
from bridgewatch.model.ports import Clock, Endpoint, Engine
from bridgewatch.model.words import Family, ProbeKind, Reason

Follow = Callable[[str, Family], str | None]

Moved = tuple[tuple[int, PathSpec, PathSpec], ...]  # row, former, new

_ROUTE: Final = attrgetter("kind", "family", "host", "port", "source", "interface", "dscp")


def moved(changes: PathChanges) -> Steps[Moved]:
    """The paths that stay and are to be routed anew."""
    found: list[tuple[int, PathSpec, PathSpec]] = []
    for portion in portions(changes.changed):
        found += [(row, former, spec) for row, former, spec in portion if _ROUTE(former) != _ROUTE(spec)]
        yield
    return tuple(found)


class Router:
    """Keeps the engine's routes and the pipeline's addresses in step with the inventory."""

    def __init__(self, watch: Watch, engine: Engine, clock: Clock, lookup: Lookup) -> None:
        self._watch = watch
        self._engine = engine
        self._clock = clock
        self._resolver = Resolver(lookup, self._on_address, self._on_failure)
        self._named: dict[tuple[str, Family], dict[int, PathSpec]] = {}

    def apply(self, changes: PathChanges, moves: Moved) -> Steps[None]:
        """Route what is new, re-route what moved, forget what is gone.

        `moves` as `moved` finds them. The first step belongs to the change-over: after it no name leads to a
        path that is gone.
        """
        for row, spec in changes.removed:
            self._engine.release(row)
            self._unfollow(row, spec)
        for row, former, _ in moves:
            self._unfollow(row, former)
        yield
        for portion in portions(chain(changes.added, ((row, spec) for row, _, spec in moves)), MADE):
            self._route(portion)
            yield
        self._resolver.follow(set(self._named))

    def _route(self, paths: Iterable[tuple[int, PathSpec]]) -> None:
        known = []
        for row, spec in paths:
            if spec.kind is ProbeKind.DIAL_IN:
                continue  # its box says where it is
            address: str | None = spec.host
            if not is_numeric(spec.host):
                self._named.setdefault((spec.host, spec.family), {})[row] = spec
                address = self._resolver.address(spec.host, spec.family)
            if address is not None:
                known.append((row, spec, address))
        locations = [self._assign(row, spec, address) for row, spec, address in known]
        rows = np.array([row for row, _, _ in known], np.int32)
        specs = (spec for _, spec, _ in known)
        self._watch.locate_many(rows, specs, locations, self._clock.monotonic_ns())

    def _unfollow(self, row: int, spec: PathSpec) -> None:
        name = (spec.host, spec.family)
        followers = self._named.get(name)
        if followers is not None and followers.pop(row, None) is not None and not followers:
            del self._named[name]

    def _assign(self, row: int, spec: PathSpec, address: str) -> Location:
        interface = self._engine.assign(
            row,
            Endpoint(spec.kind, spec.family, address, spec.port, spec.source, spec.interface, spec.dscp),
        )
        return Location(halves(address), interface)

    def _send_to(self, row: int, spec: PathSpec, address: str) -> None:
        location = self._assign(row, spec, address)
        self._watch.locate(row, spec, location, self._clock.monotonic_ns())

    def _on_address(self, host: str, family: Family, address: str) -> None:
        followers = self._named.get((host, family), {})
        for row, spec in followers.items():
            self._send_to(row, spec, address)
        self._explain(followers.values(), Reason.NOT_YET_PROBED)

    def _on_failure(self, host: str, family: Family, _: str) -> None:
        if self._resolver.address(host, family) is None:
            self._explain(self._named.get((host, family), {}).values(), Reason.NEVER_RESOLVED)

    def _explain(self, specs: Iterable[PathSpec], reason: Reason) -> None:
        links = {spec.link: reason for spec in specs if spec.link is not None}
        if links:
            self._watch.explain(links, self._clock.monotonic_ns())

    async def close(self) -> None:
        """Stop following names."""
        await self._resolver.close()
