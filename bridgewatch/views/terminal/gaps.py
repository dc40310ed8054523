"""Gaps and weak points as lines, each with what to do about it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from bridgewatch.model.coverage import Flaw, Gap
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Audience
from bridgewatch.texts.calendar import calendar_words
from bridgewatch.texts.coverage import remedy, tell_coverage
from bridgewatch.texts.duty import duty_words
from bridgewatch.texts.people import tell_people
from bridgewatch.views.duty_names import contact_name
from bridgewatch.views.holes import Call, Hole, Missing, Span, holes_of
from bridgewatch.views.terminal.look import Look
from bridgewatch.views.terminal.tables import moment

_NAMED: Final = 3  # sites of one gap that are named, of many
_INDENT: Final = "    "


def flaw_line(flaw: Flaw, inventory: Inventory, look: Look) -> str:
    """One weak point in one line."""
    who = contact_name(flaw.contact, inventory) if flaw.contact is not None else ""
    when = moment(flaw.at_ns, look) if flaw.at_ns is not None else ""
    told = tell_coverage(flaw.kind, look.language).format(who=who, roster=flaw.roster, at=when)
    return f"{told}; {remedy(flaw.kind, look.language)}"


def gap_lines(
    gaps: Iterable[Gap],
    inventory: Inventory,
    look: Look,
    place: Callable[[Hole], str] | None = None,
    *,
    every: bool = False,
) -> Iterator[tuple[Hole, str]]:
    """Some lines per hole, with how grave it is. `place` says where it is mended; `every`: name all sites."""
    for hole in holes_of(gaps):
        yield hole, "\n".join(_lines(hole, inventory, look, place(hole) if place else "", every=every))


def _lines(hole: Hole, inventory: Inventory, look: Look, place: str, *, every: bool) -> Iterator[str]:
    words, missing = duty_words(look.language), hole.missing
    grade = words.uncovered if hole.guarded else words.warning
    what = tell_coverage(missing.kind, look.language)
    yield f"{grade}: {f'{place} ' if place else ''}{_whom(missing, inventory, look)}: {what}"
    event = inventory.events.get(missing.event)
    details = [
        f"{event.name} ({event.id})" if event is not None else missing.event,
        *(_when(one, look) for one in hole.spans),
        _where(hole, inventory, look, every=every),
        "; ".join(dict.fromkeys(_call(call, look) for call in hole.calls if call.step is not None)),
        words.to_mend.format(remedy(missing.kind, look.language)),
    ]
    yield from (f"{_INDENT}{detail}" for detail in details if detail)


def _when(one: Span, look: Look) -> str:
    """From when to when, and in which phases; the date once where it is one."""
    starts, ends = moment(one.from_ns, look), moment(one.to_ns, look)
    time, _, date = starts.partition(" ")
    phases = ", ".join(tell_people(phase, look.language) for phase in one.phases)
    short = time if ends.endswith(f" {date}") else starts
    return duty_words(look.language).gap_time.format(starts=short, ends=ends, phases=phases)


def _whom(missing: Missing, inventory: Inventory, look: Look) -> str:
    """Who is missing: duty of VNPT; where one person is every step, for whose faults and who: VNPT: An."""
    carrier = inventory.carriers.get(missing.carrier) if missing.carrier is not None else None
    whose = carrier.name if carrier is not None else tell_people(missing.audience, look.language)
    if missing.contact is not None:
        return f"{whose}: {contact_name(missing.contact, inventory)}"
    role = tell_people(missing.role, look.language) if missing.role is not None else ""
    if missing.audience is Audience.ROOM:
        return role
    return duty_words(look.language).role_of.format(role=role, of=whose)


def _call(call: Call, look: Look) -> str:
    """Which step asks for them, and of which escalation where it is not that of a link."""
    words = duty_words(look.language)
    fault = {Audience.ROOM: words.if_room, Audience.OWN: words.if_own}.get(call.fault, "")
    level = (
        words.level_or_higher.format(calendar_words(look.language).level(call.level)) if call.level else ""
    )
    return words.called_in.format(fault=fault, step=(call.step or 0) + 1, level=level)


def _where(hole: Hole, inventory: Inventory, look: Look, *, every: bool) -> str:
    words = duty_words(look.language)
    parts = [_sites(hole, inventory, look, every=every)] if hole.sites else []
    return "; ".join([*parts, words.our_house] if hole.our_own else parts)


def _sites(hole: Hole, inventory: Inventory, look: Look, *, every: bool) -> str:
    words, count = duty_words(look.language), len(hole.sites)
    names = [inventory.sites[site].name if site in inventory.sites else site for site in hole.sites]
    if count == 1:
        return names[0]
    if hole.whole and not every:
        area = inventory.sites.get(hole.area) if hole.area is not None else None
        return f"{area.name if area is not None else words.everywhere} ({words.sites.format(count)})"
    shown = names if every or count <= _NAMED else names[:_NAMED]
    listed = ", ".join([*shown, words.and_more.format(count - len(shown))] if count > len(shown) else shown)
    return f"{words.sites.format(count)}: {listed}"
