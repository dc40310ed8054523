"""Where a daemon keeps its state when nobody says so."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path


def default_state_dir(environment: Mapping[str, str] = os.environ, *, name: str = "bridgewatch") -> Path:
    """What the service manager gave, else /var/lib for root and the XDG state folder for everyone else.

    Raises FileNotFoundError for a user without a home.
    """
    if given := environment.get("STATE_DIRECTORY"):
        return Path(given.split(":")[0])
    if os.geteuid() == 0:
        return Path("/var/lib") / name
    if base := environment.get("XDG_STATE_HOME"):
        return Path(base) / name
    try:
        return Path.home() / ".local" / "state" / name
    except RuntimeError:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "~") from None
