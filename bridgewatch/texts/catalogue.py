"""The catalogues of the rooms beside this file: `ROOM/vi.po` translates the English that the code says."""

from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bridgewatch.model.words import Language


@lru_cache
def catalogue(room: str, language: Language) -> NullTranslations:
    """The translations of what `room` says; English is what the code says itself."""
    if language is Language.EN:
        return NullTranslations()
    compiled = BytesIO()
    with (files(__package__) / room / f"{language.value}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language.value))
    compiled.seek(0)
    return GNUTranslations(compiled)
