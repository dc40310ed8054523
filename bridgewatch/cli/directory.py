"""The directory of the configuration is `--config DIR` with every command, however it was asked for.

Some commands are about nothing else and take it as their argument, too; `import` calls it `--into` as well.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from bridgewatch.cli.failures import UnfitError
from bridgewatch.model.phrases import phrase

CONFIG_OPTION: Final = "--config"
DIRECTORY: Final = "[DIR]"
_EXTRA: Final = re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((\S+?)(?: .*)?\)")


def with_directory(params: Iterable[Any], args: Sequence[str]) -> list[str]:
    """The arguments of a command, with `--config DIR` as its argument where the directory is one."""
    if not any(param.metavar == DIRECTORY for param in params):
        return list(args)
    rest: list[str] = []
    said: list[str] = []
    given = iter(args)
    for one in given:
        option, equals, value = one.partition("=")
        if option != CONFIG_OPTION:
            rest.append(one)
        elif equals:
            said.append(value)
        else:
            said.append(next(given, one))
    return [*rest, *said]


def misplaced_directory(params: Iterable[Any], said: str) -> UnfitError | None:
    """How the directory is given instead, where a command was `said` to have one as an argument too many."""
    extra = _EXTRA.fullmatch(said)
    if (
        extra is None
        or not any(CONFIG_OPTION in param.opts for param in params)
        or not Path(extra[1]).is_dir()
    ):
        return None
    meant = phrase(
        "the directory of the configuration follows this option: {option} {directory}",
        option=CONFIG_OPTION,
        directory=extra[1],
    )
    return UnfitError(meant, CONFIG_OPTION)
