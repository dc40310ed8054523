"""Remembers what changed lately, in the words people are told, and logs each change once."""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bridgewatch.core.addresses import written
from bridgewatch.core.health.changes import Changes, EgressTransition, SiteTransition, Transition
from bridgewatch.model.dial_in import CalledIn
from bridgewatch.model.ids import LinkId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.observations import NO_TIME
from bridgewatch.model.words import Language, LinkState, Reason, SiteState
from bridgewatch.texts.calls import tell_box
from bridgewatch.texts.evidence import Silence, tell_evidence, tell_move
from bridgewatch.views.happenings import Happening, happening

log = logging.getLogger("bridgewatch.changes")

_KEPT: Final = 5_000
_LOGGED_ONE_BY_ONE: Final = 20  # a handover darkens thousands of links: nobody reads thousands of lines
_NS: Final = 1e9


class Journal:
    """The last happenings, oldest first. `call_of` tells where the box of a link is, if it has one."""

    def __init__(self, call_of: Callable[[LinkId], CalledIn | None] = lambda _: None) -> None:
        self._call_of = call_of
        self._kept: deque[Happening] = deque(maxlen=_KEPT)

    def record(self, changes: Changes, inventory: Inventory, now: int, wall_offset_ns: int) -> None:
        """Take in what one tick changed."""
        told = [_of_egress(change, wall_offset_ns) for change in changes.egresses]
        links = len(changes.links)
        for number, change in enumerate(changes.links):
            if links - number <= _KEPT:
                told.append(self._of_link(change, inventory, now, wall_offset_ns))
        told += [_of_site(change, inventory, wall_offset_ns) for change in changes.sites]
        self._kept.extend(told)
        for one in told[:_LOGGED_ONE_BY_ONE]:
            log.info("%s", _line(one))
        if len(told) > _LOGGED_ONE_BY_ONE:
            more = links + len(changes.sites) + len(changes.egresses) - _LOGGED_ONE_BY_ONE
            log.info("and %d more changes at the same instant", more)

    def moved(
        self, link: LinkId, state: LinkState, inventory: Inventory, wall_ns: int, former: str, present: str
    ) -> None:
        """Take in that the box of a link goes on from elsewhere; who followed it has logged that."""
        site = inventory.sites[inventory.links[link].site].name
        told = {language: tell_move(former, present, language) for language in Language}
        self._kept.append(_with_facts(wall_ns, link, (state, state), Reason.BOX_MOVED, site, told))

    def _of_link(self, change: Transition, inventory: Inventory, now: int, offset: int) -> Happening:
        link = inventory.links.get(change.link)
        site = inventory.sites[link.site].name if link else ""
        seen = _seen(change, now)
        told = {language: tell_evidence(seen, change.new, change.reason, language) for language in Language}
        call = self._call_of(change.link) if change.new is LinkState.DOWN else None
        if call is not None and call.silent:
            for language, facts in told.items():
                told[language] = f"{facts}; {tell_box(call, now + offset, language)}"
        moved = (change.old, change.new)
        return _with_facts(change.at_ns + offset, change.link, moved, change.reason, site, told)

    def recent(self) -> Sequence[Happening]:
        """What is remembered."""
        return tuple(self._kept)


def _line(one: Happening) -> str:
    reason = one.reason.name.lower().replace("_", " ") if one.reason is not Reason.NONE else ""
    why = "; ".join(part for part in (reason, one.evidence) if part)
    move = f"{one.old} -> {one.new}" if one.old != one.new else f"still {one.new}"
    return f"{one.kind} {one.id}: {move}" + (f" ({why})" if why else "")


def _with_facts(
    wall_ns: int,
    link: LinkId,
    states: tuple[LinkState, LinkState],
    reason: Reason,
    site: str,
    told: Mapping[Language, str],
) -> Happening:
    old, new = states
    facts, facts_vi = told[Language.EN], told[Language.VI]
    return happening(wall_ns, link, old, new, reason, name=site, evidence=facts, evidence_vi=facts_vi)


def _seen(change: Transition, now: int) -> Silence:
    known = change.evidence
    return Silence(
        unanswered=known.unanswered,
        seconds=(now - known.since_ns) / _NS if known.since_ns != NO_TIME else None,
        witness=known.witness_ns != NO_TIME,
        router=written(known.router),
    )


def _of_egress(change: EgressTransition, offset: int) -> Happening:
    return happening(change.at_ns + offset, change.egress, change.old, change.new, change.reason)


def _of_site(change: SiteTransition, inventory: Inventory, offset: int) -> Happening:
    site = inventory.sites.get(change.site)
    reason = Reason.ANSWERED if change.new is SiteState.OK else Reason.NONE
    return happening(
        change.at_ns + offset, change.site, change.old, change.new, reason, name=site.name if site else ""
    )
