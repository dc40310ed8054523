"""Nights drawn from a seed: cuts, dark egresses, kills, set clocks and bad gateways all at once.

A seed that fails fails again: `pytest tests/chain/test_seeds.py -k SEED`.
"""

import random
from dataclasses import dataclass, replace

import pytest

from bridgewatch.model.log import Called, Closed, Folded, Grew, Recovered, Stepped
from bridgewatch.model.paging import ASKING, FaultKind
from bridgewatch.sim.weather import Spell, cut
from tests.chain.duty import FAILS, HANGS, REFUSES, Fate, Line, Night, at, duty, works
from tests.chain.places import place

END = 75.0
HOLD = 9.0  # of what takes no site; the others are held three seconds
FOUND = 5.0
LATE = 23.0  # a chat that hangs, its text message, and a restart


@dataclass(frozen=True)
class Cut:
    link: str
    begins: float
    ends: float


@dataclass(frozen=True)
class Story:
    cuts: tuple[Cut, ...]
    dark: tuple[float, float] | None  # our own WAN
    restarts: tuple[float, ...]
    steps: tuple[tuple[float, float], ...]
    line: Line

    @property
    def script(self) -> list[Spell]:
        spells = [cut(f"link:{each.link}", at(each.begins), at(each.ends)) for each in self.cuts]
        if self.dark is not None:
            spells.append(cut("egress:wan", at(self.dark[0]), at(self.dark[1])))
        return spells


def story(seed: int) -> Story:
    chance = random.Random(f"{seed}/story")
    links = chance.sample(list(place().links), chance.randint(1, 4))
    cuts = []
    for link in links:
        begins = chance.uniform(4, 30)
        cuts.append(Cut(link, begins, begins + chance.choice([2, 5, 12, 40, 90])))
    dark = None
    if chance.random() < 0.4:
        begins = chance.uniform(4, 25)
        dark = begins, begins + chance.uniform(4, 25)
    restarts = tuple(sorted(chance.uniform(2, 55) for _ in range(chance.randint(0, 3))))
    steps = tuple(
        (chance.uniform(2, 55), chance.choice([-3600.0, 3600.0, 30.0, -30.0]))
        for _ in range(chance.randint(0, 2))
    )
    return Story(tuple(cuts), dark, restarts, steps, bad_line(chance.choice([0.0, 0.2, 0.5])))


def bad_line(share: float) -> Line:
    """A chat that fails so often in one of three ways; text messages always leave."""

    def line(attempt, second: float, chance: random.Random) -> Fate:
        if attempt.gateway == "chat" and chance.random() < share:
            return chance.choice([FAILS, HANGS, REFUSES])
        return works(attempt, second, chance)

    return line


def hidden(told: Story, link: str, begins: float) -> float:
    """Until when a fault of the link that began then could not be seen."""
    if told.dark is not None and link.endswith("/wan") and told.dark[0] - FOUND <= begins < told.dark[1]:
        return told.dark[1]
    return begins


def broken(night: Night) -> set[str]:
    """Incidents that go on at the end."""
    alive: set[str] = set()
    for entry in night.log:
        if isinstance(entry, Grew):
            alive.add(entry.incident)
        elif isinstance(entry, Recovered | Closed | Folded):
            alive.discard(entry.incident)
    return alive


def play(seed: int, folder) -> tuple[Story, Night]:
    told = story(seed)
    night = duty(
        place(),
        folder,
        until=END,
        script=told.script,
        restarts=told.restarts,
        clock_steps=told.steps,
        line=told.line,
        answers={"vnpt-lead": 5.0} if seed % 2 else {},
        seed=seed,
    )
    return told, night


def check(told: Story, night: Night) -> None:
    """What must hold of any night."""
    cuts = {each.link: each for each in told.cuts}
    for noticed in night.noticed.values():
        if noticed.kind is FaultKind.EGRESS:
            assert told.dark is not None
        else:
            assert night.links_of(noticed.subject) <= cuts.keys(), "a page for nothing"
    told_of = {name for got in night.got if got.kind in ASKING for name in got.attempt.incidents}
    for link, each in cuts.items():
        seen = hidden(told, link, each.begins)
        if min(each.ends, END) >= seen + FOUND + HOLD + LATE + len(told.restarts) * FOUND:
            about = {
                entry.incident
                for entry in night.of(Grew)
                if isinstance(entry, Grew) and link in dict(entry.links)
            }
            about |= {e.into for e in night.of(Folded) if isinstance(e, Folded) and e.incident in about}
            assert about & told_of, f"{link} was missed"
    for name in night.noticed:
        numbers = [e.step for e in night.log if isinstance(e, Stepped) and e.incident == name]
        assert all(number in {0, before + 1} for before, number in zip([-1, *numbers], numbers, strict=False))
        calls = [
            (e.contact, e.step, e.at_ns) for e in night.log if isinstance(e, Called) and e.incident == name
        ]
        assert len(calls) == len(set(calls))
    for message in {got.message for got in night.got}:
        # Once, and once more for each kill and each attempt that was not heard of.
        assert sum(got.message == message for got in night.got) <= 1 + len(told.restarts)


@pytest.mark.parametrize("seed", [1, 4, 5, 6])
def test_whatever_happens_in_a_night_nothing_is_missed_doubled_or_made_up(tmp_path, seed):
    check(*play(seed, tmp_path))


def test_the_check_notices_a_page_that_never_came_and_a_cut_that_never_was(tmp_path):
    told, night = play(6, tmp_path)
    check(told, night)
    with pytest.raises(AssertionError, match="a page for nothing"):
        check(replace(told, cuts=()), night)
    night.got.clear()
    with pytest.raises(AssertionError, match="was missed"):
        check(told, night)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 400))
def test_whatever_happens_in_three_hundred_nights(tmp_path, seed):
    check(*play(seed, tmp_path))
