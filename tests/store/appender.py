"""A process that is there to be killed: `python -m tests.store.appender DIRECTORY [URL]`.

For each line `FIRST LIMITED` on stdin it forks a child that appends batches of entries, numbered from FIRST on,
until somebody kills it. The child says `ack LAST` once a batch is acknowledged. For its first LIMITED batches
no file may grow beyond the spool's size, as on a full disk. The parent says `pid PID` and, in the end, `over`.
"""

import contextlib
import os
import resource
import signal
import sys
from itertools import count
from pathlib import Path

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.model.log import Called
from bridgewatch.model.ports import StoreUnavailableError
from tests.store import entries
from tests.store.entries import called, open_store

SPOOL_OCTETS = 1 << 17
SIZES = (1, 3, 1, 40, 2)


def batch(number: int) -> tuple[int, list[Called]]:
    """The batch that begins with `number`, and where the next one begins; its entries say how many they are."""
    size = SIZES[number % len(SIZES)]
    return number + size, [called(f"batch-{number}-of-{size}", one) for one in range(number, number + size)]


def append(directory: Path, first: int, limited: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    if limited:
        resource.setrlimit(resource.RLIMIT_FSIZE, (SPOOL_OCTETS, hard))
    store = open_store(directory, SystemClock(), SPOOL_OCTETS)
    with contextlib.suppress(StoreUnavailableError):
        store.open_entries()
    for done in count():
        if done == limited:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        following, entries = batch(first)
        try:
            store.append(entries)
        except StoreUnavailableError:
            continue  # refused, so nobody counts on it; the same is tried again
        os.write(1, f"ack {following - 1}\n".encode())
        first = following


def main() -> None:
    directory = Path(sys.argv[1])
    if sys.argv[2:]:
        from tests.store.server import AtUrl  # noqa: PLC0415 - it needs psycopg

        entries.PLACE = AtUrl(sys.argv[2])
    for line in sys.stdin:
        first, limited = map(int, line.split())
        child = os.fork()
        if child == 0:
            try:
                append(directory, first, limited)
            finally:
                os._exit(1)
        os.write(1, f"pid {child}\n".encode())
        os.waitpid(child, 0)
        os.write(1, b"over\n")


if __name__ == "__main__":
    main()
