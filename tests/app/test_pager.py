"""What leaves, when, and what was stored before it did; what waits while there is much to decide."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from unittest.mock import patch

import pytest

from bridgewatch.app.chronicle import Chronicle
from bridgewatch.app.desk import PagerDesk
from bridgewatch.app.pager import Pager
from bridgewatch.core import portion
from bridgewatch.model.bandwidth import Contract, Snmp, Use, UseState
from bridgewatch.model.commands import Acknowledge
from bridgewatch.model.delivery import Attempt, Result, Text
from bridgewatch.model.desk import Standing
from bridgewatch.model.ids import CarrierId, ContactId, IncidentId, RosterId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import Acknowledged, AnyEntry, Attempted, Composed, Noticed, Recovered
from bridgewatch.model.paging import AckWay, Role
from bridgewatch.model.people import Channel, Contact, Directory, Gateway, Roster
from bridgewatch.model.words import Language, LinkState
from bridgewatch.sim.clock import SimClock
from bridgewatch.sim.loop import run
from tests.incidents.worlds import OFFSET, START, L, Room, Said, world
from tests.paging.worlds import CHAT, ZONE, at_once

MANY = 20
SECOND = 1_000_000_000


@pytest.fixture(autouse=True)
def _small_portions() -> Iterator[None]:
    with patch.object(portion, "INCIDENTS", 4), patch.object(portion, "MESSAGES", 2):
        yield


def everybody() -> Inventory:
    """As many links of as many carriers, each with somebody of its own on duty."""
    places = [f"s{number:02}" for number in range(MANY)]
    links = [L(f"{place}/wan", carrier=f"c-{place}") for place in places]
    base = at_once()
    people = {
        ContactId(place): Contact(
            ContactId(place), place, Language.VI, (Channel(CHAT, place),), CarrierId(f"c-{place}")
        )
        for place in places
    }
    rosters = [
        Roster(RosterId(place), Role.DUTY, ZONE, CarrierId(f"c-{place}"), always=(ContactId(place),))
        for place in places
    ]
    directory = Directory(
        gateways=base.gateways,
        contacts={**base.contacts, **people},
        rosters=(*base.rosters, *rosters),
        policies=base.policies,
        policy_of_phase=base.policy_of_phase,
        catch_all=base.catch_all,
    )
    return world(links, people=directory)


class Log:
    """A store that keeps everything it is given."""

    def __init__(self) -> None:
        self.entries: list[AnyEntry] = []
        self.appends = 0

    def append(self, entries: Sequence[AnyEntry]) -> None:
        self.entries += entries
        self.appends += 1

    def open_entries(self) -> Sequence[AnyEntry]:
        return self.entries

    def story(self, incident: IncidentId) -> Sequence[AnyEntry]:
        return ()

    def close(self) -> None:
        pass

    def of(self, kind: type) -> list[AnyEntry]:
        return [entry for entry in self.entries if isinstance(entry, kind)]


@dataclass
class Post:
    """Delivers at once, and notes what was stored when it was given a message."""

    log: Log
    sent: list[Attempt] = field(default_factory=list)
    noticed: list[int] = field(default_factory=list)
    then: Callable[[Attempt], None] = lambda _: None

    async def send(self, attempt: Attempt, gateway: Gateway, text: Text) -> Result:
        assert attempt.message in {entry.message for entry in self.log.of(Composed)}
        self.sent.append(attempt)
        self.noticed.append(len(self.log.of(Noticed)))
        self.then(attempt)
        return Result(delivered=True)


@dataclass
class Office:
    """A pager over a health that says what a test wants it to say."""

    clock: SimClock
    log: Log
    post: Post
    room: Room
    pager: Pager

    @classmethod
    def opened(cls) -> "Office":
        inventory, log = everybody(), Log()
        clock, post = SimClock(START - OFFSET, START), Post(log)
        pager = Pager(inventory, clock, log, post, lambda *_: Text("", "text"), on_orders=lambda _: None)
        return cls(clock, log, post, Room(inventory), pager)

    def say(self, state: LinkState, *links: str) -> None:
        self.room.now_ns = self.clock.wall_ns()
        self.pager.take(self.room.tick(*(Said(link, state) for link in links or self.room.names)), 0)

    def play(self, seconds: float, *acts: Callable[[], None]) -> None:
        """Acts one after the other, so many seconds apart."""

        async def night() -> None:
            running = asyncio.create_task(self.pager.run())
            await self.pager.start()
            for act in acts:
                act()
                await asyncio.sleep(seconds)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        run(night(), self.clock)


def test_the_first_messages_leave_before_most_is_decided_and_after_they_are_stored() -> None:
    office = Office.opened()
    office.play(20, lambda: office.say(LinkState.UP), lambda: office.say(LinkState.DOWN))
    assert len(office.post.sent) == MANY
    assert office.post.noticed[0] == portion.INCIDENTS
    assert office.post.noticed == sorted(office.post.noticed)
    assert len({attempt.message for attempt in office.post.sent}) == MANY


def test_who_answers_while_others_are_still_to_be_called_is_heard_between_two_portions() -> None:
    office = Office.opened()
    answered_after: list[int] = []

    async def press(attempt: Attempt) -> None:
        verdict = await office.pager.command(
            Acknowledge(
                actor=attempt.contact,
                incidents=attempt.incidents,
                way=AckWay.LINK,
                contact=attempt.contact,
                message=attempt.message,
            )
        )
        assert verdict.accepted
        answered_after.append(len(office.log.of(Noticed)))

    waiting: list[asyncio.Task[None]] = []
    office.post.then = lambda attempt: (
        waiting.append(asyncio.create_task(press(attempt))) if len(office.post.sent) == 1 else None
    )
    office.play(20, lambda: office.say(LinkState.UP), lambda: office.say(LinkState.DOWN))
    assert len(office.log.of(Acknowledged)) == 1
    assert answered_after[0] < MANY


def test_what_health_says_meanwhile_is_followed_too() -> None:
    office = Office.opened()

    def fall_and_rise() -> None:
        office.say(LinkState.DOWN)
        office.say(LinkState.UP, *office.room.names[-3:])

    office.play(20, lambda: office.say(LinkState.UP), fall_and_rise)
    assert len(office.log.of(Noticed)) == MANY
    assert len(office.log.of(Recovered)) == 3


def test_all_results_are_booked_and_readers_see_how_it_ended() -> None:
    office = Office.opened()
    office.play(20, lambda: office.say(LinkState.UP), lambda: office.say(LinkState.DOWN))
    assert len(office.log.of(Attempted)) == MANY
    seen = office.pager.snapshot
    assert (len(seen.incidents), seen.outbox_depth) == (MANY, 0)
    assert sum(seen.notifications.values()) == MANY
    assert office.pager.stats().failures == 0


def test_the_list_of_all_incidents_is_told_between_turns_in_its_order() -> None:
    office = Office.opened()
    found: list[Standing] = []

    async def look() -> None:
        found.extend(await PagerDesk(office.pager, office.log, office.clock).incidents())

    looking: list[asyncio.Task[None]] = []
    office.play(
        20,
        lambda: office.say(LinkState.UP),
        lambda: office.say(LinkState.DOWN),
        lambda: looking.append(asyncio.create_task(look())),
    )
    assert [each.told.id for each in found] == list(office.pager._paging.listed())
    assert len(found) == MANY


def test_a_clock_that_is_set_in_the_midst_of_it_makes_nobody_wait_and_nothing_older() -> None:
    office = Office.opened()
    office.post.then = lambda _: office.clock.step_wall(3600 * SECOND) if len(office.post.sent) == 1 else None
    office.play(20, lambda: office.say(LinkState.UP), lambda: office.say(LinkState.DOWN))
    assert len(office.post.sent) == MANY
    began = [entry.began_ns for entry in office.log.of(Noticed)]
    assert max(began) - min(began) == 0
    assert {entry.at_ns for entry in office.log.of(Noticed)} == {min(began)}


def test_the_log_of_the_machine_has_twenty_lines_a_second_and_then_how_many_were_left_out(caplog) -> None:
    chronicle = Chronicle()
    entries = [Recovered(at_ns=START, incident=IncidentId(f"INC-{number}")) for number in range(15)]
    with caplog.at_level(logging.INFO, "bridgewatch.people"):
        chronicle.note(entries, START)
        chronicle.note(entries, START + SECOND // 2)
        assert len(caplog.messages) == 20
        chronicle.note((), START + SECOND)
        chronicle.note(entries[:1], START + SECOND)
    assert caplog.messages[20:] == ["and 10 more decisions within a second", "INC-0: recovered"]


def test_what_routers_count_is_judged_between_turns_and_shown() -> None:
    office = Office.opened()
    link = next(iter(office.pager.inventory.links))
    known = office.pager.inventory.links
    counted = replace(known[link], contract=Contract(10_000_000, 10_000_000), snmp=Snmp("192.0.2.1", "Gi0/1"))
    inventory = replace(office.pager.inventory, links={**known, link: counted})

    def read() -> None:
        use = Use(link, office.clock.monotonic_ns(), 60.0, down=9_500_000.0, up=0.0)
        office.pager.take_uses([use])

    office.play(60, lambda: office.pager.adopt(inventory), *[read] * 5)
    assert [entry.subject for entry in office.log.of(Noticed)] == [link]  # type: ignore[attr-defined]
    assert office.pager.judged.inventory is inventory
    assert office.pager.judged.use.tolist() == [UseState.OVER, *[UseState.UNKNOWN] * (MANY - 1)]
