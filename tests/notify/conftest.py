import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridgewatch.adapters.notify.sender import Notifier
from bridgewatch.model.delivery import Result, Text
from bridgewatch.model.people import Gateway
from tests.notify.gateways import HttpGateways, MailServer
from tests.notify.orders import SECRETS, TEXT, attempt, set_secrets

Send = Callable[..., Result]


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    set_secrets(monkeypatch)


@pytest.fixture
def far() -> Iterator[HttpGateways]:
    with HttpGateways() as gateways:
        yield gateways


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def send(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Send]:
    """Sends one message, and sees to it that no secret comes out in results, logs or representations."""

    def sending(gateway: Gateway, address: str, text: Text = TEXT, **more: object) -> Result:
        url = more.pop("answer_url", None)
        notifier = Notifier(tmp_path, answer_url=(lambda _: url) if isinstance(url, str) else None)
        order = attempt(address, to=gateway, **more)  # type: ignore[arg-type]
        result = asyncio.run(notifier.send(order, gateway, text))
        for secret in SECRETS.values():
            assert secret not in result.detail
            assert secret not in repr(gateway) + repr(order)
        return result

    with caplog.at_level(0):
        yield sending
    for secret in SECRETS.values():
        assert secret not in caplog.text
