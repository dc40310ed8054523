"""One attempt, as it happens in a thread of its own: read the secrets, build, send, judge. Never raises."""

import logging
from html import escape
from pathlib import Path

import requests
from apprise import NotifyBase, NotifyFormat, NotifyType

from bridgewatch.adapters.notify import judge
from bridgewatch.adapters.notify.ear import hearing
from bridgewatch.adapters.notify.kind import Order, UnfitError
from bridgewatch.adapters.notify.kinds import KINDS
from bridgewatch.adapters.notify.secret import SecretMissingError, Vault
from bridgewatch.adapters.notify.zalo_tokens import RefreshError
from bridgewatch.model.delivery import Attempt, Result, Text
from bridgewatch.model.paging import Lapse, MessageKind, Urgency
from bridgewatch.model.people import Gateway

log = logging.getLogger(__name__)

_GOOD_NEWS = frozenset({MessageKind.RECOVERED, MessageKind.RESOLVED, MessageKind.TAKEN})


def carry_out(
    attempt: Attempt, gateway: Gateway, text: Text, *, state: Path | None, answer_url: str | None
) -> Result:
    """Try once. What comes back names no secret."""
    secrets = Vault(gateway.secrets)
    if answer_url is not None:
        secrets.hide(answer_url)
    try:
        result = _send(Order(attempt, gateway, text, secrets, state, answer_url))
    except SecretMissingError as error:
        result = judge.lapsed(error.lapse, error.thing)
    except UnfitError as error:
        result = judge.lapsed(Lapse.MISCONFIGURED, str(error))
    except RefreshError as error:
        result = judge.passing(str(error))
    except requests.RequestException as error:
        # Those that are ValueErrors are about an address or header that can never be sent.
        if isinstance(error, ValueError):
            result = judge.permanent(f"the request cannot be made: {type(error).__name__}")
        else:
            result = judge.of_socket(str(error))
    except Exception as error:  # noqa: BLE001 - a plugin's mistake must not leave the attempt unjudged
        # A traceback may hold what the exception quotes: no more than its kind is told.
        log.error("gateway %s: its plugin failed: %s", gateway.id, type(error).__name__)  # noqa: TRY400
        result = judge.passing(f"the plugin failed: {type(error).__name__}")
    return judge.scrub(result, secrets.values())


def _send(order: Order) -> Result:
    if not order.attempt.address.strip():
        raise UnfitError(f"gateway {order.gateway.id}: the address is empty")
    kind = KINDS[order.gateway.kind]
    plugin = kind.build(order)
    with hearing() as lines:
        sent = _notify(plugin, order, html=kind.html)
    result: Result | None = getattr(plugin, "result", None)
    if result is not None:
        return result
    return judge.delivered() if sent else judge.of_lines(lines)


def _notify(plugin: NotifyBase, order: Order, *, html: bool) -> bool:
    title, body, form = order.text.title, order.text.body, NotifyFormat.TEXT
    if html:
        # Apprise would take `<...>` in plain text for a tag, and drop it.
        title, body, form = escape(title), escape(body).replace("\n", "<br/>"), NotifyFormat.HTML
    return bool(plugin.notify(title=title, body=body, notify_type=_type(order.attempt), body_format=form))


def _type(attempt: Attempt) -> NotifyType:
    if attempt.kind in _GOOD_NEWS:
        return NotifyType.SUCCESS
    if attempt.kind in {MessageKind.TEST, MessageKind.NOTES, MessageKind.FOLDED}:
        return NotifyType.INFO
    return NotifyType.FAILURE if attempt.urgency is Urgency.DARK else NotifyType.WARNING
