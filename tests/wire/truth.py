"""What the forwarder's log says about each probe, in words that compare with what the pipeline told."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridgewatch.adapters.wire.addresses import halves
from tests.lab.forwarder_log import Done
from tests.lab.impaired_link import select_way
from tests.lab.packets import UDP
from tests.wire.rig import Rig

_ECHO: Final = (0, 8, 128, 129)
_T1_OF_REQUEST: Final = 4
_T1_OF_REPLY: Final = 28
_T3: Final = 4
_T2: Final = 16


class Key(NamedTuple):
    """What names a probe on the wire: the low half of its target's address, and its token."""

    target: int
    token: int


class Delivery(NamedTuple):
    """One reply that reached the vantage. `residence_ns` is T3 - T2 of STAMP, 0 of an echo."""

    key: Key
    out_ns: int
    residence_ns: int


@dataclass(frozen=True)
class Truth:
    """`asked_ns`: when the forwarder read each request. `deliveries`: intact replies, in order of leaving."""

    asked_ns: dict[Key, int]
    spoilt: set[Key]  # requests or replies whose checksum was left wrong
    deliveries: list[Delivery]

    def first(self) -> dict[Key, Delivery]:
        """The first reply to each probe that was answered."""
        first: dict[Key, Delivery] = {}
        for delivery in self.deliveries:
            first.setdefault(delivery.key, delivery)
        return first


def read_truth(log: NDArray[np.void]) -> Truth:
    """Read rows of LOG; what hosts say of their own accord, such as MLD, is passed over."""
    log = log[np.isin(log["icmp_type"], _ECHO) | (log["protocol"] == UDP)]
    forward, backward = select_way(log, forward=True), select_way(log, forward=False)
    requests = list(zip(_keys(forward, is_reply=False), forward["in_ns"].tolist(), strict=True))
    spoilt = {
        key
        for rows, is_reply in ((forward, False), (backward, True))
        for key in _keys(rows[(rows["done"] & Done.BAD_CHECKSUM) != 0], is_reply=is_reply)
    }
    intact = backward[(backward["out_ns"] > 0) & ((backward["done"] & Done.BAD_CHECKSUM) == 0)]
    intact = intact[np.argsort(intact["out_ns"], kind="stable")]
    columns = (_keys(intact, is_reply=True), intact["out_ns"].tolist(), _residence_ns(intact).tolist())
    return Truth(dict(requests), spoilt, [Delivery(*row) for row in zip(*columns, strict=True)])


def names(rig: Rig, probes: NDArray[np.void]) -> list[Key]:
    """The name of each probe of the rig's ledger."""
    target = {rig.rows[path.key]: halves(path.host)[1] for path in rig.specs}
    rows = zip(probes["path"].tolist(), probes["token"].tolist(), strict=True)
    return [Key(target[path], token) for path, token in rows]


def _keys(rows: NDArray[np.void], *, is_reply: bool) -> list[Key]:
    is_stamp = rows["protocol"] == UDP
    at = np.where(is_stamp, _T1_OF_REPLY if is_reply else _T1_OF_REQUEST, 0)
    octets = np.take_along_axis(rows["payload"], at[:, None] + np.arange(8), axis=1)
    token = np.ascontiguousarray(octets).view(np.uint64)[:, 0]
    target = rows["source" if is_reply else "destination"][:, 1]
    return [Key(*row) for row in zip(target.tolist(), token.tolist(), strict=True)]


def _residence_ns(replies: NDArray[np.void]) -> NDArray[np.int64]:
    t3, t2 = (
        np.ascontiguousarray(replies["payload"][:, at : at + 8]).view(">u8")[:, 0].astype(np.uint64)
        for at in (_T3, _T2)
    )
    units = (t3 - t2).astype(np.int64)  # of 2^-32 s
    return np.where(replies["protocol"] == UDP, units * 1_000_000_000 >> 32, 0)
