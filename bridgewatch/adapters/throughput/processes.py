"""The end of a process of ours."""

import asyncio
import contextlib
from typing import Final

_SECONDS: Final = 1.0
_READ: Final = 65_536


async def reap(child: asyncio.subprocess.Process) -> None:
    """Wait for one that was killed. What it still said is dropped: asyncio waits for the end of that, too."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SECONDS):
            while child.stdout is not None and await child.stdout.read(_READ):
                pass
            await child.wait()
