"""Gathers what becomes known during a tick into one batch, in the order it happened."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from bridgewatch.core.probing.flight import Flight
from bridgewatch.model.observations import NO_TIME, Flag, Int8, Int32, Int64, Observations, Word
from bridgewatch.model.words import Outcome

_NO_ROWS32: Int32 = np.zeros(0, np.int32)
_NO_ROWS64: Int64 = np.zeros(0, np.int64)
_NO_ROWS8: Int8 = np.zeros(0, np.uint8)
_Part = tuple[Int32, Int64, Int8, Int64, Int64, Int64, Int64, Int64]
_NOTHING: _Part = (_NO_ROWS32, _NO_ROWS64, _NO_ROWS8, *([_NO_ROWS64] * 5))  # type: ignore[assignment]
_Errors = tuple[Int32, Int64, Word, Flag, Flag]
_ERROR_COLUMNS: Final = ("error_path", "error_sent_ns", "error_source", "error_refusal", "error_proven")


@dataclass(slots=True)
class Outcomes:
    """Parts in order; a tick usually has one, and then nothing is copied."""

    _parts: list[_Part] = field(default_factory=list)
    _errors: list[_Errors] = field(default_factory=list)
    _duplicates: list[Int32] = field(default_factory=list)
    _reordered: list[Int32] = field(default_factory=list)

    def answers(
        self,
        path: Int32,
        seq: Int64,
        outcome: Int8,
        sent_ns: Int64,
        rtt_ns: Int64,
        forward_ns: Int64,
        backward_ns: Int64,
        reflected: Int64,
    ) -> None:
        """Add answered probes."""
        self._parts.append((path, seq, outcome, sent_ns, rtt_ns, forward_ns, backward_ns, reflected))

    def add(self, flight: Flight, at: Int64, outcome: Outcome) -> None:
        """Add unanswered probes of the flight, all of one outcome."""
        if len(at):
            self.unanswered(flight.path(at), flight.seq(at), flight.sent_ns(at), outcome)

    def unanswered(self, path: Int32, seq: Int64, sent_ns: Int64, outcome: Outcome) -> None:
        """Add unanswered probes, all of one outcome."""
        n = len(path)
        nothing, fate = np.full(n, NO_TIME), np.full(n, outcome, np.uint8)
        self._parts.append((path, seq, fate, sent_ns, nothing, nothing, nothing, np.full(n, -1)))

    def errors(self, path: Int32, sent_ns: Int64, source: Word, refusal: Flag, proven: Flag) -> None:
        """Add what ICMP errors told of probes."""
        if len(path):
            self._errors.append((path, sent_ns, source, refusal, proven))

    def duplicate(self, path: Int32) -> None:
        """Add paths of which a probe was answered again."""
        self._duplicates.append(path)

    def reordered(self, path: Int32) -> None:
        """Add paths of which an answer was overtaken."""
        if len(path):
            self._reordered.append(path)

    def take(self, quiet_path: Int32, quiet_count: Int32, quiet_since_ns: Int64) -> Observations:
        """Everything since the last call, with the silences."""
        parts = self._parts
        if not parts:
            columns = _NOTHING
        elif len(parts) == 1:
            columns = parts[0]
        else:
            columns = tuple(np.concatenate(column) for column in zip(*parts, strict=True))  # type: ignore[assignment]
        errors: dict[str, Any] = {}
        if self._errors:
            told = zip(_ERROR_COLUMNS, zip(*self._errors, strict=True), strict=True)
            errors = {name: np.concatenate(column) for name, column in told}
        taken = Observations(
            *columns,
            quiet_path=quiet_path,
            quiet_count=quiet_count,
            quiet_since_ns=quiet_since_ns,
            duplicates=_joined(self._duplicates),
            reordered=_joined(self._reordered),
            **errors,
        )
        self._parts, self._errors, self._duplicates, self._reordered = [], [], [], []
        return taken


def _joined(parts: list[Int32]) -> Int32:
    return np.concatenate(parts) if parts else _NO_ROWS32
