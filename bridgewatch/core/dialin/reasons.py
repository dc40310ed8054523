"""Why a test at a site came to nothing, as a word carries it: a sentence's number, and what fills its braces.

Sentences are longer than the room that is left, and each is said in the language of whoever reads it. What
has no number is carried as text. Of texts goes what fits.
"""

import string
from itertools import zip_longest
from typing import Final

from bridgewatch.model.phrases import Phrase, Words, phrase

SENTENCES: Final = (
    "it was started without --test-server",
    "another test runs",
    "the daemon was not heard any more",
    "iperf3 is not installed here",
    "iperf3 said more than it may",
    "iperf3 said what cannot be read",
    "iperf3 says nothing",
    "iperf3 says: {words}",
    "iperf3's report lacks its figures: the test may have been cut short",
    "this iperf3 is too old: 3.12 or later is needed",
    "{host} has no address: {cause}",
    "there is no route to the server",
    "the egress's interface cannot be used",
    "the egress's interface is not there",
    "the egress's source address is not ours",
    "the server does not answer",
    "the server refuses connections: no iperf3 listens there",
    "the server closed the connection: it may not know us",
    "the server is busy with another test",
    "the server wants a password",
    "the server allows less than the rate of this test",
    "the server's iperf3 speaks another protocol",
    "the server broke the test off",
    "the test's streams do not get through to the server",
    "the test's streams broke off",
    "the test did not end within {seconds} s: the link may be cut",
    "the test did not end within {seconds} s",
    "nothing says how much the test may take",
    "the test could not be started: {cause}",
    "the test failed here: {cause}",
    "the test has no pipe",
    "the process of the test said what cannot be read",
    "the test broke off",
    "the test broke off: its process died of signal {number}",
    "the test broke off: its process ended with {number}",
)
"""Their places are what boxes and daemons of all versions mean by them: new ones are added at the end."""

_NUMBERS: Final = {sentence: number for number, sentence in enumerate(SENTENCES, 1)}
_NUMBERED: Final = b"\x01"  # begins what is no text
_HEAD: Final = 2
_BETWEEN: Final = "\x1f"


def write_reason(why: Words, size: int) -> bytes:
    """At most so many octets."""
    number = _NUMBERS.get(why.message) if isinstance(why, Phrase) else None
    if not isinstance(why, Phrase) or number is None:
        return _cut(str(why), size)
    room = (size - _HEAD) // max(1, len(why.values)) - 1
    values = (_cut(str(value), room) for _, value in why.values)
    return _NUMBERED + bytes([number]) + _BETWEEN.encode().join(values)


def read_reason(body: bytes) -> Words:
    """The inverse, of whatever it is that came."""
    if not body.startswith(_NUMBERED):
        return _printable(body.decode(errors="replace"))
    number, texts = body[1:_HEAD], body[_HEAD:].decode(errors="replace").split(_BETWEEN)
    place = number[0] if number else 0
    if not 1 <= place <= len(SENTENCES):
        return phrase("a reason that this version does not know ({number})", number=str(place))
    sentence = SENTENCES[place - 1]
    names = [name for _, name, _, _ in string.Formatter().parse(sentence) if name]
    values = zip_longest(names, map(_printable, texts[: len(names)]), fillvalue="")
    return Phrase(sentence, tuple(values))


def _cut(text: str, size: int) -> bytes:
    """As much of a text as fits, whole letters only, and nothing but letters."""
    return _printable(text).encode(errors="replace")[:size].decode(errors="ignore").encode()


def _printable(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable())
