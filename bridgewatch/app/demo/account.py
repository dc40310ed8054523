"""Holds what bridgewatch said against what was done to the lines: found, how fast, over again, or false."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from bridgewatch.app.demo.script import Act, Script
from bridgewatch.model.words import EgressState, LinkState, SiteState
from bridgewatch.views.happenings import Happening, Subject

_ALARMS: Final = frozenset(
    {
        *(LinkState.DOWN, LinkState.DEGRADED, LinkState.FLAPPING, LinkState.BLIND),
        LinkState.UNKNOWN,  # from a state that was known
    }
)
_SITE_ALARMS: Final = frozenset({SiteState.DARK, SiteState.IMPAIRED, SiteState.REDUCED})
_EGRESS_ALARMS: Final = frozenset({EgressState.DARK, EgressState.IMPAIRED})


@dataclass(slots=True)
class Finding:
    """What became of one act: by link, seconds from its beginning to the verdict, from its end to `up`."""

    act: Act
    found: dict[str, float] = field(default_factory=dict)
    over: dict[str, float] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Every link got the right verdict."""
        return len(self.found) == len(self.act.links)

    @property
    def cleared(self) -> bool:
        """Every link is up again."""
        return len(self.over) == len(self.act.links)


class Account:
    """Follows one performance of `script` that began at `start_wall_ns`."""

    def __init__(self, script: Script, start_wall_ns: int) -> None:
        self._start_wall_ns = start_wall_ns
        self._duration = script.duration
        self.findings: Final = [Finding(act) for act in script.acts]
        self.false_alarms: Final[list[Happening]] = []

    def hear(self, happenings: Iterable[Happening]) -> None:
        """Take in changes, each once, in their order."""
        for one in happenings:
            at = (one.wall_ns - self._start_wall_ns) / 1e9
            if not self._explained(one, at):
                self.false_alarms.append(one)

    def _explained(self, one: Happening, at: float) -> bool:
        if one.kind is Subject.EGRESS:
            return one.state not in _EGRESS_ALARMS
        if one.kind is Subject.SITE:
            hurt = (link.rpartition("/")[0] for finding in self._under_way(at) for link in finding.act.links)
            return one.state not in _SITE_ALARMS or one.id in set(hurt)
        finding = next((finding for finding in self._under_way(at) if one.id in finding.act.links), None)
        if one.state is LinkState.UP and finding is not None:
            self._note_up(finding, one.id, at)
        if one.state not in _ALARMS:
            return True
        if finding is None or one.id in finding.over:
            return False
        return self._note_verdict(finding, one, at)

    def _under_way(self, at: float) -> list[Finding]:
        """Acts that have begun and may still show."""
        return [
            finding
            for finding in self.findings
            if finding.act.start <= at <= finding.act.end + finding.act.clears
        ]

    def _note_verdict(self, finding: Finding, one: Happening, at: float) -> bool:
        act = finding.act
        right = one.state is act.verdict and one.reason in act.reasons
        if right:
            finding.found.setdefault(one.id, at - act.start)
        return right

    def _note_up(self, finding: Finding, link: str, at: float) -> None:
        if link in finding.found and at >= finding.act.end:
            finding.over.setdefault(link, at - finding.act.end)

    def failures(self) -> list[str]:
        """What bridgewatch owes, in words; nothing when it did all it should."""
        owed = [f"not found: {f.act.key}" for f in self.findings if not f.complete]
        owed += [
            f"found but never over: {f.act.key}"
            for f in self.findings
            if f.complete and not f.cleared and f.act.end + f.act.clears <= self._duration
        ]
        return owed + [f"false alarm: {one.id} {one.new}" for one in self.false_alarms]
