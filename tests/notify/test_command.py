"""`bridgewatch notify-test` against real local servers, without a daemon."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bridgewatch.cli.main import app
from tests.notify.gateways import Answer, HttpGateways, MailServer

_SAMPLE = Path(__file__).parents[2] / "config"
_GATEWAYS = """
gateways:
  thu: {{kind: mail, host: 127.0.0.1, port: {port}, tls: none, from: noc@example.vn}}
  nhan: {{kind: telegram, token: {{env: TELEGRAM_TOKEN}}, url: "{url}"}}
  sms: {{kind: esms, brandname: X, template: "Canh bao: {{text}}", url: "{url}",
        api_key: {{env: ESMS_KEY}}, secret_key: {{env: ESMS_SECRET}}}}
  goi: {{kind: stringee, from: "0100000000", key_sid: SK.0.invented, url: "{url}",
        key_secret: {{env: STRINGEE_SECRET}}}}
"""
_CONTACTS = """
catch_all: [truc]
contacts:
  truc:
    name: Nguyễn Văn An
    channels:
      - {via: thu, to: an@example.vn}
      - {via: nhan, to: "4242"}
      - {via: sms, to: "0900000001"}
      - {via: goi, to: "0900000001"}
  khong-kenh:
    name: Không Có Kênh
"""


@pytest.fixture
def folder(tmp_path: Path, far: HttpGateways, mailbox: MailServer) -> Path:
    made = tmp_path / "config"
    shutil.copytree(_SAMPLE, made)
    for name in ("contacts.d", "events.d", "rosters.yaml", "policies.yaml"):
        target = made / name
        shutil.rmtree(target) if target.is_dir() else target.unlink()
    for file in (made / "sites.d").glob("*.yaml"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(line for line in lines if "contacts:" not in line), encoding="utf-8")
    (made / "gateways.yaml").write_text(_GATEWAYS.format(port=mailbox.port, url=far.url), encoding="utf-8")
    (made / "contacts.yaml").write_text(_CONTACTS, encoding="utf-8")
    return made


def _run(folder: Path, *arguments: str) -> Result:
    state = folder.parent / "state"
    return CliRunner().invoke(
        app, ["notify-test", *arguments, "--config", str(folder), "--state", str(state)]
    )


def test_every_channel_gets_a_marked_test_and_its_result_is_printed(
    folder: Path, far: HttpGateways, mailbox: MailServer
) -> None:
    result = _run(folder, "truc")
    assert result.exit_code == 0, result.output
    assert result.output.count("accepted") >= 4
    for gateway in ("thu", "nhan", "sms", "goi"):
        assert gateway in result.output
    assert mailbox.received[0].body["subject"] == "Tin thử của hệ thống giám sát đường truyền"
    texts = {got.gateway: got.text for got in far.received}
    assert "Không có sự cố, không cần xử lý" in texts["telegram"]
    assert texts["esms"].startswith("Canh bao: Tin thu gui Nguyen Van An")
    assert "cuộc gọi thử" in texts["stringee"]


def test_one_channel_that_fails_is_told_and_sets_the_exit_code(folder: Path, far: HttpGateways) -> None:
    far.script("telegram", Answer(400, {"ok": False, "description": "Bad Request: chat not found"}))
    result = _run(folder, "truc", "--language", "vi")
    assert result.exit_code == 1
    assert "bị từ chối" in result.output
    assert "400 Bad Request: chat not found" in result.output
    assert result.output.count("đã nhận") == 3


def test_one_gateway_alone_can_be_tried(folder: Path, far: HttpGateways, mailbox: MailServer) -> None:
    assert _run(folder, "truc", "--via", "nhan").exit_code == 0
    assert [got.gateway for got in far.received] == ["telegram"]
    assert not mailbox.received


def test_a_missing_secret_is_named(folder: Path, monkeypatch) -> None:
    monkeypatch.delenv("TELEGRAM_TOKEN")
    result = _run(folder, "truc", "--via", "nhan")
    assert result.exit_code == 1
    assert "the environment variable TELEGRAM_TOKEN is not set" in " ".join(result.output.split())


def test_an_unknown_contact_or_channel_is_said_with_what_was_meant(folder: Path) -> None:
    unknown = _run(folder, "truk")
    assert unknown.exit_code == 2
    assert "did you mean" in unknown.output
    assert _run(folder, "truc", "--via", "nhann").exit_code == 2
