"""Drops in one host by nft, each with a counter of its own that tells exactly how many packets it took."""

import itertools
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

TABLE: Final = "inet lab"
PARTS_PER_MILLION: Final = 1_000_000
# What hosts say to their neighbours of their own accord: never dropped, or more is lost than was meant; never
# counted, or the count is not that of the probes.
HOUSEKEEPING: Final = (
    "icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert }",
    "icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report }",
    "ip protocol igmp",
)


@dataclass(frozen=True, slots=True)
class Drop:
    """A chain of `host` that drops packets; the counter beside it has the same name."""

    host: str
    name: str


class Firewall:
    """The drops of one host. `nft` runs nft inside it with some arguments and an input."""

    def __init__(self, host: str, nft: Callable[[list[str], str], str]) -> None:
        self._host = host
        self._nft = nft
        self._numbers = itertools.count(1)

    def drop(self, hook: str, *, ratio: float, match: str, addresses: Iterable[str]) -> Drop:
        """Add a drop at `hook`, in one transaction; the arguments are those of `Lab.drop`."""
        if not 0.0 <= ratio <= 1.0:
            raise ValueError(f"a ratio of loss lies in 0 ... 1, not {ratio}")
        name = f"drop{next(self._numbers)}"
        parts = round(ratio * PARTS_PER_MILLION)
        chance = "" if ratio == 1.0 else f"numgen random mod {PARTS_PER_MILLION} < {parts}"
        verdict = f"{chance} counter name {name} drop"
        self._script(
            f"add table {TABLE}",
            f"add counter {TABLE} {name}",
            f"add chain {TABLE} {name} {{ type filter hook {hook} priority filter; }}",
            *(f"add rule {TABLE} {name} {which} accept" for which in HOUSEKEEPING),
            *(f"add rule {TABLE} {name} {which} {match} {verdict}" for which in _selectors(addresses)),
        )
        return Drop(self._host, name)

    def lift(self, drop: Drop) -> None:
        """End a drop; its counter stays readable."""
        self._script(f"delete chain {TABLE} {drop.name}")

    def dropped(self, drop: Drop) -> int:
        """How many packets the drop has taken."""
        listed = self._nft(["--json", "list", "counter", *TABLE.split(), drop.name], "")
        return next(
            entry["counter"]["packets"] for entry in json.loads(listed)["nftables"] if "counter" in entry
        )

    def _script(self, *lines: str) -> None:
        self._nft(["--file", "-"], "\n".join(lines))


def _selectors(addresses: Iterable[str]) -> list[str]:
    """Expressions that match packets to or from the addresses; no address at all means every packet."""
    nets = [ip_network(address) for address in addresses]
    if not nets:
        return [""]
    chosen = []
    for word, version in (("ip", 4), ("ip6", 6)):
        if members := ", ".join(str(net) for net in nets if net.version == version):
            chosen += [f"{word} {end} {{ {members} }}" for end in ("daddr", "saddr")]
    return chosen
