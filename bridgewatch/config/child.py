"""The process that parses: `python -m bridgewatch.config.child DIR MEMORY`.

It reads one line from standard input for every load and answers on standard output (see `wire`). It keeps
what it parsed, so that a reload costs what has changed, and it is the one that dies of a file too large.
"""

import contextlib
import gc
import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from bridgewatch.config.errors import ConfigErrors
from bridgewatch.config.loader import Cache
from bridgewatch.config.plan import Segment
from bridgewatch.config.wire import Message, encode, error_messages, plan_messages
from bridgewatch.model.mistakes import ConfigError
from bridgewatch.model.phrases import phrase

_NICE: Final = 5  # probing goes first


def main(directory: Path, memory: int) -> None:
    """Answer until standard input ends. `memory` bounds the address space, in octets."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    gc.disable()  # the trees have no cycles, and walking them costs a third of the load
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not garble the answers
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        serve(directory, sys.stdin.buffer, answers)


def serve(directory: Path, requests: BinaryIO, answers: BinaryIO) -> None:
    """Load once for every line of `requests`."""
    cache = Cache()
    sent: dict[str, Segment] = {}
    for _ in requests:
        answers.writelines(encode(message) for message in _load(cache, directory, sent))
        answers.flush()
        gc.collect()
        gc.freeze()


def _load(cache: Cache, directory: Path, sent: dict[str, Segment]) -> Iterator[Message]:
    """Load and answer; `sent` becomes what the parent has."""
    started = time.monotonic()
    try:
        plan = cache.plan(directory)
    except ConfigErrors as failure:
        yield from error_messages(failure.errors, time.monotonic() - started)
    except MemoryError:
        cache.clear()
        found, expected = phrase("more than the memory limit allows"), phrase("smaller files")
        error = ConfigError(str(directory), 1, 1, "", found, expected)
        yield from error_messages((error,), time.monotonic() - started)
    else:
        yield from plan_messages(plan, sent, time.monotonic() - started)
        sent.clear()
        sent.update((segment.name, segment) for segment in plan.segments)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
