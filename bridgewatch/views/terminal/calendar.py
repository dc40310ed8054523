"""The calendar on a terminal: a bar per event on one scale of days, then each event in words and figures."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from babel.numbers import format_decimal
from rich.cells import cell_len
from rich.text import Text

from bridgewatch.core.calendar.overlaps import DEMAND
from bridgewatch.model.paging import Phase
from bridgewatch.model.words import Language
from bridgewatch.texts import times
from bridgewatch.texts.calendar import CalendarWords, calendar_words, tell_settings
from bridgewatch.texts.people import tell_people
from bridgewatch.texts.places import tell_services
from bridgewatch.texts.symbols import symbol
from bridgewatch.texts.times import duration, instant_of, short_moment, weekday_moment, zone_of
from bridgewatch.views.calendar import CalendarReport, Entry, Stage
from bridgewatch.views.terminal.look import BAD, GOOD, POOR, QUIET, TITLE, Look, cell

_STYLES: Final[Mapping[Phase, str]] = {
    Phase.NONE: QUIET,
    Phase.DRAFT: QUIET,
    Phase.PLANNED: QUIET,
    Phase.WAVE: "cyan",
    Phase.FREEZE: "blue",
    Phase.CHECK: POOR,
    Phase.LIVE: GOOD,
    Phase.REPORT: "magenta",
}
_NAME: Final = 3  # the names beside the bars take a third of the width at the most
_DAY: Final = 6  # columns of a day's label
_TIMES: Final = 27  # columns of "07:30 25/11 - 08:00 26/11"


def calendar_lines(report: CalendarReport, look: Look) -> list[Text]:
    """The whole calendar, from top to bottom."""
    words, zone = calendar_words(look.language), zone_of(report.timezone)
    now = weekday_moment(instant_of(report.now_ns, zone), look.language)
    who = Text.assemble(("bridgewatch", TITLE), look.dot, words.title, look.dot, report.vantage)
    lines = [look.rule(who, f"{now}{look.dot}{report.timezone}"), *_headlines(report, look, words, zone)]
    if not report.entries:
        return [*lines, Text(), Text(f"  {words.no_event}")]
    lines += [Text(), *_bars(report, look, zone)]
    for entry in report.entries:
        lines += [Text(), *_details(entry, report, look, words, zone)]
    return lines


def _headlines(report: CalendarReport, look: Look, words: CalendarWords, zone: tzinfo) -> Iterator[Text]:
    if report.change_ns is None:
        yield Text(f"  {words.nothing_changes}")
    else:
        names = {entry.event.id: entry.event.name for entry in report.entries}
        what = ", ".join(
            f"{names.get(event, event)}: {tell_people(phase, look.language)}"
            for event, phase in report.changes
        )
        left = duration(report.change_ns - report.now_ns, look.language)
        when = _moment(report.change_ns, zone, look)
        yield Text(f"  {words.next_change.format(when=when, left=left, what=what)}")
    load = [words.load.format(now=_number(report.probes_per_second, look.language))]
    if report.probes_after != report.probes_per_second:
        load.append(words.load_after.format(after=_number(report.probes_after, look.language)))
    yield Text(f"  {look.dot.join(load)}")
    if max(report.probes_per_second, report.probes_after) > report.bound:
        yield Text(f"  {words.over_bound.format(bound=_number(report.bound, look.language))}", POOR)


def _bars(report: CalendarReport, look: Look, zone: tzinfo) -> Iterator[Text]:
    """A line per event under a scale of days, and what the signs mean."""
    name = min(look.width // _NAME, max(cell_len(entry.event.name) for entry in report.entries))
    columns = max(_DAY, look.width - name - 4)
    indent = " " * (name + 3)
    edges = [
        report.from_ns + (report.until_ns - report.from_ns) * column // columns
        for column in range(columns + 1)
    ]
    yield Text(f"{indent}{_scale(report, edges, look, zone)}", QUIET)
    shown: set[Phase] = set()
    for entry in report.entries:
        phases = [_phase_between(entry.stages, *edge) for edge in pairwise(edges)]
        shown |= set(phases)
        bar = Text()
        for phase in phases:
            bar.append(symbol(phase, plain=look.plain), _STYLES[phase])
        yield Text.assemble("  ", cell(entry.event.name, name), " ", bar)
    if edges[0] <= report.now_ns < edges[-1]:
        column = sum(edge <= report.now_ns for edge in edges) - 1
        yield Text(f"{indent}{' ' * column}{'^' if look.plain else '▲'}", TITLE)
    legend = [phase for phase in DEMAND if phase in shown and phase is not Phase.NONE]
    yield Text(indent) + Text("  ").join(_named(phase, look) for phase in legend)


def _scale(report: CalendarReport, edges: Sequence[int], look: Look, zone: tzinfo) -> str:
    """The days: each begins at its mark; a label that has no room is left out."""
    columns = [" "] * (len(edges) - 1)
    free = 0
    for day in _midnights(report, zone):
        column = sum(edge <= day for edge in edges) - 1
        label = ("|" if look.plain else "│") + f"{times.day(instant_of(day, zone), look.language)}"
        if column >= free and column + len(label) <= len(columns):
            columns[column : column + len(label)] = label
            free = column + len(label)
        elif column >= free:
            columns[column] = label[0]
    return "".join(columns)


def _midnights(report: CalendarReport, zone: tzinfo) -> Iterator[int]:
    """The local midnights of the days shown."""
    first = instant_of(report.from_ns, zone).replace(hour=0, minute=0, second=0, fold=0, tzinfo=None)
    for number in range(2 + (report.until_ns - report.from_ns) // 86_400_000_000_000):
        midnight: datetime = (first + timedelta(days=number)).replace(tzinfo=zone)
        instant_ns = round(midnight.timestamp()) * 1_000_000_000
        if report.from_ns <= instant_ns < report.until_ns:
            yield instant_ns


def _phase_between(stages: Sequence[Stage], starts_ns: int, ends_ns: int) -> Phase:
    """The most demanding phase of that time, so that an hour of a week is not overlooked."""
    touched = (
        stage.phase
        for stage in stages
        if (stage.starts_ns is None or stage.starts_ns < ends_ns)
        and (stage.ends_ns is None or stage.ends_ns > starts_ns)
    )
    return max(touched, key=DEMAND.__getitem__)


def _details(
    entry: Entry, report: CalendarReport, look: Look, words: CalendarWords, zone: tzinfo
) -> Iterator[Text]:
    event = entry.event
    state = Text(words.cancelled, BAD) if event.cancelled else _named(entry.stage.phase, look)
    yield look.rule(Text.assemble((event.name, TITLE), (f"  {event.id}  ", QUIET), state))
    yield Text(f"  {look.dot.join(_times(entry, report.now_ns, look, words, zone))}")
    if event.contacts_due_ns is not None and not event.cancelled:
        due = words.contacts_due.format(when=_moment(event.contacts_due_ns, zone, look))
        passed = report.now_ns >= event.contacts_due_ns
        yield Text(f"  {due}{f' ({words.due_passed})' if passed else ''}")
    yield Text(f"  {look.dot.join(_sizes(entry, report, look, words))}")
    if not event.cancelled:
        for stage in entry.stages:
            if stage.phase is not Phase.NONE:
                yield _stage_line(stage, look, words, zone, present=stage is entry.stage)


def _times(entry: Entry, now_ns: int, look: Look, words: CalendarWords, zone: tzinfo) -> Iterator[str]:
    event = entry.event
    starts = weekday_moment(instant_of(event.starts_ns, zone), look.language)
    yield words.meeting.format(starts=starts, ends=_end(event.starts_ns, event.ends_ns, zone, look))
    order, over = entry.order, next((s.ends_ns for s in entry.stages if s.phase is Phase.LIVE), None)
    if order is not None and order.ends_ns is not None and not order.close:
        yield words.extended.format(by=order.actor, until=_end(event.starts_ns, order.ends_ns, zone, look))
    if order is not None and order.close:
        yield words.closed.format(by=order.actor, when=_end(event.starts_ns, order.at_ns, zone, look))
    elif over is not None:
        until = words.live_until if now_ns < over else words.over
        yield until.format(until=_end(event.starts_ns, over, zone, look))
    if event.carried_by is not None:
        yield words.carried_by.format(words.network(event.carried_by))


def _sizes(entry: Entry, report: CalendarReport, look: Look, words: CalendarWords) -> Iterator[str]:
    rooms = [f"{words.level(level)} {_number(count, look.language)}" for level, count in entry.rooms.items()]
    yield words.sites.format(", ".join(rooms) or "0")
    if entry.services:
        yield tell_services(entry.services, look.language)
    carriers = [
        f"{report.carriers.get(carrier, carrier)} {_number(count, look.language)}"
        for carrier, count in entry.links.items()
    ]
    yield words.links.format(", ".join(carriers) or "0")


def _stage_line(stage: Stage, look: Look, words: CalendarWords, zone: tzinfo, *, present: bool) -> Text:
    """One phase: when, how often, by which profile and policy."""
    starts, ends = (
        words.since_ever if instant is None else _moment(instant, zone, look)
        for instant in (stage.starts_ns, stage.ends_ns)
    )
    rate = (
        words.own_rate
        if stage.interval is None
        else words.rate.format(f"{look.figure(1 / stage.interval):g}")
    )
    asked = [rate, words.policy.format(tell_settings(stage.policy, look.language))]
    if stage.profile is not None:
        asked.append(words.profile.format(tell_settings(stage.profile, look.language)))
    asked += stage.waves
    mark = ">" if present else " "
    width = 4 + max(cell_len(tell_people(phase, look.language)) for phase in Phase)
    return Text.assemble(
        (f"  {mark} ", TITLE),
        _named(stage.phase, look),
        " " * (width - 2 - cell_len(tell_people(stage.phase, look.language))),
        cell(f"{starts:>11} - {ends}", _TIMES),
        ("  " + look.dot.join(asked), "" if present else QUIET),
    )


def _named(phase: Phase, look: Look) -> Text:
    """Sign and word of a phase."""
    shade = _STYLES[phase]
    return Text.assemble(
        (symbol(phase, plain=look.plain), shade), " ", (tell_people(phase, look.language), shade)
    )


def _moment(instant_ns: int, zone: tzinfo, look: Look) -> str:
    return short_moment(instant_of(instant_ns, zone), look.language)


def _end(starts_ns: int, ends_ns: int, zone: tzinfo, look: Look) -> str:
    """The end of something that is known to start then: the time alone, where the day is the same."""
    starts, ends = instant_of(starts_ns, zone), instant_of(ends_ns, zone)
    return f"{ends:%H:%M}" if starts.date() == ends.date() else _moment(ends_ns, zone, look)


def _number(figure: float, language: Language) -> str:
    return format_decimal(round(figure), locale=language.value)
