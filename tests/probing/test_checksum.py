"""The Internet checksum against the textbook loop of RFC 1071."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.probing.checksum import internet_checksum


def textbook(octets: bytes) -> int:
    total = 0
    for index in range(0, len(octets) - 1, 2):
        total += octets[index] << 8 | octets[index + 1]
    if len(octets) % 2:
        total += octets[-1] << 8
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def test_the_example_of_rfc_1071_gives_its_printed_sum():
    packet = np.array([[0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]], np.uint8)

    assert int(internet_checksum(packet)[0]) == ~0xDDF2 & 0xFFFF


@given(st.lists(st.binary(min_size=1, max_size=97), min_size=1, max_size=5))
def test_every_row_equals_the_textbook_whatever_its_length(rows):
    width = max(map(len, rows))
    packet = np.array([list(row.ljust(width, b"\0")) for row in rows], np.uint8)

    assert internet_checksum(packet).tolist() == [textbook(row) for row in rows]


def test_a_sum_that_carries_twice_is_folded_to_the_end():
    packet = np.full((1, 2000), 0xFF, np.uint8)

    assert int(internet_checksum(packet)[0]) == textbook(b"\xff" * 2000)
