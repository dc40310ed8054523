"""Talks to the service manager: state notifications and inherited sockets (sd_notify(3), sd_listen_fds(3)).

The protocol is one datagram of text and three environment variables, stable for ten years by promise; a
binding would bring a C library and a build dependency for these lines.
"""

import os
import socket
from collections.abc import MutableMapping
from typing import Final

_FIRST_FD: Final = 3
_MICROSECONDS: Final = 1_000_000


class Notifier:
    """Sends state to the manager that started this process; without one, every call does nothing.

    A datagram that cannot be sent is dropped: telling the manager must never stop the work it is told of.
    """

    def __init__(self, environment: MutableMapping[str, str] | None = None) -> None:
        environment = os.environ if environment is None else environment
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) if address else None
        if self._socket is not None:
            self._socket.setblocking(False)
        self.watchdog_seconds: Final = _watchdog_seconds(environment)

    def ready(self, status: str) -> None:
        """Start-up or reload is complete."""
        self._send("READY=1", f"STATUS={_line(status)}")

    def status(self, status: str) -> None:
        """One line for people who look at the unit."""
        self._send(f"STATUS={_line(status)}")

    def reloading(self, monotonic_ns: int) -> None:
        """A reload begins; `ready` ends it. The time keeps Type=notify-reload from pairing it wrongly."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={monotonic_ns // 1000}")

    def stopping(self) -> None:
        """The end begins."""
        self._send("STOPPING=1")

    def watchdog(self) -> None:
        """Alive: to be said at least every `watchdog_seconds`, better twice as often."""
        self._send("WATCHDOG=1")

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, *assignments: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto("\n".join(assignments).encode(), self._address)
        except OSError:
            return


def inherited_sockets(environment: MutableMapping[str, str] | None = None) -> list[socket.socket]:
    """The sockets the manager opened for this process, in the order of its unit; an empty list without any.

    The variables are removed: a child must not take them for its own.
    """
    environment = os.environ if environment is None else environment
    pid = environment.pop("LISTEN_PID", "")
    count = environment.pop("LISTEN_FDS", "")
    environment.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or not count.isdecimal():
        return []
    sockets = [socket.socket(fileno=fd) for fd in range(_FIRST_FD, _FIRST_FD + int(count))]
    for inherited in sockets:
        inherited.set_inheritable(False)
    return sockets


def _watchdog_seconds(environment: MutableMapping[str, str]) -> float | None:
    period = environment.get("WATCHDOG_USEC", "")
    if not period.isdecimal() or environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(period) / _MICROSECONDS or None


def _line(text: str) -> str:
    return " ".join(text.split())
