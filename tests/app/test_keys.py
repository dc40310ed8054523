"""Keys are read where the configuration says they lie, and never shown."""

import logging

from bridgewatch.app.keys import KeyReader
from bridgewatch.model.ids import KeyId
from bridgewatch.model.secret import Secret, SecretSource

HCM, HN = KeyId("hcm"), KeyId("hn")
KEY, NEXT = bytes(range(32)), bytes(range(1, 33))


def secrets(folder):
    return {name: Secret(SecretSource.FILE, str(folder / name)) for name in (HCM, HN)}


def test_keys_are_read_anew_each_time(tmp_path):
    reader = KeyReader()
    (tmp_path / HCM).write_text(KEY.hex() + "\n")
    assert reader.read(secrets(tmp_path), [HCM]) == {HCM: KEY}

    (tmp_path / HCM).write_text(NEXT.hex())
    assert reader.read(secrets(tmp_path), [HCM]) == {HCM: NEXT}


def test_a_key_that_cannot_be_read_is_missing_and_told_once(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    reader = KeyReader()
    (tmp_path / HN).write_text("my secret!")
    for _ in range(3):
        assert reader.read(secrets(tmp_path), [HCM, HN, KeyId("nowhere")]) == {}
    (tmp_path / HN).write_text(KEY.hex())
    assert reader.read(secrets(tmp_path), [HN]) == {HN: KEY}

    assert [record.getMessage() for record in caplog.records] == [
        f"key hcm: the file {tmp_path}/hcm cannot be read: No such file or directory",
        "key hn: a key is written in hexadecimal or base64",
        "key nowhere: the configuration says nowhere where it is",
        "key hn: read again",
    ]


def test_a_key_whose_file_vanishes_stays_in_use(tmp_path, caplog):
    reader = KeyReader()
    (tmp_path / HCM).write_text(KEY.hex())
    reader.read(secrets(tmp_path), [HCM])
    (tmp_path / HCM).unlink()

    assert reader.read(secrets(tmp_path), [HCM]) == {HCM: KEY}
    assert caplog.messages[0].endswith("; the one read before stays in use")
