"""Whose word an ICMP error is: a router's on the way, or the target's own, whose path is alive."""

import pytest

from bridgewatch.model.words import Outcome, ProbeKind
from tests.probing.wire import (
    MS,
    ROUTER,
    SECOND,
    STAMP_PORT,
    START,
    Error,
    Wire,
    address,
    arrivals,
    reflected,
    refusal,
)

STAMP = ProbeKind.STAMP


def probed(interval_ns: int = SECOND, paths: int = 1) -> Wire:
    """STAMP paths, each with a probe in flight."""
    wire = Wire.of(paths, interval_ns, STAMP)
    wire.run_until(START + SECOND)
    return wire


@pytest.mark.parametrize("quoted", [4, 12, 44])
def test_a_refusal_by_the_target_is_told_with_the_probe_it_is_about(quoted):
    wire = probed()
    path, seq, request, sent = wire.sent[-1]
    told = wire.receive([], errors=(refusal(path, request[:quoted]),))
    assert (told.path.tolist(), told.seq.tolist(), told.outcome.tolist()) == (
        [path],
        [seq],
        [Outcome.UNREACHABLE],
    )
    assert (told.error_path.tolist(), told.error_sent_ns.tolist()) == ([path], [sent])
    assert (told.error_refusal.tolist(), told.error_proven.tolist()) == ([True], [quoted >= 12])
    assert told.error_source.tolist() == [list(address(path))]


@pytest.mark.parametrize(
    ("sender", "port_closed"),
    [(ROUTER, True), (ROUTER, False), (address(0), False), (address(1), True)],
    ids=["a router with a closed port", "a router", "the target, of something else", "another target"],
)
def test_what_else_is_said_of_a_probe_is_no_refusal(sender, port_closed):
    wire = probed()
    path, _, request, _ = wire.sent[-1]
    told = wire.receive([], errors=(Error(address(path), request, sender, port_closed, STAMP_PORT),))
    assert told.outcome.tolist() == [Outcome.UNREACHABLE]
    assert told.error_refusal.tolist() == [False]
    assert told.error_source.tolist() == [list(sender)]


def test_an_echo_is_never_refused():
    """It has no port that could be closed: whoever says so made it up."""
    wire = Wire.of(1)
    wire.run_until(START + SECOND)
    path, _, request, _ = wire.sent[-1]
    told = wire.receive([], errors=(Error(address(path), request, address(path), port_closed=True),))
    assert told.error_refusal.tolist() == [False]


@pytest.mark.parametrize(
    "forge",
    [
        lambda request: request[:3] + bytes([request[3] ^ 1]) + request[4:],
        lambda request: request[:11] + bytes([request[11] ^ 1]) + request[12:],
    ],
    ids=["another sequence", "another timestamp"],
)
def test_a_refusal_that_quotes_what_was_never_sent_is_not_believed(forge):
    wire = probed()
    path, _, request, _ = wire.sent[-1]
    told = wire.receive([], errors=(refusal(path, forge(request)),))
    assert not len(told.path)
    assert not len(told.error_path)


def test_a_refusal_of_one_path_says_nothing_of_another():
    wire = probed(paths=2)
    theirs = next(request for path, _, request, _ in wire.sent if path == 0)
    assert not len(wire.receive([], errors=(refusal(1, theirs),)).error_path)


def test_refusals_end_a_silence_like_replies():
    wire = Wire.of(1, 100 * MS, STAMP)
    counts: list[int] = []
    refused_at = START
    for _ in range(500):
        told = wire.run_until(wire.now + 10 * MS)
        counts += [int(count) for one in told for count in one.quiet_count]
        if wire.sent and wire.now >= refused_at + SECOND:  # as often as a Linux host says so
            path, _, request, _ = wire.sent[-1]
            wire.receive([], errors=(refusal(path, request),))
            refused_at = wire.now
    assert 5 <= max(counts) <= 10
    assert counts.count(1) >= 4


def test_a_refused_probe_is_itself_no_silence():
    wire = Wire.of(1, 10 * SECOND, STAMP)
    wire.run_until(START + 5 * MS)
    path, _, request, _ = wire.sent[-1]
    wire.receive([], errors=(refusal(path, request),))
    assert not any(len(told.quiet_path) for told in wire.run_until(wire.now + 2 * SECOND))


def test_what_a_router_rejected_is_silence():
    wire = Wire.of(1, 10 * SECOND, STAMP)
    wire.run_until(START + 5 * MS)
    path, _, request, _ = wire.sent[-1]
    wire.receive([], errors=(Error(address(path), request, port=STAMP_PORT),))
    assert any(len(told.quiet_path) for told in wire.run_until(wire.now + 2 * SECOND))


def test_a_refusal_that_quotes_nothing_is_about_the_newest_probe_it_can_be_about():
    """Hosts that quote eight octets stop at the UDP header: the fate is the oldest probe's, life is now."""
    wire = probed(100 * MS)
    oldest, newest = wire.sent[0], wire.sent[-1]
    told = wire.receive([], errors=(refusal(0, b""),))
    assert told.seq.tolist() == [oldest[1]]
    assert (told.error_sent_ns.tolist(), told.error_proven.tolist()) == ([newest[3]], [False])


def test_a_refusal_behind_the_reply_to_a_newer_probe_tells_nothing_new():
    wire = probed(100 * MS)
    (path, _, old, _), (_, _, new, _) = wire.sent[-2:]
    assert wire.receive([reflected(path, new, wire.now)]).outcome.tolist() == [Outcome.REPLY]
    told = wire.receive([], errors=(refusal(path, old),))
    assert told.outcome.tolist() == [Outcome.UNREACHABLE]
    assert not len(told.error_path)


def test_a_reply_behind_the_refusal_of_a_newer_probe_starts_no_silence_anew():
    wire = probed(100 * MS)
    (path, _, old, _), (_, _, new, _) = wire.sent[-2:]
    errors = (refusal(path, new),)
    wire.prober.receive(arrivals([], now=wire.now, errors=errors), wire.now)
    wire.receive([reflected(path, old, wire.now)])
    told = wire.run_until(wire.now + 250 * MS)
    assert not any(len(one.quiet_path) for one in told)
