"""How soon messages leave when thousands of contacts have to hear of something in the same tick.

    python -m tests.bench.handout [CONTACTS]

So many links of the whole country fall at once, live, under a policy that pages at 0 s; each has a contact of
its own. The people's side is the daemon's, with its store and its texts; gateways take messages at once. Prints
the seconds from the tick to the first, the middle and the last hand-out, by the clock and in CPU time of the
whole process, and how long somebody who acknowledges in the midst of it waits.
"""

import asyncio
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from bridgewatch.adapters.clock import SystemClock
from bridgewatch.app.interpreter import tune
from bridgewatch.app.people import People
from bridgewatch.core.health.changes import Changes
from bridgewatch.model.commands import Acknowledge
from bridgewatch.model.delivery import Attempt, Result, Text
from bridgewatch.model.ids import CarrierId, ContactId, GatewayId, PolicyId, RosterId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import AckWay, Audience, GatewayKind, Phase, Role, TextForm, Urgency
from bridgewatch.model.people import Channel, Contact, Directory, Gateway, Roster
from bridgewatch.model.policy import Call, Policy, Step
from bridgewatch.model.words import Language, LinkState
from bridgewatch.sim.country import country, nationwide_before_2025
from tests.bench.incidents import independent
from tests.incidents.worlds import Room, Said, live_event

CONTACTS: Final = 5_000
RUNS: Final = 3
PATIENCE: Final = 120.0  # seconds
_POLICY: Final = PolicyId("at-once")
_GATEWAY: Final = GatewayId("chat")
_OWN: Final = ContactId("own")
_SECOND_NS: Final = 1_000_000_000
_ZONE: Final = "Asia/Ho_Chi_Minh"


@dataclass
class Postman:
    """A sender that takes everything at once, and knows when it was given what."""

    want: int
    at: list[tuple[float, float]] = field(default_factory=list)  # by the clock, and in CPU time
    first: asyncio.Event = field(default_factory=asyncio.Event)
    all: asyncio.Event = field(default_factory=asyncio.Event)
    attempt: Attempt | None = None

    async def send(self, attempt: Attempt, gateway: Gateway, text: Text) -> Result:
        """As `ports.Sender`."""
        self.at.append((time.monotonic(), time.process_time()))
        self.attempt = self.attempt or attempt
        self.first.set()
        if len(self.at) >= self.want:
            self.all.set()
        return Result(delivered=True)


def directory(contacts: Mapping[str, str]) -> Directory:
    """A duty of its own at each of these sites, for this carrier."""
    channels = (Channel(_GATEWAY, "somewhere"),)
    people = {
        ContactId(site): Contact(ContactId(site), f"Trực {site}", Language.VI, channels, CarrierId(carrier))
        for site, carrier in contacts.items()
    }
    people[_OWN] = Contact(_OWN, "Trực điều hành", Language.VI, channels)
    rosters = [
        Roster(
            RosterId(f"{site}/duty"), Role.DUTY, _ZONE, CarrierId(carrier), site, always=(ContactId(site),)
        )
        for site, carrier in contacts.items()
    ]
    policy = Policy(
        _POLICY,
        hold=dict.fromkeys(Urgency, 0.0),
        repeat=dict.fromkeys(Urgency, 120.0),
        steps={audience: (Step((Call(Audience.CARRIER, Role.DUTY),)),) for audience in Audience},
    )
    ways = frozenset({AckWay.LINK, AckWay.CHAT})
    return Directory(
        gateways={_GATEWAY: Gateway(_GATEWAY, GatewayKind.WEBHOOK, TextForm.LONG, ways)},
        contacts=people,
        rosters=tuple(rosters),
        policies={_POLICY: policy},
        policy_of_phase=dict.fromkeys(Phase, _POLICY),
        catch_all=(_OWN,),
        public_url="https://noc.example.vn",
    )


def fault(contacts: int) -> tuple[Inventory, Room, Changes]:
    """A live country, a health that has seen it well, and the tick in which so many of its links fall."""
    base = country(nationwide_before_2025())
    links = {link.id: replace(link, handover=None) for link in base.links.values()}
    now_ns = time.time_ns()
    hour_ns = 3600 * _SECOND_NS
    event = live_event(*base.sites, starts_ns=now_ns - hour_ns, ends_ns=now_ns + hour_ns)
    base = replace(base, links=links, events={event.id: event})
    fall = independent(base)[:contacts]
    duties = {links[link].site: links[link].carrier for link in fall}
    base = replace(base, directory=directory(duties))
    room = Room(base, now_ns=now_ns, offset_ns=now_ns - time.monotonic_ns())
    room.all_up()
    room.now_ns = time.time_ns()
    return base, room, room.tick(*(Said(link, LinkState.DOWN, room.now_ns) for link in fall))


async def hand_out(contacts: int, folder: Path) -> dict[str, tuple[float, float]]:
    """Seconds by the clock and of CPU, by what they are."""
    inventory, room, tick = fault(contacts)
    people = People(inventory, SystemClock(), folder, lambda _: None)
    postman = Postman(contacts)
    people.pager._sender = postman
    await people.start()
    running = asyncio.create_task(people.pager.run())
    people.take(room.tick(*(Said(link, LinkState.UP) for link in inventory.links)), 0)
    await people.pager.read(lambda _: None)
    gc.collect()
    gc.freeze()
    began, cpu = time.monotonic(), time.process_time()
    people.take(tick, 0)
    async with asyncio.timeout(PATIENCE):
        await postman.first.wait()
        asked = time.monotonic()
        attempt = postman.attempt
        assert attempt is not None
        await people.pager.command(
            Acknowledge(
                actor=attempt.contact,
                incidents=attempt.incidents,
                way=AckWay.LINK,
                contact=attempt.contact,
                message=attempt.message,
            )
        )
        acknowledged = time.monotonic()
        await postman.all.wait()
        await people.pager.read(lambda _: None)
    spent = time.process_time() - cpu
    gc.unfreeze()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await people.close()
    told = {"first": postman.at[0], "middle": postman.at[contacts // 2], "last": postman.at[contacts - 1]}
    seconds = {what: (at - began, used - cpu) for what, (at, used) in told.items()}
    return {
        **seconds,
        "all of it": (time.monotonic() - began, spent),
        "acknowledged": (acknowledged - asked, 0.0),
    }


def main() -> None:
    """Measure and print."""
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else CONTACTS
    runs = []
    tune()
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(asyncio.run(hand_out(contacts, Path(folder))))
    sys.stdout.write(
        f"{contacts:,} contacts at once; seconds by the clock (median, most of {RUNS}), and of CPU\n"
    )
    for what in runs[0]:
        clock, cpu = zip(*(run[what] for run in runs), strict=True)
        sys.stdout.write(
            f"  {what:14} {statistics.median(clock):6.2f} {max(clock):6.2f}   {statistics.median(cpu):6.2f}\n"
        )


if __name__ == "__main__":
    main()
