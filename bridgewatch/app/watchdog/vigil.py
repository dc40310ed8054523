"""Judges the heartbeats once a second, and has what is wrong become an incident."""

import asyncio
import logging
from typing import Final

from bridgewatch.app.pager import Pager
from bridgewatch.core.heartbeats.register import Register, Standing
from bridgewatch.model.desk import Stage
from bridgewatch.model.heartbeats import Heartbeat, Reception
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Audience, FaultKind, Why
from bridgewatch.model.ports import Clock

log = logging.getLogger(__name__)

ALIVE_SECONDS: Final = 5.0
_PERIOD_SECONDS: Final = 1.0
_LOOKS_A_SILENCE: Final = 20  # where silence is short, it is looked at more often
_SECOND_NS: Final = 1_000_000_000


class Vigil:
    """Keeps watch in `run`. `register` is what it goes by."""

    def __init__(self, inventory: Inventory, pager: Pager, clock: Clock) -> None:
        self._pager = pager
        self._clock = clock
        self._after = inventory.heartbeats.after
        self.register: Final = Register(inventory.heartbeats.watched, self._after, clock.monotonic_ns())
        self._told: dict[str, Why | None] = {}
        self._looked_ns = clock.monotonic_ns()

    def adopt(self, inventory: Inventory) -> None:
        """Watch the daemons of another configuration from now on."""
        self._after = inventory.heartbeats.after
        self.register.adopt(inventory.heartbeats.watched, self._after, self._clock.monotonic_ns())

    def take(self, beat: Heartbeat) -> Reception:
        """Take in a heartbeat whose signature is right."""
        return self.register.take(beat, self._clock.monotonic_ns(), self._clock.wall_ns())

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(min(_PERIOD_SECONDS, self._after / _LOOKS_A_SILENCE))

    def look(self) -> None:
        """Raise what is wrong, and clear what is not any more. What cannot be told yet changes nothing."""
        self._looked_ns = self._clock.monotonic_ns()
        standings = self.standings()
        for standing in standings:
            if standing.settled and self._told.get(standing.vantage, _UNTOLD) != standing.why:
                lasts = standing.ailment.age if standing.ailment is not None else standing.silent
                self._tell(standing.vantage, standing.why, lasts)
                self._say(standing)
        watched = {standing.vantage for standing in standings}
        for vantage in self._open() - watched:
            if self._told.get(vantage, _UNTOLD) is not None:
                self._tell(vantage, None)
                log.warning("%s is not watched any more", vantage)

    def standings(self) -> tuple[Standing, ...]:
        """How every daemon stands now."""
        return self.register.standings(self._clock.monotonic_ns())

    def is_alive(self) -> tuple[bool, str]:
        """Whether somebody looks, and the sentence that says so."""
        silent = (self._clock.monotonic_ns() - self._looked_ns) / _SECOND_NS
        if silent > ALIVE_SECONDS:
            return False, f"nobody has looked at the heartbeats for {silent:.1f} s"
        return True, "watching"

    def _open(self) -> set[str]:
        """The daemons that an incident is about, be it one that an earlier run left."""
        return {
            incident.subject
            for incident in self._pager.snapshot.incidents
            if incident.kind is FaultKind.HEARTBEAT and incident.stage is not Stage.OVER
        }

    def _tell(self, vantage: str, why: Why | None, lasts: float = 0.0) -> None:
        """Have it become an incident that began `lasts` seconds ago, or be over."""
        self._told[vantage] = why
        kind, lasts_ns = FaultKind.HEARTBEAT, round(lasts * _SECOND_NS)
        if why is None:
            self._pager.decide(lambda paging, now_ns: paging.clear_fault(kind, vantage, now_ns))
        else:
            self._pager.decide(
                lambda paging, now_ns: paging.raise_fault(
                    kind, vantage, Audience.OWN, why, now_ns, now_ns - lasts_ns
                )
            )

    @staticmethod
    def _say(standing: Standing) -> None:
        if standing.why is None:
            log.info("%s is well", standing.vantage)
        elif standing.ailment is None:
            log.error("%s has been silent for %.0f s", standing.vantage, standing.silent)
        else:
            ill = standing.ailment
            log.error(
                "%s: %s: %s %.0f s ago, %.0f s is the limit",
                standing.vantage,
                ill.why,
                ill.what,
                ill.age,
                ill.limit,
            )


_UNTOLD: Final = object()
