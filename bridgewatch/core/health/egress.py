"""The state of each way out of this vantage, judged by its own references.

* dark: every reference is silent (three probes unanswered, or nothing but local errors), and nothing else on
  the egress answers either. References that are dead while links answer are a note, not a finding; so are
  those that refuse: the way to them is alive.
* impaired: at least half of the answering references are judged WARN or worse. They stand in our own
  building, so what they lose, we lose.

A dark egress takes all its links with it, and ends with the first answer to a probe sent since.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bridgewatch.core.health.changes import EgressTransition
from bridgewatch.core.health.columns import all_of, any_of, first_of
from bridgewatch.core.health.excuse import AFTERMATH_NS, LOOK_BACK_NS, Uplink
from bridgewatch.core.health.layout import Layout
from bridgewatch.core.health.silence import NEVER, SUSPECT_AFTER, Silence
from bridgewatch.core.health.witness import Witness
from bridgewatch.model.observations import NO_TIME, Flag, Int8, Int32, Int64
from bridgewatch.model.words import EgressState, Reason, Severity

DARK_AFTER: Final = 3  # probes unanswered past their grace, on every reference
SIGHT_LOST_NS: Final = 2_000_000_000  # after this long without any answer, older ones prove nothing


@dataclass(slots=True)
class EgressColumns:
    """One row per egress in inventory order [E+1]; the last is nobody's."""

    state: Int8
    reason: Int8
    since_ns: Int64
    excuse_from_ns: Int64
    excuse_until_ns: Int64

    @classmethod
    def fresh(cls, egresses: int) -> "EgressColumns":
        """Columns of egresses of which nothing is known."""

        def instant() -> Int64:
            return np.full(egresses + 1, NO_TIME, dtype=np.int64)

        unknown = np.full(egresses + 1, EgressState.UNKNOWN, dtype=np.uint8)
        unprobed = np.full(egresses + 1, Reason.NOT_YET_PROBED, dtype=np.uint8)
        return cls(unknown, unprobed, instant(), instant(), instant())


@dataclass(frozen=True, slots=True)
class _Panel:
    """The references of every egress, [E+1, k] flags."""

    probed: Flag
    missing: Flag
    silent: Flag
    failing: Flag
    answering: Flag
    refusing: Flag
    poor: Flag


class Egresses:
    """Judges every egress when one of its references, or its darkness, gives a reason to."""

    def __init__(self, columns: EgressColumns, layout: Layout, silence: Silence, witness: Witness) -> None:
        self.columns = columns
        self.restless = True  # something is not as it should be: look again each tick
        self._layout = layout
        self._silence = silence
        self._witness = witness

    def uplink(self) -> Uplink:
        """What the links must know of their egress."""
        c = self.columns
        references = self._layout.references_of
        return Uplink(
            dark=c.state == EgressState.DARK,
            reason=c.reason,
            excuse_from_ns=c.excuse_from_ns,
            excuse_until_ns=c.excuse_until_ns,
            reference_lost_ns=self._silence.columns.lost_ns[references].max(axis=1),
        )

    def dark_since_ns(self) -> Int64:
        """Since when each egress is dark, NO_TIME where it is not, [E+1]."""
        return np.where(self.columns.state == EgressState.DARK, self.columns.since_ns, NO_TIME)

    def decide(self, now: int) -> tuple[list[EgressTransition], Int32]:
        """Judge all egresses. Returns what changed, and the egresses whose links must be looked at again."""
        c = self.columns
        panel = self._panel(now)
        state, reason = self._judge(now, panel)
        moved = np.flatnonzero((state != c.state) | (reason != c.reason)).astype(np.int32)
        changes = [self._change(now, index, state, reason) for index in moved.tolist()]
        turned = moved[state[moved] != c.state[moved]]
        self._excuse(now, turned, state)
        c.state, c.reason = state, reason
        c.since_ns[turned] = now
        self.restless = bool((panel.silent | panel.failing).any() or (state == EgressState.DARK).any())
        self.restless |= bool(self._suspicious(panel).any())
        self.restless |= bool(
            (self._silence.columns.error_since_ns[self._layout.references_of] != NO_TIME).any()
        )
        return changes, turned

    def asks(self, now: int, lonely: Int32) -> Int32:
        """Rows of references to probe faster: an egress looks dark, or a silent link there has no witness.

        `lonely` lists the egresses of such links (repeats allowed).
        """
        c = self.columns
        asking = (c.state == EgressState.DARK) | self._suspicious(self._panel(now))
        asking[lonely] = True
        asking[-1] = False
        rows = self._layout.references_of[asking].ravel()
        wanted: Int32 = rows[rows < self._layout.rows]
        return wanted

    def _suspicious(self, panel: _Panel) -> Flag:
        missing = panel.missing | panel.failing
        flags: Flag = any_of(panel.probed) & all_of(missing | ~panel.probed)
        return flags

    def _panel(self, now: int) -> _Panel:
        rows = self._layout.references_of
        paths = self._silence.columns
        failing = self._silence.erring(now, rows)
        probed = paths.probed[rows] | failing
        unanswered = self._silence.unanswered(now, rows)
        answering = paths.probed[rows] & (unanswered < SUSPECT_AFTER) & ~failing
        return _Panel(
            probed=probed,
            missing=unanswered > 0,
            silent=unanswered >= DARK_AFTER,
            failing=failing,
            answering=answering,
            refusing=answering & (paths.refusals[rows] > 0),
            poor=answering & (paths.severity[rows] >= Severity.WARN),
        )

    def _judge(self, now: int, panel: _Panel) -> tuple[Int8, Int8]:
        known = any_of(panel.probed)
        dark = self._dark(now, panel, known)
        poor = panel.poor.sum(axis=1)
        impaired = ~dark & (poor > 0) & (2 * poor >= panel.answering.sum(axis=1))
        failing, silent = any_of(panel.failing), any_of(panel.silent)
        state = first_of(
            (~known, EgressState.UNKNOWN),
            (dark, EgressState.DARK),
            (impaired, EgressState.IMPAIRED),
            otherwise=EgressState.OK,
        )
        reason = first_of(
            (~known, Reason.NOT_YET_PROBED),
            (dark & failing, Reason.LOCAL_ERROR),
            (dark, Reason.NO_WITNESS),
            (impaired, self._worst_reason(panel.poor)),
            (failing, Reason.LOCAL_ERROR),
            (silent, Reason.SILENT),
            (any_of(panel.refusing), Reason.TARGET_REFUSES),
            otherwise=Reason.ANSWERED,
        )
        return state, reason

    def _dark(self, now: int, panel: _Panel, known: Flag) -> Flag:
        c, paths, rows = self.columns, self._silence.columns, self._layout.references_of
        silent = known & all_of(panel.silent | panel.failing | ~panel.probed)
        began_ns = np.where(panel.failing, paths.error_since_ns[rows], paths.suspected_ns[rows])
        latest_ns = self._witness.of_egresses()
        was_dark = c.state == EgressState.DARK
        # While dark, only an answer to a probe sent since is light; before, one to a probe sent since the
        # last reference fell silent, and not long ago.
        horizon_ns = np.where(was_dark, c.since_ns, np.maximum(began_ns.max(axis=1), now - SIGHT_LOST_NS))
        flags: Flag = np.where(was_dark, latest_ns <= horizon_ns, silent & (latest_ns <= horizon_ns))
        return flags

    def _worst_reason(self, poor: Flag) -> Int8:
        """The reason of each egress's worst reference."""
        paths, rows = self._silence.columns, self._layout.references_of
        worst = np.where(poor, paths.severity[rows], 0).argmax(axis=1)
        row = np.take_along_axis(rows, worst[:, None], axis=1)[:, 0]
        return paths.severity_reason[row]

    def _change(self, now: int, index: int, state: Int8, reason: Int8) -> EgressTransition:
        return EgressTransition(
            egress=self._layout.egresses[index],
            at_ns=now,
            old=EgressState(int(self.columns.state[index])),
            new=EgressState(int(state[index])),
            reason=Reason(int(reason[index])),
        )

    def _excuse(self, now: int, turned: Int32, state: Int8) -> None:
        """Open the excuse of egresses that turn bad, and let it end some time after they turn good."""
        c = self.columns
        bad = state[turned] >= EgressState.IMPAIRED
        opens = turned[bad & (c.excuse_until_ns[turned] <= now)]
        c.excuse_from_ns[opens] = now - LOOK_BACK_NS
        c.excuse_until_ns[turned[bad]] = NEVER
        closes = turned[~bad & (c.excuse_until_ns[turned] == NEVER)]
        c.excuse_until_ns[closes] = now + AFTERMATH_NS
