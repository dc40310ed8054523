"""The daemon's answers about throughput tests as tables of a terminal."""

from collections.abc import Iterable
from typing import Final

from rich.console import RenderableType
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
from bridgewatch.texts.figures import milliseconds, percent
from bridgewatch.texts.throughput import throughput_words
from bridgewatch.texts.times import short_moment
from bridgewatch.views.terminal.look import BAD, BLANK, GOOD, POOR, QUIET, Look
from bridgewatch.views.terminal.tables import table

_BAR: Final = 6
_SHORT: Final = 0.8  # of the contract; the colour repeats what bar and figure say
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
    return Throughput(
        direction=told.direction,
        method=told.method,
        rate=told.rate,
        octets=told.octets,
        seconds=told.seconds,
        streams=told.streams,
        efficiency=told.efficiency,
        base_rtt=told.base_rtt,
        rtt=told.rtt,
        loss=told.loss,
        jitter=told.jitter,
    )


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


def results_table(tests: Iterable[TestTold], look: Look) -> RenderableType:
    """A row per test that measured something: each direction against its contract."""
    words = throughput_words(look.language)
    rows = [
        (
            test.link,
            short_moment(test.ended or test.asked, look.language),
            _direction(test, Direction.DOWN, look),
            _direction(test, Direction.UP, look),
            _buffer(test, look),
            _who(test, look),
        )
        for test in tests
    ]
    return table((words.link, words.when, words.down, words.up, words.buffer_delay, words.by), rows, look)


def queue_table(tests: Iterable[TestTold], look: Look) -> RenderableType:
    """A row per test that runs or waits."""
    words = throughput_words(look.language)
    rows = [(test.id, test.link, standing(test, look), _who(test, look), test.note) for test in tests]
    return table((words.test, words.link, words.state, words.by, words.reason), rows, look)


def _direction(test: TestTold, direction: Direction, look: Look) -> Text:
    cells = [_cell(result, test.contract, look) for result in test.results if result.direction is direction]
    return Text("\n").join(cells) if cells else Text(BLANK, QUIET)


def _cell(result: ResultTold, contract: RatesTold | None, look: Look) -> Text:
    said = rate(result.rate, look.language)
    if result.method is not Method.TCP:
        said += f" {tell_bandwidth(result.method, look.language)}"
    against = promised(result, contract)
    if not against:
        return Text(said)
    share = result.rate / against
    full, empty = ("#", "-") if look.plain else ("█", "░")
    filled = round(min(1.0, share) * _BAR)
    shade = GOOD if share >= _SHORT else BAD
    bar = Text.assemble((full * filled, shade), (empty * (_BAR - filled), QUIET))
    return Text.assemble(bar, f" {said}, {percent(share, look.language)}".replace(" ", "\N{NO-BREAK SPACE}"))


def _buffer(test: TestTold, look: Look) -> str:
    """The longest round trip under load against the one before."""
    pairs = [(one.base_rtt, one.rtt) for one in test.results if one.base_rtt and one.rtt]
    if not pairs:
        return BLANK
    base, loaded = max(pairs, key=lambda pair: pair[1] / pair[0])
    arrow = "->" if look.plain else "→"
    return f"{milliseconds(base, look.language)} {arrow} {milliseconds(loaded, look.language)}"


def _who(test: TestTold, look: Look) -> str:
    who = test.by or throughput_words(look.language).by_itself
    return f"{who} (--force)" if test.forced else who
