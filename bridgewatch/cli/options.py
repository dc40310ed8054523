"""Options that several commands have, said in one place."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from bridgewatch.cli.directory import CONFIG_OPTION, DIRECTORY
from bridgewatch.model.words import Language

LANGUAGE_OPTION: Final = "--language"
_SAID_IN: Final = ("BRIDGEWATCH_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def language_of(environment: Mapping[str, str] = os.environ) -> Language:
    """What BRIDGEWATCH_LANGUAGE says, else the locale; Vietnamese wherever neither is English."""
    said = next((value for name in _SAID_IN if (value := environment.get(name))), "")
    return Language.EN if said.lower().startswith("en") else Language.VI


LanguageOption = Annotated[
    Language,
    typer.Option(
        LANGUAGE_OPTION,
        default_factory=language_of,
        show_default=False,
        help="Language of what is said; else BRIDGEWATCH_LANGUAGE or the locale decides.",
    ),
]
_FILES_OF_DAEMON: Final = "config; with --state, what its daemon goes by"

_ALSO: Final = "Directory of the configuration; also as --config DIR."

# Whether a path can be read is said where it is: with what can be done about it, and in the right language.
ConfigArgument = Annotated[Path, typer.Argument(metavar=DIRECTORY, readable=False, help=_ALSO)]
ConfigOption = Annotated[
    Path, typer.Option(CONFIG_OPTION, metavar="DIR", readable=False, help="Directory of the configuration.")
]
FilesArgument = Annotated[
    Path | None,
    typer.Argument(metavar=DIRECTORY, readable=False, show_default=_FILES_OF_DAEMON, help=_ALSO),
]
FilesOption = Annotated[
    Path | None,
    typer.Option(
        CONFIG_OPTION,
        metavar="DIR",
        readable=False,
        show_default=_FILES_OF_DAEMON,
        help="Directory of the configuration.",
    ),
]
StateOption = Annotated[
    Path | None,
    typer.Option(
        "--state",
        metavar="DIR",
        readable=False,
        show_default="/var/lib/bridgewatch as root, else ~/.local/state/bridgewatch",
        help="State directory of the daemon.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
