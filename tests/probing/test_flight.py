"""The in-flight table by itself: transmit stamps find their probes, also those that share a token."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.probing.flight import Flight


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.data())
def test_every_probe_gets_a_stamp_of_its_own_whatever_tokens_repeat(tokens, data):
    flight = Flight(64, paths=64)
    n = len(tokens)
    at = flight.launch(
        np.arange(n, dtype=np.int32),
        np.zeros(n, np.int64),
        np.array(tokens, np.uint64),
        np.zeros(n, np.int32),
        1_000,
    )
    # Sockets of different kinds are drained one after the other; within each the order is that of sending.
    channel = data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    drained = sorted(range(n), key=lambda probe: channel[probe])
    token = np.array([tokens[probe] for probe in drained], np.uint64)
    assert flight.stamp(token, 2_000 + np.arange(n), 3_000) == n
    stamps = dict(zip(at.tolist(), flight.sent_ns(at).tolist(), strict=True))
    assert sorted(stamps.values()) == list(range(2_000, 2_000 + n))
    for value in set(tokens):
        alike = [probe for probe in range(n) if tokens[probe] == value]
        told = [stamps[int(at[probe])] for probe in alike]
        assert told == sorted(told)


def test_a_stamp_of_nobody_is_passed_over():
    flight = Flight(64, paths=64)
    at = flight.launch(
        np.array([0, 1], np.int32),
        np.zeros(2, np.int64),
        np.array([7, 7], np.uint64),
        np.zeros(2, np.int32),
        1_000,
    )
    assert flight.stamp(np.array([9, 7, 7, 7], np.uint64), np.array([1, 2, 3, 4]), 2_000) == 2
    assert flight.sent_ns(at).tolist() == [2, 3]
