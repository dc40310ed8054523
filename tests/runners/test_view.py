"""How a test looks on a terminal."""

from dataclasses import replace

import pytest
from rich.cells import cell_len

from bridgewatch.model.bandwidth import Direction, Method, Throughput
from bridgewatch.model.ports import ThroughputProgress
from bridgewatch.model.words import Language
from bridgewatch.views.terminal.look import Look
from bridgewatch.views.terminal.throughput import leg_line, result_line
from tests.runners.legs import leg

RESULT = Throughput(
    Direction.DOWN, Method.TCP, 19.1e6, 24_000_000, 10.0, efficiency=0.999, base_rtt=0.0041, rtt=0.048
)


def test_a_bar_is_as_full_as_the_leg_is_far() -> None:
    asked = leg(seconds=10.0)
    for seconds, full in ((0.0, 0), (6.0, 12), (11.9, 23), (12.0, 24), (13.0, 24)):
        line = leg_line(asked, ThroughputProgress(17_200_000, seconds, 19.1e6), Look(width=100)).plain
        assert (line.count("█"), line.count("█") + line.count("░")) == (full, 24)
    assert "19.1 Mbit/s  12/12 s  17.2 MB" in line


def test_what_does_not_count_yet_is_called_warming_up() -> None:
    look = Look(width=100, language=Language.VI)
    told = ThroughputProgress(100, 1.0, 19.1e6)
    assert "đang khởi động" in leg_line(leg(seconds=10.0), told, look).plain
    assert "đang khởi động" not in leg_line(leg(Method.UDP, seconds=10.0), told, look).plain
    assert "đang kết nối" in leg_line(leg(), None, look).plain


@pytest.mark.parametrize("width", [20, 60, 120])
def test_a_line_that_is_drawn_again_stays_within_the_terminal(width: int) -> None:
    line = leg_line(leg(), ThroughputProgress(10**12, 99.0, 1e10), Look(width=width))
    assert cell_len(line.plain) == width - 1


def test_a_result_says_all_that_was_measured() -> None:
    vi = result_line(RESULT, Look(language=Language.VI), promised=20e6).plain
    assert "19,1 Mbit/s (96 %) · hiệu suất 100 % · trễ khứ hồi 4,1 ms → 48 ms" in vi
    capped = replace(RESULT, cap=20e6)
    assert (
        "(96 %) · chỉ được đo tối đa 20 Mbit/s · "
        in result_line(capped, Look(language=Language.VI), promised=20e6).plain
    )
    udp = Throughput(Direction.UP, Method.UDP, 1e6, 1, 1.0, loss=0.021, jitter=0.0015)
    assert "1 Mbit/s · loss 2.1 % · jitter 1.5 ms" in result_line(udp, Look()).plain


def test_a_terminal_of_ascii_alone_can_spell_it() -> None:
    look = Look(plain=True, language=Language.VI)
    assert result_line(RESULT, look, promised=20e6).plain.isascii()
    assert leg_line(leg(), ThroughputProgress(1, 1.0, 1.0), look).plain.isascii()
