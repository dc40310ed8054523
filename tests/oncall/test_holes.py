"""Gaps told once each: nothing is lost and nothing made up, whoever misses whom in how many steps."""

from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.model.coverage import Gap, GapKind
from bridgewatch.model.ids import CarrierId, EventId, SiteId
from bridgewatch.model.paging import Audience, Phase, Role
from bridgewatch.views.holes import Call, Hole, Missing, holes_of

SITES = tuple(SiteId(f"xa-{number}") for number in range(4))
PHASES = ((Phase.WAVE,), (Phase.FREEZE,), (Phase.CHECK, Phase.LIVE))


def a_gap(
    sites: tuple[SiteId, ...] = SITES[:2],
    *,
    step: int = 0,
    fault: Audience = Audience.CARRIER,
    span: tuple[int, int] = (1, 2),
    phases: tuple[Phase, ...] = (Phase.LIVE,),
    kind: GapKind = GapKind.NOBODY,
    role: Role = Role.DUTY,
) -> Gap:
    """Nobody of VNPT, by default on duty at two sites."""
    return Gap(
        EventId("hop"),
        kind,
        fault,
        phases,
        *span,
        sites,
        None,
        CarrierId("vnpt"),
        step,
        Audience.CARRIER,
        role,
    )


GAPS = st.lists(
    st.builds(
        a_gap,
        st.lists(st.sampled_from(SITES), unique=True).map(tuple),
        step=st.integers(0, 2),
        fault=st.sampled_from(Audience),
        span=st.sampled_from([(1, 3), (3, 4), (2, 9)]),
        phases=st.sampled_from(PHASES),
        kind=st.sampled_from([GapKind.NOBODY, GapKind.NO_ROSTER]),
        role=st.sampled_from([Role.DUTY, Role.LEAD]),
    )
)


def places(sites: tuple[SiteId, ...], *, our_own: bool) -> set[SiteId | None]:
    """The sites, and None for our own house."""
    return {*sites, *((None,) if our_own else ())}


def said_by(hole: Hole) -> set[tuple[Missing, SiteId | None, tuple[int, int]]]:
    """Who is missing where and when."""
    where = places(hole.sites, our_own=hole.our_own)
    return {(hole.missing, site, (span.from_ns, span.to_ns)) for site in where for span in hole.spans}


@given(GAPS)
def test_holes_say_who_is_missing_where_and_when_exactly_as_the_gaps_do(gaps: list[Gap]) -> None:
    proven = {
        (gap.kind, gap.role, site, (gap.from_ns, gap.to_ns))
        for gap in gaps
        for site in places(gap.sites, our_own=not gap.sites)
    }
    said = [one for hole in holes_of(gaps) for one in said_by(hole)]
    assert {(missing.kind, missing.role, site, span) for missing, site, span in said} == proven
    assert len(said) == len(set(said))


@given(GAPS)
def test_what_makes_an_event_no_go_is_told_first_and_never_as_a_warning(gaps: list[Gap]) -> None:
    grave = [hole.guarded for hole in holes_of(gaps)]
    assert grave == sorted(grave, reverse=True)
    assert any(grave) == any(gap.guarded for gap in gaps)


def test_one_shift_that_is_missing_is_one_hole_in_all_steps_and_phases() -> None:
    [hole] = holes_of(
        [
            a_gap(),
            a_gap(fault=Audience.ROOM, step=1),
            a_gap(span=(5, 6), phases=(Phase.FREEZE,)),
        ]
    )
    assert hole.sites == SITES[:2]
    assert hole.whole
    assert [(span.from_ns, span.guarded) for span in hole.spans] == [(1, True), (5, False)]
    assert hole.calls == (Call(Audience.CARRIER, 0, None), Call(Audience.ROOM, 1, None))


def test_sites_that_miss_somebody_at_other_times_are_a_hole_of_their_own() -> None:
    first, second = holes_of([a_gap(SITES[:3]), a_gap(SITES[:1], span=(7, 8))])
    assert (first.sites, second.sites) == (SITES[:1], SITES[1:3])
