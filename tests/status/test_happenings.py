"""Changes as people are told them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.model.words import EgressState, LinkState, Reason, SiteState
from bridgewatch.views.happenings import Happening, Subject, from_json, grouped, happening, to_json

SECOND = 1_000_000_000
changes = st.builds(
    lambda at, states, reason, subject, text: happening(
        at, subject, states[0], states[1], reason, name=text, evidence=text
    ),
    st.integers(0, 10 * SECOND),
    st.one_of(
        *(
            st.tuples(st.sampled_from(kind), st.sampled_from(kind))
            for kind in (LinkState, SiteState, EgressState)
        )
    ),
    st.sampled_from(Reason),
    st.sampled_from(["a", "b/wan"]),
    st.sampled_from(["", "Điểm cầu xã Khe Đá"]),
)


@given(st.lists(changes, max_size=20))
def test_happenings_survive_json(recent: list[Happening]) -> None:
    assert from_json(json.loads(json.dumps(to_json(tuple(recent))))) == tuple(recent)


def test_the_type_of_the_state_says_what_changed() -> None:
    assert happening(0, "a/wan", LinkState.UP, LinkState.DOWN, Reason.SILENT).kind is Subject.LINK
    assert happening(0, "a", SiteState.OK, SiteState.DARK, Reason.NONE).kind is Subject.SITE
    one = happening(0, "wan", EgressState.OK, EgressState.DARK, Reason.NO_WITNESS)
    assert (one.kind, one.state) == (Subject.EGRESS, EgressState.DARK)


@pytest.mark.parametrize("new", ["gone", "dark"])
def test_a_state_its_kind_does_not_have_is_refused(new: str) -> None:
    (values,) = to_json((happening(0, "a/wan", LinkState.UP, LinkState.DOWN, Reason.SILENT),))
    with pytest.raises(ValueError, match="not a list of happenings"):
        from_json([values | {"new": new}])


@given(st.lists(changes, max_size=30).map(lambda many: sorted(many, key=lambda one: one.wall_ns)))
def test_grouping_loses_nothing_and_mixes_nothing(recent: list[Happening]) -> None:
    groups = grouped(recent)
    members = [one for group in groups for one in group.members]
    assert sorted(members, key=repr) == sorted(recent, key=repr)
    for group in groups:
        assert len({(one.kind, one.new, one.reason) for one in group.members}) == 1
        assert group.members[-1].wall_ns - group.first.wall_ns <= SECOND
    firsts = [group.first.wall_ns for group in groups]
    assert firsts == sorted(firsts)


def test_a_handover_is_told_at_once_and_a_later_one_apart() -> None:
    def down(at: int, link: str) -> Happening:
        return happening(at, link, LinkState.SUSPECT, LinkState.DOWN, Reason.SILENT_WITH_WITNESS)

    groups = grouped([down(0, "a/wan"), down(SECOND // 2, "b/wan"), down(2 * SECOND, "c/wan")])
    assert [[one.id for one in group.members] for group in groups] == [["a/wan", "b/wan"], ["c/wan"]]
