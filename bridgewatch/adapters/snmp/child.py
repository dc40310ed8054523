"""The process that speaks SNMP: `python -m bridgewatch.adapters.snmp.child`.

Orders come on standard input, secrets among them, and reports leave on standard output (see `wire`). It ends
when its standard input does, so it never outlives the daemon, however that ended.
"""

import contextlib
import gc
import os
import resource
import select
from typing import Final

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.adapters.snmp.pysnmp_port import PysnmpPort
from bridgewatch.adapters.snmp.runner import Runner
from bridgewatch.adapters.snmp.wire import Report, decode_orders, encode
from bridgewatch.model.ports import Clock, SnmpPort

_NICE: Final = 5  # probing goes first
_TURN_SECONDS: Final = 0.02
_READ_AT_ONCE: Final = 1 << 16


def main() -> None:
    """Work until standard input ends."""
    os.nice(_NICE)
    reports = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not garble the reports
    clock = SystemClock()
    with (
        contextlib.suppress(BrokenPipeError, KeyboardInterrupt),
        contextlib.closing(make_port(clock)) as port,
    ):

        def tell(report: Report) -> None:
            reports.write(encode(report))
            reports.flush()

        gc.collect()
        gc.freeze()
        work(Runner(port, clock, tell), 0)


def make_port(clock: Clock) -> SnmpPort:
    """The fastest port that is installed; logins say whether its speed is wanted."""
    try:
        from bridgewatch.adapters.snmp.fast_port import FastPort  # noqa: PLC0415 - an extra
    except ImportError:
        return PysnmpPort(clock)
    _raise_file_limit()
    return FastPort(clock)


def _raise_file_limit() -> None:
    """A socket for every open question needs more than the usual thousand."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # then pysnmp asks what finds no socket
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def work(runner: Runner, orders: int) -> None:
    """Turn after turn, until the file descriptor `orders` ends."""
    buffer = bytearray()
    while True:
        ready, _, _ = select.select([orders], [], [], _TURN_SECONDS)
        if ready:
            octets = os.read(orders, _READ_AT_ONCE)
            if not octets:
                return
            buffer += octets
            for order in decode_orders(buffer):
                runner.hear(order)
        runner.turn()


if __name__ == "__main__":
    main()
