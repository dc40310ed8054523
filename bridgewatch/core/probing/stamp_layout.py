"""Where the fields of STAMP packets lie in both modes of RFC 8762, with the session id of RFC 8972 section 3.

The tables of the RFC as numpy records of big-endian fields, and the only place where octet numbers live.
What no field covers is zero on sending and ignored on receipt.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

TLV: Final = np.dtype([("flags", "u1"), ("type", "u1"), ("length", ">u2")])
COVERED: Final = 96  # the octets that the HMAC of an authenticated packet protects ...
HMAC_SIZE: Final = 16  # ... and its own, right behind them: HMAC-SHA-256, cut to half


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """One mode. Sizes in octets: of a whole packet without TLVs, and of the shortest that is read at all."""

    sender: np.dtype[np.void]
    reflector: np.dtype[np.void]
    min_request: int
    min_reply: int

    @property
    def size(self) -> int:
        """Octets of a packet without TLVs."""
        return self.sender.itemsize

    def end(self, field: str) -> int:
        """How many octets of a sender's packet make this field of it whole."""
        (kind, start, *_) = self.sender.fields[field] if self.sender.fields else (self.sender, 0)
        return int(start) + kind.itemsize


def _record(size: int, **fields: tuple[str, int]) -> np.dtype[np.void]:
    formats, offsets = zip(*fields.values(), strict=True)
    return np.dtype(
        {"names": list(fields), "formats": list(formats), "offsets": list(offsets), "itemsize": size}
    )


OPEN: Final = Layout(
    sender=_record(44, seq=(">u4", 0), t1=(">u8", 4), error=(">u2", 12), ssid=(">u2", 14)),
    reflector=_record(
        44,
        seq=(">u4", 0),
        t3=(">u8", 4),
        error=(">u2", 12),
        ssid=(">u2", 14),
        t2=(">u8", 16),
        sender_seq=(">u4", 24),
        sender_t1=(">u8", 28),
        sender_error=(">u2", 36),
        sender_ttl=("u1", 40),
    ),
    min_request=14,  # TWAMP-Light without padding: sequence, timestamp, error estimate
    min_reply=41,  # TWAMP-Light ends at the sender's TTL
)
AUTHENTICATED: Final = Layout(
    sender=_record(112, seq=(">u4", 0), t1=(">u8", 16), error=(">u2", 24), ssid=(">u2", 26)),
    reflector=_record(
        112,
        seq=(">u4", 0),
        t3=(">u8", 16),
        error=(">u2", 24),
        ssid=(">u2", 26),
        t2=(">u8", 32),
        sender_seq=(">u4", 48),
        sender_t1=(">u8", 64),
        sender_error=(">u2", 72),
        sender_ttl=("u1", 80),
    ),
    min_request=112,
    min_reply=112,
)
