"""Batches of columns that leave the probing room. Times are nanoseconds of the monotonic clock."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

Int8 = NDArray[np.uint8]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Word = NDArray[np.uint64]
Flag = NDArray[np.bool_]
Real = NDArray[np.float64]

NO_TIME: Final = -(2**63)  # marks an absent int64 duration or instant


def _no_rows() -> Int32:
    return np.zeros(0, np.int32)


def _no_times() -> Int64:
    return np.zeros(0, np.int64)


def _no_addresses() -> Word:
    return np.zeros((0, 2), np.uint64)


def _no_flags() -> Flag:
    return np.zeros(0, np.bool_)


@dataclass(frozen=True, slots=True)
class Observations:
    """What became known in one tick, each row one event, in the order it happened.

    Outcome rows (`path`, `seq`, `outcome`, `sent_ns`, `rtt_ns`, ...): one per probe whose fate is decided.
    `rtt_ns` is NO_TIME unless the outcome is REPLY and no clock step fell between its two stamps.
    `forward_ns` and `backward_ns` are T2-T1 and T4-T3 of STAMP (they contain the clocks' offset), else
    NO_TIME; `reflected` is the reflector's own sequence number, else -1.

    Silence rows (`quiet_*`): paths of which one more probe passed its grace unanswered.
    `duplicates` and `reordered` list a path once per packet seen.

    Error rows (`error_*`): probes whose outcome is UNREACHABLE, and who said so. A refusal came from the
    target itself, whose port is closed: nobody answers there, but the path is alive both ways. It ends a
    silence like a reply.
    """

    path: Int32
    seq: Int64
    outcome: Int8
    sent_ns: Int64
    rtt_ns: Int64
    forward_ns: Int64
    backward_ns: Int64
    reflected: Int64
    quiet_path: Int32
    quiet_count: Int32  # probes in a row, past their grace, since the last reply or refusal
    quiet_since_ns: Int64  # when the first of them was sent
    duplicates: Int32
    reordered: Int32
    error_path: Int32 = field(default_factory=_no_rows)
    error_sent_ns: Int64 = field(default_factory=_no_times)
    error_source: Word = field(default_factory=_no_addresses)  # [n, 2], as in Arrivals
    error_refusal: Flag = field(default_factory=_no_flags)
    error_proven: Flag = field(default_factory=_no_flags)  # it quoted the probe's token: nobody made it up
