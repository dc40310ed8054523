"""Loss by direction on a real wire equals what the firewall dropped there, packet for packet.

Two paths share each target, and so a socket and a reflector's address: their ids alone tell the sessions apart.
"""

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from bridgewatch.core.quality.one_way import UNCOUNTED, ReflectorCounts, one_way_loss
from bridgewatch.core.quality.ring import CELL_OF
from bridgewatch.model.ids import KeyId
from bridgewatch.model.inventory import PathSpec
from bridgewatch.model.words import Outcome, ProbeKind
from tests.lab.line import NEAR, Line, plain_line
from tests.wire.far_end import reflector
from tests.wire.rig import Rig, count, spec

pytestmark = pytest.mark.root

RIGHT, WRONG = KeyId("right"), KeyId("wrong")
KEYS: Final = {RIGHT: bytes(range(32)), WRONG: bytes(32)}
WAYS: Final = {"forward": "udp dport 862", "return": "udp sport 862"}
KINDS: Final = (ProbeKind.STAMP, ProbeKind.STAMP_AUTHENTICATED)
SHARING: Final = 2


@dataclass(frozen=True)
class Case:
    """One target, how it is probed, and which way its packets are dropped."""

    address: str
    kind: ProbeKind
    way: str
    paths: tuple[PathSpec, ...]


def cases() -> list[Case]:
    numbers, found = itertools.count(), []
    for family in (4, 6):
        targets = Line.targets(len(KINDS) * len(WAYS), family=family)
        for address, (kind, way) in zip(targets, itertools.product(KINDS, WAYS), strict=True):
            key = RIGHT if kind is ProbeKind.STAMP_AUTHENTICATED else None
            paths = tuple(
                spec(next(numbers), address, kind=kind, interval=0.02, stateful=True, stamp_key=key)
                for _ in range(SHARING)
            )
            found.append(Case(address, kind, way, paths))
    return found


def lost_by_way(probes: NDArray[np.void]) -> dict[str, int]:
    """Probes of one path lost on the way out and back, as the windows count them: from the first answer on."""
    counts, row = ReflectorCounts(1), np.zeros(1, np.int64)
    counts.admit(row)
    slot = counts.slots(row)
    for probe in probes[probes["reflected"] != UNCOUNTED]:
        counts.observe(slot, probe["seq"][None], probe["reflected"][None])
    forward, backward = one_way_loss(
        CELL_OF[probes["outcome"]][None], counts.recent(slot, np.arange(len(probes)))
    )
    assert {int(probes["outcome"][0]), int(probes["outcome"][-1])} == {Outcome.REPLY}
    sent = len(probes) - 1
    out = round(forward[0] * sent)
    return {"forward": out, "return": round(backward[0] * (sent - out))}


def write_keys(folder) -> str:
    file = folder / "keys"
    file.write_text("".join(f"{network} {KEYS[RIGHT].hex()}\n" for network in NEAR))
    file.chmod(0o600)
    return str(file)


def test_loss_by_direction_is_what_the_firewall_dropped_there(lab, tmp_path):
    plain_line(lab)
    reflector(lab, "--keys", write_keys(tmp_path))
    chosen = cases()
    with lab.inside("vantage"), Rig([path for case in chosen for path in case.paths], keys=KEYS) as rig:
        rig.run(0.3)
        drops = [
            lab.drop("router", "forward", ratio=0.2, match=WAYS[case.way], addresses=[case.address])
            for case in chosen
        ]
        rig.run(1.5)
        for drop in drops:
            lab.lift(drop)
        rig.run(0.5)  # so that each path's last probe is answered
        rig.settle()
        probes = rig.probes()
    assert set(probes["token"].tolist()) <= rig.ledger.stamped.keys()  # the kernel's stamp of each was found
    for case, drop in zip(chosen, drops, strict=True):
        dropped = {way: lab.dropped(drop) if way == case.way else 0 for way in WAYS}
        told = [lost_by_way(probes[probes["path"] == rig.rows[path.key]]) for path in case.paths]
        assert {way: sum(one[way] for one in told) for way in WAYS} == dropped, case
        assert dropped[case.way] > 10
        assert all(one[case.way] for one in told)


def test_only_who_has_the_key_is_answered_where_that_is_required(lab, tmp_path):
    plain_line(lab)
    process = reflector(lab, "--keys", write_keys(tmp_path), "--require-authentication")
    targets = Line.targets(3)
    keys = (RIGHT, WRONG, None)
    paths = [
        spec(
            number,
            address,
            kind=ProbeKind.STAMP if key is None else ProbeKind.STAMP_AUTHENTICATED,
            stamp_key=key,
        )
        for number, (address, key) in enumerate(zip(targets, keys, strict=True))
    ]
    with lab.inside("vantage"), Rig(paths, keys=KEYS) as rig:
        rig.run(1.0)
        rig.settle()
        probes = rig.probes()
        seen = [probes[probes["path"] == rig.rows[path.key]] for path in paths]
    assert [count(rows, Outcome.REPLY) / len(rows) for rows in seen] == [1.0, 0.0, 0.0]
    assert [count(rows, Outcome.LOST) / len(rows) for rows in seen] == [0.0, 1.0, 1.0]
    for said in ("refusing packets that no key of their sender sealed", "refusing packets that are not auth"):
        process.wait_for(said, 10.0)


@pytest.mark.soak
def test_a_reflector_that_restarts_loses_nothing_on_the_way_back(lab, tmp_path):
    plain_line(lab)
    keys = write_keys(tmp_path)
    process = reflector(lab, "--keys", keys)
    paths = [path for case in cases() for path in case.paths]
    with lab.inside("vantage"), Rig(paths, keys=KEYS) as rig:
        rig.run(1.0)
        process.stop()
        rig.run(0.5)
        reflector(lab, "--keys", keys)
        rig.run(1.0)
        rig.settle()
        probes = rig.probes()
    for path in paths:
        mine = probes[probes["path"] == rig.rows[path.key]]
        refused = count(mine, Outcome.UNREACHABLE) + count(mine, Outcome.LOST)
        assert refused > 0
        assert lost_by_way(mine) == {"forward": refused, "return": 0}
