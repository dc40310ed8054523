"""What the columns should hold, one path at a time, in the plainest Python that says it."""

from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, nan

from bridgewatch.model.observations import NO_TIME
from bridgewatch.model.words import Outcome
from tests.quality.events import Fate

BAD = {Outcome.LOST, Outcome.LATE, Outcome.UNREACHABLE}


def window_width(interval_ns: int) -> int:
    seconds = interval_ns / 1e9
    return max(1, min(750, max(ceil(15 / seconds - 1e-9), min(150, int(300 / seconds + 1e-9)))))


def percentile(values: list[float], q: int) -> float:
    """RFC 2330 11.3: the least value that at least q per cent of the values do not exceed."""
    if not values:
        return nan
    return next(v for v in sorted(values) if sum(w <= v for w in values) * 100 >= q * len(values))


@dataclass
class Path:
    width: int
    launched: list[int] = field(default_factory=list)
    fates: dict[int, Fate] = field(default_factory=dict)
    arrivals: list[Fate] = field(default_factory=list)
    hop: list[Outcome] = field(default_factory=list)
    hop_bursts: int = 0

    def observe(self, fate: Fate) -> None:
        if fate.seq in self.launched and fate.seq not in self.fates:
            self.fates[fate.seq] = fate
            self.arrivals.append(fate)
            self.hop.append(fate.outcome)
            before = self.fates.get(fate.seq - 1)
            if fate.outcome in BAD and not (before and before.outcome in BAD):
                self.hop_bursts += 1

    def count(self, outcome: Outcome) -> int:
        return sum(fate.outcome == outcome for fate in self.fates.values())

    def window(self) -> list[Fate | None]:
        """The last `width` sequence numbers, None where pending or never launched."""
        if not self.launched:
            return []
        newest = self.launched[-1]
        return [self.fates.get(seq) for seq in range(newest - self.width + 1, newest + 1)]

    def timed(self) -> list[Fate]:
        return [f for f in self.window() if f and f.outcome == Outcome.REPLY and f.rtt_ns != NO_TIME]

    def decided(self) -> list[Fate]:
        """The fates of the window before its oldest pending probe: later ones are known only if answered."""
        newest = self.launched[-1] if self.launched else -1
        pending = [seq for seq in self.launched if seq > newest - self.width and seq not in self.fates]
        before = min(pending, default=newest + 1)
        return [f for f in self.window() if f and f.seq < before and f.outcome != Outcome.LOCAL_ERROR]

    def figures(self) -> dict[str, float]:
        known = [f for f in self.window() if f and f.outcome != Outcome.LOCAL_ERROR]
        bad = [f for f in known if f.outcome in BAD]
        # Where nothing was lost there is nothing to make too small.
        loss_known = self.decided() if bad else known
        loss_bad = [f for f in loss_known if f.outcome in BAD]
        rtt = [f.rtt_ns / 1e9 for f in self.timed()]
        hop = [outcome for outcome in self.hop if outcome != Outcome.LOCAL_ERROR]
        p99 = percentile(rtt, 99)
        return {
            "replies": len(known) - len(bad),
            "late": sum(f.outcome == Outcome.LATE for f in known),
            "lost": sum(f.outcome == Outcome.LOST for f in known),
            "unreachable": sum(f.outcome == Outcome.UNREACHABLE for f in known),
            "local_error": sum(f.outcome == Outcome.LOCAL_ERROR for f in self.window() if f),
            "loss_ratio": len(loss_bad) / len(loss_known) if loss_known else nan,
            "loss_burst": longest_burst(loss_known) if known else nan,
            "rtt_min": min(rtt, default=nan),
            "rtt_mean": sum(rtt) / len(rtt) if rtt else nan,
            "p50": percentile(rtt, 50),
            "p95": percentile(rtt, 95),
            "p99": p99,
            "jitter_rfc3550": rfc3550([f.rtt_ns for f in self.all_timed()]) if rtt else nan,
            "jitter_ipdv": ipdv(self.window()),
            "jitter_pdv_p99": p99 - min(rtt) if len(rtt) >= 100 else nan,
            "hop_known": len(hop),
            "hop_lost": sum(outcome in BAD for outcome in hop),
            "hop_bursts": self.hop_bursts,
        }

    def all_timed(self) -> list[Fate]:
        return [f for f in self.arrivals if f.outcome == Outcome.REPLY and f.rtt_ns != NO_TIME]


def longest_burst(known: list[Fate]) -> int:
    longest = current = 0
    for fate in known:
        current = current + 1 if fate.outcome in BAD else 0
        longest = max(longest, current)
    return longest


def rfc3550(durations_ns: list[int]) -> float:
    if len(durations_ns) < 2:
        return nan
    jitter = 0.0
    for before, after in pairwise(durations_ns):
        jitter += (abs(after - before) - jitter) / 16
    return jitter / 1e9


def ipdv(window: list[Fate | None]) -> float:
    def rtt(fate):
        return fate.rtt_ns if fate and fate.outcome == Outcome.REPLY and fate.rtt_ns != NO_TIME else None

    pairs = [(rtt(a), rtt(b)) for a, b in pairwise(window)]
    apart = [abs(b - a) for a, b in pairs if a is not None and b is not None]
    return sum(apart) / len(apart) / 1e9 if apart else nan
