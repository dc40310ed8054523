"""The reflector's side: keeps the process of the far end running."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from typing import Final

from pydantic import TypeAdapter

from bridgewatch.adapters.far_end.settings import FarEndSettings

log = logging.getLogger(__name__)

_FIRST_REST: Final = 1.0  # seconds before a process that died is started again; twice as long each time
_LONGEST_REST: Final = 60.0
_GOOD_LIFE: Final = 60.0
_SETTINGS: Final[TypeAdapter[FarEndSettings]] = TypeAdapter(FarEndSettings)


async def keep_far_end(settings: FarEndSettings, module: str = "bridgewatch.adapters.far_end.child") -> None:
    """Keep it until cancelled; then nothing of it is left."""
    loop, rest = asyncio.get_running_loop(), _FIRST_REST
    while True:
        began = loop.time()
        cause = await _live(settings, module)
        if loop.time() - began >= _GOOD_LIFE:
            rest = _FIRST_REST
        log.warning("the far end of throughput tests %s; it starts again in %.0f s", cause, rest)
        await asyncio.sleep(rest)
        rest = min(2 * rest, _LONGEST_REST)


async def _live(settings: FarEndSettings, module: str) -> str:
    """One process from its start to its end, and what that was."""
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", module, stdin=asyncio.subprocess.PIPE, start_new_session=True
        )
    except OSError as error:
        return f"could not be started: {error.strerror}"
    try:
        if child.stdin is not None:
            with contextlib.suppress(ConnectionError):
                child.stdin.write(_SETTINGS.dump_json(settings) + b"\n")
                await child.stdin.drain()
        code = await child.wait()
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        if child.stdin is not None:
            child.stdin.close()
        await child.wait()
    return f"died of signal {-code}" if code < 0 else f"ended with {code}"
