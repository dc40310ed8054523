"""The process of one leg: reads it from stdin, tells its progress and its result, and ends.

It ends its whole process group when stdin closes: then the daemon is gone, or wants it to end.
"""

import asyncio
import contextlib
import os
import signal
import sys
from typing import Final

from bridgewatch.adapters.throughput.wire import Failed, Said, decode_leg, encode_said
from bridgewatch.model.bandwidth import Leg, Method, Throughput
from bridgewatch.model.phrases import phrase
from bridgewatch.model.ports import ThroughputError, ThroughputProgress

_NICE: Final = 5


def main() -> None:
    """Run the leg that stdin brings."""
    if os.getpgrp() != os.getpid():
        os.setpgrp()  # its group ends with it, and shall be its own
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    leg = decode_leg(sys.stdin.buffer.readline())
    with contextlib.suppress(BrokenPipeError):
        _say(asyncio.run(_measure(leg)))


async def _measure(leg: Leg) -> Said:
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _end_all)
    try:
        return await _run(leg)
    except ThroughputError as error:
        return Failed(error.why)
    except OSError as error:
        return Failed(phrase("the test failed here: {cause}", cause=error.strerror or str(error)))


async def _run(leg: Leg) -> Throughput:
    if leg.rate <= 0 or leg.streams <= 0:
        raise ThroughputError(phrase("nothing says how much the test may take"))
    # Each imported only where it is used: a process lives for one leg.
    if leg.method is Method.HTTP:
        from bridgewatch.adapters.throughput.http import run_http  # noqa: PLC0415

        return await run_http(leg, _tell)
    from bridgewatch.adapters.throughput.iperf3 import run_iperf3  # noqa: PLC0415

    return await run_iperf3(leg, _tell)


def _tell(progress: ThroughputProgress) -> None:
    _say(progress)


def _say(said: Said) -> None:
    sys.stdout.buffer.write(encode_said(said))
    sys.stdout.buffer.flush()


def _end_all() -> None:
    """Stdin is at its end, for nothing more is ever sent."""
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
