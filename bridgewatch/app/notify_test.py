"""A marked test through every channel of a contact, without the daemon."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from bridgewatch.adapters.notify.sender import Notifier
from bridgewatch.model.delivery import Attempt, Brief, Result
from bridgewatch.model.ids import GatewayId, MessageId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import MessageKind, Urgency
from bridgewatch.model.people import Channel, Contact, Gateway
from bridgewatch.model.ports import Sender
from bridgewatch.texts.messages.compose import compose


@dataclass(frozen=True, slots=True)
class Trial:
    """How the test went through one channel."""

    channel: Channel
    gateway: Gateway
    result: Result
    seconds: float


async def try_channels(
    inventory: Inventory,
    contact: Contact,
    state: Path,
    now_ns: int,
    via: GatewayId | None = None,
    sender: Sender | None = None,
) -> tuple[Trial, ...]:
    """Send a test through each of the contact's channels at once, or only those through `via`.

    `state` is the daemon's directory: a gateway whose tokens it keeps shares them with it. `now_ns` is wall
    clock.
    """
    post = sender if sender is not None else Notifier(state)
    channels = [channel for channel in contact.channels if via in (None, channel.gateway)]
    return tuple(await asyncio.gather(*(_try(post, inventory, contact, one, now_ns) for one in channels)))


async def _try(
    sender: Sender, inventory: Inventory, contact: Contact, channel: Channel, now_ns: int
) -> Trial:
    gateway = inventory.directory.gateways[channel.gateway]
    attempt = Attempt(
        MessageId(f"test-{now_ns}"),
        1,
        MessageKind.TEST,
        contact.id,
        gateway.id,
        channel.address,
        (),
        Urgency.NOTE,
    )
    brief = Brief(
        attempt.message,
        MessageKind.TEST,
        now_ns,
        contact.language,
        inventory.timezone,
        inventory.vantage,
        contact.name,
        (),
    )
    began = time.monotonic()
    result = await sender.send(attempt, gateway, compose(brief, gateway.form))
    return Trial(channel, gateway, result, time.monotonic() - began)
