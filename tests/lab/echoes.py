"""Echo requests by fping, counted: the plain prober that the lab is proved with."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from tests.lab.topology import Lab

_RESULT: Final = re.compile(r"^\S+ +:((?: -| [\d.]+)+)$", re.MULTILINE)


class Echoes(NamedTuple):
    """How many requests were sent and how many of them were answered."""

    sent: int
    answered: int

    @property
    def missing(self) -> int:
        """Those without an answer."""
        return self.sent - self.answered


def fping(
    lab: Lab, host: str, targets: Sequence[str], *, each: int = 1, size: int = 56, timeout_ms: int = 2000
) -> Echoes:
    """Ask every target `each` times, some 2000 requests a second in all, `size` octets of payload."""
    gap_ms = 0.5
    period_ms = max(10.0, gap_ms * len(targets))
    pace = ["-i", str(gap_ms), "-p", str(period_ms), "-t", str(timeout_ms), "-b", str(size)]
    done = lab.run(host, ["fping", "-q", "-C", str(each), *pace, *targets], check=False)
    results = [found[1].split() for found in _RESULT.finditer(done.stderr)]
    if len(results) != len(targets) or any(len(times) != each for times in results):
        raise AssertionError(f"fping did not do its work: {done.stderr}")
    return Echoes(len(targets) * each, sum(time != "-" for times in results for time in times))
