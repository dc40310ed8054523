"""Keeps for the next start which boxes called, and from where: the probing loop never waits for the disk."""

import asyncio
from typing import Final

from bridgewatch.adapters.dialin.memory import Memory
from bridgewatch.app.dial_in import DialIn

_SETTLE_SECONDS: Final = 2.0  # thousands of boxes that call at once are written a few times
_RENEW_SECONDS: Final = 60.0  # when each was last heard is as old as this after a crash


class BoxMemory:
    """Lives in `run`; `close` writes what is known at an orderly end."""

    def __init__(self, memory: Memory, dial_in: DialIn) -> None:
        self._memory = memory
        self._dial_in = dial_in

    async def run(self) -> None:
        """Write what changed, until cancelled."""
        loop = asyncio.get_running_loop()
        placed, renew = self._dial_in.placed, loop.time() + _RENEW_SECONDS
        while True:
            await asyncio.sleep(_SETTLE_SECONDS)
            if self._dial_in.placed == placed and loop.time() < renew:
                continue
            placed, renew = self._dial_in.placed, loop.time() + _RENEW_SECONDS
            await self._save()

    async def close(self) -> None:
        """Write it a last time."""
        await self._save()

    async def _save(self) -> None:
        remembered = self._dial_in.remembered()
        await asyncio.to_thread(lambda: self._memory.save(remembered()))
