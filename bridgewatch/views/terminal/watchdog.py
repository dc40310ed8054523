"""`bridgewatch status` of a watchdog: every daemon in a line, and the incidents."""

from rich.text import Text

from bridgewatch.texts.people import tell_people
from bridgewatch.texts.watchdog import watchdog_words
from bridgewatch.views.terminal import sections
from bridgewatch.views.terminal.look import BAD, GOOD, POOR, QUIET, TITLE, Look, spelt
from bridgewatch.views.watchdog import WatchdogReport, WatchedLine

_MOST_INCIDENTS = 20


def watchdog_paper(report: WatchdogReport, look: Look) -> list[Text]:
    """All lines; the look has the report's time zone."""
    words = watchdog_words(look.language)
    who = Text.assemble(
        ("bridgewatch", TITLE), (f" {report.version}", QUIET), look.dot, words.watchdog, look.dot
    )
    who.append(report.vantage)
    silence = words.silence.format(look.duration(report.after))
    lines = [
        look.rule(who, f"{silence}{look.dot}{look.clock(report.wall_ns)}"),
        Text.assemble("  ", _verdict(report, look)),
        *sections.config_errors(report, look),
        *sections.deliveries(report, look),
        *sections.incidents(report, look, _MOST_INCIDENTS),
        *(_watched(one, look) for one in report.watched),
    ]
    return [spelt(line, look) for line in lines]


def _verdict(report: WatchdogReport, look: Look) -> Text:
    """How the daemons stand; of the watchdog's own troubles its incidents tell."""
    words = watchdog_words(look.language)
    ill = [one.vantage for one in report.watched if one.why is not None]
    if ill:
        return Text(f"{_mark(look, BAD)} {words.ill.format(', '.join(ill))}", BAD)
    if all(one.settled for one in report.watched):
        return Text(f"{_mark(look, GOOD)} {words.all_well}", GOOD)
    return Text(f"{_mark(look, POOR)} {words.unknown}", POOR)


def _watched(one: WatchedLine, look: Look) -> Text:
    words = watchdog_words(look.language)
    if one.why is not None:
        shade, said = BAD, tell_people(one.why, look.language)
    elif one.settled:
        shade, said = GOOD, words.well
    else:
        shade, said = POOR, words.stopped if one.back_within is not None else words.waiting
    heard = words.heard if one.version is not None else words.never_heard
    parts = [f"{_mark(look, shade)} {said}", heard.format(look.duration(one.silent))]
    if one.live:
        parts.append(words.live.format(", ".join(one.live)))
    if one.outbox:
        parts.append(words.outbox.format(one.outbox))
    if one.store_working is False:
        parts.append(words.store_failing)
    told = look.dot.join(parts)
    version = f"{look.dot}{one.version}" if one.version is not None else ""
    return Text.assemble((f"  {one.vantage} ", TITLE), (told, shade), (version, QUIET))


def _mark(look: Look, shade: str) -> str:
    if look.plain:
        return {GOOD: "+", BAD: "X"}.get(shade, "?")
    return {GOOD: "✔", BAD: "✖"}.get(shade, "?")
