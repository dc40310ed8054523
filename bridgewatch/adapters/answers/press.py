"""What somebody answers, whichever way it comes: one of three words, and what it commands."""

from collections.abc import Sequence
from enum import StrEnum, unique
from typing import Final

from bridgewatch.model.commands import Acknowledge, AnyCommand, AskHelp, Decline
from bridgewatch.model.ids import IncidentId, MessageId
from bridgewatch.model.paging import AckWay
from bridgewatch.model.people import Contact


@unique
class Press(StrEnum):
    """The three answers."""

    ACKNOWLEDGE = "acknowledge"
    HELP = "help"
    DECLINE = "decline"


KEYS: Final = {"1": Press.ACKNOWLEDGE, "2": Press.HELP, "3": Press.DECLINE}
"""The keys of a phone."""


def command_of(
    press: Press,
    contact: Contact,
    incidents: Sequence[IncidentId],
    way: AckWay,
    message: MessageId | None = None,
) -> AnyCommand:
    """The command that `contact` gives with `press`."""
    chosen = tuple(incidents)
    match press:
        case Press.ACKNOWLEDGE:
            kind: type[Acknowledge | AskHelp | Decline] = Acknowledge
        case Press.HELP:
            kind = AskHelp
        case Press.DECLINE:
            kind = Decline
    return kind(actor=contact.name, incidents=chosen, way=way, contact=contact.id, message=message)
