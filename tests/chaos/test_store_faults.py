"""The disk full, or the database locked, for a while, and the daemon killed in the middle of it.

No probe is lost, pages leave meanwhile, everybody can see it, and nothing is missing afterwards.
"""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Final

import pytest

from bridgewatch.model.log import Acknowledged
from bridgewatch.model.paging import FaultKind
from tests.chaos.faults import full, locked
from tests.chaos.people import API
from tests.chaos.province import Gateways, Province
from tests.chaos.receivers import Post, Webhooks
from tests.chaos.stage import Stage

PAGE_SECONDS: Final = 8.0  # from a cut to the page: down after 1.2 s, and each turn waits for a lock
LATEST_STEP: Final = 4.0
_NS: Final = 1_000_000_000
PATIENCE: Final = 20.0  # a store that fails for this long has become an incident of our own
_ROOM: Final = "24m"


Fault = Callable[[Path], AbstractContextManager[None]]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_ROOM}", "none", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def cut_and_see_pages(stage: Stage, links: list[str], seconds: float) -> float:
    """Cut all links of some carriers for so long; how long until each carrier's duty had a page."""
    began, since = time.monotonic(), len(stage.post.letters)
    for link in links:
        stage.far.cut(link, began, began + seconds)
    wanted = {f"{stage.province.carrier(link)}-truc" for link in links}

    def all_paged() -> bool:
        return wanted <= {one.contact for one in stage.post.letters[since:] if one.kind == "page"}

    return stage.until(all_paged, PAGE_SECONDS, f"pages for {links}")


def working(stage: Stage) -> bool:
    """What the daemon says of its store."""
    return stage.daemon.metrics()["bridgewatch_store_working"] == 1


def acknowledge(stage: Stage, link: str) -> str:
    """The desk takes a link's incident; its id."""
    _, told = stage.daemon.ask("GET", f"{API}/incidents")
    incident = next(one["id"] for one in told["incidents"] if one["links"][0]["id"] == link)
    status, outcome = stage.daemon.ask("POST", f"{API}/incidents/{incident}/acknowledge", {})
    assert (status, outcome["changed"]) == (200, True)
    return str(incident)


def check_fault(directory: Path, fault: Fault, state: Path, seconds: float) -> None:
    """Three storms: before the fault, in it, and in it after a kill. `seconds` is how long the fault lasts."""
    began, post = time.monotonic(), Post()
    with ExitStack() as stack:
        hooks = stack.enter_context(Webhooks(post))
        hook = {"kind": "webhook", "form": "long", "url": f"{hooks.url}/hook/{{address}}"}
        gateways = Gateways({"hook": {**hook, "answers": ["link"]}}, usual=("hook",))
        stage = Stage(directory, Province(7), gateways, post, stack, state)
        daemon = stage.daemon
        first, second, third, whole = ([*stage.links[n : n + 6]] for n in (0, 6, 12, 18))
        daemon.start()
        stage.until_up()
        waits = [cut_and_see_pages(stage, first, seconds + 3)]
        with fault(daemon.state):
            ends = time.monotonic() + seconds
            waits.append(cut_and_see_pages(stage, second, seconds))
            stage.until(lambda: not working(stage), 5, "the store is said to fail")
            assert daemon.metrics()["bridgewatch_spooled_entries"] > 0
            taken = acknowledge(stage, second[0])
            assert stage.not_answered(whole) == dict.fromkeys(whole, 0)
            time.sleep(max(0.0, ends - seconds / 2 - time.monotonic()))
            daemon.kill()
            daemon.bury()
            assert "cannot be used" in daemon.said

            daemon.start()
            waits.append(cut_and_see_pages(stage, third, 6.0))
            stage.until(lambda: not working(stage), 5, "the store is said to fail")
            time.sleep(max(0.0, ends - time.monotonic()))
            assert not working(stage)
        stage.until(lambda: working(stage), 10, "the store works")
        assert daemon.metrics()["bridgewatch_spooled_entries"] == 0
        stage.until_settled()
        assert stage.not_answered(whole) == dict.fromkeys(whole, 0)
        assert all(stage.not_answered(third).values())  # those are counted that were cut
        judge, log = stage.verdict()
        repeats = judge.check_letters(post.letters, daemon.kills_ns)
        assert any(isinstance(entry, Acknowledged) and entry.incident == taken for entry in log)
        assert judge.latest_step_ns <= LATEST_STEP * _NS
        told = any(case.noticed.kind is FaultKind.DELIVERY for case in judge.cases.values())
        assert told or seconds < PATIENCE
        print(  # noqa: T201 - the figures
            f"{fault.__name__} for {seconds:.0f} s: pages {', '.join(f'{wait:.1f}' for wait in waits)} s after the "
            f"cuts before it, in it, and in it after the kill; {len(judge.pages)} messages, {repeats} repeated, "
            f"latest step {judge.latest_step_ns / _NS:.2f} s, {time.monotonic() - began:.0f} s in all"
        )


@pytest.mark.soak
def test_a_locked_database_keeps_no_page_and_loses_nothing(tmp_path: Path) -> None:
    check_fault(tmp_path, locked, tmp_path / "state", 8.0)


@pytest.mark.root
def test_a_full_disk_keeps_no_page_and_loses_nothing(tmp_path: Path, small_disk: Path) -> None:
    check_fault(tmp_path, full, small_disk, 8.0)


@pytest.mark.soak
def test_a_database_locked_for_a_minute_keeps_no_page_and_loses_nothing(tmp_path: Path) -> None:
    check_fault(tmp_path, locked, tmp_path / "state", 60.0)


@pytest.mark.soak
@pytest.mark.root
def test_a_disk_full_for_a_minute_keeps_no_page_and_loses_nothing(tmp_path: Path, small_disk: Path) -> None:
    check_fault(tmp_path, full, small_disk, 60.0)
