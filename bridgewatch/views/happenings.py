"""What changed lately and why, as people are told it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import IntEnum, StrEnum, unique
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from bridgewatch.model.words import EgressState, Language, LinkState, Reason, SiteState
from bridgewatch.views.fields import ReasonField

_TOGETHER_NS: Final = 1_000_000_000


@unique
class Subject(StrEnum):
    """What kind of thing changed."""

    LINK = "link"
    SITE = "site"
    EGRESS = "egress"


_STATES: Final[dict[Subject, type[IntEnum]]] = {
    Subject.LINK: LinkState,
    Subject.SITE: SiteState,
    Subject.EGRESS: EgressState,
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One change of state. `old` and `new` are names of states of that kind of subject, in lower case.

    `name` is what people call it (a site's name), '' where the id says it all; `evidence` the facts in
    English, for logs too, and `evidence_vi` the same in Vietnamese.
    """

    wall_ns: int
    kind: Subject
    id: str
    name: str
    old: str
    new: str
    reason: ReasonField
    evidence: str = ""
    evidence_vi: str = ""

    def facts(self, language: Language) -> str:
        """The evidence in a language."""
        return self.evidence_vi if language is Language.VI else self.evidence

    @property
    def state(self) -> LinkState | SiteState | EgressState:
        """The new state."""
        state = _STATES[self.kind][self.new.upper()]
        if not isinstance(state, LinkState | SiteState | EgressState):
            raise TypeError(f"no state of a {self.kind}: {self.new}")
        return state


def happening(
    wall_ns: int,
    subject: str,
    old: LinkState | SiteState | EgressState,
    new: LinkState | SiteState | EgressState,
    reason: Reason,
    *,
    name: str = "",
    evidence: str = "",
    evidence_vi: str = "",
) -> Happening:
    """A happening from states; their type says what kind of thing changed."""
    kind = next(kind for kind, states in _STATES.items() if isinstance(new, states))
    return Happening(
        wall_ns, kind, subject, name, old.name.lower(), new.name.lower(), reason, evidence, evidence_vi
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Happenings of one kind, state and reason within a second: what one fault did to many, told at once."""

    members: tuple[Happening, ...]

    @property
    def first(self) -> Happening:
        """The one that stands for all."""
        return self.members[0]


def grouped(happenings: Iterable[Happening]) -> list[Group]:
    """Happenings, oldest first, as groups in the order of their first members."""
    groups: list[list[Happening]] = []
    open_groups: dict[tuple[Subject, str, Reason], list[Happening]] = {}
    for one in happenings:
        key = (one.kind, one.new, one.reason)
        group = open_groups.get(key)
        if group is not None and 0 <= one.wall_ns - group[0].wall_ns <= _TOGETHER_NS:
            group.append(one)
        else:
            open_groups[key] = [one]
            groups.append(open_groups[key])
    return [Group(tuple(group)) for group in groups]


def to_json(happenings: tuple[Happening, ...]) -> list[dict[str, Any]]:
    """As JSON values, in the same order."""
    return [asdict(one) | {"kind": one.kind.value, "reason": one.reason.name.lower()} for one in happenings]


def from_json(values: object) -> tuple[Happening, ...]:
    """Back from what `to_json` made. Raises ValueError for anything else."""
    try:
        found = _CODEC.validate_python(values)
        for one in found:
            _ = one.state
    except (ValidationError, KeyError) as error:
        raise ValueError(f"not a list of happenings: {error}") from None
    return found


_CODEC: Final = TypeAdapter(tuple[Happening, ...])
