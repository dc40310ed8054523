"""What the decisions of this room look at: the ledger, the inventory's tables, health's word, the rulings."""

from dataclasses import dataclass

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.incidents.holds import Holds
from bridgewatch.core.incidents.ledger import Ledger
from bridgewatch.core.incidents.sight import Sight
from bridgewatch.core.incidents.topology import Topology
from bridgewatch.core.incidents.weights import Scale
from bridgewatch.core.incidents.writer import Writer
from bridgewatch.model.inventory import Inventory


@dataclass(slots=True)
class View:
    """One per room; a reload puts new tables in. `settled_in`: health has spoken of all that it can see."""

    ledger: Ledger
    writer: Writer
    topology: Topology
    sight: Sight
    scale: Scale
    agenda: Agenda
    holds: Holds
    settled_in: bool = False

    @classmethod
    def of(cls, inventory: Inventory, agenda: Agenda, now_ns: int) -> "View":
        """The view of a room that knows of no incident yet."""
        topology = Topology.of(inventory)
        ledger, sight = Ledger(), Sight(topology)
        holds = Holds(inventory, agenda, now_ns)
        scale = Scale(topology, sight)
        scale.rule(holds.rulings)
        return cls(ledger, Writer(ledger, topology), topology, sight, scale, agenda, holds)

    def adopt(self, inventory: Inventory, agenda: Agenda, now_ns: int) -> None:
        """Look at another inventory and agenda from now on."""
        if inventory is not self.topology.inventory:
            self.topology = self.writer.topology = Topology.of(inventory)
            self.sight = self.sight.moved(self.topology)
            self.scale = Scale(self.topology, self.sight)
        self.agenda = agenda
        self.rule(now_ns)

    def rule(self, now_ns: int) -> None:
        """Go by the rulings of now."""
        self.holds = Holds(self.topology.inventory, self.agenda, now_ns)
        self.scale.rule(self.holds.rulings)
