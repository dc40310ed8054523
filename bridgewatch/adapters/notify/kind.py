"""What a kind of gateway is: what it needs, how a message is put to it, and how its answer is judged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from apprise import Apprise, AppriseAsset, NotifyBase

from bridgewatch.adapters.notify import judge
from bridgewatch.adapters.notify.secret import Vault
from bridgewatch.model.delivery import Attempt, Result, Text
from bridgewatch.model.people import Gateway

APP: Final = "bridgewatch"


def load_plugins() -> None:
    """Let Apprise load its two hundred plugins now, and not while the first page waits for them."""
    Apprise.instantiate("json://127.0.0.1", asset=asset())


def asset() -> AppriseAsset:
    """How Apprise works for us: no retries, no redirects, nothing on disk, no markup where none was meant."""
    return AppriseAsset(
        app_id=APP,
        app_desc=APP,
        app_url="",
        async_mode=False,
        http_redirects=False,
        secure_logging=True,
        interpret_emojis=False,
        interpret_escapes=False,
        default_service_retry=0,
    )


class UnfitError(Exception):
    """This gateway or address cannot carry a message as it is configured; says what is wrong, no secret."""


@dataclass(frozen=True, slots=True)
class Order:
    """One attempt with everything that its gateway needs."""

    attempt: Attempt
    gateway: Gateway
    text: Text
    secrets: Vault
    state: Path | None = None  # where a gateway may keep what it was given
    answer_url: str | None = field(default=None, repr=False)  # where a key pressed in a call is reported

    def setting(self, key: str, default: str | None = None) -> str:
        """A plain setting. Raises UnfitError where it is missing and has no default."""
        value = self.gateway.settings.get(key, default)
        if value is None:
            raise UnfitError(f"gateway {self.gateway.id}: {key} is not set")
        return value

    def secret(self, key: str) -> str:
        """A secret's value. Raises UnfitError where none is named, SecretMissingError where none is."""
        value = self.secrets.get(key)
        if value is None:
            raise UnfitError(f"gateway {self.gateway.id}: the secret {key} is not set")
        return value

    def base(self, default: str) -> str:
        """Where the gateway's API is: `url`, for a gateway of one's own, or its public address."""
        return self.setting("url", default).rstrip("/")

    @property
    def once(self) -> str:
        """The same at every try of this message to this address: by it a gateway tells a repetition."""
        return sha256(f"{self.attempt.message} {self.attempt.address}".encode()).hexdigest()[:32]

    @property
    def apprise(self) -> dict[str, Any]:
        """What every plugin of Apprise is built with. Its socket gives up when the attempt does."""
        return {"asset": asset(), "cto": self.gateway.timeout, "rto": self.gateway.timeout}


def through_apprise(order: Order, components: str | Mapping[str, Any]) -> NotifyBase:
    """One of Apprise's own plugins, by URL or by the parts of one. Raises UnfitError.

    Whatever Apprise's constructors raise is about values, and may quote them: it is not repeated.
    """
    parts = components if isinstance(components, str) else {**components, **order.apprise}
    try:
        plugin = Apprise.instantiate(parts, asset=order.apprise["asset"], suppress_exceptions=False)
    except Exception:  # noqa: BLE001 - plugins raise whatever they like
        plugin = None
    if plugin is None:
        raise UnfitError(f"gateway {order.gateway.id}: Apprise refuses its settings, secrets or the address")
    return plugin


def addressed(order: Order, targets: Sequence[object]) -> None:
    """See that the plugin made one target of the address: they drop, and split, what they do not like.

    Raises UnfitError.
    """
    if len(targets) != 1:
        raise UnfitError(f"gateway {order.gateway.id}: this is no address for it")


@dataclass(frozen=True, slots=True)
class Kind:
    """An entry of the registry. `settings` and `secrets` by name: whether one must be there.

    `any_secrets`: whoever configures it names further ones. `html`: it takes HTML, so the text is escaped.
    """

    build: Callable[[Order], NotifyBase]
    settings: Mapping[str, bool] = field(default_factory=dict)
    secrets: Mapping[str, bool] = field(default_factory=dict)
    any_secrets: bool = False
    html: bool = False


class OwnPlugin(NotifyBase):
    """A gateway that Apprise does not know. Says what became of a message by `result`."""

    title_maxlen = 0
    request_rate_per_sec = 0

    def __init__(self, order: Order) -> None:
        super().__init__(**order.apprise)  # type: ignore[no-untyped-call]
        self.order = order
        self.result: Result = judge.passing("nothing was sent")

    def deliver(self, body: str) -> Result:
        """Put the text to the gateway once. May raise what `requests` raises, and UnfitError."""
        raise NotImplementedError

    def send(self, body: str, title: str = "", *_: Any, **__: Any) -> bool:
        """What Apprise calls."""
        del title
        self.result = self.deliver(body)
        return self.result.delivered
