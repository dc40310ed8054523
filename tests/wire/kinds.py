"""The kinds of probe, as tests are parametrized by them."""

from typing import Final

import pytest

from bridgewatch.model.words import ProbeKind

ICMP: Final = ProbeKind.ICMP
STAMP: Final = ProbeKind.STAMP
KINDS: Final = {"icmp4": (ICMP, 4), "icmp6": (ICMP, 6), "stamp4": (STAMP, 4), "stamp6": (STAMP, 6)}
EVERY_KIND: Final = pytest.mark.parametrize(("kind", "family"), KINDS.values(), ids=KINDS)
# Of each protocol and each family one in CI, the rest in the soak run.
CROSSED_KINDS: Final = pytest.mark.parametrize(
    ("kind", "family"),
    [
        pytest.param(*chosen, id=name, marks=() if name in {"icmp4", "stamp6"} else pytest.mark.soak)
        for name, chosen in KINDS.items()
    ],
)
BOTH_FAMILIES: Final = pytest.mark.parametrize("family", [4, 6])
