"""The objects of IF-MIB (RFC 2863) that tell what goes over an interface: what to ask, how to read it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridgewatch.core.bandwidth.counters import Reading
from bridgewatch.model.bandwidth import InterfaceBy
from bridgewatch.model.ids import LinkId
from bridgewatch.model.snmp import Value, Varbind

UPTIME: Final = "1.3.6.1.2.1.1.3.0"
_TABLE: Final = "1.3.6.1.2.1.2.2.1"
_EXTENDED: Final = "1.3.6.1.2.1.31.1.1.1"
DESCRIPTION: Final = f"{_TABLE}.2"
NAME: Final = f"{_EXTENDED}.1"
ALIAS: Final = f"{_EXTENDED}.18"

COLUMNS: Final = {
    InterfaceBy.NAME: (NAME, DESCRIPTION),
    InterfaceBy.ALIAS: (ALIAS,),
    InterfaceBy.INDEX: (),
}
"""Where the name of an interface is looked for, the first first."""

_SPEED: Final = f"{_TABLE}.5"
_HIGH_SPEED: Final = f"{_EXTENDED}.15"
_STATE: Final = {
    "admin_status": f"{_TABLE}.7",
    "oper_status": f"{_TABLE}.8",
    "in_errors": f"{_TABLE}.14",
    "out_errors": f"{_TABLE}.20",
    "in_discards": f"{_TABLE}.13",
    "out_discards": f"{_TABLE}.19",
    "discontinuity": f"{_EXTENDED}.19",
}
_WIDE: Final = {"octets_in": f"{_EXTENDED}.6", "octets_out": f"{_EXTENDED}.10"}
_NARROW: Final = {"octets_in": f"{_TABLE}.10", "octets_out": f"{_TABLE}.16"}
_MEGA: Final = 1_000_000
_WORD: Final = 1 << 32
_LONG: Final = 1 << 64
_LARGEST_INDEX: Final = (1 << 31) - 1
_FULL_GAUGE: Final = _WORD - 1  # ifSpeed of what is faster than it can say


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface whose counters are a link's. `facing_site` as in `Snmp`."""

    link: LinkId
    name: str
    by: InterfaceBy = InterfaceBy.NAME
    facing_site: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where an agent has an interface now.

    `column` bound to `text` at `index` says that it is still the same one; "" where nothing says so.
    `wide`: its octets are counted in 64 bits.
    """

    index: int
    column: str = ""
    text: bytes = b""
    wide: bool = True

    def oids(self) -> tuple[str, ...]:
        """Everything to be asked of it, in one order."""
        verified = (self.column,) if self.column else ()
        return tuple(f"{column}.{self.index}" for column in (*verified, *self._objects().values()))

    def is_same(self, values: Mapping[str, Value]) -> bool:
        """Whether the answer is about the interface that was found here."""
        return not self.column or values.get(f"{self.column}.{self.index}") == self.text

    def reading(self, values: Mapping[str, Value], asked_ns: int, at_ns: int) -> Reading:
        """What the answer says of it. What no such object can be is left out."""
        found = {
            name: _whole(values.get(f"{column}.{self.index}"), _LONG)
            for name, column in self._objects().items()
        }
        rate = found.pop("port_rate")
        if rate is not None and self.wide:
            rate *= _MEGA
        if rate == 0 or (rate == _FULL_GAUGE and not self.wide):
            rate = None
        return Reading(
            asked_ns,
            at_ns,
            self.index,
            uptime=_whole(values.get(UPTIME), _WORD),
            octets_in=_whole(found.pop("octets_in"), _LONG if self.wide else _WORD),
            octets_out=_whole(found.pop("octets_out"), _LONG if self.wide else _WORD),
            wide=self.wide,
            port_rate=rate,
            **{name: _whole(value, _WORD) for name, value in found.items()},
        )

    def _objects(self) -> Mapping[str, str]:
        return _OBJECTS[self.wide]


_OBJECTS: Final = {
    True: {**_WIDE, "port_rate": _HIGH_SPEED, **_STATE},
    False: {**_NARROW, "port_rate": _SPEED, **_STATE},
}


def indexed(interface: Interface) -> Place | None:
    """The place that the operator wrote down; None for a name, which is to be looked for."""
    if interface.by is not InterfaceBy.INDEX:
        return None
    return Place(int(interface.name)) if interface.name.isdecimal() else None


def rows_of(column: str, varbinds: Sequence[Varbind]) -> Iterator[tuple[int, bytes]]:
    """The rows of `column` at the beginning of what a walk brought: index and text."""
    for oid, value in varbinds:
        start, _, last = oid.rpartition(".")
        if start != column or not isinstance(value, bytes):
            return
        if last.isdecimal() and 0 < int(last) <= _LARGEST_INDEX:
            yield int(last), value


def look_up(interface: Interface, column: str, rows: Mapping[int, bytes]) -> Sequence[Place]:
    """The interfaces that have the port's name in `column`. More than one: nobody can tell which is meant.

    An alias may say more than the circuit's number: it is enough that the number is one of its words.
    """
    wanted = interface.name.strip()
    texts = {index: text.decode("utf-8", "replace").strip() for index, text in rows.items()}
    found = [index for index, text in texts.items() if text == wanted]
    if not found and interface.by is InterfaceBy.ALIAS:
        found = [index for index, text in texts.items() if wanted in text.split()]
    return [Place(index, column, rows[index]) for index in found]


def _whole(value: Value, limit: int) -> int | None:
    return value if isinstance(value, int) and 0 <= value < limit else None
