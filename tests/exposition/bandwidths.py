"""Snapshots in which routers are read and bandwidth is judged."""

from dataclasses import replace

import numpy as np

from bridgewatch.model.bandwidth import (
    AgentState,
    CapacityState,
    Contract,
    CounterGap,
    NeedState,
    Snmp,
    UseState,
)
from bridgewatch.model.snapshot import BandwidthColumns, JudgedColumns, Snapshot, SnmpStats


def with_judgements(snapshot: Snapshot) -> Snapshot:
    """Every other link is sold, every third counted, every fifth needed by an event, every seventh tested."""
    assert snapshot.people is not None
    count = len(snapshot.inventory.links)
    place = np.arange(count)
    inventory = replace(
        snapshot.inventory,
        links={
            name: replace(
                link,
                contract=Contract(20_000_000, 10_000_000) if row % 2 == 0 else None,
                snmp=Snmp("192.0.2.1", "Gi0/1") if row % 3 == 0 else None,
            )
            for row, (name, link) in enumerate(snapshot.inventory.links.items())
        },
    )
    rng = np.random.default_rng(5)
    judged = JudgedColumns(
        inventory,
        use=rng.integers(0, len(UseState), count).astype(np.uint8),
        capacity=rng.integers(0, len(CapacityState), count).astype(np.uint8),
        need=rng.integers(0, len(NeedState), count).astype(np.uint8),
        promised_down=np.where(place % 2 == 0, 100e6, np.nan),
        promised_up=np.where(place % 2 == 0, 50e6, np.nan),
        needed=np.where(place % 5 == 0, 4.8e6, np.nan),
        needed_for=np.full(count, None),
        measured_down=np.where(place % 7 == 0, 19.3e6, np.nan),
        measured_up=np.full(count, np.nan),
        most_down=np.full(count, np.nan),
        most_up=np.full(count, np.nan),
        tested_ns=np.where(place % 7 == 0, 1_790_000_000_500_000_000, 0),
    )
    return replace(snapshot, inventory=inventory, people=replace(snapshot.people, judged=judged))


def with_readings(snapshot: Snapshot) -> Snapshot:
    """Every router is read, and none has answered for a while."""
    count = len(snapshot.inventory.links)
    columns = BandwidthColumns(
        *(np.linspace(1e6, 9e6, count) for _ in range(2)),
        *(np.full(count, 20e6) for _ in range(2)),
        *(np.linspace(0, 3, count) for _ in range(3)),
        oper_up=np.ones(count, np.int64),
        gap=np.full(count, CounterGap.NONE, np.int64),
        agent=np.full(count, AgentState.SILENT, np.int64),
        agent_since_wall_ns=snapshot.wall_ns - np.arange(1, count + 1) * 60 * 10**9,
    )
    return replace(
        snapshot, bandwidth=columns, snmp=SnmpStats("pysnmp", 1, agents={AgentState.SILENT: count})
    )
