"""What iperf3 says at its end, read into a result. Its output is hostile: half of it is the server's.

In reverse (-R) the sender is the far end, of which a client learns octets and retransmits, never round trips.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, Final

from bridgewatch.model.bandwidth import Leg, Method, Throughput
from bridgewatch.model.phrases import Phrase, phrase
from bridgewatch.model.ports import ThroughputError

_BITS: Final = 8
_MICROSECOND: Final = 1e-6
_MILLISECOND: Final = 1e-3
_LONGEST_QUOTE: Final = 200

# What iperf3 says, and what it means to somebody who waits for the result.
_ERRORS: Final = (
    ("the server is busy", phrase("the server is busy with another test")),
    (
        "Connection refused",
        phrase("the server refuses connections: no iperf3 listens there"),
    ),
    ("timed out", phrase("the server does not answer")),
    ("Operation now in progress", phrase("the server does not answer")),
    ("No route to host", phrase("there is no route to the server")),
    ("Network is unreachable", phrase("there is no route to the server")),
    ("test authorization failed", phrase("the server wants a password")),
    ("total bit rate limit", phrase("the server allows less than the rate of this test")),
    ("unrecognized option", phrase("this iperf3 is too old: 3.12 or later is needed")),
    ("unrecognised option", phrase("this iperf3 is too old: 3.12 or later is needed")),
    ("unable to receive parameters", phrase("the server's iperf3 speaks another protocol")),
    ("unable to create a new stream", phrase("the test's streams do not get through to the server")),
    ("unable to receive control message", phrase("the server closed the connection: it may not know us")),
    ("control socket has closed unexpectedly", phrase("the server broke the test off")),
    ("unable to send control message", phrase("the server broke the test off")),
    ("the server has terminated", phrase("the server broke the test off")),
    ("unable to read from stream", phrase("the test's streams broke off")),
    ("unable to write to stream", phrase("the test's streams broke off")),
    ("error binding to device", phrase("the egress's interface cannot be used")),
    ("Cannot assign requested address", phrase("the egress's source address is not ours")),
    ("No such device", phrase("the egress's interface is not there")),
)
_LACKING: Final = phrase("iperf3's report lacks its figures: the test may have been cut short")

Part = Mapping[str, Any]


def read_report(
    output: bytes, leg: Leg, *, base_rtt: float | None, rtt: float | None, octets: int
) -> Throughput:
    """The result of a leg.

    `rtt` by probes beside the test, where there was any; `octets` counts those of the warm-up, too. Raises
    ThroughputError.
    """
    try:
        report = json.loads(output)
    except (ValueError, RecursionError):
        raise ThroughputError(phrase("iperf3 said what cannot be read")) from None
    if not isinstance(report, dict):
        raise ThroughputError(phrase("iperf3 said what cannot be read"))
    if "error" in report:
        raise ThroughputError(explain(str(report["error"])))
    end = _part(report, "end")
    read = _udp if leg.method is Method.UDP else _tcp
    try:
        return read(report, end, leg, base_rtt, rtt, octets)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise ThroughputError(
            phrase("iperf3's report lacks its figures: the test may have been cut short")
        ) from None


def explain(said: str) -> Phrase:
    """A plain sentence for what iperf3 said."""
    for words, meaning in _ERRORS:
        if words in said:
            return meaning
    quoted = "".join(letter if letter.isprintable() else " " for letter in said)[:_LONGEST_QUOTE]
    if not quoted.strip():
        return phrase("iperf3 says nothing")
    return phrase("iperf3 says: {words}", words=quoted.strip())


def _tcp(
    report: Part, end: Part, leg: Leg, base_rtt: float | None, rtt: float | None, octets: int
) -> Throughput:
    received, sent = _part(end, "sum_received"), _part(end, "sum_sent")
    arrived, seconds = _number(received, "bytes"), _number(received, "seconds")
    efficiency = None
    if "retransmits" in sent and _number(sent, "bytes"):
        # Counted in segments, of which all that are sent again are taken for full ones.
        again = _number(sent, "retransmits") * _number(_part(report, "start"), "tcp_mss_default")
        efficiency = max(0.0, 1.0 - again / (_number(sent, "bytes") + again))
    return Throughput(
        direction=leg.direction,
        method=leg.method,
        rate=_rate(arrived, seconds),
        octets=max(octets, int(arrived)),
        seconds=seconds,
        streams=leg.streams,
        efficiency=efficiency,
        base_rtt=base_rtt,
        rtt=rtt or _senders_rtt(end),
    )


def _udp(
    report: Part, end: Part, leg: Leg, base_rtt: float | None, rtt: float | None, octets: int
) -> Throughput:
    """Datagrams that arrived, counted: some versions tell the sender's octets as received.

    There is no warm-up, so what shaper and queue of the link hold at first counts, too: a burst of some ten
    thousand octets.
    """
    seconds = _number(_part(end, "sum_received"), "seconds")
    size = _number(_part(_part(report, "start"), "test_start"), "blksize")
    total = _part(end, "sum")
    sent, lost = _number(total, "packets"), _number(total, "lost_packets")
    if lost > sent or not sent:
        raise ValueError
    return Throughput(
        direction=leg.direction,
        method=leg.method,
        rate=_rate((sent - lost) * size, seconds),
        octets=max(octets, int(sent * size)),
        seconds=seconds,
        streams=leg.streams,
        base_rtt=base_rtt,
        rtt=rtt,
        loss=lost / sent,
        jitter=_number(total, "jitter_ms") * _MILLISECOND,
    )


def _rate(octets: float, seconds: float) -> float:
    if seconds <= 0:
        raise ValueError
    return octets * _BITS / seconds


def _senders_rtt(end: Part) -> float | None:
    """The mean of the streams' mean round trips, where the sender is ours."""
    streams = end.get("streams")
    senders = [_part(each, "sender") for each in streams if isinstance(each, dict)] if streams else []
    means = [_number(each, "mean_rtt") * _MICROSECOND for each in senders if each.get("mean_rtt")]
    return sum(means) / len(means) if means else None


def _part(document: Part, key: str) -> Part:
    part = document.get(key)
    if not isinstance(part, dict):
        raise ThroughputError(_LACKING)
    return part


def _number(part: Part, key: str) -> float:
    """Raises ValueError: not there, no number, or none that a test could come to."""
    value = part.get(key)
    number = float(value) if isinstance(value, int | float) else math.nan
    if not math.isfinite(number) or number < 0:
        raise ValueError(key)
    return number
