"""One language and one time zone: what is said in them, and how times and spans are written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal

from babel.dates import get_timezone_gmt
from babel.units import format_unit

from bridgewatch.model.words import Language
from bridgewatch.texts.catalogue import catalogue
from bridgewatch.texts.people import PeopleWord, tell_people
from bridgewatch.texts.times import full_time, instant_of, short_moment, time_of_day, zone_of

_SECOND_NS: Final = 1_000_000_000
_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_TOLD_UNITS: Final = 2
_ENDINGS: Final = {1: "st", 2: "nd", 3: "rd"}  # of English ordinal numbers, but of
_TEENS: Final = range(11, 14)
# The data of the Unicode consortium has Vietnamese spans in one length only.
_LENGTHS: Final[dict[Language, Literal["long", "short"]]] = {Language.VI: "short", Language.EN: "long"}


@dataclass(frozen=True, slots=True)
class Tongue:
    """How one message speaks. `now_ns` is when it is written: of its own day, times need no date."""

    language: Language
    timezone: str
    now_ns: int

    def say(self, message: str, **values: object) -> str:
        """A sentence of the catalogue with its braces filled in."""
        return catalogue("messages", self.language).gettext(message).format(**values)

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """A sentence about so many, as the language counts; `{n}` is the number."""
        return catalogue("messages", self.language).ngettext(one, many, number).format(n=number, **values)

    def word(self, word: PeopleWord) -> str:
        """The clause of a word of the model."""
        return tell_people(word, self.language)

    def nth(self, number: int) -> str:
        """`2nd`; in Vietnamese the number itself, behind a word that makes it one of an order."""
        if self.language is Language.VI:
            return str(number)
        teens = number % 100 in _TEENS
        return f"{number}{'th' if teens else _ENDINGS.get(number % 10, 'th')}"

    def clock(self, at_ns: int) -> str:
        """A time of day; with its date where that is not today's."""
        return time_of_day(at_ns, self.now_ns, self._zone, self.language)

    def clock_short(self, at_ns: int) -> str:
        """`07:55`, or `07:55 26/11` where that is not today's."""
        at, now = self._local(at_ns), self._local(self.now_ns)
        return f"{at:%H:%M}" if at.date() == now.date() else short_moment(at, self.language)

    def moment(self, at_ns: int) -> str:
        """Time, date and zone, in full."""
        zone = get_timezone_gmt(self._local(at_ns), width="iso8601_short", locale=self.language.value)
        return f"{full_time(at_ns, self._zone, self.language)} (GMT{zone})"

    def moment_short(self, at_ns: int) -> str:
        """Time and date."""
        return full_time(at_ns, self._zone, self.language)

    def hour_and_minute(self, at_ns: int) -> tuple[int, int]:
        """For reading aloud."""
        at = self._local(at_ns)
        return at.hour, at.minute

    def span(self, span_ns: int) -> str:
        """`2 hours 5 minutes`: the two greatest units, whole seconds."""
        length = _LENGTHS[self.language]
        return " ".join(self._unit(count, unit, length) for count, unit in parts_of(span_ns))

    def span_short(self, span_ns: int) -> str:
        """`2 hr 5 min`."""
        return " ".join(self._unit(count, unit, "short") for count, unit in parts_of(span_ns))

    def spoken_span(self, span_ns: int, number: Callable[[int], str]) -> str:
        """The same with the counts in words."""
        length = _LENGTHS[self.language]
        return " ".join(
            self._unit(count, unit, length).replace(str(count), number(count), 1)
            for count, unit in parts_of(span_ns)
        )

    def _unit(self, count: int, unit: str, length: Literal["long", "short"]) -> str:
        return format_unit(count, f"duration-{unit}", length, locale=self.language.value)

    @property
    def _zone(self) -> tzinfo:
        return zone_of(self.timezone)

    def _local(self, at_ns: int) -> datetime:
        return instant_of(at_ns, self._zone)


def parts_of(span_ns: int) -> list[tuple[int, str]]:
    """A span in its two greatest units: [(2, "hour"), (5, "minute")]. Less than a second is 0 seconds."""
    rest = max(0, span_ns) // _SECOND_NS
    parts: list[tuple[int, str]] = []
    for unit, seconds in _UNITS:
        count, rest = divmod(rest, seconds)
        if count or parts:
            parts.append((count, unit))
    return [part for part in parts[:_TOLD_UNITS] if part[0]] or [(0, "second")]
