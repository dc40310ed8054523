"""Addresses as the core compares them, and as people write them."""

import ipaddress
from collections.abc import Sequence
from typing import Final

NO_ADDRESS: Final = (0, 0)
_V4_MAPPED: Final = 0xFFFF


def written(halves: Sequence[int]) -> str:
    """The two halves of an IPv6 or IPv4-mapped address in the usual form; '' for NO_ADDRESS."""
    high, low = halves
    if (high, low) == NO_ADDRESS:
        return ""
    if high == 0 and low >> 32 == _V4_MAPPED:
        return str(ipaddress.IPv4Address(low & 0xFFFF_FFFF))
    return str(ipaddress.IPv6Address(high << 64 | low))
