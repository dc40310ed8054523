"""Random worlds of rosters, each from its seed: zones that change their clocks, overrides, holes everywhere."""

import random
from datetime import UTC, datetime

from bridgewatch.model.calendar import Event, Wave
from bridgewatch.model.ids import ContactId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Role
from bridgewatch.model.people import Contact, Override, Roster, Rotation, Shift
from bridgewatch.model.policy import Call, Policy, Step
from bridgewatch.model.words import Level
from tests.oncall.worlds import (
    CHAT,
    COMMUNE,
    DAY,
    DISTRICT,
    DUTY,
    EVENT,
    HOUR,
    LEAD,
    MINUTE,
    NO_TEMPLATE,
    ONE_WAY,
    OTHER,
    OWN_DUTY,
    PROVINCE,
    ROOM,
    VIETTEL,
    VNPT,
    ZONE,
    at,
    contact,
    policy,
    roster,
    who,
    world,
)

# Instants around which something happens to clocks or to dates.
TURNS = (
    (at("2026-03-29 02:00", "Europe/Berlin"), "Europe/Berlin"),
    (at("2026-10-25 02:00", "Europe/Berlin"), "Europe/Berlin"),
    (at("2026-03-08 02:00", "America/New_York"), "America/New_York"),
    (at("2026-11-01 01:00", "America/New_York"), "America/New_York"),
    (at("2026-04-05 01:00", "Australia/Lord_Howe"), "Australia/Lord_Howe"),  # half an hour
    (at("2026-04-04 23:00", "America/Santiago"), "America/Santiago"),  # at midnight
    (at("2026-09-06 00:00", "America/Santiago"), "America/Santiago"),
    (at("2028-02-29 00:00"), ZONE),
    (at("2026-12-31 23:00"), ZONE),
    (at("2026-06-30 22:00"), ZONE),
)
NAMES = ("an", "binh", "chi", "dung", "em", "giang")
BARE = ("khong-kenh",)
MUTE = ("mau-tin",)


def people(chance: random.Random, most: int = 2, least: int = 1) -> tuple[ContactId, ...]:
    """Some people, seldom one who cannot be reached."""
    names = list(NAMES) * 3 + list(BARE + MUTE)
    return who(*dict.fromkeys(chance.choice(names) for _ in range(chance.randint(least, most))))


def minute_of_day(chance: random.Random) -> int:
    """Mostly round hours, so that shifts meet; often where clocks are changed."""
    return chance.choice((0, 60, 90, 120, 150, 180, 480, 1200, 1410, 1440, 60 * chance.randint(0, 23)))


def shift(chance: random.Random) -> Shift:
    days = chance.choice((range(1, 8), range(1, 6), (6, 7), chance.sample(range(1, 8), 3)))
    return Shift(frozenset(days), minute_of_day(chance) % 1440, minute_of_day(chance), people(chance))


def rotation(chance: random.Random, around_ns: int) -> Rotation:
    first = around_ns // DAY - chance.randint(-2, 40)
    day = datetime.fromtimestamp(first * DAY // 10**9, UTC).date().isoformat()
    teams = tuple(people(chance, least=chance.choice((0, 1, 1, 1))) for _ in range(chance.randint(1, 3)))
    return Rotation(day, minute_of_day(chance) % 1440, chance.choice((1, 2, 7)), teams)


def override(chance: random.Random, around_ns: int) -> Override:
    starts_ns = around_ns + chance.randint(-300, 300) * MINUTE
    instead = None if chance.random() < 0.4 else ContactId(chance.choice(NAMES))
    stand_ins = people(chance, least=chance.choice((0, 1, 1)))
    return Override(starts_ns, starts_ns + chance.randint(1, 600) * MINUTE, stand_ins, instead)


def random_roster(chance: random.Random, number: int, around_ns: int, zone: str) -> Roster:
    """A roster for anybody anywhere."""
    room = chance.random() < 0.1
    return roster(
        f"r{number}",
        *(people(chance, 1) if chance.random() < 0.15 else ()),
        carrier=None if room else chance.choice((VNPT, VNPT, VIETTEL, None)),
        role=Role.ROOM if room else chance.choice((Role.DUTY, Role.DUTY, Role.LEAD)),
        area=chance.choice((COMMUNE, OTHER, DISTRICT, PROVINCE, PROVINCE, None)),
        zone=chance.choice((zone, zone, ZONE)),
        shifts=tuple(shift(chance) for _ in range(chance.randint(0, 3))),
        rotation=rotation(chance, around_ns) if chance.random() < 0.4 else None,
        overrides=tuple(override(chance, around_ns) for _ in range(chance.choice((0, 0, 1, 2, 3)))),
    )


def around_the_clock(chance: random.Random) -> list[Roster]:
    """Rosters everywhere that leave few gaps or none."""
    return [
        roster(f"all{number}", *people(chance, 2), carrier=carrier, role=role, area=None)
        for number, (carrier, role) in enumerate(
            (
                (VNPT, Role.DUTY),
                (VNPT, Role.LEAD),
                (VIETTEL, Role.DUTY),
                (VIETTEL, Role.LEAD),
                (None, Role.DUTY),
            )
        )
    ]


def random_policy(chance: random.Random) -> Policy:
    """Up to three steps for each fault."""

    def steps() -> tuple[Step, ...]:
        return tuple(
            Step(
                tuple(calls(chance)), chance.choice((None, None, None, *Level)), chance.choice((None, 600.0))
            )
            for _ in range(chance.randint(1, 3))
        )

    return policy(*steps(), own=steps(), room=steps())


def calls(chance: random.Random) -> list[Call]:
    return chance.sample((DUTY, LEAD, OWN_DUTY, ROOM), chance.choice((1, 1, 2)))


def random_event(chance: random.Random, around_ns: int) -> Event:
    """An hour or so around the turn, over some of the sites; often with a wave within the hours before."""
    starts_ns = around_ns + chance.randint(-90, 60) * MINUTE
    wave_ns = starts_ns - chance.randint(70, 115) * MINUTE
    wave = Wave("dot-1", "Đợt 1", wave_ns, wave_ns + chance.randint(5, 60) * MINUTE)
    sites = chance.sample((PROVINCE, DISTRICT, COMMUNE, OTHER), chance.randint(1, 4))
    return Event(
        EVENT,
        "Hội nghị",
        tuple(sites),
        starts_ns,
        starts_ns + chance.randint(30, 90) * MINUTE,
        waves=chance.choice(((), (wave,))),
        freeze_ns=chance.choice((0, 60, 90)) * MINUTE,
        check_ns=chance.choice((0, 30, 60)) * MINUTE,
        overrun_ns=chance.choice((0, 30)) * MINUTE,
    )


def random_world(seed: int) -> Inventory:
    """A world and its event."""
    chance = random.Random(seed)
    around_ns, zone = chance.choice(TURNS)
    rosters = [random_roster(chance, number, around_ns, zone) for number in range(chance.randint(2, 8))]
    if chance.random() < 0.3:
        rosters += around_the_clock(chance)
    rooms: dict[SiteId, tuple[str, ...]] = {
        site: people(chance, least=0) for site in (DISTRICT, COMMUNE, OTHER)
    }
    given: list[Contact] = [contact(name) for name in BARE] + [contact(name, NO_TEMPLATE) for name in MUTE]
    given += [contact("an", ONE_WAY)]
    both = chance.choice(((VNPT,), (VNPT, VIETTEL)))
    return world(
        rosters=rosters,
        steps=random_policy(chance),
        event=random_event(chance, around_ns),
        contacts=given + [contact(name, CHAT) for name in NAMES[1:]],
        rooms=rooms,
        carriers={COMMUNE: both, OTHER: both[-1:], DISTRICT: both, PROVINCE: (VNPT, VIETTEL)},
        services=(OTHER,) if chance.random() < 0.2 else (),
    )


def window(inventory: Inventory) -> tuple[int, int]:
    """From before the check to after the end, in whole minutes."""
    event = inventory.events[EVENT]
    return event.starts_ns - 2 * HOUR, event.ends_ns + 2 * HOUR
