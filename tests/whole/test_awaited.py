"""A daemon that starts after its boxes were heard: whose silence means something, from when on, and whose not."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from bridgewatch.core.dialin.awaited import GRACE_NS, Remembered
from bridgewatch.core.dialin.keys import greeting
from bridgewatch.model.ids import KeyId, LinkId
from bridgewatch.model.inventory import DialInSettings, Inventory
from bridgewatch.model.ports import Call
from bridgewatch.model.words import EgressState, LinkState, ProbeKind, Reason
from bridgewatch.sim.country import Plan, country
from bridgewatch.sim.weather import cut
from bridgewatch.sim.world import keys_of
from tests.whole.nights import SECOND, START, Night, seconds, watch

GRACE = GRACE_NS / SECOND
HOP, KEY = KeyId("hop"), b"k" * 32
HEARD_NS = 10**18
BOX = Remembered(HOP, greeting(KEY).mark, "203.0.113.7", 40_001, HEARD_NS)
VERDICT = 5.0  # seconds from the first probe to the verdict, at one a second


class Doors:
    """Sockets that nobody calls."""

    calls_dropped = 0

    def open_doors(self, listen: Sequence[tuple[str, int]]) -> None:
        del listen

    def calls(self) -> Sequence[Call]:
        return ()

    def answer(self, words: Iterable[Call]) -> None:
        assert not list(words)


def village() -> tuple[Inventory, Inventory, LinkId]:
    """What is watched, where one link dials in; the world it is in; and that link."""
    plain = country(Plan(provinces=1, communes=3))
    link = next(name for name in plain.links if name.endswith("/wan"))
    paths = tuple(
        replace(
            path,
            kind=ProbeKind.DIAL_IN,
            host=HOP,
            port=0,
            size=112,
            key=path.key._replace(target=f"dialin {HOP}"),
        )
        if path.link == link
        else path
        for path in plain.paths
    )
    links = {**plain.links, link: replace(plain.links[link], dial_in=HOP)}
    watched = replace(
        plain, paths=paths, links=links, dial_in=DialInSettings((("192.0.2.1", 8862), ("2001:db8::1", 8862)))
    )
    return watched, plain, link


def night(*remembered: Remembered, until: float, cuts: Sequence[tuple[float, float]] = ()) -> Night:
    """The village from the start of a daemon that remembers those, with spells of a dead way out."""
    watched, world, _ = village()
    script = [cut("egress:wan", START + round(a * SECOND), START + round(b * SECOND)) for a, b in cuts]
    return watch(
        watched,
        until=until,
        script=script,
        world_of=world,
        read_keys=lambda inventory: {**keys_of(inventory), HOP: KEY},
        doors=Doors(),
        remembered=remembered,
    )


def downs(seen: Night) -> list[tuple[LinkId, float]]:
    """Which links went down, and when."""
    return [(change.link, seconds(change.at_ns)) for change in seen.of(LinkState.DOWN, LinkState.FLAPPING)]


def state(seen: Night, link: LinkId) -> tuple[LinkState, Reason]:
    """What is said of a link at the end."""
    columns, place = seen.snapshot().links, list(seen.snapshot().inventory.links).index(link)
    return LinkState(int(columns.state[place])), Reason(int(columns.reason[place]))


def test_a_box_that_does_not_call_again_is_down_by_the_ordinary_rule_once_its_time_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        seen = night(BOX, until=GRACE + 2 * VERDICT)
    _, _, link = village()
    ((fallen, at),) = downs(seen)
    assert fallen == link
    assert GRACE + 1 < at < GRACE + VERDICT
    (down,) = seen.of(LinkState.DOWN)
    assert down.reason is Reason.SILENT_WITH_WITNESS
    assert down.evidence.unanswered >= 8
    (told,) = [one for one in seen.station.journal.recent() if one.new == "down" and one.id == link]
    assert "its box at 203.0.113.7:40001 has not called for" in told.evidence
    assert f"{link}: its box, last heard at 203.0.113.7:40001, has not called" in caplog.messages
    stats = seen.snapshot().dial_in
    assert stats is not None
    assert (stats.sessions, stats.silent) == (0, 1)
    called = stats.calls[link]
    assert (called.awaited, called.heard_wall_ns) == (True, HEARD_NS)
    figures = seen.station.figures(link)
    assert figures is not None
    assert (figures.state, figures.call) == (LinkState.DOWN, called)


def test_until_its_time_is_over_nothing_is_probed_and_the_reason_says_what_is_awaited() -> None:
    seen = night(BOX, until=GRACE - 1)
    _, _, link = village()
    assert state(seen, link) == (LinkState.UNKNOWN, Reason.DIAL_IN_AWAITED)
    assert not downs(seen)
    columns = seen.snapshot().links
    assert columns.sent[list(seen.snapshot().inventory.links).index(link)] == 0


@pytest.mark.parametrize(
    "remembered",
    [
        (),
        (replace(BOX, key=KeyId("another")),),
        (replace(BOX, mark="of another key"),),
    ],
    ids=["nothing known", "another key", "a key that changed"],
)
def test_a_box_that_was_never_heard_under_this_key_stays_unknown(remembered: tuple[Remembered, ...]) -> None:
    seen = night(*remembered, until=GRACE + 2 * VERDICT)
    _, _, link = village()
    assert state(seen, link) == (LinkState.UNKNOWN, Reason.DIAL_IN_NEVER_SEEN)
    assert not downs(seen)
    assert seen.snapshot().dial_in.calls == {}


@pytest.mark.parametrize(
    ("begins", "ends"),
    [(5.0, GRACE + 10), (GRACE + 0.5, GRACE + 10), (GRACE + 1.5, GRACE + 10)],
)
def test_while_our_own_way_out_is_dead_nobody_is_down_and_after_it_boxes_have_their_time_again(
    begins: float, ends: float
) -> None:
    seen = night(BOX, until=ends + GRACE + 2 * VERDICT, cuts=[(begins, ends)])
    _, _, link = village()
    dark = [change for change in seen.egresses if change.new is EgressState.DARK]
    assert len(dark) == 1
    ((fallen, at),) = downs(seen)
    assert fallen == link
    assert ends + GRACE < at < ends + GRACE + 2 * VERDICT


def test_what_was_down_before_our_way_out_died_stays_so() -> None:
    seen = night(BOX, until=GRACE + 25, cuts=[(GRACE + 10, GRACE + 18)])
    _, _, link = village()
    assert [fallen for fallen, _ in downs(seen)] == [link]
    assert state(seen, link) == (LinkState.DOWN, Reason.SILENT_WITH_WITNESS)


def test_a_box_whose_address_no_door_of_ours_reaches_any_more_stays_unknown() -> None:
    """Nothing was asked of its link, so nothing is said of it."""
    watched, world, link = village()
    only_v6 = replace(watched, dial_in=DialInSettings((("2001:db8::1", 8862),)))
    seen = watch(
        only_v6,
        until=GRACE + 2 * VERDICT,
        world_of=world,
        read_keys=lambda inventory: {**keys_of(inventory), HOP: KEY},
        doors=Doors(),
        remembered=(BOX,),
    )
    assert state(seen, link) == (LinkState.UNKNOWN, Reason.DIAL_IN_AWAITED)
