"""Gateways, attempts and texts for the tests of the channels."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bridgewatch.model.delivery import Attempt, Text
from bridgewatch.model.ids import ContactId, GatewayId, IncidentId, MessageId
from bridgewatch.model.paging import AckWay, GatewayKind, MessageKind, TextForm, Urgency
from bridgewatch.model.people import Gateway
from bridgewatch.model.secret import Secret, SecretSource
from tests.notify.gateways.http import (
    ESMS_KEY,
    ESMS_SECRET,
    STRINGEE_SECRET,
    STRINGEE_SID,
    TELEGRAM_TOKEN,
    WEBHOOK_TOKEN,
    ZALO_APP,
    ZALO_APP_SECRET,
    ZALO_BOT_TOKEN,
    ZALO_SEED,
    ZNS_TEMPLATE,
)
from tests.notify.gateways.mail import MAIL_PASSWORD

TEXT = Text("[K7F2] Điểm cầu mất kết nối", "Canh bao K7F2: xã Ia Pê <mất> & _kết_ nối", ("K7F2",))
SECRETS = {
    "TELEGRAM_TOKEN": TELEGRAM_TOKEN,
    "ZALO_BOT_TOKEN": ZALO_BOT_TOKEN,
    "ZALO_APP_SECRET": ZALO_APP_SECRET,
    "ZALO_SEED": ZALO_SEED,
    "ESMS_KEY": ESMS_KEY,
    "ESMS_SECRET": ESMS_SECRET,
    "STRINGEE_SECRET": STRINGEE_SECRET,
    "WEBHOOK_TOKEN": WEBHOOK_TOKEN,
    "MAIL_PASSWORD": MAIL_PASSWORD,
}


def set_secrets(environment: pytest.MonkeyPatch) -> None:
    """Put every secret where its gateway looks for it."""
    for name, value in SECRETS.items():
        environment.setenv(name, value)


def gateway(
    kind: GatewayKind,
    settings: Mapping[str, str],
    secrets: Mapping[str, str] | None = None,
    *,
    form: TextForm = TextForm.LONG,
    timeout: float = 5.0,
    free_text: bool = True,
    template: str | None = None,
    name: str | None = None,
) -> Gateway:
    return Gateway(
        id=GatewayId(name or kind.value),
        kind=kind,
        form=form,
        answers=frozenset({AckWay.LINK}),
        timeout=timeout,
        settings=settings,
        secrets={key: Secret(SecretSource.ENVIRONMENT, value) for key, value in (secrets or {}).items()},
        free_text=free_text,
        template=template,
    )


def mail(port: int, *, login: bool = False, timeout: float = 5.0, **settings: str) -> Gateway:
    plain = {
        "host": "127.0.0.1",
        "port": str(port),
        "from": "NOC <noc@example.vn>",
        "tls": "none",
        **settings,
    }
    if not login:
        return gateway(GatewayKind.MAIL, plain, timeout=timeout)
    return gateway(GatewayKind.MAIL, {**plain, "user": "noc"}, {"password": "MAIL_PASSWORD"}, timeout=timeout)


def telegram(url: str, timeout: float = 5.0) -> Gateway:
    return gateway(GatewayKind.TELEGRAM, {"url": url}, {"token": "TELEGRAM_TOKEN"}, timeout=timeout)


def zalo_bot(url: str) -> Gateway:
    return gateway(GatewayKind.ZALO_BOT, {"url": url}, {"token": "ZALO_BOT_TOKEN"})


def zalo_oa(url: str) -> Gateway:
    return gateway(
        GatewayKind.ZALO_OA,
        {"url": url, "oauth_url": url, "app_id": ZALO_APP},
        {"secret_key": "ZALO_APP_SECRET", "refresh_token": "ZALO_SEED"},
    )


def zalo_zns(url: str, templates: Mapping[str, Any] | None = None) -> Gateway:
    page = {"id": ZNS_TEMPLATE, "params": {"ma": "{code:.30}", "noi_dung": "{what}: {where}"}}
    return gateway(
        GatewayKind.ZALO_ZNS,
        {
            "url": url,
            "oauth_url": url,
            "app_id": ZALO_APP,
            "templates": json.dumps({"page": page} if templates is None else templates),
        },
        {"secret_key": "ZALO_APP_SECRET", "refresh_token": "ZALO_SEED"},
        form=TextForm.SHORT,
        free_text=False,
        template=ZNS_TEMPLATE,
    )


def esms(url: str, *, template: str | None = None) -> Gateway:
    return gateway(
        GatewayKind.ESMS,
        {"url": url, "brandname": "INVENTED"},
        {"api_key": "ESMS_KEY", "secret_key": "ESMS_SECRET"},
        form=TextForm.SHORT,
        free_text=template is None,
        template=template,
    )


def stringee(url: str) -> Gateway:
    return gateway(
        GatewayKind.STRINGEE,
        {"url": url, "from": "842400000000", "key_sid": STRINGEE_SID},
        {"key_secret": "STRINGEE_SECRET"},
        form=TextForm.SPOKEN,
    )


def webhook(url: str, timeout: float = 5.0, name: str = "webhook") -> Gateway:
    return gateway(
        GatewayKind.WEBHOOK,
        {"url": f"{url}/hook/{{address}}"},
        {"token": "WEBHOOK_TOKEN"},
        timeout=timeout,
        name=name,
    )


def attempt(
    address: str,
    *,
    to: Gateway,
    number: int = 1,
    message: str = "m-0001",
    kind: MessageKind = MessageKind.PAGE,
) -> Attempt:
    return Attempt(
        MessageId(message),
        number,
        kind,
        ContactId("duty"),
        to.id,
        address,
        (IncidentId("i-1"),),
        Urgency.DARK,
    )


def credentials(folder: Path, environment: pytest.MonkeyPatch, **values: str) -> None:
    """What systemd would have put there."""
    for name, value in values.items():
        (folder / name).write_text(value, encoding="utf-8")
    environment.setenv("CREDENTIALS_DIRECTORY", str(folder))
