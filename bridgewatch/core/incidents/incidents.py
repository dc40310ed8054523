"""The incidents room's one door: what health says goes in, what became of each fault comes out.

Everything that is decided is written as an entry and applied at once; a restart replays the entries and goes
on where it was. What is kept beside them is what can be found out again: what health says now, and when to
look next. After a restart health knows nothing of a link until it has seen it; nothing recovers and nothing
opens by that.

Instants are wall-clock nanoseconds. Of what goes in only `Changes` are monotonic.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from bridgewatch.core import portion
from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.deadlines import Deadlines
from bridgewatch.core.health.changes import Changes
from bridgewatch.core.incidents.hearing import Hearing
from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.incidents.intake import Intake
from bridgewatch.core.incidents.opening import Opening
from bridgewatch.core.incidents.orphans import ALONE_AFTER_NS, orphans
from bridgewatch.core.incidents.view import View
from bridgewatch.core.incidents.weighing import Weighing
from bridgewatch.core.incidents.writer import About
from bridgewatch.model.ids import CarrierId, IncidentId, LinkId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import AnyEntry, BandwidthTold, ClockStepped, InterfaceTold, Weighed
from bridgewatch.model.paging import OF_BANDWIDTH, Audience, FaultKind, Urgency, Why

SETTLE_NS: Final = 600_000_000_000  # what breaks again within this is the same fault
SETTLE_IN_NS: Final = 10_000_000_000  # after a start health has spoken by then of every link that it can see


class Incidents:
    """All incidents: which link is in which, what each does to meetings, which are worth a page."""

    def __init__(self, inventory: Inventory, agenda: Agenda, now_ns: int) -> None:
        self._view = View.of(inventory, agenda, now_ns)
        self._intake = Intake(self._view)
        self._hearing = Hearing(self._intake, self._view.writer)
        self._weighing = Weighing(self._view)
        self._opening = Opening(self._view)
        self._deadlines = Deadlines()
        self._lonely: dict[IncidentId, int] = {}  # when to look for what stayed down
        self._settles_in_ns = now_ns
        self._awake = False  # since the replay
        self._ruled = False  # other rulings came into force
        self.unfinished = False
        """Whether more than a portion was to be done: `advance` goes on with it."""

    @property
    def open(self) -> Mapping[IncidentId, Incident]:
        """Those that are neither closed nor folded, held and settling ones too."""
        return self._view.ledger.open

    def get(self, incident: IncidentId) -> Incident | None:
        """An incident that is not over, or one of the latest that are."""
        return self._view.ledger.get(incident)

    @property
    def resolved(self) -> list[Incident]:
        """The latest that persons closed, the last one first; what they are about may be broken still."""
        ledger = self._view.ledger
        return [ledger.closed[name] for name in reversed(ledger.resolved) if name in ledger.closed]

    def about(self, kind: FaultKind, subject: str) -> Incident | None:
        """The one that is about this and neither closed nor folded."""
        return self._view.ledger.of_key.get((kind, subject))

    def breaks(self, link: LinkId) -> list[Incident]:
        """Those in which the link is down or of poor quality now."""
        ledger = self._view.ledger
        return [index[link] for index in (ledger.down, ledger.poor) if link in index]

    def apply(self, entry: AnyEntry) -> None:
        """Take in an entry that another room wrote, or that is replayed."""
        self._view.ledger.apply(entry)
        if isinstance(entry, ClockStepped) and self._awake:
            self._settles_in_ns += entry.by_ns
            self._view.rule(entry.at_ns)
            self._look_at_all()

    def observe(self, changes: Changes, now_ns: int, offset_ns: int) -> list[AnyEntry]:
        """Take in what health says; `offset_ns` is wall - monotonic."""
        self._wake(now_ns)
        if changes.links.passes:
            self._hearing.hear(self._view.sight.take(changes.links, offset_ns))
            if not self.unfinished:
                self._hearing.take_in(now_ns)
            self._view.writer.touched.update(self._opening.waiting)
        if changes.egresses:
            self._intake.egresses(changes.egresses, now_ns)
        return self._view.writer.take() if self.unfinished else self._turn(now_ns)

    def advance(self, now_ns: int) -> list[AnyEntry]:
        """Decide what time alone decides, and the next portion of what was left over."""
        self._wake(now_ns)
        self._hearing.take_in(now_ns)
        return self._turn(now_ns)

    def catch_up(self, now_ns: int) -> list[AnyEntry]:
        """Take in all that was heard, before the clock changes."""
        self._hearing.take_in(now_ns, everything=True)
        return self._view.writer.take()

    def adopt(self, inventory: Inventory, agenda: Agenda, now_ns: int) -> list[AnyEntry]:
        """Go by another inventory or agenda from now on; what left the inventory leaves the incidents."""
        self._wake(now_ns)
        self._hearing.take_in(now_ns, everything=True)
        self._view.adopt(inventory, agenda, now_ns)
        self._intake.gone(now_ns)
        self._ruled = True
        self._look_at_all()
        return self._turn(now_ns)

    def next_deadline_ns(self) -> int | None:
        """When time alone may change something, or None. It may lie in the past: then at once."""
        if not self._awake or self._view.writer.touched or self._hearing.busy:
            return self._settles_in_ns - SETTLE_IN_NS
        due = [self._deadlines.next_ns(), self._view.holds.next_change_ns]
        if not self._view.settled_in:
            due.append(self._settles_in_ns)
        return _earliest(*due)

    def raise_fault(
        self,
        kind: FaultKind,
        subject: str,
        audience: Audience,
        why: Why,
        now_ns: int,
        *,
        carrier: CarrierId | None = None,
        site: SiteId | None = None,
        area: SiteId | None = None,
        began_ns: int | None = None,
    ) -> list[AnyEntry]:
        """A fault that others found: contacts, delivery, a heartbeat. While it is there, nothing changes.

        `began_ns`: when it began, if that was before it was found; it is held from when it was found.
        """
        self._wake(now_ns)
        self._intake.raised((kind, subject), About(audience, carrier, site, area), why, now_ns, began_ns)
        return self._turn(now_ns)

    def clear_fault(self, kind: FaultKind, subject: str, now_ns: int) -> list[AnyEntry]:
        """It is over; it settles like any other."""
        self._wake(now_ns)
        self._intake.cleared((kind, subject), now_ns)
        return self._turn(now_ns)

    def tell(self, entry: BandwidthTold | InterfaceTold) -> list[AnyEntry]:
        """Note evidence that others found of an open incident; nothing follows from it."""
        incident = self._view.ledger.open.get(entry.incident)
        if incident is None:
            return []
        self._view.writer.put(incident, entry)
        return self._view.writer.take()

    def resolve(self, incidents: Iterable[IncidentId], actor: str, note: str, now_ns: int) -> list[AnyEntry]:
        """A person says that these are over. What is still broken begins anew only by a new change."""
        self._wake(now_ns)
        self._hearing.take_in(now_ns, everything=True)
        for name in incidents:
            incident = self._view.ledger.open.get(name)
            if incident is not None:
                self._view.writer.close(incident, Why.RESOLVED, now_ns, actor, note)
        return self._turn(now_ns)

    def _wake(self, now_ns: int) -> None:
        """The first time after the replay: everything is looked at once."""
        if self._awake:
            return
        self._awake = True
        self._settles_in_ns = now_ns + SETTLE_IN_NS
        self._view.rule(now_ns)
        self._intake.gone(now_ns)
        ledger = self._view.ledger
        self._view.sight.believe(ledger.down)
        for incident in list(ledger.folded.values()):
            if incident.into not in ledger.open and incident.into not in ledger.folded:
                self._view.writer.close(incident, Why.FOLDED, now_ns)
        self._look_at_all()

    def _look_at_all(self) -> None:
        for incident in self._view.ledger.open.values():
            self._view.writer.touched[incident.id] = incident
            if incident.broken and incident.links and incident.shrank_ns is not None:
                self._lonely[incident.id] = 0
        self._weighing.stir_all()

    def _weigh_own(self, now_ns: int) -> None:
        """What no link tells of is our own house, as urgent as that; and so is a reflector of ours."""
        for incident in self._view.writer.touched.values():
            own = incident.fell == 0 or incident.kind is FaultKind.TARGET
            if incident.kind in OF_BANDWIDTH:
                continue
            if own and incident.broken and incident.urgency is not Urgency.OWN:
                entry = Weighed(at_ns=now_ns, incident=incident.id, urgency=Urgency.OWN)
                self._view.writer.write(incident, entry)

    def _turn(self, now_ns: int) -> list[AnyEntry]:
        """Follow up what was touched or is due, until nothing is or a portion is done."""
        view = self._view
        self._keep_time(now_ns)
        self._weigh_own(now_ns)
        left = portion.INCIDENTS
        while left > 0 and (due := self._due(now_ns)):
            left -= len(due)
            for incident in due:
                self._follow_up(incident, now_ns)
            self._weighing.weigh(view.writer.ordered(), now_ns)
            view.writer.fold(now_ns)
            touched, view.writer.touched = view.writer.ordered(), {}
            for incident in touched:
                self._deadlines.set(incident.id, self._conclude(incident, now_ns))
            view.writer.resume()
        self.unfinished = bool(view.writer.touched) or self._hearing.busy
        self._ruled = self._ruled and self.unfinished
        return view.writer.take()

    def _keep_time(self, now_ns: int) -> None:
        """Rulings change by the calendar, and health has had its time to speak of everything."""
        view = self._view
        if view.holds.next_change_ns is not None and now_ns >= view.holds.next_change_ns:
            view.rule(now_ns)
            self._ruled = True
            self._look_at_all()
        if not view.settled_in and now_ns >= self._settles_in_ns:
            view.settled_in = True
            self._look_at_all()

    def _due(self, now_ns: int) -> list[Incident]:
        view = self._view
        for name in self._deadlines.take(now_ns):
            incident = view.ledger.open.get(IncidentId(name))
            if incident is not None:
                view.writer.touched[incident.id] = incident
        return view.writer.portion()

    def _follow_up(self, incident: Incident, now_ns: int) -> None:
        """Let go of what stayed down, and weigh what waited to be told."""
        if not incident.broken:
            return
        self._weighing.resume(incident, now_ns)
        if incident.shrank_ns is None or not incident.links:
            return
        if self._lonely.setdefault(incident.id, incident.shrank_ns + ALONE_AFTER_NS) > now_ns:
            return
        del self._lonely[incident.id]
        alone, next_ns = orphans(incident, self._view.ledger, self._view.topology, now_ns)
        if next_ns is not None:
            self._lonely[incident.id] = next_ns
        if alone:
            for new in self._intake.stayed(incident, alone, now_ns):
                if incident.opened is not None:
                    self._opening.served(new)

    def _conclude(self, incident: Incident, now_ns: int) -> int | None:
        """Open it or close it, if it is time; else when to look again."""
        if incident.broken:
            at_ns = self._opening.open(incident, now_ns, ruled=self._ruled)
            return _earliest(at_ns, self._weighing.due_ns(incident), self._lonely.get(incident.id))
        self._opening.forget(incident)
        self._weighing.forget(incident)
        self._lonely.pop(incident.id, None)
        if incident.recovered_ns is None or incident.into is not None or incident.closed_ns is not None:
            return None
        if now_ns < incident.recovered_ns + SETTLE_NS:
            return incident.recovered_ns + SETTLE_NS
        why = Why.TOO_SHORT if incident.opened is None else Why.RECOVERED
        self._view.writer.close(incident, why, now_ns)
        return None


def _earliest(*instants: int | None) -> int | None:
    known = [at_ns for at_ns in instants if at_ns is not None]
    return min(known) if known else None
