"""Keys and credentials that are no good are told by `check`, each with what is wrong and never with what it is."""

from pathlib import Path

import pytest

from bridgewatch.cli.secrets import tell_secrets
from bridgewatch.config.loader import load
from bridgewatch.model.words import Language
from tests.config.files import SITE, write

BANDWIDTH = """
snmp:
  credentials:
    default: {version: 2c, community: {env: NO_SUCH_COMMUNITY}}
    noc: {version: 3, user: noc, auth: sha, auth_key: {env: SHORT}, priv: aes128, priv_key: {credential: priv}}
"""


def told(directory: Path, language: Language = Language.EN) -> list[str]:
    return list(tell_secrets(load(directory), language))


def test_every_fault_is_told_once_and_no_secret_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_COMMUNITY", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    keys = {"SHORT": "ngan", "GOOD": "ab" * 32, "HALF": "cd" * 20, "TINY": "ef" * 8, "ODD": "không phải khóa"}
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    lines = "".join(f"  {name.lower()}: {{env: {name}}}\n" for name in ("GOOD", "HALF", "TINY", "ODD"))
    write(
        tmp_path, sites=SITE, bandwidth=BANDWIDTH, keys=f"keys:\n{lines}  lost: {{file: {tmp_path}/none}}\n"
    )
    assert told(tmp_path) == [
        "SNMP credentials default: the environment variable NO_SUCH_COMMUNITY is not set",
        "SNMP credentials noc: a passphrase has 8 characters or more",
        "key half: 20 octets, where 32 are advised",
        "key tiny: a key has 16 to 1024 octets, not 8",
        "key odd: a key is written in hexadecimal or base64",
        f"key lost: there is no file {tmp_path}/none with the secret",
        "not looked at, because systemd gives them to the daemon alone: priv",
    ]
    vietnamese = told(tmp_path, Language.VI)
    assert not set(vietnamese) & set(told(tmp_path))
    assert not any(value in line for line in vietnamese for value in keys.values())


def test_a_province_of_keys_that_are_not_there_is_one_line(tmp_path: Path) -> None:
    keys = "".join(f"  k{number}: {{file: {tmp_path}/k{number}}}\n" for number in range(500))
    write(tmp_path, sites=SITE, keys=f"keys:\n{keys}")
    [first] = told(tmp_path)
    alike = "(499 more likewise: `check --all` shows them)"
    assert first == f"key k0: there is no file {tmp_path}/k0 with the secret {alike}"
    assert len(list(tell_secrets(load(tmp_path), Language.EN, every=True))) == 500
