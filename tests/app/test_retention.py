"""What is long over leaves the log little by little, and never while a conference is checked or live."""

import asyncio
import errno
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridgewatch.adapters.store import archive
from bridgewatch.adapters.store.archive import Archive
from bridgewatch.adapters.store.spooled import SpooledStore
from bridgewatch.app.pager import Pager
from bridgewatch.app.retention import Retention
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.ids import EventId, IncidentId
from bridgewatch.model.inventory import Inventory, StoreSettings
from bridgewatch.model.log import AnyEntry, Closed
from bridgewatch.model.paging import Why
from bridgewatch.sim.clock import SimClock
from bridgewatch.sim.loop import run
from tests.incidents.worlds import HOUR, MINUTE, SECOND, START, live_event, world
from tests.store.entries import noticed, open_store

DAY = 24 * HOUR


def over(number: int, at_ns: int) -> list[AnyEntry]:
    name = f"INC-{number}"
    return [noticed(name, at_ns), Closed(at_ns=at_ns, incident=IncidentId(name), why=Why.RECOVERED)]


class Keeping:
    """A pager that has nothing to decide, its store, and what leaves it."""

    def __init__(self, folder: Path, inventory: Inventory, orders: Sequence[EventOrder] = ()) -> None:
        self.clock = SimClock(wall_ns=START)
        self.store: SpooledStore = open_store(folder, self.clock)
        self.store.append([*over(1, START - 401 * DAY), *over(2, START - 399 * DAY), noticed("INC-3", START)])
        nobody: Any = None
        pager = Pager(inventory, self.clock, self.store, nobody, nobody, on_orders=lambda _: None)
        self.retention = Retention(pager, self.store, self.clock, lambda: orders)
        self._archive = folder / archive.FOLDER

    def after(self, nanoseconds: int) -> list[str]:
        """The incidents in the archive after some time, in which somebody looks each second."""

        async def look() -> None:
            for _ in range(nanoseconds // SECOND):
                await asyncio.sleep(1)
                await self.retention.step()

        run(look(), self.clock)
        return [
            name for number in (1, 2, 3) if (name := f"INC-{number}") and self._archived(IncidentId(name))
        ]

    def _archived(self, name: IncidentId) -> bool:
        kept = Archive(self._archive)
        return any(kept.story(name, START - days * DAY) for days in (401, 399, 0))


def test_an_incident_leaves_after_400_days_and_not_before(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path, world(["xa/wan"]))
    assert keeping.after(59 * SECOND) == []
    assert keeping.after(10 * SECOND) == ["INC-1"]
    assert keeping.after(2 * HOUR) == ["INC-1"]
    assert [type(entry).__name__ for entry in keeping.store.story(IncidentId("INC-1"))] == [
        "Noticed",
        "Closed",
    ]
    keeping.store.close()


def test_the_operator_says_after_how_many_days(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path, replace(world(["xa/wan"]), store=StoreSettings(keep=30 * 86_400.0)))
    assert keeping.after(2 * MINUTE) == ["INC-1", "INC-2"]
    keeping.store.close()


@pytest.mark.parametrize("starts_ns", [START - HOUR, START + 30 * MINUTE])
def test_nothing_leaves_while_a_conference_is_checked_or_live(tmp_path: Path, starts_ns: int) -> None:
    event = live_event("xa", starts_ns=starts_ns, ends_ns=START + HOUR)
    keeping = Keeping(tmp_path, world(["xa/wan"], events=[event]))
    assert keeping.after(2 * HOUR - MINUTE) == []
    assert keeping.after(3 * MINUTE) == ["INC-1"]
    keeping.store.close()


def test_a_conference_that_was_closed_keeps_nothing(tmp_path: Path) -> None:
    order = EventOrder(EventId("e"), START - MINUTE, "noc", close=True)
    keeping = Keeping(tmp_path, world(["xa/wan"], events=[live_event("xa")]), [order])
    assert keeping.after(2 * MINUTE) == ["INC-1"]
    keeping.store.close()


def test_a_disk_that_is_full_is_told_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    keeping = Keeping(tmp_path, world(["xa/wan"]))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Archive, "add", full)
        keeping.after(3 * HOUR)
    assert caplog.text.count("nothing leaves the log for the archive: [Errno 28] No space left") == 1
    assert keeping.after(HOUR) == ["INC-1"]
    assert "moved from the log to the archive: 1" in caplog.text
    keeping.store.close()
