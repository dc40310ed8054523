"""How figures read: a comma before decimals in Vietnamese, a point in English, and one precision."""

from typing import Final, Self

from bridgewatch.model.words import Language

_TENTHS_MATTER: Final = 10.0  # below it: 3.2 ms, 0.7 %
_HUNDREDTHS_MATTER: Final = 0.1  # below it a tenth would read as nothing


def percent(ratio: float, language: Language) -> str:
    """A ratio: `0,7 %`, `17 %`."""
    return f"{number(ratio * 100, language)} %"


def milliseconds(seconds: float, language: Language) -> str:
    """A delay: `3,2 ms`, `48 ms`."""
    return f"{number(seconds * 1e3, language)} ms"


def number(value: float, language: Language) -> str:
    """Whole from ten on, to a tenth below it, to a hundredth below a tenth; no zeros at the end."""
    size = abs(value)
    decimals = 0 if size >= _TENTHS_MATTER else 1 if size >= _HUNDREDTHS_MATTER else 2
    text = f"{value:.{decimals}f}"
    return with_mark(text.rstrip("0").rstrip(".") if decimals else text, language)


class Figure(float):
    """A number that every format writes with the mark of its language."""

    __slots__ = ("language",)

    language: Language

    def __new__(cls, value: float, language: Language) -> Self:
        """A number to be written in `language`."""
        figure = super().__new__(cls, value)
        figure.language = language
        return figure

    def __format__(self, form: str) -> str:
        """As a float is written, but for the mark."""
        return with_mark(super().__format__(form), self.language)


def with_mark(text: str, language: Language) -> str:
    """A number that was written with a decimal point, with the mark of the language."""
    return text.replace(".", ",") if language is Language.VI else text
