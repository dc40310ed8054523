"""Heartbeats for tests."""

from dataclasses import replace

from bridgewatch.model.heartbeats import Heartbeat, Vitals

SECOND = 1_000_000_000
WALL = 1_780_000_000 * SECOND
KEY = "a key of the tests, long enough"
WELL = Vitals(probing=True, looked=0.01, turned=1.5)


def beat(
    sequence: int = 1,
    *,
    boot: str = "first",
    vantage: str = "nha",
    sent_ns: int = WALL,
    back_within: float | None = None,
    **vitals: object,
) -> Heartbeat:
    return Heartbeat(
        vantage=vantage,
        boot=boot,
        sequence=sequence,
        sent_ns=sent_ns,
        version="0",
        every=15.0,
        vitals=replace(WELL, **vitals),  # type: ignore[arg-type]
        back_within=back_within,
    )
