"""`bridgewatch readiness` as tables: totals first, then every site that is not GO, with its reasons."""

from collections.abc import Iterator, Mapping
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from bridgewatch.model.bandwidth import CapacityState, UseState
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.readiness import (
    EventReadiness,
    LinkBandwidth,
    LinkReadiness,
    Readiness,
    ReadyReason,
    SiteReadiness,
)
from bridgewatch.model.words import Reason, SiteKind
from bridgewatch.texts.calendar import calendar_words
from bridgewatch.texts.duty import duty_words
from bridgewatch.texts.people import tell_people
from bridgewatch.texts.readiness import tell_need, tell_readiness
from bridgewatch.views.terminal.gaps import gap_lines
from bridgewatch.views.terminal.look import BAD, GOOD, POOR, TITLE, Look, spelt
from bridgewatch.views.terminal.tables import Cell, moment, span, table

_OWED: Final = frozenset({CapacityState.SHORT, CapacityState.RAISE_MISSING})
_STYLES: Final = {Readiness.GO: GOOD, Readiness.NO_GO: BAD, Readiness.UNKNOWN: POOR}


def readiness(
    report: EventReadiness, inventory: Inventory, look: Look, *, every: bool = False
) -> Iterator[RenderableType]:
    """The whole report; `every` lists sites that are GO too."""
    words = duty_words(look.language)
    event = inventory.events[report.event]
    when = f"{moment(event.starts_ns, look)}"
    phase = tell_people(report.phase, look.language)
    head = Text.assemble((event.id, TITLE), look.dot, look.dot.join((event.name, when, phase)), look.dot)
    yield spelt(Text.assemble(head, verdict_text(report.verdict, look)), look)
    if report.nobody_paged:
        yield spelt(Text(f"!! {tell_readiness(ReadyReason.NOBODY_PAGED, look.language)}", BAD), look)
    yield totals(report, inventory, look)
    listed = [site for site in report.sites if every or site.verdict is not Readiness.GO or _remarks(site)]
    if listed:
        columns = (words.site, words.level, words.verdict, words.reasons)
        yield table(columns, (_row(site, report, inventory, look) for site in listed), look)
    if report.unmeasured:
        yield spelt(Text(words.unmeasured.format(report.unmeasured)), look)
    gaps = dict.fromkeys(gap for site in report.sites for gap in site.gaps)
    for _, told in gap_lines((*report.own, *gaps, *report.early), inventory, look, every=every):
        yield spelt(Text(told), look)


def totals(report: EventReadiness, inventory: Inventory, look: Look) -> Table:
    """How many sites of each level and links of each carrier are ready."""
    return table(
        ("", *(verdict_word(verdict, look) for verdict in Readiness)), _rows(report, inventory, look), look
    )


def verdict_word(verdict: Readiness, look: Look) -> str:
    """What a judgement is called."""
    return tell_readiness(verdict, look.language)


def verdict_text(verdict: Readiness, look: Look) -> Text:
    """What a judgement is called, in its colour."""
    return Text(verdict_word(verdict, look), _STYLES[verdict])


def link_text(link: LinkReadiness, report: EventReadiness, look: Look) -> str:
    """What was decided of a link and why; of a spare also that it is one."""
    told = tell_readiness(
        link.reason,
        look.language,
        for_so_long=span(link.seconds or 0.0, look),
        required=span(report.required, look),
    )
    spare = "" if link.carrying else f" ({duty_words(look.language).spare})"
    why = f", {look.tell(link.state_reason)}" if link.state_reason is not Reason.NONE else ""
    needed = f"; {_need(link, link.bandwidth, look)}" if link.bandwidth is not None else ""
    return f"{link.link}{spare}: {told}{why}{needed}"


def _need(link: LinkReadiness, bandwidth: LinkBandwidth, look: Look) -> str:
    tested = moment(bandwidth.tested_ns, look) if bandwidth.tested_ns else ""
    return tell_need(bandwidth, link.link, tested, look.language)


def _rows(report: EventReadiness, inventory: Inventory, look: Look) -> Iterator[tuple[Cell, ...]]:
    words, levels = duty_words(look.language), calendar_words(look.language)
    for level, counts in report.by_level.items():
        yield f"{words.site}, {levels.level(level)}", *_numbers(counts)
    if report.services:
        yield words.services, *_numbers(report.services)
    for carrier, counts in report.by_carrier.items():
        known = inventory.carriers.get(carrier)
        yield f"{words.links}, {known.name if known is not None else carrier}", *_numbers(counts)


def _numbers(counts: Mapping[Readiness, int]) -> Iterator[Cell]:
    for verdict in Readiness:
        number = counts.get(verdict, 0)
        yield Text(str(number), _STYLES[verdict] if number else "")


def _row(site: SiteReadiness, report: EventReadiness, inventory: Inventory, look: Look) -> tuple[Cell, ...]:
    room, words = site.kind is SiteKind.ROOM, duty_words(look.language)
    level = calendar_words(look.language).level(site.level) if room else words.service
    reasons = "\n".join(_reasons(site, report, look))
    return (
        f"{inventory.sites[site.site].name} ({site.site})",
        level,
        verdict_text(site.verdict, look),
        reasons,
    )


def _reasons(site: SiteReadiness, report: EventReadiness, look: Look) -> Iterator[str]:
    if not any(link.carrying for link in site.links):
        yield tell_readiness(ReadyReason.NO_CARRYING_LINK, look.language)
    for link in site.links:
        if link.carrying or link.verdict is Readiness.NO_GO:
            yield link_text(link, report, look)
    if site.gaps:
        yield tell_readiness(ReadyReason.ROSTER_GAP, look.language)


def _remarks(site: SiteReadiness) -> bool:
    """Whether something is to be told of a site that is GO: a spare that is gone, a carrier that owes."""
    return any(link.verdict is Readiness.NO_GO or _owes(link.bandwidth) for link in site.links)


def _owes(bandwidth: LinkBandwidth | None) -> bool:
    return bandwidth is not None and (bandwidth.capacity in _OWED or bandwidth.use is UseState.OVER)
