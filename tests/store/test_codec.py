"""Entries survive the trip through the store, and what cannot be read is told apart."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.adapters.store.codec import Row, decode, encode
from bridgewatch.adapters.store.errors import DamagedEntryError, StoreTooNewError
from bridgewatch.model.ids import IncidentId, LinkId, MessageId
from bridgewatch.model.log import AnyEntry, Attempted, Grew, Proof
from bridgewatch.model.paging import Why
from bridgewatch.model.words import Reason, Severity
from tests.store.entries import KINDS, any_entry, called, instants, noticed


@pytest.mark.parametrize("kind", KINDS)
def test_every_class_of_entry_comes_back_as_it_was(kind: type[AnyEntry]) -> None:
    @given(st.builds(kind, at_ns=instants))
    def there_and_back(entry: AnyEntry) -> None:
        assert repr(decode(encode(entry))) == repr(entry)  # NaN is no equal of itself

    there_and_back()


@given(any_entry)
def test_a_body_is_strict_json_in_ascii(entry: AnyEntry) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    body = encode(entry).body
    assert body.isascii()
    assert isinstance(json.loads(body, parse_constant=refuse), dict)


def test_enumerations_are_written_by_name_and_the_columns_are_not_repeated() -> None:
    proof = Proof(Reason.SILENT_WITH_WITNESS, 8, 8, 5, 7, math.nan, Severity.CRITICAL)
    grew = Grew(at_ns=9, incident=IncidentId("i1"), links=((LinkId("a/wan"), proof),), why=Why.LINK_DOWN)
    row = encode(grew)
    assert row[:4] == (9, "Grew", "i1", None)
    assert json.loads(row.body) == {
        "why": "LINK_DOWN",
        "links": [
            [
                "a/wan",
                {
                    "reason": "SILENT_WITH_WITNESS",
                    "unanswered": 8,
                    "needed": 8,
                    "since_ns": 5,
                    "witness_ns": 7,
                    "loss": "nan",
                    "severity": "CRITICAL",
                    "router": "",
                },
            ]
        ],
    }


def test_an_entry_of_a_message_has_the_message_in_its_column() -> None:
    row = encode(Attempted(at_ns=1, message=MessageId("m1"), gateway="mail", attempt=1, delivered=True))
    assert (row.incident, row.message) == (None, "m1")


def test_fields_that_were_added_later_have_their_defaults_in_earlier_rows() -> None:
    row = encode(noticed("i1"))
    body = json.loads(row.body)
    del body["suspected"], body["carrier"]
    assert decode(row._replace(body=json.dumps(body))) == noticed("i1")


def test_fields_of_a_newer_program_are_passed_over() -> None:
    row = encode(called("i1", 3))
    assert decode(row._replace(body=json.dumps(json.loads(row.body) | {"mood": "calm"}))) == called("i1", 3)


@pytest.mark.parametrize(
    "row",
    [
        encode(called("i1", 3))._replace(kind="Dreamt"),
        encode(called("i1", 3))._replace(body=encode(called("i1", 3)).body.replace("ON_DUTY", "ON_MOON")),
        encode(called("i1", 3))._replace(body="{}"),
        encode(called("i1", 3))._replace(body=encode(called("i1", 3)).body.replace('"DUTY"', "[7]")),
    ],
    ids=["kind", "word", "missing", "form"],
)
def test_what_only_a_newer_program_can_have_written_is_refused(row: Row) -> None:
    with pytest.raises(StoreTooNewError, match="version"):
        decode(row)


@pytest.mark.parametrize("body", ["", "{", "[]", "7"])
def test_what_nobody_can_have_written_is_damage(body: str) -> None:
    with pytest.raises(DamagedEntryError):
        decode(replace_body(body))


def replace_body(body: str) -> Row:
    return encode(called("i1", 3))._replace(body=body)
