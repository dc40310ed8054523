"""Puts the account into words: one line while the play runs, all of it at the end."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from bridgewatch.app.demo import heard
from bridgewatch.app.demo.account import Account, Finding
from bridgewatch.app.demo.cast import EVENT
from bridgewatch.app.demo.run import REQUIRED, Outcome, peak_mebibytes
from bridgewatch.app.demo.script import Act
from bridgewatch.core.readiness.judge import REQUIRED as USUALLY_REQUIRED
from bridgewatch.model.readiness import EventReadiness, Readiness
from bridgewatch.model.words import Reason
from bridgewatch.texts.readiness import tell_readiness
from bridgewatch.texts.story import story_words
from bridgewatch.texts.words import tell
from bridgewatch.views.terminal.look import BAD, GOOD, POOR, QUIET, TITLE, Look, cell
from bridgewatch.views.terminal.readiness import link_text, totals, verdict_text
from bridgewatch.views.terminal.tables import span

Course = Callable[[Act], Sequence[str]]
"""What people have heard of an act, in parts of a line."""

_INSTANT: Final = 0.05  # seconds; verdicts closer together than this are one
_CLOCK: Final = 7
_REASONS: Final = 3


def _nothing(_: Act) -> Sequence[str]:
    return ()


def story(
    account: Account, at: float, duration: float, look: Look, most: int, course: Course = _nothing
) -> list[Text]:
    """The last `most` acts that have begun, each with what was concluded and told, below a title."""
    words = story_words(look.language)
    begun = [finding for finding in account.findings if finding.act.start <= at]
    begun.sort(key=lambda finding: _last_change(finding, at, duration))
    clock = f"{max(0.0, min(at, duration)):.0f} / {duration:.0f} s"
    lines = [Text.assemble((words.script, TITLE), ("  " + clock, QUIET))]
    if not begun:
        return [*lines, Text(f"  {words.calm}", QUIET)]
    for finding in begun[-most:]:
        over = _is_over(finding.act, at, duration)
        lines += [
            _announcement(finding.act, look, over=over),
            _conclusion(finding, duration, look, over=over),
        ]
        indent = " " * (_CLOCK + 4)
        told = heard.latest(course(finding.act), look, look.width - len(indent))
        lines += [Text(indent + told, TITLE)] if told else []
    return lines


def _is_over(act: Act, at: float, duration: float) -> bool:
    return act.end <= at and act.end < duration  # what lasts to the end is not mended, the play is over


def _last_change(finding: Finding, at: float, duration: float) -> float:
    act = finding.act
    times = [act.start, *(act.start + after for after in finding.found.values())]
    return max([*times, act.end] if _is_over(act, at, duration) else times)


def _announcement(act: Act, look: Look, *, over: bool) -> Text:
    words = story_words(look.language)
    mark = "  " if over else "! " if look.plain else "▶ "
    told = act.ends[look.language] if over else act.begins[look.language]
    when = cell(f"{look.figure(act.end if over else act.start):.1f} s", _CLOCK)
    label = (f"{words.over if over else words.now}: ", QUIET if over else POOR)
    return Text.assemble((mark, POOR), when, label, told)


def _conclusion(finding: Finding, duration: float, look: Look, *, over: bool) -> Text:
    indent = " " * (2 + _CLOCK)
    if not finding.found:
        return Text(f"{indent}{story_words(look.language).waiting}", BAD if over else QUIET)
    return Text.assemble(indent, look.mark(finding.act.verdict), " ", verdict(finding, duration, look))


def verdict(finding: Finding, duration: float, look: Look) -> Text:
    """What bridgewatch said of one act, how fast, and when it called it over."""
    words, act = story_words(look.language), finding.act
    count = "" if len(act.links) == 1 else f"{len(finding.found)} / {len(act.links)} "
    first, last = min(finding.found.values()), max(finding.found.values())
    later = words.later if last - first < _INSTANT else words.later_between
    when = later.format(first=look.figure(first), last=look.figure(last))
    parts = [f"bridgewatch: {count}{look.tell(act.verdict)} {when}"]
    if finding.cleared:
        parts.append(words.again.format(last=look.figure(max(finding.over.values()))))
    elif act.end >= duration:
        parts.append(words.lasting)
    parts.append(tell(_told_reason(act), look.language))
    return Text(look.dot.join(parts))


def _told_reason(act: Act) -> Reason:
    return min(act.reasons)


def summary(outcome: Outcome, look: Look) -> Iterable[RenderableType]:
    """What was injected, what was found after how long, who was told, and what it cost."""
    words, account = story_words(look.language), outcome.account
    yield Text(words.summary, TITLE)
    for finding in account.findings:
        if outcome.interrupted and finding.act.start > outcome.probed_for:
            continue
        yield Text.assemble("  ", finding.act.begins[look.language])
        found = bool(finding.found)
        text = verdict(finding, outcome.script.duration, look) if found else Text(words.waiting)
        yield Text.assemble("    ", (_tick(look, good=finding.complete)), " ", text)
        yield from _told(finding.act, outcome, look)
    yield from _readiness(words.ready_before, outcome.before, outcome, look)
    if not outcome.interrupted:
        yield from _readiness(words.ready_after, outcome.after, outcome, look)
        yield from (Text(f"  {line}") for line in _beside(outcome.after, outcome, look))
    yield from (Text(f"  {line}") for line in _costs(outcome, look))
    yield _ending(outcome, look)


def _told(act: Act, outcome: Outcome, look: Look) -> Iterable[Text]:
    """Whether people were told as they should, and how; nothing where the play was cut short before."""
    calls = outcome.calls
    told = calls.told.get(act.key)
    if told is None:
        good, text = not calls.false_pages, story_words(look.language).nobody_paged
    else:
        good = not any(calls.owed(told))
        text = look.dot.join(heard.course(told, calls, outcome.inventory, look))
    if text or not outcome.interrupted:
        yield Text.assemble("    ", _tick(look, good=good), " ", text)


def _readiness(title: str, report: EventReadiness, outcome: Outcome, look: Look) -> Iterable[RenderableType]:
    event = outcome.inventory.events[EVENT]
    heading = title.format(event=event.name)
    yield Text.assemble((heading, TITLE), look.dot, verdict_text(report.verdict, look))
    yield totals(report, outcome.inventory, look)
    reasons = Counter(site.reason for site in report.sites if site.verdict is not Readiness.GO)
    for reason, count in reasons.most_common(_REASONS):
        longest = max(link.seconds or 0.0 for site in report.sites for link in site.links)
        told = tell_readiness(
            reason, look.language, for_so_long=span(longest, look), required=span(REQUIRED, look)
        )
        sites = story_words(look.language).sites.format(count=count)
        yield Text(f"  {sites}: {told}", POOR)


def _beside(report: EventReadiness, outcome: Outcome, look: Look) -> Iterable[str]:
    """What is wrong and decides nothing: spares, and sites that take no part. And what is asked of links."""
    words, sites = story_words(look.language), outcome.inventory.sites
    for site in report.sites:
        for link in site.links:
            if site.verdict is Readiness.GO and link.verdict is Readiness.NO_GO:
                yield link_text(link, report, look)
    taking_part = {site.site for site in report.sites}
    yield from (words.outside.format(site=one.name) for one in sites.values() if one.id not in taking_part)
    yield words.asked.format(here=span(REQUIRED, look), usual=span(USUALLY_REQUIRED, look))


def _tick(look: Look, *, good: bool) -> tuple[str, str]:
    if look.plain:
        return ("+", GOOD) if good else ("-", BAD)
    return ("✔", GOOD) if good else ("✖", BAD)


def _costs(outcome: Outcome, look: Look) -> list[str]:
    words, report = story_words(look.language), outcome.report
    seconds = max(outcome.probed_for, 1e-9)
    lateness = report.daemon.lateness_p99 if report else 0.0
    letters = outcome.calls.phones.letters
    pages = [letter for letter in letters if letter.asks]
    return [
        words.probes.format(sent=outcome.sent, seconds=look.figure(outcome.probed_for), links=outcome.links),
        words.dropped.format(dropped=outcome.dropped, lost=outcome.lost),
        words.cpu.format(
            seconds=look.figure(outcome.cpu),
            share=outcome.cpu / seconds * 100,
            memory=peak_mebibytes(),
            late=lateness * 1e3,
        ),
        words.first_probe.format(look.figure(outcome.first_probe)),
        words.messages.format(
            pages=len(pages), others=len(letters) - len(pages), wrong=len(outcome.calls.false_pages)
        ),
        words.false_alarms.format(len(outcome.account.false_alarms)),
    ]


def _ending(outcome: Outcome, look: Look) -> Text:
    words, account = story_words(look.language), outcome.account
    if outcome.interrupted:
        return Text(words.interrupted, POOR)
    if not outcome.failures:
        return Text(f"{words.found_all.format(len(account.findings))}\n{words.told_all}", GOOD)
    return Text("\n").join(Text(failure, BAD) for failure in outcome.failures)
