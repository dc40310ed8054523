"""A configuration in a few numbers, as a table."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from babel.numbers import format_decimal
from rich import box
from rich.table import Table
from rich.text import Text

from bridgewatch.config.summary import Summary
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.phrases import Phrase, Words, phrase
from bridgewatch.model.words import AdministrativeModel, Language, Level
from bridgewatch.texts.duty import duty_words
from bridgewatch.texts.networks import tell_network
from bridgewatch.texts.phrases.tell import tell_phrase
from bridgewatch.texts.places import tell_places
from bridgewatch.views.terminal.look import Look, spelt

_EVENTS_SHOWN: Final = 8
_TIERS: Final[Mapping[str, Phrase]] = {
    AdministrativeModel.TWO_TIER: phrase("provinces and communes"),
    AdministrativeModel.THREE_TIER: phrase("provinces, districts and communes"),
}
_SITES: Final = {
    Level.PROVINCE: phrase("sites of provinces"),
    Level.DISTRICT: phrase("sites of districts"),
    Level.COMMUNE: phrase("sites of communes"),
}

_Row = tuple[Words, float | str]


def summary_table(summary: Summary, inventory: Inventory, look: Look) -> Table:
    """What would be watched, what it costs, and for whom; of a watchdog, whose heartbeats it awaits."""
    watched = phrase("watchdog") if summary.watched else _TIERS[summary.model]
    title = phrase("{vantage}: {what}", vantage=summary.vantage, what=watched)
    table = Table(
        title=_spelt(title, look),
        title_justify="left",
        show_header=False,
        box=box.ASCII if look.plain else box.SQUARE,
    )
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    sections = _of_watchdog(summary, inventory) if summary.watched else _of_daemon(summary, inventory, look)
    for section in sections:
        for what, count in section:
            number = count if isinstance(count, str) else format_decimal(count, locale=look.language.value)
            table.add_row(_spelt(what, look), number)
        table.add_section()
    return table


def all_is_well(summary: Summary, inventory: Inventory, warnings: int, early: int, language: Language) -> str:
    """The last line of a check that found no mistake: what was looked at, and what was warned of.

    `early`: gaps before the check of some event; they are warnings, too.
    """
    words = duty_words(language)
    counts = []
    if not summary.watched:
        counts = [tell_places(sum(summary.rooms.values()), summary.services, language)]
        counts.append(words.links_checked.format(len(inventory.links)))
    manned = sum(not (event.cancelled or event.draft) for event in inventory.events.values())
    if manned and inventory.directory.pages and not early:
        counts.append(words.manned.format(manned))
    counts.append(words.warnings.format(warnings + early))
    return words.no_mistakes.format("; ".join(counts))


def _spelt(words: Words, look: Look) -> Text:
    return spelt(Text(tell_phrase(words, look.language)), look)


def _of_watchdog(summary: Summary, inventory: Inventory) -> Iterator[Iterable[_Row]]:
    for vantage in summary.watched:
        yield [(phrase("heartbeats of {vantage}, paged after", vantage=vantage), f"{summary.after:g} s")]
    yield _people(summary, inventory)


def _of_daemon(summary: Summary, inventory: Inventory, look: Look) -> Iterator[Iterable[_Row]]:
    yield [
        *((_SITES[level], count) for level, count in summary.rooms.items()),
        (phrase("conference services"), summary.services),
    ]
    links: list[_Row] = [
        (
            phrase(
                "{network} links, {carrier}",
                network=tell_network(network, look.language),
                carrier=_carrier(carrier, inventory),
            ),
            count,
        )
        for (network, carrier), count in summary.links.items()
    ]
    some = ((phrase("links paused"), summary.paused), (phrase("links whose sites dial in"), summary.dial_in))
    yield [*links, *((what, count) for what, count in some if count)]
    yield [
        (phrase("paths to links"), summary.paths - summary.references),
        (phrase("paths to references"), summary.references),
        (phrase("probes/s outside events, references included"), round(summary.probes_per_second, 1)),
        (
            phrase("bit/s each way outside events, with references and IP headers"),
            round(summary.bits_per_second),
        ),
    ]
    bandwidth = (
        (phrase("routers whose counters are read"), summary.routers),
        (phrase("links whose throughput can be tested"), summary.tested),
        (phrase("servers that they are tested against"), summary.servers),
        (phrase("keys of probes and of sites that dial in"), summary.keys),
    )
    if any(count for _, count in bandwidth):
        yield [row for row in bandwidth if row[1]]
    if summary.contacts or summary.events:
        yield _people(summary, inventory)
    if summary.watchdogs:
        yield [(phrase("watchdogs that are sent heartbeats"), summary.watchdogs)]


def _people(summary: Summary, inventory: Inventory) -> Iterator[_Row]:
    for carrier, count in summary.contacts.items():
        whose = phrase("contacts of {carrier}", carrier=_carrier(carrier, inventory))
        yield whose if carrier else phrase("contacts of our own and at the rooms"), count
    yield phrase("rosters"), summary.rosters
    for event, (rooms, services) in list(summary.events.items())[:_EVENTS_SHOWN]:
        yield phrase("sites of {event}", event=event), rooms
        if services:
            yield phrase("conference services of {event}", event=event), services
    if (more := len(summary.events) - _EVENTS_SHOWN) > 0:
        yield phrase("more events"), more


def _carrier(carrier: str, inventory: Inventory) -> str:
    return next((one.name for one in inventory.carriers.values() if one.id == carrier), carrier)
