"""A leg as a process: what the daemon sees of it, and that nothing of it stays."""

import asyncio
import shutil
import socket
import sys
import time
from ipaddress import ip_network
from pathlib import Path

import pytest

from bridgewatch.adapters.far_end.iperf3 import Iperf3Server
from bridgewatch.adapters.throughput.runner import ProcessRunner
from bridgewatch.adapters.throughput.wire import Failed, decode_leg, decode_said, encode_leg, encode_said
from bridgewatch.model.bandwidth import Direction, Method, Throughput
from bridgewatch.model.phrases import phrase
from bridgewatch.model.ports import ThroughputError, ThroughputProgress
from tests.runners.legs import leg

needs_iperf3 = pytest.mark.skipif(shutil.which("iperf3") is None, reason="needs Debian's package iperf3")


def test_what_goes_between_the_processes_arrives_as_it_was() -> None:
    asked = leg(Method.UDP, source="192.0.2.1")
    assert decode_leg(encode_leg(asked)) == asked
    result = Throughput(Direction.DOWN, Method.TCP, 1e6, 10, 1.5, loss=0.5)
    for said in (
        result,
        ThroughputProgress(1, 2.0, 3.0),
        Failed(phrase("it ended with {number}", number="3")),
    ):
        assert decode_said(encode_said(said)) == said


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes a module that takes the child's place."""

    def make(*lines: str) -> str:
        (tmp_path / "pretender.py").write_text("\n".join(["import os, sys, time", *lines]))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        return "pretender"

    return make


def run(module: str, aside: float = 15.0) -> Throughput:
    return asyncio.run(ProcessRunner(module, aside).run(leg(), lambda _: None))


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("sys.exit(3)", "ended with 3"),
        ("os.kill(os.getpid(), 9)", "died of signal 9"),
        ("print('no json')", "cannot be read"),
        ("sys.stdout.write('x' * 10**7)", "cannot be read"),
        ("print('[1]')", "cannot be read"),
    ],
)
def test_a_process_that_fails_is_a_plain_error(child, line: str, meant: str) -> None:
    with pytest.raises(ThroughputError, match=meant):
        run(child(line))


def test_one_that_never_ends_is_ended(child) -> None:
    with pytest.raises(ThroughputError, match="did not end within 2 s"):
        run(child("time.sleep(600)"), aside=1.0)


def test_without_a_rate_nothing_is_sent() -> None:
    with pytest.raises(ThroughputError, match="how much the test may take"):
        asyncio.run(ProcessRunner().run(leg(rate=0), lambda _: None))


def test_cancelled_it_leaves_no_process_even_if_that_is_deaf_and_has_children(child, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    module = child(
        "import signal, subprocess",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "other = subprocess.Popen(['sleep', '600'])",
        f"open({str(pids)!r} + '.new', 'w').write(f'{{os.getpid()}} {{other.pid}}')",
        f"os.rename({str(pids)!r} + '.new', {str(pids)!r})",
        "time.sleep(600)",
    )

    async def cancelled() -> None:
        task = asyncio.create_task(ProcessRunner(module).run(leg(), lambda _: None))
        deadline = time.monotonic() + 30
        while not pids.exists() and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert not any(_alive(int(pid)) for pid in pids.read_text().split())


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@needs_iperf3
def test_iperf3_under_care_serves_a_known_sender_again_and_again_and_never_a_stranger() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def run() -> list[Throughput]:
        serving = asyncio.create_task(Iperf3Server("127.0.0.1", port, [ip_network("127.0.0.8/29")]).run())
        asked = [
            leg(Method.UDP, way, port=port, source="127.0.0.9") for way in (Direction.UP, Direction.DOWN)
        ]
        try:
            results = [await ProcessRunner().run(each, lambda _: None) for each in asked]
            await _cannot_connect(port)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
        return results

    results = asyncio.run(run())
    assert [each.direction for each in results] == [Direction.UP, Direction.DOWN]
    assert all(each.rate > 0 for each in results)


async def _cannot_connect(port: int) -> None:
    """Nobody answers a stranger; between two tests nobody listens at all."""
    for _ in range(100):
        attempt = asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.7", 0))
        try:
            reader, writer = await asyncio.wait_for(attempt, 0.5)
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
        except TimeoutError:
            return
        else:
            await _is_hung_up_on(reader, writer)
    raise AssertionError("nothing ever listened again")


async def _is_hung_up_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """It came in the instant between listening and being guarded: it is never answered."""
    try:
        writer.write(b"a" * 36 + b"\0")  # with which a test begins
        assert await asyncio.wait_for(reader.read(1), 10) == b""
    except ConnectionError:
        pass
    finally:
        writer.close()


def test_the_daemon_gone_the_process_ends_with_all_of_its_group(tmp_path: Path) -> None:
    async def run() -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", "bridgewatch.adapters.throughput.child"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen()
            url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
            process.stdin.write(encode_leg(leg(Method.HTTP, url=url, upload="/", seconds=60.0)))
            await process.stdin.drain()
            process.stdin.close()
            return await asyncio.wait_for(process.wait(), 30)

    assert asyncio.run(run()) == -9
