"""The daemon's answers about throughput tests as lines of a terminal."""

from collections.abc import Iterable
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from bridgewatch.adapters.api.throughput_forms import (
    RUNNING,
    WAITING,
    LegTold,
    RatesTold,
    ResultTold,
    TestTold,
)
from bridgewatch.model.bandwidth import (
    MTU_SHARE,
    Direction,
    Leg,
    Method,
    Server,
    Throughput,
    ThroughputEnd,
)
from bridgewatch.model.ids import ServerId
from bridgewatch.model.ports import ThroughputProgress
from bridgewatch.texts.bandwidth import rate, tell_bandwidth
from bridgewatch.texts.throughput import throughput_words
from bridgewatch.texts.times import short_moment
from bridgewatch.views.terminal.look import BAD, GOOD, POOR, QUIET, TITLE, Look, hanging, spelt
from bridgewatch.views.terminal.throughput import result_line

_IN_VAIN: Final = frozenset(
    {ThroughputEnd.FAILED, ThroughputEnd.ABORTED, ThroughputEnd.EXPIRED, ThroughputEnd.INTERRUPTED}
)
_STYLES: Final = {
    ThroughputEnd.DONE: GOOD,
    ThroughputEnd.FAILED: BAD,
    ThroughputEnd.ABORTED: POOR,
    ThroughputEnd.EXPIRED: POOR,
    ThroughputEnd.INTERRUPTED: POOR,
    ThroughputEnd.CANCELLED: QUIET,
}


def throughput(told: ResultTold) -> Throughput:
    """A result as the daemon measured it."""
    return Throughput(**told.model_dump(exclude={"buffer_delay"}))


def leg(told: LegTold) -> tuple[Leg, ThroughputProgress | None]:
    """What is on the link, and how far it is."""
    server = Server(ServerId(""), told.method)
    progress = None
    if told.octets is not None and told.elapsed is not None and told.rate is not None:
        progress = ThroughputProgress(told.octets, told.elapsed, told.rate)
    return Leg(server, told.method, told.direction, told.seconds, 1, 0), progress


def promised(result: ResultTold, contract: RatesTold | None) -> float | None:
    """What a result is held against, in the same payload; None without a contract."""
    if contract is None:
        return None
    sold = contract.down if result.direction is Direction.DOWN else contract.up
    return sold if result.method is Method.UDP else sold * MTU_SHARE


def standing(test: TestTold, look: Look) -> Text:
    """How a test stands, in a word or a clause."""
    words = throughput_words(look.language)
    if test.stage == RUNNING:
        return Text(words.running, GOOD)
    if test.stage == WAITING:
        why = test.hindered.why if test.hindered is not None else ""
        return Text(words.waits.format(why) if why else words.waiting, QUIET)
    end = ThroughputEnd(test.stage)
    told = tell_bandwidth(end, look.language)
    causes = [test.hindered.why] if test.hindered is not None else []
    causes += [each for each in (test.stopped_by, test.detail) if each]
    return Text(": ".join([told, ", ".join(causes)]) if causes else told, _STYLES[end])


def over(tests: Iterable[TestTold]) -> list[TestTold]:
    """Those that measured something or should have; who cancelled one knows it."""
    return [test for test in tests if test.ended is not None and (test.results or test.stage in _IN_VAIN)]


def newest(tests: Iterable[TestTold]) -> list[TestTold]:
    """Of each link the newest that measured something, and a later one that came to nothing."""
    found: dict[tuple[str, bool], TestTold] = {}
    for test in tests:
        if (test.link, True) not in found:
            found.setdefault((test.link, bool(test.results)), test)
    return list(found.values())


def results(tests: Iterable[TestTold], look: Look) -> RenderableType:
    """Of each test which it was, and a line for each direction that it measured."""
    lines = []
    for test in tests:
        lines.append(_heading(test.link, short_moment(test.ended or test.asked, look.language), test, look))
        for result in test.results:
            line = result_line(throughput(result), look, promised(result, test.contract))
            lines += hanging(Text.assemble("  ", line), look.width)
    return Group(*lines)


def queue(tests: Iterable[TestTold], look: Look) -> RenderableType:
    """Of each test that runs or waits which it is, and how it stands."""
    lines = []
    for test in tests:
        lines.append(_heading(test.id, test.link, test, look))
        lines += hanging(spelt(Text.assemble("  ", standing(test, look)), look), look.width)
    return Group(*lines)


def _heading(name: str, detail: str, test: TestTold, look: Look) -> Text:
    words = throughput_words(look.language)
    who = test.by or words.by_itself
    parts = [detail, f"{who} (--force)" if test.forced else who]
    if test.contract is not None:
        sold = (rate(each, look.language) for each in (test.contract.down, test.contract.up))
        parts.append(words.contract.format(*sold))
    if test.rate is not None:
        parts.append(words.capped.format(rate(test.rate, look.language)))
    parts += [each for each in (test.note,) if each]
    line = Text.assemble((name, TITLE), look.dot, look.dot.join(parts))
    if test.ended is not None and test.stage != ThroughputEnd.DONE:
        line = Text.assemble(line, look.dot, standing(test, look))
    return spelt(line, look)
