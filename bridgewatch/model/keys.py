"""How a key reads that two ends of a path share: one spelling for the vantage, the reflector and the box."""

from base64 import b64decode
from typing import Final

from bridgewatch.model.phrases import phrase

SHORTEST: Final = 16  # octets; RFC 2104 advises the length of the hash, which is 32
LONGEST: Final = 1_024


def parse_key(text: str) -> bytes:
    """The octets of a key in hexadecimal or base64, as `openssl rand -hex 32` or `-base64 32` makes them.

    What has hexadecimal digits alone is hexadecimal. Raises ValueError, which never says what was written.
    """
    written = "".join(text.split())
    try:
        key = bytes.fromhex(written)
    except ValueError:
        try:
            key = b64decode(written, validate=True)
        except ValueError:
            raise ValueError(phrase("a key is written in hexadecimal or base64")) from None
    if not SHORTEST <= len(key) <= LONGEST:
        told = phrase(
            "a key has {least} to {most} octets, not {count}",
            least=SHORTEST,
            most=str(LONGEST),
            count=len(key),
        )
        raise ValueError(told)
    return key
