import asyncio
import contextlib
import os
import subprocess
import sys
import time

import pytest

from bridgewatch.config.watch import changes
from tests.config.files import SITE, write

PATIENCE = 30.0


async def first_change(directory, act):
    """The first change reported after `act`, which is repeated until the watch has begun to see."""
    stop = asyncio.Event()
    watching = changes(directory, stop)
    waiting = asyncio.ensure_future(anext(watching))
    async with asyncio.timeout(PATIENCE):
        while not waiting.done():  # nothing tells when inotify is armed, so act until it answers
            act()
            await asyncio.wait([waiting], timeout=0.3)
    found = waiting.result()
    stop.set()
    await watching.aclose()
    return {str(path.relative_to(directory)) for path in found}


def renamed(directory):
    """An editor's save: written beside and renamed onto."""
    draft = directory / "sites.d" / ".sites.yaml.tmp"
    draft.write_text(SITE)
    draft.rename(directory / "sites.d" / "sites.yaml")


@pytest.mark.parametrize(
    ("act", "name"),
    [
        (lambda d: (d / "sites.d" / "sites.yaml").write_text(SITE), "sites.d/sites.yaml"),
        (lambda d: (d / "carriers.yaml").write_text("carriers: {}"), "carriers.yaml"),
        (renamed, "sites.d/sites.yaml"),
        (lambda d: os.utime(d / "sites.d" / "sites.yaml"), "sites.d/sites.yaml"),
    ],
    ids=["write", "create", "rename", "touch"],
)
def test_a_save_is_noticed(tmp_path, act, name):
    write(tmp_path, sites=SITE)
    assert name in asyncio.run(first_change(tmp_path, lambda: act(tmp_path)))


def test_what_is_not_configuration_is_not_reported(tmp_path):
    write(tmp_path, sites=SITE)

    def act():
        (tmp_path / "sites.d" / ".sites.yaml.swp").write_text("x")
        (tmp_path / "notes.txt").write_text("x")
        (tmp_path / "carriers.yaml").write_text("carriers: {}")

    assert asyncio.run(first_change(tmp_path, act)) == {"carriers.yaml"}


ONE_CHANGE = """
import asyncio, pathlib, sys
from bridgewatch.config.watch import changes
async def main():
    stop = asyncio.Event()
    async for found in changes(pathlib.Path(sys.argv[1]), stop):
        print(sorted(path.name for path in found))
        stop.set()
asyncio.run(main())
"""


def test_a_folder_that_the_daemon_may_not_look_into_is_passed_over(tmp_path):
    write(tmp_path, sites=SITE)
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o700)
    command = [sys.executable, "-c", ONE_CHANGE, str(tmp_path)]
    if os.geteuid() == 0:  # who may look everywhere, unless that is taken away
        os.chown(folder, 65534, 65534)
        command = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", *command]
    else:
        folder.chmod(0o000)
    deadline = time.monotonic() + PATIENCE
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        while child.poll() is None and time.monotonic() < deadline:
            os.utime(tmp_path / "sites.d" / "sites.yaml")
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(0.3)
        child.kill()
        assert child.stdout.read() == "['sites.yaml']\n"


def test_a_directory_that_is_created_later_is_found(tmp_path):
    directory = tmp_path / "later" / "config"

    async def scenario():
        stop = asyncio.Event()
        seen = set()
        async with asyncio.timeout(PATIENCE):
            watching = changes(directory, stop)
            waiting = asyncio.ensure_future(anext(watching))
            while not any(path.name == "sites.yaml" for path in seen):
                directory.mkdir(parents=True, exist_ok=True)
                write(directory, sites=SITE)
                if (await asyncio.wait([waiting], timeout=0.3))[0]:
                    seen |= waiting.result()
                    waiting = asyncio.ensure_future(anext(watching))
        stop.set()
        await asyncio.wait([waiting], timeout=PATIENCE)
        with pytest.raises(StopAsyncIteration):
            waiting.result()

    asyncio.run(scenario())


def test_a_folder_that_is_created_or_exchanged_is_watched_too(tmp_path):
    write(tmp_path, sites=SITE)

    async def scenario():
        stop = asyncio.Event()
        seen = set()

        async def follow():
            async for found in changes(tmp_path, stop):
                seen.update(str(path.relative_to(tmp_path)) for path in found)

        async def until(name, act):
            while name not in seen:
                act()
                await asyncio.sleep(0.3)

        following = asyncio.ensure_future(follow())
        async with asyncio.timeout(PATIENCE):
            await until("carriers.yaml", (tmp_path / "carriers.yaml").touch)
            (tmp_path / "events.d").mkdir()
            await until("events.d/a.yaml", (tmp_path / "events.d" / "a.yaml").touch)
            (tmp_path / "sites.d").rename(tmp_path / "old")
            write(tmp_path, sites_b=SITE)
            await until("sites.d/sites_b.yaml", (tmp_path / "sites.d" / "sites_b.yaml").touch)
        stop.set()
        await asyncio.wait_for(following, PATIENCE)

    asyncio.run(scenario())
