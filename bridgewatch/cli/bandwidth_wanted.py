"""What throughput tests a command wants: as the API takes it, and what would become of it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from bridgewatch.cli.failures import unknown
from bridgewatch.model.bandwidth import Direction, Method
from bridgewatch.model.phrases import phrase

if TYPE_CHECKING:
    from bridgewatch.adapters.api.throughput_forms import TestTold
    from bridgewatch.core.throughput.plan import ThroughputPlan
    from bridgewatch.model.inventory import Inventory

WITHIN: Final = "7d"
"""What has not begun by then expires, unless somebody says otherwise."""


class Wanted:
    """What is to be tested, and how."""

    def __init__(
        self,
        names: tuple[str, ...],
        carrier: str | None,
        event: str | None,
        methods: tuple[Method, ...],
        direction: Direction | None,
        seconds: float | None,
        rate: int | None,
        force: bool,
    ) -> None:
        self.names, self.carrier, self.event = names, carrier, event
        self.methods, self.seconds, self.rate, self.force = methods, seconds, rate, force
        self.directions = (direction,) if direction is not None else (Direction.DOWN, Direction.UP)

    def body(self, starts: str | None, ends: str | None, reason: str) -> dict[str, Any]:
        """As the API takes it."""
        given: dict[str, Any] = {
            "names": list(self.names),
            "carrier": self.carrier,
            "event": self.event,
            "methods": list(self.methods) or None,
            "directions": list(self.directions),
            "seconds": self.seconds,
            "rate": self.rate,
            "starts": starts,
            "ends": ends,
            "lasts": None if ends else WITHIN,
            "note": reason,
            "force": self.force,
        }
        return {key: value for key, value in given.items() if value is not None}

    def plan(
        self,
        inventory: "Inventory",
        orders: Iterable[Any],
        queued: Iterable["TestTold"],
        now_ns: int,
        between_ns: tuple[int, int],
        reason: str,
    ) -> "ThroughputPlan":
        """What would become of it. Raises UnfitError for a name that nobody knows."""
        from bridgewatch.cli.bandwidth_queue import entries
        from bridgewatch.core.calendar.agenda import Agenda
        from bridgewatch.core.throughput.choose import choose
        from bridgewatch.core.throughput.plan import plan as planned
        from bridgewatch.model.commands import AskThroughput
        from bridgewatch.model.ids import CarrierId, EventId

        chosen = choose(
            inventory,
            self.names,
            CarrierId(self.carrier) if self.carrier else None,
            EventId(self.event) if self.event else None,
        )
        if chosen.unknown:
            names = [*inventory.sites, *inventory.links, *inventory.carriers, *inventory.events]
            name = chosen.unknown[0]
            said = phrase("there is no link, site, carrier or event {name}", name=name)
            raise unknown(said, name, names, "NAME")
        command = AskThroughput(
            actor="plan",
            links=chosen.links,
            earliest_ns=between_ns[0],
            latest_ns=between_ns[1],
            methods=self.methods or None,
            directions=self.directions,
            seconds=self.seconds,
            rate=self.rate,
            note=reason,
            forced=self.force,
        )
        return planned(command, inventory, Agenda(inventory, list(orders)), now_ns, entries(queued))
