"""Gaps and weak points as lines, each with what to do about it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bridgewatch.model.coverage import Flaw, Gap
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Audience
from bridgewatch.texts.calendar import calendar_words
from bridgewatch.texts.coverage import remedy, tell_coverage
from bridgewatch.texts.duty import duty_words
from bridgewatch.texts.people import tell_people
from bridgewatch.views.duty_names import contact_name
from bridgewatch.views.terminal.look import Look
from bridgewatch.views.terminal.tables import moment

_NAMED: Final = 3  # areas of one gap that are named one by one


def flaw_line(flaw: Flaw, inventory: Inventory, look: Look) -> str:
    """One weak point in one line."""
    who = contact_name(flaw.contact, inventory) if flaw.contact is not None else ""
    when = moment(flaw.at_ns, look) if flaw.at_ns is not None else ""
    told = tell_coverage(flaw.kind, look.language).format(who=who, roster=flaw.roster, at=when)
    return f"{told}; {remedy(flaw.kind, look.language)}"


def gap_lines(gaps: Iterable[Gap], inventory: Inventory, look: Look) -> Iterator[str]:
    """A line per gap, with how grave it is; those that differ only in area or time are told together."""
    at_once: dict[tuple[object, ...], list[Gap]] = {}
    for gap in gaps:
        at_once.setdefault((gap.from_ns, gap.to_ns, *_what(gap)), []).append(gap)
    alike: dict[tuple[object, ...], list[list[Gap]]] = {}
    for places in at_once.values():
        where = tuple((gap.area, gap.sites) for gap in places)
        alike.setdefault((where, *_what(places[0])), []).append(places)
    for times in alike.values():
        yield _line(times, inventory, look)


def _what(gap: Gap) -> tuple[object, ...]:
    whom = gap.step, gap.audience, gap.role, gap.level, gap.contact
    return gap.guarded, gap.event, gap.fault, gap.kind, gap.carrier, *whom


def _line(times: Sequence[Sequence[Gap]], inventory: Inventory, look: Look) -> str:
    words = duty_words(look.language)
    gap = times[0][0]
    event = inventory.events.get(gap.event)
    told = words.gap.format(
        event=f"{event.name} ({event.id})" if event is not None else gap.event,
        where=_where(times[0], inventory, look),
        when=", ".join(_when(places[0], look) for places in times),
        whom=_whom(gap, inventory, look),
        what=tell_coverage(gap.kind, look.language),
        remedy=remedy(gap.kind, look.language),
    )
    return f"{words.uncovered if gap.guarded else words.warning}: {told}"


def _when(gap: Gap, look: Look) -> str:
    """From when to when, and in which phases; the date once where it is one."""
    starts, ends = moment(gap.from_ns, look), moment(gap.to_ns, look)
    time, _, date = starts.partition(" ")
    phases = ", ".join(tell_people(phase, look.language) for phase in gap.phases)
    short = time if ends.endswith(f" {date}") else starts
    return duty_words(look.language).gap_time.format(starts=short, ends=ends, phases=phases)


def _whom(gap: Gap, inventory: Inventory, look: Look) -> str:
    words = duty_words(look.language)
    if gap.step is None or gap.role is None or gap.audience is None:
        who = contact_name(gap.contact, inventory) if gap.contact is not None else ""
        return words.gap_of_all.format(fault=_of(gap.fault, gap, inventory, look), who=who)
    level = (
        words.level_or_higher.format(calendar_words(look.language).level(gap.level))
        if gap.level is not None
        else ""
    )
    role = tell_people(gap.role, look.language)
    of = _of(gap.audience, gap, inventory, look)
    fault = {Audience.ROOM: words.if_room, Audience.OWN: words.if_own}.get(gap.fault, "")
    return words.gap_of_step.format(fault=fault, step=gap.step + 1, role=role, of=of, level=level)


def _of(audience: Audience, gap: Gap, inventory: Inventory, look: Look) -> str:
    carrier = inventory.carriers.get(gap.carrier) if gap.carrier is not None else None
    if audience is Audience.CARRIER and carrier is not None:
        return carrier.name
    return tell_people(audience, look.language)


def _where(together: Sequence[Gap], inventory: Inventory, look: Look) -> str:
    words = duty_words(look.language)
    names = [_area(gap, inventory, look) for gap in together[:_NAMED]]
    left = len(together) - len(names)
    return ", ".join([*names, words.and_more.format(left)] if left else names)


def _area(gap: Gap, inventory: Inventory, look: Look) -> str:
    words = duty_words(look.language)
    if not gap.sites:
        return words.our_house
    area = inventory.sites.get(gap.area) if gap.area is not None else None
    name = area.name if area is not None else words.everywhere
    return name if gap.sites == (gap.area,) else f"{name} ({words.sites.format(len(gap.sites))})"
