"""What is believed of iperf3's report."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.adapters.throughput.iperf3 import arguments
from bridgewatch.adapters.throughput.iperf3_report import read_report
from bridgewatch.model.bandwidth import Direction, Method, Throughput
from bridgewatch.model.ports import ThroughputError
from tests.runners.legs import leg, tcp_report, udp_report


def read(report: object, method: Method = Method.TCP, rtt: float | None = 0.05) -> Throughput:
    raw = report if isinstance(report, bytes) else json.dumps(report).encode()
    return read_report(raw, leg(method), base_rtt=0.01, rtt=rtt, octets=11_000_000)


def test_tcp_is_what_the_receiver_got_over_its_own_seconds() -> None:
    assert read(tcp_report()).rate == 20_000_000


def test_efficiency_is_the_share_of_octets_that_were_not_sent_again() -> None:
    assert read(tcp_report()).efficiency == pytest.approx(1 - 70 * 1448 / (10_136_000 + 70 * 1448))


def test_buffer_delay_compares_round_trips_beside_the_test_with_those_before() -> None:
    assert read(tcp_report()).buffer_delay == pytest.approx(4.0)


def test_without_probes_beside_it_the_senders_own_round_trips_count() -> None:
    assert read(tcp_report(), rtt=None).rtt == pytest.approx(0.05)


def test_in_reverse_the_sender_tells_no_round_trips() -> None:
    assert read(tcp_report(streams=[{"sender": {"mean_rtt": 0}}]), rtt=None).rtt is None


def test_octets_are_those_of_the_warm_up_too() -> None:
    assert read(tcp_report()).octets == 11_000_000


def test_udp_is_the_datagrams_that_arrived_whatever_the_report_says_of_octets() -> None:
    result = read(udp_report(), Method.UDP)
    assert (result.rate, result.loss, result.jitter) == (900 * 1200 * 8 / 2.0, 0.1, pytest.approx(0.0015))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("error - the server is busy running a test. try again later", "busy with another test"),
        ("unable to connect to server: Connection refused", "refuses connections"),
        ("unable to connect to server: Connection timed out", "does not answer"),
        ("test authorization failed", "wants a password"),
        ("something new\x1b[31m", "iperf3 says: something new"),
        ("", "iperf3 says nothing"),
    ],
)
def test_an_error_is_said_in_plain_words(said: str, meant: str) -> None:
    with pytest.raises(ThroughputError, match=meant) as raised:
        read({"start": {}, "end": {}, "error": said})
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    "report",
    [
        b"",
        b"[]",
        b"{" * 100_000,
        b'{"end": ' + b"[" * 100_000,
        {"end": []},
        {"end": {}},
        tcp_report(sum_received={"bytes": 1, "seconds": 0}),
        tcp_report(sum_received={"bytes": -1, "seconds": 1}),
        tcp_report(sum_received={"bytes": True, "seconds": "1"}),
        tcp_report(sum_received={"bytes": math.inf, "seconds": 1}),
        tcp_report(sum_received={"bytes": 10**400, "seconds": 1}),
    ],
)
def test_a_report_without_figures_is_no_result(report: object) -> None:
    with pytest.raises(ThroughputError):
        read(report)


def test_more_lost_than_sent_is_no_result() -> None:
    with pytest.raises(ThroughputError):
        read(udp_report(sum={"packets": 10, "lost_packets": 11, "jitter_ms": 0}), Method.UDP)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from(
    ["sum", "sum_sent", "sum_received", "streams", "packets", "bytes", "seconds", "retransmits"]
)
_SUMS = st.dictionaries(_NAMES, st.dictionaries(_NAMES, _JSON, max_size=4) | _JSON, max_size=4)


@given(end=_SUMS, start=_JSON, method=st.sampled_from([Method.TCP, Method.UDP]))
def test_whatever_a_report_holds_it_is_a_result_or_one_plain_error(
    end: object, start: object, method: Method
) -> None:
    for base in (tcp_report(), udp_report()):
        report = {
            **base,
            "start": start if start is not None else base["start"],
            "end": {**base["end"], **end},
        }
        try:
            result = read(report, method)
        except ThroughputError:
            continue
        assert math.isfinite(result.rate)
        assert result.rate >= 0


def test_the_rate_is_shared_by_the_streams_and_leaves_room_for_headers() -> None:
    said = arguments(leg(streams=4, rate=20_000_000), "192.0.2.1")
    assert int(said[said.index("-b") + 1]) == round(20_000_000 * 1448 / 1500 / 4)


def test_down_is_in_reverse_and_leaves_by_the_egress() -> None:
    asked = leg(Method.UDP, Direction.DOWN, source="2001:db8::1", interface="wan0", port=5301)
    said = " ".join(arguments(asked, "2001:db8::2"))
    for part in ("-c 2001:db8::2 -p 5301", "-6", "-R", "-u", "-B 2001:db8::1", "--bind-dev wan0"):
        assert part in said
