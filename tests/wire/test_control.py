"""Control messages of a batch, whatever mixture the kernel hands over, read as one at a time."""

import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.adapters.wire import control

SIZE = 256
MESSAGES = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50), st.binary(max_size=24)),
    max_size=4,
    unique_by=lambda message: message[:2],
)


def walk(octets: bytes) -> dict[tuple[int, int], bytes]:
    """`cmsg(3)` in plain Python: (level, type) to data."""
    found, at = {}, 0
    while at + 16 <= len(octets):
        size, level, kind = struct.unpack_from("=Qii", octets, at)
        found[level, kind] = octets[at + 16 : at + size]
        at += (size + 7) // 8 * 8
    return found


@given(st.lists(MESSAGES, max_size=12))
def test_every_row_is_read_as_if_it_were_alone(rows):
    octets = [b"".join(control.message(*message) for message in row) for row in rows]
    memory = np.frombuffer(b"".join(row.ljust(SIZE, b"\xee") for row in octets), np.uint8).reshape(-1, SIZE)
    length = np.array([len(row) for row in octets], np.uint64)
    read: dict[int, dict] = {}
    for group, offsets in control.layouts(memory, length):
        for row in group.tolist():
            assert row not in read
            read[row] = {
                key: memory[row, start : start + size].tobytes() for key, (start, size) in offsets.items()
            }
    assert read == {row: walk(row_octets) for row, row_octets in enumerate(octets)}


@given(st.binary(max_size=SIZE), st.integers(0, SIZE))
def test_garbage_is_walked_to_its_end_and_never_past_it(garbage, length):
    memory = np.frombuffer(garbage.ljust(SIZE, b"\0"), np.uint8).reshape(1, SIZE)
    for _, offsets in control.layouts(memory, np.array([length], np.uint64)):
        assert all(start + size <= length for start, size in offsets.values())
