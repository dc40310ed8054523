"""Commands whose help, usage errors and failures are told in the language that is asked for.

Contexts are Any here: the library's own methods take a class of them that it does not export.
"""

import sys
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any, Final, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from bridgewatch.cli.directory import misplaced_directory, with_directory
from bridgewatch.cli.failures import FailedError, UnfitError, tell
from bridgewatch.cli.manual import Command, help_of, usage_of
from bridgewatch.cli.options import LANGUAGE_OPTION, language_of
from bridgewatch.model.words import Language
from bridgewatch.texts.usage import tell_usage, usage_words

_USAGE_ERROR: Final = 2
_Parse = Callable[[Any, list[str]], list[str]]


class SpokenCommand(TyperCommand):
    """One command."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help into `formatter`."""
        formatter.write(help_of(self, ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments."""
        return _parsed(self, ctx, with_directory(self.params, args), super().parse_args)

    def invoke(self, ctx: Any) -> Any:
        """Run it. Raises typer.Exit after telling why it failed."""
        try:
            return super().invoke(ctx)
        except FailedError as failure:
            typer.echo(f"{ctx.command_path}: {tell(failure.said, ctx.obj)}", err=True)
            raise typer.Exit(failure.code) from None
        except OSError as error:
            if error.filename is None:
                raise
            typer.echo(f"{ctx.command_path}: {tell(error, ctx.obj)}", err=True)
            raise typer.Exit(1) from None


class SpokenGroup(TyperGroup):
    """Several commands, or the whole program."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help into `formatter`."""
        formatter.write(help_of(self, ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments."""
        return _parsed(self, ctx, args, super().parse_args)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run the program, and end the process with its exit code."""
        del standalone_mode
        given = list(sys.argv[1:] if args is None else args)
        language = _asked_for(given)
        try:
            code = super().main(
                given,
                prog_name,
                complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                obj=language,
                **extra,
            )
        except typer.TyperException as error:
            _tell_usage_error(error, language)
            code = error.exit_code
        sys.exit(code or 0)


def _parsed(command: Command, ctx: Any, args: list[str], parse: _Parse) -> list[str]:
    """Parse; where arguments are all that is missing, tell the help instead, and end with an error."""
    if not args and command.no_args_is_help:
        typer.echo(ctx.get_help(), err=True)
        ctx.exit(_USAGE_ERROR)
    try:
        return parse(ctx, args)
    except typer.TyperException as error:
        if elsewhere := misplaced_directory(command.params, error.format_message()):
            vars(elsewhere)["ctx"] = ctx
            raise elsewhere from None
        if vars(error).get("ctx") is None:  # the library's parser does not say of which command it speaks
            vars(error)["ctx"] = ctx
        raise


def _asked_for(arguments: Sequence[str]) -> Language:
    """The language of what is said before, or instead of, a command is run."""
    for option, value in zip_longest(arguments, arguments[1:], fillvalue=""):
        name, _, given = option.partition("=")
        if name == LANGUAGE_OPTION and (given or value) in list(Language):
            return Language(given or value)
    return language_of()


def _tell_usage_error(error: typer.TyperException, language: Language) -> None:
    words = usage_words(language)
    if isinstance(error, UnfitError):
        said = f"{error.where}: {tell(error.said, language)}"
    else:
        said = tell_usage(error.format_message(), language)
    ctx: typer.Context | None = getattr(error, "ctx", None)
    if ctx is not None:
        typer.echo(usage_of(ctx, words), err=True)
    typer.echo(f"{words.error}: {said}", err=True)
    if ctx is not None:
        typer.echo(words.see.format(f"{ctx.command_path} --help"), err=True)
