"""A leg by iperf3 (3.12 or later): its command line, its life and its progress.

It tells its figures at its end; the versions in use tell nothing in between that a program can read. What it
has read and written by then is told by the kernel.
"""

import asyncio
import contextlib
import math
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bridgewatch.adapters.throughput.iperf3_report import explain, read_report
from bridgewatch.adapters.throughput.pace import Pace
from bridgewatch.adapters.throughput.processes import reap
from bridgewatch.adapters.throughput.rtt import Echoes, Loaded, base_rtt
from bridgewatch.adapters.throughput.sockets import resolve, way_of
from bridgewatch.model.bandwidth import WARM_UP, Leg, Method, Throughput
from bridgewatch.model.phrases import phrase
from bridgewatch.model.ports import ThroughputError, ThroughputProgress

_FILLING: Final = 0.5  # seconds, after which the queue is what datagrams make of it
_DATAGRAM: Final = 1200  # octets; fits every tunnel and PPPoE
_UDP_HEADERS: Final = {4: 28, 6: 48}
_PACKET: Final = 1500
_TCP_HEADERS: Final = {4: 52, 6: 72}  # with timestamps
_LARGEST_BLOCK: Final = 131_072  # octets
_BLOCK_SECONDS: Final = 0.01
_LARGEST_OUTPUT: Final = 8 << 20  # octets; ten minutes of 128 streams are less
_READ: Final = 65_536
_PROGRESS_EVERY: Final = 0.2
_CONNECT_MS: Final = 4000
_ASIDE: Final = 6.0  # seconds beside warm-up and test: to connect, to exchange results
_TRIES: Final = 3
_PAUSE: Final = 0.7  # seconds; an iperf3 of our far end starts anew after each test
_AGAIN: Final = ("refuses connections", "is busy")


async def run_iperf3(
    leg: Leg, on_progress: Callable[[ThroughputProgress], None], program: str = "iperf3"
) -> Throughput:
    """Run one leg to its end. Raises ThroughputError."""
    found = shutil.which(program)
    if found is None:
        raise ThroughputError(phrase("iperf3 is not installed here"))
    way = way_of(leg)
    family, address = await resolve(leg.server.host, leg.server.port, way)
    async with Echoes(family, address, way) as echoes:
        base = await base_rtt(echoes)
        for attempt in range(1, _TRIES + 1):
            loaded = Loaded(echoes)
            try:
                output, octets = await _run([found, *arguments(leg, address)], leg, loaded, on_progress)
                return read_report(output, leg, base_rtt=base, rtt=loaded.mean, octets=octets)
            except ThroughputError as error:
                if attempt == _TRIES or not any(words in str(error) for words in _AGAIN):
                    raise
            finally:
                await loaded.stop()
            await asyncio.sleep(_PAUSE)
    raise AssertionError("unreachable")


def arguments(leg: Leg, address: str) -> list[str]:
    """The command line, less the program. The rate is of IP packets, headers included, as contracts are."""
    version = 6 if ":" in address else 4
    udp = leg.method is Method.UDP
    payload = _DATAGRAM / (_DATAGRAM + _UDP_HEADERS[version]) if udp else 1 - _TCP_HEADERS[version] / _PACKET
    # Datagrams know no slow start, and some versions count those lost in the warm-up.
    warm_up = 0 if udp else WARM_UP
    said = [
        *("-c", address, "-p", str(leg.server.port), "-J", f"-{version}"),
        *("-t", str(max(1, math.ceil(leg.seconds))), "-O", str(warm_up), "-P", str(leg.streams)),
        *("-b", str(max(1, round(leg.rate * payload / leg.streams)))),
        *("--connect-timeout", str(_CONNECT_MS)),
    ]
    said += ["-u", "-l", str(_DATAGRAM)] if udp else ["-l", str(_block(leg))]
    if leg.receives:
        said.append("-R")
    if leg.source is not None:
        said += ["-B", leg.source]
    if leg.interface is not None:
        said += ["--bind-dev", leg.interface]
    return said


def _block(leg: Leg) -> int:
    """Octets written at once. A rate is kept to in whole blocks; iperf3's own are too large for that."""
    return min(_LARGEST_BLOCK, max(_PACKET, int(leg.rate / leg.streams * _BLOCK_SECONDS / 8)))


async def _run(
    argv: list[str], leg: Leg, loaded: Loaded, on_progress: Callable[[ThroughputProgress], None]
) -> tuple[bytes, int]:
    """What it printed, and the octets it moved."""
    child = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    watching = asyncio.create_task(_watch(child.pid, leg, loaded, on_progress))
    limit = math.ceil(leg.seconds) + WARM_UP + _ASIDE
    try:
        async with asyncio.timeout(limit):
            output = await _read(child)
            await child.wait()
    except TimeoutError:
        said = phrase("the test did not end within {seconds} s: the link may be cut", seconds=round(limit))
        raise ThroughputError(said) from None
    finally:
        watching.cancel()
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await reap(child)
        octets = (await asyncio.gather(watching, return_exceptions=True))[0]
    if not output.lstrip().startswith(b"{"):
        raise ThroughputError(explain(output[:1000].decode(errors="replace")))
    return output, octets if isinstance(octets, int) else 0


async def _read(child: asyncio.subprocess.Process) -> bytes:
    output = bytearray()
    while child.stdout is not None and (block := await child.stdout.read(_READ)):
        output += block
        if len(output) > _LARGEST_OUTPUT:
            raise ThroughputError(phrase("iperf3 said more than it may"))
    return bytes(output)


async def _watch(
    pid: int, leg: Leg, loaded: Loaded, on_progress: Callable[[ThroughputProgress], None]
) -> int:
    """Tell how far it is until cancelled; then how many octets it was."""
    pace, octets = Pace(), 0
    warm_up = _FILLING if leg.method is Method.UDP else WARM_UP
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(_PROGRESS_EVERY)
            octets = max(octets, _moved(pid, receives=leg.receives))
            told = pace.at(time.monotonic(), octets)
            if told is not None:
                on_progress(told)
                if told.seconds >= warm_up:
                    loaded.start()
    return octets


def _moved(pid: int, *, receives: bool) -> int:
    """Octets that a process has read or written; programs and files of its start are few."""
    name = "rchar" if receives else "wchar"
    try:
        lines = Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
