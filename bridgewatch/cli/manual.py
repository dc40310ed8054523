"""The help of a command, drawn in the language that is asked for.

The library that reads the command line speaks English only, and shows types where people need words. What
commands and options say of themselves is the key of the catalogue `texts/help`, paragraph by paragraph.
"""

import inspect
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from bridgewatch.model.words import Language
from bridgewatch.texts.usage import UsageWords, usage_words

if TYPE_CHECKING:
    from rich.table import Table

_WIDEST: Final = 100  # columns that are still read with ease
_NAMES: Final = 31  # columns for the names of options and commands, at most

Command = TyperCommand | TyperGroup
Parameter = TyperOption | TyperArgument


def help_of(command: Command, ctx: typer.Context) -> str:
    """All of it; `ctx.obj` is the language."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    language: Language = ctx.obj
    words, console = usage_words(language), Console()
    console.width = min(console.width, _WIDEST)
    with console.capture() as captured:
        console.print(Text(usage_of(ctx, words), "bold"))
        for paragraph in _paragraphs(command.help):
            console.print(Padding(Text(_told(paragraph, language)), (1, 0, 0, 0)))
        for title, rows in _sections(command, ctx, words):
            console.print()
            console.print(Text(f"{title}:", "bold"))
            console.print(_table(rows))
        for paragraph in _paragraphs(command.epilog):
            console.print(Padding(Text(_told(paragraph, language)), (1, 0, 0, 0)))
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def usage_of(ctx: typer.Context, words: UsageWords) -> str:
    """`Usage: bridgewatch who [OPTIONS] LINK`."""
    command = ctx.command
    arguments = [_name(param, ctx) for param in command.params if isinstance(param, TyperArgument)]
    if isinstance(command, TyperGroup):
        arguments.append(words.some_command)
    return " ".join([f"{words.usage}: {ctx.command_path}", words.some_options, *arguments])


def texts_of(command: Command) -> Iterator[str]:
    """What `command` and those below it say of themselves, as the catalogue has it."""
    yield from _paragraphs(command.help)
    yield from _paragraphs(command.epilog)
    for param in _parameters(command.params):
        yield from _paragraphs(param.help)
        if isinstance(param.show_default, str):
            yield param.show_default
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            if isinstance(below, TyperCommand | TyperGroup):
                yield from texts_of(below)


def _sections(
    command: Command, ctx: typer.Context, words: UsageWords
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A title, and names with what they mean."""
    language: Language = ctx.obj
    params = list(_parameters(command.params))
    for title, kind in ((words.arguments, TyperArgument), (words.options, TyperOption)):
        rows = [(_name(one, ctx), _meaning(one, ctx, words)) for one in params if isinstance(one, kind)]
        if kind is TyperOption:
            rows.append(("--help", words.show_help))
        if rows:
            yield title, rows
    if isinstance(command, TyperGroup):
        below = command.commands.items()
        yield words.commands, [(name, _told(next(_paragraphs(one.help)), language)) for name, one in below]


def _parameters(params: Iterable[object]) -> Iterator[Parameter]:
    return (one for one in params if isinstance(one, TyperOption | TyperArgument) and not one.hidden)


def _name(param: Parameter, ctx: typer.Context) -> str:
    """`--at TIME`, `--json`, `LINK`."""
    if isinstance(param, TyperArgument):
        return param.metavar or param.name.upper()
    names = ", ".join(param.opts)
    return names if param.is_flag else f"{names} {param.metavar or param.display_type(ctx).strip('<>')}"


def _meaning(param: Parameter, ctx: typer.Context, words: UsageWords) -> str:
    language: Language = ctx.obj
    notes = [words.required] if param.required and isinstance(param, TyperOption) else []
    if default := _default(param, ctx):
        notes.append(words.default.format(default))
    said = " ".join(_told(paragraph, language) for paragraph in _paragraphs(param.help))
    return f"{said} [{', '.join(notes)}]" if notes else said


def _default(param: Parameter, ctx: typer.Context) -> str:
    if isinstance(param.show_default, str):
        return _told(param.show_default, ctx.obj)
    value: Any = param.get_default(ctx, call=False)
    if not param.show_default or callable(value) or value in (None, False, ""):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _paragraphs(text: str | None) -> Iterator[str]:
    """The paragraphs of a docstring, each in one line."""
    for paragraph in inspect.cleandoc(text or "").split("\n\n"):
        if line := " ".join(paragraph.split()):
            yield line


def _told(paragraph: str, language: Language) -> str:
    from bridgewatch.texts.catalogue import catalogue

    return catalogue("help", language).gettext(paragraph)


def _table(rows: Iterable[tuple[str, str]]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(max_width=_NAMES, overflow="fold")
    table.add_column()
    for name, meaning in rows:
        table.add_row(Text(f"  {name}"), Text(meaning))
    return table
