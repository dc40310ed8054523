"""Secrets are read when they are needed, and told to nobody."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.adapters.notify import judge
from bridgewatch.adapters.notify.kind import Order
from bridgewatch.adapters.notify.secret import SecretMissingError, Vault, read_secret
from bridgewatch.model.delivery import Result
from bridgewatch.model.paging import Lapse
from bridgewatch.model.secret import Secret, SecretSource
from tests.notify.conftest import Send
from tests.notify.gateways import HttpGateways
from tests.notify.gateways.http import TELEGRAM_TOKEN
from tests.notify.orders import TEXT, attempt, credentials, telegram


def test_a_secret_comes_from_environment_file_or_credential(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "token").write_text("in a file\n")
    monkeypatch.setenv("TOKEN", "in the environment")
    credentials(tmp_path, monkeypatch, cred="as a credential\n")
    assert read_secret(Secret(SecretSource.ENVIRONMENT, "TOKEN")) == "in the environment"
    assert read_secret(Secret(SecretSource.FILE, str(tmp_path / "token"))) == "in a file"
    assert read_secret(Secret(SecretSource.CREDENTIAL, "cred")) == "as a credential"


def test_what_is_missing_is_named_and_never_shown(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "large").write_bytes(b"x" * 70_000)
    missing = [
        (Secret(SecretSource.ENVIRONMENT, "NOT_SET"), "NOT_SET"),
        (Secret(SecretSource.FILE, str(tmp_path / "none")), "none"),
        (Secret(SecretSource.FILE, str(tmp_path / "empty")), "/empty with the secret is empty"),
        (
            Secret(SecretSource.FILE, str(tmp_path / "binary")),
            "/binary with the secret is empty, too large or no text",
        ),
        (Secret(SecretSource.FILE, str(tmp_path / "large")), "/large with the secret"),
        (Secret(SecretSource.CREDENTIAL, "cred"), "cred"),
    ]
    for secret, said in missing:
        with pytest.raises(SecretMissingError, match=said):
            read_secret(secret)


def test_a_credential_cannot_lead_out_of_its_folder(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "outside").write_text("x")
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    with pytest.raises(SecretMissingError):
        read_secret(Secret(SecretSource.CREDENTIAL, "../outside"))


def test_a_missing_secret_is_permanent_until_it_is_there(far: HttpGateways, send: Send, monkeypatch) -> None:
    monkeypatch.delenv("TELEGRAM_TOKEN")
    result = send(telegram(far.url), "42")
    assert (result.delivered, result.permanent) == (False, True)
    assert (result.lapse, result.detail) == (Lapse.VARIABLE_EMPTY, "TELEGRAM_TOKEN")
    monkeypatch.undo()
    monkeypatch.setenv("TELEGRAM_TOKEN", "123456:telegram-secret-token")
    assert send(telegram(far.url), "42").delivered


def test_a_secret_that_is_not_for_sending_is_not_missed_by_it(far: HttpGateways, send: Send) -> None:
    made = telegram(far.url)
    inbound = Secret(SecretSource.ENVIRONMENT, "NOT_SET")
    assert send(replace(made, secrets={**made.secrets, "inbound": inbound}), "42").delivered


def test_an_order_does_not_show_its_secrets() -> None:
    gateway = telegram("http://127.0.0.1:1")
    vault = Vault(gateway.secrets)
    order = Order(attempt("42", to=gateway), gateway, TEXT, vault, None, "https://x/signed")
    assert order.secret("token") == TELEGRAM_TOKEN
    assert TELEGRAM_TOKEN not in repr(order) + repr(vault)
    assert "signed" not in repr(order)


@given(st.text(min_size=4, max_size=30), st.text(max_size=100), st.text(max_size=400))
def test_a_scrubbed_detail_is_one_short_line_without_the_secret(secret: str, before: str, after: str) -> None:
    detail = judge.scrub(Result(False, detail=f"{before}{secret}{after}"), [secret]).detail
    assert len(detail) <= 200
    assert not any(ord(sign) < 32 for sign in detail)
    assert secret not in detail or secret in "***"


def test_secrets_in_urls_are_scrubbed_quoted_or_not() -> None:
    said = "Max retries: https://user:pass@host/bot12%3Aab%2Fcd/send and 12:ab/cd"
    detail = judge.scrub(Result(False, detail=said), ["12:ab/cd"]).detail
    assert detail == "Max retries: https://***@host/bot***/send and ***"
