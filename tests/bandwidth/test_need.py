"""What events need of links, against a plain reference over random topologies."""

import math
from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.core.bandwidth.need import Span, occasions
from bridgewatch.model.bandwidth import RoomType
from bridgewatch.model.calendar import Event, Wave
from bridgewatch.model.ids import EventId, LinkId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.words import CarriedBy, SiteKind
from tests.incidents.worlds import HOUR, START, L, world

M = 1_000_000
WHOLE = Span(START, START + 2 * HOUR)


def event(name: str, *sites: str, hours: tuple[float, float] = (0, 2), **more: object) -> Event:
    planned = Event(
        EventId(name),
        name,
        tuple(map(SiteId, sites)),
        START + round(hours[0] * HOUR),
        START + round(hours[1] * HOUR),
    )
    return replace(planned, **more)  # type: ignore[arg-type]


def showing(inventory: Inventory, **rooms: RoomType) -> Inventory:
    sites = {name: replace(site, room=rooms.get(name, site.room)) for name, site in inventory.sites.items()}
    return replace(inventory, sites=sites)


def needed(inventory: Inventory, *events: Event) -> dict[str, int]:
    """By link, the most of all times."""
    found: dict[str, int] = {}
    for occasion in occasions(inventory, events, START - HOUR):
        for link in inventory.links:
            rate = occasion.needed(link)
            if rate:
                found[link] = max(rate, found.get(link, 0))
    return found


def test_a_room_needs_what_it_shows_and_a_fifth_more_of_its_own_link_and_of_all_it_runs_via() -> None:
    inventory = world([L("tinh/wan"), L("huyen/wan", via="tinh/wan"), L("xa/wan", via="huyen/wan")])
    inventory = showing(inventory, xa=RoomType.FULL_HD)
    assert needed(inventory, event("e", "xa")) == dict.fromkeys(
        ("xa/wan", "huyen/wan", "tinh/wan"), 4_800_000
    )


def test_the_type_is_the_sites_then_the_events_then_hd() -> None:
    inventory = showing(world(["a/wan", "b/wan"]), a=RoomType.SD)
    assert needed(inventory, event("e", "a", "b")) == {"a/wan": 1_200_000, "b/wan": 2_400_000}
    full = event("e", "a", "b", room=RoomType.FULL_HD)
    assert needed(inventory, full) == {"a/wan": 1_200_000, "b/wan": 4_800_000}


def test_a_hub_needs_the_sum_of_all_rooms_and_is_none_itself() -> None:
    inventory = world(["a/wan", "b/wan", "c/wan", "mcu/wan", "cau/wan"], services=["mcu", "cau"])
    assert needed(inventory, event("e", "a", "b", "c", "mcu"))["mcu/wan"] == 7_200_000
    both = event("e", "a", "b", "mcu", "cau")
    assert [needed(inventory, both)[hub] for hub in ("mcu/wan", "cau/wan")] == [4_800_000, 4_800_000]
    one = replace(both, hubs=(SiteId("mcu"),))
    assert "cau/wan" not in needed(inventory, one)


def test_of_two_links_each_that_may_carry_needs_all_of_it() -> None:
    inventory = world(["a/wan", "a/internet"], carried_by=CarriedBy.ANY)
    assert needed(inventory, event("e", "a")) == {"a/wan": 2_400_000, "a/internet": 2_400_000}
    only = world(["a/wan", "a/internet"], carried_by=CarriedBy.WAN)
    assert needed(only, event("e", "a")) == {"a/wan": 2_400_000}


def test_the_event_says_what_carries_where_the_site_does_not_and_can() -> None:
    unsaid = world(["a/wan", "a/internet", "b/wan"], carried_by=CarriedBy.WAN, by_default=True)
    asked = event("e", "a", "b", carried_by=CarriedBy.INTERNET)
    assert needed(unsaid, asked) == {"a/internet": 2_400_000, "b/wan": 2_400_000}


def test_events_that_meet_at_a_time_count_a_room_once_and_others_one_by_one() -> None:
    inventory = world(["a/wan", "b/wan", "mcu/wan"], services=["mcu"])
    first, second = event("1", "a", "mcu"), event("2", "a", "b", "mcu", hours=(1, 3))
    assert needed(inventory, first, second) == {
        "a/wan": 2_400_000,
        "b/wan": 2_400_000,
        "mcu/wan": 4_800_000,
    }
    later = replace(event("2", "b", "mcu"), starts_ns=START + 2 * HOUR, ends_ns=START + 3 * HOUR)
    assert needed(inventory, first, later)["mcu/wan"] == 2_400_000


def test_whose_need_it_is_is_told_link_by_link_of_all_that_meet_then() -> None:
    inventory = world(["a/wan", "b/wan", "mcu/wan"], services=["mcu"])
    first, second = event("1", "a", "mcu"), event("2", "b", "mcu", hours=(1, 3))
    told = {
        (round((one.span.starts_ns - START) / HOUR), one.event, link): one.events(LinkId(link))
        for one in occasions(inventory, (second, first), START - HOUR)
        for link in ("a/wan", "mcu/wan")
    }
    assert told == {
        (0, "1", "a/wan"): ("1",),
        (0, "1", "mcu/wan"): ("1",),
        (1, "1", "a/wan"): ("1",),
        (1, "1", "mcu/wan"): ("1", "2"),
        (1, "2", "a/wan"): ("1",),
        (1, "2", "mcu/wan"): ("1", "2"),
        (2, "2", "a/wan"): (),
        (2, "2", "mcu/wan"): ("2",),
    }


def test_rehearsals_need_it_too_and_what_is_over_needs_nothing() -> None:
    inventory = world(["a/wan"])
    wave = Wave("1", "1", START - 24 * HOUR, START - 23 * HOUR)
    planned = event("e", "a", waves=(wave,))
    spans = [occasion.span for occasion in occasions(inventory, [planned], START - 25 * HOUR)]
    assert spans == [Span(wave.starts_ns, wave.ends_ns), WHOLE]
    assert [one.span for one in occasions(inventory, [planned], START - 23 * HOUR)] == [WHOLE]
    assert occasions(inventory, [planned], START + 2 * HOUR) == ()


def reference(inventory: Inventory, events: list[Event], link: LinkId, at_ns: int) -> int:
    """bit/s that cross a link at an instant, room by room."""
    meeting = [each for each in events if each.starts_ns <= at_ns < each.ends_ns]
    rates: dict[SiteId, int] = {}
    for each in meeting:
        hubs = [name for name in each.sites if inventory.sites[name].kind is SiteKind.SERVICE]
        rooms = [name for name in each.sites if name not in hubs]
        hub_is_behind = any(crosses(inventory, hub, link) for hub in hubs)
        for room in rooms:
            if hub_is_behind or crosses(inventory, room, link):
                kind = inventory.sites[room].room or each.room or RoomType.HD
                rate = {RoomType.SD: 1, RoomType.HD: 2, RoomType.FULL_HD: 4}[kind] * M
                rates[room] = max(rates.get(room, 0), rate)
    return math.ceil(sum(rates.values()) * 1.2)


def crosses(inventory: Inventory, site: SiteId, link: LinkId) -> bool:
    """Whether the meeting of a site goes, or may go, over a link."""
    carried_by = inventory.sites[site].carried_by

    def runs(name: LinkId) -> bool:
        via = inventory.links[name].via
        return name == link or (via is not None and runs(via))

    own = (inventory.links[name] for name in inventory.sites[site].links)
    return any(runs(one.id) for one in own if carried_by in (CarriedBy.ANY, CarriedBy(one.network.value)))


@st.composite
def topologies(draw: st.DrawFn) -> tuple[Inventory, list[Event]]:
    """Up to eight sites in a random forest of `via`, some of them services, and up to three events."""
    count = draw(st.integers(1, 8))
    names = [f"s{number}" for number in range(count)]
    links: list[L] = []
    for name in names:
        for network in draw(st.sampled_from((("wan",), ("internet",), ("wan", "internet")))):
            via = draw(st.sampled_from([None, *(link.id for link in links if link.site != name)]))
            links.append(L(f"{name}/{network}", via=via))
    services = draw(st.sets(st.sampled_from(names), max_size=2))
    inventory = world(links, services=sorted(services))
    sites = {
        name: replace(
            site,
            carried_by=draw(st.sampled_from(CarriedBy)),
            room=None if site.kind is SiteKind.SERVICE else draw(st.sampled_from([None, *RoomType])),
        )
        for name, site in inventory.sites.items()
    }
    events = []
    for number in range(draw(st.integers(1, 3))):
        begins, lasts = draw(st.integers(0, 4)), draw(st.integers(1, 4))
        chosen = draw(st.sets(st.sampled_from(names), min_size=1))
        room = draw(st.sampled_from([None, *RoomType]))
        events.append(event(str(number), *sorted(chosen), hours=(begins, begins + lasts), room=room))
    return replace(inventory, sites=sites), events


@settings(max_examples=200, deadline=None)
@given(topologies())
def test_at_every_instant_it_is_what_a_plain_reference_says(made: tuple[Inventory, list[Event]]) -> None:
    inventory, events = made
    found = occasions(inventory, events, START - HOUR)
    for each in events:
        mine = [occasion for occasion in found if occasion.event == each.id]
        assert covered(mine) == [(each.starts_ns, each.ends_ns)]
        for occasion in mine:
            for link in inventory.links:
                alone = reference(inventory, [each], link, occasion.span.starts_ns)
                together = reference(inventory, events, link, occasion.span.starts_ns)
                assert occasion.needed(link) == (together if alone else 0)
                assert together == reference(inventory, events, link, occasion.span.ends_ns - 1)


def covered(found: Iterable[object]) -> list[tuple[int, int]]:
    """The times that occasions cover, joined where one begins when another ends."""
    joined: list[tuple[int, int]] = []
    for occasion in found:
        span: Span = occasion.span  # type: ignore[attr-defined]
        if joined and joined[-1][1] == span.starts_ns:
            joined[-1] = joined[-1][0], span.ends_ns
        else:
            joined.append((span.starts_ns, span.ends_ns))
    return joined
