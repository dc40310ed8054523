"""Refusals are told when they begin and when they are over."""

import numpy as np

from bridgewatch.adapters.reflector.refusals import QUIET_NS, Refusals, summary
from bridgewatch.core.reflecting.reflection import Verdict
from tests.reflector.packets import SECOND


def counts(**by_verdict: int) -> np.ndarray:
    column = np.zeros(len(Verdict), np.int64)
    for name, number in by_verdict.items():
        column[Verdict[name]] = number
    return column


def test_a_spell_of_refusals_is_told_twice_however_long_it_lasts():
    refusals, said = Refusals(), []
    for second in range(100):
        said += map(str, refusals.look(counts(STRANGER=10 * (second + 1)), second * SECOND))
    for second in range(100, 170):
        said += map(str, refusals.look(counts(STRANGER=1000), second * SECOND))

    assert said == ["refusing packets of strangers", "no more packets of strangers: 1000 refused"]


def test_a_new_spell_counts_from_its_own_beginning():
    refusals = Refusals()
    list(refusals.look(counts(TOO_SHORT=5), 0))
    list(refusals.look(counts(TOO_SHORT=5), QUIET_NS))
    [began] = refusals.look(counts(TOO_SHORT=7), QUIET_NS + 1)
    [ended] = refusals.look(counts(TOO_SHORT=7), 2 * QUIET_NS + 1)

    assert (began.began, began.refused) == (True, 2)
    assert (ended.began, ended.refused) == (False, 2)


def test_answered_packets_are_no_news():
    assert list(Refusals().look(counts(ANSWERED=1000), 0)) == []


def test_every_refusal_has_a_text():
    column = np.ones(len(Verdict), np.int64)

    changes = list(Refusals().look(column, 0))

    assert len({str(change) for change in changes}) == len(Verdict) - 1


def test_the_summary_names_only_what_happened():
    assert summary(counts(ANSWERED=3), 2, 0, 0) == "3 answered, 2 sessions"
    assert summary(counts(ANSWERED=3, REPLY=1), 2, 4, 5) == (
        "3 answered, 2 sessions, 1 replies of another reflector, "
        "4 replies the kernel refused, 5 lost in the receive buffer"
    )
