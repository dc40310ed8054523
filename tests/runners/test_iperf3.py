"""iperf3 as a process: what it may not do to us. A script takes its place."""

import asyncio
import json
import os
import time
from pathlib import Path

import pytest

from bridgewatch.adapters.throughput import rtt
from bridgewatch.adapters.throughput.iperf3 import run_iperf3
from bridgewatch.model.ports import ThroughputError
from tests.runners.legs import leg, tcp_report


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtt, "BASE_SECONDS", 0.05)


def program(folder: Path, *lines: str) -> str:
    script = folder / "iperf3"
    script.write_text("\n".join(["#!/bin/sh", *lines]))
    script.chmod(0o755)
    return str(script)


def run(name: str) -> object:
    return asyncio.run(run_iperf3(leg(), lambda _: None, name))


def test_a_report_becomes_a_result(tmp_path: Path) -> None:
    (tmp_path / "report").write_text(json.dumps(tcp_report()))
    assert run(program(tmp_path, f"cat {tmp_path}/report")).rate == 20_000_000


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("echo \"iperf3: unrecognized option '--bind-dev'\" >&2; exit 1", "too old"),
        ("exit 1", "iperf3 says nothing"),
        ("yes | head -c 9000000", "said more than it may"),
        ("echo '{'; yes 1 | head -c 100000", "cannot be read"),
    ],
)
def test_what_it_says_instead_is_an_error(tmp_path: Path, line: str, meant: str) -> None:
    with pytest.raises(ThroughputError, match=meant):
        run(program(tmp_path, line))


def test_without_it_somebody_is_told_so() -> None:
    with pytest.raises(ThroughputError, match="not installed"):
        run("no-such-iperf3")


def test_a_busy_server_is_asked_again(tmp_path: Path) -> None:
    (tmp_path / "report").write_text(json.dumps(tcp_report()))
    busy = '{"error": "the server is busy running a test"}'
    lines = (
        f"[ -e {tmp_path}/asked ] && exec cat {tmp_path}/report",
        f"touch {tmp_path}/asked",
        f"echo '{busy}'",
    )
    assert run(program(tmp_path, *lines)).rate == 20_000_000


def test_one_that_hangs_is_killed_when_the_leg_is_cancelled(tmp_path: Path) -> None:
    async def cancelled() -> int:
        name = program(
            tmp_path, f"echo $$ > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid", "exec sleep 600"
        )
        task = asyncio.create_task(run_iperf3(leg(), lambda _: None, name))
        deadline = time.monotonic() + 30
        while not (tmp_path / "pid").exists() and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return int((tmp_path / "pid").read_text())

    pid = asyncio.run(cancelled())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
