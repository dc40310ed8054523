"""From two readings of an interface to what went over it between them, or to why that cannot be said.

**Time.** The octets of a reading are those of an instant between asking and the answer. sysUpTime tells the
distance of two readings to a hundredth, whatever the network did to the answers, so it is used wherever it
fits between asking and answering; where it does not, that agent's clock is no clock, and arrival has to do.

**Refreshing.** Many agents count into a table that they refresh every few seconds. The same numbers again are
no zero rate but the same reading again: the next that differs is compared with the first that showed them.
A rate is then off by as much as the refresh is of the interval: 3 s of 60 s are 5 %. Over many intervals
that cancels out. Numbers that stay for longer than any agent takes are stuck, or nothing passes at all;
which of both cannot be told, so there is no rate. An interface that is down carries nothing for sure.

**Wraps.** Differences are modulo the counter's width. A 32-bit counter of a fast port may have wrapped more
than once: then nothing is known. What the port could not have carried is no rate. Granted are
`SPARE_SECONDS` more than the interval, at most half of it, for agents that refresh, and half a megabit that
ifHighSpeed rounds away; so a rate never exceeds one and a half times the port's.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from bridgewatch.model.bandwidth import CounterGap, Use
from bridgewatch.model.ids import LinkId

SPARE_SECONDS: Final = 5.0
STUCK_SECONDS: Final = 90.0
_ROUNDING: Final = 500_000  # bit/s; ifHighSpeed is rounded to a megabit
_TICKS: Final = 100  # of sysUpTime in a second
_WORD: Final = 1 << 32
_LONG: Final = 1 << 64
_CLOCK_SLACK: Final = 0.05  # seconds, and
_CLOCK_DRIFT: Final = 0.001  # of the interval: how far sysUpTime may be off and still be a clock
_BOOT_SLACK: Final = 1.0  # seconds
_NS: Final = 1e9
_SHORTEST: Final = 0.5  # seconds; readings that are closer tell no rate
_FASTEST: Final = 400_000_000_000  # bit/s; a port that does not say how fast it is is not faster
_UP, _DOWN = 1, 2  # ifOperStatus and ifAdminStatus
_NOT_UP: Final = frozenset({2, 3, 6, 7})  # down, testing, notPresent, lowerLayerDown

_KEEPS_BASE: Final = frozenset({CounterGap.REPEATED, CounterGap.OUT_OF_ORDER, CounterGap.MISSING})


@dataclass(frozen=True, slots=True)
class Reading:
    """What an agent said of one interface, as it said it. None: it did not say.

    `asked_ns` and `at_ns` are when it was asked and when the answer was there; `uptime` is in hundredths of a
    second, `port_rate` in bit/s. `wide`: octets are counted in 64 bits.
    """

    asked_ns: int
    at_ns: int
    index: int
    uptime: int | None = None
    octets_in: int | None = None
    octets_out: int | None = None
    wide: bool = True
    in_errors: int | None = None
    out_errors: int | None = None
    in_discards: int | None = None
    out_discards: int | None = None
    admin_status: int | None = None
    oper_status: int | None = None
    port_rate: int | None = None
    discontinuity: int | None = None

    @property
    def oper_up(self) -> bool | None:
        """Whether packets can pass; None where the agent leaves that open (unknown, dormant)."""
        if self.oper_status == _UP:
            return True
        return False if self.oper_status in _NOT_UP else None

    @property
    def admin_up(self) -> bool | None:
        """Whether the router's own people want packets to pass; None where the agent does not say."""
        return {_UP: True, _DOWN: False}.get(self.admin_status or 0)

    def counted(self) -> tuple[int | None, ...]:
        """Every counter."""
        return (self.octets_in, self.octets_out, *self.mishaps())

    def mishaps(self) -> tuple[int | None, ...]:
        """The counters of packets that did not make it, 32 bits each."""
        return (self.in_errors, self.out_errors, self.in_discards, self.out_discards)


class _Octets(NamedTuple):
    """How many went in and out; None where that direction is not counted."""

    into: int | None
    out: int | None


class Meter:
    """One link's interface, reading by reading."""

    def __init__(self, link: LinkId, *, facing_site: bool) -> None:
        self._link = link
        self._facing_site = facing_site
        self._base: Reading | None = None
        self._stuck = False
        self._odd = False  # the last reading seemed older than the base

    def take(self, reading: Reading) -> Use:
        """What went over the link since the reading that this one is compared with."""
        base = self._base
        if base is None:
            gap, seconds = CounterGap.FIRST, 0.0
        elif reading.asked_ns < base.asked_ns:
            return self._nothing(reading, 0.0, CounterGap.OUT_OF_ORDER)
        else:
            gap, seconds = self._judged(_gap(base, reading), _seconds(base, reading)), _seconds(base, reading)
        if gap not in _KEEPS_BASE and not (gap is CounterGap.STUCK and base and _same(base, reading)):
            self._base = reading
        if base is None or gap is not CounterGap.NONE:
            return self._nothing(reading, seconds, gap)
        return self._use(base, reading, seconds)

    def _judged(self, gap: CounterGap, seconds: float) -> CounterGap:
        """The gap between two readings in the light of those before."""
        if gap is CounterGap.OUT_OF_ORDER and self._odd:
            gap = CounterGap.RESTARTED  # twice is no old answer but another clock
        self._odd = gap is CounterGap.OUT_OF_ORDER
        if gap is CounterGap.REPEATED:
            self._stuck = self._stuck or seconds >= STUCK_SECONDS
            return CounterGap.STUCK if self._stuck else gap
        if gap in _KEEPS_BASE:
            return gap
        # What moves again after it was stuck may have been counted meanwhile, or not.
        was_stuck, self._stuck = self._stuck, False
        return CounterGap.STUCK if was_stuck and gap is CounterGap.NONE else gap

    def _nothing(self, reading: Reading, seconds: float, gap: CounterGap) -> Use:
        return Use(
            self._link,
            reading.at_ns,
            seconds,
            gap,
            oper_up=reading.oper_up,
            admin_up=reading.admin_up,
            port_rate=reading.port_rate,
        )

    def _use(self, base: Reading, reading: Reading, seconds: float) -> Use:
        into, out = (None if count is None else count * 8 / seconds for count in _octets(base, reading))
        down, up = (out, into) if self._facing_site else (into, out)
        return Use(
            self._link,
            reading.at_ns,
            seconds,
            down=down,
            up=up,
            errors=_per_second(base, reading, ("in_errors", "out_errors"), seconds),
            discards=_per_second(base, reading, ("in_discards", "out_discards"), seconds),
            oper_up=reading.oper_up,
            admin_up=reading.admin_up,
            port_rate=reading.port_rate,
        )


def _gap(base: Reading, new: Reading) -> CounterGap:
    """Why there is no rate between the two; NONE if there is one."""
    checks = (_place, _order, _identity, _presence, _repetition, _falls, _carried)
    return next(
        (gap for check in checks if (gap := check(base, new)) is not CounterGap.NONE), CounterGap.NONE
    )


def _place(base: Reading, new: Reading) -> CounterGap:
    return CounterGap.NONE if new.index == base.index else CounterGap.RENUMBERED


def _order(base: Reading, new: Reading) -> CounterGap:
    """Whether the agent read the second after the first, and ran on between."""
    if base.uptime is None or new.uptime is None:
        return CounterGap.NONE
    shortest, longest = _bounds(base, new)
    up = new.uptime / _TICKS
    if new.uptime >= base.uptime:
        return CounterGap.RESTARTED if up < shortest - _BOOT_SLACK else CounterGap.NONE
    slack = _clock_slack(longest)
    if shortest - slack <= _ticked(base.uptime, new.uptime) <= longest + slack:
        return CounterGap.NONE  # after 497 days it begins again
    return CounterGap.RESTARTED if up < longest + _BOOT_SLACK else CounterGap.OUT_OF_ORDER


def _identity(base: Reading, new: Reading) -> CounterGap:
    """Whether both are of the same counters."""
    told = base.discontinuity is not None and new.discontinuity is not None
    if told and new.discontinuity != base.discontinuity:
        return CounterGap.DISCONTINUITY
    return CounterGap.NONE if new.wide == base.wide else CounterGap.RESET


def _presence(base: Reading, new: Reading) -> CounterGap:
    """Whether any octets are counted in both."""
    if new.octets_in is None and new.octets_out is None:
        return CounterGap.MISSING
    if all(count is None for count in _octets(base, new)):
        return CounterGap.FIRST
    return CounterGap.NONE


def _repetition(base: Reading, new: Reading) -> CounterGap:
    """Whether the agent has refreshed since. Nothing passes an interface that is down: there it has."""
    if _seconds(base, new) < _SHORTEST:
        return CounterGap.REPEATED
    clock_stands = base.uptime is not None and base.uptime == new.uptime
    if _same(base, new) and (clock_stands or new.oper_up is not False):
        return CounterGap.REPEATED
    return CounterGap.NONE


def _falls(base: Reading, new: Reading) -> CounterGap:
    """Whether counters went back other than by a wrap."""
    pairs = list(zip(base.mishaps(), new.mishaps(), strict=True))
    if any(old is not None and now is not None and now < old for old, now in pairs):
        return CounterGap.RESET  # nobody lives to see four billion errors
    fell = [_fell(base.octets_in, new.octets_in), _fell(base.octets_out, new.octets_out)]
    if new.wide and any(fell):
        return CounterGap.RESET if max(_counts(base, new)) > _most(base, new) else CounterGap.NONE
    return CounterGap.RESET if all(fell) else CounterGap.NONE  # both wrapping at once is so much rarer


def _carried(base: Reading, new: Reading) -> CounterGap:
    """Whether the port could carry that, and carry it only once."""
    most = _most(base, new)
    if not new.wide and most >= _WORD:
        return CounterGap.WRAPPED
    return CounterGap.IMPOSSIBLE if max(_counts(base, new)) > most else CounterGap.NONE


def _most(base: Reading, new: Reading) -> float:
    """The octets that the port carries in a direction between the two, with all that is granted."""
    rate = max(base.port_rate or 0, new.port_rate or 0) or _FASTEST
    seconds = _seconds(base, new)
    return (rate + _ROUNDING) / 8 * (seconds + min(SPARE_SECONDS, seconds / 2))


def _bounds(base: Reading, new: Reading) -> tuple[float, float]:
    """How far apart the two were taken, at least and at most. Seconds."""
    return (new.asked_ns - base.at_ns) / _NS, (new.at_ns - base.asked_ns) / _NS


def _seconds(base: Reading, new: Reading) -> float:
    """How far apart the two were taken."""
    shortest, longest = _bounds(base, new)
    if base.uptime is not None and new.uptime is not None:
        ticked = _ticked(base.uptime, new.uptime)
        slack = _clock_slack(longest)
        if shortest - slack <= ticked <= longest + slack:
            return ticked
    return max(0.0, (shortest + longest) / 2)


def _clock_slack(seconds: float) -> float:
    return _CLOCK_SLACK + max(0.0, seconds) * _CLOCK_DRIFT


def _ticked(before: int, after: int) -> float:
    """Seconds between two sysUpTimes, over their wrap."""
    return (after - before) % _WORD / _TICKS


def _same(base: Reading, new: Reading) -> bool:
    """Whether no counter has moved that is in both."""
    pairs = zip(base.counted(), new.counted(), strict=True)
    return all(before is None or after is None or before == after for before, after in pairs)


def _fell(before: int | None, after: int | None) -> bool:
    return before is not None and after is not None and after < before


def _octets(base: Reading, new: Reading) -> _Octets:
    width = _LONG if new.wide else _WORD

    def passed(before: int | None, after: int | None) -> int | None:
        return None if before is None or after is None else (after - before) % width

    return _Octets(passed(base.octets_in, new.octets_in), passed(base.octets_out, new.octets_out))


def _counts(base: Reading, new: Reading) -> list[int]:
    return [count for count in _octets(base, new) if count is not None]


def _per_second(base: Reading, new: Reading, names: tuple[str, ...], seconds: float) -> float | None:
    """The sum of some packet counters' rises; None where none of them is counted."""
    pairs = [(getattr(base, name), getattr(new, name)) for name in names]
    rises = [after - before for before, after in pairs if before is not None and after is not None]
    return sum(rises) / seconds if rises else None
