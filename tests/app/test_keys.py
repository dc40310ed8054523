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
        f"key hcm: there is no file {tmp_path}/hcm with the secret",
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


def test_a_whole_directory_that_is_not_there_is_told_in_four_lines(tmp_path, caplog):
    wanted = [f"k{number:03}" for number in range(200)]
    secrets = {name: Secret(SecretSource.FILE, str(tmp_path / name)) for name in wanted}
    reader = KeyReader()
    assert reader.read(secrets, wanted) == {}
    assert reader.read(secrets, wanted) == {}
    told = [record.getMessage() for record in caplog.records]
    assert [line.partition(":")[0] for line in told] == ["key k000", "key k001", "key k002", told[-1]]
    assert told[-1] == "and 197 keys more that are no good"
    for name in wanted:
        (tmp_path / name).write_text(KEY.hex())
    caplog.clear()
    caplog.set_level(logging.INFO)
    assert reader.read(secrets, wanted) == dict.fromkeys(wanted, KEY)
    assert caplog.messages[-1] == "and 197 keys more: read again"
    assert len(caplog.messages) == 4
