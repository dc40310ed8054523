"""What an operator says of the far end of throughput tests."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from bridgewatch.adapters.far_end.ceilings import Ceilings


@dataclass(frozen=True, slots=True)
class FarEndSettings:
    """Where to serve, as host ("" is every address) and port, and whom."""

    allowed: tuple[IPv4Network | IPv6Network, ...]
    iperf3: tuple[tuple[str, int], ...] = ()
    http: tuple[tuple[str, int], ...] = ()
    ceilings: Ceilings = field(default_factory=Ceilings)
