"""A policy has as many steps as it has: beyond the last, that one is called again and is told as that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.model.ids import IncidentId
from bridgewatch.model.log import GapFound, Noticed, Stepped
from bridgewatch.model.paging import Audience, FaultKind, Role, TextForm, Why
from bridgewatch.model.policy import numbered
from bridgewatch.model.words import Language
from bridgewatch.texts.messages.compose import compose
from bridgewatch.texts.tale import Teller
from tests.paging.worlds import CALM, STEPS, village
from tests.texts.briefs import brief

LAST = len(STEPS)


@given(st.integers(0, 50), st.integers(1, 9))
def test_no_step_has_a_number_that_its_policy_has_not(step: int, steps: int) -> None:
    told = numbered(step, steps)
    assert 1 <= told.number <= steps
    assert told.again == (step >= steps)
    assert told.again or told.number == step + 1
    assert numbered(step, None) == (numbered(step, step + 1))


def test_a_policy_without_steps_repeats_what_it_did_first() -> None:
    assert [(one.number, one.again) for one in (numbered(0, 0), numbered(3, 0))] == [(1, False), (1, True)]


@pytest.mark.parametrize(
    ("language", "step", "again"),
    [(Language.VI, "bước 4)", "gọi lại bước 4)"), (Language.EN, "step 4)", "step 4 again)")],
)
def test_a_message_says_that_a_step_is_called_again(language: Language, step: str, again: str) -> None:
    for number, words in ((3, step), (4, again), (5, again)):
        body = compose(brief(language=language, step=number, steps=4), TextForm.LONG).body
        assert f"; {words}" in body


@pytest.mark.parametrize(
    ("language", "step", "again"),
    [
        (Language.VI, f"bước {LAST} của", f"gọi lại bước {LAST} của"),
        (Language.EN, f"step {LAST} of", f"step {LAST} of policy {CALM} again"),
    ],
)
def test_a_story_says_that_a_step_is_called_again(language: Language, step: str, again: str) -> None:
    one = IncidentId("INC-1")
    teller = Teller(village(), language, {})
    noticed = Noticed(
        at_ns=0,
        incident=one,
        code="K7P",
        kind=FaultKind.LINK,
        subject="xa/wan",
        audience=Audience.CARRIER,
        began_ns=0,
    )
    teller.tell(noticed)

    def told(number: int) -> str:
        return teller.tell(
            Stepped(at_ns=0, incident=one, step=number, policy=CALM, next_ns=10**9, why=Why.NO_ANSWER)
        )

    assert told(LAST - 1).startswith(step)
    for number in (LAST, LAST + 1):
        assert told(number).startswith(again)
    gap = GapFound(
        at_ns=0, incident=one, step=LAST + 1, audience=Audience.OWN, role=Role.LEAD, area=None, level=None
    )
    assert teller.tell(gap).endswith(str(LAST))
