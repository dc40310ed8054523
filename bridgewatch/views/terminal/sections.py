"""The parts of the screen; each takes a report and gives lines that fit the look's width."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from bridgewatch.model.desk import Stage
from bridgewatch.model.words import LinkState, SiteState
from bridgewatch.texts.deliveries import tell_gateways, tell_lost, tell_more_lost, tell_store
from bridgewatch.texts.desk import desk_words, tell_found
from bridgewatch.texts.figures import milliseconds
from bridgewatch.texts.places import tell_places
from bridgewatch.texts.symbols import symbol
from bridgewatch.texts.watchdog import watchdog_words
from bridgewatch.views.events import told
from bridgewatch.views.happenings import Group, Happening, Subject, grouped
from bridgewatch.views.incidents import IncidentLine
from bridgewatch.views.status.links import LINK_GRAVITY, Area, CarrierLine
from bridgewatch.views.status.own import WatchdogLine
from bridgewatch.views.status.report import StatusReport, Verdict
from bridgewatch.views.terminal.look import (
    BAD,
    GOOD,
    POOR,
    QUIET,
    TITLE,
    Look,
    cell,
    fit,
    hanging,
    style,
)
from bridgewatch.views.watchdog import WatchdogReport

WIDE: Final = 100
_TILE: Final = 2  # columns per site of the map
_AREA_NAME: Final = 22
_MOST_TILES: Final = 400
_NAMED: Final = 2
_UNSEEN: Final = frozenset({LinkState.UNKNOWN, LinkState.DOWN, LinkState.BLIND, LinkState.PAUSED})
_PLURALS: Final = {Subject.LINK: "links", Subject.SITE: "sites", Subject.EGRESS: "egresses"}
_BAR: Final = 10
_LOST: Final = 3  # people whom nothing reaches, by name
_LOSS, _RTT, _JITTER = 7, 13, 9  # widths of columns
_VERDICT_STYLES: Final = {Verdict.WELL: GOOD, Verdict.TROUBLE: BAD, Verdict.CANNOT_TELL: POOR}


def header(report: StatusReport, look: Look) -> list[Text]:
    """Who speaks, when, and how things stand."""
    words = look.labels
    who = Text.assemble(("bridgewatch", TITLE), (f" {report.version}", QUIET), look.dot, report.vantage)
    uptime = words.uptime.format(look.duration(report.daemon.uptime))
    return [look.rule(who, f"{uptime}{look.dot}{look.clock(report.wall_ns)}"), *standing(report, look)]


def standing(report: StatusReport, look: Look) -> list[Text]:
    """The verdict at a glance, in one line."""
    return [Text.assemble("  ", _verdict(report, look))]


def _verdict(report: StatusReport, look: Look) -> Text:
    verdict, words = report.verdict, look.labels
    total = sum(report.links.values())
    if verdict is Verdict.CANNOT_TELL:
        return Text.assemble(look.mark(LinkState.UNKNOWN), " ", (words.nothing_measured, POOR))
    found = [state for state in LINK_GRAVITY if report.links.get(state, 0) and state is not LinkState.UP]
    parts = [Text.assemble((f"{report.links[s]} ", style(s)), look.state(s)) for s in found]
    if not parts:
        parts = [Text.assemble(look.mark(LinkState.UP), " ", (words.all_well, _VERDICT_STYLES[verdict]))]
    whole = Text(look.dot, QUIET).join(parts)
    return Text.assemble(whole, (f"{look.dot}{total} {words.links}", QUIET))


def config_errors(report: StatusReport | WatchdogReport, look: Look, most: int = 4) -> list[Text]:
    """What stopped the last reload; nothing when it went well."""
    config, words = report.config, look.labels
    if config.ok:
        return []
    kept = words.config_kept.format(look.clock(config.loaded_wall_ns))
    lines = [Text.assemble((f"  {words.config_failed}", BAD), (f"{look.dot}{kept}", POOR))]
    lines += [Text(f"    {one.place} {one.text[look.language]}", POOR) for one in config.errors[:most]]
    left = len(config.errors) - most + config.more_errors
    if left > 0:
        lines.append(Text(f"    {words.more.format(left)}", QUIET))
    return lines


def deliveries(report: StatusReport | WatchdogReport, look: Look) -> list[Text]:
    """What keeps messages from people; nothing where all is well."""
    told, language = report.deliveries, look.language
    lines = [] if told.store_working else [tell_store(language)]
    lines += [tell_gateways(gateways, why, language) for why, gateways in told.failing.items()]
    shown = told.lost[:_LOST]
    lines += [tell_lost(one.who, one.messages, look.clock(one.at_wall_ns), language) for one in shown]
    if more := told.more_lost + len(told.lost) - len(shown):
        lines.append(tell_more_lost(more, language))
    mark = "!!" if look.plain else "✖"
    return [line for told in lines for line in hanging(Text(f"  {mark} {told}", BAD), look.width)]


def incidents(report: StatusReport | WatchdogReport, look: Look, most: int) -> list[Text]:
    """The incidents that are not over, at most `most` below the title; nothing where there are none."""
    if not report.incidents:
        return []
    words = desk_words(look.language)
    total = len(report.incidents) + report.more_incidents
    lines = [_title(words.incidents.format(total))]
    lines += [_incident(report, one, look) for one in report.incidents[:most]]
    if total > most:
        lines.append(Text(f"  {look.labels.more.format(total - min(most, len(report.incidents)))}", QUIET))
    return lines


def resolved(report: StatusReport, look: Look, most: int) -> list[Text]:
    """What persons closed and is broken still, at most `most`."""
    told = desk_words(look.language).resolved_broken
    lines = []
    for one in report.resolved[:most]:
        closed = told.format(one.by, look.clock(one.closed_wall_ns))
        lines += hanging(Text(f"  {one.code} {one.subject}{look.dot}{closed}", QUIET), look.width)
    if (more := len(report.resolved) - most) > 0:
        lines.append(Text(f"  {look.labels.more.format(more)}", QUIET))
    return lines


def events(report: StatusReport, look: Look, most: int) -> list[Text]:
    """The events under way, at most `most` below the title; nothing where there are none."""
    if not report.events:
        return []
    total = len(report.events) + report.more_events
    lines = [_title(desk_words(look.language).under_way.format(total))]
    for one in report.events[:most]:
        shape = symbol(one.phase, plain=look.plain)
        lines += hanging(Text(f"  {shape} {told(one, look.timezone, look.language)}"), look.width)
    if total > most:
        lines.append(Text(f"  {look.labels.more.format(total - min(most, len(report.events)))}", QUIET))
    return lines


def _incident(report: StatusReport | WatchdogReport, one: IncidentLine, look: Look) -> Text:
    words = desk_words(look.language)
    ago = look.duration((report.wall_ns - one.since_wall_ns) / 1e9)
    # Code and place first: a narrow terminal cuts the rest.
    parts = [Text.assemble((f"  {one.code} ", TITLE), one.subject), look.stage(one.stage), Text(ago)]
    if one.taken_by is not None:
        parts.append(Text(one.taken_by, GOOD))
    elif one.stage is Stage.CALLING:
        parts.append(Text(words.nobody, BAD))
    found = tell_found(one.kind, one.why, look.language, suspected=one.suspected)
    parts.append(Text(found, QUIET))
    return Text(look.dot, QUIET).join(parts)


def site_map(report: StatusReport, look: Look, most: int) -> list[Text]:
    """One symbol per site, area by area; where that takes more than `most` lines, counts per area."""
    rooms = sum(report.sites.values()) - report.services
    heading = tell_places(rooms, report.services, look.language)
    title = _title(heading, _legend(report, look, look.state))
    if title.cell_len > look.width:
        title = _title(heading, _legend(report, look, look.mark))
    if sum(report.sites.values()) <= _MOST_TILES:
        tiles = [line for area in report.areas for line in _tiles(area, look, named=len(report.areas) > 1)]
        if len(tiles) <= most:
            return [title, *tiles]
    counts = list(_area_counts(report.areas, look))
    if len(counts) > most:
        left = len(counts) - most + 1
        counts[most - 1 :] = [Text(f"  {look.labels.more.format(left)}", QUIET)]
    return [title, *counts]


def _legend(report: StatusReport, look: Look, told: Callable[[SiteState], Text]) -> Text:
    counts = (
        Text.assemble((f"{number} ", style(state)), told(state)) for state, number in report.sites.items()
    )
    return Text(look.dot, QUIET).join(counts)


def _tiles(area: Area, look: Look, *, named: bool) -> list[Text]:
    indent = _AREA_NAME + 3 if named else 2
    sites, rows = area.sites, []
    fitting = max(1, (look.width - indent) // _TILE)
    per_row = -(-len(sites) // -(-len(sites) // fitting))  # as few rows as fit, all about as long
    for start in range(0, len(sites), per_row):
        name = cell(_area_name(area, look) if named and not start else "", indent - 3 if named else 0, QUIET)
        marks = Text(" ").join(look.mark(site) for site in sites[start : start + per_row])
        rows.append(Text.assemble("  ", name, " " if named else "", marks))
    return rows


def _area_counts(areas: Sequence[Area], look: Look) -> Iterator[Text]:
    """The areas in trouble, the darkest first."""
    troubled = [area for area in areas if set(area.counts) - {SiteState.OK}]
    troubled.sort(
        key=lambda area: (-area.counts.get(SiteState.DARK, 0), -area.counts.get(SiteState.IMPAIRED, 0))
    )
    for area in troubled:
        counts = Text(look.dot, QUIET).join(
            Text.assemble((f"{number} ", style(state)), look.mark(state))
            for state, number in area.counts.items()
        )
        yield Text.assemble("  ", cell(_area_name(area, look), _AREA_NAME), " ", counts)


def _area_name(area: Area, look: Look) -> str:
    return area.name or look.labels.other_sites


def carriers(report: StatusReport, look: Look, most: int | None = None) -> list[Text]:
    """How much of each carrier is up, and its worst link; in few lines where theirs are more than `most`."""
    title = look.labels.carriers
    if most is not None and len(report.carriers) >= most:
        short = [
            Text.assemble(f"{one.name} ", look.mark(one.worst), f" {one.up}/{one.links}")
            for one in report.carriers
        ]
        told = Text(look.dot, QUIET).join(short)
        return [_title(title), *hanging(Text.assemble("  ", told), look.width)]
    return [_title(title), *(_carrier(one, look) for one in report.carriers)]


def _carrier(one: CarrierLine, look: Look) -> Text:
    filled = round(_BAR * one.up / one.links)
    if one.up < one.links:
        filled = min(filled, _BAR - 1)  # a bar that looks full must be full
    full, rest = ("#", ".") if look.plain else ("━", "╌")
    return Text.assemble(
        "  ",
        cell(one.name, 11),
        " ",
        (full * filled, GOOD),
        (rest * (_BAR - filled), style(one.worst)),
        "  ",
        look.labels.carrier_up.format(one.up, one.links),
        "  " if one.worst is not LinkState.UP else "",
        look.state(one.worst) if one.worst is not LinkState.UP else "",
    )


def happenings(recent: Sequence[Happening], look: Look, most: int) -> list[Text]:
    """The newest changes, the newest last, at most `most` lines below the title."""
    lines = [_title(look.labels.happenings)]
    groups = grouped(recent)
    if not groups:
        return [*lines, Text(f"  {look.labels.nothing_happened}", QUIET)][: most + 1]
    return lines + [happening(group, look) for group in groups[max(0, len(groups) - most) :]]


def happening(group: Group, look: Look) -> Text:
    """One change in one line: when, what, and why; many alike are counted, and some of them named."""
    one = group.first
    why = one.facts(look.language) or look.tell(one.reason)
    state = (look.tell(one.state), style(one.state))
    when = (f"  {look.clock(one.wall_ns)}  ", QUIET)
    reason = (f"{look.dot}{why}" if why else "", QUIET)
    if len(group.members) == 1:
        return Text.assemble(when, look.mark(one.state), f" {_called(one, look)} ", state, reason)
    things = getattr(look.labels, _PLURALS[one.kind]).lower()
    count = f" {len(group.members)} {things} "
    head = Text.assemble(when, look.mark(one.state), count, state, (look.dot, QUIET))
    room = look.width - head.cell_len - len(reason[0])
    names = _names([_called(member, look) for member in group.members], room)
    return Text.assemble(head, (names, QUIET), reason)


def _names(names: Sequence[str], room: int) -> str:
    """As many names as `room` has columns for, and some at least."""

    def told(count: int) -> str:
        return ", ".join([*names[:count], *(["..."] if count < len(names) else [])])

    fitting = (count for count in range(len(names), _NAMED, -1) if cell_len(told(count)) <= room)
    return told(next(fitting, _NAMED))


def _called(one: Happening, look: Look) -> str:
    if one.kind is Subject.EGRESS:
        return f"{look.labels.egress} {one.id}"
    return one.name or one.id if one.kind is Subject.SITE else one.id


def itself(report: StatusReport, look: Look) -> list[Text]:
    """The daemon's own health, and its ways out."""
    own, words = report.daemon, look.labels
    late = [milliseconds(seconds, look.language) for seconds in (own.lateness_p99, own.lateness_max)]
    parts = [
        Text(words.probes_per_second.format(round(own.probes_per_second))),
        Text(words.in_flight.format(own.in_flight)),
        Text(words.overflows.format(own.overflows), BAD if own.overflows else ""),
        Text(words.lateness.format(*late)),
    ]
    if own.slowdown > 1:
        parts.append(Text(words.slowed_down.format(f"{look.figure(own.slowdown):.1f}"), POOR))
    ways = [Text.assemble(f"{egress.id} ", look.mark(egress.state)) for egress in report.egresses]
    dot = Text(look.dot, QUIET)
    lines = [Text.assemble((f"{words.itself} ", TITLE), dot.join(parts))]
    if ways:
        engine = Text(f"{look.dot}{own.engine}", QUIET)
        lines.append(Text.assemble((f"{words.egress} ", TITLE), dot.join(ways), engine))
    if report.tested:
        lines.append(Text.assemble((f"{words.tested} ", TITLE), ", ".join(report.tested)))
    return lines + [_watchdog(report, one, look) for one in report.watchdogs]


def _watchdog(report: StatusReport, one: WatchdogLine, look: Look) -> Text:
    words = watchdog_words(look.language)
    if not one.accepts:
        told = Text(words.not_accepted.format(one.why), BAD)
    elif one.accepted_wall_ns is None:
        told = Text(words.not_yet, QUIET)
    else:
        ago = look.duration((report.wall_ns - one.accepted_wall_ns) / 1e9)
        told = Text(words.accepted.format(ago))
    return Text.assemble((f"{words.watchdogs} ", TITLE), one.url, look.dot, told)


def _title(text: str, beside: Text | None = None) -> Text:
    return Text.assemble((text, TITLE), "  " if beside else "", beside or "")


def beside(left_lines: Sequence[Text], right_lines: Sequence[Text], split: int) -> list[Text]:
    """Two blocks of lines, the second from column `split` on."""
    rows: Iterable[int] = range(max(len(left_lines), len(right_lines)))
    none = Text()
    return [
        Text.assemble(
            fit(left_lines[row] if row < len(left_lines) else none, split),
            right_lines[row] if row < len(right_lines) else none,
        )
        for row in rows
    ]
