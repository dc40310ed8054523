"""`bridgewatch who` and `bridgewatch roster`: who is called for a link, and who is on duty."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgewatch.cli.failures import FailedError, UnfitError, unknown
from bridgewatch.cli.options import FilesOption, JsonOption, LanguageOption, StateOption
from bridgewatch.cli.paper import console_for, look_for
from bridgewatch.model.paging import Audience
from bridgewatch.model.phrases import phrase
from bridgewatch.model.words import Language

if TYPE_CHECKING:
    from bridgewatch.core.oncall.duty import Timetable
    from bridgewatch.model.ids import EventId, LinkId
    from bridgewatch.model.inventory import Inventory

_MOST_DAYS = 366
_MINUTE_NS = 60 * 1_000_000_000


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command("who")(who)
    app.command("roster")(roster)


def who(
    link: Annotated[str, typer.Argument(metavar="LINK", help="SITE/LINK, as in gialai-iape/wan.")],
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="When it fails: 2026-11-25T08:00, or 08:00.")
    ] = None,
    event: Annotated[
        str | None,
        typer.Option("--event", metavar="EVENT", help="As this event asks; without --at, when it goes live."),
    ] = None,
    fault: Annotated[
        Audience | None, typer.Option("--fault", help="Whose fault it looks like; the carrier's, by default.")
    ] = None,
    directory: FilesOption = None,
    state: StateOption = None,
    *,
    language: LanguageOption,
    as_json: JsonOption = False,
) -> None:
    """Show who would be called if LINK failed: step by step, when, through which channels, and why.

    Exits 1 where some step finds nobody. A channel with an asterisk runs over no egress that is watched; one
    in brackets gives no way to acknowledge.
    """
    from bridgewatch.cli.known import known
    from bridgewatch.cli.loading import loaded
    from bridgewatch.cli.moments import moment_ns
    from bridgewatch.core.calendar.agenda import Agenda
    from bridgewatch.core.oncall.who import who as asked
    from bridgewatch.views.escalation import to_json
    from bridgewatch.views.terminal.escalation import escalation

    daemon = known(state)
    inventory = loaded(daemon.files(directory), language)
    daemon.warn_of_plans("who", language)
    chosen, takes_part = _link(link, inventory), _event(event, link, inventory)
    at_ns = moment_ns(at, inventory.timezone)
    if takes_part is not None and at is None:
        at_ns = inventory.events[takes_part].starts_ns
    plan = asked(inventory, Agenda(inventory, daemon.orders), chosen, at_ns, event=takes_part, fault=fault)
    if as_json:
        typer.echo(json.dumps(to_json(plan, inventory), ensure_ascii=False, indent=2))
    else:
        console = console_for()
        for part in escalation(plan, inventory, look_for(console, inventory, language)):
            console.print(part, highlight=False)
    if any(not one.found.people for step in plan.steps for one in step.calls):
        raise typer.Exit(1)


def roster(
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=1, max=_MOST_DAYS, help="How many days to show.")
    ] = 7,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="From then on: 2026-11-25T00:00.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--roster", metavar="NAME", help="Only this roster: NAME or NAME/ROLE.")
    ] = None,
    contact: Annotated[
        str | None, typer.Option("--contact", metavar="CONTACT", help="Only where this contact is.")
    ] = None,
    directory: FilesOption = None,
    state: StateOption = None,
    ics: Annotated[
        Path | None,
        typer.Option("--ics", metavar="FILE", readable=False, help="Write an iCalendar file instead."),
    ] = None,
    *,
    language: LanguageOption,
) -> None:
    """Show who is on duty in the coming days, gaps included, or write it for the calendars of phones.

    Where a roster has nobody it says who is called instead, by a roster above it. A later export moves what a
    phone has and doubles nothing.
    """
    from datetime import timedelta

    from bridgewatch.cli.known import known
    from bridgewatch.cli.loading import loaded
    from bridgewatch.cli.moments import moment_ns
    from bridgewatch.texts.times import instant_of, zone_of

    inventory = loaded(known(state).files(directory), language)
    from_ns = moment_ns(since, inventory.timezone, "--from") // _MINUTE_NS * _MINUTE_NS
    ends = instant_of(from_ns, zone_of(inventory.timezone)) + timedelta(days=days)
    bounds = from_ns, round(ends.timestamp()) * 1_000_000_000
    timetables = _chosen(name, contact, inventory)
    if ics is not None:
        _write_calendar(ics, timetables, contact, inventory, bounds, language)
    else:
        _print_rosters(timetables, contact, inventory, bounds, language)


def _print_rosters(
    timetables: "list[Timetable]",
    contact: str | None,
    inventory: "Inventory",
    bounds: tuple[int, int],
    language: Language,
) -> None:
    from bridgewatch.core.oncall.find import Oncall
    from bridgewatch.core.oncall.spells import covered_stints
    from bridgewatch.texts.duty import duty_words
    from bridgewatch.views.terminal.rosters import rosters

    oncall = Oncall(inventory)
    found = [
        stint
        for timetable in timetables
        for stint in covered_stints(oncall, timetable, *bounds)
        if contact is None or any(turn.contact == contact for turn in stint.turns)
    ]
    words = duty_words(language)
    if found:
        console = console_for()
        for part in rosters(found, inventory, look_for(console, inventory, language)):
            console.print(part, highlight=False)
    else:
        typer.echo(words.no_duty if inventory.directory.rosters else words.no_rosters)


def _write_calendar(
    file: Path,
    timetables: "list[Timetable]",
    contact: str | None,
    inventory: "Inventory",
    bounds: tuple[int, int],
    language: Language,
) -> None:
    from bridgewatch.cli.moments import moment_ns
    from bridgewatch.core.oncall.spells import spells
    from bridgewatch.texts.duty import duty_words
    from bridgewatch.views.duty_calendar import duty_calendar

    found = [
        spell
        for timetable in timetables
        for spell in spells(timetable, *bounds)
        if contact is None or spell.contact == contact
    ]
    now_ns = moment_ns(None, inventory.timezone)
    try:
        file.write_bytes(duty_calendar(found, inventory, bounds, now_ns, language))
    except OSError as error:
        raise FailedError(error) from None
    typer.echo(duty_words(language).written.format(count=len(found), file=file))


def _chosen(name: str | None, contact: str | None, inventory: "Inventory") -> "list[Timetable]":
    from bridgewatch.core.oncall.find import Oncall

    if contact is not None and contact not in inventory.directory.contacts:
        raise unknown(
            phrase("there is no contact {name}", name=contact),
            contact,
            inventory.directory.contacts,
            "--contact",
        )
    timetables = Oncall(inventory).timetables
    chosen = [one for one in timetables if name in {None, one.roster.id, one.roster.id.partition("/")[0]}]
    if name is not None and not chosen:
        ids = [one.roster.id for one in timetables]
        known = [*dict.fromkeys(roster.partition("/")[0] for roster in ids), *ids]
        raise unknown(phrase("there is no roster {name}", name=name), name, known, "--roster")
    return chosen


def _link(name: str, inventory: "Inventory") -> "LinkId":
    found = next((link for link in inventory.links if link == name), None)
    if found is None:
        raise unknown(phrase("there is no link {name}", name=name), name, inventory.links, "LINK")
    return found


def _event(name: str | None, link: str, inventory: "Inventory") -> "EventId | None":
    if name is None:
        return None
    found = next((event for event in inventory.events if event == name), None)
    if found is None:
        raise unknown(phrase("there is no event {name}", name=name), name, inventory.events, "--event")
    if link.partition("/")[0] not in inventory.events[found].sites:
        raise UnfitError(phrase("{link} takes no part in {event}", link=link, event=name), "--event")
    return found
