"""How a new inventory differs from the one in force, found in slices that never hold a probing tick up.

`Assembly` takes the parts of an inventory as they come from the loading process, keeps every object of the
running inventory that says the same, and puts the new one together step by step.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from bridgewatch.config.plan import Content, Frame, NamedKey, Part
from bridgewatch.model.calendar import Event
from bridgewatch.model.ids import ContactId, EventId, KeyId, LinkId, PathKey, RosterId, SiteId
from bridgewatch.model.inventory import Inventory, Link, PathSpec, Site
from bridgewatch.model.people import Contact, Roster
from bridgewatch.model.secret import Secret

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Difference(Generic[_Key, _Value]):
    """What came, what says something else than before, and what is gone."""

    added: Mapping[_Key, _Value] = field(default_factory=dict)
    changed: Mapping[_Key, _Value] = field(default_factory=dict)
    removed: tuple[_Key, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class Change:
    """From one inventory to the next. `frame` says that something beside the others differs."""

    sites: Difference[SiteId, Site] = field(default_factory=Difference)
    links: Difference[LinkId, Link] = field(default_factory=Difference)
    paths: Difference[PathKey, PathSpec] = field(default_factory=Difference)
    contacts: Difference[ContactId, Contact] = field(default_factory=Difference)
    rosters: Difference[RosterId, Roster] = field(default_factory=Difference)
    events: Difference[EventId, Event] = field(default_factory=Difference)
    keys: Difference[KeyId, Secret] = field(default_factory=Difference)
    frame: bool = False

    def __bool__(self) -> bool:
        watched = self.sites or self.links or self.paths
        people = self.contacts or self.rosters or self.events
        return bool(watched or people or self.keys or self.frame)


class _Ledger(Generic[_Key, _Value]):
    """One kind of object: what is in force by key, and what every segment says of it."""

    def __init__(self) -> None:
        self.current: dict[_Key, _Value] = {}
        self._segments: dict[str, dict[_Key, _Value]] = {}
        self.begin()

    def begin(self) -> None:
        """Forget an assembly that was never finished."""
        self._fresh: dict[str, dict[_Key, _Value]] = {}
        self._added: dict[_Key, _Value] = {}
        self._changed: dict[_Key, _Value] = {}
        self._removed: tuple[_Key, ...] = ()
        self._next: dict[_Key, _Value] = {}
        self._segments_next: dict[str, dict[_Key, _Value]] = {}

    def add(self, segment: str, key: _Key, value: _Value) -> None:
        """Take one object of a segment that is sent anew."""
        before = self.current.get(key)
        if before is None:
            self._added[key] = value
        elif before == value:
            value = before
        else:
            self._changed[key] = value
        self._fresh.setdefault(segment, {})[key] = value

    def merge(self, names: Iterable[str], sent: frozenset[str]) -> None:
        """Put the segments in order; those in `sent` are the ones added since `begin`."""
        self._segments_next = {
            name: (self._fresh if name in sent else self._segments).get(name, {}) for name in names
        }
        self._next = {}
        for segment in self._segments_next.values():
            self._next.update(segment)

    def compare(self) -> None:
        """Find what is gone."""
        self._removed = tuple(key for key in self.current if key not in self._next)

    def commit(self) -> Difference[_Key, _Value]:
        """Make what was merged the current state, and say what that changes."""
        difference = Difference(self._added, self._changed, self._removed)
        self.current, self._segments = self._next, self._segments_next
        self.begin()
        return difference


class Assembly:
    """Holds the inventory in force by segments and makes the next one from the parts that changed."""

    def __init__(self) -> None:
        self.inventory: Inventory | None = None
        self._frame: Frame | None = None
        self._sites: _Ledger[SiteId, Site] = _Ledger()
        self._links: _Ledger[LinkId, Link] = _Ledger()
        self._paths: _Ledger[PathKey, PathSpec] = _Ledger()
        self._contacts: _Ledger[ContactId, Contact] = _Ledger()
        self._rosters: _Ledger[RosterId, Roster] = _Ledger()
        self._events: _Ledger[EventId, Event] = _Ledger()
        self._keys: _Ledger[KeyId, Secret] = _Ledger()

    def begin(self) -> None:
        """Start over with the parts of a new inventory."""
        for ledger in self._ledgers():
            ledger.begin()

    def add(self, segment: str, parts: Iterable[Part]) -> None:
        """Take some objects of a segment, in its order."""
        for part in parts:
            match part:
                case Site():
                    self._sites.add(segment, part.id, part)
                case Link():
                    self._links.add(segment, part.id, part)
                case PathSpec():
                    self._paths.add(segment, part.key, part)
                case Contact():
                    self._contacts.add(segment, part.id, part)
                case Roster():
                    self._rosters.add(segment, part.id, part)
                case Event():
                    self._events.add(segment, part.id, part)
                case NamedKey(name, secret):
                    self._keys.add(segment, name, secret)

    def finish(
        self, frame: Frame, names: tuple[str, ...], sent: frozenset[str]
    ) -> Iterator[tuple[Inventory, Change] | None]:
        """Put the inventory together; yields None between slices, and the result last.

        `names` are all segments in order, `sent` those that were added since `begin`; the others stay.
        Nothing is in force before the last slice, so an assembly may be given up at any time.
        """
        for ledger in self._ledgers():
            ledger.merge(names, sent)
            yield None
            ledger.compare()
            yield None
        change = Change(
            self._sites.commit(),
            self._links.commit(),
            self._paths.commit(),
            self._contacts.commit(),
            self._rosters.commit(),
            self._events.commit(),
            self._keys.commit(),
            frame=frame != self._frame,
        )
        content = Content(
            sites=self._sites.current,
            links=self._links.current,
            paths=tuple(self._paths.current.values()),
            contacts=self._contacts.current,
            rosters=self._rosters.current,
            events=self._events.current,
            keys=self._keys.current,
        )
        self.inventory, self._frame = frame.fill(content), frame
        yield self.inventory, change

    def _ledgers(self) -> tuple[_Ledger[Any, Any], ...]:
        people = (self._contacts, self._rosters, self._events)
        return (self._sites, self._links, self._paths, *people, self._keys)
