"""The bounded tables of the reflector: allow list, slots, token buckets."""

import ipaddress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.reflecting.allowlist import AllowList
from bridgewatch.core.reflecting.slots import Slots
from bridgewatch.core.reflecting.token_buckets import TokenBuckets
from tests.reflector.packets import SECOND, addresses

any_address = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6).filter(lambda a: a.ipv4_mapped is None))


@st.composite
def networks(draw):
    address = draw(any_address)
    length = draw(st.integers(0, address.max_prefixlen))
    return ipaddress.ip_network(f"{address}/{length}", strict=False)


@given(st.lists(networks(), max_size=6), st.lists(any_address, max_size=6))
def test_an_address_is_admitted_exactly_when_a_network_of_its_family_contains_it(allowed, sources):
    sources += [network.network_address for network in allowed]
    sources += [network.broadcast_address for network in allowed]

    admitted = AllowList(allowed).admits(addresses(*map(str, sources)))

    assert admitted.tolist() == [
        any(source.version == network.version and source in network for network in allowed)
        for source in sources
    ]


def test_all_of_ipv6_does_not_admit_ipv4():
    admitted = AllowList([ipaddress.ip_network("::/0")]).admits(addresses("192.0.2.1", "2001:db8::1"))

    assert admitted.tolist() == [False, True]


class PlainTable:
    """A list, longest unseen first; keys unseen for `idle` are forgotten, the first goes when it is full."""

    def __init__(self, capacity, idle):
        self.capacity, self.idle, self.seen = capacity, idle, []

    def claim(self, keys, now):
        self.seen = [(key, then) for key, then in self.seen if now - then < self.idle]
        fresh = []
        for key in keys:
            kept = [(other, then) for other, then in self.seen if other != key]
            fresh.append(len(kept) == len(self.seen))
            self.seen = [*kept[max(0, len(kept) - self.capacity + 1) :], (key, now)]
        return fresh


batches = st.lists(
    st.tuples(st.integers(0, 5), st.lists(st.integers(0, 9), unique=True, max_size=4)), max_size=30
)


@given(batches)
def test_slots_remember_what_a_plain_table_remembers(steps):
    slots, plain, now = Slots(4, 12), PlainTable(4, 12), 0
    for pause, names in steps:
        now += pause
        keys = [(name,) for name in names]
        claim = slots.claim(keys, now)

        assert claim.fresh.tolist() == plain.claim(keys, now)
        assert len(set(claim.row.tolist())) == len(keys)
        assert {key for key in [(name,) for name in range(10)] if key in slots} == {
            key for key, _ in plain.seen
        }


def test_a_key_keeps_its_row_while_it_is_seen():
    slots = Slots(3, 10)
    first = slots.claim([(1,), (2,)], 0)
    for now in range(1, 30):
        slots.claim([(100 + now,)], now)
        again = slots.claim([(1,)], now)

        assert again.row[0] == first.row[0]
        assert not again.fresh[0]


def test_one_call_never_asks_for_more_rows_than_there_are():
    with pytest.raises(ValueError, match="3 keys at once"):
        Slots(2, 10).claim([(1,), (2,), (3,)], 0)


@given(
    st.integers(1, 50),
    st.integers(1, 20),
    st.lists(st.tuples(st.integers(-SECOND // 10, SECOND), st.integers(0, 30)), max_size=30),
)
def test_a_bucket_grants_what_exact_fractions_would(rate, burst, steps):
    buckets = TokenBuckets(3, rate, burst)
    row, now = np.array([1]), 5 * SECOND
    buckets.fill(row, now)
    parts, filled = burst * SECOND, now  # billionths of a token
    for pause, demand in steps:
        now += pause
        parts = min(parts + max(now - filled, 0) * rate, burst * SECOND)
        filled = max(filled, now)
        expected = min(parts // SECOND, demand)
        parts -= expected * SECOND

        assert buckets.take(row, np.array([demand]), now).tolist() == [expected]


def test_a_year_of_silence_fills_a_bucket_only_to_its_brim():
    buckets = TokenBuckets(1, 1_000_000, 1_000_000)
    row = np.array([0])
    buckets.fill(row, 0)
    buckets.take(row, np.array([1_000_000]), 0)

    assert buckets.take(row, np.array([5_000_000]), 365 * 86_400 * SECOND).tolist() == [1_000_000]


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (1, 0)])
def test_a_cap_of_nothing_is_refused(rate, burst):
    with pytest.raises(ValueError, match="at least 1"):
        TokenBuckets(1, rate, burst)
