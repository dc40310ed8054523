"""The child process that stands for every far end. Imports little, so that it can be started first."""

import asyncio
import json
import subprocess
import sys
from contextlib import suppress
from typing import Any, Final, Self

from bridgewatch.model.phrases import phrase

_ANSWER_SECONDS: Final = 20.0


class DemoError(Exception):
    """The demo cannot be played here; the message says why."""


class FarEnds:
    """Started at once; use as `with`, which ends it whatever happens."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bridgewatch.app.demo.far_end"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.kill()
        self._process.wait()

    async def port(self) -> int:
        """The UDP port it answers at. Raises DemoError when it does not start."""
        port: int = (await self._hear())["port"]
        return port

    def order(self, values: dict[str, Any]) -> None:
        """Send one order; they are few and small, so that the pipe holds them."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):  # what it died of is heard at the next answer
                self._process.stdin.write(json.dumps(values).encode() + b"\n")
                self._process.stdin.flush()

    async def end(self) -> dict[str, dict[str, int]]:
        """End it; returns what happened on each address."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        account: dict[str, dict[str, int]] = (await self._hear())["account"]
        return account

    async def _hear(self) -> dict[str, Any]:
        if self._process.stdout is None:
            raise DemoError(phrase("the far ends have no output"))
        reading = asyncio.to_thread(self._process.stdout.readline)
        try:
            line = await asyncio.wait_for(reading, _ANSWER_SECONDS)
        except TimeoutError:
            self._process.kill()  # which ends the thread that reads
            raise DemoError(
                phrase("the far ends do not answer within {seconds} s", seconds=f"{_ANSWER_SECONDS:g}")
            ) from None
        if not line:
            raise DemoError(phrase("the far ends ended early"))
        heard: dict[str, Any] = json.loads(line)
        return heard
