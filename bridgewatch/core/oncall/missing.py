"""What contacts and rosters lack for an event: asked at its deadline, by the metric, and for readiness.

What counts is the time from check to closed.
"""

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.oncall.coverage import Coverage
from bridgewatch.core.oncall.find import Oncall
from bridgewatch.model.coverage import Gap
from bridgewatch.model.ids import EventId
from bridgewatch.model.inventory import Inventory


def missing_contacts(
    inventory: Inventory, agenda: Agenda, event: EventId, from_ns: int, oncall: Oncall | None = None
) -> tuple[Gap, ...]:
    """Every gap of one event from an instant on; none: its contacts and rosters are complete."""
    return Coverage(inventory, agenda, oncall).gaps(from_ns, [event])


def roster_gaps(inventory: Inventory, agenda: Agenda, from_ns: int, oncall: Oncall | None = None) -> int:
    """How many gaps all events have from an instant on: what `bridgewatch_roster_gaps` exports."""
    return len(Coverage(inventory, agenda, oncall).gaps(from_ns))
