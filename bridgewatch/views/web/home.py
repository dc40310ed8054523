"""GET /: one plain page of what needs attention; readable without colour, on a phone, without scripts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from html import escape
from typing import Final

import numpy as np

from bridgewatch.model.desk import Stage
from bridgewatch.model.ids import LinkId, SiteId
from bridgewatch.model.inventory import Link, Site
from bridgewatch.model.observations import Int8, Int64
from bridgewatch.model.snapshot import OpenIncident, PagingSnapshot, Snapshot
from bridgewatch.model.words import Language, LinkState, SiteKind, SiteState
from bridgewatch.texts.calls import tell_call
from bridgewatch.texts.desk import DeskWords, desk_words, tell_found, tell_stage
from bridgewatch.texts.names import Names
from bridgewatch.texts.places import tell_places
from bridgewatch.texts.symbols import stage_symbol, symbol
from bridgewatch.texts.times import duration, full_time, instant_of, zone_of
from bridgewatch.views.calls import call_line
from bridgewatch.views.events import MOST_EVENTS, event_lines, told
from bridgewatch.views.incidents import resolved_lines
from bridgewatch.views.web.bandwidth import headings, short_rows, unread_note
from bridgewatch.views.web.own import own_section
from bridgewatch.views.web.style import STYLE
from bridgewatch.views.web.words import LINK_STATES, PAGE, REASONS, SITE_STATES

ROWS_SHOWN: Final = 50  # of sites and of links: what one screen of trouble can use
_CALLED_SHOWN: Final = 4  # of an incident that nobody has: the latest of those who were called
_REFRESH_SECONDS: Final = 15

# Worst first; a state that is not listed needs no attention.
_SITE_RANK: Final = (SiteState.DARK, SiteState.IMPAIRED, SiteState.REDUCED, SiteState.UNKNOWN)
_LINK_RANK: Final = (
    LinkState.DOWN,
    LinkState.FLAPPING,
    LinkState.BLIND,
    LinkState.SUSPECT,
    LinkState.DEGRADED,
    LinkState.UNKNOWN,
    LinkState.PAUSED,
)
# A shape and a tone per state: the shape and the word say it without the tone.
_SITE_MARKS: Final[dict[int, str]] = {
    SiteState.DARK: "✖ bad",
    SiteState.IMPAIRED: "▲ warn",
    SiteState.REDUCED: "◐ warn",
    SiteState.UNKNOWN: "? dim",
    SiteState.OK: "✔ good",
}
_LINK_MARKS: Final[dict[int, str]] = {
    LinkState.DOWN: "✖ bad",
    LinkState.FLAPPING: "↯ bad",
    LinkState.BLIND: "◌ dim",
    LinkState.SUSPECT: "… warn",
    LinkState.DEGRADED: "▲ warn",
    LinkState.UNKNOWN: "? dim",
    LinkState.PAUSED: "‖ dim",
    LinkState.UP: "✔ good",
}

_STAGE_TONES: Final = {
    Stage.HELD: "dim",
    Stage.CALLING: "bad",
    Stage.TAKEN: "warn",
    Stage.MUTED: "dim",
    Stage.FOLDED: "dim",
    Stage.OVER: "good",
}


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of escaped cells under their headings, and how many more there were."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    more: int


def home_page(snapshot: Snapshot, language: Language, paging: PagingSnapshot | None = None) -> str:
    """The page as HTML. At most ROWS_SHOWN incidents, sites and links are listed, the worst first."""
    words = PAGE[language]
    zone = zone_of(snapshot.inventory.timezone)
    taken = full_time(snapshot.wall_ns, zone, language)
    offset = _offset(snapshot.wall_ns, zone)
    vantage = escape(snapshot.inventory.vantage)
    sections = (
        own_section(snapshot, paging, language),
        _event_section(snapshot, paging, language),
        _incident_section(snapshot, paging, language, zone) if paging else "",
        f"<h2>{_places(snapshot, language)}</h2>"
        + _counts(snapshot.sites.state, _SITE_MARKS, SITE_STATES[language]),
        f"<h2>{words['links']}: {len(snapshot.links.state)}</h2>"
        + _counts(snapshot.links.state, _LINK_MARKS, LINK_STATES[language]),
        _section(words["sites_not_ok"], _site_table(snapshot, language, zone), words, words["all_sites_ok"]),
        _section(words["links_not_up"], _link_table(snapshot, language, zone), words, words["all_links_up"]),
        _bandwidth_section(snapshot, language),
    )
    other = Language.EN if language is Language.VI else Language.VI
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{_REFRESH_SECONDS}">
<title>{words["title"]}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{words["title"]}</h1>
<p class="small">{words["vantage"]}: <b>{vantage}</b> · {words["taken"]} {taken} ({offset})</p>
{"".join(sections)}
<nav><a href="/metrics">{words["metrics"]}</a> <a href="/readyz">{words["ready"]}</a>
<a href="/healthz">{words["health"]}</a> <a href="/?lang={other}" lang="{other}">{words["other"]}</a></nav>
</body>
</html>
"""


def _places(snapshot: Snapshot, language: Language) -> str:
    sites = snapshot.inventory.sites.values()
    services = sum(site.kind is SiteKind.SERVICE for site in sites)
    return tell_places(len(sites) - services, services, language)


def _event_section(snapshot: Snapshot, paging: PagingSnapshot | None, language: Language) -> str:
    """The events under way; nothing where there are none."""
    lines = event_lines(snapshot, paging)
    if not lines:
        return ""
    items = [
        f"<p>{symbol(one.phase)} {escape(told(one, snapshot.inventory.timezone, language))}</p>"
        for one in lines[:MOST_EVENTS]
    ]
    items += [f"<p>+ {len(lines) - len(items)}</p>"] if len(lines) > len(items) else []
    return f"<h2>{desk_words(language).under_way.format(len(lines))}</h2>{''.join(items)}"


def _incident_section(snapshot: Snapshot, paging: PagingSnapshot, language: Language, zone: tzinfo) -> str:
    words = PAGE[language]
    standing = [incident for incident in paging.incidents if incident.stage is not Stage.OVER]
    shown = standing[:ROWS_SHOWN]
    rows = [_incident_row(snapshot, incident, language, zone) for incident in shown]
    headings = [words[key] for key in ("code", "state", "incident", "since", "who")]
    table = _Table(headings, rows, len(standing) - len(shown))
    told = desk_words(language).resolved_broken
    quiet = "".join(
        f'<p class="small">{escape(f"{one.code} {one.subject}: {told.format(one.by, closed)}")}</p>'
        for one in resolved_lines(snapshot, paging)
        for closed in [full_time(one.closed_wall_ns, zone, language)]
    )
    return _section(words["incidents"], table, words, words["no_incidents"]) + quiet


def _incident_row(
    snapshot: Snapshot, incident: OpenIncident, language: Language, zone: tzinfo
) -> tuple[str, ...]:
    words = desk_words(language)
    details = [tell_found(incident.kind, incident.why, language, suspected=incident.suspected)]
    details += [words.dark.format(incident.dark)] if incident.dark > 1 else []
    details += [words.links.format(incident.links)] if incident.links > 1 else []
    names = Names(snapshot.inventory)
    subject = escape(names.subject(incident.kind, incident.subject))
    if incident.link is not None:
        subject += f"<br>{escape(names.line(incident.link, language))} <code>{escape(incident.link)}</code>"
    stage = f"{stage_symbol(incident.stage)} {tell_stage(incident.stage, language)}"
    return (
        f"<b>{escape(incident.code)}</b>",
        f'<span class="mark {_STAGE_TONES[incident.stage]}">{stage}</span>',
        f"{subject}<br>{' · '.join(details)}",
        _since(incident.began_ns, snapshot.wall_ns, zone, language),
        _who(incident, names, words),
    )


def _who(incident: OpenIncident, names: Names, words: DeskWords) -> str:
    """Who has it, else that nobody has and whom to phone."""
    if incident.taken_contact is not None:
        return escape(names.reach(incident.taken_contact))
    if incident.stage is not Stage.CALLING:
        return escape(incident.taken_by or "")
    called = [escape(names.reach(contact)) for contact in incident.called[-_CALLED_SHOWN:]]
    more = [f"+ {len(incident.called) - len(called)}"] if len(incident.called) > len(called) else []
    heading = [words.only_called] if called else []
    return "<br>".join([f'<span class="bad">{words.nobody}</span>', *heading, *reversed(called), *more])


def _bandwidth_section(snapshot: Snapshot, language: Language) -> str:
    """Nothing where nothing falls short: most installations neither count nor test."""
    rows, more = short_rows(snapshot, language, ROWS_SHOWN)
    words, table = PAGE[language], _Table(headings(language), rows, more)
    short = _section(words["links_too_small"], table, words, "") if rows else ""
    return short + unread_note(snapshot, language)


def _counts(states: Int8, marks: Mapping[int, str], names: Mapping[int, str]) -> str:
    """How many rows are in each state that occurs."""
    numbers = np.bincount(states, minlength=len(names))
    items = [
        f"<li>{_mark(state, marks, names)} <b>{numbers[state]}</b></li>" for state in marks if numbers[state]
    ]
    return f'<ul class="counts">{"".join(items)}</ul>'


def _section(heading: str, table: _Table, words: Mapping[str, str], none: str) -> str:
    if not table.rows:
        return f'<h2>{heading}</h2><p class="good">✔ {none}</p>'
    head = "".join(f"<th>{heading}</th>" for heading in table.headings)
    rows = "".join(_row(table.headings, row) for row in table.rows)
    more = f'<p>+ {table.more} {words["more"]} <a href="/metrics">/metrics</a></p>' if table.more else ""
    return f"<h2>{heading}</h2><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"


def _row(headings: Iterable[str], cells: Iterable[str]) -> str:
    labelled = (
        f'<td data-label="{heading}"><span>{cell}</span></td>'
        for heading, cell in zip(headings, cells, strict=True)
    )
    return f"<tr>{''.join(labelled)}</tr>"


def _site_table(snapshot: Snapshot, language: Language, zone: tzinfo) -> _Table:
    words = PAGE[language]
    chosen, more = _worst(snapshot.sites.state, snapshot.sites.since_wall_ns, _SITE_RANK)
    sites = list(snapshot.inventory.sites.values())
    wanted = {link for row in chosen for link in sites[row].links}
    row_of = {link: row for row, link in enumerate(snapshot.inventory.links) if link in wanted}
    rows = [
        (
            _mark(int(snapshot.sites.state[row]), _SITE_MARKS, SITE_STATES[language]),
            _named(sites[row].name, sites[row].id),
            _province(snapshot, sites[row]),
            _links_of(snapshot, sites[row], row_of, language),
            _since(int(snapshot.sites.since_wall_ns[row]), snapshot.wall_ns, zone, language),
        )
        for row in chosen
    ]
    return _Table([words[key] for key in ("state", "site", "province", "links", "since")], rows, more)


def _link_table(snapshot: Snapshot, language: Language, zone: tzinfo) -> _Table:
    words = PAGE[language]
    columns = snapshot.links
    chosen, more = _worst(columns.state, columns.since_wall_ns, _LINK_RANK)
    links = list(snapshot.inventory.links.values())
    rows = [
        (
            _mark(int(columns.state[row]), _LINK_MARKS, LINK_STATES[language]),
            _named(snapshot.inventory.sites[links[row].site].name, links[row].id),
            _carrier(snapshot, links[row]),
            _reason(snapshot, links[row].id, int(columns.reason[row]), language),
            _since(int(columns.since_wall_ns[row]), snapshot.wall_ns, zone, language),
        )
        for row in chosen
    ]
    return _Table([words[key] for key in ("state", "link", "carrier", "reason", "since")], rows, more)


def _reason(snapshot: Snapshot, link: LinkId, reason: int, language: Language) -> str:
    """Why, and where its box is if it is probed back through a call."""
    told, call = REASONS[language][reason], call_line(snapshot, link)
    if call is None:
        return told
    span = duration(snapshot.wall_ns - call.at_wall_ns, language)
    where = tell_call(call.address, span, language, silent=call.silent, awaited=call.awaited)
    return f"{told}<br>{escape(where)}"


def _worst(states: Int8, since: Int64, rank: Sequence[int]) -> tuple[list[int], int]:
    """The rows whose state is in `rank`, by rank and then latest change, and how many were left out."""
    chosen: list[int] = []
    found = 0
    for state in rank:
        rows = np.flatnonzero(states == state)
        found += len(rows)
        if room := ROWS_SHOWN - len(chosen):
            latest = rows[np.argsort(-since[rows], kind="stable")]
            chosen += latest[:room].tolist()
    return chosen, found - len(chosen)


def _mark(state: int, marks: Mapping[int, str], names: Mapping[int, str]) -> str:
    shape, tone = marks[state].split()
    return f'<span class="mark {tone}">{shape} {names[state]}</span>'


def _named(name: str, key: str) -> str:
    return f"{escape(name)}<br><code>{escape(key)}</code>"


def _province(snapshot: Snapshot, site: Site) -> str:
    province = snapshot.inventory.sites.get(SiteId(site.province))
    return escape(province.name if province else site.province)


def _links_of(snapshot: Snapshot, site: Site, row_of: Mapping[LinkId, int], language: Language) -> str:
    """Why the site is in its state: the states of its links."""
    links = snapshot.inventory.links
    states = ((links[key].name, int(snapshot.links.state[row_of[key]])) for key in site.links)
    return "<br>".join(
        f"{escape(name)}: {_mark(state, _LINK_MARKS, LINK_STATES[language])}" for name, state in states
    )


def _carrier(snapshot: Snapshot, link: Link) -> str:
    carrier = snapshot.inventory.carriers.get(link.carrier)
    return escape(carrier.name if carrier else link.carrier)


def _since(since_ns: int, now_ns: int, zone: tzinfo, language: Language) -> str:
    if since_ns <= 0:
        return ""
    return f"{full_time(since_ns, zone, language)}<br>{duration(now_ns - since_ns, language)}"


def _offset(wall_ns: int, zone: tzinfo) -> str:
    """`UTC+07:00`: which zone the times of the page are in."""
    return f"UTC{instant_of(wall_ns, zone).isoformat()[-6:]}"
