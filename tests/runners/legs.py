"""Legs to run, and reports as iperf3 3.12 makes them."""

from typing import Any

from bridgewatch.model.bandwidth import Direction, Leg, Method, Server
from bridgewatch.model.ids import ServerId


def leg(method: Method = Method.TCP, direction: Direction = Direction.UP, **changes: Any) -> Leg:
    server = {
        name: changes.pop(name) for name in ("host", "port", "url", "download", "upload") if name in changes
    }
    # The runner is at the site unless it is said: what it gets is down.
    made = {"seconds": 1.0, "streams": 2, "rate": 8_000_000, "at_site": True, **changes}
    far = Server(ServerId("far"), method, **{"host": "127.0.0.1", **server})
    return Leg(server=far, method=method, direction=direction, **made)


def tcp_report(**end: Any) -> dict[str, Any]:
    """10,000,000 octets in 4 s; 70 segments of 1,448 were sent again."""
    sums = {
        "streams": [
            {"sender": {"mean_rtt": 40_000}, "receiver": {}},
            {"sender": {"mean_rtt": 60_000}, "receiver": {}},
        ],
        "sum_sent": {"bytes": 10_136_000, "seconds": 4.0, "retransmits": 70, "sender": True},
        "sum_received": {"bytes": 10_000_000, "seconds": 4.0, "sender": True},
    }
    return {"start": {"tcp_mss_default": 1448}, "intervals": [], "end": sums | end}


def udp_report(**end: Any) -> dict[str, Any]:
    """1,000 datagrams of 1,200 octets in 2 s, of which 100 were lost; as 3.12 does, received tells what was sent."""
    sums = {
        "sum": {"packets": 1000, "lost_packets": 100, "jitter_ms": 1.5, "seconds": 2.0, "bytes": 1_200_000},
        "sum_received": {"bytes": 1_200_000, "seconds": 2.0},
    }
    return {"start": {"test_start": {"blksize": 1200}}, "intervals": [], "end": sums | end}
