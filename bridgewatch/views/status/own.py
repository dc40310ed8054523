"""What the daemon tells of itself in the report: its probing, egresses, watchdogs and configuration."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bridgewatch.model.heartbeats import Answered, Heard
from bridgewatch.model.mistakes import ConfigError, Placed
from bridgewatch.model.snapshot import ConfigStats, SelfStats, Snapshot
from bridgewatch.model.words import Language
from bridgewatch.texts.phrases.tell import tell_phrase
from bridgewatch.views.fields import EgressStateField
from bridgewatch.views.status.tables import Tables

MOST_ERRORS: Final = 20
_NS: Final = 1e-9


@dataclass(frozen=True, slots=True)
class EgressLine:
    """A way out of the vantage."""

    id: str
    state: EgressStateField


@dataclass(frozen=True, slots=True)
class WatchdogLine:
    """A watchdog that is sent heartbeats. `accepted_wall_ns` None: it has accepted none since the start."""

    url: str
    accepts: bool
    why: str
    accepted_wall_ns: int | None


@dataclass(frozen=True, slots=True)
class SelfLine:
    """The daemon of itself. Seconds; `probes_per_second` is what it keeps to at its present slowdown."""

    engine: str
    uptime: float
    paths: int
    probes_per_second: float
    in_flight: int
    lateness_p99: float
    lateness_max: float
    overflows: int
    slowdown: float
    clock_steps: int


@dataclass(frozen=True, slots=True)
class MistakeLine(Placed):
    """A mistake in the configuration; `text` says it in every language."""

    text: Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class ConfigLine:
    """The configuration in force; not `ok` when a later one failed to load, for these `errors`."""

    ok: bool
    loaded_wall_ns: int
    errors: tuple[MistakeLine, ...]
    more_errors: int


def self_line(snapshot: Snapshot, tables: Tables) -> SelfLine:
    """How the daemon itself is doing."""
    own: SelfStats = snapshot.self_stats
    return SelfLine(
        engine=own.engine,
        uptime=max(0.0, (snapshot.wall_ns - own.started_wall_ns) * _NS),
        paths=own.paths,
        probes_per_second=tables.probes_per_second / max(own.slowdown, 1.0),
        in_flight=own.in_flight,
        lateness_p99=_or_zero(own.send_lateness_p99),
        lateness_max=_or_zero(own.send_lateness_max),
        overflows=own.receive_overflows,
        slowdown=own.slowdown,
        clock_steps=own.clock_steps,
    )


def _or_zero(seconds: float) -> float:
    return 0.0 if math.isnan(seconds) else seconds


def watchdog_line(heard: Heard) -> WatchdogLine:
    """What a watchdog says. Before the first answer it counts as accepting: nothing says that it does not."""
    return WatchdogLine(
        url=heard.url,
        accepts=heard.answered in {None, Answered.ACCEPTED},
        why=heard.why,
        accepted_wall_ns=heard.accepted_ns,
    )


def config_line(config: ConfigStats) -> ConfigLine:
    """The configuration in force."""
    return ConfigLine(
        ok=config.ok,
        loaded_wall_ns=config.loaded_wall_ns,
        errors=tuple(map(_mistake, config.errors[:MOST_ERRORS])),
        more_errors=max(0, len(config.errors) - MOST_ERRORS),
    )


def _mistake(error: ConfigError) -> MistakeLine:
    text = {language: tell_phrase(error.text, language) for language in Language}
    return MistakeLine(error.file, error.line, error.column, error.key, text)
