"""Quality as it is measured in busy hours: windows drawn as loss by chance and diurnal delay make them."""

import math

import numpy as np

from bridgewatch.core.health.thresholds import Judge
from bridgewatch.core.quality.batch import WindowBatch
from bridgewatch.core.quality.windows import HOP_NS
from tests.chain.month.script import DAY, HOUR, START, Month
from tests.chain.month.walk import Walk

PEAK = 2.5 * HOUR  # after START: half past nine in Vietnam
CONGESTED = 0.02  # of the links: their delay is over the first limit at the peak


class Quality:
    """Closes a window of each link that answers every 5 s, within the busy hours around each day's peak."""

    def __init__(self, month: Month, walk: Walk) -> None:
        self._walk = walk
        self._loss = month.shape.loss
        self._half = month.shape.busy * HOUR / 2
        self._inventory = month.inventory
        self._rng = rng = np.random.default_rng([month.seed, 4])
        count = len(walk.links)
        self._base = rng.uniform(0.004, 0.028, count)
        self._queue = rng.gamma(2.0, 0.001, count)
        self._standing = np.where(rng.random(count) < CONGESTED, 0.03, 0.0)
        self.start()

    def start(self) -> None:
        """The process starts: nothing is known."""
        self._judge = Judge(len(self._walk.references))
        rows = self._walk.links.astype(np.int32)
        profile = next(iter(self._inventory.links.values())).profile
        self._judge.know(profile)
        self._judge.admit(rows, profile)

    def next_ns(self, now: int) -> int:
        """When the next windows close."""
        if not self._half:
            return START + 10**9 * DAY
        after = now + HOP_NS
        into = (after - START - PEAK + self._half) % DAY
        return after if into < 2 * self._half else round(after + DAY - into)

    def measure(self, now: int) -> None:
        """One closing of all links that are not in a fault."""
        walk, rng = self._walk, self._rng
        chosen = np.flatnonzero(walk.cuts[walk.links] == 0)
        rows = walk.links[chosen].astype(np.int32)
        probes = np.maximum(HOP_NS // walk.interval[rows], 1)
        lost = rng.random((len(rows), int(probes.max()))) < self._loss
        lost &= np.arange(lost.shape[1]) < probes[:, None]
        bursts = lost & ~np.pad(lost, ((0, 0), (1, 0)))[:, :-1]
        wave = 1 + 0.8 * math.cos(2 * math.pi * (now - START - PEAK) / DAY)
        queue = self._queue[chosen] * wave
        n = len(rows)
        rtt = 2 * (self._base[chosen] + self._standing[chosen] * wave + queue * rng.gamma(15.0, 1 / 15.0, n))
        jitter = queue * rng.gamma(8.0, 1 / 8.0, n)
        pdv = np.where(probes >= 50, 4 * queue * rng.gamma(20.0, 1 / 20.0, n), np.nan)
        none, zero = np.full(n, np.nan), np.zeros(n, np.int64)
        batch = WindowBatch(
            path=rows,
            replies=probes - lost.sum(axis=1),
            late=zero,
            lost=lost.sum(axis=1),
            unreachable=zero,
            local_error=zero,
            loss_ratio=lost.mean(axis=1),
            loss_burst=none,
            rtt_min=none,
            rtt_mean=none,
            rtt=np.stack([rtt, rtt, rtt], axis=1),
            jitter_rfc3550=jitter,
            jitter_ipdv=none,
            jitter_pdv_p99=pdv,
            forward_jitter=none,
            backward_jitter=none,
            forward_loss=none,
            backward_loss=none,
            mos=none,
            hop_known=probes,
            hop_lost=lost.sum(axis=1),
            hop_bursts=bursts.sum(axis=1),
        )
        verdicts = self._judge.judge(batch)
        if verdicts.changed.any():
            at = verdicts.changed
            walk.health.judged(now, verdicts.path[at], verdicts.severity[at], verdicts.reason[at])
            walk.stirred = True
