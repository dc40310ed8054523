"""Secrets of gateways that cannot be read become faults of our own, and are over once they can be."""

import asyncio
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest

from bridgewatch.app.pager import Pager, Work
from bridgewatch.app.secrets import SecretWatch, missing_secrets
from bridgewatch.model.commands import Resolve
from bridgewatch.model.ids import GatewayId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import DeliveryTold
from bridgewatch.model.paging import FaultKind, Lapse, MessageKind, Why
from bridgewatch.model.people import Directory
from bridgewatch.model.secret import Secret, SecretSource
from bridgewatch.model.snapshot import PagingSnapshot
from bridgewatch.sim.clock import SimClock
from tests.paging.worlds import CHAT, CHI, SMS, House, at_once, running, village

TEN_SECONDS = 10 * 10**9


def with_secrets(folder: Path) -> Directory:
    """Chat needs a file, SMS a variable."""
    people = at_once()
    file = Secret(SecretSource.FILE, str(folder / "token"))
    variable = Secret(SecretSource.ENVIRONMENT, "SMS_KEY")
    gateways = {
        CHAT: replace(people.gateways[CHAT], secrets={"token": file}),
        SMS: replace(people.gateways[SMS], secrets={"key": variable}),
    }
    return replace(people, gateways=gateways)


@dataclass
class Inline:
    """A pager that decides at once."""

    house: House

    @property
    def inventory(self) -> Inventory:
        return self.house.inventory

    @property
    def snapshot(self) -> PagingSnapshot:
        return self.house.paging.snapshot(self.house.now_ns)

    def decide(self, what: Work) -> None:
        self.house.note(what(self.house.paging, self.house.now_ns))  # type: ignore[arg-type]


def watch_of(house: House, clock: SimClock) -> SecretWatch:
    return SecretWatch(cast("Pager", Inline(house)), clock)


def broken(house: House) -> dict[str, Why | None]:
    return {name: why for name, why in house.paging.snapshot(house.now_ns).gateways.items() if why}


def test_every_secret_that_cannot_be_read_is_named_with_what_is_wrong(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("SMS_KEY", raising=False)
    found = missing_secrets(with_secrets(tmp_path).gateways)
    assert {(name, key): one.lapse for name, keys in found.items() for key, one in keys.items()} == {
        (CHAT, "token"): Lapse.FILE_MISSING,
        (SMS, "key"): Lapse.VARIABLE_EMPTY,
    }
    (tmp_path / "token").write_text("x")
    monkeypatch.setenv("SMS_KEY", "y")
    assert missing_secrets(with_secrets(tmp_path).gateways) == {}


def test_it_is_said_and_paged_at_the_start_and_over_once_it_can_be_read(
    tmp_path: Path, monkeypatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SMS_KEY", "never shown")
    house, clock = running(village(directory=with_secrets(tmp_path))), SimClock()
    watch = watch_of(house, clock)
    with caplog.at_level(logging.ERROR):
        asyncio.run(watch.look())
    [record] = caplog.records
    assert "gateway chat: its secret token cannot be read" in record.getMessage()
    assert str(tmp_path / "token") in record.getMessage()
    assert broken(house) == {CHAT: Why.SECRET_MISSING}
    [evidence] = [entry for entry in house.log if isinstance(entry, DeliveryTold)]
    assert (evidence.lapse, evidence.detail) == (Lapse.FILE_MISSING, str(tmp_path / "token"))
    (tmp_path / "token").write_text("x")
    asyncio.run(watch.look())
    assert broken(house) == {CHAT: Why.SECRET_MISSING}  # it does not look all the time
    clock.advance(TEN_SECONDS)
    asyncio.run(watch.look())
    assert broken(house) == {}
    assert "never shown" not in caplog.text


def test_a_restart_ends_what_was_put_right_meanwhile_and_says_nothing_twice(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("SMS_KEY", "y")
    house, clock = running(village(directory=with_secrets(tmp_path))), SimClock()
    asyncio.run(watch_of(house, clock).look())
    house.restart()
    before = len(house.log)
    asyncio.run(watch_of(house, clock).look())
    assert len(house.log) == before
    house.restart()
    (tmp_path / "token").write_text("x")
    asyncio.run(watch_of(house, clock).look())
    assert broken(house) == {}


def test_a_person_who_closes_it_is_not_told_again_as_long_as_nothing_changes(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("SMS_KEY", "y")
    house, clock = running(village(directory=with_secrets(tmp_path))), SimClock()
    watch = watch_of(house, clock)
    asyncio.run(watch.look())
    [incident] = [one.id for one in house.paging.snapshot(house.now_ns).incidents]
    house.paging.command(Resolve(actor="Hoa", incidents=(incident,)), house.now_ns)
    clock.advance(TEN_SECONDS)
    asyncio.run(watch.look())
    assert broken(house) == {}
    assert house.paging._incidents.about(FaultKind.DELIVERY, CHAT) is None


def test_all_of_them_missing_at_once_are_two_messages_at_most(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("SMS_KEY", raising=False)
    people = with_secrets(tmp_path)
    lame = {
        GatewayId(f"g{number}"): replace(people.gateways[SMS], id=GatewayId(f"g{number}"))
        for number in range(20)
    }
    directory = replace(people, gateways={**people.gateways, **lame})
    house = running(village(directory=directory))
    asyncio.run(watch_of(house, SimClock()).look())
    house.wait(60)
    to_duty = [message for message in house.messages(MessageKind.PAGE) if message.contact == CHI]
    assert len(broken(house)) == len(directory.gateways)
    assert 1 <= len(to_duty) <= 2
