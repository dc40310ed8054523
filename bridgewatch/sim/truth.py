"""What the simulated world really did: the measure of what a prober concludes."""

import numpy as np

from bridgewatch.model.observations import Int32, Int64
from bridgewatch.sim.world import Fate, Fates


class Truth:
    """Probes counted by fate, per path of `World.paths`.

    A probe was answered when the reply to it, not to a copy of it, came back; `copies` counts the packets
    that the network made beside the probes' own. What our host refused to send is not in here.
    """

    def __init__(self, paths: int) -> None:
        self.sent: Int64 = np.zeros(paths, np.int64)
        self.lost_forward: Int64 = np.zeros(paths, np.int64)
        self.lost_backward: Int64 = np.zeros(paths, np.int64)
        self.unreachable: Int64 = np.zeros(paths, np.int64)
        self.refused: Int64 = np.zeros(paths, np.int64)
        self.copies: Int64 = np.zeros(paths, np.int64)

    @property
    def answered(self) -> Int64:
        """Probes whose own reply came back, or still will."""
        return self.sent - self.lost_forward - self.lost_backward - self.unreachable - self.refused

    def book(self, path: Int32, fates: Fates) -> None:
        """Count the fates of probes [n] on `path` [n]."""
        np.add.at(self.sent, path, 1)
        fate = fates.fate[: len(path)]
        if fate.any():
            for column, value in (
                (self.lost_forward, Fate.LOST_FORWARD),
                (self.lost_backward, Fate.LOST_BACKWARD),
                (self.unreachable, Fate.UNREACHABLE),
                (self.refused, Fate.REFUSED),
            ):
                np.add.at(column, path[fate == value], 1)
        if len(fates.probe) > len(path):
            np.add.at(self.copies, path[fates.probe[len(path) :]], 1)
