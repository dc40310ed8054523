"""Answers one probe, as `stamp.reflect` answers many: a box has a few a second, and a small processor."""

from typing import Final

import numpy as np

from bridgewatch.core.dialin.caller import Reflect
from bridgewatch.core.probing.stamp_layout import AUTHENTICATED, COVERED, HMAC_SIZE
from bridgewatch.core.probing.timestamps import ntp_now

_END: Final = COVERED + HMAC_SIZE


def reflect(
    probe: bytes, reflect: Reflect, *, t2_ns: int, t3_ns: int, error_estimate: int, sender_ttl: int
) -> bytes:
    """The reply to an authenticated STAMP packet, as long as that; instants are wall nanoseconds."""
    reply = bytearray(probe)
    reply[:_END] = bytes(_END)
    asked = np.frombuffer(probe, AUTHENTICATED.sender, 1)[0]
    base = np.frombuffer(reply, AUTHENTICATED.reflector, 1)[0]
    base["seq"] = reflect.number & 0xFFFF_FFFF
    base["t3"] = ntp_now(t3_ns)
    base["error"] = error_estimate
    base["ssid"] = asked["ssid"]
    base["t2"] = ntp_now(t2_ns)
    base["sender_seq"] = asked["seq"]
    base["sender_t1"] = asked["t1"]
    base["sender_error"] = asked["error"]
    base["sender_ttl"] = sender_ttl
    reply[COVERED:_END] = reflect.mac.tag(bytes(reply[:COVERED]))
    return bytes(reply)
