"""A plan of throughput tests on a terminal: when they run as a picture, what they cost, what cannot be."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from bridgewatch.core.throughput.plan import PlannedTest, ThroughputPlan
from bridgewatch.model.bandwidth import Hindrance
from bridgewatch.model.commands import Hindered, Refusal
from bridgewatch.model.inventory import Inventory
from bridgewatch.texts.answers import tell_refusal
from bridgewatch.texts.bandwidth import size, tell_bandwidth
from bridgewatch.texts.throughput import throughput_words
from bridgewatch.texts.times import instant_of, short_moment, zone_of
from bridgewatch.views.terminal.look import GOOD, POOR, QUIET, TITLE, Look, spelt
from bridgewatch.views.terminal.tables import span, table

_LISTED: Final = 20
_NAMED: Final = 3  # links of one hindrance that are named
_HOUR_NS: Final = 3_600_000_000_000
_NS: Final = 1e9
_BAR: Final = 30
_MOST_HOURS: Final = 48  # bars; a longer plan is shown by days


def plan_lines(
    plan: ThroughputPlan, inventory: Inventory, look: Look, *, every: bool = False
) -> Iterator[RenderableType]:
    """The whole plan; `every` lists all tests."""
    words = throughput_words(look.language)
    if plan.tests:
        yield spelt(_headline(plan, look), look)
        yield Text()
        yield from (spelt(line, look) for line in _timeline(plan.tests, look))
        yield _costs(plan.tests, inventory, look)
        yield _tests(plan.tests if every else plan.tests[:_LISTED], look)
        if len(plan.tests) > _LISTED and not every:
            yield spelt(Text(words.more.format(len(plan.tests) - _LISTED), QUIET), look)
        yield spelt(Text(words.assumed, QUIET), look)
    else:
        yield spelt(Text(words.nothing, POOR), look)
    yield from (spelt(line, look) for line in _hindered(plan, look))


def _headline(plan: ThroughputPlan, look: Look) -> Text:
    words, zone = throughput_words(look.language), zone_of(look.timezone)
    begins_ns, ends_ns = plan.tests[0].begins_ns, plan.ends_ns or 0
    moments = [short_moment(instant_of(at_ns, zone), look.language) for at_ns in (begins_ns, ends_ns)]
    parts = [
        words.tests.format(len(plan.tests)),
        words.from_to.format(*moments),
        words.lasts.format(span((ends_ns - begins_ns) / _NS, look)),
        words.at_most.format(size(plan.octets, look.language)),
    ]
    return Text.assemble((words.plan, TITLE), look.dot, look.dot.join(parts))


def _timeline(tests: Iterable[PlannedTest], look: Look) -> Iterator[Text]:
    """A bar per hour, or per day where there are too many hours."""
    zone = zone_of(look.timezone)
    hours: Counter[str] = Counter()
    days: Counter[str] = Counter()
    for test in tests:
        begins = instant_of(test.begins_ns, zone)
        hours[f"{begins:%d/%m %H:00}"] += 1
        days[f"{begins:%d/%m}"] += 1
    counts = hours if len(hours) <= _MOST_HOURS else days
    most, shape = max(counts.values(), default=1), "#" if look.plain else "█"
    for label, count in counts.items():
        bar = shape * max(1, round(count / most * _BAR))
        yield Text.assemble("  ", (label, QUIET), " ", (bar, GOOD), f" {count}")


def _costs(tests: Iterable[PlannedTest], inventory: Inventory, look: Look) -> RenderableType:
    words = throughput_words(look.language)
    counts: Counter[tuple[str, str]] = Counter()
    octets: Counter[tuple[str, str]] = Counter()
    for test in tests:
        link = inventory.links[test.link]
        key = (link.egress, inventory.carriers[link.carrier].name)
        counts[key] += 1
        octets[key] += test.octets
    rows = [
        (egress, carrier, str(count), size(octets[egress, carrier], look.language))
        for (egress, carrier), count in sorted(counts.items())
    ]
    return table((words.egress, words.carrier, words.count, words.octets), rows, look)


def _tests(tests: Iterable[PlannedTest], look: Look) -> RenderableType:
    words, zone = throughput_words(look.language), zone_of(look.timezone)
    rows = [
        (
            short_moment(instant_of(test.begins_ns, zone), look.language),
            test.link,
            span((test.ends_ns - test.begins_ns) / _NS, look),
            size(test.octets, look.language),
        )
        for test in tests
    ]
    return table((words.begins, words.link, "", words.octets), rows, look)


def _hindered(plan: ThroughputPlan, look: Look) -> Iterator[Text]:
    """What cannot be tested, by why."""
    words = throughput_words(look.language)
    why: defaultdict[str, list[str]] = defaultdict(list)
    for hindered in plan.hindered:
        why[_clause(hindered, look)].append(hindered.link)
    for subject, refusal in plan.refusals:
        if refusal is not Refusal.HINDERED:
            why[tell_refusal(refusal, look.language)].append(subject)
    for clause, links in sorted(why.items(), key=lambda item: -len(item[1])):
        named = ", ".join(islice(links, _NAMED))
        some = named if len(links) <= _NAMED else f"{words.such_as.format(named)}"
        told = f"{len(links)} {look.labels.links}: {clause} ({some})"
        yield Text(words.hindered.format(told), POOR)


def _clause(hindered: Hindered, look: Look) -> str:
    clause = tell_bandwidth(hindered.hindrance, look.language)
    shared = hindered.hindrance in (Hindrance.LIVE, Hindrance.CHECK, Hindrance.WAVE, Hindrance.FROZEN)
    return f"{clause}: {hindered.subject}" if shared and hindered.subject else clause
