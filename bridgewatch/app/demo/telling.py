"""Puts the account into words: one line while the play runs, all of it at the end."""

from collections.abc import Iterable
from typing import Final

from rich.text import Text

from bridgewatch.app.demo.account import Account, Finding
from bridgewatch.app.demo.run import Outcome, peak_mebibytes
from bridgewatch.app.demo.script import Act
from bridgewatch.model.words import Reason
from bridgewatch.texts.story import story_words
from bridgewatch.texts.words import tell
from bridgewatch.views.terminal.look import BAD, GOOD, POOR, QUIET, TITLE, Look, cell

_INSTANT: Final = 0.05  # seconds; verdicts closer together than this are one
_CLOCK: Final = 7


def story(account: Account, at: float, duration: float, look: Look, most: int) -> list[Text]:
    """The last `most` acts that have begun, each with what was concluded, below a title."""
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
    when = cell(f"{act.end if over else act.start:.1f} s", _CLOCK)
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
    parts = [f"bridgewatch: {count}{look.tell(act.verdict)} {later.format(first=first, last=last)}"]
    if finding.cleared:
        parts.append(words.again.format(last=max(finding.over.values())))
    elif act.end >= duration:
        parts.append(words.lasting)
    parts.append(tell(_told_reason(act), look.language))
    return Text(look.dot.join(parts))


def _told_reason(act: Act) -> Reason:
    return min(act.reasons)


def summary(outcome: Outcome, look: Look) -> Iterable[Text]:
    """What was injected, what was found after how long, and what it cost."""
    words, account = story_words(look.language), outcome.account
    yield Text(words.summary, TITLE)
    for finding in account.findings:
        if outcome.interrupted and finding.act.start > outcome.probed_for:
            continue
        yield Text.assemble("  ", finding.act.begins[look.language])
        found = bool(finding.found)
        text = verdict(finding, outcome.script.duration, look) if found else Text(words.waiting)
        yield Text.assemble("    ", (_tick(look, good=finding.complete)), " ", text)
    yield from (Text(f"  {line}") for line in _costs(outcome, look))
    yield _ending(outcome, look)


def _tick(look: Look, *, good: bool) -> tuple[str, str]:
    if look.plain:
        return ("+", GOOD) if good else ("-", BAD)
    return ("✔", GOOD) if good else ("✖", BAD)


def _costs(outcome: Outcome, look: Look) -> list[str]:
    words, report = story_words(look.language), outcome.report
    seconds = max(outcome.probed_for, 1e-9)
    lateness = report.daemon.lateness_p99 if report else 0.0
    return [
        words.probes.format(sent=outcome.sent, seconds=outcome.probed_for, links=outcome.links),
        words.dropped.format(dropped=outcome.dropped, lost=outcome.lost),
        words.cpu.format(
            seconds=outcome.cpu, share=outcome.cpu / seconds, memory=peak_mebibytes(), late=lateness * 1e3
        ),
        words.first_probe.format(outcome.first_probe),
        words.false_alarms.format(len(outcome.account.false_alarms)),
    ]


def _ending(outcome: Outcome, look: Look) -> Text:
    words, account = story_words(look.language), outcome.account
    if outcome.interrupted:
        return Text(words.interrupted, POOR)
    if not outcome.failures:
        return Text(words.found_all.format(len(account.findings)), GOOD)
    return Text("\n").join(Text(failure, BAD) for failure in outcome.failures)
