"""Which keys a sender may use: told by the network it asks from, as whom to answer is.

Not by the session id: that is the sender's to choose, and nobody has proven it before the key is known.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from ipaddress import IPv6Address, ip_network
from typing import Final

from bridgewatch.core.probing.mac import Mac
from bridgewatch.core.reflecting.allowlist import Network
from bridgewatch.model.keys import parse_key
from bridgewatch.model.observations import Word
from bridgewatch.model.phrases import Words, phrase

PER_NETWORK: Final = 4  # one in use, one to come, and some to spare: each is an HMAC for a forged packet
_REMEMBERED: Final = 8_192  # senders


class KeyTable:
    """The keys of networks. Of several that a sender lies in the narrowest says which keys it may use.

    Raises ValueError for a network with too many.
    """

    def __init__(self, keys: Iterable[tuple[Network, bytes]] = ()) -> None:
        macs: defaultdict[Network, list[Mac]] = defaultdict(list)
        for network, key in keys:
            macs[network].append(Mac(key))
            if len(macs[network]) > PER_NETWORK:
                raise ValueError(
                    phrase("{network} has more than {most} keys", network=str(network), most=PER_NETWORK)
                )
        self._macs = sorted(
            ((network, tuple(found)) for network, found in macs.items()),
            key=lambda item: item[0].prefixlen,
            reverse=True,
        )
        self._known: dict[tuple[int, int], tuple[Mac, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self._macs)

    def of(self, source: Word) -> Sequence[tuple[Mac, ...]]:
        """The keys that each sender [n, 2], as in `Arrivals.source`, may use; none for one without."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        found = []
        for high, low in source.tolist():
            if (macs := self._known.get((high, low))) is None:
                macs = self._known[high, low] = self._find(IPv6Address(high << 64 | low))
            found.append(macs)
        return found

    def _find(self, written: IPv6Address) -> tuple[Mac, ...]:
        address = written.ipv4_mapped or written
        return next((macs for network, macs in self._macs if address in network), ())


def read_keys(text: str) -> list[tuple[Network, bytes]]:
    """The keys of a file with lines of a network and a key; what follows a # is no part of it.

    Raises ValueError, which tells the line and what is wrong with it, never the key.
    """
    found: list[tuple[Network, bytes]] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) != 2:  # noqa: PLR2004 - a network and its key
            raise _unfit(number, phrase("a network and a key are expected"))
        try:
            network = ip_network(words[0])
        except ValueError:
            # What stands there may be a key in the wrong place.
            raise _unfit(number, phrase("the first word is no network such as 192.0.2.0/24")) from None
        try:
            found.append((network, parse_key(words[1])))
        except ValueError as error:
            raise _unfit(number, error.args[0]) from None
    return found


def _unfit(line: int, what: Words) -> ValueError:
    return ValueError(phrase("line {line}: {what}", line=str(line), what=what))
