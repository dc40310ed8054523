"""What attempts say of gateways and of people: who takes nothing any more, and who was not reached."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bridgewatch.core.incidents.incidents import Incidents
from bridgewatch.core.outbox.outbox import Outbox
from bridgewatch.model.ids import GatewayId
from bridgewatch.model.log import AnyEntry, DeliveryTold
from bridgewatch.model.paging import Audience, FaultKind, Lapse, Why
from bridgewatch.model.people import Directory
from bridgewatch.model.snapshot import LostContact

_LOST_NS: Final = 86_400_000_000_000  # how long it is told whom nothing reached


def judge_gateways(incidents: Incidents, outbox: Outbox, now_ns: int) -> Iterator[Sequence[AnyEntry]]:
    """Let a gateway that fails time and again become a fault of our own, until it takes something.

    While a secret of it is known to be missing, that is what is wrong, whatever becomes of attempts. Yields
    what is to be written of incidents.
    """
    for gateway, failing in outbox.heard():
        key = FaultKind.DELIVERY, gateway
        known = incidents.about(*key)
        if known is None or not known.broken:
            if failing:
                yield incidents.raise_fault(*key, Audience.OWN, Why.GATEWAY_FAILING, now_ns)
                last = outbox.state.failures.last[gateway]
                yield tell_delivery(incidents, gateway, last.detail, last.lapse, now_ns)
        elif not failing and known.why is not Why.SECRET_MISSING:
            yield incidents.clear_fault(*key, now_ns)


def tell_delivery(
    incidents: Incidents, gateway: str, detail: str, lapse: Lapse | None, now_ns: int
) -> Sequence[AnyEntry]:
    """Evidence for the story of the incident that a gateway is, if it is one; no state comes of it."""
    known = incidents.about(FaultKind.DELIVERY, gateway)
    if known is None or not known.broken:
        return ()
    return (DeliveryTold(at_ns=now_ns, incident=known.id, detail=detail, lapse=lapse),)


def ailments(incidents: Incidents, directory: Directory) -> Mapping[GatewayId, Why | None]:
    """Every gateway, with what is wrong with it as far as it is known."""
    known = {name: incidents.about(FaultKind.DELIVERY, name) for name in directory.gateways}
    return {name: one.why if one is not None and one.broken else None for name, one in known.items()}


def lost_contacts(outbox: Outbox, directory: Directory, now_ns: int) -> tuple[LostContact, ...]:
    """Whom no message could reach within the last day, and none has since; the latest first."""
    known = (one for one in outbox.state.lost.values() if one.contact in directory.contacts)
    late = [one for one in known if now_ns < one.at_ns + _LOST_NS]
    return tuple(sorted(late, key=lambda one: (-one.at_ns, one.contact)))
