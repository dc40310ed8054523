"""What holds where no file says otherwise."""

from typing import Final

from bridgewatch.model.ids import CarrierId, EgressId
from bridgewatch.model.inventory import Carrier, Egress, Profile, Threshold
from bridgewatch.model.words import Network

DEFAULT_TIMEZONE: Final = "Asia/Ho_Chi_Minh"

DEFAULT_EGRESS: Final = Egress(id=EgressId("default"), networks=frozenset(Network))
"""The way out when none is configured: the kernel's routing decides, and no reference watches it."""

OWN_CARRIER: Final = Carrier(id=CarrierId("own"), name="Nội bộ")
"""Whose a service's link is when no carrier is named: it stays inside the building."""

_PROFILES: Final = (
    # Cisco and Teams for video, as far as they agree: jitter 30 ms, loss 1 %.
    Profile("conference"),
    # Speech alone bears more delay (ITU-T G.114: one-way 150 ms good, 400 ms the limit) but no more loss.
    Profile("voice", rtt=Threshold(0.200, 0.400), loss=Threshold(0.01, 0.03)),
    # A spare must work, not shine: 4G lines live here.
    Profile(
        "backup",
        Threshold(0.200, 0.500),
        Threshold(0.050, 0.100),
        Threshold(0.100, 0.250),
        Threshold(0.03, 0.10),
    ),
    # A template for what a contract promises; the operator puts the contract's own figures in profiles.yaml.
    Profile("contract", rtt=Threshold(0.050, 0.100), loss=Threshold(0.001, 0.01)),
)
SHIPPED_PROFILES: Final = {profile.name: profile for profile in _PROFILES}
"""By name. profiles.yaml may change them and add others."""
