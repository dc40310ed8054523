"""What comes after what: ends after starts, waves one after the other; and that an event has sites.

Times without an offset are in a zone that another file may say, so they are compared here and not by the
documents.
"""

from collections.abc import Iterator, Mapping
from typing import Final
from zoneinfo import available_timezones

from bridgewatch.config.defaults import DEFAULT_TIMEZONE
from bridgewatch.config.errors import Finding, KeyPath, Problem, describe, one_of
from bridgewatch.config.parse import Parsed, file_of, files_of
from bridgewatch.config.people.choices import Choice, Places, choice_of, choices_of
from bridgewatch.config.survey import Survey, mapping_of
from bridgewatch.config.times import instant_ns, parse_moment, zone_exists
from bridgewatch.config.tree import Node
from bridgewatch.model.phrases import phrase

_DAY_NS: Final = 24 * 3600 * 10**9
_LONGEST_DAYS: Final = 31


def check_orders(
    files: Mapping[str, Parsed], surveys: Mapping[str, Survey], carriers: frozenset[str] | None
) -> Iterator[Finding]:
    """Findings for times in the wrong order, and for events that no site takes part in."""
    events, rosters = files_of(files, "events"), files_of(files, "rosters")
    daemon = file_of(files, "bridgewatch")
    zone = _zone(mapping_of(daemon.root).get("timezone"), DEFAULT_TIMEZONE) if daemon.complete else None
    if (events or rosters) and not available_timezones():
        found = phrase("no time zone database on this machine")
        none = Problem((), found, phrase("one, as in the package tzdata"))
        yield Finding(next(iter(events or rosters)), none)
    for file, parsed in rosters.items():
        for name, roster in _members(parsed.root, "rosters"):
            theirs = _zone(mapping_of(roster).get("timezone"), zone)
            yield from (Finding(file, problem) for problem in _roster(name, roster, theirs))
    if not events:
        return
    all_known = bool(surveys) and all(survey.complete for survey in surveys.values())
    places = Places(surveys.values()) if all_known else None
    for file, parsed in events.items():
        for name, event in _members(parsed.root, "events"):
            yield from (Finding(file, problem) for problem in _event(("events", name), event, zone))
            if places is not None:
                yield from (
                    Finding(file, problem) for problem in _sites(("events", name), event, places, carriers)
                )


def _roster(name: str, roster: Node, zone: str | None) -> Iterator[Problem]:
    for role, document in mapping_of(roster).items():
        for key in ("overrides", "swaps"):
            several = mapping_of(document).get(key)
            for index, one in enumerate(several if isinstance(several, list) else ()):
                path = ("rosters", name, role, key, index)
                yield from _order(path, mapping_of(one), zone, "from", "to")


def _event(path: KeyPath, event: Node, zone: str | None) -> Iterator[Problem]:
    members = mapping_of(event)
    starts_ns = _instant(members.get("starts"), zone)
    yield from _order(path, members, zone, "starts", "ends", _LONGEST_DAYS)
    due = members.get("contacts_due")
    due_ns = _instant(due, zone)
    if due_ns is not None and starts_ns is not None and due_ns >= starts_ns:
        yield Problem((*path, "contacts_due"), describe(due), phrase("a time before `starts`"))
    before_ns = before = None
    for name, wave in mapping_of(members.get("waves")).items():
        here, said = (*path, "waves", name), mapping_of(wave)
        yield from _order(here, said, zone, "starts", "ends", _LONGEST_DAYS)
        wave_ns, ends_ns = _instant(said.get("starts"), zone), _instant(said.get("ends"), zone)
        if wave_ns is not None and before_ns is not None and wave_ns < before_ns:
            found = phrase(
                "{value}, before the end of {wave}", value=describe(said.get("starts")), wave=before or ""
            )
            yield Problem((*here, "starts"), found, phrase("waves in their order, one after the other"))
        if ends_ns is not None and starts_ns is not None and ends_ns > starts_ns:
            found = phrase("{value}, after the event's start", value=describe(said.get("ends")))
            yield Problem((*here, "ends"), found, phrase("a wave that is over when the event starts"))
        before_ns, before = (before_ns, before) if ends_ns is None else (ends_ns, name)


def _sites(path: KeyPath, event: Node, places: Places, carriers: frozenset[str] | None) -> Iterator[Problem]:
    members = mapping_of(event)
    stated = members.get("sites")
    empty = False
    for index, one in enumerate(stated if isinstance(stated, list) else ()):
        choice = choice_of(one)
        # That a name is unknown is said already; what is left is a choice that nothing fits.
        unknown = choice is None or not _is_known(choice, places, carriers)
        empty = empty or unknown
        if choice is not None and not unknown and not any(True for _ in places.fitting(choice)):
            empty = True
            found, expected = phrase("a choice that no site fits"), phrase("one that some site fits")
            yield Problem((*path, "sites", index), found, expected)
    if not stated or empty:
        return
    chosen = places.chosen(choices_of(stated), choices_of(members.get("except")))
    if not chosen:
        found, expected = phrase("sites that are all excepted"), phrase("one that takes part")
        yield Problem((*path, "sites"), found, expected)
    hubs = members.get("hubs")
    services = frozenset(places.services) & frozenset(chosen) if hubs else frozenset()
    for index, hub in enumerate(hubs if isinstance(hubs, list) else ()):
        if isinstance(hub, str) and hub in places and hub not in services:
            found = phrase("{hub}, which is no service that takes part", hub=describe(hub))
            known = one_of(sorted(services)) if services else phrase("a service among `sites`")
            yield Problem((*path, "hubs", index), found, known)


def _is_known(choice: Choice, places: Places, carriers: frozenset[str] | None) -> bool:
    named = [site for site in (choice.site, choice.area) if site is not None]
    is_carrier = choice.carrier is None or carriers is None or choice.carrier in carriers
    return is_carrier and all(site in places for site in named)


def _order(
    path: KeyPath,
    members: Mapping[str, Node],
    zone: str | None,
    first: str,
    last: str,
    days: int | None = None,
) -> Iterator[Problem]:
    starts_ns, ends_ns = _instant(members.get(first), zone), _instant(members.get(last), zone)
    if starts_ns is None or ends_ns is None:
        return
    found = describe(members[last])
    if ends_ns <= starts_ns:
        yield Problem((*path, last), found, phrase("a time after `{key}`", key=first))
    elif days is not None and ends_ns - starts_ns > days * _DAY_NS:
        yield Problem(
            (*path, last), found, phrase("at most {count} days after `{key}`", count=days, key=first)
        )


def _instant(value: Node, zone: str | None) -> int | None:
    """The instant that `value` says, if it says one and its zone is known."""
    try:
        moment = parse_moment(value)
    except ValueError:
        return None
    if moment.tzinfo is None and zone is None:
        return None
    return instant_ns(moment, zone or "")


def _zone(stated: Node, otherwise: str | None) -> str | None:
    """The zone that is meant, if it is known and exists."""
    zone = otherwise if stated is None else stated
    return zone if isinstance(zone, str) and zone_exists(zone) else None


def _members(root: Node, key: str) -> list[tuple[str, Node]]:
    return list(mapping_of(mapping_of(root).get(key)).items())
