"""A throughput test on a terminal: a bar while a leg runs, a line when it is over."""

from typing import Final

from rich.text import Text

from bridgewatch.model.bandwidth import WARM_UP, Leg, Method, Throughput
from bridgewatch.model.ports import ThroughputProgress
from bridgewatch.texts.bandwidth import rate, size, tell_bandwidth
from bridgewatch.texts.figures import milliseconds, percent
from bridgewatch.views.terminal.look import GOOD, QUIET, Look, fit, spelt

_BAR: Final = 24
_WAY: Final = 10
_METHOD: Final = 5
_RATE: Final = 12
_WORDS: Final = {
    "warming up": "đang khởi động",
    "connecting": "đang kết nối",
    "efficiency": "hiệu suất",
    "loss": "mất gói",
    "jitter": "biến động trễ",
    "round trip": "trễ khứ hồi",
    "asked for at most": "chỉ được đo tối đa",
}


def leg_line(leg: Leg, progress: ThroughputProgress | None, look: Look) -> Text:
    """How far a leg is; None: nothing flows yet. Cut to the look's width, to be drawn over again.

    down       TCP   ########--------  19.1 Mbit/s  7/12 s  17.2 MB
    """
    total = leg.seconds + (0 if leg.method is Method.UDP else WARM_UP)
    done = min(progress.seconds, total) if progress is not None else 0.0
    if progress is None:
        said = _word("connecting", look)
    else:
        said = f"{rate(progress.rate, look.language):>{_RATE}}"
        said += f"  {done:.0f}/{total:.0f} {look.labels.second}  {size(progress.octets, look.language)}"
        if done < total - leg.seconds:
            said += look.dot + _word("warming up", look)
    line = Text.assemble(_heading(leg, look), _bar(done / total, look), "  ", said)
    return spelt(fit(line, look.width - 1), look)


def result_line(result: Throughput, look: Look, promised: float | None = None) -> Text:
    """What a leg came to; with `promised` bit/s, the bar is the share of it.

    down       TCP   ########################  19.1 Mbit/s (96 %)  efficiency 99.9 %  round trip 4.1 -> 48 ms
    """
    parts = [rate(result.rate, look.language)]
    share = result.rate / promised if promised else None
    if share is not None:
        parts[0] += f" ({percent(share, look.language)})"
    if result.cap is not None:
        parts.append(f"{_word('asked for at most', look)} {rate(result.cap, look.language)}")
    if result.efficiency is not None:
        parts.append(f"{_word('efficiency', look)} {percent(result.efficiency, look.language)}")
    if result.loss is not None:
        parts.append(f"{_word('loss', look)} {percent(result.loss, look.language)}")
    if result.jitter is not None:
        parts.append(f"{_word('jitter', look)} {milliseconds(result.jitter, look.language)}")
    if result.rtt is not None:
        trips = [each for each in (result.base_rtt, result.rtt) if each is not None]
        arrow = " -> " if look.plain else " → "
        said = arrow.join(milliseconds(each, look.language) for each in trips)
        parts.append(f"{_word('round trip', look)} {said}")
    bar = (_bar(min(1.0, share), look), "  ") if share is not None else ()
    line = Text.assemble(_heading(result, look), *bar, look.dot.join(parts))
    return spelt(line, look)


def _heading(of: Leg | Throughput, look: Look) -> Text:
    way = fit(Text(tell_bandwidth(of.direction, look.language)), _WAY)
    return Text.assemble(way, " ", fit(Text(tell_bandwidth(of.method, look.language)), _METHOD), " ")


def _bar(share: float, look: Look) -> Text:
    full = int(share * _BAR)
    shapes = ("#", "-") if look.plain else ("█", "░")
    return Text.assemble((shapes[0] * full, GOOD), (shapes[1] * (_BAR - full), QUIET))


def _word(english: str, look: Look) -> str:
    return english if look.language.value == "en" else _WORDS[english]
