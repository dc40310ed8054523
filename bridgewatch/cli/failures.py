"""How commands fail: what they raise, and how it is told."""

from collections.abc import Iterable

import typer

from bridgewatch.core.nearest import suggesting
from bridgewatch.model.phrases import Phrase, Words, phrase
from bridgewatch.model.words import Language


class UnfitError(typer.BadParameter):
    """A value on the command line that cannot be used; `where` names its option or argument."""

    def __init__(self, said: Words, where: str) -> None:
        super().__init__(str(said), param_hint=where)
        self.said = said
        self.where = where


class FailedError(Exception):
    """Ends a command with `code` after `said` was told."""

    def __init__(self, said: Words | Exception, code: int = 1) -> None:
        super().__init__(str(said))
        self.said = said
        self.code = code


def unknown(said: Phrase, name: str, known: Iterable[str], where: str) -> UnfitError:
    """That nothing is called `name`, with what may have been meant."""
    return UnfitError(suggesting(said, name, known), where)


def tell(said: Words | Exception, language: Language) -> str:
    """What is said, or what an error says, in a language."""
    from bridgewatch.texts.phrases.tell import tell_phrase
    from bridgewatch.texts.system import tell_os_error

    match said:
        case OSError():
            return tell_os_error(said, language)
        case Exception(args=(Phrase() as words,)):
            return tell_phrase(words, language)
        case ValueError():  # of the views: what came over the socket is not what they would have sent
            words = phrase("what the daemon answers is not of this version: {why}", why=str(said))
            return tell_phrase(words, language)
        case Exception():
            return str(said)
        case _:
            return tell_phrase(said, language)
