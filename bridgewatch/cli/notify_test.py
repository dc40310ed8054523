"""`bridgewatch notify-test`: does a contact's every channel work?"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgewatch.cli.failures import FailedError, unknown
from bridgewatch.cli.options import ConfigOption, LanguageOption, StateOption
from bridgewatch.cli.paper import console_for, look_for
from bridgewatch.model.phrases import phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from bridgewatch.app.notify_test import Trial
    from bridgewatch.views.terminal.look import Look


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("notify-test")(notify_test)


def notify_test(
    contact: Annotated[str, typer.Argument(metavar="CONTACT", help="The id of the contact.")],
    via: Annotated[
        str | None, typer.Option("--via", metavar="GATEWAY", help="Only through this gateway.")
    ] = None,
    directory: ConfigOption = Path("config"),
    state: StateOption = None,
    *,
    language: LanguageOption,
) -> None:
    """Send a marked test through each of CONTACT's channels, and print what became of it.

    Exits 0 when every gateway accepted it, 1 when one did not. Accepted is what the gateway says; whether it
    arrived, the contact can tell.
    """
    from bridgewatch.adapters.clock import SystemClock
    from bridgewatch.app.notify_test import try_channels
    from bridgewatch.app.state import default_state_dir
    from bridgewatch.cli.loading import loaded
    from bridgewatch.model.ids import ContactId, GatewayId
    from bridgewatch.texts.trials import trial_words

    inventory = loaded(directory, language)
    people = inventory.directory.contacts
    chosen = people.get(ContactId(contact))
    if chosen is None:
        raise unknown(phrase("there is no contact {name}", name=contact), contact, people, "CONTACT")
    if via is not None and via not in {channel.gateway for channel in chosen.channels}:
        said = phrase("{contact} has no channel through {gateway}", contact=contact, gateway=via)
        raise unknown(said, via, [channel.gateway for channel in chosen.channels], "--via")
    trials = asyncio.run(
        try_channels(
            inventory,
            chosen,
            state or default_state_dir(),
            SystemClock().wall_ns(),
            None if via is None else GatewayId(via),
        )
    )
    if not trials:
        raise FailedError(f"{chosen.name}: {trial_words(language).no_channels}")
    console = console_for()
    console.print(_table(trials, look_for(console, inventory, language)), highlight=False)
    if not all(trial.result.delivered for trial in trials):
        raise typer.Exit(1)


def _table(trials: "Sequence[Trial]", look: "Look") -> "Table":
    from rich.text import Text

    from bridgewatch.texts.people import tell_people
    from bridgewatch.texts.trials import trial_words
    from bridgewatch.views.terminal.look import BAD, GOOD
    from bridgewatch.views.terminal.tables import table

    words = trial_words(look.language)
    columns = (words.gateway, words.kind, words.address, words.outcome, words.took, words.detail)
    rows = (
        (
            trial.gateway.id,
            tell_people(trial.gateway.kind, look.language),
            trial.channel.address,
            Text(words.of(trial.result), GOOD if trial.result.delivered else BAD),
            f"{look.figure(trial.seconds):.1f} {look.labels.second}",
            words.detail_of(trial.result, look.language),
        )
        for trial in trials
    )
    return table(columns, rows, look)
