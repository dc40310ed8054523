"""A plan of throughput tests on a terminal: when they run as a picture, what they cost, what cannot be."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
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
from bridgewatch.texts.times import day, instant_of, short_moment, zone_of
from bridgewatch.views.terminal.look import GOOD, POOR, QUIET, TITLE, Look, hanging, spelt
from bridgewatch.views.terminal.tables import span, table

_LISTED: Final = 20
_NAMED: Final = 3  # links of one hindrance that are named
_NS: Final = 1e9
_BAR: Final = 30
_MOST_HOURS: Final = 48  # bars; a longer plan is shown by days

_SAID: Final = frozenset(  # by what or by whom; of the others that is the link itself, or many things
    {
        Hindrance.LIVE,
        Hindrance.CHECK,
        Hindrance.WAVE,
        Hindrance.FROZEN,
        Hindrance.NO_METHOD,
        Hindrance.TOO_LARGE,
    }
)


def plan_lines(
    plan: ThroughputPlan, inventory: Inventory, look: Look, *, every: bool = False
) -> Iterator[RenderableType]:
    """The whole plan; `every` lists all tests."""
    words = throughput_words(look.language)
    if plan.tests:
        yield from _lines(_headlines(plan, look), look)
        yield Text()
        yield from _lines(_timeline(plan.tests, look), look)
        yield Text()
        yield spelt(Text(words.by_egress, TITLE), look)
        yield _costs(plan.tests, inventory, look)
        yield spelt(Text(words.in_order, TITLE), look)
        yield _tests(plan.tests if every else plan.tests[:_LISTED], look)
        if len(plan.tests) > _LISTED and not every:
            yield spelt(Text(words.more.format(len(plan.tests) - _LISTED), QUIET), look)
        yield from _lines((Text(said, QUIET) for said in (words.rules, words.assumed)), look)
        yield Text()
    else:
        yield spelt(Text(words.nothing, POOR), look)
    yield from _lines(_hindered(plan, look), look)


def _lines(lines: Iterable[Text], look: Look) -> Iterator[Text]:
    """As they fit, what is indented below itself."""
    for line in lines:
        yield from hanging(spelt(line, look), look.width)


def _headlines(plan: ThroughputPlan, look: Look) -> Iterator[Text]:
    words, zone = throughput_words(look.language), zone_of(look.timezone)
    begins_ns, ends_ns = plan.tests[0].begins_ns, plan.ends_ns or 0
    begins, ends = (short_moment(instant_of(at_ns, zone), look.language) for at_ns in (begins_ns, ends_ns))
    facts = (
        (words.count, words.of_links.format(len(plan.tests))),
        (words.begins, begins),
        (words.ends, words.at_latest.format(ends, span((ends_ns - begins_ns) / _NS, look))),
        (words.octets, size(plan.octets, look.language)),
    )
    yield Text(words.plan, TITLE)
    widest = max(len(name) for name, _ in facts)
    for name, said in facts:
        yield Text.assemble("  ", (f"{name:{widest}}", QUIET), f"  {said}")


def _timeline(tests: Iterable[PlannedTest], look: Look) -> Iterator[Text]:
    """A bar per hour, or per day where there are too many hours; dots where time is left out."""
    words, zone = throughput_words(look.language), zone_of(look.timezone)
    begins = [instant_of(test.begins_ns, zone) for test in tests]
    counts = Counter(at.replace(minute=0, second=0) for at in begins)
    step, title = timedelta(hours=1), words.by_hour
    if len(counts) > _MOST_HOURS:
        counts = Counter(at.replace(hour=0, minute=0, second=0) for at in begins)
        step, title = timedelta(days=1), words.by_day
    told = short_moment if step < timedelta(days=1) else day
    most, shape = max(counts.values(), default=1), "#" if look.plain else "█"
    labels = {at: told(at, look.language) for at in counts}
    widest = max(map(len, labels.values()), default=0)
    yield Text(title, TITLE)
    former = None
    for at, count in sorted(counts.items()):
        if former is not None and at - former > step:
            yield Text("  ...", QUIET)
        former = at
        bar = shape * max(1, round(count / most * _BAR))
        yield Text.assemble("  ", (f"{labels[at]:>{widest}}", QUIET), " ", (bar, GOOD), f" {count}")


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
    return table((words.begins, words.link, words.takes, words.octets), rows, look)


def _hindered(plan: ThroughputPlan, look: Look) -> Iterator[Text]:
    """What cannot be tested, by why."""
    words = throughput_words(look.language)
    why: defaultdict[str, list[str]] = defaultdict(list)
    for hindered in plan.hindered:
        why[_clause(hindered, look)].append(hindered.link)
    for subject, refusal in plan.refusals:
        if refusal is not Refusal.HINDERED:
            why[tell_refusal(refusal, look.language)].append(subject)
    if why:
        yield Text(words.hindered.format(sum(map(len, why.values()))), POOR)
    for clause, links in sorted(why.items(), key=lambda item: -len(item[1])):
        form = words.because if len(links) <= _NAMED else words.because_such_as
        yield Text(f"  {form.format(len(links), clause, ', '.join(islice(links, _NAMED)))}")
    if any(hindered.hindrance is Hindrance.NO_SERVER for hindered in plan.hindered):
        yield Text(f"  {words.no_server_hint}", QUIET)


def _clause(hindered: Hindered, look: Look) -> str:
    clause = tell_bandwidth(hindered.hindrance, look.language)
    said = hindered.hindrance in _SAID and hindered.subject
    return f"{clause}: {hindered.subject}" if said else clause
