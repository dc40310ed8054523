"""The links that are not up: a line each where all of it fits, else what it is and, below it, why."""

from typing import Final

from rich.cells import cell_len
from rich.text import Text

from bridgewatch.model.words import LinkState
from bridgewatch.texts.calls import tell_call
from bridgewatch.texts.figures import milliseconds, percent
from bridgewatch.views.status.links import Trouble
from bridgewatch.views.status.report import StatusReport
from bridgewatch.views.terminal.look import BLANK, QUIET, TITLE, Look, cell, fit, hanging, right

_UNSEEN: Final = frozenset({LinkState.UNKNOWN, LinkState.DOWN, LinkState.BLIND, LinkState.PAUSED})
_LOSS, _RTT, _JITTER = 7, 13, 9  # widths of columns


def troubles(report: StatusReport, look: Look, most: int, *, piped: bool = False) -> list[Text]:
    """The gravest first, at most `most` lines below the title; `piped`, nothing has to fit a width."""
    words = look.labels
    if not report.troubles:
        return [Text.assemble((words.troubles, TITLE), "  ", (words.no_trouble, QUIET))]
    heading, blocks = _listed(report, look, piped=piped)
    room = most
    if wanted(report, look, piped=piped) > most:
        room -= 1  # for the line that counts the rest
    lines, shown = [Text(words.troubles, TITLE), *heading[: max(0, room)]], 0
    for block in blocks:
        free = room + 1 - len(lines)
        if free <= 0:
            break
        lines += block[:free]
        shown += 1
    if left := len(blocks) - shown + report.more:
        lines.append(Text(f"  {words.more.format(left)}", QUIET))
    return lines


def wanted(report: StatusReport, look: Look, *, piped: bool = False) -> int:
    """How many lines below the title all of them take."""
    heading, blocks = _listed(report, look, piped=piped)
    return len(heading) + sum(map(len, blocks)) + bool(report.more)


def _listed(report: StatusReport, look: Look, *, piped: bool) -> tuple[list[Text], list[list[Text]]]:
    """The headings of columns, where there are any, and the lines of each link."""
    link = max(cell_len(look.labels.link), *(cell_len(one.link) for one in report.troubles), 0)
    state = max(look.state(one.state).cell_len for one in report.troubles)
    rows = [_row(report, one, (link, state), look) for one in report.troubles]
    if piped or all(row.cell_len <= look.width for row in rows):
        return [_heading((link, state), look)], [[row] for row in rows]
    return [], [_block(report, one, look) for one in report.troubles]


def _heading(columns: tuple[int, int], look: Look) -> Text:
    words = look.labels
    link, state = columns
    cells = [
        cell(f"  {words.link}", link + 2),
        cell(words.state, state),
        right(words.loss, _LOSS),
        right(words.rtt, _RTT),
        right(words.jitter, _JITTER),
        Text(f" {words.since}, {words.reason.lower()}"),
    ]
    heading = Text(" ").join(cells)
    heading.stylize(QUIET)
    return heading


def _row(report: StatusReport, one: Trouble, columns: tuple[int, int], look: Look) -> Text:
    link, state = columns
    loss, jitter, rtt = _figures(one, look)
    if rtt != BLANK and one.rtt_p50 is not None:
        rtt = f"{milliseconds(one.rtt_p50, look.language)[:-3]}/{rtt}"
    why = [look.tell(one.reason), *_call(report, one, look)]
    told = look.dot.join([_ago(report, one, look), one.carrier, *why])
    cells = [
        cell(f"  {one.link}", link + 2),
        fit(look.state(one.state), state),
        right(loss, _LOSS),
        right(rtt, _RTT),
        right(jitter, _JITTER),
        Text(f" {told}", QUIET),
    ]
    return Text(" ").join(cells)


def _block(report: StatusReport, one: Trouble, look: Look) -> list[Text]:
    """What it is, since when and whose; why, and the figures that say how bad it is."""
    labels = look.labels
    first = look.dot.join(["", _ago(report, one, look), one.carrier])
    names = labels.loss.lower(), labels.jitter.lower(), labels.rtt_p95
    told = [
        f"{name} {value}" for name, value in zip(names, _figures(one, look), strict=True) if value != BLANK
    ]
    why = look.dot.join(filter(None, [look.tell(one.reason), *_call(report, one, look), *told]))
    return [
        Text.assemble(f"  {one.link} ", look.state(one.state), (first, QUIET)),
        *(hanging(Text(f"    {why}", QUIET), look.width) if why else []),
    ]


def _figures(one: Trouble, look: Look) -> tuple[str, str, str]:
    """Loss, jitter and p95 of the delay; blank where they would be those of a time before."""
    if one.state in _UNSEEN:
        return BLANK, BLANK, BLANK
    loss = BLANK if one.loss is None else percent(one.loss, look.language)
    jitter, rtt = (
        BLANK if seconds is None else milliseconds(seconds, look.language)
        for seconds in (one.jitter_rfc3550, one.rtt_p95)
    )
    return loss, jitter, rtt


def _call(report: StatusReport, one: Trouble, look: Look) -> list[str]:
    """Where its box is, of a link that is probed back through a call."""
    call = one.call
    if call is None:
        return []
    span = look.duration((report.wall_ns - call.at_wall_ns) / 1e9)
    return [tell_call(call.address, span, look.language, silent=call.silent, awaited=call.awaited)]


def _ago(report: StatusReport, one: Trouble, look: Look) -> str:
    return look.duration((report.wall_ns - one.since_wall_ns) / 1e9)
