"""Where a daemon keeps its state when nobody says so."""

import os
from collections.abc import Mapping
from pathlib import Path


def default_state_dir(environment: Mapping[str, str] = os.environ, *, name: str = "bridgewatch") -> Path:
    """What the service manager gave, else /var/lib for root and the XDG state folder for everyone else."""
    if given := environment.get("STATE_DIRECTORY"):
        return Path(given.split(":")[0])
    if os.geteuid() == 0:
        return Path("/var/lib") / name
    base = environment.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / name
