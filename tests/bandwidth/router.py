"""A router that counts truly, and an agent on it that tells of it in all the ways agents have."""

from bisect import bisect_right
from dataclasses import dataclass, field

from bridgewatch.core.bandwidth.counters import Reading

SECOND = 1_000_000_000
WORD, LONG = 1 << 32, 1 << 64


class Traffic:
    """Octets that really went by, piecewise at constant rates (octets/s)."""

    def __init__(self) -> None:
        self._starts = [0]
        self._totals = [0]
        self._rates = [0]

    def set_rate(self, at_ns: int, rate: int) -> None:
        """From `at_ns` on."""
        self._totals.append(self.until(at_ns))
        self._starts.append(at_ns)
        self._rates.append(rate)

    def until(self, at_ns: int) -> int:
        """Octets from the beginning until then."""
        place = bisect_right(self._starts, at_ns) - 1
        return self._totals[place] + self._rates[place] * (at_ns - self._starts[place]) // SECOND


@dataclass
class Agent:
    """Tells of the traffic: refreshed every `refresh` seconds, in 32 or 64 bits, since its last reset."""

    into: Traffic
    out: Traffic
    wide: bool = True
    refresh_ns: int = 0
    clock_is_cached: bool = False  # sysUpTime is of the refreshed table as well
    port_rate: int | None = 1_000_000_000
    first_octets: int = 0
    first_uptime: int = 0  # hundredths at 0
    index: int = 1
    booted_ns: int = 0
    zero: tuple[int, int] = (0, 0)  # what the counters' zero was in truth
    start: int = field(init=False)
    discontinuity: int = 0
    frozen_ns: int | None = None

    def __post_init__(self) -> None:
        self.start = self.first_octets
        self._uptime_offset = self.first_uptime

    def table_ns(self, at_ns: int) -> int:
        """When what it tells at an instant was counted."""
        if self.frozen_ns is not None:
            at_ns = min(at_ns, self.frozen_ns)
        if self.refresh_ns:
            at_ns -= (at_ns - self.booted_ns) % self.refresh_ns
        return max(at_ns, self.booted_ns)

    def reboot(self, at_ns: int, *, index: int) -> None:
        """It and the router begin anew."""
        self.booted_ns, self._uptime_offset, self.discontinuity = at_ns, 0, 0
        self.index = index
        self._reset(at_ns)

    def reset(self, at_ns: int, *, told: bool) -> None:
        """The counters begin anew; `told` by ifCounterDiscontinuityTime."""
        if told:
            self.discontinuity = self.uptime(at_ns)
        self._reset(at_ns)

    def _reset(self, at_ns: int) -> None:
        self.frozen_ns = None
        self.zero = (self.into.until(at_ns), self.out.until(at_ns))
        self.start = 0

    def uptime(self, at_ns: int) -> int:
        return ((at_ns - self.booted_ns) // 10_000_000 + self._uptime_offset) % WORD

    def read(self, asked_ns: int, read_ns: int, at_ns: int) -> Reading:
        """The answer to a question asked, read and answered at those instants."""
        table_ns = self.table_ns(read_ns)
        width = LONG if self.wide else WORD
        return Reading(
            asked_ns,
            at_ns,
            self.index,
            uptime=self.uptime(table_ns if self.clock_is_cached else read_ns),
            octets_in=(self.start + self.into.until(table_ns) - self.zero[0]) % width,
            octets_out=(self.start + self.out.until(table_ns) - self.zero[1]) % width,
            wide=self.wide,
            in_errors=0,
            out_errors=0,
            in_discards=0,
            out_discards=0,
            oper_status=1,
            port_rate=self.port_rate,
            discontinuity=self.discontinuity,
        )
