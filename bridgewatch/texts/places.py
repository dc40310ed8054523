"""How many places there are: rooms, and the services that they depend on, which are no rooms."""

from typing import Final, NamedTuple

from bridgewatch.model.words import Language


class _Text(NamedTuple):
    vi: str
    en: str


_SITES: Final = _Text("Điểm cầu: {}", "Sites: {}")
_SERVICES: Final = _Text("dịch vụ hội nghị: {}", "conference services: {}")


def tell_places(rooms: int, services: int, language: Language) -> str:
    """`Sites: 39, conference services: 1`."""
    told = _in(_SITES, language).format(rooms)
    return f"{told}, {tell_services(services, language)}" if services else told


def tell_services(count: int, language: Language) -> str:
    """`conference services: 1`."""
    return _in(_SERVICES, language).format(count)


def _in(text: _Text, language: Language) -> str:
    return text.vi if language is Language.VI else text.en
