"""What the outbox knows of one incident: what messages say of it is true only as long as it is."""

from dataclasses import dataclass, field

from bridgewatch.model.ids import ContactId, IncidentId, MessageId, PolicyId
from bridgewatch.model.paging import Urgency


@dataclass(slots=True)
class Subject:
    """One incident. `told`: who was sent a page about it, and how urgent it was then.

    `messages` name it, `waiting` are contacts for whom something about it waits.
    """

    id: IncidentId
    urgency: Urgency = Urgency.NOTE
    policy: PolicyId | None = None
    told: dict[ContactId, Urgency] = field(default_factory=dict)
    messages: set[MessageId] = field(default_factory=set)
    waiting: set[ContactId] = field(default_factory=set)
    ended_ns: int | None = None

    def news_of_dark(self, contact: ContactId) -> bool:
        """Whether a site is dark through it, and that is new to the contact."""
        return self.urgency is Urgency.DARK and self.told.get(contact, Urgency.NOTE) < Urgency.DARK
