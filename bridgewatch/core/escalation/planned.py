"""Orders about planned work: whether a silence may be set, and what it writes."""

from typing import Final

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.escalation.silences import Silences, covered_links
from bridgewatch.core.naming import name
from bridgewatch.model.commands import LiftSilence, Refusal, SetSilence
from bridgewatch.model.ids import LinkId, SilenceId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import SilenceLifted, SilenceSet
from bridgewatch.model.paging import Phase

_CHANGES: Final = 10_000  # phases looked ahead at most; a silence that long covers a live event anyway


def set_silence(
    command: SetSilence, inventory: Inventory, agenda: Agenda, silences: Silences, now_ns: int
) -> SilenceSet | tuple[str, Refusal]:
    """The entry that sets the silence, or about what and why it is refused."""
    subject = _subject(command)
    if subject is None or not _known(command, inventory):
        return subject or "", Refusal.UNKNOWN_SUBJECT
    if command.ends_ns <= max(command.starts_ns, now_ns):
        return subject, Refusal.NO_END
    entry = SilenceSet(
        at_ns=now_ns,
        silence=_name(silences, now_ns),
        starts_ns=command.starts_ns,
        ends_ns=command.ends_ns,
        actor=command.actor,
        note=command.note,
        link=command.link,
        site=command.site,
        carrier=command.carrier,
        area=command.area,
        forced=command.forced,
    )
    if not command.forced and _over_live(covered_links(inventory, entry), entry, inventory, agenda):
        return subject, Refusal.OVER_LIVE_EVENT
    return entry


def lift_silence(
    command: LiftSilence, silences: Silences, now_ns: int
) -> SilenceLifted | tuple[str, Refusal]:
    """The entry that ends the silence now, or why it is refused."""
    silence = silences.by_id.get(command.silence)
    if silence is None or silence.ends_ns <= now_ns:
        return command.silence, Refusal.UNKNOWN_SILENCE
    return SilenceLifted(at_ns=now_ns, silence=command.silence, actor=command.actor)


def _subject(command: SetSilence) -> str | None:
    """What is to be covered, None unless it is one of link, site, carrier, area, or carrier in an area."""
    named = [each for each in (command.link, command.site, command.carrier, command.area) if each is not None]
    if len(named) == 1:
        return named[0]
    both = command.carrier is not None and command.area is not None
    return "@".join(named) if both and len(named) == 2 else None  # noqa: PLR2004 - both, and nothing else


def _known(command: SetSilence, inventory: Inventory) -> bool:
    return (
        (command.link is None or command.link in inventory.links)
        and (command.site is None or command.site in inventory.sites)
        and (command.carrier is None or command.carrier in inventory.carriers)
        and (command.area is None or command.area in inventory.sites)
    )


def _name(silences: Silences, now_ns: int) -> SilenceId:
    """A name that no other silence has; two may be set at one instant."""
    stamp_ns = now_ns
    while (silence := SilenceId(name("s", stamp_ns))) in silences.by_id:
        stamp_ns += 1
    return silence


def _over_live(links: frozenset[LinkId], silence: SilenceSet, inventory: Inventory, agenda: Agenda) -> bool:
    """Whether a site of `links` is in a live event at some time of the silence, by the calendar of now."""
    sites = {inventory.links[link].site for link in links}
    concerned = [event.id for event in inventory.events.values() if not sites.isdisjoint(event.sites)]
    at_ns: int | None = max(silence.starts_ns, silence.at_ns)
    for _ in range(_CHANGES if concerned else 0):
        if at_ns is None or at_ns >= silence.ends_ns:
            return False
        if any(agenda.phase(event, at_ns) is Phase.LIVE for event in concerned):
            return True
        at_ns = agenda.next_change_ns(at_ns)
    return bool(concerned)
