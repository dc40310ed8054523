"""Batches of columns that leave the probing room. Times are nanoseconds of the monotonic clock."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Observations:
    """What became known in one tick, each row one event, in the order it happened.

    Outcome rows (`path`, `seq`, `outcome`, `sent_ns`, `rtt_ns`, ...): one per probe whose fate is decided.
    `rtt_ns` is NO_TIME unless the outcome is REPLY and no clock step fell between its two stamps.
    `forward_ns` and `backward_ns` are T2-T1 and T4-T3 of STAMP (they contain the clocks' offset), else
    NO_TIME; `reflected` is the reflector's own sequence number, else -1.

    Silence rows (`quiet_*`): paths of which one more probe passed its grace unanswered.
    `duplicates` and `reordered` list a path once per packet seen.
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
    quiet_count: Int32  # probes in a row, past their grace, since the last reply
    quiet_since_ns: Int64  # when the first of them was sent
    duplicates: Int32
    reordered: Int32
