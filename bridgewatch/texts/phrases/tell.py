"""How phrases, and what is wrong in a configuration, read in a language."""

from bridgewatch.model.mistakes import ConfigError, ConfigWarning
from bridgewatch.model.phrases import Phrase, Words
from bridgewatch.model.words import Language
from bridgewatch.texts.catalogue import catalogue


def tell_phrase(words: Words, language: Language) -> str:
    """A phrase in that language; what is no phrase reads the same in all."""
    if not isinstance(words, Phrase):
        return words
    point = "." if language is Language.VI else ","
    return words.said(catalogue("phrases", language).gettext, lambda count: f"{count:,}".replace(",", point))


def tell_mistake(mistake: ConfigError | ConfigWarning, language: Language) -> str:
    """`file:line:column: key.path: gặp ..., cần ...`; of a warning: what will disappoint."""
    return f"{mistake.place} {tell_phrase(mistake.text, language)}"
