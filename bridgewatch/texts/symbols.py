"""One character per state or phase, told apart by shape alone: by people who see no colours, and on paper."""

from enum import IntEnum
from typing import Final, NamedTuple

from bridgewatch.model.desk import Stage
from bridgewatch.model.paging import Phase
from bridgewatch.model.words import EgressState, LinkState, SiteState


class _Symbol(NamedTuple):
    shape: str
    plain: str  # for terminals that know only ASCII


State = LinkState | SiteState | EgressState

_UNKNOWN: Final = _Symbol("○", ".")
_GOOD: Final = _Symbol("●", "o")
_POOR: Final = _Symbol("◐", "%")
_GONE: Final = _Symbol("✖", "X")

_SYMBOLS: Final[dict[type[IntEnum], dict[int, _Symbol]]] = {
    LinkState: {
        LinkState.UNKNOWN: _UNKNOWN,
        LinkState.UP: _GOOD,
        LinkState.DEGRADED: _POOR,
        LinkState.SUSPECT: _Symbol("?", "?"),
        LinkState.DOWN: _GONE,
        LinkState.FLAPPING: _Symbol("≈", "~"),
        LinkState.BLIND: _Symbol("▒", "#"),
        LinkState.PAUSED: _Symbol("‖", "="),
    },
    SiteState: {
        SiteState.UNKNOWN: _UNKNOWN,
        SiteState.OK: _GOOD,
        SiteState.REDUCED: _Symbol("◕", "-"),
        SiteState.IMPAIRED: _POOR,
        SiteState.DARK: _GONE,
    },
    EgressState: {
        EgressState.UNKNOWN: _UNKNOWN,
        EgressState.OK: _GOOD,
        EgressState.IMPAIRED: _POOR,
        EgressState.DARK: _GONE,
    },
    Phase: {
        Phase.NONE: _Symbol(" ", " "),
        Phase.DRAFT: _Symbol("┄", "-"),
        Phase.PLANNED: _Symbol("·", "."),
        Phase.WAVE: _Symbol("≈", "~"),
        Phase.FREEZE: _Symbol("═", "="),
        Phase.CHECK: _Symbol("✔", "+"),
        Phase.LIVE: _Symbol("█", "#"),
        Phase.REPORT: _Symbol("▁", "_"),
    },
}

_STAGES: Final[dict[Stage, _Symbol]] = {
    Stage.HELD: _Symbol("…", "~"),
    Stage.CALLING: _GONE,
    Stage.TAKEN: _Symbol("◆", "*"),  # not that of what is up: the site may still be dark
    Stage.MUTED: _Symbol("‖", "="),
    Stage.FOLDED: _Symbol("↪", ">"),
    Stage.OVER: _Symbol("✔", "+"),
}


def stage_symbol(stage: Stage, *, plain: bool = False) -> str:
    """One character for how far an incident has come; `plain` keeps to ASCII."""
    return _STAGES[stage].plain if plain else _STAGES[stage].shape


def symbol(state: State | Phase, *, plain: bool = False) -> str:
    """One character, one column wide; `plain` keeps to ASCII."""
    found = _SYMBOLS[type(state)][state]
    return found.plain if plain else found.shape
