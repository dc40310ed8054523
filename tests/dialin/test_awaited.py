"""Who has not called since the start: examples, and a plain reference that looks back at everything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.dialin.awaited import AT_ONCE, GRACE_NS, Awaited, Remembered, Tie
from bridgewatch.core.dialin.keys import greeting
from bridgewatch.model.ids import EgressId, KeyId

SECOND = 10**9
START = 1_000 * SECOND
WAN, MOBILE = EgressId("wan"), EgressId("mobile")
LIGHT: frozenset[EgressId] = frozenset()


def box(name: str = "hop", mark: str = "m") -> Remembered:
    """A box that was heard."""
    return Remembered(KeyId(name), mark, "203.0.113.7", 40_001, 10**18)


def waiting(*boxes: Remembered, egress: EgressId = WAN) -> Awaited:
    """All of them awaited since the start, at one egress."""
    awaited = Awaited()
    awaited.know({each.key: Tie(each.mark, egress) for each in boxes}, START)
    awaited.expect(boxes, START)
    return awaited


def test_a_box_that_has_not_called_is_overdue_once_the_time_it_needs_is_over() -> None:
    awaited = waiting(box())
    assert awaited.look(START + GRACE_NS - 1, LIGHT).overdue == []
    assert awaited.look(START + GRACE_NS, LIGHT).overdue == [box()]
    assert not awaited.look(START + 2 * GRACE_NS, LIGHT).overdue
    assert awaited.remembered == awaited.overdue == [box()]


def test_a_box_that_called_is_awaited_no_more() -> None:
    awaited = waiting(box())
    assert not awaited.called(box().key)
    assert not awaited.look(START + GRACE_NS, LIGHT).overdue
    assert awaited.remembered == []
    late = waiting(box())
    late.look(START + GRACE_NS, LIGHT)
    assert late.called(box().key)
    assert not late.called(box().key)


def test_nobody_is_overdue_behind_an_egress_that_is_dark_and_all_have_the_whole_time_after_it() -> None:
    awaited = waiting(box())
    assert awaited.look(START + SECOND, frozenset({WAN})) == ([], [])
    assert not awaited.look(START + 5 * GRACE_NS, frozenset({WAN})).overdue
    lit = START + 6 * GRACE_NS
    assert not awaited.look(lit, LIGHT).overdue
    assert not awaited.look(lit + GRACE_NS - 1, LIGHT).overdue
    assert awaited.look(lit + GRACE_NS, LIGHT).overdue == [box()]


def test_who_is_overdue_is_left_alone_when_its_egress_goes_dark_and_told_anew_afterwards() -> None:
    awaited = waiting(box())
    awaited.look(START + GRACE_NS, LIGHT)
    assert awaited.look(START + 2 * GRACE_NS, frozenset({MOBILE})) == ([], [])
    assert awaited.look(START + 3 * GRACE_NS, frozenset({WAN})).held == [box().key]
    assert not awaited.look(START + 4 * GRACE_NS, frozenset({WAN})).held
    awaited.look(START + 5 * GRACE_NS, LIGHT)
    assert awaited.look(START + 6 * GRACE_NS, LIGHT).overdue == [box()]


def test_a_key_that_is_gone_or_changed_is_forgotten_and_one_that_cannot_be_read_is_not() -> None:
    for ties in ({}, {box().key: Tie("other", WAN)}):
        awaited = waiting(box())
        awaited.know(ties, START + SECOND)
        assert awaited.remembered == []
        assert not awaited.look(START + 2 * GRACE_NS, LIGHT).overdue
    awaited = waiting(box())
    awaited.know({box().key: Tie(None, WAN)}, START)
    assert not awaited.look(START + 2 * GRACE_NS, LIGHT).overdue
    assert awaited.remembered == [box()]
    readable = START + 3 * GRACE_NS
    awaited.know({box().key: Tie("m", WAN)}, readable)
    assert not awaited.look(readable + GRACE_NS - 1, LIGHT).overdue
    assert awaited.look(readable + GRACE_NS, LIGHT).overdue == [box()]


def test_what_is_remembered_of_keys_that_are_not_in_use_is_not_awaited() -> None:
    awaited = waiting(box())
    awaited.expect([box("stranger"), box("hop", "changed")], START)
    assert awaited.remembered == [box()]


def test_thousands_are_told_a_portion_at_each_look_and_all_of_them() -> None:
    boxes = [box(f"hop-{number}") for number in range(3 * AT_ONCE + 5)]
    awaited = waiting(*boxes)
    told = [awaited.look(START + GRACE_NS + look, LIGHT).overdue for look in range(5)]
    assert [len(each) for each in told] == [AT_ONCE, AT_ONCE, AT_ONCE, 5, 0]
    assert [one for each in told for one in each] == boxes


def test_a_path_that_is_another_one_has_the_time_once_more() -> None:
    awaited = waiting(box())
    awaited.look(START + GRACE_NS, LIGHT)
    awaited.again(box().key, START + 2 * GRACE_NS)
    awaited.again(KeyId("stranger"), START)
    assert awaited.overdue == []
    assert awaited.look(START + 3 * GRACE_NS, LIGHT).overdue == [box()]


@pytest.mark.parametrize(
    ("address", "port"), [("nowhere", 1), ("203.0.113.7", 0), ("203.0.113.7", 65_536), ("", 1)]
)
def test_a_place_that_is_none_is_not_taken(address: str, port: int) -> None:
    with pytest.raises(ValueError, match=r"port|address"):
        Remembered(KeyId("hop"), "m", address, port, 0)


def test_the_mark_of_a_key_tells_it_from_others_and_is_no_seal() -> None:
    marks = {greeting(bytes([number]) * 32).mark for number in range(50)}
    assert len(marks) == 50
    assert {len(mark) for mark in marks} == {16}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 40)),
        st.tuples(st.just("dark"), st.sets(st.sampled_from([WAN, MOBILE]))),
        st.tuples(st.just("called"), st.integers(0, 3)),
        st.tuples(st.just("again"), st.integers(0, 3)),
    ),
    max_size=40,
)


@given(STEPS)
def test_a_box_is_probed_exactly_while_it_has_had_thirty_seconds_of_light_in_a_row_to_call(
    steps: list[tuple[str, object]],
) -> None:
    """Compared at every look with the whole past: since when each could have called, and when it was dark."""
    boxes = [box(str(number)) for number in range(4)]
    egress = dict(zip([each.key for each in boxes], [WAN, MOBILE, WAN, MOBILE], strict=True))
    awaited = Awaited()
    awaited.know({key: Tie("m", where) for key, where in egress.items()}, START)
    awaited.expect(boxes, START)
    now, dark = START, LIGHT
    could = dict.fromkeys(egress, START)  # since when each could have called without a break
    probed: set[KeyId] = set()
    for what, value in steps:
        match what, value:
            case "wait", int():
                now += value * SECOND
            case "dark", set():
                dark = frozenset(value)
            case "called", int():
                key = boxes[value].key
                assert awaited.called(key) == (key in probed)
                could.pop(key, None)
                probed.discard(key)
            case "again", int():
                key = boxes[value].key
                awaited.again(key, now)
                if key in could:
                    could[key] = now
                    probed.discard(key)
        before = frozenset(key for key in probed if egress[key] in dark)
        look = awaited.look(now, dark)
        assert set(look.held) == before
        probed -= before
        for key in could:
            if egress[key] in dark:
                could[key] = None
            elif could[key] is None:
                could[key] = now
        expected = {
            key
            for key, since in could.items()
            if since is not None and now - since >= GRACE_NS and key not in probed
        }
        assert {each.key for each in look.overdue} == expected
        probed |= expected
        assert {each.key for each in awaited.overdue} == probed
        assert {each.key for each in awaited.remembered} == could.keys()
