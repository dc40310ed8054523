"""Random and mutated packets: nothing breaks, no stranger is answered, garbage leaves nothing behind."""

import ipaddress

import numpy as np
import pytest

from bridgewatch.core.probing import echo, stamp
from bridgewatch.core.reflecting.reflection import MAX_BATCH, Received, Verdict
from tests.reflector.packets import addresses, reflection

WIDTH = 160
NETWORKS = ("192.0.2.0/24", "2001:db8::/32")
FRIENDS = ("192.0.2.1", "192.0.2.200", "2001:db8::1", "2001:db8:ffff::9")
STRANGERS = ("198.51.100.1", "203.0.113.9", "2001:db9::1", "::1", "::ffff:192.0.3.1", "::192.0.2.1")


def garbage(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Half noise, half valid packets (requests, replies, echoes) with a few octets changed or cut off."""
    packet = rng.integers(0, 256, (MAX_BATCH, WIDTH), dtype=np.uint8)
    length = rng.integers(0, WIDTH + 40, MAX_BATCH).astype(np.uint16)
    third = MAX_BATCH // 6
    seq = rng.integers(0, 2**40, third)
    words = rng.integers(0, 2**64, third, dtype=np.uint64)
    good = stamp.build(seq, words, rng.integers(0, 2**16, third).astype(np.uint16), 7, 100)
    packet[:third, :100] = good
    packet[third : 2 * third, :100] = good
    stamp.write_t3(packet[third : 2 * third], seq)
    packet[2 * third : 3 * third, :64] = echo.build(4, 9, seq, words, 64)
    length[: 3 * third] = rng.choice([14, 41, 44, 64, 100], 3 * third)
    changes = rng.integers(0, 4, MAX_BATCH)
    for times in range(1, 4):
        rows = np.flatnonzero(changes >= times)
        packet[rows, rng.integers(0, 64, len(rows))] = rng.integers(0, 256, len(rows), dtype=np.uint8)
    packet[np.arange(WIDTH) >= length[:, None]] = 0
    return packet, length


def storm(seed: int, batches: int) -> None:
    rng = np.random.default_rng(seed)
    reflector = reflection(*NETWORKS)
    friends, strangers = addresses(*FRIENDS), addresses(*STRANGERS)
    admitted = {int(h) << 64 | int(low) for h, low in friends}
    assert all(
        (address := ipaddress.ip_address(text)).ipv4_mapped
        or address not in ipaddress.ip_network(NETWORKS[1])
        for text in STRANGERS
        if ":" in text
    )
    now = sessions = 0
    for _ in range(batches):
        packet, length = garbage(rng)
        known = rng.random(MAX_BATCH) < 0.5
        source = np.where(
            known[:, None], friends[rng.integers(0, 4, MAX_BATCH)], strangers[rng.integers(0, 6, MAX_BATCH)]
        )
        port = rng.integers(0, 3, MAX_BATCH).astype(np.uint16)
        answerable = rng.random(MAX_BATCH) < 0.9
        local = np.zeros((MAX_BATCH, 2), np.uint64)
        judged = reflector.judge(Received(source, port, answerable, packet, length, local), now)

        answered = judged.verdict == Verdict.ANSWERED
        assert (judged.verdict[~known] == Verdict.STRANGER).all()
        assert answered.any()
        assert all(int(h) << 64 | int(low) in admitted for h, low in source[answered])
        assert (length[answered] >= stamp.MIN_REQUEST).all()
        assert (length[answered] <= WIDTH).all()
        assert (port[answered] > 0).all()
        sessions += int(answered.sum())
        assert reflector.sessions <= min(sessions, 32_768)

        reply = np.zeros((int(answered.sum()), WIDTH), np.uint8)
        sizes = stamp.reflect(
            packet[answered],
            length[answered],
            reply,
            seq=judged.seq[answered],
            ssid=judged.ssid[answered],
            t2_ns=np.full(len(reply), now),
            error_estimate=0x0101,
            sender_ttl=np.zeros(len(reply), np.uint8),
        )
        assert (sizes == np.maximum(length[answered], stamp.BASE_SIZE)).all()
        read_everything(packet, np.minimum(length, WIDTH), rng)
        now += 50_000_000


def read_everything(packet: np.ndarray, length: np.ndarray, rng: np.random.Generator) -> None:
    family = rng.choice(np.array([4, 6], np.uint8), len(packet))
    replies = echo.parse_replies(packet, length, family)
    assert (length[replies.valid] >= echo.MIN_SIZE).all()
    assert (packet[replies.valid, 1] == 0).all()
    assert np.isin(packet[replies.valid, 0], [0, 129]).all()
    echoed = echo.parse_quoted(packet, length, family)
    assert np.isin(packet[echoed.valid, 0], [8, 128]).all()
    assert (stamp.parse_reflected(packet, length).valid == (length >= stamp.MIN_REPLY)).all()
    assert (stamp.parse_quoted(packet, length).has_token == (length >= 12)).all()


def test_sixty_thousand_bad_packets_change_nothing():
    storm(seed=1, batches=60)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [2, 3])
def test_a_million_bad_packets_change_nothing(seed):
    storm(seed, batches=1_000_000 // MAX_BATCH + 1)
