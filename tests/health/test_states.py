"""The table itself: what every state does with every event."""

import numpy as np
import pytest

from bridgewatch.core.health.states import MOVES, Event, move
from bridgewatch.model.words import LinkState


def after(state: LinkState, event: Event) -> LinkState:
    return LinkState(int(move(np.array([state], dtype=np.uint8), np.array([event], dtype=np.uint8))[0]))


@pytest.mark.parametrize("state", LinkState)
@pytest.mark.parametrize("event", Event)
def test_the_compiled_table_says_what_the_written_one_says(state, event):
    assert after(state, event) is MOVES[state].get(event, state)


@pytest.mark.parametrize("state", LinkState)
def test_nothing_changes_nothing(state):
    assert after(state, Event.NOTHING) is state


@pytest.mark.parametrize("state", set(LinkState) - {LinkState.PAUSED, LinkState.FLAPPING})
def test_an_answer_lifts_every_state_that_listens(state):
    assert after(state, Event.ANSWERED_WELL) is LinkState.UP
    assert after(state, Event.ANSWERED_POORLY) is LinkState.DEGRADED


def test_only_a_witnessed_silence_or_a_lasting_flap_makes_a_link_down():
    ways = {event for state in LinkState for event in Event if MOVES[state].get(event) is LinkState.DOWN}
    assert ways == {Event.DEAD, Event.STAYED_DOWN}


def test_a_proven_down_is_left_only_by_an_answer_or_the_operator():
    left_by = {event for event in Event if after(LinkState.DOWN, event) is not LinkState.DOWN}
    answers = {Event.ANSWERED_WELL, Event.ANSWERED_POORLY, Event.REFUSED}
    assert left_by == answers | {Event.PAUSED, Event.RESET}


def test_a_paused_link_hears_only_the_operator():
    assert {event for event in Event if after(LinkState.PAUSED, event) is not LinkState.PAUSED} == {
        Event.RESET
    }


def test_a_blind_link_never_goes_back_to_suspicion():
    assert LinkState.SUSPECT not in MOVES[LinkState.BLIND].values()


def test_every_state_can_be_entered_and_left():
    entered = {new for moves in MOVES.values() for new in moves.values()}
    assert entered == set(LinkState)
    assert all(set(MOVES[state].values()) - {state} for state in LinkState)
