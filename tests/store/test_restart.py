"""A restart from the store goes on exactly as one from the whole log would, however long ago things were."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from bridgewatch.core.paging import Paging
from bridgewatch.model.commands import Acknowledge, Answer, AskHelp, Decline, LiftSilence, Resolve, SetSilence
from bridgewatch.model.delivery import Attempt, Result
from bridgewatch.model.ids import IncidentId, SiteId
from bridgewatch.model.log import AnyEntry
from bridgewatch.model.paging import AckWay
from tests.incidents.worlds import SECOND, L, world
from tests.paging.worlds import AN, BINH, CALM, CHI, DELIVERED, FAILED, LIVE, House, people, policy
from tests.store.entries import bare

LINKS = ("tinh/wan", "xa/wan", "xa/internet", "ban/wan", "thon/wan")
ACTS = ("fall", "answer", "wait", "kill") * 2 + ("long", "press", "resolve", "silence", "lift", "clock")
# A clock set back by more than the store reaches may name a message anew, by an instant that was there before.
STEPS = (-3600, 45, 7200, 200_000)
HOURS = (26, 50)  # after the first what is over may be forgotten, after the second it is


class StoredHouse(House):
    """A house whose restarts read what the store says is needed."""

    directory: Path
    stored = 0
    read: Sequence[AnyEntry] = ()

    def replayed(self) -> Paging:
        store = bare(self.directory)
        store.append(self.log[self.stored :])
        self.stored = len(self.log)
        self.read = store.open_entries()
        store.close()
        paging = Paging(self.inventory, self.now_ns)
        paging.replay(self.read)
        return paging


def house(kind: type[House]) -> House:
    quick = policy(LIVE, 2.0, 60.0, digest=60.0, ceiling=4, group=10.0, raise_again=300.0)
    calm = policy(CALM, 20.0, 1800.0, ceiling=4, raise_again=3600.0)
    links = [
        L("tinh/wan"),
        L("xa/wan", via="tinh/wan"),
        L("xa/internet", carrier="viettel"),
        L("ban/wan", via="tinh/wan"),
        L("thon/wan"),
    ]
    made = kind(world(links, people=people(calm, quick)), gateway=_gateway)
    made.all_up()
    return made


def _gateway(attempt: Attempt) -> Result:
    return FAILED if (attempt.number * 7 + attempt.urgency) % 3 == 0 else DELIVERED


def act(house: House, chance: random.Random) -> None:
    """Something happens; the same for houses in the same state."""
    links = sorted(chance.sample(LINKS, chance.randint(1, 4)))
    what = chance.choice(ACTS)
    pick = chance.random()
    known = list(house.paging._incidents.open)
    chosen = (IncidentId(known[int(pick * len(known))]),) if known else ()
    match what:
        case "fall":
            house.down(*links)
        case "answer":
            house.up(*links)
        case "wait":
            house.wait(chance.choice([3, 30, 185, 1000]))
        case "long":
            house.up(*LINKS)
            house.wait(chance.choice(HOURS) * 3600)
        case "press":
            who = chance.choice([AN, BINH, CHI])
            way: type[Answer] = chance.choice([Acknowledge, AskHelp, Decline])
            house.command(way(actor=who, incidents=chosen, way=AckWay.CHAT, contact=who))
        case "resolve":
            house.command(Resolve(actor="NOC", incidents=chosen))
        case "silence":
            starts_ns = house.now_ns + chance.randint(0, 300) * SECOND
            ends_ns = starts_ns + chance.choice([60, 900, 200_000]) * SECOND
            house.command(
                SetSilence(actor="NOC", starts_ns=starts_ns, ends_ns=ends_ns, note="", site=SiteId("xa"))
            )
        case "lift":
            for silence in house.paging.silences(house.now_ns)[:1]:
                house.command(LiftSilence(actor="NOC", silence=silence.silence))
        case "clock":
            house.step_clock(chance.choice(STEPS) * SECOND)
        case _:
            house.restart()


def compare(tmp_path: Path, seed: int) -> int:
    """Both go the same way; how many entries the last restart did without."""
    StoredHouse.directory = tmp_path / str(seed)
    StoredHouse.directory.mkdir()
    whole, stored = house(House), house(StoredHouse)
    one, other = random.Random(seed), random.Random(seed)
    for _ in range(60):
        act(whole, one)
        act(stored, other)
        assert stored.log == whole.log
    assert isinstance(stored, StoredHouse)
    stored.restart()
    return len(stored.log) - len(stored.read)


@pytest.mark.parametrize("seeds", [range(4)])
def test_what_follows_a_restart_does_not_depend_on_what_the_store_left_out(
    tmp_path: Path, seeds: range
) -> None:
    assert sum(compare(tmp_path, seed) for seed in seeds) > 100


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1000, 1100))
def test_it_does_not_in_a_hundred_more_worlds(tmp_path: Path, seed: int) -> None:
    compare(tmp_path, seed)
