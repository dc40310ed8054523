"""The demo as people start it: a process of its own, as root and as nobody, piped."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from bridgewatch.cli.main import app; app()", "demo"]
NOBODY = 65_534
PATIENCE = 120


def start(*arguments: str, user: int | None = None) -> subprocess.Popen[str]:
    """The demo, its output piped."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BRIDGEWATCH")}
    as_user = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=environment | {"HOME": "/nonexistent", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **as_user,
    )


@pytest.fixture(scope="module")
def played() -> Iterator[dict[str, tuple[int, str, str]]]:
    """What the demo printed: by this user in English and, where root may, by nobody in Vietnamese."""
    running = {"self": start("--duration", "20")}
    if os.geteuid() == 0:
        running["nobody"] = start("--duration", "20", "--language", "vi", user=NOBODY)
    try:
        told = {}
        for name, process in running.items():
            out, err = process.communicate(timeout=PATIENCE)
            told[name] = (process.returncode, out, err)
        yield told
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def test_everything_injected_is_found_and_nothing_else(played) -> None:
    code, text, errors = played["self"]
    assert code == 0, text + errors
    assert "All 4 faults found, no false alarm." in text
    assert "false alarms: 0" in text


@pytest.mark.root
def test_an_ordinary_user_sees_the_same(played) -> None:
    code, text, errors = played["nobody"]
    assert code == 0, text + errors
    assert "Tìm ra cả 4 sự cố, không báo động giả." in text


def test_each_fault_is_announced_and_answered(played) -> None:
    _, text, _ = played["self"]
    summary = text.split("Summary")[1]
    assert re.search(r"every sixth packet\n\s+✔ bridgewatch: degraded after [\d.]+ s.*loss above", summary)
    assert re.search(r"40 ms longer\n\s+✔ bridgewatch: degraded after [\d.]+ s.*jitter above", summary)
    assert re.search(r"is cut\n\s+✔ bridgewatch: down after [\d.]+ s · up again", summary)
    assert re.search(r"12 WAN links with it\n\s+✔ bridgewatch: 12 / 12 down after .* · up again", summary)
    assert text.count("Now: ") == 4
    assert text.count("Over: ") == 2


def test_what_the_far_ends_dropped_is_what_was_booked_as_lost(played) -> None:
    _, text, _ = played["self"]
    dropped, lost = map(int, re.findall(r"dropped (\d+) packets, bridgewatch booked (\d+) as lost", text)[0])
    assert dropped == lost > 300


def test_a_pipe_gets_plain_lines(played) -> None:
    assert all("\x1b" not in text for _, text, _ in played.values())


def test_ctrl_c_ends_it_cleanly() -> None:
    with start("--duration", "60") as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if "Now: " in line:
                    break
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Interrupted." in out
    assert "Traceback" not in err


def test_a_duration_too_short_to_prove_anything_is_refused() -> None:
    with start("--duration", "5") as process:
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "20" in err
