"""When an incident is opened: when its hold is over, and nothing that may explain it is in doubt."""

from typing import Final

from bridgewatch.core.incidents.holds import Due
from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.incidents.view import View
from bridgewatch.model.ids import IncidentId, LinkId
from bridgewatch.model.log import Opened
from bridgewatch.model.paging import FaultKind, Why

ROOT_WAIT_NS: Final = 10_000_000_000  # a suspicion is decided long before
ROOT_WAIT_HOLD: Final = 2.0  # seconds; whoever wants pages sooner does not want to wait for a root either
_NEVER: Final = 2**63 - 1


class Opening:
    """Opens incidents. `waiting` are those whose hold is over and who wait for health to make up its mind.

    A child that is probed at ten a second is down 1.2 s after a cut. Its root, probed once a second, is a
    suspect after 2.2 s and is judged within another two: a hold of two seconds from the child's verdict ends
    when the root is suspect already, and the suspicion is waited for.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self.waiting: dict[IncidentId, Incident] = {}
        self._served: set[IncidentId] = set()
        self._due_ns: dict[IncidentId, int] = {}

    def served(self, incident: Incident) -> None:
        """It was held together with what explained it until now."""
        self._served.add(incident.id)

    def forget(self, incident: Incident) -> None:
        """Nothing of it is broken any more."""
        self.waiting.pop(incident.id, None)
        self._served.discard(incident.id)
        self._due_ns.pop(incident.id, None)

    def open(self, incident: Incident, now_ns: int, *, ruled: bool) -> int | None:
        """Open it if it is due; else when to look again. `ruled`: other rulings have just come into force."""
        if incident.opened is not None:
            self.forget(incident)
            return None
        due = self._view.holds.due(incident)
        if due is None:
            self._due_ns[incident.id] = _NEVER
            return None
        served = incident.id in self._served
        if due.at_ns > now_ns and not served:
            self.waiting.pop(incident.id, None)
            self._due_ns[incident.id] = due.at_ns
            return due.at_ns
        until_ns = self._waits_until(incident, due)
        if until_ns > now_ns:
            self.waiting[incident.id] = incident
            return None if until_ns == _NEVER else until_ns
        why = due.why
        if ruled and self._due_ns.get(incident.id, now_ns) > now_ns:
            why = Why.HOLD_SHORTENED
        self.forget(incident)
        entry = Opened(
            at_ns=now_ns,
            incident=incident.id,
            phase=due.ruling.phase,
            policy=due.ruling.policy,
            hold=due.hold,
            why=Why.STAYED_DOWN if served else why,
            event=due.ruling.event,
        )
        self._view.writer.put(incident, entry)
        return None

    def _waits_until(self, incident: Incident, due: Due) -> int:
        """Up to when it waits at most, however long it has been due; the past if it need not."""
        if incident.kind is FaultKind.QUALITY and all(map(self._view.sight.hidden, incident.links)):
            return _NEVER
        if due.hold < ROOT_WAIT_HOLD:
            return 0
        return due.at_ns + ROOT_WAIT_NS if any(map(self._in_doubt, self._nearest(incident))) else 0

    def _nearest(self, incident: Incident) -> set[LinkId]:
        """The links that its own links run via."""
        via = self._view.topology.via
        own = (link for link, member in incident.links.items() if member.why is not Why.BEHIND_ROOT)
        return {via[link] for link in own if link in via}

    def _in_doubt(self, root: LinkId) -> bool:
        sight = self._view.sight
        return sight.suspect(root) or any(map(sight.suspect, self._view.topology.roots(root)))
