"""net-snmp's agent as a child process, on a port of its own."""

import os
import shutil
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import pytest

from tests.lab.process import Process

SNMPD = shutil.which("snmpd") or shutil.which("snmpd", path="/usr/sbin:/sbin")
COMMUNITY = "khoa-phong-hop"
AUTH_KEY, PRIV_KEY = "xac-thuc-0650", "ma-hoa-0650"


def free_port() -> int:
    """A UDP port of loopback that nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Snmpd:
    """One agent with its own state directory; `prefix` runs it elsewhere, as in a namespace."""

    def __init__(
        self, folder: Path, *lines: str, address: str = "127.0.0.1", prefix: Sequence[str] = ()
    ) -> None:
        if SNMPD is None:
            pytest.skip("needs Debian's package snmpd")
        self.address, self.port = address, free_port()
        self._folder = folder
        self._prefix = prefix
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "snmpd.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._process: Process | None = None

    def start(self) -> None:
        """Start it; it answers when this returns."""
        where = (
            f"udp6:[{self.address}]:{self.port}" if ":" in self.address else f"udp:{self.address}:{self.port}"
        )
        argv = [SNMPD, "-f", "-Lo", "-C", "-c", str(self._folder / "snmpd.conf")]
        argv += ["-p", str(self._folder / "pid"), "-m", "", "-M", str(self._folder), where]
        environment = os.environ | {"SNMP_PERSISTENT_DIR": str(self._folder / "state")}
        self._process = Process([*self._prefix, *argv], env=environment)
        self._process.wait_for("NET-SNMP version")

    def stop(self) -> None:
        """End it, as a power cut would."""
        if self._process is not None:
            self._process.signal(9)
            self._process.wait()
            self._process = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
