"""Our own reflector on the far host of a line."""

import sys
from pathlib import Path
from typing import Final

from tests.lab.line import NEAR
from tests.lab.process import Process
from tests.lab.topology import Lab

ROOT: Final = Path(__file__).parents[2]


def reflector(lab: Lab, *options: str, host: str = "far", allow: tuple[str, ...] = NEAR) -> Process:
    """Answer STAMP on port 862 of every address of the host; counting per session unless told otherwise."""
    # A reply leaves from the address that was asked; IPv6 lets AnyIP addresses be asked, but not answer so.
    lab.sysctl(host, {"net.ipv6.ip_nonlocal_bind": "1"})
    admitted = [word for subnet in allow for word in ("--allow", subnet)]
    command = [sys.executable, "-m", "bridgewatch", "reflector", "--listen", ":862", "--rate", "50000"]
    process = lab.popen(host, [*command, *admitted, *options], cwd=ROOT)
    process.wait_for("reflecting on", 60.0)
    return process
