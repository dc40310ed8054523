"""Cyclic garbage is left alone while a storm is decided, and looked for again after it, whatever happens."""

import gc
from collections.abc import Iterator

import pytest

from bridgewatch.app.interpreter import _LONGEST, Storm


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


def test_no_garbage_is_looked_for_before_the_last_turn_of_a_storm() -> None:
    storm, frozen = Storm(), gc.get_freeze_count()
    storm.begin_turn()
    assert not gc.isenabled()
    storm.end_turn(more=True)
    assert not gc.isenabled()
    storm.begin_turn()
    storm.end_turn(more=False)
    assert gc.isenabled()
    assert gc.get_freeze_count() > frozen


def test_a_turn_alone_leaves_nothing_that_is_never_looked_through() -> None:
    storm, frozen = Storm(), gc.get_freeze_count()
    storm.begin_turn()
    storm.end_turn(more=False)
    assert gc.isenabled()
    assert gc.get_freeze_count() == frozen


def test_a_storm_that_never_ends_does_not_keep_garbage_for_ever() -> None:
    storm = Storm()
    for _ in range(_LONGEST):
        storm.begin_turn()
        storm.end_turn(more=True)
    assert gc.isenabled()


def test_a_storm_that_is_broken_off_is_over() -> None:
    storm = Storm()
    storm.begin_turn()
    storm.end()
    assert gc.isenabled()
