"""Links whose bandwidth falls short, and routers that do not tell it: a line for each way."""

from collections.abc import Iterator
from typing import Final

from rich.text import Text

from bridgewatch.model.hosts import bracketed, with_port
from bridgewatch.texts.bandwidth import tell_agents, tell_short_links, tell_unread, there_and_wanted
from bridgewatch.views.status.agents import RouterLine
from bridgewatch.views.status.bandwidth import ShortLink
from bridgewatch.views.status.report import StatusReport
from bridgewatch.views.terminal.look import POOR, QUIET, TITLE, Look, hanging

_SNMP_PORT: Final = 161


def bandwidth(report: StatusReport, look: Look, most: int, *, piped: bool = False) -> list[Text]:
    """At most `most` lines below the title; nothing where nothing falls short and every router answers.

    Names that do not fit beside their count stand below it, if there is room for all; else they are cut. With
    less room than a line for each way there is only the title, with the counts beside it.
    """
    ways = [*_short_links(report, look), *_routers(report, look), *_unread(report, look)]
    if not ways:
        return []
    title, dot = Text(look.labels.bandwidth, TITLE), Text(look.dot, QUIET)
    if len(ways) > most:
        return [Text.assemble(title, "  ", dot.join(told for told, *_ in ways))]
    broken = [line for way in ways for line in _packed(way, look)]
    if piped or len(broken) > most:
        return [title, *(Text.assemble("  ", dot.join(way)) for way in ways)]
    return [title, *broken]


def _short_links(report: StatusReport, look: Look) -> Iterator[list[Text]]:
    for line in report.shortfalls:
        told = tell_short_links(line.state, line.links, look.language)
        yield _way(told, [_link(one, look) for one in line.worst], line.links, look)


def _routers(report: StatusReport, look: Look) -> Iterator[list[Text]]:
    for line in report.agents:
        told = tell_agents(line.state, line.routers, look.language)
        yield _way(told, [_router(report, one, look) for one in line.latest], line.routers, look)


def _unread(report: StatusReport, look: Look) -> Iterator[list[Text]]:
    if report.unread is not None:
        told = tell_unread(report.unread.links, look.language)
        named = [f"{one.link} {one.interface} ({one.host})" for one in report.unread.first]
        yield _way(told, named, report.unread.links, look)


def _way(told: str, named: list[str], count: int, look: Look) -> list[Text]:
    """How many there are, and some of them by name."""
    mark = "!" if look.plain else "▲"
    more = [Text(look.labels.more.format(count - len(named)), QUIET)] if count > len(named) else []
    return [Text(f"{mark} {told}", POOR), *map(Text, named), *more]


def _packed(way: list[Text], look: Look) -> list[Text]:
    """In as few lines as fit, broken between names; a name longer than a line is broken too."""
    told, *names = way
    lines = [Text.assemble("  ", told)]
    for part in names:
        longer = Text.assemble(lines[-1], (look.dot, QUIET), part)
        if longer.cell_len <= look.width:
            lines[-1] = longer
        else:
            lines.append(Text.assemble("    ", part))
    return [part for line in lines for part in hanging(line, look.width)]


def _link(one: ShortLink, look: Look) -> str:
    if one.limit is None:
        return one.link
    told = f"{one.link} {there_and_wanted(one.direction, one.rate, one.limit, look.language)}"
    return f"{told} ({_first(one.events[0], len(one.events))})" if one.events else told


def _router(report: StatusReport, one: RouterLine, look: Look) -> str:
    where = bracketed(one.host) if one.port == _SNMP_PORT else with_port(one.host, one.port)
    told = f"{_first(one.site_name, one.sites)} ({where})"
    if one.since_wall_ns is None:
        return told
    span = look.duration((report.wall_ns - one.since_wall_ns) / 1e9)
    return f"{told} {look.labels.lasting.format(span)}"


def _first(name: str, count: int) -> str:
    return f"{name} +{count - 1}" if count > 1 else name
