"""Pings loopback through one Python library and prints `sent received`; a process of its own per figure.

python -m tests.bench.libraries NAME PROBES IN_FLIGHT
"""

# ruff: noqa: T201, PLC0415 - prints its result; imports only the library it measures

import asyncio
import logging
import sys

from tests.bench.probing import address


async def gufo(probes: int, in_flight: int) -> int:
    """gufo-ping: one socket, a Rust core."""
    from gufo.ping import Ping

    ping, answered, turn = Ping(timeout=2.0), 0, asyncio.Semaphore(in_flight)

    async def one(number: int) -> None:
        nonlocal answered
        async with turn:
            answered += await ping.ping(address(number)) is not None

    await asyncio.gather(*(one(number) for number in range(probes)))
    return answered


async def icmplib(probes: int, in_flight: int) -> int:
    """icmplib: a socket per call of async_multiping."""
    from icmplib import async_multiping

    hosts = await async_multiping(
        [address(number) for number in range(probes)], count=1, timeout=2, concurrent_tasks=in_flight
    )
    return sum(host.is_alive for host in hosts)


async def aioping(probes: int, in_flight: int) -> int:
    """aioping: a socket and a look-up per ping."""
    import aioping as library

    logging.getLogger("aioping").setLevel(logging.CRITICAL)
    answered, turn = 0, asyncio.Semaphore(in_flight)

    async def one(number: int) -> None:
        nonlocal answered
        async with turn:
            try:
                await library.ping(address(number), timeout=2)
            except OSError:
                return
            answered += 1

    await asyncio.gather(*(one(number) for number in range(probes)))
    return answered


LIBRARIES = {"gufo-ping": gufo, "icmplib": icmplib, "aioping": aioping}

if __name__ == "__main__":
    name, probes, in_flight = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    print(probes, asyncio.run(LIBRARIES[name](probes, in_flight)))
