"""What a spoilt way does to packets, decided by a seed: the n-th packet's luck never depends on the clock."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from enum import StrEnum, unique
from typing import Final, NamedTuple, Self

import numpy as np

BLOCK: Final = 512
GAMMA_SHAPE: Final = 2.0  # skewed as queueing delay is, yet zero at zero


@unique
class Distribution(StrEnum):
    """How the delays of single packets scatter about the base delay."""

    UNIFORM = "uniform"
    NORMAL = "normal"
    GAMMA = "gamma"  # only ever adds to the base delay


@dataclass(frozen=True, slots=True, kw_only=True)
class Impairment:
    """How one way treats packets. Delays in seconds, chances as ratios.

    `jitter` is the standard deviation of the single delays, whatever the distribution; a delay never falls
    below zero, so keep `delay` at three times the jitter or accept the cut. With `keep_order` a packet is
    never sent before one that came earlier. A share `reorder` of the packets is held for `hold` longer and
    may be overtaken even then. `corrupt` flips one bit beyond the first `spare` octets of the payload.
    """

    delay: float = 0.0
    jitter: float = 0.0
    distribution: Distribution = Distribution.NORMAL
    keep_order: bool = True
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    hold: float = 0.020
    corrupt: float = 0.0
    fix_checksum: bool = False
    spare: int = 0
    blackout: bool = False

    def __post_init__(self) -> None:
        for name in ("loss", "duplicate", "reorder", "corrupt"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is a ratio in 0 ... 1, not {getattr(self, name)}")
        for name in ("delay", "jitter", "hold", "spare"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise ValueError(f"{name} is not negative, but {getattr(self, name)} is")

    def as_json(self) -> dict[str, object]:
        """The settings as JSON can hold them."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, object]) -> Self:
        """The inverse of `as_json`; unknown names raise ValueError."""
        if unknown := document.keys() - {field.name for field in fields(cls)}:
            raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
        chosen = dict(document)
        if "distribution" in chosen:
            chosen["distribution"] = Distribution(chosen["distribution"])
        return cls(**chosen)


class Luck(NamedTuple):
    """The draws of one packet: five of 0 <= x < 1, then one of mean 0 and variance 1 per distribution.

    The gamma draw has its lower end, not its mean, at zero.
    """

    loss: float
    duplicate: float
    reorder: float
    corrupt: float
    bit: float
    uniform: float
    normal: float
    gamma: float


class Fate(NamedTuple):
    """What happens to one packet. `due_ns` is when it leaves."""

    lost: bool
    due_ns: int
    duplicated: bool
    held: bool
    corrupted: bool
    bit: float  # chooses the bit that is flipped


def draws(seed: int) -> Iterator[Luck]:
    """The luck of packet 0, 1, 2 ... without end, always the same for one seed."""
    source = np.random.default_rng(seed)
    while True:
        ratios = source.random((BLOCK, 6))
        ratios[:, 5] = (ratios[:, 5] - 0.5) * math.sqrt(12.0)
        normal = source.standard_normal(BLOCK)
        gamma = source.standard_gamma(GAMMA_SHAPE, BLOCK) / math.sqrt(GAMMA_SHAPE)
        yield from map(Luck._make, np.column_stack([ratios, normal, gamma]).tolist())


class Way:
    """One direction: its settings, and the draws that turn an arrival into a fate."""

    def __init__(self, settings: Impairment, seed: int) -> None:
        self._draws = draws(seed)
        self._last_due_ns = 0
        self.settings = settings

    @property
    def settings(self) -> Impairment:
        """What is in force; packets already on their way keep their fate."""
        return self._settings

    @settings.setter
    def settings(self, settings: Impairment) -> None:
        self._settings = settings
        self._delay_ns = settings.delay * 1e9
        self._jitter_ns = settings.jitter * 1e9
        self._hold_ns = round(settings.hold * 1e9)
        self._jitter_column = Luck._fields.index(settings.distribution)

    def fate(self, now_ns: int) -> Fate:
        """Decide about the packet that arrived at `now_ns`; later calls must not bring earlier times."""
        settings = self._settings
        luck = next(self._draws)
        due_ns = now_ns + max(0, round(self._delay_ns + self._jitter_ns * luck[self._jitter_column]))
        lost = luck.loss < settings.loss
        if settings.keep_order and not lost:
            due_ns = self._last_due_ns = max(due_ns, self._last_due_ns)
        held = luck.reorder < settings.reorder
        if held:
            due_ns += self._hold_ns
        return Fate(
            lost=lost,
            due_ns=due_ns,
            duplicated=luck.duplicate < settings.duplicate,
            held=held,
            corrupted=luck.corrupt < settings.corrupt,
            bit=luck.bit,
        )
