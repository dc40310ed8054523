"""The tests' end of the TUN forwarder: starts it, steers it, reads its log."""

import fcntl
import json
import os
import signal
import struct
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from tests.lab.forwarder_log import BACKWARD, FORWARD, read_log
from tests.lab.impairment import Impairment
from tests.lab.namespaces import LabError
from tests.lab.process import Process

if TYPE_CHECKING:
    from tests.lab.topology import End

ROOT: Final = Path(__file__).parents[2]
_TUNSETIFF: Final = 0x400454CA
_IFF_TUN: Final = 0x0001
_IFF_NO_PI: Final = 0x1000


def open_tun(device: str) -> int:
    """Make a TUN device of that name in the network of the calling thread; it lives while this is open."""
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22x", device.encode(), _IFF_TUN | _IFF_NO_PI))
    except OSError:
        os.close(tun)
        raise
    return tun


class ImpairedLink:
    """A link whose packets pass the forwarder. `a` and `b` are its ends, forward is from `a` to `b`."""

    def __init__(
        self,
        a: "End",
        b: "End",
        tuns: tuple[int, int],
        log: Path,
        forward: Impairment | None,
        backward: Impairment | None,
        seed: int,
    ) -> None:
        self.a = a
        self.b = b
        self.log_path = log
        self._settings = [forward or Impairment(), backward or Impairment()]
        wanted = {"tuns": tuns, "log": str(log), "seed": seed, "impairments": self._documents()}
        argv = [sys.executable, "-m", "tests.lab.forwarder", json.dumps(wanted)]
        self._process = Process(argv, cwd=ROOT, pass_fds=tuns)
        self._read_answer()

    def impair(self, **changes: Any) -> None:
        """Change settings of both directions, by their names in Impairment; in force on return."""
        self._set([replace(settings, **changes) for settings in self._settings])

    def impair_forward(self, **changes: Any) -> None:
        """Change settings of the way from `a` to `b` only."""
        forward, backward = self._settings
        self._set([replace(forward, **changes), backward])

    def impair_backward(self, **changes: Any) -> None:
        """Change settings of the way from `b` to `a` only."""
        forward, backward = self._settings
        self._set([forward, replace(backward, **changes)])

    def log(self) -> NDArray[np.void]:
        """The rows of LOG so far: every packet whose fate is sealed. Packets still delayed come later."""
        if self._process.returncode is None:
            self._ask({"flush": True})
        return read_log(self.log_path)

    def settled_log(self) -> NDArray[np.void]:
        """The log once nothing is on its way any more; call it when nobody sends.

        Raises:
            LabError: packets keep coming.

        """
        self._ask({"settle": True})
        return read_log(self.log_path)

    def freeze(self) -> None:
        """Stop moving packets, as a stalled router does: they wait in the device's queue."""
        self._process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on after `freeze`."""
        self._process.signal(signal.SIGCONT)

    def cpu_seconds(self) -> float:
        """Processor time the forwarder has taken so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End the forwarder; both devices vanish, what still waits is logged as abandoned."""
        if self._process.returncode is None:
            self.thaw()
            self._process.end_input()
        if code := self._process.wait():
            raise LabError(f"the forwarder failed with {code}: {self._process.output}")

    def _documents(self) -> list[dict[str, object]]:
        return [settings.as_json() for settings in self._settings]

    def _set(self, settings: list[Impairment]) -> None:
        self._settings = settings
        self._ask({"set": self._documents()})

    def _ask(self, order: dict[str, object]) -> dict[str, Any]:
        self._process.say(json.dumps(order))
        return self._read_answer()

    def _read_answer(self) -> dict[str, Any]:
        answer = json.loads(self._process.wait_for(r"^\{.*\}$")[0])
        if not answer["ok"]:
            raise LabError(answer["error"])
        return answer


def select_way(log: NDArray[np.void], *, forward: bool) -> NDArray[np.void]:
    """The rows of one direction."""
    return log[log["direction"] == (FORWARD if forward else BACKWARD)]
