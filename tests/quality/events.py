"""Builds observations from plain tuples, one row or many."""

from dataclasses import dataclass

import numpy as np

from bridgewatch.model.observations import NO_TIME, Observations
from bridgewatch.model.words import Outcome


@dataclass(frozen=True)
class Fate:
    """One outcome row."""

    path: int
    seq: int
    outcome: Outcome = Outcome.REPLY
    rtt_ns: int = NO_TIME
    forward_ns: int = NO_TIME
    backward_ns: int = NO_TIME
    reflected: int = -1


def batch(fates: list[Fate], duplicates: list[int] = (), reordered: list[int] = ()) -> Observations:
    def column(name, kind):
        return np.array([getattr(fate, name) for fate in fates], kind)

    nothing = np.zeros(0, np.int32)
    return Observations(
        path=column("path", np.int32),
        seq=column("seq", np.int64),
        outcome=column("outcome", np.uint8),
        sent_ns=np.zeros(len(fates), np.int64),
        rtt_ns=column("rtt_ns", np.int64),
        forward_ns=column("forward_ns", np.int64),
        backward_ns=column("backward_ns", np.int64),
        reflected=column("reflected", np.int64),
        quiet_path=nothing,
        quiet_count=nothing,
        quiet_since_ns=np.zeros(0, np.int64),
        duplicates=np.array(duplicates, np.int32),
        reordered=np.array(reordered, np.int32),
    )


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int32)
