"""What leaves the quality room: the windows that closed."""

from dataclasses import dataclass, fields

import numpy as np

from bridgewatch.core.quality.figures import PERCENTILES
from bridgewatch.model.observations import Flag, Int32, Int64, Real


@dataclass(frozen=True, slots=True)
class WindowBatch:
    """One row per path whose window closed. Seconds and ratios; NaN where undefined.

    The hop columns count what became known since this path's previous closing: over closings they count every
    probe exactly once, which overlapping windows do not. `hop_bursts` are the losses whose preceding sequence
    number was not lost, the beginnings of loss periods (RFC 3357).
    """

    path: Int32
    replies: Int64  # in time, with or without a valid RTT
    late: Int64
    lost: Int64
    unreachable: Int64
    local_error: Int64
    loss_ratio: Real
    loss_burst: Real  # packets; NaN when no fate tells of the link
    rtt_min: Real
    rtt_mean: Real
    rtt: Real  # [n, 3]: p50, p95, p99
    jitter_rfc3550: Real  # NaN when the window holds no RTT: an old value says nothing of it
    jitter_ipdv: Real
    jitter_pdv_p99: Real
    forward_jitter: Real  # rfc3550 of T2 - T1
    backward_jitter: Real  # rfc3550 of T4 - T3
    forward_loss: Real
    backward_loss: Real
    mos: Real
    hop_known: Int64
    hop_lost: Int64
    hop_bursts: Int64


def joined(batches: list[WindowBatch]) -> WindowBatch:
    """The rows of all `batches`, at least one, in their order."""
    if len(batches) == 1:
        return batches[0]
    columns = (field.name for field in fields(WindowBatch))
    return WindowBatch(*(np.concatenate([getattr(batch, name) for batch in batches]) for name in columns))


def picked(batch: WindowBatch, rows: Flag) -> WindowBatch:
    """Only those rows of `batch`."""
    return WindowBatch(*(getattr(batch, field.name)[rows] for field in fields(WindowBatch)))


def empty_batch() -> WindowBatch:
    """A batch of no windows."""
    whole, real = np.zeros(0, np.int64), np.zeros(0)
    path, rtt = np.zeros(0, np.int32), np.zeros((0, len(PERCENTILES)))
    shaped = {"path": path, "rtt": rtt}
    counts = dict.fromkeys(
        ("replies", "late", "lost", "unreachable", "local_error", "hop_known", "hop_lost", "hop_bursts"),
        whole,
    )
    reals = dict.fromkeys((field.name for field in fields(WindowBatch)), real)
    return WindowBatch(**(reals | counts | shaped))  # type: ignore[arg-type]
