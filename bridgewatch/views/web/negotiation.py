"""Which exposition format and encoding a scraper gets, from its Accept headers (RFC 9110, section 12)."""

from typing import Final, NamedTuple

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class _Choice(NamedTuple):
    """One element of an Accept header."""

    name: str
    parameters: dict[str, str]
    weight: float


def wants_openmetrics(accept: str) -> bool:
    """Whether OpenMetrics 1.0 is asked for by name, and no less than plain text."""
    openmetrics = text = 0.0
    for choice in _choices(accept):
        if choice.name == "application/openmetrics-text":
            if choice.parameters.get("version", "1.0.0") == "1.0.0":
                openmetrics = max(openmetrics, choice.weight)
        elif choice.name in {"text/plain", "text/*", "*/*"}:
            text = max(text, choice.weight)
    return openmetrics > 0 and openmetrics >= text


def wants_gzip(accept_encoding: str) -> bool:
    """Whether gzip is accepted."""
    weights = {choice.name: choice.weight for choice in _choices(accept_encoding)}
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _choices(header: str) -> list[_Choice]:
    return [_choice(element) for element in header.split(",") if element.strip()]


def _choice(element: str) -> _Choice:
    name, *rest = (part.strip() for part in element.split(";"))
    pairs = (part.partition("=") for part in rest)
    parameters = {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}
    return _Choice(name.lower(), parameters, _weight(parameters.pop("q", "1")))


def _weight(text: str) -> float:
    """A q value; one that cannot be read counts as not acceptable."""
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
