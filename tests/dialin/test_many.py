"""A country's boxes at one door, with real packets."""

import asyncio

from tests.dialin.many import run


def test_two_thousand_boxes_call_one_socket_and_are_probed_back_through_it() -> None:
    """None is lost, and none is refused."""
    figures = asyncio.run(run(2_000, interval=1.0, seconds=3.0))
    assert figures.sent >= 5_000
    assert figures.lost == 0
    assert figures.refused == 0
